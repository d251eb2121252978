"""Planners by application: who asks, who can pay, who is small. They may leave money unspent."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from streetlight.model.arrays import FloatArray
from streetlight.model.money.registry import planner
from streetlight.model.money.rules.counts import latest
from streetlight.model.record.view import RecordView


def funded(asked: FloatArray, order: NDArray[np.intp], budget: float) -> FloatArray:
    """What each gets (C,) if asks (C,) are met in this order (C,) until the budget is gone.

    The one at which the money runs out gets what is left.
    """
    before = np.cumsum(asked[order]) - asked[order]
    given = np.zeros(len(asked))
    given[order] = np.clip(budget - before, 0.0, asked[order])
    return given


def standard(values: FloatArray) -> FloatArray:
    """Values less their mean, over their standard deviation; zeros where all are alike."""
    spread = float(values.std())
    return (values - values.mean()) / spread if spread > 0.0 else np.zeros(len(values))


@planner(
    title="Competitive grants",
    summary="To places that apply, the best applications first.",
    sees="population, reports and identified published last year",
    used_by="federal and state grant programmes awarded on written applications",
)
def competitive_grants(
    view: RecordView,
    mix: FloatArray,
    *,
    half_population: float = 50_000.0,
    ask: float = 2.0,
    least_ask: float = 50_000.0,
    most_ask: float = 1_000_000.0,
    noise: float = 1.0,
) -> FloatArray:
    """Communities apply, are scored, and get what they asked from the top until the money is gone.

    The odds of applying are population / `half_population` (50,000) times one more than the youth
    identified last year, as grant writers and units go with size. A community asks for `ask` ($2) a
    resident, from `least_ask` ($50,000) to `most_ask` ($1,000,000). Its score is the sum of its
    standardised log capacity (identified), its standardised log counts (reports) and `noise` (1)
    times a standard normal.
    """
    identified = latest(view, view.published_identified)
    odds = view.population / half_population * (1.0 + identified)
    applies = view.uniforms("application") < odds / (1.0 + odds)
    luck = noise * ndtri(view.uniforms("score"))
    score = standard(np.log1p(identified)) + standard(np.log1p(latest(view))) + luck
    asked = np.where(applies, np.clip(ask * view.population, least_ask, most_ask), 0.0)
    return np.outer(funded(asked, np.argsort(-score, kind="stable"), view.budget_dollars), mix)


@planner(
    title="Matched funding",
    summary="What each place can raise itself is matched, the largest sums first.",
    sees="population, poverty share",
    used_by="programmes that double what a community raises itself",
)
def matched_funding(view: RecordView, mix: FloatArray, *, effort: float = 1.0) -> FloatArray:
    """What a community's tax base allows is matched dollar for dollar, the largest first.

    The tax base is `effort` ($1) a resident who is not poor. Only the funder's dollars are counted:
    the community's own go into what it did before.
    """
    offered = effort * view.population * (1.0 - view.poverty_share)
    order = np.lexsort((view.uniforms("tie"), -offered))
    return np.outer(funded(offered, order, view.budget_dollars), mix)


@planner(
    title="A package for every small town",
    summary="One fixed sum to each place, the smallest first, until the money ends.",
    sees="population",
    used_by="rural programmes with a floor below which a grant is no use",
)
def small_town_packages(
    view: RecordView, mix: FloatArray, *, package: float = 120_000.0
) -> FloatArray:
    """`package` dollars ($120,000: a post and the smallest purchases) each, the smallest first.

    Places without residents are passed over.
    """
    asked = np.where(view.population > 0.0, package, 0.0)
    order = np.lexsort((view.uniforms("tie"), view.population))
    return np.outer(funded(asked, order, view.budget_dollars), mix)
