"""What a run did to the truth: metrics, tables by community and group, series and spending.

Everything is over the policy years unless the name says otherwise.  *Averted* compares two runs of
the same world, so it needs the baseline's history.

>>> world = sl.draw_world(sl.Parameters(), sl.Region.synthetic(12, seed=1), years=2)
>>> plain = sl.run_policy(world, sl.policies.none())
>>> summary = sl.outcomes.summarise(sl.run_policy(world, sl.policies.per_youth()), plain)
>>> sorted(summary.metrics)[:2], summary.communities["identified"].shape
(['allocated', 'averted_per_100k_effort_high'], (12,))
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streetlight.model.arrays import FloatArray, ratio
from streetlight.model.names import N_CLASSES, End, Tally
from streetlight.model.outcome_equity import funding, misdirection, unevenness
from streetlight.model.outcome_groups import PERSON_YEARS, by_group
from streetlight.model.outcome_places import (
    averted_by_place,
    before_policy,
    by_fifth,
    cohort,
    money_by_place,
    places_of,
)
from streetlight.model.run.history import History

#: Columns of the community table that are tallies of the ledger.
TALLIES = {
    "first_onsets": Tally.FIRST_ONSETS, "reexploitation_onsets": Tally.LATER_ONSETS,
    "prevented_onsets": Tally.PREVENTED, "knew": Tally.KNEW, "recognised": Tally.RECOGNISED,
    "known": Tally.KNOWN, "reports": Tally.REPORTS, "false_reports": Tally.FALSE_REPORTS,
    "screened_in": Tally.SCREENED_IN, "ever_screened_in": Tally.EVER_SCREENED_IN,
    "investigated": Tally.INVESTIGATED, "ever_investigated": Tally.EVER_INVESTIGATED,
    "false_investigated": Tally.FALSE_INVESTIGATED, "identified": Tally.IDENTIFIED,
    "false_identified": Tally.FALSE_IDENTIFIED, "offered_no_place": Tally.OFFERED_NO_PLACE,
    "served": Tally.SERVED,
}  # fmt: skip

#: Series by month and place class that are tallies of the ledger.
SERIES = {name: TALLIES[name] for name in ("known", "reports", "false_reports", "identified")}


@dataclass(frozen=True, eq=False)
class Summary:
    """One run in five tables."""

    metrics: dict[str, float]  # name to value, NaN where undefined
    communities: dict[str, NDArray[np.float64]]  # name to (C,)
    series: dict[str, FloatArray]  # name to (months, 4), months from the start of burn-in
    levers: dict[str, NDArray[np.generic]]  # year, community, lever, spent, units of each purchase
    groups: dict[str, NDArray[np.float64]]  # name to (9,), by exploitation type and gender


def by_community(history: History) -> dict[str, NDArray[np.float64]]:
    """The community table: name to (C,)."""
    truth, years = history.truth, history.years
    region = history.region
    out = {
        "population": region.population,
        "youth": region.youth,
        "place_class": region.place_class.astype(float),
        "poverty_quintile": region.poverty_quintile.astype(float),
        **before_policy(history.world),
        **{name: truth.tally(tally).astype(float) for name, tally in TALLIES.items()},
    }
    out["true_onsets"] = out["first_onsets"] + out["reexploitation_onsets"]
    out |= dict(zip(PERSON_YEARS, truth.person_years, strict=True))
    out["published"] = history.record.published_reports[:, -years:].sum(axis=1)
    out["backlog_end"] = truth.conditions.backlog
    out["allocated"] = history.spending.allocated.sum(axis=(0, 2))
    out["spending"] = history.spending.spent.sum(axis=(0, 2))
    out["unspent"] = history.spending.unspent
    return out


def averted(history: History, baseline: History) -> dict[str, float]:
    """Person-years averted against the baseline of the same world, and where they come from.

    prevented: first spells that never began (with what they lasted in the baseline); shortened:
    other first spells; reexploitation: later spells.
    """
    per_year = history.truth.clock.steps_per_year
    n = history.truth.n_first
    steps, baseline_steps = history.truth.policy_steps, baseline.truth.policy_steps
    gain = baseline_steps[:n] - steps[:n]
    prevented = history.truth.spells["end_reason"][:n] == End.PREVENTED
    later = baseline_steps[n:].sum() - steps[n:].sum()
    out = {
        "averted_prevented": float(gain[prevented].sum()) / per_year,
        "averted_shortened": float(gain.sum() - gain[prevented].sum()) / per_year,
        "averted_reexploitation": float(later) / per_year,
    }
    out["averted_person_years"] = sum(out.values())
    return out


def by_month(history: History) -> dict[str, FloatArray]:
    """Series by month from the start of burn-in and place class: name to (months, 4)."""
    truth, clock = history.truth, history.truth.clock
    first = clock.first_record_month
    steps = np.bincount(clock.month_of_step(), minlength=clock.n_months)[first:, None]
    monthly = truth.ledger.monthly[:, first:].astype(float)
    out = {name: monthly[tally] for name, tally in SERIES.items()}
    out["active"] = truth.ledger.active_sum[first:] / steps
    out["onsets"] = monthly[Tally.FIRST_ONSETS] + monthly[Tally.LATER_ONSETS]
    out["published"] = history.record.published_by_month.astype(float)
    waiting, place_class = history.record.waiting_by_month, history.region.place_class
    by_class = [waiting[:, place_class == k].sum(axis=1) for k in range(N_CLASSES)]
    out["backlog"] = np.stack(by_class, axis=1).astype(float)
    return out


def purchases(history: History) -> dict[str, NDArray[np.generic]]:
    """What was bought: columns year, community, lever, spent, units (rows with money in them).

    Levers are positions in `LEVER_NAMES`.
    """
    money = history.spending
    cell = year, community, lever = np.nonzero((money.spent > 0) | (money.allocated > 0))
    return {
        "year": year.astype(np.int32), "community": community.astype(np.int32),
        "lever": lever.astype(np.int32), "spent": money.spent[cell],
        "units": money.units[cell],
    }  # fmt: skip


def summarise(history: History, baseline: History) -> Summary:
    """All tables of a run; `baseline` is the run without added spending in the same world.

    ValueError if the two are not of the same world.
    """
    if history.world is not baseline.world:
        raise ValueError("a run can only be compared with a baseline of the same world")
    table = by_community(history)
    places = places_of(table)
    before = {"true_active_person_years": baseline.truth.person_years[0]}
    sums = {name: float(values.sum()) for name, values in table.items()}
    steps, n = history.truth.policy_steps, history.truth.n_first
    per_year, youth = history.truth.clock.steps_per_year, sums["youth"]
    investigated = sums["investigated"] + sums["false_investigated"]
    false = sums["false_investigated"]
    substantiated = sums["identified"] + sums["false_identified"]
    keep = (
        "first_onsets", "reexploitation_onsets", "prevented_onsets", "true_onsets", "known",
        "identified", "reports", "false_reports", "screened_in", "investigated",
        "false_investigated", "false_identified", "served", "offered_no_place",
        "known_still_exploited_person_years", "backlog_end", "allocated", "spending", "unspent",
    )  # fmt: skip
    metrics = {
        "person_years": sums["true_active_person_years"],
        "person_years_first": float(steps[:n].sum()) / per_year,
        "person_years_later": float(steps[n:].sum()) / per_year,
        **{name: sums[name] for name in keep},
        "not_substantiated_share": 1.0 - ratio(substantiated, investigated),
        **cohort(history, places),
        **averted(history, baseline),
        **averted_by_place(table, before, places),
        **money_by_place(table, places),
        **by_fifth(table, history.years),
        "extra_identified": sums["identified"]
        - float(baseline.truth.tally(Tally.IDENTIFIED).sum()),
        "false_investigations_per_1000_youth": 1e3 * ratio(false, youth * history.years),
        "false_reports_per_identified": ratio(sums["false_reports"], sums["identified"]),
        **misdirection(table),
        **unevenness(table, history.region.poverty_share),
        **funding(history),
    }
    return Summary(metrics, table, by_month(history), purchases(history), by_group(history))
