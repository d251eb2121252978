"""Attention: how hard responders look and what is written down, drawn once a world.

Free of policy, and of which other communities are simulated: a place's value hangs on its own luck
and on that of its area, put through a distribution whose mean is known (docs/model.md, section 3).
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, gammaincinv, ndtr, ndtri

from streetlight.model.arrays import FloatArray, Uint32Array
from streetlight.model.communities.region import Region
from streetlight.model.compiled import kernel
from streetlight.model.draws import Decision, uniforms
from streetlight.model.equations import bought_attention, helped, probit_of_taking_part
from streetlight.model.names import N_AGENCIES
from streetlight.model.parameters import Parameters
from streetlight.model.world.shocks import researched
from streetlight.model.world.state import AttentionRow, Bought, State, Stock

MOST_EFFORT = 6.0  # times the mean before it is cut (P75e)
_PLACE, _YEAR, _TAKES_PART = (
    int(d) for d in (Decision.ATTENTION, Decision.ATTENTION_YEAR, Decision.TAKES_PART)
)
#: Normal scores at which the quantile functions are tabulated.
_GRID = np.linspace(-6.0, 6.0, 4801)


@kernel
def place_uniforms(world, keys, out):
    """Twelve uniforms a community or area: fills out (12, C)."""
    for c in range(keys.shape[0]):
        for quad in range(3):
            u = uniforms(world, keys[c], 0, _PLACE, 0, quad)
            for lane in range(4):
                out[4 * quad + lane, c] = u[lane]


@kernel
def year_uniforms(world, keys, out):
    """Eight uniforms a community and year: fills out (8, n_years, C)."""
    for c in range(keys.shape[0]):
        for year in range(out.shape[1]):
            for quad in range(2):
                u = uniforms(world, keys[c], year, _YEAR, 0, quad)
                for lane in range(4):
                    out[4 * quad + lane, year, c] = u[lane]


@kernel
def taking_part_uniforms(world, keys, out):
    """A uniform a community and year, of taking part in publication: fills out (n_years, C)."""
    for c in range(keys.shape[0]):
        for year in range(out.shape[0]):
            out[year, c] = uniforms(world, keys[c], year, _TAKES_PART, 0, 0)[0]


def left_of_one(*shares: float) -> float:
    """What shares of a variance leave of it.

    Nothing is left by shares that exceed 1: by rounding, where they are checked, and by far in a
    reading in which effort does not differ, where they are not used.
    """
    return max(0.0, 1.0 - sum(shares))


class Lasting(NamedTuple):
    """What differs between communities in one world, (C,) each; scores are standard normal."""

    effort: FloatArray  # lasting part of effort, in units of its mean
    effort_score: FloatArray  # what lasts of the score of effort
    recording_score: FloatArray  # (agencies, C) what lasts of the score of recording
    never: npt.NDArray[np.bool_]  # whether it never records
    logits: FloatArray  # (3, C) shifts of the logits of awareness, trained staff, denial


def draw_lasting(
    parameters: Parameters, region: Region, world: Uint32Array, frailty_u: FloatArray
) -> Lasting:
    """Draw what lasts; frailty_u (C,): the uniform behind each community's frailty."""
    a, rec = parameters.attention, parameters.recording
    u = np.empty((12, region.n_communities))
    place_uniforms(world, np.ascontiguousarray(region.keys), u)
    areas, of_area = region.area_keys
    by_area = np.empty((12, len(areas)))
    place_uniforms(world, areas, by_area)
    own, area = ndtri(u), ndtri(by_area)[:, of_area]
    area_share, year_share = a.of(a.effort_area_share), a.of(a.effort_year_share)
    known = a.with_truth * ndtri(frailty_u)
    if a.with_population or a.with_poverty:
        population, poverty = us_scores(region)
        known = known + a.with_population * population + a.with_poverty * poverty
    explained = a.with_truth**2 + a.with_population**2 + a.with_poverty**2
    effort = known + np.sqrt(area_share) * area[0]
    effort += np.sqrt(left_of_one(explained, area_share, year_share)) * own[0]
    area_share, moving = a.of(rec.recorded_area_share), a.of(rec.recorded_year_share)
    alike = rec.agencies_alike
    of_agencies = np.sqrt(alike) * own[1] + np.sqrt(1.0 - alike) * own[8:]
    own_share = left_of_one(area_share, moving)
    recording = np.sqrt(area_share) * area[1] + np.sqrt(own_share) * of_agencies
    if year_share < 1.0:
        lasting = effort_of(parameters, effort / np.sqrt(1.0 - year_share))
    else:  # nothing lasts
        lasting = np.ones_like(effort)
    return Lasting(
        effort=lasting,
        effort_score=effort,
        recording_score=recording,
        never=np.asarray(u[2] < a.of(rec.never)),
        logits=(a.class_spread if a.effort_differs else 0.0) * own[[3, 4, 5]],
    )


@functools.lru_cache(maxsize=1)
def _us_moments() -> tuple[float, float, float, float]:
    region = Region.us_counties()
    size, poor = np.log(np.maximum(region.population, 1.0)), region.poverty_share
    return float(size.mean()), float(size.std()), float(poor.mean()), float(poor.std())


def us_scores(region: Region) -> tuple[FloatArray, FloatArray]:
    """Log population and poverty share in standard deviations of US counties, at most 3: (C,)."""
    mean, sd, poor_mean, poor_sd = _us_moments()
    size = (np.log(np.maximum(region.population, 1.0)) - mean) / sd
    poor = (region.poverty_share - poor_mean) / poor_sd
    return np.clip(size, -3.0, 3.0), np.clip(poor, -3.0, 3.0)


@functools.lru_cache(maxsize=16)
def _effort_table(cv: float) -> FloatArray:
    """Quantiles of gamma effort, cut and of mean 1, on the grid of scores."""
    if cv == 0.0:
        return np.ones_like(_GRID)
    shape = 1.0 / cv**2
    cut = np.minimum(gammaincinv(shape, ndtr(_GRID)) / shape, MOST_EFFORT)
    return np.asarray(cut / mean_of(cut))


def mean_of(quantiles: FloatArray) -> float:
    """Mean of a distribution from its quantiles on the grid of scores."""
    weights = np.diff(ndtr(_GRID))
    return float((weights * (quantiles[1:] + quantiles[:-1]) / 2.0).sum())


def effort_of(parameters: Parameters, score: FloatArray) -> FloatArray:
    """Effort in units of its mean, from standard normal scores: same shape."""
    a = parameters.attention
    return np.asarray(np.interp(score, _GRID, _effort_table(a.of(a.effort_cv))))


def mean_power(parameters: Parameters, exponent: float) -> float:
    """Mean of effort (in units of its mean) to a power."""
    a = parameters.attention
    return mean_of(_effort_table(a.of(a.effort_cv)) ** exponent)


@functools.lru_cache(maxsize=16)
def _recorded_table(mean: float, cv: float) -> FloatArray:
    """Quantiles of the beta share of reports that enter the books, on the grid of scores."""
    weight = (1.0 - mean) / (mean * cv**2) - 1.0
    return np.asarray(betaincinv(mean * weight, (1.0 - mean) * weight, ndtr(_GRID)))


def recorded_of(parameters: Parameters, score: FloatArray) -> FloatArray:
    """Share of reports that enter the books of a place that records, from scores: same shape."""
    a, rec = parameters.attention, parameters.recording
    table = _recorded_table(rec.recorded / (1.0 - a.of(rec.never)), a.of(rec.recorded_cv))
    return np.asarray(np.interp(score, _GRID, table))


def autocorrelated(innovations: FloatArray, correlation: float) -> FloatArray:
    """Standard normals (..., n_years, C) that follow each other, from independent ones."""
    out = innovations.copy()
    new = np.sqrt(1.0 - correlation**2)
    for year in range(1, out.shape[-2]):
        before, luck = out[..., year - 1, :], innovations[..., year, :]
        out[..., year, :] = correlation * before + new * luck
    return out


def draw_attention(
    parameters: Parameters, region: Region, world: Uint32Array, n_years: int, lasting: Lasting
) -> FloatArray:
    """The attention of every year: (n_years, rows `AttentionRow`, C)."""
    a, rec = parameters.attention, parameters.recording
    keys = np.ascontiguousarray(region.keys)
    out = np.ones((n_years, AttentionRow.RECORDED + N_AGENCIES, region.n_communities))
    luck = np.empty((n_years, region.n_communities))
    taking_part_uniforms(world, keys, luck)
    out[:, AttentionRow.TAKES_PART] = autocorrelated(ndtri(luck), rec.participation_ar)
    if a.reading == "even":
        return out
    u = np.empty((8, n_years, region.n_communities))
    year_uniforms(world, keys, u)
    if a.effort_differs:
        moving = autocorrelated(ndtri(u[0]), a.of(a.effort_year_ar))
        score = lasting.effort_score + np.sqrt(a.of(a.effort_year_share)) * moving
        effort = a.mean_effort * effort_of(parameters, score)
        bought = bought_attention(a.money, effort)
        out[:, AttentionRow.EFFORT], out[:, AttentionRow.WEIGHT] = effort, bought
    if a.recording_differs:
        alike = rec.agencies_alike
        own = np.sqrt(alike) * ndtri(u[1]) + np.sqrt(1.0 - alike) * ndtri(u[4:])
        moving = autocorrelated(own, rec.recorded_year_ar)
        score = lasting.recording_score[:, None] + np.sqrt(a.of(rec.recorded_year_share)) * moving
        share = np.where(lasting.never, 0.0, recorded_of(parameters, score))
        out[:, AttentionRow.RECORDED :] = share.transpose(1, 0, 2)
    return out


def settle_participation(parameters: Parameters, state: State, year: int) -> None:
    """Who takes part in publication in a year.

    From training and denial at its start, what is bought for it, and research in it.
    """
    rec, communities = parameters.recording, state.communities
    kind = communities["place_class"]
    trained, denial = (
        np.array(parameters.training.trained_share)[kind],
        np.array(parameters.denial.leaders)[kind],
    )
    reached = probit_of_taking_part(
        communities["usual_score"], rec.participation_training, rec.participation_denial,
        trained, state.trained.mean(axis=0), denial, state.denial.mean(axis=0),
    )  # fmt: skip
    reached = helped(reached, state.conditions[Bought.RECORDING])
    takes_part = state.attention[year, AttentionRow.TAKES_PART] < reached
    per_year, n = parameters.time.steps_per_year, len(communities)
    takes_part[researched(state.shocks, year, per_year, n) > 0.0] = True
    state.yearly[Stock.TAKES_PART, year] = takes_part
