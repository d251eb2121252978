"""What the record would make one think: its order of places beside the true one."""

from __future__ import annotations

from streetlight.experiments.analyse.measures import ALL
from streetlight.experiments.analyse.record import FEWEST_LISTED, LISTS, ORDERS
from streetlight.experiments.analyse.study import Study
from streetlight.experiments.figures import parts
from streetlight.experiments.figures.parts import Absent, Figure, Panel, Rows, Series, say
from streetlight.experiments.looks import GOOD, HARM, Look

NAME = "streetlight_effect"


def make(study: Study) -> Figure | Absent:
    """Agreement of orders, and lists of the places with most."""
    points = {n: Rows(study)(n, study.baseline) for n in (*ORDERS, *LISTS, "top_size")}
    size = points["top_size"].value
    if points[ORDERS[0]].value != points[ORDERS[0]].value or not size >= FEWEST_LISTED:
        return parts.absent(NAME)
    panels = []
    for key, names, colour, axis in (
        ("orders", ORDERS, GOOD, "rank"), ("lists", LISTS, HARM, "places"),
    ):  # fmt: skip
        series = [Series("", Look(colour, "circle"), [points[name] for name in names])]
        at, title = [say(NAME, name) for name in names], say(NAME, key, size=size)
        panels.append(Panel(title, at, series, say(NAME, axis, size=size)))
    youth, _, rate = ((name, study.baseline, ALL) for name in ORDERS)
    follows = study.surely_above(youth, rate) and points[ORDERS[1]].value > points[ORDERS[2]].value
    by_count, by_rate = (points[name].value for name in LISTS[:2])
    text = say(NAME, "finding" if follows else "plain", count=by_count, size=size, rate=by_rate)
    return parts.figure(NAME, text, panels, baseline=study.baseline.label)
