"""What the answer hangs on: dots by future, where the choice turns, and who is left out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest
from made_study import AVERTED, made_study

from streetlight.experiments.analyse.study import Study
from streetlight.experiments.report import conditions, hangs
from streetlight.experiments.schema.futures import ShockChoice

SETS: dict[str, dict[str, Any]] = {
    "central": {},
    "write": {"attention.reading": "recording"},
    "look": {"attention.reading": "effort", "attention.money": "multiplies"},
}


def three_futures(rival: list[float], **more: Any) -> Study:
    """By head averts 1,000 in each of three futures, last year's reports what is given."""
    study = made_study(
        {
            AVERTED: {"none": 0, "per_youth": 1000, "last_years_counts": rival},
            **more,
        },
        futures=tuple(SETS), matters={AVERTED: 10.0}, luck=1e-4,
    )  # fmt: skip
    study.futures = tuple(replace(f, sets=SETS[f.name]) for f in study.futures)
    return study


def test_the_choice_turns_and_is_said_in_words() -> None:
    """Ahead by a fifth where money multiplies; behind by a third where they do not record."""
    shown = hangs.section(three_futures([900, 667, 1200]))
    assert shown["title"] == "What the answer hangs on"
    assert shown["says"] == [
        "Sharing by last year’s reports is ahead of sharing by number of youth in one of three "
        "futures, by a fifth at most: if places report little because they do not search and money "
        "works best where they search already. It is surely behind in two, by a third at most."
    ]


def test_futures_in_which_nothing_is_clear_are_counted_too() -> None:
    """Ahead in one, behind in one, and level in the third."""
    (said,) = hangs.section(three_futures([1000, 667, 1200]))["says"]
    assert said.endswith(
        "It is surely behind in one, by a third at most, and in one there is no clear difference."
    )


def test_futures_stand_under_the_question_they_answer() -> None:
    """The mean future has none; both readings of attention share one; the turn is marked."""
    groups = hangs.section(three_futures([900, 667, 1200]))["picture"]["groups"]
    assert [(g["question"], [(r["name"], r["turned"]) for r in g["rows"]]) for g in groups] == [
        ("", [("As we think it is", False)]),
        ("Why do some places report little?", [
            ("They do not record it", False),
            ("They do not search, money works best where they search already", True),
        ]),
    ]  # fmt: skip
    tips = [row["dots"][0]["tip"] for group in groups for row in group["rows"]]
    assert tips[0] == "By last year’s reports: 10% less. As we think it is"


def test_every_kind_of_shock_has_its_words() -> None:
    """None of them is without a row and a condition."""
    future = replace(three_futures([1, 1, 1]).futures[0], name="tight", title="Tight")
    for shock in get_args(ShockChoice.model_fields["kind"].annotation):
        struck = replace(future, sets={"shocks": [{"kind": shock, "communities": [1]}]})
        assert conditions.row(struck).endswith("one place"), shock
        assert conditions.when(struck).startswith("if "), shock


def test_futures_that_read_alike_have_their_titles() -> None:
    """Two values above the usual 0.9 have the same words; the usual value has its number."""
    study = three_futures([1, 1, 1])
    values = (0.9, 1.1, 1.3)
    futures = [replace(f, sets={"assessment.utilisation": v}) for f, v in
               zip(study.futures, values, strict=True)]  # fmt: skip
    assert list(conditions.rows(futures).values()) == [
        "Baseline investigations needed over investigators' capacity: 0.9".replace("'", "’"),
        "Too few investigators (Write)", "Too few investigators (Look)",
    ]  # fmt: skip


def test_a_parameter_has_its_own_question_before_its_group() -> None:
    """Denial keeps towns silent; other switches answer what else could differ."""
    future = three_futures([1, 1, 1]).futures[0]
    asked = {
        name: conditions.question(replace(future, sets={name: False}))
        for name in ("switches.denial", "switches.platforms", "assessment.lapse_weeks")
    }
    assert asked == {
        "switches.denial": "What keeps small towns silent?",
        "switches.platforms": "What else could differ?",
        "assessment.lapse_weeks": "Can reports be followed up?",
    }


def test_no_future_turns_the_choice() -> None:
    """A rival that is behind everywhere."""
    shown = hangs.section(three_futures([900, 800, 900]))
    assert shown["title"] == "No future of three tried turns the choice"
    assert shown["says"] == ["In no future is another plan surely ahead by enough to matter."]


def test_one_future_tells_nothing() -> None:
    """It is said, and nothing is drawn."""
    shown = hangs.section(
        made_study({AVERTED: {"none": 0, "per_youth": 10}}, matters={AVERTED: 1.0})
    )
    assert shown["title"] == "What the answer hangs on was not tried"
    assert shown["says"] == ["Only one future was tried: As we think it is."]
    assert shown["picture"] == {} and shown["shares"] == []


def test_drawn_futures_are_counted_and_not_named() -> None:
    """Of eight, six are led by the one and two by the other."""
    names = tuple(f"f{k}" for k in range(8))
    study = made_study(
        {AVERTED: {
            "none": 0, "per_youth": 100, "equal_shares": [90] * 6 + [120] * 2}},
        futures=names, matters={AVERTED: 1.0},
    )  # fmt: skip
    study.futures = tuple(replace(f, sampled=True) for f in study.futures)
    shown = hangs.section(study)
    assert [(one["name"], one["text"]) for one in shown["shares"]] == [
        ("By number of youth", "75%"), ("Same sum for every place", "25%"),
    ]  # fmt: skip
    assert shown["says"] == ["Sharing by number of youth comes first in 75% of eight futures."]
    assert shown["picture"] == {}


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (0.01, ["Where nobody had been found before (home to a third of youth), sharing by last "
                "year’s reports finds fewer than sharing by number of youth in every future."]),
        ([0.01, 0.03, 0.01], []),  # as many in one of them
    ],
)  # fmt: skip
def test_who_is_left_out_in_every_future(found: Any, said: list[str]) -> None:
    """A third of youth live where nobody had been found; by head 2 or 3 of 100 are found there."""
    same = {"none": 1 / 3, "per_youth": 1 / 3, "last_years_counts": 1 / 3}
    study = three_futures([900, 900, 900], **{
        "youth_share:silent": same, "youth:silent": dict.fromkeys(same, 1000.0),
        "identified_share:silent": {"none": 0.01, "per_youth": [0.02, 0.03, 0.02],
                                    "last_years_counts": found},
    })  # fmt: skip
    assert hangs.section(study)["always"] == said


@pytest.mark.parametrize(
    ("sets", "row", "when"),
    [
        ({"assessment.utilisation": 1.1}, "Too few investigators",
         "if there are too few investigators"),
        ({"incidence.place_ratio": [1.0, 1.0, 2.0, 2.0]}, "More of it in towns and rural places",
         "if there is more exploitation in towns and rural places"),
        ({"switches.denial": False}, "No denial anywhere",
         "if nobody denies that it happens"),
        ({"assessment.lapse_weeks": 4},
         "Wait after which a case is closed without an investigation: 4",
         "if “wait after which a case is closed without an investigation” is “4”"),
        ({"switches.platforms": False, "denial.form": "reduced"},
         "Online platforms send tips: no, small-town barriers by mechanism: reduced",
         "if “online platforms send tips” does not hold and “small-town barriers by mechanism” is "
         "“reduced”"),
        ({"shocks": [{"kind": "campaign", "communities": [3, 4]}]}, "A campaign in two places",
         "if there is a campaign in two places"),
        ({"switches.denial": False, "switches.anonymity": False, "denial.half_life": 3.0,
          "switches.known_offender": False}, "Tight: four things otherwise than we think",
         "under “Tight: four things otherwise than we think”"),
        ({"gone.with_the_wind": 4}, "Tight", "under “Tight”"),
    ],
)  # fmt: skip
def test_futures_in_words(sets: dict[str, Any], row: str, when: str) -> None:
    """By parameter and value; many things are counted, what the model has no more has a title."""
    future = replace(three_futures([1, 1, 1]).futures[0], name="tight", title="Tight", sets=sets)
    assert (conditions.row(future), conditions.when(future)) == (row, when)


def test_a_future_goes_by_the_title_that_the_study_gave_it() -> None:
    """In any script, and whatever the catalogue says of what it sets."""
    future = replace(three_futures([1, 1, 1]).futures[0], title="人手不足",
                     sets={"assessment.utilisation": 1.1})  # fmt: skip
    assert (conditions.row(future), conditions.when(future)) == ("人手不足", "under “人手不足”")
