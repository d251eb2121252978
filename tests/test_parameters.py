"""Parameters: provenance, domains, and replacement by name."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streetlight.model.errors import InputError
from streetlight.model.parameters import Parameters


def test_every_field_has_a_card_with_unit_grade_and_source() -> None:
    """No number is without title, unit, grade and source."""
    cards = Parameters.all_cards()
    fields = [
        f"{group}.{name}"
        for group, field in Parameters.model_fields.items()
        for name in field.annotation.model_fields
        if group != "later"  # what changes: names of parameters, which have theirs
    ]
    assert fields == list(cards)
    for name, card in cards.items():
        assert card.title and card.unit and card.grade and card.source, name


def test_defaults_lie_in_the_range_of_their_card() -> None:
    """Every default lies in the range the evidence allows."""
    defaults = Parameters()
    for name, card in Parameters.all_cards().items():
        group, _, field = name.partition(".")
        value = getattr(getattr(defaults, group), field)
        if card.high > card.low and not isinstance(value, (bool, str)):
            for item in value if isinstance(value, tuple) else (value,):
                assert card.low <= item <= card.high, name


def test_p_numbers_are_used_once_or_by_the_parts_of_one_number() -> None:
    """A P-number names one parameter, but for those that are several numbers each."""
    numbers = [card.number for card in Parameters.all_cards().values() if card.number]
    twice = {number for number in numbers if numbers.count(number) > 1}
    assert twice == {"P32", "P53", "P75r", "P76", "P78", "P79"}


def test_values_are_replaced_by_dotted_name_in_a_copy() -> None:
    """with_values leaves the original alone and changes nothing else."""
    before = Parameters()
    after = before.with_values({"spell.exit_hazard": 0.03, "switches.denial": False})
    assert before.spell.exit_hazard != 0.03
    assert (after.spell.exit_hazard, after.switches.denial) == (0.03, False)
    assert (
        after.with_values({"spell.exit_hazard": before.spell.exit_hazard, "switches.denial": True})
        == before
    )


@pytest.mark.parametrize("name", ["spell", "spell.exit", "spells.exit_hazard", "", "spell."])
def test_unknown_names_are_errors(name: str) -> None:
    """A name that is no parameter is refused."""
    with pytest.raises(InputError, match=f'no parameter is called "{name}"'):
        Parameters().with_values({name: 1.0})


def test_parameters_are_printed_on_one_line() -> None:
    """What differs from the defaults is listed, at most four values of it."""
    assert repr(Parameters()) == str(Parameters()) == "Parameters()"
    one = Parameters().with_values({"switches.denial": False})
    assert repr(one) == "Parameters().with_values({'switches.denial': False})"
    mechanisms = [name for name in type(one.switches).model_fields if name != "denial"]
    off = one.with_values({f"switches.{name}": False for name in mechanisms})
    assert repr(off).startswith("Parameters().with_values({'switches.anonymity': False, ")
    assert repr(off).count("False") == 4
    assert repr(off).endswith(f", and {len(mechanisms) - 3} more}})")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("spell.exit_hazard", 0.0),
        ("spell.reexploited_12m", 1.0),
        ("incidence.type_mix", (0.5, 0.5, 0.5)),
        ("incidence.age_mode", 19.0),
        ("knowing.told_ratio", 0.5),
        ("disclosure.channel_ratio", 0.9),
        ("encounter.trained", (0.0, 0.3, 0.3, 0.4, 0.5)),
        ("awareness.campaign_lift", 4.0),
        ("reporting.unfounded", 1.0),
        ("assessment.screen_in_sd", 0.5),
        ("training.trained_share", (0.4, 0.3, 0.2)),
        ("denial.ratio", True),
        ("denial.form", "both"),
    ],
)
def test_values_that_make_no_sense_are_refused(name: str, value: object) -> None:
    """A value outside the domain of the mathematics is an error that names the field."""
    with pytest.raises(InputError, match=name):
        Parameters().with_values({name: value})


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_probabilities_lie_between_0_and_1(value: float) -> None:
    """A probability is accepted exactly when it is a number from 0 to 1."""
    if math.isfinite(value) and 0.0 <= value <= 1.0:
        Parameters().with_values({"services.uptake": value})
    else:
        with pytest.raises(InputError, match="services.uptake"):
            Parameters().with_values({"services.uptake": value})


def test_all_that_is_wrong_with_values_is_named_at_once() -> None:
    """A misspelt name and two values of two groups are three problems, each with its name."""
    wrong = {"spell.exit_hazrd": 0.1, "spell.exit_hazard": -0.1, "services.uptake": "high"}
    with pytest.raises(InputError) as caught:
        Parameters().with_values(wrong)
    assert [text.split(": ")[0] for text in caught.value.problems] == [
        'no parameter is called "spell.exit_hazrd" (did you mean "spell.exit_hazard"?)',
        "spell.exit_hazard", "services.uptake",
    ]  # fmt: skip


def test_a_name_that_no_parameter_has_cannot_be_set_in_a_copy_either() -> None:
    """It is not told to be frozen, but that there is none, and the likely one."""
    parameters = Parameters()
    with pytest.raises(InputError, match='spell: no parameter is called "exit_hazzard" .did you'):
        parameters.spell.exit_hazzard = 0.1  # type: ignore[attr-defined]
    with pytest.raises(InputError, match='^no parameter is called "exit_rate"'):
        parameters.exit_rate = 0.1  # type: ignore[attr-defined]


def test_groups_are_frozen() -> None:
    """Nobody changes a parameter in the middle of a run."""
    parameters = Parameters()
    with pytest.raises(InputError) as caught:
        parameters.spell.exit_hazard = 0.5  # type: ignore[misc]
    assert str(caught.value) == (
        "spell.exit_hazard: parameters are frozen; "
        'parameters.with_values({"spell.exit_hazard": 0.5}) is a copy with another value'
    )
    with pytest.raises(InputError, match=r"^incidence.onset_rate: parameters are frozen; "):
        parameters.incidence = None  # type: ignore[misc,assignment]
    with pytest.raises(InputError, match="parameters are frozen"):
        del parameters.spell.exit_hazard
    assert parameters == Parameters()


@pytest.mark.parametrize("value", [[0.1, 0.2], [0.1] * 5, 0.5])
def test_a_number_for_each_class_is_asked_for_in_one_sentence(value: Any) -> None:
    """Too few, too many and one alone are told how many there must be."""
    with pytest.raises(InputError) as caught:
        Parameters().with_values({"denial.leaders": value})
    assert caught.value.problems == (f"denial.leaders: {value!r}: must be 4 numbers",)


def test_values_are_a_mapping() -> None:
    """A list of pairs is refused in words."""
    with pytest.raises(InputError, match="must be a mapping of dotted names to values"):
        Parameters().with_values([("spell.exit_hazard", 0.02)])  # type: ignore[arg-type]
