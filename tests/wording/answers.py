"""The answer at the head of the report."""

from __future__ import annotations

import math
from dataclasses import replace

from report_worlds import LUCK, Means, comparison

from streetlight.experiments.report.answer import answer
from wording import Said

FOUND, WORST = "identified", "worst_class_identified_share"
NONE: Means = {"none": [0, 0]}
NAN = math.nan


def said(metrics: dict[str, Means], **more: object) -> list[str]:
    """The answer to made-up numbers."""
    return answer(comparison(metrics, **more))  # type: ignore[arg-type]


def who_leads() -> Said:
    """Leads that are clear, too small to matter, shared, harmful or open."""
    return {
        "70 (0.1 to either side) in all, 8 and 1 points for the worst-off, in two futures": said(
            {
                FOUND: {"none": [0, 0], "per_youth": [50, 90], "small_towns_first": [20, 30]},
                WORST: {"none": [1, 1], "per_youth": [2, 2], "small_towns_first": [9, 9]},
            }
        ),
        "the baseline alone": said({FOUND: NONE}),
        "the baseline and a reference": said(
            {FOUND: NONE | {"information_oracle": [3, 3]}}, oracles=["information_oracle"]
        ),
        "one plan leads nothing": said({FOUND: NONE | {"a": [50, 90]}}),
        "all plans are worse than the baseline, b least": said(
            {
                FOUND: NONE | {"a": [-50, -90], "b": [-20, -30]},
                WORST: {"none": [9, 9], "a": [1, 1], "b": [0, 0]},
            }
        ),
        "one plan, one future, worse": said({FOUND: {"none": [0], "a": [-4]}}),
        "a cannot be told from the baseline, b is worse": said(
            {FOUND: NONE | {"a": [-0.1, -0.1], "b": [-20, -30]}}, luck=2.0
        ),
        "a is surely worse than the baseline, by too little to matter": said(
            {FOUND: NONE | {"a": [-0.2, -0.2], "b": [-0.9, -0.9]}}, luck=0.05
        ),
        "a and b have one mean, c less": said(
            {FOUND: NONE | {"a": [4, 4], "b": [4, 4], "c": [1, 1]}}
        ),
        "two plans do nothing at all": said({FOUND: NONE | {"a": [0, 0], "b": [0, 0]}}, luck=0.0),
        "six plans have one mean": said({FOUND: NONE | {f"p{k}": [4, 4] for k in range(6)}}),
        "a leads b by 0.5 where 1 matters, c by more": said(
            {FOUND: NONE | {"a": [60, 60], "b": [59.5, 59.5], "c": [20, 20]}}
        ),
        "a leads b by 1 where 1 matters": said({FOUND: NONE | {"a": [60, 60], "b": [59, 59]}}),
        "a leads b by 0.5 and c by 1 where 1 matters": said(
            {FOUND: NONE | {"a": [60, 60], "b": [59.5, 59.5], "c": [59, 59]}}
        ),
        "a leads b by 2 where 1 matters": said({FOUND: NONE | {"a": [60, 60], "b": [58, 58]}}),
        "chance cannot part the first from seven others and the baseline": said(
            {FOUND: NONE | {f"p{k}": [4 - k / 100] * 2 for k in range(8)}}, luck=5.0
        ),
        "more replicates would settle whether a is better": said(
            {FOUND: NONE | {"a": [0.5, 0.5], "b": [-3, -3]}}, luck=3.0
        ),
    }


def where_and_how_sure() -> Said:
    """The worst-off, one replicate, what cannot be measured, futures, baselines."""
    leads = NONE | {"a": [60, 60], "b": [50, 50], "c": [40, 40]}
    beside = {
        how: {"none": [0, 0], "a": [2, 2], "b": [best, best], "c": [best - 0.3] * 2}
        for best, how in ((2.4, "0.4, too little"), (3.0, "1, perhaps too little"), (9.0, "7"))
    }
    once = {
        FOUND: NONE | {"a": [6, 6], "b": [3, 3]},
        WORST: {"none": [1, 1], "a": [2, 2], "b": [9, 9]},
    }
    share = comparison({FOUND: {"none": [200, 200], "a": [230, 230]}})
    of_level = replace(share, metrics={FOUND: {**share.metrics[FOUND], "relative_to": FOUND}})
    nowhere = {"none": [NAN, NAN], "a": [NAN, NAN], "b": [NAN, NAN]}
    measured = NONE | {"a": [5, 5], "b": [4, 4]}
    lower = {"none": [90, 90], "a": [50, 50], "b": [40, 40]}
    return {
        **{
            f"a leads, b is ahead for the worst-off by {how}": said({FOUND: leads, WORST: means})
            for how, means in beside.items()
        },
        "a gains 30, no level to compare with": answer(share),
        "a gains 30, a share of the 200 of the baseline": answer(of_level),
        "one replicate in a future": said(once, replicates=1),
        "four replicates of the same": said(once, replicates=len(LUCK)),
        "the first metric is undefined everywhere": said({WORST: nowhere}),
        "the second metric is undefined everywhere": said({FOUND: measured, WORST: nowhere}),
        "the second metric is undefined under a": said(
            {FOUND: measured, WORST: {"none": [1, 1], "a": [NAN, NAN], "b": [2, 2]}}
        ),
        "the first metric is undefined under one of two": said(
            {FOUND: NONE | {"a": [NAN, NAN], "b": [4, 4]}}
        ),
        "the first metric is undefined under one of three": said(
            {FOUND: NONE | {"a": [NAN, NAN], "b": [4, 4], "c": [3, 3]}}
        ),
        "better in 2 of 3 futures, behind by 23 in the third": said(
            {FOUND: {"none": [0] * 3, "a": [40, 40, -20], "b": [3, 3, 3]}}
        ),
        "less is better, and b has least": said({"person_years": lower, "false_reports": lower}),
        "less is better, and all have more": said(
            {"person_years": {"none": [0, 0], "a": [50, 50], "b": [40, 40]}}
        ),
        "a reference does better by 4 and 7": said(
            {FOUND: NONE | {"a": [5, 5], "information_oracle": [9, 12]}},
            oracles=["information_oracle"],
        ),
        "another baseline than no spending": said(
            {FOUND: {"equal_shares": [10, 10], "a": [12, 12], "b": [14, 14]}}
        ),
    }
