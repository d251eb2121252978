"""What a figure is before it is drawn: a question, a finding, panels of numbers, and a form.

A number that is drawn is a row of the study's measures (`Rows`), and the CSV beside the figure
holds the same rows. Nothing here works out a mean or an interval. Sentences are in the catalogue.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from streetlight.experiments import words
from streetlight.experiments.analyse.measures import ALL, WHOLE
from streetlight.experiments.analyse.study import Plan, Study
from streetlight.experiments.looks import Look
from streetlight.experiments.metrics import METRICS
from streetlight.model.text import marked

MINUS, DASH = "\N{MINUS SIGN}", "\N{EN DASH}"
LEVEL, DIFFERENCE, CHANGE = "level", "difference", "change"


class Valued(Protocol):
    """A number that can be drawn, with its interval; NaN where there is none."""

    @property
    def value(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


class Drawn(NamedTuple):
    """A row of the measures as it is drawn.

    kind: `level`, `difference` to the baseline, or `change`, that difference as a share of it.
    """

    measure: str
    group: str
    plan: str
    future: str
    year: int
    kind: str
    value: float
    low: float
    high: float
    n: int
    unit: str


class Bare(NamedTuple):
    """A number to draw that has a row of its own in the table."""

    value: float
    low: float = math.nan
    high: float = math.nan


@dataclass(frozen=True)
class Rows:
    """Where to read numbers of one kind: `Rows(study, LEVEL)("identified", plan, "town")`."""

    study: Study
    kind: str = LEVEL

    def __call__(
        self, measure: str, plan: Plan, group: str = ALL, future: str = "", year: int = WHOLE
    ) -> Drawn:
        """The number, NaN where the study has none."""
        row = self.study.row(measure, plan, group, future, year)
        base = (row.base or math.nan) if self.kind == CHANGE else 1.0
        ends = row.difference, row.difference_low, row.difference_high
        if self.kind == LEVEL:
            ends = row.mean, row.low, row.high
        value, low, high = (end / base for end in ends)
        unit = "share" if self.kind == CHANGE else row.unit
        return Drawn(
            measure, group, plan.name, future, year, self.kind, value, low, high, row.n, unit
        )


@dataclass(frozen=True)
class Series:
    """Marks of one look: one at each place of the panel, None where it has none there.

    dots: for each place the means of single futures, drawn small.
    """

    label: str
    look: Look
    points: Sequence[Valued | None]
    dots: Sequence[Sequence[float]] = ()


@dataclass(frozen=True)
class Panel:
    """One pair of axes: a title, names or numbers along it, and series.

    axis: what is counted; scale: what values are multiplied by; ranges: for each row a grey range
    behind it, as it is drawn; bars: whether the first series is bars from 0; along: what the
    numbers along it are; span: a stretch of them that is shaded; line: a level that is marked.
    """

    title: str
    at: Sequence[Any]
    series: Sequence[Series]
    axis: str = ""
    scale: float = 1.0
    ranges: Sequence[tuple[float, float]] = ()
    bars: bool = False
    along: str = ""
    span: tuple[float, float] | None = None
    line: float | None = None


@dataclass(frozen=True)
class Figure:
    """A figure ready to draw.

    form: a name of `forms.FORMS`, or a function that draws into a part of a matplotlib figure, then
    with `height` in inches; table: rows of the CSV, by default the points of the panels; across:
    panels side by side, 0 as many as the form likes.
    """

    name: str
    question: str
    headline: str
    caption: str
    panels: Sequence[Panel] = ()
    form: str | Callable[[Any, Figure], None] = "rows"
    table: Sequence[Any] = ()
    across: int = 0
    height: float = 0.0

    @property
    def rows(self) -> list[Any]:
        """What the CSV holds: NamedTuples of one kind."""
        every = (p for panel in self.panels for one in panel.series for p in one.points if p)
        return list(self.table) or list(dict.fromkeys(every))


@dataclass(frozen=True)
class Absent:
    """A figure that these results cannot show, and why in a line; traceback: where it failed."""

    name: str
    reason: str
    traceback: str = ""


def say(name: str, key: str, **fields: object) -> str:
    """A sentence about a figure with its fields filled in, numbers as `number` has them."""
    shown = {k: number(v) if isinstance(v, (int, float)) else v for k, v in fields.items()}
    return words.say(f"figures.{name}.{key}", **shown)


def figure(
    name: str, headline: str, panels: Sequence[Panel], form: Any = "rows",
    table: Sequence[Any] = (), across: int = 0, height: float = 0.0, **fields: object,
) -> Figure:  # fmt: skip
    """A figure with its question and caption; fields: what these name."""
    question, caption = say(name, "question", **fields), say(name, "caption", **fields)
    return Figure(name, question, headline, caption, panels, form, table, across, height)


def absent(name: str, key: str = "absent") -> Absent:
    """A figure that cannot be shown."""
    return Absent(name, say(name, key))


def plan_series(plan: Plan, points: Iterable[Valued | None], dots: Any = ()) -> Series:
    """Marks in the colour of a plan."""
    return Series(plan.label, plan.look, list(points), dots)


def counted(metric: str) -> tuple[str, str, float]:
    """The title of a metric, what it is counted in, and what its values are multiplied by."""
    about = METRICS[metric]
    if about.unit == "share":
        return words.upper(about.title), say("shared", "points"), 100.0
    return words.upper(about.title), about.unit, 1.0


def place(group: str) -> str:
    """A group of places as a title."""
    return say("shared", "all_places") if group == ALL else words.place(group)


def csv_text(rows: Sequence[Any]) -> str:
    """The rows as CSV: numbers in full, undefined ones blank, no text a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([rows[0]._fields] if rows else [])
    writer.writerows([cell(value) for value in row] for row in rows)
    return text.getvalue()


def cell(value: object) -> str:
    """One value of a table."""
    if isinstance(value, float):
        return repr(float(value) + 0.0) if math.isfinite(value) else ""
    return marked(value) if isinstance(value, str) else str(value)


def number(value: float, signed: bool = False) -> str:
    """A number with two or three digits; a dash where it is undefined."""
    if not math.isfinite(value):
        return DASH
    size = abs(value)
    digits = 0 if size >= 20 or size == int(size) else 1 if size >= 1 else 2
    text = f"{size:,.{digits}f}"
    if not float(text.replace(",", "")):
        return "0" if not size else words.say("numbers.under", n=f"{10.0**-digits:g}")
    return (MINUS if value < 0 else "+" if signed else "") + text
