"""`streetlight export RESULTS`: the numbers of a study for a spreadsheet."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from streetlight.experiments.analyse.study import open_study
from streetlight.experiments.analyse.writing import write_table
from streetlight.experiments.commands.writing import cannot_be_written, check_out, check_replaced
from streetlight.experiments.exports import Sheet, sheets
from streetlight.experiments.running.store import check_links
from streetlight.model.errors import InputError, did_you_mean

KINDS = ("csv", "xlsx")
FOLDER, BOOK = "export", "export.xlsx"
#: Rows that a sheet of a workbook can have.
MOST_ROWS = 1_048_576


def export_results(folder: Path, *, to: str | None = None, out: Path | None = None) -> int:
    """Write a folder of CSV files, or a workbook, and say where it is.

    to: csv or xlsx; by default what the ending of `out` says, or csv. InputError when there are no
    results, when it cannot be written, or without the package that writes workbooks.
    """
    kind = kind_of(to, out)
    if kind == "xlsx":
        writer_of_books()  # before the work
        out = out or folder / BOOK
        check_out(out)
    else:
        out = out or folder / FOLDER
        if out.exists() and not out.is_dir():
            raise InputError(f"--out: {out}: is a file; name a folder for the CSV files")
    found = sheets(open_study(folder))
    check_links(folder)
    try:
        if kind == "xlsx":
            check_replaced(out, b"PK\x03\x04", b"", "workbook", "--out")
        for name, sheet in found.items() if kind == "csv" else ():
            header = f"{','.join(sheet.columns)}\n".encode()
            check_replaced(out / f"{name}.csv", header, b"", "table of an export", "--out")
        write_csv(out, found) if kind == "csv" else write_xlsx(out, found)
    except OSError as error:
        raise cannot_be_written(out, error) from None
    print(f"{out}: {', '.join(f'{name} ({len(one.rows):,})' for name, one in found.items())}")
    return 0


def kind_of(to: str | None, out: Path | None) -> str:
    """The kind of file that is asked for."""
    if to is None:
        return "xlsx" if out is not None and out.suffix == ".xlsx" else "csv"
    if to not in KINDS:
        raise InputError(f"--to: {to}: must be csv or xlsx{did_you_mean(to, KINDS)}")
    return to


def write_csv(folder: Path, found: Mapping[str, Sheet]) -> None:
    """A file a table; text that a spreadsheet would run has an apostrophe before it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, sheet in found.items():
        rows = (dict(zip(sheet.columns, row, strict=True)) for row in sheet.rows)
        temporary = folder / f".tmp-{name}.csv"
        try:
            temporary.unlink(missing_ok=True)  # were it a link, it would be written through
            write_table(temporary, sheet.columns, rows)
            os.replace(temporary, folder / f"{name}.csv")
        finally:
            temporary.unlink(missing_ok=True)


def write_xlsx(path: Path, found: Mapping[str, Sheet]) -> None:
    """A sheet a table; text is text there and never a formula."""
    for name, sheet in found.items():
        if len(sheet.rows) >= MOST_ROWS:
            raise InputError(
                f"{path}: {name} has {len(sheet.rows):,} rows, more than a sheet holds; "
                "--to csv writes them"
            )
    temporary = path.with_name(f".tmp-{path.name}")
    try:
        with writer_of_books()(os.fspath(temporary), {"constant_memory": True}) as book:
            bold = book.add_format({"bold": True})
            for name, sheet in found.items():
                page = book.add_worksheet(name)
                page.freeze_panes(1, 0)
                page.autofilter(0, 0, max(len(sheet.rows), 1), len(sheet.columns) - 1)
                for k, column in enumerate(sheet.columns):
                    page.set_column(k, k, width_of(sheet, k))
                    page.write_string(0, k, column, bold)
                for r, row in enumerate(sheet.rows, start=1):
                    for k, value in enumerate(row):
                        write_cell(page, r, k, value)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def width_of(sheet: Sheet, column: int) -> int:
    """Width of a column, by its name and its first texts."""
    texts = [row[column] for row in sheet.rows[:200] if isinstance(row[column], str)]
    return min(60, max(10, len(sheet.columns[column]) + 2, *map(len, texts), 0))


def write_cell(page: Any, row: int, column: int, value: Any) -> None:
    """A number as a number, text as text, nothing where it is undefined."""
    if isinstance(value, str):
        page.write_string(row, column, value)
    elif value is not None and math.isfinite(value):
        page.write_number(row, column, value)


def writer_of_books() -> Any:
    """XlsxWriter's class; InputError without the package."""
    try:
        from xlsxwriter import Workbook
    except ImportError:
        raise InputError(
            '--to: xlsx: needs the extra "excel" (pip install -e ".[excel]"); '
            "--to csv needs nothing more"
        ) from None
    return Workbook
