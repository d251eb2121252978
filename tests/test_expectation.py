"""The expected cascade against closed forms, brute force and its own definitions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from streetlight.experiments.calibrate.free import with_free
from streetlight.model.communities.region import Region
from streetlight.model.on_average import cascade, onsets
from streetlight.model.on_average.ascertainment import known_by_class
from streetlight.model.on_average.spell import Fluxes, run_spell
from streetlight.model.on_average.strata import (
    Nodes,
    Setting,
    density_of,
    disclosure_hazard,
    strata,
)
from streetlight.model.on_average.youth import (
    TYPICAL_POPULATION,
    base_rates,
    by_kind,
    class_table,
    later_onsets,
    natural_exit,
    spells_ahead,
    summed_ahead,
    survival_to_18,
    youth_table,
)
from streetlight.model.parameters import Parameters
from studies import ascertainment, calibration, calibration_bands

OFF: dict[str, object] = {
    f"switches.{name}": False
    for name in (
        *("anonymity", "known_offender", "denial", "self_blame", "telling", "disclosure"),
        *("public_notice", "encounters", "ramp", "false_reports", "limited_capacity", "services"),
        *("reexploitation", "platforms"),
    )
}
#: Only the public notices, everywhere and everyone alike; decisions fall in the step of the report.
PUBLIC_ONLY = OFF | {
    "switches.public_notice": True,
    "encounter.public_rate": 1.0,
    "encounter.family_public_ratio": 1.0,
    "awareness.hotline": (0.2, 0.2, 0.2, 0.2),
    "assessment.investigation_weeks": 0.0,
    "assessment.family_ratio": 1.0,
}
#: Youth who recognise what happens and disclose, nothing else.
DISCLOSURE_ONLY = OFF | {
    "switches.disclosure": True,
    "knowing.self_recognition": 0.1,
    "disclosure.hazard": 0.4,
    "disclosure.channel_coverage": 0.0,
    "disclosure.formal_share": 1.0,
}


def world(values: dict[str, object] | None = None, **more: object) -> Parameters:
    """Parameters with values replaced."""
    return Parameters().with_values({**(values or {}), **more})


def p_step(parameters: Parameters, hazard: float) -> float:
    """Probability per step of a hazard per month."""
    return float(1.0 - np.exp(-12.0 * hazard / parameters.time.steps_per_year))


def place(population: float = 40_000.0, place_class: str = "town") -> Region:
    """A region of one community."""
    return Region.of(
        ids=["A"], population=[population], place_class=[place_class], poverty_share=[0.2]
    )


def ratio(region: Region, parameters: Parameters, part: str) -> float:
    """A total of the expected cascade per first onset."""
    e = cascade.expected_cascade(parameters, region)
    return float(getattr(e, part).sum() / e.first_onsets.sum())


def spell_total(flux: np.ndarray, parameters: Parameters) -> np.ndarray:
    """Total of a flux of one spell with natural exit and without ageing out, (K, cells)."""
    stays, _ = natural_exit(parameters, len(flux))
    return np.asarray((flux * stays[:, None, None]).sum(0))


def fluxes_of(parameters: Parameters):  # type: ignore[no-untyped-def]
    """The recursion at the four place classes and the mean probability of being screened in."""
    setting = Setting.of_classes(parameters)
    nodes = Nodes.of(parameters, setting, np.array([parameters.assessment.screen_in]))
    return nodes, run_spell(parameters, nodes)


def test_first_onsets_of_the_us_table_have_the_stated_mean_rate() -> None:
    """The norm makes onsets over youth aged 12-17 equal onset_rate on the built-in table."""
    region, parameters = Region.us_counties(), Parameters()
    norm = onsets.rate_norm(parameters, region)
    first = onsets.onset_rate(parameters, region, norm)
    per_100k = 100_000.0 * first.sum() / region.youth_12_17.sum()
    assert per_100k == pytest.approx(parameters.incidence.onset_rate, rel=1e-12)


def test_a_region_can_have_its_own_norm() -> None:
    """With normalise = region the mean rate holds on the region, and not otherwise."""
    own = world({"incidence.normalise": "region"})
    region = place()
    per_100k = [
        float(100_000.0 * ratio_of / region.youth_12_17[0])
        for ratio_of in (
            cascade.expected_cascade(p, region).first_onsets[0] for p in (own, Parameters())
        )
    ]
    assert per_100k[0] == pytest.approx(200.0)
    assert per_100k[1] != pytest.approx(200.0, rel=1e-3)


def test_the_onset_rate_is_the_product_of_its_factors() -> None:
    """Place, poverty, frailty, risk group and covariate multiply as docs/model.md says."""
    parameters = world({"incidence.covariate_effect": 0.3})
    region = Region.of(
        ids=["A"], population=[9_000], place_class=["town"], poverty_share=[0.25],
        youth_12_17=[700], covariate=[2.0],
    )  # fmt: skip
    first = onsets.onset_rate(parameters, region, 0.5, np.array([1.4]))
    expected = 200e-5 * 0.5 * 1.1 * 1.5 * 1.4 * 1.2 * 700 * np.exp(0.6)
    assert first[0] == pytest.approx(expected)


def test_a_state_alone_has_the_expectation_that_it_has_in_the_country() -> None:
    """A community's expectation does not depend on which other communities are simulated."""
    parameters, country = Parameters(), Region.us_counties()
    state = country.select(states=["MN"])
    inside = np.isin(country.ids, state.ids)
    whole = cascade.expected_cascade(parameters, country)
    part = cascade.expected_cascade(parameters, state)
    for name in ("first_onsets", "later_onsets", "reports", "identified"):
        np.testing.assert_allclose(getattr(part, name), getattr(whole, name)[inside], rtol=1e-10)


def test_ageing_out_follows_the_triangular_age() -> None:
    """Survival to 18 agrees with drawn ages: 200,000 draws, five standard errors."""
    n = 200_000
    for mode in (12.0, 14.5, 18.0):
        parameters = world({"incidence.age_mode": mode})
        age = np.random.default_rng(1).triangular(12.0, mode, 18.0, n)
        steps = np.ceil((18.0 - age) * 52)
        survival = survival_to_18(parameters)
        for i in (0, 1, 60, 200, 311):
            error = 5.0 * np.sqrt(max(survival[i] * (1.0 - survival[i]), 1.0 / n) / n)
            assert (steps > i).mean() == pytest.approx(survival[i], abs=error)


def test_without_ageing_out_spells_end_by_exit_and_identification_alone() -> None:
    """Against exit alone each spell lives its geometric time, whatever the youth's age."""
    values = {"spell.exit_hazard": 0.2, "assessment.substantiation": 0.0}
    parameters = world(PUBLIC_ONLY, **values, **{"switches.ageing_out": False})
    nodes, fluxes = fluxes_of(parameters)
    table = youth_table(parameters, nodes, fluxes, np.zeros(4), (0.0, 0.0))
    p_h, p_d = p_step(parameters, 0.2), p_step(parameters, 0.2)
    known = p_h / (1.0 - (1.0 - p_h) * (1.0 - p_d))
    assert table.steps == pytest.approx(np.full(table.steps.shape, 1.0 / p_d), rel=1e-9)
    assert table.first[0, :, 0, 0, 0, 0] == pytest.approx(np.full(4, known), rel=1e-9)
    with_age = world(PUBLIC_ONLY, **values)
    nodes, fluxes = fluxes_of(with_age)
    younger = youth_table(with_age, nodes, fluxes, np.zeros(4), (0.0, 0.0))
    assert (younger.steps < 0.99 / p_d).all()


def test_ascertainment_under_two_constant_hazards() -> None:
    """One report hazard h against exit d gives p_h / (1 - (1 - p_h)(1 - p_d)), step for step."""
    parameters = world(PUBLIC_ONLY, **{"spell.exit_hazard": 0.2})
    p_h = p_step(parameters, 1.0 * 0.2)
    p_d = p_step(parameters, 0.2)
    _, fluxes = fluxes_of(parameters)
    expected = p_h / (1.0 - (1.0 - p_h) * (1.0 - p_d))
    known = spell_total(fluxes.first, parameters)
    assert known[:, 0] == pytest.approx(np.full(4, expected), rel=1e-6)


@pytest.mark.parametrize("screen_in", [0.3, 1.0])
def test_identification_is_the_product_of_its_stages(screen_in: float) -> None:
    """With decisions at once, p_h times screening times substantiation competes with exit."""
    parameters = world(
        PUBLIC_ONLY,
        **{"spell.exit_hazard": 0.2, "assessment.screen_in": screen_in,
           "assessment.screen_in_sd": 0.0},
    )  # fmt: skip
    stages = p_step(parameters, 0.2) * screen_in * parameters.assessment.substantiation
    p_d = p_step(parameters, 0.2)
    _, fluxes = fluxes_of(parameters)
    expected = stages / (1.0 - (1.0 - stages) * (1.0 - p_d))
    identified = spell_total(fluxes.identified, parameters)
    assert identified[:, 0] == pytest.approx(np.full(4, expected), rel=1e-6)


def test_a_screened_out_spell_never_investigated_again() -> None:
    """With after_closed_ratio 0 the share screened in is the share known times screening."""
    parameters = world(PUBLIC_ONLY, **{"assessment.after_closed_ratio": 0.0})
    region = place()
    known, joining = (ratio(region, parameters, part) for part in ("known", "joining"))
    assert joining == pytest.approx(parameters.assessment.screen_in * known, rel=1e-6)


def test_recognising_and_then_disclosing_are_two_geometric_stages() -> None:
    """Disclosure can follow in the step of self-recognition; both compete with exit."""
    parameters = world(DISCLOSURE_ONLY, **{"spell.exit_hazard": 0.25})
    p_k, p_h, p_d = (p_step(parameters, h) for h in (0.1, 0.4, 0.25))
    _, fluxes = fluxes_of(parameters)
    recognised = p_k / (1.0 - (1.0 - p_k) * (1.0 - p_d))
    disclosed = p_h / (1.0 - (1.0 - p_h) * (1.0 - p_d))
    known = spell_total(fluxes.first, parameters)
    total = spell_total(fluxes.first_knowing, parameters)
    assert known[0, 0] == pytest.approx(recognised * disclosed, rel=1e-5)
    assert total == pytest.approx(known)


def test_being_told_multiplies_self_recognition() -> None:
    """With everybody told from the start, recognition has the hazard times told_ratio."""
    values = DISCLOSURE_ONLY | {
        "switches.telling": True,
        "knowing.told_stock": 0.999999999,
        "knowing.told_ratio": 3.0,
        "assessment.substantiation": 0.0,
    }
    parameters = world(values, **{"spell.exit_hazard": 0.25})
    p_k, p_d = (p_step(parameters, h) for h in (0.3, 0.25))
    _, fluxes = fluxes_of(parameters)
    knew = spell_total(fluxes.knew, parameters)
    assert knew[:, 0] == pytest.approx(p_k / (1.0 - (1.0 - p_k) * (1.0 - p_d)), rel=1e-5)


def test_self_blame_is_a_mixture_and_being_told_can_end_it() -> None:
    """Known is the mean of those who blame themselves and those who do not."""
    base = DISCLOSURE_ONLY | {"switches.self_blame": True, "disclosure.blame_ratio": 0.3}
    region = place()

    def known(blame: float, hazard: float = 0.4, **more: object) -> float:
        values = base | {"knowing.self_blame": blame, "disclosure.hazard": hazard} | more
        return ratio(region, world(values), "known")

    assert known(1.0) == pytest.approx(known(0.0, 0.12), rel=1e-6)
    assert known(0.4) == pytest.approx(0.4 * known(1.0) + 0.6 * known(0.0), rel=1e-4)
    freed: dict[str, object] = {
        "switches.telling": True, "knowing.told_stock": 0.999999999, "knowing.told_ratio": 1.0,
        "knowing.told_not_ones_fault": 1.0,
    }  # fmt: skip
    assert known(1.0, 0.4, **freed) == pytest.approx(known(0.0, 0.4, **freed), rel=1e-6)


def test_the_stock_is_onset_times_duration() -> None:
    """With nothing but exit and ageing out, active spells are onsets times the mean duration."""
    parameters = world(OFF)
    e = cascade.expected_cascade(parameters, place())
    ages = 12.0 + (np.arange(60_000) + 0.5) / 10_000.0
    mode = 14.5
    density = np.where(ages < mode, (ages - 12) / (mode - 12), (18 - ages) / (18 - mode)) / 3.0
    p = p_step(parameters, parameters.spell.exit_hazard)
    left = np.ceil((18.0 - ages) * 52)
    steps = (1.0 - (1.0 - p) ** left) / p  # sum over i < left of (1 - p)^i
    mean_years = float((density * steps).sum() / 10_000.0 / 52.0)
    assert e.active[0] == pytest.approx(e.first_onsets[0] * mean_years, rel=1e-4)
    for none in (e.known[0], e.identified[0], e.later_onsets[0]):
        assert none == pytest.approx(0.0, abs=1e-9 * e.first_onsets[0])


def test_later_spells_are_the_sum_of_all_generations() -> None:
    """The renewal equation agrees with generation after generation by plain convolution."""
    parameters = world({"spell.reexploited_12m": 0.6, "spell.exit_hazard": 0.1})
    _, fluxes = fluxes_of(parameters)
    n, base, served = len(fluxes.lived), 0.004, 0.3
    found = later_onsets(parameters, fluxes, np.full(4, served), (0.0, base))[1, 2, 5]
    stays, leaves = natural_exit(parameters, n)
    ended = np.concatenate([[1.0], fluxes.lived[:-1, 2, 5]]) * leaves
    identified = fluxes.identified[:, 2, 5] * stays

    def gap(ratio_served: float) -> np.ndarray:
        first = 1.0 - 0.4 ** (ratio_served / 52.0)
        density, alive = np.zeros(n), 1.0
        for i in range(1, n):
            p = first if i <= 52 else p_step(parameters, base)
            density[i] = alive * p
            alive *= 1.0 - p
        return density

    untreated = gap(1.0)
    treated = gap(parameters.spell.reexploited_ratio_served)
    between = np.convolve(ended + identified * (1.0 - served), untreated)[:n]
    between += np.convolve(identified * served, treated)[:n]
    generation = np.zeros(n)
    generation[0] = 1.0
    total = generation.copy()
    for _ in range(40):
        generation = np.convolve(generation, between)[:n]
        total += generation
    np.testing.assert_allclose(found, total, atol=1e-7)


def test_durations_ahead_are_counted_by_hand() -> None:
    """A first spell in step 0 and half a later one in step 1, whatever the duration is worth.

    Duration 1 of the first is reached in step 1, and of the other in step 2: 0.8 + 0.7 / 2. If
    only steps from 2 on count, duration 1 has half a spell, and duration 2 both.
    """
    onsets = np.array([1.0, 0.5, 0.0])
    worth = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4])
    assert summed_ahead(onsets, worth) == pytest.approx([1.3, 1.15, 1.0])
    assert summed_ahead(onsets, np.arange(6) >= 2) == pytest.approx([0.0, 0.5, 1.5])


@pytest.mark.parametrize("ageing_out", [False, True])
def test_only_durations_after_a_step_count(ageing_out: bool) -> None:
    """Without later spells duration 5 is reached in step 5: by all who have not left, or are 18."""
    off = {"switches.ageing_out": ageing_out, "switches.reexploitation": False}
    parameters = Parameters().with_values(off | {"time.steps_per_year": 52})
    n = 8 * 52
    fluxes = Fluxes(**{name: np.zeros((n, 1, 1)) for name in Fluxes.__dataclass_fields__})
    ahead = spells_ahead(parameters, fluxes, np.zeros(1), (0.0, 0.1), after=5)
    assert ahead.shape == (2, n, 1, 1)
    not_left = (1.0 - p_step(parameters, parameters.spell.exit_hazard)) ** np.arange(5.0, 8.0)
    younger = survival_to_18(parameters)[5:8] if ageing_out else np.ones(3)
    np.testing.assert_allclose(ahead[0, :5, 0, 0], 0.0, atol=1e-12)
    np.testing.assert_allclose(ahead[1, 5:8, 0, 0], not_left * younger, rtol=1e-9)


def test_spells_follow_identification_only_if_asked() -> None:
    """With reexploited_after = identification and nobody identified there are no later spells."""
    values = {"spell.reexploited_after": "identification", "assessment.substantiation": 0.0}
    assert ratio(place(), world(values), "later_onsets") == pytest.approx(0.0, abs=1e-9)
    assert ratio(place(), Parameters(), "later_onsets") > 0.05


def test_services_lower_later_spells() -> None:
    """Places in large metro areas lower re-exploitation there; towns have none."""
    none = world({"switches.services": False})
    for place_class, lower in (("large metro", True), ("town", False)):
        region = place(place_class=place_class)
        with_places = ratio(region, Parameters(), "later_onsets")
        without = ratio(region, none, "later_onsets")
        assert (with_places < without - 1e-6) is lower


@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_interpolation_over_strata_is_exact_enough(scale: float) -> None:
    """Four report nodes give what the 18 strata themselves give, to 0.1%."""
    e = Parameters().encounter
    parameters = world({
        "encounter.untrained": tuple(min(0.5, scale * x) for x in e.untrained),
        "encounter.trained": tuple(min(0.5, scale * x) for x in e.trained),
    })  # fmt: skip
    setting = Setting.of_classes(parameters)
    screening = np.array([0.6])
    nodes = Nodes.of(parameters, setting, screening)
    groups = strata(parameters, setting)
    exact = replace(
        nodes,
        report=groups.by_source.sum(-1),
        by_stratum=np.broadcast_to(groups.weights, (4, 2, 18)),
        by_source=groups.by_source * groups.weights[:, None],
    )
    base = base_rates(parameters)
    totals = []
    for one in (nodes, exact):
        table = youth_table(parameters, one, run_spell(parameters, one), setting.served, base)
        totals.append(by_kind(parameters, table, setting.family))
    np.testing.assert_allclose(totals[0], totals[1], rtol=1e-3)


def test_a_table_is_made_once_however_it_is_asked_for() -> None:
    """What the expected cascade and the false tips of platforms ask for is one table."""
    parameters = world({})
    table = class_table(parameters, True)
    assert class_table(parameters, one_screening=True, wait_weeks=0) is table


@pytest.mark.parametrize(
    ("served", "places", "uptake"), [(0.0, 0.0, 1.0), (0.5, 1e6, 0.5), (1.0, 1e6, 1.0)]
)
def test_a_stated_share_served_is_that_of_places_which_serve_it(
    served: float, places: float, uptake: float
) -> None:
    """Without places nobody is served, and where there are plenty all who would accept."""
    services = {"services.places": (places,) * 4, "services.uptake": uptake,
                "services.distance_ratio": (1.0,) * 4}  # fmt: skip
    by_places = class_table(world(services), True)
    stated = class_table(Parameters(), True, served=served)
    np.testing.assert_allclose(stated.served, served)
    for name in ("spells", "steps", "identified"):
        np.testing.assert_allclose(getattr(stated, name), getattr(by_places, name), rtol=1e-12)


def test_interpolation_over_places_is_exact_enough() -> None:
    """Disclosure nodes give what a run at a place's own disclosure hazards gives, to 0.1%."""
    parameters = world({"disclosure.hazard": 0.1, "denial.barrier_scale": 1.5})
    for population in (2_000.0, 25_000.0, 300_000.0):
        region = place(population)
        interpolated = ratio(region, parameters, "known")
        table = class_table(parameters, True)
        density = density_of(parameters, region.population)
        awareness = np.array(parameters.awareness.hotline)
        hazards = [
            disclosure_hazard(parameters, awareness, density, known) for known in (False, True)
        ]
        setting = Setting.of_classes(parameters)
        exact = replace(table.nodes, disclosure=np.stack(hazards, axis=-1))
        fluxes = run_spell(parameters, exact)
        again = youth_table(parameters, exact, fluxes, table.served, (0.0, table.base[1]))
        totals = by_kind(parameters, again, setting.family)[2].reshape(2, 2, 18)
        i = parameters.incidence
        norm = onsets.rate_norm(parameters, region)
        rate = i.onset_rate / 1e5 * norm * 1.1 * 1.4 * i.high_risk_ratio / 12.0
        share = rate / table.base[1]
        at_rate = (1.0 - share) * totals[0] + share * totals[1]
        known = i.known_offender[2]
        value = (1.0 - known) * at_rate[0, 3] + known * at_rate[1, 3]
        assert interpolated == pytest.approx(value, rel=1e-3)


def test_screening_by_community_agrees_with_the_constant() -> None:
    """Giving every community the mean probability changes nothing beyond interpolation."""
    parameters, region = Parameters(), Region.synthetic(20, seed=1)
    same = np.full(region.n_communities, parameters.assessment.screen_in)
    plain = cascade.expected_cascade(parameters, region)
    given = cascade.expected_cascade(parameters, region, screen_in=same)
    for name in ("reports", "identified", "investigated", "later_onsets"):
        np.testing.assert_allclose(getattr(given, name), getattr(plain, name), rtol=1e-3)
    more = cascade.expected_cascade(parameters, region, screen_in=np.minimum(1.0, same + 0.2))
    assert (more.identified > plain.identified).all()


def test_frailty_scales_the_whole_cascade() -> None:
    """Twice the frailty is twice the first onsets and slightly more than twice the rest."""
    region = place()
    once = cascade.expected_cascade(Parameters(), region, frailty=np.array([1.0]))
    twice = cascade.expected_cascade(Parameters(), region, frailty=np.array([2.0]))
    assert twice.first_onsets[0] == pytest.approx(2.0 * once.first_onsets[0])
    assert 2.0 < twice.reports[0] / once.reports[0] < 2.1


def test_channels_add_up_and_follow_their_switches() -> None:
    """Reports are the sum of the channels, and a channel switched off is empty."""
    region = Region.synthetic(12, seed=2)
    e = cascade.expected_cascade(Parameters(), region)
    np.testing.assert_allclose(e.channels.sum(1), e.reports)
    for switch, columns in (
        ("disclosure", slice(0, 2)), ("public_notice", slice(2, 3)), ("encounters", slice(3, 8)),
        ("platforms", slice(8, 9)),
    ):  # fmt: skip
        off = cascade.expected_cascade(world({f"switches.{switch}": False}), region)
        assert np.all(np.abs(off.channels[:, columns]) <= 1e-9 * e.channels.sum())
        assert (off.reports < e.reports).all()


def test_contacts_tell_with_recognition_switched_off() -> None:
    """The chance of being told in a step is the same with and without encounters, and not 0."""
    with_encounters, without = (
        strata(p, Setting.of_classes(p)).told
        for p in (Parameters(), world({"switches.encounters": False}))
    )
    np.testing.assert_array_equal(without, with_encounters)
    assert (without > 0.0).all()


def test_where_a_barrier_is_complete_nobody_discloses() -> None:
    """With an anonymity ratio of 0 and no channel, no place where people know each other tells."""
    values = {"disclosure.anonymity_ratio": 0.0, "disclosure.channel_coverage": 0.0}
    e = cascade.expected_cascade(world(values), Region.synthetic(12, seed=2))
    assert e.channels[:, :2].sum() == pytest.approx(0.0, abs=1e-12)
    assert e.channels[:, 2:].sum() > 0.0


@pytest.mark.parametrize("switch", ["anonymity", "known_offender", "denial", "self_blame", "ramp"])
def test_every_barrier_lowers_the_share_known(switch: str) -> None:
    """Switching a barrier off raises the share known."""
    region = place()
    with_barrier = cascade.expected_cascade(Parameters(), region).known_share[0]
    without = cascade.expected_cascade(world({f"switches.{switch}": False}), region)
    assert without.known_share[0] > 1.005 * with_barrier


def test_waiting_loses_the_spells_that_end_meanwhile() -> None:
    """Investigations after w steps are who joined the queue times the chance to be there still."""
    parameters = world(
        PUBLIC_ONLY, **{"switches.limited_capacity": True, "spell.exit_hazard": 0.1,
                        "assessment.substantiation": 0.0},
    )  # fmt: skip
    nodes, _ = fluxes_of(parameters)
    waited = run_spell(parameters, nodes, 8.0)
    table = youth_table(parameters, nodes, waited, np.zeros(4), (0.0, 0.0), 8.0)
    stays, _ = natural_exit(parameters, len(waited.joining))
    survival = survival_to_18(parameters)
    expected = (waited.joining[:-8, 0, 0] * stays[8:] * survival[8:]).sum()
    assert table.investigated[0, 0, 0, 0, 0, 0] == pytest.approx(expected)
    assert table.investigated.sum() < table.joining.sum()


def test_false_scale_gives_the_share_not_substantiated() -> None:
    """At the solved scale the share of investigations without a finding is `unfounded`."""
    parameters, region = world({"reporting.unfounded": 0.7}), Region.us_counties()
    e, x = cascade.expected_cascade(parameters, region), cascade.false_scale(parameters)
    false = x * e.false_investigated_per_scale.sum() + e.false_tips_investigated.sum()
    none = (e.investigated - e.identified).sum() + false * 0.98
    assert none / (e.investigated.sum() + false) == pytest.approx(0.7, rel=1e-9)
    assert cascade.false_scale(world({"switches.false_reports": False})) == 0.0
    own = world({"incidence.normalise": "region"})
    assert cascade.false_scale(own, place()) != cascade.false_scale(Parameters())
    with pytest.raises(ValueError, match="unfounded"):
        cascade.false_scale(world({"reporting.unfounded": 0.99}))


def test_false_reports_are_contacts_times_suspicion() -> None:
    """False reports at scale 1 are the formula of section 8 summed over a year, by hand."""
    parameters, region = world({"switches.denial": False}), place()
    r = parameters.reporting
    by_hand = 0.0
    for s in range(5):
        high = 1.0 if s == 0 else r.general_contact_high_risk
        contacts = r.general_contact_rate[s] * (0.95 + 0.05 * high)
        by_hand += 12.0 * region.youth[0] * contacts * r.false_suspicion[s] * r.report[s]
    e = cascade.expected_cascade(parameters, region)
    assert e.false_reports_per_scale[0] == pytest.approx(by_hand)
    assert e.false_investigated_per_scale[0] == pytest.approx(0.6 * by_hand)


def test_investigators_are_used_as_stated() -> None:
    """Expected investigations over the investigators' capacity is `utilisation`."""
    parameters, region = Parameters(), Region.synthetic(12, seed=3)
    e, x = cascade.expected_cascade(parameters, region), cascade.false_scale(parameters)
    posts = cascade.baseline_investigators(parameters, region, e)
    capacity = posts * 12.0 * parameters.assessment.investigations_per_month
    false = x * e.false_investigated_per_scale + e.false_tips_investigated
    yearly = e.investigated + false
    assert yearly.sum() / capacity.sum() == pytest.approx(parameters.assessment.utilisation)


def test_noise_makes_up_its_share_of_calls() -> None:
    """Noise over all calls on the US table is `noise_contacts`."""
    parameters, region = Parameters(), Region.us_counties()
    e = cascade.expected_cascade(parameters, region)
    awareness = np.array(parameters.awareness.hotline)[region.place_class]
    noise = cascade.expected_noise(parameters, region) * (awareness * region.population).sum()
    share = noise / (noise + e.channels[:, :3].sum())
    assert share == pytest.approx(parameters.reporting.noise_contacts)


def test_typical_populations_are_those_of_the_us_table() -> None:
    """The stated populations are youth-weighted means of the logarithm, to 1%."""
    region = Region.us_counties()
    for k, stated in enumerate(TYPICAL_POPULATION):
        inside = region.place_class == k
        logs = np.average(np.log(region.population[inside]), weights=region.youth[inside])
        assert np.exp(logs) == pytest.approx(stated, rel=0.01)


ALIKE = {
    "training.trained_share": (0.3,) * 4,
    "denial.leaders": (0.5,) * 4,
    "awareness.hotline": (0.2,) * 4,
    "incidence.known_offender": (0.5,) * 4,
    "incidence.family_controlled": (0.3,) * 4,
    "switches.anonymity": False,
    "switches.services": False,
}


def test_classes_with_the_same_conditions_have_the_same_share_known() -> None:
    """Without differences between classes the ratio is 1 and every part of the gap is 0."""
    parameters = world(ALIKE)
    known = known_by_class(parameters)
    np.testing.assert_allclose(known, known[0])
    assert known[0] > 0.01
    assert ascertainment.known_ratio(parameters) == pytest.approx(1.0)
    for value in ascertainment.shapley_gap(parameters).values():
        assert value == pytest.approx(0.0, abs=1e-9)


def test_the_shapley_parts_add_up_and_answer_to_their_switches() -> None:
    """Parts and remainder sum to the gap; a barrier switched off has no part in it."""
    gap = ascertainment.shapley_gap(Parameters())
    assert sum(gap.values()) - gap["total"] == pytest.approx(gap["total"])
    assert all(gap[part] > 0.01 for part in ascertainment.GAP_PARTS)
    for part, switch in (("denial", "denial"), ("anonymity", "anonymity"),
                         ("known offender", "known_offender")):  # fmt: skip
        without = ascertainment.shapley_gap(world({f"switches.{switch}": False}))
        assert without[part] == pytest.approx(0.0, abs=1e-9)


def test_one_difference_alone_is_the_whole_gap() -> None:
    """If places differ only in training, training's part is the total."""
    shares = {"training.trained_share": (0.5, 0.4, 0.3, 0.2)}
    gap = ascertainment.shapley_gap(world(ALIKE | shares))
    assert gap["training"] == pytest.approx(gap["total"])
    assert gap["total"] > 0.05


def test_the_barrier_scale_hits_its_target() -> None:
    """The fitted scale gives the ratio asked for, and an impossible ratio is refused."""
    parameters = Parameters()
    scale = ascertainment.fit_barrier_scale(parameters, 1.6)
    fitted = parameters.with_values({"denial.barrier_scale": scale})
    assert ascertainment.known_ratio(fitted) == pytest.approx(1.6, abs=1e-4)
    with pytest.raises(ValueError, match="barrier_scale"):
        ascertainment.fit_barrier_scale(parameters, 50.0)


def test_duration_at_identification_under_constant_hazards() -> None:
    """Time to a constant-hazard identification is geometric; ageing out is made rare."""
    values = PUBLIC_ONLY | {"spell.exit_hazard": 0.3, "incidence.age_mode": 12.0}
    parameters = world(values)
    stages = p_step(parameters, 0.2) * 0.6 * parameters.assessment.substantiation
    stay = (1.0 - float(stages)) * (1.0 - p_step(parameters, 0.3))
    over = ascertainment.duration_over(parameters, 6.0)
    cut = survival_to_18(parameters) * stay ** np.arange(312)
    assert over == pytest.approx(cut[27:].sum() / cut.sum(), rel=1e-6)
    assert ascertainment.duration_over(parameters, 12.0) < over


def test_time_since_first_onset_is_at_least_that_of_the_spell() -> None:
    """Counting earlier spells can only make the time before identification longer."""
    spell = ascertainment.duration_over_by_class(Parameters())
    youth = ascertainment.duration_over_by_class(Parameters(), since="first onset")
    assert (youth > spell).all()
    alone = world({"switches.reexploitation": False})
    assert ascertainment.duration_over(alone) == pytest.approx(
        ascertainment.duration_over(alone, since="first onset")
    )


def test_who_discloses_knew_and_who_is_noticed_need_not() -> None:
    """Everyone known by disclosure knew before; slow recognition leaves others not knowing."""
    assert ascertainment.knew_before_report(world(DISCLOSURE_ONLY)) == pytest.approx(1.0)
    noticed = world(PUBLIC_ONLY, **{"knowing.self_recognition": 1e-6})
    assert ascertainment.knew_before_report(noticed) < 1e-3


def test_half_the_step_gives_the_same_expectation() -> None:
    """Weekly and half-weekly steps agree to 2%: delays are in weeks of time."""
    region = place()
    weekly = cascade.expected_cascade(Parameters(), region)
    finer = cascade.expected_cascade(world({"time.steps_per_year": 104}), region)
    for name in ("active", "reports", "known", "identified", "later_onsets"):
        assert getattr(finer, name)[0] == pytest.approx(getattr(weekly, name)[0], rel=0.02)


def test_a_community_without_youth_expects_nothing() -> None:
    """No youth means zeros, and shares that are not numbers rather than errors."""
    region = Region.of(ids=["A"], population=[0], youth=[0], youth_12_17=[0], poverty_share=[0.1])
    e = cascade.expected_cascade(Parameters(), region)
    assert e.onsets[0] == e.reports[0] == e.identified[0] == 0.0
    assert np.isnan(e.known_share[0])
    own = Parameters().with_values({"incidence.normalise": "region"})
    assert onsets.rate_norm(own, region) == 1.0


def test_the_proposed_defaults_lie_in_every_band() -> None:
    """The numbers proposed by the calibration meet all bands together."""
    parameters = with_free(Parameters(), calibration.FREE, np.array(calibration.PROPOSED))
    found = calibration.outcomes(parameters)
    outside = [n for n, aim in calibration.AIMS.items() if not aim.low <= found[n] <= aim.high]
    assert outside == []
    assert 0.04 <= found["list overlap (SF12)"] <= 0.12
    assert 1.2 <= found["disclosure large metro / rural (SF9)"] <= 3.0


@pytest.mark.slow
def test_the_defaults_land_in_every_band_in_simulation() -> None:
    """One replicate of all US counties lies in the bands of docs/calibration.md."""
    found = calibration_bands.simulated(replicates=1)
    outside = [b.words for b in calibration_bands.BANDS if not b.holds(float(found[b.key][0]))]
    assert outside == []


def test_poverty_of_a_place_may_act_on_all_its_youth() -> None:
    """Log 4 a share of poor makes 4 ** 0.75 of three quarters, beside their households' 2.5."""
    region = Region.of(
        ids=["A", "B"], population=[1e5, 1e5], youth=[9e3, 9e3], youth_12_17=[6e3, 6e3],
        poverty_share=[0.0, 0.75], place_class=["town", "town"],
    )  # fmt: skip
    values = {"incidence.poverty_ratio": 3.0, "incidence.poverty_context": np.log(4.0)}
    rates = onsets.onset_rate(Parameters().with_values(values), region, 1.0)
    assert rates[1] / rates[0] == pytest.approx((1.0 + 2.0 * 0.75) * 4.0**0.75, rel=1e-12)
    parameters = Parameters().with_values({**values, "incidence.normalise": "region"})
    norm = onsets.rate_norm(parameters, region)
    assert rates.sum() * norm == pytest.approx(200.0 / 1e5 * 12e3, rel=1e-12)
