"""The fingerprint of a study: what its numbers come from, and whether that is still what it was.

Hashes (SHA-256) of the settings, of the model's code and data, and of every file of inputs and
outputs that the run wrote. The manifest holds it; the report has it in a `<meta>` tag, with a hash
of the page itself. It shows accidents and edits, and is no signature: who changes a file on purpose
can change its hash as well.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from streetlight.experiments.running.design import code_hash
from streetlight.experiments.running.parts import TABLES
from streetlight.experiments.running.reading import again, read_manifest, reason
from streetlight.experiments.running.store import COMPARED
from streetlight.model.errors import InputError

#: Files that a run writes and nobody is to change after it.
INPUTS = ("experiment.json", "region.csv", "region_neighbours.csv", "plans.csv")
OUTPUTS = (
    *(f"{name}.parquet" for name in (*TABLES, "design", "measures")), *COMPARED, "precision.csv",
)  # fmt: skip
#: What the manifest is asked for.
SHAPE = {"config": dict, "config_sha256": str, "code_sha256": str}
META = "streetlight-fingerprint"
PARTS = ("settings", "code", "files", "page")
UNSEALED = "0" * 64
FOUND_IN_PAGE = re.compile(
    rf'<meta name="{META}" content="' + " ".join(rf"{name}:([0-9a-f]{{64}})" for name in PARTS)
)


def fingerprint(folder: Path) -> dict[str, Any]:
    """What the folder holds now: `settings`, `code`, `files` by name, and `short` for people.

    InputError when there is no manifest, or a file cannot be read.
    """
    manifest = read_manifest(folder, SHAPE)
    settings = digest(json.dumps(manifest["config"], sort_keys=True))
    there = [name for name in (*INPUTS, *OUTPUTS) if (folder / name).is_file()]
    found = {
        "settings": settings,
        "code": manifest["code_sha256"],
        "files": {name: of_file(folder / name) for name in there},
    }
    return {**found, "short": short(found)}


def digest(text: str) -> str:
    """Hash of a text."""
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def of_file(path: Path) -> str:
    """Hash of a file's bytes."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {reason(error)}") from None


def of_files(files: Mapping[str, str]) -> str:
    """One hash for all files."""
    return digest(json.dumps(dict(files), sort_keys=True))


def short(found: Mapping[str, Any]) -> str:
    """The whole fingerprint as four groups that two people can compare aloud."""
    whole = digest(" ".join((found["settings"], found["code"], of_files(found["files"]))))
    return " ".join(whole[k : k + 4] for k in range(0, 16, 4))


# On the page


def in_meta(found: Mapping[str, Any]) -> str:
    """The content of the page's `<meta name="streetlight-fingerprint">`, not yet sealed."""
    values = (found["settings"], found["code"], of_files(found["files"]), UNSEALED)
    return " ".join(f"{name}:{value}" for name, value in zip(PARTS, values, strict=True))


def sealed(html: str) -> str:
    """The page with its own hash in its fingerprint; unchanged where it has none."""
    return html.replace(f"page:{UNSEALED}", f"page:{digest(html)}", 1)


# Whether all is as it was


def problems_of_folder(folder: Path) -> list[str]:
    """What does not match in a results folder, a line each; InputError without a fingerprint."""
    manifest = read_manifest(folder, SHAPE)
    kept = manifest.get("fingerprint")
    if not isinstance(kept, dict) or not isinstance(kept.get("files"), dict):
        raise InputError(
            f"{folder}: its manifest holds no fingerprint: the run has not ended, or an earlier "
            f"version made it; {again(folder)}"
        )
    found, problems = fingerprint(folder), []
    if not found["settings"] == kept.get("settings") == manifest["config_sha256"]:
        problems.append("settings: the configuration in manifest.json is not the one that was run")
    if found["code"] != kept.get("code"):
        problems.append("code: manifest.json names another version of the model than was run")
    problems += of_installed(found["code"])
    for name, value in kept["files"].items():
        if name not in found["files"]:
            problems.append(f"{name}: is missing")
        elif found["files"][name] != value:
            problems.append(f"{name}: was changed after the run")
    added = [name for name in found["files"] if name not in kept["files"]]
    return problems + [f"{name}: was added after the run" for name in added]


def of_installed(code: str) -> list[str]:
    """Whether results were made with another version of the model than the one installed here."""
    if code == code_hash():
        return []
    return ["code: made with another version of the model than the one installed here, which would "
            "give other numbers"]  # fmt: skip


def problems_of_page(path: Path) -> list[str]:
    """What does not match in a page, and between it and the results folder it lies in.

    InputError when it cannot be read or has no fingerprint.
    """
    try:
        html = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {reason(error)}") from None
    except UnicodeDecodeError:
        html = ""
    match = FOUND_IN_PAGE.search(html)
    if match is None:
        raise InputError(f"{path}: is no report with a fingerprint")
    settings, code, files, page = match.groups()
    problems = []
    if digest(html.replace(f"page:{page}", f"page:{UNSEALED}", 1)) != page:
        problems.append(f"{path.name}: was changed after it was written")
    if (path.parent / "manifest.json").is_file():
        found = fingerprint(path.parent)
        beside = (found["settings"], found["code"], of_files(found["files"]))
        pairs = zip(PARTS, (settings, code, files), beside, strict=False)
        problems += [
            f"{part}: not those of the results beside it in {path.parent}"
            for part, own, its in pairs if own != its
        ]  # fmt: skip
    return problems + of_installed(code)
