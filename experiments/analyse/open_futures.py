"""Futures that bracket what a record of counts leaves open, as an experiment file has them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import ndtri

from streetlight.experiments.distributions import plain
from streetlight.model.arrays import IndexArray
from streetlight.model.inference.hidden_risk import HIDDEN_CLASS
from streetlight.model.inference.identified import LEVEL, tails
from streetlight.model.names import PlaceClass
from streetlight.model.parameters import Parameters

Values = Mapping[str, Any]

#: Correlation of effort with hidden risk that is tried: what the default leaves room for.
WITH_TRUTH = 0.5
#: Doubt about the share that is recorded (docs/inference.md).
LEVEL_FACTOR = 2.0


def open_futures(
    parameters: Parameters, hidden_cv: float, place_class: IndexArray
) -> dict[str, tuple[str, Mapping[str, Values]]]:
    """Futures by what is open: what that is in words, and values by the name of each future.

    parameters: what all futures share; hidden_cv: as it was stated; place_class (C,).
    """
    readings = {name: {"attention.reading": name} for name in ("mixed", "recording", "effort")}
    truth = {
        f"attention_{what}_risk": {"attention.reading": "mixed", "attention.with_truth": value}
        for what, value in (("follows", WITH_TRUTH), ("avoids", -WITH_TRUTH))
    }
    found: dict[str, tuple[str, Mapping[str, Values]]] = {
        "why counts of places differ": ("by what they write down, how hard they look, or both",
                                        readings),
        "hidden risk": (f"as stated, {hidden_cv:g}, in all others; here twice that",
                        {"hidden_risk_twice": {"incidence.frailty_cv": 2.0 * hidden_cv}}),
        "whether attention follows it": ("or avoids it", truth),
        "how much there is": ("twice or half as much, seen half or twice as well",
                              {"twice_as_many": seen_less(parameters, LEVEL_FACTOR),
                               "half_as_many": seen_less(parameters, 1.0 / LEVEL_FACTOR)}),
    }  # fmt: skip
    small = place_class >= PlaceClass.TOWN
    if small.any() and not small.all():
        factor = float(np.exp(ndtri(tails(LEVEL)[1]) * HIDDEN_CLASS * 2.0**0.5))  # of two classes
        ratio = np.array(parameters.incidence.place_ratio)
        more, less = (
            tuple(
                np.where(np.arange(len(ratio)) >= PlaceClass.TOWN, ratio * f, ratio)
                .round(3)
                .tolist()
            )
            for f in (factor, 1.0 / factor)
        )
        found["classes of place"] = (
            "victimization in towns and rural places, against the others",
            {"small_places_more": {"incidence.place_ratio": more},
             "small_places_less": {"incidence.place_ratio": less}},
        )  # fmt: skip
    return found


def seen_less(p: Parameters, times: float) -> Values:
    """So many times the victimization, seen so many times less: about the same counts."""
    e = p.encounter

    def over(numbers: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(round(min(1.0, x / times), 6) for x in numbers)

    return {
        "incidence.onset_rate": p.incidence.onset_rate * times,
        "disclosure.hazard": p.disclosure.hazard / times,
        "encounter.public_rate": p.encounter.public_rate / times,
        "encounter.untrained": over(e.untrained),
        "encounter.trained": over(e.trained),
        "reporting.platform_rate": p.reporting.platform_rate / times,
    }


def futures_text(
    record: str, parameters: Parameters, hidden_cv: float, place_class: IndexArray
) -> str:
    """The part of an experiment file that has them."""
    lines = [
        f"# Written by streetlight estimate: what {record} leaves open, to be pasted into an",
        "# experiment file. A policy that is ahead in all of them does not hang on it.",
        "parameters:",
        f"  incidence.frailty_cv: {hidden_cv:g}",
        "futures:",
        "  named:",
    ]
    for what, (words, futures) in open_futures(parameters, hidden_cv, place_class).items():
        lines.append(f"    # {what}: {words}")
        for name, values in futures.items():
            lines.append(f"    {name}:")
            lines += [f"      {key}: {json.dumps(plain(value))}" for key, value in values.items()]
    return "\n".join([*lines, ""])
