"""Futures in words: the question that each stands under, its row, and "if ..." in a sentence.

The catalogue has phrases by parameter and value; of others the parameter's own title is said. A
future that the study gave a title, or that sets what the model has no more, goes by its title.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from streetlight.experiments.analyse.study import StudyFuture
from streetlight.experiments.distributions import value_of
from streetlight.experiments.labels import pretty, quoted
from streetlight.experiments.schema.names import value_in_words
from streetlight.experiments.words import has, listing, say, typographic, upper
from streetlight.model.parameters import Parameters

#: Futures, and things that one sets, that are named one by one; more are counted.
MOST_NAMED = 3
SHOCKS = "shocks"
#: A phrase: its key in the catalogue, and its fields.
Phrase = tuple[str, dict[str, Any]]


def phrases(sets: Mapping[str, Any]) -> Iterator[Phrase]:
    """A phrase for each thing that a future sets."""
    for shock in sets.get(SHOCKS) or ():
        yield f"futures.shock_{shock['kind']}", {"n": len(shock["communities"])}
    for name in [name for name in sets if name != SHOCKS]:
        value = sets[name]
        how = kind(value, value_of(Parameters(), name))
        key = f"futures.{name.replace('.', '_')}.{how}"
        if not has(f"{key}.row"):
            key = f"futures.other.{how if isinstance(value, bool) else 'value'}"
        title = Parameters.all_cards()[name].title.partition(";")[0].partition(" (P")[0]
        yield key, {"title": title, "value": value_in_words(value)}


def kind(value: Any, default: Any) -> str:
    """What a value is beside its default: a choice by name, on or off, up, down or the same."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        # by class of place: whether rural places stand out more or less than by default
        value, default = (of[-1] / (of[0] or 1.0) for of in (value, default))
    if isinstance(value, (int, float)):
        return "up" if value > default else "down" if value < default else "same"
    return str(value).replace(" ", "_")


def said(future: StudyFuture, part: str) -> list[str]:
    """What a future sets in words, part: `row` or `when`; [] where it goes by its title."""
    known = {*Parameters.all_cards(), SHOCKS}
    if future.title != pretty(future.name).capitalize() or not known.issuperset(future.sets):
        return []
    found = list(phrases(future.sets)) or [("futures.as_is", {})]
    return [say(f"{key}.{part}", **fields) for key, fields in found]


def row(future: StudyFuture) -> str:
    """A future as the head of a row."""
    found = said(future, "row")
    if len(found) > MOST_NAMED:
        return say("futures.several", title=typographic(future.title), n=len(found))
    return upper(", ".join(found)) or typographic(future.title)


def when(future: StudyFuture) -> str:
    """A future as a condition: "if places report little because they do not look"."""
    found = said(future, "when")
    if not found or len(found) > MOST_NAMED:
        return say("futures.titled", title=quoted(row(future)))
    return say("futures.when", what=listing(found))


def rows(futures: Sequence[StudyFuture]) -> dict[str, str]:
    """The heads of rows by name of future, with the title where two would read alike."""
    heads = {future.name: row(future) for future in futures}
    alike = {head for head, n in Counter(heads.values()).items() if n > 1}
    return {f.name: f"{heads[f.name]} ({f.title})" if heads[f.name] in alike else heads[f.name]
            for f in futures}  # fmt: skip


def question(future: StudyFuture) -> str:
    """The question that a future stands under, of a parameter or of its group.

    '' for the world as it is thought to be.
    """
    parts = (part for name in future.sets for part in (name.replace(".", "_"), name.split(".")[0]))
    keys = (f"futures.{part}.ask" for part in parts)
    return say(next(filter(has, keys), "futures.ask")) if future.sets else ""


def by_question(futures: Sequence[StudyFuture]) -> dict[str, list[StudyFuture]]:
    """Futures under the questions that they answer, in the order of the first of each."""
    found: dict[str, list[StudyFuture]] = {}
    for future in futures:
        found.setdefault(question(future), []).append(future)
    return found


def among(futures: Sequence[StudyFuture]) -> str:
    """Futures as conditions inside a sentence; more than a few are counted."""
    if len(futures) > MOST_NAMED:
        return say("futures.many", n=len(futures))
    *first, last = map(when, futures)
    return say("futures.either", first=", ".join(first), last=last) if first else last
