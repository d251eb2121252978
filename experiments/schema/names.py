"""The names that the model knows and an experiment file can say, with what each one is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from streetlight.experiments.config.files import shipped_folder, shipped_names
from streetlight.experiments.config.yaml_reader import parse
from streetlight.experiments.distributions import not_sampled
from streetlight.experiments.metrics import METRICS
from streetlight.experiments.schema.types import YEARS
from streetlight.model.communities.region import Region
from streetlight.model.errors import Problems
from streetlight.model.money.levers import LEVERS, mix_in_words
from streetlight.model.money.policies import MIXES, RULES
from streetlight.model.money.registry import in_words, settings_of
from streetlight.model.names import LEVER_NAMES, PlaceClass
from streetlight.model.parameters import Parameters
from streetlight.model.parameters.card import GRADES, Card
from streetlight.model.parameters.later import BEFORE, CHANGEABLE, year_of
from streetlight.model.parameters.sources import named_for_readers

#: What parameters are unless a file says otherwise; made once, as a schema asks for each of them.
DEFAULTS = Parameters()


def described_names() -> dict[str, dict[str, str]]:
    """By kind (the word in `types.known`): every name, and what it is in words."""
    cards = Parameters.all_cards()
    return {
        "rules": {
            name: f"{one.title}. Sees {one.sees}; used by {one.used_by}."
            + (" A reference: never ranked." if one.is_oracle else "")
            for name, one in RULES.items()
        },
        "mixes": {name: f"{one.title}: {mix_in_words(one.shares)}" for name, one in MIXES.items()},
        "levers": {name: f"{LEVERS[name].title}: share of the money" for name in LEVER_NAMES},
        "settings": settings_in_words(),
        "metrics": {
            name: f"{one.title} ({one.unit}); {one.direction} is better"
            for name, one in METRICS.items()
        },
        "sampled_parameters": {
            name: card_in_words(name, card)
            for name, card in cards.items()
            if not_sampled(name, DEFAULTS) is None
        },
        "varied_parameters": {name: card_in_words(name, card) for name, card in cards.items()},
        "place_classes": {one.label: "a class of place" for one in PlaceClass},
        "states": dict.fromkeys(sorted(set(Region.us_counties().state)), "a state"),
        "experiments": {name: title_of(name) for name in shipped_names()},
    }


def settings_in_words() -> dict[str, str]:
    """Every setting of any rule: whose it is, and its default there."""
    found: dict[str, list[str]] = {}
    for name, rule in RULES.items():
        for setting, default in (settings_of(rule.function) or {}).items():
            found.setdefault(setting, []).append(f"{name} (default {in_words(default)})")
    return {setting: f"of {', '.join(found[setting])}" for setting in sorted(found)}


def title_of(name: str) -> str:
    """The title of a shipped experiment."""
    text = (shipped_folder() / f"{name}.yaml").read_text(encoding="utf-8")
    root = parse(text, name, 0, Problems())
    title = root.get("title") if root else None
    return str(title.value) if title else ""


def value_in_words(value: Any) -> str:
    """A parameter's value as text."""
    if isinstance(value, Mapping):
        years = {year_of(year): value_in_words(one) for year, one in value.items()}
        return "; ".join(
            one if year == BEFORE else f"{one} from year {year}" for year, one in years.items()
        )
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(value_in_words(one) for one in value)}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, (int, float)) else str(value)


def range_in_words(card: Card) -> str:
    """The range that the evidence allows; nothing for a switch, a choice or a fixed number."""
    if card.unit in ("switch", "choice") or card.low >= card.high:
        return ""
    return f"{card.low:g} to {card.high:g}"


def card_in_words(name: str, card: Card) -> str:
    """A parameter's card in a few sentences."""
    group, _, field = name.partition(".")
    default = value_in_words(getattr(getattr(DEFAULTS, group), field))
    parts = [card.title, f"Unit: {card.unit}", f"Default: {default}"]
    if range_in_words(card):
        parts.append(f"Evidence allows: {range_in_words(card)}")
    if card.labels:
        parts.append(f"For: {', '.join(card.labels)}")
    grade = GRADES.get(card.grade, card.grade)
    parts.append(f"Source ({grade}): {named_for_readers(card.source)}")
    return ". ".join(parts) + "."


def parameter_schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schema of every parameter's value by dotted name."""
    return {name: parameter_schema(name, card) for name, card in Parameters.all_cards().items()}


def parameter_schema(name: str, card: Card) -> dict[str, Any]:
    """The JSON Schema of one parameter's value, or of a list that makes futures; draft 7."""
    group, _, field = name.partition(".")
    part = getattr(DEFAULTS, group)
    default = getattr(part, field)
    one: dict[str, Any] = number_schema(card, default)
    if card.unit == "switch":
        one = {"type": "boolean"}
    elif card.unit == "choice":
        options = [str(one) for one in get_args(type(part).model_fields[field].annotation)]
        one = {"enum": options}
    elif isinstance(default, tuple):
        length = {"minItems": len(default), "maxItems": len(default)}
        one = {"type": "array", "items": number_schema(card, default[0]), **length}
        default = list(default)
    about = {"description": card_in_words(name, card), "default": default}
    ways = [one, {"type": "array", "items": one, "minItems": 2}]
    if name in CHANGEABLE:  # by policy year
        years = {"patternProperties": {YEARS: one}, "minProperties": 1}
        ways.append({"type": "object", **years, "additionalProperties": False})
    return {**about, "anyOf": ways}


def number_schema(card: Card, default: object) -> dict[str, Any]:
    """The JSON Schema of a number in a card's domain."""
    bounds: Mapping[str, dict[str, float]] = {
        "probability": {"minimum": 0, "maximum": 1},
        "share": {"minimum": 0, "maximum": 1},
        "positive": {"exclusiveMinimum": 0},
        "non-negative": {"minimum": 0},
        "real": {},
    }
    whole = isinstance(default, int) and not isinstance(default, bool)
    return {"type": "integer" if whole else "number", **bounds[card.domain]}
