"""Audits: a planner that spends part of its exploration on asking how much there is to find."""

from __future__ import annotations

import numpy as np

from streetlight.model.arrays import BoolArray, FloatArray
from streetlight.model.inference.hidden_risk import HIDDEN_CV
from streetlight.model.money.registry import planner
from streetlight.model.money.rules.estimates import estimate_based
from streetlight.model.money.rules.grants import funded
from streetlight.model.names import LEVER_INDEX
from streetlight.model.record.view import PlanningView, RecordView

SURVEY = LEVER_INDEX["survey"]


def lots_by_class(view: RecordView, winners: float, eligible: BoolArray) -> FloatArray:
    """Order (C,) in which communities win a lot that so many win; inf for those that do not win.

    As many win in each class of place, by its own lot among the eligible (C,). Where a class has
    too few, the others get no more.
    """
    luck = np.where(eligible, view.uniforms("survey"), np.inf)
    rank = np.empty(len(luck))
    for k in np.unique(view.place_class):
        here = view.place_class == k
        rank[here] = np.argsort(np.argsort(luck[here]))
    n_classes = len(np.unique(view.place_class[eligible]))
    return np.where((rank + 1) * n_classes <= winners, rank + luck, np.inf)


@planner(
    title="Surveys first",
    summary="Part of the money asks youth in some places, and the rest follows what they say.",
    sees="as the estimate of the undetected, class of place",
    used_by="nobody yet; programmes that measure need before they follow reports",
)
def audits(
    view: PlanningView,
    mix: FloatArray,
    *,
    floor: float = 0.2,
    surveyed: float = 0.5,
    winners: float = 100.0,
    respondents: float = 1000.0,
    survey_years: float = 3.0,
    least_youth: float = 100.0,
    poverty_ratio: float | None = None,
    share_seen: float = 0.2,
    hidden_cv: float = HIDDEN_CV,
) -> FloatArray:
    """An exploration floor, part of which pays for prevalence surveys in places drawn by lot.

    1 - `floor` (0.8) goes by the estimate of the undetected, as in the exploration floor, and the
    rest in equal shares, less what surveys cost: at most `surveyed` (half) of it, in the first
    `survey_years` (3) years, in `winners` (100) communities, as many in each class of place, since
    surveys teach most about classes. There `respondents` (1,000) youth aged 12-17 are asked, or all
    there are, at the price of the year. Places with fewer than `least_youth` (100) are not asked:
    answers would not be anonymous.
    """
    weights = estimate_based(
        view, poverty_ratio=poverty_ratio, share_seen=share_seen, hidden_cv=hidden_cv
    )
    asking = (view.youth_12_17 >= least_youth) & (view.period < survey_years)
    order = lots_by_class(view, winners, asking)
    fixed, unit_cost = view.prices.fixed[SURVEY], view.prices.unit_cost[:, SURVEY]
    costs = fixed + unit_cost * np.minimum(respondents, np.floor(view.youth_12_17))
    asked = np.where(np.isfinite(order), costs, 0.0)
    most = surveyed * floor * view.budget_dollars
    surveys = funded(asked, np.argsort(order, kind="stable"), most)
    explored = floor * view.budget_dollars - surveys.sum()
    by_estimate = (1.0 - floor) * view.budget_dollars * weights / max(float(weights.sum()), 1e-300)
    dollars = np.outer(by_estimate + explored / len(weights), mix)
    dollars[:, SURVEY] += surveys
    return dollars
