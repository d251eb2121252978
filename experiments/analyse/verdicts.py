"""The rule of the verdict, and how many more replicates an open question asks for.

d is the difference to the baseline counted so that more is better, [low, high] its 95% interval
*simultaneous* over the ranked policies, m the smallest difference that matters:

1. no interval (a future with one replicate, or the metric undefined): cannot tell yet
2. in some futures d is surely above 0 and in others surely below 0, and there at least m in size:
   depends on the future: better in k of n
3. [low, high] within [-m, m]: no difference that matters
4. low > m: clearly better;  high < -m: clearly worse
5. low > 0: better, but may be too small to matter;  high < 0: worse, but may be too small to matter
6. otherwise: cannot tell yet (about N more replicates)

*Surely, in some of F futures.* One future out of many looks surely worse by chance alone. The rule
is the range test for a qualitative interaction (Piantadosi and Gail 1993): one-sided t-bounds in
each future at level 5% / K / (F - 1), K being the ranked policies (Bonferroni: the level of the
intervals is fitted to their own tails, and these bounds lie much further out). If the sign of each
policy is the same in all futures and luck is normal, "depends" is said with probability 5% / K at
most of each, and of any with 5%.

*N.* After k more replicates in every future the estimate d' has, given what is known now, the
distribution N(d, V - V_k), V and V_k being the Monte-Carlo variances now and then (a flat prior;
Spiegelhalter, Abrams and Myles 2004, section 6.6). With half-width h_k then, all is settled
if |d'| > h_k or |d'| <= m - h_k. N is the smallest k of a grid for which that has a probability of
80%. Rule 2 is left out of it. As h_k <= m / 2 settles everything, N is bounded unless m is 0.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from streetlight.experiments.analyse.intervals import ALPHA, Estimate, t_quantile

CLEARLY_BETTER = "clearly better"
MAYBE_BETTER = "better, but may be too small to matter"
NO_DIFFERENCE = "no difference that matters"
MAYBE_WORSE = "worse, but may be too small to matter"
CLEARLY_WORSE = "clearly worse"
CANNOT_TELL = "cannot tell yet"
REFERENCE = "reference, not ranked"

#: Probability with which N more replicates are to settle the question.
SETTLED_WITH = 0.8
MOST_MORE = 10_000


def verdict(
    d: Estimate, matters: float, alpha: float = ALPHA, reversal: float | None = None
) -> str:
    """The verdict on differences counted so that more is better; the rule is this module's text.

    alpha: level of this policy's interval, by `family_level` where there are several; reversal:
    probability with which "depends" may be said of it wrongly, alpha if not given.
    """
    low, high = d.interval(alpha)
    if math.isnan(low) or math.isnan(matters):
        return CANNOT_TELL
    if depends(d, matters, alpha if reversal is None else reversal):
        better = int(np.sum(d.future_means > 0))
        return f"depends on the future: better in {better} of {d.n_futures}"
    if -matters <= low and high <= matters:
        return NO_DIFFERENCE
    if low > 0:
        return CLEARLY_BETTER if low > matters else MAYBE_BETTER
    if high < 0:
        return CLEARLY_WORSE if high < -matters else MAYBE_WORSE
    return f"{CANNOT_TELL} ({in_words(more_replicates(d, matters, alpha))})"


def depends(d: Estimate, matters: float, alpha: float = ALPHA) -> bool:
    """Whether some futures are surely better and others surely worse, by what matters at least."""
    if d.n_futures < 2:
        return False
    above, below = sure_futures(d, alpha / (d.n_futures - 1))
    better = above & (d.future_means >= matters)
    worse = below & (d.future_means <= -matters)
    return bool(better.any() and worse.any())


def sure_futures(d: Estimate, level: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Futures (F,) whose one-sided t-bound at `level` is above 0, and those below 0."""
    from scipy.special import stdtrit

    with np.errstate(invalid="ignore"):
        df = np.where(d.replicates > 1, d.replicates - 1, math.nan)
        half = -stdtrit(df, level) * np.sqrt(d.future_variances)
        return d.future_means > half, d.future_means < -half


def more_replicates(d: Estimate, matters: float, alpha: float = ALPHA) -> int | None:
    """Replicates to add to every future that settle the question with 80%; None: over 10,000."""
    present = d.replicates > 0
    n = d.replicates[present]
    spread = d.future_variances[present] * n  # of one replicate, in each future
    for more in grid():
        parts = spread / (n + more)
        variance = float(parts.sum()) / len(n) ** 2
        df = float(parts.sum()) ** 2 / float(np.sum(parts**2 / (n + more - 1)))
        half = t_quantile(alpha / 2, df) * math.sqrt(variance)
        if probability_settled(d.mean, d.variance - variance, half, matters) >= SETTLED_WITH:
            return more
    return None


def grid() -> list[int]:
    """1, 2, ... and then steps of two digits (10, 11, ... 99, 100, 110, ...) up to the most."""
    steps = [k * 10**e for e in range(4) for k in range(1 if e == 0 else 10, 100)]
    return [k for k in steps if k <= MOST_MORE]


def probability_settled(mean: float, variance: float, half: float, matters: float) -> float:
    """Probability that N(mean, variance) lies where an interval of this half-width decides."""
    sd = math.sqrt(max(variance, 0.0))

    def below(x: float) -> float:
        if sd == 0.0:
            return float(mean <= x)
        return 0.5 * math.erfc((mean - x) / sd / math.sqrt(2))

    inner = matters - half
    if inner >= half:
        return 1.0
    open_ = below(half) - below(-half)
    closed = below(inner) - below(-inner) if inner > 0 else 0.0
    return 1.0 - open_ + closed


def in_words(more: int | None) -> str:
    """How many replicates more, in words."""
    if more is None:
        return f"more than {MOST_MORE:,} more replicates"
    return f"about {more:,} more replicate{'s' if more != 1 else ''}"
