"""Sampled designs: what makes them even, that they can be extended, and what values they give."""

from __future__ import annotations

import json
from itertools import islice, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from streetlight.experiments import sampling
from streetlight.experiments.distributions import (
    Choice,
    Range,
    Varied,
    all_from_evidence,
    from_description,
    not_sampled,
    of_evidence,
)
from streetlight.experiments.sampling import (
    KNOWN_RATIO_BAND,
    grid,
    in_name,
    latin_blocks,
    one_at_a_time,
    sample,
    sobol_blocks,
)
from streetlight.model.errors import InputError
from streetlight.model.parameters import Parameters
from studies.ascertainment import known_ratio

BASE = Parameters()
MIXED = [
    *all_from_evidence(["spell.exit_hazard", "disclosure.formal_share"], BASE),
    Varied("knowing.contacts", Range("triangular", 2.0, 5.0, 12.0)),
    Varied("training.staff", Range("uniform", 0.5, 1.0, 1.5)),
    Varied("switches.anonymity", Choice((True, False), (1.0, 3.0))),
]


def hypercube(n_columns: int, first: int, seed: int, n: int) -> np.ndarray:
    """The first n points of a hypercube that starts with `first`."""
    blocks, points = latin_blocks(n_columns, first, seed), np.empty((0, n_columns))
    while len(points) < n:
        points = np.vstack([points, next(blocks)])
    return points[:n]


def is_latin(u: np.ndarray) -> bool:
    """Whether each column has one point in each of n equal slices."""
    n = len(u)
    return bool((np.sort(np.floor(u * n), axis=0) == np.arange(n)[:, None]).all())


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 6), st.integers(1, 40), st.integers(0, 2**63 - 1))
def test_a_hypercube_is_latin_at_every_doubling(n_columns: int, first: int, seed: int) -> None:
    """At first, 2, 4 and 8 times first, each slice of each column holds exactly one point."""
    u = hypercube(n_columns, first, seed, 8 * first)
    for doubled in (first, 2 * first, 4 * first, 8 * first):
        assert is_latin(u[:doubled])


def test_what_is_called_latin_can_fail() -> None:
    """Independent uniform points are not Latin, nor is a hypercube cut off between doublings."""
    assert not is_latin(np.random.default_rng(1).random((40, 2)))
    assert not is_latin(hypercube(2, 16, 1, 24))


def test_columns_of_a_hypercube_are_unrelated() -> None:
    """The rank correlation of two columns is that of chance, and no two columns are alike."""
    u = hypercube(5, 64, 3, 512)
    correlations = np.corrcoef(u.T)[np.triu_indices(5, 1)]
    assert np.abs(correlations).max() < 4.0 / np.sqrt(512)
    new = u[64:128]  # the points of the first doubling among themselves
    assert np.abs(np.corrcoef(new.T)[np.triu_indices(5, 1)]).max() < 4.0 / np.sqrt(64)


def test_a_column_added_at_the_end_leaves_the_others() -> None:
    """Each column of a hypercube has its own generator."""
    assert np.array_equal(hypercube(3, 8, 5, 24), hypercube(4, 8, 5, 24)[:, :3])


def test_a_sobol_design_is_balanced() -> None:
    """At every power of two from 64 on, each column is as even as a hypercube; all is scrambled."""
    u = np.vstack(list(islice(sobol_blocks(4, 9), 4)))
    assert len(u) == 512
    for n in (64, 128, 256, 512):
        assert is_latin(u[:n])
    assert not np.array_equal(u[:64], next(sobol_blocks(4, 10)))


@pytest.mark.parametrize("design", ["lhs", "sobol"])
def test_a_larger_design_begins_with_the_smaller(design: str) -> None:
    """Raising n keeps every future, name and value, bit for bit, whatever the two n are."""
    sizes = [7, 8, 9, 30, 64, 65, 200]
    points = {
        n: sample(MIXED, n, 3, BASE, design=design, first=8)[0]  # type: ignore[arg-type]
        for n in sizes
    }
    for n in sizes:
        assert [(p.name, p.overrides) for p in points[n]] == [
            (p.name, p.overrides) for p in points[200][:n]
        ]
    assert points[200][199].name == "sampled_0199"
    other = sample(MIXED, 7, 4, BASE, design=design, first=8)[0]  # type: ignore[arg-type]
    assert other[0].overrides != points[7][0].overrides


def test_without_first_the_whole_design_is_the_first_hypercube() -> None:
    """n points without `first` are a Latin hypercube of n slices."""
    varied = [Varied("knowing.contacts", Range("uniform", 2.0, 2.0, 12.0))]
    points, how = sample(varied, 10, 5, BASE)
    values = np.array([one.overrides["knowing.contacts"] for one in points])
    assert sorted(np.floor(values - 2.0).tolist()) == list(range(10))
    assert (how.first, how.read, how.n) == (10, 10, 10)


RULED = [
    Varied("encounter.untrained", Range("uniform", 0.5, 1.0, 1.5)),
    Varied("knowing.told_ratio", Range("uniform", 1.1, 2.0, 6.0)),
]


def test_points_against_a_rule_are_skipped_and_the_design_stays_a_prefix(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The next points of the sequence take their place; how many were skipped is told."""

    def refuses(self: Parameters, values: dict[str, object]) -> Parameters:
        if values["knowing.told_ratio"] > 3.0:  # type: ignore[operator]
            raise ValueError("told_ratio: too much")
        return self.model_copy()

    monkeypatch.setattr(Parameters, "with_values", refuses)
    small, how = sample(RULED, 10, 1, BASE, first=8)
    large, more = sample(RULED, 40, 1, BASE, first=8)
    assert [one.overrides for one in small] == [one.overrides for one in large[:10]]
    assert how.read == 10 + how.against_rules
    share = more.against_rules / more.read  # 3 / 4.9 of the range, read in even slices
    assert share == pytest.approx(3.0 / 4.9, abs=0.1)
    assert max(one.overrides["knowing.told_ratio"] for one in large) <= 3.0
    assert [one.name for one in large] == [f"sampled_{i:04d}" for i in range(40)]


def test_ranges_that_contradict_each_other_end_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """When no point is possible, the search ends after a bounded number and says why."""

    def refuses(self: Parameters, values: dict[str, object]) -> Parameters:
        raise ValueError("no")

    monkeypatch.setattr(Parameters, "with_values", refuses)
    with pytest.raises(InputError, match="the first 150 points, .*: these parameters' ranges"):
        sample(RULED, 3, 1, BASE)


def test_points_outside_the_band_are_skipped() -> None:
    """Within bands, every future has the known ratio of SF8; without, barriers leave it."""
    varied = all_from_evidence(["denial.barrier_scale"], BASE)
    points, how = sample(varied, 6, 2, BASE, within_bands=True)
    low, high = KNOWN_RATIO_BAND
    assert all(low <= known_ratio(one.parameters) <= high for one in points)
    assert how.read == 6 + how.outside_band and how.outside_band > 0
    assert f"{how.outside_band} points skipped: known in large metro over rural" in " ".join(
        how.sentences()
    )
    free = sample(varied, 6, 2, BASE)[0]
    ratios = [known_ratio(one.parameters) for one in free]
    assert min(ratios) < low or max(ratios) > high
    kept = [p.overrides for p, r in zip(free, ratios, strict=True) if low <= r <= high]
    assert [one.overrides for one in points][: len(kept)] == kept


def test_a_band_that_no_future_keeps_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """With barriers off in the base, known is nearly alike everywhere; the search is bounded."""
    monkeypatch.setattr(sampling, "MOST_READ", 6)
    flat = BASE.with_values(
        {"switches.anonymity": False, "switches.known_offender": False, "switches.denial": False}
    )
    varied = all_from_evidence(["denial.ratio"], flat)
    with pytest.raises(
        InputError, match=r"only 0 of 1 .* the first 6 points, .*: known in large metro"
    ):
        sample(varied, 1, 2, flat, within_bands=True)


EXACT = {
    "uniform": (Range("uniform", 1.0, 0.0, 9.0), stats.uniform(1.0, 8.0)),
    "triangular": (Range("triangular", 1.0, 3.0, 9.0), stats.triang(0.25, 1.0, 8.0)),
    # PERT: mean (low + 4 mode + high) / 6
    "beta": (Range("beta", 1.0, 3.0, 9.0), stats.beta(2.0, 4.0, 1.0, 8.0)),
}


@pytest.mark.parametrize("kind", list(EXACT))
def test_a_design_has_the_moments_of_its_distribution(kind: str) -> None:
    """Mean and quantiles of a hypercube of n points miss by no more than a slice each."""
    n = 256
    distribution, exact = EXACT[kind]
    points, _ = sample([Varied("knowing.contacts", distribution)], n, 11, BASE)
    values = np.sort([one.overrides["knowing.contacts"] for one in points])
    slices = exact.ppf(np.arange(n + 1) / n)
    assert (values >= slices[:-1] - 1e-9).all() and (values <= slices[1:] + 1e-9).all()
    # each value lies in its slice: standard error of the mean = sqrt(sum of variances) / n
    error = np.sqrt((np.diff(slices) ** 2 / 12).sum()) / n
    assert values.mean() == pytest.approx(exact.mean(), abs=4.0 * error + 1e-9)


def test_means_of_triangular_and_pert_by_hand() -> None:
    """(1 + 3 + 9) / 3 and (1 + 4 x 3 + 9) / 6, by the middles of many slices."""
    u = (np.arange(20_000) + 0.5) / 20_000
    assert Range("triangular", 1.0, 3.0, 9.0).at(u).mean() == pytest.approx(13 / 3, rel=1e-4)
    assert Range("beta", 1.0, 3.0, 9.0).at(u).mean() == pytest.approx(22 / 6, rel=1e-4)


def test_a_lognormal_has_its_median_and_its_bounds() -> None:
    """Of a symmetric one the median stays; log values are normal with the sd of a 95% interval."""
    one = Range("lognormal", 1.0, 3.0, 9.0)
    low, median, high = one.at(np.array([0.0, 0.5, 1.0]))
    assert (low, median, high) == pytest.approx((1.0, 3.0, 9.0))
    sd = np.log(9.0) / (2 * 1.959964)
    # of the mass within +-1.96 sd, 0.95, that within one sd is 0.6827: 0.5 -+ 0.6827 / 0.95 / 2
    half = 0.682689 / 0.95 / 2
    assert one.at(np.array([0.5 + half]))[0] == pytest.approx(3.0 * np.exp(sd), rel=1e-4)
    assert one.at(np.array([0.5 - half]))[0] == pytest.approx(3.0 * np.exp(-sd), rel=1e-4)


#: The upper scale in logs is 0.39, 0.05, 22 and 3 times the lower.
SKEWED = [(2.0, 12.0, 24.0), (0.0005, 0.0045, 0.005), (1.0, 1.1, 9.0), (0.5, 1.0, 8.0)]


@pytest.mark.parametrize(("low", "middle", "high"), SKEWED)
def test_the_middle_of_a_lognormal_is_its_median(low: float, middle: float, high: float) -> None:
    """Half the draws below, exactly; each side is a normal cut at its own 1.96 sd, in logs."""
    one = Range("lognormal", low, middle, high)
    assert one.at(np.array([0.5]))[0] == middle
    u = (np.arange(1000) + 0.5) / 1000
    values = one.at(u)
    assert (values < middle).sum() == 500
    # within one sd lies 0.6827 / 2 of 0.95 / 2 on each side
    half = 0.682689 / 0.95 / 2
    ends = one.at(np.array([0.0, 0.5 - half, 0.5 + half, 1.0]))
    assert ends[[0, 3]] == pytest.approx([low, high], rel=1e-6)
    assert ends[1] == pytest.approx(middle * (low / middle) ** (1 / 1.959964), rel=1e-4)
    assert ends[2] == pytest.approx(middle * (high / middle) ** (1 / 1.959964), rel=1e-4)


@pytest.mark.parametrize(("low", "middle", "high"), SKEWED)
def test_quantiles_of_a_lognormal_rise_without_a_jump(
    low: float, middle: float, high: float
) -> None:
    """From end to end, and over the middle, where the density steps but the quantiles do not."""
    one = Range("lognormal", low, middle, high)
    u = np.linspace(0.0, 1.0, 20_001)
    logs = np.log(one.at(u))
    assert (np.diff(logs) > 0.0).all()
    # the density of z at its cut, over 0.95, is 0.0615: no slope is steeper
    steepest = max(np.log(middle / low), np.log(high / middle)) / 1.959964 / 0.0615
    assert np.diff(logs).max() <= 1.001 * steepest / 20_000
    near = one.at(np.array([0.5 - 1e-9, 0.5, 0.5 + 1e-9]))
    assert near == pytest.approx([middle] * 3, rel=1e-7)


def test_a_lognormal_whose_middle_is_an_end_has_one_side() -> None:
    """Half a lognormal, from the middle on; a range of no width is its value."""
    u = np.array([0.0, 0.5, 1.0])
    # half of the half: a standard normal number is within 0.6335 with half of 0.95
    share = 0.63566 / 1.959964
    up = Range("lognormal", 1.0, 1.0, 9.0).at(u)
    assert up == pytest.approx([1.0, 9.0**share, 9.0], rel=1e-3)
    down = Range("lognormal", 1.0, 9.0, 9.0).at(u)
    assert down == pytest.approx([1.0, 9.0 ** (1 - share), 9.0], rel=1e-3)
    assert Range("lognormal", 2.0, 2.0, 2.0).at(u).tolist() == [2.0, 2.0, 2.0]


def test_every_lognormal_of_the_evidence_has_its_default_in_the_middle() -> None:
    """Half the draws on each side of the default, of every card whose range lies around it."""
    u = (np.arange(200) + 0.5) / 200
    around = 0
    for name, card in Parameters.all_cards().items():
        if card.distribution != "lognormal" or not_sampled(name, BASE):
            continue
        one = of_evidence(name, BASE)
        if 0.0 < one.low < one.middle < one.high:
            around += 1
            assert (one.at(u) < one.middle).sum() == 100, name
    assert around > 20


@pytest.mark.parametrize("kind", ["uniform", "lognormal", "beta", "triangular"])
def test_no_distribution_leaves_its_range(kind: str) -> None:
    """Probabilities of 0 and 1 give the bounds, all others lie between and rise."""
    u = np.concatenate([[0.0], np.sort(np.random.default_rng(1).random(500)), [1.0]])
    values = Range(kind, 1.0, 3.0, 9.0).at(u)  # type: ignore[arg-type]
    assert (values[0], values[-1]) == (pytest.approx(1.0), pytest.approx(9.0))
    assert values.min() >= 1.0 and values.max() <= 9.0
    assert (np.diff(values) >= 0.0).all()


@settings(deadline=None)
@given(
    st.sampled_from(["uniform", "lognormal", "beta", "triangular"]),
    st.tuples(st.floats(0.01, 50.0), st.floats(0.01, 50.0), st.floats(0.01, 50.0)),
)
def test_no_rounding_leaves_a_range(kind: str, numbers: tuple[float, float, float]) -> None:
    """Whatever the numbers, probabilities of 0 and 1 give nothing outside them."""
    low, middle, high = sorted(numbers)
    values = Range(kind, low, middle, high).at(np.array([0.0, 1.0]))  # type: ignore[arg-type]
    assert low <= values.min() and values.max() <= high


def test_a_choice_follows_its_weights() -> None:
    """Of 400 points in even slices, weights 1 and 3 give 100 and 300; without, 200 each."""
    for weights, share in (((1.0, 3.0), 0.25), ((), 0.5)):
        varied = [Varied("switches.denial", Choice((True, False), weights))]
        points, _ = sample(varied, 400, 1, BASE)
        assert np.mean([p.parameters.switches.denial for p in points]) == share
    u = np.array([0.0, 0.2499, 0.25, 1.0])  # a probability on the border belongs to what follows
    assert Choice(("a", "b"), (1.0, 3.0)).at(u) == ["a", "a", "b", "b"]


def test_a_tuple_keeps_its_pattern() -> None:
    """A range of a tuple is a range of one factor on all its values."""
    points, _ = sample([Varied("training.staff", Range("uniform", 0.5, 1.0, 1.5))], 8, 1, BASE)
    staff = np.array([one.parameters.training.staff for one in points])
    factors = staff / np.array(BASE.training.staff)
    assert np.allclose(factors, factors[:, :1])
    assert sorted(np.floor((factors[:, 0] - 0.5) * 8).astype(int)) == list(range(8))


def test_evidence_keeps_every_value_of_a_tuple_in_its_range() -> None:
    """The factor is as wide as the card allows for the value that meets a bound first."""
    card = Parameters.all_cards()["denial.leaders"]
    one = of_evidence("denial.leaders", BASE)
    assert min(BASE.denial.leaders) * one.low == pytest.approx(card.low)
    assert max(BASE.denial.leaders) * one.high == pytest.approx(card.high)
    assert (one.kind, one.middle) == (card.distribution, 1.0)


def test_every_parameter_is_sampled_or_says_why_not() -> None:
    """No parameter makes sampling fall over; all that is sampled lies in its card's range."""
    cards = Parameters.all_cards()
    can = [name for name in cards if not_sampled(name) is None]
    assert len(can) > 60
    for name in can:
        points, _ = sample(all_from_evidence([name], BASE), 4, 1, BASE)
        for value in (one.overrides[name] for one in points):
            if not isinstance(value, tuple):
                assert cards[name].low <= value <= cards[name].high
    assert not_sampled("denial.form") and not_sampled("incidence.type_mix")
    assert not_sampled("time.burn_in_years") and not_sampled("incidence.covariate_effect")


def test_a_grid_holds_every_combination() -> None:
    """Middles of equal slices of a range, every choice; the last parameter changes fastest."""
    varied = [
        Varied("switches.denial", Choice((True, False))),
        Varied("knowing.contacts", Range("uniform", 2.0, 0.0, 14.0), levels=3),
    ]
    points, how = grid(varied, BASE)
    found = [tuple(one.overrides.values()) for one in points]
    assert found == [
        (denial, pytest.approx(contacts))
        for denial, contacts in product((True, False), (4.0, 8.0, 12.0))
    ]
    assert [one.name for one in points] == [f"grid_{i:04d}" for i in range(6)]
    assert how.n == 6 and how.parameters["switches.denial"]["values"] == [True, False]
    assert points[5].parameters.switches.denial is False


def test_one_at_a_time_changes_one_parameter_and_names_it() -> None:
    """The 5th and 95th percentile of a range, each choice but the base's; all else as it was."""
    varied = [
        Varied("knowing.contacts", Range("uniform", 0.0, 0.0, 20.0)),
        Varied("switches.denial", Choice((True, False))),
        Varied("incidence.poverty_ratio", Choice((1.0, 2.5, 3.0))),
        Varied("incidence.place_ratio", Choice(((1.0, 1.0, 2.5, 2.5),))),
    ]
    points, how = one_at_a_time(varied, BASE)
    assert {one.name: one.overrides for one in points} == {
        "knowing_contacts_low": {"knowing.contacts": pytest.approx(1.0)},
        "knowing_contacts_high": {"knowing.contacts": pytest.approx(19.0)},
        "switches_denial_false": {"switches.denial": False},
        "incidence_poverty_ratio_1_0": {"incidence.poverty_ratio": 1.0},
        "incidence_poverty_ratio_2_5": {"incidence.poverty_ratio": 2.5},
        "incidence_place_ratio_1_0-1_0-2_5-2_5": {"incidence.place_ratio": (1.0, 1.0, 2.5, 2.5)},
    }
    fewer = one_at_a_time(varied[1:], BASE)[0]
    assert [one.name for one in fewer] == [one.name for one in points[2:]]
    assert how.n == 6 and how.design == "one_at_a_time"


def test_values_that_cannot_be_together_end_a_grid() -> None:
    """A grid is complete or refused, by the name of the combination."""
    varied = [Varied("knowing.told_ratio", Choice((2.0, 0.5)))]
    for design in (grid, one_at_a_time):
        with pytest.raises(InputError, match=r"knowing\.told_ratio = 0\.5: cannot be true"):
            design(varied, BASE)
    long = Varied("incidence.place_ratio", Choice(((0.123456789,) * 4,)))
    with pytest.raises(InputError, match="too long for the name of a future"):
        one_at_a_time([long], BASE)


@settings(deadline=None)
@given(st.lists(st.floats(0.0, 1e6) | st.integers(0, 10**6), min_size=2, max_size=2, unique=True))
def test_different_values_have_different_names(pair: list[float]) -> None:
    """The part of a name that says the value is made of allowed letters and tells values apart."""
    names = [in_name(value) for value in pair]
    assert names[0] != names[1]
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-") for name in names)
    assert in_name((pair[0], pair[1])) != in_name((pair[1], pair[0]))


def test_a_range_beyond_the_evidence_is_told() -> None:
    """It is allowed, and stands in the description and in the sentences on the design."""
    wide = Varied("incidence.poverty_ratio", Range("uniform", 1.0, 0.0, 9.0))
    narrow = Varied("denial.ratio", Range("uniform", 0.3, 0.0, 0.7))
    _, how = sample([wide, narrow], 4, 1, BASE)
    assert how.parameters["incidence.poverty_ratio"] == {
        "distribution": "uniform", "low": 1.0, "high": 9.0, "evidence": [1.5, 5.0],
        "outside_evidence": True,
    }  # fmt: skip
    assert how.parameters["denial.ratio"]["outside_evidence"] is False
    assert how.sentences() == [
        "4 futures sampled (lhs) over 2 parameters",
        "incidence.poverty_ratio: 1-9 reaches beyond the evidence (1.5-5)",
    ]


@pytest.mark.parametrize(
    "varied",
    [
        Varied("denial.barrier_scale", Range("uniform", 0.5, 0.0, 1.5)),
        Varied("incidence.onset_rate", Range("lognormal", 50.0, 200.0, 600.0)),
        Varied("training.staff", Range("triangular", 0.5, 1.2, 1.5)),
        Varied("switches.denial", Choice((True, False), (3.0, 1.0))),
        Varied("incidence.place_ratio", Choice(((1.0, 1.0, 1.0, 1.0), (1.0, 1.0, 2.0, 2.0)))),
    ],
    ids=lambda one: one.name,
)
def test_a_description_gives_the_distribution_back(varied: Varied) -> None:
    """What the manifest says of a parameter is enough to draw it again."""
    u = (np.arange(40) + 0.5) / 40
    again = from_description(varied.name, json.loads(json.dumps(varied.described(Parameters()))))
    assert again.values(Parameters(), u) == varied.values(Parameters(), u)
