"""Known answers of every generator of random numbers of the model but Philox (test_draws.py).

Expected numbers are published vectors, whole-number arithmetic written out here, or literals that
plain numpy calls, written beside them, have given.
"""

from __future__ import annotations

import hashlib
import math
from statistics import NormalDist

import numpy as np
import pytest

from streetlight.model.communities.gaps import YOUTH_SHARE
from streetlight.model.communities.region import Region
from streetlight.model.communities.synthetic import (
    NAME_ENDS,
    NAME_STARTS,
    Draw,
    draw_region,
    stream,
)
from streetlight.model.draws import belief_draws, world_key
from streetlight.model.names import LEVER_NAMES
from streetlight.model.record.view import RecordView, _scrambled

WORD = 2**64
#: What SplitMix64 adds to its state before each number: 2^64 over the golden ratio, made odd.
SPLITMIX_STEP = 0x9E3779B97F4A7C15


def finalised(x: int) -> int:
    """The finaliser of SplitMix64 as published (variant 13 of Stafford), on Python's integers."""
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 % WORD
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB % WORD
    return x ^ (x >> 31)


def first_word(text: str) -> int:
    """BLAKE2b of a text in 8 bytes, read with the lowest byte first."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def view(keys: list[int], luck: int = 77, period: int = 2) -> RecordView:
    """A view of communities that have nothing but keys."""
    n, none = len(keys), np.zeros((len(keys), 1))
    return RecordView(
        period=period, ids=tuple(f"{k:03d}" for k in range(n)), population=np.ones(n),
        youth=np.ones(n), youth_12_17=np.ones(n), poverty_share=np.zeros(n),
        place_class=np.zeros(n, np.int8), published_reports=none, published_identified=none,
        takes_part=none.astype(bool), spent=np.zeros((n, 1, len(LEVER_NAMES))), budget_dollars=1.0,
        keys=np.array(keys, np.uint64), luck=luck,
    )  # fmt: skip


# ------------------------------------------------------------------------- the lots of rules


def test_the_lots_mix_bits_by_the_published_finaliser() -> None:
    """The finaliser of the states of SplitMix64 from 1234567 on gives its published numbers."""
    published = [
        6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431,
        16408922859458223821,
    ]  # fmt: skip
    states = [(1234567 + k * SPLITMIX_STEP) % WORD for k in range(1, 6)]
    assert _scrambled(np.array(states, np.uint64)).tolist() == published
    assert [finalised(state) for state in states] == published


def lots_by_hand(text: str, keys: list[int]) -> list[float]:
    """The documented lots: keys and the hash of the text mixed twice, 53 bits, mid-cell."""
    start = first_word(text)
    bits = [finalised((finalised(key ^ start) + start) % WORD) for key in keys]
    return [((b >> 11) + 0.5) / 2**53 for b in bits]


def test_a_lot_follows_from_world_year_purpose_and_community() -> None:
    """Lots are those of the text "luck year purpose" and the key of the community."""
    keys = [0, 1, WORD - 1, 0x0123456789ABCDEF]
    assert view(keys).uniforms("tie").tolist() == lots_by_hand("77 2 tie", keys)
    assert view(keys, luck=78, period=0).uniforms("lot").tolist() == lots_by_hand("78 0 lot", keys)


def test_lots_are_the_numbers_they_have_always_been() -> None:
    """Three lots of world 77, year 2, as the arithmetic above gave them when this was written."""
    assert view([0, 1, 2]).uniforms("tie").tolist() == [
        0.9775451802665938, 0.049181959823447474, 0.049790162711037256,
    ]  # fmt: skip


# ------------------------------------------------------------------------------- the worlds


def test_keys_of_communities_are_hashes_of_their_ids() -> None:
    """A community's key is BLAKE2b of its id in 8 bytes, the low word first."""
    region = Region.of(ids=["01001", "B"], population=[1000.0, 1000.0])
    words = [first_word("01001"), first_word("B")]
    assert region.keys.tolist() == [[w % 2**32, w >> 32] for w in words]
    assert region.keys.tolist() == [[970194725, 2841939973], [2328016127, 1926908888]]


#: What `np.random.SeedSequence(seed, spawn_key=key).generate_state(2)` gives: seed, key, words.
SEED_SEQUENCES = [
    (0, (0, 0, 0), [3678467582, 975380285]),
    (5, (0, 3, 2), [3147389133, 1372341704]),
    (5, (1, 1559832767, 553552063, 537138136, 3424966244, 2), [1621491852, 474436521]),
    (5, (1, 874806799, 4041456058, 545165123, 3241555179, 0), [2523424693, 2438736108]),
    (5, (1, 3758489065, 4151702009, 771637798, 287759762, 0), [2658168079, 4156570855]),
]


def four_words(name: str) -> tuple[int, ...]:
    """BLAKE2b of a name in 16 bytes, as four words of 32 bits, lowest bytes first."""
    whole = hashlib.blake2b(name.encode(), digest_size=16).digest()
    return tuple(int.from_bytes(whole[k : k + 4], "little") for k in range(0, 16, 4))


@pytest.mark.parametrize(("seed", "key", "words"), SEED_SEQUENCES)
def test_numpy_gives_the_words_that_keys_are_made_of(
    seed: int, key: tuple[int, ...], words: list[int]
) -> None:
    """SeedSequence, whose numbers numpy promises to keep, gives the words written above."""
    assert np.random.SeedSequence(seed, spawn_key=key).generate_state(2).tolist() == words


def test_the_key_of_a_numbered_future() -> None:
    """The spawn key is 0, the number of the future, and the replicate."""
    assert world_key(0, 0, 0).tolist() == SEED_SEQUENCES[0][2]
    assert world_key(5, 3, 2).tolist() == SEED_SEQUENCES[1][2]


def test_the_key_of_a_named_future() -> None:
    """The spawn key is 1, the four words of the name, and the replicate."""
    assert SEED_SEQUENCES[2][1] == (1, *four_words("central"), 2)
    assert world_key(5, "central", 2).tolist() == SEED_SEQUENCES[2][2]


@pytest.mark.parametrize(
    ("future", "text", "row", "uniform", "normals"),
    [
        (3, "agency of int 3", 3, 0.9240717731497508, [-0.8626655920269226, -1.1512036378376567]),
        ("3", "agency of str 3", 4, 0.0906863816334812, [0.863180446015216, -0.8125492285241134]),
    ],
)
def test_what_an_agency_believes(
    future: int | str, text: str, row: int, uniform: float, normals: list[float]
) -> None:
    """PCG64 of SeedSequence(the two words of its key) gives a uniform, then the normals."""
    seed, key, words = SEED_SEQUENCES[row]
    assert key == (1, *four_words(text), 0)
    plain = np.random.Generator(np.random.PCG64(np.random.SeedSequence(words)))
    assert [plain.random(), *plain.standard_normal(2)] == [uniform, *normals]
    drawn, luck = belief_draws(seed, future, 2)
    assert [luck, *drawn] == [uniform, *normals]


# ------------------------------------------------------------------------- invented regions


@pytest.mark.parametrize(
    ("number", "first"),
    [
        (0, 0.7978591868433563), (1, 0.4805820057358118), (2, 0.6320442355695731),
        (3, 0.9823227993863488), (4, 0.8580720717556224),
    ],
)  # fmt: skip
def test_streams_of_an_invented_region(number: int, first: float) -> None:
    """PCG64(SeedSequence(7, spawn_key=(number,))): size 0, place 1, poverty 2, name 3, youth 4."""
    assert [draw.name for draw in Draw] == ["SIZE", "PLACE", "POVERTY", "NAME", "YOUTH"]
    assert stream(7, Draw(number)).random() == first


def test_sizes_and_youth_of_an_invented_region() -> None:
    """Four slices in the order of stream 0 and the youth of stream 4, worked out by hand."""
    slices, within = [1, 3, 2, 0], [0.59116841519, 0.86808749306, 0.72888098754, 0.16982276582]
    scores = [NormalDist().inv_cdf((k + u) / 4) for k, u in zip(slices, within, strict=True)]
    people = [25_740 * math.exp((1.33 if z < 0 else 1.68) * z) for z in scores]
    luck = [0.49050736661, -0.60287265217, 0.36025224997, -1.17922437516]
    youth = [
        round(round(n) * YOUTH_SHARE * math.exp(0.09 * z))
        for n, z in zip(people, luck, strict=True)
    ]
    region = draw_region(4, 7)
    assert np.asarray(region.population).tolist() == [round(n) for n in people]
    assert np.asarray(region.youth).tolist() == youth


def test_names_and_places_of_an_invented_region() -> None:
    """Stream 3 begins 677, 547, 483, 123 of 30 x 30 names; stream 1 with longitudes."""
    region = draw_region(4, 7)
    assert region.names == [NAME_STARTS[k // 30] + NAME_ENDS[k % 30] for k in (677, 547, 483, 123)]
    assert np.asarray(region.longitude)[:2].tolist() == [-0.01864, -0.42284]
    assert np.asarray(region.latitude)[:2].tolist() == [-0.38929, -0.11641]


def test_poverty_of_an_invented_region() -> None:
    """Sixteen waves of angle, phase and number from stream 2, then noise, about the wanted mean."""
    region = draw_region(4, 7)
    x, y = np.asarray(region.longitude), np.asarray(region.latitude)
    plain = np.random.Generator(np.random.PCG64(np.random.SeedSequence(7, spawn_key=(2,))))
    angle, phase = plain.random((2, 16)) * 2 * math.pi
    number = (0.5 + 2.5 * plain.random(16)) * 2 * math.pi / max(np.ptp(x), np.ptp(y), 0.48)
    noise = np.clip(plain.standard_normal(4), -3, 3)
    waves = [
        sum(
            math.cos(number[k] * (x[c] * math.cos(angle[k]) + y[c] * math.sin(angle[k])) + phase[k])
            for k in range(16)
        )
        for c in range(4)
    ]
    z = math.sqrt(0.6) * np.array(waves) * math.sqrt(2 / 16) + math.sqrt(0.4) * noise
    share = np.asarray(region.poverty_share)
    # the level is the same for all, so that differences of logits are those of z
    logit = np.log(share / (1 - share))
    assert np.diff(logit) == pytest.approx(0.45 * np.diff(z), abs=2e-3)
