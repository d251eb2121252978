"""To what a policy's change in reports is due: exact Shapley shares of what its money buys.

Every world of the experiment is run under every combination of the parts of the policy's lever mix,
the other parts' dollars being withheld: 2^k runs for k parts. A part's contribution is its Shapley
value in that world, so contributions sum to the change from the baseline to the policy. Written to
`attribution.csv` in the results folder, where the figure `attribution` looks for it.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, fields, replace
from io import StringIO

import numpy as np

from streetlight.experiments.experiment import Experiment, Future
from streetlight.experiments.running.cells import Engine
from streetlight.experiments.running.store import Store
from streetlight.model.arrays import FloatArray
from streetlight.model.errors import InputError, did_you_mean
from streetlight.model.money.policies import Policy

FILE = "attribution.csv"
#: A world of the experiment: a future by name, and a replicate.
World = tuple[str, int]
BASELINE, TOTAL = "baseline", "policy"
#: What money buys, by what it acts on, in the order of the figure.
PARTS: Mapping[str, tuple[str, ...]] = {
    "awareness": ("campaign", "education"),
    "barrier": ("channel",),
    "training": ("training",),
    "unit": ("unit",),
    "screening": ("screening_universal", "screening_targeted"),
    "victimization": ("prevention", "economic", "navigators"),
    "investigation": ("investigators",),
    "recording": ("recording",),
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
    part = total / whole
    budgets = {year: dollars * part for year, dollars in policy.budgets.items()}
    return replace(policy, mix=mix, budget=policy.budget * part, budgets=budgets)


def n_runs(policy: Policy) -> int:
    """Runs that a policy takes in a world: every combination of its parts but the baseline."""
    return int((1 << len(parts_of(policy))) - 1)


def attribute(
    experiment: Experiment,
    policies: Sequence[Policy],
    worlds: Sequence[World],
    engine: Engine,
    *,
    pool: Executor | None = None,
    done: Callable[[World], None] = lambda _world: None,
) -> list[AttributionRow]:
    """The rows of these policies in these worlds, in their order, policy by policy.

    pool: where worlds are run, otherwise here; done: called after each world.
    """
    for policy in policies:
        checked(experiment, policy)
    futures = {future.name: future for future in experiment.futures}
    calls = [(experiment, policies, futures[name], r, engine) for name, r in worlds]
    found: list[list[AttributionRow]] = []
    results = (pool.map(world_rows, *zip(*calls, strict=True)) if pool and calls else
               (world_rows(*call) for call in calls))  # fmt: skip
    for world, rows in zip(worlds, results, strict=True):
        found.append(rows)
        done(world)
    return [row for one in policies for rows in found for row in rows if row.policy == one.name]


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
    if policy.class_mixes:
        raise InputError(
            f'policy "{policy.name}" has several mixes, by class of place: none to take apart'
        )


def world_rows(
    experiment: Experiment,
    policies: Sequence[Policy],
    future: Future,
    replicate: int,
    engine: Engine,
) -> list[AttributionRow]:
    """The rows of one world, which is drawn once for all policies."""
    world = engine.draw_world(
        future.parameters,
        experiment.region,
        seed=experiment.seed,
        future=future.name,
        replicate=replicate,
        years=experiment.horizon,
        shocks=future.shocks,
    )
    baseline = engine.run_policy(world, experiment.baseline)
    rows = []
    for policy in policies:
        parts = parts_of(policy)
        values = [
            _values(engine, world, baseline, _coalition(policy, parts, members))
            for members in range(1 << len(parts))
        ]
        shares = zip(parts, shapley(values), strict=True)
        for part, one in [(BASELINE, values[0]), *shares, (TOTAL, values[-1])]:
            rows.append(AttributionRow(policy.name, future.name, replicate, part, *one.tolist()))
    return rows


def _coalition(policy: Policy, parts: Sequence[str], members: int) -> Policy | None:
    """The policy with the money of these parts alone (bits of `members`); None with none."""
    if members == (1 << len(parts)) - 1:
        return policy
    kept = [part for i, part in enumerate(parts) if members >> i & 1]
    return only(policy, kept) if kept else None


def _values(engine: Engine, world: object, baseline: object, policy: Policy | None) -> FloatArray:
    """The quantities of one run; of the baseline where there is no policy."""
    history = baseline if policy is None else engine.run_policy(world, policy)
    metrics = engine.summarise(history, baseline).metrics
    return np.array([metrics[name] for name in QUANTITIES.values()], dtype=float)


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
            hint = did_you_mean(name, list(offered))
            raise InputError(f"--policy: {name}: no such policy{hint}")
    if names:
        policies = [offered[name] for name in dict.fromkeys(names)]
        for policy in policies:
            checked(experiment, policy)
        return policies
    fit = [
        p for p in offered.values()
        if not (p.plans or p.uses_oracle or p.budget == 0 or p.class_mixes)
    ]  # fmt: skip
    if not fit:
        raise InputError("no policy on offer has a mix that could be taken apart")
    checked(experiment, fit[0])
    return fit[:1]


def write_attribution(rows: Sequence[AttributionRow], store: Store) -> None:
    """Write `attribution.csv` into an open results folder."""
    store.write(FILE, lambda path: path.write_text(csv_text(rows), encoding="utf-8"))
