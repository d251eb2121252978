"""Which communities of a region a selection names, and advice where it names none."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from streetlight.model.arrays import ByteArray
from streetlight.model.communities.columns import CLASS_OF_LABEL, RegionError
from streetlight.model.communities.counties import meant_place, meant_state
from streetlight.model.errors import Problems, closest, did_you_mean
from streetlight.model.names import PlaceClass

Wanted = Iterable[PlaceClass | str]
#: What is said of a value that no community of the region has.
NOT_THERE = {
    "ids": "no community has this id",
    "states": "no community is in this state",
    "classes": f"must be one of: {', '.join(CLASS_OF_LABEL)}",
}


def chosen_rows(
    ids: Sequence[str],
    state: Sequence[str],
    place_class: ByteArray,
    wanted: dict[str, Wanted | None],
) -> npt.NDArray[np.int64]:
    """Rows, ascending, that meet every condition of `wanted` (keys ids, states, classes).

    RegionError naming each value that does not occur, or when no row is left.
    """
    problems = Problems()
    labels = [PlaceClass(code).label for code in place_class.tolist()]
    keep = np.ones(len(ids), dtype=bool)
    for key, values, allowed, meant in (
        ("ids", ids, ids, meant_place),
        ("states", state, sorted(set(state) - {""}), meant_state),
        ("classes", labels, list(CLASS_OF_LABEL), did_you_mean),
    ):
        condition = wanted.get(key)
        if condition is not None:
            chosen = known_values(key, condition, allowed, meant, problems)
            keep &= np.fromiter((value in chosen for value in values), bool, len(values))
    problems.raise_any(RegionError)
    if not keep.any():
        raise RegionError("no community meets every condition of the selection")
    return np.flatnonzero(keep)


def known_values(
    key: str,
    wanted: Wanted,
    allowed: Collection[str],
    meant: Callable[[str, Collection[str]], str],
    problems: Problems,
) -> set[str]:
    """The wanted values as texts (one text stands for a list of one); unknown ones are noted."""
    chosen, known = set(), set(allowed)
    for number, value in enumerate([wanted] if isinstance(wanted, str) else wanted):
        text = value.label if isinstance(value, PlaceClass) else value
        if isinstance(text, str) and text in known:
            chosen.add(text)
            continue
        advice = "" if problems.many else (
            meant(text, allowed) if isinstance(text, str) else quoted(text, allowed)
        )  # fmt: skip
        what = f"{key}: value {text!r}: {NOT_THERE[key]}{advice}"
        problems.add((0, number), what, at=(key, number))
    return chosen


def quoted(value: object, allowed: Collection[str]) -> str:
    """A number as the text in quotes, with its leading zeros."""
    meant = closest(str(value), allowed, cutoff=1.0) or str(value)
    return f"; ids are text, in quotes: {meant!r}"
