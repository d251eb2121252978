"""The JSON Schema and the reference page of the experiment file: current, complete, and right."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from streetlight.experiments import cli
from streetlight.experiments.commands.new import TEMPLATES
from streetlight.experiments.config.files import shipped_folder, shipped_names
from streetlight.experiments.config.loading import load
from streetlight.experiments.config.own_code import take_rules
from streetlight.experiments.metrics import METRICS
from streetlight.experiments.schema.experiment_file import PARTS
from streetlight.experiments.schema.json_schema import (
    SCHEMA_NAME,
    draft_7,
    experiment_schema,
    schema_text,
    with_names,
)
from streetlight.model.money.policies import MIXES, RULES
from streetlight.model.parameters import Parameters

ROOT = Path(__file__).parent.parent
SCHEMA = experiment_schema()
VALIDATOR = Draft7Validator(SCHEMA)
GOOD = {"title": "Good", "policies": ["per_youth"]}


def read(path: Path) -> Any:
    """A YAML file as plain values."""
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


def schemas(schema: Any) -> Iterator[dict[str, Any]]:
    """Every mapping in a schema, itself included."""
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from schemas(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from schemas(value)


def test_the_schema_is_draft_7() -> None:
    """It is a valid schema of that draft, none of the newer draft's keywords is left, and nothing
    stands beside a $ref, where editors would not see it."""
    Draft7Validator.check_schema(SCHEMA)
    keys = {key for one in schemas(SCHEMA) for key in one}
    assert not keys & {"$defs", "prefixItems", "discriminator", "x-known", "x-or-word"}
    assert all(len(one) == 1 for one in schemas(SCHEMA) if "$ref" in one)
    targets = {one["$ref"] for one in schemas(SCHEMA) if "$ref" in one}
    assert {f"#/definitions/{name}" for name in SCHEMA["definitions"]} >= targets


def test_tuples_and_optional_values_are_converted() -> None:
    """A tuple becomes a list of items with nothing after them; null is no value."""
    new = {"prefixItems": [{"type": "string"}], "items": False, "title": "T"}
    assert draft_7(new) == {"items": [{"type": "string"}], "additionalItems": False}
    optional = {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}], "default": None}
    assert draft_7(optional) == {"type": "integer", "minimum": 1}
    named = {"$ref": "#/$defs/A", "description": "two\n  lines"}
    assert draft_7(named) == {"allOf": [{"$ref": "#/definitions/A"}], "description": "two lines"}


def test_parameters_may_have_other_keys_beside_them() -> None:
    """A mapping of parameters that names further keys allows these, and no others."""
    own = {"type": "object", "x-known": "parameters", "properties": {"extra": {"type": "integer"}}}
    schema = {**with_names(own, {}), "definitions": SCHEMA["definitions"]}
    validator = Draft7Validator(schema)
    assert validator.is_valid({"extra": 3, "spell.exit_hazard": 0.1})
    assert not validator.is_valid({"extra": "x"})
    assert not validator.is_valid({"other": 3})


@pytest.mark.parametrize("name", shipped_names())
def test_shipped_experiments_fit_the_schema(name: str) -> None:
    """Editors mark nothing in a file that ships, and its first line leads to the schema."""
    path = shipped_folder() / f"{name}.yaml"
    assert list(VALIDATOR.iter_errors(read(path))) == []
    first = path.read_text(encoding="utf-8").splitlines()[0]
    found = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert found and (path.parent / found[1]).resolve() == (shipped_folder() / SCHEMA_NAME)


@pytest.mark.parametrize(
    "wrong",
    [
        {"horizn": 3},
        {"horizon": 0},
        {"horizon": None},
        {"parameters": {"spell.exit_hazrd": 0.1}},
        {"parameters": {"spell.exit_hazard": 0}},
        {"parameters": {"switches.denial": "no"}},
        {"parameters": {"denial.leaders": [0.1, 0.2]}},
        {"futures": {"named": {"UP": {}}}},
        {"futures": {"named": {"dry": {"spell.exit_hazrd": 0.1}}}},
        {"metrics": {"identifed": {}}},
        {"policies": ["per_yuth"]},
        {"policies": {"mine": {"rule": "per_youth", "bugdet": 1}}},
        {"mix": "balancd"},
        {"mix": {"trainning": 1.0}},
        {"region": "us"},
        {"region": {"csv": "a.csv", "synthetic": {"n_communities": 3}}},
        {"replications": {"min": 4}},
    ],
    ids=str,
)
def test_a_wrong_value_is_marked(wrong: dict[str, Any]) -> None:
    """What `check` refuses for its shape or for a name, an editor marks too."""
    assert VALIDATOR.is_valid(GOOD)
    assert not VALIDATOR.is_valid(GOOD | wrong)


def test_costs_by_policy_year_are_marked_where_a_key_is_no_year() -> None:
    """Editors know the years of a cost as they know those of other parameters."""
    years = {"start": 200, "year 3": 260}
    right, wrong = ({"training": {"unit_cost": one}} for one in (years, {**years, "2029": 300}))
    assert list(VALIDATOR.iter_errors({**GOOD, "costs": right})) == []
    assert list(VALIDATOR.iter_errors({**GOOD, "costs": wrong})) != []


def test_what_a_file_may_name_itself_is_not_marked() -> None:
    """Policies of the file's own, and files beside it, are no mistakes."""
    policies = {"mine": {"rule": "per_youth"}, "both": {"blend": {"mine": 0.5, "hotspots": 0.5}}}
    assert VALIDATOR.is_valid({**GOOD, "policies": policies, "baseline": "mine"})
    assert VALIDATOR.is_valid({"extends": "a_file_beside_this_one"})
    assert not VALIDATOR.is_valid({"horizon": 3})


def test_every_key_says_what_it_is() -> None:
    """Each key has a description in plain words; a class may not leave one out."""
    for part in PARTS.values():
        for name, one in part.model_json_schema()["properties"].items():
            text = one.get("description", "")
            assert text[:1].isupper() and text.endswith((".", ".)")), f"{part.__name__}.{name}"


def test_every_name_is_offered_with_what_it_is() -> None:
    """Rules, mixes, metrics and parameters are completed, and parameters carry their cards."""
    definitions = SCHEMA["definitions"]
    for kind, names in {"rules": RULES, "mixes": MIXES, "metrics": METRICS}.items():
        listed = definitions[f"{kind}_by_name"]
        assert listed["enum"] == list(names)
        assert len(listed["enumDescriptions"]) == len(names)
    properties = definitions["parameters"]["properties"]
    assert list(properties) == list(Parameters.all_cards())
    text = properties["spell.exit_hazard"]["description"]
    for word in ("per month", "0.02", "0.015 to 0.035", "assumed"):
        assert word in text
    assert properties["denial.leaders"]["anyOf"][0]["minItems"] == 4


def test_the_defaults_fit_the_schema() -> None:
    """Every parameter's own default is a value that the schema allows."""
    properties = SCHEMA["definitions"]["parameters"]["properties"]
    defaults = {name: one["default"] for name, one in properties.items()}
    assert VALIDATOR.is_valid({**GOOD, "parameters": defaults})


@pytest.fixture
def _no_rules_left() -> Iterator[None]:
    """Names of a file of rules are gone after a test."""
    yield
    take_rules(None)


@pytest.mark.usefixtures("_no_rules_left")
def test_the_examples_of_the_page_are_right(tmp_path: Path) -> None:
    """Every example of the page loads, its own rules at hand, and fits the schema, which does not
    know names of one's own."""
    page = (ROOT / "docs/experiment-file.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```yaml\n(.*?)^```", page, re.M | re.S)
    assert len(blocks) == 8
    (table,) = re.findall(r"^```csv\n(.*?)^```", page, re.M | re.S)
    (tmp_path / "today.csv").write_text(table, encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```", page, re.M | re.S)
    rules = tmp_path / "my_rules.py"
    rules.write_text(code, encoding="utf-8")
    for i, block in enumerate(blocks):
        path = tmp_path / f"example_{i}.yaml"
        path.write_text(block, encoding="utf-8")
        assert load(path, rules=rules).policies
        assert VALIDATOR.is_valid(read(path)) != ("dollars_per_report" in block)


def test_the_command_writes_the_schema(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`schema` prints it; with --out it is written, over an older one too."""
    assert cli.call(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == SCHEMA
    path = tmp_path / "here.json"
    path.write_text(json.dumps({"title": SCHEMA["title"]}))
    assert cli.call(["schema", "--out", str(path)]) == 0
    assert path.read_text(encoding="utf-8") == schema_text()


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates_fit_the_schema(name: str) -> None:
    """Editors mark nothing in a template."""
    assert list(VALIDATOR.iter_errors(read(shipped_folder() / "templates" / f"{name}.yaml"))) == []
