"""Who is left behind, drawn: a row a group, a mark a policy; equity against total beside them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from streetlight.experiments.figures.estimates import RunMean
from streetlight.experiments.figures.group_panels import (
    PanelLayout,
    group_panel,
    label_groups,
    lay_out,
    marker,
    panel_title,
    policy_notes,
    policy_signs,
    reading_note,
)
from streetlight.experiments.figures.groups import shown, without_columns
from streetlight.experiments.figures.left_behind import (
    AVERTED,
    COLUMNS,
    IDENTIFIED,
    KNOWN,
    SHARES,
    WORST,
    LeftBehind,
    LeftBehindRow,
    left_behind_of,
)
from streetlight.experiments.figures.left_behind_words import headline
from streetlight.experiments.figures.looks import BASELINE, INK, RULE
from streetlight.experiments.figures.page import Page, key_height
from streetlight.experiments.figures.picture import Absent, Picture
from streetlight.experiments.figures.tables import ResultTables, ShownPolicy
from streetlight.experiments.figures.youth_groups import YOUTH_GROUPS

NAME = "left_behind"
TITLES = {
    IDENTIFIED: ("Identified", "per 100 victimizations"),
    KNOWN: ("Known", "per 100 victimizations"),
}
PLANE = ("Equity against total", "a mark a policy")
PLANE_HEIGHT = 2.0
AXIS_ROOM = 0.7
BETWEEN = 0.2
BETWEEN_COLUMNS = 0.45
TITLE_ROOM = 0.42
WIDTH = 9.3
#: Fewer victimizations than this are called few: of 100, one more identified is one in a hundred
#: more, about as much as separates the groups.
FEW = 100


def picture(results: ResultTables) -> Picture | Absent:
    """The figure for these results."""
    missing = without_columns(results, NAME, COLUMNS)
    if missing:
        return missing
    drawn = left_behind_of(results)
    text = headline(drawn.finding)
    return Picture(NAME, text, drawn.rows, LeftBehindRow, lambda: _draw(results, drawn, text))


def _notes(results: ResultTables, drawn: LeftBehind, policies: Sequence[ShownPolicy]) -> list[str]:
    notes = [
        reading_note(
            results,
            "how many are identified, and how many are known (reported at least once), for every "
            "100 victimizations that began in the group",
            "n: how many began in a run of the baseline, on average; a mean below "
            f"{FEW} is marked as few, and its shares are a matter of few youth.",
        ),
        by_youth_note(results, drawn),
        "Equity against total: how much a policy averts against how many are identified where "
        "fewest are: in the kind of place whose share over all runs is lowest. The tables' "
        "worst_class_identified_share answers another question: every run's own lowest share, of "
        "the victimizations that began early enough to be followed for years.",
        f"{results.whiskers('Whiskers: 95% Monte-Carlo interval over replicates.')} "
        f"{results.sizes(results.policies)}. The headline compares paired differences in the same "
        "simulated worlds, all of a sentence at 95% together. A gap 'narrows' or 'widens' if its "
        "size is clearly another, and 'turns round' if more are clearly identified where fewer "
        "were.",
    ]
    others = "The others are pale points in equity against total."
    return notes + policy_notes(results, policies, others)


def by_youth_note(results: ResultTables, drawn: LeftBehind) -> str:
    """What shares by type and gender mean, or why there are none."""
    if drawn.lacking:
        return (
            f"By exploitation type and gender nothing can be shown: {drawn.lacking}. "
            f"`streetlight run {results.folder.name}` makes it."
        )
    return (
        "What differs by exploitation type and gender is whom youth meet and whom others "
        "recognise: an assumption about those others (the parameters of encounters), not about "
        "the youth."
    )


def how_many(onsets: float) -> str:
    """'n = 1,234', and whether that is few."""
    return f"n = {onsets:,.0f}{' (few)' if round(onsets) < FEW else ''}"


def _draw(results: ResultTables, drawn: LeftBehind, text: str) -> Figure:
    """Communities at the left; youth at the right, and below them equity against total."""
    policies = shown(results)
    notes = _notes(results, drawn, policies)
    if math.isnan(drawn.finding.overall):
        return Page(text, 0.1, notes, f"{NAME}.csv").figure
    places, youth = (
        lay_out([g for g in drawn.groups if (g in YOUTH_GROUPS) == of_youth], policies)
        for of_youth in (False, True)
    )
    signs = policy_signs(policies)
    top = key_height(signs, WIDTH) + TITLE_ROOM + 0.1
    plane_top = top + (youth.height + 0.4 + TITLE_ROOM if youth.groups else 0)
    body = max(top + places.height + 0.3, plane_top + PLANE_HEIGHT + 0.6)
    page = Page(text, body, notes, f"{NAME}.csv")
    page.key(0, 0, signs, WIDTH)
    column = (WIDTH - BETWEEN_COLUMNS) / 2
    right = column + BETWEEN_COLUMNS
    columns = [(0.0, places), (right, youth)] if youth.groups else [(0.0, places)]
    label_width = max(layout.label_width for _, layout in columns)
    for left, layout in columns:
        _groups(page, layout, drawn, (left, top), label_width)
    axes = page.axes(right + AXIS_ROOM, plane_top, column - AXIS_ROOM, PLANE_HEIGHT)
    _plane(axes, results, drawn.rows, policies)
    return page.figure


def _groups(
    page: Page,
    layout: PanelLayout,
    drawn: LeftBehind,
    corner: tuple[float, float],
    label_width: float,
) -> None:
    """A column of groups with a panel a measure, all columns on the same scales."""
    left, top = corner
    n = {group: how_many(onsets) for group, onsets in drawn.onsets.items()}
    label_groups(page, layout, corner, n)
    column = (WIDTH - BETWEEN_COLUMNS) / 2
    panel = (column - label_width - BETWEEN) / 2
    left += label_width
    for measure in SHARES:
        axes = page.axes(left, top, panel, layout.height)
        values = {
            (row.grouping, row.group, row.policy): _estimate(row)
            for row in drawn.rows
            if row.measure == measure
        }
        group_panel(axes, layout, values)
        panel_title(axes, *TITLES[measure])
        left += panel + BETWEEN


def _estimate(row: LeftBehindRow) -> RunMean:
    return RunMean(row.value, row.low, row.high, (), row.runs)


def _plane(
    axes: Axes,
    results: ResultTables,
    rows: Sequence[LeftBehindRow],
    policies: Sequence[ShownPolicy],
) -> None:
    """Worst-off place class against total, a point a policy with both intervals."""
    across = {row.policy: row for row in rows if row.measure == AVERTED}
    up = {row.policy: row for row in rows if row.measure == WORST}
    axes.grid(color=RULE, linewidth=0.6)
    axes.locator_params(nbins=4)
    panel_title(axes, *PLANE)
    axes.set_xlabel("person-years averted\nper 100,000 youth")
    axes.set_ylabel("identified per 100,\nwhere fewest are")
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
