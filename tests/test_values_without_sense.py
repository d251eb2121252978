"""Numbers that no study means are refused when a file is checked, each by its own domain."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from streetlight.experiments.config.loading import load
from streetlight.model.errors import InputError
from streetlight.model.money.policies import RULES, Policy, PolicyError, blend, build
from streetlight.model.money.registry import RANGES, range_of, settings_of
from streetlight.model.parameters import Parameters
from streetlight.model.record.view import RecordView

HEAD = "title: T\nregion: {synthetic: {n_communities: 12}}\nhorizon: 5\n"


def problem(tmp_path: Path, text: str) -> str:
    """The one thing that is said of a file, without its name."""
    path = tmp_path / "odd.yaml"
    path.write_text(HEAD + text)
    with pytest.raises(InputError) as error:
        load(path)
    said = str(error.value).splitlines()
    assert len(said) == 1
    return said[0].removeprefix(f"{path}:")


@pytest.mark.parametrize(
    ("rule", "setting", "value", "words"),
    [
        ("last_years_counts", "added", -1, "must lie between 0 and 1,000,000"),
        ("competitive_grants", "half_population", 0, "must lie between 1e-09 and 1e+30"),
        ("hotspots", "k", 0, "must lie between 1 and 1,000,000"),
        ("exploration_floor", "floor", 1.5, "must lie between 0 and 1"),
        ("estimate_based", "share_seen", 0, "must lie between 0.001 and 1"),
        ("estimate_based", "poverty_ratio", -2, "must lie between 0.01 and 100"),
        ("small_towns_first", "larger", -0.1, "must lie between 0 and 1,000,000"),
        ("competitive_grants", "noise", "1e300", "must lie between 0 and 100"),
    ],
)
def test_settings_have_ranges(
    tmp_path: Path, rule: str, setting: str, value: object, words: str
) -> None:
    """A setting outside its range is named with the range, before anything is run."""
    said = problem(tmp_path, f"policies: {{{rule}: {{settings: {{{setting}: {value}}}}}}}\n")
    assert said.startswith("4:")
    assert f'"{rule}": {setting}: ' in said
    assert words in said


def test_every_setting_has_a_range_and_its_default_is_inside() -> None:
    """No registered rule has a setting that may be anything."""
    for rule in RULES.values():
        for setting, default in (settings_of(rule.function) or {}).items():
            low, high = range_of(rule.function, setting)
            assert math.isfinite(low), (rule.name, setting)
            assert default is None or low <= default <= high, (rule.name, setting)
    named = {name.rpartition(".")[2] for name in RANGES}
    assert named == {one for rule in RULES.values() for one in settings_of(rule.function) or {}}


def test_a_rule_of_ones_own_keeps_its_settings() -> None:
    """Ranges are of registered rules; a setting that has one of their names is not theirs."""

    def per_youth(view: RecordView, *, added: float = -1.0) -> object:
        return view.youth

    assert Policy("mine", per_youth, settings={"added": -5.0}).settings["added"] == -5.0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("spell.exit_hazard", "1e300", "must be at most 1e+24 (per month)"),
        ("spell.exit_hazard", "1e-300", "must be 1e-24 or more (per month)"),
        ("denial.half_life", "1e300", "must be at most 1e+24 (months)"),
        ("incidence.poverty_context", "-700", "must be between -20 and 20 (log ratio)"),
        ("attention.with_truth", "1.5", "must be between -1 and 1 (correlation)"),
        ("disclosure.acquaintance_slope", "99", "must be at most 20 (exponent)"),
        ("assessment.backlog_weeks", "1e9", "must be at most 10,000 (weeks)"),
        ("time.burn_in_years", "1000000", "must be at most 50 (years)"),
        ("spell.exit_hazard", ".nan", "must be a finite number"),
        ("spell.exit_hazard", ".inf", "must be a finite number"),
        ("spell.exit_hazard", "1e999", "must be a finite number"),
    ],
)
def test_parameters_have_a_largest_value(tmp_path: Path, name: str, value: str, words: str) -> None:
    """In every future, in one, and as the end of a range: the same words."""
    assert words in problem(tmp_path, f"policies: [per_youth]\nparameters: {{{name}: {value}}}\n")
    text = f"policies: [per_youth]\nfutures: {{named: {{odd: {{{name}: {value}}}}}}}\n"
    assert words in problem(tmp_path, text)


def test_ranges_of_futures_end_where_values_do(tmp_path: Path) -> None:
    """A distribution that reaches beyond the largest value is refused at that end."""
    said = problem(
        tmp_path,
        "policies: [per_youth]\nfutures: {sampled: {n: 4, parameters: {spell.exit_hazard: "
        "{distribution: uniform, low: 0.01, high: 1e300}}}}\n",
    )
    assert "high: 1e300: must be at most 1e+24 (per month) (spell.exit_hazard)" in said


def test_defaults_and_ranges_of_the_evidence_are_far_inside() -> None:
    """No default, and no end of a range, is near the largest value of its unit."""
    for name, card in Parameters.all_cards().items():
        assert max(abs(card.low), abs(card.high)) <= card.largest, name


@pytest.mark.parametrize("budget", [1e300, 100_001.0, math.inf, math.nan, -1.0])
def test_budgets_have_a_largest_value(budget: float) -> None:
    """In Python as in a file, where 100,000 dollars a resident are the most."""
    with pytest.raises(PolicyError, match="budget: "):
        build("per_youth", budget=budget)


@pytest.mark.parametrize("share", [1e308, 1.5, 0.0, -1.0, math.nan])
def test_shares_of_a_blend_are_shares(share: float) -> None:
    """None is above 1, so that their sum stays a number."""
    parts = {build("per_youth"): share, build("equal_shares"): share}
    with pytest.raises(PolicyError, match="must be a share above 0, 1 at most"):
        blend(parts, name="both")


@pytest.mark.parametrize("key", ["smallest_difference_that_matters", "satisficing_level"])
def test_differences_have_a_largest_value(tmp_path: Path, key: str) -> None:
    """A difference of 1e300 is no difference of anything."""
    said = problem(tmp_path, f"policies: [per_youth]\nmetrics: {{identified: {{{key}: 1e300}}}}\n")
    assert "must be 1,000,000,000,000 or less" in said
