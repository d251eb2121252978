"""The generator against its published vectors, and the distributions drawn from it."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from streetlight.model.arrays import FloatArray
from streetlight.model.draws import Decision, philox, poisson, sort_by, uniforms, world_key
from streetlight.model.equations import triangular_age
from streetlight.model.world.victimization import category, geometric

N = 20_000
#: Kolmogorov-Smirnov tests of fixed draws: a sound generator fails one in ten thousand.
P_VALUE = 1e-4


@pytest.fixture(scope="module")
def drawn() -> FloatArray:
    """Uniforms of N youths of one community, (N, 4)."""
    world, place = np.array([1, 2], np.uint32), np.array([3, 4], np.uint32)
    return np.array([uniforms(world, place, n, 3, 0, 0) for n in range(N)])


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        (
            "00000000 00000000 00000000 00000000",
            "00000000 00000000",
            "6627e8d5 e169c58d bc57ac4c 9b00dbd8",
        ),
        (
            "ffffffff ffffffff ffffffff ffffffff",
            "ffffffff ffffffff",
            "408f276d 41c83b0e a20bc7c6 6d5451fd",
        ),
        (
            "243f6a88 85a308d3 13198a2e 03707344",
            "a4093822 299f31d0",
            "d16cfe09 94fdcceb 5001e420 24126ea1",
        ),
    ],
)
def test_philox_gives_the_published_words(counter: str, key: str, words: str) -> None:
    """Philox4x32-10 agrees with the known-answer vectors of Random123."""
    numbers = [np.uint32(int(word, 16)) for word in f"{counter} {key}".split()]
    assert [f"{word:08x}" for word in philox(*numbers)] == words.split()


def test_a_uniform_is_a_word_of_the_documented_counter() -> None:
    """The counter is key low, key high, number, and decision, spell and occasion in one word."""
    world, place = np.array([11, 12], np.uint32), np.array([13, 14], np.uint32)
    last = (8 << 24) | (5 << 18) | 77
    words = philox(*(np.uint32(x) for x in (13, 14, 99, last, 11, 12)))
    expected = [(word + 0.5) / 2**32 for word in words]
    assert list(uniforms(world, place, 99, 8, 5, 77)) == expected


@pytest.mark.parametrize("position", range(5))
def test_every_part_of_the_address_matters(position: int) -> None:
    """Another world, place, youth, spell or occasion gives other luck."""
    world, place = np.array([1, 2], np.uint32), np.array([3, 4], np.uint32)
    addresses = [[world, place, 5, 6, 7], [world, place, 5, 6, 7]]
    other = {0: world + np.uint32(1), 1: place[::-1].copy(), 2: 8, 3: 8, 4: 8}
    addresses[1][position] = other[position]
    one, two = (uniforms(a[0], a[1], a[2], 3, a[3], a[4]) for a in addresses)
    assert not set(one) & set(two)


def test_uniforms_lie_strictly_inside_and_are_uniform(drawn: FloatArray) -> None:
    """Every lane is uniform on (0, 1) and no lane follows another."""
    assert 0.0 < drawn.min() and drawn.max() < 1.0
    for lane in drawn.T:
        assert abs(lane.mean() - 0.5) < 4.5 * math.sqrt(1 / 12 / N)
        assert stats.kstest(lane, "uniform").pvalue > P_VALUE
    correlation = np.corrcoef(drawn.T) - np.eye(4)
    assert np.abs(correlation).max() < 4.5 / math.sqrt(N)
    neighbours = np.corrcoef(drawn[:-1, 0], drawn[1:, 0])[0, 1]
    assert abs(neighbours) < 4.5 / math.sqrt(N)


def test_the_ends_of_a_uniform_are_not_reached() -> None:
    """The smallest and the largest word give numbers whose logarithm is finite."""
    lowest, highest = 0.5 / 2**32, (2**32 - 0.5) / 2**32
    assert lowest > 0.0 and highest < 1.0
    assert math.isfinite(math.log(lowest)) and math.log(highest) < 0.0


@pytest.mark.parametrize("mean", [1e-6, 0.02, 0.5, 1.0, 3.7, 20.0, 99.9, 150.0])
def test_poisson_is_the_quantile_function(mean: float) -> None:
    """Inversion gives the same counts as scipy at the middle of every step of the distribution."""
    counts = np.arange(int(mean + 6 * math.sqrt(mean) + 4))
    below = np.concatenate([[0.0], stats.poisson.cdf(counts, mean)])
    for k, u in zip(counts.tolist(), ((below[:-1] + below[1:]) / 2).tolist(), strict=True):
        if below[k + 1] - below[k] > 1e-12:
            assert poisson(mean, u) == k == stats.poisson.ppf(u, mean)


@given(st.floats(0.0, 199.0), st.floats(0.0, 199.0), st.floats(1e-10, 1.0, exclude_max=True))
@settings(max_examples=300, deadline=None)
def test_a_larger_mean_never_gives_a_smaller_count(a: float, b: float, u: float) -> None:
    """With the same luck, the count does not fall as the mean rises."""
    assert poisson(min(a, b), u) <= poisson(max(a, b), u)


@given(st.lists(st.floats(0.0, 1.0, exclude_max=True), max_size=60))
@settings(deadline=None)
def test_only_the_first_items_are_sorted(luck: list[float]) -> None:
    """Items go with their luck, ascending; what stands behind the first n is left alone."""
    n = max(0, len(luck) - 3)
    items, keys = np.arange(len(luck), dtype=np.int32), np.array(luck, float)
    sort_by(items, keys, n)
    assert keys[:n].tolist() == sorted(luck[:n])
    assert [luck[i] for i in items[:n]] == sorted(luck[:n])
    assert sorted(items[:n].tolist()) == list(range(n))
    assert items[n:].tolist() == list(range(n, len(luck)))


@pytest.mark.parametrize("p", [0.003, 0.2, 0.7])
def test_geometric_counts_failures(p: float, drawn: FloatArray) -> None:
    """Failures before the first success have the geometric law."""
    counts = np.array([geometric(u, p) for u in drawn[:, 1]])
    top = int(stats.geom.ppf(0.999, p))
    observed = np.bincount(np.minimum(counts, top), minlength=top + 1)
    expected = stats.geom.pmf(np.arange(1, top + 1), p)
    expected = N * np.append(expected, 1.0 - expected.sum())
    kept = expected > 5
    chi = ((observed - expected)[kept] ** 2 / expected[kept]).sum()
    assert stats.chi2.sf(chi, kept.sum() - 1) > P_VALUE


def test_geometric_at_its_ends() -> None:
    """A sure thing happens at once, an impossible one never within any horizon."""
    assert geometric(0.5, 1.0) == 0
    assert geometric(0.5, 0.0) > 10**8
    assert geometric(1e-300, 1e-300) > 10**8


@pytest.mark.parametrize("mode", [12.0, 14.5, 18.0])
def test_age_at_onset_is_triangular(mode: float, drawn: FloatArray) -> None:
    """Age is the quantile of scipy's triangular law on 12 to 18."""
    u = drawn[:500, 0]
    ages = [triangular_age(x, mode) for x in u]
    law = stats.triang((mode - 12.0) / 6.0, 12.0, 6.0)
    np.testing.assert_allclose(ages, law.ppf(u), rtol=1e-12)


def test_category_of_a_uniform() -> None:
    """Cumulative shares cut the unit interval into three."""
    cut = np.array([0.2, 0.7, 1.0])
    assert [category(u, cut) for u in (0.0, 0.19, 0.2, 0.69, 0.7, 0.99)] == [0, 0, 1, 1, 2, 2]


def test_keys_of_worlds_differ_by_seed_future_and_replicate() -> None:
    """No two of many worlds share a key: seeds, numbered and named futures, replicates."""
    futures = [0, 1, 2, 255, "0", "1", "a", "b", "fast-fading training", ""]
    keys = {
        tuple(world_key(seed, future, replicate))
        for seed, future, replicate in itertools.product([0, 1, 2**40], futures, range(3))
    }
    assert len(keys) == 3 * len(futures) * 3


def test_a_named_future_has_a_key_of_its_own() -> None:
    """The key of a world depends on its name alone: these words must never change."""
    assert world_key(0, 0, 0).dtype == np.uint32
    assert [f"{word:08x}" for word in world_key(0, 0, 0)] == KEYS[0]
    assert [f"{word:08x}" for word in world_key(7, "fast-fading training", 3)] == KEYS[1]


def test_numbers_of_decisions_are_unique_and_fit_their_byte() -> None:
    """Two decisions never share their luck, and a number fits into eight bits."""
    numbers = [decision.value for decision in Decision.__members__.values()]
    assert len(Decision.__members__) == len(set(numbers)) == len(list(Decision))
    assert 0 < min(numbers) and max(numbers) < 256


#: First and second word of two keys, written down when the key was first made.
KEYS = [["db40f5fe", "3a231f3d"], ["ebd65c91", "1ecdcd40"]]
