"""Numbers per step, each worked by hand from the parameters that docs/model.md names."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from small_worlds import p_step

from streetlight.model.parameters import Parameters, Switches
from streetlight.model.rates import by_type, contact_rates, gap_scale, make_rates

LN2 = math.log(2.0)
MONTH, DT = 12.0 / 52.0, 1.0 / 52.0  # of a step
VALUES: dict[str, Any] = {
    "incidence.high_risk_ratio": 3.0, "incidence.high_risk_share": 0.25, "incidence.age_mode": 14.5,
    "incidence.type_mix": (0.5, 0.3, 0.2), "incidence.gender_mix": (0.6, 0.3, 0.1),
    "spell.exit_hazard": 0.05, "spell.recognisable_floor": 0.2, "spell.recognisable_months": 3.0,
    "spell.reexploited_12m": 0.19, "spell.reexploited_ratio_served": 0.7,
    "spell.reexploited_after": "any end",
    "knowing.told_stock": 0.2, "knowing.told_half_life": 24.0, "knowing.contacts": 5.0,
    "knowing.told_per_trained_contact": 0.1, "knowing.self_recognition": 0.02,
    "knowing.told_ratio": 3.0, "knowing.self_blame": 0.6, "knowing.told_not_ones_fault": 0.3,
    "disclosure.hazard": 0.04, "disclosure.blame_ratio": 0.5, "disclosure.anonymity_ratio": 0.6,
    "disclosure.known_offender_ratio": 0.7, "disclosure.formal_share": 0.3,
    "disclosure.confidant_acts": 0.4, "disclosure.channel_ratio": 2.0,
    "disclosure.channel_relief": 0.8, "disclosure.channel_coverage": 0.1,
    "encounter.contact_rate": (0.5, 0.4, 0.3, 0.2, 0.1),
    "encounter.contact_ratio_labour": (0.25, 1.0, 4.0, 0.36, 0.49),
    "encounter.contact_ratio_high_risk": (0.5, 2.0, 3.0, 4.0, 5.0),
    "encounter.untrained": (0.1, 0.1, 0.1, 0.2, 0.1),
    "encounter.trained": (0.3, 0.5, 0.6, 0.3, 0.2), "encounter.labour_ratio": 0.49,
    "encounter.gender_ratio": (1.0, 0.6, 0.4), "encounter.family_ratio": 0.8,
    "encounter.public_rate": 0.03, "encounter.family_public_ratio": 0.4,
    "encounter.tool_sectors": (0.0, 1.0, 1.0, 0.0, 0.5), "encounter.tool_use": 0.6,
    "encounter.tool_sensitivity": 0.8, "encounter.tool_specificity": 0.9,
    "encounter.second_look_true": 0.5, "encounter.second_look_false": 0.3,
    "denial.ratio": 0.5, "denial.barrier_scale": 2.0, "denial.form": "mechanisms",
    "denial.half_life": 48.0, "denial.training_effect": 0.2, "denial.campaign_effect": 0.3,
    "training.turnover": 0.26, "training.skill_half_life": 18.0,
    "awareness.hotline": (0.25, 0.2, 0.2, 0.2), "awareness.campaign_lift": 1.6,
    "awareness.salience_half_life": 3.0, "awareness.residue": 0.1,
    "awareness.norm_half_life": 36.0, "awareness.diffusion": 0.05,
    "awareness.neighbour_share": 0.3,
    "reporting.report": (0.5, 0.6, 0.7, 0.8, 0.9),
    "reporting.general_contact_rate": (4.0, 1.0, 0.1, 0.2, 0.3),
    "reporting.general_contact_high_risk": 2.0,
    "reporting.false_suspicion": (0.001, 0.002, 0.003, 0.004, 0.005),
    "reporting.false_trained_ratio": 0.6,
    "reporting.platform_rate": 0.2, "reporting.platform_mandate_ratio": 6.0,
    "assessment.investigation_weeks": 6.0, "assessment.substantiation": 0.6,
    "assessment.family_ratio": 0.9, "assessment.backlog_weeks": 8.0,
    "assessment.backlog_ratio": 0.7, "assessment.wrong_substantiation": 0.02,
    "assessment.after_closed_ratio": 0.75, "services.uptake": 0.4,
    "assessment.lapse_weeks": 20.0, "assessment.discipline": "strength",
    "assessment.triage_accuracy": 0.7602499389065233,  # evidence of true cases has mean 1
    "attention.reading": "mixed",
    "recording.touch_months": 6.0, "recording.touch_rate": 0.2,
    "levers.prevention_ratio": 0.85, "levers.economic_ratio": 0.65,
    "feedback.publicity_denial": 0.05, "feedback.publicity_salience": 0.15,
    "encounter.unit_ratio": 3.0, "encounter.visibility_cv": 1.0,
}  # fmt: skip
SOME_SEE = [0.3, 0.5, 0.6, 0.3, 0.4]  # the best of training and, where it is used, the tool: 0.4
WITH_UNIT = np.array([1.0, 1.0, 1.0, 3.0, 1.0])  # times the contacts where a unit looks
GENERAL = np.array([4.0, 1.0, 0.1, 0.2, 0.3]) * MONTH
CONTACTS = np.array([  # per month: 2 * type + high-risk
    [0.5, 0.4, 0.3, 0.2, 0.1], [0.25, 0.8, 0.9, 0.8, 0.5],
    [0.125, 0.4, 1.2, 0.072, 0.049], [0.0625, 0.8, 3.6, 0.288, 0.245],
    [0.25, 0.4, 0.6, 0.12, 0.07], [0.125, 0.8, 1.8, 0.48, 0.35],
])  # fmt: skip
TOLD = LN2 / 2.0  # a year
#: A true case joins one of the first k + 1 of sixteen queues if its evidence, normal with mean 1,
#: is above what the same share of false cases, standard normal, exceeds.
RANK_TRUE = [*(1.0 - NormalDist(1.0).cdf(NormalDist().inv_cdf(1.0 - k / 16)) for k in range(1, 16)),
             1.0]  # fmt: skip
#: Visibility of CV 1 is exponential: 16 times the integral of v exp(-v) between its sixteenths.
ABOVE = [(1.0 - math.log(left)) * left for left in (1.0 - k / 16 for k in range(16))]
VISIBLE = [16 * (at - after) for at, after in zip(ABOVE, [*ABOVE[1:], 0.0], strict=True)]
BY_HAND: dict[str, Any] = {
    "steps_per_year": 52, "steps_per_month": 52 / 12, "p_exit": p_step(0.05),
    "p_self": p_step(0.02), "p_self_bound": p_step(0.06), "h_disclose": 0.04 * MONTH,
    "h_disclose_bound": 0.08 * MONTH, "h_public": 0.03 * MONTH, "family_public": 0.4,
    "h_contact": CONTACTS * MONTH, "effort_on": True, "visibility_on": True, "visibility": VISIBLE,
    "bound": SOME_SEE, "gap_self": 1 / math.log(1 - p_step(0.06)),
    "gap_disclose": -1 / (0.08 * MONTH), "gap_notice": [-1 / (0.03 * MONTH), -1 / (0.012 * MONTH)],
    "gap_contact": 1 / np.log(1 - (1 - np.exp(-CONTACTS * MONTH * WITH_UNIT)) * SOME_SEE),
    "unit_ratio": WITH_UNIT,
    "untrained": (0.1, 0.1, 0.1, 0.2, 0.1), "trained": (0.3, 0.5, 0.6, 0.3, 0.2),
    "type_ratio": (1.0, 0.49, 0.7), "gender_ratio": (1.0, 0.6, 0.4), "family_ratio": 0.8,
    "tool": (0.0, 0.6, 0.6, 0.0, 0.3), "tool_true": 0.4, "tool_false": 0.03, "deny": 0.25,
    "ramp_floor": 0.2, "ramp_steps": 13.0, "blame_ratio": 0.5, "anonymity_ratio": 0.36,
    "known_offender_ratio": 0.49, "channel_ratio": 2.0, "channel_relief": 0.8, "channel_base": 0.1,
    "formal_share": 0.3, "confidant_acts": 0.4, "told_on": True, "tell_base": TOLD / 4.0 * DT,
    "tell_spread": 0.25 * MONTH, "tell_contact": 0.1 * CONTACTS * MONTH, "self_blame": 0.6,
    "unblame": 0.3, "report": (0.5, 0.6, 0.7, 0.8, 0.9), "false_general": GENERAL,
    "false_high_risk": GENERAL * [1.0, 2.0, 2.0, 2.0, 2.0],
    "false_base": (0.0005, 0.001, 0.0015, 0.002, 0.0025), "false_trained": 0.6, "false_on": True,
    "h_platform": 0.2 * MONTH, "p_platform": p_step(0.2), "mandate_ratio": 6.0,
    "after_closed": 0.75, "ranks": 16, "youngest": False, "rank_true": RANK_TRUE, "lapse_steps": 20,
    "recording_on": True, "limited": True, "decision_steps": 6, "backlog_steps": 8,
    "substantiation": 0.6, "family_substantiation": 0.9, "backlog_ratio": 0.7,
    "wrong_substantiation": 0.02,
    "uptake": 0.4, "services_on": True, "ageing_out": True, "again_on": True, "again_any_end": True,
    "h_again": -math.log(0.81) / 52, "again_served": 0.7, "again_steps": 52, "touch_steps": 26,
    "p_touch": p_step(0.2), "prevention_ratio": 0.85, "economic_ratio": 0.65, "turnover": 0.005,
    "skill_fade": LN2 / 1.5 / 52, "attitude_fade": LN2 / 4 / 52, "training_denial": 0.2,
    "norm_fade": LN2 / 3 / 52, "salience_keep": math.exp(-LN2 / 13), "told_fade": TOLD * DT,
    "dt": DT, "diffusion": 0.05 * MONTH, "neighbour_share": 0.3, "spread_on": True,
    "dose": math.log(0.75 / 0.6), "residue": 0.1, "campaign_denial": 0.3, "campaign_steps": 13,
    "rise_steps": 4, "publicity_on": True, "publicity_denial": 0.05, "publicity_dose": 0.15,
    "high_risk_p": 0.5, "high_risk_share": 0.25, "age_mode": 14.5, "type_cut": (0.5, 0.8, 1.0),
    "gender_cut": (0.6, 0.9, 1.0),
}  # fmt: skip
#: What a mechanism that is switched off leaves of its numbers.
OFF: dict[str, dict[str, Any]] = {
    "anonymity": {"anonymity_ratio": 1.0}, "known_offender": {"known_offender_ratio": 1.0},
    "denial": {"deny": 1.0}, "self_blame": {"self_blame": 0.0}, "telling": {"told_on": False},
    "disclosure": {"h_disclose": 0.0, "h_disclose_bound": 0.0, "gap_disclose": -math.inf},
    "public_notice": {"h_public": 0.0, "gap_notice": [-math.inf] * 2},
    "encounters": {"h_contact": np.zeros((6, 5)), "gap_contact": np.full((6, 5), -np.inf)},
    "platforms": {"h_platform": 0.0, "p_platform": 0.0},
    "ramp": {"ramp_floor": 1.0}, "false_reports": {"false_on": False},
    "limited_capacity": {"limited": False}, "services": {"services_on": False},
    "ageing_out": {"ageing_out": False}, "reexploitation": {"again_on": False},
    "spread": {"spread_on": False},
    "neighbours": {"neighbour_share": 0.0}, "publicity": {"publicity_on": False},
}  # fmt: skip


def packed(**changes: Any) -> Any:
    """Rates of the parameters above, with changes (a__b for a.b); half of false suspicions."""
    changed = {name.replace("__", "."): value for name, value in changes.items()}
    return make_rates(Parameters().with_values(VALUES | changed), 0.5)


@pytest.mark.parametrize("switch", [None, *OFF])
def test_rates_worked_by_hand(switch: str | None) -> None:
    """Every number of the row, and what a mechanism that is switched off changes of it."""
    rates = packed() if switch is None else packed(**{f"switches__{switch}": False})
    for name, expected in (BY_HAND | OFF.get(switch or "", {})).items():
        np.testing.assert_allclose(rates[name][0], expected, rtol=1e-12, err_msg=name)


def test_every_number_is_worked_by_hand() -> None:
    """A new number of the row is worked out here too."""
    assert set(packed().dtype.names) == set(BY_HAND)
    assert set(OFF) <= set(Switches.model_fields)


def test_queues_by_discipline_and_their_lapse() -> None:
    """First come has one queue, age sixteen; a lapse shorter than half a step takes one."""
    numbers = ("ranks", "youngest", "lapse_steps")
    for discipline, weeks, expected in (
        ("first come", 0.0, [1, False, 0]), ("youngest", 0.1, [16, True, 1]),
    ):  # fmt: skip
        rates = packed(assessment__discipline=discipline, assessment__lapse_weeks=weeks)
        assert [rates[name][0] for name in numbers] == expected


@pytest.mark.parametrize("reading", ["even", "recording", "effort", "mixed"])
def test_what_differs_in_a_reading(reading: str) -> None:
    """Effort differs in the readings effort and mixed, books in recording and mixed."""
    rates = packed(attention__reading=reading)
    differs = [bool(rates[name][0]) for name in ("effort_on", "recording_on")]
    assert differs == [reading in ("effort", "mixed"), reading in ("recording", "mixed")]


def test_the_reduced_form_has_no_barriers() -> None:
    """Where reports are reduced instead, denial and small towns hold nobody back."""
    rates = packed(denial__form="reduced")
    assert [rates[name][0] for name in ("deny", "anonymity_ratio", "known_offender_ratio")] == [
        1.0
    ] * 3


def test_half_weekly_steps() -> None:
    """With 104 steps a year delays take twice as many steps, and rates are half as large."""
    rates = packed(time__steps_per_year=104)
    names = ("decision_steps", "backlog_steps", "ramp_steps", "again_steps", "touch_steps",
             "rise_steps", "lapse_steps")  # fmt: skip
    assert [rates[name][0] for name in names] == [12, 16, 26.0, 104, 52, 8, 40]
    for name in ("dt", "turnover", "h_disclose", "diffusion", "tell_spread", "false_general"):
        np.testing.assert_allclose(rates[name][0], np.array(BY_HAND[name]) / 2.0, rtol=1e-12)


def test_a_ramp_has_a_step() -> None:
    """A ramp shorter than half a step takes one."""
    assert packed(spell__recognisable_months=0.1)["ramp_steps"][0] == 1.0


def test_ratios_by_type_contacts_and_gaps() -> None:
    """The geometric mean if both; contacts a month by group; no gap ends where nothing happens."""
    assert by_type(4.0).tolist() == [1.0, 4.0, 2.0]
    np.testing.assert_allclose(
        contact_rates(Parameters().with_values(VALUES)), CONTACTS, rtol=1e-12
    )
    assert gap_scale([0.5, 0.0]).tolist() == pytest.approx([-1.0 / LN2, -math.inf])
