"""The page docs/policies.md, written from the registers of rules and mixes."""

from __future__ import annotations

import textwrap

from model.policies.mixes import MIXES
from model.policies.registry import RULES, settings_of

_PAGE = """# Policies

*Written by `model.policies.page.policies_page()` from the registers of rules and mixes; change
those, not this page.*

A policy is a **rule** (who gets money), a **lever mix** (for what; see [levers.md](levers.md)) and
a **budget** (dollars per resident per year). Once a year the rule sees the public record so far,
public facts about the communities and what was spent, and returns a weight for each community; the
weights are scaled to sum 1, multiplied by the budget and split by the mix. No rule sees the
simulator's parameters. No rule sees the truth but an oracle, which is a line to compare with and is
never ranked.

## Rules

{rules}

## Mixes

{mixes}
"""


def policies_page() -> str:
    """The page docs/policies.md."""
    return _PAGE.format(
        rules="\n\n".join(_rule_text(name) for name in RULES),
        mixes="\n\n".join(_mix_text(name) for name in MIXES),
    )


def _rule_text(name: str) -> str:
    info = RULES[name]
    settings = settings_of(info.function) or {}
    lines = [
        f"### {info.title} (`{name}`)",
        "",
        info.doc,
        "",
        f"- Sees: {info.sees}.",
        f"- Used by: {info.used_by}.",
    ]
    if settings:
        shown = ", ".join(f"`{key}` = {value:,g}" for key, value in settings.items())
        lines.append(f"- Settings: {shown}.")
    return "\n".join(lines)


def _mix_text(name: str) -> str:
    mix = MIXES[name]
    shares = ", ".join(f"{lever} {share:.0%}" for lever, share in mix.shares.items())
    return f"### {mix.title} (`{name}`)\n\n{shares}.\n\n{textwrap.fill(mix.why, width=100)}"
