"""What the record would make one think: its order of places beside the true one."""

from __future__ import annotations

import math

from streetlight.experiments.analyse.study import Study
from streetlight.experiments.figures.figure import (
    LEVEL,
    Absent,
    Figure,
    Panel,
    Rows,
    Series,
    number,
)
from streetlight.experiments.looks import GOOD, HARM, Look

NAME = "streetlight_effect"
QUESTION = "Do the places with most reports have most exploitation?"
ORDERS = {
    "count_follows_youth": "Number of reports, and how many youth live there",
    "count_follows_truth": "Number of reports, and of exploited youth",
    "rate_follows_truth": "Reports per youth, and exploitation per youth",
}
LISTS = {
    "top_by_count": "Listed by number of reports, and rightly so",
    "top_by_rate": "Listed by reports per youth, and rightly so",
    "overlooked": "Truly worst per youth, outside the third with most reports",
}
HEADLINE = (
    "By number, {count} of the {size} places with most reports belong there; per youth, {rate} of "
    "{size}: the record follows how many youth live in a place before it follows harm."
)
PLAIN = (
    "By number, {count} of the {size} places with most reports belong there; per youth, {rate} of "
    "{size}."
)
FEWEST = 3
CAPTION = (
    "Under {baseline}, places with 1,000 youth or more. Left: how alike two orders are, 1 is the "
    "same order, 0 none. Right: how many of a list. No place has a name here."
)


def make(study: Study) -> Figure | Absent:
    """Agreement of orders, and lists of the places with most."""
    rows, base = Rows(study, LEVEL), study.baseline
    size = rows("top_size", base).value
    if not math.isfinite(rows("count_follows_youth", base).value) or size < FEWEST:
        return Absent(NAME, "There are too few places with youth and reports to put in order.")
    panels = [
        Panel(title, list(names.values()), [Series("", Look(colour, "circle"), points)], axis)
        for title, names, colour, axis, points in (
            ("How far orders agree", ORDERS, GOOD, "rank correlation",
             [rows(name, base) for name in ORDERS]),
            (f"Of lists of {number(size)}", LISTS, HARM, f"places, of {number(size)}",
             [rows(name, base) for name in LISTS]),
        )
    ]  # fmt: skip
    first, second, third = (rows(name, base) for name in ORDERS)
    follows = first.low > third.high and second.value > third.value
    text = (HEADLINE if follows else PLAIN).format(
        count=number(rows("top_by_count", base).value), size=number(size),
        rate=number(rows("top_by_rate", base).value),
    )  # fmt: skip
    return Figure(NAME, QUESTION, text, CAPTION.format(baseline=base.label), panels, "rows")
