"""The errors a user of Streetlight can meet, and how all problems of one input are gathered.

`InputError` means that something handed in (a file, an argument) cannot be used; its text says
where, what was found and what is allowed. It is a `ValueError`, so plain Python code can catch it
without knowing this module.

Names and ids of a file end in terminals and pages, which take some characters for commands: names
that hold such characters are refused, and messages show them escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

MOST_PROBLEMS_LISTED = 50
#: Lines that are named of those in which one problem stands again.
MOST_LINES_NAMED = 4
#: Where in a mapping of arguments a value stands: names of keys, positions in lists.
Loc = tuple[str | int, ...]
#: Nothing is searched that is like a longer word: no name is, and the search would take minutes.
LONGEST_WORD = 200
#: More names than this are no advice.
MOST_LIKELY = 3


#: Characters that are commands to a terminal (C0, C1, DEL), that turn the direction of the text
#: around them, that nobody can see, that break lines, or that no file can hold (surrogates). The
#: two joiners, U+200C and U+200D, are not among them: names in Persian or Hindi need them.
UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    r"\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
NO_UNSEEN = "text on one line, without control characters or invisible ones"


def visible(text: str) -> str:
    """The text with every character that `UNSEEN` names written as its escape."""
    return UNSEEN.sub(lambda found: ascii(found[0])[1:-1], text)


class StreetlightError(Exception):
    """Anything Streetlight raises on purpose.

    >>> issubclass(sl.InputError, sl.StreetlightError)
    True
    """


class InputError(StreetlightError, ValueError):
    """Input that cannot be used.

    problems: one sentence each, in the order of the input; more: how many further ones were found
    and are not listed; at: the argument that each is about, where that is known. The message is one
    problem a line, and whatever it quotes cannot break it or reach a terminal as a command.

    >>> try:
    ...     sl.Region.of(ids=["A", "B"], population=[900, -1])
    ... except sl.InputError as error:
    ...     print(len(error.problems), error)
    1 community 2, "B": column "population": value '-1': a number of persons from 0 to 2,000,000,000
    """

    def __init__(self, *problems: str, more: int = 0) -> None:
        self.problems: tuple[str, ...] = tuple(visible(one) for one in problems)
        super().__init__(*self.problems)
        self.more = more
        self.at: tuple[Loc, ...] = ()

    def __str__(self) -> str:
        listed = list(self.problems)
        if self.more:
            listed.append(f"and {self.more:,} more")
        return "\n".join(listed)


@dataclass
class Problem:
    """A problem as it is kept: the first of those that differ by their line alone.

    order: its place among all that were noted; again: lines of the next ones; count: how many it
    stands for.
    """

    place: tuple[int, int]
    order: int
    text: str
    at: Loc
    again: list[int] = field(default_factory=list)
    count: int = 1

    def in_words(self) -> str:
        """Its text, and the lines in which it stands again."""
        if not self.again:
            return self.text
        lines = ", ".join(map(str, self.again))
        if self.count == 2:
            return f"{self.text}; the same in line {lines}"
        dots = ", ..." if self.count - 1 > len(self.again) else ""
        return f"{self.text}; the same in {self.count - 1:,} more lines: {lines}{dots}"


class Problems:
    """Everything wrong with one input, gathered in one pass and raised once.

    Problems are listed by `place` (file number, line), then in the order they were found; those of
    a file that differ by their line alone are one. A file with millions of bad cells costs little:
    all are counted, but few are kept.
    """

    most_kept = 1000

    def __init__(self) -> None:
        self.count = 0
        self._kept: dict[tuple[str, tuple[int, ...]], Problem] = {}
        self._closed: set[tuple[int, int]] = set()

    @property
    def many(self) -> bool:
        """Whether as many were found as are listed, so that costly advice can be left out."""
        return len(self._kept) >= MOST_PROBLEMS_LISTED

    def add(self, place: tuple[int, int], text: str, alone: bool = False, at: Loc = ()) -> None:
        """Note one problem at a place; `alone`: later ones there follow from it and are dropped.

        at: the argument it is about.
        """
        if place in self._closed:
            return
        if alone:
            self._closed.add(place)
        in_line = f":{place[1]}: "
        alike = place[:1] if in_line in text else (*place, self.count)  # else nothing is like it
        key = (text.replace(in_line, ": ", 1), alike)
        if (kept := self._kept.get(key)) is not None:
            kept.count += 1
            if len(kept.again) < MOST_LINES_NAMED:
                kept.again.append(place[1])
        elif len(self._kept) < self.most_kept:
            self._kept[key] = Problem(place, self.count, text, at)
        self.count += 1

    def raise_any(self, error: type[InputError]) -> None:
        """Raise `error` listing the problems noted so far; do nothing when there are none."""
        if self.count:
            kept = sorted(self._kept.values(), key=lambda one: (one.place, one.order))
            listed = kept[:MOST_PROBLEMS_LISTED]
            told = sum(one.count for one in listed)
            raised = error(*(one.in_words() for one in listed), more=self.count - told)
            raised.at = tuple(one.at for one in listed)
            raise raised


def closest(word: str, choices: Iterable[str], cutoff: float = 0.7) -> str | None:
    """The choice most like `word`, or None when none is close.

    Case does not count, and a choice that differs by leading zeros alone comes first: spreadsheets
    drop them.
    """
    if len(word) > LONGEST_WORD:
        return None
    from difflib import get_close_matches  # only a failing input pays for it

    by_folded = {choice.casefold(): choice for choice in sorted(choices)}
    padded = [choice for folded, choice in by_folded.items() if folded.lstrip("0") == word]
    if padded:
        return padded[0]
    close = get_close_matches(word.casefold(), by_folded, n=1, cutoff=cutoff)
    return by_folded[close[0]] if close else None


def did_you_mean(word: str, choices: Iterable[str], cutoff: float = 0.7) -> str:
    """' (did you mean "x"?)' for the choice most like `word`, or '' when none is close.

    Then those, three at most, of which a word is one of its own: of "Metro", two classes of place.
    """
    choices = list(choices)
    choice = closest(word, choices, cutoff)
    likely = [choice] if choice is not None else sharing_a_word(word, choices)
    named = " or ".join(f'"{one}"' for one in likely)
    return f" (did you mean {named}?)" if 0 < len(likely) <= MOST_LIKELY else ""


def sharing_a_word(word: str, choices: Iterable[str]) -> list[str]:
    """The choices that share a longer word with this one, where one of the two is one word."""
    own = words_of(word[:LONGEST_WORD])
    return [
        one for one in choices
        if own & (its := words_of(one)) and (len(own) == 1 or len(its) == 1)
    ]  # fmt: skip


def words_of(name: str) -> set[str]:
    """The longer words of a name, in lower case and without a plural's s."""
    parts = re.split(r"[^a-z]+", name.casefold())
    return {part.removesuffix("s") for part in parts if len(part) >= 4}
