"""Two indices of influence from a given sample, and the noise floor below which they mean nothing.

Both ask how far the distribution of y moves when an input is known to lie in one class of its
values; they need no shape of the relation and no second run. x is cut into classes of equal size by
rank, or into its own levels where it has few.

PAWN (Pianosi and Wagener 2015, 2018): the distance of Kolmogorov and Smirnov between y in a class
and all y; the index is its mean over the classes. Delta (Borgonovo 2007; estimator of
Plischke, Borgonovo and Smith 2013, equation 26): half the area between the densities of y in a
class and of all y, averaged over classes by their size. Both are written here, and tested to equal
SALib's where y varies in every class, because SALib 1.6 resamples delta from numpy's global
generator, changes the process's warning filters, refuses small samples, skips a class in which y is
constant, and leaves the largest level of an input out of PAWN.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from streetlight.model.arrays import BoolArray, FloatArray

IntArray = NDArray[np.intp]

#: An index of y (n,) given the class (n,) of one input.
Index = Callable[[FloatArray, IntArray], float]

#: Futures a class should have at least, and the range of the number of classes.
CLASS_SIZE, FEWEST_CLASSES, MOST_CLASSES = 16, 3, 10
GRID = 100


def n_classes(n: int) -> int:
    """How many classes a sample of n futures is cut into."""
    return int(np.clip(n // CLASS_SIZE, FEWEST_CLASSES, MOST_CLASSES))


def classes(x: FloatArray, k: int) -> IntArray:
    """Class of each value (n,): its level where x has at most k of them, else k equal parts."""
    levels, code = np.unique(x, return_inverse=True)
    if len(levels) <= k:
        return code.astype(np.intp)
    rank = np.empty(len(x), dtype=np.intp)
    rank[np.argsort(x, kind="stable")] = np.arange(len(x))
    return rank * k // len(x)


def distances(y: FloatArray, of: IntArray) -> FloatArray:
    """Kolmogorov-Smirnov distance between y in each class and all y, one a class that has any."""
    order = np.argsort(y, kind="stable")
    inside = of[order][:, None] == np.unique(of)[None, :]
    last = np.append(np.diff(y[order]) > 0, True)  # of several equal values, the last
    everyone = np.arange(1, len(y) + 1) / len(y)
    own = np.cumsum(inside, axis=0) / inside.sum(axis=0)
    return np.asarray(np.abs(own - everyone[:, None])[last].max(axis=0))


def pawn(y: FloatArray, of: IntArray) -> float:
    """PAWN index: 0 when y does not depend on the class, towards 1 when the class decides it."""
    return float(distances(y, of).mean())


def delta(y: FloatArray, of: IntArray) -> float:
    """Delta index; densities by Gaussian kernels (Silverman's width)."""
    if np.ptp(y) == 0.0:
        return 0.0
    grid = np.linspace(y.min(), y.max(), GRID)
    everyone = density(y, grid)
    return sum(
        float(np.mean(of == one)) * half_area(y, of == one, grid, everyone) for one in np.unique(of)
    )


def half_area(y: FloatArray, inside: BoolArray, grid: FloatArray, everyone: FloatArray) -> float:
    """Half the area between the density of y in a class and that of all y, at most 1.

    It is the largest difference between the two probabilities of any set of values. A class that is
    a share w of all futures is a part of all y, so it is at most 1 - w; kernels narrower than the
    grid go far beyond. A class in which y is always c has no density: all its probability is at c,
    where all y has a share p, so the difference is 1 - p.
    """
    own = y[inside]
    if np.ptp(own) == 0.0:
        return 1.0 - float(np.mean(y == own[0]))
    area = float(np.trapezoid(np.abs(everyone - density(own, grid)), grid))
    return min(area / 2, 1.0 - len(own) / len(y))


def density(y: FloatArray, grid: FloatArray) -> FloatArray:
    """Kernel density of y on a grid (m,)."""
    width = y.std(ddof=1) * (0.75 * len(y)) ** -0.2
    apart = (grid[:, None] - y[None, :]) / width
    return np.asarray(np.exp(-0.5 * apart**2).sum(axis=1) / (len(y) * width * np.sqrt(2 * np.pi)))


INDICES: dict[str, Index] = {"pawn": pawn, "delta": delta}


def bootstrap(
    index: Index, x: FloatArray, y: FloatArray, k: int, n: int, rng: np.random.Generator
) -> FloatArray:
    """The index in n resamples of the futures, drawn with replacement, (n,)."""
    found = np.empty(n)
    for b in range(n):
        drawn = rng.integers(len(y), size=len(y))
        found[b] = index(y[drawn], classes(x[drawn], k))
    return found


def dummies(
    index: Index, y: FloatArray, of: IntArray, n: int, rng: np.random.Generator
) -> FloatArray:
    """The index of n inputs that nothing reads: the same classes, shuffled over futures, (n,)."""
    return np.array([index(y, rng.permutation(of)) for _ in range(n)])
