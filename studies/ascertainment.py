"""What the parameters imply for ascertainment, and what they are fitted to (docs/calibration.md).

Everything is exact arithmetic on the stationary baseline (`on_average.cascade`), at the built-in US
table.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import Literal

import numpy as np

from streetlight.model.arrays import FloatArray
from streetlight.model.communities.region import Region
from streetlight.model.equations import steps_of_months
from streetlight.model.on_average.ascertainment import identified_weighed, known_by_class
from streetlight.model.on_average.cascade import (
    expected_cascade,
    share_of,
)
from streetlight.model.on_average.spell import run_spell, years_watched
from streetlight.model.on_average.strata import Nodes, Setting, density_of
from streetlight.model.on_average.youth import (
    TYPICAL_POPULATION,
    base_rates,
    by_kind,
    community_weights,
    disclosure_weights,
    youth_table,
)
from streetlight.model.parameters import Parameters

#: Parts of the gap between large metro and rural, in the order of `shapley_gap`.
GAP_PARTS = ("training", "denial", "anonymity", "known offender", "channel awareness")


def known_ratio(parameters: Parameters) -> float:
    """Known in large metro places over known in rural ones, at equal true incidence (SF8)."""
    known = known_by_class(parameters)
    return float(known[0] / known[3])


def fit_barrier_scale(parameters: Parameters, target: float = 1.7) -> float:
    """The `denial.barrier_scale` in [0, 2] at which `known_ratio` is `target`.

    ValueError if no value in that range does it.
    """

    def ratio(scale: float) -> float:
        return known_ratio(parameters.with_values({"denial.barrier_scale": scale}))

    low, high = 0.0, 2.0
    at_low, at_high = ratio(low) - target, ratio(high) - target
    if at_low * at_high > 0.0:
        raise ValueError(
            f"denial.barrier_scale: no value in 0-2 makes known in large metro {target} x rural "
            f"(0 gives {at_low + target:.3f}, 2 gives {at_high + target:.3f})"
        )
    for _ in range(60):  # false position, halving the value at the end that stays (Illinois)
        middle = (low * at_high - high * at_low) / (at_high - at_low)
        at_middle = ratio(middle) - target
        if abs(at_middle) < 1e-6 or abs(high - low) < 1e-9:
            break
        if at_middle * at_high < 0.0:
            low, at_low = high, at_high
        else:
            at_low /= 2.0
        high, at_high = middle, at_middle
    return float(middle)


def shapley_gap(parameters: Parameters) -> dict[str, float]:
    """Exact Shapley split of log(known large metro / known rural) at typical populations.

    Each part is the mean, over all orders, of what setting the rural value to the large-metro value
    adds to log known.  "remainder" is what the five parts leave (family control, and the factor of
    the reduced form); "total" is the whole log ratio, the sum of the others.
    """
    n = len(GAP_PARTS)
    coalitions = np.array(list(itertools.product((0, 1), repeat=n)), dtype=bool)  # (32, n)
    metro, rural = 0, 3
    setting = Setting.of_classes(parameters).rows(np.array([rural] * len(coalitions) + [metro]))
    index = np.vstack([coalitions, np.ones((1, n), dtype=bool)])
    of_classes = Setting.of_classes(parameters)

    def mixed(part: int, values: FloatArray) -> FloatArray:
        return np.asarray(np.where(index[:, part], values[metro], values[rural]))

    setting = replace(
        setting,
        trained=mixed(0, of_classes.trained),
        denial=mixed(1, of_classes.denial),
        known_offender=mixed(3, of_classes.known_offender),
        awareness=mixed(4, of_classes.awareness),
    )
    density = mixed(2, density_of(parameters, np.array(TYPICAL_POPULATION)))
    log_known = np.log(_known_of_kinds(parameters, setting, density))
    value = {tuple(row): log_known[i] for i, row in enumerate(coalitions)}
    parts = dict.fromkeys(GAP_PARTS, 0.0)
    for part, name in enumerate(GAP_PARTS):
        for row in coalitions[~coalitions[:, part]]:
            joined = row.copy()
            joined[part] = True
            size = int(row.sum())
            weight = math.factorial(size) * math.factorial(n - 1 - size) / math.factorial(n)
            parts[name] += weight * (value[tuple(joined)] - value[tuple(row)])
    total = log_known[-1] - log_known[0]
    return {
        **{name: float(v) for name, v in parts.items()},
        "remainder": float(total - sum(parts.values())),
        "total": float(total),
    }


def _known_of_kinds(parameters: Parameters, setting: Setting, density: FloatArray) -> FloatArray:
    """Share of spells ever reported in K kinds of place of given acquaintance density, (K,)."""
    nodes = Nodes.of(parameters, setting, np.array([parameters.assessment.screen_in]))
    fluxes = run_spell(parameters, nodes)
    base = base_rates(parameters)
    table = youth_table(parameters, nodes, fluxes, setting.served, base)
    totals = by_kind(parameters, table, setting.family)
    disclosure = disclosure_weights(parameters, setting.awareness, setting.known_offender, density)
    equal = np.full(len(density), sum(base) / 2.0)
    weights = community_weights(table, disclosure, np.ones((len(density), 1)), equal)
    values = np.einsum("kn,knq->kq", weights, totals)
    return np.asarray(values[:, 3] / values[:, 0])


def duration_over_by_class(
    parameters: Parameters,
    months: float = 24.0,
    since: Literal["spell", "first onset"] = "spell",
) -> FloatArray:
    """P(exploited for more than `months` | identified) in each place class and all, (5,) (SF11).

    The time is counted from the start of the spell, or from the youth's first onset.
    """
    p, region = parameters, Region.us_counties()
    after = steps_of_months(months, p.time.steps_per_year) + 1
    steps = np.arange(years_watched(p) * p.time.steps_per_year)
    everybody = np.ones(len(steps))
    if since == "first onset":
        late = identified_weighed(p, region, everybody, after)
    else:
        late = identified_weighed(p, region, (steps >= after).astype(float))
    counts = []
    for found in (late, identified_weighed(p, region, everybody)):
        by_class = np.bincount(region.place_class, found, 4)
        counts.append(np.append(by_class, by_class.sum()))
    return share_of(counts[0], counts[1])


def duration_over(
    parameters: Parameters,
    months: float = 24.0,
    since: Literal["spell", "first onset"] = "spell",
) -> float:
    """P(exploited for more than `months` | identified), all place classes together (SF11)."""
    return float(duration_over_by_class(parameters, months, since)[4])


def knew_before_report(parameters: Parameters) -> float:
    """Share that knew what happened to them before their first report, among the known (SF10)."""
    expected = expected_cascade(parameters, Region.us_counties())
    known = float(expected.known.sum())
    return float(expected.known_knowing.sum()) / known if known > 0.0 else math.nan
