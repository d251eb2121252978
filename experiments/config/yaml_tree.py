"""The tree that a YAML file is read into: every value knows its line and column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from streetlight.model.errors import Problems, did_you_mean, visible


@dataclass(frozen=True)
class Mark:
    """A place in a file; `order` counts the files read, so that problems are listed in order."""

    file: str
    line: int
    column: int
    order: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    @property
    def place(self) -> tuple[int, int]:
        """Where problems at this mark are listed."""
        return self.order, self.line


@dataclass
class Node:
    """A value of a file: dict of `Entry`, list of `Node`, or a scalar (`text` as it was written).

    A value that has been reported as a problem already is `broken`: nothing more is said about it.
    """

    value: dict[str, Entry] | list[Node] | str | int | float | bool | None
    mark: Mark
    text: str = ""
    broken: bool = False

    def plain(self) -> Any:
        """The value without the marks; broken values are left out."""
        if isinstance(self.value, dict):
            entries = self.value.items()
            return {key: entry.node.plain() for key, entry in entries if not entry.node.broken}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value if not node.broken]
        return self.value

    def entries(self) -> dict[str, Entry]:
        """The entries of a mapping; none for anything else."""
        return self.value if isinstance(self.value, dict) else {}

    def items(self) -> list[Node]:
        """The unbroken items of a list; none for anything else."""
        return [n for n in self.value if not n.broken] if isinstance(self.value, list) else []

    def get(self, key: str) -> Node | None:
        """The value under a key, or None."""
        entry = self.entries().get(key)
        return entry.node if entry and not entry.node.broken else None

    def at(self, path: tuple[str | int, ...]) -> tuple[Mark, Node]:
        """Mark (of the key where there is one) and node at a path, as far as the path leads."""
        mark, node = self.mark, self
        for step in path:
            if isinstance(step, int) and step < len(node.items()):
                node = node.items()[step]
                mark = node.mark
            elif isinstance(step, str) and step in node.entries():
                entry = node.entries()[step]
                mark, node = entry.mark, entry.node
            else:
                break
        return mark, node


@dataclass
class Entry:
    """A key of a mapping and its value."""

    mark: Mark
    node: Node


def shown(value: object) -> str:
    """A value as messages show it: as written, cut when long."""
    if isinstance(value, dict):
        return "a mapping" if value else "{}"
    if isinstance(value, list):
        value = f"[{', '.join(shown(one) for one in value)}]"
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
    text = visible(text)
    return text if len(text) <= 60 else f"{text[:57]}..."


def any_broken(node: Node) -> bool:
    """Whether a node or anything below it was noted as broken."""
    children = [entry.node for entry in node.entries().values()]
    children += node.value if isinstance(node.value, list) else []
    return node.broken or any(any_broken(child) for child in children)


#: Checking a file ends with this many problems: most of its time goes into what is said of each.
MOST_NOTED = 500


class TooMany(Exception):
    """Ends the checking of a file with more problems than anybody reads."""


def note(problems: Problems, mark: Mark, key: str, value: object, allowed: str) -> None:
    """Add a problem in the one form all of them have: place, key, value, what is allowed."""
    if problems.count >= MOST_NOTED:
        raise TooMany
    found = f" {shown(value)}:" if value is not None else ""
    problems.add(mark.place, f"{mark}: {key}:{found} {allowed}")


def unknown_key(key: str, known: list[str]) -> str:
    """What is said about a key that nothing reads."""
    return f"unknown key{did_you_mean(key, known)}; allowed: {', '.join(known)}"
