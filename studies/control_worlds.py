"""The worlds of the controls: where theory says how the rules must compare."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import poisson

from streetlight.model.arrays import FloatArray
from streetlight.model.communities.region import Region
from streetlight.model.money.rules.counts import with_equal_part
from streetlight.model.names import CLASSES
from streetlight.model.parameters import Parameters
from streetlight.model.record.view import RecordView

SMALLEST, LARGEST = 100_000.0, 1_000_000.0
COMMUNITIES = 48

#: Truth by class in (ii) and (iii): the range of the card of `incidence.place_ratio`.
CITY_TRUTH = (2.0, 1.5, 1.0, 0.5)
CLASS_TRUTH = (1.25, 2.0, 1.25, 0.5)
#: Attention in (iii): mean and standard deviation over classes, inside the ranges of the cards.
TRAINED, HOTLINE = (0.35, 0.17), (0.30, 0.14)

#: What equal ascertainment switches off, beside every difference between classes. Posts are those
#: that each place needs: posts by head would hear less of every report where there is most truth.
EQUAL: dict[str, Any] = {
    "switches.anonymity": False,
    "switches.known_offender": False,
    "switches.denial": False,
    "switches.false_reports": False,
    "switches.feedback": False,
    "switches.publicity": False,
    "switches.publication": False,
    "attention.reading": "even",
    "assessment.posts": "solved",
    "assessment.discipline": "first come",
    "assessment.lapse_weeks": 0.0,
    "incidence.normalise": "region",
    "incidence.frailty_cv": 0.0,
    "assessment.screen_in_sd": 0.0,
    "levers.fixed_cost_ratio": 0.0,
    "agency.poverty_error": 0.0,  # rules that give by head tie only if all look equally poor
}


@dataclass(frozen=True)
class Control:
    """A region and parameters where theory says how rules must compare; name: for tables."""

    name: str
    region: Region
    parameters: Parameters


def flat_classes() -> dict[str, Any]:
    """Every parameter by place class, set everywhere to its value in a large metro."""
    default, flat = Parameters(), {}
    for name, card in Parameters.all_cards().items():
        group, field = name.split(".")
        value = getattr(getattr(default, group), field)
        if card.labels == CLASSES:
            flat[name] = (value[0],) * len(CLASSES)
    return flat


def equal_parameters(**changes: Any) -> Parameters:
    """Parameters of equal ascertainment; group__name=value changes one."""
    changed = {name.replace("__", "."): value for name, value in changes.items()}
    return Parameters().with_values({**flat_classes(), **EQUAL, **changed})


def spread_sizes(n: int) -> FloatArray:
    """Populations (n,), evenly spaced on a log scale from the smallest to the largest."""
    return np.round(np.geomspace(SMALLEST, LARGEST, n))


def make_region(name: str, population: FloatArray, **columns: Any) -> Region:
    """Communities (C,) alike but for what is given: a tenth are youth, a fifth of these poor."""
    n = len(population)
    alike: dict[str, Any] = {
        "youth": population / 10.0,
        "youth_12_17": 0.75 * (population / 10.0),
        "poverty_share": np.full(n, 0.2),
        "place_class": np.zeros(n, np.int8),
    }
    ids = [f"{name}-{c:03d}" for c in range(n)]
    return Region.of(name=name, ids=ids, population=population, **{**alike, **columns})


def equal_ascertainment(
    n: int = COMMUNITIES, name: str = "i equal ascertainment", **changes: Any
) -> Control:
    """(i) Eight levels of truth, tenfold from the least to the most, each at the same n/8 sizes."""
    levels = np.linspace(-1.0, 1.0, 8)
    sizes = spread_sizes(n // len(levels))
    region = make_region(
        "equal", np.repeat(sizes, len(levels)), covariate=np.tile(levels, len(sizes))
    )
    effect = math.log(10.0) / 2.0
    parameters = equal_parameters(incidence__covariate_effect=effect, **changes)
    return Control(name, region, parameters)


def linear_case() -> Control:
    """(i) where capacity never binds, so that only the levers' own saturation bends the result."""
    return equal_ascertainment(
        name="i without a limit to capacity", switches__limited_capacity=False
    )


def with_false_reports() -> Control:
    """(i) where false reports are counted with the true ones."""
    return equal_ascertainment(name="i with false reports", switches__false_reports=True)


def linear_gain(control: Control) -> float:
    """What giving by truth averts over giving by head if levers were linear: 1 + CV^2."""
    youth = control.region.youth_12_17
    rate = np.exp(control.parameters.incidence.covariate_effect * control.region.covariate)
    return float(np.average(rate**2, weights=youth) / np.average(rate, weights=youth) ** 2)


def cities(n: int = COMMUNITIES) -> Control:
    """(ii) The largest quarter are large metros with the most truth, and so on down."""
    sizes = spread_sizes(n)
    place_class = np.repeat(np.array([3, 2, 1, 0], np.int8), n // 4)
    region = make_region("cities", sizes, place_class=place_class)
    return Control(
        "ii truth higher in cities", region, equal_parameters(incidence__place_ratio=CITY_TRUTH)
    )


def attention_by_class(correlation: float, sign: int = 1) -> FloatArray:
    """Attention of the classes (4,), mean 0, sd 1, with this correlation to `CLASS_TRUTH`.

    sign: +1 or -1, the way of the part that has nothing to do with truth. The large metro is
    average in both: the model scales a campaign by awareness there, so a campaign stays the same.
    """
    truth, other = np.array([0.0, 1.0, 0.0, -1.0]), np.array([0.0, 1.0, -2.0, 1.0])
    own = math.sqrt(1.0 - correlation**2) * sign
    return np.asarray(correlation * truth / truth.std() + own * other / other.std())


def attention(correlation: float, sign: int = 1, n: int = COMMUNITIES) -> Control:
    """(iii) Truth and attention differ by class and not by size."""
    sizes = spread_sizes(n // 4)
    classes = np.arange(4, dtype=np.int8)
    region = make_region("attention", np.repeat(sizes, 4), place_class=np.tile(classes, len(sizes)))
    z = attention_by_class(correlation, sign)
    parameters = equal_parameters(
        incidence__place_ratio=CLASS_TRUTH,
        training__trained_share=tuple(float(x) for x in TRAINED[0] + TRAINED[1] * z),
        awareness__hotline=tuple(float(x) for x in HOTLINE[0] + HOTLINE[1] * z),
    )
    side = "+" if sign > 0 else "-"
    return Control(f"iii attention, correlation {correlation:+g} ({side})", region, parameters)


def flat(n: int = COMMUNITIES) -> Control:
    """(iv) Communities of one size, alike in everything."""
    size = round(math.sqrt(SMALLEST * LARGEST), -3)
    return Control("iv all flat", make_region("flat", np.full(n, size)), equal_parameters())


def flat_sizes(n: int = COMMUNITIES) -> Control:
    """(iv) Communities alike in everything but size."""
    region = make_region("sizes", spread_sizes(n))
    return Control("iv flat but for size", region, equal_parameters())


#: Places of a class look alike, everything is written down and everyone publishes.
FULL_RECORD: dict[str, Any] = {"attention.reading": "even", "switches.publication": False}


def full_record(states: Iterable[str] | None = None) -> Control:
    """(v) Counties as they are, all else as by default, with a record that leaves nothing out."""
    region = Region.us_counties()
    return Control(
        "v full record",
        region if states is None else region.select(states=states),
        Parameters().with_values(FULL_RECORD),
    )


def noisy_heads(view: RecordView, *, added: float = 0.1) -> FloatArray:
    """Counts of as many reports as were published last year, had all youth the same rate.

    A rule with the noise of last year's counts and nothing of what they tell; `added` as there.
    """
    expected = view.published_reports[:, -1].sum() * view.youth / view.youth.sum()
    return with_equal_part(poisson.ppf(view.uniforms("noise"), expected), added)
