"""`streetlight calibrate TARGETS.yaml`: parameters fitted to targets of one's own."""

from __future__ import annotations

import json
import math
import sys
import time
from pathlib import Path
from typing import Any

from streetlight.experiments.calibrate.fit import ROUNDS, Fitted, calibrated
from streetlight.experiments.calibrate.task import Calibration
from streetlight.experiments.commands.calibrate_tables import lines_of, verdicts_of
from streetlight.experiments.commands.calibrated_file import (
    check_fitted_file,
    fitted_text,
    write_fitted,
)
from streetlight.experiments.config.targets import read_targets
from streetlight.experiments.distributions import plain
from streetlight.experiments.running.cells import Engine, compiling
from streetlight.experiments.running.progress import new_bar

#: Seconds between two lines where there is no bar.
PAUSE = 5.0


def calibrate(
    targets: Path, *, out: Path | None = None, quiet: bool = False, as_json: bool = False
) -> int:
    """Fit, write the file of the fitted parameters, and print what was met.

    InputError, and nothing written, for a file of targets that cannot be used, or when the file
    cannot be written.
    """
    task = read_targets(targets)
    out = out or targets.with_name(f"{targets.stem}_fitted.yaml")
    check_fitted_file(out)
    with Doing(task, quiet) as doing:
        engine = Engine.of_model()
        if task.replicates and engine.compile is not None:
            doing.say(compiling())
            engine.compile()
        fitted = calibrated(task, doing.say, doing.tick)
    write_fitted(out, fitted_text(task, fitted, out))
    if as_json:
        print(json.dumps(as_plain(task, fitted, out), indent=2))
    else:
        print("\n".join([*lines_of(task, fitted), "", f"wrote {out}"]))
    return 0


class Doing:
    """What a fit is doing: a bar of worlds on a terminal, lines elsewhere, on standard error."""

    def __init__(self, task: Calibration, quiet: bool) -> None:
        self.total, self.done = task.replicates * (3 + len(task.free) + ROUNDS), 0
        self.quiet, self.said, self.bar = quiet, time.monotonic(), None
        if not quiet and task.replicates and sys.stderr and sys.stderr.isatty():
            self.bar = new_bar(sys.stderr)
            self.row = self.bar.add_task("worlds, at most", total=self.total, note="")

    def __enter__(self) -> Doing:
        if self.bar is not None:
            self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def say(self, text: str) -> None:
        """What comes next."""
        if self.bar is not None:
            self.bar.update(self.row, note=text)
        elif not self.quiet:
            print(text, file=sys.stderr, flush=True)

    def tick(self) -> None:
        """A world is done."""
        self.done += 1
        now = time.monotonic()
        if self.bar is not None:
            self.bar.update(self.row, completed=self.done)
        elif not self.quiet and now - self.said >= PAUSE:
            self.said = now
            print(f"{self.done} of at most {self.total} worlds", file=sys.stderr, flush=True)


def as_plain(task: Calibration, fitted: Fitted, out: Path) -> dict[str, Any]:
    """All of it as plain values; what cannot be told is null."""

    def known(value: float) -> float | None:
        return float(value) if math.isfinite(value) else None

    targets = []
    for i, (one, verdict) in enumerate(zip(task.targets, verdicts_of(task, fitted), strict=True)):
        runs, before = fitted.runs, fitted.runs_before
        targets.append({
            "target": one.label, "value": one.value, "tolerance": one.tolerance,
            "before_by_expectation": known(fitted.expected_before[i]),
            "before_by_runs": known(before.means[i]) if before else None,
            "by_expectation": known(fitted.expected[i]),
            "by_runs": known(runs.means[i]) if runs else None,
            "half_width": known(runs.half_widths[i]) if runs else None,
            "verdict": verdict,
        })  # fmt: skip
    free = [
        {"parameter": one.label, "before": one.central, "fitted": float(value), "low": one.low,
         "high": one.high}
        for one, value in zip(task.free, fitted.values, strict=True)
    ]  # fmt: skip
    parameters = {name: plain(value) for name, value in fitted.overrides.items()}
    return {"file": str(out), "targets": targets, "free": free, "parameters": parameters}
