"""Read a YAML 1.2 file into a tree in which every value knows its line and column.

The subset is what an experiment needs: mappings with text keys, lists, text, numbers, true and
false. Tags, anchors, aliases, duplicate keys, empty values and further documents are problems; all
of them are noted in one pass. Nothing in a file can name a Python object.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from streetlight.experiments.config.yaml_tree import Entry, Mark, Node, note
from streetlight.model.errors import Problems

MERGE_KEY = "<<"  # of YAML 1.1
LARGEST_FILE = 1_000_000  # bytes
LONGEST_LINE = 100_000  # characters; the parser's time grows with the square of a word's length
MOST_VALUES = 20_000  # keys, and values without those that hold others
DEEPEST = 20  # levels of nesting
MOST_DIGITS = 308  # of a whole number; a longer one is no float either

# The scalars of the YAML 1.2 core schema; anything else that is not quoted is text.
NULL = re.compile(r"~|null|Null|NULL|")
BOOLEAN = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
INTEGER = re.compile(r"[-+]?[0-9]+")
DASH = re.compile(r"\S - \S")  # of a list, in a line that was joined to the one above
LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")  # octal to some readers, and a code to others
OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
DECIMALS = re.compile(r"[0-9]+ ?%?")  # behind a comma, which ends a value in brackets
NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


def read_yaml(path: Path, order: int, problems: Problems) -> Node | None:
    """The tree of one file, or None when nothing can be read from it; problems are noted."""
    text = read_text(path, order, problems)
    if text is None:
        return None
    return parse(text, str(path), order, problems)


def read_text(path: Path, order: int, problems: Problems) -> str | None:
    """The file's text; a file that is missing, too large or not UTF-8 is noted."""
    start = Mark(str(path), 1, 1, order)
    try:
        if not path.is_file():
            raise OSError("not a file")
        with path.open("rb") as stream:
            raw = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        note(problems, start, "file", None, f"cannot be read: {reason}")
        return None
    if len(raw) > LARGEST_FILE:
        note(problems, start, "file", None, "is larger than 1 MB, the most that is read")
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        mark = Mark(str(path), line, column, order)
        note(
            problems, mark, "file", f"byte 0x{raw[error.start]:02x}", "is not UTF-8; save as UTF-8"
        )
        return None


def parse(text: str, file: str, order: int, problems: Problems) -> Node | None:
    """The tree of a YAML text; problems are noted under the name `file`."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    for number, row in enumerate(text.split("\n"), start=1):
        if len(row) > LONGEST_LINE:
            allowed = f"{len(row):,} characters: at most {LONGEST_LINE:,} in a line"
            note(problems, Mark(file, number, 1, order), "file", None, allowed)
            return None
    builder = Builder(file, order, problems)
    try:
        return builder.document(iter(YAML(typ="safe", pure=True).parse(text)))
    except MarkedYAMLError as error:
        where, said = (
            builder.odd_quote(error)
            or builder.open_bracket(error)
            or odd_indent(error, text)
            or yaml_problem(error)
        )
        note(problems, builder.mark(where), "YAML", None, said)
    except YAMLError as error:  # a character that no YAML file may hold
        position = getattr(error, "position", 0)
        before = text[:position]
        line = before.count("\n") + 1
        mark = Mark(file, line, position - (before.rfind("\n") + 1) + 1, order)
        code = getattr(error, "character", None)
        named = f": U+{code:04X}" if isinstance(code, int) else ""
        note(problems, mark, "file", None, f"holds a character that is not allowed{named}")
    except TooMuch:  # noted where it happened; reading on would take forever
        pass
    return None


#: What the parser finds, by words of its message: in our words, and whether its context says where.
YAML_PROBLEMS = (
    ("could not find expected ':'", "a key needs a colon and a space, as in horizon: 10", True),
    ("'\\t' that cannot start any token", "a tab; indent and part with spaces", False),
    ("cannot start any token", "no text begins with this character; put it in quotes", False),
    ("mapping values are not allowed", "a second colon in the line; put the text in quotes", False),
    ("expected <block end>", "is indented neither like the line above nor like its key", False),
    ("while scanning a quoted scalar", "a quotation mark that opens here is not closed", True),
    ("while parsing a flow", "a bracket opens here; its end, or a comma in it, is missing", True),
)


def yaml_problem(error: Any) -> tuple[Any, str]:
    """Where a text stops being YAML (a mark of ruamel's), and why, in our words if we have any."""
    parts = [part for part in (error.context, error.problem) if part]
    said = ", ".join(parts)
    for words, ours, by_context in YAML_PROBLEMS:
        if words in said:
            places = (error.context_mark, error.problem_mark)
            first, second = places if by_context else places[::-1]
            return first or second, ours
    return error.problem_mark or error.context_mark, said


def odd_indent(error: Any, text: str) -> tuple[Any, str] | None:
    """What is said of a key below a key that has a value already; None of anything else."""
    where = error.problem_mark
    if where is None or "mapping values are not allowed" not in str(error.problem):
        return None
    lines = text.split("\n")
    before = next((line for line in reversed(lines[: where.line]) if line.strip()), "")
    if ":" in lines[where.line][: where.column] or not re.match(r"[^#]*: ", before):
        return None
    key, _, value = (one.strip()[:60] for one in before.partition(": "))
    where.column = len(lines[where.line]) - len(lines[where.line].lstrip())
    said = (
        f"is indented below {key}, which has the value {value}; a key has a value or keys below it"
    )
    return where, said + ("; as region: {us_counties: {...}}" if value == "us_counties" else "")


class TooMuch(Exception):
    """Ends the reading of a file that is nested too deeply, or holds too much."""


class Builder:
    """Makes nodes of the events of ruamel's parser."""

    def __init__(self, file: str, order: int, problems: Problems) -> None:
        self.file = file
        self.order = order
        self.problems = problems
        self.n_values = 0
        self.quoted: tuple[Any, Any] | None = None  # where the last text in quotes opens and closes
        self.bracket: Any = None  # where the last list or mapping in brackets opens

    def mark(self, mark: Any) -> Mark:
        """Our mark (from 1) for one of ruamel's (from 0)."""
        if mark is None:
            return Mark(self.file, 1, 1, self.order)
        return Mark(self.file, mark.line + 1, mark.column + 1, self.order)

    def note(self, event: Any, key: str, value: object, allowed: str) -> None:
        """Note a problem where an event starts."""
        note(self.problems, self.mark(event.start_mark), key, value, allowed)

    def odd_quote(self, error: Any) -> tuple[Any, str] | None:
        """What is said where a text in quotes ends sooner or later than was meant; None elsewhere.

        Then more text follows in the line where it ends.
        """
        if self.quoted is None or error.problem_mark is None:
            return None
        opens, closes = self.quoted
        if closes.line != error.problem_mark.line:
            return None
        if opens.line != closes.line:
            return opens, "a quotation mark that opens here is not closed in its line"
        return opens, (
            f"text in quotes ends at column {closes.column} and more follows; put it in the other "
            "kind of quotes, or write the quotation mark within it twice"
        )

    def open_bracket(self, error: Any) -> tuple[Any, str] | None:
        """What is said where the text ends right behind a bracket that opens; None elsewhere."""
        if self.bracket is None or "node content, but found '<stream end>'" not in error.problem:
            return None
        return self.bracket, "a bracket opens here; its end is missing"

    def document(self, events: Iterator[Any]) -> Node | None:
        """The first document of a stream, which must be the only one."""
        root: Node | None = None
        n_documents = 0
        for event in events:
            kind = type(event).__name__
            if kind == "DocumentStartEvent":
                n_documents += 1
                if event.version not in (None, (1, 2)):
                    version = ".".join(map(str, event.version))
                    mark = Mark(self.file, 1, 1, self.order)
                    note(self.problems, mark, "%YAML", version, "files are read as YAML 1.2")
                if n_documents == 2:
                    self.note(event, "---", None, "a second document; one file is one experiment")
            elif kind not in ("StreamStartEvent", "StreamEndEvent", "DocumentEndEvent"):
                node = self.node(event, events, "file", 0)
                root = root if n_documents > 1 else node
        if root is None or (root.value is None and not root.broken):
            note(self.problems, Mark(self.file, 1, 1, self.order), "file", None, "is empty")
            return None
        return root

    def node(self, event: Any, events: Iterator[Any], key: str, depth: int) -> Node:
        """The node that starts with an event; reads on to its end."""
        kind = type(event).__name__
        mark = self.mark(event.start_mark)
        if kind == "AliasEvent":
            self.note(event, key, f"*{event.anchor}", "aliases are not used; write the value again")
            return Node(None, mark, broken=True)
        self._no_anchor_or_tag(event, key)
        if getattr(event, "flow_style", False):
            self.bracket = event.start_mark
        if depth > DEEPEST:
            self.note(event, key, None, f"nested more than {DEEPEST} levels deep")
            raise TooMuch
        if kind == "MappingStartEvent":
            node = self._mapping(mark, events, depth)
        elif kind == "SequenceStartEvent":
            node = self._sequence(mark, events, key, depth)
        else:
            node = self._scalar(event, mark, key)
        node.broken = node.broken or getattr(event, "tag", None) is not None
        return node

    def _no_anchor_or_tag(self, event: Any, key: str) -> None:
        if event.anchor is not None:
            self.note(event, key, f"&{event.anchor}", "anchors are not used; leave it out")
        if getattr(event, "tag", None) is not None:
            self.note(event, key, str(event.tag), "tags are not used; write the plain value")

    def _mapping(self, mark: Mark, events: Iterator[Any], depth: int) -> Node:
        entries: dict[str, Entry] = {}
        for event in events:
            if type(event).__name__ == "MappingEndEvent":
                break
            key_node = self.node(event, events, "key", depth + 1)
            key = self._key(key_node)
            node = self.node(next(events), events, key or "value", depth + 1)
            if not key:
                continue  # noted; its value has no key to stand under
            if node.value is None and not node.broken:
                allowed = "has no value; give one or leave the key out"
                if DECIMALS.fullmatch(key):
                    allowed = f"has no value; if it is part of a number, write .{key}, not ,{key}"
                note(self.problems, key_node.mark, key, None, allowed)
                node.broken = True
            if key in entries:
                first = entries[key].mark
                note(self.problems, key_node.mark, key, None, f"given twice; first in line "
                     f"{first.line}")  # fmt: skip
            else:
                entries[key] = Entry(key_node.mark, node)
        return Node(entries, mark)

    def _key(self, node: Node) -> str:
        """The name that a key is, or "" where it can be none; that is noted."""
        if node.value == MERGE_KEY and node.text == MERGE_KEY:
            advice = "merge keys are not used; write the entries again, or extend another file"
            note(self.problems, node.mark, "key", MERGE_KEY, advice)
            return ""
        if isinstance(node.value, str) and node.value:
            if node.value[0].isspace() and node.text == node.value:
                code = f"U+{ord(node.value[0]):04X}"
                allowed = (
                    f"begins with the character {code}, which is no plain space; indent with those"
                )
                note(self.problems, node.mark, "key", node.value.strip(), allowed)
                return ""
            return node.value
        if not node.broken:
            found = node.text or "nothing"
            if isinstance(node.value, (dict, list)):
                found = "a mapping" if isinstance(node.value, dict) else "a list"
            quotes = f"; write '{node.text}' in quotes" if node.text else ""
            note(self.problems, node.mark, "key", found, f"a name is text{quotes}")
        return node.text

    def _sequence(self, mark: Mark, events: Iterator[Any], key: str, depth: int) -> Node:
        items: list[Node] = []
        for event in events:
            if type(event).__name__ == "SequenceEndEvent":
                break
            node = self.node(event, events, key, depth + 1)
            if isinstance(node.value, str) and joined_by_dash(event):
                allowed = "goes on in the next line: is the dash there indented too far?"
                note(self.problems, node.mark, key, None, allowed)
                node.broken = True
            if node.value is None and not node.broken:
                note(self.problems, node.mark, key, None, "an item of the list is empty")
                node.broken = True
            items.append(node)
        return Node(items, mark)

    def _scalar(self, event: Any, mark: Mark, key: str) -> Node:
        text: str = event.value
        self.n_values += 1
        if self.n_values > MOST_VALUES:
            self.note(event, "file", None, f"holds more than {MOST_VALUES:,} keys and values; "
                      "reading stops here")  # fmt: skip
            raise TooMuch
        if event.style in ("'", '"'):
            self.quoted = event.start_mark, event.end_mark
        if event.style is not None:  # quoted or a block: text, whatever it looks like
            return Node(text, mark, text)
        if NULL.fullmatch(text):
            return Node(None, mark, text)
        if text in BOOLEAN:
            return Node(BOOLEAN[text], mark, text)
        if LEADING_ZERO.fullmatch(text) and len(text) <= MOST_DIGITS:
            allowed = f'begins with a zero: a code is written "{text}", a number {int(text)}'
            self.note(event, key, text, allowed)
            return Node(None, mark, text, broken=True)
        if INTEGER.fullmatch(text):
            if len(text) <= MOST_DIGITS:
                return Node(int(text), mark, text)
            self.note(event, key, text, "is too large a number")
            return Node(None, mark, text, broken=True)
        if OTHER_BASE.fullmatch(text):
            self.note(event, key, text, "write numbers in the decimal system, or text in quotes")
            return Node(None, mark, text, broken=True)
        if NOT_FINITE.fullmatch(text) or (FLOAT.fullmatch(text) and math.isinf(float(text))):
            self.note(event, key, text, "must be a finite number")
            return Node(None, mark, text, broken=True)
        if FLOAT.fullmatch(text):
            return Node(float(text), mark, text)
        return Node(text, mark, text)


def joined_by_dash(event: Any) -> bool:
    """Whether an item goes on in a line that looks like an item of its own."""
    lines = event.start_mark.line, event.end_mark.line
    return event.style is None and lines[0] < lines[1] and DASH.search(event.value) is not None
