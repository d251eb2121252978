"""What a table of persons by lists says of those on none, and what would help most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from streetlight.experiments.config.list_file import OwnLists
from streetlight.model.inference.contacts import Unmet, unmet
from streetlight.model.inference.internal_check import InternalCheck, internal_checks
from streetlight.model.inference.lists import ListTable
from streetlight.model.inference.systems import PersonsOnLists, population


@dataclass(frozen=True, eq=False)
class ListsEstimate:
    """All that is said of persons by lists.

    checks: of every list; helps: (data, upper over lower end of the interval), as it is now first.
    """

    table: ListTable
    chosen: PersonsOnLists
    checks: tuple[InternalCheck, ...]
    helps: tuple[tuple[str, float], ...]


def estimate_lists(own: OwnLists) -> ListsEstimate | Unmet:
    """The estimate of a table; NotIdentifiedError, with the reason, where there is none."""
    if own.contacts is not None:
        return unmet(own.contacts)
    assert own.table is not None
    chosen = population(own.table)
    checks, helped = internal_checks(own.table), list_helps(own.table, chosen)
    return ListsEstimate(own.table, chosen, tuple(checks), tuple(helped))


def list_helps(table: ListTable, chosen: PersonsOnLists) -> list[tuple[str, float]]:
    """The interval's ratio as it is, and as more data would be expected to leave it.

    The variance of the log of those on no list goes down as persons on two lists go up.
    """
    now = float(chosen.interval.ratio)
    on_two = table.n - table.on_exactly(1)
    share = float(table.sizes().mean()) / chosen.estimate
    with_list = on_two / (on_two + share * table.on_exactly(1))
    found = [
        ("a further list, as large as those here and independent of them",
         now ** float(np.sqrt(with_list))),
        ("the same lists over twice the years", now ** float(np.sqrt(0.5))),
    ]  # fmt: skip
    return [("these lists", now), *sorted(found, key=lambda one: one[1])]
