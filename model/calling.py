"""What is said of calls with wrong arguments: which there are, and how they are written."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Any, TypeVar, cast

from streetlight.model.errors import InputError, did_you_mean, visible

F = TypeVar("F", bound=Callable[..., Any])
LONGEST_VALUE = 60
#: Arguments that a method is given by the language.
OF_METHODS = ("self", "cls")


class CallError(InputError, TypeError):
    """A call with arguments that the function does not have, or without those it needs."""


def shown(value: object) -> str:
    """A value as messages about Python quote it."""
    text = visible(repr(value))
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 3]}..."


def explained(name: str, hint: str = "") -> Callable[[F], F]:
    """Make calls with wrong arguments end in a sentence: a CallError.

    name: the function as users write it; hint: what to write instead.
    """

    def decorated(function: F) -> F:
        own = signature(function)

        @wraps(function)
        def call(*given: Any, **named: Any) -> Any:
            try:
                own.bind(*given, **named)
            except TypeError:
                raise CallError(fault(name, own, given, named) + hint) from None
            return function(*given, **named)

        return cast("F", call)

    return decorated


def fault(name: str, own: Signature, given: Sequence[Any], named: Mapping[str, Any]) -> str:
    """What is wrong with the arguments of a call, and which there are."""
    by_place = [one for one in own.parameters.values() if one.kind is one.POSITIONAL_OR_KEYWORD]
    known = [
        one
        for one in own.parameters.values()
        if one.kind not in (Parameter.VAR_KEYWORD, Parameter.VAR_POSITIONAL)
        and one.name not in OF_METHODS
    ]
    usage = ", ".join(f"{one.name}=..." for one in known)
    there = f"write {name}({usage})" if known else f"{name}() takes none"
    if len(given) > len(by_place):
        by_name = "arguments are given by name" if known else "no such argument"
        return f"{name}: {shown(given[len(by_place)])}: {by_name}; {there}"
    takes_any = any(one.kind is one.VAR_KEYWORD for one in own.parameters.values())
    unknown = [one for one in named if one not in own.parameters and not takes_any]
    if unknown:
        advice = did_you_mean(unknown[0], [one.name for one in known])
        return f'{name}: no argument is called "{unknown[0]}"{advice}; {there}'
    filled = {*named, *(one.name for one in by_place[: len(given)])}
    missing = [one.name for one in known if one.default is one.empty and one.name not in filled]
    if missing:
        return f"{name}: {' and '.join(missing)} must be given; {there}"
    twice = [one.name for one in by_place[: len(given)] if one.name in named]
    return f"{name}: {twice[0]} is given twice; {there}"


def path_of(name: str, given: Any, wanted: str) -> Path:
    """A path that is given as one; InputError for anything else. wanted: what it must be."""
    if isinstance(given, str | os.PathLike):
        return Path(given)
    has_one = isinstance(getattr(given, "folder", None), Path)
    hint = "; write .folder behind it" if has_one else ""
    raise InputError(f"{name}: {shown(given)}: must be {wanted}{hint}")
