"""How a region's file is to be read: what an analyst says of it, in an experiment file or Python.

A file that is not as its reading says is refused with the line to add. Reading then goes on as if
the line were there (`Trial`), so that one pass finds all there is to add.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from streetlight.model.communities.columns import (
    CLASS_OF_LABEL,
    COLUMNS,
    NUMBER,
    PERSONS,
    SHARE,
    RegionError,
)
from streetlight.model.errors import Problems, did_you_mean

ENCODINGS = (
    "utf-8", "utf-16", "windows-1250", "windows-1251", "windows-1252", "iso-8859-1", "iso-8859-2",
    "iso-8859-15", "mac-roman", "shift_jis", "gb18030", "big5", "euc-kr",
)  # fmt: skip
SEPARATORS = (",", ";", "\t", "|")
DECIMALS = (".", ",")
THOUSANDS = ("", ",", ".", " ", "'", "_")
#: Blanks of all kinds that stand between thousands.
SPACES = "\u00a0\u202f\u2009\u2007 "
#: What the built-in table of US counties can tell of a county by its code.
COUNTY_FACTS = ("place_class", "poverty_share", "state", "coordinates", "neighbours")
#: What is refused unless the analyst says that it is meant.
DOUBTS = {
    "sums": "a row with as many people as other rows together is a place of its own",
    "sizes": "numbers of people are as small, or as broken, as they look",
    "shares": "shares and numbers of youth are as small or as large as they look",
    "coordinates": "latitude and longitude are where they say",
    "codes": "ids are as they look: without a zero, as numbers, alike but for case or zeros",
    "counties": "codes that the built-in table does not have get no facts of it",
    "footnotes": "lines below the table are notes, and left out",
}
#: Columns that may be given in these units.
SHARES = tuple(name for name, one in COLUMNS.items() if one.kind == SHARE)
COUNTS = tuple(name for name, one in COLUMNS.items() if one.kind == PERSONS)
Texts = tuple[str, ...]


@dataclass(frozen=True)
class ClassRule:
    """Place classes by the analyst's own rule.

    by: a column of the file; values: class to the values of that column that mean it; at_least:
    class to the smallest number of that column (by default the population) of a place in it.
    """

    by: str = "population"
    values: Mapping[str, Texts] = field(default_factory=dict)
    at_least: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class FileReading:
    """All that may be said of a region's file; the defaults fit a file with our own columns.

    columns: column with a meaning to the file's column; area: the file's column of areas; unused:
    columns of the file that mean nothing to the model though they look so; header: the line with
    the names of columns, 0 for the first that is not blank; where, without: column to values of
    the rows that are kept, left out.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    area: str = ""
    unused: Texts = ()
    separator: str = ","
    encoding: str = "utf-8"
    header: int = 0
    decimal: str = "."
    thousands: str = ""
    percent: Texts = ()
    in_thousands: Texts = ()
    unknown: Texts = ()
    where: Mapping[str, Texts] = field(default_factory=dict)
    without: Mapping[str, Texts] = field(default_factory=dict)
    id_length: int = 0
    place_class: ClassRule | None = None
    county_facts: Texts = ()
    accept: Texts = ()

    @classmethod
    def of(cls, given: Mapping[str, Any], problems: Problems) -> FileReading:
        """One from plain values. What it cannot be is noted, and left out if a file can still
        be read without it; else RegionError."""
        known = {one.name for one in fields(cls)}
        for name in [one for one in given if one not in known]:
            problems.add((0, 0), f"{name}: no such argument{did_you_mean(name, known)}")
        values = {name: plain(name, value) for name, value in given.items() if name in known}
        rule = values.get("place_class")
        if isinstance(rule, Mapping):
            if unknown := set(rule) - {one.name for one in fields(ClassRule)}:
                problems.add((0, 0), f"place_class: {min(unknown)}: must be by, values or at_least")
                rule = {"at_least": {"rural": 0}}
            values["place_class"] = ClassRule(**rule)
        elif rule is not None:
            problems.add((0, 0), f"place_class: value {rule!r}: must be a mapping")
            del values["place_class"]
        reading = cls(**values)
        found = faults(reading)
        for text, at in found:
            problems.add((0, 0), text, at=at)
        if any(at[0] not in SPARED for _, at in found):
            problems.raise_any(RegionError)
        kept: dict[str, Any] = {
            "county_facts": tuple(one for one in reading.county_facts if one in COUNTY_FACTS),
            "accept": tuple(one for one in reading.accept if one in DOUBTS),
        }
        if ("place_class",) in {at[:1] for _, at in found}:
            kept["place_class"] = ClassRule()
        return replace(reading, **kept)


#: Arguments without which a file can still be looked at.
SPARED = ("place_class", "county_facts", "accept")
#: Arguments that are texts, mappings to a text, and mappings to texts.
TEXTS = ("unused", "percent", "in_thousands", "unknown", "county_facts", "accept")
TO_TEXT, TO_TEXTS = ("columns",), ("where", "without", "values")


def plain(name: str, value: Any) -> Any:
    """An argument as a reading holds it: one text stands for a list of one, 1 for "1"."""
    if isinstance(value, Mapping):
        within = "texts" if name in TO_TEXTS else ""
        return {key: plain(within or str(key), one) for key, one in value.items()}
    if isinstance(value, list | tuple | set):
        return tuple(str(one) if type(one) is int else one for one in value)
    if name in TEXTS or name == "texts":
        return plain(name, [value]) if isinstance(value, str | int) else value
    return value


Fault = tuple[str, tuple[str, ...]]


def faults(reading: FileReading) -> list[Fault]:
    """What no reading may say, and where it says so."""
    default = FileReading()
    found: list[Fault] = []
    for one in fields(FileReading):
        value, usual = getattr(reading, one.name), getattr(default, one.name)
        kind = {tuple: "a list of texts", dict: "a mapping", str: "text", int: "a whole number"}
        right = isinstance(value, type(usual)) and not isinstance(value, bool)
        if isinstance(usual, tuple):
            right = right and all(isinstance(text, str) for text in value)
        elif isinstance(usual, dict):
            kind[dict] = "a mapping of columns to " + "texts" * (one.name in TO_TEXTS)
            kind[dict] += "columns of the file" * (one.name in TO_TEXT)
            right = right and all(is_text(one.name, text) for text in value.values())
        if not right and one.name != "place_class":
            text = f"{one.name}: value {value!r}: must be {kind[type(usual)]}"
            found.append((text, (one.name,)))
    if found:
        return found
    for name, allowed in (
        ("separator", SEPARATORS), ("encoding", ENCODINGS), ("decimal", DECIMALS),
        ("thousands", THOUSANDS), ("percent", SHARES), ("in_thousands", COUNTS),
        ("county_facts", COUNTY_FACTS), ("accept", tuple(DOUBTS)), ("columns", tuple(COLUMNS)),
    ):  # fmt: skip
        given = getattr(reading, name)
        for value in [given] if isinstance(given, str) else given:
            if value not in allowed:
                words = ", ".join(
                    one if one.isidentifier() else repr(one) for one in allowed if one
                )
                advice = did_you_mean(value, allowed) if len(value) > 1 else ""
                at = (name, value) if name == "columns" else (name,)
                found.append((f"{name}: {value!r}: must be one of: {words}{advice}", at))
    if reading.decimal == reading.thousands:
        found.append(
            ("thousands: the same as the decimal point; say  decimal  too", ("thousands",))
        )
    for text, *keys in rule_faults(reading):
        found.append((f"place_class: {text}", ("place_class", *keys)))
    return found


def is_text(name: str, value: object) -> bool:
    """Whether a value of a mapping is text, or texts where these are wanted."""
    if name in TO_TEXTS:
        return isinstance(value, tuple) and all(isinstance(one, str) for one in value)
    return isinstance(value, str)


def rule_faults(reading: FileReading) -> list[tuple[str, ...]]:
    """What no rule of classes may say, and the keys of it that say so."""
    rule = reading.place_class
    if rule is None:
        return []
    if "place_class" in reading.columns:
        return [("columns has a place_class too; give one of the two",)]
    if not isinstance(rule.values, Mapping) or not isinstance(rule.at_least, Mapping):
        return [("values and at_least are mappings of classes",)]
    if bool(rule.values) == bool(rule.at_least):
        return [("needs values or at_least, and not both",)]
    key = "values" if rule.values else "at_least"
    labels = ", ".join(CLASS_OF_LABEL)
    for label, value in getattr(rule, key).items():
        if label not in CLASS_OF_LABEL:
            advice = did_you_mean(label, CLASS_OF_LABEL)
            return [(f"{label!r}: must be one of: {labels}{advice}", key, label)]
        right = is_text(key, value) if rule.values else isinstance(value, int | float)
        if not right:
            kind = "a list of texts" if rule.values else "a number"
            return [(f"{label}: value {value!r}: must be {kind}", key, label)]
    seen: dict[str, str] = {}
    for label, values in rule.values.items():
        for value in values:
            if seen.setdefault(value, label) != label:
                return [(f"{value!r} is {seen[value]} and {label}", key, label)]
    sizes = [rule.at_least[label] for label in CLASS_OF_LABEL if label in rule.at_least]
    if sizes != sorted(sizes, reverse=True):
        return [("at_least must fall from large metro over small metro and town to rural", key)]
    return []


def in_plain(column: str, reading: FileReading, cell: str) -> str | None:
    """A cell with a decimal point and no marks; None if it is no number in the reading's form."""
    if cell in reading.unknown:
        return ""
    if not cell or (cell.isascii() and cell.isdigit()):  # most cells, and quickly told
        return cell
    text = cell.translate(dict.fromkeys(map(ord, SPACES), " ")).strip()
    text = text.replace("\N{MINUS SIGN}", "-")
    if column in reading.percent:
        text = text.removesuffix("%").strip()
    whole, point, rest = text.partition(reading.decimal)
    if (mark := reading.thousands) and mark in whole:
        marks = re.escape(mark)
        if not re.fullmatch(rf"[+-]?\d{{1,3}}(?:{marks}\d{{2,3}})*{marks}\d{{3}}", whole):
            return None
        whole = whole.replace(mark, "")
    if reading.decimal == "," and "." in whole + rest:
        return None
    plainly = whole + "." * bool(point) + rest
    return plainly if not plainly or NUMBER.fullmatch(plainly) else None


def readable(column: str, reading: FileReading, cell: str) -> bool:
    """Whether a cell is blank, or a number in the reading's form."""
    return in_plain(column, reading, cell) is not None


def more(rows: Sequence[int]) -> str:
    """How many further rows there are like the first."""
    return f" ({len(rows) - 1:,} more like it)" if len(rows) > 1 else ""


def flow(value: Any) -> str:
    """A value as YAML on one line."""
    if isinstance(value, ClassRule):
        value = {name: one for name, one in asdict(value).items() if one}
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{flow(k)}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(flow, value))}]"
    plainly = isinstance(value, str) and re.fullmatch(r"[^\W\d][\w. -]*(?<! )", value)
    words = ("true", "false", "null", "yes", "no", "on", "off", "y", "n")
    if plainly and str(value).casefold() not in words:
        return str(value)
    if isinstance(value, bool | int | float):
        return str(value).lower()
    return f"'{value}'" if "'" not in value and value.isprintable() else quoted(value)


def quoted(text: str) -> str:
    """Text in double quotes, with escapes."""
    import json  # imported where it is needed, which is hardly ever

    return json.dumps(text, ensure_ascii=False)


def as_yaml(file: str, reading: FileReading) -> str:
    """The line of an experiment file that reads a file in this way."""
    own, usual = asdict(reading), asdict(FileReading())
    said = {name: value for name, value in own.items() if value != usual[name]}
    if reading.place_class:
        said["place_class"] = reading.place_class
    return f"region: {flow({'csv': file, **said})}"


class Trial:
    """A file being read: what was said of it, and how it was found that it must be read."""

    def __init__(self, path: Path, reading: FileReading, problems: Problems) -> None:
        self.path, self.given, self.problems = path, reading, problems
        self.reading = reading
        self.notes: list[str] = []
        self.useless: set[str] = set()  # columns of which nothing more is to be said
        self._proposed: list[str] = []
        self._doubted = 0

    def header_line(self) -> int:
        """The line with the names of columns."""
        return self.reading.header or 1

    def propose(self, line: int, what: str, otherwise: str = "", **change: Any) -> None:
        """Note that the file must be read in another way, and go on in that way."""
        self._proposed.append(str(change))
        text = ", ".join(f"{name}: {flow(value)}" for name, value in change.items())
        self.problems.add((0, line), f"{self.path}:{line}: {what}; add  {text}{otherwise}")
        for name, value in change.items():
            now = getattr(self.reading, name)
            if isinstance(now, Mapping):
                value = {**now, **value}
            elif isinstance(now, tuple):
                value = (*now, *value)
            self.reading = replace(self.reading, **{name: value})

    def doubt(
        self, line: int, what: str, kind: str, fix: str, meant: str = "if it is meant"
    ) -> bool:
        """Note what is hardly meant, unless the analyst said that it is; fix: what to do else.

        Whether it was noted.
        """
        if kind in self.reading.accept:
            return False
        self._doubted += 1
        text = f"{self.path}:{line}: {what}; {fix}; {meant}, add  accept: [{kind}]"
        self.problems.add((0, line), text)
        return True

    def only_proposed(self) -> bool:
        """Whether the file is right but for what was proposed or doubted."""
        return self.problems.count == len(self._proposed) + self._doubted

    def finish(self) -> None:
        """Add, behind several proposals, the one line that holds them all."""
        if len(self._proposed) > 1:
            line = as_yaml(self.path.name, self.reading)
            self.problems.add((0, 2**40), f"{self.path}: all of these in one line: {line}")
