"""What readers are told in sentences: wording/sentences.txt holds it, case by case.

`python tests/test_wording.py` writes sentences.txt anew; read the difference as a reader would,
each sentence against its case. What leads to a sentence is tested where it is worked out.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from wording import Said, answers, choices, headlines, others

SNAPSHOT = Path(__file__).parent / "wording" / "sentences.txt"
SECTIONS: dict[str, Callable[[], Said]] = {
    "The answer: who leads": answers.who_leads,
    "The answer: where, and how sure": answers.where_and_how_sure,
    "Headline: iceberg": headlines.of_the_iceberg,
    "Headline: streetlight effect": headlines.of_the_streetlight_effect,
    "Headline: cascade": headlines.of_the_cascade,
    "Headline: policies compared": headlines.of_the_policies_compared,
    "Headline: left behind": choices.of_who_is_left_behind,
    "Headline: errors borne": choices.of_errors_borne,
    "Headline: another dollar": choices.of_another_dollar,
    "Headline: regret": choices.of_regret,
    "Headline: money and reports": choices.of_money_and_reports,
    "Headline: event study": headlines.of_an_event_study,
    "Headline: patterns": headlines.of_patterns,
    "Headline: maps": headlines.of_the_maps,
    "Headline: attribution": headlines.of_the_attribution,
    "When a policy fails": others.when_a_policy_fails,
    "Warnings of the report": others.warnings_of_the_report,
}


def section(title: str) -> str:
    """A section of the snapshot: the cases, and below each what is said of it."""
    cases = [
        "\n".join([f"- {case}", *(f"  {sentence}" for sentence in sentences)])
        for case, sentences in SECTIONS[title]().items()
    ]
    return "\n".join([f"# {title}", "", *cases])


def kept() -> dict[str, str]:
    """The sections of the snapshot by their titles."""
    parts = SNAPSHOT.read_text(encoding="utf-8").rstrip("\n").split("\n\n# ")
    return {part.removeprefix("# ").partition("\n")[0]: part.removeprefix("# ") for part in parts}


@pytest.mark.parametrize("title", SECTIONS)
def test_the_sentences_are_those_of_the_snapshot(title: str) -> None:
    """Every case of a section is told in the words of sentences.txt."""
    assert section(title).removeprefix("# ") == kept()[title]


def test_the_snapshot_has_these_sections() -> None:
    """No section is left over from something that is no longer said."""
    assert list(kept()) == list(SECTIONS)


if __name__ == "__main__":
    SNAPSHOT.write_text("\n\n".join(map(section, SECTIONS)) + "\n", encoding="utf-8", newline="\n")
