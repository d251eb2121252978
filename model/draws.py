"""The only place a run's luck comes from: keyed, counter-based uniforms.

A uniform is a pure function of (world, community, youth, decision, spell, occasion).  Nothing is
ever drawn "next from the stream", so no policy can shift anybody's luck.  The generator is
Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011), which turns one counter into four 32-bit words:
the four *lanes* of a decision.

Counter layout (32-bit words): community key low, community key high, number of the youth within
the community (or the step, for draws of a community), and decision (8 bits), spell (6 bits) and
occasion (18 bits).  A youth's occasions of several kinds share a decision: the kind is then the
upper 6 bits of the occasion, and the step since the spell's start the lower 12.  Spell 63 stands
for cases without a spell, so that a youth has at most 63.
"""

from __future__ import annotations

import hashlib
from enum import IntEnum

import numpy as np
from numpy import uint32, uint64

from streetlight.model.compiled import kernel, part


class Decision(IntEnum):
    """What a draw decides.  Numbers are never reused; the lanes of each are listed beside it."""

    COMMUNITY = 1  # frailty, screening-in, -, -                              of a community
    ONSET = 2  # four gaps between first onsets                           of a community
    YOUTH = 3  # high-risk, age at onset, type, gender
    HOME = 4  # family-controlled, known offender, visibility, -
    SPELL = 5  # natural exit, told before onset, self-blame, unblamable
    CLOCK = 6  # being told, exploited again, prevention, -
    SKIP = 7  # four gaps between candidate occasions of one channel
    OCCASION = 8  # self-recognition: accept, -, -, -; disclosure: accept, to whom, acts, taken in;
    #               notice: accept, -, -, taken in; a sector: accept, report, -, ramp;
    #               a tip of a platform: taken in, -, -, ramp
    CASE = 9  # screened in, order in the queue, substantiated, strength of evidence
    SERVICE = 10  # order, uptake, -, -
    TOUCH = 11  # gap to the next touch after identification, -, -, -
    RECALL = 12  # two uniforms of a normal error
    FALSE_COUNT = 13  # number of false reports                           of a community and step
    FALSE_CASE = 14  # sector, screened in, order in the queue, substantiated; of false tips of
    #                  platforms (as spell 1): -, and the same        of a community and step
    TAKES_PART = 15  # publication                                        of a community and year
    CALLS = 16  # hotline calls not about a case                          of a community and month
    SHOCK = 17  # gap between the onsets a shock adds
    SURVEY = 18  # who says so in a survey, -, -, -                       of a community and year
    ATTENTION = 19  # effort, recording, never records, awareness; trained, denial, -, -;
    #                 recording of each agency        of a community (by occasion), or of an area
    ATTENTION_YEAR = 20  # effort, recording, -, -; recording of each agency   of a community, year
    RECORDED = 21  # a report enters the books, -, -, -
    FALSE_BOOKS = 22  # a false report: enters the books, strength of evidence or age, taken in, -
    #                   (tips as spell 1)                             of a community and step
    CENSUS = 23  # errors of poverty and of youth in census data, true youth, -   of a community
    FALSE_TIP = 24  # four gaps between false tips of platforms             of a community
    LINK = 25  # a case: link missed, link false, end learned, error of the end
    CASEWORK = 26  # a touch at the start of an investigation, by sector (four, then one)


_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_LOW, _SHIFT = np.uint64(0xFFFFFFFF), np.uint64(32)
_UNIT = 2.0**-32
_CHUNK = 100.0  # largest mean drawn by one inversion, far from where exp underflows


@kernel
def philox(c0, c1, c2, c3, k0, k1):
    """Four uint32 words from a counter of four and a key of two (Philox4x32-10).

    Sums and products are of 64 bits and then cut to 32, so that nothing overflows uncompiled.
    """
    c0, c1, c2, c3, k0, k1 = uint32(c0), uint32(c1), uint32(c2), uint32(c3), uint32(k0), uint32(k1)
    for _ in range(10):
        p0 = uint64(c0) * _M0
        p1 = uint64(c2) * _M1
        c0, c1, c2, c3 = (
            uint32(uint32(p1 >> _SHIFT) ^ c1 ^ k0),
            uint32(p1 & _LOW),
            uint32(uint32(p0 >> _SHIFT) ^ c3 ^ k1),
            uint32(p0 & _LOW),
        )
        k0 = uint32((uint64(k0) + _W0) & _LOW)
        k1 = uint32((uint64(k1) + _W1) & _LOW)
    return c0, c1, c2, c3


@kernel
def uniforms(world, community, number, decision, spell, occasion):
    """Four uniforms in (0, 1).

    world: key of the world, uint32 (2,); community: key of the community, uint32 (2,);
    number: of the youth within the community; spell: 0-63; occasion: 0 to 2**18 - 1.
    """
    last = (uint32(decision) << uint32(24)) | (uint32(spell) << uint32(18)) | uint32(occasion)
    a, b, c, d = philox(community[0], community[1], uint32(number), last, world[0], world[1])
    return (a + 0.5) * _UNIT, (b + 0.5) * _UNIT, (c + 0.5) * _UNIT, (d + 0.5) * _UNIT


@part
def slot(kind, at):
    """An occasion of a kind: 6 bits of the kind, 12 of a number below 4,096 (a step or a count)."""
    return (kind << 12) | at


@kernel
def poisson(mean, u):
    """Poisson quantile of a uniform, so that a larger mean never gives a smaller count.

    Walks the distribution from 0; `mean` must be below 200 (callers split larger means).
    """
    if u < 1.0 - mean:  # exp(-mean) >= 1 - mean: almost always the answer, without the exponential
        return 0
    term = np.exp(-mean)
    total = term
    k = 0
    while u > total and (k < mean or term > 1e-17):  # beyond, rounding hides the rest
        k += 1
        term *= mean / k
        total += term
    return k


@kernel
def poisson_of(world, place, number, decision, mean):
    """A Poisson number of any mean, 0 or more, from the first lane of a decision's occasions."""
    total, occasion = 0, 0
    while mean > 0.0:
        u = uniforms(world, place, number, decision, 0, occasion)[0]
        total += poisson(min(mean, _CHUNK), u)
        mean -= _CHUNK
        occasion += 1
    return total


@kernel
def sort_by(items, order, n):
    """Sort the first n items by their `order`, in place (heapsort: nothing is allocated)."""
    for end in range(1, n):  # sift up
        i = end
        while i > 0 and order[(i - 1) // 2] < order[i]:
            j = (i - 1) // 2
            order[i], order[j] = order[j], order[i]
            items[i], items[j] = items[j], items[i]
            i = j
    for end in range(n - 1, 0, -1):  # the largest to the end, sift down
        order[0], order[end] = order[end], order[0]
        items[0], items[end] = items[end], items[0]
        i = 0
        while 2 * i + 1 < end:
            j = 2 * i + 1
            if j + 1 < end and order[j + 1] > order[j]:
                j += 1
            if order[j] <= order[i]:
                break
            order[i], order[j] = order[j], order[i]
            items[i], items[j] = items[j], items[i]
            i = j


def world_key(seed: int, future: int | str, replicate: int) -> np.ndarray:
    """Key of a world, uint32 (2,).  A named future's key does not depend on its place in a list."""
    if isinstance(future, str):
        words = np.frombuffer(hashlib.blake2b(future.encode(), digest_size=16).digest(), "<u4")
        spawn = (1, *(int(word) for word in words), replicate)
    else:
        spawn = (0, int(future), replicate)
    sequence = np.random.SeedSequence(entropy=seed, spawn_key=spawn)
    return sequence.generate_state(2, np.uint32)


def belief_draws(seed: int, future: int | str, n: int) -> tuple[np.ndarray, float]:
    """n standard normals and a uniform of the agency of a future, the same in all its replicates.

    Independent of every draw of a world; the first ones do not change when n grows.
    """
    key = world_key(seed, f"agency of {type(future).__name__} {future}", 0)
    generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence(key.tolist())))
    uniform = float(generator.random())
    return generator.standard_normal(n), uniform
