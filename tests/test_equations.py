"""Formulas of the page: their numbers by hand, and an array gets what each of its numbers gets."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from streetlight.model import equations
from streetlight.model.names import BLAMES, FAMILY, HIGH_RISK, KNOWN_OFFENDER, UNBLAMABLE
from streetlight.model.parameters import Parameters
from streetlight.model.rates import rates_of

N = 40
#: What formulas are handed by the name of the argument; all else is a share.
WHOLE = {"sector": 5, "waited": 60, "offset": 300}
TRUE_OR_FALSE = ("blaming", "been_told", "high_risk", "closed", "served")
LARGE = ("population", "half", "half_life", "onset_rate", "lift")
#: For one youth or one week at a time.
OF_ONE = ("rank_by_age", "triangular_age", "steps_until_again", "campaign_week")


def arguments(names: list[str]) -> dict[str, Any]:
    """Columns (N,) for the arguments of a formula, from a fixed seed."""
    draw, columns = np.random.default_rng(1), {}
    for name in names:
        if name == "rates":
            columns[name] = rates_of(Parameters())
        elif name == "traits":
            kind, gender, others = (draw.integers(0, n, N) for n in (3, 3, 32))
            columns[name] = kind | gender << 2 | others << 4
        elif name in WHOLE:
            columns[name] = draw.integers(0, WHOLE[name], N)
        elif name in TRUE_OR_FALSE:
            columns[name] = draw.random(N) < 0.5
        else:
            columns[name] = draw.random(N) * (1000.0 if name in LARGE else 1.0)
    if "mode" in columns:
        columns["mode"], columns["age"] = 12.0 + 6.0 * draw.random(N), 12.0 + 6.0 * draw.random(N)
    return columns


def formulas() -> list[str]:
    """Names of the formulas that take numbers or arrays."""
    source = equations.__dict__
    return [
        name
        for name, formula in source.items()
        if callable(formula)
        and getattr(formula, "__module__", "") == equations.__name__
        and not formula.__annotations__
        and name not in OF_ONE
    ]


@pytest.mark.parametrize("name", formulas())
def test_an_array_gets_what_each_of_its_numbers_gets(name: str) -> None:
    """A formula of columns is the column of the formula of their rows."""
    formula = getattr(equations, name)
    code = formula.__code__
    columns = arguments(list(code.co_varnames[: code.co_argcount]))
    whole = formula(**columns)
    alone = [
        formula(**{key: v if key == "rates" else v[i] for key, v in columns.items()})
        for i in range(N)
    ]
    np.testing.assert_allclose(whole, np.transpose(alone), rtol=1e-13)
    assert np.shape(whole)[-1] == N
    assert np.isfinite(alone).all()


def test_the_formulas_are_found() -> None:
    """Formulas of several sections are among those that are held to it."""
    assert {"acquaintance", "disclosure", "recognition", "substantiation"} <= set(formulas())


# ------------------------------------------------------------------- numbers worked by hand

LN2 = math.log(2.0)
#: Numbers that come out round by hand, by the names of `make_rates`.
RATES = SimpleNamespace(
    prevention_ratio=0.8, economic_ratio=0.6, anonymity_ratio=0.25, known_offender_ratio=0.4,
    h_disclose=0.1, blame_ratio=0.5, channel_ratio=3.0, channel_relief=0.5,
    ramp_floor=0.2, ramp_steps=4.0, h_public=0.1, family_public=0.5, deny=0.6,
    untrained=(0.1, 0.2), trained=(0.5, 0.6),
    type_ratio=(1.0, 0.5, 0.7), gender_ratio=(1.0, 0.5, 0.25), family_ratio=0.5, tool_true=0.6,
    substantiation=0.8, family_substantiation=0.5, backlog_ratio=0.25, backlog_steps=4,
    h_again=0.01, again_served=0.4, again_steps=52, residue=0.5, campaign_denial=0.5,
    campaign_steps=13, rise_steps=4, salience_keep=0.5, dose=4.0 * LN2,
)  # fmt: skip
BOY_OF_LABOUR = 1 | 1 << 2
BY_HAND: dict[str, list[tuple[tuple[Any, ...], Any]]] = {
    "applied": [((3.0, 0.25), 1.5), ((0.2, True), 0.2), ((0.2, False), 1.0)],
    "clip": [((1.2,), 1.0), ((-0.2,), 0.0), ((0.3,), 0.3)],
    "type_of": [((2 | 1 << 2 | HIGH_RISK,), 2), ((1 | 2 << 2 | FAMILY,), 1)],
    "gender_of": [((2 | 1 << 2 | HIGH_RISK,), 1), ((1 | 2 << 2 | FAMILY,), 2)],
    "group_of": [((2 | 1 << 2 | HIGH_RISK,), 5), ((1 | 2 << 2 | FAMILY,), 2)],
    "p_step": [((LN2,), 0.5), ((0.0,), 0.0)],
    "hazard_of": [((0.5,), LN2), ((0.75,), 2.0 * LN2), ((0.0,), 0.0)],
    "steps_of_weeks": [((4.0, 52), 4), ((4.0, 104), 8), ((6.6, 52), 7)],
    "steps_of_months": [((3.0, 52), 13), ((1.0, 52), 4), ((12.0, 104), 104)],
    "acquaintance": [((2_000.0, 1_000.0, 2.0), 0.2), ((1_000.0, 1_000.0, 0.7), 0.5)],
    "fading": [((6.0,), 2.0 * LN2), ((24.0,), LN2 / 2.0)],
    "inflow_to_hold": [((0.2, 0.4), 0.1)],
    "held_by": [((0.1, 0.4), 0.2)],
    "skill_at_rest": [((0.2, 0.4, 0.1), 1 / 6)],
    "filled": [((0.4, 0.05, 0.1), 0.39), ((0.9, 2.0, 0.0), 1.0), ((0.5, 0.0, 3.0), 0.0)],
    "eased": [((0.6, 0.4, 0.1, 0.05), 0.55), ((0.1, 0.0, 0.0, 2.0), 0.0)],
    "settled": [((0.5, 0.3, 0.1, 0.2), 0.58)],
    "awareness": [((0.3, 0.5), 0.65)],
    "campaign_dose": [((0.25, 1.6), math.log(1.25))],
    "dosed": [((0.2, LN2), 0.6)],
    "persuaded": [((0.6, 0.5, LN2), 0.45)],
    "campaigned": [((RATES, 0.2, 0.4, 0.6, 2.0 * LN2), (0.8, 0.7, 0.375))],
    "campaign_week": [
        ((RATES, 0.2, 0.4, 0.6, 2.0, 3), (0.8, 0.7, 0.375)),
        ((RATES, 0.2, 0.4, 0.6, 2.0, 4), (0.2, 0.4, 0.6)),
        ((RATES, 0.2, 0.4, 0.6, 2.0, 13), (0.1, 0.4, 0.6)),
        ((RATES, 0.2, 0.4, 0.6, 0.0, 0), (0.1, 0.4, 0.6)),
    ],
    "tips": [((SimpleNamespace(mandate_ratio=10.5), 0.002, 0.5), 0.0115)],
    "false_for": [((30.0, 0.25), 10.0)],
    "denial_left": [((0.2, 2.0), 0.64)],
    "place_risk": [
        ((1.5, 3.0, 0.25, 0.0, LN2, 2.0), 9.0), ((1.0, 3.0, 0.5, 2 * LN2, 0.0, 1.0), 4.0),
    ],
    "share_at_risk": [((0.25, 3.0), 0.5)],
    "onset_hazard": [((200.0, 0.5, 1.5, 2.0), 0.003)],
    "triangular_age": [((1 / 12, 14.0), 13.0), ((1 / 3, 14.0), 14.0), ((5 / 6, 14.0), 16.0)],
    "p_younger": [
        ((13.0, 14.0), 1 / 12), ((16.0, 14.0), 5 / 6), ((11.0, 14.0), 0.0),
        ((15.0, 12.0), 0.75), ((15.0, 18.0), 0.25),
    ],
    "onset_kept": [((RATES, 0.25, 0.5, 0.5), 0.95 * 0.9)],
    "told_at_large": [((0.01, 0.02, 0.03, 0.5), 0.045)],
    "still_blames": [
        ((BLAMES, False), True), ((BLAMES, True), True), ((BLAMES | UNBLAMABLE, True), False),
        ((BLAMES | UNBLAMABLE, False), True), ((UNBLAMABLE, False), False),
    ],
    "accepted": [((0.4, 0.3, 0.5), True), ((0.8, 0.3, 0.5), False)],
    "added": [((0.2, 0.5), 0.6)],
    "disclosure_barrier": [((RATES, 0.5, KNOWN_OFFENDER), 0.2), ((RATES, 0.5, FAMILY), 0.5)],
    "disclosure": [((RATES, 0.25, True, 0.4), 0.0375), ((RATES, 0.25, False, 0.0), 0.025)],
    "ramp": [((RATES, 1), 0.4), ((RATES, 4), 1.0), ((RATES, 9), 1.0)],
    "notice_hazard": [
        ((RATES, 0.5, 0.25, FAMILY, 1), 0.009), ((RATES, 0.5, 0.25, KNOWN_OFFENDER, 1), 0.018),
    ],
    "tool_coverage": [((0.8, 0.25, 0.5, True), 0.5), ((0.8, 0.25, 0.5, False), 0.2)],
    "recognition": [
        ((RATES, 1, 0.25, 0.5, 0.2, BOY_OF_LABOUR | FAMILY), 0.144),
        ((RATES, 1, 0.25, 0.5, 0.2, 0), 0.312),
    ],
    "false_suspicion": [((0.1, 0.5, 0.6, 0.3, 0.4, 0.5, 0.25), 0.123)],
    "mean_false_reports": [((0.25, 2.0, 6.0, 0.5), 1.5)],
    "screened_in": [((0.6, 0.5, True), 0.3), ((0.6, 3.0, True), 1.0), ((0.6, 0.5, False), 0.6)],
    "substantiation": [
        ((RATES, FAMILY, 5), 0.1), ((RATES, FAMILY, 4), 0.4), ((RATES, KNOWN_OFFENDER, 4), 0.8),
    ],
    "again_hazard": [((RATES, True), 0.004), ((RATES, False), 0.01)],
    "steps_until_again": [
        ((RATES, 0.001, 0.016, False), 2), ((RATES, 0.001, 0.0105, True), 3),
        ((RATES, 0.001, 0.5215, False), 54), ((RATES, 0.0, 0.6, False), 1 << 30),
    ],
    "bought_attention": [
        (("multiplies", np.array([0.5])), [0.5]), (("adds", np.array([0.5])), [1.0]),
        (("fills", np.array([0.5, 3.0])), [1.5, 0.0]),
    ],
    "faded": [((0.8, 0.75), 0.6)],
    "looked": [((0.5, 2.0, 0.1, 0.3), 0.45), ((0.5, 2.0, 0.1, 0.04), 0.02)],
    "with_unit": [((0.5, 2.0, 1.5), (1.5, 3.0)), ((0.5, 2.0, 1.0), (0.5, 2.0))],
    "most_looked": [((0.5, 2.0, 0.1, 0.4), 0.65)],
    "taken_in": [((0.4,), 0.4), ((3.0,), 1.0)],
    "shifted": [((np.array([0.2, 0.3]), np.array([LN2, 0.0])), [1 / 3, 0.3])],
    "probit_of_taking_part": [
        ((0.5, 0.4, 0.2, np.array([0.2]), np.array([0.6]), np.array([0.5]), np.array([0.25])),
         [0.8]),
    ],
    # Half of those who would not take part, half, do with records posts that cover them by half.
    "helped": [
        ((np.array([0.0, 0.3, -np.inf]), np.array([0.5, 0.0, 0.5])), [0.6744897501960817, 0.3, 0.0])
    ],
    "rank_by_age": [
        ((12.0, 16), 0), ((15.0, 16), 8), ((18.2, 16), 15), ((11.9, 16), 0),
    ],
    "p_takes_part": [((3_000.0, 0.2, 0.8, 1_000.0), 0.65)],
    "followed": [((np.array([0.5, 3.0]), 0.4, 0.5, 1.4), [0.9, 1.08])],
    "saturating": [((np.array([[2.0 * LN2, 0.7]]), np.array([2.0, np.inf])), [[1.0, 0.7]])],
}  # fmt: skip


@pytest.mark.parametrize("name", BY_HAND)
def test_a_formula_gives_the_number_worked_by_hand(name: str) -> None:
    """Each formula of docs/model.md, at numbers for which it is easily worked out on paper."""
    for given, expected in BY_HAND[name]:
        got = getattr(equations, name)(*given)
        np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-15)


def test_every_formula_is_worked_by_hand() -> None:
    """A formula that is new is worked out on paper too."""
    every = {
        name
        for name, one in vars(equations).items()
        if callable(one) and getattr(one, "__module__", "") == equations.__name__
    }
    assert every == set(BY_HAND)
