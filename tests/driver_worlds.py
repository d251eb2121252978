"""Results folders whose difference between two policies is a known function of the inputs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fake_engine
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from streetlight.experiments.design_table import design_writer
from streetlight.experiments.drivers.inputs import Input, Inputs, plain
from streetlight.experiments.drivers.pairs import Pair
from streetlight.experiments.experiment import Future
from streetlight.experiments.metrics import METRICS
from streetlight.experiments.running.cells import Engine
from streetlight.model.parameters import Parameters

METRIC = "identified"
SHIPPED = Parameters()
#: Two parameters whose cards give a uniform distribution, so that values are linear in quantiles.
FIRST, SECOND = "spell.recognisable_floor", "denial.campaign_effect"


def folder_of(
    folder: Path,
    overrides: list[dict[str, Any]],
    difference: np.ndarray,
    *,
    replicates: int = 2,
    noise: float = 0.0,
    policies: tuple[str, ...] = ("none", "a", "b"),
    direction: str = "more",
) -> Path:
    """A results folder: in future f, "a" is better than "b" by difference[f] (n,) and luck."""
    folder.mkdir(parents=True, exist_ok=True)
    futures = {"central": {}} | {f"sampled_{i:04d}": own for i, own in enumerate(overrides)}
    described = {"uses_oracle": False, "budget": 1.0, "mix": {"training": 1.0}, "settings": {}}
    config = {
        "name": "made", "title": "Made", "baseline": policies[0], "parameters": {},
        "policies": dict.fromkeys(policies, described), "futures": futures,
        "metrics": {METRIC: {"name": METRIC, "direction": direction, "matters": 0.5,
                             "relative_to": ""}},
        "replications": replicates, "sampled_futures": list(futures)[1:],
    }  # fmt: skip
    manifest = {"experiment": "made", "config": config}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    sampled = [
        Future(f"sampled_{i:04d}", {}, SHIPPED.with_values(plain(own)), kind="lhs")
        for i, own in enumerate(overrides)
    ]
    designed = fake_engine.small_experiment(futures=(Future("central", {}, SHIPPED), *sampled))
    design_writer(designed)(folder / "design.parquet")
    rng = np.random.default_rng(5)
    rows = []
    for policy in policies:
        for f, future in enumerate(futures):
            for r in range(replicates):
                own = (policy == "a") * (difference[f - 1] + noise * rng.normal()) if f else 0.0
                value = 50.0 + 10.0 * (policy != policies[0]) + own
                rows.append(
                    {
                        "policy": policy,
                        "future": future,
                        "replicate": r,
                        METRIC: value,
                        "extra_identified": value - 50.0,
                    }
                )
    pq.write_table(pa.Table.from_pylist(rows), folder / "runs.parquet")
    return folder


def inputs_of(x: np.ndarray, levels: dict[int, tuple[str, ...]] | None = None) -> Inputs:
    """Made-up inputs x0, x1 and on, with values x (n, d); levels: which are choices of words."""
    levels = levels or {}
    names = [Input(f"x{j}", f"input {j}", "", levels.get(j, ())) for j in range(x.shape[1])]
    return Inputs(tuple(names), tuple(f"sampled_{i:04d}" for i in range(len(x))), x)


def pair_of(y: np.ndarray, direction: str = "more", matters: float = 0.0) -> Pair:
    """A difference y (n,) or (n, r) between "a" and "b"."""
    values = y if y.ndim == 2 else np.stack([y, y], axis=1)
    futures = tuple(f"sampled_{i:04d}" for i in range(len(y)))
    return Pair("a", "b", METRIC, direction, futures, values, matters)


@dataclass
class World(fake_engine.World):
    """A world that knows its parameters."""

    parameters: Parameters | None = None


def draw_world(parameters, region, *, seed, future, replicate, years, shocks=()) -> World:
    """A world is its name and its parameters."""
    del shocks
    return World(region, years, f"{seed}/{future}/{replicate}", future, parameters)


def summarise(history: fake_engine.History, baseline: fake_engine.History) -> fake_engine.Summary:
    """As the fake engine, but identified is 100, and under per_youth 100 + 3 u1 + u2 and luck."""
    summary = fake_engine.summarise(history, baseline)
    p = history.world.parameters
    luck = np.random.default_rng(list(history.world.key.encode())).normal(0, 0.05)
    gain = 3 * place_in_range(p, FIRST) + place_in_range(p, SECOND) + luck
    summary.metrics["identified"] = 100.0 + gain * (history.policy.name == "per_youth")
    return summary


def place_in_range(parameters: Parameters, name: str) -> float:
    """Where a value lies in its card's range, 0 to 1."""
    group, _, field = name.partition(".")
    card = Parameters.all_cards()[name]
    return (getattr(getattr(parameters, group), field) - card.low) / (card.high - card.low)


LINEAR = Engine(draw_world, fake_engine.run_policy, summarise)

Function = Callable[[np.ndarray], np.ndarray]


def ishigami(u: np.ndarray) -> np.ndarray:
    """Ishigami and Homma's function of three inputs, given in the unit cube (n, 3)."""
    x = (2 * u - 1) * np.pi
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


assert METRIC in METRICS
