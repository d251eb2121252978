"""Compare policies by paired differences to the baseline in the same world, and say a verdict.

Two kinds of uncertainty are kept apart. *Monte-Carlo error*, given the futures: a 95% t-interval
for the mean over futures, from the differences between replicates within each future; more
replicates make it narrower. *Spread over futures*: the 5th and 95th percentile of the futures' own
means (the smallest and largest below 20 futures); nothing makes it narrower.

The rule of the verdict, with d the difference counted so that more is better, [low, high] its
Monte-Carlo interval and m the smallest difference that matters:

1. no future has two replicates, or the metric is undefined: cannot tell yet
2. in some futures d is surely above 0 and in others surely below 0 (their own intervals leave 0
   out, and the mean is at least m): depends on the future: better in k of n
3. [low, high] within [-m, m]: no difference that matters
4. low > m: clearly better;  high < -m: clearly worse
5. low > 0: better, but may be too small to matter;  high < 0: worse, but may be too small to matter
6. otherwise: cannot tell yet

An oracle is a reference: it has differences, but no verdict and no rank.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.metrics import METRICS
from model.errors import InputError
from model.lever_names import LEVER_NAMES

FloatArray = NDArray[np.float64]

CONFIDENCE = 0.95
FUTURE_QUANTILES = (0.05, 0.95)

CLEARLY_BETTER = "clearly better"
MAYBE_BETTER = "better, but may be too small to matter"
NO_DIFFERENCE = "no difference that matters"
MAYBE_WORSE = "worse, but may be too small to matter"
CLEARLY_WORSE = "clearly worse"
CANNOT_TELL = "cannot tell yet"
REFERENCE = "reference, not ranked"


@dataclass(frozen=True)
class Difference:
    """One policy against the baseline in one metric: a row of comparison.csv.

    baseline, mean: means over futures of the means over replicates; difference: policy minus
    baseline; mc_low, mc_high: its Monte-Carlo interval; future_low, future_high: its spread over
    futures; futures, replicates: how many pairs there are (replicates: the fewest in any future);
    better_in, worse_in: futures in which the mean is better or worse; matters: the smallest
    difference that matters. NaN where undefined.
    """

    policy: str
    metric: str
    title: str
    unit: str
    direction: str
    reference: bool
    baseline: float
    mean: float
    difference: float
    mc_low: float
    mc_high: float
    future_low: float
    future_high: float
    futures: int
    replicates: int
    better_in: int
    worse_in: int
    matters: float
    verdict: str


@dataclass(frozen=True)
class Comparison:
    """All differences, policy by policy; `primary` is the metric that decides the verdicts.

    levers: what the policies buy, in the order of their names.
    """

    title: str
    baseline: str
    primary: str
    rows: list[Difference]
    n_runs: int
    n_expected: int
    levers: tuple[str, ...] = ()

    def row(self, policy: str, metric: str) -> Difference:
        """The row of one policy and metric; KeyError when there is none."""
        for row in self.rows:
            if (row.policy, row.metric) == (policy, metric):
                return row
        raise KeyError((policy, metric))

    def policies(self, *, reference: bool = False) -> list[str]:
        """Policies, best mean of the primary metric first; or the oracles, which have no rank."""
        rows = [r for r in self.rows if r.metric == self.primary and r.reference == reference]
        if not reference:
            sign = {"more": -1.0, "less": 1.0}
            rows.sort(key=lambda r: (math.isnan(r.difference), sign[r.direction] * r.difference))
        return [row.policy for row in rows]


@dataclass(frozen=True)
class Estimate:
    """A mean over futures of means over replicates, with both kinds of uncertainty.

    future_means, future_low_high: (F,) and (F, 2), the same within each future.
    """

    mean: float
    low: float
    high: float
    future_means: FloatArray
    future_low_high: FloatArray


def interval(mean: float, variance: float, df: float) -> tuple[float, float]:
    """t-interval of a mean whose estimate has this variance; NaN without degrees of freedom."""
    if variance == 0.0 and df > 0:
        return mean, mean
    if not df > 0:
        return math.nan, math.nan
    from scipy.special import stdtrit

    half = float(stdtrit(df, 0.5 + CONFIDENCE / 2)) * math.sqrt(variance)
    return mean - half, mean + half


def estimate(values: FloatArray) -> Estimate:
    """Estimate from values (F, R), NaN where there is no pair.

    The variance of the mean over futures is the sum of s_f^2 / n_f over F^2, with Satterthwaite's
    degrees of freedom. Futures with one replicate leave it undefined.
    """
    n = np.sum(~np.isnan(values), axis=1)
    present = n > 0
    if not present.any():
        nothing = np.full((len(values), 2), math.nan)
        return Estimate(math.nan, math.nan, math.nan, nothing[:, 0], nothing)
    means = np.full(len(values), math.nan)
    variances = np.full(len(values), math.nan)  # of each future's mean
    for f in np.flatnonzero(present):
        own = values[f][~np.isnan(values[f])]
        means[f] = own.mean()
        if len(own) > 1:
            variances[f] = own.var(ddof=1) / len(own)
    per_future = np.array([interval(means[f], variances[f], n[f] - 1) for f in range(len(values))])
    mean = float(means[present].mean())
    if np.isnan(variances[present]).any():
        return Estimate(mean, math.nan, math.nan, means, per_future)
    parts = variances[present]
    total = float(parts.sum())
    df = float(n[present].sum() - present.sum())
    if total > 0:
        df = total**2 / float(np.sum(parts**2 / (n[present] - 1)))
    low, high = interval(mean, total / int(present.sum()) ** 2, df)
    return Estimate(mean, low, high, means, per_future)


def verdict(d: Estimate, matters: float) -> str:
    """The verdict on differences counted so that more is better; the rule is this module's text."""
    if math.isnan(d.low) or math.isnan(matters):
        return CANNOT_TELL
    means, low, high = d.future_means, d.future_low_high[:, 0], d.future_low_high[:, 1]
    surely_better = (low > 0) & (means >= matters)
    surely_worse = (high < 0) & (means <= -matters)
    if surely_better.any() and surely_worse.any():
        n = int(np.sum(~np.isnan(means)))
        return f"depends on the future: better in {int(np.sum(means > 0))} of {n}"
    if -matters <= d.low and d.high <= matters:
        return NO_DIFFERENCE
    if d.low > 0:
        return CLEARLY_BETTER if d.low > matters else MAYBE_BETTER
    if d.high < 0:
        return CLEARLY_WORSE if d.high < -matters else MAYBE_WORSE
    return CANNOT_TELL


def compare(folder: Path, config: Mapping[str, Any] | None = None) -> Comparison:
    """The comparison of a results folder; InputError when it holds no runs.

    config: the resolved configuration, by default the manifest's.
    """
    from experiments.store import read_manifest

    if config is None:
        manifest = read_manifest(folder)
        if manifest is None:
            raise InputError(f"{folder}: holds no results (no manifest.json)")
        config = manifest["config"]
    metrics = config["metrics"]
    needed = {
        name for one in metrics.values() for name in (one["name"], one["relative_to"]) if name
    }
    policies = list(config["policies"])
    futures = list(config["futures"])
    n_replicates = int(config["replications"])
    values, n_runs = read_values(folder, needed, policies, futures, n_replicates)
    baseline = policies.index(config["baseline"])
    rows = []
    for p, policy in enumerate(policies):
        if p == baseline:
            continue
        oracle = bool(config["policies"][policy]["uses_oracle"])
        for metric in metrics.values():
            own = values[metric["name"]]
            relative = values.get(metric["relative_to"], own)[baseline]
            rows.append(difference(policy, metric, own[p], own[baseline], relative, oracle))
    expected = len(policies) * len(futures) * n_replicates
    primary = next(iter(metrics))
    levers = set[str]().union(*map(levers_bought, config["policies"].values()))
    return Comparison(
        config["title"], config["baseline"], primary, rows, n_runs, expected,
        tuple(name for name in LEVER_NAMES if name in levers),
    )  # fmt: skip


def levers_bought(policy: Mapping[str, Any]) -> set[str]:
    """Levers that a policy, as it describes itself, or the parts it is made of may spend on.

    Those of its mix; a planner that does not hold the mix may buy all but surveys, and audits buy
    surveys beside it.
    """
    if not policy["budget"]:
        return set()
    parts = [part for _, part in [*policy.get("blend", ()), *policy.get("schedule", ())]]
    if parts:
        return set[str]().union(*map(levers_bought, parts))
    if policy["settings"].get("hold_mix") == 0.0:
        return set(LEVER_NAMES) - {"survey"}
    asks = bool(policy["settings"].get("surveyed"))
    return set(policy["mix"]) | ({"survey"} if asks else set())


def difference(
    policy: str,
    metric: Mapping[str, Any],
    own: FloatArray,
    baseline: FloatArray,
    relative_to: FloatArray,
    is_oracle: bool,
) -> Difference:
    """One row: values of policy and baseline, each (F, R), NaN where there is no run."""
    pairs = own - baseline
    found = estimate(pairs)
    sign = 1.0 if metric["direction"] == "more" else -1.0
    matters = float(metric["matters"])
    if metric["relative_to"]:
        matters *= abs(estimate(relative_to).mean)
    means = found.future_means[~np.isnan(found.future_means)]
    spread = (math.nan, math.nan)
    if len(means):
        spread = tuple(np.quantile(means, FUTURE_QUANTILES, method="inverted_cdf").tolist())
    paired = ~np.isnan(pairs)
    signed = estimate(sign * pairs)
    info = METRICS[metric["name"]]
    return Difference(
        policy=policy,
        metric=metric["name"],
        title=info.title,
        unit=info.unit,
        direction=metric["direction"],
        reference=is_oracle,
        baseline=estimate(np.where(paired, baseline, math.nan)).mean,
        mean=estimate(np.where(paired, own, math.nan)).mean,
        difference=found.mean,
        mc_low=found.low,
        mc_high=found.high,
        future_low=spread[0],
        future_high=spread[1],
        futures=len(means),
        replicates=int(paired.sum(axis=1)[paired.any(axis=1)].min()) if len(means) else 0,
        better_in=int(np.sum(sign * means > 0)),
        worse_in=int(np.sum(sign * means < 0)),
        matters=matters,
        verdict=REFERENCE if is_oracle else verdict(signed, matters),
    )


def read_values(
    folder: Path, metrics: Iterable[str], policies: list[str], futures: list[str], n_replicates: int
) -> tuple[dict[str, FloatArray], int]:
    """Values of each metric (P, F, R), NaN where there is no run; and the number of runs."""
    import pyarrow.parquet as pq

    path = folder / "runs.parquet"
    if not path.is_file():
        raise InputError(f"{folder}: holds no finished results (no runs.parquet)")
    names = sorted(metrics)
    schema = pq.read_schema(path).names
    missing = [name for name in names if name not in schema]
    if missing:
        raise InputError(f"{path}: has no column {', '.join(missing)}")
    table = pq.read_table(path, columns=["policy", "future", "replicate", *names])
    p = np.array([policies.index(name) for name in table["policy"].to_pylist()], dtype=np.intp)
    f = np.array([futures.index(name) for name in table["future"].to_pylist()], dtype=np.intp)
    r = table["replicate"].to_numpy()
    values = {}
    for name in names:
        array = np.full((len(policies), len(futures), n_replicates), math.nan)
        array[p, f, r] = table[name].to_numpy()
        values[name] = array
    return values, table.num_rows


def safe_text(text: str) -> str:
    """Text that a spreadsheet will not take for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def cell_text(value: object) -> str:
    """A value as comparison.csv holds it: blank for NaN, ten digits for a number."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value + 0.0:.10g}"  # never -0
    return safe_text(value) if isinstance(value, str) else str(value)


def write_comparison(comparison: Comparison, path: Path) -> None:
    """Write comparison.csv."""
    names = [field.name for field in fields(Difference)]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(names)
        for row in comparison.rows:
            writer.writerow([cell_text(getattr(row, name)) for name in names])
