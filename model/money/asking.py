"""Asking a rule of the user's own: twice on its first view, and not for ever."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import Any

#: Seconds that a rule may take over one answer; None: as long as it likes.
_limit: ContextVar[float | None] = ContextVar("seconds of a rule", default=None)


class TooSlow(Exception):
    """A rule gave no answer in the time it has."""


@contextmanager
def rules_within(seconds: float | None) -> Iterator[None]:
    """Within this, a rule of the user's own has so many seconds for one answer."""
    before = _limit.set(seconds)
    try:
        yield
    finally:
        _limit.reset(before)


def is_own(rule: Any) -> bool:
    """Whether a rule is the user's own, not one of the model."""
    module = getattr(rule, "__module__", None) or type(rule).__module__
    return not str(module).startswith("streetlight.model.")


def answer_in_time(rule: Callable[..., Any], *given: Any, **settings: Any) -> Any:
    """What a rule answers; TooSlow when it takes longer than it may.

    It is asked in a thread of its own, because that can be given up on every platform; a thread
    that is given up is told to end, and does so at its next step in Python.
    """
    seconds = _limit.get()
    if seconds is None:
        return rule(*given, **settings)
    answers: list[Any] = []
    errors: list[BaseException] = []

    def ask() -> None:
        try:
            answers.append(rule(*given, **settings))
        except BaseException as error:  # raised again where the answer is waited for
            errors.append(error)

    thread = threading.Thread(target=copy_context().run, args=(ask,), daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        ident = ctypes.c_ulong(thread.ident or 0)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, ctypes.py_object(SystemExit))
        raise TooSlow(f"gave no answer within {seconds:g} seconds")
    if errors:
        raise errors[0]
    return answers[0]
