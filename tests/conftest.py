"""Kernels are compiled once, before pytest-xdist starts its workers: they then load them."""

from __future__ import annotations

import functools
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


@pytest.fixture(autouse=True, scope="session")
def asked_of_git_once() -> Generator[None]:
    """The checkout does not change under the tests, and each of some hundred runs asks about it."""
    from streetlight.experiments.running import manifest, runner

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "git_state", functools.cache(manifest.git_state))
        yield


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Nothing that is imported or collected is garbage: the collector never looks at it again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()
