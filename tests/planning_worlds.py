"""Small regions as a planner sees them, with the prices and responses of the model itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from streetlight.model.arrays import FloatArray
from streetlight.model.communities.region import Region
from streetlight.model.money.levers import prices
from streetlight.model.money.policies import Policy
from streetlight.model.names import N_LEVERS
from streetlight.model.on_average.agency import agency_responses, risk_beliefs
from streetlight.model.on_average.response import true_responses
from streetlight.model.parameters import Parameters
from streetlight.model.record.view import OraclePlanningView, OracleView, PlanningView, RecordView

YEARS = 3

#: A city, a small city, two towns and a rural place.
REGION = Region.of(
    ids=["a-city", "b-small", "c-town", "d-town", "e-rural"],
    population=[900_000, 150_000, 40_000, 30_000, 6_000],
    youth=[90_000, 15_000, 4_000, 3_000, 600],
    youth_12_17=[67_500, 11_250, 3_000, 2_250, 450],
    poverty_share=[0.15, 0.2, 0.25, 0.1, 0.3],
    place_class=[0, 1, 2, 2, 3],
)


def facts(region: Region, parameters: Parameters, future: str, budget: float) -> dict[str, Any]:
    """What a planner sees of a region in which one youth in a thousand is reported a year."""
    n = region.n_communities
    reports = np.tile(np.floor(region.youth / 1000.0)[:, None], YEARS)
    trained = np.array(parameters.training.trained_share)[region.place_class]
    true = true_responses(parameters, region)
    return dict(
        period=0, ids=region.ids, population=region.population, youth=region.youth,
        youth_12_17=region.youth_12_17, poverty_share=region.poverty_share,
        place_class=region.place_class, published_reports=reports, published_identified=reports / 4,
        takes_part=np.ones((n, YEARS)), spent=np.zeros((n, YEARS, N_LEVERS)),
        budget_dollars=budget * float(region.population.sum()),
        keys=np.arange(n, dtype=np.uint64), luck=1,
        beliefs=risk_beliefs(parameters, 0, future),
        prices=prices(region, parameters, trained),
        responses=agency_responses(true, parameters, region, 0, future),
    )  # fmt: skip


def planning_view(
    region: Region = REGION,
    parameters: Parameters | None = None,
    *,
    future: str = "central",
    budget: float = 0.5,
    **changes: Any,
) -> PlanningView:
    """The region as an agency sees it in this future."""
    return PlanningView(**{**facts(region, parameters or Parameters(), future, budget), **changes})


def oracle_planning_view(
    region: Region = REGION,
    parameters: Parameters | None = None,
    *,
    future: str = "central",
    budget: float = 0.5,
    **changes: Any,
) -> OraclePlanningView:
    """The region as a reference planner sees it."""
    p = parameters or Parameters()
    known = {
        "expected_onsets": 0.002 * region.youth_12_17,
        "true_responses": true_responses(p, region),
    }
    return OraclePlanningView(**{**facts(region, p, future, budget), **known, **changes})


def view_for(policy: Policy, **changes: Any) -> RecordView:
    """What a policy asks to be shown of these communities."""
    if policy.view_type is PlanningView:
        return planning_view(**changes)
    if policy.view_type is OraclePlanningView:
        return oracle_planning_view(**changes)
    plain = {k: v for k, v in facts(REGION, Parameters(), "central", 0.5).items()
             if k not in ("prices", "responses")}  # fmt: skip
    if policy.view_type is OracleView:
        plain["expected_onsets"] = 0.002 * REGION.youth_12_17
    return policy.view_type(**{**plain, **changes})


def spent_on(region: Region, dollars: FloatArray) -> FloatArray:
    """Spending (C, YEARS, L) in which these dollars (C, L) were last year's."""
    spent = np.zeros((region.n_communities, YEARS, N_LEVERS))
    spent[:, -1] = dollars
    return spent
