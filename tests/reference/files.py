"""The files of reference runs: made from runs, written, read, compared."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from streetlight.model.outcomes import summarise

from .columns import SMALLEST, TOLERANCE, agree, kept_of, rounded
from .names import first_name
from .tables import tables_of
from .worlds import GOLDEN

FOLDER = Path(__file__).parent

#: What a person reads first in a file.
READABLE = ("true_onsets", "person_years", "reports", "identified", "spending")

#: Content of a file: readable: by run; metrics: by name, a value a run; columns: by "table.column",
#: what `columns.kept_of` keeps of each run; runs: their names, in the order of these lists.
Content = dict[str, Any]


def content_of(golden: str) -> Content:
    """Make the runs of a golden world and keep what they are compared by."""
    readable, metrics, columns = {}, [], []
    for name, history, baseline in GOLDEN[golden]():
        summary = summarise(history, baseline)
        readable[name] = {key: rounded(summary.metrics[key]) for key in READABLE}
        metrics.append(
            {first_name("metrics", key): number(v) for key, v in summary.metrics.items()}
        )
        columns.append(
            {
                f"{table}.{column}": kept_of(values)
                for table, held in tables_of(history, summary).items()
                for column, values in held.items()
            }
        )
    return {
        "runs": list(readable), "readable": readable,
        "metrics": by_name(metrics), "columns": by_name(columns),
    }  # fmt: skip


def number(value: float) -> float | None:
    """A metric as it is kept: None where it is undefined."""
    return None if math.isnan(value) else rounded(value)


def by_name(runs: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """From values by name for every run to values of all runs by name."""
    return {name: [run.get(name) for run in runs] for name in sorted({n for r in runs for n in r})}


def path_of(golden: str) -> Path:
    """Where a golden world is kept."""
    return FOLDER / f"{golden}.json"


def read(golden: str) -> Content:
    """What is kept of a golden world; nothing where there is no file yet."""
    if not path_of(golden).exists():
        return {"runs": [], "readable": {}, "metrics": {}, "columns": {}}
    return dict(json.loads(path_of(golden).read_text(encoding="utf-8")))


def write(golden: str, content: Content) -> None:
    """Write a golden world, one line a run, metric or column, so that a difference is readable."""
    parts = [f'"runs": {json.dumps(content["runs"])}']
    for part in ("readable", "metrics", "columns"):
        lines = [
            f"{json.dumps(name)}: {json.dumps(held, separators=(',', ':'))}"
            for name, held in content[part].items()
        ]
        parts.append(f'"{part}": {{\n' + ",\n".join(lines) + "\n}")
    text = "{\n" + ",\n".join(parts) + "\n}\n"
    path_of(golden).write_text(text, encoding="utf-8", newline="\n")


def digest() -> str:
    """12 hex digits for all files: `cat` of the files in the order of their names, SHA-256."""
    content = b"".join(path_of(golden).read_bytes() for golden in sorted(GOLDEN))
    return hashlib.sha256(content).hexdigest()[:12]


def moved(kept: Content, now: Content) -> list[str]:
    """What differs, a line each: the run, the metric or column, old -> new."""
    lines = [f"{run}: the run is gone" for run in kept["runs"] if run not in now["runs"]]
    lines += [f"{run}: a new run" for run in now["runs"] if run not in kept["runs"]]
    for part, same in (("metrics", close), ("columns", agree_or_missing)):
        for name in sorted({*kept[part], *now[part]}):
            lines += [
                f"{run}: {name}: {told(old)} -> {told(new)}"
                for run, old, new in pairs(kept, now, part, name)
                if not same(old, new)
            ]
    return lines


def pairs(kept: Content, now: Content, part: str, name: str) -> Iterator[tuple[str, Any, Any]]:
    """Old and new values of a metric or column in every run that both have."""
    old = dict(zip(kept["runs"], kept[part].get(name, ()), strict=False))
    new = dict(zip(now["runs"], now[part].get(name, ()), strict=False))
    for run in now["runs"]:
        if run in kept["runs"]:
            yield run, old.get(run), new.get(run)


def close(old: float | None, new: float | None) -> bool:
    """Whether a metric is what it was."""
    if old is None or new is None:
        return old is new
    return abs(old - new) <= TOLERANCE * max(abs(old), abs(new)) + SMALLEST


def agree_or_missing(old: Any, new: Any) -> bool:
    """Whether a column is what it was; one that a run lacks agrees with none."""
    return old is new if old is None or new is None else agree(old, new)


def told(value: Any) -> str:
    """A value as it is printed: of sums, the count and the sum, the weighted one behind."""
    if isinstance(value, list):
        n, total, weighted = value[:3]
        return f"{n:g} values, sum {total:.12g} (weighted {weighted:.12g})"
    return "nothing" if value is None else str(value)
