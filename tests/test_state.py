"""Rows and columns of the state follow each other without a gap, and hold what they are for."""

from __future__ import annotations

import numpy as np

from streetlight.model.names import (
    CLASSES,
    N_CHANNELS,
    N_CLASSES,
    N_GROUPS,
    N_SECTORS,
    N_TALLIES,
    SECTORS,
    Channel,
    PlaceClass,
    Tally,
)
from streetlight.model.world.rows import SPELL, empty_spells
from streetlight.model.world.state import (
    N_KINDS,
    N_PREPARED,
    Block,
    Bought,
    Calendar,
    Covered,
    FixedPoint,
    Hand,
    Kind,
    Public,
    Stock,
)


def test_the_lists_of_names_are_as_long_as_they_say() -> None:
    """Four classes of place, five sectors, nine channels and seventeen tallies, each from 0 on."""
    assert (N_CLASSES, N_SECTORS, N_CHANNELS, N_TALLIES) == (4, 5, 9, 17)
    assert (len(CLASSES), len(SECTORS)) == (4, 5)
    for names in (PlaceClass, Channel, Tally, Public, Hand):
        assert [*names] == list(range(len(names)))
    assert Channel.SCHOOL + len(SECTORS) == Channel.PLATFORM


def test_a_calendar_has_a_column_for_each_kind() -> None:
    """Eleven ends of ten prepared kinds, the first spell, thirteen heads, and two counts."""
    assert [*Kind] == [0, 1, 2, 3, 4, 9, 10, 11, 12]
    assert (N_PREPARED, N_KINDS) == (10, 13)
    assert [*Calendar] == [0, 11, 12, 25, 26]


def test_conditions_follow_each_other() -> None:
    """Rows of one condition are counted through, and blocks take a row a sector or group."""
    assert [*Public, *Bought, *Covered, *FixedPoint] == list(range(28))
    rows = np.diff([*Block])
    assert Block.TRAINED == 28
    assert rows.tolist() == [5, 5, 5, 5, N_GROUPS, N_GROUPS, 1, 1, 1]
    assert [*Stock] == [17, 18, 19, 20, 21, 22, 23]


def test_a_spell_fills_a_cache_line() -> None:
    """Each row begins where a line of 64 bytes does, whatever numpy gives."""
    for n in (1, 3):
        spells = empty_spells(n)
        assert spells.dtype == SPELL
        assert spells.strides == (64,)
        assert spells.ctypes.data % 64 == 0
