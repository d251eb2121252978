"""When a future has replicates enough, from its runs alone, and what pairing them has saved.

A future is looked at after `least` replicates and after every `batch` more, up to the most. At a
look it is precise enough when, for every policy that is no reference, the 95% t-interval of the
paired difference to the baseline is at most `half_width` to either side; it gets no more after the
second look at which it is. Stopping at the first would stop where the spread happens to be small,
in every future alike, and the intervals of the means over futures would be too narrow
(`studies/coverage.py` prints how often they hold). What is decided follows from the runs of
replicates 0 to n - 1 of that future and from nothing else, so it is the same for any number of
workers, in any order, in one go or resumed. A policy added later may ask for more replicates; it
changes none that are there.

A pair is a replicate in which both runs are there and the metric is defined in both. A policy
all of whose runs failed is left out of the decision. A policy with fewer than two pairs has
no interval, which is not enough.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from streetlight.experiments.experiment import Experiment, Precision
from streetlight.model.arrays import BoolArray, FloatArray

CONFIDENCE = 0.95
#: Looks at which a future has to be precise enough.
LOOKS = 2

#: Metrics that are differences to the baseline already, and the metric they are differences of.
LEVEL_OF = {"averted_person_years": "person_years", "extra_identified": "identified"}


@dataclass(frozen=True)
class FutureRuns:
    """The runs of one future, the baseline in row 0.

    there: (P, n), whether a run is there; values: metric to (P, n), NaN where there is no run or
    the metric is undefined.
    """

    there: BoolArray
    values: dict[str, FloatArray]

    def first(self, n: int) -> FutureRuns:
        """The same of replicates 0 to n - 1."""
        cut = {name: values[:, :n] for name, values in self.values.items()}
        return FutureRuns(self.there[:, :n], cut)


@dataclass(frozen=True)
class Pairing:
    """How precise one policy's difference to the baseline is in one future.

    pairs: replicates with both values; half_width: of the 95% t-interval of their mean difference;
    correlation: between the two values over pairs; variances: sum of the two values' variances;
    variance_ratio: that over the variance of their difference. NaN where undefined.
    """

    pairs: int
    half_width: float
    correlation: float
    variances: float
    variance_ratio: float

    def independent(self, width: float) -> float:
        """Replicates of each policy that independent seeds need for an interval of this half-width.

        t^2 (sum of variances) / width^2, with the t quantile of the pairs; rounded up.
        """
        if not width > 0.0 or self.pairs < 2:
            return math.nan
        n = (t_quantile(self.pairs - 1) / width) ** 2 * self.variances
        return n if math.isnan(n) else float(math.ceil(n - 1e-9))


def checkpoints(precision: Precision | None, most: int) -> tuple[int, ...]:
    """Numbers of replicates after which a future is looked at; the last one is the most."""
    if precision is None:
        return (most,)
    return (*range(min(precision.least, most), most, precision.batch), most)


def metrics_needed(experiment: Experiment) -> tuple[str, ...]:
    """Columns of runs.parquet that the rule and its report read."""
    metric, relative_to = compared_metric(experiment)
    return tuple(dict.fromkeys(n for n in (metric, relative_to, LEVEL_OF.get(metric)) if n))


def compared_metric(experiment: Experiment) -> tuple[str, str]:
    """The metric of the rule, or the first one compared; and whose baseline the target is of."""
    if experiment.precision is not None:
        return experiment.precision.metric, experiment.precision.relative_to
    return experiment.metrics[0].name, ""


def half_width(differences: FloatArray) -> float:
    """Half the width of the 95% t-interval of a mean; NaN for fewer than two values."""
    n = len(differences)
    if n < 2:
        return math.nan
    return t_quantile(n - 1) * math.sqrt(float(differences.var(ddof=1)) / n)


def t_quantile(df: float) -> float:
    """Student's t of a 95% interval."""
    from scipy.special import stdtrit

    return float(stdtrit(df, 0.5 + CONFIDENCE / 2))


def target(precision: Precision, runs: FutureRuns) -> float:
    """The half-width to reach in a future, in the metric's unit; NaN when it is a share of nothing.

    A share is one of the mean of the baseline's `relative_to` over the future's replicates.
    """
    if not precision.relative_to:
        return precision.half_width
    baseline = runs.values[precision.relative_to][0]
    baseline = baseline[~np.isnan(baseline)]
    return precision.half_width * abs(float(baseline.mean())) if len(baseline) else math.nan


def enough(precision: Precision, runs: FutureRuns, judged: list[int]) -> bool:
    """Whether every policy in `judged` (rows) is as precise as asked for.

    False when the interval or the target is undefined.
    """
    wanted = target(precision, runs)
    values = runs.values[precision.metric]
    for p in judged:
        if runs.there[p].any() and not half_width(differences(values, p)) <= wanted:
            return False
    return True


def differences(values: FloatArray, policy: int) -> FloatArray:
    """Paired differences of a policy (row) to the baseline, (pairs,)."""
    found: FloatArray = values[policy] - values[0]
    return found[~np.isnan(found)]


def pairing(runs: FutureRuns, policy: int, metric: str) -> Pairing:
    """How precise a policy (row) is in a metric.

    Of a metric that is a difference already, correlation and variances are of what it is a
    difference of.
    """
    own = differences(runs.values[metric], policy)
    width = half_width(own)
    levels = runs.values[LEVEL_OF.get(metric, metric)]
    both = ~np.isnan(levels[policy] - levels[0])
    p, b = levels[policy][both], levels[0][both]
    if len(p) < 2:
        return Pairing(len(own), width, math.nan, math.nan, math.nan)
    var_p, var_b, var_d = (float(x.var(ddof=1)) for x in (p, b, p - b))
    covariance = (var_p + var_b - var_d) / 2
    correlation = covariance / math.sqrt(var_p * var_b) if var_p * var_b > 0 else math.nan
    ratio = (var_p + var_b) / var_d if var_d > 0 else math.nan
    return Pairing(len(own), width, correlation, var_p + var_b, ratio)


def judged_rows(experiment: Experiment) -> list[int]:
    """Rows of the policies that the rule looks at: neither the baseline nor references."""
    policies = experiment.all_policies()
    return [i for i, policy in enumerate(policies) if i and not policy.uses_oracle]
