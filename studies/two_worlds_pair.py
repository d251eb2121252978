"""Settings of more victimization that is seen less, so that the expected record stays as it is.

Solved on the stationary expectation (`model/on_average/cascade.py`, effort 1): each number of
attention is divided by what its reports come to over what they should, until all agree.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import numpy as np

from streetlight.model.arrays import FloatArray
from streetlight.model.communities.region import Region
from streetlight.model.names import SECTORS, Channel
from streetlight.model.on_average.cascade import Expected, expected_cascade, false_scale
from streetlight.model.parameters import Parameters

#: What is solved for; each moves one number of `reached`.
FACTORS = ("disclosure", "public", *SECTORS, "platform", "substantiation")
TOLERANCE, MOST_ROUNDS = 1e-5, 25


class Dimmed(NamedTuple):
    """A setting that was solved: factors on attention, and what the expectation is off by.

    off, off_by_class: largest relative difference in reports of a channel, over the region and
    over places of one class (of those with a report a year).
    """

    parameters: Parameters
    factors: dict[str, float]
    off: float
    off_by_class: float


def reached(expected: Expected) -> FloatArray:
    """True reports a year by what is solved for, and identified: (factors,).

    Youth and confidants report by the same hazard, so one number moves both channels.
    """
    by_channel = expected.channels.sum(axis=0)
    spoken = by_channel[[Channel.SELF, Channel.CONFIDANT]].sum()
    return np.array([spoken, *by_channel[Channel.PUBLIC :], expected.identified.sum()])


def scaled(base: Parameters, factors: FloatArray, values: Mapping[str, Any]) -> Parameters:
    """The base with other values, and its attention times the factors."""
    spoken, public, *sectors, platform, substantiated = (float(x) for x in factors)
    e = base.encounter
    return base.with_values({
        "disclosure.hazard": base.disclosure.hazard * spoken,
        "encounter.public_rate": e.public_rate * public,
        "encounter.untrained": tuple(np.array(e.untrained) * sectors),
        "encounter.trained": tuple(np.array(e.trained) * sectors),
        "reporting.platform_rate": base.reporting.platform_rate * platform,
        "assessment.substantiation": base.assessment.substantiation * substantiated,
        **values,
    })  # fmt: skip


def with_noise_of(
    p: Parameters, now: Expected, base: Parameters, usual: Expected, scale: float
) -> Parameters:
    """Parameters whose calls without a case, false tips and false reports are those of the base.

    All three are stated as shares of what there is of true and false together. scale: of false
    reports in the base.
    """

    def share(before: float, true: FloatArray, true_now: FloatArray) -> float:
        noise = before / (1.0 - before) * true.sum()
        return float(noise / (noise + true_now.sum()))

    by_phone = slice(0, Channel.PUBLIC + 1)
    r, tips = base.reporting, Channel.PLATFORM
    false = (scale * usual.false_investigated_per_scale + usual.false_tips_investigated).sum()
    true, w = now.investigated.sum(), p.assessment.wrong_substantiation
    not_substantiated = true - now.identified.sum() + false * (1.0 - w)
    return p.with_values({
        "reporting.noise_contacts": share(
            r.noise_contacts, usual.channels[:, by_phone], now.channels[:, by_phone]
        ),
        "reporting.platform_false": share(
            r.platform_false, usual.channels[:, tips], now.channels[:, tips]
        ),
        "reporting.unfounded": float(not_substantiated / (true + false)),
    })  # fmt: skip


def dimmed(
    base: Parameters, region: Region, values: Mapping[str, Any], kept: Collection[str] = ()
) -> Dimmed:
    """The base with other values, dimmed until its expected reports and identified are the base's.

    kept: factors that stay 1, so that what they move is left to differ. What is false is that of
    the base. ValueError where no dimming does it.
    """
    usual = expected_cascade(base, region)
    goal, factors = reached(usual), np.ones(len(FACTORS))
    free = np.array([name not in kept for name in FACTORS])
    for _ in range(MOST_ROUNDS):
        p = scaled(base, factors, values)
        now = expected_cascade(p, region)
        ratio = np.where(free, reached(now) / goal, 1.0)
        off = float(np.abs(ratio - 1.0).max())
        if off < TOLERANCE:
            break
        factors = factors / ratio
    else:
        raise ValueError(f"{dict(values)}: reports still differ by {off:.3f}")
    p = with_noise_of(p, now, base, usual, float(false_scale(base, region)))
    named = dict(zip(FACTORS, factors.tolist(), strict=True))
    return Dimmed(p, named, off, off_by_class(usual, now, region))


def off_by_class(usual: Expected, now: Expected, region: Region) -> float:
    """Largest relative difference of a channel over places of a class with a report a year."""
    classes = np.unique(region.place_class)
    before, after = (
        np.array([e.channels[region.place_class == k].sum(axis=0) for k in classes])
        for e in (usual, now)
    )
    some = before >= 1.0
    return float(np.abs(after[some] / before[some] - 1.0).max())


def outside_ranges(parameters: Parameters, base: Parameters) -> list[str]:
    """Numbers that differ from the base and lie outside the range of their card."""
    found = []
    for name, card in Parameters.all_cards().items():
        group, _, field = name.partition(".")
        value, before = (getattr(getattr(p, group), field) for p in (parameters, base))
        if value != before and not isinstance(value, str):
            numbers = np.atleast_1d(np.array(value, float))
            if (numbers < card.low).any() or (numbers > card.high).any():
                found.append(name)
    return found
