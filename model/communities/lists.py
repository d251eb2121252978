"""Region columns from Python lists: towns written by hand, as tests and small studies need them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from streetlight.model.arrays import ByteArray, FloatArray
from streetlight.model.communities.columns import (
    BOUNDS,
    CLASS_OF_LABEL,
    KNOWN_COLUMNS,
    UNKNOWN_CLASS,
    RegionColumns,
    RegionError,
    Where,
    check_columns,
    check_neighbours,
    fill_gaps,
    shown,
)
from streetlight.model.errors import NO_UNSEEN, UNSEEN, Problems, did_you_mean
from streetlight.model.names import PlaceClass

Numbers = Sequence[float | None] | npt.NDArray[Any]
Places = Sequence[PlaceClass | int | str | None] | ByteArray
COMMUNITIES, PAIRS = 0, 1  # order of the two lists among the problems


def columns_of_lists(
    name: str,
    ids: Sequence[str],
    numbers: Mapping[str, Numbers | None],
    texts: Mapping[str, Sequence[str] | None],
    place_class: Places | None,
    neighbours: Sequence[tuple[str, str]],
    extras: Mapping[str, Sequence[str]],
) -> RegionColumns:
    """Columns of communities given as lists, complete and checked; RegionError lists every problem.

    numbers: one entry for each column of `BOUNDS`, None where not given; texts: `names`, `state`.
    """
    problems = Problems()
    lists = {**numbers, **texts, "place_class": place_class, **extras}
    check_lengths(len(ids), lists, problems)
    for column in sorted({*KNOWN_COLUMNS, "names"} & set(extras)):
        problems.add((COMMUNITIES, 0), f'extras: "{column}" is a column with a meaning of its own')
    check_ids(ids, problems)
    for column, texts_given in texts.items():
        check_texts(column, texts_given or (), problems)
    problems.raise_any(RegionError)  # beyond this point rows must line up

    def where(row: int, column: str) -> str:
        return f'community {row + 1}, "{ids[row]}": column "{column}"'

    columns = RegionColumns(
        name=name,
        ids=ids,
        names=texts["names"] or ids,
        state=texts["state"] or [""] * len(ids),
        place_class=class_codes(
            [None] * len(ids) if place_class is None else place_class, where, problems
        ),
        extras={column: tuple(cells) for column, cells in extras.items()},
        neighbours=[(a, b) for a, b in neighbours],
        **{c: float_array(c, numbers[c], where, len(ids), problems) for c in BOUNDS},
    )
    check_columns(columns, where, lambda row: (COMMUNITIES, row), problems)
    check_neighbours(
        columns.neighbours,
        ids,
        lambda row, column: f"neighbours, pair {row + 1}: {column}",
        lambda row: (PAIRS, row),
        problems,
    )
    problems.raise_any(RegionError)
    fill_gaps(columns)
    return columns


def check_lengths(n: int, lists: Mapping[str, Sequence[object] | npt.NDArray[Any] | None],
                  problems: Problems) -> None:  # fmt: skip
    """Note an empty region and every list that has not one value a community."""
    if n == 0:
        problems.add((COMMUNITIES, 0), "ids: a region has at least one community")
    for column, values in lists.items():
        if values is not None and len(values) != n:
            text = f"{column}: {len(values)} values; there are {n} ids"
            problems.add((COMMUNITIES, 0), text)


def check_ids(ids: Sequence[str], problems: Problems) -> None:
    """Note ids that are not text, or blank."""
    for row, one in enumerate(ids):
        if not isinstance(one, str):
            text = f"ids, number {row + 1}: value {one!r}: an id is text; write {str(one)!r}"
            problems.add((COMMUNITIES, row), text)
        elif not one or one != one.strip():
            text = f"ids, number {row + 1}: value {one!r}: text without spaces at its ends"
            problems.add((COMMUNITIES, row), text)
    check_texts("ids", ids, problems)


def check_texts(column: str, cells: Sequence[str], problems: Problems) -> None:
    """Note texts that hold characters which no name may hold."""
    for row, one in enumerate(cells):
        if isinstance(one, str) and UNSEEN.search(one):
            text = f"{column}, number {row + 1}: value {shown(one)}: {NO_UNSEEN}"
            problems.add((COMMUNITIES, row), text)


def float_array(
    column: str, values: Numbers | None, where: Where, n: int, problems: Problems
) -> FloatArray:
    """One numeric column as floats (C,); None and NaN are unknown, which population may not be."""
    numbers = np.full(n, np.nan)
    for row, value in enumerate(() if values is None else values):
        if value is None:
            continue
        try:
            numbers[row] = float(value)
        except (TypeError, ValueError):
            allowed = BOUNDS[column].allowed
            text = f"{where(row, column)}: value {shown(value)}: {allowed}"
            problems.add((COMMUNITIES, row), text, alone=True)
    if column == "population":
        for row in np.flatnonzero(np.isnan(numbers)).tolist():
            text = f"{where(row, column)}: required: {BOUNDS[column].allowed}"
            problems.add((COMMUNITIES, row), text)
    return numbers


def class_codes(places: Places, where: Where, problems: Problems) -> ByteArray:
    """Place classes, as members, codes or in words, as codes (C,); None is UNKNOWN_CLASS."""
    codes = np.full(len(places), UNKNOWN_CLASS, dtype=np.int8)
    for row, place in enumerate(places):
        if isinstance(place, (int, np.integer)) and 0 <= place < len(PlaceClass):
            codes[row] = place
        elif place in CLASS_OF_LABEL:
            codes[row] = CLASS_OF_LABEL[str(place)]
        elif place is not None:
            allowed = f"{', '.join(CLASS_OF_LABEL)}{did_you_mean(str(place), CLASS_OF_LABEL)}"
            text = f"{where(row, 'place_class')}: value {shown(place)}: {allowed}"
            problems.add((COMMUNITIES, row), text)
    return codes
