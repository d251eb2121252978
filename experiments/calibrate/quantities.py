"""What a target can be about, each written once as a formula of `Flows`."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from streetlight.experiments.calibrate.flows import LONG_MONTHS, Flows
from streetlight.model.advice import share_advice
from streetlight.model.arrays import BoolArray, FloatArray, ratio
from streetlight.model.inference.shape import PATTERNS, shape_of
from streetlight.model.names import CHANNELS

Kind = Literal["share", "rate", "months", "shape"]
UNITS: dict[Kind, str] = {
    "share": "share, 0 to 1", "rate": "per 100,000 youth (10-17) a year", "months": "months",
    "shape": "shape of the published record",
}  # fmt: skip
#: The tolerance where none is given: this part of the value, or for a shape this much.
TOLERANCE = 0.05
#: The least that a value counts as where misses are measured as ratios.
TINY = 1e-12
#: A number as a part and the whole it is divided by, so that worlds can be put together.
Ratio = tuple[float, float]
#: From flows, the places that count (C,) and the number of a channel.
Formula = Callable[[Flows, BoolArray, int], Ratio]


@dataclass(frozen=True)
class Quantity:
    """A number that targets can be about.

    by_channel: whether a target has to name a channel; expected: whether the expectation gives it,
    or runs alone.
    """

    words: str
    kind: Kind
    formula: Formula
    by_channel: bool = False
    expected: bool = True

    def problem(self, value: float) -> str | None:
        """Why a value cannot be this one's, or None."""
        if self.kind == "share" and not 0.0 < value < 1.0:
            return f"must lie between 0 and 1 (a share){share_advice(value)}"
        if self.kind in ("rate", "months") and value <= 0.0:
            return f"must be above 0 ({UNITS[self.kind]})"
        return None


def share(part: str, whole: str) -> Formula:
    """One flow as a share of another."""

    def formula(flows: Flows, places: BoolArray, channel: int) -> Ratio:
        parts = (float(getattr(flows, name)[places].sum()) for name in (part, whole))
        return next(parts), next(parts)

    return formula


def per_youth(of: Callable[[Flows], FloatArray]) -> Formula:
    """A flow (C,) per 100,000 youth (10-17) and year."""

    def formula(flows: Flows, places: BoolArray, channel: int) -> Ratio:
        return 1e5 * float(of(flows)[places].sum()), float(flows.region.youth[places].sum())

    return formula


def per_100k(name: str) -> Formula:
    """The flow of this name per 100,000 youth and year."""
    return per_youth(lambda flows: np.asarray(getattr(flows, name)))


def by_channel(flows: Flows, places: BoolArray, channel: int) -> Ratio:
    """Share of all reports, true and false, that come by a channel."""
    reports = flows.reports[places].sum(axis=0)
    return float(reports[channel]), float(reports.sum())


def not_substantiated(flows: Flows, places: BoolArray, channel: int) -> Ratio:
    """Share of investigations begun that end without a finding."""
    begun = float((flows.investigated + flows.false_investigated)[places].sum())
    found = float((flows.identified + flows.false_identified)[places].sum())
    return begun - found, begun


def duration(weight: Callable[[FloatArray], FloatArray]) -> Formula:
    """Mean over the identified of a function of the months since their spell began."""

    def formula(flows: Flows, places: BoolArray, channel: int) -> Ratio:
        weighed = float(flows.by_duration(weight)[places].sum())
        return weighed, float(flows.identified[places].sum())

    return formula


def is_long(months: FloatArray) -> FloatArray:
    """1 for more than `LONG_MONTHS`; the margin is far shorter than a step."""
    return (months > LONG_MONTHS + 1e-6).astype(float)


def published(flows: Flows) -> FloatArray:
    """Published reports a year, (C,); only runs have them."""
    assert flows.published is not None
    return np.asarray(flows.published.mean(axis=1))


def shape(pattern: str) -> Formula:
    """A number of the shape of the published record."""

    def formula(flows: Flows, places: BoolArray, channel: int) -> Ratio:
        assert flows.published is not None
        population = flows.region.population[places]
        areas = flows.region.area_keys[1].astype(np.int64)[places]
        return shape_of(flows.published[places], population, areas)[pattern], 1.0

    return formula


#: By the name that a file of targets has for it.
QUANTITIES: dict[str, Quantity] = {
    "known_share": Quantity("victimizations ever reported", "share", share("known", "onsets")),
    "identified_share": Quantity(
        "victimizations that end by identification", "share", share("identified", "onsets")
    ),
    "knew_share": Quantity(
        "of victimizations ever reported, those of youth who knew before the first report",
        "share", share("known_knowing", "known"),
    ),
    "reports_share": Quantity(
        "of all reports, true and false, those by a channel", "share", by_channel, by_channel=True
    ),
    "not_substantiated_share": Quantity(
        "of investigations begun, those that end without a finding", "share", not_substantiated
    ),
    "long_share": Quantity(
        f"of the identified, those exploited for more than {LONG_MONTHS} months", "share",
        duration(is_long),
    ),
    "months_to_identification": Quantity(
        "from the start of a victimization to identification, mean of the identified", "months",
        duration(lambda months: months),
    ),
    "onsets_per_100k": Quantity("victimizations that begin", "rate", per_100k("onsets")),
    "known_per_100k": Quantity(
        "victimizations reported for the first time", "rate", per_100k("known")
    ),
    "reports_per_100k": Quantity(
        "reports, true and false", "rate", per_youth(lambda flows: flows.reports.sum(axis=1))
    ),
    "investigated_per_100k": Quantity(
        "investigations begun, of true and false reports", "rate",
        per_youth(lambda flows: flows.investigated + flows.false_investigated),
    ),
    "identified_per_100k": Quantity("identified youth", "rate", per_100k("identified")),
    "published_per_100k": Quantity(
        "reports as published", "rate", per_youth(published), expected=False
    ),
    **{
        f"record_{name.replace(' ', '_')}": Quantity(words, "shape", shape(name), expected=False)
        for name, words in PATTERNS.items()
    },
}  # fmt: skip


@dataclass(frozen=True)
class Target:
    """A target: what is to have which value, give or take a tolerance in the same unit.

    place_class: number of a class, None for all places; channel: number of one, None unless the
    quantity needs it; source: where the value comes from, in the words of the file.
    """

    name: str
    value: float
    tolerance: float
    place_class: int | None = None
    channel: int | None = None
    label: str = ""
    source: str = ""

    @property
    def quantity(self) -> Quantity:
        """What it is about."""
        return QUANTITIES[self.name]

    def of(self, flows: Flows) -> Ratio:
        """Its part and whole in some flows; the part is NaN where it cannot be told."""
        kind = flows.region.place_class
        places = np.full(len(kind), True) if self.place_class is None else kind == self.place_class
        return self.quantity.formula(flows, places, -1 if self.channel is None else self.channel)

    def expected(self, flows: Flows) -> float:
        """Its value by the expectation; NaN where only runs give it."""
        return ratio(*self.of(flows)) if self.quantity.expected else math.nan

    def scaled(self, found: float) -> float:
        """A value in tolerances; of what must be positive the logarithm, so that ratios count."""
        if self.quantity.kind == "shape":
            return found / self.tolerance
        return math.log(max(found, TINY)) * self.value / self.tolerance

    def miss(self, found: float) -> float:
        """How far a value is from the target, in tolerances; 0 where it cannot be told."""
        return self.scaled(found) - self.scaled(self.value) if math.isfinite(found) else 0.0

    def met(self, found: float) -> bool:
        """Whether a value lies within the tolerance."""
        return abs(found - self.value) <= self.tolerance * (1.0 + 1e-9)


def default_tolerance(quantity: Quantity, value: float) -> float:
    """The tolerance of a target that gives none."""
    return TOLERANCE if quantity.kind == "shape" else TOLERANCE * value


def label_of(name: str, place_class: str | None, channel: int | None) -> str:
    """How tables call a target: its name, with class or channel."""
    more = CHANNELS[channel] if channel is not None else place_class
    return f"{name}, {more}" if more else name
