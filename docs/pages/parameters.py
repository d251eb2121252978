"""The page docs/parameters.md, from the cards of the parameters."""

from __future__ import annotations

from streetlight.model.parameters import Parameters
from streetlight.model.parameters.card import GRADES, Card
from streetlight.model.parameters.later import CAN
from streetlight.model.parameters.sources import named_for_readers, works_cited

PAGE = """# Parameters

*Written by docs/generate.py from the cards in `model/parameters/`: change the cards, not this
page.* `streetlight params NAME` prints one card.

Any of these can be set in an experiment file by its dotted name, and every mechanism can be
switched off (`switches`). *Range* is what the evidence allows a study to vary; values outside it
are accepted as long as they make sense. Grades: {grades}; a grade may be qualified.
{changeable}
P-numbers are those of the project's evidence base; where a default is not the central value of the
evidence, `docs/calibration.md` says what it was fitted to.

Sources are named by author and year where both are known, else by title;
[sources.md](sources.md) says where each can be found.
{cited}

{groups}
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
        card.distribution, card.grade, named_for_readers(card.source),
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def parameters_page() -> str:
    """All parameters, a table a group."""
    defaults = Parameters()
    grades = ", ".join(f"{key} {words}" for key, words in GRADES.items())
    lines = list[str]()
    for group in Parameters.model_fields:
        part = getattr(defaults, group)
        if not part.cards():
            continue
        lines += [f"## {group}", "", (type(part).__doc__ or "").strip(), ""]
        lines += ["| name | P | meaning | unit | default | range | distribution | grade | source |"]
        lines += ["| --- " * 9 + "|"]
        cards = part.cards().items()
        lines += [row(f"{group}.{name}", card, getattr(part, name)) for name, card in cards]
        lines.append("")
    groups = "\n".join(lines).rstrip()
    changeable = f"From a policy year on another value may hold ([futures.md](futures.md)): {CAN}."
    return PAGE.format(grades=grades, cited=cited_in_words(), changeable=changeable, groups=groups)


def cited_in_words() -> str:
    """How many parameters cite works, and how many of these works have an address."""
    cited = [works_cited(card.source) for card in Parameters.all_cards().values()]
    citing = [some for some in cited if some]
    one_each = {work for some in citing for work in some}
    addressed = {work for work in one_each if work.address}
    followed = sum(not addressed.isdisjoint(some) for some in citing)
    return (
        f"{len(citing)} of the {len(cited)} parameters cite works; the others are assumed or are "
        f"choices of design.\nOf the {len(one_each)} works cited {len(addressed)} have a DOI or an "
        f"address, and {followed} parameters cite at least one of these."
    )
