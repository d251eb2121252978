"""The sheet that a figure is drawn on: question, finding, panels and caption, and its bytes.

The room for the texts follows from their number of lines; everything else is left to matplotlib's
constrained layout. Nothing here touches pyplot or keeps a changed setting.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from html import escape
from importlib.resources import as_file, files
from io import BytesIO
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Drawing
from matplotlib.font_manager import fontManager

from streetlight.experiments.figures.forms import FORMS, fold, height_of
from streetlight.experiments.figures.parts import Figure, say
from streetlight.experiments.looks import QUIET

WIDTH, SLIDE = 10.0, 5.625  # inches: 1600 pixels wide, and a slide 900 high
TITLE, HEAD, SUB, NOTE = 17.0, 14.0, 10.5, 8.5  # sizes of text in points
BOLD = 1.18  # how much wider bold letters are
LINE = 1.35 / 72  # inches of a line, a point of its size
#: On a page: DejaVu's letters are as wide as Verdana's.
PAGE_FONTS = "DejaVu Sans, Verdana, system-ui, sans-serif"
FONT = r"font-size: \2; font-family: "

#: Texts one below the other, with how each is written.
Texts = Sequence[tuple[str, dict[str, Any]]]


@cache
def settings() -> dict[str, Any]:
    """Matplotlib's defaults with ours; fonts that are not there are not named."""
    path = files("streetlight.experiments.figures").joinpath("streetlight.mplstyle")
    with as_file(path) as file:
        # Any: the names of settings differ between versions of matplotlib
        found: Any = matplotlib.rc_params_from_file(file)
    there = {font.name for font in fontManager.ttflist}
    fonts = [name for name in found["font.family"] if name in there]
    return {k: v for k, v in found.items() if "backend" not in k} | {"font.family": fonts}


@contextmanager
def plain(fonttype: str = "path") -> Iterator[None]:
    """Our settings for a while; a letter that no font has is an empty box and no warning."""
    chosen: Any = settings() | {"svg.fonttype": fonttype}
    with matplotlib.rc_context(chosen), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph", UserWarning)
        warnings.filterwarnings("ignore", "constrained_layout not applied", UserWarning)
        yield


def footer() -> str:
    """What stands under every picture."""
    return say("shared", "footer")


def letters(size: float) -> int:
    """How many letters of this size fit into a line."""
    return int((WIDTH - 0.4) * 72 / size / 0.53)


def write_texts(part: Any, texts: Texts, height: float) -> None:
    """Texts one below the other in a part of the figure that is so high."""
    top = height - 0.1
    for text, style in texts:
        part.text(0.02, top / height, text, ha="left", va="top", linespacing=1.25, **style)
        top -= (text.count("\n") + 1) * style["fontsize"] * LINE + 0.05


def tall(texts: Texts) -> float:
    """Inches that the texts need."""
    lines: float = sum((text.count("\n") + 1) * style["fontsize"] for text, style in texts)
    return lines * LINE + 0.05 * len(texts) + 0.15


def draw(figure: Figure) -> Drawing:
    """The figure with its question, finding and caption."""
    head: Texts = [
        (fold(figure.question, letters(HEAD * BOLD)), {"fontsize": HEAD, "weight": "bold"}),
        (fold(figure.headline, letters(SUB)), {"fontsize": SUB}),
    ]
    foot: Texts = [
        (fold(text, letters(NOTE)), {"fontsize": NOTE, "color": QUIET})
        for text in (figure.caption, f"{footer()} {say('shared', 'drawn', file=figure.name)}")
    ]
    with plain():
        return drawing(figure, head, foot)


def drawing(figure: Figure, head: Texts, foot: Texts, total: float = 0.0) -> Drawing:
    """The panels between texts above and below; total: height of all, else as the panels need."""
    heights = [tall(head) if head else 0.01, 0.0, tall(foot) if foot else 0.01]
    heights[1] = total - sum(heights) if total else height_of(figure)
    sheet = Drawing(figsize=(WIDTH, sum(heights)), layout="constrained")
    FigureCanvasAgg(sheet)
    parts: Any = sheet.subfigures(3, 1, height_ratios=heights)
    write_texts(parts[0], head, heights[0])
    form = FORMS[figure.form] if isinstance(figure.form, str) else figure.form
    form(parts[1], figure)
    write_texts(parts[2], foot, heights[2])
    settle(sheet)
    return sheet


def settle(sheet: Drawing) -> None:
    """Lay the sheet out for good: the solver's last bits depend on where things lie in memory."""
    sheet.draw_without_rendering()
    sheet.set_layout_engine("none")
    parts: Any = sheet.subfigs
    for part in parts:
        part._redo_transform_rel_fig()  # where the ratios of heights have it, to the last bit
    for axes in sheet.findobj(Axes):
        x, y, wide, high = axes.get_position(original=True).bounds
        axes.set_position((round(x, 6), round(y, 6), round(wide, 6), round(high, 6)))


def image(sheet: Drawing, kind: str, title: str) -> bytes:
    """The drawing as `svg` or `png`, the same bytes every time: no date, fixed ids."""
    metadata: dict[str, Any] = {"Title": title, "Description": footer()}
    metadata |= {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
    buffer = BytesIO()
    with plain():
        sheet.savefig(buffer, format=kind, metadata=metadata)
    found = buffer.getvalue()
    return numbered(found.decode(), "").encode() if kind == "svg" else found


def numbered(text: str, name: str) -> str:
    """The SVG with its ids counted: matplotlib's depend on the last bits of where things are."""
    names = list(dict.fromkeys(re.findall(r'\bid="([^"]*)"', text)))
    place = {one: f"{name}-{number}" for number, one in enumerate(names)}
    text = re.sub(r'\bid="([^"]*)"', lambda found: f'id="{place[found[1]]}"', text)
    return re.sub(r'(url\(|href=")#([^)"]*)', lambda found: f"{found[1]}#{place[found[2]]}", text)


def as_svg(figure: Figure) -> str:
    """The panels alone, for a page that says question, finding and caption itself.

    Its ids are its own and it has no style that a content policy could forbid; words stay words.
    """
    buffer = BytesIO()
    with plain("none"):
        drawing(figure, [], []).savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue().decode()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", text, flags=re.DOTALL)
    text = numbered(text, figure.name)
    text = re.sub(r' style="([^"]*)"', lambda found: attributes(found[1]), text)
    start = f'<svg role="img" aria-label="{escape(figure.headline)}" stroke-linejoin="round"'
    return re.sub(r'<svg(.*?) height="[^"]*"(.*?) width="[^"]*"', rf"{start}\1\2", text, count=1)


def attributes(style: str) -> str:
    """A style as attributes of the element."""
    style = re.sub(r"font: (?:(bold|\d+) )?([\d.]+px) [^;]*", rf"font-weight: \1; {FONT}", style)
    style = re.sub(r"font-family: [^;]*", f"font-family: {PAGE_FONTS}", style)
    found = (part.partition(": ") for part in style.split(";"))
    return "".join(f' {name.strip()}="{value}"' for name, _, value in found if value)


def slide(figure: Figure) -> bytes:
    """The figure as a PNG of 1600 x 900 pixels, its finding (or question) in at most two lines."""
    room = letters(TITLE * BOLD)
    choices = [fold(text, room) for text in (figure.headline, figure.question)]
    title = next((text for text in choices if text.count("\n") < 2), choices[-1])
    head: Texts = [("\n".join(title.split("\n")[:2]), {"fontsize": TITLE, "weight": "bold"})]
    with plain():
        sheet = drawing(figure, head, [(footer(), {"fontsize": NOTE, "color": QUIET})], SLIDE)
    return image(sheet, "png", figure.headline)
