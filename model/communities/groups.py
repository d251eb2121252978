"""Groupings of communities: fifths by poverty, neighbours, pools that share investigators.

Pure functions of arrays with one value a community (C,), communities in the order of their ids.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streetlight.model.arrays import ByteArray, FloatArray, IndexArray, Int32Array, IntArray

#: Pairs of rows, (n, 2).
Pairs = Sequence[tuple[int, int]] | IndexArray

HILBERT_BITS = 16  # a cell of the walk is 0.003 by 0.005 degrees, a few hundred metres


def parts_of_youth(values: FloatArray, youth: FloatArray, n_parts: int) -> ByteArray:
    """Part (C,) of the youth each community is in: 1 where values are lowest, then up to n_parts.

    Communities with the same value are in the same part, the one that holds the middle of their
    youth, so of a region where all are equal an odd number of parts has all in the middle one.
    Without any youth, communities count the same.
    """
    weights = youth if youth.sum() > 0 else np.ones(len(youth))
    _, level = np.unique(values, return_inverse=True)
    of_level = np.bincount(level, weights=weights)
    middle = np.cumsum(of_level) - of_level / 2
    of_level_in_parts = np.minimum(np.floor(n_parts * middle / of_level.sum()), n_parts - 1) + 1
    part: ByteArray = of_level_in_parts[level].astype(np.int8)
    return part


def hilbert_position(x: IntArray, y: IntArray, bits: int) -> IntArray:
    """Position of the cells (x, y) of a grid of 2**bits by 2**bits along a Hilbert curve.

    The curve visits every cell once, each next to the one before; it begins in the south-west
    quarter and goes on north-west, north-east, south-east. Source: Warren, Hacker's Delight, 2nd
    edition, chapter 16.
    """
    last = (1 << bits) - 1
    position = np.zeros(len(x), dtype=np.int64)
    step = 1 << bits >> 1
    while step:
        right, upper = (x & step) > 0, (y & step) > 0
        position += step * step * ((3 * right) ^ upper)
        mirrored = right & ~upper
        x, y = np.where(mirrored, last - x, x), np.where(mirrored, last - y, y)
        x, y = np.where(upper, x, y), np.where(upper, y, x)
        step >>= 1
    return position


def walk_order(rows: IntArray, latitude: FloatArray, longitude: FloatArray) -> IntArray:
    """`rows` along a Hilbert curve over the globe; those without coordinates last, in id order.

    The grid is fixed, so that the way from one community to the next does not depend on others.
    """
    unplaced = np.isnan(latitude[rows])
    placed = rows[~unplaced]
    side = 1 << HILBERT_BITS
    x = np.minimum((longitude[placed] + 180) / 360 * side, side - 1).astype(np.int64)
    y = np.minimum((latitude[placed] + 90) / 180 * side, side - 1).astype(np.int64)
    along = np.argsort(hilbert_position(x, y, HILBERT_BITS), kind="stable")
    return np.concatenate([placed[along], rows[unplaced]])


def pools(
    population: FloatArray,
    state: Sequence[str],
    latitude: FloatArray,
    longitude: FloatArray,
    threshold: float,
    size: float,
) -> Int32Array:
    """Pool (C,) of each community; pools are numbered by their first community in id order.

    A community of at least `threshold` people is its own pool. The smaller ones of a state (of the
    region, where `state` is "") are walked geographically and gathered until a pool holds
    `size` people; a remainder joins the pool before it, or stays alone where there is none.
    """
    first_of_pool = np.arange(len(population), dtype=np.int64)  # pool named by one of its rows
    small_of_state: dict[str, list[int]] = {}
    for row in np.flatnonzero(population < threshold).tolist():
        small_of_state.setdefault(state[row], []).append(row)
    for rows in small_of_state.values():
        walk = walk_order(np.array(rows), latitude, longitude)
        gathered: list[list[int]] = [[]]
        people = 0.0
        for row in walk.tolist():
            if people >= size:
                gathered.append([])
                people = 0.0
            gathered[-1].append(row)
            people += population[row]
        if people < size and len(gathered) > 1:
            remainder = gathered.pop()
            gathered[-1].extend(remainder)
        for members in gathered:
            first_of_pool[members] = min(members)
    _, pool = np.unique(first_of_pool, return_inverse=True)
    return pool.astype(np.int32)


def neighbour_table(n_communities: int, pairs: Pairs) -> tuple[Int32Array, Int32Array]:
    """Start (C + 1,) and index of a compressed neighbour list, from unordered pairs of rows.

    Each pair counts both ways and once, however often it is given; lists are ascending.
    """
    given = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    both_ways = np.concatenate([given, given[:, ::-1]])
    links = np.sort(both_ways[:, 0] * n_communities + both_ways[:, 1])
    links = links[np.diff(links, prepend=-1) > 0]  # np.unique imports numpy.ma, a third of the load
    counts = np.bincount(links // n_communities, minlength=n_communities)
    start = np.concatenate([[0], np.cumsum(counts)])
    return start.astype(np.int32), (links % n_communities).astype(np.int32)
