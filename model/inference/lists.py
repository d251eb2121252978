"""Persons by the lists that they are on: the table from which multiple systems estimation starts.

The persons must be linked: one row a person, or a count of persons by the lists they are on. Counts
of rows that nobody linked hold each person as often as there are rows, and give nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np

from streetlight.model.arrays import BoolArray, FloatArray, lock_fields
from streetlight.model.inference.identified import NotIdentifiedError

#: More lists have more than a thousand histories.
MOST_LISTS = 10
Pair = tuple[int, int]


@dataclass(frozen=True, eq=False)
class ListTable:
    """Persons by the lists that they are on.

    names (k,); histories (2^k - 1, k): whether each list is in the combination, every combination
    once and without the empty one; counts (2^k - 1,): persons on exactly these lists.
    """

    names: tuple[str, ...]
    histories: BoolArray
    counts: FloatArray

    def __post_init__(self) -> None:
        lock_fields(self)

    @classmethod
    def of(cls, names: Iterable[str], persons: Mapping[Any, float]) -> ListTable:
        """The table from persons by the lists that they are on, any iterable; the others are 0.

        >>> table = ListTable.of("AB", {"A": 3, "B": 4, "AB": 2})
        >>> int(table.n), table.overlaps[0, 1], table.on_exactly(1)
        (9, 2.0, 7.0)
        """
        names = tuple(names)
        if not 1 <= len(names) <= MOST_LISTS or len({*names}) < len(names):
            raise ValueError(f"names: {len(names)}: must be 1 to {MOST_LISTS} different ones")
        histories = _histories(len(names))
        row = {tuple(one): r for r, one in enumerate(histories.tolist())}
        counts = np.zeros(len(histories))
        for on, number in persons.items():
            wanted = {*on}
            if not wanted or wanted - {*names}:
                raise ValueError(f"persons: {on!r}: must name lists of {', '.join(names)}")
            counts[row[tuple(name in wanted for name in names)]] += number
        whole = np.isfinite(counts).all() and (counts >= 0).all() and (counts % 1 == 0).all()
        if not whole:
            raise ValueError("persons: must be whole numbers, 0 or more")
        return cls(names, histories, counts)

    @property
    def n(self) -> float:
        """Persons on any list."""
        return float(self.counts.sum())

    @property
    def k(self) -> int:
        """Lists."""
        return len(self.names)

    def pairs(self) -> list[Pair]:
        """Every pair of lists."""
        return list(combinations(range(self.k), 2))

    @cached_property
    def on_both(self) -> BoolArray:
        """Whether a combination has both lists of a pair: (pairs, 2^k - 1)."""
        first, second = np.array(self.pairs(), int).reshape(-1, 2).T
        return np.asarray((self.histories[:, first] & self.histories[:, second]).T)

    @cached_property
    def overlaps(self) -> dict[Pair, float]:
        """Persons on both lists of a pair, whatever else they are on."""
        return dict(zip(self.pairs(), (self.on_both @ self.counts).tolist(), strict=True))

    def on_exactly(self, lists: int) -> float:
        """Persons on so many lists."""
        return float(self.counts[self.histories.sum(axis=1) == lists].sum())

    def sizes(self) -> FloatArray:
        """Persons on each list: (k,)."""
        return np.asarray(self.counts @ self.histories)

    def among(self, one: int) -> tuple[ListTable, float]:
        """Members of one list by the others that they are on, and how many are on no other."""
        rest = [j for j in range(self.k) if j != one]
        persons: dict[tuple[str, ...], float] = {}
        on_none = 0.0
        for history, number in zip(self.histories, self.counts, strict=True):
            if history[one]:
                on = tuple(self.names[j] for j in rest if history[j])
                if on:
                    persons[on] = persons.get(on, 0.0) + number
                else:
                    on_none += number
        return ListTable.of([self.names[j] for j in rest], persons), on_none

    def with_counts(self, counts: FloatArray) -> ListTable:
        """The same lists with other counts; lists without anybody are left out."""
        some = np.flatnonzero(counts @ self.histories > 0)
        if len(some) == self.k:
            return ListTable(self.names, self.histories, counts)
        names = [self.names[j] for j in some]
        held = zip(self.histories[:, some].tolist(), counts.tolist(), strict=True)
        persons: dict[tuple[str, ...], float] = {}
        for history, number in held:
            if number:
                on = tuple(name for name, is_on in zip(names, history, strict=True) if is_on)
                persons[on] = persons.get(on, 0.0) + number
        return ListTable.of(names, persons)


def _histories(k: int) -> BoolArray:
    """Every combination of k lists but the empty one: (2^k - 1, k)."""
    numbers = np.arange(1, 2**k)
    return ((numbers[:, None] >> np.arange(k)) & 1).astype(bool)


def chao(table: ListTable) -> float:
    """Chao's lower bound of the persons on any list or none, for lists of any size.

    n + (f1^2 - sum z_j^2) / (2 (f2 + 1)), f1 and f2 the persons on one list and on two, z_j those
    on list j alone: Chao (1989), Biometrics 45, 427-438. Right for independent lists if everybody
    is alike, and below the truth on average where persons differ in how visible they are. It is no
    bound where lists exclude each other. The form with (k - 1)/k f1 (f1 - 1) (Chao 1987) takes all
    lists for equally large: with unequal ones it is above the truth.

    >>> round(chao(ListTable.of("ABC", {"A": 10, "B": 10, "C": 10, "AB": 4, "BC": 5})), 2)
    69.0
    """
    alone = table.counts[table.histories.sum(axis=1) == 1]
    pairs_alone = (alone.sum() ** 2 - (alone**2).sum()) / 2.0
    return float(table.n + pairs_alone / (table.on_exactly(2) + 1.0))


def chapman(first: float, second: float, both: float) -> tuple[float, float]:
    """Persons on either of two lists or none, and the standard error (Chapman 1951; Seber 1970).

    first, second: persons on each list; both: on the two.  It holds if the lists are independent
    and everybody is as likely as others to be on them, which two lists cannot show. Refused
    without an overlap: any large number would then do.

    >>> chapman(200, 150, 30)[0]
    978.0645161290323
    """
    if both < 1:
        raise NotIdentifiedError("nobody is on both lists", "an overlap, or a third list")
    if not both <= min(first, second):
        raise ValueError(f"both: {both:g}: must be at most the persons on each list")
    estimate = (first + 1.0) * (second + 1.0) / (both + 1.0) - 1.0
    variance = (first + 1.0) * (second + 1.0) * (first - both) * (second - both)
    return estimate, float(np.sqrt(variance / ((both + 1.0) ** 2 * (both + 2.0))))
