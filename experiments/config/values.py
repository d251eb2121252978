"""Parameters and costs that a file sets for all futures; a list of values makes as many futures."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from streetlight.experiments.config.checks import (
    checked_overrides,
    value_problem,
)
from streetlight.experiments.config.yaml_tree import Entry, Mark, Node, note
from streetlight.experiments.distributions import value_of
from streetlight.experiments.experiment import Future
from streetlight.experiments.sampling import LONGEST_NAME, in_name
from streetlight.experiments.schema.types import MOST_SAMPLED
from streetlight.model.errors import InputError, Problems, did_you_mean
from streetlight.model.names import LEVER_NAMES
from streetlight.model.parameters import Parameters

#: By the name of a parameter: the values of its axis.
Axes = dict[str, tuple[Any, ...]]


def checked_values(root: Node, horizon: int, problems: Problems) -> tuple[dict[str, Any], Axes]:
    """The usable parameters and costs that hold in every future, and those with several values."""
    entries = entries_of(root, problems)
    cards, base = Parameters.all_cards(), Parameters()
    lists = {
        name: entry
        for name, entry in entries.items()
        if name in cards and is_axis(entry.node, value_of(base, name))
    }
    rest = {name: entry for name, entry in entries.items() if name not in lists}
    own = checked_overrides(Node(rest, root.mark), base, problems, horizon)
    axes = {name: axis_of(name, entry, problems) for name, entry in lists.items()}
    return own, {name: values for name, values in axes.items() if values}


def entries_of(root: Node, problems: Problems) -> dict[str, Entry]:
    """What `parameters` and `costs` set, by the names of parameters."""
    node, costs = root.get("parameters"), root.get("costs")
    entries = dict(node.entries()) if node else {}
    for lever, one in (costs.entries() if costs else {}).items():
        if lever not in LEVER_NAMES:
            allowed = f"must be one of: {', '.join(LEVER_NAMES)}{did_you_mean(lever, LEVER_NAMES)}"
            note(problems, one.mark, "costs", lever, allowed)
            continue
        for key, entry in one.node.entries().items():
            name = f"costs.{lever}_{key}"
            if name in entries and not entry.node.broken:
                allowed = f"is given as {name} in line {entries[name].mark.line} too; leave one out"
                note(problems, entry.mark, key, None, allowed)
            elif not entry.node.broken:
                entries[name] = entry
    return entries


def is_axis(node: Node, default: Any) -> bool:
    """Whether a value is a list of values: of lists, where the parameter is one itself."""
    if not isinstance(node.value, list) or node.broken:
        return False
    return not isinstance(default, tuple) or any(
        isinstance(one.value, list) for one in node.items()
    )


def axis_of(name: str, entry: Entry, problems: Problems) -> tuple[Any, ...]:
    """The values of a list; none, and noted, unless all can be used and differ."""
    card, base, before = Parameters.all_cards()[name], Parameters(), problems.count
    values: list[Any] = []
    for item in entry.node.items():
        value = item.plain()
        if problem := value_problem(name, value, card, base):
            note(problems, item.mark, name, item.text or value, problem)
        elif value in values:
            note(problems, item.mark, name, item.text or value, "listed twice")
        values.append(value)
    if len(values) == 1 and problems.count == before:
        note(
            problems, entry.node.mark, name, None, "a list needs several values; else leave out []"
        )
    sure = problems.count == before
    return tuple(tuple(v) if isinstance(v, list) else v for v in values) if sure else ()


def on_axes(
    futures: Sequence[Future], axes: Axes, root: Node, problems: Problems
) -> tuple[Future, ...]:
    """Every future at every combination of the values of all axes."""
    if not axes:
        return tuple(futures)
    node = root.get("futures")
    mark = node.mark if node else root.mark
    if any(future.sampled for future in futures):
        allowed = "with lists of values, futures are named; give these values to the design instead"
        note(problems, mark, "sampled", None, f"{', '.join(axes)}: {allowed}")
        return tuple(futures)
    size = len(futures) * math.prod(len(values) for values in axes.values())
    if size > MOST_SAMPLED:
        allowed = f"at most {MOST_SAMPLED:,} futures; take fewer values"
        note(problems, mark, "futures", f"{size:,}", f"{', '.join(axes)}: {allowed}")
        return tuple(futures)
    own = node is not None and "named" in node.entries()
    found = []
    for future in futures:
        if twice := [name for name in axes if name in future.overrides]:
            allowed = "is set here, and is a list of values for all futures"
            note(problems, root.at(("futures", "named", future.name))[0], twice[0], None, allowed)
            continue
        for values in itertools.product(*axes.values()):
            point = dict(zip(axes, values, strict=True))
            made = at_point(future, point, own, mark, problems)
            found += [made] if made else []
    return tuple(found)


def at_point(
    future: Future, point: Mapping[str, Any], named: bool, mark: Mark, problems: Problems
) -> Future | None:
    """A future with these values, named after them; None, and noted, if they cannot be."""
    words = [f"{name.rpartition('.')[2]}_{in_name(value)}" for name, value in point.items()]
    name = "_".join([*([future.name] if named else []), *words])
    if len(name) > LONGEST_NAME:
        allowed = f"is too long for the name of a future, {LONGEST_NAME} letters; name it yourself"
        note(problems, mark, "futures", name, allowed)
        return None
    try:
        parameters = future.parameters.with_values(dict(point))
    except InputError as error:  # two values that cannot be true together
        note(problems, mark, "futures", name, error.problems[0])
        return None
    title = f"{future.title}, {', '.join(words).replace('_', ' ')}" if future.title else ""
    overrides = {**future.overrides, **point}
    return replace(future, name=name, overrides=overrides, parameters=parameters, title=title)
