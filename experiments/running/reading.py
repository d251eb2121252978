"""Reading a results folder: its manifest, its tables, and what to do when they are damaged.

Everyone who reads a folder that is there reads it through these functions, so that a file that was
cut off, overwritten or taken from elsewhere is told in one line, with the command that mends it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from streetlight.experiments.metrics import remember
from streetlight.experiments.schema.types import MOST_RUNS, MOST_YEARS
from streetlight.model.errors import InputError

MANIFEST = "manifest.json"
#: Keys of a shape whose entries all have one form.
ANY = "*"
#: What readers need of a manifest: a type, several of them, or the shape of what is within.
OF_CONFIG = {
    "config": {
        "title": str,
        "baseline": str,
        "policies": {
            ANY: {"budget": (int, float), "mix": dict, "settings": dict, "uses_oracle": bool}
        },
        "futures": {ANY: dict},
        "metrics": {
            ANY: {
                "name": str, "direction": str, "matters": (int, float), "relative_to": str,
            }
        },
        "replications": int,
    }
}  # fmt: skip
OF_FIGURES = {"baseline": str, "policies": [{"name": str}]}
OF_REPLAY = {
    "experiment": str, "code_sha256": str, "cells": {ANY: str},
    "config": {"quick": bool, "region_fingerprint": str},
}  # fmt: skip
OF_REPORT = {
    "title": str, "experiment": str, "counts": {ANY: int}, "times": {ANY: (int, float)},
    "packages": {ANY: str}, "sources": [str], "failures": [dict],
    "config": {
        "parameters": dict, "communities": int, "youth": (int, float), "horizon": int,
        "sampled_futures": [str],
    },
}  # fmt: skip
OF_A_RUN = {"experiment": str, "status": str, "counts": {"runs": int}}
TYPES = {
    str: "text", int: "a whole number", float: "a number", bool: "true or false", dict: "a mapping",
    list: "a list",
}  # fmt: skip


def again(folder: Path) -> str:
    """What makes a results folder whole again."""
    return f"`streetlight run CONFIG --out {folder}` makes it anew and keeps finished runs"


#: What a folder must be, as messages say it.
A_FOLDER = 'the path of a results folder, as "results/tiny"'


def read_manifest(folder: Path, *shapes: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest of a results folder; InputError when there is none, or not of these shapes."""
    path = folder / MANIFEST
    try:
        text = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        found = f"holds no results (no {MANIFEST})" if folder.is_dir() else "no such folder"
        raise InputError(f"{folder}: {found}") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {reason(error)}") from None
    try:
        manifest = json.loads(text)
    except (ValueError, RecursionError):
        what = "is no JSON" if text.strip() else "is empty"
        raise InputError(f"{path}: is damaged ({what}); {again(folder)}") from None
    for shape in ({}, *shapes):
        if problem := misfit(manifest, shape):
            raise InputError(f"{path}: is damaged ({problem}); {again(folder)}")
    found_manifest: dict[str, Any] = manifest
    if OF_CONFIG in shapes:
        config = manifest["config"]
        if problem := too_large(config):
            raise InputError(f"{path}: is damaged ({problem}); {again(folder)}")
        if config["baseline"] not in config["policies"] or not config["metrics"]:
            raise InputError(
                f"{path}: is damaged (config: no metric, or a baseline that is no policy); "
                f"{again(folder)}"
            )
        remember(config["metrics"])
    return found_manifest


def too_large(config: Mapping[str, Any]) -> str:
    """Why no experiment has this configuration's size, in words; tables are made as it says."""
    if config["replications"] < 1:
        return "config.replications: must be 1 or more"
    years = config.get("horizon", 1)
    if not isinstance(years, int) or not 1 <= years <= MOST_YEARS:
        return f"config.horizon: must be 1 to {MOST_YEARS}"
    runs = len(config["policies"]) * len(config["futures"]) * config["replications"]
    return f"config: {runs:,} runs: must be at most {MOST_RUNS:,}" if runs > MOST_RUNS else ""


def misfit(value: Any, shape: Any, where: str = "") -> str:
    """The first thing in a value that has not this shape, in words; "" when all has."""
    kind = type(shape) if isinstance(shape, (dict, list)) else shape
    kinds = kind if isinstance(kind, tuple) else (kind,)
    # a switch is no number, though Python counts it among them
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        return f"{where or 'what it holds'}: must be {TYPES[kinds[-1]]}"
    if isinstance(shape, list):
        parts = ((f"{where}[{i}]", one, shape[0]) for i, one in enumerate(value))
    elif isinstance(shape, dict):
        for key in shape:
            if key != ANY and key not in value:
                return f"{where}{'.' * bool(where)}{key}: is missing"
        parts = (
            (f"{where}{'.' * bool(where)}{key}", one, shape.get(key, shape.get(ANY)))
            for key, one in value.items()
            if key in shape or ANY in shape
        )
    else:
        return ""
    return next(filter(None, (misfit(one, form, place) for place, one, form in parts)), "")


def reason(error: OSError) -> str:
    """Why a file could not be read or written."""
    return (error.strerror or str(error)).lower()


@contextmanager
def readable(path: Path, folder: Path | None = None) -> Iterator[None]:
    """Turn whatever reading a parquet file may raise into an InputError that names it."""
    mend = again(folder or path.parent)
    try:
        yield
    except FileNotFoundError:
        raise InputError(f"{path.parent}: holds no {path.name}; {mend}") from None
    except (IsADirectoryError, PermissionError) as error:
        raise InputError(f"{path}: cannot be read: {reason(error)}") from None
    except (pa.ArrowException, OSError, UnicodeError) as error:
        first = next(iter(str(error).splitlines()), "")
        raise InputError(
            f"{path}: is damaged and cannot be read ({first.rstrip('. ')}); {mend}"
        ) from None


@contextmanager
def opened(
    path: Path,
    texts: Iterable[str] = (),
    numbers: Iterable[str] = (),
    folder: Path | None = None,
) -> Iterator[pq.ParquetFile]:
    """An open parquet file; InputError when it cannot be read, or lacks one of these columns."""
    if path.is_dir():
        raise InputError(f"{path}: is a folder, not a table; {again(folder or path.parent)}")
    with readable(path, folder):
        file = pq.ParquetFile(path)
    with file:
        check_columns(path, file.schema_arrow, texts, numbers)
        yield file


def check_columns(
    path: Path, schema: pa.Schema, texts: Iterable[str], numbers: Iterable[str]
) -> None:
    """InputError unless a table has these columns, of text and of numbers."""
    texts, numbers = list(texts), list(numbers)
    absent = [name for name in (*texts, *numbers) if schema.names.count(name) != 1]
    if absent:
        raise InputError(f"{path}: has no column {', '.join(absent)}; {again(path.parent)}")
    for names, right, what in ((texts, is_text, "text"), (numbers, is_number, "numbers")):
        for name in names:
            kind = schema.field(name).type
            if not right(kind) and not pa.types.is_null(kind):  # null: every row is blank
                raise InputError(f"{path}: {name}: must be {what}; {again(path.parent)}")


def is_text(kind: pa.DataType) -> bool:
    """Whether a column is text, once or by codes."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def is_number(kind: pa.DataType) -> bool:
    """Whether a column holds numbers."""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def read_parquet(
    path: Path,
    texts: Iterable[str] | None = None,
    numbers: Iterable[str] = (),
    folder: Path | None = None,
) -> pa.Table:
    """A table with these columns of text and numbers, by default with all of them.

    folder: the results folder, where the file does not lie in it itself. InputError when it cannot
    be read, has not these columns, or a text is blank.
    """
    numbers = list(numbers)
    wanted = None if texts is None else [*texts, *numbers]
    with opened(path, texts or (), numbers, folder) as file, readable(path, folder):
        table = file.read(columns=wanted, use_threads=False)
    no_blanks(path, table, texts or ())
    return table


def read_in_parts(path: Path, texts: Iterable[str], numbers: Iterable[str]) -> Iterator[pa.Table]:
    """A table a row group at a time, as `read_parquet` reads it whole."""
    texts, numbers = list(texts), list(numbers)
    with opened(path, texts, numbers) as file:
        for group in range(file.num_row_groups):
            with readable(path):
                table = file.read_row_group(group, [*texts, *numbers], use_threads=False)
            no_blanks(path, table, texts)
            yield table


def no_blanks(path: Path, table: pa.Table, texts: Iterable[str]) -> None:
    """InputError when a text is blank."""
    blank = [name for name in texts if table[name].null_count]
    if blank:
        raise InputError(f"{path}: {blank[0]}: has blanks; {again(path.parent)}")


def column_names(path: Path) -> set[str]:
    """Names of the columns of a table; InputError when it cannot be read."""
    with opened(path) as file:
        return set(file.schema_arrow.names)
