"""What theory says of money that follows reports, through the interface that users have.

Everything of the model is stubbed but the policy: a year is one step, and what is discovered in it
is drawn from who got the money.  Derivations are in docs/feedback.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import brentq
from small_worlds import SIGMAS, begun, only

from streetlight import policies
from streetlight.model.arrays import FloatArray
from streetlight.model.communities.region import Region
from streetlight.model.money.policies import Policy
from streetlight.model.run.simulation import Simulation
from streetlight.model.week.week import WEEK
from streetlight.model.world.state import Stock, When

#: Counts (K,) of a year from who got which share of the money (K,), and chance.
Discovery = Callable[[FloatArray, np.random.Generator], Any]


def towns(population: Sequence[float]) -> Region:
    """Towns alike but for their size; a tenth are youth."""
    people = np.array(population, float)
    ids = [f"town {i}" for i in range(len(people))]
    return Region.of(ids=ids, population=people, youth=people / 10, youth_12_17=people / 13)


def nothing(sim: Simulation, when: When) -> None:
    """A phase in which nothing happens."""


def shares_over_time(
    policy: Policy,
    discovery: Discovery,
    years: int,
    runs: int,
    population: Sequence[float],
    first: Sequence[float],
) -> tuple[FloatArray, FloatArray]:
    """Shares of the money and counts discovered, year by year: (runs, years, K) each.

    first: the counts of the year before the policy.
    """
    world = begun(only(time__steps_per_year=1), towns(population), years=years)
    shares, counts = [], []
    for run in range(runs):
        chance = np.random.default_rng([99, run])

        def discover(sim: Simulation, when: When, chance: np.random.Generator = chance) -> None:
            dollars = sim.spending.allocated[when.year - 1].sum(axis=1)
            found = discovery(dollars / dollars.sum(), chance)
            sim.state.yearly[Stock.RECORDED, when.year] = found

        phases = dict.fromkeys(WEEK[1:], nothing) | {"record": discover}
        sim = Simulation(world, policy, phases=phases)
        sim.state.yearly[Stock.RECORDED, 0] = first
        sim.state.yearly[Stock.TAKES_PART, 0] = 1.0  # the year before was never run
        sim.run()
        dollars = sim.spending.allocated.sum(axis=2)
        shares.append(dollars / dollars.sum(axis=1, keepdims=True))
        counts.append(sim.state.yearly[Stock.RECORDED, 1:].astype(float))
    return np.array(shares), np.array(counts)


def diversity(shares: FloatArray) -> FloatArray:
    """Simpson's: the probability that two dollars go to different towns."""
    return np.asarray(1.0 - (shares**2).sum(axis=-1))


# ----------------------------------------------------------------------- drift and the urn


def test_following_last_year_drifts_like_wright_and_fisher() -> None:
    """Among identical towns diversity falls by 1 - 1/n a year, though nothing tells them apart."""
    k, n, years = 5, 20, 8
    policy = policies.last_years_counts(added=0.0)
    shares, _ = shares_over_time(
        policy, lambda share, chance: chance.multinomial(n, share), years, 160, [1000.0] * k,
        [n / k] * k,
    )  # fmt: skip
    found = diversity(shares)
    for t in range(years):
        expected = (1.0 - 1.0 / n) ** t * (1.0 - 1.0 / k)
        error = found[:, t].std(ddof=1) / math.sqrt(len(found))
        assert abs(found[:, t].mean() - expected) <= SIGMAS * error + 1e-12


def test_zero_is_absorbing_unless_something_is_added() -> None:
    """A town without a report never gets money again; half the mean count brings it back."""
    n = 4
    for added, absorbed in ((0.0, True), (0.5, False)):
        _, counts = shares_over_time(
            policies.last_years_counts(added=added),
            lambda share, chance: chance.multinomial(n, share), 15, 40, [1000.0] * 3, [2, 1, 1],
        )  # fmt: skip
        silent = counts[:, :-1] == 0.0
        assert silent.any()
        assert (silent & (counts[:, 1:] > 0.0)).any() != absorbed


def test_cumulative_counts_are_a_polya_urn() -> None:
    """From one report each, with one more a year: every split of the new ones is as likely."""
    years, runs = 6, 280  # each split 40 times
    _, counts = shares_over_time(
        policies.cumulative_counts(added=0.0),
        lambda share, chance: chance.multinomial(1, share), years, runs, [1000.0] * 2, [1, 1],
    )  # fmt: skip
    of_first = counts[:, :, 0].sum(axis=1).astype(int)
    observed = np.bincount(of_first, minlength=years + 1)
    assert stats.chisquare(observed).pvalue > 1e-4
    beta_binomial = stats.betabinom(years, 1.0, 1.0)
    assert observed.sum() * beta_binomial.pmf(0) == pytest.approx(runs / (years + 1))
    fair = stats.binom(years, 0.5).pmf(np.arange(years + 1)) * runs
    assert stats.chisquare(observed, fair).pvalue < 1e-12  # the control: tosses of a coin


RATES = np.array([1.5, 1.0])  # true rates of two towns of one size
TRUE_SHARE = 0.6


def found_where_looked(n: int, reported: int = 0) -> Discovery:
    """n discoveries in proportion to money times rate; others report themselves by rate alone."""

    def discovery(share: FloatArray, chance: np.random.Generator) -> Any:
        weight = share * RATES
        own = chance.multinomial(reported, RATES / RATES.sum())
        return chance.multinomial(n, weight / weight.sum()) + own

    return discovery


def test_cumulative_counts_run_away_when_rates_differ() -> None:
    """With 60% of the truth one town ends with nearly all of the money."""
    shares, _ = shares_over_time(
        policies.cumulative_counts(added=0.0), found_where_looked(200), 80, 20, [1000.0] * 2, [6, 4]
    )
    final = shares[:, -1, 0]
    assert final.min() > 0.72 and final.mean() > 0.85
    assert (shares[:, -1, 0] > shares[:, 40, 0]).all()


def test_self_reports_damp_the_runaway_and_do_not_remove_it() -> None:
    """The share settles where theory says: above the truth, below everything."""

    def drift(p: float) -> float:
        looked = 1.5 * p / (1.5 * p + 1.0 - p)
        return 0.5 * looked + 0.5 * TRUE_SHARE - p

    settled = brentq(drift, TRUE_SHARE, 0.99)
    assert TRUE_SHARE + 0.05 < settled < 0.75
    shares, _ = shares_over_time(
        policies.last_years_counts(added=0.0), found_where_looked(5000, 5000), 25, 20,
        [1000.0] * 2, [6000, 4000],
    )  # fmt: skip
    final = shares[:, -8:, 0].mean(axis=1)
    assert final.mean() == pytest.approx(settled, abs=0.005)


@pytest.mark.parametrize("rule", ["corrected_counts", "thinned_counts"])
def test_the_repairs_restore_the_true_shares(rule: str) -> None:
    """Corrected or thinned, counts stop where the truth is; uncorrected they run on."""
    discovery = found_where_looked(20_000)
    arguments: Any = (discovery, 15, 12, [1000.0] * 2, [10_000, 10_000])
    repaired, _ = shares_over_time(policies.build(rule, added=0.0, least=0.05), *arguments)
    plain, _ = shares_over_time(policies.last_years_counts(added=0.0), *arguments)
    assert repaired[:, 5:, 0].mean() == pytest.approx(TRUE_SHARE, abs=0.01)
    assert plain[:, -1, 0].min() > 0.98


# --------------------------------------------------------------------------- random search


def test_attention_by_population_equalises_discovery_under_random_search() -> None:
    """Who is found hangs on attention a head: by head all are as likely, by counts they are not."""
    population = np.array([20_000.0, 50_000.0, 80_000.0])
    victims = np.array([400, 200, 900])

    def search(share: FloatArray, chance: np.random.Generator) -> Any:
        a_head = share / (population / population.sum())
        return chance.binomial(victims, np.minimum(1.0, 0.3 * a_head))

    for rule, equal in (("per_youth", True), ("last_years_counts", False), ("equal_shares", False)):
        _, counts = shares_over_time(
            policies.build(rule), search, 6, 30, population.tolist(), [100, 100, 100]
        )
        rate = counts[:, 1:].mean(axis=(0, 1)) / victims
        error = np.sqrt(0.3 * 0.7 / victims / 150)
        alike = (abs(rate - 0.3) < SIGMAS * error).all()
        assert alike == equal, (rule, rate)
