"""What each cause of a change does to counts by channel, as the engine does it, year by year.

Step responses: log ratios of counts in worlds with the change to counts in the same worlds without
it, with even attention and no money (`python -m studies.diagnose --signatures`).
"""

from __future__ import annotations

import csv
import functools
from importlib import resources

import numpy as np

from streetlight.model.arrays import FloatArray
from streetlight.model.names import N_CHANNELS, SECTORS

#: Groups of counts that a diagnosis reads: those of youth and confidants are one.
GROUPS = ("self and confidant", "public", *SECTORS, "platform", "calls not about a case")
N_GROUPS = len(GROUPS)
CALLS = N_GROUPS - 1
#: Which groups are reports, and which are reports of responders.
IS_REPORT = np.array([1.0] * CALLS + [0.0])
IS_RESPONDER = np.array([0.0, 0.0] + [1.0] * len(SECTORS) + [0.0, 0.0])
#: Causes with a signature.
CAUSES = (
    "population", "training", "campaign", "police focus", "recording", "mandate", "victimization",
)  # fmt: skip
#: Log ratios by which everything grows with population, and reports in the books with recording.
GROWTH = {
    "population": (0.1, 0.2, 0.3, 0.45, 0.7),
    "recording": (0.1, 0.2, 0.3, 0.45, 0.7, 1.2, 2.0, 3.2),
}


def grouped(by_channel: FloatArray, other_calls: FloatArray) -> FloatArray:
    """Counts (..., N_GROUPS) from counts by channel (..., channels) and other calls (...)."""
    own = by_channel[..., :2].sum(axis=-1, keepdims=True)
    rest = by_channel[..., 2:N_CHANNELS]
    return np.concatenate([own, rest, other_calls[..., None]], axis=-1)


@functools.cache
def _simulated() -> dict[tuple[str, bool], FloatArray]:
    """By cause and whether the place is small: (sizes, years, N_GROUPS)."""
    found: dict[tuple[str, bool], dict[str, list[list[float]]]] = {}
    file = resources.files("streetlight.model") / "data" / "signatures.csv"
    for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines()):
        sizes = found.setdefault((row["cause"], row["places"] == "small"), {})
        sizes.setdefault(row["change"], []).append([float(row[name]) for name in GROUPS])
    return {key: np.array(list(sizes.values())) for key, sizes in found.items()}


def signatures(small: bool, before: int, after: int) -> dict[str, FloatArray]:
    """Log ratios of each cause in so many years before and after: (sizes, years, N_GROUPS).

    small: of towns and rural places.  What lasts stays as it is in the last year simulated.
    """
    found = {}
    for cause in CAUSES:
        if cause in GROWTH:
            moved = np.ones(N_GROUPS) if cause == "population" else IS_REPORT
            response = np.multiply.outer(np.array(GROWTH[cause]), np.ones((after, 1)) * moved)
        else:
            simulated = _simulated()[cause, small]
            response = simulated[:, np.minimum(np.arange(after), simulated.shape[1] - 1)]
        found[cause] = np.concatenate([np.zeros((len(response), before, N_GROUPS)), response], 1)
    return found
