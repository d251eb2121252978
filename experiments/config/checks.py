"""Check what the shape of an experiment file cannot say: names and values that the model knows.

Every check notes its problems and gives back what is usable, so that one pass finds them all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from streetlight.experiments.config.advice import as_percentage, as_written
from streetlight.experiments.config.own_record import read_record
from streetlight.experiments.config.yaml_tree import (
    Entry,
    Mark,
    Node,
    any_broken,
    note,
    shown,
    unknown_key,
)
from streetlight.experiments.metrics import METRICS
from streetlight.experiments.schema.experiment_file import PARTS, ExperimentFile, keys_at
from streetlight.experiments.schema.types import CURRENCY, NAME_IN_WORDS, Part
from streetlight.model.advice import number_advice
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError, Problems, did_you_mean
from streetlight.model.parameters import Parameters
from streetlight.model.parameters.card import Card
from streetlight.model.parameters.later import (
    A_YEAR,
    CHANGEABLE,
    LAST_YEAR,
    problems_of_dated,
    year_in_words,
    year_of,
)
from streetlight.model.record.counts import OwnRecord

#: Steps of a path that pydantic adds to those of the file.
PYDANTICS_OWN = ("<text>", "<list>", "<mapping>", "<number>", "[key]")

P = TypeVar("P", bound=Part)
#: The mapping that stands at a path of a file.
Parts = Mapping[tuple[str, ...], type[Part]]


def read_shape(root: Node, problems: Problems) -> ExperimentFile:
    """The experiment file in its shape, as far as it can be used."""
    return shaped(root, ExperimentFile, {"title": "?", "policies": ["none"]}, PARTS, problems)


def shaped(
    root: Node, shape: type[P], placeholders: dict[str, Any], parts: Parts, problems: Problems
) -> P:
    """A file in its shape. What does not fit is noted, marked as broken and left out, so that
    the rest can still be checked.

    placeholders: what stands for required keys that are broken; parts: the mappings it may hold.
    """
    for attempt in range(10):
        data = root.plain()
        try:
            return shape.model_validate(placeholders | data if attempt else data)
        except ValidationError as error:
            # a later attempt sees a file with parts left out, so its problems are not the file's
            unnoted = Problems()
            broken = [
                broken_by(one, root, unnoted if attempt else problems, parts)
                for one in error.errors(include_url=False)
            ]
            for node in broken:
                node.broken = node is not root
    return shape.model_validate(placeholders)


def broken_by(error: ErrorDetails, root: Node, problems: Problems, parts: Parts = PARTS) -> Node:
    """Note one problem that pydantic found, in our words; gives the node that cannot be used."""
    path = tuple(one for one in error["loc"] if one not in PYDANTICS_OWN)
    mark, node = root.at(path)
    key = str(next((step for step in reversed(path) if isinstance(step, str)), "file"))
    if error["type"] == "missing":
        holder = root.at(path[:-1])[1]
        base = holder.entries().get("extends")
        if holder is root and base and base.node.broken:
            return holder  # the file that is not found may hold it
        if path[-1] not in holder.entries():  # else it is there, broken, and noted already
            note(problems, holder.mark, key, None, "is missing; it is required")
        return holder
    if error["type"] == "extra_forbidden":
        allowed = keys_at(tuple(str(step) for step in path[:-1]), parts)
        note(problems, mark, key, None, unknown_key(key, allowed))
    elif error["type"] == "too_short" and any_broken(node):
        pass  # what it holds was noted
    elif error["loc"][-1:] == ("[key]",) and error["type"] == "literal_error":
        note(problems, mark, key, None, in_words(error, Node(key, mark, key)))
    elif error["loc"][-1:] == ("[key]",):
        note(problems, mark, "name", key, NAME_IN_WORDS)
    else:
        note(
            problems, node.mark, key, as_written(node), in_words(error, node) + advice(error, node)
        )
    return node


def advice(error: ErrorDetails, node: Node) -> str:
    """How a text is written as the number that is wanted; "" where none is."""
    wanted = error["type"] in ("int_type", "float_type", "kind")
    return number_advice(node.value) if wanted else ""


def in_words(error: ErrorDetails, node: Node) -> str:
    """What is allowed, from pydantic's kind of error."""
    context: dict[str, Any] = error.get("ctx") or {}
    kind = error["type"]
    if kind == "string_type" and isinstance(node.value, (int, float)):
        return f'must be text; in quotes: "{node.text}"'
    if kind == "string_type" and isinstance(node.value, dict) and "<list>" in error["loc"]:
        return "must be a name; in the place of the list, a mapping can say more: NAME: {...}"
    if kind == "literal_error":
        options = str(context["expected"]).replace("'", "")
        return f"must be {options}{did_you_mean(node.text, re.split(', | or ', options))}"
    if kind == "string_pattern_mismatch":
        if context["pattern"] == CURRENCY:
            return "must be three capital letters, as GBP"
        if "%" not in context["pattern"]:
            return NAME_IN_WORDS
        of_gain = "gain" in context["pattern"]
        gain = ', or "5% of gain"' if of_gain else ""
        allowed = f'must be a percentage of the baseline from 0% to 999%, such as "2%"{gain}'
        return allowed + ", or a number in the metric's unit" + as_percentage(node.text, of_gain)
    a_head = {"budget", "dollars"} & set(error["loc"])
    money = " dollars per resident per year" if a_head else ""
    texts = {
        "string_type": "must be text",
        "string_unicode": "holds half a character (a surrogate); write the character itself",
        "bool_type": "must be true or false",
        "finite_number": "must be a finite number",
        "int_parsing_size": "is too large",
        "int_type": "must be a whole number",
        "float_type": "must be a number",
        "dict_type": "must be a mapping",
        "model_type": "must be a mapping",
        "list_type": "must be a list",
        "too_short": "must not be empty"
        if context.get("min_length") == 1
        else f"must have {context.get('min_length')} items or more",
        "too_long": f"at most {context.get('max_length'):,}; there are more"
        if context.get("max_length")
        else "",
        "string_too_long": f"must be at most {context.get('max_length')} characters",
        "greater_than_equal": f"must be {context.get('ge'):,g} or more" if "ge" in context else "",
        "less_than_equal": f"must be {context.get('le'):,}{money} or less".replace(".0 ", " ")
        if "le" in context
        else "",
    }
    return texts.get(kind) or error["msg"]


def checked_overrides(
    node: Node | None, base: Parameters, problems: Problems, horizon: int = LAST_YEAR + 1
) -> dict[str, Any]:
    """The usable overrides of a mapping of dotted names to values; the rest is noted.

    horizon: policy years, in which a value can change; 0: none may.
    """
    if node is None or not isinstance(node.value, dict):
        return {}
    cards = base.all_cards()
    good: dict[str, tuple[Any, Mark]] = {}
    for name, entry in node.entries().items():
        if entry.node.broken:
            continue
        value = entry.node.plain()
        if name not in cards:
            note(problems, entry.mark, name, None, unknown_parameter(name, value, cards))
        elif isinstance(value, dict):
            if dated := checked_years(name, entry, base, problems, horizon):
                good[name] = dated, entry.node.mark
        elif problem := value_problem(name, value, cards[name], base):
            note(problems, entry.node.mark, name, as_written(entry.node), problem)
        else:
            good[name] = (tuple(value) if isinstance(value, list) else value, entry.node.mark)
    for group in dict.fromkeys(name.partition(".")[0] for name in good):
        own = {name: value for name, (value, _) in good.items() if name.startswith(f"{group}.")}
        try:  # rules between the parameters of a group
            base.with_values(own)
        except InputError as error:
            for text in error.problems:
                from_year, _, said = text.rpartition(f"{group}.")
                named, _, rest = f"{group}.{said}".partition(": ")
                at = named if named in good else next(iter(own))
                of_other = f"{named}: " if named in cards and named != at else ""
                note(problems, good[at][1], at, None, from_year + of_other + rest)
            good = {name: pair for name, pair in good.items() if name not in own}
    return {name: value for name, (value, _) in good.items()}


def checked_years(
    name: str, entry: Entry, base: Parameters, problems: Problems, horizon: int
) -> dict[str, Any]:
    """The values of a parameter by policy year; none, and noted, unless all can be used."""
    card, before, found = base.all_cards()[name], problems.count, {}
    years = entry.node.entries()
    if horizon == 0:
        note(problems, entry.mark, name, None, "must be one value: nothing changes here by year")
    elif name not in CHANGEABLE or not years:
        note(problems, entry.mark, name, None, *problems_of_dated(name, years))
    for key, one in years.items() if problems.count == before else ():
        year, value = year_of(key), one.node.plain()
        if year is None:
            note(problems, one.mark, name, key, A_YEAR)
        elif year >= horizon:
            allowed = f"the last policy year is {horizon - 1}, 0 the first (horizon)"
            note(problems, one.mark, name, key, allowed)
        elif year in found:
            note(problems, one.mark, name, key, "is given twice")
        elif problem := value_problem(name, value, card, base):
            note(problems, one.node.mark, name, as_written(one.node), problem)
        else:
            found[year] = tuple(value) if isinstance(value, list) else value
    usable = found if problems.count == before else {}
    return {year_in_words(year): usable[year] for year in sorted(usable)}


def unknown_parameter(name: str, value: object, cards: Mapping[str, Card]) -> str:
    """What is said about a parameter name that does not exist."""
    members = [one for one in cards if one.startswith(f"{name}.")]
    if members and not isinstance(value, dict):
        return f"is a group of parameters; name one of them, as {members[0]}"
    if members or isinstance(value, dict):
        example = members[0] if members else "spell.exit_hazard"
        return f"parameters are named in full, as {example}: 0.1 on a line of its own"
    by_field = {one.partition(".")[2]: one for one in cards}
    advice = did_you_mean(name, cards)
    if not advice and name.rpartition(".")[2] in by_field:
        advice = f' (did you mean "{by_field[name.rpartition(".")[2]]}"?)'
    return f"no parameter has this name{advice}; all: streetlight params"


def value_problem(name: str, value: object, card: Card, base: Parameters) -> str | None:
    """Why a value cannot be one parameter's, looking at it alone; or None."""
    group, _, field = name.partition(".")
    default = getattr(getattr(base, group), field)
    if card.unit == "switch":
        return None if isinstance(value, bool) else "a switch is true or false"
    if card.unit == "choice":
        options = [
            str(o) for o in get_args(type(getattr(base, group)).model_fields[field].annotation)
        ]
        advice = did_you_mean(str(value), options)
        return None if value in options else f"must be one of: {', '.join(options)}{advice}"
    if not isinstance(default, tuple):
        if isinstance(default, int) and not isinstance(value, int):
            return "must be a whole number"
        return number_problem(value, card)
    if not isinstance(value, list) or len(value) != len(default):
        return f"must be a list of {len(default)} numbers: {', '.join(card.labels)}"
    for label, one in zip(card.labels, value, strict=True):
        if problem := number_problem(one, card):
            return f"{label}: {shown(one)}: {problem}"
    return None


def number_problem(value: object, card: Card) -> str | None:
    """Why a value is not a number that the card's domain allows, or None."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return f"must be a number ({card.unit}){number_advice(value)}"
    try:
        return card.problem(float(value))
    except OverflowError:
        return "is too large"


def note_repeats(key: str, nodes: Iterable[Node], problems: Problems) -> None:
    """Note every item of a list that stood there before."""
    seen: dict[object, Node] = {}
    for node in nodes:
        if isinstance(node.value, str) and node.value in seen:
            first = seen[node.value].mark
            note(problems, node.mark, key, node.value, f"listed twice; first in line {first.line}")
        elif isinstance(node.value, str):
            seen[node.value] = node


def checked_metrics(root: Node, file: ExperimentFile, problems: Problems) -> None:
    """Note every metric that is unknown or listed twice."""
    node = root.get("metrics")
    if node is None:
        return
    marks = {name: entry.mark for name, entry in node.entries().items()}
    marks |= {str(item.value): item.mark for item in node.items() if isinstance(item.value, str)}
    note_repeats("metrics", node.items(), problems)
    for name in file.metrics:
        if name not in METRICS and name in marks:
            likely = did_you_mean(name, METRICS)
            known = "all: docs/experiment-file.md" if likely else f"known: {', '.join(METRICS)}"
            allowed = f"no metric has this name{likely}; {known}; one of your own: --rules FILE"
            note(problems, marks[name], "metrics", name, allowed)


def checked_record(
    root: Node, file: ExperimentFile, region: Region | None, problems: Problems
) -> OwnRecord | None:
    """The counts of the file's own, if there are any; what is wrong with them is noted."""
    node = root.get("record")
    if file.record is None or node is None or region is None:
        return None
    at = node.get("csv") or node
    try:
        return read_record(Path(at.mark.file).parent / file.record.csv, region, file.record.columns)
    except InputError as error:
        for text in error.problems:
            note(problems, at.mark, "record", None, text)
        return None
