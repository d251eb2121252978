"""Who is left behind, drawn: a row a group, a mark a policy; equity against total beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.estimates import Estimate
from experiments.figures.group_panels import (
    group_panel,
    label_groups,
    lay_out,
    marker,
    panel_title,
    policy_signs,
)
from experiments.figures.groups import shown, which_shown, without_columns
from experiments.figures.left_behind import (
    AVERTED,
    COLUMNS,
    IDENTIFIED,
    KNOWN,
    SHARES,
    WORST,
    LeftBehind,
    LeftBehindRow,
    headline,
    left_behind_of,
)
from experiments.figures.looks import BASELINE, INK, RULE
from experiments.figures.page import Page, key_height
from experiments.figures.picture import Absent, Picture
from experiments.figures.tables import Policy, Results

NAME = "left_behind"
TITLES = {
    IDENTIFIED: ("Identified", "per 100 victimizations"),
    KNOWN: ("Known: reported at least once", "per 100 victimizations"),
}
PLANE = ("Equity against total", "a mark a policy")
PLANE_SIZE = 2.45
BETWEEN = 0.3
TITLE_ROOM = 0.42
WIDTH = 9.3


def picture(results: Results) -> Picture | Absent:
    """The figure for these results."""
    missing = without_columns(results, NAME, COLUMNS)
    if missing:
        return missing
    drawn = left_behind_of(results)
    text = headline(drawn.finding)
    return Picture(NAME, text, drawn.rows, LeftBehindRow, lambda: _draw(results, drawn, text))


def _notes(results: Results, policies: Sequence[Policy]) -> list[str]:
    notes = [
        f"How to read this: in each row, how many of 100 victimizations that began there, "
        f"{results.span}, are identified and are known; the rule across the row is the baseline, "
        "and the line from it to a mark is what a policy changes. Fifths hold "
        "about equally many youth; scales need not start at 0. "
        "At the right: how much a policy averts against how many are identified where fewest are: "
        "in the kind of place whose share over all runs is lowest. The tables' "
        "worst_class_identified_share answers another question: every run's own lowest share, of "
        "the victimizations that began early enough to be followed for years.",
        f"{results.whiskers('Whiskers: 95% Monte-Carlo interval over replicates.')} "
        f"{results.sizes(results.policies)}. The headline compares paired differences in the same "
        "simulated worlds, all of a sentence at 95% together.",
    ]
    if which_shown(results, policies):
        notes.append(which_shown(results, policies) + " The others are pale points at the right.")
    if any(policy.is_oracle for policy in policies):
        notes.append("Policies that are told the truth are references, not choices on offer.")
    return notes


def _draw(results: Results, drawn: LeftBehind, text: str) -> Figure:
    policies = shown(results)
    notes = _notes(results, policies)
    if math.isnan(drawn.finding.overall):
        return Page(text, 0.1, notes, f"{NAME}.csv").figure
    layout = lay_out(drawn.groups, policies)
    signs = policy_signs(policies)
    plane_left = WIDTH - PLANE_SIZE
    key_top = TITLE_ROOM + PLANE_SIZE + 0.75
    body = max(TITLE_ROOM + layout.height + 0.3, key_top + key_height(signs, PLANE_SIZE + 0.5))
    page = Page(text, body, notes, f"{NAME}.csv")
    label_groups(page, layout, TITLE_ROOM)
    panel = (plane_left - 0.85 - layout.label_width - BETWEEN) / 2
    left = layout.label_width
    for measure in SHARES:
        axes = page.axes(left, TITLE_ROOM, panel, layout.height)
        values = {
            (row.grouping, row.group, row.policy): _estimate(row)
            for row in drawn.rows
            if row.measure == measure
        }
        group_panel(axes, layout, values)
        panel_title(axes, *TITLES[measure])
        left += panel + BETWEEN
    axes = page.axes(plane_left, TITLE_ROOM, PLANE_SIZE, PLANE_SIZE)
    _plane(axes, results, drawn.rows, policies)
    page.key(plane_left - 0.45, key_top, signs, PLANE_SIZE + 0.5)
    return page.figure


def _estimate(row: LeftBehindRow) -> Estimate:
    return Estimate(row.value, row.low, row.high, (), row.runs)


def _plane(
    axes: Axes, results: Results, rows: Sequence[LeftBehindRow], policies: Sequence[Policy]
) -> None:
    """Worst-off place class against total, a point a policy with both intervals."""
    across = {row.policy: row for row in rows if row.measure == AVERTED}
    up = {row.policy: row for row in rows if row.measure == WORST}
    axes.grid(color=RULE, linewidth=0.6)
    axes.locator_params(nbins=4)
    panel_title(axes, *PLANE)
    axes.set_xlabel("person-years averted\nper 100,000 youth")
    axes.set_ylabel("identified per 100,\nworst-off kind of place")
    for policy in results.policies:
        x, y = across[policy.name], up[policy.name]
        if not (math.isfinite(x.value) and math.isfinite(y.value)):
            continue
        if policy not in policies:
            axes.plot([x.value], [y.value], "o", color=RULE, markersize=3, zorder=1)
            continue
        if math.isfinite(x.low):
            axes.plot([x.low, x.high], [y.value] * 2, color=INK, linewidth=0.8, zorder=2)
        if math.isfinite(y.low):
            axes.plot([x.value] * 2, [y.low, y.high], color=INK, linewidth=0.8, zorder=2)
        axes.plot([x.value], [y.value], linestyle="none", zorder=4, **marker(policy, 6.0))
    base = up[results.baseline.name].value
    if math.isfinite(base):
        rule: dict[str, Any] = {"color": BASELINE, "linewidth": 1.0, "zorder": 1}
        axes.axhline(base, **rule)
        axes.axvline(0, **rule)
