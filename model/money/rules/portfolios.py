"""Planners that choose by a model: an agency's portfolio, and reference lines.

All plan with `money.planning`.  With `hold_mix` 0 they choose communities and levers at
once; with 1 the policy's mix is held in every community, so that only *who* differs from the rules.
"""

from __future__ import annotations

import numpy as np

from streetlight.model.arrays import FloatArray
from streetlight.model.inference.hidden_risk import HIDDEN_CV
from streetlight.model.inference.undetected import fit
from streetlight.model.money.planning import plan
from streetlight.model.money.registry import planner
from streetlight.model.money.response import Response
from streetlight.model.record.view import OraclePlanningView, PlanningView


def planned(view: PlanningView, mix: FloatArray, hold_mix: float, model: Response) -> FloatArray:
    """A plan for this year, from last year's if any money was spent."""
    return plan(model, view.budget_dollars, mix=mix if hold_mix else None, last=last_dollars(view))


def last_dollars(view: PlanningView) -> FloatArray | None:
    """What was spent last year (C, L), None if nothing was."""
    last = view.spent[:, -1] if view.n_record_years else np.zeros(0)
    return last if last.any() else None


def onsets_as_estimated(view: PlanningView, share_seen: float, hidden_cv: float) -> FloatArray:
    """Victimizations a year (C,) as the agency estimates them from the record."""
    return fit(view, None, share_seen, hidden_cv).mean


@planner(
    title="Planned by analysts",
    summary="Places and measures where a year's money is thought to avert most.",
    sees="as the estimate of the undetected; prices; what the agency believes of responses",
    used_by="agencies with analysts and a cost-effectiveness model",
)
def planned_portfolio(
    view: PlanningView,
    mix: FloatArray,
    *,
    hold_mix: float = 0.0,
    share_seen: float = 0.2,
    hidden_cv: float = HIDDEN_CV,
) -> FloatArray:
    """Money where the next dollar saves most person-years, by the agency's own response model.

    Onsets are estimated from the record; the response model (docs/planning.md) knows fixed costs,
    smallest purchases, saturation, queues, services and what a channel needs to be known, and is
    wrong as the agency's beliefs are. With `hold_mix` 1 the mix is held and only places are chosen.
    """
    onsets = onsets_as_estimated(view, share_seen, hidden_cv)
    return planned(view, mix, hold_mix, Response(view.prices, view.responses, onsets))


@planner(
    title="Planned, knowing true need",
    summary="Planned as by analysts who know true need, which nobody can.",
    sees="onsets expected in the coming year, which nobody can know; otherwise as the portfolio",
    used_by="nobody; a reference for what perfect information about risk would add to planning",
)
def information_planner(
    view: OraclePlanningView, mix: FloatArray, *, hold_mix: float = 0.0
) -> FloatArray:
    """The planned portfolio with the true expected onsets and the agency's response model."""
    model = Response(view.prices, view.responses, view.expected_onsets)
    return planned(view, mix, hold_mix, model)


@planner(
    title="Planned, knowing everything",
    summary="Planned as by analysts who know need and what works where, which nobody can.",
    sees="true expected onsets, true responses and how many years of outcomes are still counted",
    used_by="nobody; a reference for what perfect knowledge of risk and response would do",
)
def full_oracle(view: OraclePlanningView, mix: FloatArray, *, hold_mix: float = 0.0) -> FloatArray:
    """The planned portfolio with true onsets and true mean responses, on a rolling horizon.

    It knows rates, not luck, and plans a year at a time with a model of the world that is simpler
    than the world: a reference, not a bound.
    """
    model = Response(view.prices, view.true_responses, view.expected_onsets)
    return planned(view, mix, hold_mix, model)
