"""Channel factors, against what was simulated, and where they are refused."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from streetlight.model.arrays import BoolArray, FloatArray
from streetlight.model.inference.channel_factors import (
    OF_PUBLIC,
    OF_REPORTS,
    ChannelFactors,
    channel_factors,
)
from streetlight.model.inference.hidden_risk import risk_variance
from streetlight.model.inference.identified import NotIdentifiedError

N = 500


class Drawn(NamedTuple):
    """Counts of places, and what was behind them."""

    counts: FloatArray
    exposure: FloatArray
    poverty: FloatArray
    youth: FloatArray
    log_risk: FloatArray
    silent: BoolArray


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    """500 places: risk 0.3, shared attention 0.7, the public's 0.4, a tenth that never record."""
    rng = np.random.default_rng(8)
    youth, poverty = rng.uniform(5_000.0, 60_000.0, N), rng.uniform(0.05, 0.45, N)
    risk = risk_variance(0.3) ** 0.5 * rng.standard_normal(N)
    shared, public = 0.7 * rng.standard_normal(N), 0.4 * rng.standard_normal(N)
    log_rates = np.log([2e-4, 5e-4, 1e-4, 1e-3]) + 1.4 * (poverty - 0.25)[:, None] * OF_REPORTS
    log_rates = log_rates + (risk + shared)[:, None] * OF_REPORTS + public[:, None] * OF_PUBLIC
    log_rates = log_rates + 0.2 * rng.standard_normal((N, 4))
    exposure = np.column_stack([4.0 * youth] * 3 + [40.0 * youth])
    counts = rng.poisson(exposure * np.exp(log_rates)).astype(float)
    silent = rng.random(N) < 0.1
    counts[np.ix_(silent, OF_REPORTS)] = 0.0
    return Drawn(counts, exposure, poverty, youth, risk + 1.4 * poverty, silent)


@pytest.fixture(scope="module")
def fit(drawn: Drawn) -> ChannelFactors:
    """The fit to these places, all of one class."""
    kind = np.zeros(N, int)
    return channel_factors(drawn.counts, drawn.exposure, kind, drawn.poverty, drawn.youth)


def test_shared_and_public_attention_are_told_apart(fit: ChannelFactors) -> None:
    """Variances within four of their standard errors, sqrt(2 / n) of themselves, and luck."""
    error = 4.0 * (2.0 / N) ** 0.5
    assert fit.common == pytest.approx(0.49, rel=error + 0.1)
    assert fit.public == pytest.approx(0.16, rel=error + 0.1)
    assert abs(fit.poverty - 1.4) < 4.0 * fit.poverty_error


def test_a_place_that_never_records_is_known_by_its_calls(
    drawn: Drawn, fit: ChannelFactors
) -> None:
    """Places with many calls and no report are silent; others are not, and none is a low risk."""
    assert fit.silent[drawn.silent].min() > 0.5
    assert fit.silent[~drawn.silent].mean() < 0.02
    log_rate = fit.relative.log_rate - fit.poverty * drawn.poverty
    gap = log_rate[drawn.silent].mean() - log_rate[~drawn.silent].mean()
    assert abs(gap) < 0.1


def test_intervals_hold_the_truth(drawn: Drawn, fit: ChannelFactors) -> None:
    """90% intervals hold at least as much: doubt about classes is in them, and here is none."""
    truth = np.exp(drawn.log_risk)
    truth /= (truth @ drawn.youth) / drawn.youth.sum()
    low, high = fit.relative.interval(0.9)
    assert ((truth >= low) & (truth <= high)).mean() > 0.9 - 4.0 * (0.09 / N) ** 0.5


def test_calls_move_no_risk_by_themselves(drawn: Drawn) -> None:
    """Tenfold calls in a place lower what its public reports say of risk, and never raise it."""
    kind, counts = np.zeros(N, int), drawn.counts.copy()
    place = int(np.argmax(counts[:, 2]))
    before = channel_factors(counts, drawn.exposure, kind, drawn.poverty, drawn.youth)
    counts[place, 3] *= 10.0
    after = channel_factors(counts, drawn.exposure, kind, drawn.poverty, drawn.youth)
    assert after.relative.log_rate[place] <= before.relative.log_rate[place] + 0.01


def test_few_places_and_one_channel_are_refused(drawn: Drawn) -> None:
    """What channels have in common cannot be told from few places, nor from one channel."""

    def of(rows: slice, columns: list[int]) -> None:
        counts = np.zeros_like(drawn.counts[rows])
        counts[:, columns] = drawn.counts[rows][:, columns]
        kind = np.zeros(len(counts), int)
        channel_factors(counts, drawn.exposure[rows], kind, drawn.poverty[rows], drawn.youth[rows])

    with pytest.raises(NotIdentifiedError, match="fewer than 20 places"):
        of(slice(0, 10), [0, 1, 2, 3])
    with pytest.raises(NotIdentifiedError, match="one channel alone"):
        of(slice(0, 100), [1, 3])
