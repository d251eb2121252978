"""The page docs/experiment-file.md: tables from the classes that say what a file may hold, put
into the words of experiment_file.md.jinja."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2

from streetlight.experiments.config.files import MERGED, MOST_EXTENDED
from streetlight.experiments.config.yaml_reader import (
    DEEPEST,
    LARGEST_FILE,
    LONGEST_LINE,
    MOST_VALUES,
)
from streetlight.experiments.config.yaml_tree import MOST_NOTED
from streetlight.experiments.metrics import METRICS
from streetlight.experiments.schema.experiment_file import PARTS, ExperimentFile
from streetlight.experiments.schema.json_schema import draft_7
from streetlight.experiments.schema.types import (
    KNOWN,
    MOST_RUNS,
    NAME_IN_WORDS,
    OR_WORD,
    YEARS,
    Part,
)

#: What names of each kind are, in words: one, and several.
KINDS = {
    "rules": ("a rule", "names"),
    "policies": ("a rule, or a policy of this file", "rules or policies of this file"),
    "mixes": ("a mix", "mixes"),
    "levers": ("a lever", "levers"),
    "settings": ("a setting", "the rule's settings"),
    "metrics": ("a metric", "metrics"),
    "parameters": ("a dotted name", "dotted names"),
    "sampled_parameters": ("a dotted name", "dotted names"),
    "states": ("a postal code", "postal codes"),
    "place_classes": ("one of large metro, small metro, town, rural", "classes"),
    "experiments": ("a file in the same folder, or a shipped experiment", "experiments"),
}


def experiment_file_page() -> str:
    """The page: a table for every mapping of the file, then the rules that tables cannot say."""
    first = {part: path for path, part in reversed(PARTS.items())}
    sections = [
        section(path, part) if first[part] == path else again(path, first[part])
        for path, part in PARTS.items()
    ]
    text = Path(__file__).with_suffix(".md.jinja").read_text(encoding="utf-8")
    page = jinja2.Template(text, undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    parts: dict[str, Any] = dict(
        sections="\n\n".join(sections),
        names=NAME_IN_WORDS,
        most_runs=f"{MOST_RUNS:,}",
        metrics="\n".join(metric_rows()),
        merged=", ".join(f"`{key}`" for key in MERGED),
        deepest=DEEPEST,
        values=f"{MOST_VALUES:,}",
        longest=f"{LONGEST_LINE:,}",
        noted=MOST_NOTED,
        most_extended=MOST_EXTENDED,
        largest=f"{LARGEST_FILE // 1_000_000} MB",
    )
    return str(page.render(parts))


def metric_rows() -> list[str]:
    """A row a metric: what it is, which way is good, and its own smallest difference."""
    rows = []
    for name, one in METRICS.items():
        of = f"% of the baseline's `{one.relative_to}`"
        matters = f"{100 * one.matters:g}{of}" if one.relative_to else f"{one.matters:g}"
        rows.append(f"| `{name}` | {one.title} | {one.unit} | {one.direction} | {matters} |")
    return rows


def section(path: tuple[str, ...], part: type[Part]) -> str:
    """One mapping: a heading, what it is, and a row a key."""
    schema = draft_7(part.model_json_schema())
    title = title_of(path)
    required = schema.get("required", [])
    rows = [
        f"| `{name}` | {type_in_words(one)} | {default_in_words(one, name in required)} "
        f"| {one.get('description', '')} |"
        for name, one in schema["properties"].items()
    ]
    head = ["| key | value | default | meaning |", "| --- | --- | --- | --- |"]
    about = "" if part is ExperimentFile else f"{schema['description']}\n\n"
    return f"## {f'`{title}`' if title else 'The file'}\n\n{about}" + "\n".join([*head, *rows])


def title_of(path: tuple[str, ...]) -> str:
    """Where a mapping stands, as headings have it."""
    title = ".".join("NAME" if step == "*" else step for step in path)
    return title.replace("schedule.NAME", "schedule[]").replace("budgets.NAME", "budgets[]")


def again(path: tuple[str, ...], first: tuple[str, ...]) -> str:
    """A mapping of a kind that stands above: a heading, and where."""
    return f"## `{title_of(path)}`\n\nAs `{title_of(first)}`, above."


def default_in_words(schema: Mapping[str, Any], required: bool) -> str:
    """The default of a key as a table shows it."""
    if required:
        return "required"
    if "default" not in schema:
        return "-"
    default = schema["default"]
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def type_in_words(schema: Mapping[str, Any]) -> str:
    """What a value may be, in words, from its schema of draft 7."""
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return ", or ".join(type_in_words(one) for one in schema[key])
    if OR_WORD in schema:
        return f"`{schema[OR_WORD]}`, or a mapping"
    if "$ref" in schema or "allOf" in schema:
        return "a mapping (below)"
    if "enum" in schema:
        return " or ".join(f"`{in_code(one)}`" for one in schema["enum"])
    kind = schema.get("type")
    one, several = KINDS.get(schema.get(KNOWN, ""), ("", "names"))
    if kind == "array":
        return f"a list, each {type_in_words(schema['items'])}"
    if kind == "object":
        patterns = schema.get("patternProperties", {})
        several = "policy years" if YEARS in patterns else several
        value = next(iter(patterns.values()), schema.get("additionalProperties"))
        return f"a mapping of {several}, each to {type_in_words(value) if value else 'its value'}"
    if kind == "string":
        if "%" in schema.get("pattern", ""):
            return "a percentage such as `2%`"
        return one or ("text" + at_most(schema.get("maxLength"), "characters"))
    word = "a whole number" if kind == "integer" else "a number"
    return word + bounds(schema)


def in_code(text: str) -> str:
    """Text between backticks in a table: marks alone in quotes, and the bar escaped."""
    shown = text if any(map(str.isalnum, text)) else json.dumps(text)
    return shown.replace("|", "\\|")


def at_most(most: int | None, of: str) -> str:
    """', at most 200 characters', if there is a bound."""
    return f", at most {most:,} {of}" if most else ""


def bounds(schema: Mapping[str, Any]) -> str:
    """The bounds of a number in words."""
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None:
        return ""
    if high is None or high >= 2**53:
        return f", {low:g} or more"
    return f", {low:,g} to {high:,}" if isinstance(high, int) else f", {low:,g} to {high:,g}"
