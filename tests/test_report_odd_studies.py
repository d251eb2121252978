"""Sections of odd studies: they say something sensible or nothing, and never a broken number."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from made_study import AVERTED, FOUND, made_study, policy, three_plans

from streetlight.experiments.analyse.study import Study
from streetlight.experiments.report import write

LATER = ("seeing", "hangs", "lost", "places", "record", "years", "analysts")
BROKEN = re.compile(r"\bnan\b|\binf\b|\bNone\b|\{|not known (pp|%)|\b0 pp\b")


def all_alike() -> Study:
    """Twelve plans that do exactly what no money does, without a dollar."""
    names = [f"plan_{k}" for k in range(12)]
    return made_study(
        {
            AVERTED: dict.fromkeys(("none", *names), 0.0),
            FOUND: dict.fromkeys(("none", *names), 5.0),
            "all_reports": dict.fromkeys(("none", *names), 9.0),
            "spending": dict.fromkeys(("none", *names), 0.0),
        },
        policies={name: policy("per_youth", 0.0) for name in names},
        matters={AVERTED: 1.0, FOUND: 1.0}, luck=0.0,
    )  # fmt: skip


def nobody_found() -> Study:
    """No youth found with or without money, no report, nothing averted."""
    zero = {"none": 0.0, "per_youth": 0.0, "poverty_need": 0.0, "small_towns_first": 0.0}
    shares = {f"identified_share__{g}": zero for g in ("large metro", "rural")}
    counts = dict.fromkeys((AVERTED, FOUND, "all_reports", "false_investigated"), zero)
    cohort = {f"cohort_{s}_share": zero for s in ("noticed", "known", "identified")}
    return three_plans(**shares, **counts, **cohort)


def undefined() -> Study:
    """The first metric is defined in no run."""
    return made_study(
        {AVERTED: {"none": math.nan, "per_youth": math.nan, "equal_shares": math.nan}},
        matters={AVERTED: 1.0}, futures=("a", "b"),
    )  # fmt: skip


def many_futures() -> Study:
    """64 drawn futures."""
    names = tuple(f"f{k}" for k in range(64))
    study = made_study(
        {AVERTED: {"none": 0, "per_youth": 100, "equal_shares": 90}}, futures=names,
        matters={AVERTED: 1.0},
    )  # fmt: skip
    study.futures = tuple(replace(f, sampled=True) for f in study.futures)
    return study


def two_budgets() -> Study:
    """Two plans of one sum and one of thrice as much."""
    money = {"none": 0.0, "low": 1e6, "other": 1e6, "high": 3e6}
    return made_study(
        {AVERTED: {"none": 0, "low": 100, "other": 50, "high": 200}, "allocated": money},
        policies={"low": policy("per_youth"), "other": policy("equal_shares"),
                  "high": policy("per_youth", 1.5)},
        matters={AVERTED: 1.0}, futures=("a", "b"),
    )  # fmt: skip


def alone() -> Study:
    """The baseline and nothing to compare with it."""
    return made_study({AVERTED: {"none": 0.0}}, matters={AVERTED: 1.0})


@pytest.mark.parametrize(
    "study", [all_alike, nobody_found, undefined, many_futures, two_budgets, alone, three_plans]
)
def test_no_section_breaks(study: Callable[[], Study]) -> None:
    """Every later section is drawn, without a broken number in its words."""
    sections = {name: write.SECTIONS[name] for name in LATER}
    html = write.page(study(), sections)
    body = html[html.index("<main>") : html.index("</main>")]
    body = re.sub(r"<script.*?</script>|<[^>]*>", " ", body, flags=re.S)
    assert not BROKEN.search(body), BROKEN.search(body)


def test_an_undefined_measure_is_said() -> None:
    """Nothing is claimed of futures in which nothing can be compared."""
    shown = write.SECTIONS["hangs"](undefined())
    assert shown["title"] == "What the answer hangs on"
    assert shown["says"] == ["The study's first measure is defined in no run.".replace("'", "’")]


def test_plans_of_one_budget_alone_are_set_beside_each_other() -> None:
    """The plan of a larger budget is no dot and no pair."""
    study = two_budgets()
    picture = write.SECTIONS["hangs"](study)["picture"]
    assert [name for name, _ in picture["key"]] == ["Other"]
    pairs = next(
        b for b in write.SECTIONS["analysts"](study)["blocks"]
        if b["title"] == "Every pair of plans that spend alike"
    )  # fmt: skip
    assert [row["head"] for row in pairs["table"]["rows"]] == ["Low against “Other”"]
