"""Find an experiment file, follow its `extends`, and merge the files into one tree."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from streetlight.experiments.config.yaml_reader import read_yaml
from streetlight.experiments.config.yaml_tree import Mark, Node, note, shown
from streetlight.model.errors import InputError, Problems, did_you_mean

MOST_EXTENDED = 5
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")

#: Keys whose entries are merged one by one; every other key of a file replaces its base's.
MERGED = ("parameters", "costs", "futures", "named", "shocks", "policies", "metrics")
#: Keys that say the same thing in two ways: the one that a file gives, its base's other gives way.
EITHER = {"budget": "budgets", "budgets": "budget"}


def shipped_folder() -> Path:
    """Folder of the experiments that come with the package."""
    return Path(str(files("streetlight.experiments")))


def shipped_names() -> list[str]:
    """Names of the experiments that come with the package."""
    return sorted(path.stem for path in shipped_folder().glob("*.yaml"))


def find_config(config: str | Path) -> Path:
    """The file that CONFIG means: an existing path, else a shipped experiment; or InputError."""
    if not isinstance(config, (str, Path)):
        raise InputError(f"{config!r}: must be the path of a file, or a shipped experiment's name")
    path, name = Path(config), str(config)
    try:
        if path.is_file():
            return path
    except OSError as error:  # a name that is too long, a folder that nobody may look into
        raise InputError(f"{name}: {(error.strerror or str(error)).lower()}") from None
    if name in shipped_names():
        return shipped_folder() / f"{name}.yaml"
    found = "a folder" if path.is_dir() else "no ordinary file" if path.exists() else "no such file"
    names = shipped_names()
    raise InputError(
        f"{name}: {found}, and no shipped experiment of that name{did_you_mean(name, names)}; "
        f"shipped: {', '.join(names)}"
    )


def read_files(path: Path, problems: Problems) -> tuple[Node | None, list[Path]]:
    """The merged tree of a file and all it extends, and the files; problems are noted."""
    chain: list[Path] = []
    trees: list[Node] = []
    mark = Mark(str(path), 1, 1)
    next_file: Path | None = path
    while next_file is not None:
        if next_file.resolve() in [one.resolve() for one in chain]:
            names = " -> ".join(one.name for one in [*chain, next_file])
            note(problems, mark, "extends", next_file.name, f"extends itself: {names}")
            trees[-1].entries()["extends"].node.broken = True
            break
        if len(chain) > MOST_EXTENDED:
            note(problems, mark, "extends", next_file.name, f"at most {MOST_EXTENDED} files deep")
            trees[-1].entries()["extends"].node.broken = True
            break
        tree = read_yaml(next_file, len(chain), problems)
        chain.append(next_file)
        if tree is None:
            break
        if not isinstance(tree.value, dict):
            found = shown(tree.plain())
            note(problems, tree.mark, "file", found, "must be a mapping of keys to values")
            break
        trees.append(tree)
        next_file, mark = _base_of(tree, next_file, problems)
    if not trees:
        return None, chain
    merged = trees[-1]
    for tree in reversed(trees[:-1]):
        merged = _merge(merged, tree)
    bases = [tree.entries()["extends"].node for tree in trees if "extends" in tree.entries()]
    if any(base.broken for base in bases):
        merged.entries()["extends"].node.broken = True  # the file that is not found may hold it
    return merged, chain


def _base_of(tree: Node, path: Path, problems: Problems) -> tuple[Path | None, Mark]:
    """The file that a tree extends, if any, and where it says so."""
    node = tree.get("extends")
    if node is None:
        return None, tree.mark
    name = node.value
    if not isinstance(name, str) or not FILE_NAME.fullmatch(name):
        allowed = "must be the name of a file in the same folder, or of a shipped experiment"
        note(problems, node.mark, "extends", node.text or node.plain(), allowed)
        node.broken = True
        return None, node.mark
    beside = path.parent / (name if name.endswith((".yaml", ".yml")) else f"{name}.yaml")
    if beside.is_file():
        if beside.resolve().parent == path.parent.resolve():
            return beside, node.mark
        note(problems, node.mark, "extends", name, "is a link that leads out of the folder")
        node.broken = True
        return None, node.mark
    stem = name.removesuffix(".yaml")
    if stem in shipped_names():
        return shipped_folder() / f"{stem}.yaml", node.mark
    known = shipped_names() + [one.stem for one in path.parent.glob("*.yaml") if one.is_file()]
    allowed = f"no such file beside this one, nor shipped{did_you_mean(stem, known)}"
    if beside.is_dir() or (path.parent / name).is_dir():
        allowed = "is a folder; must be the name of a file in the same folder"
    elif beside.exists():
        allowed = "is no ordinary file"
    note(problems, node.mark, "extends", name, allowed)
    node.broken = True
    return None, node.mark


def _merge(base: Node, over: Node) -> Node:
    """`base` with the entries of `over`: new values win; mappings in `MERGED` are merged."""
    entries = dict(base.entries())
    for key, entry in over.entries().items():
        if EITHER.get(key) in entries and EITHER[key] not in over.entries():
            del entries[EITHER[key]]
        old = entries.get(key)
        both = old is not None and isinstance(old.node.value, dict)
        if old is not None and both and isinstance(entry.node.value, dict) and key in MERGED:
            merged = _merge(old.node, entry.node)
            entry = type(entry)(entry.mark, merged)
        entries[key] = entry
    return Node(entries, over.mark)
