"""The shocks of an experiment file, and which future has which of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from streetlight.experiments.config.checks import note_repeats
from streetlight.experiments.config.yaml_tree import Node, note
from streetlight.experiments.schema.experiment_file import ExperimentFile
from streetlight.experiments.schema.futures import Places, ShockChoice
from streetlight.model.advice import share_advice
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError, Problems, did_you_mean
from streetlight.model.parameters import Parameters
from streetlight.model.world.shocks import (
    LASTING,
    Shock,
    mandate_problems,
    sizes,
    sizes_in_words,
)

WEEKS_A_YEAR = 52
#: Youth that shocks add are numbered by the place of shock and community among all of a future's;
#: beyond this many the numbers would meet those of other youth.
MOST_STRUCK = 65_000

#: Names of the shocks of a file; None where one cannot be used, which was noted.
Shocks = Mapping[str, Shock | None]


def checked_shocks(
    root: Node, file: ExperimentFile, region: Region | None, problems: Problems
) -> dict[str, Shock | None]:
    """The shocks by name; those that cannot be used, or that no future has, are noted."""
    node = root.get("shocks")
    if node is None:
        return {}
    # A shock of a broken shape is left out of the file, and its name is known all the same.
    found: dict[str, Shock | None] = dict.fromkeys(node.entries())
    for name, choice in file.shocks.items():
        found[name] = checked_shock(node.entries()[name].node, choice, file, region, problems)
    named = set(listed(root))
    for name, entry in node.entries().items():
        if name not in named and not entry.node.broken:
            note(problems, entry.mark, "shocks", name, "no future has it; list it in one's shocks")
    return found


def listed(root: Node) -> list[Any]:
    """Every name that a future lists among its shocks."""
    futures = root.get("futures")
    named = futures.get("named") if futures else None
    holders = [entry.node for entry in named.entries().values()] if named else []
    sampled = futures.get("sampled") if futures else None
    lists = [one.get("shocks") for one in [*holders, *([sampled] if sampled else [])]]
    return [item.value for one in lists if one for item in one.items()]


def checked_shock(
    node: Node, choice: ShockChoice, file: ExperimentFile, region: Region | None, problems: Problems
) -> Shock | None:
    """One shock; None, and what is wrong noted, when it cannot be used."""
    before = problems.count
    if (choice.year is None) == (choice.week is None):
        if not any(entry.node.broken for entry in node.entries().values()):
            note(problems, node.mark, "shock", None, "needs exactly one of year, week")
        return None
    week = choice.week if choice.week is not None else WEEKS_A_YEAR * (choice.year or 0)
    if week >= WEEKS_A_YEAR * file.horizon:
        key = "week" if choice.week is not None else "year"
        at = node.entries()[key].node
        last = WEEKS_A_YEAR * file.horizon - 1 if key == "week" else file.horizon - 1
        note(problems, at.mark, key, at.text, f"starts after the horizon: must be {last} or less")
    elif choice.weeks is not None and week + choice.weeks > WEEKS_A_YEAR * file.horizon:
        at, last = node.entries()["weeks"].node, WEEKS_A_YEAR * file.horizon - week
        note(problems, at.mark, "weeks", at.text, f"ends after the horizon: must be {last} or less")
    if choice.weeks is None and choice.kind not in LASTING:
        if "weeks" not in node.entries():
            only = " or ".join(LASTING)
            note(problems, node.mark, "shock", None, f"needs weeks: only a {only} stays")
        return None
    least, most = sizes(choice.kind)
    if not least <= choice.size <= most:
        at = node.entries()["size"].node
        advice = share_advice(choice.size) if most == 1.0 else ""
        allowed = f"must be {sizes_in_words(choice.kind)} for {choice.kind}{advice}"
        note(problems, at.mark, "size", at.text, allowed)
    places = communities(node, choice.places or Places(), region, problems)
    if problems.count > before:
        return None
    return Shock(choice.kind, places, week, choice.weeks, choice.size)


def communities(
    node: Node, places: Places, region: Region | None, problems: Problems
) -> tuple[str, ...]:
    """Ids of the communities that a shock strikes, in the order of the region."""
    if region is None:
        return ()
    given = (places.ids, places.states, places.place_classes)
    if not any(given):
        return region.ids
    try:
        part = region.select(ids=places.ids, states=places.states, classes=places.place_classes)
        return part.ids
    except InputError as error:
        mark = node.at(("places",))[1].mark
        for text in error.problems:
            note(problems, mark, "places", None, text)
    return ()


def shocks_of(
    node: Node | None, shocks: Shocks, worlds: Sequence[Parameters], problems: Problems
) -> tuple[tuple[str, ...], tuple[Shock, ...]]:
    """Names and shocks of a list of shocks, in its order; unknown names are noted.

    worlds: parameters of the futures in which they happen.
    """
    if node is None:
        return (), ()
    if not isinstance(node.value, list):
        allowed = "must be a list of names of shocks"
        note(problems, node.mark, "shocks", node.text or node.plain(), allowed)
        return (), ()
    note_repeats("shocks", node.items(), problems)
    names, found = [], []
    for item in node.items():
        name = item.value
        if not isinstance(name, str) or name not in shocks:
            known = f"known: {', '.join(shocks)}" if shocks else "this file describes none"
            advice = did_you_mean(str(name), shocks)
            shown = item.text or item.plain()
            note(problems, item.mark, "shocks", shown, f"no shock has this name{advice}; {known}")
        elif (shock := shocks[name]) is not None and name not in names:
            names.append(name)
            found.append(shock)
    struck = sum(len(shock.communities) for shock in found)
    if struck > MOST_STRUCK:
        allowed = f"at most {MOST_STRUCK:,} in a future, all its shocks together"
        note(problems, node.mark, "shocks", f"{struck:,} communities struck", allowed)
    for parameters in worlds:
        if wrong := mandate_problems(found, parameters):
            note(problems, node.mark, "shocks", None, wrong[0])
            break
    return tuple(names), tuple(found)
