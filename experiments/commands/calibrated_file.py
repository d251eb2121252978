"""The experiment file that `streetlight calibrate` writes: fitted parameters, and to what."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from streetlight.experiments.calibrate.fit import Fitted
from streetlight.experiments.calibrate.task import Calibration
from streetlight.experiments.commands.calibrate_tables import ends, shown, verdicts_of, words
from streetlight.experiments.commands.writing import cannot_be_written, check_out, check_replaced
from streetlight.experiments.distributions import plain
from streetlight.experiments.schema.types import NAME_IN_WORDS
from streetlight.model.errors import InputError
from streetlight.model.money.policy import NAME

#: The first line of what the command writes, by which it knows a file of its own again.
FIRST_LINE = "# Written by streetlight calibrate"


def check_fitted_file(out: Path) -> None:
    """InputError unless the file can be written, and is a name for an experiment."""
    check_out(out)
    if out.suffix != ".yaml" or not NAME.fullmatch(out.stem):
        raise InputError(f"--out: {out}: must be NAME.yaml, NAME of {NAME_IN_WORDS}")
    check_replaced(out, FIRST_LINE.encode(), b"", "file that this command wrote", "--out")


def write_fitted(out: Path, text: str) -> None:
    """Write the file as a whole or not at all."""
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        os.replace(part, out)
    except OSError as error:
        raise cannot_be_written(out, error) from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def fitted_text(task: Calibration, fitted: Fitted, out: Path) -> str:
    """The file: comments say what was fitted to what; it can be run, or extended by another."""
    before = {name: value for name, value in task.overrides.items() if name not in fitted.overrides}
    held = [f"  {name}: {json.dumps(plain(value))}" for name, value in before.items()]
    moved = [
        f"  {name}: {json.dumps(plain(value))}{remark_on(name, task, fitted)}"
        for name, value in fitted.overrides.items()
    ]
    return "\n".join([
        f"{FIRST_LINE} from {task.path.name}: it may be written anew.",
        f"# Run it as it is, or begin a file in this folder with: extends: {out.name}",
        "#",
        *(f"# {line}" for line in fitted_to(task, fitted)),
        "#",
        *(f"# {line}" for line in words(task, fitted)),
        f"title: {json.dumps(task.title, ensure_ascii=False)}",
        f"region: {json.dumps(region_from(task, out), ensure_ascii=False)}",
        "parameters:",
        *held, *moved,
        "policies: [per_youth, last_years_counts]    # what is compared: choose your own",
        "",
    ])  # fmt: skip


def fitted_to(task: Calibration, fitted: Fitted) -> list[str]:
    """A line a target: what was aimed at, what came of it, and where the aim is from."""
    lines, runs = [], fitted.runs
    for i, (one, verdict) in enumerate(zip(task.targets, verdicts_of(task, fitted), strict=True)):
        given = f"expectation {shown(fitted.expected[i])}"
        if runs:
            given = f"runs {shown(runs.means[i])} +- {shown(runs.half_widths[i])}, {given}"
        source = f"; source: {one.source}" if one.source else ""
        aimed = f"{shown(one.value)} +- {shown(one.tolerance)}"
        lines.append(f"{one.label}: aimed at {aimed}; {given}: {verdict}{source}")
    return lines


def remark_on(name: str, task: Calibration, fitted: Fitted) -> str:
    """What stands beside a fitted parameter."""
    found = [
        f"{one.label}: was {one.central:.4g}, range {shown(one.low)} to {shown(one.high)}"
        + (f", {end}" if end else "")
        for one, end in zip(task.free, ends(task, fitted), strict=True)
        if one.name == name
    ]
    return f"    # {'; '.join(found)}"


def region_from(task: Calibration, out: Path) -> Any:
    """What the file says of its region, with the path of a table as seen from the new file."""
    choice = task.region_choice
    if isinstance(choice, dict) and "csv" in choice:
        table = task.path.parent / choice["csv"]
        return choice | {"csv": os.path.relpath(table, out.parent)}
    return choice
