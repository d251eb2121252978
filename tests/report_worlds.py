"""Comparisons made of a few numbers, and results folders, for tests of the report."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from test_figures import Made

from streetlight.experiments.analyse.differences import differences
from streetlight.experiments.analyse.values import Worlds
from streetlight.experiments.analyse.whole import Comparison
from streetlight.experiments.experiment import ComparedMetric

#: Luck of four replicates, with mean 0: what a policy's own differences vary by.
LUCK = np.array([-1.5, -0.5, 0.5, 1.5])

Means = Mapping[str, Sequence[float]]


def values_of(means: Means, luck: float, replicates: int) -> np.ndarray:
    """Values (P, F, R): a mean for each future, and luck of each policy's own around it.

    The first policy has none; the others' differs in order or size.
    """
    parts = []
    for p, of in enumerate(means.values()):
        own = np.roll(LUCK, p)[:replicates] * luck * bool(p) * (1 + p // 4 / 2)
        parts.append(np.array(of)[:, None] + (own - own.mean())[None, :])
    return np.array(parts)


def comparison(
    metrics: Mapping[str, Means],
    *,
    luck: float = 0.1,
    replicates: int = 4,
    oracles: Sequence[str] = (),
    matters: float = 1.0,
) -> Comparison:
    """Metric by metric the policies' means in each future, the baseline first.

        comparison({"identified": {"none": [0, 0], "per_youth": [5, 9]}})

    luck: spread of a policy's differences over replicates; matters: of every metric, in its unit
    (a share in hundredths).
    """
    first = next(iter(metrics.values()))
    policies = tuple(first)
    values = {name: values_of(means, luck, replicates) for name, means in metrics.items()}
    about: dict[str, dict[str, Any]] = {}
    for name in metrics:
        small = 100.0 if "share" in name else 1.0
        values[name] = values[name] / small
        entry = asdict(ComparedMetric.default(name)) | {"relative_to": ""}
        about[name] = entry | {"matters": matters / small}
    n_futures = len(next(iter(first.values())))
    worlds = Worlds(
        policies=policies,
        futures=tuple(f"future {f}" for f in range(n_futures)),
        references=np.array([name in oracles for name in policies]),
        sampled=np.zeros(n_futures, dtype=bool),
        values=values,
        n_runs=len(policies) * n_futures * replicates,
        n_expected=len(policies) * n_futures * replicates,
    )
    rows = [differences(worlds, one, 0, 0) for one in about.values()]
    return Comparison(
        title="Made up",
        baseline=policies[0],
        primary=next(iter(metrics)),
        rows=[row for by_policy in zip(*rows, strict=True) for row in by_policy],
        worlds=worlds,
        metrics=about,
        origin=policies[0],
    )


METRICS = ("averted_person_years", "identified", "worst_class_identified_share")


def written(folder: Path, made: Made, **changes: Any) -> Path:
    """A results folder as a run leaves it: the tables of `Made`, and a whole manifest.

    changes: entries of the manifest that are to be other ones.
    """
    made.write(folder)
    table = pq.read_table(folder / "runs.parquet")
    averted = table["averted_person_years"].to_numpy()
    columns = {
        "person_years": 1000.0 - averted,
        "identified": 100.0 + averted,
        "worst_class_identified_share": 0.03 + averted / 1e5,
    }
    for name in columns:
        table = table.append_column(name, pa.array(columns[name]))
    pq.write_table(table, folder / "runs.parquet")
    path = folder / "manifest.json"
    names = (*made.policies, *made.oracles)
    described = {
        name: {"budget": 0.5 * bool(k), "mix": {"training": 1.0}, "settings": {},
               "uses_oracle": name in made.oracles}
        for k, name in enumerate(names)
    }  # fmt: skip
    config = {
        "title": "Made up", "question": "Which?", "region": "given in Python",
        "quick": False, "communities": made.communities, "youth": 1000.0, "horizon": made.years,
        "parameters": {}, "baseline": names[0], "policies": described,
        "futures": {name: {} for name in made.futures}, "sampled_futures": [],
        "metrics": {name: asdict(ComparedMetric.default(name)) for name in METRICS},
        "replications": made.replicates, "seed": 1,
    }  # fmt: skip
    manifest = json.loads(path.read_text()) | {
        "title": "Made up", "question": "Which?", "experiment": "made_up", "status": "done",
        "config": config, "failures": [], "sources": ["made_up.yaml"],
        "counts": {"runs": table.num_rows, "failed": 0}, "started": "2026-01-01T00:00:00+00:00",
        "times": {"seconds": 12.0}, "packages": {"numpy": "2"}, "python": "3.11",
        "platform": "Linux", "code_commit": "0123abc",
    }  # fmt: skip
    within = changes.pop("config", {})
    manifest |= changes
    manifest["config"] = manifest["config"] | within
    path.write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
    return folder
