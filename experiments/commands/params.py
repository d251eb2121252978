"""`streetlight params [NAME]`: the parameters, where each number comes from and may lie."""

from __future__ import annotations

import json
from typing import Any

from streetlight.experiments.distributions import value_of
from streetlight.model.errors import InputError, did_you_mean
from streetlight.model.parameters import Parameters
from streetlight.model.parameters.card import GRADES, Card
from streetlight.model.parameters.sources import named_for_readers, works_cited


def show_parameters(name: str | None = None, *, as_json: bool = False) -> int:
    """List all parameters, those of a group, or everything about one. InputError if unknown."""
    cards = Parameters.all_cards()
    chosen = {n: card for n, card in cards.items() if name is None or in_group(n, name)}
    if not chosen:
        groups = {n.partition(".")[0] for n in cards}
        advice = did_you_mean(name or "", [*cards, *groups])
        raise InputError(f"params: {name}: no parameter or group has this name{advice}")
    parameters = Parameters()
    facts = [about(n, card, parameters) for n, card in chosen.items()]
    if as_json:
        print(json.dumps(facts, indent=2))
    elif name in cards:
        print_one(facts[0])
    else:
        print_all(facts)
    return 0


def in_group(name: str, asked: str) -> bool:
    """Whether a parameter is the one asked for or belongs to the group asked for."""
    return name == asked or name.startswith(f"{asked}.")


def about(name: str, card: Card, parameters: Parameters) -> dict[str, Any]:
    """Everything about one parameter as plain values."""
    ranged = card.high > card.low
    return {
        "name": name,
        "title": card.title,
        "default": value_of(parameters, name),
        "unit": card.unit,
        "low": card.low if ranged else None,
        "high": card.high if ranged else None,
        "labels": list(card.labels),
        "distribution": card.distribution,
        "domain": card.domain,
        "grade": card.grade,
        "source": named_for_readers(card.source),
        "works": [work.reference for work in works_cited(card.source)],
        "number": card.number,
    }


def text_of(value: Any) -> str:
    """A default as a table shows it."""
    if isinstance(value, tuple):
        return ", ".join(f"{one:g}" for one in value)
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, (int, float)) else str(value)


def range_of(fact: dict[str, Any]) -> str:
    """The range as a table shows it; nothing for a switch, a choice or a fixed number."""
    if fact["low"] is None or fact["unit"] in ("switch", "choice"):
        return ""
    return f"{fact['low']:g} to {fact['high']:g}"


def print_all(facts: list[dict[str, Any]]) -> None:
    """A table of parameters."""
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console = Console(highlight=False, markup=False, emoji=False, width=160)
    table = Table("name", "default", "range", "unit", "what it is", "grade", "source")
    for fact in facts:
        table.add_row(
            fact["name"], text_of(fact["default"]), range_of(fact), fact["unit"],
            fact["title"], fact["grade"], fact["source"],
        )  # fmt: skip
    console.print(table)
    console.print("Grades: " + "; ".join(f"{grade} {words}" for grade, words in GRADES.items()))


def print_one(fact: dict[str, Any]) -> None:
    """One parameter's card."""
    words = [GRADES.get(letter.strip(" ,"), letter) for letter in fact["grade"].split(" ")]
    lines = {
        "default": text_of(fact["default"]),
        "for": ", ".join(fact["labels"]),
        "unit": fact["unit"],
        "range": range_of(fact),
        "distribution": fact["distribution"],
        "allowed": fact["domain"],
        "grade": f"{fact['grade']} ({' '.join(words)})",
        "source": fact["source"],
        "works": f"\n{'':<15}".join(fact["works"]),
        "evidence": fact["number"],
    }
    print(f"{fact['name']}: {fact['title']}")
    for key, text in lines.items():
        if text:
            print(f"  {key:<13}{text}")
