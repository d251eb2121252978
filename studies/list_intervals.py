"""How often the intervals of multiple systems estimation hold the truth.

    python -m studies.list_intervals lists.csv --tables 100 --resamples 200

lists.csv has persons by the lists that they are on, in one of the forms of `streetlight estimate`.
The model that is chosen for it is taken for the truth: from all persons that it says there are,
tables are drawn, and each is estimated as if it were a real one. Persons who differ in how visible
they are, and wrong links, are not in these tables.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from streetlight.experiments.config.list_file import read_lists
from streetlight.model.arrays import FloatArray
from streetlight.model.inference.identified import LEVEL, Interval, NotIdentifiedError
from streetlight.model.inference.lists import ListTable
from streetlight.model.inference.log_linear import LogLinear
from streetlight.model.inference.systems import (
    BOOTSTRAPS,
    PersonsOnLists,
    population,
    refuse_unfit,
    stepwise,
)


def drawn(table: ListTable, model: LogLinear, n: int, seed: int) -> Iterator[ListTable]:
    """So many tables of all persons that the model of a table says there are."""
    chances = np.append(model.means, model.unseen)
    rng = np.random.default_rng(seed)
    for _ in range(n):
        counts = rng.multinomial(round(table.n + model.unseen), chances / chances.sum())
        yield table.with_counts(counts[:-1].astype(float))


def intervals(found: PersonsOnLists) -> dict[str, Interval]:
    """The intervals of one estimate, by name."""
    return {
        "all that is said": found.interval,
        "choice repeated": found.bootstrap,
        "averaged": found.averaged.interval,
        "chosen model alone": found.given_model,
    }


def held(
    table: ListTable, tables: int, resamples: int, seed: int
) -> tuple[dict[str, FloatArray], list[str]]:
    """Whether each interval holds the truth, a table each (n,), and why others were refused."""
    refuse_unfit(table)
    model = stepwise(table)
    truth = round(table.n + model.unseen)
    rows: list[dict[str, bool]] = []
    refused = []
    for number, one in enumerate(drawn(table, model, tables, seed)):
        try:
            found = intervals(population(one, bootstraps=resamples, seed=number))
        except NotIdentifiedError as error:
            refused.append(error.reason)
        else:
            rows.append({name: bool(i.low <= truth <= i.high) for name, i in found.items()})
    return {name: np.array([row[name] for row in rows], float) for name in rows[0]}, refused


def main(arguments: Sequence[str]) -> None:
    """Print what share of the intervals holds, with its binomial error."""
    parser = argparse.ArgumentParser(prog="python -m studies.list_intervals", description=__doc__)
    parser.add_argument("file", type=Path, help="persons by lists (CSV)")
    parser.add_argument("--tables", type=int, default=100, help="tables to draw (100)")
    parser.add_argument("--resamples", type=int, default=BOOTSTRAPS, help="for an interval (400)")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    table = read_lists(given.file).table
    if table is None:
        raise SystemExit(f"{given.file}: repeat contacts of one list have no such intervals")
    found, refused = held(table, given.tables, given.resamples, given.seed)
    for name, hits in found.items():
        half = 1.96 * np.sqrt(hits.mean() * (1.0 - hits.mean()) / len(hits))
        print(f"{name:<20}{hits.mean():5.0%} of {len(hits)} ({LEVEL:.0%} is meant; +- {half:.0%})")
    for reason in sorted({*refused}):
        print(f"refused {refused.count(reason)}: {reason}")


if __name__ == "__main__":
    main(sys.argv[1:])
