"""The futures of an experiment file: the named ones, then the sampled ones."""

from __future__ import annotations

from typing import Any

from experiments import sampling
from experiments.config_checks import checked_overrides, note_repeats, unknown_parameter
from experiments.experiment import Future
from experiments.schema import ExperimentFile
from experiments.yaml_tree import Node, note
from model.errors import InputError, Problems
from model.parameters import Parameters


def checked_futures(
    root: Node, file: ExperimentFile, base: dict[str, Any], problems: Problems
) -> tuple[Future, ...]:
    """The named futures, then the sampled ones."""
    node = root.get("futures")
    named = node.get("named") if node else None
    start = Parameters().with_values(base)
    found: list[Future] = []
    for name in file.futures.named:
        entry = named.entries().get(name) if named else None
        own = checked_overrides(entry.node if entry else None, start, problems)
        found.append(Future(name, own, start.with_values(own)))
    if file.futures.sampled is not None and node is not None:
        found += sampled_futures(node.at(("sampled",))[1], file, start, problems)
        for future in found[: len(file.futures.named)]:
            if named and future.name in {one.name for one in found[len(file.futures.named) :]}:
                mark = named.entries()[future.name].mark
                note(problems, mark, "futures", future.name, "is the name of a sampled future")
    given = bool(named and named.entries()) or file.futures.sampled is not None
    if not (found or given):
        mark = node.mark if node else root.mark
        note(problems, mark, "futures", None, "name at least one future, or sample some")
    return tuple(found)


def sampled_futures(
    node: Node, file: ExperimentFile, start: Parameters, problems: Problems
) -> list[Future]:
    """The sampled futures, sampled_0000 and on; parameters that cannot be sampled are noted."""
    sampled = file.futures.sampled
    assert sampled is not None
    items = node.get("parameters")
    nodes = items.items() if items else []
    note_repeats("parameters", nodes, problems)
    good = []
    cards = Parameters.all_cards()
    for item in nodes:
        name = str(item.value)
        if name not in cards:
            note(problems, item.mark, "parameters", name, unknown_parameter(name, None, cards))
        elif reason := sampling.not_sampled(name):
            note(problems, item.mark, "parameters", name, reason)
        elif name not in good:
            good.append(name)
    if not good or len(good) < len(nodes):
        return []
    try:
        draws = sampling.sample(good, sampled.n, file.seed, start)
    except InputError as error:
        note(problems, node.mark, "sampled", None, str(error))
        return []
    return [
        Future(f"sampled_{i:04d}", own, parameters, sampled=True)
        for i, (own, parameters) in enumerate(draws)
    ]
