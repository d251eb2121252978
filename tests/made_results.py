"""A results folder made of a few numbers, for tests of what is worked out from one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from streetlight.experiments.analyse.measures import BY_YEAR, SUMMED
from streetlight.model.names import CLASSES

#: Plan to future to the values of its replicates.
Values = Mapping[str, Sequence[Sequence[float]]]


def metric(
    name: str, matters: float = 1.0, direction: str = "more", of: str = ""
) -> dict[str, Any]:
    """A metric as the manifest has it."""
    return {
        "name": name, "direction": direction, "matters": matters, "relative_to": of,
        "enough": None, "enough_relative_to": "",
    }  # fmt: skip


@dataclass
class Folder:
    """What a results folder holds; one place of each class, unless `places` says otherwise.

    metrics: columns of runs.parquet; places: (place class, youth) each; counts: other columns of
    communities.parquet, a number or one from plan and place; series: a column's value from the
    month; config: entries of the configuration that are to be other ones.
    """

    metrics: Mapping[str, Values]
    compared: Sequence[Mapping[str, Any]]
    years: int = 2
    burn_in_years: int = 3
    places: Sequence[tuple[str, float]] = tuple((name, 1000.0) for name in CLASSES)
    counts: Mapping[str, Callable[[str, int], float]] = field(default_factory=dict)
    series: Mapping[str, Callable[[int], float]] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    futures: Sequence[str] = ("a", "b")
    budgets: Mapping[str, float] = field(default_factory=dict)
    oracles: Sequence[str] = ()

    @property
    def plans(self) -> list[str]:
        """The plans, the baseline first."""
        return list(next(iter(self.metrics.values())))

    def runs(self) -> list[tuple[str, str, int]]:
        """Every run: plan, future, replicate."""
        first = next(iter(self.metrics.values()))
        return [
            (plan, future, r)
            for plan in self.plans
            for f, future in enumerate(self.futures)
            for r in range(len(first[plan][f]))
        ]

    def write(self, folder: Path) -> Path:
        """Write the tables and the manifest."""
        folder.mkdir(parents=True, exist_ok=True)
        runs = self.runs()
        columns = {
            name: [values[p][self.futures.index(f)][r] for p, f, r in runs]
            for name, values in self.metrics.items()
        }
        write(folder / "runs.parquet", runs, 1, columns)
        n = len(self.places)
        names, youth = zip(*self.places, strict=True)
        counts: dict[str, list[Any]] = {
            name: [float(self.counts[name](p, c)) if name in self.counts else 0.0
                   for p, _, _ in runs for c in range(n)]
            for name in SUMMED if name != "youth"
        }  # fmt: skip
        places = {
            "place_class": list(names) * len(runs), "youth": list(youth) * len(runs),
            "population": [10.0 * y for y in youth] * len(runs),
            "poverty_quintile": [1 + c % 5 for c in range(n)] * len(runs),
        }  # fmt: skip
        write(folder / "communities.parquet", runs, n, places | counts)
        months = 12 * (self.years + self.burn_in_years)
        series = {
            name: [self.series[name](m) if name in self.series else 0.0
                   for _ in runs for m in range(months) for _ in CLASSES]
            for name in BY_YEAR
        }  # fmt: skip
        when = {
            "month": [m for _ in runs for m in range(months) for _ in CLASSES],
            "place_class": list(CLASSES) * (months * len(runs)),
        }
        write(folder / "series.parquet", runs, months * len(CLASSES), when | series)
        text = json.dumps(self.manifest(len(runs)), ensure_ascii=False)
        (folder / "manifest.json").write_text(text, encoding="utf-8")
        return folder

    def manifest(self, n_runs: int) -> dict[str, Any]:
        """manifest.json, as far as readers need it."""
        in_class = {c: sum(y for name, y in self.places if name == c) for c in CLASSES}
        policies = {
            plan: {
                "name": plan, "rule": plan, "budget": self.budgets.get(plan, 0.5 * bool(p)),
                "mix": {"training": 1.0}, "settings": {}, "uses_oracle": plan in self.oracles,
            }
            for p, plan in enumerate(self.plans)
        }  # fmt: skip
        config = {
            "title": "Made up", "question": "Which?", "name": "made_up", "quick": False,
            "region": "given in Python", "region_fingerprint": "0123",
            "communities": len(self.places), "youth": sum(in_class.values()),
            "youth_by_class": in_class, "horizon": self.years, "parameters": {},
            "baseline": self.plans[0], "policies": policies,
            "futures": {name: {} for name in self.futures}, "sampled_futures": [],
            "metrics": {one["name"]: one for one in self.compared},
            "replications": max(r for _, _, r in self.runs()) + 1,
            "precision": None, "seed": 1,
        }  # fmt: skip
        return {
            "title": "Made up", "question": "Which?", "experiment": "made_up", "status": "done",
            "baseline": self.plans[0], "policies": [{"name": name} for name in self.plans],
            "config": config | dict(self.config), "config_sha256": "0" * 64,
            "code_sha256": "1" * 64, "counts": {"runs": n_runs, "failed": 0}, "failures": [],
            "problems": [], "sources": ["made_up.yaml"], "started": "2026-01-01T00:00:00+00:00",
            "times": {"seconds": 12.0}, "packages": {"numpy": "2"}, "python": "3.11",
            "platform": "Linux",
        }  # fmt: skip


def write(
    path: Path, runs: Sequence[tuple[str, str, int]], rows: int, columns: Mapping[str, Any]
) -> None:
    """Write a table with so many rows a run."""
    plan, future, replicate = zip(*runs, strict=True)
    which = {"policy": plan, "future": future}
    texts = {name: pa.array(np.repeat(one, rows).tolist()) for name, one in which.items()}
    number = pa.array(np.repeat(np.array(replicate, dtype=np.int32), rows))
    pq.write_table(pa.table({**texts, "replicate": number, **columns}), path)
