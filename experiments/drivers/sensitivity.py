"""Which inputs drive the difference between two policies: one row an input and index.

An index is compared with a noise floor: what an input that nothing reads would get from as many
futures. The rule for what is said of an input:

1. its interval lies above the floor: matters
2. the index is above the floor, the interval's lower end is not: perhaps
3. otherwise: not seen
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np

from streetlight.experiments.analyse.writing import cell_text
from streetlight.experiments.drivers.indices import INDICES, bootstrap, classes, dummies, n_classes
from streetlight.experiments.drivers.inputs import Input, Inputs, level
from streetlight.experiments.drivers.pairs import Pair
from streetlight.experiments.running.store import Store
from streetlight.model.arrays import FloatArray
from streetlight.model.errors import InputError
from streetlight.model.outcome_equity import spearman

MATTERS, PERHAPS, NOT_SEEN = "matters", "perhaps", "not seen"
#: Resamples for an interval, and inputs that nothing reads for a floor.
RESAMPLES, DUMMIES = 200, 200
FLOOR_QUANTILE = 0.95
#: Two-sided 95% of a normal distribution.
Z = 1.959964
#: Children of seed 0 that draw resamples and dummies (SeedSequence spawn keys); never reused.
RESAMPLE_KEY, DUMMY_KEY = 21, 22


@dataclass(frozen=True)
class Driver:
    """One input and index: a row of sensitivity.csv.

    index: "pawn", "delta", "mu_star", "sigma", "S1" or "ST"; low, high: 95% interval of value, NaN
    where there is none; floor: what an input that nothing reads would reach; direction: rank
    correlation of the input with the difference `policy` minus `against`, NaN for a choice among
    words; says: by this module's rule.
    """

    method: str
    policy: str
    against: str
    metric: str
    input: str
    title: str
    index: str
    value: float
    low: float
    high: float
    floor: float
    direction: float
    says: str


@dataclass(frozen=True)
class Sensitivity:
    """What drives a difference.

    rows: by index, the farthest above its floor first; futures: how many; noise_share: share of the
    variance over futures that is Monte-Carlo error (NaN with one replicate); chosen: how the
    policies were chosen; notes: what a reader must know besides.
    """

    method: str
    policy: str
    against: str
    metric: str
    futures: int
    replicates: int
    noise_share: float
    rows: tuple[Driver, ...]
    chosen: str = ""
    notes: tuple[str, ...] = ()

    def of(self, index: str) -> list[Driver]:
        """The rows of one index, the farthest above its floor first."""
        return [row for row in self.rows if row.index == index]

    def directed(self) -> list[Driver]:
        """Inputs that are not said to matter and yet have a clear direction, the clearest first.

        Rank correlations of independent futures, at 5% for all inputs together (Bonferroni); none
        for Morris and Sobol, whose futures are not independent.
        """
        if self.method not in INDICES:
            return []
        rows = [row for row in self.of(self.main_index) if math.isfinite(row.direction)]
        limit = NormalDist().inv_cdf(1 - 0.025 / max(1, len(rows))) / math.sqrt(self.futures - 1)
        clear = [row for row in rows if abs(row.direction) > limit and row.says != MATTERS]
        return sorted(clear, key=lambda row: -abs(row.direction))

    @property
    def main_index(self) -> str:
        """The index that decides what is said: of Morris and Sobol, mu_star and ST."""
        return {"morris": "mu_star", "sobol": "ST"}.get(self.method, self.method)

    def mattering(self) -> list[Driver]:
        """The inputs that matter, by the main index."""
        return [row for row in self.of(self.main_index) if row.says == MATTERS]


def given_data(
    inputs: Inputs,
    pair: Pair,
    method: str = "pawn",
    *,
    resamples: int = RESAMPLES,
    n_dummies: int = DUMMIES,
) -> Sensitivity:
    """Sensitivity from the sampled futures that were run anyway; `method` is "pawn" or "delta".

    The interval is the index plus and minus 1.96 standard deviations over resamples of the futures,
    cut off at 0; the floor is the 95th percentile of the index over dummies, which are the input's
    own classes shuffled. InputError when the policies do not differ in any future.
    """
    index = INDICES[method]
    inputs = inputs.rows(pair.futures)
    y = pair.means
    varies(pair)
    k = n_classes(len(y))
    floors: dict[tuple[int, ...], float] = {}
    rows = []
    for position, one in enumerate(inputs.inputs):
        x = inputs.values[:, position]
        of = classes(x, k)
        sizes = tuple(sorted(np.bincount(of).tolist()))
        if sizes not in floors:  # the same classes have the same floor
            luck = dummies(index, y, of, n_dummies, stream(DUMMY_KEY))
            floors[sizes] = float(np.quantile(luck, FLOOR_QUANTILE))
        value = index(y, of)
        sd = bootstrap(index, x, y, k, resamples, stream(RESAMPLE_KEY, position)).std(ddof=1)
        low, high = max(0.0, value - Z * sd), value + Z * sd
        rows.append(driver(method, pair, one, method, value, (low, high), floors[sizes],
                           rank_correlation(one, x, y)))  # fmt: skip
    seen = {row.input for row in rows if row.says != NOT_SEEN}
    by_word = [by_level(one, inputs.values[:, j], y) for j, one in enumerate(inputs.inputs)
               if one.levels and one.name in seen]  # fmt: skip
    return result(method, pair, rows, [*by_word, *notes_of(inputs, pair)])


def by_level(one: Input, x: FloatArray, y: FloatArray) -> str:
    """The mean difference under each word of a choice, which has no direction.

    After each mean, 1.96 standard errors over futures; all with the digits of the largest.
    """
    parts = [y[x == code] for code in range(len(one.levels))]
    decimals = decimals_of(max(abs(float(part.mean())) for part in parts))
    listed = []
    for part, word in zip(parts, one.levels, strict=True):
        half = Z * part.std(ddof=1) / math.sqrt(len(part)) if len(part) > 1 else math.nan
        around = f" \N{PLUS-MINUS SIGN} {half:,.{decimals}f}" if math.isfinite(half) else ""
        listed.append(f"{part.mean():,.{decimals}f}{around} under {level(word)}")
    return (
        f"the mean difference by {one.name} (and half its 95% interval over futures) is "
        f"{'; '.join(listed)}"
    )


def driver(
    method: str,
    pair: Pair,
    one: Input,
    index: str,
    value: float,
    interval: tuple[float, float],
    floor: float,
    direction: float = math.nan,
) -> Driver:
    """A row, with what is said of the input."""
    low, high = interval
    says = MATTERS if low > floor else PERHAPS if value > floor else NOT_SEEN
    return Driver(
        method, pair.policy, pair.against, pair.metric, one.name, one.in_words, index,
        float(value), float(low), float(high), float(floor), direction, says,
    )  # fmt: skip


def result(method: str, pair: Pair, rows: Sequence[Driver], notes: Sequence[str]) -> Sensitivity:
    """The rows in order: index by index as they came, the farthest above its floor first.

    Inputs with few levels have smaller indices and lower floors, so values alone do not rank them.
    """
    order = list(dict.fromkeys(row.index for row in rows))
    ranked = sorted(rows, key=lambda r: (order.index(r.index), r.floor - r.value, r.input))
    replicates = int(np.sum(~np.isnan(pair.differences), axis=1).min())
    return Sensitivity(
        method, pair.policy, pair.against, pair.metric, len(pair.futures), replicates,
        pair.noise_share, tuple(ranked), pair.chosen, tuple(notes),
    )  # fmt: skip


def varies(pair: Pair) -> None:
    """InputError when the difference is the same in every future."""
    if np.ptp(pair.means) == 0.0:
        raise InputError(
            f"{pair.policy} minus {pair.against} in {pair.metric} is {pair.means[0]:g} in every "
            "sampled future: there is nothing to explain"
        )


def rank_correlation(one: Input, x: FloatArray, y: FloatArray) -> float:
    """Spearman's rank correlation; NaN for a choice among words, which has no order."""
    if not one.is_ordered:
        return math.nan
    return spearman(x, y)


def notes_of(inputs: Inputs, pair: Pair) -> list[str]:
    """What was left out, and whether noise is not known."""
    notes = pair.left_out
    if inputs.constant:
        notes.append(f"the same in all futures, so not judged: {', '.join(inputs.constant)}")
    if math.isnan(pair.noise_share):
        notes.append("with one replicate a future, the share of noise is not known")
    return notes


def amount(value: float) -> str:
    """A number with three significant digits."""
    if not math.isfinite(value):
        return "?"
    if abs(value) >= 1e5 or 0 < abs(value) < 1e-4:
        return f"{value:.2e}"
    decimals = decimals_of(value)
    return f"{round(value, decimals):,.{min(decimals, 6)}f}"


def decimals_of(value: float) -> int:
    """Decimals that show three significant digits of a number."""
    return max(0, 2 - math.floor(math.log10(abs(value)))) if value else 0


def stream(*key: int) -> np.random.Generator:
    """The random numbers of one use."""
    return np.random.default_rng(np.random.SeedSequence(0, spawn_key=key))


def write_sensitivity(found: Sensitivity, store: Store) -> None:
    """Write sensitivity.csv and sensitivity.json into an open results folder."""
    names = [field.name for field in fields(Driver)]

    def write_csv(path: Path) -> None:
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(names)
            for row in found.rows:
                writer.writerow([cell_text(getattr(row, name)) for name in names])

    text = json.dumps(in_json(found), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    store.write("sensitivity.csv", write_csv)
    store.write("sensitivity.json", lambda path: path.write_text(text, encoding="utf-8"))


def in_json(found: Any) -> Any:
    """A result as plain values: None for what is undefined."""
    if isinstance(found, dict):
        return {key: in_json(value) for key, value in found.items()}
    if isinstance(found, (list, tuple)):
        return [in_json(value) for value in found]
    if isinstance(found, float):
        return float(f"{found:.10g}") + 0.0 if math.isfinite(found) else None
    return in_json(asdict(found)) if hasattr(found, "__dataclass_fields__") else found
