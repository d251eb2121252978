"""The one place that says how kernels are compiled.

Kernels are compiled once per version of the code and kept in the user's cache folder, in a
sub-folder named by a hash of `model/`: numba itself notices a change only in the file that holds
the kernel, not in the functions it calls, and a stale kernel would be a silent wrong answer.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])


def source_hash() -> str:
    """Hash of all code and data files of `model/`: the code version of a result."""
    root = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.suffix in (".py", ".csv"):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def _cache_folder() -> str:
    asked = os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME")
    for base in (asked, os.path.expanduser("~/.cache"), tempfile.gettempdir()):
        if not base:
            continue
        folder = Path(base) / "streetlight" / source_hash()[:16]
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
    to the four dozen arrays of the state cost more than the work itself when it was on.
    """
    compiled: F = numba.njit(
        cache=bool(folder), nogil=True, error_model="numpy", forceinline=True, _nrt=False
    )(function)
    return compiled
