"""Observed patterns beside the model at its defaults: the table behind the figure `patterns`.

    python -m studies.calibration_patterns > experiments/data/patterns.csv

All US counties, no added spending, ten years after burn-in. Patterns that need experiments of their
own are taken from docs/facts.md, and say so. Sources are keys of model/parameters/sources.csv.
"""

from __future__ import annotations

import csv
import math
import sys
from dataclasses import dataclass

import numpy as np

from streetlight.model.arrays import FloatArray
from studies.calibration_bands import simulated

REPLICATES = 10
SHARE, RATIO = "share", "ratio"
HERE = "python -m studies.calibration_patterns"


@dataclass(frozen=True)
class Pattern:
    """What has been observed, from `low` to `high`, and whether the model was fitted to it.

    unit: SHARE (0 to 1) or RATIO (also correlations and elasticities); source: where it was
    observed; value: of the model, where its test in `how` takes an experiment of its own, else NaN.
    """

    key: str
    words: str
    unit: str
    low: float
    high: float
    source: str
    fitted: bool = False
    value: float = math.nan
    how: str = HERE


# What the fit aims at (docs/calibration.md) comes first, then what it never looked at.
PATTERNS = (
    Pattern("known", "ever reported, of first victimizations", SHARE, 0.10, 0.30,
            "SF12: R2 R4 R5 R6 R20 R22", fitted=True),
    Pattern("identified", "identified, of first victimizations", SHARE, 0.04, 0.12,
            "assumed (docs/calibration.md)", fitted=True),
    Pattern("metro_rural", "ever reported, large metro over rural", RATIO, 1.4, 3.0,
            "SF8: R15 R19 R23 R24 R78", fitted=True),
    Pattern("knew", "knew before the first report, of the known", SHARE, 0.15, 0.40,
            "SF10: R36 R52", fitted=True),
    Pattern("long", "exploited over 24 months, of the identified", SHARE, 0.40, 0.61,
            "SF11: R36 (0.40-0.80)", fitted=True),
    Pattern("overlap", "on two lists or more, of the identified", SHARE, 0.04, 0.12,
            "SF12: R2 R4 R5 R6 R20 R22", fitted=True),
    Pattern("not_substantiated", "not substantiated, of the investigated", SHARE, 0.35, 0.80,
            "P47: R63 R75", fitted=True),
    Pattern("elasticity_true", "elasticity of true victimizations to youth", RATIO, 0.9, 1.1,
            "SF2: R21"),
    Pattern("elasticity_reports", "elasticity of reports to youth", RATIO, 0.7, 1.4, "SF2: R21"),
    Pattern("elasticity_published", "elasticity of published reports to youth", RATIO, 0.7, 1.4,
            "SF2: R21"),
    Pattern("population", "correlation of published reports with population", RATIO, 0.35, 0.95,
            "SF3: R21"),
    Pattern("road", "correlation of reports with a road that does nothing", RATIO, 0.3, math.inf,
            "SF3: R21", value=0.26,
            how="docs/facts.md: sf3_a_placebo_road_lines_up_with_an_uneven_record"),
    Pattern("rank_gap", "rank agreement of record and truth: counts minus rates", RATIO,
            0.3, math.inf, "SF4: R62"),
    Pattern("variation", "variation of published rates over that of true rates", RATIO,
            1.5, math.inf, "SF4: R62"),
    Pattern("overlooked", "top tenth by true rate outside the top third by count", SHARE,
            0.3, math.inf, "SF4: R62"),
    Pattern("poverty", "true rate, poorest over least poor fifth of places", RATIO, 1.3, 4.0,
            "SF18: R9 R14 R71", value=1.318, how="docs/facts.md: sf18_poor_places_suffer_more"),
    Pattern("silent", "places that expect 3 or more exploited youth and have none (chance: 3)",
            SHARE, 0.0, 0.001, "SF1: R9", value=1 / 3037,
            how="docs/facts.md: sf1_no_place_is_free_of_it_beyond_chance"),
    Pattern("new_reporters", "growth under an awareness programme from new reporters", SHARE,
            0.70, math.inf, "SF13: R21", value=0.22,
            how="docs/facts.md: sf13_growth_is_new_reporters"),
    Pattern("feeds_itself", "change in the share of reports of those who reported most", SHARE,
            0.0, math.inf, "SF20: R62", value=-0.19,
            how="docs/facts.md: sf20_the_record_feeds_itself"),
    Pattern("moved", "gain of small places in the identified when staff and posts move", SHARE,
            0.10, math.inf, "SF21: R64", value=0.133,
            how="docs/facts.md: sf21_moved_capacity_redraws_the_map"),
)  # fmt: skip

COLUMNS = ("key", "pattern", "unit", "low", "high", "source", "fitted", "mean", "mean_low",
           "mean_high", "replicates", "how")  # fmt: skip


def interval(values: FloatArray) -> tuple[float, float, float]:
    """Mean of replicates (n,) and its 95% Monte-Carlo interval, NaN for a single one."""
    from scipy.special import stdtrit

    mean, n = float(values.mean()), len(values)
    if n < 2:
        return mean, math.nan, math.nan
    half = float(stdtrit(n - 1, 0.975)) * float(values.std(ddof=1)) / math.sqrt(n)
    return mean, mean - half, mean + half


def rows(replicates: int = REPLICATES) -> list[list[str]]:
    """The table: one row a pattern, numbers to four digits, blank where there is none."""
    found = simulated(replicates)
    table = []
    for one in PATTERNS:
        if math.isnan(one.value):
            numbers, n = interval(np.asarray(found[one.key])), str(replicates)
        else:
            numbers, n = (one.value, math.nan, math.nan), ""
        texts = [text_of(value) for value in (one.low, one.high)]
        table.append(
            [one.key, one.words, one.unit, *texts, one.source, "yes" if one.fitted else "no",
             *(text_of(value) for value in numbers), n, one.how]
        )  # fmt: skip
    return table


def text_of(value: float) -> str:
    """A number with four significant digits, blank when it is not finite."""
    return f"{value:.4g}" if math.isfinite(value) else ""


def main() -> None:
    """Print the table as CSV."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows())


if __name__ == "__main__":
    main()
