"""What a study varies in one number alone: the budget of a rule, or a parameter over futures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streetlight.experiments.analyse.study import Plan, Study
from streetlight.experiments.distributions import value_of
from streetlight.experiments.labels import label, pretty
from streetlight.model.parameters import Parameters


def by_rule(study: Study) -> dict[str, list[Plan]]:
    """Plans of one rule, mix and settings that differ in nothing but their budget, by a name."""
    found: dict[str, list[Plan]] = {}
    named: dict[str, list[Plan]] = {}
    for plan in study.plans:
        about = study.config["policies"][plan.name]
        of = about.get("axes", {}).get("of", "")
        key = repr([of, *(about.get(name) for name in ("rule", "settings", "mix", "class_mixes"))])
        found.setdefault(key, []).append(plan)
    for plans in found.values():
        about = study.config["policies"][plans[0].name]
        name = name_of(about.get("axes", {})) or label(about.get("rule", "").rpartition(":")[2])
        if len(plans) == 1 or len({repr(plan.budget) for plan in plans}) < len(plans):
            named |= {plan.label: [plan] for plan in plans}
        else:
            named[plans[0].label if name in named else name] = plans
    return named


def name_of(axes: Mapping[str, Any]) -> str:
    """What plans are called that differ in the budgets of a list alone; empty without a list."""
    mix = [pretty(axes["mix"])] if "mix" in axes else []
    return ", ".join([axes["title"], *mix]) if axes else ""


def sweep(study: Study) -> tuple[str, dict[float, str]]:
    """The one setting, a number, in which the futures differ, and the future of each value."""
    keys = {key for future in study.futures for key in future.sets} & set(Parameters.all_cards())
    if len(keys) != 1 or any(len(future.sets) > 1 for future in study.futures):
        return "", {}
    (key,) = keys
    default = value_of(Parameters(), key)
    values = [future.sets.get(key, default) for future in study.futures]
    if not all(type(value) in (int, float) for value in values):
        return "", {}
    found = {value: future.name for value, future in zip(values, study.futures, strict=True)}
    if len(found) < 3:
        return "", {}
    return key, dict(sorted(found.items()))
