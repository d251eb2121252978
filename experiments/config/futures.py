"""The futures of an experiment file: the named ones, then the sampled ones."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter, ValidationError

from streetlight.experiments.config.checks import checked_overrides, in_words
from streetlight.experiments.config.sampled import checked_sampled
from streetlight.experiments.config.shocks import Shocks, shocks_of
from streetlight.experiments.config.yaml_tree import Node, note
from streetlight.experiments.experiment import Future
from streetlight.experiments.sampling import Sampling
from streetlight.experiments.schema.experiment_file import ExperimentFile
from streetlight.experiments.schema.types import Line
from streetlight.model.errors import Problems
from streetlight.model.parameters import Parameters

SHOCKS, TITLE = "shocks", "title"


def checked_futures(
    root: Node, file: ExperimentFile, base: dict[str, Any], shocks: Shocks, problems: Problems
) -> tuple[tuple[Future, ...], Sampling | None]:
    """The named futures, then the sampled ones, and how these came about."""
    node = root.get("futures")
    named = node.get("named") if node else None
    start = Parameters().with_values(base)
    futures = [
        named_future(name, named, start, file.horizon, shocks, problems)
        for name in file.futures.named
    ]
    sampling = None
    if file.futures.sampled is not None and node is not None:
        points, sampling = checked_sampled(
            node.at(("sampled",))[1], file.futures.sampled, file.seed, start, problems
        )
        struck = node.at(("sampled",))[1].get(SHOCKS)
        drawn = [point.parameters for point in points]
        names, own = shocks_of(struck, shocks, drawn, problems)
        taken = set(file.futures.named)
        for point in points:
            if named and point.name in taken:
                mark = named.entries()[point.name].mark
                note(problems, mark, "futures", point.name, "is the name of a sampled future")
            kind = sampling.design if sampling else ""
            futures.append(Future(point.name, point.overrides, point.parameters, own, names, kind))
    given = bool(named and named.entries()) or bool(node and "sampled" in node.entries())
    if not (futures or given):
        mark = node.mark if node else root.mark
        note(problems, mark, "futures", None, "name at least one future, or sample some")
    return tuple(futures), sampling


def named_future(
    name: str,
    named: Node | None,
    start: Parameters,
    horizon: int,
    shocks: Shocks,
    problems: Problems,
) -> Future:
    """A future of the file with its usable parameters and shocks; the rest is noted."""
    entry = named.entries().get(name) if named else None
    if entry is None:
        return Future(name, {}, start)
    node = entry.node
    rest = {key: one for key, one in node.entries().items() if key not in (SHOCKS, TITLE)}
    own = checked_overrides(Node(rest, node.mark), start, problems, horizon)
    parameters = start.with_values(own)
    names, struck = shocks_of(node.get(SHOCKS), shocks, [parameters], problems)
    title = checked_title(node.get(TITLE), problems)
    return Future(name, own, parameters, struck, names, title=title)


def checked_title(node: Node | None, problems: Problems) -> str:
    """What people are to call a future; empty without a title, or with one that is noted."""
    if node is None or node.broken:
        return ""
    try:
        return TypeAdapter(Line).validate_python(node.plain(), strict=True)
    except ValidationError as error:
        note(
            problems, node.mark, TITLE, node.text or node.plain(), in_words(error.errors()[0], node)
        )
        return ""
