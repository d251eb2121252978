"""Which files a kernel can take something from: those whose edit makes machine code stale.

A file holds kernels when it imports from numba or from `compiled.py`.  From there imports are
followed name by name: what only the plain functions of a file use is in no machine code, so a rule
or a page may change without anything being compiled anew.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import NamedTuple


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


def kernel_files(root: Path, compiler: Path) -> set[Path]:
    """Files below root that hold kernels, and all that these take something from.

    compiler: the file whose decorators make kernels.
    """
    words = (b"numba", compiler.stem.encode())
    sources = {
        path: read(path)
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
        source = sources[path] = sources.get(path) or read(path)
        used = source.used(reached[path])
        for name, dotted in source.imports:
            if name in used:
                todo += [(place, {what}) for place, what in _places(dotted, root).items()]
    return set(reached)


def read(path: Path) -> Source:
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
