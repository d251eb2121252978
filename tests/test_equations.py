"""Formulas of the page: an array gets what each of its numbers gets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from streetlight.model import equations
from streetlight.model.parameters import Parameters
from streetlight.model.rates import rates_of

N = 40
#: What formulas are handed by the name of the argument; all else is a share.
WHOLE = {"sector": 5, "waited": 60, "offset": 300}
TRUE_OR_FALSE = ("blaming", "been_told", "high_risk", "closed", "served")
LARGE = ("population", "half", "half_life", "onset_rate", "lift")
#: For one youth or one week at a time.
OF_ONE = ("triangular_age", "steps_until_again", "campaign_week")


def arguments(names: list[str]) -> dict[str, Any]:
    """Columns (N,) for the arguments of a formula, from a fixed seed."""
    draw, columns = np.random.default_rng(1), {}
    for name in names:
        if name == "rates":
            columns[name] = rates_of(Parameters())
        elif name == "traits":
            kind, gender, others = (draw.integers(0, n, N) for n in (3, 3, 32))
            columns[name] = kind | gender << 2 | others << 4
        elif name in WHOLE:
            columns[name] = draw.integers(0, WHOLE[name], N)
        elif name in TRUE_OR_FALSE:
            columns[name] = draw.random(N) < 0.5
        else:
            columns[name] = draw.random(N) * (1000.0 if name in LARGE else 1.0)
    if "mode" in columns:
        columns["mode"], columns["age"] = 12.0 + 6.0 * draw.random(N), 12.0 + 6.0 * draw.random(N)
    return columns


def formulas() -> list[str]:
    """Names of the formulas that take numbers or arrays."""
    source = equations.__dict__
    return [
        name
        for name, formula in source.items()
        if callable(formula)
        and getattr(formula, "__module__", "") == equations.__name__
        and not formula.__annotations__
        and name not in OF_ONE
    ]


@pytest.mark.parametrize("name", formulas())
def test_an_array_gets_what_each_of_its_numbers_gets(name: str) -> None:
    """A formula of columns is the column of the formula of their rows."""
    formula = getattr(equations, name)
    code = formula.__code__
    columns = arguments(list(code.co_varnames[: code.co_argcount]))
    whole = formula(**columns)
    alone = [
        formula(**{key: v if key == "rates" else v[i] for key, v in columns.items()})
        for i in range(N)
    ]
    np.testing.assert_allclose(whole, np.transpose(alone), rtol=1e-13)
    assert np.shape(whole)[-1] == N
    assert np.isfinite(alone).all()


def test_the_formulas_are_found() -> None:
    """Formulas of several sections are among those that are held to it."""
    assert {"acquaintance", "disclosure", "recognition", "substantiation"} <= set(formulas())
