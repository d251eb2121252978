"""Multiple systems estimation checked on itself: members of one list as known truth."""

from __future__ import annotations

from dataclasses import dataclass

from streetlight.model.inference.identified import NotIdentifiedError
from streetlight.model.inference.lists import ListTable, chapman
from streetlight.model.inference.systems import FEWEST_ON_TWO, THRESHOLD, refuse_unfit, stepwise


@dataclass(frozen=True)
class InternalCheck:
    """One list as known truth: its members, and how many the other lists alone would give."""

    name: str
    known: float
    estimate: float  # NaN where the others cannot tell
    reason: str  # why they cannot, "" where they can


def internal_checks(table: ListTable, threshold: float = THRESHOLD) -> list[InternalCheck]:
    """Each list's members estimated from the other lists, beside how many they are.

    With the same stepwise choice; three lists in all leave two, for which Chapman's estimate is
    taken. Bad estimates here are a warning; good ones are no sign that the whole is right. Hook and
    Regal (2000), American Journal of Epidemiology 152, 771-779.
    """
    checks = []
    for j, name in enumerate(table.names):
        known_size = float(table.sizes()[j])
        try:
            others, _ = table.among(j)
            estimate, reason = of_members(others, threshold), ""
        except NotIdentifiedError as error:
            estimate, reason = float("nan"), error.reason
        checks.append(InternalCheck(name, known_size, estimate, reason))
    return checks


def of_members(others: ListTable, threshold: float) -> float:
    """Persons of a table of other lists: by Chapman for two of them, else as `population`."""
    others = others.with_counts(others.counts)
    on_two = others.n - others.on_exactly(1)
    if others.k == 2 and on_two >= FEWEST_ON_TWO:
        first, second = others.sizes().tolist()
        return chapman(first, second, others.overlaps[0, 1])[0]
    refuse_unfit(others, threshold)
    return others.n + stepwise(others, threshold).unseen
