"""The figures of the report in the order of a reader's questions."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path

from experiments.figures import pictures
from experiments.figures.picture import Picture

#: The question each figure answers, in the order in which the report asks.
QUESTIONS = {
    "policies_compared": "Which plan finds more exploited youth, and for whom?",
    "iceberg": "How big is the part nobody sees?",
    "streetlight_effect": "Do the places with most reports have most exploitation?",
    "cascade": "Where are youth lost between harm and help?",
}


@dataclass(frozen=True)
class Section:
    """One question with its figure: headline (the finding), notes (how to read it), data as URIs."""

    anchor: str
    question: str
    headline: str
    notes: list[str]
    image: str
    csv_name: str
    csv: str
    n_rows: int


def sections(folder: Path) -> list[Section]:
    """The sections whose data is there."""
    drawn = {picture.name: picture for picture in pictures(folder)}
    order = [name for name in QUESTIONS if name in drawn]
    order += [name for name in drawn if name not in QUESTIONS]
    return [section(drawn[name]) for name in order]


def section(picture: Picture) -> Section:
    """One figure for the page."""
    svg, notes = picture.for_a_page()
    return Section(
        anchor=picture.name.replace("_", "-"),
        question=QUESTIONS.get(picture.name, picture.name.replace("_", " ").capitalize()),
        headline=picture.headline,
        notes=notes,
        image=data_uri("image/svg+xml", svg),
        csv_name=f"{picture.name}.csv",
        csv=data_uri("text/csv;charset=utf-8", picture.table()),
        n_rows=len(picture.rows),
    )


def data_uri(kind: str, content: bytes) -> str:
    """Content as an address that holds it."""
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
