"""The works that numbers were taken from, and how they are named to readers.

Cards and the table of levers cite works by short keys, as in ``"R9 R14; level assumed"``.
`named_for_readers` puts authors and years in the place of the keys, and `works_cited` finds the
works behind them.  The table is `sources.csv` beside this file.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

KEYS = re.compile(r"\bR\d+(?: R\d+)*\b")

#: A key that stands for more works than this is named by the first of them "and others".
MOST_NAMED = 2


@dataclass(frozen=True, slots=True)
class Work:
    """One work.  What is unknown is blank, but either the authors or the title are known.

    `keys` are those by which it is cited; `found_in` is the journal, report or site; `address` is
    that of the work itself, a DOI where there is one; `says` is what was taken from it.
    """

    keys: tuple[str, ...]
    authors: str
    year: str
    title: str
    found_in: str
    address: str
    says: str

    @property
    def name(self) -> str:
        """Authors and year where they are known, else the title: 'Cole & Sprang 2015'."""
        first, more, _ = self.authors.partition(",")
        authors = f"{first} et al." if more else self.authors
        if authors and self.year:
            return f"{authors} {self.year}"
        title = self.title if self.title.startswith("[") else f'"{self.title}"'
        return ", ".join(part for part in (authors, self.title and title, self.year) if part)

    @property
    def reference(self) -> str:
        """All that is known of where it is, in one line."""
        parts = (f"{self.authors} {self.year}".strip(), self.title, self.found_in, self.address)
        return ". ".join(part.rstrip(".") for part in parts if part)


@cache
def works() -> tuple[Work, ...]:
    """Every work, in the order of the table, which is read when it is first asked for."""
    text = Path(__file__).with_name("sources.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return tuple(Work(keys=tuple(row.pop("key").split()), **row) for row in rows)


def works_of(key: str) -> list[Work]:
    """The works that a key stands for.  KeyError if there are none."""
    found = [work for work in works() if key in work.keys]
    if not found:
        raise KeyError(f"{key} has no row in sources.csv")
    return found


def works_cited(text: str) -> list[Work]:
    """The works whose keys stand in a text, in the order of the text, each once."""
    keys = [key for group in KEYS.findall(text) for key in group.split()]
    return list(dict.fromkeys(work for key in keys for work in works_of(key)))


def named_for_readers(text: str) -> str:
    """A text with the names of works in the place of their keys."""
    return KEYS.sub(lambda found: "; ".join(map(_named, found[0].split())), text)


def _named(key: str) -> str:
    names = [work.name for work in works_of(key)]
    return "; ".join(names) if len(names) <= MOST_NAMED else f"{names[0]} and others"
