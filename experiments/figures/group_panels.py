"""Panels with a row a group and a mark a policy, as several figures draw them.

In its row every policy has a line of its own, so that marks with nearly the same value do not hide
each other; a rule across the row marks the baseline.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes

from streetlight.experiments.figures.estimates import RunMean
from streetlight.experiments.figures.groups import PLACE, POVERTY, Group, which_shown
from streetlight.experiments.figures.looks import BASELINE, INK, QUIET, RULE, look
from streetlight.experiments.figures.page import SMALL_SIZE, TEXT_SIZE, Page, Sign, text_width
from streetlight.experiments.figures.spread import Spread, draw_spread
from streetlight.experiments.figures.tables import ResultTables, ShownPolicy
from streetlight.experiments.figures.youth_groups import GENDER, TYPE

SLOT = 0.085  # inches a policy's mark takes
PAD = 0.16  # inches between two groups
HEADING = 0.34
HEADINGS = {
    PLACE: "By kind of place",
    POVERTY: "By poverty",
    TYPE: "By exploitation type",
    GENDER: "By gender",
}
ZERO_SCALE = 1.0


@dataclass(frozen=True)
class PanelLayout:
    """Where groups and policies lie: top of each group's row in inches, and the whole height."""

    groups: tuple[Group, ...]
    policies: tuple[ShownPolicy, ...]
    tops: tuple[float, ...]
    height: float

    @property
    def row(self) -> float:
        """Height of one group's row."""
        return max(len(self.policies), 3) * SLOT + PAD

    def slot(self, group: Group, policy: ShownPolicy) -> float:
        """Middle of a policy's line in a group's row, in inches from the top."""
        spare = (self.row - len(self.policies) * SLOT) / 2
        k = self.policies.index(policy)
        return self.tops[self.groups.index(group)] + spare + (k + 0.5) * SLOT

    @property
    def label_width(self) -> float:
        """Room for the groups' titles and headings."""
        titles = [text_width(group.title, TEXT_SIZE) for group in self.groups]
        headings = [text_width(HEADINGS[g.grouping], SMALL_SIZE, bold=True) for g in self.groups]
        return 0.15 + max(titles + headings)


def lay_out(groups: Sequence[Group], policies: Sequence[ShownPolicy]) -> PanelLayout:
    """The layout, with a heading before the groups of each kind."""
    row = max(len(policies), 3) * SLOT + PAD
    tops: list[float] = []
    below = 0.0
    for k, group in enumerate(groups):
        if k == 0 or groups[k - 1].grouping != group.grouping:
            below += HEADING
        tops.append(below)
        below += row
    return PanelLayout(tuple(groups), tuple(policies), tuple(tops), below)


def label_groups(
    page: Page,
    layout: PanelLayout,
    corner: tuple[float, float],
    below: Mapping[Group, str] | None = None,
) -> None:
    """The groups' titles and headings at the left of their panels.

    corner: left edge and top; below: a line in small print below the title of a group.
    """
    left, top = corner
    for k, group in enumerate(layout.groups):
        y = top + layout.tops[k]
        if k == 0 or layout.groups[k - 1].grouping != group.grouping:
            heading = HEADINGS[group.grouping]
            page.lines(left, y - 0.24, [heading], SMALL_SIZE, weight="bold", color=QUIET)
        middle = y + layout.row / 2
        if below is None:
            page.lines(left, middle - 0.08, [group.title])
        else:
            page.lines(left, middle - 0.16, [group.title])
            page.lines(left, middle + 0.01, [below[group]], SMALL_SIZE, color=QUIET)


At = tuple[str, str, str]  # grouping, name of the group, name of the policy
NO_SPREADS: Mapping[At, Spread] = {}


def group_panel(
    axes: Axes,
    layout: PanelLayout,
    values: Mapping[At, RunMean],
    spreads: Mapping[At, Spread] = NO_SPREADS,
) -> None:
    """Marks, whiskers and spreads over futures; where these are, no line joins mark and baseline.

    A spread lies in the mark's own line, as the joining line does, which would run through it.
    """
    base = next(policy for policy in layout.policies if policy.is_baseline)
    axes.set_ylim(layout.height, 0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.locator_params(axis="x", nbins=5)
    axes.grid(axis="x", color=RULE, linewidth=0.6)
    _set_range(axes, [*_ends(values), *(v for one in spreads.values() for v in one.ends)])
    for k, group in enumerate(layout.groups):
        top = layout.tops[k]
        edge: dict[str, Any] = {"color": RULE, "linewidth": 0.5, "zorder": 0}
        axes.axhline(top, **edge)
        axes.axhline(top + layout.row, **edge)
        start = values[group.grouping, group.name, base.name].mean
        if math.isfinite(start):
            reach = [top + PAD / 3, top + layout.row - PAD / 3]
            axes.plot([start, start], reach, color=BASELINE, linewidth=1.2, zorder=2)
        for policy in layout.policies:
            at, y = (group.grouping, group.name, policy.name), layout.slot(group, policy)
            if at in spreads:
                draw_spread(axes, spreads[at], y, look(policy).pale, zorder=2)
            _mark(axes, policy, values[at], y, math.nan if spreads else start)


def _ends(values: Mapping[At, RunMean]) -> list[float]:
    return [v for one in values.values() for v in (one.mean, one.low, one.high) if math.isfinite(v)]


def _set_range(axes: Axes, ends: Sequence[float]) -> None:
    low, high = min(ends, default=0.0), max(ends, default=0.0)
    if high == low:
        low, high = (0.0, high or ZERO_SCALE)
    room = 0.04 * (high - low)
    axes.set_xlim(low - room if low < 0 else max(low - room, -room), high + room)


def _mark(axes: Axes, policy: ShownPolicy, one: RunMean, y: float, start: float) -> None:
    if math.isnan(one.mean):
        return
    mine = look(policy)
    if math.isfinite(start) and not policy.is_baseline:
        pale: dict[str, Any] = {"color": mine.tint(0.45), "linewidth": 1.0, "zorder": 2}
        axes.plot([start, one.mean], [y, y], **pale)
    if math.isfinite(one.low):
        axes.plot([one.low, one.high], [y, y], color=INK, linewidth=0.9, zorder=3)
    axes.plot([one.mean], [y], zorder=4, linestyle="none", **marker(policy))


def marker(policy: ShownPolicy, size: float = 5.0) -> dict[str, Any]:
    """The mark of a policy, as arguments of `plot`."""
    mine = look(policy)
    return {
        "marker": mine.marker,
        "markersize": size,
        "markerfacecolor": "white" if policy.is_oracle else mine.colour,
        "markeredgecolor": INK,
        "markeredgewidth": 0.7,
    }


def policy_signs(policies: Sequence[ShownPolicy]) -> list[Sign]:
    """A key of the policies' marks, the baseline said to be it."""
    return [
        Sign(
            f"baseline: {policy.label}" if policy.is_baseline else policy.label,
            line={
                **marker(policy),
                "color": BASELINE,
                "linewidth": 1.2 if policy.is_baseline else 0.0,
            },
        )
        for policy in policies
    ]


def reading_note(results: ResultTables, what: str, meanings: str, joined: bool = True) -> str:
    """How to read panels of groups.

    what: is in each row; meanings: of the panels; joined: whether lines join marks and baseline.
    """
    line = ", and the line from it to a mark is what a policy changes" if joined else ""
    return (
        f"How to read this: in each row, {what}, {results.span}; the rule across the row is the "
        f"baseline{line}. {meanings} Fifths hold about equally many youth; scales need not start "
        "at 0."
    )


def policy_notes(
    results: ResultTables, policies: Sequence[ShownPolicy], others: str = ""
) -> list[str]:
    """Notes on which policies are drawn, and on oracles. others: where those not drawn are."""
    notes = []
    if which_shown(results, policies):
        notes.append(f"{which_shown(results, policies)} {others}".rstrip())
    if any(policy.is_oracle for policy in policies):
        notes.append("Policies that are told the truth are references, not choices on offer.")
    return notes


def panel_title(axes: Axes, words: str, unit: str) -> None:
    """A title in bold and its unit below, above a panel's left edge."""
    for line, text in enumerate((words, unit)):
        axes.annotate(
            text,
            (0, 1),
            (0, 18 - 12 * line),
            xycoords="axes fraction",
            textcoords="offset points",
            fontsize=TEXT_SIZE if line == 0 else SMALL_SIZE,
            weight="bold" if line == 0 else "normal",
        )
