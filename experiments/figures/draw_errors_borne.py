"""Who bears the errors, drawn: a panel a kind of error, a row a group, a mark a policy."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.figure import Figure

from experiments.figures.errors_borne import (
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
from experiments.figures.estimates import Estimate
from experiments.figures.group_panels import (
    group_panel,
    label_groups,
    lay_out,
    panel_title,
    policy_notes,
    policy_signs,
    reading_note,
)
from experiments.figures.groups import shown, without_columns
from experiments.figures.page import SMALL_SIZE, Page, key_height
from experiments.figures.picture import Absent, Picture
from experiments.figures.tables import Policy, Results

NAME = "errors_borne"
TITLES = {
    WRONG.name: "Wrongly investigated",
    STILL.name: "Known but still exploited",
    NO_PLACE.name: "No service place",
}
BETWEEN = 0.3
TITLE_ROOM = 0.42
WIDTH = 9.3


def picture(results: Results) -> Picture | Absent:
    """The figure for these results."""
    missing = without_columns(results, NAME, COLUMNS)
    if missing:
        return missing
    drawn = errors_of(results)
    text = headline(drawn.finding)
    return Picture(NAME, text, drawn.rows, ErrorsRow, lambda: _draw(results, drawn, text))


def _notes(results: Results, policies: Sequence[Policy]) -> list[str]:
    notes = [
        reading_note(
            results,
            "how much of an error falls on the youth there",
            "Wrongly investigated: reports about youth who are not victimized whose investigation "
            "began. Known but still exploited: time in spells that somebody had already reported. "
            "No service place: of 100 identified youth, those for whom there was none.",
        ),
        f"{results.whiskers('Whiskers: 95% Monte-Carlo interval over replicates.')} "
        f"{results.sizes(results.policies)}. 'Rises' and 'falls' in the headline: the paired "
        "difference to the baseline over all places has its interval on one side of 0, all "
        "policies at 95% together for each error.",
    ]
    return notes + policy_notes(results, policies)


def _draw(results: Results, drawn: ErrorsBorne, text: str) -> Figure:
    policies = shown(results)
    layout = lay_out(drawn.groups, policies)
    signs = policy_signs(policies)
    key = key_height(signs, WIDTH)
    top = key + TITLE_ROOM + 0.1
    page = Page(text, top + layout.height + 0.3, _notes(results, policies), f"{NAME}.csv")
    page.key(0, 0, signs, WIDTH)
    label_groups(page, layout, (0, top))
    panel = (WIDTH - layout.label_width - 2 * BETWEEN - 0.1) / len(BURDENS)
    left = layout.label_width
    for burden in BURDENS:
        axes = page.axes(left, top, panel, layout.height)
        values = {
            (row.grouping, row.group, row.policy): Estimate(
                row.value, row.low, row.high, (), row.runs
            )
            for row in drawn.rows
            if row.error == burden.name and row.grouping != "all"
        }
        if any(math.isfinite(one.mean) for one in values.values()):
            group_panel(axes, layout, values)
        else:
            axes.set_axis_off()
            axes.text(0, 0.5, "nobody identified", transform=axes.transAxes, fontsize=SMALL_SIZE)
        panel_title(axes, TITLES[burden.name], unit_of(burden, results))
        left += panel + BETWEEN
    return page.figure
