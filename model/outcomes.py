"""What a run did to the truth: metrics, tables by community and group, series and spending.

Everything is over the policy years unless the name says otherwise.  *Averted* compares two runs of
the same world, so it needs the baseline's history.

>>> world = sl.draw_world(sl.Parameters(), sl.Region.synthetic(12, seed=1), years=2)
>>> plain = sl.run_policy(world, sl.policies.none())
>>> summary = sl.outcomes.summarise(sl.run_policy(world, sl.policies.per_youth()), plain)
>>> sorted(summary.metrics)[:2], summary.communities["identified"].shape
(['allocated', 'averted_per_100k_large_metro'], (12,))
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from streetlight.model.arrays import FloatArray
from streetlight.model.names import LEVER_NAMES, N_CLASSES, End, PlaceClass, Tally
from streetlight.model.outcome_groups import by_group
from streetlight.model.run.history import History

#: Names of the place classes within names of metrics.
CLASS_NAMES = tuple(place.name.lower() for place in PlaceClass)

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


def ratio(part: float, whole: float) -> float:
    """part / whole, NaN where there is nothing to divide by."""
    return float(part) / float(whole) if whole > 0 else float("nan")


def by_community(history: History) -> dict[str, NDArray[np.float64]]:
    """The community table: name to (C,)."""
    truth, years = history.truth, history.years
    region = history.region
    out = {
        "population": region.population,
        "youth": region.youth,
        "place_class": region.place_class.astype(float),
        "poverty_quintile": region.poverty_quintile.astype(float),
        **{name: truth.tally(tally).astype(float) for name, tally in TALLIES.items()},
    }
    out["true_onsets"] = out["first_onsets"] + out["reexploitation_onsets"]
    person_steps = truth.ledger.person_steps[:, truth.clock.first_policy_year :].sum(axis=1)
    active, known = person_steps / truth.clock.steps_per_year
    out["true_active_person_years"] = active
    out["known_still_exploited_person_years"] = known
    out["published"] = history.record.published_reports[:, -years:].sum(axis=1)
    out["backlog_end"] = truth.conditions.backlog
    out["allocated"] = history.spending.allocated.sum(axis=(0, 2))
    out["spending"] = history.spending.spent.sum(axis=(0, 2))
    out["unspent"] = history.spending.unspent
    return out


def cohort(history: History) -> dict[str, float]:
    """Ascertainment of first spells that began in policy years 1 to H - 4, at least the first.

    Followed to the horizon: share ever reported (known) and share identified, in all and by class.
    """
    clock, first_start = history.truth.clock, history.world.state.first_start
    last = clock.first_policy_step + max(1, history.years - 4) * clock.steps_per_year
    last = min(last, clock.n_steps)
    rows = history.truth.spells[first_start[clock.first_policy_step] : first_start[last]]
    rows = rows[rows["end_reason"] != End.PREVENTED]
    came = {"known": rows["known_at"] >= 0, "identified": rows["end_reason"] == End.IDENTIFIED}
    place_class = history.region.place_class[rows["community"]]
    out = {f"cohort_{step}_share": ratio(those.sum(), len(rows)) for step, those in came.items()}
    shares = []
    for k, name in enumerate(CLASS_NAMES):
        here = place_class == k
        for step, those in came.items():
            out[f"{step}_share_{name}"] = ratio(those[here].sum(), here.sum())
        if here.any():
            shares.append(out[f"identified_share_{name}"])
    out["worst_class_identified_share"] = min(shares, default=float("nan"))
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
        "averted_shortened": float(gain[~prevented].sum()) / per_year,
        "averted_reexploitation": float(later) / per_year,
    }
    out["averted_person_years"] = sum(out.values())
    return out


def averted_by_class(
    table: dict[str, NDArray[np.float64]], baseline: dict[str, NDArray[np.float64]]
) -> dict[str, float]:
    """Person-years averted per 100,000 youth (10-17) by place class, and the worst-off class."""
    gain = baseline["true_active_person_years"] - table["true_active_person_years"]
    place_class = table["place_class"].astype(int)
    youth = np.bincount(place_class, table["youth"], N_CLASSES)
    total = np.bincount(place_class, gain, N_CLASSES)
    out = {
        f"averted_per_100k_{name}": 1e5 * ratio(total[k], youth[k])
        for k, name in enumerate(CLASS_NAMES)
    }
    known = [value for value in out.values() if not np.isnan(value)]
    out["worst_class_averted_per_100k"] = min(known, default=float("nan"))
    return out


def misdirection(table: dict[str, NDArray[np.float64]]) -> dict[str, float]:
    """How far the record misleads about where exploitation is.

    Spearman correlation of published against true rate per youth; share of the published top decile
    (by rate) that is truly top; Hoover index of money against true onsets (0 where they match);
    Gini index of the share identified over communities with at least 5 true onsets.
    """
    youth = table["youth"]
    ok = youth > 0
    published = table["published"][ok] / youth[ok]
    true = table["true_onsets"][ok] / youth[ok]
    names = ("report_truth_rank_correlation", "top_decile_truly_top", "misallocation")
    out = dict.fromkeys(names, float("nan"))
    if ok.sum() > 1 and np.ptp(published) > 0 and np.ptp(true) > 0:
        ranks = rankdata(published), rankdata(true)
        out["report_truth_rank_correlation"] = float(np.corrcoef(*ranks)[0, 1])
        top = max(1, int(round(ok.sum() / 10)))
        by_report = np.argsort(-published, kind="stable")[:top]
        by_truth = np.argsort(-true, kind="stable")[:top]
        out["top_decile_truly_top"] = len(np.intersect1d(by_report, by_truth)) / top
    spent, onsets = table["spending"].sum(), table["true_onsets"].sum()
    if spent > 0 and onsets > 0:
        gap = table["spending"] / spent - table["true_onsets"] / onsets
        out["misallocation"] = float(np.abs(gap).sum() / 2.0)
    enough = table["true_onsets"] >= 5
    share = np.sort(table["identified"][enough] / table["true_onsets"][enough])
    n, total = len(share), share.sum()
    weights = 2.0 * np.arange(1, n + 1) - n - 1
    out["identified_gini"] = ratio(float((weights * share).sum()), n * total)
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
    """What was bought: columns year, community, lever, spent, units (rows with money in them)."""
    money = history.spending
    cell = year, community, lever = np.nonzero((money.spent > 0) | (money.allocated > 0))
    return {
        "year": year.astype(np.int32), "community": community.astype(np.int32),
        "lever": np.array(LEVER_NAMES)[lever], "spent": money.spent[cell],
        "units": money.units[cell],
    }  # fmt: skip


def summarise(history: History, baseline: History) -> Summary:
    """All tables of a run; `baseline` is the run without added spending in the same world.

    ValueError if the two are not of the same world.
    """
    if history.world is not baseline.world:
        raise ValueError("a run can only be compared with a baseline of the same world")
    table = by_community(history)
    baseline_table = table if history is baseline else by_community(baseline)
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
        **cohort(history),
        **averted(history, baseline),
        **averted_by_class(table, baseline_table),
        "extra_identified": sums["identified"] - float(baseline_table["identified"].sum()),
        "false_investigations_per_1000_youth": 1e3 * ratio(false, youth * history.years),
        "false_reports_per_identified": ratio(sums["false_reports"], sums["identified"]),
        **misdirection(table),
    }
    return Summary(metrics, table, by_month(history), purchases(history), by_group(history))
