"""What a policy is called where people read of it: the same in tables, figures and the report."""

from __future__ import annotations

from collections.abc import Sequence


def pretty(name: str) -> str:
    """A name of the experiment file for people: underscores become spaces."""
    return " ".join(name.replace("_", " ").split()) or name


def listing(items: Sequence[str], last: str = "and") -> str:
    """'a', 'a and b', 'a, b and c'; last: the word before the last one."""
    return f" {last} ".join([*filter(None, [", ".join(items[:-1])]), *items[-1:]])


def label(policy: str) -> str:
    """A policy's name for people: the title of the rule that it is named as, else `pretty`."""
    # Rules load scipy, which takes a while; importing this module should not.
    from streetlight.model.money.policies import RULES

    return RULES[policy].title if policy in RULES else pretty(policy)


def quoted(name: str) -> str:
    """A name for people marked as a name inside a sentence."""
    return f"\N{LEFT DOUBLE QUOTATION MARK}{name}\N{RIGHT DOUBLE QUOTATION MARK}"
