"""Stylised facts about the truth and how it looks on a map: SF1-SF4, SF18, SF25 (docs/facts.md)."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from fact_worlds import (
    REPLICATES,
    Array,
    Facts,
    Values,
    by_state,
    cv,
    elasticity,
    equal_places,
    facts,
    history,
    median,
    share,
    small_places,
    spearman,
    us,
    usual,
)
from scipy.stats import poisson

from streetlight.model.clock import Clock
from streetlight.model.draws import world_key
from streetlight.model.inference.shape import negative_binomial
from streetlight.model.parameters import Parameters
from streetlight.model.world.communities import make_communities

pytestmark = pytest.mark.slow


# ------------------------------------------------------------------- SF1: wherever there are people


def free_of_it(f: Facts) -> tuple[int, float]:
    """Communities that expect three or more and have none: how many, and how many chance gives."""
    expected = 10.0 * f.expected
    many = expected >= 3.0
    none = f.table["first_onsets"][many] == 0
    return int(none.sum()), float(np.exp(-expected[many]).sum())


def test_sf1_no_place_is_free_of_it_beyond_chance() -> None:
    """SF1: places that expect three or more youth and have none are as few as chance leaves."""
    for r in REPLICATES:
        none, by_chance = free_of_it(usual(r))
        assert none <= poisson.ppf(0.9999, by_chance)


def silent(f: Facts, rows: Any) -> float:
    """Share of places with victimized youth and without any report, true or false."""
    reports = f.table["reports"] + f.table["false_reports"]
    return float(((f.table["true_onsets"] > 0) & (reports == 0))[rows].mean())


def test_sf1_silence_is_no_absence() -> None:
    """SF1: victimized and never reported is twice as common outside cities; not if all is seen."""
    small, city = small_places(), us().place_class == 0
    outside = median(silent(usual(r), small) for r in REPLICATES)
    assert outside >= 2.0 * median(silent(usual(r), city) for r in REPLICATES)
    assert outside > 0.05
    seen = {"encounter.public_rate": 50.0, "switches.ramp": False, "switches.reexploitation": False}
    outside_cities = us().select(classes=["town", "rural"])
    assert silent(facts(history(seen, outside_cities)), slice(None)) < 0.002


# ------------------------------------------------------------- SF2, SF4: size, and what counts show


def test_sf2_counts_follow_population() -> None:
    """SF2: victimization and reports are near proportional to size, reports a little steeper.

    Steeper by the slope over all places; elasticities are of those with a count.
    """
    runs = [usual(r) for r in REPLICATES]
    true = median(elasticity(f.table["true_onsets"], us().youth) for f in runs)
    made = median(elasticity(f.yearly[:, 3:].sum(axis=1), us().youth) for f in runs)
    published = median(elasticity(f.table["published"], us().youth) for f in runs)
    assert 0.9 <= true <= 1.1
    assert 0.7 <= made <= 1.4
    assert 0.7 <= published <= 1.4
    everywhere = median(
        negative_binomial(f.table["published"], us().population).slope for f in runs
    )
    assert everywhere - true > 0.1
    alike = equal_places()
    extra = elasticity(alike.table["published"], us().youth) - elasticity(
        alike.table["true_onsets"], us().youth
    )
    assert abs(extra) < 0.05


@pytest.mark.xfail(reason="SF2: among places that publish any 0.28 less steep (n = 3), bound +0.1")
def test_sf2_published_reports_are_steeper_where_there_are_any() -> None:
    """SF2: among places with a count the elasticity of published reports is 0.1 above the true."""
    runs = [usual(r).table for r in REPLICATES]
    true, published = (
        median(elasticity(table[name], us().youth) for table in runs)
        for name in ("true_onsets", "published")
    )
    assert published - true > 0.1


def counts_and_rates(f: Facts) -> tuple[float, float, float, float]:
    """Spearman gap of counts over rates; CV ratio of counties, of states; top decile left out."""
    ok = us().youth > 0
    youth, true, seen = (a[ok] for a in (us().youth, f.table["true_onsets"], f.table["published"]))
    gap = spearman(seen, true) - spearman(seen / youth, true / youth)
    state_youth = by_state(us().youth)
    ratio = cv(by_state(f.table["published"]) / state_youth)
    ratio /= cv(by_state(f.table["true_onsets"]) / state_youth)
    top = np.argsort(-true / youth, kind="stable")[: len(youth) // 10]
    third = np.argsort(-seen, kind="stable")[: len(youth) // 3]
    outside = 1.0 - float(np.isin(top, third).mean())
    return gap, cv(seen / youth) / cv(true / youth), ratio, outside


def test_sf4_counts_mislead() -> None:
    """SF4: counts line up with truth and rates do not; rates vary less when places are alike."""
    runs = np.array([counts_and_rates(usual(r)) for r in REPLICATES])
    gap, counties, states, outside = np.median(runs, axis=0)
    assert gap >= 0.3
    assert counties >= 1.5
    assert states >= 1.5
    assert outside >= 0.3
    alike = counts_and_rates(equal_places())
    assert alike[0] < gap
    assert alike[1] < 1.5
    assert alike[2] < 1.0


@pytest.mark.xfail(
    reason="SF4: gap 0.52 (n = 3), alike 0.38 by small numbers alone; bound 0.2 more"
)
def test_sf4_most_of_the_gap_is_attention() -> None:
    """SF4: the gap of counts over rates is 0.2 smaller when places are alike."""
    gap = median(counts_and_rates(usual(r))[0] for r in REPLICATES)
    assert counts_and_rates(equal_places())[0] < gap - 0.2


# ------------------------------------------------------------------------------ SF3: a placebo road


def corridors(reach: float = 0.5) -> Array:
    """Nearness (C,) to lines that join the 40 largest counties to their 3 nearest of them."""
    region = us()
    at = np.column_stack([region.latitude, region.longitude * np.cos(np.radians(38.0))])
    big = at[np.argsort(-region.population)[:40]]
    distance = np.full(len(at), np.inf)
    for a in big:
        for b in big[np.argsort(((big - a) ** 2).sum(axis=1))[1:4]]:
            along = np.clip((at - a) @ (b - a) / ((b - a) @ (b - a)), 0.0, 1.0)
            away = np.linalg.norm(at - a - along[:, None] * (b - a), axis=1)
            distance = np.minimum(distance, away)
    return np.asarray(np.exp(-distance / reach))


def partial(x: Array, y: Array, given: Array) -> float:
    """Correlation of x and y given one other column."""
    others = np.column_stack([np.ones_like(given), given])

    def rest(v: Array) -> Array:
        return np.asarray(v - others @ np.linalg.lstsq(others, v, rcond=None)[0])

    return float(np.corrcoef(rest(x), rest(y))[0, 1])


def with_road(f: Facts) -> float:
    """Correlation of reports over the policy years with nearness to the corridors."""
    return float(np.corrcoef(corridors(), f.yearly[:, 3:].sum(axis=1))[0, 1])


@pytest.mark.xfail(reason="SF3: r(road, reports) 0.26 (0.23-0.31, n = 3), band over 0.3")
def test_sf3_a_placebo_road_lines_up_with_an_uneven_record() -> None:
    """SF3: nearness to roads along dense corridors correlates with reports by more than 0.3."""
    assert median(with_road(usual(r)) for r in REPLICATES) > 0.3


def test_sf3_a_placebo_road_lines_up_with_counts() -> None:
    """SF3: where all look alike roads along dense corridors follow counts, and the true rate only
    if they cause it."""
    road, size = corridors(), np.log(us().population)
    assert with_road(equal_places()) > 0.3
    rates = [usual(r).table["true_onsets"] / us().youth for r in REPLICATES]
    assert abs(median(partial(road, rate, size) for rate in rates)) < 0.1
    along = dataclasses.replace(us(), covariate=road)
    cause = facts(history({"incidence.covariate_effect": 1.0}, along))
    assert partial(road, cause.table["true_onsets"] / us().youth, size) > 0.15


def test_sf3_population_explains_part_of_the_reports() -> None:
    """SF3: over states a year's published reports follow population, and not nearly perfectly."""
    people = by_state(us().population)
    r = median(
        np.corrcoef(by_state(year), people)[0, 1]
        for k in REPLICATES
        for year in usual(k).published[:, 3:].T
    )
    assert 0.35 <= r <= 0.95
    alike = by_state(equal_places().published[:, -1])
    assert np.corrcoef(alike, people)[0, 1] > 0.95


# ----------------------------------------------------------------------- SF18: economic opportunity


def poorest_to_richest(count: Array) -> float:
    """Rate per youth in the poorest fifth of places over the rate in the least poor fifth."""
    fifth, youth = us().poverty_quintile, us().youth
    return share(count[fifth == 5], youth[fifth == 5]) / share(count[fifth == 1], youth[fifth == 1])


def true_gradient(values: Values) -> float:
    """The gradient of the true onset rate, expected over frailty (whose mean is 1)."""
    parameters = Parameters().with_values({"incidence.frailty_cv": 0.0} | values)
    places, _ = make_communities(parameters, us(), Clock(52, 6, 3, 10), world_key(0, 0, 0))
    return poorest_to_richest(places["onset"])


def test_sf18_poor_places_suffer_more() -> None:
    """SF18: the true rate is 1.3 to 4 times as high in the poorest fifth, if poverty has effect."""
    assert 1.3 <= true_gradient({}) <= 4.0
    assert abs(true_gradient({"incidence.poverty_ratio": 1.0}) - 1.0) < 0.05


def test_sf18_the_record_hides_part_of_the_gradient() -> None:
    """SF18: where poor places have less training reports show less of it; alike, all of it."""
    runs = [usual(r).table for r in REPLICATES]
    hidden = [poorest_to_richest(t["reports"]) / poorest_to_richest(t["true_onsets"]) for t in runs]
    assert median(hidden) < 0.93
    alike = equal_places().table
    rest = poorest_to_richest(alike["reports"]) / poorest_to_richest(alike["true_onsets"])
    assert abs(rest - 1.0) < 0.06


# ------------------------------------------------------------------ SF25: same reports, other truth

#: Twice the onsets, and everyone who could notice meets the youth less than half as often.
ONSETS, LESS = 410.0, 0.455


def darker(part: float) -> Values:
    """More victimization of which less comes to light."""
    p = Parameters()
    return {
        "incidence.onset_rate": ONSETS,
        "encounter.contact_rate": tuple(part * x for x in p.encounter.contact_rate),
        "encounter.public_rate": part * p.encounter.public_rate,
        "disclosure.hazard": part * p.disclosure.hazard,
    }


def test_sf25_same_reports_different_truth() -> None:
    """SF25: two settings report alike with truths twice apart; list overlap tells them apart."""
    one, other = usual(), facts(history(darker(LESS)))
    series = other.yearly.sum(axis=0) / one.yearly.sum(axis=0)
    assert np.abs(series - 1.0).max() < 0.05
    assert share(other.table["true_onsets"], one.table["true_onsets"]) >= 2.0
    found = min(float(f.table["identified"].sum()) for f in (one, other))
    error = np.sqrt(one.overlap * (1.0 - one.overlap) * 2.0 / found)
    assert one.overlap - other.overlap > 4.0 * error
    seen_alike = facts(history({"incidence.onset_rate": ONSETS}))
    assert share(seen_alike.yearly, one.yearly) > 1.8
