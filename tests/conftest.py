"""Kernels are compiled once, before pytest-xdist starts its workers: they then load them."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # pytest-xdist's workers share the cores

import numba
import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Compile in the controlling process only, unless kernels are to run uncompiled."""
    if not hasattr(config, "workerinput") and not numba.config.DISABLE_JIT:
        from streetlight.experiments.running.cells import compile_kernels

        compile_kernels()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Nothing that is imported or collected is garbage: the collector never looks at it again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()
