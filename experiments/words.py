"""The catalogue of sentences: `say("first.ties", n="Three")` fills in one template.

Code picks keys and hands over numbers and names; the sentences are in data/sentences.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from streetlight.experiments.analyse.study import Plan
from streetlight.experiments.currency import money_sign, money_word
from streetlight.experiments.labels import listing as joined
from streetlight.experiments.labels import pretty, quoted

CATALOGUE = Path(__file__).parent / "data" / "sentences.yaml"


@cache
def catalogue() -> Mapping[str, str]:
    """Every template by its dotted key."""
    from ruamel.yaml import YAML

    return dict(_flat(YAML(typ="safe").load(CATALOGUE.read_text(encoding="utf-8"))))


def _flat(node: Mapping[str, Any], start: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in node.items():
        name = f"{start}.{key}" if start else str(key)
        found += _flat(value, name) if isinstance(value, Mapping) else [(name, str(value))]
    return found


def has(key: str) -> bool:
    """Whether the catalogue has a template of this key."""
    return key in catalogue()


def under(part: str) -> dict[str, str]:
    """The templates of a part of the catalogue, by what their keys have after it."""
    start = f"{part}."
    found = {k.removeprefix(start): v for k, v in catalogue().items() if k.startswith(start)}
    return {key: typographic(text) for key, text in found.items()}


def say(key: str, **fields: Any) -> str:
    """A template of the catalogue with its fields filled in; a sentence begins with a capital.

    `{name}` is a field, `{n:one|many}` picks by a number, `{n:all}` is "both" or "all three",
    `{who:upper}` begins with a capital.
    """
    money = {"dollars": money_word(), "dollar": money_sign()}
    given = {name: _Field(value) for name, value in {**money, **fields}.items()}
    text = typographic(" ".join(catalogue()[key].format(**given).split()))
    return upper(text) if text.endswith((".", "?", "!", ":")) else text


class _Field:
    """A value that knows the plural: `{n:plan|plans}`."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __format__(self, how: str) -> str:
        if "|" in how:
            return how.split("|")[int(self.value != 1)]
        if how == "all":
            both = catalogue()["phrases.both"]
            return both if self.value == 2 else f"{catalogue()['phrases.all']} {number(self.value)}"
        if how == "upper":
            return upper(format(self, ""))
        if isinstance(self.value, int) and not how:
            return number(self.value)
        return str(format(self.value, how))


def number(n: int) -> str:
    """A whole number as a word up to twelve."""
    names = catalogue()["phrases.numbers"].split()
    return names[n] if 0 <= n < len(names) else f"{n:,}"


def listing(names: Sequence[str], last: str = "and") -> str:
    """A, B and C; last: "and" or "or"."""
    return joined(names, catalogue()[f"phrases.{last}"])


def upper(text: str) -> str:
    """The text with its first letter as a capital."""
    return text[:1].upper() + text[1:]


def typographic(text: str) -> str:
    """With the apostrophes and minus signs of print."""
    return text.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")


def named(plan: Plan) -> str:
    """A plan at the head of a row or beside its mark."""
    return typographic(upper(plan.label))


def inside(plan: Plan) -> str:
    """A plan as something that does: "sharing by number of youth", or its own name quoted.

    Sentences are built so that this can stand in them as their subject or after a preposition.
    """
    rule = rule_of(plan)
    return say(f"plans.{rule}") if rule else quoted(named(plan))


def brief_name(plan: Plan) -> str:
    """A plan in a list of values: the title of its rule in small letters, or its name quoted."""
    return lower(named(plan)) if rule_of(plan) else quoted(named(plan))


def rule_of(plan: Plan) -> str:
    """The rule that a plan is called after, "" for one with a name of its own."""
    from streetlight.model.money.policies import RULES

    return next((name for name, rule in RULES.items() if rule.title == plan.label), "")


def lower(text: str) -> str:
    """The text with its first letter as a small one."""
    return text[:1].lower() + text[1:]


def place(name: str) -> str:
    """A class of place for people, as it begins a row: Large cities."""
    key = f"places.{name.replace(' ', '_')}"
    return upper(catalogue().get(key, pretty(name)))


def one_line(text: str) -> str:
    """The text without line breaks and characters that no page can show."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
