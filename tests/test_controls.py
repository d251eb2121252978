"""The controls of design section 6: worlds where theory says how the rules must compare.

Small versions run by default; the full ones, whose numbers are in docs/controls.md, are slow.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from streetlight.experiments.analyse.intervals import estimate
from streetlight.model.names import CLASSES
from streetlight.model.parameters import Parameters
from streetlight.model.world.begin import begin_world
from studies.control_worlds import (
    CLASS_TRUTH,
    EQUAL,
    Control,
    attention,
    attention_by_class,
    cities,
    equal_ascertainment,
    flat,
    flat_classes,
    flat_sizes,
    linear_case,
    linear_gain,
    make_region,
    with_false_reports,
)
from studies.controls import (
    BY_HEAD,
    BY_PLACE,
    CORRELATIONS,
    COUNTS,
    ORACLE,
    RULES,
    beats,
    claims_of_attention,
    claims_of_cities,
    claims_of_equal,
    claims_of_false_reports,
    claims_of_flat,
    claims_of_full_record,
    claims_of_theory,
    gap,
    run_attention,
    run_control,
    run_full_record,
    ties,
)

FEW, SMALL = 8, 24  # replicates and communities of the small versions


def assert_all(claims: list[tuple[str, bool]]) -> None:
    """Every claim holds; those that do not are named."""
    assert claims
    assert not [text for text, holds in claims if not holds]


def expected_onsets(control: Control) -> Any:
    """First onsets a year and youth (C,), as the engine draws them."""
    world = begin_world(control.parameters, control.region, years=1)
    return world.state.communities["onset"] * 52 / control.region.youth_12_17


# ---------------------------------------------------------------------------- how they are made


def test_truth_is_tenfold_and_has_nothing_to_do_with_size() -> None:
    """Control (i): rates go from 1 to 10 and are uncorrelated with population."""
    control = equal_ascertainment()
    rate = expected_onsets(control)
    assert rate.max() / rate.min() == pytest.approx(10.0)
    assert abs(np.corrcoef(rate, control.region.population)[0, 1]) < 1e-12
    mean = np.average(rate, weights=control.region.youth_12_17)
    assert mean == pytest.approx(Parameters().incidence.onset_rate / 1e5)
    assert linear_gain(control) == pytest.approx(np.mean(rate**2) / np.mean(rate) ** 2)


def test_truth_is_higher_in_cities() -> None:
    """Control (ii): the rate rises with population, fourfold in all."""
    control = cities()
    rate = expected_onsets(control)
    order = np.argsort(control.region.population)
    assert (np.diff(rate[order]) >= -1e-15).all()
    assert rate.max() / rate.min() == pytest.approx(4.0)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("correlation", CORRELATIONS)
def test_attention_correlates_with_truth_as_stated(correlation: float, sign: int) -> None:
    """Control (iii): both kinds of attention have the stated correlation to truth over youth."""
    control = attention(correlation, sign)
    k = control.region.place_class
    rate = expected_onsets(control)
    p = control.parameters
    for by_class in (p.training.trained_share, p.awareness.hotline):
        over_youth = np.cov(rate, np.array(by_class)[k], aweights=control.region.youth)
        found = over_youth[0, 1] / np.sqrt(over_youth[0, 0] * over_youth[1, 1])
        assert found == pytest.approx(correlation, abs=1e-9)
    assert np.std(attention_by_class(correlation, sign)) == pytest.approx(1.0)


def test_attention_of_the_large_metro_is_the_same_throughout() -> None:
    """A campaign is scaled by awareness in the large metro, so that must not move."""
    found = {attention(rho, sign).parameters.awareness.hotline[0]
             for rho in CORRELATIONS for sign in (1, -1)}  # fmt: skip
    assert len(found) == 1


def test_attention_and_truth_stay_inside_the_cards() -> None:
    """Control (iii) uses no value outside the range of its card."""
    cards = Parameters.all_cards()
    for rho in CORRELATIONS:
        for sign in (1, -1):
            p = attention(rho, sign).parameters
            for name, values in (
                ("training.trained_share", p.training.trained_share),
                ("awareness.hotline", p.awareness.hotline),
                ("incidence.place_ratio", p.incidence.place_ratio),
            ):
                assert cards[name].low <= min(values) <= max(values) <= cards[name].high
    assert p.incidence.place_ratio == CLASS_TRUTH


def test_no_class_differs_unless_a_control_says_so() -> None:
    """Every parameter by place class is the same in all classes of equal ascertainment."""
    flattened = flat_classes()
    assert set(flattened) == {
        name for name, card in Parameters.all_cards().items() if card.labels == CLASSES
    }
    p = flat().parameters
    for name in flattened:
        group, field = name.split(".")
        assert len(set(getattr(getattr(p, group), field))) == 1
    assert not p.switches.false_reports and EQUAL["levers.fixed_cost_ratio"] == 0.0


def test_ascertainment_is_equal_in_the_first_control() -> None:
    """Known youth per spell do not depend on the level of truth (expected cascade).

    Not to the last digit: where more are exploited, first spells come at a younger age, and age
    moves what can be noticed. Over a tenfold range of truth that is less than one percent.
    """
    from streetlight.model.on_average.cascade import expected_cascade

    control = equal_ascertainment()
    alike = np.ones(control.region.n_communities)
    g = control.parameters.assessment.screen_in
    expected = expected_cascade(control.parameters, control.region, alike, g * alike)
    for share in (expected.known_share, expected.reports / expected.onsets):
        assert np.ptp(share) < 0.01 * np.mean(share)


# ---------------------------------------------------------------------------- what must hold


def test_following_counts_follows_truth_when_ascertainment_is_equal() -> None:
    """Control (i), small: level with the oracle, ahead of equal shares and small towns first."""
    rules = (*BY_PLACE, COUNTS, ORACLE)
    runs = run_control(equal_ascertainment(SMALL), rules, replicates=FEW)
    assert ties(runs.ahead(COUNTS, ORACLE))
    assert_all(beats(runs, COUNTS, BY_PLACE))


def test_following_counts_wins_where_truth_is_higher_in_cities() -> None:
    """Control (ii), small: ahead of equal shares and small towns first."""
    runs = run_control(cities(SMALL), (*BY_PLACE, COUNTS, ORACLE), replicates=FEW)
    assert_all(beats(runs, COUNTS, BY_PLACE))


def test_attention_moves_the_money_of_those_who_follow_counts() -> None:
    """Control (iii), small: the less attention goes with truth, the less money meets it.

    What that costs in person-years takes many worlds to see (the slow test).
    """
    met = []
    for rho in CORRELATIONS:
        control = attention(rho, n=SMALL)
        runs = run_control(control, (COUNTS,), replicates=FEW)
        dollars = runs.allocated[COUNTS].sum(axis=0)
        met.append(np.average(expected_onsets(control), weights=dollars))
    assert met[0] > met[1] > met[2]


def test_rules_that_give_by_head_tie_where_all_is_flat() -> None:
    """Control (iv), communities of one size: the same dollars and metrics to the last digit."""
    rules = (*BY_HEAD, *BY_PLACE)
    runs = run_control(flat(8), rules, replicates=2)
    for rule in rules:
        assert np.array_equal(runs.allocated[rule], runs.allocated["per_youth"])
        for mine, theirs in zip(runs.metrics[rule], runs.metrics["per_youth"], strict=True):
            assert np.array_equal(list(mine.values()), list(theirs.values()), equal_nan=True)
    assert np.abs(runs.averted["per_youth"]).min() > 0.0


def test_rules_that_give_by_head_tie_at_any_size() -> None:
    """Control (iv), sizes differ: those by head still tie, and equal shares no longer does."""
    runs = run_control(flat_sizes(8), (*BY_HEAD, *BY_PLACE), replicates=2)
    assert_all(claims_of_flat(runs, BY_HEAD))
    assert not any(holds for _, holds in claims_of_flat(runs, BY_PLACE))


def test_counts_lose_no_more_than_their_noise_costs() -> None:
    """Control (v), small: all counts against heads, last year's against heads with their noise."""
    assert_all(claims_of_full_record(run_full_record(["OH"], replicates=FEW)))


def test_a_tie_needs_the_same_dollars() -> None:
    """The judge of (iv) does not call rules tied that differ."""
    runs = run_control(flat(8), ("per_youth", COUNTS), replicates=2)
    ((_, holds),) = claims_of_flat(runs, (COUNTS,))
    assert not holds


def test_regions_hold_youth_in_proportion() -> None:
    """A tenth of the people are youth and no community has neighbours."""
    region = make_region("x", np.array([100_000.0, 300_000.0]))
    assert region.youth.tolist() == [10_000.0, 30_000.0]
    assert len(region.neighbour_index) == 0


# ---------------------------------------------------------------------------- the full versions


@pytest.mark.slow
def test_control_one_in_full() -> None:
    """(i) Counts level with the oracle, ahead of equal shares and small towns first."""
    runs = run_control(equal_ascertainment())
    assert set(runs.averted) == {*RULES, ORACLE}
    assert_all(claims_of_equal(runs))


@pytest.mark.slow
def test_control_one_against_linear_levers() -> None:
    """(i) without a limit to capacity: the oracle's gain is at most that of linear levers."""
    assert_all(claims_of_theory(run_control(linear_case())))


@pytest.mark.slow
def test_control_one_with_false_reports() -> None:
    """(i) with false reports: counts fall behind the oracle and stay ahead of the two others."""
    assert_all(claims_of_false_reports(run_control(with_false_reports())))


@pytest.mark.slow
def test_control_two_in_full() -> None:
    """(ii) Counts close to the oracle, ahead of equal shares and small towns first."""
    assert_all(claims_of_cities(run_control(cities())))


@pytest.mark.slow
def test_control_three_in_full() -> None:
    """(iii) What following counts loses grows as the correlation of attention and truth falls."""
    gaps = {rho: gap(halves) for rho, halves in run_attention().items()}
    assert_all(claims_of_attention(gaps))
    assert estimate(gaps[-0.5][None]).low > 0.0


@pytest.mark.slow
def test_control_four_in_full() -> None:
    """(iv) Ties over the full regions."""
    assert_all(claims_of_flat(run_control(flat()), (*BY_HEAD, *BY_PLACE)))
    assert_all(claims_of_flat(run_control(flat_sizes()), BY_HEAD))


@pytest.mark.slow
def test_control_five_in_full() -> None:
    """(v) All counties: counts lose to heads no more than the noise of a year's counts costs."""
    assert_all(claims_of_full_record(run_full_record()))
