"""The page docs/parameters.md, written from the cards."""

from __future__ import annotations

from model.parameters import Parameters
from model.parameters.card import GRADES, Card

INTRODUCTION = """# Parameters

Written by `model.parameters.page.parameters_page()`; a test checks that it is current.
`streetlight params NAME` prints one card.

Any of these can be set in an experiment file by its dotted name, and every mechanism can be
switched off (`switches`). *Range* is what the evidence allows a study to vary; values outside it
are accepted as long as they make sense. Grades: {grades}; a grade may be qualified. P-numbers and
R-keys are those of the project's evidence base; where a default is not the central value of the
evidence, `docs/calibration.md` says what it was fitted to.
"""


def shown(value: object) -> str:
    """A default as text."""
    if isinstance(value, tuple):
        return " / ".join(shown(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def row(name: str, card: Card, value: object) -> str:
    """One parameter as a row of the table."""
    ranged = f"{card.low:g} - {card.high:g}" if card.high > card.low else "-"
    labels = f" ({', '.join(card.labels)})" if card.labels else ""
    cells = (
        f"`{name}`", card.number or "-", card.title + labels, card.unit, shown(value), ranged,
        card.distribution, card.grade, card.source,
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def parameters_page() -> str:
    """All parameters, a table a group."""
    defaults = Parameters()
    grades = ", ".join(f"{key} {words}" for key, words in GRADES.items())
    lines = [INTRODUCTION.format(grades=grades)]
    for group in Parameters.model_fields:
        part = getattr(defaults, group)
        lines += [f"## {group}", "", (type(part).__doc__ or "").strip(), ""]
        lines += ["| name | P | meaning | unit | default | range | distribution | grade | source |"]
        lines += ["| --- " * 9 + "|"]
        cards = part.cards().items()
        lines += [row(f"{group}.{name}", card, getattr(part, name)) for name, card in cards]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"

