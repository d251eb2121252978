"""Problems of a file as a terminal shows them: with the line, and a caret under the place."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from streetlight.model.errors import UNSEEN, InputError

PLACE = re.compile(r"(.+?):([0-9]+):([0-9]+): ", re.DOTALL)
LARGEST_FILE = 1_000_000  # bytes; what is larger is shown no line of
WIDTH = 100  # characters of a line that are shown


def in_terminal(error: InputError) -> str:
    """The error's problems, each with the line it is about where file and column are known."""
    lines_of.cache_clear()  # a file may have changed since the last error
    text = "\n".join(problem + excerpt(problem) for problem in error.problems)
    return f"{text}\nand {error.more:,} more" if error.more else text


def excerpt(problem: str) -> str:
    """The line that a problem names and a caret below, '' where there is none to show."""
    place = PLACE.match(problem)
    lines = lines_of(place[1]) if place else ()
    line, column = (int(place[2]), int(place[3])) if place else (0, 0)
    if not 0 < line <= len(lines):
        return ""
    text = lines[line - 1].rstrip()
    if not 0 < column <= len(text) or UNSEEN.search(text):
        return ""
    start = max(0, column - WIDTH // 2)
    text, at = text[start : start + WIDTH], column - 1 - start
    margin = " " * len(str(line))
    return f"\n{margin} |\n{line} | {text}\n{margin} | {' ' * at}^"


@cache
def lines_of(file: str) -> tuple[str, ...]:
    """The lines of a file, none where it cannot be shown."""
    try:
        path = Path(file)
        if not path.is_file() or path.stat().st_size > LARGEST_FILE:
            return ()
        return tuple(path.read_text(encoding="utf-8-sig").split("\n"))
    except (OSError, ValueError):
        return ()
