"""Text from outside in tables: a mark on what a spreadsheet would take for a formula."""

from __future__ import annotations

import re

#: What a spreadsheet runs as a formula, behind any number of marks that say it is none.
FORMULA = re.compile(r"'*[=+\-@\t\r]")
MARKED = re.compile(r"'+[=+\-@\t\r]")


def marked(text: str) -> str:
    """Text as tables hold it: with an apostrophe before what looks like a formula."""
    return f"'{text}" if FORMULA.match(text) else text


def unmarked(cell: str) -> str:
    """The text of which `marked` made this cell."""
    return cell[1:] if MARKED.match(cell) else cell
