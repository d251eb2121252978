"""A page measured in inches: headline, room for panels, notes, footer; and its bytes.

Every text is measured before it is placed, so that long policy names make the page longer or wider
instead of running into each other. Nothing here touches pyplot or keeps a changed setting.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from streetlight.experiments.figures.looks import INK, QUIET, RULE

FOOTER = "Simulated under stated assumptions; no estimate for any real place."
DPI = 160
MARGIN = 0.35
HEAD_SIZE = 14.0
NOTE_SIZE = 8.5
TEXT_SIZE = 9.0
SMALL_SIZE = 8.0
LINE = 1.3  # line height over font size
NO_GLYPH = "\N{WHITE SQUARE}"

_SETTINGS: dict[str, object] = {
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same on every machine
    "font.size": TEXT_SIZE,
    "text.parse_math": False,  # a name may hold dollar signs
    "text.color": INK,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.labelsize": TEXT_SIZE,
    "axes.titlesize": 10.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": SMALL_SIZE,
    "ytick.labelsize": SMALL_SIZE,
    "hatch.linewidth": 0.7,
    "svg.hashsalt": "streetlight",
    "svg.fonttype": "path",  # letters as shapes: looks the same without the font
}


# The groups of settings that decide how a figure looks; the others (backend, keys) are left alone.
_DRAWN = (
    *("axes", "font", "grid", "hatch", "image", "lines", "markers", "mathtext", "patch", "path"),
    *("pcolor", "pcolormesh", "savefig", "svg", "text", "xaxis", "xtick", "yaxis", "ytick"),
)


@contextmanager
def plain_settings() -> Iterator[None]:
    """Matplotlib's own defaults and ours for a while, whatever the user has set; put back after."""
    with matplotlib.rc_context():
        # Any: the names of the settings differ between versions of matplotlib
        settings: Any = matplotlib.rcParams
        defaults: Any = matplotlib.rcParamsDefault
        settings.update({k: defaults[k] for k in defaults if k.split(".")[0] in _DRAWN})
        settings.update(_SETTINGS)
        yield


# The notes of figures drawn for a page that says headline, notes and footer itself; else None.
_told: ContextVar[list[str] | None] = ContextVar("told", default=None)


@contextmanager
def told_elsewhere() -> Iterator[list[str]]:
    """Leave headline, notes and footer out of figures drawn meanwhile; gives their notes."""
    notes: list[str] = []
    token = _told.set(notes)
    try:
        yield notes
    finally:
        _told.reset(token)


@lru_cache(maxsize=4096)
def text_width(text: str, size: float = TEXT_SIZE, bold: bool = False) -> float:
    """Width of one line of text in inches."""
    font = FontProperties(family="DejaVu Sans", size=size, weight="bold" if bold else "normal")
    # Any: matplotlib ships no types for its renderers
    renderer: Any = RendererAgg
    width: float = renderer(1, 1, DPI).get_text_width_height_descent(text, font, False)[0]
    return width / DPI


@lru_cache(maxsize=1)
def _letters() -> frozenset[int]:
    """The characters that the figures' font can draw."""
    return frozenset(get_font(findfont("DejaVu Sans")).get_charmap())


def drawable(text: str) -> str:
    """The text with a square for every character that the font lacks; tables keep the character."""
    return "".join(c if ord(c) in _letters() else NO_GLYPH for c in text)


def wrap(text: str, width: float, size: float = TEXT_SIZE, bold: bool = False) -> list[str]:
    """The text in lines at most `width` inches wide; longer words are broken."""
    lines: list[str] = []
    line = ""
    for word in drawable(text).split(" "):
        joined = f"{line} {word}" if line else word
        if text_width(joined, size, bold) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        while text_width(word, size, bold) > width and len(word) > 1:
            fits = max(
                1, sum(text_width(word[:n], size, bold) <= width for n in range(1, len(word)))
            )
            lines.append(word[:fits])
            word = word[fits:]
        line = word
    return [*lines, line] if line else lines


def line_height(size: float) -> float:
    """Height of a line of text in inches."""
    return size * LINE / 72


@dataclass(frozen=True)
class Sign:
    """One entry of a key: a word and what it stands for, a patch or a line with a marker."""

    label: str
    patch: dict[str, Any] | None = None
    line: dict[str, Any] | None = None


def key_rows(signs: Sequence[Sign], width: float) -> list[list[tuple[Sign, float, list[str]]]]:
    """The key laid out in rows: each sign with its left edge in inches and its wrapped label."""
    rows: list[list[tuple[Sign, float, list[str]]]] = [[]]
    left = 0.0
    for sign in signs:
        lines = wrap(sign.label, width - 0.4, SMALL_SIZE)
        room = 0.4 + max(text_width(line, SMALL_SIZE) for line in lines)
        if rows[-1] and left + room > width:
            rows.append([])
            left = 0.0
        rows[-1].append((sign, left, lines))
        left += room + 0.25
    return rows


def key_height(signs: Sequence[Sign], width: float) -> float:
    """Height of the key in inches."""
    rows = key_rows(signs, width)
    return sum(max(len(e[2]) for e in row) for row in rows) * line_height(SMALL_SIZE) + 0.06 * len(
        rows
    )


class Page:
    """A figure with a headline above and notes and a footer below a body of a given size.

    width: of the page; body: height of the room for panels, both in inches. Places inside the
    body are given in inches from its upper left corner.
    """

    def __init__(
        self, headline: str, body: float, notes: Sequence[str], csv_name: str, width: float = 10.0
    ) -> None:
        inner = width - 2 * MARGIN
        self.inner = inner
        told = _told.get()
        if told is not None:
            told += notes
            self.top, self.size = MARGIN, (width, body + 2 * MARGIN)
            self._open()
            return
        head = wrap(headline, inner, HEAD_SIZE, bold=True)
        small = [line for note in notes for line in wrap(note, inner, NOTE_SIZE)]
        foot = wrap(f"{FOOTER} The numbers drawn: {csv_name}.", inner, SMALL_SIZE)
        self.top = MARGIN + len(head) * line_height(HEAD_SIZE) + 0.15
        below = 0.12 + len(small) * line_height(NOTE_SIZE) + 0.1
        self.size = (width, self.top + body + below + len(foot) * line_height(SMALL_SIZE) + 0.2)
        self._open()
        self.lines(0, MARGIN - self.top, head, HEAD_SIZE, weight="bold")
        self.lines(0, body + 0.12, small, NOTE_SIZE, color=QUIET)
        bottom = body + below
        self.sheet.add_line(Line2D((0, inner), (bottom - 0.03,) * 2, color=RULE, linewidth=0.8))
        self.lines(0, bottom + 0.03, foot, SMALL_SIZE, color=QUIET)

    def _open(self) -> None:
        """An empty sheet of this size."""
        width, height = self.size
        self.figure = Figure(figsize=self.size, dpi=DPI, facecolor="white")
        FigureCanvasAgg(self.figure)
        self.sheet = self.axes(-MARGIN, -self.top, width, height)
        self.sheet.set(xlim=(-MARGIN, width - MARGIN), ylim=(height - self.top, -self.top))
        self.sheet.set_axis_off()

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """New axes at a place of the body, in inches."""
        page_width, page_height = self.size
        bottom = page_height - self.top - top - height
        return self.figure.add_axes(
            (
                (left + MARGIN) / page_width,
                bottom / page_height,
                width / page_width,
                height / page_height,
            )
        )

    def lines(
        self, left: float, top: float, lines: Sequence[str], size: float = TEXT_SIZE, **style: Any
    ) -> None:
        """Lines of text one below the other; `top` is the upper edge of the first."""
        for row, line in enumerate(lines):
            middle = top + (row + 0.5) * line_height(size)
            self.sheet.text(left, middle, line, fontsize=size, va="center_baseline", **style)

    def key(self, left: float, top: float, signs: Sequence[Sign], width: float) -> None:
        """Draw a key; its height is `key_height(signs, width)`."""
        height = line_height(SMALL_SIZE)
        for row in key_rows(signs, width):
            middle = top + height / 2
            for sign, offset, lines in row:
                x = left + offset
                if sign.patch is not None:
                    corner = (x, middle - 0.055)
                    self.sheet.add_patch(Rectangle(corner, 0.3, 0.11, **sign.patch))
                if sign.line is not None:
                    ends = (x, x + 0.15, x + 0.3)
                    self.sheet.add_line(Line2D(ends, (middle,) * 3, markevery=[1], **sign.line))
                self.lines(x + 0.38, top, lines, SMALL_SIZE)
            top += max(len(entry[2]) for entry in row) * height + 0.06


def picture_bytes(figure: Figure, kind: str, title: str) -> bytes:
    """The figure as 'svg' or 'png', the same bytes every time: no date, fixed ids."""
    if kind == "svg":
        metadata = {"Date": None, "Creator": "Streetlight", "Title": title, "Description": FOOTER}
    else:
        metadata = {"Software": None, "Title": title, "Description": FOOTER}
    buffer = BytesIO()
    figure.savefig(buffer, format=kind, dpi=DPI, metadata=metadata)
    return buffer.getvalue()
