"""Region columns from Python lists: towns written by hand, as tests and small studies need them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Sized
from typing import Any

import numpy.typing as npt

from streetlight.model.arrays import ByteArray
from streetlight.model.calling import shown as quoted
from streetlight.model.communities.columns import (
    COLUMNS,
    Origin,
    RegionColumns,
    RegionError,
    check_columns,
    check_neighbours,
    classes_of,
    numbers_of,
    shown,
)
from streetlight.model.communities.gaps import Told, fill
from streetlight.model.errors import NO_UNSEEN, UNSEEN, Problems
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
    check_rows_line_up(ids, lists, texts, extras, problems)
    origin = Origin(
        problems,
        where=lambda row, column: f'community {row + 1}, "{ids[row]}": column "{column}"',
        place=lambda row: (COMMUNITIES, row),
    )
    columns = RegionColumns(
        name=name,
        ids=ids,
        names=texts["names"] or ids,
        state=texts["state"] or [""] * len(ids),
        place_class=classes_of([None] * len(ids) if place_class is None else place_class, origin),
        extras={column: tuple(cells) for column, cells in extras.items()},
        neighbours=[(a, b) for a, b in neighbours],
        **{
            column: numbers_of(column, [None] * len(ids) if given is None else given, origin)
            for column, given in numbers.items()
        },
        told=Told(len(ids), tuple((one, one) for one in COLUMNS if lists.get(one) is not None)),
    )
    check_columns(columns, origin)
    pairs = Origin(
        problems,
        where=lambda row, column: f"neighbours, pair {row + 1}: {column}",
        place=lambda row: (PAIRS, row),
    )
    check_neighbours(columns.neighbours, ids, pairs)
    problems.raise_any(RegionError)
    fill(columns)
    return columns


def check_rows_line_up(
    ids: Sequence[str],
    lists: Mapping[str, Any],
    texts: Mapping[str, Sequence[str] | None],
    extras: Mapping[str, Sequence[str]],
    problems: Problems,
) -> None:
    """RegionError unless all are lists of one length; ids, texts and extras must be usable."""
    check_are_lists({"ids": ids, **lists}, problems)
    problems.raise_any(RegionError)
    check_lengths(len(ids), lists, problems)
    for column in sorted({*COLUMNS, "names"} & set(extras)):
        problems.add((COMMUNITIES, 0), f'extras: "{column}" is a column with a meaning of its own')
    check_ids(ids, problems)
    for column, texts_given in texts.items():
        check_texts(column, texts_given or (), problems)
    problems.raise_any(RegionError)


def check_are_lists(lists: Mapping[str, Any], problems: Problems) -> None:
    """Note what is no list, such as one number or one text for all communities."""
    for column, values in lists.items():
        if values is not None and (isinstance(values, str) or not isinstance(values, Sized)):
            wanted = f"a list, one value a community, as {column}=[{quoted(values)}, ...]"
            problems.add((COMMUNITIES, 0), f"{column}: {quoted(values)}: must be {wanted}")


def check_lengths(n: int, lists: Mapping[str, Sized | None], problems: Problems) -> None:
    """Note an empty region and every list that has not one value a community."""
    if n == 0:
        problems.add((COMMUNITIES, 0), "ids: a region has at least one community")
    for column, values in lists.items():
        if values is not None and len(values) != n:
            problems.add((COMMUNITIES, 0), f"{column}: {len(values)} values; there are {n} ids")


def check_ids(ids: Sequence[str], problems: Problems) -> None:
    """Note ids that are not text, or blank."""
    for row, one in enumerate(ids):
        if not isinstance(one, str):
            wrong = f"an id is text; write {str(one)!r}"
        elif not one or one != one.strip():
            wrong = "text without spaces at its ends"
        else:
            continue
        problems.add((COMMUNITIES, row), f"ids, number {row + 1}: value {one!r}: {wrong}")
    check_texts("ids", ids, problems)


def check_texts(column: str, cells: Sequence[str], problems: Problems) -> None:
    """Note texts that hold characters which no name may hold."""
    for row, one in enumerate(cells):
        if isinstance(one, str) and UNSEEN.search(one):
            text = f"{column}, number {row + 1}: value {shown(one)}: {NO_UNSEEN}"
            problems.add((COMMUNITIES, row), text)
