"""What a figure is before it is a file: a name, a finding, the numbers, and how to draw them."""

from __future__ import annotations

import csv
import math
import os
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from io import StringIO
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from streetlight.experiments.figures.page import picture_bytes, plain_settings, told_elsewhere
from streetlight.experiments.figures.spread import Spread
from streetlight.model.errors import InputError, visible
from streetlight.model.text import marked


@dataclass(frozen=True)
class Picture:
    """A figure ready to draw.

    headline: the finding in words, made from the same numbers; rows: the numbers drawn, instances
    of one frozen dataclass whose fields are the columns of the CSV, a `Spread` six of them; draw:
    makes the figure.
    """

    name: str
    headline: str
    rows: Sequence[Any]
    columns: type
    draw: Callable[[], Figure]

    def figure(self) -> Figure:
        """The drawn figure."""
        with plain_settings():
            return self.draw()

    def for_a_page(self) -> tuple[bytes, list[str]]:
        """The figure as SVG without headline, notes and footer; and the notes."""
        with plain_settings(), told_elsewhere() as notes:
            return picture_bytes(self.draw(), "svg", self.headline), notes

    def table(self) -> bytes:
        """The numbers drawn, as CSV."""
        return csv_bytes(self.columns, self.rows)

    def write(self, folder: Path) -> list[Path]:
        """Write `<name>.svg`, `.png` and `.csv`, each at once or not at all; return the paths."""
        with plain_settings():
            figure = self.draw()
            contents = {
                "svg": picture_bytes(figure, "svg", self.headline),
                "png": picture_bytes(figure, "png", self.headline),
                "csv": self.table(),
            }
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for kind, content in contents.items():
            path = folder / f"{self.name}.{kind}"
            unfinished = path.with_name(f".{path.name}.part")
            unfinished.write_bytes(content)
            os.replace(unfinished, path)
            paths.append(path)
        return paths


@dataclass(frozen=True)
class Absent:
    """A figure that these results cannot show: why, and the command that would make its data.

    traceback: of the error in it, where the figure is at fault and not the results.
    """

    name: str
    reason: str
    command: str
    traceback: str = ""


def attempted(name: str, make: Callable[[], Picture | Absent]) -> Picture | Absent:
    """What a figure's module makes, or that it failed; InputError when the results are at fault."""
    try:
        return make()
    except InputError:
        raise
    except Exception as error:  # whatever is wrong with one figure, the others are drawn
        return failed(name, error)


def failed(name: str, error: Exception) -> Absent:
    """A figure that raised an error."""
    reason = visible(f"{type(error).__name__}: {error}")
    trace = "".join(traceback.format_exception(error))
    return Absent(name, reason, "streetlight report RESULTS, with a version that mends it", trace)


def csv_bytes(columns: type, rows: Sequence[Any]) -> bytes:
    """The rows as CSV (UTF-8, LF): numbers in full, undefined ones blank, no text a formula."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    # Any: with postponed annotations a field's type is its name as text
    spreads: set[Any] = {"Spread", Spread}
    held = [(field.name, field.type in spreads) for field in fields(columns)]
    writer.writerow(head for one in held for head in _heads(*one))
    for row in rows:
        cells = (getattr(row, name) for name, _ in held)
        writer.writerow(_cell(value) for cell in cells for value in _values(cell))
    return text.getvalue().encode()


def _heads(name: str, is_spread: bool) -> list[str]:
    """The columns of a field: one, or those of a spread over futures."""
    ends = ("low90", "low50", "high50", "high90", "luck", "each")
    return [f"{name}_{end}" for end in ends] if is_spread else [name]


def _values(cell: object) -> list[object]:
    """The values of a field, as many as it has columns."""
    return [*cell.band, cell.luck, cell.each] if isinstance(cell, Spread) else [cell]


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return repr(float(value) + 0.0) if math.isfinite(value) else ""  # also of a numpy float
    return marked(value) if isinstance(value, str) else str(value)
