"""`streetlight show CONFIG`: an experiment with everything resolved, and what differs from default.

`described` gives the same as plain values.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from experiments.commands.show_tables import print_facts
from experiments.config.loading import load
from experiments.distributions import value_of
from experiments.experiment import ComparedMetric, Experiment, Future
from experiments.metrics import METRICS
from experiments.schema.experiment_file import ExperimentFile
from experiments.schema.names import range_in_words
from model.parameters import Parameters
from model.policies import Policy
from model.policies.registry import settings_of
from model.region_columns import PlaceClass


def show(
    config: str, *, seed: int | None = None, quick: bool = False, as_json: bool = False
) -> int:
    """Print what an experiment file comes to. InputError, listing every problem, when wrong."""
    experiment = load(config, seed=seed, quick=quick)
    facts = described(experiment)
    if as_json:
        print(json.dumps(facts, indent=2))
    else:
        print_facts(facts)
    return 0


def described(experiment: Experiment) -> dict[str, Any]:
    """Everything resolved, as plain values."""
    region = experiment.region
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
        },
        "horizon": experiment.horizon,
        "seed": experiment.seed,
        "differs": other_than_default(experiment),
        "baseline": experiment.baseline.name,
        "policies": [policy_facts(one) for one in policies],
        "parameters": changes(experiment.overrides, Parameters()),
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


def policy_facts(policy: Policy) -> dict[str, Any]:
    """One policy: its description, and the defaults of the settings that differ."""
    facts = policy.description()
    own = settings_of(policy.rule) or {}
    given = {name: own.get(name) for name in policy.settings if policy.settings[name] != own[name]}
    return {**facts, "is_reference": policy.uses_oracle, "differs": given}


def changes(overrides: Mapping[str, Any], base: Parameters) -> list[dict[str, Any]]:
    """The parameters that `overrides` sets, with the card's facts; base: what holds otherwise."""
    cards = Parameters.all_cards()
    found = []
    for name, value in overrides.items():
        card = cards[name]
        values = value if isinstance(value, tuple) else (value,)
        ranged = bool(range_in_words(card))
        found.append(
            {
                "name": name,
                "title": card.title,
                "value": value,
                "otherwise": value_of(base, name),
                "default": value_of(Parameters(), name),
                "unit": card.unit,
                "low": card.low if ranged else None,
                "high": card.high if ranged else None,
                "outside": ranged and any(not card.low <= one <= card.high for one in values),
                "source": card.source,
            }
        )
    return found


def future_facts(future: Future, experiment: Experiment) -> dict[str, Any]:
    """One named future: what it changes, against the parameters of the file."""
    base = Parameters().with_values(dict(experiment.overrides))
    shocks = [asdict(shock) for shock in future.shocks]
    return {"name": future.name, "changes": changes(future.overrides, base), "shocks": shocks}


def sampled_facts(experiment: Experiment) -> dict[str, Any] | None:
    """The sampled futures together: the design, and what each parameter may be and came to be."""
    sampling = experiment.sampling
    if sampling is None:
        return None
    cards = Parameters.all_cards()
    ranges = []
    for name, how in sampling.parameters.items():
        futures = [one for one in experiment.futures if one.sampled]
        values = [one.overrides[name] for one in futures if name in one.overrides]
        ordered = all(isinstance(one, float) for one in values) and values
        ranges.append(
            {
                "name": name,
                "title": cards[name].title,
                "how": how,
                "lowest": min(values) if ordered else None,
                "highest": max(values) if ordered else None,
                "evidence": range_in_words(cards[name]),
                "outside": bool(how.get("outside_evidence")),
            }
        )
    return {
        "n": sampling.n,
        "design": sampling.design,
        "sentences": sampling.sentences(),
        "parameters": ranges,
    }


def metric_facts(metric: ComparedMetric) -> dict[str, Any]:
    """One metric: what it is called, how it is compared, and whether that is not its own way."""
    own = METRICS[metric.name]
    differs = (metric.direction, metric.matters, metric.relative_to) != (
        own.direction, own.matters, own.relative_to,
    )  # fmt: skip
    return {**asdict(metric), "title": own.title, "unit": own.unit, "differs": differs}
