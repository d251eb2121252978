"""Groups of communities that figures compare: kinds of place and fifths by poverty.

`youth_groups` adds those of the youth themselves.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from streetlight.experiments.figures.estimates import estimate, ratio_values
from streetlight.experiments.figures.picture import Absent
from streetlight.experiments.figures.tables import (
    ResultTables,
    ShownPolicy,
    floats,
    lacking,
    place_codes,
    run_batches,
)
from streetlight.experiments.figures.words import PLACE_TITLES, PLACES
from streetlight.model.arrays import FloatArray, IntArray
from streetlight.model.names import CLASSES

PLACE, POVERTY = "place class", "poverty quintile"
# Policies on offer that a panel of groups can show before it cannot be read.
MOST_SHOWN = 6
MOST_ORACLES = 2
FILE = "communities.parquet"
GRID = 2.0**16


@dataclass(frozen=True)
class Group:
    """Communities that belong together, or youth.

    grouping: what they are told apart by, PLACE or POVERTY of communities; name: in tables; title:
    beside a row; words: inside a sentence.
    """

    grouping: str
    name: str
    title: str
    words: str


GROUPS = (
    *(Group(PLACE, CLASSES[k], PLACE_TITLES[k], PLACES[k]) for k in range(len(PLACES))),
    Group(POVERTY, "1", "Least poor fifth", "the least poor fifth"),
    Group(POVERTY, "2", "Second fifth", "the second least poor fifth"),
    Group(POVERTY, "3", "Middle fifth", "the middle fifth by poverty"),
    Group(POVERTY, "4", "Fourth fifth", "the second poorest fifth"),
    Group(POVERTY, "5", "Poorest fifth", "the poorest fifth"),
)
LEAST_POOR, POOREST = GROUPS[len(PLACES)], GROUPS[-1]
_QUINTILES = 5


@dataclass(frozen=True)
class GroupSums:
    """Columns of communities.parquet summed by group.

    sums: by column (P, W, G), G in the order of `every`, NaN where there was no run; groups: those
    in which youth live.
    """

    results: ResultTables
    sums: Mapping[str, FloatArray]
    groups: tuple[Group, ...]
    every: tuple[Group, ...] = GROUPS

    def of(self, column: str, policy: ShownPolicy, group: Group | None = None) -> FloatArray:
        """One column in one group (everywhere if none is given) under one policy, (W,)."""
        sums = self.sums[column][self.results.position(policy)]
        if group is None:
            everywhere: FloatArray = sums[:, : len(PLACES)].sum(axis=1)
            return everywhere
        of_group: FloatArray = sums[:, self.every.index(group)]
        return of_group

    def share(
        self, top: str, bottom: str, policy: ShownPolicy, group: Group | None = None
    ) -> FloatArray:
        """Ratio of two columns, one value a world (W,); see `ratio_values`."""
        return ratio_values(
            self.of(top, policy, group), self.of(bottom, policy, group), self.results.future
        )


def without_columns(results: ResultTables, name: str, columns: Sequence[str]) -> Absent | None:
    """The figure as absent, if the communities' table lacks one of its columns."""
    absent = lacking(results, FILE, (*columns, "place_class", "poverty_quintile"))
    if not absent:
        return None
    return Absent(
        name, f"{FILE} has no column {', '.join(absent)}", f"streetlight run {results.folder.name}"
    )


def group_sums(results: ResultTables, columns: Sequence[str]) -> GroupSums:
    """Read and sum the columns; `youth` is always among them."""
    names = tuple(dict.fromkeys(("youth", *columns)))
    shape = (len(results.policies), results.future.size, len(GROUPS))
    sums = {name: np.zeros(math.prod(shape)) for name in names}
    for policy, world, batch in run_batches(
        results, FILE, (*names, "place_class", "poverty_quintile")
    ):
        run = (policy * shape[1] + world) * len(GROUPS)
        place = run + place_codes(batch["place_class"])
        quintile: IntArray = floats(batch["poverty_quintile"]).astype(np.int64)
        known = (quintile >= 1) & (quintile <= _QUINTILES)
        poverty = run + len(PLACES) + np.where(known, quintile - 1, 0)
        for name in names:
            values = on_grid(floats(batch[name]))
            sums[name] += np.bincount(place, values, sums[name].size)
            sums[name] += np.bincount(poverty, np.where(known, values, 0), sums[name].size)
    laid_out = {name: values.reshape(shape) for name, values in sums.items()}
    for values in laid_out.values():
        values[~results.has_run] = math.nan
    return GroupSums(results, laid_out, not_empty(GROUPS, laid_out["youth"]))


def not_empty(groups: Sequence[Group], sums: FloatArray) -> tuple[Group, ...]:
    """The groups with more than 0 in any run; sums: (P, W, G)."""
    total = np.nan_to_num(sums).sum(axis=(0, 1))
    return tuple(group for group, of_group in zip(groups, total, strict=True) if of_group > 0)


def on_grid(values: FloatArray) -> FloatArray:
    """Values rounded to 2^-16: their sums (below 2^37) are exact, so the same in any order."""
    rounded: FloatArray = np.round(values * GRID) / GRID
    return rounded


def shown(results: ResultTables, most: int = MOST_SHOWN) -> tuple[ShownPolicy, ...]:
    """The policies a crowded panel shows, in the experiment's order.

    The baseline, at most `most` of the policies on offer (those with the most person-years averted
    on average) and the first oracles.
    """
    averted = results.metrics["averted_person_years"]
    means = {
        policy.name: estimate(averted[results.position(policy)], results.future).mean
        for policy in results.ranked
    }
    first = sorted(
        results.ranked,
        key=lambda p: (math.isnan(means[p.name]), -np.nan_to_num(means[p.name]), p.order),
    )[:most]
    oracles = [p for p in results.policies if p.is_oracle][:MOST_ORACLES]
    return tuple(p for p in results.policies if p.is_baseline or p in first or p in oracles)


def which_shown(results: ResultTables, policies: Sequence[ShownPolicy]) -> str:
    """A note on which policies are drawn, '' if all are."""
    offered = sum(not (p.is_baseline or p.is_oracle) for p in policies)
    if len(policies) == len(results.policies):
        return ""
    return (
        f"Drawn: the baseline, the {offered} of {len(results.ranked)} policies on offer that avert "
        "most person-years on average, and at most two policies that are told the truth; all are "
        "in the table."
    )
