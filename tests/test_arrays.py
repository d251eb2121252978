"""Arrays that are closed to writing, and division where there may be nothing to divide by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from streetlight.model.arrays import FloatArray, divided, lock_fields


@dataclass(frozen=True)
class Measured:
    """A frozen class with an array in it."""

    name: str
    values: FloatArray


def test_division_by_nothing_gives_what_was_asked_for() -> None:
    """Where the whole is 0 or less the result is `otherwise`, which may differ by element."""
    whole = np.array([4.0, 0.0, -1.0])
    assert divided(np.array([1.0, 2.0, 3.0]), whole).tolist() == [0.25, 0.0, 0.0]
    assert divided(1.0, whole, np.array([7.0, 8.0, 9.0])).tolist() == [0.25, 8.0, 9.0]
    assert divided(np.ones((2, 1)), whole, -1.0).tolist() == [[0.25, -1.0, -1.0]] * 2


def test_fields_are_locked_copies() -> None:
    """What is in a locked class changes neither by itself nor through the array it came from."""
    given = np.array([1.0, 2.0])
    locked_view = given.view()
    locked_view.setflags(write=False)
    for values in (given, locked_view):
        measured = Measured("x", values)
        lock_fields(measured)
        given[0] += 1.0
        assert measured.values[0] == given[0] - 1.0
        with pytest.raises(ValueError, match="read-only"):
            measured.values[1] = 0.0
        kept = measured.values
        lock_fields(measured)
        assert measured.values is kept
