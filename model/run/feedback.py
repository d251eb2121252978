"""How resources that nobody allocates follow the record (docs/model.md, section 9)."""

from __future__ import annotations

import numpy as np

from streetlight.model.arrays import FloatArray
from streetlight.model.equations import followed
from streetlight.model.parameters.system import Feedback


def follow_factor(feedback: Feedback, reports: FloatArray, youth: FloatArray) -> FloatArray:
    """Factor on what follows the record (C,), from last year's published reports (C,)."""
    total, all_youth = reports.sum(), youth.sum()
    ratio = np.ones_like(youth)
    if total > 0 and all_youth > 0:
        expected = total * youth / all_youth
        np.divide(reports, expected, out=ratio, where=expected > 0)
    return followed(ratio, feedback.discretionary_share, feedback.follow_share, feedback.follow_cap)
