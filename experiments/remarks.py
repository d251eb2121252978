"""What a reader should know of an experiment before its results: said by `check`, `run`, the page.

All of it is read off the resolved configuration, as an experiment gives it and a manifest holds it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from streetlight.experiments.currency import money_word, speaking
from streetlight.experiments.future_words import changes, sampled_ranges
from streetlight.experiments.labels import listing
from streetlight.experiments.metrics import FEWEST_REPLICATES
from streetlight.experiments.schema.names import range_in_words, value_in_words
from streetlight.model.communities.gaps import Told
from streetlight.model.parameters import Parameters

#: Dollars per resident per year above which a budget may be meant as a total; the usual is 0.50.
MOST_A_HEAD = 20.0
#: Values of one kind, or names in a sentence, that are listed.
MOST_SAID = 20


class Outside(NamedTuple):
    """A value that the evidence does not allow: of what, in which future ("" in every one).

    value, allowed: in words.
    """

    parameter: str
    title: str
    value: str
    allowed: str
    future: str = ""


def remarks(config: Mapping[str, Any]) -> list[str]:
    """All there is to say, a sentence each."""
    with speaking(config):
        money = money_word()
    found = [nothing_to_compare(config)] if nothing_to_compare(config) else []
    for names in identical_plans(config):
        more = [f"{len(names) - MOST_SAID:,} more"] if len(names) > MOST_SAID else []
        said = listing([*names[:MOST_SAID], *more])
        found.append(f"{said} are the same policy under {len(names)} names")
    for names in identical_futures(config):
        found.append(f"{listing(names[:MOST_SAID])} are the same future under {len(names)} names")
    for name, about in config["policies"].items():
        empty = [y for y, budget in enumerate(about.get("budgets") or ()) if not budget]
        if empty and "table" in about:
            years = ", ".join(map(str, empty))
            word = "year" if len(empty) == 1 else "years"
            found.append(f"{name} spends nothing in policy {word} {years} (0 is the first)")
        if left := about.get("unspent"):
            found.append(
                f"{name} leaves {100 * left:.3g}% of its budget: its shares sum to less than 1"
            )
        most = max(about.get("budgets") or [about["budget"]])
        if most > MOST_A_HEAD:
            found.append(
                f"{name} has {most:,.6g} {money} per resident per year; is that what all get "
                "together?"
            )
    strange = outside_evidence(config)
    for one in strange[:MOST_SAID]:
        where = f"in {one.future}" if one.future else "in every future"
        found.append(
            f"{one.parameter} is {one.value} {where}, outside what the evidence allows "
            f"({one.allowed}); it is used all the same"
        )
    if len(strange) > MOST_SAID:
        n_more = len(strange) - MOST_SAID
        found.append(f"and {n_more:,} more values are outside what the evidence allows")
    precision, n = config.get("precision"), config["replications"]
    least = precision["least"] if precision else n
    if least < FEWEST_REPLICATES:
        times = "1 replicate" if least == 1 else f"{least} replicates"
        found.append(
            f"{times} of each future {'is' if least == 1 else 'are'} too few to tell luck from "
            f"effect well; take {FEWEST_REPLICATES} or more"
        )
    told = told_of(config)
    return found + [f"region: {one}" for one in (told.filled() if told else ())]


def told_of(config: Mapping[str, Any]) -> Told | None:
    """What the source of the region said, and what was filled in; None if built in or invented."""
    try:
        return Told.of(config["region_told"])
    except (KeyError, TypeError, ValueError):  # there is none, or a folder is damaged
        return None


def nothing_to_compare(config: Mapping[str, Any]) -> str:
    """A sentence where no policy but the baseline is on offer; else empty."""
    on_offer = [
        name
        for name, about in config["policies"].items()
        if name != config["baseline"] and not about["uses_oracle"]
    ]
    if on_offer:
        return ""
    return f"there is nothing to compare: {config['baseline']}, the baseline, is the only policy"


def identical_plans(config: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Policies with the same rule, mix, budget and settings, so that all their runs are the same.

    Policies without money are the same whatever their rule. Groups of two or more, by name.
    """
    found: dict[str, list[str]] = {}
    for name, about in config["policies"].items():
        same = json.dumps(without_names(about) if about["budget"] else 0, sort_keys=True)
        found.setdefault(same, []).append(name)
    return [tuple(names) for names in found.values() if len(names) > 1]


def identical_futures(config: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Named futures that change the same: groups of two or more, by name."""
    found: dict[str, list[str]] = {}
    sampled = set(config.get("sampled_futures") or ())
    for name, sets in config["futures"].items():
        if name not in sampled:
            found.setdefault(json.dumps(without_names(sets), sort_keys=True), []).append(name)
    return [tuple(names) for names in found.values() if len(names) > 1]


def without_names(value: Any) -> Any:
    """A policy's description without what it and its parts are called, and where they come from."""
    if isinstance(value, Mapping):
        return {k: without_names(v) for k, v in value.items() if k not in ("name", "title", "axes")}
    if isinstance(value, list | tuple):
        return [without_names(one) for one in value]
    return value


def outside_evidence(config: Mapping[str, Any]) -> list[Outside]:
    """Values outside what the evidence allows: of the file, of named and of sampled futures."""
    base, sampled = config.get("parameters") or {}, config.get("sampled_futures") or ()
    found = list(outside(base, {}, ""))
    for name, sets in config["futures"].items():
        if name not in sampled:
            found += outside({k: v for k, v in sets.items() if k != "shocks"}, base, name)
    drawn = (config.get("sampling") or {}).get("parameters") or {}
    for one in sampled_ranges(drawn, ()):
        if one["outside"]:
            found.append(
                Outside(one["name"], one["title"], "drawn more widely", one["evidence"], "some")
            )
    return found


def outside(sets: Mapping[str, Any], base: Mapping[str, Any], future: str) -> Iterator[Outside]:
    """Those of one mapping of parameters to values."""
    cards = Parameters.all_cards()
    for one in changes({k: v for k, v in sets.items() if k in cards}, base):
        if one["outside"]:
            value, allowed = value_in_words(one["value"]), range_in_words(cards[one["name"]])
            yield Outside(one["name"], one["title"], value, allowed, future)
