"""Rows and columns of the state that are named by number have each a place of their own."""

from __future__ import annotations

from enum import IntEnum

import pytest

from streetlight.model.names import (
    CLASSES,
    N_CHANNELS,
    N_CLASSES,
    N_SECTORS,
    N_TALLIES,
    SECTORS,
    Channel,
    Tally,
)
from streetlight.model.world.state import (
    N_KINDS,
    N_PREPARED,
    Block,
    Bought,
    Calendar,
    Fixed,
    Hand,
    Kind,
    Public,
    Stock,
)

#: How many rows or columns a name stands for, where it is not one.
WIDTHS = {
    Block.TRAINED: 5, Block.SKILL: 5, Block.DENIAL: 5, Block.FALSE_MEAN: 5, Block.TOLD_STEP: 6,
    Block.TOLD_HAZARD: 6, Block.ACTIVE: 2,
}  # fmt: skip
CALENDAR = {Calendar.PREPARED: 10, Calendar.HEAD: 11}  # the ends of the last kind are a column too
HANDS = {Hand.SIGNALS: 2, Hand.REPORTS: 2, Hand.FALSE_REPORTS: 2, Hand.OCCASIONS: 2}


@pytest.mark.parametrize(
    ("enums", "widths"),
    [
        ((Public, Bought, Fixed, Block), WIDTHS), ((Tally, Stock), {}), ((Calendar,), CALENDAR),
        ((Hand,), HANDS),
    ],
)  # fmt: skip
def test_names_of_a_table_follow_each_other(
    enums: tuple[type[IntEnum], ...], widths: dict[IntEnum, int]
) -> None:
    """Each name begins where the one before it ends."""
    first = 0
    for name in (name for enum in enums for name in enum):
        assert name == first, name
        first += next((n for key, n in widths.items() if key is name), 1)


def test_numbers_of_names_are_those_of_their_lists() -> None:
    """Kernels need plain numbers: they are the lengths of what they count."""
    assert len(CLASSES) == N_CLASSES
    assert len(SECTORS) == N_SECTORS
    assert len(Channel) == N_CHANNELS == Channel.SCHOOL + N_SECTORS
    assert len(Tally) == N_TALLIES
    assert Kind.SCHOOL + N_SECTORS == N_PREPARED == Kind.START
    assert N_KINDS == Kind.DECIDE + 1
