"""How well estimators tell victimization from records, in worlds that break their assumptions.

    python -m studies.estimators --worlds 8 --years 6

One assumption is broken at a time. Methods know the region as agencies do, with the census's error
of poverty. Scores and the ceiling are those of `streetlight estimate --league`, which asks the same
of the worlds of an experiment (`experiments.analyse.estimator_scores`).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from streetlight.experiments.analyse.estimator_scores import (
    Score,
    difference,
    luck_of_survey,
    record_scores,
)
from streetlight.experiments.analyse.likeness import run_world
from streetlight.model.arrays import locked
from streetlight.model.communities.region import Region
from streetlight.model.parameters import Parameters
from streetlight.model.world.census import as_agencies_see
from streetlight.model.world.world import World


class WorldKind(NamedTuple):
    """A kind of world. values: of its parameters; untold: a column that methods are not told."""

    values: dict[str, Any]
    untold: str = ""


#: Kinds of world, and what each breaks.
KINDS: Mapping[str, WorldKind] = {
    "mixed (default)": WorldKind({}),
    "even": WorldKind({"attention.reading": "even"}),
    "recording": WorldKind({"attention.reading": "recording"}),
    "effort": WorldKind({"attention.reading": "effort"}),
    "attention follows truth": WorldKind({"attention.with_truth": 0.5}),
    "attention avoids truth": WorldKind({"attention.with_truth": -0.5}),
    "hidden rural need": WorldKind({"incidence.place_ratio": (1.0, 1.0, 1.1, 2.0)}),
    "frailty 0.6": WorldKind({"incidence.frailty_cv": 0.6}),
    "attention follows people": WorldKind({"attention.with_population": 0.5}),
    "attention avoids poverty": WorldKind({"attention.with_poverty": -0.5}),
    "visibility differs": WorldKind({"encounter.visibility_cv": 1.0}),
    "silent agencies": WorldKind({"recording.never": (0.3, 0.3)}),
    "poverty untold": WorldKind({}, "poverty_share"),
    "class untold": WorldKind({}, "place_class"),
}
#: The region: 738 counties.
STATES = ("MN", "WI", "IA", "IL", "IN", "MI", "OH", "MO")
#: The first replicate; the command draws others.
FIRST = 2000


def as_told(world: World, kind: WorldKind) -> Region:
    """The region as methods know it: by the census, without what the kind keeps from them."""
    region = as_agencies_see(world.parameters, world.region, world.state.world)
    if not kind.untold:
        return region
    column = getattr(region, kind.untold)
    alike: dict[str, Any] = {kind.untold: locked(np.full_like(column, column.mean()))}
    return replace(region, **alike)


def world_scores(name: str, replicate: int, years: int, region: Region) -> dict[str, Score]:
    """Scores of every estimator, and the ceiling, in one world."""
    kind = KINDS[name]
    run = run_world(Parameters().with_values(kind.values), region, FIRST + replicate, years)
    survey = None if kind.untold == "place_class" else luck_of_survey(replicate)
    return record_scores(run.history(), as_told(run.world, kind), survey).scores


def arguments_of(program: str, text: str | None) -> argparse.ArgumentParser:
    """What all studies of these worlds are told."""
    parser = argparse.ArgumentParser(prog=f"python -m studies.{program}", description=text)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--worlds", type=int, default=8, help="of each kind")
    parser.add_argument("--years", type=int, default=6, help="of the record")
    parser.add_argument("--states", nargs="*", default=STATES, help="whose counties; none: all")
    return parser


def counties(states: Sequence[str]) -> Region:
    """The counties of these states, or all."""
    region = Region.us_counties()
    return region.select(states=list(states)) if states else region


def main(arguments: Sequence[str]) -> None:
    """Print a table for each kind of world: means over worlds, and half-widths of the ranks."""
    parser = arguments_of("estimators", __doc__)
    print_kinds(parser, arguments, KINDS, world_scores, {"all": "raw rates"})


def print_kinds(
    parser: argparse.ArgumentParser,
    arguments: Sequence[str],
    kinds: Iterable[str],
    of_world: Callable[[str, int, int, Region], Mapping[str, Any]],
    over: Mapping[str, str],
) -> None:
    """A table (`print_kind`) for each kind of world that is asked for.

    of_world: what is found in a world, of its kind, replicate, years of record and region.
    """
    parser.add_argument("--kinds", nargs="*", default=[*kinds], help="which worlds")
    given = parser.parse_args(arguments)
    region = counties(given.states)
    for kind in given.kinds:
        rows = [of_world(kind, w, given.years, region) for w in range(given.worlds)]
        print_kind(kind, rows, over)


def print_kind(
    kind: str,
    rows: Sequence[Mapping[str, Any]],
    over: Mapping[str, str],
    say: Callable[[str], None] = print,
) -> None:
    """A line for each name of the rows: means over worlds, and paired differences.

    rows: of each world, by name a NamedTuple of scores; over: by field, the name from which the
    difference is taken, with the half-width of its 95% interval.
    """
    fields = next(iter(rows[0].values()))._fields
    ends = "".join(f"   {field} over {name}" for field, name in over.items())
    say(f"\n{kind}, {len(rows)} worlds")
    wide = max(map(len, rows[0]))
    say(" " * wide + "".join(f"{field:>12}" for field in fields) + ends)
    for name in rows[0]:
        values = np.array([row[name] for row in rows])
        told = "".join(f"{v:>12.4g}" if np.isfinite(v) else f"{'-':>12}" for v in values.mean(0))
        for field, reference in over.items():
            mean, half = paired(rows, field, name, reference)
            told += f"   {mean:+.4g} ({half:.3g})"
        say(f"{name:<{wide}}{told}")
    sys.stdout.flush()


def paired(
    rows: Sequence[Mapping[str, Any]], field: str, name: str, reference: str
) -> tuple[float, float]:
    """Mean over worlds of a difference within worlds, and the half-width of its 95% interval."""
    found = difference([rows], field, name, reference)
    return found.mean, (found.high - found.low) / 2.0


if __name__ == "__main__":
    main(sys.argv[1:])
