"""`streetlight policies [NAME]`: the rules and lever mixes that an experiment can name."""

from __future__ import annotations

import json
import textwrap
from typing import Any

from streetlight.experiments.commands.policy_example import EXAMPLE, example, example_levers
from streetlight.model.errors import InputError, did_you_mean
from streetlight.model.money.levers import GRADES_IN_WORDS, LEVERS, mix_in_words
from streetlight.model.money.policies import DEFAULT_BUDGET, MIXES, RULES, Mix, RuleInfo
from streetlight.model.money.registry import in_words, range_of, settings_of
from streetlight.model.names import CLASSES

#: Said where levers are named with the evidence for them.
EVIDENCE = textwrap.fill(f"Evidence for cost and effect: {GRADES_IN_WORDS}.", 88)


def show_policies(name: str | None = None, *, as_json: bool = False) -> int:
    """List rules (who gets money) and mixes (for what), or show one; InputError if unknown."""
    if name is not None and name not in RULES and name not in MIXES:
        known = [*RULES, *MIXES]
        raise InputError(f'no rule or mix is called "{name}"{did_you_mean(name, known)}')
    rules = [RULES[one] for one in RULES if name in (None, one)]
    mixes = [MIXES[one] for one in MIXES if name in (None, one)]
    if as_json:
        print(json.dumps({"rules": [*map(as_plain, rules)], "mixes": [*map(mix_as_plain, mixes)]},
                         indent=2))  # fmt: skip
    elif name is None:
        print_all(rules, mixes)
    else:
        print("\n".join([*map(rule_page, rules), *map(mix_page, mixes)]))
    return 0


def as_plain(rule: RuleInfo) -> dict[str, Any]:
    """Everything about a rule, and its example."""
    return {
        "name": rule.name, "title": rule.title, "sees": rule.sees, "used_by": rule.used_by,
        "is_oracle": rule.is_oracle, "plans": rule.plans, "doc": rule.doc,
        "settings": settings_of(rule.function) or {}, "example_dollars": example(rule.name),
        "example_levers": example_levers(rule.name),
    }  # fmt: skip


def mix_as_plain(mix: Mix) -> dict[str, Any]:
    """A mix as plain values, with the evidence for the cost and effect of each of its levers."""
    return {
        "name": mix.name, "title": mix.title, "shares": dict(mix.shares),
        "evidence": {lever: LEVERS[lever].evidence_grade for lever in mix.shares}, "why": mix.why,
    }  # fmt: skip


def print_all(rules: list[RuleInfo], mixes: list[Mix]) -> None:
    """One paragraph each."""
    print("Rules: who gets money (streetlight policies NAME shows one with an example)")
    width = 2 + max(len(name) for name in [*(r.name for r in rules), *(m.name for m in mixes)])
    for rule in rules:
        note = "  (a reference: never ranked)" if rule.is_oracle else ""
        note += "  (a planner: may leave money)" if rule.plans else ""
        print(f"  {rule.name:<{width}}{rule.title}{note}")
        print(f"  {'':<{width}}sees {rule.sees}; used by {rule.used_by}")
    print("Mixes: what it is spent on")
    for mix in mixes:
        print(f"  {mix.name:<{width}}{mix.title}")
        print(f"  {'':<{width}}{mix_in_words(mix.shares)}")
    print(EVIDENCE)


def rule_page(rule: RuleInfo) -> str:
    """A rule: what it does, sees, can be set to, and whom it funds among ten invented places."""
    lines = [f"{rule.title} ({rule.name})", "", rule.doc, "", f"sees     {rule.sees}",
             f"used by  {rule.used_by}"]  # fmt: skip
    settings = settings_of(rule.function) or {}
    if settings:
        lines.append(
            "settings " + ", ".join(setting_in_words(rule, k, v) for k, v in settings.items())
        )
    given = example(rule.name)
    if given:
        head = "".join(map("{:{}}".format, HEADS, ("<12", "<14", ">10", ">6", ">14", ">12", ">8")))
        lines += ["", f"Ten invented communities, ${DEFAULT_BUDGET:.2f} a resident:", "", head]
        for one in EXAMPLE:
            place, k, people, poor, counts, _ = one
            reports = " ".join("-" if count is None else str(count) for count in counts)
            dollars = given[place]
            lines.append(
                f"{place:<12}{CLASSES[k]:<14}{people:>10,}{poor:>6.0%}{reports:>14}"
                f"{dollars:>12,.0f}{dollars / people:>8.2f}"
            )
        bought = example_levers(rule.name)
        if bought:
            lines += ["", f"It chooses the levers: {mix_in_words(bought)}.", EVIDENCE]
    return "\n".join(lines)


def setting_in_words(rule: RuleInfo, name: str, default: Any) -> str:
    """A setting, its default and what it may be."""
    low, high = range_of(rule.function, name)
    return f"{name} = {in_words(default)} ({low:,g} to {high:,.12g})"


def mix_page(mix: Mix) -> str:
    """A mix: its shares and the reason for it."""
    shares = "\n".join(
        f"  {lever:<22}{share:>4.0%}  {LEVERS[lever].evidence_grade}"
        for lever, share in mix.shares.items()
    )
    return f"{mix.title} ({mix.name})\n\n{shares}\n\n{EVIDENCE}\n\n{textwrap.fill(mix.why, 88)}"


HEADS = ("", "class", "people", "poor", "reports", "dollars", "a head")
