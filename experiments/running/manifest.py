"""manifest.json: what was run, by which code, with what outcome."""

from __future__ import annotations

import functools
import platform
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streetlight.experiments.experiment import Experiment
from streetlight.experiments.running.cells import Failure
from streetlight.experiments.running.design import code_hash
from streetlight.experiments.running.plan import RunPlan
from streetlight.experiments.running.store import Store

if TYPE_CHECKING:
    from streetlight.experiments.analyse.whole import Comparison

MANIFEST_FORMAT = 2
PACKAGES = ("streetlight", "numpy", "numba", "scipy", "pyarrow", "pydantic", "matplotlib", "mesa")
ROOT = Path(__file__).parent.parent.parent


@dataclass
class RunResult:
    """How an experiment went.

    n_runs: runs of the experiment (at most, while a replication rule has still to decide); n_kept:
    of them, there from before; n_done: done now; failures: of runs, those of before that were not
    repeated (n_old_failures) first; precision_missed: futures in which the target was not reached,
    in words; problems: whatever else went wrong; stopped_by: 130 or 143 when it was stopped, else
    0; figures and report: files, none and None where they were not asked for; comparison: what
    `sl.compare` gives, None where tables could not be written.

    >>> sl.run(sl.load("tiny"), "results/tiny", workers=1, figures="none")
    <RunResult results/tiny: 12 of 12 runs are there, 0 failed>
    """

    folder: Path
    n_runs: int = 0
    n_kept: int = 0
    n_done: int = 0
    failures: list[Failure] = field(default_factory=list)
    n_old_failures: int = 0
    stopped_by: int = 0
    figures: list[Path] = field(default_factory=list)
    report: Path | None = None
    precision_missed: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    comparison: Comparison | None = None

    def __repr__(self) -> str:
        there = f"{self.n_kept + self.n_done:,} of {self.n_runs:,} runs are there"
        return f"<RunResult {self.folder}: {there}, {len(self.failures):,} failed>"

    @property
    def exit_code(self) -> int:
        """What the command returns: 0, 1 when something went wrong, 130 or 143 when stopped."""
        wrong = self.failures or self.problems or self.precision_missed
        return self.stopped_by or int(bool(wrong))

    @property
    def complete(self) -> bool:
        """Whether every run of the experiment is there."""
        return self.n_kept + self.n_done == self.n_runs


@dataclass
class RunRecord:
    """What manifest.json says about a run, as things stand."""

    store: Store
    experiment: Experiment
    plan: RunPlan
    started: float
    git: dict[str, Any]
    times: dict[str, float] = field(default_factory=dict)
    precision: dict[str, Any] = field(default_factory=dict)
    fingerprint: dict[str, Any] | None = None

    def write(self, status: str, result: RunResult) -> None:
        """Write the manifest."""
        self.store.write_manifest(self.content(status, result))

    def content(self, status: str, result: RunResult) -> dict[str, Any]:
        """The manifest."""
        experiment, own = self.experiment, self.experiment.own_code
        seconds = self.times.get("run_seconds", 0.0)
        return {
            "format": MANIFEST_FORMAT,
            "experiment": experiment.name,
            "title": experiment.title,
            "question": experiment.question,
            "status": status,
            "baseline": experiment.baseline.name,
            "policies": [
                {"name": policy.name, "is_oracle": policy.uses_oracle}
                for policy in experiment.all_policies()
            ],
            "futures": [future.name for future in experiment.futures],
            "replications": experiment.replications,
            "replicates": self.plan.replicates(),
            "precision": self.precision,
            "horizon": experiment.horizon,
            "seed": experiment.seed,
            "config": experiment.resolved(),
            "config_sha256": experiment.digest(),
            "code_sha256": code_hash(),
            **self.git,
            "fingerprint": self.fingerprint,
            "sources": list(experiment.sources),
            **({"rules": {"file": own.name, "sha256": own.sha256}} if own else {}),
            "counts": {
                "runs": result.n_runs,
                "kept": result.n_kept,
                "done": result.n_done,
                "failed": len(result.failures),
            },
            "failures": [
                {"run": f.run_id, "error": f.error, "traceback": f.traceback}
                for f in result.failures
            ],
            "problems": result.problems + result.precision_missed,
            "started": datetime.fromtimestamp(self.started, UTC).isoformat(timespec="seconds"),
            "times": {name: round(value, 3) for name, value in self.times.items()},
            "runs_per_second": round(result.n_done / seconds, 3) if seconds else None,
            "packages": versions(),
            "python": platform.python_version(),
            "platform": f"{platform.system()} {platform.machine()}",
            "cells": {
                cell.run_id: cell.key for group in self.plan.groups() for cell in group.cells
            },
        }


@functools.cache  # written at the start and at the end, and reading takes 5 ms a package
def versions() -> dict[str, str]:
    """Versions of the packages that results depend on."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def git_state(root: Path = ROOT) -> dict[str, Any]:
    """Commit of the checkout the code runs from, and whether code differs from it; {} elsewhere."""
    top = git(root, "rev-parse", "--show-toplevel")
    commit = git(root, "rev-parse", "HEAD")
    if not top or not commit or Path(top).resolve() != root.resolve():
        return {}  # not a checkout of ours, but perhaps a folder inside somebody else's
    changed = git(root, "status", "--porcelain", "--", "model", "experiments")
    return {"code_commit": commit, "code_dirty": changed != ""}


def git(root: Path, *words: str) -> str | None:
    """What git answers, or None when it cannot."""
    try:
        answer = subprocess.run(
            ["git", *words], cwd=root, capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()


def clock() -> str:
    """The time of day, for the log."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
