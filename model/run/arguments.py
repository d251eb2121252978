"""What a run may be asked for: wrong arguments are refused in words, all of them at once."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from numbers import Integral
from typing import Any

from streetlight.model.calling import shown
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError, did_you_mean
from streetlight.model.money.policy import Policy
from streetlight.model.parameters import Parameters
from streetlight.model.week.week import WEEK
from streetlight.model.world.shocks import Shock
from streetlight.model.world.world import World

MOST_YEARS = 100
STUB = "callable with (simulation, when), or None to leave it out"


def check(**arguments: Any) -> None:
    """Raise InputError naming every argument that cannot be used, its value and what is allowed.

    A policy may be None here: a world is drawn without one.
    """
    if problems := problems_of(**arguments):
        raise InputError(*problems)


def problems_of(**arguments: Any) -> list[str]:
    """A sentence for every argument that cannot be used."""
    return [text for name, value in arguments.items() for text in CHECKS[name](name, value)]


def _refused(name: str, value: Any, allowed: str) -> list[str]:
    return [f"{name}: {shown(value)}: must be {allowed}"]


def _of_type(kind: type[Any], allowed: str) -> Callable[[str, Any], list[str]]:
    def problems(name: str, value: Any) -> list[str]:
        return [] if isinstance(value, kind) else _refused(name, value, allowed)

    return problems


def _is_whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _count(name: str, value: Any) -> list[str]:
    if _is_whole(value) and value >= 0:
        return []
    return _refused(name, value, "a whole number, 0 or more")


def _future(name: str, value: Any) -> list[str]:
    if isinstance(value, str) or (_is_whole(value) and value >= 0):
        return []
    return _refused(name, value, "a whole number, 0 or more, or the name of a future")


def _years(name: str, value: Any) -> list[str]:
    if _is_whole(value) and 1 <= value <= MOST_YEARS:
        return []
    return _refused(name, value, f"a whole number of policy years from 1 to {MOST_YEARS}")


def _policy(name: str, value: Any) -> list[str]:
    """A rule, its name or what builds its policy is often handed over in the place of a policy."""
    if isinstance(value, Policy):
        return []
    # here, as a run needs no rule but its own
    from streetlight.model.money.policies import RULES, build

    allowed = "a Policy, as policies.none() makes one"
    if isinstance(value, str):
        likely = value if value in RULES else next(iter(get_close_matches(value, RULES)), "")
        allowed += f"; do you mean policies.{likely}()?" if likely else ""
    elif isinstance(made := getattr(value, "__wrapped__", None), partial) and made.func is build:
        made = f"policies.{made.args[0]}"
        return [f"{name}: {made}: must be a Policy: call it, {made}()"]
    elif callable(value):
        allowed += "; for a rule of your own: Policy(name, rule, budget=0.50)"
    return _refused(name, value, allowed)


def _shocks(name: str, value: Any) -> list[str]:
    allowed = "a sequence of Shock"
    if isinstance(value, str) or not isinstance(value, Sequence):
        return _refused(name, value, allowed)
    wrong = [item for item in value if not isinstance(item, Shock)]
    return [problem for item in wrong for problem in _refused(name, item, allowed)]


def _phases(name: str, value: Any) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, Mapping):
        return _refused(name, value, "a mapping from the names of phases to callables, or None")
    problems = []
    for phase, stub in value.items():
        if phase not in WEEK:
            hint = did_you_mean(str(phase), WEEK)
            problems.append(
                f'{name}: no phase is called "{phase}"{hint}: there are {", ".join(WEEK)}'
            )
        elif stub is not None and not (callable(stub) and _takes_two(stub)):
            problems += _refused(f"{name}: {phase}", stub, STUB)
    return problems


def _takes_two(stub: Callable[..., Any]) -> bool:
    """Whether a stub can be called with a simulation and a moment, as far as it tells."""
    try:
        inspect.signature(stub).bind(None, None)
    except TypeError:
        return False
    except ValueError:  # some compiled callables tell nothing about themselves
        return True
    return True


CHECKS: dict[str, Callable[[str, Any], list[str]]] = {
    "parameters": _of_type(
        Parameters,
        "Parameters, as Parameters() makes them, or Parameters().with_values({name: value})",
    ),
    "region": _of_type(Region, "a Region, as Region.us_counties() or Region.from_csv(path)"),
    "policy": _policy,
    "world": _of_type(World, "a World, as draw_world(parameters, region) makes one"),
    "seed": _count,
    "future": _future,
    "replicate": _count,
    "years": _years,
    "shocks": _shocks,
    "phases": _phases,
}
