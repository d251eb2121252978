"""The one place that says how kernels are compiled.

Kernels are compiled once per version of the code and kept in the user's cache folder, in a
sub-folder named by a hash of all files that a kernel can take something from: numba itself notices
a change only in the file that holds the kernel, not in the functions it calls or the numbers it
imports, and a stale kernel would be a silent wrong answer.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba.extending import register_jitable

from streetlight.model.kernel_files import kernel_files

F = TypeVar("F", bound=Callable[..., Any])

ROOT = Path(__file__).parent

#: Plain IEEE arithmetic, and no counting of references: what kernels and equations have in common.
OPTIONS: dict[str, Any] = {"error_model": "numpy", "_nrt": False}


def hash_of(paths: Iterable[Path], root: Path = ROOT) -> str:
    """Hash of files by content and by name below a folder."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def source_hash() -> str:
    """Hash of all code and data files of `model/`: the code version of a result."""
    return hash_of(path for path in ROOT.rglob("*") if path.suffix in (".py", ".csv"))


def kernel_hash(root: Path = ROOT) -> str:
    """Hash of the files that hold kernels and of those whose functions and numbers they use."""
    compiler = root / Path(__file__).relative_to(ROOT)
    return hash_of(kernel_files(root, compiler), root)


def _cache_folder() -> str:
    asked = os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME")
    for base in (asked, os.path.expanduser("~/.cache"), tempfile.gettempdir()):
        if not base:
            continue
        folder = Path(base) / "streetlight" / kernel_hash()[:16]
        try:
            folder.mkdir(parents=True, exist_ok=True)
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
