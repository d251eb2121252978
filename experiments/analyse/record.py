"""What the record of one run would make a reader think, beside the truth of the same run."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from streetlight.experiments.analyse.order import membership, rank_agreement, top_size
from streetlight.model.arrays import FloatArray

#: Below this many youth the rate of a place is mostly luck, and it is not ranked by rates.
LEAST_YOUTH = 1_000
#: With fewer places than this above the cut, all places with youth are ranked.
FEWEST_RANKED = 10


def of_the_record(columns: Mapping[str, FloatArray]) -> dict[str, float]:
    """Measures of one run's places; columns, each (C,): youth, true_onsets, published.

    count_follows_youth: Spearman's correlation of published reports with youth; count_follows_truth
    and rate_follows_truth: of reports with onsets, as counts and per youth. top_size: how many
    places a list holds; top_by_count, top_by_rate: how many on the list by reports (per youth)
    belong on the true one; overlooked: of the true list by rate, how many are outside the third of
    places with most reports. NaN where nothing can be ranked.
    """
    youth = columns["youth"]
    ranked = youth >= LEAST_YOUTH
    if ranked.sum() < FEWEST_RANKED:
        ranked = youth > 0
    youth, truth, told = (columns[name][ranked] for name in ("youth", "true_onsets", "published"))
    n = len(youth)
    if n < 2:
        return dict.fromkeys(NAMES, math.nan)
    size = top_size(n)
    rates, told_rates = truth / youth, told / youth

    def shared(one: FloatArray, other: FloatArray, first: int = size) -> float:
        if np.ptp(one) == 0 or np.ptp(other) == 0:
            return math.nan
        return float(membership(one, [0, size])[:, 0] @ membership(other, [0, first])[:, 0])

    found = (
        rank_agreement(told, youth), rank_agreement(told, truth),
        rank_agreement(told_rates, rates), float(size), shared(truth, told),
        shared(rates, told_rates), size - shared(rates, told, max(1, n // 3)),
    )  # fmt: skip
    return dict(zip(NAMES, found, strict=True))


#: How alike two orders of places are, and lists of places with most.
ORDERS = ("count_follows_youth", "count_follows_truth", "rate_follows_truth")
LISTS = ("top_by_count", "top_by_rate", "overlooked")
NAMES = (*ORDERS, "top_size", *LISTS)
#: A list of fewer places says nothing.
FEWEST_LISTED = 3
