"""What a policy is called where people read of it: the same in tables, figures and the report."""

from __future__ import annotations


def pretty(name: str) -> str:
    """A name of the experiment file for people: underscores become spaces."""
    return " ".join(name.replace("_", " ").split()) or name


def label(policy: str) -> str:
    """A policy's name for people: the title of the rule that it is named as, else `pretty`."""
    # Rules load scipy; whoever only writes a name without one should not wait for it.
    from model.policies import RULES

    return RULES[policy].title if policy in RULES else pretty(policy)


def escaped(text: str) -> str:
    """Text of unknown origin on one line: what does not print (controls, marks that turn the
    direction of writing, halves of characters) as its escape.
    """
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )


def quoted(name: str) -> str:
    """A name for people marked as a name inside a sentence."""
    return f"\N{LEFT DOUBLE QUOTATION MARK}{name}\N{RIGHT DOUBLE QUOTATION MARK}"
