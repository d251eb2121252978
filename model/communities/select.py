"""Which communities of a region a selection names, and advice where it names none."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from streetlight.model.arrays import ByteArray
from streetlight.model.communities.columns import CLASS_OF_LABEL, RegionError
from streetlight.model.errors import Problems, closest, did_you_mean
from streetlight.model.names import PlaceClass

Wanted = Iterable[PlaceClass | str]


def chosen_rows(
    ids: Sequence[str],
    state: Sequence[str],
    place_class: ByteArray,
    wanted: dict[str, Wanted | None],
) -> npt.NDArray[np.int64]:
    """Rows, ascending, that meet every condition of `wanted` (keys id, state, place_class).

    RegionError naming each value that does not occur, or when no row is left.
    """
    problems = Problems()
    labels = [PlaceClass(code).label for code in place_class.tolist()]
    keep = np.ones(len(ids), dtype=bool)
    for column, values, allowed in (
        ("id", ids, ids),
        ("state", state, sorted(set(state) - {""})),
        ("place_class", labels, list(CLASS_OF_LABEL)),
    ):
        condition = wanted.get(column)
        if condition is not None:
            chosen = known_values(column, condition, allowed, problems)
            keep &= np.fromiter((value in chosen for value in values), bool, len(values))
    problems.raise_any(RegionError)
    if not keep.any():
        raise RegionError("no community meets every condition of the selection")
    return np.flatnonzero(keep)


def known_values(
    column: str, wanted: Wanted, allowed: Collection[str], problems: Problems
) -> set[str]:
    """The wanted values as texts (one text stands for a list of one); unknown ones are noted."""
    chosen = set()
    known = set(allowed)
    for number, value in enumerate([wanted] if isinstance(wanted, str) else wanted):
        text = value.label if isinstance(value, PlaceClass) else value
        if isinstance(text, str) and text in known:
            chosen.add(text)
        else:
            advice = "" if problems.many else advice_on(text, allowed)
            problems.add((0, number), f"{column}: value {text!r}: not in this region{advice}")
    return chosen


def advice_on(value: object, allowed: Collection[str]) -> str:
    """What may have been meant; for a number, the text in quotes, with its leading zeros."""
    if isinstance(value, str):
        return did_you_mean(value, allowed)
    meant = closest(str(value), allowed, cutoff=1.0) or str(value)
    return f"; ids are text, in quotes: {meant!r}"
