"""Who bears the errors, drawn: a panel a kind of error, a row a group, a mark a policy."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from streetlight.experiments.figures.errors_borne import (
    BURDENS,
    COLUMNS,
    NO_PLACE,
    STILL,
    WRONG,
    ErrorsBorne,
    ErrorsRow,
    errors_of,
    headline,
    unit_of,
)
from streetlight.experiments.figures.estimates import RunMean
from streetlight.experiments.figures.group_panels import (
    At,
    group_panel,
    label_groups,
    lay_out,
    panel_title,
    policy_notes,
    policy_signs,
    reading_note,
)
from streetlight.experiments.figures.groups import shown, without_columns
from streetlight.experiments.figures.page import SMALL_SIZE, Page, key_height
from streetlight.experiments.figures.picture import Absent, Picture
from streetlight.experiments.figures.spread import Spread, banded, note, signs
from streetlight.experiments.figures.tables import ResultTables, ShownPolicy

NAME = "errors_borne"
TITLES = {
    WRONG.name: "Wrongly investigated",
    STILL.name: "Known but still exploited",
    NO_PLACE.name: "No service place",
}
BETWEEN = 0.3
TITLE_ROOM = 0.42
CHANGED = "of what a policy changes, counted from the rule and cut where that is not possible"
WIDTH = 9.3


def picture(results: ResultTables) -> Picture | Absent:
    """The figure for these results."""
    missing = without_columns(results, NAME, COLUMNS)
    if missing:
        return missing
    drawn = errors_of(results)
    text = headline(drawn.finding)
    return Picture(NAME, text, drawn.rows, ErrorsRow, lambda: _draw(results, drawn, text))


def _notes(results: ResultTables, drawn: ErrorsBorne, policies: Sequence[ShownPolicy]) -> list[str]:
    spreads = [row.difference_future for row in drawn.rows if not row.is_baseline]
    futures = note(results, spreads, CHANGED, dots=False)
    notes = [
        reading_note(
            results,
            "how much of an error falls on the youth there",
            "Wrongly investigated: reports about youth who are not victimized whose investigation "
            "began. Known but still exploited: time in spells that somebody had already reported. "
            "No service place: of 100 identified youth, those for whom there was none.",
            joined=not banded(results),
        ),
        f"{results.whiskers('Whiskers: 95% Monte-Carlo interval over replicates.')} "
        f"{results.sizes(results.policies)}. 'Rises' and 'falls' in the headline: the paired "
        "difference to the baseline over all places has its interval on one side of 0, all "
        f"policies at 95% together for each error.{futures}",
    ]
    return notes + policy_notes(results, policies)


def _draw(results: ResultTables, drawn: ErrorsBorne, text: str) -> Figure:
    policies = shown(results)
    layout = lay_out(drawn.groups, policies)
    entries = [*policy_signs(policies), *signs(results, dots=False)]
    key = key_height(entries, WIDTH)
    top = key + TITLE_ROOM + 0.1
    page = Page(text, top + layout.height + 0.3, _notes(results, drawn, policies), f"{NAME}.csv")
    page.key(0, 0, entries, WIDTH)
    label_groups(page, layout, (0, top))
    panel = (WIDTH - layout.label_width - 2 * BETWEEN - 0.1) / len(BURDENS)
    left = layout.label_width
    for burden in BURDENS:
        axes = page.axes(left, top, panel, layout.height)
        rows = {
            (row.grouping, row.group, row.policy): row
            for row in drawn.rows
            if row.error == burden.name and row.grouping != "all"
        }
        values = {
            at: RunMean(row.value, row.low, row.high, (), row.runs) for at, row in rows.items()
        }
        if any(math.isfinite(one.mean) for one in values.values()):
            group_panel(axes, layout, values, _changes(rows) if banded(results) else {})
        else:
            axes.set_axis_off()
            axes.text(0, 0.5, "nobody identified", transform=axes.transAxes, fontsize=SMALL_SIZE)
        panel_title(axes, TITLES[burden.name], unit_of(burden, results))
        left += panel + BETWEEN
    return page.figure


def _changes(rows: Mapping[At, ErrorsRow]) -> dict[At, Spread]:
    """How far what a policy changes spreads over futures, counted from the baseline's mean.

    Levels spread too, by much more than any policy changes them, so that marks would lie on one
    another; they are in the table. A future with more to lose than the mean baseline has would put
    an end below 0.
    """
    starts = {at[:2]: row.value for at, row in rows.items() if row.is_baseline}
    highest = {NO_PLACE.name: NO_PLACE.per}
    return {
        at: row.difference_future.moved(starts[at[:2]]).cut(0.0, highest.get(row.error, math.inf))
        for at, row in rows.items()
        if not row.is_baseline
    }
