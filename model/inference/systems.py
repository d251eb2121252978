"""Multiple systems estimation: how many persons are on no list, from those that are on several.

Persons on each combination of lists follow a log-linear model (`log_linear`). Which pairs of lists
depend on each other is chosen stepwise from independence, or averaged over.  It assumes a closed
population, links without error, dependence in pairs alone, and lists that all could be on; none of
these can be seen in the table. Bales, Hesketh and Silverman (2015), Significance 12(3), 16-21;
Chan, Silverman and Vincent (2021). Whitehead et al. (2021), Journal of Human Trafficking 7, 1-13,
found that the stepwise choice overstates how much is known: the bootstrap here repeats the choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, pdtr, pdtrc

from streetlight.model.inference.identified import LEVEL, Interval, NotIdentifiedError, tails
from streetlight.model.inference.lists import ListTable, Pair, chao
from streetlight.model.inference.log_linear import LogLinear, exists, fit, profile

#: A pair enters if its overlap is as unlikely as this.
THRESHOLD = 0.02
BOOTSTRAPS = 400
#: Models whose BIC is within this of the least are averaged over: weights down to 1 in 150.
WINDOW = 10.0
MOST_MODELS = 1000
#: Persons on two lists or more that there must be.
FEWEST_ON_TWO = 5
#: Share of resampled tables that may have no estimate.
MOST_FAILED = 0.1


class Averaged(NamedTuple):
    """Persons on any list or none, averaged over so many models."""

    estimate: float
    interval: Interval
    models: int


@dataclass(frozen=True, eq=False)
class PersonsOnLists:
    """Persons on any list or none.

    seen: persons on lists; estimate: by the stepwise choice of pairs; interval: from the lower of
    the lower ends of `bootstrap` and `averaged` to the upper of the upper ones; bootstrap: repeats
    the choice of pairs; given_model: profile interval of the chosen model, which knows of no
    choice; averaged: over models; chao: Chao's lower bound; pairs: lists that were found to depend
    on each other, by name.
    """

    seen: float
    estimate: float
    interval: Interval
    bootstrap: Interval
    given_model: Interval
    averaged: Averaged
    chao: float
    pairs: tuple[tuple[str, str], ...]


def stepwise(table: ListTable, threshold: float = THRESHOLD) -> LogLinear:
    """Independence, and pairs added one at a time, the most surprising overlap first.

    An overlap is as surprising as a Poisson count of its fitted mean is far out, on one side. A
    pair by which the estimate would not exist is passed over: `stepwisefit` of the R package
    SparseMSE (Chan, Silverman and Vincent 2021).
    """
    if not exists(table, ()):
        raise NotIdentifiedError("the overlaps do not fix the number on no list", "more overlaps")
    model = fit(table, ())
    while True:
        surprises = surprise(table, model)
        wanted = sorted(
            (p, pair) for pair, p in surprises.items() if p < threshold and pair not in model.pairs
        )
        added = next((pair for _, pair in wanted if exists(table, model.pairs | {pair})), None)
        if added is None:
            return model
        model = fit(table, model.pairs | {added})


def surprise(table: ListTable, model: LogLinear) -> dict[Pair, float]:
    """One-sided Poisson probability of the overlap of each pair of lists under a model."""
    mean, found = table.on_both @ model.means, np.array([*table.overlaps.values()])
    p = np.minimum(pdtr(found, mean), np.where(found > 0, pdtrc(found - 1.0, mean), 1.0))
    return dict(zip(table.pairs(), p.tolist(), strict=True))


def refuse_unfit(table: ListTable, threshold: float = THRESHOLD) -> None:
    """NotIdentifiedError, with the reason, for a table that no model of pairs should be put to."""
    if table.k == 1:
        raise NotIdentifiedError(
            "one list alone", "a second and third list of the same persons, or how often each was "
            "met (repeat contacts)")  # fmt: skip
    if table.k == 2:
        raise NotIdentifiedError(
            "two lists: the estimate hangs on whether they depend on each other, and two lists "
            "cannot tell", "a third list of the same persons")  # fmt: skip
    on_two = table.n - table.on_exactly(1)
    if on_two == 0:
        raise NotIdentifiedError(
            "nobody is on two lists: either the persons were not linked, or the lists hold "
            "different people", "linked persons")  # fmt: skip
    if on_two < FEWEST_ON_TWO:
        raise NotIdentifiedError(
            f"fewer than {FEWEST_ON_TWO} persons are on two lists or more: they fix nothing",
            "more years, or more lists")  # fmt: skip
    if parted := exclusive_lists(table, threshold):
        one, others = parted
        raise NotIdentifiedError(
            f"nobody on {' or '.join(one)} is on {' or '.join(others)}, where chance would have "
            "brought several together: lists that exclude each other say nothing of who is on "
            "none", "lists that the same person can be on")  # fmt: skip


def exclusive_lists(
    table: ListTable, threshold: float
) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """A group of lists that share nobody with the others, where chance would have them share."""
    group, frontier = {0}, [0]
    while frontier:
        i = frontier.pop()
        joined = {j for pair, n in table.overlaps.items() if n > 0 and i in pair for j in pair}
        joined -= group
        group |= joined
        frontier += joined
    rest = set(range(table.k)) - group
    if not rest:
        return None
    inside, outside = (table.histories[:, sorted(part)].any(axis=1) for part in (group, rest))
    means = fit(table, ()).means
    expected = float(means[inside & outside].sum())
    if np.exp(-expected) >= threshold:
        return None
    name = table.names
    return tuple(name[j] for j in sorted(group)), tuple(name[j] for j in sorted(rest))


def population(
    table: ListTable,
    *,
    level: float = LEVEL,
    threshold: float = THRESHOLD,
    bootstraps: int = BOOTSTRAPS,
    seed: int = 0,
) -> PersonsOnLists:
    """The estimate of stepwise selection with its intervals; NotIdentifiedError with the reason."""
    refuse_unfit(table, threshold)
    model = stepwise(table, threshold)

    drawn, mean = bootstrap(table, threshold, level, bootstraps, seed), averaged(table, level)
    ends = np.array([drawn, mean.interval])
    return PersonsOnLists(
        seen=table.n,
        estimate=table.n + model.unseen,
        interval=Interval(ends[:, 0].min(), ends[:, 1].max()),
        bootstrap=drawn,
        given_model=profile(table, model, level),
        averaged=mean,
        chao=chao(table),
        pairs=tuple((table.names[i], table.names[j]) for i, j in sorted(model.pairs)),
    )


def bootstrap(table: ListTable, threshold: float, level: float, n: int, seed: int) -> Interval:
    """Percentiles of estimates from tables drawn from this one, the choice of pairs repeated.

    NotIdentifiedError where more than a tenth of the tables have no estimate.
    """
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(12,)))
    tables = rng.multinomial(int(table.n), table.counts / table.n, n).astype(float)
    drawn = np.array([estimate_or_nan(table.with_counts(one), threshold) for one in tables])
    told = drawn[np.isfinite(drawn)]
    if len(told) < (1.0 - MOST_FAILED) * n:
        raise NotIdentifiedError(
            "tables resampled from this one often have no estimate: a few persons decide it",
            "more persons on two lists or more")  # fmt: skip
    return Interval(*np.quantile(told, tails(level)))


def estimate_or_nan(table: ListTable, threshold: float) -> float:
    """The stepwise estimate, NaN where there is none."""
    try:
        return table.n + stepwise(table, threshold).unseen
    except NotIdentifiedError:
        return float("nan")


def averaged(table: ListTable, level: float = LEVEL) -> Averaged:
    """Estimate averaged over models by exp(-BIC / 2), its interval, and the number of models.

    Models are those near the least BIC that can be reached from the stepwise choice and from
    independence by adding or dropping one pair at a time. Estimate and interval are the median and
    quantiles of the mixture of lognormals of the number on no list: a choice of model is in it,
    surprise of its own is not. Weights: Buckland, Burnham and Augustin (1997), Biometrics 53,
    603-618.
    """
    refuse_unfit(table)
    models = searched(table)
    bic = np.array([one.bic for one in models])
    weights = np.exp(-(bic - bic.min()) / 2.0)
    weights /= weights.sum()
    log_unseen = np.log([one.unseen for one in models])
    error = np.array([one.unseen_error for one in models])
    grid = np.linspace((log_unseen - 5 * error).min(), (log_unseen + 5 * error).max(), 4001)
    below = ndtr((grid[:, None] - log_unseen) / error) @ weights
    ends = np.exp(np.interp([*tails(level), 0.5], below, grid))
    return Averaged(table.n + float(ends[2]), Interval(*(table.n + ends[:2])), len(models))


def searched(table: ListTable) -> list[LogLinear]:
    """Models within `WINDOW` of the least BIC that the search meets, the least first."""
    met: dict[frozenset[Pair], LogLinear | None] = {}  # None: a model without an estimate
    frontier = {frozenset(), stepwise(table).pairs}
    near: list[LogLinear] = []
    while frontier and len(met) < MOST_MODELS:
        met |= {pairs: fit(table, pairs) if exists(table, pairs) else None for pairs in frontier}
        told = [one for one in met.values() if one is not None]
        least = min(one.bic for one in told)
        near = sorted((m for m in told if m.bic <= least + WINDOW), key=lambda m: m.bic)
        frontier = {one.pairs ^ {pair} for one in near for pair in table.pairs()} - {*met}
    return near
