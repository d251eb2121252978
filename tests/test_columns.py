"""Columns of tables are what pyarrow makes of the same values, and load no pandas for it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from streetlight.experiments.running.columns import (
    numbers_in,
    of_known,
    of_labels,
    of_numbers,
    of_words,
)

EXPERIMENTS = Path(__file__).parents[1] / "experiments"


@pytest.mark.parametrize("values", [
    np.arange(6, dtype=np.int32)[::2], np.array([0.5, np.inf]), np.empty(0),
])  # fmt: skip
def test_numbers_come_and_go_as_they_are(values: np.ndarray) -> None:
    """Whole and measured ones, none at all, every other one; in one piece or several."""
    made = of_numbers(values)
    assert made == pa.array(values)
    assert numbers_in(made).tolist() == values.tolist()
    assert numbers_in(pa.chunked_array([made, made[1:]])).tolist() == [*values, *values[1:]]


def test_what_is_undefined_is_no_blank_and_blanks_are_undefined() -> None:
    """NaN stays a number in a column; a blank is read as NaN."""
    assert of_numbers(np.array([np.nan])).null_count == 0
    nine = [1.5, *[None] * 7, 2.5]  # one more than a byte has marks for
    made = of_known(nine)
    assert made == pa.array(nine)
    assert numbers_in(made)[[0, 8]].tolist() == [1.5, 2.5]
    assert np.isnan(numbers_in(made)[1:8]).all()


def test_words_and_labels_are_those_of_pyarrow() -> None:
    """Also none, an empty one, and letters that take more than a byte."""
    for words in ([], ["a", "", "Zürich", "a"]):
        assert of_words(words) == pa.array(words, pa.string())
    labels = of_labels(np.array([1, 0, 1]), ["here", "there"])
    assert labels.to_pylist() == ["there", "here", "there"]
    assert labels.type == pa.dictionary(pa.int32(), pa.string())


def test_columns_load_no_pandas() -> None:
    """It takes a third of a second of every command; a process of its own tells."""
    code = (
        "import sys, numpy as np, pyarrow as pa\n"
        "from streetlight.experiments.running.columns import *\n"
        "made = [of_numbers(np.arange(3)), of_known([1.0, None]), of_labels(np.arange(1), ['a'])]\n"
        "numbers_in(pa.chunked_array([made[0]]))\n"
        "assert 'pandas' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_nobody_else_hands_pyarrow_what_it_loads_pandas_for() -> None:
    """Lists, arrays and numbers go through these functions, there and back."""
    asking = re.compile(r"\bpa\.(array|scalar)\(|\.to_numpy\(")
    found = {
        path.name for path in EXPERIMENTS.rglob("*.py") if asking.search(path.read_text("utf-8"))
    }
    assert found == {"columns.py"}
