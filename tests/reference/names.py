"""Names that have changed, in one place, so that a new name alone moves no digest.

Whatever is kept or digested carries the name that a thing had first.
"""

from __future__ import annotations

#: Names by what they are of: a table, or a kind of name ("tables", "switches", "rules", "mixes",
#: "levers", "phases", "choices", "shocks", "metrics"); in each, first name -> name of today.
#: A name of today must not be the first name of something else of the same table or kind.
NAMES: dict[str, dict[str, str]] = {
    "spells": {"told_at": "told_threshold"},
    "counts": {"opened": "investigated"},
}

#: The same, name of today -> first name.
FIRST_NAMES = {
    kind: {today: first for first, today in names.items()} for kind, names in NAMES.items()
}


def first_name(kind: str, name: str) -> str:
    """The name that something of a table or kind had first; first names stay as they are."""
    return FIRST_NAMES.get(kind, {}).get(name, name)
