"""The one place that says how kernels are compiled.

Kernels are compiled once per version of the code and kept in the user's cache folder, in a
sub-folder named by a hash of all files that a kernel can take something from: numba itself notices
a change only in the file that holds the kernel, not in the functions it calls or the numbers it
imports, and a stale kernel would be a silent wrong answer.
"""

from __future__ import annotations

import ast
import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numba
from numba.extending import register_jitable

F = TypeVar("F", bound=Callable[..., Any])

ROOT = Path(__file__).parent

#: Plain IEEE arithmetic, and no counting of references: what kernels and equations have in common.
OPTIONS: dict[str, Any] = {"error_model": "numpy", "_nrt": False}


# ---------------------------------------------------------------- what machine code was made of


def hash_of(paths: Iterable[Path], root: Path = ROOT) -> str:
    """Hash of files by content and by name below a folder."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def source_hash() -> str:
    """Hash of all code and data files of `model/`: the code version of a result."""
    return hash_of(model_files(ROOT))


def model_files(root: Path) -> list[Path]:
    """All code and data below a folder."""
    return [path for path in root.rglob("*") if path.suffix in (".py", ".csv")]


def kernel_hash(root: Path = ROOT) -> str:
    """Hash of the files that hold kernels and of those whose functions and numbers they use."""
    return hash_of(kernel_files(root), root)


def known_hash(folder: Path, root: Path = ROOT) -> str:
    """`kernel_hash`, from a note in a folder that names the hash of all files it was made of.

    Following imports takes a quarter of a second, and every process needs the answer.
    """
    note = folder / f"kernels-of-{hash_of(model_files(root), root)[:32]}"
    try:
        known = note.read_text(encoding="ascii")
    except (OSError, ValueError):
        known = ""
    if not re.fullmatch("[0-9a-f]{64}", known):
        known = kernel_hash(root)
        unfinished = note.with_suffix(f".{os.getpid()}")  # another process may write it too
        unfinished.write_text(known, encoding="ascii")
        unfinished.replace(note)
    return known


class Source(NamedTuple):
    """One file: what it imports as (name, dotted name of what it is), and the names that are used.

    plain: in each class, and each function without a decorator, by its name; rest: in everything
    else, kernels among it.
    """

    imports: list[tuple[str, str]]
    plain: dict[str, set[str]]
    rest: set[str]

    def used(self, wanted: set[str]) -> set[str]:
        """Names behind the rest of the file and what is wanted of it, "" for all of it."""
        found: set[str] = set()
        new = self.rest | wanted | (set(self.plain) if "" in wanted else set())
        while new:
            found |= new
            new = set().union(*(self.plain.get(name, ()) for name in new)) - found
        return found


def kernel_files(root: Path) -> set[Path]:
    """Files below root that hold kernels, and all that these take something from.

    A file holds kernels when it imports from numba or from this file.  From there imports are
    followed name by name: what only the plain functions of a file use is in no machine code, so a
    rule or a page may change without anything being compiled anew.
    """
    compiler = root / Path(__file__).relative_to(ROOT)
    words = (b"numba", compiler.stem.encode())
    sources = {
        path: _read(path)
        for path in root.rglob("*.py")
        if any(word in path.read_bytes() for word in words)
    }
    todo: list[tuple[Path, set[str]]] = [
        (path, set())
        for path, source in sources.items()
        if any(
            name.split(".")[0] == "numba" or compiler in _places(name, root)
            for _, name in source.imports
        )
    ]
    reached: dict[Path, set[str]] = {}
    while todo:
        path, wanted = todo.pop()
        if path in reached and wanted <= reached[path]:
            continue
        reached[path] = reached.get(path, set()) | wanted
        source = sources[path] = sources.get(path) or _read(path)
        used = source.used(reached[path])
        for name, dotted in source.imports:
            if name in used:
                todo += [(place, {what}) for place, what in _places(dotted, root).items()]
    return set(reached)


def _read(path: Path) -> Source:
    """What a file imports and uses."""
    tree = ast.parse(path.read_bytes())
    source = Source([], {}, set())
    for node in tree.body:
        names: set[str] = set()
        for part in ast.walk(node):
            if isinstance(part, ast.Name):
                names.add(part.id)
            elif isinstance(part, ast.Import):
                source.imports.extend(
                    (a.asname or a.name.split(".")[0], a.name) for a in part.names
                )
            elif isinstance(part, ast.ImportFrom):
                base = f"{part.module or ''}."
                source.imports.extend((a.asname or a.name, base + a.name) for a in part.names)
        decorated = isinstance(node, ast.FunctionDef) and node.decorator_list
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not decorated:
            source.plain[node.name] = names
        else:
            source.rest.update(names)
    return source


def _places(dotted: str, root: Path) -> dict[Path, str]:
    """The files that a dotted name may stand for, and the name within each, "" for all of it.

    The first parts of a dotted name are those of the package that the folder is installed as.
    """
    parts = dotted.split(".")
    for first in range(len(parts)):
        for last in (len(parts), len(parts) - 1):
            stem = root.joinpath(*parts[first:last])
            files = [
                file for file in (stem.with_suffix(".py"), stem / "__init__.py") if file.is_file()
            ]
            if first < last and files:
                return {file: "".join(parts[last:]) for file in files}
    return {}


# ---------------------------------------------------------------- compiling


def _cache_folder() -> str:
    asked = os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME")
    for base in (asked, os.path.expanduser("~/.cache"), tempfile.gettempdir()):
        if not base:
            continue
        kept = Path(base) / "streetlight"
        try:
            kept.mkdir(parents=True, exist_ok=True)
            folder = kept / known_hash(kept)[:16]
            folder.mkdir(exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return str(folder)
    return ""


if folder := _cache_folder():
    numba.config.CACHE_DIR = folder  # type: ignore[attr-defined]


def kernel(function: F) -> F:
    """Compile `function` on first use; plain IEEE arithmetic, so that results are reproducible.

    Kernels allocate nothing (`_nrt=False`): what they fill is handed to them.  Counting references
    to the arrays of the state cost more than the work itself when it was on.
    """
    return _compiled(function, forceinline=True)


def part(function: F) -> F:
    """A kernel that only other kernels call, whose machine code is kept as part of theirs.

    Unpacking the state from Python is most of the compiling of a small kernel, and here left out.
    """
    return _compiled(function, forceinline=True, no_cpython_wrapper=True, cache=False)


def phase(function: F) -> F:
    """A kernel that stays a function of its own: all phases in one piece compile to slower code."""
    return _compiled(function, forceinline=False)


def equation(function: Callable[..., Any]) -> Callable[..., Any]:
    """Plain Python, for numbers or arrays, where Python calls it; a part of kernels that call it.

    Kernels call it with numbers: an equation allocates nothing there.
    """
    formula: Callable[..., Any] = register_jitable(forceinline=True, **OPTIONS)(function)
    return formula


def _compiled(function: F, **how: bool) -> F:
    options = OPTIONS | {"cache": bool(folder), "nogil": True, "no_cfunc_wrapper": True} | how
    compiled: F = numba.njit(**options)(function)
    return compiled
