"""The JSON Schema of the experiment file, for editors: `schema_text()`, committed as SCHEMA_NAME.

pydantic gives the shape in a newer draft; here it is turned into draft 7, which editors complete
best, and the names that the model knows are put in (`types.known` marks their places).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from streetlight.experiments.schema.experiment_file import ExperimentFile
from streetlight.experiments.schema.names import described_names, parameter_schemas
from streetlight.experiments.schema.types import KNOWN, OR_WORD

SCHEMA_NAME = "experiment.schema.json"

#: Keywords that hold schemas: one, a list, a mapping of them.
ONE = ("items", "additionalItems", "additionalProperties", "propertyNames", "not")
LISTED = ("anyOf", "oneOf", "allOf")
MAPPED = ("properties", "patternProperties", "definitions")

#: Kinds of names of which a file may have others: its own policies, files beside it.
OPEN = ("policies", "experiments")

#: By which a file is known to be this schema.
TITLE = "Experiment file of Streetlight"


def schema_text() -> str:
    """The file SCHEMA_NAME."""
    return json.dumps(experiment_schema(), indent=1, ensure_ascii=False) + "\n"


def is_schema(path: Path) -> bool:
    """Whether a file holds this schema, of whatever version."""
    if not path.is_file():
        return False
    try:
        found = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found.get("title") == TITLE


def experiment_schema() -> dict[str, Any]:
    """The schema as plain values; draft 7."""
    shape = draft_7(ExperimentFile.model_json_schema())
    names = described_names()
    found = with_names(shape, names)
    definitions = found.pop("definitions")
    required = found.pop("required")
    definitions |= {f"{kind}_by_name": listed(one) for kind, one in names.items()}
    parameters = parameter_schemas()
    definitions["parameters"] = {"type": "object", "properties": parameters}
    definitions["parameters_by_name"] = {"enum": list(parameters)}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": TITLE,
        **found,
        # a file that extends another need not repeat what that one says
        "anyOf": [{"required": ["extends"]}, {"required": required}],
        "definitions": dict(sorted(definitions.items())),
    }


def each_schema(
    schema: Mapping[str, Any], change: Callable[[Mapping[str, Any]], Any]
) -> dict[str, Any]:
    """A copy in which every schema directly inside is changed."""
    found: dict[str, Any] = {}
    for key, value in schema.items():
        if key in ONE and isinstance(value, dict):
            found[key] = change(value)
        elif key in LISTED:
            found[key] = [change(one) for one in value]
        elif key in MAPPED:
            found[key] = {name: change(one) for name, one in value.items()}
        else:
            found[key] = value
    return found


def draft_7(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema of draft 2020-12, as pydantic writes it, in draft 7: nothing may stand beside $ref,
    tuples are lists of `items`, and what may be left out need not also be null."""
    renamed = {"$defs": "definitions", "prefixItems": "items"}
    left_out = ("title", "discriminator")
    old = {renamed.get(key, key): value for key, value in schema.items() if key not in left_out}
    if "prefixItems" in schema:
        old["additionalItems"] = schema.get("items", True)
        old["items"] = [draft_7(one) for one in schema["prefixItems"]]
    if old.get("default", 0) is None:
        del old["default"]
    if old.get("additionalProperties") is True:
        del old["additionalProperties"]
    if "patternProperties" in old:
        old.setdefault("additionalProperties", False)
    if "description" in old:
        old["description"] = " ".join(old["description"].split())
    if "anyOf" in old:
        options = [one for one in old["anyOf"] if one != {"type": "null"}]
        if len(options) == 1:
            del old["anyOf"]
            old = {**options[0], **old}
        else:
            old["anyOf"] = options
    found = each_schema(old, draft_7)
    if "$ref" in found:
        target = {"$ref": found.pop("$ref").replace("#/$defs/", "#/definitions/")}
        return {**found, "allOf": [target]} if found else target
    return found


def with_names(schema: Mapping[str, Any], names: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """A schema with the names that the model knows where `known` marks their places."""
    found = each_schema(schema, lambda one: with_names(one, names))
    kind = found.pop(KNOWN, None)
    word = found.pop(OR_WORD, None)
    if kind is not None and found["type"] == "string":
        found = named_text(found, kind)
    elif kind == "parameters":
        found = named_parameters(found)
    elif kind is not None:
        found |= named_keys(found, names["rules" if kind == "policies" else kind])
    if word is not None:
        about = {"description": found.pop("description")}
        return {**about, "anyOf": [{"const": word}, found]}
    return found


def named_text(schema: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Text that is a name of a kind; of an open kind also any other text."""
    outside = {key: schema[key] for key in ("description", "default") if key in schema}
    target = {"$ref": f"#/definitions/{'rules' if kind == 'policies' else kind}_by_name"}
    if kind in OPEN:
        other = {key: value for key, value in schema.items() if key not in outside}
        return {**outside, "anyOf": [target, other]}
    return {**outside, "allOf": [target]} if outside else target


def named_parameters(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping of dotted names to values; it may have other keys, given in its `properties`."""
    keys: dict[str, Any] = {"$ref": "#/definitions/parameters_by_name"}
    if others := list(schema.get("properties", {})):
        keys = {"anyOf": [keys, {"enum": others}]}
    return {**schema, "allOf": [{"$ref": "#/definitions/parameters"}], "propertyNames": keys}


def named_keys(schema: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Keywords of a mapping whose keys are names: what each is. Others only by a pattern."""
    patterns = schema.get("patternProperties", {})
    value = next(iter(patterns.values()), schema.get("additionalProperties", {}))
    properties = {}
    for name, text in names.items():
        if "$ref" in value:
            properties[name] = {"description": text, "allOf": [value]}
        else:
            properties[name] = {**value, "description": text}
    return {"properties": properties, "additionalProperties": False}


def listed(names: Mapping[str, str]) -> dict[str, Any]:
    """Text that is one of these names; editors show what each is."""
    return {"type": "string", "enum": list(names), "enumDescriptions": list(names.values())}
