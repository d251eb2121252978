"""Put the page together: `write_report("results/first_look")` writes report.html.

A section is a module with `section(study)`, which gives the strings and positions that its partial
in html/ shows, or nothing where the study has nothing to say about it.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from streetlight.experiments.analyse.fingerprint import in_meta, sealed
from streetlight.experiments.analyse.study import Study, open_study
from streetlight.experiments.currency import speaking
from streetlight.experiments.figures import as_svg, guarded, put, wanted
from streetlight.experiments.figures.parts import Absent, Figure
from streetlight.experiments.words import catalogue, one_line, say
from streetlight.model.calling import explained

HERE = Path(__file__).parent
FILE = "report.html"
Section = Callable[..., Mapping[str, Any]]
#: The sections in their order on the page: modules of this package, and partials of html/.
NAMES = (
    "first", "compared", "people", "seeing", "hangs", "lost", "places", "record", "years", "sure",
    "analysts",
)  # fmt: skip
SECTIONS: dict[str, Section] = {
    name: import_module(f"{__package__}.{name}").section for name in NAMES
}


@explained("write_report")
def write_report(
    folder: str | os.PathLike[str], out: str | os.PathLike[str] | None = None, *,
    figures: bool = False, on_failure: Callable[[Absent], Any] = lambda figure: None,
) -> Path:  # fmt: skip
    """Write the report of a results folder, one HTML file, and return its path.

    out: by default report.html in the folder; figures: whether the folded part has those drawn by
    matplotlib too, which takes some seconds; on_failure: told of every one that raised an error.
    InputError when there are no results, or a file of them is damaged.

    >>> sl.write_report("results/tiny")
    PosixPath('results/tiny/report.html')
    """
    study = open_study(folder)
    return write_page(study, out, figures=wanted(study) if figures else (), on_failure=on_failure)


def write_page(
    study: Study, out: str | os.PathLike[str] | None = None, *,
    figures: Sequence[Figure | Absent] = (),
    on_failure: Callable[[Absent], Any] = lambda figure: None,
) -> Path:  # fmt: skip
    """The same for a study that is open; figures: those to fold in, made by `figures.wanted`."""
    folded = list(pictures(figures, on_failure))
    sections = {**SECTIONS, "analysts": lambda one: SECTIONS["analysts"](one, folded)}
    return save(Path(out) if out else study.folder / FILE, page(study, sections))


def pictures(
    figures: Sequence[Figure | Absent], on_failure: Callable[[Absent], Any]
) -> Iterator[tuple[str, str, str]]:
    """Title, finding with caption, and picture of every figure that can be drawn."""
    for figure in figures:
        told: Any = figure
        if isinstance(figure, Figure):
            told = guarded(figure.name, as_svg, figure)
            if isinstance(told, str):
                yield figure.question, f"{figure.headline} {figure.caption}", told
                continue
        if told.traceback:
            on_failure(told)


def save(path: Path, html: str) -> Path:
    """Write a page, whole or not at all, with its own hash in its fingerprint."""
    return put(path, sealed(html).encode("utf-8", "backslashreplace"))


def page(study: Study, sections: Mapping[str, Section] = SECTIONS) -> str:
    """The page as text."""
    with speaking(study.config):
        found = {name: shown for name, section in sections.items() if (shown := section(study))}
        made = say("frame.made", runs=f"{study.comparison.n_runs:,}")
        return framed(study, "page.html", read("chooser.js"), sections=found, made=made)


def framed(study: Study, template: str, script: str = "", **values: Any) -> str:
    """A page of html/ with style, script, content policy and fingerprint in it.

    values: what the template shows, and title or mark where they are not those of the study.
    """
    style, known = read("page.css"), study.manifest.get("fingerprint")
    frame = {
        "title": one_line(study.manifest["title"]), "style": style, "script": script,
        "policy": policy(style, script), "mark": in_meta(known) if known else "",
        "fingerprint": say("frame.fingerprint", short=known["short"]) if known else "",
    }  # fmt: skip
    html: str = templates().get_template(template).render(frame | values)
    return html


@functools.cache  # which keeps the partials compiled for the next page
def templates() -> Any:
    """The partials; a name that one uses and does not get is an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(HERE / "html")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.globals["say"] = say
    environment.globals["text"] = catalogue()
    return environment


def read(name: str) -> str:
    """A file of this package."""
    return (HERE / name).read_text(encoding="utf-8").strip()


def policy(style: str, script: str) -> str:
    """The content policy: nothing from a network, and only this style and this script."""
    own = f"style-src {digest(style)}; style-src-attr 'unsafe-inline'; script-src {digest(script)}"
    return f"default-src 'none'; img-src data:; {own}"


def digest(text: str) -> str:
    """A text's hash as a content policy writes it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
