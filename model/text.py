"""Text that comes from outside: what it may not hold, and how messages and tables show it.

Names and ids of a file end in terminals, pages and spreadsheets, each of which takes some
characters for commands. Names that hold such characters are refused; messages show them escaped;
tables mark what a spreadsheet would take for a formula.
"""

from __future__ import annotations

import re

#: Characters that are commands to a terminal (C0, C1, DEL), that turn the direction of the text
#: around them, that nobody can see, that break lines, or that no file can hold (surrogates). The
#: two joiners, U+200C and U+200D, are not among them: names in Persian or Hindi need them.
UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    r"\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
NO_UNSEEN = "text on one line, without control characters or invisible ones"

#: What a spreadsheet runs as a formula, behind any number of marks that say it is none.
FORMULA = re.compile(r"'*[=+\-@\t\r]")
MARKED = re.compile(r"'+[=+\-@\t\r]")


def visible(text: str) -> str:
    """The text with every character that `UNSEEN` names written as its escape."""
    return UNSEEN.sub(lambda found: ascii(found[0])[1:-1], text)


def marked(text: str) -> str:
    """Text as tables hold it: with an apostrophe before what looks like a formula."""
    return f"'{text}" if FORMULA.match(text) else text


def unmarked(cell: str) -> str:
    """The text of which `marked` made this cell."""
    return cell[1:] if MARKED.match(cell) else cell
