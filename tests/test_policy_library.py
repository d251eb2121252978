"""The policy library: lots, grants, estimates, exploration, and policies made of policies."""

from __future__ import annotations

import math
import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats
from small_worlds import SIGMAS
from test_policies import SPENDING, L, record_view

from streetlight import Region, policies, simulate
from streetlight.model.arrays import FloatArray
from streetlight.model.inference.regression import poisson_fit
from streetlight.model.inference.undetected import fit
from streetlight.model.money.policies import RULES, Policy, PolicyError
from streetlight.model.money.rules.counts import thinned
from streetlight.model.names import LEVER_NAMES
from streetlight.model.parameters import Parameters
from streetlight.model.record.view import RecordView

ONE_LEVER = {"training": 1.0}


def dollars(name: str, view: RecordView, **settings: float) -> FloatArray:
    """Dollars by community (C,) of a registered rule."""
    return policies.build(name, mix=ONE_LEVER, **settings).allocate(view).sum(axis=1)


def weights(name: str, view: RecordView, **settings: float) -> FloatArray:
    """What a rule returns."""
    return np.asarray(RULES[name].function(view, **settings))


def big_view(n: int = 400, luck: int = 3, **changes: Any) -> RecordView:
    """Many communities of two sizes after five years: a tenth of the large one's rate is seen."""
    size = np.where(np.arange(n) < n // 2, 200_000.0, 5_000.0)
    base: dict[str, Any] = {
        "period": 5, "ids": tuple(f"{i:04d}" for i in range(n)), "population": size,
        "youth": size / 10, "youth_12_17": size / 13, "poverty_share": np.full(n, 0.2),
        "place_class": np.zeros(n), "published_reports": np.zeros((n, 5)),
        "published_identified": np.zeros((n, 5)), "takes_part": np.ones((n, 5)),
        "spent": np.zeros((n, 5, L)), "budget_dollars": 1e6,
        "keys": np.arange(n, dtype=np.uint64) * 7919, "luck": luck,
    }  # fmt: skip
    return RecordView(**{**base, **changes})


# ------------------------------------------------------------------------------------- luck


def test_luck_is_uniform_and_keyed() -> None:
    """Uniforms pass a test of uniformity, and hang on world, year and purpose only."""
    view = big_view(4000)
    u = view.uniforms("lot")
    assert stats.kstest(u, "uniform").pvalue > 1e-4
    assert abs(np.corrcoef(u, view.uniforms("other"))[0, 1]) < SIGMAS / math.sqrt(4000)
    for other in (replace(view, luck=4), replace(view, period=6)):
        assert abs(np.corrcoef(u, other.uniforms("lot"))[0, 1]) < SIGMAS / math.sqrt(4000)
    assert np.array_equal(replace(view, budget_dollars=5.0).uniforms("lot"), u)
    few = {k: v[:9] for k, v in vars(view).items() if isinstance(v, np.ndarray)}
    assert np.array_equal(replace(view, ids=view.ids[:9], **few).uniforms("lot"), u[:9])


def test_every_policy_of_a_world_has_the_same_luck() -> None:
    """The view's luck is the world's, and differs between worlds."""
    seen: dict[str, list[int]] = {}

    def look(view: RecordView) -> FloatArray:
        seen.setdefault("luck", []).append(view.luck)
        seen.setdefault("part", []).append(view.takes_part.shape[1] - view.n_record_years)
        return view.youth

    region, parameters = Region.synthetic(4, seed=1), Parameters()
    for replicate in (0, 0, 1):
        simulate(parameters, region, Policy("look", look), replicate=replicate, years=1)
    first, again, other = seen["luck"][::2]  # a rule is asked twice
    assert first == again != other
    assert set(seen["part"]) == {0}


# ----------------------------------------------------------------------------------- counts


def test_hotspots_take_the_largest() -> None:
    """By count and by rate, k places share alike; places with few youth have no rate."""
    view = record_view(published_reports=[[0, 50], [0, 7], [0, 9], [0, 2]])
    assert weights("hotspots", view, k=2).tolist() == [1, 0, 1, 0]
    assert weights("hotspot_rates", view, k=1).tolist() == [0, 0, 1, 0]
    assert weights("hotspot_rates", view, k=1, least_youth=50.0).tolist() == [0, 0, 0, 1]


def test_level_hotspots_are_chosen_by_lot() -> None:
    """Without any report every place is as likely, and the lot changes from year to year."""
    years = [big_view(period=t) for t in range(40)]
    chosen = np.array([weights("hotspots", view, k=50) for view in years])
    assert (chosen.sum(axis=1) == 50).all()
    p = 50 / 400
    expected_overlap = 400 * p * p
    overlap = np.mean([(a * b).sum() for a, b in zip(chosen, chosen[1:], strict=False)])
    assert abs(overlap - expected_overlap) < SIGMAS * math.sqrt(400 * p * p / 39)


def spent_by_head(*a_head: float) -> FloatArray:
    """Spending (4, 2, L) of so many dollars a resident last year on one lever."""
    spent = np.zeros((4, 2, L))
    spent[:, 1, 0] = np.array(a_head) * np.array([1_000_000, 75_000, 25_000, 1_000])
    return spent


def test_corrected_counts_divide_by_attention() -> None:
    """Twice the mean a head halves a count, and attention is at least `least`."""
    view = record_view(spent=spent_by_head(1.0, 2.0, 0.0, 0.5))
    mean = (1_000_000 + 150_000 + 500) / 1_101_000
    expected = [100 * mean, 7 * mean / 2.0, 0.0, 0.0]
    assert weights("corrected_counts", view, added=0.0) == pytest.approx(expected)
    floor = record_view(
        spent=spent_by_head(1.0, 0.0, 1.0, 1.0), published_reports=[[0, 0], [0, 7], [0, 0], [0, 0]]
    )
    assert weights("corrected_counts", floor, added=0.0, least=0.1)[1] == pytest.approx(70.0)
    both = weights("corrected_counts", view, years=2.0, added=0.0)
    assert both == pytest.approx(np.array(expected) + [90, 9, 5, 0])


def test_thinning_is_binomial() -> None:
    """Kept counts are the binomial quantiles of their luck."""
    n, p = np.array([100.0, 7.0, 0.0, 3.0]), np.array([0.2, 0.5, 0.3, 1.0])
    for u in np.linspace(0.003, 0.997, 40):
        found = thinned(n, p, np.full(4, u))
        assert found.tolist() == stats.binom.ppf(u, n, p).tolist()


def test_thinned_counts_keep_what_even_attention_would_find() -> None:
    """Over many lots a place with twice the attention keeps half as many of its counts."""
    view = record_view(spent=spent_by_head(1.0, 2.0, 1.0, 1.0))
    kept = [weights("thinned_counts", replace(view, luck=i), added=0.0) for i in range(400)]
    mean = (1_000_000 + 150_000 + 26_000) / 1_101_000
    for c, (count, a_head) in enumerate([(100, 1.0), (7, 2.0)]):
        p = 0.2 / (a_head / mean)
        error = math.sqrt(count * p * (1 - p) / 400)
        assert abs(np.mean([one[c] for one in kept]) - count * p) < SIGMAS * error


# ----------------------------------------------------------------------------------- grants


def test_packages_go_to_the_smallest_until_the_money_is_gone() -> None:
    """400 dollars each of 1,000: the two smallest, and half for the third."""
    assert dollars("small_town_packages", record_view(), package=400.0).tolist() == [
        0.0, 200.0, 400.0, 400.0,
    ]  # fmt: skip
    left = dollars("small_town_packages", record_view(), package=100.0)
    assert left.sum() == 400.0  # the rest is not spent


def test_matching_goes_to_those_who_can_pay() -> None:
    """A dollar a resident who is not poor is matched, the largest first."""
    view = record_view(budget_dollars=950_000.0)
    assert dollars("matched_funding", view) == pytest.approx([900_000, 50_000, 0, 0])
    assert dollars("matched_funding", view, effort=0.1) == pytest.approx(
        [90_000, 5_625, 2_000, 100]
    )


def test_grants_go_to_high_scores_among_those_who_apply() -> None:
    """Without noise, and where all apply, money follows capacity and counts; asks are met."""
    sure = {"half_population": 1e-9, "noise": 0.0, "ask": 1.0, "least_ask": 40_000.0}
    capped = record_view(budget_dollars=1e9)
    most = dollars("competitive_grants", capped, **sure, most_ask=500_000.0)
    assert most.tolist() == [500_000.0, 75_000.0, 40_000.0, 40_000.0]
    view = record_view(budget_dollars=1_100_000.0)
    assert dollars("competitive_grants", view, **sure).tolist() == [1e6, 75_000.0, 25_000.0, 0.0]
    nobody = dollars("competitive_grants", view, **{**sure, "half_population": 1e30})
    assert nobody.sum() == 0.0


def test_large_and_capable_places_apply_more_often() -> None:
    """Applications follow the odds: population over half, times one more than identified."""
    identified = np.zeros((400, 5))
    identified[::2, -1] = 2.0
    view = big_view(published_identified=identified)
    runs = [
        dollars("competitive_grants", replace(view, luck=i, budget_dollars=1e12)) > 0
        for i in range(200)
    ]
    share = np.mean(runs, axis=0)
    for c in (0, 1, 200, 201):
        size, found = view.population[c], identified[c, -1]
        odds = size / 50_000 * (1 + found)
        p = odds / (1 + odds)
        pooled = share[c : c + 200 : 2].mean()
        assert abs(pooled - p) < SIGMAS * math.sqrt(p * (1 - p) / (200 * 100))


# -------------------------------------------------------------------------------- estimates


def test_silence_by_hand() -> None:
    """Shortfalls of two years of counts against youth, with those in poverty counting twice."""
    share = np.array([110_000, 10_000, 2_400, 100.0])
    expected = 211.0 * share / share.sum()
    short = np.maximum(0.0, expected - [190, 16, 5, 0])
    by_hand = short * expected / (expected + 5.0)
    assert weights("silence_targeted", record_view()) == pytest.approx(by_hand)
    assert by_hand[0] == 0.0 < by_hand[1]
    fair = record_view(poverty_share=[0.0] * 4, published_reports=[[0, y / 100] for y in
                       (100_000, 8_000, 2_000, 100)])  # fmt: skip
    assert weights("silence_targeted", fair) == pytest.approx([100_000, 8_000, 2_000, 100])


def test_regression_solves_its_equations() -> None:
    """At the fitted slopes the score is zero but for the ridge; the truth is within its error."""
    draw = np.random.default_rng(5)
    x = np.column_stack([np.ones(2000), draw.normal(size=2000), draw.random(2000)])
    true = np.array([-1.0, 0.5, 0.3])
    exposure = draw.gamma(2.0, 4.0, 2000)
    y = draw.poisson(exposure * np.exp(x @ true)).astype(float)
    slopes = poisson_fit(x, exposure, y, ridge=16.0)
    fitted = exposure * np.exp(x @ slopes)
    score = x.T @ (y - fitted)
    assert score == pytest.approx([0.0, 16.0 * slopes[1], 16.0 * slopes[2]], abs=1e-4)
    errors = np.sqrt(np.diag(np.linalg.inv((x * fitted[:, None]).T @ x)))
    assert (abs(slopes - true) < SIGMAS * errors).all()


def seen_by_size(luck: int) -> tuple[RecordView, FloatArray]:
    """A record in which large places publish a fifth and rural ones a tenth; and the truth."""
    draw = np.random.default_rng(luck)
    view = big_view(place_class=np.where(np.arange(400) < 200, 0, 3))
    truth = view.youth * 0.003 * draw.gamma(10.0, 0.1, len(view.youth))
    seen = np.where(view.population > 1e5, 0.2, 0.1)
    counts = draw.poisson((truth * seen)[:, None] * np.ones(5))
    return replace(view, published_reports=counts.astype(float)), truth


def test_rural_places_are_found_to_be_seen_less() -> None:
    """Where large places publish twice the share, the estimate says so."""
    seen = [fit(seen_by_size(luck)[0], 2.0, 0.2, 0.3).seen for luck in range(20)]
    ratios = [one[0] / one[-1] for one in seen]
    assert np.mean(ratios) == pytest.approx(2.0, rel=0.1)


def test_raw_inverse_weighting_overcorrects_small_places() -> None:
    """Without shrinkage small places get nothing or far too much; the estimate is closer."""
    errors = []
    for luck in range(20):
        view, truth = seen_by_size(luck)
        small = view.population < 1e5
        by_rule = []
        for name in ("estimate_based", "inverse_weighted"):
            share = weights(name, view)
            share = share[small] / share[small].sum()
            true_share = truth[small] / truth[small].sum()
            by_rule.append(float(np.sqrt(np.mean((share / true_share - 1.0) ** 2))))
        errors.append(by_rule)
        raw = weights("inverse_weighted", view)[small]
        assert (raw == 0.0).mean() > 0.3
        assert raw.max() > 3.0 * weights("estimate_based", view)[small].max()
    shrunken, raw_error = np.mean(errors, axis=0)
    assert shrunken < 0.45 < 0.9 < raw_error


def test_thompson_draws_what_is_believed() -> None:
    """Over many lots the draws have the posterior's mean and spread."""
    view, _ = seen_by_size(2)
    estimate = fit(view, 2.0, 0.2, 0.3)
    drawn = np.array([weights("thompson_sampling", replace(view, luck=i)) for i in range(300)])
    centre = estimate.undetected(estimate.mean)
    spread = (1.0 - estimate.seen) * estimate.sd
    assert drawn.mean(axis=0) == pytest.approx(centre, rel=0.12)
    assert np.median(drawn.std(axis=0) / spread) == pytest.approx(1.0, rel=0.12)
    next_year = weights("thompson_sampling", replace(view, period=6, luck=0))
    assert not np.array_equal(drawn[0], next_year)


def test_upper_confidence_favours_the_doubtful() -> None:
    """With kappa 0 it is the estimate; the larger kappa, the more small places get."""
    view, _ = seen_by_size(3)
    small = view.population < 1e5
    shares = []
    for kappa in (0.0, 1.0, 3.0):
        w = weights("upper_confidence", view, kappa=kappa)
        shares.append(w[small].sum() / w.sum())
    assert np.array_equal(
        weights("upper_confidence", view, kappa=0.0), weights("estimate_based", view)
    )
    assert shares[0] < shares[1] < shares[2]


def test_the_floor_reaches_everybody_or_the_winners_of_a_lot() -> None:
    """A fifth of the money is in equal shares, or goes to so many places by lot."""
    view, _ = seen_by_size(4)
    given = dollars("exploration_floor", view)
    assert given.min() >= 0.2 * 1e6 / 400
    estimate = dollars("estimate_based", view)
    assert given == pytest.approx(0.8 * estimate + 0.2 * 1e6 / 400)
    extra = dollars("exploration_floor", view, winners=10.0) - 0.8 * estimate
    assert np.sort(extra)[-10:] == pytest.approx(np.full(10, 20_000.0))
    assert np.abs(np.sort(extra)[:-10]).max() < 1e-6


@pytest.mark.parametrize("name", [n for n in SPENDING if not RULES[n].is_oracle])
def test_every_rule_works_before_there_is_a_record(name: str) -> None:
    """Without burn-in, and where nobody publishes or nobody lives, money is still given."""
    empty: dict[str, Any] = {
        "published_reports": np.zeros((4, 0)), "published_identified": np.zeros((4, 0)),
        "takes_part": np.zeros((4, 0)), "spent": np.zeros((4, 0, L)), "youth": [10_000, 0, 50, 0],
        "youth_12_17": [7_000, 0, 40, 0], "population": [100_000, 0, 500, 10],
    }  # fmt: skip
    silent = {"takes_part": np.zeros((4, 2)), "published_reports": np.zeros((4, 2))}
    for changes in (empty, silent):
        given = dollars(name, record_view(**changes, budget_dollars=1e5))
        assert np.isfinite(given).all() and 0.0 <= given.sum() <= 1e5 * (1 + 1e-9)
        assert given.sum() > 0.0 or RULES[name].plans


# --------------------------------------------------------------------------------- planners


def plan(amounts: Any) -> Policy:
    """A planner of the user's that returns these dollars."""
    return Policy("mine", lambda view, mix: np.asarray(amounts, float), plans=True)


def test_a_planner_may_leave_money_and_not_overspend() -> None:
    """Less than the budget stands as it is; more is an error with both amounts."""
    some = np.zeros((4, L))
    some[0, 0] = 600.0
    assert plan(some).allocate(record_view()).sum() == 600.0
    some[1, 1] = 600.0
    with pytest.raises(PolicyError, match=r'"mine", period 2: allocates 1,200.00 dollars: must be'):
        plan(some).allocate(record_view())


def test_a_planner_s_mistakes_name_community_and_lever() -> None:
    """Negative dollars and wrong shapes are refused."""
    wrong = np.zeros((4, L))
    wrong[2, 1] = -1.0
    with pytest.raises(PolicyError, match=rf'community "c", lever "{LEVER_NAMES[1]}": dollar -1.0'):
        plan(wrong).allocate(record_view())
    with pytest.raises(PolicyError, match=r"dollars of shape \(4,\): must be one a community and"):
        plan([1.0] * 4).allocate(record_view())


def test_money_a_planner_leaves_is_not_spent() -> None:
    """In a run, allocated dollars are what the planner gave and no more."""
    region = Region.synthetic(6, seed=2)
    history = simulate(Parameters(), region, policies.small_town_packages(package=1_000.0), years=2)
    assert history.spending.allocated.sum(axis=(1, 2)) == pytest.approx([6_000.0] * 2)


# -------------------------------------------------------------------- policies of policies


def test_a_blend_gives_each_part_its_share() -> None:
    """Seven tenths by youth and three tenths equally, each with its own mix."""
    parts = {policies.per_youth(mix="training_only"): 0.7, policies.equal_shares(): 0.3}
    both = policies.blend(parts, name="both", budget=0.25)
    found = both.allocate(record_view())
    expected = sum(share * part.allocate(record_view()) for part, share in parts.items())
    assert found == pytest.approx(expected)
    assert both.budget == 0.25 and pickle.loads(pickle.dumps(both)) == both
    other = policies.blend({policies.per_youth(): 0.6, policies.equal_shares(): 0.4}, name="both")
    assert other.description() != both.description()


def test_a_schedule_changes_from_year_to_year() -> None:
    """Equal shares in years 0 and 1, by youth from year 2."""
    policy = policies.schedule({0: policies.equal_shares(), 2: policies.per_youth()}, name="later")
    for period, part in ((0, "equal_shares"), (1, "equal_shares"), (2, "per_youth")):
        view = record_view(period=period)
        assert policy.allocate(view) == pytest.approx(policies.build(part).allocate(view))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: policies.blend({policies.per_youth(): 0.7}, name="x"), "the shares sum to 0.7"),
        (
            lambda: policies.blend({policies.per_youth(): -1.0}, name="x"),
            "per_youth: -1.0: must be a share above 0",
        ),
        (lambda: policies.blend({policies.information_oracle(): 1.0}, name="x"), "is an oracle"),
        (lambda: policies.schedule({1: policies.per_youth()}, name="x"), "the first 0"),
        (lambda: policies.schedule({}, name="x"), "the first 0"),
    ],
)
def test_parts_that_cannot_be_combined_are_refused(make: Any, said: str) -> None:
    """Shares that do not sum to 1, oracles, schedules that start late."""
    with pytest.raises(PolicyError, match=said):
        make()
