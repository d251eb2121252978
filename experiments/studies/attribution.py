"""To what a policy's change in reports is due: exact Shapley shares of what its money buys.

    python -m experiments.studies.attribution CONFIG --policy NAME

Every world of the experiment is run under every combination of the parts of the policy's lever mix,
the other parts' dollars being withheld: 2^k runs for k parts. A part's contribution is its Shapley
value in that world, so contributions sum to the change from the baseline to the policy. Written to
`attribution.csv` in the results folder, where the figure `attribution` looks for it.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from io import StringIO
from pathlib import Path

import numpy as np
import numpy.typing as npt

from experiments.config.loading import load
from experiments.experiment import Experiment, Future
from experiments.running.cells import Engine
from experiments.running.runner import default_folder
from experiments.running.store import Store
from model.errors import InputError, did_you_mean
from model.policies import Policy

FloatArray = npt.NDArray[np.float64]

FILE = "attribution.csv"
BASELINE, TOTAL = "baseline", "policy"
#: What money buys, by what it acts on, in the order of the figure.
PARTS: Mapping[str, tuple[str, ...]] = {
    "awareness": ("campaign", "education"),
    "barrier": ("channel",),
    "training": ("training",),
    "screening": ("screening_universal", "screening_targeted"),
    "victimization": ("prevention", "economic", "navigators"),
    "investigation": ("investigators",),
    "information": ("survey",),
}
#: Columns of the file and the metrics that are attributed: true and false reports, and onsets.
QUANTITIES = {
    "reports": "reports",
    "false_reports": "false_reports",
    "victimizations": "true_onsets",
}


@dataclass(frozen=True)
class AttributionRow:
    """Over the policy years of one world: a level (part BASELINE or TOTAL) or a contribution."""

    policy: str
    future: str
    replicate: int
    part: str
    reports: float
    false_reports: float
    victimizations: float


def shapley(values: Sequence[FloatArray]) -> list[FloatArray]:
    """Shapley value of each of k players, from the value of every coalition.

    values: 2^k arrays of one shape, at position sum(2^i) of the coalition's players i. The shares
    sum to values[-1] - values[0], up to rounding.
    """
    k = len(values).bit_length() - 1
    if len(values) != 1 << k:
        raise ValueError(f"values: {len(values)} coalitions; their number must be a power of 2")
    shares = []
    for player in range(k):
        share = np.zeros(np.shape(values[0]))
        for coalition in range(1 << k):
            if not coalition >> player & 1:
                size = coalition.bit_count()
                weight = math.factorial(size) * math.factorial(k - size - 1) / math.factorial(k)
                share += weight * (values[coalition | 1 << player] - values[coalition])
        shares.append(share)
    return shares


def parts_of(policy: Policy) -> tuple[str, ...]:
    """The parts for which a policy's mix has money."""
    return tuple(
        part for part, levers in PARTS.items() if any(policy.mix.get(name, 0) for name in levers)
    )


def only(policy: Policy, parts: Sequence[str]) -> Policy:
    """The policy with the dollars of all other parts withheld."""
    levers = {name for part in parts for name in PARTS[part]}
    kept = {name: share for name, share in policy.mix.items() if name in levers and share > 0}
    total, whole = math.fsum(kept.values()), math.fsum(policy.mix.values())
    mix = {name: share / total for name, share in kept.items()}
    return replace(policy, mix=mix, budget=policy.budget * total / whole)


def attribute(
    experiment: Experiment, policy: Policy, engine: Engine, replicates: int | None = None
) -> list[AttributionRow]:
    """The rows of one policy, in every world; replicates: fewer than the experiment's, if given."""
    checked(experiment, policy)
    n = min(replicates or experiment.replications, experiment.replications)
    return [
        row
        for future in experiment.futures
        for replicate in range(n)
        for row in _world_rows(experiment, policy, future, replicate, engine)
    ]


def checked(experiment: Experiment, policy: Policy) -> None:
    """InputError when a policy's money cannot be taken apart."""
    if experiment.baseline.budget > 0:
        raise InputError(
            f'baseline "{experiment.baseline.name}" spends money: only the change from a baseline '
            "that spends nothing can be attributed"
        )
    if policy.plans or policy.budget == 0:
        why = "is a planner, which sets its own mix" if policy.plans else "spends nothing"
        raise InputError(f'policy "{policy.name}" {why}: there is no mix to take apart')


def _world_rows(
    experiment: Experiment, policy: Policy, future: Future, replicate: int, engine: Engine
) -> list[AttributionRow]:
    world = engine.draw_world(
        future.parameters,
        experiment.region,
        seed=experiment.seed,
        future=future.name,
        replicate=replicate,
        years=experiment.horizon,
        shocks=future.shocks,
    )
    parts = parts_of(policy)
    baseline = engine.run_policy(world, experiment.baseline)
    values = []
    for coalition in range(1 << len(parts)):
        chosen = [part for i, part in enumerate(parts) if coalition >> i & 1]
        history = baseline
        if chosen:
            whole = len(chosen) == len(parts)
            history = engine.run_policy(world, policy if whole else only(policy, chosen))
        metrics = engine.summarise(history, baseline).metrics
        values.append(np.array([metrics[name] for name in QUANTITIES.values()], dtype=float))
    named = [(BASELINE, values[0]), *zip(parts, shapley(values), strict=True), (TOTAL, values[-1])]
    return [
        AttributionRow(policy.name, future.name, replicate, part, *one.tolist())
        for part, one in named
    ]


def csv_text(rows: Sequence[AttributionRow]) -> str:
    """The rows as CSV, numbers in full."""
    names = [one.name for one in fields(AttributionRow)]
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([getattr(row, name) for name in names] for row in rows)
    return text.getvalue()


def chosen(experiment: Experiment, names: Sequence[str]) -> list[Policy]:
    """The policies asked for; without a name the first that can be taken apart."""
    offered = {p.name: p for p in experiment.policies if p.name != experiment.baseline.name}
    for name in names:
        if name not in offered:
            raise InputError(f"no policy is called {name}{did_you_mean(name, list(offered))}")
    if names:
        return [offered[name] for name in names]
    fit = [p for p in offered.values() if not (p.plans or p.uses_oracle or p.budget == 0)]
    if not fit:
        raise InputError("no policy on offer has a mix that could be taken apart")
    return fit[:1]


def main(arguments: Sequence[str] | None = None, engine: Engine | None = None) -> int:
    """Attribute and write the file; 2 with one line a problem when that cannot be done."""
    parser = argparse.ArgumentParser(
        prog="python -m experiments.studies.attribution", description=__doc__
    )
    parser.add_argument("config")
    parser.add_argument("--policy", action="append", default=[], metavar="NAME")
    parser.add_argument("--out", type=Path, help="the results folder (default: results/<name>)")
    parser.add_argument("--quick", action="store_true", help="as in `streetlight run --quick`")
    parser.add_argument("--replicates", type=int, help="fewer replicates than the experiment has")
    given = parser.parse_args(arguments)
    try:
        experiment = load(given.config, quick=given.quick)
        policies = chosen(experiment, given.policy)
        for policy in policies:
            checked(experiment, policy)
        path = write(experiment, policies, given.out, engine or Engine.of_model(), given.replicates)
    except InputError as error:
        print("\n".join(error.problems), file=sys.stderr)
        return 2
    print(path)
    return 0


def write(
    experiment: Experiment,
    policies: Sequence[Policy],
    folder: Path | None,
    engine: Engine,
    replicates: int | None = None,
) -> Path:
    """Do the runs and write `attribution.csv` into a results folder that is there; its path."""
    folder = folder or default_folder(experiment)
    if not (folder / "manifest.json").is_file():
        raise InputError(f"{folder}: holds no results; do `streetlight run` first")
    with Store(folder, experiment.name) as store:
        rows = [
            row for policy in policies for row in attribute(experiment, policy, engine, replicates)
        ]
        store.write(FILE, lambda path: path.write_text(csv_text(rows), encoding="utf-8") and None)
    return folder / FILE


if __name__ == "__main__":
    sys.exit(main())
