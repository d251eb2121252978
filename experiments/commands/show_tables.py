"""What `streetlight show` prints: the facts of `experiments.commands.show.described` as tables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from streetlight.experiments.currency import in_currency, money_word
from streetlight.experiments.future_words import distribution_in_words, shock_in_words
from streetlight.experiments.metrics import METRICS, OF_GAIN, title_of
from streetlight.experiments.schema.names import value_in_words
from streetlight.model.money.levers import mix_in_words
from streetlight.model.money.policies import DEFAULT_BUDGET, MIXES
from streetlight.model.money.registry import in_words

#: What a value is called that the evidence does not allow.
OUTSIDE = "outside what the evidence allows"


def print_facts(facts: dict[str, Any]) -> None:
    """The facts as text and tables."""
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:  # a file or a pipe has no width of its own
        console = Console(highlight=False, markup=False, emoji=False, width=120)
    console.print(facts["title"])
    if facts["question"]:
        console.print(facts["question"])
    console.print()
    for label, text in headings(facts).items():
        console.print(f"{label:<9}{text}")
    for line in facts["region"]["told"]:
        console.print(f"  region {line}")
    console.print(policy_table(facts))
    for line in titles(facts["policies"]):
        console.print(line)
    for name, shares in mixes_of(facts).items():
        console.print(f"mix {name}: {mix_in_words(shares)}")
    if facts["parameters"]:
        title = "Parameters that differ from their defaults"
        console.print(change_table(title, [("every future", facts["parameters"])]))
    named = [(one["name"], one["changes"]) for one in facts["futures"]]
    console.print(change_table("Futures", named))
    for line in titles(facts["futures"]):
        console.print(line)
    for one in facts["futures"]:
        for shock in one["shocks"]:
            console.print(f"{one['name']}: {shock_in_words(shock)}")
    if facts["sampled"]:
        console.print(sampled_table(facts["sampled"]))
    console.print(metric_table(facts["metrics"]))
    if any(one["outside"] for one in all_changes(facts)):
        console.print(f"! {OUTSIDE}; it is used all the same")


def titles(named: Iterable[Mapping[str, Any]]) -> list[str]:
    """A line for each policy or future that has a title."""
    return [f"{one['name']} is called: {one['title']}" for one in named if one.get("title")]


def headings(facts: dict[str, Any]) -> dict[str, str]:
    """The lines over the tables, by label."""
    region = facts["region"]
    classes = ", ".join(f"{label} {n:,}" for label, n in region["youth"].items() if n)
    origin = json.dumps(region["from"]).replace('"', "").replace("{us_counties: {}}", "us_counties")
    return {
        "files": ", which extends ".join(facts["files"]),
        "region": f"{origin}: {region['communities']:,} communities",
        "youth": classes,
        "horizon": f"{facts['horizon']} years{default_in_words(facts, 'horizon')}",
        "seed": f"{facts['seed']}{default_in_words(facts, 'seed')}",
        "runs": runs_in_words(facts),
    }


def all_changes(facts: dict[str, Any]) -> list[dict[str, Any]]:
    """Every parameter that the file or a named future sets."""
    own = [one for future in facts["futures"] for one in future["changes"]]
    return [*facts["parameters"], *own]


def mixes_of(facts: dict[str, Any]) -> dict[str, Mapping[str, float]]:
    """The mixes that money is spent on, by name; one without a name has its policy's."""
    return {
        name: mix
        for one in facts["policies"]
        for part in without_parts(one)
        for name, mix in named_mixes(part).items()
    }


def without_parts(one: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The policies that spend: those that a blend or a schedule is made of, or the policy."""
    parts = [part for _, part in [*one.get("blend", ()), *one.get("schedule", ())]]
    if parts:
        return [leaf for part in parts for leaf in without_parts(part)]
    return [one] if one["budget"] else []


def named_mixes(one: Mapping[str, Any]) -> dict[str, Mapping[str, float]]:
    """The mixes of a policy without parts, by name: its own, and those of classes of place."""
    by_class = one.get("class_mixes", {}).items()
    if not by_class:
        return {mix_name(one["mix"], one["name"]): one["mix"]}
    return {mix_name(mix, whose(one, place)): mix for place, mix in by_class}


def whose(one: Mapping[str, Any], place: str) -> str:
    """A policy in the places of a class, in words."""
    return f"{one['name']} in {place}"


def mix_name(mix: Mapping[str, float], whose: str) -> str:
    """The name of a mix, or whose it is where it has none."""
    names = [name for name, known in MIXES.items() if dict(known.shares) == mix]
    return names[0] if names else f"of {whose}"


def mixes_in_words(one: Mapping[str, Any]) -> str:
    """The names of a policy's mixes, or of those of its parts, with the classes they are for."""
    found = []
    for part in without_parts(one):
        by_class = [
            f"{place}: {mix_name(mix, whose(part, place))}"
            for place, mix in part.get("class_mixes", {}).items()
        ]
        found.append("; ".join(by_class) or mix_name(part["mix"], part["name"]))
    return " + ".join(dict.fromkeys(found))


def budget_in_words(one: Mapping[str, Any]) -> str:
    """Dollars a resident; those of every year from which on they are others."""
    budgets = one.get("budgets")
    if not isinstance(budgets, list):
        return in_dollars(one["budget"])
    turns = [in_dollars(budgets[0])]
    for year in range(1, len(budgets)):
        if budgets[year] != budgets[year - 1]:
            turns.append(f"{in_dollars(budgets[year])} from year {year}")
    return ", ".join(turns)


def in_dollars(value: float) -> str:
    """Dollars to the cent; other sums as they are if that is short, else to three figures."""
    exact = f"{value:.6g}"
    odd = exact if len(exact) <= 6 and float(exact) == value else f"{value:.3g}"
    return f"{value:.2f}" if round(value, 2) == value else odd


def default_in_words(facts: dict[str, Any], name: str) -> str:
    """' (default 10)' where a number differs from its default."""
    return f" (default {facts['differs'][name]})" if name in facts["differs"] else ""


def runs_in_words(facts: dict[str, Any]) -> str:
    """How many runs, and by which rule."""
    n_futures = len(facts["futures"]) + (facts["sampled"] or {"n": 0})["n"]
    text = (
        f"{facts['runs']:,}: {len(facts['policies'])} policies x {n_futures:,} futures x "
        f"{facts['replications']:,} replicates"
    )
    rule = facts["precision"]
    if rule is None:
        return text + default_in_words(facts, "replications")
    width = amount_in_words(rule["half_width"], rule["relative_to"], rule["metric"])
    return (
        f"{facts['least_runs']:,} to {text}; from {rule['least']} replicates on, {rule['batch']} "
        f"more until every difference in {rule['metric']} is known to {width} either way"
    )


def amount_in_words(value: float, relative_to: str, metric: str) -> str:
    """A number in the metric's unit, or a percentage of the baseline."""
    if relative_to == OF_GAIN:
        return f"{100 * value:g}% of the most that a policy gains"
    if relative_to:
        return f"{100 * value:g}% of the baseline's {title_of(relative_to)}"
    return f"{value:g} {in_currency(METRICS[metric].unit)}"


def table_of(title: str, heads: Sequence[str], n_names: int = 1) -> Any:
    """An empty table; the first columns hold names, which are not broken."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="", box=SIMPLE_HEAD)
    for i, name in enumerate(heads):
        table.add_column(name, no_wrap=i < n_names, overflow="fold")
    return table


def policy_table(facts: dict[str, Any]) -> Any:
    """The policies; a star marks what is not the default."""
    title = f"Policies, compared with {facts['baseline']} (* not the default)"
    table = table_of(title, ("policy", "rule", f"{money_word()} a resident", "mix", "teams"))
    for one in facts["policies"]:
        name = f"{one['name']} (reference)" if one["is_reference"] else one["name"]
        money, mix, teams = budget_in_words(one), mixes_in_words(one), one["teams"]
        if one["budget"] == 0.0:
            table.add_row(name, rule_in_words(one), money)
            continue
        money += " *" * (one["budget"] != DEFAULT_BUDGET)
        mix += " *" * (mix != "balanced")
        table.add_row(name, rule_in_words(one), money, mix, teams + " *" * (teams != "own"))
    return table


def rule_in_words(one: Mapping[str, Any]) -> str:
    """A policy's rule with the settings that differ, or what it is made of."""
    if "blend" in one:
        return "blend: " + ", ".join(f"{share:g} {part['name']}" for share, part in one["blend"])
    if "schedule" in one:
        turns = [f"{part['name']} from year {year}" for year, part in one["schedule"]]
        return f"schedule: {', '.join(turns)}"
    if "table" in one:
        return table_in_words(one["table"], one["table_file"])
    rule = str(one["rule"]).rpartition(":")[2]
    own = [
        f"{name} {in_words(one['settings'][name])} * (default {in_words(default)})"
        for name, default in one["differs"].items()
    ]
    return f"{rule}: {', '.join(own)}" if own else rule


def table_in_words(table: Mapping[str, Any], file: str) -> str:
    """How much a table says, and of what; file: where it is from, "" if it was given in Python."""
    years = "every year the same" if table["years"] == 1 else f"{table['years']} years"
    levers = "by community and lever" if table["levers"] > 1 else "by community"
    of = "dollars" if table["of"] == "dollars" else "shares of the budget"
    return f"table {file}: {of} {levers}, {years}".replace("table :", "table:")


def change_table(title: str, changed: Iterable[tuple[str, list[dict[str, Any]]]]) -> Any:
    """By future: parameters with the value they have, otherwise have, and may have."""
    heads = ("where", "parameter", "value", "otherwise", "evidence allows", "what it is", "source")
    table = table_of(title, heads, n_names=2)
    for name, parameters in changed:
        if not parameters:
            table.add_row(name, "nothing differs")
        for i, one in enumerate(parameters):
            allowed = "" if one["low"] is None else f"{one['low']:g} to {one['high']:g}"
            table.add_row(
                name if i == 0 else "", one["name"], value_in_words(one["value"]),
                value_in_words(one["otherwise"]), allowed + " !" * one["outside"],
                f"{one['title']} ({in_currency(one['unit'])})", one["source"],
            )  # fmt: skip
    return table


def sampled_table(sampled: Mapping[str, Any]) -> Any:
    """The sampled futures: what each parameter may be, and what it came to be."""
    heads = ("parameter", "may be", "lowest", "highest", "evidence allows", "what it is")
    table = table_of(f"{sampled['n']:,} sampled futures ({sampled['design']})", heads)
    for one in sampled["parameters"]:
        low, high = (
            "" if one[end] is None else value_in_words(one[end]) for end in ("lowest", "highest")
        )
        table.add_row(
            one["name"], distribution_in_words(one["how"]), low, high,
            one["evidence"] + " !" * one["outside"], one["title"],
        )  # fmt: skip
    return table


def metric_table(metrics: Iterable[Mapping[str, Any]]) -> Any:
    """The metrics and how they are compared."""
    heads = ("metric", "what it is", "better", "smallest difference that matters", "good enough")
    table = table_of("Metrics; the first decides the verdict (* not the metric's own)", heads)
    for one in metrics:
        matters = amount_in_words(one["matters"], one["relative_to"], one["name"])
        enough = ""
        if one["enough"] is not None:
            enough = amount_in_words(one["enough"], one["enough_relative_to"], one["name"])
        table.add_row(
            one["name"], f"{one['title']} ({in_currency(one['unit'])})", one["direction"],
            matters + " *" * one["differs"], enough,
        )  # fmt: skip
    return table
