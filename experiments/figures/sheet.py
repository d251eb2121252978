"""The sheet that a figure is drawn on: question, finding, panels and caption, and its bytes.

The room for the texts follows from their number of lines; everything else is left to matplotlib's
constrained layout. Nothing here touches pyplot or keeps a changed setting.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Drawing
from matplotlib.font_manager import fontManager

from streetlight.experiments.figures.forms import FORMS, height_of
from streetlight.experiments.figures.parts import Figure
from streetlight.experiments.looks import INK, QUIET, RULE

FOOTER = "Simulated under stated assumptions; no estimate for any real place."
WIDTH, DPI = 10.0, 160
SLIDE = (10.0, 5.625)  # inches, 1600 x 900 pixels
HEAD, SUB, NOTE = 14.0, 10.5, 8.5  # sizes of text in points
LINE = 1.35 / 72  # inches of a line, a point of its size
#: Looked for on the machine, for names in scripts that the first does not have.
FONTS = (
    "DejaVu Sans", "Noto Sans", "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans Arabic",
    "Noto Sans Hebrew", "Noto Sans Devanagari", "Noto Sans Thai", "WenQuanYi Micro Hei",
    "Microsoft YaHei", "PingFang SC", "Hiragino Sans", "Malgun Gothic", "Arial Unicode MS",
)  # fmt: skip
#: On a page: DejaVu's letters are as wide as Verdana's.
PAGE_FONTS = "DejaVu Sans, Verdana, system-ui, sans-serif"


#: Texts one below the other, with how each is written.
Texts = Sequence[tuple[str, dict[str, Any]]]


@cache
def settings() -> dict[str, Any]:
    """Matplotlib's defaults with ours; fonts that are not there are not named."""
    there = {font.name for font in fontManager.ttflist}
    # Any: the names of settings differ between versions of matplotlib
    defaults: Any = matplotlib.rcParamsDefault
    kept = {k: v for k, v in defaults.items() if not k.startswith(("backend", "keymap", "webagg"))}
    return kept | {
        "font.family": [name for name in FONTS if name in there],
        "font.size": 9.0, "axes.titlesize": 9.5, "axes.titleweight": "bold",
        "axes.titlelocation": "left", "axes.labelsize": 8.5, "xtick.labelsize": 8.0,
        "ytick.labelsize": 8.5, "legend.fontsize": 8.5, "legend.frameon": False,
        "text.color": INK, "axes.labelcolor": QUIET, "axes.edgecolor": QUIET,
        "xtick.color": QUIET, "ytick.color": QUIET, "xtick.labelcolor": INK,
        "ytick.labelcolor": INK, "axes.spines.top": False, "axes.spines.right": False,
        "axes.linewidth": 0.8, "axes.axisbelow": True, "grid.color": RULE, "grid.linewidth": 0.7,
        "text.parse_math": False, "hatch.linewidth": 0.5, "svg.hashsalt": "streetlight",
    }  # fmt: skip


@contextmanager
def plain(fonttype: str = "path") -> Iterator[None]:
    """Our settings for a while; a letter that no font has is an empty box and no warning."""
    chosen: Any = settings() | {"svg.fonttype": fonttype}
    with matplotlib.rc_context(chosen), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph", UserWarning)
        warnings.filterwarnings("ignore", "constrained_layout not applied", UserWarning)
        yield


def fold(text: str, width: int) -> str:
    """The text in lines of so many letters; those of wide scripts count twice."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    room = max(4, round(width * len(text) / max(1, len(text) + wide)))
    return "\n".join(textwrap.wrap(text, room, break_on_hyphens=False))


def letters(size: float, inches: float = WIDTH - 0.4) -> int:
    """How many letters of this size fit into so many inches."""
    return int(inches * 72 / size / 0.53)


def put(part: Any, texts: Texts, height: float) -> None:
    """Texts one below the other in a part of the figure that is so high."""
    top = height - 0.1
    for text, style in texts:
        part.text(0.02, top / height, text, ha="left", va="top", linespacing=1.25, **style)
        top -= (text.count("\n") + 1) * style["fontsize"] * LINE + 0.05


def tall(texts: Texts) -> float:
    """Inches that the texts need."""
    lines: float = sum(
        (text.count("\n") + 1) * style["fontsize"] * LINE + 0.05 for text, style in texts
    )
    return lines + 0.15


def draw(figure: Figure) -> Drawing:
    """The figure with its question, finding and caption."""
    head: Texts = [
        (fold(figure.question, letters(HEAD)), {"fontsize": HEAD, "weight": "bold"}),
        (fold(figure.headline, letters(SUB)), {"fontsize": SUB}),
    ]
    foot: Texts = [
        (fold(text, letters(NOTE)), {"fontsize": NOTE, "color": QUIET})
        for text in (figure.caption, f"{FOOTER} Numbers drawn: {figure.name}.csv.")
    ]
    with plain():
        return drawing(figure, head, foot)


def drawing(
    figure: Figure,
    head: Texts,
    foot: Texts,
    size: tuple[float, float] | None = None,
) -> Drawing:
    """The panels between texts above and below; size: of the whole, else as the panels need it."""
    heights = [tall(head) if head else 0.01, 0.0, tall(foot) if foot else 0.01]
    heights[1] = size[1] - sum(heights) if size else height_of(figure)
    sheet = Drawing(
        figsize=(size or (WIDTH, 0))[:1] + (sum(heights),), dpi=DPI, facecolor="white",
        layout="constrained",
    )  # fmt: skip
    FigureCanvasAgg(sheet)
    parts: Any = sheet.subfigures(3, 1, height_ratios=heights)
    put(parts[0], head, heights[0])
    form = FORMS[figure.form] if isinstance(figure.form, str) else figure.form
    form(parts[1], figure)
    put(parts[2], foot, heights[2])
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
    metadata: dict[str, Any] = {"Title": title, "Description": FOOTER}
    metadata |= {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
    buffer = BytesIO()
    with plain():
        sheet.savefig(buffer, format=kind, dpi=DPI, metadata=metadata)
    if kind == "svg":
        return numbered(buffer.getvalue().decode(), "").encode()
    return buffer.getvalue()


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
    label = figure.headline.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    start = f'<svg role="img" aria-label="{label}" stroke-linejoin="round"'
    return re.sub(r'<svg(.*?) height="[^"]*"(.*?) width="[^"]*"', rf"{start}\1\2", text, count=1)


def attributes(style: str) -> str:
    """A style as attributes of the element."""
    found = []
    for part in style.split("; "):
        name, _, value = part.partition(": ")
        if name == "font":
            size = re.search(r"[\d.]+px", value)
            weight = re.match(r"bold|\d+(?= )", value)
            found += [("font-size", size[0] if size else "10px"), ("font-family", PAGE_FONTS)]
            found += [("font-weight", weight[0])] if weight else []
        elif name == "font-family":
            found.append((name, PAGE_FONTS))
        elif name:
            found.append((name, value.rstrip(";")))
    return "".join(f' {name}="{value}"' for name, value in found)


def slide(figure: Figure) -> bytes:
    """The figure as a PNG of 1600 x 900 pixels, its finding (or question) in at most two lines."""
    size = 17.0
    room = letters(size, SLIDE[0] - 0.4)
    choices = [fold(text, room) for text in (figure.headline, figure.question)]
    title = next((text for text in choices if text.count("\n") < 2), choices[-1])
    head: Texts = [("\n".join(title.split("\n")[:2]), {"fontsize": size, "weight": "bold"})]
    with plain():
        sheet = drawing(figure, head, [(FOOTER, {"fontsize": NOTE, "color": QUIET})], SLIDE)
    return image(sheet, "png", figure.headline)
