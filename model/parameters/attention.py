"""Parameters of attention: how hard responders look, place by place and year by year.

What is drawn with them is in `world/attention.py`.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from streetlight.model.parameters.card import ParameterGroup, card

#: Numbers that differ between a reading alone and the mixed one.
ALONE_OR_MIXED = ("alone", "mixed")
Pair = tuple[float, float]


class Attention(ParameterGroup):
    """Where the unevenness of the record comes from, and what money does to it.

    `reading` says what differs between places of one class: nothing (even), how hard responders
    look (effort), what of it is written down (recording), or both (mixed).  No record tells them
    apart.
    """

    reading: Literal["even", "recording", "effort", "mixed"] = card("mixed",
        "what makes the record uneven between places of a class", "choice", 0, 0, "A",
        "R21: published reports fit recording, effort and mixed about equally well")
    money: Literal["multiplies", "adds", "fills"] = card("adds",
        "what bought recognition does where effort is low: works in proportion to effort, adds the "
        "same everywhere, or fills what is lacking", "choice", 0, 0, "A", "assumed")
    effort_level: Pair = card((2.1, 1.4), "mean effort over places; 1 is that of the calibration",
        "ratio", 0.5, 2.5, "D", "fitted so that the share known stays (studies/attention.py)", "",
        "fixed", "positive", ALONE_OR_MIXED)
    effort_cv: Pair = card((2.1, 1.1),
        "variation of effort between places and years (gamma, cut at 6)",
        "coefficient of variation", 0.6, 2.5, "D", "R21", "P75e", "fixed", "non-negative",
        ALONE_OR_MIXED)
    effort_area_share: Pair = card((0.4, 0.2),
        "part of the variance of effort (normal scale) that an area has in common", "share", 0.0,
        0.6, "D", "R21", "P78", "fixed", "share", ALONE_OR_MIXED)
    effort_year_share: Pair = card((0.4, 0.2),
        "part of the variance of effort (normal scale) that moves from year to year", "share", 0.0,
        0.6, "D", "R21", "P76", "fixed", "share", ALONE_OR_MIXED)
    effort_year_ar: Pair = card((0.65, 0.8),
        "correlation of the moving part of effort between years", "correlation", 0.5, 0.9, "D",
        "R21", "P76", "fixed", "share", ALONE_OR_MIXED)
    with_truth: float = card(0.0,
        "correlation of effort with hidden risk (frailty), normal scale; what area and years leave "
        "of effort alone allows 0.44", "correlation", -0.5, 0.5, "A", "nobody knows, so vary it",
        "P79", "uniform", "real")
    with_population: float = card(0.0, "correlation of effort with log population, normal scale",
        "correlation", -0.5, 0.5, "A", "nobody knows, so vary it", "P79", "uniform", "real")
    with_poverty: float = card(0.0, "correlation of effort with the poverty share, normal scale",
        "correlation", -0.5, 0.5, "A", "nobody knows, so vary it", "P79", "uniform", "real")
    class_spread: float = card(0.3,
        "spread between places of a class in trained staff, denial and awareness, where effort "
        "differs", "standard deviation of the logit", 0.0, 0.8, "A", "assumed", "", "uniform")

    @model_validator(mode="after")
    def _correlations_can_hold_together(self) -> Self:
        for name in ("with_truth", "with_population", "with_poverty"):
            if not -1.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name}: {getattr(self, name)!r} must lie between -1 and 1")
        explained = self.with_truth**2 + self.with_population**2 + self.with_poverty**2
        area, year = self.of(self.effort_area_share), self.of(self.effort_year_share)
        if self.effort_differs and area + year + explained > 1.0:
            raise ValueError(
                f"effort_area_share {area!r}, effort_year_share {year!r} and the squares of "
                f"with_truth, with_population and with_poverty ({explained:.3g} together) must not "
                "sum to more than 1"
            )
        return self

    @property
    def effort_differs(self) -> bool:
        """Whether places of a class differ in effort."""
        return self.reading in ("effort", "mixed")

    @property
    def recording_differs(self) -> bool:
        """Whether places of a class differ in what they write down."""
        return self.reading in ("recording", "mixed")

    @property
    def mean_effort(self) -> float:
        """Mean effort over places, 1 where effort does not differ."""
        return self.of(self.effort_level) if self.effort_differs else 1.0

    def of(self, pair: Pair) -> float:
        """The number of a pair that is in force in this reading."""
        return pair[self.reading == "mixed"]
