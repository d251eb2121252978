"""What people get wrong in an experiment file, and what they are told: messages.txt holds it all.

`python tests/test_broken_configs.py` writes messages.txt anew; read the difference as a user would.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from streetlight.experiments.config.loading import load
from streetlight.experiments.config.yaml_reader import LARGEST_FILE
from streetlight.experiments.experiment import ConfigError
from streetlight.model.errors import InputError

FOLDER = Path(__file__).parent / "broken_configs"
SNAPSHOT = FOLDER / "messages.txt"
#: Fine by itself, but extended by a file that it extends.
PARTNERS = ("extends_cycle_back",)


def broken() -> list[Path]:
    """The broken files, in order."""
    return [one for one in sorted(FOLDER.glob("*.yaml")) if one.stem not in PARTNERS]


def told(path: Path) -> str:
    """What a user is told, without the folder."""
    with pytest.raises(InputError) as caught:
        load(path)
    return str(caught.value).replace(f"{path.parent}/", "")


def messages() -> dict[str, str]:
    """What is told about each broken file, by its name."""
    return {path.name: told(path) for path in broken()}


def as_text(found: dict[str, str]) -> str:
    """The snapshot: a paragraph a file."""
    return "\n\n".join(f"# {name}\n{text}" for name, text in found.items()) + "\n"


def test_the_messages_are_those_of_the_snapshot() -> None:
    """Every broken file is refused in the words of messages.txt."""
    assert as_text(messages()) == SNAPSHOT.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", broken(), ids=lambda path: path.stem)
def test_every_problem_has_a_place(path: Path) -> None:
    """Each line starts with the file, a line of it and a column; no Python shows through."""
    n_lines = path.read_bytes().count(b"\n") + 1
    lines = told(path).splitlines()
    assert len(lines) == len(set(lines))
    for one in lines:
        name, line, column, rest = one.split(":", 3)
        assert name.endswith((".yaml", ".csv"))
        assert name != path.name or (1 <= int(line) <= n_lines and int(column) >= 1)
        assert rest.strip()
        for word in ("pydantic", "Traceback", "dict", "NoneType", "object at"):
            assert word not in rest


def test_there_are_many_kinds() -> None:
    """More than fifty different mistakes, and no two files get the same words."""
    found = [text.partition(":")[2] for text in messages().values()]
    assert len(set(found)) == len(found) > 50


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    """Over 1 MB nothing is read."""
    path = tmp_path / "large.yaml"
    path.write_bytes(b"title: x\n" + b"#" * LARGEST_FILE)
    assert told(path) == "large.yaml:1:1: file: is larger than 1 MB, the most that is read"


def test_the_schema_refuses_what_a_shape_can_say() -> None:
    """An editor marks these files too; what needs the model's rules is left to `check`."""
    jsonschema = pytest.importorskip("jsonschema")
    from ruamel.yaml import YAML

    text = (FOLDER.parents[1] / "experiments/experiment.schema.json").read_text(encoding="utf-8")
    validator = jsonschema.Draft7Validator(json.loads(text))
    seen = (
        "choice_unknown", "future_name", "half_width_missing", "horizon_in_words", "id_a_number",
        "list_too_short", "metric_unknown", "mix_lever_unknown", "mix_unknown", "nested_parameters",
        "norway", "out_of_domain", "parameter_group", "parameter_unknown", "percent_typo",
        "policies_empty", "policy_typo", "rule_typo", "sampled_choice", "setting_unknown",
        "share_above_1", "state_unknown", "teams_typo", "title_missing", "two_regions",
        "unknown_key", "unknown_key_inside", "wrong_type", "zero_replications",
    )  # fmt: skip
    yaml = YAML(typ="safe", pure=True)
    for name in seen:
        data = yaml.load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
        assert not validator.is_valid(data), name


def test_a_config_error_is_an_input_error() -> None:
    """Callers in Python can catch one kind."""
    assert issubclass(ConfigError, InputError)


if __name__ == "__main__":
    SNAPSHOT.write_text(as_text(messages()), encoding="utf-8", newline="\n")
