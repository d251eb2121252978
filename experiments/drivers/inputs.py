"""What was varied over the sampled futures of a results folder, as one number an input and future.

A parameter that is a tuple was varied by one common factor, which is what stands here for it; a
switch is 0 or 1; a choice is coded by the place of its word among the words that occur.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from streetlight.experiments.design_table import FILE, read_design
from streetlight.experiments.distributions import value_of
from streetlight.experiments.experiment import DRAWS
from streetlight.experiments.running.reading import again
from streetlight.model.arrays import FloatArray
from streetlight.model.errors import InputError
from streetlight.model.parameters import Parameters


@dataclass(frozen=True)
class Input:
    """One input: its dotted name, its card's title and unit.

    levels: the words of a choice in the order of their codes, else empty; is_factor: whether the
    number is a common factor on all values of a tuple; is_switch: 0 off, 1 on; labels: of a choice
    of lists, what their places are.
    """

    name: str
    title: str
    unit: str
    levels: tuple[str, ...] = ()
    is_factor: bool = False
    is_switch: bool = False
    labels: tuple[str, ...] = ()

    @property
    def is_ordered(self) -> bool:
        """Whether more and less mean anything: not for a choice among words."""
        return not self.levels

    @property
    def in_words(self) -> str:
        """The title and the dotted name, saying so where it is a factor or a choice."""
        kind = ", a factor on all its values" if self.is_factor else ""
        if self.levels:
            kind = f", a choice of {len(self.levels)}"
        if self.labels:
            kind += f" lists: {' / '.join(self.labels)}"
        return f"{self.title} ({self.name}{kind})"


@dataclass(frozen=True)
class Inputs:
    """The sampled futures by name, and what each input was in each: values (n futures, d inputs).

    constant: inputs that are the same in all these futures, which no analysis can tell about.
    """

    inputs: tuple[Input, ...]
    futures: tuple[str, ...]
    values: FloatArray
    constant: tuple[str, ...] = ()

    def rows(self, futures: Sequence[str]) -> Inputs:
        """The same for some of the futures, in their order."""
        position = {name: i for i, name in enumerate(self.futures)}
        kept = [position[name] for name in futures]
        return Inputs(self.inputs, tuple(futures), self.values[kept], self.constant)


def read_inputs(folder: Path, config: Mapping[str, Any]) -> Inputs:
    """The inputs of a results folder, from design.parquet.

    InputError when no future was sampled, or the file does not fit the manifest.
    """
    is_sampled = config.get("sampled_futures") or (folder / FILE).exists()
    futures, columns = designed(folder) if is_sampled else ([], {})
    if not futures:
        raise InputError(
            f"{folder}: holds no sampled futures; add `futures: sampled:` to the experiment file, "
            "run it, and ask again"
        )
    unknown = sorted(set(futures) - set(config["futures"]))
    if unknown or len(set(futures)) < len(futures):
        which = f"future {unknown[0]}: is not in manifest.json" if unknown else "a future is twice"
        raise InputError(f"{folder / FILE}: {which}; {again(folder)}")
    return coded(futures, columns, Parameters().with_values(plain(config["parameters"])))


def designed(folder: Path) -> tuple[list[str], dict[str, list[Any]]]:
    """Names of the sampled futures and what each is, by design.parquet.

    A parameter that has no number in some sampled future is left out.
    """
    table = read_design(folder)
    kept = np.isin(table.kinds, DRAWS)
    columns: dict[str, list[Any]] = {}
    for name, column in zip(table.parameters, table.values[kept].T, strict=True):
        if np.isnan(column).any():
            continue
        words = table.labels.get(name, ())
        in_words = [words[int(code)] for code in column] if words else []
        is_switch = set(words) <= {"false", "true"}
        columns[name] = column.tolist() if is_switch else in_words
    return [name for name, is_kept in zip(table.futures, kept, strict=True) if is_kept], columns


def coded(futures: Sequence[str], columns: Mapping[str, Sequence[Any]], base: Parameters) -> Inputs:
    """The inputs as numbers; those that never change are set apart."""
    cards = Parameters.all_cards()
    inputs, values, constant = [], [], []
    for name, column in columns.items():
        numbers, levels, is_factor = numbers_of(name, column, base)
        if len(np.unique(numbers)) < 2:
            constant.append(name)
            continue
        card = cards.get(name)
        title, unit = (card.title, card.unit) if card else (name, "")
        is_lists = bool(levels) and levels[0].startswith("[")
        labels = card.labels if card and is_lists else ()
        inputs.append(Input(name, title, unit, levels, is_factor, unit == "switch", labels))
        values.append(numbers)
    if not inputs:
        raise InputError("the sampled futures do not differ in any parameter")
    return Inputs(tuple(inputs), tuple(futures), np.array(values).T, tuple(constant))


def numbers_of(
    name: str, column: Sequence[Any], base: Parameters
) -> tuple[FloatArray, tuple[str, ...], bool]:
    """One input's numbers (n,), the words they stand for if any, whether they are factors."""
    if isinstance(column[0], str):
        levels = tuple(sorted(set(column)))
        return np.array([float(levels.index(one)) for one in column]), levels, False
    known = name in Parameters.all_cards()
    is_factor = known and isinstance(value_of(base, name), tuple)
    return np.array(column, dtype=np.float64), (), is_factor


def level(word: str) -> str:
    """A word of a choice for people: a list as its numbers, "1 / 1 / 1.5"."""
    if not word.startswith("["):
        return word
    entries = json.loads(word)
    return " / ".join(f"{one:g}" if isinstance(one, float) else str(one) for one in entries)


def plain(overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Overrides as parameters take them: JSON's lists are tuples."""
    return {k: tuple(v) if isinstance(v, list) else v for k, v in overrides.items()}
