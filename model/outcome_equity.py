"""How unequal a run was: where the record misleads, who is identified, and who never gets money."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr

from streetlight.model.arrays import FloatArray, ratio
from streetlight.model.run.history import History

#: Communities with fewer onsets say nothing of the share that is identified there.
LEAST_ONSETS = 5


def misdirection(table: dict[str, NDArray[np.float64]]) -> dict[str, float]:
    """How far the record misleads about where exploitation is.

    Spearman correlation of published against true rate per youth; share of the published top decile
    (by rate) that is truly top; Hoover index of money against true onsets (0 where they match).
    """
    youth = table["youth"]
    ok = youth > 0
    published = table["published"][ok] / youth[ok]
    true = table["true_onsets"][ok] / youth[ok]
    out = dict.fromkeys(
        ("report_truth_rank_correlation", "top_decile_truly_top", "misallocation"), float("nan")
    )
    if ok.sum() > 1 and np.ptp(published) > 0 and np.ptp(true) > 0:
        out["report_truth_rank_correlation"] = spearman(published, true)
        top = max(1, int(round(ok.sum() / 10)))
        by_report = np.argsort(-published, kind="stable")[:top]
        by_truth = np.argsort(-true, kind="stable")[:top]
        out["top_decile_truly_top"] = len(np.intersect1d(by_report, by_truth)) / top
    spent, onsets = table["spending"].sum(), table["true_onsets"].sum()
    if spent > 0 and onsets > 0:
        gap = table["spending"] / spent - table["true_onsets"] / onsets
        out["misallocation"] = float(np.abs(gap).sum() / 2.0)
    return out


def spearman(x: FloatArray, y: FloatArray, weight: FloatArray | None = None) -> float:
    """Spearman's correlation of x and y (n,); NaN where one of the two is the same everywhere.

    weight (n,): of each place, if they do not count alike; ranks are then weighted mid-ranks.
    Written here as scipy.stats takes a quarter of a second to load, in each process of a run.

    >>> round(spearman(np.array([1.0, 1.0, 2.0]), np.array([1.0, 2.0, 3.0])), 3)
    0.866
    """
    weight = np.ones(len(x)) if weight is None else weight

    def rank(values: FloatArray) -> FloatArray:
        at = np.unique(values, return_inverse=True)[1]
        of_tie = np.bincount(at, weight)
        middle = (np.cumsum(of_tie) - of_tie / 2.0)[at]
        return np.asarray(middle - np.average(middle, weights=weight))

    a, b = rank(x), rank(y)
    return ratio(float(weight @ (a * b)), float(np.sqrt((weight @ a**2) * (weight @ b**2))))


def unevenness(
    table: dict[str, NDArray[np.float64]], poverty_share: FloatArray
) -> dict[str, float]:
    """How unevenly the share identified is spread over communities.

    Its Gini index over communities with at least `LEAST_ONSETS` true onsets; the same without what
    luck alone would bring about; and its concentration index by poverty, which is above 0 where
    victimizations in less poor communities are identified more often, and below 0 in poorer ones.
    """
    enough = table["true_onsets"] >= LEAST_ONSETS
    onsets, identified = table["true_onsets"][enough], table["identified"][enough]
    found = gini(identified / onsets)
    poverty, level = np.unique(-poverty_share, return_inverse=True)  # the poorest first
    of_level = np.bincount(level, table["true_onsets"], len(poverty))
    rank = ratio(1.0, of_level.sum()) * (np.cumsum(of_level) - of_level / 2.0)[level]
    ranked = float((table["identified"] * rank).sum())
    return {
        "identified_gini": found,
        "identified_gini_beyond_luck": found - gini_of_luck(onsets, identified),
        "identified_concentration": 2.0 * ratio(ranked, table["identified"].sum()) - 1.0,
    }


def gini(values: FloatArray) -> float:
    """Gini index: half the mean difference of two values, as a share of their mean."""
    n = len(values)
    weights = 2.0 * np.arange(1, n + 1) - n - 1
    return ratio(float((weights * np.sort(values)).sum()), n * values.sum())


def gini_of_luck(onsets: FloatArray, identified: FloatArray) -> float:
    """The Gini index to expect of shares identified, were every victimization found as easily.

    Each community then finds a binomial number of its onsets, with the share of all of them as the
    probability.  The mean difference of two shares is twice the integral of F (1 - F); the part
    that a community would have with itself, which `gini` counts as 0, is taken away.
    """
    p = min(1.0, ratio(identified.sum(), onsets.sum()))
    n, times = np.unique(onsets, return_counts=True)
    reach = 6.0 * np.sqrt(n * p * (1.0 - p)) + 6.0  # what lies beyond has no weight
    least = np.floor(np.maximum(0.0, n * p - reach))
    size = (np.ceil(np.minimum(n, n * p + reach)) - least + 1.0).astype(int)
    row = np.repeat(np.arange(len(n)), size)
    first = np.cumsum(size) - size
    count = np.arange(len(row)) - (first - least)[row]
    trials, share = n[row].astype(np.int64), count / n[row]
    below = bdtr(count, trials, p)
    before = np.roll(below, 1)
    before[first] = np.where(least > 0.0, bdtr(least - 1.0, trials[first], p), 0.0)
    chance = below - before
    alone = 2.0 * np.bincount(row, below * (1.0 - below), len(n)) / n
    order = np.argsort(share)
    below = np.cumsum((chance * times[row])[order])[:-1]
    all_pairs = 2.0 * float((below * (times.sum() - below) * np.diff(share[order])).sum())
    return ratio(all_pairs - float((alone * times).sum()), 2.0 * times.sum() ** 2 * p)


def funding(history: History) -> dict[str, float]:
    """Who goes without: the share of communities with youth in which no dollar is ever spent.

    And the longest run of years without spending, as a mean over the same communities.
    """
    spent = history.spending.spent.sum(axis=2)[:, history.region.youth > 0] > 0
    run = longest = np.zeros(spent.shape[1])
    for year in spent:
        run = np.where(year, 0.0, run + 1.0)
        longest = np.maximum(longest, run)
    n = spent.shape[1]
    return {
        "share_never_funded": ratio(float((~spent.any(axis=0)).sum()), n),
        "longest_years_without_money": ratio(float(longest.sum()), n),
    }
