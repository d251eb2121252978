"""One list with repeat contacts: how many persons were never met.

frequencies[j]: persons met j + 1 times, so that frequencies[0] were met once.  All estimators take
persons for independent and the population for closed, and contacts of a person for independent of
each other: a first contact that leads to the next, or leads away, breaks all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from streetlight.model.arrays import FloatArray
from streetlight.model.inference.identified import LEVEL, Interval, NotIdentifiedError, tails

BOOTSTRAPS = 1000
#: Persons met twice that there must be.
FEWEST_TWICE = 5
#: Shares of repeat contacts that linkage may have missed, or that one contact may have led to.
FRAGILE = (0.0, 0.1, 0.2, 0.3, 0.5)


@dataclass(frozen=True, eq=False)
class Unmet:
    """Persons met or never met, by four estimators, with bootstrap intervals by their names.

    chao: a lower bound where rates differ between persons (Chao 1987); zelterman: uses those met
    once and twice alone (Zelterman 1988, J. Stat. Planning Inf. 18, 225-237); poisson: all persons
    alike (van der Heijden, Cruyff and van Houwelingen 2003, Statistica Neerlandica 57, 289-304);
    geometric: rates exponentially spread (Niwitpong et al. 2013, Metrika 76, 495-519).  fragility:
    rows (share, chao, zelterman) if that share of second contacts was missed by linkage, NaN where
    too few were met once for that; led_on: if it was led to by the first.
    """

    seen: float
    estimates: dict[str, float]
    intervals: dict[str, Interval]
    fragility: tuple[tuple[float, float, float], ...]
    led_on: tuple[tuple[float, float, float], ...]


def chao_of(once: float, twice: float, seen: float) -> float:
    """Chao's lower bound for Poisson contacts: n + f1^2 / (2 f2), corrected for bias."""
    return seen + once * (once - 1.0) / (2.0 * (twice + 1.0))


def zelterman_of(once: float, twice: float, seen: float) -> float:
    """Zelterman's estimate: n / (1 - exp(-2 f2 / f1))."""
    return float(seen / -np.expm1(-2.0 * twice / max(once, 1e-300)))


def poisson_of(seen: float, contacts: float) -> float:
    """Zero-truncated Poisson: the rate solves rate / (1 - exp(-rate)) = mean contacts."""
    mean = contacts / seen
    if mean <= 1.0 + 1e-9:
        return float("nan")
    rate = brentq(lambda r: r / -np.expm1(-r) - mean, 1e-9, mean + 1.0)
    return float(seen / -np.expm1(-rate))


def geometric_of(seen: float, contacts: float) -> float:
    """Zero-truncated geometric: n S / (S - n) for S contacts."""
    return seen * contacts / (contacts - seen) if contacts > seen else float("nan")


def estimates_of(frequencies: FloatArray) -> dict[str, float]:
    """All four from frequencies (m,), of two or more."""
    times = np.arange(1, len(frequencies) + 1)
    seen, contacts = float(frequencies.sum()), float(frequencies @ times)
    once, twice = (float(one) for one in frequencies[:2])
    return {
        "chao": chao_of(once, twice, seen),
        "zelterman": zelterman_of(once, twice, seen),
        "poisson": poisson_of(seen, contacts),
        "geometric": geometric_of(seen, contacts),
    }


def unmet(frequencies: FloatArray, level: float = LEVEL, seed: int = 0) -> Unmet:
    """The estimates for persons by how often they were met (m,), percentile bootstrap intervals.

    The bootstrap draws as many persons as are estimated, the never met among them, so that its
    intervals hold the luck of who is met at all. NotIdentifiedError where too few were met twice.
    """
    f = np.asarray(frequencies, float)
    if f.ndim != 1 or not len(f) or not ((f >= 0) & (f % 1 == 0)).all():
        raise ValueError("frequencies: must be whole numbers, 0 or more, from those met once on")
    if len(f) < 2 or f[1] < FEWEST_TWICE:
        twice = f[1] if len(f) > 1 else 0.0
        text = f"{twice:g} persons were met exactly twice: fewer than {FEWEST_TWICE} fix nothing"
        raise NotIdentifiedError(text, "more contacts, or linked contacts")
    found = estimates_of(f)
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(13,)))
    intervals = {}
    for name, total in found.items():
        shares = np.append(f, max(total - f.sum(), 0.0)) / max(total, f.sum())
        drawn = rng.multinomial(round(max(total, f.sum())), shares, BOOTSTRAPS)[:, :-1]
        values = [estimates_of(one.astype(float))[name] for one in drawn]
        intervals[name] = Interval(*np.nanquantile(values, tails(level)))
    return Unmet(float(f.sum()), found, intervals, missed_links(f), led_on(f))


def missed_links(f: FloatArray) -> tuple[tuple[float, float, float], ...]:
    """Estimates if so many of second contacts were not linked: each made two persons of one."""
    rows = []
    for share in FRAGILE:
        twice = f[1] / (1.0 - share)
        lost = twice - f[1]
        once, seen = f[0] - 2.0 * lost, float(f.sum() - lost)
        if once < 0.0:  # there are not that many to be joined
            rows.append((share, float("nan"), float("nan")))
        else:
            rows.append((share, chao_of(once, twice, seen), zelterman_of(once, twice, seen)))
    return tuple(rows)


def led_on(f: FloatArray) -> tuple[tuple[float, float, float], ...]:
    """Estimates if so many of those met twice were met again because they had been met."""
    rows = []
    for share in FRAGILE:
        twice, once, seen = f[1] * (1.0 - share), f[0] + f[1] * share, float(f.sum())
        rows.append((share, chao_of(once, twice, seen), zelterman_of(once, twice, seen)))
    return tuple(rows)
