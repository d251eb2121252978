"""What estimates are worth: person-years averted by money that follows them.

    python -m studies.decision_value --worlds 16 --keep worth.csv

Money follows an estimate from the record of the years before it, once and for ten years, at $0.50 a
resident a year, by two maps that are fixed beforehand:

- by rate: in proportion to rate times youth, each place's dollars by the balanced mix;
- planned: places and measures chosen by the agency's planner, which is handed rate times youth for
  the onsets, in all as many as the agency believes.

Beside them stand rules that look at the record every year.

Worlds, methods and what methods are told are those of `studies.estimators`. All differences are
taken within worlds; intervals are 95% over worlds.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from itertools import combinations
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np

from streetlight.experiments.analyse.estimator_scores import luck_of_survey, ranks, with_answers
from streetlight.model.arrays import FloatArray, divided
from streetlight.model.communities.region import Region
from streetlight.model.inference.by_place import every_estimate
from streetlight.model.inference.hidden_risk import HIDDEN_CV
from streetlight.model.inference.undetected import Posterior, fit
from streetlight.model.money import policies
from streetlight.model.money.planning import plan
from streetlight.model.money.policy import Policy
from streetlight.model.money.response import Response
from streetlight.model.outcomes import summarise
from streetlight.model.parameters import Parameters
from streetlight.model.record.counts import CountsTable, counts_of
from streetlight.model.record.view import PlanningView, RecordView
from streetlight.model.run.allocation import view_of_record
from streetlight.model.run.history import History
from streetlight.model.run.simulation import Simulation, draw_world, run_policy
from streetlight.model.run.truth_key import truth_key
from streetlight.model.world.world import World
from studies.estimators import (
    FIRST,
    KINDS,
    WorldKind,
    arguments_of,
    as_told,
    counties,
    paired,
    print_kind,
)

BUDGET = 0.5
POLICY_YEARS = 10
#: What the agency believes in `estimate_based`.
SHARE_SEEN = 0.2
METHODS = ("raw rates", "empirical Bayes", "poverty alone", "hidden risk", "channel factors")
SURVEYED = "and a class survey"
#: The plan of the rule's first year, kept.
RULE = "estimate_based, once"
#: Rules that look at the record every year.
YEARLY = ("estimate_based", "thompson_sampling", "upper_confidence", "audits")
#: What the planner is handed.
IN_THE_PLANNER = (
    "heads", "poverty alone", "hidden risk", "channel factors", RULE, "true risk",
)  # fmt: skip
PLANNED = "planned: "


class Worth(NamedTuple):
    """What a plan came to in one world."""

    averted: float  # person-years
    identified: float  # per cent of victimizations, in the class of place that is worst off
    worst: float  # person-years averted per 100,000 youth, in the class that is worst off
    aimed: float  # true rate where the average dollar goes, over the region's
    rank: float  # rank agreement of dollars per youth with the true rate
    by_youth: float  # the same, weighted by youth
    uneven: float  # coefficient of variation of dollars per youth, over youth
    spent: float  # million dollars that bought something


def before_money(counts: CountsTable, years: int) -> CountsTable:
    """The first years of a record."""
    cut = {one.name: getattr(counts, one.name) for one in fields(counts)}
    return replace(
        counts, **{name: v[:years] if name == "years" else v[:, :years] for name, v in cut.items()}
    )


def by_rate(rate: FloatArray, region: Region) -> Policy:
    """Money in proportion to rate times youth; a place without a rate gets none."""
    weights = np.nan_to_num(rate) * region.youth
    shares = weights / weights.sum()
    return policies.table(
        shares[None, :, None], region.ids, region.population, name="by_rate", of="share",
        budget=BUDGET,
    )  # fmt: skip


def by_planner(rate: FloatArray, view: PlanningView, onsets: float) -> Policy:
    """The planner's choice of places and measures; onsets: a year in the region, as believed."""
    weights = np.nan_to_num(rate) * view.youth
    model = Response(view.prices, view.responses, onsets * weights / weights.sum())
    dollars = plan(model, view.budget_dollars)
    return policies.table(dollars[None], view.ids, view.population, name="planned")


def rates_of(
    world: World, kind: WorldKind, counts: CountsTable, truth: FloatArray, view: RecordView,
    own: Posterior,
) -> dict[str, FloatArray]:  # fmt: skip
    """Rates (C,) that money can follow, by name; truth (C,): those of all youth."""
    told = as_told(world, kind)
    found = {"heads": np.ones(told.n_communities)}
    values, relative, _ = every_estimate(counts, told)
    rates = values | {name: one.rate for name, one in relative.items()}
    found |= {name: one for name, one in rates.items() if name in METHODS}
    if kind.untold != "place_class":
        luck = luck_of_survey(world.replicate)
        found[SURVEYED] = with_answers(relative["channel factors"], truth, told, luck).rate
    found[RULE] = divided(own.undetected(own.mean), view.youth)
    return {**found, "true risk": truth}


def plans(world: World, kind: WorldKind, base: History) -> dict[str, Policy]:
    """Policies by name; base: the run of the world without added money."""
    planner = policies.build("planned_portfolio", budget=BUDGET)
    view = cast(PlanningView, view_of_record(Simulation(world, planner), planner, 0))
    counts = before_money(counts_of(base.record), world.clock.burn_in_years)
    own = fit(view, None, SHARE_SEEN, HIDDEN_CV)
    region, rate = world.region, truth_key(base).rate[:, 0]
    truth = divided(rate * region.youth_12_17, region.youth)
    rates = rates_of(world, kind, counts, truth, view, own)
    found = {name: by_rate(one, region) for name, one in rates.items()}
    for name in YEARLY:
        found[f"{name}, yearly"] = policies.build(name, budget=BUDGET)
    for name in IN_THE_PLANNER:
        found[PLANNED + name] = by_planner(rates[name], view, float(own.mean.sum()))
    return found


def worth(history: History, base: History) -> Worth:
    """What a run came to against the run without added money."""
    metrics, region = summarise(history, base).metrics, history.region
    dollars = history.spending.allocated.sum(axis=(0, 2))
    rate = truth_key(base).rate[:, 0]
    mean = float(rate @ region.youth_12_17 / region.youth_12_17.sum())
    a_youth = divided(dollars, region.youth)
    evenly = dollars.sum() / region.youth.sum()
    uneven = np.sqrt(np.average((a_youth / evenly - 1.0) ** 2, weights=region.youth))
    same = np.round(a_youth / a_youth.mean(), 9)  # what differs by rounding alone
    return Worth(
        metrics["averted_person_years"],
        100.0 * metrics["worst_class_identified_share"],
        metrics["worst_class_averted_per_100k"],
        float(dollars @ rate / dollars.sum()) / mean,
        *ranks(same, rate, region.youth),
        float(uneven),
        metrics["spending"] / 1e6,
    )


def world_worth(name: str, replicate: int, years: int, region: Region) -> dict[str, Worth]:
    """What each plan came to in one world."""
    kind = KINDS[name]
    parameters = Parameters().with_values({**kind.values, "time.burn_in_years": years})
    world = draw_world(parameters, region, replicate=FIRST + replicate, years=POLICY_YEARS)
    base = run_policy(world, policies.none())
    found = plans(world, kind, base)
    return {name: worth(run_policy(world, one), base) for name, one in found.items()}


def worlds_worth(
    name: str, worlds: int, years: int, region: Region, keep: Path | None
) -> list[dict[str, Worth]]:
    """What each plan came to in worlds of a kind; a file of them is read, and added to."""
    held = read_kept(keep, name) if keep else {}
    rows = []
    for replicate in range(worlds):
        if replicate not in held:
            held[replicate] = world_worth(name, replicate, years, region)
            if keep:
                with keep.open("a", encoding="utf-8", newline="") as file:
                    csv.writer(file).writerows(
                        [name, replicate, one, *map(repr, w)] for one, w in held[replicate].items()
                    )
        rows.append(held[replicate])
    return rows


def read_kept(file: Path, kind: str) -> dict[int, dict[str, Worth]]:
    """What a file has of the worlds of a kind, by replicate."""
    found: dict[int, dict[str, Worth]] = {}
    if file.exists():
        with file.open(encoding="utf-8", newline="") as lines:
            for name, replicate, one, *values in csv.reader(lines):
                if name == kind:
                    found.setdefault(int(replicate), {})[one] = Worth(*map(float, values))
    return found


def print_agreement(found: Mapping[str, Sequence[Mapping[str, Worth]]]) -> None:
    """Whether rank tells which of two methods averts more, in kinds where all is told.

    And what does: gain over heads, by least squares on where dollars go and how unevenly.
    """
    told = {kind: rows for kind, rows in found.items() if not KINDS[kind].untold}
    for methods in (METHODS, METHODS[2:]):
        print(f"\nof two of {', '.join(methods)}, the one with more of this averts more")
        for field in ("rank", "by_youth", "aimed", "uneven"):
            agree, clear = [], []
            for rows in told.values():
                for one, other in combinations(methods, 2):
                    better = paired(rows, field, one, other)[0]
                    more, half = paired(rows, "averted", one, other)
                    agree.append(better * more > 0.0)
                    clear.append(abs(more) > half)
            both = int(np.sum(np.array(agree) & clear))
            print(f"{field:<10}{sum(agree)} of {len(agree)}; where clear {both} of {sum(clear)}")
    pairs = [
        (row[name], row["heads"])
        for rows in told.values() for row in rows for name in (*METHODS, RULE, "true risk")
    ]  # fmt: skip
    x = np.array([(w.aimed - 1.0, w.uneven) for w, _ in pairs])
    gain = np.array([w.averted / heads.averted - 1.0 for w, heads in pairs])
    slopes = np.linalg.lstsq(x, gain)[0]
    explained = 1.0 - (gain - x @ slopes).var() / gain.var()
    print(f"gain = {slopes[0]:.2f} (aimed - 1) {slopes[1]:+.2f} uneven, {explained:.0%} explained")


def main(arguments: Sequence[str]) -> None:
    """Print a table for each kind of world, and whether rank tells who averts more."""
    parser = arguments_of("decision_value", __doc__)
    parser.add_argument("--kinds", nargs="*", default=[*KINDS], help="which worlds")
    parser.add_argument("--keep", type=Path, help="CSV file of worlds, which are not run again")
    given = parser.parse_args(arguments)
    region = counties(given.states)
    found = {}
    for kind in given.kinds:
        rows = worlds_worth(kind, given.worlds, given.years, region, given.keep)
        found[kind] = rows
        own = [{n: w for n, w in row.items() if not n.startswith(PLANNED)} for row in rows]
        planned = [{n: w for n, w in row.items() if n.startswith(PLANNED)} for row in rows]
        print_kind(kind, own, {"averted": "heads", "identified": "heads", "worst": "heads"})
        print_kind(kind, planned, {"averted": PLANNED + "heads"})
    print_agreement(found)


if __name__ == "__main__":
    main(sys.argv[1:])
