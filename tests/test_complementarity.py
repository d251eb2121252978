"""What a lever is worth depends on the others and on its dose; each mechanism off as the control.

What single mechanisms do is worked out in the tiny worlds and closed forms; here whole runs are
compared, the same worlds under different spending. Differences are paired over n worlds.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from fact_worlds import CITY, ISOLATED, Array, Values, world
from small_worlds import SIGMAS, evenly

from streetlight import policies
from streetlight.model.communities.region import Region
from streetlight.model.money.levers import LEVERS, Levels, purchase
from streetlight.model.money.policies import Policy
from streetlight.model.names import LEVER_INDEX, LEVER_NAMES, Channel, End
from streetlight.model.outcomes import by_community
from streetlight.model.parameters import Parameters
from streetlight.model.record.view import RecordView
from streetlight.model.run.history import History
from streetlight.model.run.simulation import draw_world, run_policy
from streetlight.model.world.world import World

N = 8  # worlds a difference is measured in
#: Places are alike but in what a test varies.
ALIKE: Values = ISOLATED | {"incidence.frailty_cv": 0.0}


def spend(**dollars: float) -> Policy:
    """Dollars per resident a year by lever; those of a lever are the same whatever else is paid."""
    total = math.fsum(dollars.values())
    return policies.per_youth(
        budget=total, mix={name: amount / total for name, amount in dollars.items()}
    )


def total(run: History, name: str) -> float:
    """Sum of a column of the community table over the policy years."""
    return float(by_community(run)[name].sum())


def worlds(values: Values, n: int = N, years: int = 5) -> list[World]:
    """A large city, n times."""
    return [world(ALIKE | values, CITY, replicate=r, years=years) for r in range(n)]


def effects(
    here: list[World],
    one: Policy,
    other: Policy,
    both: Policy,
    *measures: Callable[[History], float],
) -> list[tuple[Array, Array]]:
    """By measure, what `one` adds alone, and what it adds beside `other` more than alone: (n,)."""
    paid = (policies.none(), one, other, both)
    runs = [[[measure(run) for measure in measures] for run in (run_policy(w, p) for p in paid)]
            for w in here]  # fmt: skip
    return [
        (alone - none, (together - beside) - (alone - none))
        for none, alone, beside, together in np.array(runs).transpose(2, 1, 0)
    ]


def assert_above(values: Array, bound: float = 0.0) -> None:
    """The mean of paired differences is above a bound by `SIGMAS` of its standard errors."""
    error = float(np.std(values, ddof=1)) / math.sqrt(len(values))
    assert values.mean() - SIGMAS * error > bound, (values.mean(), error)


def same_histories(one: History, other: History) -> bool:
    """Whether every youth has the same history, and every count is the same."""
    a, b = one.truth, other.truth
    spells = all(np.array_equal(a.spells[name], b.spells[name]) for name in a.spells.dtype.names)
    return spells and np.array_equal(a.ledger.yearly, b.ledger.yearly)


# ------------------------------------------------------------------- training and investigators

TRAIN, POSTS = spend(training=0.25), spend(investigators=0.25)
TRAIN_AND_POSTS = spend(training=0.25, investigators=0.25)
#: Agencies that need all the investigators they have.
BUSY: Values = {"assessment.utilisation": 1.0}


def harm(run: History) -> float:
    """Person-years in exploitation."""
    return total(run, "true_active_person_years")


def backlog(run: History) -> float:
    """Reports that wait for an investigator at the end."""
    return total(run, "backlog_end")


def test_recognition_without_investigators_builds_backlog_and_does_harm() -> None:
    """Training where investigators are busy, first come first served, lengthens the queue and adds
    exploitation; beside new posts it shortens both."""
    here = worlds(BUSY)
    (more_harm, with_posts), (waiting, posts_relieve) = effects(
        here, TRAIN, POSTS, TRAIN_AND_POSTS, harm, backlog
    )
    assert_above(more_harm)
    assert_above(-with_posts)
    assert_above(-(more_harm + with_posts))
    assert_above(waiting)
    assert_above(-posts_relieve)


def test_triage_and_a_lapse_let_training_help_busy_agencies() -> None:
    """Where the strongest evidence comes first and cases lapse, the same training does good."""
    triage: Values = {"assessment.discipline": "strength", "assessment.lapse_weeks": 26.0}
    here = worlds(BUSY | triage)
    trained, without = (
        np.array([harm(run_policy(w, policy)) for w in here]) for policy in (TRAIN, policies.none())
    )
    assert_above(without - trained)


def test_without_limits_recognition_needs_no_investigators() -> None:
    """With unlimited capacity training helps, nothing waits, and posts add nothing to it."""
    here = worlds(BUSY | {"switches.limited_capacity": False})
    (more_harm, with_posts), (waiting, _) = effects(
        here, TRAIN, POSTS, TRAIN_AND_POSTS, harm, backlog
    )
    assert_above(-more_harm)
    assert with_posts == pytest.approx(np.zeros(N), abs=1e-6)
    assert not waiting.any() and not backlog(run_policy(here[0], TRAIN))


# ------------------------------------------------------------------- identification and services

FIND = spend(investigators=0.5)
FIND_AND_SERVE = spend(investigators=0.5, navigators=0.5)
#: Nobody is served but by what is bought.
NO_PLACES: Values = {"services.places": (0.0,) * 4}


def exploited_again(run: History) -> tuple[int, int]:
    """Youth identified at least a year before the end, and those of them in a spell within it."""
    spells, clock = run.truth.spells, run.truth.clock
    found = spells[
        (spells["end_reason"] == End.IDENTIFIED)
        & (spells["end"] >= clock.first_policy_step)
        & (spells["end"] < clock.n_steps - clock.steps_per_year)
    ]
    later = {
        (int(one["number"]), int(one["ordinal"])): int(one["start"])
        for one in spells[spells["ordinal"] > 0]
    }
    again = [
        later.get((int(one["number"]), int(one["ordinal"]) + 1), math.inf)
        <= one["end"] + clock.steps_per_year
        for one in found
    ]
    return len(found), sum(again)


def found_and_served(values: Values) -> list[History]:
    """The same world with investigators, and with navigators besides."""
    here = world(ALIKE | NO_PLACES | values, CITY, years=6)
    return [run_policy(here, policy) for policy in (FIND, FIND_AND_SERVE)]


def test_identification_without_services_re_exploits() -> None:
    """Of the identified fewer are exploited again within a year where navigators are paid too."""
    without, served = found_and_served({})
    assert total(without, "served") == 0.0
    assert total(served, "served") > 0.0
    (n, a), (m, b) = exploited_again(without), exploited_again(served)
    mean = (a + b) / (n + m)
    assert a / n - b / m > SIGMAS * math.sqrt(mean * (1 - mean) * (1 / n + 1 / m))


@pytest.mark.parametrize(
    "off", [{"switches.reexploitation": False}, {"spell.reexploited_ratio_served": 1.0}]
)
def test_services_only_work_on_what_comes_after(off: Values) -> None:
    """Without re-exploitation, or if services do not lower it, navigators change no spell."""
    without, served = found_and_served(off)
    assert total(served, "served") > 0.0
    assert exploited_again(without) == exploited_again(served)
    for name in ("start", "end", "end_reason"):
        assert np.array_equal(without.truth.spells[name], served.truth.spells[name])


# ------------------------------------------------------------------- the channel and who knows it

CHANNEL, CAMPAIGN = spend(channel=0.25), spend(campaign=0.25)
CHANNEL_AND_CAMPAIGN = spend(channel=0.25, campaign=0.25)
#: Awareness is what is bought, and moves nothing but who knows the channel.
KNOWN_ONLY: Values = {"switches.spread": False, "switches.public_notice": False}
UNKNOWN: Values = KNOWN_ONLY | {"awareness.hotline": (1e-12,) * 4}
#: A channel that nobody prefers.
NO_USE: Values = KNOWN_ONLY | {"disclosure.channel_ratio": 1.0, "disclosure.channel_relief": 0.0}


def own_reports(run: History) -> float:
    """Reports that began with a disclosure, in the policy years."""
    months = run.record.counts.referrals[12 * run.truth.clock.burn_in_years :]
    return float(months[..., [Channel.SELF, Channel.CONFIDANT]].sum())


@functools.cache
def channel_effects() -> tuple[Array, Array]:
    """What a channel adds to own reports, alone and beside a campaign more than alone."""
    (found,) = effects(worlds(KNOWN_ONLY), CHANNEL, CAMPAIGN, CHANNEL_AND_CAMPAIGN, own_reports)
    return found


def test_a_channel_nobody_knows_does_nothing() -> None:
    """Without awareness a channel changes no youth's history; with it more is disclosed."""
    (unknown,) = worlds(UNKNOWN, n=1)
    without, paid = (run_policy(unknown, policy) for policy in (policies.none(), CHANNEL))
    assert paid.spending.spent.sum() > 0.0
    assert same_histories(without, paid)
    more, _ = channel_effects()
    assert_above(more)


def test_a_campaign_makes_a_channel_worth_more() -> None:
    """A channel adds more disclosures beside a campaign; none where nobody prefers it."""
    _, with_campaign = channel_effects()
    assert_above(with_campaign)
    ((alone, beside),) = effects(
        worlds(NO_USE, n=2), CHANNEL, CAMPAIGN, CHANNEL_AND_CAMPAIGN, own_reports
    )
    assert not alone.any() and not beside.any()


# ------------------------------------------------------------------- fixed costs, dose, time

#: A city and a tiny place that differ in size and nothing else.
SIZES = Region.of(
    ids=["city", "tiny"], population=[1e6, 1e4], youth=[1e5, 1e3], youth_12_17=[7.5e4, 750],
    poverty_share=[0.2, 0.2], place_class=["town", "town"],
)  # fmt: skip
WITH_FIXED_COST = [name for name in LEVER_NAMES if LEVERS[name].fixed_dollars > 0]
#: A survey moves no state of the world.
WITH_FIXED_COST.remove("survey")
NOT_LINEAR = [name for name in LEVER_NAMES if math.isfinite(LEVERS[name].top)]


def levels(lever: str, dollars_a_head: float, fixed_cost_ratio: float = 1.0) -> Array:
    """What the same dollars a head do in the city and in the tiny place: (2,)."""
    dollars = np.zeros((2, len(LEVER_NAMES)))
    dollars[:, LEVER_INDEX[lever]] = dollars_a_head * SIZES.population
    parameters = Parameters().with_values({"levers.fixed_cost_ratio": fixed_cost_ratio})
    trained = np.full(2, 0.3)
    bought = purchase(dollars, np.zeros_like(dollars), SIZES, parameters, trained).levels
    return level_of(bought, lever)


def level_of(bought: Levels, lever: str) -> Array:
    """The level that a lever moves and that has a limit."""
    return np.asarray(getattr(bought, "relief" if lever == "navigators" else lever))


@pytest.mark.parametrize("lever", WITH_FIXED_COST)
def test_fixed_costs_make_tiny_places_dear(lever: str) -> None:
    """Twice what a tiny place must pay at least, a head, does more in a city; not if nothing is
    fixed."""
    one = LEVERS[lever]
    smallest = one.fixed_dollars + one.minimum_units * one.unit_cost_dollars
    city, tiny = levels(lever, 2 * smallest / 1e4)
    assert 0.0 < tiny < 0.95 * city
    alike = levels(lever, 2 * smallest / 1e4, fixed_cost_ratio=0.0)
    assert alike[1] == pytest.approx(alike[0], rel=1e-12)
    assert alike[0] > city


@pytest.mark.parametrize("lever", NOT_LINEAR)
def test_money_saturates(lever: str) -> None:
    """Twice the money does about twice as much at a low dose and far from it at a high one."""
    one = LEVERS[lever]
    base = {"poor youth": 0.02, "youth": 0.1, "staff": 975e-5}  # of a resident of SIZES
    per_head = base.get(one.base, 1 / 1e5 if one.base == "population/100000" else 1e-5)
    at_top = one.top * per_head * one.unit_cost_dollars  # dollars a head of a dose equal to the top
    low, high = (
        levels(lever, 2 * dose * at_top, 0.0)[0] / levels(lever, dose * at_top, 0.0)[0]
        for dose in (0.02, 2.0)
    )
    assert 1.9 < low < 2.0
    assert 1.0 < high < 1.5


def test_posts_do_not_saturate() -> None:
    """The control: investigators have no limit, and twice the money is twice the posts."""
    assert levels("investigators", 2e3)[0] == pytest.approx(2 * levels("investigators", 1e3)[0])


def first_year_only(view: RecordView, mix: Array) -> Array:
    """A planner that spends by head in the first year and then no more."""
    shares = view.population / view.population.sum()
    spent = view.budget_dollars if view.period == 0 else 0.0
    return np.outer(spent * shares, mix)


def skill_after(years: int, policy: Policy, values: Values) -> Array:
    """Mean skill of the city's sectors after some policy years."""
    quiet: Values = ALIKE | {"switches.publicity": False, "incidence.onset_rate": 1e-9} | values
    here = draw_world(Parameters().with_values(quiet), SIZES, years=years)
    return run_policy(here, policy).truth.conditions.skill[:, 0]


ONCE = Policy("once", first_year_only, {"training": 1.0}, 1.0, plans=True)
YEARLY = Policy("yearly", evenly, {"training": 1.0}, 1.0)
FOR_EVER: Values = {"training.turnover": 1e-6, "training.skill_half_life": 1e6}


def test_training_fades_and_refreshers_keep_it() -> None:
    """Skill bought once fades at the rate of turnover and forgetting; bought every year it stays;
    where nobody leaves or forgets once is enough."""
    p = Parameters().training
    rest, year, fifth = (skill_after(n, who, {}) for n, who in
                         ((1, policies.none()), (1, ONCE), (5, ONCE)))  # fmt: skip
    trained = p.trained_share[2]
    background = p.turnover * trained / (1 - trained)
    rate = background + p.turnover + math.log(2) / (p.skill_half_life / 12)
    assert year.mean() > rest.mean() + 0.05
    assert fifth - rest == pytest.approx((year - rest) * (1 - rate / 52) ** (4 * 52), rel=1e-9)
    assert (skill_after(5, YEARLY, {}) > year).all()
    kept, first = (skill_after(n, ONCE, FOR_EVER) for n in (5, 1))
    assert (kept >= first - 1e-4).all()


def test_a_training_programme_below_the_minimum_does_nothing() -> None:
    """Dollars below five trainings are carried, then returned, and move neither skill nor anybody;
    a little more does."""
    here = draw_world(Parameters().with_values(ALIKE), SIZES.select(ids=["tiny"]), years=3)
    smallest = 750 + 5 * 150
    none, below, above = (
        run_policy(here, policies.none() if dollars == 0.0 else
                   replace(YEARLY, budget=dollars / 1e4))
        for dollars in (0.0, 0.3 * smallest, smallest)
    )  # fmt: skip
    column = LEVER_INDEX["training"]
    assert not below.spending.spent.any()
    assert below.spending.returned[1:, 0, column] == pytest.approx([0.3 * smallest] * 2)
    assert below.spending.carried[0, column] == pytest.approx(0.3 * smallest)
    assert same_histories(none, below)
    assert np.array_equal(none.truth.conditions.skill, below.truth.conditions.skill)
    assert (above.truth.conditions.skill > none.truth.conditions.skill).all()
