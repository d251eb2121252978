"""What is said of slips that many make: the value as written, where it began, the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from streetlight.experiments.config.loading import load
from streetlight.experiments.running import cells
from streetlight.model import compiled
from streetlight.model.advice import number_advice
from streetlight.model.calling import shown
from streetlight.model.errors import InputError, did_you_mean
from streetlight.model.names import LEVER_NAMES

PERCENT = 'must be a percentage of the baseline from 0% to 999%, such as "2%"'
HEAD = "title: T\nregion: {synthetic: {n_communities: 12}}\nhorizon: 5\npolicies: [per_youth]\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + "seed: '1'\n", "5:7: seed: '1': must be a whole number; without quotes: 1"),
        (HEAD + 'budget: "0.5"\n',
         "5:9: budget: '0.5': must be a number of dollars, or a list of several; "
         "without quotes: 0.5"),
        (HEAD + "budget: 0,50\n",
         "5:9: budget: 0,50: must be a number of dollars, or a list of several; "
         "with a point: 0.50"),
        (HEAD + "budget: $0.50\n",
         "5:9: budget: $0.50: must be a number of dollars, or a list of several; "
         "as a number: 0.50"),
        (HEAD + "parameters: {incidence.high_risk_share: 16.7%}\n",
         "5:41: incidence.high_risk_share: 16.7%: must be a number (share); as a number: 0.167"),
        (HEAD + "mix: {training: 16.7%, campaign: 0.833}\n",
         "5:17: training: 16.7%: must be a number; as a number: 0.167"),
        (HEAD + "mix: {confidential_channel: 1.0}\n",
         '5:6: mix: no lever is called "confidential_channel" (did you mean "channel"?)'),
        ("title: T\npolicies: [per_youth]\nregion: us_counties\n  states: [MN]\n",
         "4:3: YAML: is indented below region, which has the value us_counties; a key has a value "
         "or keys below it; as region: {us_counties: {...}}"),
        ("title: T\npolicies: [per_youth]\nmix: balanced\n\n   teams: own\n",
         "5:4: YAML: is indented below mix, which has the value balanced; a key has a value or "
         "keys below it"),
        (HEAD + "mix: {training: 60, campaign: 0.4}\n",
         "5:17: training: 60: must be a share from 0 to 1; if it is a percentage, divide by 100: "
         "0.6"),
        (HEAD + "budgets:\n  - {from_year: 0, dollars: 1}\n  - {from_year: 5, dollars: 2}\n",
         "7:17: from_year: 5: starts after the horizon: must be 4 or less"),
        (HEAD + "budget: 5000000\n",
         "5:9: budget: 5000000: must be 100,000 dollars per resident per year or less"),
        (HEAD + "seed: 010\n", '5:7: seed: 010: begins with a zero: a code is written "010", a '
         "number 10"),
        (HEAD + "parameters: {switches.denial: 'false'}\n",
         "5:31: switches.denial: 'false': a switch is true or false"),
        (HEAD + "replications: {min: 2, max: 4, half_width: -1%}\n",
         f"5:44: half_width: -1%: {PERCENT}, or a number in the metric's unit"),
        (HEAD + "replications: {min: 2, max: 4, half_width: 1 percent}\n",
         f"5:44: half_width: 1 percent: {PERCENT}, or a number in the metric's unit; as 1%"),
        (HEAD + "replications: {min: 2, max: 4, half_width: 1,5%}\n",
         "5:46: 5%: has no value; if it is part of a number, write .5%, not ,5%"),
        (HEAD + "replications: {min: 2, max: 4, half_width: %}\n",
         "5:44: YAML: no text begins with this character; put it in quotes"),
        (HEAD + "metrics: {known: {smallest_difference_that_matters: 2%of gain}}\n",
         f'5:53: smallest_difference_that_matters: 2%of gain: {PERCENT}, or "5% of gain", or a '
         "number in the metric's unit; as 2% of gain"),
        (HEAD + "parameters: {incidence.high_risk_share: 16.7}\n",
         "5:41: incidence.high_risk_share: 16.7: must lie between 0 and 1; if it is a percentage, "
         "divide by 100: 0.167"),
        ("title: T\npolicies: {b: {blend: {per_youth: 50, hotspots: 50}}}\n",
         '2:15: policy: "b": blend: per_youth: 50.0: must be a share above 0, 1 at most; if it is '
         "a percentage, divide by 100: 0.5"),
        ("title: T\npolicies: {e: {rule: exploration_floor, settings: {floor: 20}}}\n",
         '2:15: policy: "e": floor: 20.0: must lie between 0 and 1; if it is a percentage, '
         "divide by 100: 0.2"),
        ("title: T\npolicies:\n- per_youth\n - poverty_need\n",
         "3:3: policies: goes on in the next line: is the dash there indented too far?"),
        ("title: T\nquestion: [\n", "2:11: YAML: a bracket opens here; its end is missing"),
        ("title: T\npolicies: [per_youth]\n\u00a0seed: 1\n",
         "3:1: key: seed: begins with the character U+00A0, which is no plain space; indent with "
         "those"),
        ("title: T\npolicies: {m: {blend: {z: 0.5, per_youth: 0.5}}, z: {rule: per_youth}}\n",
         "2:23: blend: z: must stand above the policy that it is a part of"),
        (HEAD + "shocks: {x: {kind: campaign, week: 250, weeks: 20, size: 1}}\n"
         "futures: {named: {a: {shocks: [x]}}}\n",
         "5:48: weeks: 20: ends after the horizon: must be 10 or less"),
        ("title: a: b\npolicies: [per_youth]\n",
         "1:9: YAML: a second colon in the line; put the text in quotes"),
        ('title: "T\npolicies: [per_youth]\nquestion: "What?"\n',
         "1:8: YAML: a quotation mark that opens here is not closed in its line"),
        ("title: T\nquestion: 'What's up?\npolicies: [per_youth]\n",
         "2:11: YAML: text in quotes ends at column 16 and more follows; put it in the other kind "
         "of quotes, or write the quotation mark within it twice"),
    ],
)  # fmt: skip
def test_slips_are_told_with_what_to_write(tmp_path: Path, text: str, said: str) -> None:
    """One problem, at the place where it began, with what to write instead."""
    path = tmp_path / "slip.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as error:
        load(path)
    assert str(error.value) == f"{path}:{said}"


def test_metro_has_two_meanings(tmp_path: Path) -> None:
    """Both classes of place that have the word are named."""
    path = tmp_path / "slip.yaml"
    path.write_text(
        "title: T\npolicies: [per_youth]\nregion: {us_counties: {place_classes: [Metro]}}\n"
    )
    with pytest.raises(InputError, match=r'Metro.*did you mean "large metro" or "small metro"'):
        load(path)


@pytest.mark.parametrize(
    ("word", "advice"),
    [
        ("Confidential channels", "channel"), ("public campaign", "campaign"),
        ("trainings", "training"), ("outreach", ""), ("the new one", ""),
    ],
)  # fmt: skip
def test_a_lever_is_known_by_a_word_of_it(word: str, advice: str) -> None:
    """A longer name that holds a lever's own; nothing where no word is shared."""
    expected = f' (did you mean "{advice}"?)' if advice else ""
    assert did_you_mean(word, LEVER_NAMES) == expected


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("50 %", "as a number: 0.5"), ("1,250", "as a number: 1250"),
        ("1,25", "with a point: 1.25"), ("€ 3", "as a number: 3"), ("1e3", "without quotes: 1e3"),
        ("half", ""), ("", ""), ("%", ""), ("1,2,3", ""),
    ],
)  # fmt: skip
def test_texts_that_are_nearly_numbers(text: str, advice: str) -> None:
    """Percentages, currencies, commas of thousands and of decimals; nothing for other texts."""
    assert number_advice(text) == (f"; {advice}" if advice else "")


def test_a_long_value_is_cut_to_60_characters() -> None:
    """One of 60, quotes included, is shown whole."""
    assert shown("a" * 58) == repr("a" * 58)
    assert shown("a" * 59) == f"'{'a' * 56}..."


def test_without_a_cache_nobody_is_told_of_a_first_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be kept, compiling is said to happen every time, with the way out."""
    assert "the first time only" in cells.compiling()
    monkeypatch.setattr(compiled, "folder", "")
    assert "every time" in cells.compiling()
    assert "NUMBA_CACHE_DIR" in cells.compiling()
