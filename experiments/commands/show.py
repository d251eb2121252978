"""`streetlight show CONFIG`: an experiment with everything resolved, and what differs from default.

`described` gives the same as plain values.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from streetlight.experiments.commands.show_tables import print_facts
from streetlight.experiments.config.loading import load
from streetlight.experiments.currency import speaking
from streetlight.experiments.experiment import ComparedMetric, Experiment, Future
from streetlight.experiments.future_words import changes, sampled_ranges
from streetlight.experiments.metrics import METRICS
from streetlight.experiments.schema.experiment_file import ExperimentFile
from streetlight.model.money.policies import Policy
from streetlight.model.money.registry import settings_of
from streetlight.model.names import PlaceClass


def show(
    config: str,
    *,
    seed: int | None = None,
    quick: bool = False,
    as_json: bool = False,
    rules: Path | None = None,
) -> int:
    """Print what an experiment file comes to. InputError, listing every problem, when wrong."""
    experiment = load(config, seed=seed, quick=quick, rules=rules)
    facts = described(experiment)
    if as_json:
        print(json.dumps(facts, indent=2))
    else:
        with speaking(facts):
            print_facts(facts)
    return 0


def described(experiment: Experiment) -> dict[str, Any]:
    """Everything resolved, as plain values."""
    region, told = experiment.region, experiment.region.told
    youth = {
        place.label: round(float(region.youth[region.place_class == place].sum()))
        for place in PlaceClass
    }
    policies = experiment.all_policies()
    n_runs = len(policies) * len(experiment.futures)
    least = experiment.precision.least if experiment.precision else experiment.replications
    named = [one for one in experiment.futures if not one.sampled]
    return {
        "name": experiment.name,
        "title": experiment.title,
        "question": experiment.question,
        "files": list(experiment.sources),
        "region": {
            "from": experiment.region_choice,
            "communities": region.n_communities,
            "youth": youth,
            "told": [*told.done(), *told.filled()] if told else [],
        },
        "horizon": experiment.horizon,
        "seed": experiment.seed,
        "currency": experiment.currency,
        "differs": other_than_default(experiment),
        "baseline": experiment.baseline.name,
        "policies": [policy_facts(one, experiment) for one in policies],
        "parameters": changes(experiment.overrides, {}),
        "futures": [future_facts(one, experiment) for one in named],
        "sampled": sampled_facts(experiment),
        "metrics": [metric_facts(one) for one in experiment.metrics],
        "replications": experiment.replications,
        "precision": asdict(experiment.precision) if experiment.precision else None,
        "runs": n_runs * experiment.replications,
        "least_runs": n_runs * least,
    }


def other_than_default(experiment: Experiment) -> dict[str, Any]:
    """The defaults of those numbers of the experiment that have another value."""
    fields = ExperimentFile.model_fields
    names = ("horizon", "seed", "replications")
    return {n: fields[n].default for n in names if getattr(experiment, n) != fields[n].default}


def policy_facts(policy: Policy, experiment: Experiment) -> dict[str, Any]:
    """One policy: its description, and the defaults of the settings that differ."""
    facts = experiment.described(policy)
    default = settings_of(policy.rule) or {}
    given = {n: default.get(n) for n, v in policy.settings.items() if v != default[n]}
    own = {"is_reference": policy.uses_oracle, "differs": given}
    return {**facts, **own, "table_file": table_file(facts, experiment)}


def table_file(facts: dict[str, Any], experiment: Experiment) -> str:
    """The name of the file that a policy's table is from; "" where there is none."""
    file, name = experiment.file or {}, facts.get("axes", {}).get("of", facts["name"])
    for said in (file.get("policies"), file):  # a described baseline stands by itself
        one = said.get(name) if isinstance(said, dict) else None
        if isinstance(one, dict) and "table" in one:
            return str(one["table"])
    return ""


def future_facts(future: Future, experiment: Experiment) -> dict[str, Any]:
    """One named future: what it changes, against the parameters of the file."""
    return {
        "name": future.name,
        "title": future.title,
        "changes": changes(future.overrides, experiment.overrides),
        "shocks": [asdict(shock) for shock in future.shocks],
    }


def sampled_facts(experiment: Experiment) -> dict[str, Any] | None:
    """The sampled futures together: the design, and what each parameter may be and came to be."""
    sampling = experiment.sampling
    if sampling is None:
        return None
    sampled = [one.overrides for one in experiment.futures if one.sampled]
    return {
        "n": sampling.n,
        "design": sampling.design,
        "sentences": sampling.sentences(),
        "parameters": sampled_ranges(sampling.parameters, sampled),
    }


def metric_facts(metric: ComparedMetric) -> dict[str, Any]:
    """One metric: what it is called, how it is compared, and whether that is not its own way."""
    own = METRICS[metric.name]
    differs = (metric.direction, metric.matters, metric.relative_to) != (
        own.direction, own.matters, own.relative_to,
    )  # fmt: skip
    return {**metric.described(), "title": own.title, "unit": own.unit, "differs": differs}
