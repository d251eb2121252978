"""`streetlight estimate RECORD`: what a record says, what it does not, and what would help."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from streetlight.experiments.analyse import findings
from streetlight.experiments.analyse.estimate_lists import ListsEstimate, estimate_lists
from streetlight.experiments.analyse.estimates import (
    FEWEST_ESTIMATED,
    FEWEST_SHOWN,
    CountsEstimate,
    estimate_counts,
)
from streetlight.experiments.analyse.findings import Findings, Grid
from streetlight.experiments.analyse.open_futures import futures_text
from streetlight.experiments.analyse.writing import write_table
from streetlight.experiments.commands.record_files import EXPERIMENTS, given_files
from streetlight.experiments.config.list_file import is_list_file, read_lists
from streetlight.experiments.report.estimate import write_estimate
from streetlight.model.advice import share_advice
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError
from streetlight.model.inference.hidden_risk import HIDDEN_CV
from streetlight.model.inference.identified import NotIdentifiedError
from streetlight.model.names import CLASSES

#: Where futures are written that bracket what counts leave open.
FUTURES = "futures.yaml"
PLACE_COLUMNS = ("place", "place_class", "years", "cases", "relative", "low", "high")
LIST_COLUMNS = ("method", "estimate", "low", "high")
#: Decimals of intervals by place: more would let a small count be worked out.
DECIMALS = 1


def estimate_record(
    record: Path,
    *,
    region: str | None = None,
    columns: Iterable[str] | None = None,
    hidden_cv: float = HIDDEN_CV,
    share: float | None = None,
    out: Path | None = None,
    as_json: bool = False,
) -> int:
    """Print what a record says, and write estimate.csv and estimate.html into a folder.

    Of counts by place also futures.yaml, futures that bracket what they leave open.

    InputError listing every problem of the files, or with the reason why nothing can be estimated;
    nothing is written then.
    """
    check_stated(hidden_cv, share)
    folder = Path("results") / f"{record.stem}-estimate" if out is None else out
    if folder.exists() and not folder.is_dir():
        raise InputError(f"--out: {folder}: is a file; name a folder")
    try:
        found, columns_of_rows, rows, futures = findings_of(
            record, region, columns, hidden_cv, share
        )
    except NotIdentifiedError as error:
        raise InputError(f"{record}: nothing can be estimated: {error}") from None
    folder.mkdir(parents=True, exist_ok=True)
    write_table(folder / "estimate.csv", columns_of_rows, rows)
    page = write_estimate(found, folder / "estimate.html")
    said = f"{page}; the rows are in estimate.csv"
    if futures:
        (folder / FUTURES).write_text(futures, encoding="utf-8", newline="\n")
        said += f", futures that bracket what is left open in {FUTURES}"
    if as_json:
        print(json.dumps({**asdict(found), "rows": rows}, indent=2))
    else:
        print("\n".join([*as_text(found), "", said]))
    return 0


def check_stated(hidden_cv: float, share: float | None) -> None:
    """InputError for a stated variation of hidden risk, or share recorded, that cannot be."""
    if not 0.0 < hidden_cv <= 2.0:
        raise InputError(f"--hidden: {hidden_cv:g}: must be above 0 and at most 2")
    if share is not None and not 0.0 < share < 1.0:
        raise InputError(f"--share: {share:g}: must lie between 0 and 1{share_advice(share)}")


def findings_of(
    record: Path,
    region: str | None,
    columns: Iterable[str] | None,
    hidden_cv: float,
    share: float | None,
) -> tuple[Findings, tuple[str, ...], list[dict[str, Any]], str]:
    """What is said of a file, columns and rows of estimate.csv, and futures.yaml ("": none)."""
    if record.suffix not in EXPERIMENTS and is_list_file(record):
        if region is not None or columns:
            raise InputError(f"{record}: holds persons by lists: --region and --columns are for "
                             "counts by place")  # fmt: skip
        own = read_lists(record)
        lists = estimate_lists(own)
        if isinstance(lists, ListsEstimate):
            return findings.of_lists(lists, own.notes), LIST_COLUMNS, rows_of_lists(lists), ""
        found = findings.of_contacts(lists, own.notes)
        rows = [
            {"method": name, "estimate": value, "low": float(lists.intervals[name].low),
             "high": float(lists.intervals[name].high)}
            for name, value in lists.estimates.items()
        ]  # fmt: skip
        return found, LIST_COLUMNS, rows, ""
    counts, places, parameters, _ = given_files(record, region, columns)
    one = estimate_counts(counts.counts, places, hidden_cv, share)
    said = findings.of_counts(one, places, counts.notes)
    futures = futures_text(record.name, parameters, hidden_cv, places.place_class)
    return said, PLACE_COLUMNS, rows_of_places(one, places), futures


def rows_of_places(one: CountsEstimate, region: Region) -> list[dict[str, Any]]:
    """A row a place with counts, in the order of ids: no rank, and no count under ten."""
    low, high = one.relative.interval()
    rows = []
    for c in np.flatnonzero(one.table.exposure > 0.0):
        cases = float(one.table.counts[c])
        told = cases >= FEWEST_ESTIMATED
        rows.append({
            "place": region.ids[c], "place_class": CLASSES[region.place_class[c]],
            "years": float(one.table.years[c]), "cases": cases if cases >= FEWEST_SHOWN else None,
            "relative": round(float(one.relative.rate[c]), DECIMALS) if told else None,
            "low": round(float(low[c]), DECIMALS), "high": round(float(high[c]), DECIMALS),
        })  # fmt: skip
    return rows


def rows_of_lists(one: ListsEstimate) -> list[dict[str, Any]]:
    """A row a method."""
    c = one.chosen
    told = (
        ("stepwise", c.estimate, c.interval), ("choice repeated", c.estimate, c.bootstrap),
        ("model given", c.estimate, c.given_model),
        ("averaged", c.averaged.estimate, c.averaged.interval),
    )  # fmt: skip
    rows = [
        {"method": name, "estimate": value, "low": float(ends.low), "high": float(ends.high)}
        for name, value, ends in told
    ]
    return [*rows, {"method": "Chao's lower bound", "estimate": c.chao, "low": None, "high": None}]


def as_text(found: Findings) -> list[str]:
    """Findings as lines of a terminal."""
    lines = [*found.notes, "", found.title]
    for head, said in (("What can be said", found.can), ("What cannot, and why", found.cannot)):
        lines += ["", head, *(f"- {text}" for text in said)]
    for grid in found.grids:
        lines += ["", grid.caption, *grid_lines(grid)]
    return lines


def grid_lines(grid: Grid) -> list[str]:
    """A table in columns: the first to the left, the others to the right."""
    rows = [grid.heads, *grid.rows]
    widths = [max(len(row[k]) for row in rows) for k in range(len(grid.heads))]
    return [
        "  ".join(c.ljust(w) if not k else c.rjust(w) for k, (c, w) in
                  enumerate(zip(row, widths, strict=True))).rstrip()
        for row in rows
    ]  # fmt: skip
