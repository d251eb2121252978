"""Futures in words: the question that each stands under, its row, and "if ..." in a sentence.

The catalogue has phrases by parameter and value; a future that sets anything else goes by its
title.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from streetlight.experiments.analyse.study import StudyFuture
from streetlight.experiments.distributions import value_of
from streetlight.experiments.labels import pretty, quoted
from streetlight.experiments.words import has, listing, say, typographic, upper
from streetlight.model.parameters import Parameters

#: Futures that are named one by one in a sentence; more are counted.
MOST_NAMED = 3


def keys(sets: Mapping[str, Any]) -> list[str]:
    """The catalogue's keys of what a future sets, [] where it has none for some of it."""
    found = []
    for name, value in sets.items():
        if name not in Parameters.all_cards():
            return []
        key = f"futures.{name.replace('.', '_')}.{kind(value, value_of(Parameters(), name))}"
        if not has(f"{key}.row"):
            return []
        found.append(key)
    return found


def kind(value: Any, default: Any) -> str:
    """What a value is beside its default: a choice by name, on or off, up or down."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return "up" if value > default else "down"
    if isinstance(value, (list, tuple)):
        # by class of place: whether rural places stand out more or less than by default
        own, usual = value[-1] / (value[0] or 1.0), default[-1] / (default[0] or 1.0)
        return "up" if own > usual else "down"
    return str(value).replace(" ", "_")


def has_title(future: StudyFuture) -> bool:
    """Whether the study has given a future a title of its own."""
    return future.title != pretty(future.name).capitalize()


def row(future: StudyFuture) -> str:
    """A future as the head of a row."""
    found = ["futures.as_is"] if not future.sets else keys(future.sets)
    if not found or has_title(future):
        return typographic(future.title)
    return upper(", ".join(say(f"{key}.row") for key in found))


def when(future: StudyFuture) -> str:
    """A future as a condition: "if places report little because they do not look"."""
    found = keys(future.sets)
    if has_title(future) or (future.sets and not found):
        return say("futures.titled", title=quoted(typographic(future.title)))
    if not found:
        return say("futures.as_is.when")
    return say("futures.when", what=listing([say(f"{key}.when") for key in found]))


def question(future: StudyFuture) -> str:
    """The question that a future stands under."""
    for name in future.sets:
        key = f"futures.{name.split('.')[0]}.ask"
        if has(key):
            return say(key)
    return say("futures.ask") if future.sets else ""


def among(futures: Sequence[StudyFuture]) -> str:
    """Futures as conditions inside a sentence; more than a few are counted."""
    if len(futures) > MOST_NAMED:
        return say("futures.many", n=len(futures))
    conditions = [when(future) for future in futures]
    *first, last = conditions
    return say("futures.either", first=", ".join(first), last=last) if first else last
