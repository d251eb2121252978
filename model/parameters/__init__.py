"""The parameters of the world: frozen, validated, each with unit, range, grade and source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import Field, ValidationError

from streetlight.model.calling import explained, shown
from streetlight.model.errors import InputError, did_you_mean
from streetlight.model.parameters.attention import Attention
from streetlight.model.parameters.card import Card, ParameterGroup, card, frozen
from streetlight.model.parameters.costs import Costs
from streetlight.model.parameters.later import Change, Later, problems_of_dated, split
from streetlight.model.parameters.responders import Awareness, Denial, Encounter, Training
from streetlight.model.parameters.system import (
    Agency,
    Assessment,
    Feedback,
    Levers,
    Recording,
    Reporting,
    Services,
)
from streetlight.model.parameters.truth import Disclosure, Incidence, Knowing, Spell

__all__ = ["Card", "Parameters", "Switches"]

BY_WITH_VALUES = (
    'other values are given by name: Parameters().with_values({"spell.exit_hazard": 0.03})'
)
#: Changed values that are listed when parameters are printed.
MOST_SHOWN = 4


def _switch(title: str) -> Any:
    return card(True, title, "switch", 0, 1, "A", "our choice: every mechanism can be switched off")


class Switches(ParameterGroup):
    """One switch a mechanism.  Off means the mechanism does nothing at all."""

    anonymity: bool = _switch("acquaintance density lowers disclosure (P19)")
    known_offender: bool = _switch("a known offender lowers disclosure (P20)")
    denial: bool = _switch("denial lowers recognition and notice (P40)")
    self_blame: bool = _switch("self-blame lowers disclosure (P17)")
    telling: bool = _switch("youth can be told (P15, P64)")
    disclosure: bool = _switch("youth disclose")
    public_notice: bool = _switch("the public notices (P35)")
    encounters: bool = _switch("responders recognise")
    platforms: bool = _switch("online platforms send tips (P81)")
    ramp: bool = _switch("recognisability grows with time in the spell")
    false_reports: bool = _switch("false reports exist")
    limited_capacity: bool = _switch("investigators are limited")
    pooling: bool = _switch("small communities share investigators and places")
    services: bool = _switch("services exist")
    reexploitation: bool = _switch("youth can be exploited again")
    ageing_out: bool = _switch("a spell ends at 18 (off: by exit or identification alone)")
    publication: bool = _switch("agencies may leave a publication year out")
    spread: bool = _switch("awareness above its fixed point spreads (P42)")
    neighbours: bool = _switch("part of the spread crosses borders")
    feedback: bool = _switch("discretionary resources follow the record (P57)")
    publicity: bool = _switch("publicised identifications move awareness")


class Time(ParameterGroup):
    """The clock.  A year has 52 steps; other numbers are for tests of the step size."""

    steps_per_year: int = card(52, "steps in a year", "steps", 52, 104, "A", "our choice",
        "", "fixed", "positive")
    filling_years: int = card(6, "years from which first spells are drawn before burn-in", "years",
        6, 6, "A", "ages 12 to 18: no earlier spell can still be open", "", "fixed", "non-negative")
    burn_in_years: int = card(3, "years of record before the policies start", "years", 3, 3, "A",
        "our choice", "", "fixed", "non-negative")


#: What `Parameters.plain` sets beside the switches: places of a class are alike, every case is
#: heard in its turn, everything is written down, and those who plan know how the world responds.
PLAIN: dict[str, Any] = {
    "incidence.frailty_cv": 0.0,
    "assessment.screen_in_sd": 0.0,
    "assessment.posts": "solved",
    "assessment.discipline": "first come",
    "assessment.lapse_weeks": 0.0,
    "attention.reading": "even",
    "recording.participation_ar": 0.0,
    "recording.participation_training": 0.0,
    "recording.participation_denial": 0.0,
    "recording.silence_known": True,
    "agency.log_error_sd": 0.0,
    "agency.leaves_out": "nothing",
}


def in_words(name: str, group: type[ParameterGroup], error: ValidationError) -> list[str]:
    """What pydantic finds wrong with a group of this name, as `spell.exit_hazard: -1 must be ...`.

    What lies between two parameters begins with the name of the group alone.
    """
    found = []
    for one in error.errors(include_url=False):
        text = one["msg"].removeprefix("Value error, ")
        at = ".".join(str(step) for step in (name, *one["loc"]))
        named = text.partition(":")[0] in group.model_fields
        if one["type"] in ("missing", "too_long", "tuple_type"):  # of one number for each class
            field, n = one["loc"][0], len(getattr(group(), str(one["loc"][0])))
            text = f"{name}.{field}: {one['input']!r}: must be {n} numbers"
        elif one["loc"]:
            text = f"{at}: {one['input']!r}: {text}"
        else:
            text = f"{name}.{text}" if named else f"{name}: {text}"
        found.append(text)
    return [*dict.fromkeys(found)]


class Parameters(ParameterGroup):
    """All parameters.  `Parameters()` are the calibrated defaults (docs/calibration.md).

    Groups are attributes, and the numbers are attributes of these. docs/parameters.md lists them
    with unit, range, grade and source, and so does `all_cards`. Nothing in it can be changed:
    `with_values` makes a copy. Two are equal when all their numbers are.

    >>> parameters = sl.Parameters().with_values({"spell.exit_hazard": 0.03})
    >>> parameters.spell.exit_hazard
    0.03
    >>> parameters
    Parameters().with_values({'spell.exit_hazard': 0.03})
    """

    time: Time = Field(default_factory=Time)
    incidence: Incidence = Field(default_factory=Incidence)
    spell: Spell = Field(default_factory=Spell)
    knowing: Knowing = Field(default_factory=Knowing)
    disclosure: Disclosure = Field(default_factory=Disclosure)
    encounter: Encounter = Field(default_factory=Encounter)
    denial: Denial = Field(default_factory=Denial)
    training: Training = Field(default_factory=Training)
    awareness: Awareness = Field(default_factory=Awareness)
    attention: Attention = Field(default_factory=Attention)
    reporting: Reporting = Field(default_factory=Reporting)
    assessment: Assessment = Field(default_factory=Assessment)
    services: Services = Field(default_factory=Services)
    recording: Recording = Field(default_factory=Recording)
    feedback: Feedback = Field(default_factory=Feedback)
    levers: Levers = Field(default_factory=Levers)
    costs: Costs = Field(default_factory=Costs)
    agency: Agency = Field(default_factory=Agency)
    switches: Switches = Field(default_factory=Switches)
    later: Later = Field(default_factory=Later)

    def __init__(self, *given: Any, **groups: Any) -> None:
        """The defaults; other values are given to `with_values`."""
        if given:
            raise InputError(f"Parameters: {shown(given[0])}: {BY_WITH_VALUES}")
        try:
            super().__init__(**groups)
        except ValidationError as error:
            problems = []
            for one in error.errors(include_url=False):
                text = one["msg"].removeprefix("Value error, ")
                said = BY_WITH_VALUES if one["type"] == "extra_forbidden" else text
                problems.append(f"{'.'.join(map(str, one['loc']))}: {said}")
            raise InputError(*problems) from None

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse it in words: a copy with another value is made by `with_values`."""
        members = [one for one in self.all_cards() if one.startswith(f"{name}.")]
        if not members:
            raise InputError(f'no parameter is called "{name}"{self._meant(name)}')
        raise InputError(frozen(members[0], "..."))

    def __delattr__(self, name: str) -> None:
        """Refuse it, as setting is."""
        self.__setattr__(name, None)

    @classmethod
    def plain(cls) -> Parameters:
        """Parameters with every mechanism off: what a small world is built up from.

        No switch is on, places of a class are alike, every case is heard in its turn, everything is
        written down and published, and agencies know how the world responds.

        >>> parameters = sl.Parameters.plain().with_values({"switches.encounters": True})
        >>> parameters.switches.denial, parameters.attention.reading
        (False, 'even')
        """
        off = {f"switches.{name}": False for name in Switches.model_fields}
        return cls().with_values({**off, **PLAIN})

    @explained("with_values", '; as with_values({"spell.exit_hazard": 0.03})')
    def with_values(self, values: dict[str, Any]) -> Parameters:
        """A copy with values replaced by dotted name, as `{"spell.exit_hazard": 0.03}`.

        values: numbers in the unit of their card, switches as True or False, and a tuple where
        there is a number for each place class or sector.  What can change while a policy runs
        (`parameters.later.CHANGEABLE`) may also be a mapping of policy years, 0 the first, to the
        values from then on; before them the value stays, or is that of "start".
        InputError names every unknown name and every value outside its domain.

        >>> sl.Parameters().with_values({"switches.denial": False}).switches.denial
        False
        >>> law = sl.Parameters().with_values({"assessment.screen_in": {3: 0.8}})
        >>> [law.in_year(year).assessment.screen_in for year in (0, 2, 3, 9)]
        [0.6, 0.6, 0.8, 0.8]
        >>> sl.Parameters().with_values({"spell.exit_hazzard": 0.03})
        Traceback (most recent call last):
        streetlight.model.errors.InputError: no parameter is called "spell.exit_hazzard" (did...
        """
        if not isinstance(values, Mapping):
            raise InputError(f"values: {values!r}: must be a mapping of dotted names to values")
        cards, problems, usable = self.all_cards(), [], {}
        for name, value in values.items():
            if name not in cards:
                problems.append(f'no parameter is called "{name}"{self._meant(str(name))}')
            elif isinstance(value, Mapping) and (found := problems_of_dated(name, value)):
                problems += [f"{name}: {said}" for said in found]
            else:
                usable[name] = value
        start, dated = split(usable)
        try:
            changed = self._replaced(start)
        except InputError as error:
            raise InputError(*problems, *error.problems) from None
        kept = [one for one in self.later.changes if one[0] not in usable]
        own = [(name, year, one) for name, by in dated.items() for year, one in by.items()]
        later = sorted(kept + own, key=lambda one: (one[1], one[0]))
        return changed._with_later(later, problems)

    def _with_later(self, changes: Sequence[Change], problems: Sequence[str]) -> Parameters:
        """A copy that changes so; values are those that the parameters of their year hold.

        problems: what is wrong already; the rest is looked for in all years from the first on.
        """
        changed = self.model_copy(update={"later": Later(changes=tuple(changes))})
        held: dict[int, Parameters] = {}
        found: dict[str, str] = {}
        for year in dict.fromkeys(year for _, year, _ in changes):
            try:
                held[year] = changed.in_year(year)
            except InputError as error:
                for text in error.problems:
                    found.setdefault(text, f"from year {year}: {text}")
        if problems or found:
            raise InputError(*problems, *found.values())
        same = tuple((name, year, held[year]._value(name)) for name, year, _ in changes)
        return self.model_copy(update={"later": Later(changes=same)})

    def _value(self, name: str) -> Any:
        """The value of a parameter by dotted name."""
        group, _, field = name.partition(".")
        return getattr(getattr(self, group), field)

    def _replaced(self, values: Mapping[str, Any]) -> Parameters:
        """A copy with values that hold all the time, and none from a year on."""
        groups: dict[str, dict[str, Any]] = {}
        for dotted, value in values.items():
            group, _, field = dotted.partition(".")
            groups.setdefault(group, {})[field] = value
        replaced: dict[str, Any] = {"later": Later()}
        problems: list[str] = []
        for name, fields in groups.items():
            before = getattr(self, name)
            try:
                replaced[name] = type(before)(**{**before.model_dump(), **fields})
            except ValidationError as error:
                problems += in_words(name, type(before), error)
        if problems:
            raise InputError(*problems)
        return self.model_copy(update=replaced)

    def _meant(self, name: str) -> str:
        """Advice on a name that no parameter has: a member of a group, or the likely one."""
        members = [one for one in self.all_cards() if one.startswith(f"{name}.")]
        if members:
            return f"; it is a group of parameters: name one of them in full, as {members[0]}"
        return did_you_mean(name, self.all_cards())

    def in_year(self, year: int) -> Parameters:
        """The parameters in force in a policy year, 0 the first; -1: before the policies start.

        >>> sl.Parameters().in_year(3) == sl.Parameters()
        True
        """
        if not self.later.changes:
            return self
        return self._replaced({name: v for name, first, v in self.later.changes if first <= year})

    def __repr__(self) -> str:
        """The defaults and what differs from them, on one line."""
        plain, own = Parameters().model_dump(), self.model_dump()
        changed = {
            f"{group}.{name}": value
            for group, values in own.items()
            for name, value in values.items()
            if value != plain[group][name] and group != "later"
        }
        for name, year, value in self.later.changes:
            start = {"start": changed[name]} if name in changed else {}
            dated = changed.get(name)
            changed[name] = {**(dated if isinstance(dated, dict) else start), year: value}
        listed = ", ".join(f"{name!r}: {changed[name]!r}" for name in [*changed][:MOST_SHOWN])
        more = f", and {len(changed) - MOST_SHOWN} more" if len(changed) > MOST_SHOWN else ""
        return f"Parameters().with_values({{{listed}{more}}})" if changed else "Parameters()"

    __str__ = __repr__

    @classmethod
    def all_cards(cls) -> dict[str, Card]:
        """Every card by dotted name, in the order of the classes.

        >>> card = sl.Parameters.all_cards()["spell.exit_hazard"]
        >>> card.unit, card.low < card.high
        ('per month', True)
        """
        return dict(_all_cards())


@cache
def _all_cards() -> dict[str, Card]:
    return {
        f"{group}.{name}": card
        for group, field in Parameters.model_fields.items()
        for name, card in field.annotation.cards().items()  # type: ignore[union-attr]
    }
