"""Read a file of targets: every problem in it is named in one pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from streetlight.experiments.calibrate.free import FreeNumber, Scale
from streetlight.experiments.calibrate.quantities import (
    QUANTITIES,
    Target,
    default_tolerance,
    label_of,
)
from streetlight.experiments.calibrate.task import Calibration
from streetlight.experiments.config.checks import (
    checked_overrides,
    note_repeats,
    shaped,
    unknown_parameter,
)
from streetlight.experiments.config.region import checked_region
from streetlight.experiments.config.yaml_reader import read_yaml
from streetlight.experiments.config.yaml_tree import Entry, Mark, Node, TooMany, note
from streetlight.experiments.distributions import of_evidence, value_of
from streetlight.experiments.experiment import ConfigError
from streetlight.experiments.schema.targets_file import TARGET_PARTS, TargetChoice, TargetsFile
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError, Problems, did_you_mean
from streetlight.model.names import CHANNELS, CLASSES
from streetlight.model.parameters import Parameters
from streetlight.model.parameters.attention import ALONE_OR_MIXED
from streetlight.model.parameters.card import Card

#: Worlds of a look, unless the file says: as many as make so many places, between two bounds.
PLACES, FEWEST_WORLDS, MOST_WORLDS = 20_000, 6, 30
#: Stand for what is required and broken, so that the rest can be checked.
PLACEHOLDERS: dict[str, Any] = {"free": ["?"], "targets": [{"target": "?", "value": 1.0}]}


def read_targets(path: Path) -> Calibration:
    """The targets of a file; ConfigError, an InputError, lists all that is wrong with it."""
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "no such file"
        raise InputError(f"{path}: {what}; name a file of targets (docs/calibrate.md)")
    problems = Problems()
    try:
        root = read_yaml(path, 0, problems)
        if root is None or not isinstance(root.value, dict):
            if root is not None and not root.broken:
                note(problems, root.mark, "file", None, "must be a mapping of keys to values")
            problems.raise_any(ConfigError)
            raise ConfigError(f"{path}: cannot be read")
        task = checked_targets_file(path, root, problems)
    except TooMany:
        problems.raise_any(ConfigError)
        raise
    problems.raise_any(ConfigError)
    assert task is not None  # otherwise a problem was noted
    return task


def checked_targets_file(path: Path, root: Node, problems: Problems) -> Calibration | None:
    """What a file asks for; None, and noted, where its region cannot be had."""
    file = shaped(root, TargetsFile, PLACEHOLDERS, TARGET_PARTS, problems)
    overrides = checked_overrides(root.get("parameters"), Parameters(), problems, horizon=0)
    parameters = Parameters().with_values(overrides)
    region = checked_region(root, file.region, problems)
    free = checked_free(root, parameters, problems)
    targets = checked_targets(root, file, region, problems)
    if region is None or problems.count:
        return None
    by_size = int(np.clip(PLACES // region.n_communities, FEWEST_WORLDS, MOST_WORLDS))
    node = root.get("region")
    return Calibration(
        path=path, title=file.title, region=region,
        region_choice=node.plain() if node else "us_counties",
        overrides=overrides, parameters=parameters, free=free, targets=targets,
        weight=file.departure_weight, years=file.years,
        replicates=by_size if file.replicates is None else file.replicates, seed=file.seed,
    )  # fmt: skip


def checked_free(root: Node, parameters: Parameters, problems: Problems) -> tuple[FreeNumber, ...]:
    """The usable free numbers; the rest is noted."""
    node, found = root.get("free"), dict[tuple[str, int | None], tuple[FreeNumber, Mark]]()
    if node is None:
        return ()
    note_repeats("free", node.items(), problems)
    named = {str(item.value): Entry(item.mark, item) for item in node.items()}
    for name, entry in (named | node.entries()).items():
        if entry.node.broken:
            continue
        ends = entry.node.plain() if isinstance(entry.node.value, list) else None
        one = free_number(name, ends, parameters, entry, problems)
        if one is None:
            continue
        for entry_of in (one.entry, None):
            if (one.name, entry_of) in found:
                line = found[one.name, entry_of][1].line
                note(problems, entry.mark, "free", name, f"moves with line {line}; leave one out")
                break
        found[one.name, one.entry] = (one, entry.mark)
    return tuple(one for one, _ in found.values())


def free_number(
    name: str, ends: list[float] | None, parameters: Parameters, entry: Entry, problems: Problems
) -> FreeNumber | None:
    """A free number by its name, between the ends of its card or others; None, and noted."""
    cards = Parameters.all_cards()
    whole, _, label = (name, "", "") if name in cards else name.rpartition(".")
    card = cards.get(whole)
    if card is None:
        note(problems, entry.mark, "free", name, unknown_parameter(name, None, cards))
        return None
    if problem := not_free(card, label, value_of(parameters, whole), ends):
        note(problems, entry.mark, "free", name, problem)
        return None
    at, central, values = which(card, label, parameters, value_of(parameters, whole))
    low, high = ends or ends_of_card(whole, card, bool(values), parameters)
    if problem := ends_problem(low, high, card, values):
        note(problems, entry.node.mark, name, f"[{low:g}, {high:g}]", problem)
        return None
    return FreeNumber(
        whole, central, low, high, at,
        "log" if values else scale_of(card, central, low, high),
        factor_of={whole: values} if values else {}, label=name,
    )  # fmt: skip


def not_free(card: Card, label: str, value: Any, ends: list[float] | None) -> str | None:
    """Why a parameter cannot be fitted, or None."""
    if card.unit in ("switch", "choice"):
        return f"is a {card.unit}; only numbers can be fitted"
    if isinstance(value, int):
        return "is a whole number; only others can be fitted"
    if card.distribution == "dirichlet":
        return "its shares sum to 1 and cannot be fitted one by one"
    if label and label not in card.labels:
        known = f"must be one of: {', '.join(card.labels)}{did_you_mean(label, card.labels)}"
        return f"{label}: {known}" if card.labels else "has one value; leave the last part out"
    if isinstance(value, tuple) and not label and not any(value):
        return "all its values are 0, which a common factor cannot move; name one of them"
    if card.low >= card.high and ends is None:
        return "its card gives no range; give one: {NAME: [lowest, highest]}"
    return None


def which(
    card: Card, label: str, parameters: Parameters, value: Any
) -> tuple[int | None, float, tuple[float, ...]]:
    """Which entry of a parameter moves, from where; the values where all move by one factor."""
    if not isinstance(value, tuple):
        return None, float(value), ()
    if label:
        at = card.labels.index(label)
    elif card.labels == ALONE_OR_MIXED:
        at = int(parameters.attention.reading == "mixed")  # the one that is in force
    else:
        return None, 1.0, value
    return at, float(value[at]), ()


def ends_of_card(
    name: str, card: Card, factor: bool, parameters: Parameters
) -> tuple[float, float]:
    """The range of a parameter's card; of a factor, what keeps its values in that range."""
    if not factor:
        return float(card.low), float(card.high)
    found = of_evidence(name, parameters)
    return found.low, found.high


def ends_problem(low: float, high: float, card: Card, values: tuple[float, ...]) -> str | None:
    """Why a number cannot move between two ends, or None."""
    if not low < high:
        return "must be [lowest, highest], the first below the second"
    if values and low <= 0.0:
        return "is a factor on all its values, which must be above 0"
    for end in (low, high):
        for value in values or (1.0,):
            if problem := card.problem(end * value):
                return problem if not values else f"makes {end * value:g} of {value:g}: {problem}"
    return None


def scale_of(card: Card, central: float, low: float, high: float) -> Scale:
    """The scale of a number: log odds of shares, logarithms of what is above 0."""
    if low <= 0.0 or central <= 0.0 or card.domain == "real":
        return "linear"
    if card.domain in ("probability", "share"):
        return "logit" if high < 1.0 and central < 1.0 else "linear"
    return "log"


def checked_targets(
    root: Node, file: TargetsFile, region: Region | None, problems: Problems
) -> tuple[Target, ...]:
    """The usable targets; the rest is noted."""
    node, found = root.get("targets"), dict[str, Target]()
    items = node.items() if node else []
    if len(items) != len(file.targets):
        return ()  # some are broken, which was noted
    for item, choice in zip(items, file.targets, strict=True):
        before = problems.count
        check_target(item, choice, region, problems)
        if problems.count > before:
            continue
        quantity = QUANTITIES[choice.target]
        at = None if choice.place_class is None else CLASSES.index(choice.place_class)
        channel = None if choice.channel is None else CHANNELS.index(choice.channel)
        label = label_of(choice.target, choice.place_class, channel)
        if label in found:
            note(problems, item.mark, "target", label, "listed twice")
        tolerance = choice.tolerance or default_tolerance(quantity, choice.value)
        found[label] = Target(
            choice.target, choice.value, tolerance, at, channel, label, choice.source or ""
        )
    return tuple(found.values())


def check_target(
    item: Node, choice: TargetChoice, region: Region | None, problems: Problems
) -> None:
    """Note what is wrong with a target."""

    def wrong(key: str, value: object, allowed: str) -> None:
        node = item.at((key,))[1]
        note(problems, node.mark, key, node.text or value, allowed)

    quantity = QUANTITIES.get(choice.target)
    if quantity is None:
        likely = did_you_mean(choice.target, QUANTITIES)
        wrong("target", choice.target, f"must be one of: {', '.join(QUANTITIES)}{likely}")
        return
    if problem := quantity.problem(choice.value):
        wrong("value", choice.value, problem)
    if choice.tolerance == 0.0:
        wrong("tolerance", choice.tolerance, "must be above 0")
    if quantity.by_channel and choice.channel is None:
        allowed = f"needs a channel: {', '.join(CHANNELS)}"
        note(problems, item.mark, "target", choice.target, allowed)
    if choice.channel is not None and not quantity.by_channel:
        wrong("channel", choice.channel, f"says nothing of {choice.target}; leave it out")
    if choice.place_class is not None and region is not None:
        inside = region.place_class == CLASSES.index(choice.place_class)
        if not region.youth[inside].sum() > 0.0:
            wrong("place_class", choice.place_class, "the region has no youth in this class")
