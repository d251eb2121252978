"""`streetlight policies`: the rules and lever mixes that an experiment can name."""

from __future__ import annotations

import json

from model.policies import MIXES, RULES


def show_policies(*, as_json: bool = False) -> int:
    """List rules (who gets money) and mixes (for what)."""
    if as_json:
        rules = [
            {"name": r.name, "title": r.title, "sees": r.sees, "used_by": r.used_by,
             "is_oracle": r.is_oracle, "doc": r.doc}
            for r in RULES.values()
        ]  # fmt: skip
        mixes = [
            {"name": m.name, "title": m.title, "shares": dict(m.shares)} for m in MIXES.values()
        ]
        print(json.dumps({"rules": rules, "mixes": mixes}, indent=2))
        return 0
    print("Rules: who gets money")
    for rule in RULES.values():
        oracle = "  (a reference: never ranked)" if rule.is_oracle else ""
        print(f"  {rule.name:<20}{rule.title}{oracle}")
        print(f"  {'':<20}sees {rule.sees}; used by {rule.used_by}")
    print("Mixes: what it is spent on")
    for mix in MIXES.values():
        shares = ", ".join(f"{lever} {share:.0%}" for lever, share in mix.shares.items())
        print(f"  {mix.name:<20}{mix.title}")
        print(f"  {'':<20}{shares}")
    return 0
