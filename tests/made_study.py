"""Studies made of a few numbers by hand, for tests of what the page says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from streetlight.experiments.analyse.differences import differences
from streetlight.experiments.analyse.measures import ALL, WHOLE, tidy
from streetlight.experiments.analyse.study import Study
from streetlight.experiments.analyse.values import Worlds
from streetlight.experiments.analyse.whole import Comparison
from streetlight.experiments.experiment import ComparedMetric

BASE = "none"
#: Luck of four replicates, with mean 0; each plan has it in another order.
LUCK = np.array([-1.5, -0.5, 0.5, 1.5])
AVERTED, FOUND, WORST = "averted_person_years", "identified", "worst_class_identified_share"
MIX = {"training": 0.75, "channel": 0.25}

Numbers = Mapping[str, float | Sequence[float]]


def policy(rule: str, budget: float = 0.5, **more: Any) -> dict[str, Any]:
    """A policy as a manifest describes it."""
    return {
        "rule": f"streetlight.model.money.rules.formulas:{rule}", "budget": budget, "mix": MIX,
        "settings": {}, "plans": False, "uses_oracle": False, **more,
    }  # fmt: skip


def made_study(
    measures: Mapping[str, Numbers],
    *,
    policies: Mapping[str, dict[str, Any]] | None = None,
    matters: Mapping[str, float] | None = None,
    luck: float = 0.01,
    futures: Sequence[str] = ("central",),
    years: int = 10,
    **config: Any,
) -> Study:
    """A study of measures by plan, such as {"identified": {"none": 100, "per_youth": 150}}.

    A measure of a kind of place is "youth:town", one of its values a number or one a future; the
    metrics compared are those of `matters`, in its order. luck: spread of replicates, as a share
    of the value.
    """
    matters = matters or {AVERTED: 10.0, FOUND: 10.0, WORST: 0.005}
    names = (BASE, *(policies or {name: {} for name in measures[AVERTED] if name != BASE}))
    described = {BASE: policy("none", 0.0)} | {
        name: (policies or {}).get(name) or policy(name) for name in names[1:]
    }
    shape = (len(names), len(futures), len(LUCK))
    values = {}
    for key, numbers in measures.items():
        measure, _, group = key.partition(":")
        array = np.full(shape, np.nan)
        for p, name in enumerate(names):
            if name in numbers:
                mean = np.broadcast_to(np.asarray(numbers[name], dtype=float), (len(futures),))
                own = np.roll(LUCK, p)[None, :] * luck * np.abs(mean)[:, None]
                array[p] = mean[:, None] + own
        values[measure, group or ALL, WHOLE] = array
    compared = {
        name: asdict(ComparedMetric.default(name)) | {"relative_to": "", "matters": size}
        for name, size in matters.items()
    }
    everything = {
        "title": "Made up", "horizon": years, "baseline": BASE, "policies": described,
        "futures": {name: {} for name in futures}, "metrics": compared, "communities": 40,
        "region": {"synthetic": {}}, "replications": len(LUCK), "sampled_futures": [], **config,
    }  # fmt: skip
    used = np.ones(shape[1:], dtype=bool)
    worlds = Worlds(
        policies=names, futures=tuple(futures),
        references=np.array([bool(described[name]["uses_oracle"]) for name in names]),
        sampled=np.zeros(len(futures), dtype=bool),
        values={key[0]: value for key, value in values.items() if key[1] == ALL},
        n_runs=int(np.prod(shape)), n_expected=int(np.prod(shape)), used=used,
    )  # fmt: skip
    rows = [differences(worlds, one, 0, 0) for one in compared.values()]
    comparison = Comparison(
        title="Made up", baseline=BASE, primary=next(iter(compared)), worlds=worlds,
        rows=[row for each in zip(*rows, strict=True) for row in each], metrics=compared,
        origin=BASE,
    )  # fmt: skip
    verdicts = {(row.policy, row.metric): row.verdict for row in comparison.rows}
    manifest = {"title": "Made up", "question": "", "experiment": "made", "config": everything}
    table = tidy(values, worlds, 0, verdicts)
    return Study(Path("."), manifest, comparison, table, values)


def three_plans(**changes: Any) -> Study:
    """Heads and the poor tie, small towns first averts a fifth less and serves rural places.

    Two kinds of place; 200 million dollars in ten years; reports rise by a tenth. changes: other
    numbers of measures, by name with "__" for ":", or arguments of `made_study`.
    """
    plans = ("per_youth", "poverty_need", "small_towns_first")
    measures: dict[str, Numbers] = {
        AVERTED: numbers(0, 1000, 999, 800),
        "person_years": numbers(100_000, 99_000, 99_001, 99_200),
        FOUND: numbers(1000, 1400, 1399, 1300),
        "all_reports": numbers(10_000, 11_000, 11_000, 11_200),
        WORST: numbers(0.02, 0.03, 0.032, 0.06),
        "allocated": numbers(0, 2e8, 2e8, 2e8),
        "youth:large metro": dict.fromkeys((BASE, *plans), 9000.0),
        "youth:rural": dict.fromkeys((BASE, *plans), 1000.0),
        "youth_share:large metro": dict.fromkeys((BASE, *plans), 0.9),
        "youth_share:rural": dict.fromkeys((BASE, *plans), 0.1),
        "identified:large metro": numbers(950, 1300, 1300, 1100),
        "identified:rural": numbers(50, 100, 99, 200),
        "identified_share:large metro": numbers(0.05, 0.08, 0.08, 0.06),
        "identified_share:rural": numbers(0.02, 0.03, 0.032, 0.09),
        "money_share:large metro": dict(zip(plans, (0.9, 0.88, 0.5), strict=True)),
        "money_share:rural": dict(zip(plans, (0.1, 0.12, 0.5), strict=True)),
    }
    own = {key.replace("__", ":"): value for key, value in changes.items()}
    # What has a number for the baseline is a measure.
    known = {
        key: own.pop(key) for key in list(own) if isinstance(own[key], dict) and BASE in own[key]
    }
    luck = own.pop("luck", 1e-4)
    return made_study({**measures, **known}, luck=luck, **own)


def numbers(*values: float | Sequence[float]) -> dict[str, float | Sequence[float]]:
    """Values of the baseline and of the three plans."""
    names = (BASE, "per_youth", "poverty_need", "small_towns_first")
    return dict(zip(names, values, strict=True))
