"""Figures of a study: what was found, in numbers and in a picture, made from its rows.

`wanted(study)` names what can be shown and what cannot, and why; `write` makes files of it. A new
figure is a module with a function `make(Study) -> Figure | Absent`, and its name in `FIGURES`.
Matplotlib is imported only when something is drawn.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from streetlight.experiments.analyse.study import Study
from streetlight.experiments.currency import speaking
from streetlight.experiments.figures.parts import Absent, Figure, csv_text
from streetlight.model.errors import InputError, visible

#: By name the module and function that makes each, in the order of a report.
MAKERS = {
    "policies_compared": "plans.policies_compared", "cascade": "cohort.cascade",
    "left_behind": "groups.left_behind", "errors_borne": "groups.errors_borne",
    "money_and_reports": "by_year.money_and_reports", "another_dollar": "against.another_dollar",
    "swept": "against.swept", "regret": "plans.regret", "iceberg": "cohort.iceberg",
    "streetlight_effect": "streetlight_effect.make", "years": "by_year.years",
    "event_study": "event_study.make", "patterns": "patterns.make",
    "sensitivity": "drivers.sensitivity", "discover": "drivers.discover",
    "attribution": "drivers.attribution", "maps": "maps.make",
}  # fmt: skip
FIGURES = tuple(MAKERS)
#: Those that are made into slides.
SLIDES = (
    "policies_compared", "cascade", "left_behind", "errors_borne", "another_dollar", "swept",
    "iceberg", "streetlight_effect", "years",
)  # fmt: skip


def wanted(study: Study, which: Iterable[str] = FIGURES) -> list[Figure | Absent]:
    """What each figure makes of a study, in the order of `FIGURES`.

    One that raises is absent and takes no other along; InputError where the folder is at fault.
    """
    names = set(which)
    return [made(study, name) for name in FIGURES if name in names]


def made(study: Study, name: str) -> Figure | Absent:
    """One figure, or why there is none."""
    module, _, function = MAKERS[name].partition(".")
    make = getattr(import_module(f"{__name__}.{module}"), function)
    with speaking(study.config):
        found: Figure | Absent = guarded(name, make, study)
    return found


def guarded(name: str, act: Callable[..., Any], *given: Any) -> Any:
    """What a figure's function gives, or that the figure failed: the others are drawn."""
    try:
        return act(*given)
    except (OSError, InputError):
        raise
    except Exception as error:
        trace = "".join(traceback.format_exception(error))
        return Absent(name, visible(f"{type(error).__name__}: {error}"), trace)


def as_svg(figure: Figure) -> str:
    """The panels alone as SVG for a page, with ids of their own; the words are the page's."""
    from streetlight.experiments.figures import sheet

    return sheet.as_svg(figure)


def write(
    found: Sequence[Figure | Absent], folder: Path,
    on_failure: Callable[[Absent], None] = lambda absent: None,
    say: Callable[[str], None] = lambda words: None,
) -> list[Path]:  # fmt: skip
    """Write `<name>.svg`, `.png` and `.csv` of each figure found; the same bytes every time.

    found: what `wanted` gave; on_failure: told of every figure that raised an error; say: told how
    far it is.
    """
    paths: list[Path] = []
    for place, one in enumerate(found, 1):
        say(f"figure {place} of {len(found)}")
        done = guarded(one.name, files, one, folder) if isinstance(one, Figure) else one
        if isinstance(done, list):
            paths += done
        elif done.traceback:
            on_failure(done)
    return paths


def files(figure: Figure, folder: Path) -> list[Path]:
    """Write one figure as SVG, PNG and CSV."""
    from streetlight.experiments.figures import sheet

    drawing = sheet.draw(figure)
    contents = {end: sheet.image(drawing, end, figure.headline) for end in ("svg", "png")}
    contents["csv"] = csv_text(figure.rows).encode()
    return [put(folder / f"{figure.name}.{end}", data) for end, data in contents.items()]


def slides(found: Iterable[Figure | Absent], folder: Path) -> list[Path]:
    """Write a picture of 1600 x 900 pixels of each figure found that a talk may need."""
    from streetlight.experiments.figures import sheet

    told = [one for one in found if isinstance(one, Figure) and one.name in SLIDES]
    drawn = [(one.name, guarded(one.name, sheet.slide, one)) for one in told]
    return [put(folder / f"{name}.png", one) for name, one in drawn if isinstance(one, bytes)]


def write_all(
    found: Sequence[Figure | Absent], folder: Path, on_failure: Callable[[Absent], None],
    say: Callable[[str], None],
) -> list[Path]:  # fmt: skip
    """Write every figure into figures/ of a results folder, and the slides into slides/."""
    return write(found, folder / "figures", on_failure, say) + slides(found, folder / "slides")


def put(path: Path, data: bytes) -> Path:
    """Write a file at once or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.unlink(missing_ok=True)  # were it a link, it would be written through
    try:
        unfinished.write_bytes(data)
        return unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
