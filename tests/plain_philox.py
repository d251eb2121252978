"""Philox4x32-10 and the address of a draw in plain integers, as docs and `Decision` state them."""

from __future__ import annotations

from collections.abc import Iterable

WORD = 0xFFFFFFFF


def words(counter: Iterable[int], key: Iterable[int]) -> list[int]:
    """The four words of a counter under a key (Salmon, Moraes, Dror and Shaw 2011)."""
    a, b, c, d = counter
    k, m = key
    for _ in range(10):
        one, two = 0xD2511F53 * a, 0xCD9E8D57 * c
        a, b, c, d = (two >> 32) ^ b ^ k, two & WORD, (one >> 32) ^ d ^ m, one & WORD
        k, m = (k + 0x9E3779B9) & WORD, (m + 0xBB67AE85) & WORD
    return [a, b, c, d]


def luck(
    world: Iterable[int],
    place: Iterable[int],
    number: int,
    decision: int,
    spell: int,
    occasion: int,
) -> list[float]:
    """The four lanes of a draw, each in (0, 1).

    The counter is key of the community (two words), number, and a word of decision (8 bits), spell
    (6 bits) and occasion (18 bits).
    """
    last = int(decision) * 2**24 + int(spell) * 2**18 + int(occasion)
    low, high = (int(word) for word in place)
    found = words((low, high, int(number), last), (int(word) for word in world))
    return [(word + 0.5) / 2**32 for word in found]
