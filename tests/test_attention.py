"""Attention and recording as docs/model.md says them (section 3), worked out by hand.

Random shares and correlations of n independent places may miss their expectation by `SIGMAS`
standard errors.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from plain_model.engine_side import outcomes, policy_years, world_of
from plain_model.settings import Setting, added, mixed
from scipy import stats

from streetlight.model.arrays import FloatArray
from streetlight.model.communities.columns import RegionError
from streetlight.model.communities.region import Region
from streetlight.model.equations import bought_attention, looked, probit_of_taking_part, shifted
from streetlight.model.errors import InputError
from streetlight.model.parameters import Parameters
from streetlight.model.world.begin import begin_world
from streetlight.model.world.state import AttentionRow, Public
from streetlight.model.world.world import World

SIGMAS = 4.5
N = 2000
AREAS = [f"area {i // 2}" for i in range(N)]  # two places each
CLASSES = ("large metro", "small metro", "town", "rural")
#: A gamma so narrow that 6 is never reached, and shares that are never 0 or 1: from these the
#: normal scores can be read back.
NARROW: dict[str, Any] = {
    "attention.effort_cv": (0.5, 0.5),
    "recording.never": (0.0, 0.0),
    "recording.recorded": 0.5,
    "recording.recorded_cv": (0.5, 0.5),
}
#: The values the hand checks reckon with, so that a new fit does not undo them.
PINNED: dict[str, Any] = {
    "incidence.normalise": "region",
    "incidence.onset_rate": 1e-6,
    "time.filling_years": 2,
    "time.burn_in_years": 1,
    "assessment.posts": "solved",
    "attention.effort_level": (1.0, 1.0),
    "attention.effort_cv": (1.6, 1.1),
    "attention.effort_area_share": (0.3, 0.2),
    "attention.effort_year_share": (0.25, 0.15),
    "recording.recorded": 0.2,
    "recording.recorded_cv": (1.5, 1.2),
    "recording.never": (0.15, 0.08),
    "recording.recorded_area_share": (0.15, 0.1),
    "recording.recorded_year_share": (0.4, 0.3),
}
STILL: dict[str, Any] = {
    "attention.effort_area_share": (0.0, 0.0),
    "attention.effort_year_share": (0.0, 0.0),
    "recording.recorded_area_share": (0.0, 0.0),
    "recording.recorded_year_share": (0.0, 0.0),
}


def places(n: int = N, **columns: Any) -> Region:
    """So many places of all classes, sizes and poverty."""
    draw = np.random.default_rng(7)
    usual = {
        "ids": [f"P{i:04d}" for i in range(n)],
        "population": np.exp(draw.normal(10.3, 1.4, n)),
        "youth": [100.0] * n,
        "youth_12_17": [10.0] * n,
        "poverty_share": draw.uniform(0.05, 0.35, n),
        "place_class": [CLASSES[i % 4] for i in range(n)],
    }
    return Region.of(**(usual | columns))


def drawn(region: Region, reading: str, **values: Any) -> World:
    """A world of six years in which next to nothing happens; a__b stands for a.b."""
    chosen = {name.replace("__", "."): value for name, value in values.items()}
    return begin_world(
        Parameters().with_values(PINNED | {"attention.reading": reading} | chosen), region, years=3
    )


def effort_scores(world: World) -> FloatArray:
    """Normal scores (years, C) of effort under `NARROW`, where the cut changes nothing."""
    effort = world.state.attention[:, AttentionRow.EFFORT]
    return np.asarray(stats.norm.ppf(stats.gamma.cdf(effort, 4.0, scale=0.25)))


def book_scores(world: World) -> FloatArray:
    """Normal scores (years, agencies, C) of the shares recorded under `NARROW`."""
    shares = world.state.attention[:, AttentionRow.RECORDED : AttentionRow.RECORDED + 4]
    return np.asarray(stats.norm.ppf(stats.beta.cdf(shares, 1.5, 1.5)))  # mean and CV 1/2


def assert_correlated(a: FloatArray, b: FloatArray, expected: float) -> None:
    """Two samples of pairs of standard normals."""
    error = SIGMAS * (1.0 - expected**2) / math.sqrt(len(a))
    assert abs(np.corrcoef(a, b)[0, 1] - expected) <= error


def test_effort_is_a_gamma_cut_and_rescaled() -> None:
    """What is above 6 becomes 6, and the mean is the level again."""
    still = {name.replace(".", "__"): value for name, value in STILL.items()}
    world = drawn(places(), "effort", attention__effort_level=(1.3, 9.0), **still)
    effort = world.state.attention[:, AttentionRow.EFFORT]
    assert (effort == effort[0]).all()
    law = stats.gamma(1 / 1.6**2, scale=1.6**2)
    whole = np.minimum(law.ppf((np.arange(100_000) + 0.5) / 100_000), 6.0)
    top = 1.3 * 6.0 / whole.mean()
    assert effort.max() == pytest.approx(top, rel=1e-4)
    at_top = (effort[0] > top * 0.9999).sum()
    assert abs(at_top - N * law.sf(6.0)) <= SIGMAS * math.sqrt(N * law.sf(6.0))
    spread = 1.3 * whole.std() / whole.mean()
    assert abs(effort[0].mean() - 1.3) <= SIGMAS * spread / math.sqrt(N)
    below = effort[0][effort[0] < top * 0.9999] / 1.3 * whole.mean()
    assert stats.kstest(below, lambda x: law.cdf(x) / law.cdf(6.0)).pvalue > 1e-4


def test_books_are_beta_shares_or_empty() -> None:
    """Where a place records, the share has the mean and the variation that are stated."""
    still = {name.replace(".", "__"): value for name, value in STILL.items()}
    world = drawn(places(), "recording", recording__agencies_alike=0.0, **still)
    shares = world.state.attention[0, AttentionRow.RECORDED : AttentionRow.RECORDED + 4]
    never = (shares == 0.0).all(axis=0)
    assert abs(never.sum() - 0.15 * N) <= SIGMAS * math.sqrt(0.15 * 0.85 * N)
    mean, sd = 0.2 / 0.85, 1.5 * 0.2 / 0.85
    size = mean * (1.0 - mean) / sd**2 - 1.0
    law = stats.beta(mean * size, (1.0 - mean) * size)
    for of_agency in shares[:, ~never]:
        assert abs(of_agency.mean() - mean) <= SIGMAS * sd / math.sqrt(len(of_agency))
        assert stats.kstest(of_agency, law.cdf).pvalue > 1e-4
    assert abs(np.corrcoef(shares[:2, ~never])[0, 1]) <= SIGMAS / math.sqrt(0.8 * N)
    alike = drawn(places(), "recording", recording__agencies_alike=1.0).state.attention
    police, others = alike[:, AttentionRow.RECORDED], alike[:, AttentionRow.RECORDED + 3]
    np.testing.assert_array_equal(police, others)


def test_moving_parts_are_correlated_as_a_power_of_the_years_between() -> None:
    """Part q of the variance moves, with correlation r^k between years k apart."""
    values = {name.replace(".", "__"): value for name, value in NARROW.items()}
    world = drawn(
        places(), "mixed", attention__effort_year_share=(0.0, 0.6),
        attention__effort_year_ar=(0.7, 0.7),
        attention__effort_area_share=(0.0, 0.1), recording__recorded_year_share=(0.0, 0.5),
        recording__recorded_area_share=(0.0, 0.2), recording__recorded_year_ar=0.4,
        recording__agencies_alike=0.6, recording__participation_ar=0.9, **values,
    )  # fmt: skip
    part, effort = world.state.attention[:, AttentionRow.TAKES_PART], effort_scores(world)
    books = book_scores(world)
    for k in range(1, 6):
        assert_correlated(part[0], part[k], 0.9**k)
        assert_correlated(effort[0], effort[k], 0.4 + 0.6 * 0.7**k)
        assert_correlated(books[0, 1], books[k, 1], 0.5 + 0.5 * 0.4**k)
        assert_correlated(books[0, 1], books[k, 3], 0.2 + 0.3 * 0.6 + 0.5 * 0.6 * 0.4**k)
    for scores in (part[0], part[5], effort[0], effort[5], books[0, 2], books[5, 0]):
        assert stats.kstest(scores, stats.norm.cdf).pvalue > 1e-4
    for one, other in ((part, effort), (effort, books[:, 0]), (books[:, 3], part)):
        assert_correlated(one[2], other[2], 0.0)


def test_effort_goes_with_truth_population_and_poverty_as_told() -> None:
    """Its normal score is correlated by .5 with that of frailty, and follows size and poverty."""
    values = {name.replace(".", "__"): value for name, value in NARROW.items()}
    values["attention__effort_area_share"] = values["attention__effort_year_share"] = (0.1, 0.0)
    region, us = places(), Region.us_counties()
    world = drawn(
        region, "effort", incidence__frailty_cv=0.4, attention__with_truth=0.5,
        attention__with_population=-0.4, attention__with_poverty=0.3, **values,
    )  # fmt: skip
    size, counties = np.log(region.population), np.log(us.population)
    size = ((size - counties.mean()) / counties.std()).clip(-3.0, 3.0)
    poor, counties = region.poverty_share, us.poverty_share
    poor = ((poor - counties.mean()) / counties.std()).clip(-3.0, 3.0)
    score = effort_scores(world)[3] + 0.4 * size - 0.3 * poor
    rest = 1.0 - 0.4**2 - 0.3**2
    assert abs(score.mean()) <= SIGMAS * math.sqrt(rest / N)
    assert abs(score.var() / rest - 1.0) <= SIGMAS * math.sqrt(2.0 / N)
    frailty = world.state.communities["frailty"]
    hidden = stats.norm.ppf(stats.gamma.cdf(frailty, 1 / 0.4**2, scale=0.4**2))
    assert_correlated(score, hidden, 0.5 / math.sqrt(rest))
    assert_correlated(score, size, 0.0)
    assert_correlated(score, poor, 0.0)


@pytest.mark.parametrize("column", ["state", "area"])
def test_places_of_an_area_have_a_part_in_common(column: str) -> None:
    """The variance that an area has in common is the correlation between its two places."""
    in_areas = {"state": AREAS} if column == "state" else {"extras": {"area": AREAS}}
    values = {name.replace(".", "__"): value for name, value in (STILL | NARROW).items()}
    values["attention__effort_area_share"] = (0.0, 0.6)
    values["recording__recorded_area_share"] = (0.0, 0.4)
    world = drawn(places(**in_areas), "mixed", **values)
    effort, books = effort_scores(world)[0], book_scores(world)[0, 0]
    first, second = slice(0, N, 2), slice(1, N, 2)
    assert_correlated(effort[first], effort[second], 0.6)
    assert_correlated(books[first], books[second], 0.4)
    assert_correlated(effort[first], books[second], 0.0)
    assert_correlated(effort[second][:-1], effort[first][1:], 0.0)


def test_a_place_alone_has_the_attention_it_has_in_the_country() -> None:
    """Effort, books, class spread and seen posts of a place hang on nobody else."""
    country = places(40, state=AREAS[:40])
    keep = 17
    alone = Region.of(
        ids=[country.ids[keep]], state=[country.state[keep]], youth=[100.0], youth_12_17=[10.0],
        population=[country.population[keep]], poverty_share=[country.poverty_share[keep]],
        place_class=[CLASSES[keep % 4]],
    )  # fmt: skip
    values = {
        "assessment__posts": "seen", "attention__with_truth": 0.4, "attention__with_poverty": 0.3,
        "attention__with_population": 0.2,
    }  # fmt: skip
    whole, one = (drawn(region, "mixed", **values) for region in (country, alone))
    np.testing.assert_array_equal(one.state.attention[:, :, 0], whole.state.attention[:, :, keep])
    assert one.investigators[0] == whole.investigators[keep]
    for name in ("trained", "skill", "denial"):
        here, there = getattr(one.state, name)[:, 0], getattr(whole.state, name)[:, keep]
        np.testing.assert_array_equal(here, there)
    norms = one.state.conditions[Public.NORM, 0], whole.state.conditions[Public.NORM, keep]
    assert norms[0] == norms[1]


def test_class_spread_moves_logits_of_responders_and_public() -> None:
    """Trained share, leaders' denial and norm vary by .5 on the scale of logits, each by itself."""
    world = drawn(places(), "effort", attention__class_spread=0.5)
    p, rural = world.parameters, slice(3, N, 4)
    usual = (p.training.trained_share[3], p.denial.leaders[3], p.awareness.hotline[3])
    state = world.state
    of_places = [state.trained[0], state.denial[0], state.conditions[Public.NORM]]
    of_places = [shares[rural] for shares in of_places]
    moved = [
        np.log(share / (1.0 - share)) - math.log(mean / (1.0 - mean))
        for share, mean in zip(of_places, usual, strict=True)
    ]
    n = N // 4
    for shifts in moved:
        assert abs(shifts.mean()) <= SIGMAS * 0.5 / math.sqrt(n)
        assert abs(shifts.std() - 0.5) <= SIGMAS * 0.5 / math.sqrt(2 * n)
    assert_correlated(moved[0], moved[1], 0.0)
    assert_correlated(moved[1], moved[2], 0.0)
    background = p.training.turnover * of_places[0] / (1.0 - of_places[0])
    fading = math.log(2.0) / (p.training.skill_half_life / 12.0)
    skill = background / (background + p.training.turnover + fading)
    np.testing.assert_allclose(state.skill[0][rural], skill, rtol=1e-12)
    assert shifted(np.array([0.0, 1.0, 0.5]), np.array([0.7, 0.7, math.log(3.0)])) == pytest.approx(
        [0.0, 1.0, 0.75]
    )


def test_what_is_bought_works_beside_effort() -> None:
    """Of .3 at rest and .5 now a place with effort a quarter sees .075 and what money adds."""
    effort = np.array([0.0, 0.25, 1.0, 3.0])
    own = np.array([0.0, 0.075, 0.3, 0.9])
    for money, weight in (
        ("multiplies", effort),
        ("adds", np.ones(4)),
        ("fills", np.array([2.0, 1.75, 1.0, 0.0])),
    ):
        bought = bought_attention(money, effort)
        np.testing.assert_allclose(bought, weight)
        np.testing.assert_allclose(looked(effort, bought, 0.3, 0.5), own + 0.2 * weight)
        np.testing.assert_allclose(looked(effort, bought, 0.3, 0.1), effort * 0.1)


def test_posts_follow_lasting_effort() -> None:
    """Posts of a class have the stated mean, in proportion to effort or to its root."""
    region = places(population=[4e6] * N, youth=[200_000.0] * N)
    still = {name.replace(".", "__"): value for name, value in STILL.items()}
    still |= {"assessment__posts": "seen", "assessment__investigators": (12.0, 9.0, 6.0, 3.0)}
    whole = drawn(
        region, "effort", assessment__utilisation=0.8, attention__effort_level=(2.0, 1.0), **still
    )
    effort = whole.state.attention[0, AttentionRow.EFFORT] / 2.0
    usual = np.resize([30.0, 22.5, 15.0, 7.5], N)
    np.testing.assert_allclose(whole.investigators, usual * effort, rtol=1e-6)
    root = drawn(
        region, "effort", assessment__utilisation=0.8, assessment__posts_exponent=0.5, **still
    )
    strips = stats.gamma.ppf((np.arange(50_000) + 0.5) / 50_000, 1 / 1.6**2, scale=1.6**2)
    cut = np.minimum(strips, 6.0)
    mean_root = np.sqrt(cut / cut.mean()).mean()
    np.testing.assert_allclose(
        root.investigators, usual * np.sqrt(effort) / mean_root, rtol=1e-3, atol=1e-6
    )
    even = drawn(region, "even", assessment__utilisation=0.8, **still)
    np.testing.assert_allclose(even.investigators, usual)


def test_taking_part_follows_training_and_denial_within_a_class() -> None:
    """Half of the untrained trained adds half of the effect, a third of denial gone a third."""
    score = probit_of_taking_part(
        np.array([-0.2, -0.2, -0.2]), 1.5, 0.9,
        np.array([0.2, 0.2, 0.2]), np.array([0.6, 0.2, 0.2]),
        np.array([0.75, 0.75, 0.0]), np.array([0.75, 0.5, 0.0]),
    )  # fmt: skip
    np.testing.assert_allclose(score, [-0.2 + 0.75, -0.2 + 0.3, -0.2])


def test_part_of_a_region_may_be_one_area_and_a_region_may_not() -> None:
    """A whole region of one area is refused; one area of a larger region is as it is in there."""
    with pytest.raises(RegionError, match="column \"area\": all communities are in 'north'"):
        places(4, extras={"area": ["north"] * 4})
    country = places(4, extras={"area": ["north", "north", "south", "south"]})
    part = country.select(ids=country.ids[:2])
    whole, some = (drawn(region, "mixed") for region in (country, part))
    np.testing.assert_array_equal(some.state.attention, whole.state.attention[:, :, :2])


def test_the_page_says_how_much_money_does_on_average() -> None:
    """Its mean weights over places are those of the defaults, by steps of a fine quadrature."""
    text = (Path(__file__).parents[1] / "docs" / "model.md").read_text(encoding="utf-8")
    page = " ".join(text.split())  # wherever its lines break
    found, attention = [], Parameters().attention
    ranks = (np.arange(200_000) + 0.5) / 200_000
    for k in range(2):
        cv, level = attention.effort_cv[k], attention.effort_level[k]
        effort = np.minimum(stats.gamma.ppf(ranks, cv**-2, scale=cv**2), 6.0)
        effort *= level / effort.mean()
        fills = np.maximum(0.0, 2.0 - effort).mean()
        found += [f"{level:.3g}, 1 and {fills:.2f}", f"CV {effort.std() / level:.2f}"]
    alone, cut, both, cut_less = found
    assert f"the mean weight is {alone} with `effort`, and {both} with `mixed`" in page
    assert f"({cut} is left of the {attention.effort_cv[0]:g} of `effort`" in page
    assert f", {cut_less[3:]} of the {attention.effort_cv[1]:g} of `mixed`)" in page


@pytest.mark.parametrize(
    "shares",
    [
        {"attention__reading": "effort", "attention__effort_area_share": (0.03, 0.2),
         "attention__effort_year_share": (0.81, 0.2), "attention__with_truth": 0.4},
        {"attention__reading": "recording", "recording__recorded_area_share": (0.32, 0.3),
         "recording__recorded_year_share": (0.68, 0.5)},
        {"attention__reading": "even", "attention__effort_area_share": (0.4, 0.2),
         "attention__effort_year_share": (0.4, 0.2), "attention__with_truth": 0.5},
    ],
    ids=["effort by rounding", "recording by rounding", "effort that does not differ"],
)  # fmt: skip
def test_shares_that_leave_nothing_draw_numbers_all_the_same(shares: dict[str, Any]) -> None:
    """Shares of variance that miss 1 by rounding, or are not in force, make no value missing."""
    chosen = {name.replace("__", "."): value for name, value in shares.items()}
    parameters = Parameters().with_values(chosen)
    world = begin_world(parameters, places(8), years=2)
    assert np.isfinite(world.state.attention).all()
    assert np.isfinite(world.investigators).all()


def run_of(setting: Setting, **values: Any) -> Setting:
    """Two short years of a setting with other parameters."""
    chosen = {name.replace("__", "."): value for name, value in values.items()}
    parameters = setting.parameters.with_values(chosen)
    return replace(setting, parameters=parameters).lasting(1, 1, 2)


def test_a_place_that_never_records_publishes_nothing() -> None:
    """Its youth are reported and identified all the same."""
    setting = run_of(
        added(), recording__never=(0.0, 0.5), recording__recorded_cv=(0.2, 0.2),
        switches__publication=False,
    )  # fmt: skip
    nothing = np.zeros_like(setting.levels["recording"])  # posts that record would fill the books
    setting = replace(setting, levels={**setting.levels, "recording": nothing})
    world = world_of(setting, 0)
    books = world.state.attention[:, AttentionRow.RECORDED : AttentionRow.RECORDED + 4]
    silent = (books == 0.0).all(axis=(0, 1))
    assert 0 < silent.sum() < len(silent)
    sim = policy_years(setting, world)
    sim.run()
    record = sim.history().record
    assert (record.published_reports[silent] == 0).all()
    assert (record.published_identified[silent] == 0).all()
    assert record.counts.referrals[:, silent].sum() > 0
    assert record.counts.identified[:, silent].sum() > 0
    assert record.published_reports[~silent].sum() > record.published_identified[~silent].sum() > 0


def test_with_reading_even_nothing_else_about_attention_matters() -> None:
    """A run with other numbers of effort and recording is the same run."""
    unused = {
        "attention__money": "fills", "attention__effort_level": (1.5, 1.5),
        "attention__effort_cv": (0.9, 0.9), "attention__with_truth": 0.4,
        "attention__class_spread": 0.8, "recording__recorded": 0.3, "recording__never": (0.4, 0.4),
        "recording__recorded_cv": (0.9, 0.9),
    }  # fmt: skip
    first, second = run_of(mixed()), run_of(mixed(), **unused)
    found = [outcomes(policy_years(s, world_of(s, 3))) for s in (first, second)]
    assert found[0] == found[1]
    assert found[0]["identified"] > 0


# ------------------------------------------------------------------------- what cannot be


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"attention.with_truth": 0.8, "attention.with_population": 0.5}, "sum to more than 1"),
        ({"attention.with_truth": 1.5}, "with_truth: 1.5: must be between -1 and 1"),
        ({"recording.recorded_cv": (1.57, 2.2)}, "varies by less than"),
        ({"recording.recorded": 0.95, "recording.never": (0.1, 0.1)}, "below 1 - never"),
        ({"recording.recorded": 0.0}, "must be above 0"),
        ({"recording.recorded_area_share": (0.6, 0.6)}, "must not sum to more than 1"),
        ({"assessment.triage_accuracy": 0.4}, "at least 0.5 and below 1"),
        ({"attention.reading": "uneven"}, "even"),
    ],
)
def test_what_cannot_hold_together_is_refused(values: dict[str, Any], said: str) -> None:
    """Correlations, a share's variation and accuracies that cannot be are refused in words."""
    with pytest.raises(ValueError, match=said):
        Parameters().with_values(values)


def test_one_area_is_no_area() -> None:
    """A column of areas needs at least two of them; without the column states are areas."""
    one = {"ids": ["A", "B"], "population": [900, 800], "extras": {"area": ["north", "north"]}}
    with pytest.raises(InputError, match="two areas or more"):
        Region.of(**one)
    two = Region.of(**{**one, "extras": {"area": ["north", "south"]}})
    assert two.select(ids=["A"]).areas == ("north",)
