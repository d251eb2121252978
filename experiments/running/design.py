"""Which runs an experiment consists of, and the key under which each one's results are kept.

A run (a cell of the design) is one policy in one future, once: `<policy>/<future>/<replicate>`. All
policies of a (future, replicate) share one world, so these runs form a group.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from streetlight.experiments.experiment import Experiment, Future
from streetlight.experiments.running.rule_code import rule_hash
from streetlight.model.errors import InputError
from streetlight.model.money.policies import Policy

#: Raised when what a cell holds changes although the model did not.
CELL_FORMAT = 4


@dataclass(frozen=True)
class Cell:
    """One run: its policy, and the content key of its results."""

    policy: Policy
    future: str
    replicate: int
    key: str

    @property
    def run_id(self) -> str:
        """`<policy>/<future>/<replicate>`."""
        return f"{self.policy.name}/{self.future}/{self.replicate}"


@dataclass(frozen=True)
class RunGroup:
    """The runs that share a world: every policy in one (future, replicate), the baseline first."""

    future: Future
    replicate: int
    cells: tuple[Cell, ...]

    @property
    def name(self) -> str:
        """`<future>/<replicate>`."""
        return f"{self.future.name}/{self.replicate}"


def expand(
    experiment: Experiment, code: str | None = None, region: str | None = None
) -> list[RunGroup]:
    """Every group of an experiment, futures in the order of the file, then replicates.

    code: version of the model's code, by default the hash of its files; region: fingerprint of the
    region that keys are of, by default the experiment's own.
    """
    code = code or code_hash()
    policies = [(policy, without_name(policy)) for policy in experiment.all_policies()]
    metrics = {name: rule_hash(one) for name, one in experiment.own_metrics().items()}
    groups = []
    for future in experiment.futures:
        values = json.dumps(future.parameters.model_dump(), sort_keys=True)
        shared = {
            "format": CELL_FORMAT,
            "code": code,
            "parameters": hashlib.sha256(values.encode()).hexdigest(),
            "region": region or experiment.region.fingerprint(),
            "horizon": experiment.horizon,
            "seed": experiment.seed,
            "future": future.name,
            "baseline": without_name(experiment.baseline),
        }
        if metrics:
            shared["metrics"] = metrics
        if future.shocks:
            shared["shocks"] = [asdict(shock) for shock in future.shocks]
        for replicate in range(experiment.replications):
            cells = tuple(
                Cell(policy, future.name, replicate, cell_key(shared, described, replicate))
                for policy, described in policies
            )
            groups.append(RunGroup(future, replicate, cells))
    return groups


def in_table_order(groups: list[RunGroup], experiment: Experiment) -> list[Cell]:
    """All cells by policy, then future, then replicate: the order of rows in the results."""
    order = {policy.name: i for i, policy in enumerate(experiment.all_policies())}
    cells = [cell for group in groups for cell in group.cells]
    return sorted(cells, key=lambda cell: order[cell.policy.name])  # stable: groups are in order


def cell_key(shared: dict[str, Any], policy: dict[str, Any], replicate: int) -> str:
    """Content key of one run, 32 hex digits.  policy: what `without_name` says of it."""
    content = {**shared, "policy": policy, "replicate": replicate}
    text = json.dumps(content, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def without_name(policy: Policy) -> dict[str, Any]:
    """What decides a policy's results: all but the name it has in the experiment.

    InputError when the policy's rule uses what cannot be told from another of its type.
    """
    described = {key: value for key, value in policy.description().items() if key != "name"}
    try:
        return {**described, "rule_code": rule_hash(policy.rule)}
    except InputError as error:
        raise InputError(f'policy "{policy.name}": {error}') from error


@cache
def code_hash() -> str:
    """Hash of the model's code and data files."""
    from streetlight.model.compiled import source_hash

    return source_hash()
