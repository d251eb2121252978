"""Money and reports, drawn: a row a policy, a panel a kind of place, and both shares."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from streetlight.experiments.figures.estimates import RunMean, estimate
from streetlight.experiments.figures.group_panels import marker
from streetlight.experiments.figures.looks import BASELINE, INK, QUIET, RULE, look
from streetlight.experiments.figures.money_and_reports import (
    BURN_IN_YEARS,
    COMMUNITIES,
    LEVER_COLUMNS,
    LEVERS,
    SERIES,
    SERIES_COLUMNS,
    MoneyAndReports,
    MoneyRow,
    headline,
    money_and_reports_of,
)
from streetlight.experiments.figures.page import (
    SMALL_SIZE,
    TEXT_SIZE,
    Page,
    Sign,
    key_height,
    line_height,
    wrap,
)
from streetlight.experiments.figures.picture import Absent, Picture
from streetlight.experiments.figures.spread import Spread, note, shades
from streetlight.experiments.figures.tables import ResultTables, ShownPolicy, lacking
from streetlight.experiments.figures.words import MINUS, PLACE_TITLES
from streetlight.model.names import CLASSES

NAME = "money_and_reports"
MOST_SHOWN = 6
WIDTH = 9.3
LABEL_ROOM = 1.75
ROW = 1.05
BETWEEN = 0.38
PHASE = 1.15
BANDS = "around both shares of a policy, filled for reports, with dashed edges for money"

# How opaque a band of 90% is, and one of 50% on top of it.
SHADES = 0.35, 0.5


def picture(results: ResultTables) -> Picture | Absent:
    """The figure for these results."""
    for file, columns in (
        (SERIES, SERIES_COLUMNS),
        (LEVERS, LEVER_COLUMNS),
        (COMMUNITIES, ("community", "place_class")),
    ):
        missing = lacking(results, file, columns)
        if missing:
            reason = f"{file} has no column {', '.join(missing)}"
            return Absent(NAME, reason, f"streetlight run {results.folder.name}")
    if not results.years:
        reason = f"{SERIES} holds no policy year"
        return Absent(NAME, reason, f"streetlight run {results.folder.name}")
    drawn = money_and_reports_of(results)
    text = headline(drawn.finding)
    return Picture(NAME, text, drawn.rows, MoneyRow, lambda: _draw(drawn, text))


def shown(drawn: MoneyAndReports) -> tuple[ShownPolicy, ...]:
    """The policies on offer that are drawn: those whose money moves most with reports."""
    results = drawn.results

    def strength(policy: ShownPolicy) -> tuple[float, int]:
        slope = drawn.follows[results.position(policy)].mean
        return (-abs(slope) if math.isfinite(slope) else 1.0, policy.order)

    first = sorted(results.ranked, key=strength)[:MOST_SHOWN]
    return tuple(policy for policy in results.ranked if policy in first)


def _notes(drawn: MoneyAndReports, policies: Sequence[ShownPolicy]) -> list[str]:
    results, names = drawn.results, [policy.name for policy in policies]
    mine = [row for row in drawn.rows if row.policy in names]
    spreads = [one for row in mine for one in (row.reports_future, row.money_future)]
    notes = [
        "How to read this: shares of each kind of place in each policy year, per 100: of published "
        "reports (solid), of the money a policy spends (dashed), and of reports under the baseline "
        "in the same simulated worlds (dotted), which is how shares drift without that money. At "
        "the right each kind of place moves over the years, from the small mark on: last year's "
        "share of reports across, this year's share of money up, on the diagonal both are equal.",
        "Money follows: points by which the share of money changes for one point of change in the "
        "share of reports a year before, within a run (1: money goes where reports went, 0: it "
        "does not move with them). Reports follow: points by which the share of reports lies above "
        "the baseline's, from the second year on, for each point of money beyond the share of "
        "reports before the policies start.",
        f"{results.whiskers('Whiskers and brackets: 95% Monte-Carlo intervals.')} "
        f"{results.sizes((results.baseline, *policies))}. 'Follows' in the headline: all policies "
        f"on offer at 95% together.{note(results, spreads, BANDS, dots=False, shaded=True)}",
    ]
    if len(policies) < len(results.ranked):
        notes.append(
            f"Drawn: the {len(policies)} of {len(results.ranked)} policies on offer whose money "
            "moves most with reports; all are in the table."
        )
    return notes


def _draw(drawn: MoneyAndReports, text: str) -> Figure:
    results, finding = drawn.results, drawn.finding
    policies = shown(drawn)
    notes = _notes(drawn, policies)
    if not (policies and finding.paid and finding.reported):
        return Page(text, 0.1, notes if policies else notes[-1:], f"{NAME}.csv").figure
    places = results.places
    signs = [
        Sign("share of published reports", line={"color": INK, "linewidth": 1.6}),
        Sign("share of money", line={"color": INK, "linewidth": 1.4, "dashes": (3, 1.5)}),
        Sign(
            "share of reports under the baseline",
            line={"color": BASELINE, "linewidth": 1.2, "dashes": (1, 1.5)},
        ),
        *shades(results, SHADES),
    ]
    labels = [_label(drawn, policy) for policy in policies]
    heights = [max(ROW, len(a) * line_height(TEXT_SIZE) + 0.72) for a, _ in labels]
    tops = np.concatenate([[0.0], np.cumsum(np.array(heights) + 0.22)])
    head = key_height(signs, WIDTH) + 0.45
    page = Page(text, head + float(tops[-1]) + 0.3, notes, f"{NAME}.csv")
    page.key(0, 0, signs, WIDTH)
    panel = (WIDTH - LABEL_ROOM - PHASE - 0.55 - len(places) * BETWEEN) / len(places)
    for k, (policy, (name, slopes)) in enumerate(zip(policies, labels, strict=True)):
        top, height = head + float(tops[k]), heights[k]
        page.sheet.plot([0.07], [top + 0.09], linestyle="none", **marker(policy, 6.0))
        page.lines(0.2, top, name, TEXT_SIZE)
        below = top + len(name) * line_height(TEXT_SIZE) + 0.08
        page.lines(0.2, below, slopes, SMALL_SIZE, color=QUIET)
        for column, place in enumerate(places):
            left = LABEL_ROOM + BETWEEN + column * (panel + BETWEEN)
            axes = page.axes(left, top, panel, height)
            _years(axes, drawn, policy, place)
            if k == 0:
                axes.set_title(PLACE_TITLES[place])
            if k < len(policies) - 1:
                axes.xaxis.set_major_formatter(lambda *_: "")
            else:
                axes.set_xlabel("policy year", fontsize=SMALL_SIZE)
        axes = page.axes(WIDTH - PHASE, top, PHASE, height)
        _phase(axes, drawn, policy)
        if k == 0:
            axes.set_title("Both shares")
        if k == len(policies) - 1:
            axes.set_xlabel("last year's reports", fontsize=SMALL_SIZE)
        else:
            axes.xaxis.set_major_formatter(lambda *_: "")
    return page.figure


def _label(drawn: MoneyAndReports, policy: ShownPolicy) -> tuple[list[str], list[str]]:
    """The policy's name, and its two slopes with their intervals, in lines."""
    p = drawn.results.position(policy)
    name = wrap(policy.label, LABEL_ROOM - 0.2, TEXT_SIZE)
    slopes = ["money follows:", _slope(drawn.follows[p])]
    return name, [*slopes, "reports follow:", _slope(drawn.answers[p])]


def _slope(one: RunMean) -> str:
    if not math.isfinite(one.mean):
        return "undefined"
    text = _signed(one.mean)
    return f"{text} ({_signed(one.low)} to {_signed(one.high)})" if one.has_interval else text


def _signed(value: float) -> str:
    text = f"{abs(value):.2f}"
    return text if not float(text) else (MINUS if value < 0 else "+") + text


def _years(axes: Axes, drawn: MoneyAndReports, policy: ShownPolicy, place: int) -> None:
    """One policy and kind of place over the policy years."""
    mine = [
        row for row in drawn.rows if (row.policy, row.place_class) == (policy.name, CLASSES[place])
    ]
    colour = look(policy).colour
    years = [row.year + 1 for row in mine]
    axes.plot(
        years,
        [row.reports_baseline for row in mine],
        color=BASELINE,
        linewidth=1.2,
        dashes=(1, 1.5),
        zorder=2,
    )
    axes.plot(years, [row.reports for row in mine], color=colour, linewidth=1.6, zorder=4)
    axes.plot(
        years, [row.money for row in mine], color=colour, linewidth=1.4, dashes=(3, 1.5), zorder=3
    )
    for year, row in zip(years, mine, strict=True):
        for low, high in ((row.reports_low, row.reports_high), (row.money_low, row.money_high)):
            if math.isfinite(low):
                axes.plot([year, year], [low, high], color=INK, linewidth=0.6, zorder=5)
    pale = look(policy).pale
    _ribbon(axes, years, [row.reports_future for row in mine], filled=True, colour=pale)
    _ribbon(axes, years, [row.money_future for row in mine], filled=False, colour=pale)
    ends = [v for r in drawn.rows for v in _ends(r) if r.place_class == CLASSES[place]]
    axes.set_ylim(0, 1.08 * max(ends, default=1.0) or 1.0)
    axes.set_xlim(0.5, max(years, default=1) + 0.5)
    axes.locator_params(axis="y", nbins=3)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    axes.grid(color=RULE, linewidth=0.5)


def _ribbon(
    axes: Axes, years: Sequence[int], spreads: Sequence[Spread], *, filled: bool, colour: str
) -> None:
    """How a share spreads over futures from year to year: the middle 50% darker than 90%."""
    low90, low50, high50, high90 = zip(*(one.band for one in spreads), strict=True)
    for low, high, alpha, width in (
        (low90, high90, SHADES[0], 0.5), (low50, high50, SHADES[1], 1.0)
    ):  # fmt: skip
        if filled:
            axes.fill_between(years, low, high, color=colour, alpha=alpha, linewidth=0, zorder=1)
        else:
            for ends in (low, high):
                axes.plot(years, ends, color=colour, linewidth=width, dashes=(3, 1.5), zorder=1)


def _ends(row: MoneyRow) -> list[float]:
    values = (
        *(row.reports, row.reports_high, row.money, row.money_high, row.reports_baseline),
        *(*row.reports_future.band, *row.money_future.band),
    )
    return [value for value in values if math.isfinite(value)]


def _phase(axes: Axes, drawn: MoneyAndReports, policy: ShownPolicy) -> None:
    """This year's share of money against last year's share of reports, a trail a kind of place."""
    results = drawn.results
    p = results.position(policy)
    style: dict[str, Any] = {"color": look(policy).colour, "linewidth": 1.1, "zorder": 3}
    most = 1.0
    for place in results.places:
        money = [estimate(v, results.future).mean for v in drawn.money[p, :, :, place].T]
        before = drawn.reports[p, :, BURN_IN_YEARS - 1 : -1, place].T
        reports = [estimate(v, results.future).mean for v in before]
        axes.plot(reports, money, **style)
        axes.plot(reports[:1], money[:1], ".", color=INK, markersize=3, zorder=4)
        axes.plot(reports[-1:], money[-1:], linestyle="none", zorder=5, **marker(policy, 4.5))
        most = max([most, *(v for v in (*money, *reports) if math.isfinite(v))])
    axes.plot([0, most], [0, most], color=QUIET, linewidth=0.8, zorder=1)
    axes.set(xlim=(0, 1.08 * most), ylim=(0, 1.08 * most))
    axes.set_ylabel("money", fontsize=SMALL_SIZE, labelpad=2)
    axes.locator_params(nbins=3)
    axes.grid(color=RULE, linewidth=0.5)
