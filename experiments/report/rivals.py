"""Whether one plan is surely ahead of another.

The differences to the baseline do not say it: two plans share most of their luck, so theirs is
looked at directly, world by world.
"""

from __future__ import annotations

import numpy as np

from experiments.comparison.intervals import ALPHA, estimate
from experiments.comparison.whole import Comparison


def clearly_ahead(comparison: Comparison, metric: str, policy: str, other: str) -> bool:
    """Whether the plan with the best mean is better than another by more than chance explains.

    By the paired difference. As the plan was picked for its mean, the level is shared among all
    that could have been picked (Bonferroni).
    """
    worlds = comparison.worlds
    values = comparison.gains(metric)
    own, its = (values[worlds.policies.index(name)] for name in (policy, other))
    picked_from = max(int(np.sum(~worlds.references)) - 1, 1)
    return estimate(own - its).interval(ALPHA / picked_from)[0] > 0
