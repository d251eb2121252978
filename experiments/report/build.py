"""Write report.html: `write_report(Path("results/first_look"))`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from streetlight.experiments.analyse.whole import Comparison, compare
from streetlight.experiments.figures import made
from streetlight.experiments.figures.picture import Absent, Picture
from streetlight.experiments.metrics import METRICS
from streetlight.experiments.report.answer import answer
from streetlight.experiments.report.appendix import GLOSSARY, LIMITS, grades, provenance, register
from streetlight.experiments.report.banners import banners
from streetlight.experiments.report.drivers import driver_pictures
from streetlight.experiments.report.futures import futures_of
from streetlight.experiments.report.robust import attitudes, precisions
from streetlight.experiments.report.sections import Missing, Section, sections
from streetlight.experiments.report.table import table
from streetlight.experiments.running.reading import OF_CONFIG, OF_REPORT, read_manifest

HERE = Path(__file__).parent
FILE = "report.html"


def write_report(
    folder: str | os.PathLike[str],
    out: str | os.PathLike[str] | None = None,
    figures: Iterable[Picture | Absent] | None = None,
    on_failure: Callable[[Absent], Any] = lambda figure: None,
) -> Path:
    """Write the report of a results folder, one HTML file, and return its path.

    out: by default report.html in the folder.
    figures: what `experiments.figures.made` gave for this folder, if it was asked already;
    on_failure: told of every figure that raised an error; the report lists it as missing.
    InputError when there are no results, or a file of them is damaged.

    >>> sl.write_report("results/tiny", figures=[])
    PosixPath('results/tiny/report.html')
    """
    folder = Path(folder)
    html = report(folder, figures, on_failure)
    path = Path(out) if out else folder / FILE
    unfinished = path.with_name(f".{path.name}.part")
    try:
        unfinished.write_text(html, encoding="utf-8", errors="backslashreplace", newline="\n")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def report(
    folder: Path,
    figures: Iterable[Picture | Absent] | None = None,
    on_failure: Callable[[Absent], Any] = lambda figure: None,
) -> str:
    """The page."""
    manifest = read_manifest(folder, OF_CONFIG, OF_REPORT)
    comparison = compare(folder, manifest["config"])
    every = list(made(folder) if figures is None else figures)
    every += driver_pictures(folder, manifest["config"])
    shown, missing = sections(every, on_failure)
    return rendered(content(folder, manifest, comparison, shown, missing))


def content(
    folder: Path,
    manifest: dict[str, Any],
    comparison: Comparison,
    shown: Sequence[Section],
    missing: Sequence[Missing],
) -> dict[str, Any]:
    """Everything the page shows, by the names it uses."""
    config = manifest["config"]
    return {
        "title": one_line(manifest["title"]),
        "question": one_line(manifest.get("question") or ""),
        "answer": answer(comparison),
        "banners": banners(manifest, comparison, manifest.get("precision") or {}),
        "table": table(comparison),
        "primary": METRICS[comparison.primary].title,
        "in_points": any(METRICS[name].unit == "share" for name in comparison.metrics),
        "primary_in_points": METRICS[comparison.primary].unit == "share",
        "attitudes": attitudes(comparison),
        "precisions": precisions(folder),
        "size": {
            "plans": len(comparison.policies()),
            "futures": len(config["futures"]),
            "communities": config["communities"],
            "years": config["horizon"],
            "runs": comparison.n_runs,
        },
        "sections": shown,
        "missing": missing,
        "futures": futures_of(config),
        "register": register(config),
        "grades": grades(),
        "provenance": provenance(manifest),
        "glossary": GLOSSARY,
        "limits": LIMITS,
    }


def one_line(text: str) -> str:
    """The text without line breaks and characters that no page can show."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def rendered(values: dict[str, Any]) -> str:
    """The page with these values in it; a name it uses and does not get is an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    style = (HERE / "style.css").read_text(encoding="utf-8")
    return environment.get_template("page.html").render(values, style=style)
