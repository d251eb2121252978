"""Hotline calls: those about a case, and the many that are not (P43)."""

from __future__ import annotations

import numpy as np

from streetlight.model.arrays import FloatArray, Int32Array
from streetlight.model.compiled import kernel
from streetlight.model.draws import Decision, poisson, uniforms
from streetlight.model.names import N_CHANNELS, Channel
from streetlight.model.on_average import cascade
from streetlight.model.world.begin import World
from streetlight.model.world.state import State

_CHUNK = 100.0


@kernel
def noise(world, places, mean, out):
    """Calls not about a case, Poisson by inversion: fills out (months, C) from mean (months, C)."""
    for month in range(mean.shape[0]):
        for c in range(mean.shape[1]):
            left, chunk, total = mean[month, c], 0, 0
            while left > 0.0:
                u = uniforms(world, places[c].key, month, Decision.CALLS, 0, chunk)[0]
                total += poisson(min(left, _CHUNK), u)
                left -= _CHUNK
                chunk += 1
            out[month, c] = total


def noise_means(world: World, state: State) -> FloatArray:
    """Expected calls not about a case by record month and community: (months, C)."""
    clock = world.clock
    first = 12 * clock.filling_years
    steps = np.bincount(clock.month_of_step(), minlength=clock.n_months)[first:, None]
    awareness = state.awareness_sum[first:] / steps
    scale = cascade.expected_noise(world.parameters, world.region)
    return np.asarray(scale / 12.0 * awareness * state.places["population"])


def calls(world: World, state: State, referrals: Int32Array) -> Int32Array:
    """Hotline calls by record month and community (months, C): reports by phone, and noise.

    referrals (months, C, channels): all reports.
    """
    about = (Channel.SELF, Channel.CONFIDANT, Channel.PUBLIC)
    assert N_CHANNELS > max(about)
    means = noise_means(world, state)
    out = np.zeros(means.shape, np.int32)
    noise(state.world, state.places, means, out)
    return np.asarray(out + referrals[:, :, list(about)].sum(axis=2, dtype=np.int32))
