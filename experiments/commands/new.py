"""`streetlight new NAME`: a commented experiment file to start from."""

from __future__ import annotations

from pathlib import Path

from streetlight.experiments.config.files import shipped_folder, shipped_names
from streetlight.experiments.schema.json_schema import SCHEMA_NAME, is_schema, schema_text
from streetlight.experiments.schema.types import NAME_IN_WORDS
from streetlight.model.errors import InputError, did_you_mean
from streetlight.model.money.policy import NAME

#: Templates by name, with what each is for.
TEMPLATES = {
    "compare": "policies in a part of the built-in table",
    "sweep": "the same policies over sampled futures, replicated until precise enough",
    "shock": "a rise of attention beside a rise of victimization",
    "region": "a small region of your own, with its table",
    "budget": "places, costs and plans of your own, compared with what is spent today",
}
#: Templates that are no experiments: the command that reads what they make.
OTHERS = {"calibrate": "calibrate"}


def new_experiment(name: str, template: str = "compare", folder: Path | None = None) -> int:
    """Write NAME.yaml, what it reads, and the schema for editors into a folder (the current one).

    InputError, and nothing written, when the name or the template cannot be used, a file of that
    name is there, or the folder takes no files.
    """
    contents = new_files(name, template)
    folder = folder or Path()
    paths = [folder / one for one in contents]
    there = [path for path in paths if path.exists() or path.is_symlink()]
    if there:
        raise InputError(*(f"{path}: is there already; choose another name" for path in there))
    if template in OTHERS:
        write_all(folder, contents)
        print(f"next: streetlight {OTHERS[template]} {folder / name}.yaml")
        return 0
    schema = folder / SCHEMA_NAME
    is_new = not schema.exists()
    if is_new:
        contents[SCHEMA_NAME] = schema_text()
    write_all(folder, contents)
    if is_new:
        print(f"{SCHEMA_NAME} is for editors: by it they complete and explain every key")
    elif schema.read_bytes() != schema_text().encode():
        if is_schema(schema):
            print(f"{schema} is of another version: streetlight schema --out {schema} replaces it")
        else:
            print(f"{schema} is no schema of an experiment file; editors will not find one")
    print(f"next: streetlight check {folder / name}.yaml")
    return 0


def write_all(folder: Path, contents: dict[str, str]) -> None:
    """Write new files and say so; InputError, and none of them left, when one cannot be written."""
    written: list[Path] = []
    try:
        for one, text in contents.items():
            with (folder / one).open("x", encoding="utf-8", newline="\n") as stream:
                written.append(folder / one)
                stream.write(text)
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"{folder / one}: cannot be written: {reason}") from None
    for path in written:
        print(f"wrote {path}")


def new_files(name: str, template: str) -> dict[str, str]:
    """The files of a new experiment by name, schema apart; InputError when there can be none."""
    problems = []
    if not NAME.fullmatch(name):
        hint = "; leave .yaml out" if name.endswith((".yaml", ".yml")) else ""
        problems.append(f"name: {name}: {NAME_IN_WORDS}{hint}")
    elif name in shipped_names():
        problems.append(f"name: {name}: is the name of a shipped experiment; choose another")
    known_templates = [*TEMPLATES, *OTHERS]
    if template not in known_templates:
        advice = did_you_mean(template, known_templates)
        known = f"must be one of: {', '.join(known_templates)}{advice}"
        problems.append(f"--template: {template}: {known}")
    if problems:
        raise InputError(*problems)
    source = shipped_folder() / "templates"
    text = (source / f"{template}.yaml").read_text(encoding="utf-8")
    text = text.replace(f"../{SCHEMA_NAME}", f"./{SCHEMA_NAME}", 1)
    tables = {}
    for table in sorted(source.glob(f"{template}*.csv")):
        own = table.name.replace(template, name, 1)
        text = text.replace(f": {table.name}\n", f": {own}\n", 1)
        tables[own] = table.read_text(encoding="utf-8")
    return {f"{name}.yaml": text, **tables}
