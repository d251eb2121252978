"""The figures of the report in the order of a reader's questions."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from streetlight.experiments.figures.picture import Absent, Picture, failed
from streetlight.experiments.figures.words import capitalised
from streetlight.model.errors import InputError

#: The question each figure answers, in the order in which the report asks.
QUESTIONS = {
    "policies_compared": "Which plan finds more exploited youth, and for whom?",
    "iceberg": "How big is the part nobody sees?",
    "streetlight_effect": "Do the places with most reports have most exploitation?",
    "attribution": "Reports went up: more harm or better seeing?",
    "money_and_reports": "Does money follow reports and reports follow money?",
    "cascade": "Where are youth lost between harm and help?",
    "another_dollar": "What does another dollar buy?",
    "left_behind": "Who is left behind?",
    "errors_borne": "Who bears the errors?",
    "regret": "How wrong could this choice be?",
    "sensitivity": "Which unknowns matter most?",
    "discover": "When does the preferred plan fail?",
    "maps": "What would a map of reports hide?",
    "event_study": "What happens after a campaign?",
    "patterns": "Should we believe the model?",
}
#: Sections up to this one come before the table by attitudes to risk, the others after it.
LAST_BEFORE_ATTITUDES = "regret"
#: What notes may begin with; the page says it.
SAID_BY_THE_PAGE = re.compile(r"How to read( this| it)?: ")


@dataclass(frozen=True)
class Section:
    """One question with its figure: headline (the finding), notes (how to read it), data."""

    anchor: str
    question: str
    headline: str
    notes: list[str]
    image: str
    csv_name: str
    csv: str
    n_rows: int
    early: bool


@dataclass(frozen=True)
class Missing:
    """A question these results cannot answer: why, and the command that would."""

    question: str
    reason: str
    command: str


def sections(
    figures: Iterable[Picture | Absent], on_failure: Callable[[Absent], Any] = lambda figure: None
) -> tuple[list[Section], list[Missing]]:
    """The sections whose data is there, and the questions without, in the order of the report.

    on_failure: told of every figure that raised an error, now or when it was made.
    """
    shown, missing = [], []
    for one in in_order(list(figures)):
        if isinstance(one, Picture):
            try:
                shown.append(section(one))
                continue
            except InputError:
                raise
            except Exception as error:  # the others are shown all the same
                one = failed(one.name, error)
        if one.traceback:
            on_failure(one)
        question = QUESTIONS.get(one.name, one.name)
        reason = f"The figure failed: {one.reason}" if one.traceback else capitalised(one.reason)
        missing.append(Missing(question, reason, one.command))
    return shown, missing


def in_order(figures: Sequence[Picture | Absent]) -> list[Picture | Absent]:
    """The figures in the order of the questions; those without one last."""
    place = {name: i for i, name in enumerate(QUESTIONS)}
    return sorted(figures, key=lambda one: place.get(one.name, len(place)))


def section(picture: Picture) -> Section:
    """One figure for the page."""
    svg, notes = picture.for_a_page()
    places = {name: i for i, name in enumerate(QUESTIONS)}
    return Section(
        anchor=picture.name.replace("_", "-"),
        question=QUESTIONS.get(picture.name, picture.name.replace("_", " ").capitalize()),
        headline=picture.headline,
        notes=[without_start(note) for note in notes],
        image=data_uri("image/svg+xml", svg),
        csv_name=f"{picture.name}.csv",
        csv=data_uri("text/csv;charset=utf-8", picture.table()),
        n_rows=len(picture.rows),
        early=places.get(picture.name, len(places)) <= places[LAST_BEFORE_ATTITUDES],
    )


def without_start(note: str) -> str:
    """A note without the words that the page says before it."""
    found = SAID_BY_THE_PAGE.match(note)
    return capitalised(note[found.end() :]) if found else note


def data_uri(kind: str, content: bytes) -> str:
    """Content as an address that holds it."""
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
