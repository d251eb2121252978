"""The example of `streetlight policies NAME`: ten invented communities, and who would get what."""

from __future__ import annotations

import dataclasses
from functools import cache, lru_cache
from typing import Any

import numpy as np

from streetlight.model.arrays import FloatArray
from streetlight.model.communities.region import Region
from streetlight.model.money.levers import prices
from streetlight.model.money.policies import DEFAULT_BUDGET, RULES, build
from streetlight.model.names import LEVER_NAMES, N_LEVERS
from streetlight.model.on_average.agency import agency_responses, risk_beliefs
from streetlight.model.on_average.response import true_responses
from streetlight.model.parameters import Parameters
from streetlight.model.record.view import OraclePlanningView, OracleView, PlanningView, RecordView

#: Ten invented communities after three years of the record: name, place class, population, poverty
#: share, reports published a year (none: took no part), identified last year.
EXAMPLE: tuple[tuple[str, int, int, float, tuple[int | None, int, int], int], ...] = (
    ("Metro", 0, 2_000_000, 0.18, (310, 335, 350), 95),
    ("Harbour", 0, 600_000, 0.22, (120, 131, 160), 41),
    ("Suburb", 0, 400_000, 0.06, (38, 41, 40), 12),
    ("College", 1, 150_000, 0.12, (24, 22, 27), 8),
    ("Mill", 1, 110_000, 0.30, (9, 8, 10), 2),
    ("Rivertown", 2, 40_000, 0.20, (3, 5, 2), 1),
    ("Junction", 2, 30_000, 0.25, (0, 1, 0), 0),
    ("Ridge", 3, 9_000, 0.28, (0, 0, 0), 0),
    ("Prairie", 3, 5_000, 0.15, (None, 0, 1), 0),
    ("Hollow", 3, 2_000, 0.35, (None, 0, 0), 0),
)
YEARS = 3

FUTURE = "example"  # whose agency plans


@cache
def example_region() -> Region:
    """The ten communities as a region; its rows are in the order of their names."""
    names, place_class, people, poverty, _, _ = zip(*EXAMPLE, strict=True)
    population = np.array(people, float)
    return Region.of(
        ids=names, population=population, youth=population / 10, youth_12_17=population * 0.075,
        poverty_share=poverty, place_class=place_class,
    )  # fmt: skip


def example_view(view_type: type[RecordView] = RecordView) -> RecordView:
    """What a rule that asks for such a view sees of them."""
    region, parameters = example_region(), Parameters()
    by_name = {one[0]: one for one in EXAMPLE}
    rows = [by_name[name] for name in region.ids]
    found = np.zeros((len(rows), YEARS))
    found[:, -1] = [one[5] for one in rows]
    facts: dict[str, Any] = dict(
        period=0, ids=region.ids, population=region.population, youth=region.youth,
        youth_12_17=region.youth_12_17, poverty_share=region.poverty_share,
        place_class=region.place_class,
        published_reports=[[count or 0 for count in one[4]] for one in rows],
        published_identified=found,
        takes_part=[[count is not None for count in one[4]] for one in rows],
        spent=np.zeros((len(rows), YEARS, N_LEVERS)),
        budget_dollars=DEFAULT_BUDGET * float(region.population.sum()),
        keys=np.arange(len(rows), dtype=np.uint64), luck=1,
        beliefs=risk_beliefs(parameters, 0, FUTURE),
    )  # fmt: skip
    if issubclass(view_type, PlanningView):
        facts |= planning_facts(parameters, region)
        if issubclass(view_type, OraclePlanningView):
            facts["true_responses"] = true_responses(parameters, region)
    if issubclass(view_type, OracleView):
        facts["expected_onsets"] = 0.002 * region.youth_12_17
    return view_type(**facts)


@lru_cache(maxsize=2)
def planning_facts(parameters: Parameters, region: Region) -> dict[str, Any]:
    """What a planner is shown beside the record before any money was spent, in no world."""
    trained = np.array(parameters.training.trained_share)[region.place_class]
    true = true_responses(parameters, region)
    return {
        "prices": prices(region, parameters, trained),
        "responses": agency_responses(true, parameters, region, 0, FUTURE),
    }


@cache
def _allocated(name: str) -> FloatArray:
    """Dollars (C, L) under a rule, in the order of `EXAMPLE`."""
    settings = {"k": 3.0} if "hotspot" in name else {}  # three hotspots among ten places
    policy = dataclasses.replace(build(name), settings=settings)
    view = example_view(policy.view_type)
    dollars = policy.allocate(view)
    return dollars[[view.ids.index(one[0]) for one in EXAMPLE]]


def example(name: str) -> dict[str, float]:
    """Dollars of each invented community under a rule, by name; empty if it spends nothing."""
    if not RULES[name].spends:
        return {}
    total = _allocated(name).sum(axis=1)
    return {one[0]: round(float(amount), 2) for one, amount in zip(EXAMPLE, total, strict=True)}


def example_levers(name: str) -> dict[str, float]:
    """Share of the dollars by lever under a rule that chooses levers itself; empty for others."""
    if not RULES[name].plans:
        return {}
    by_lever = _allocated(name).sum(axis=0)
    shares = by_lever / max(float(by_lever.sum()), 1e-300)
    bought = {lever: round(float(s), 4) for lever, s in zip(LEVER_NAMES, shares, strict=True) if s}
    mix = build(name).mix
    return {} if all(abs(bought.get(k, 0.0) - mix[k]) < 1e-3 for k in mix) else bought
