"""A run as tables of columns: everything that a reference run is compared by."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from streetlight.experiments.running.tables import MEASURED
from streetlight.model.names import LEVER_NAMES, Tally
from streetlight.model.outcomes import Summary
from streetlight.model.run.history import History
from streetlight.model.world.state import Public

from .columns import Columns, in_order
from .names import first_name

#: Columns by which the rows of a table are sorted.
KEYS = {
    "communities": ("community",),
    "levers": ("year", "lever", "community"),
    "spells": ("community", "number", "ordinal"),
    "cases": ("community", "opened", "channel"),
    "touches": ("case", "step", "channel"),
}

#: Columns of spells that are positions in another table.
POSITIONS = ("case",)


def tables_of(history: History, summary: Summary) -> dict[str, Columns]:
    """Tables of a run by name, rows sorted, tables and columns by their first names."""
    tables = {
        **summary_tables(history, summary),
        "money": money(history),
        "spells": rows_of(history.truth.spells, leave_out=POSITIONS),
        "cases": rows_of(history.record.cases.cases),
        "touches": rows_of(history.record.cases.touches),
        **ledger(history),
        **conditions(history),
        **record(history),
    }
    named = {first_name("tables", name): columns for name, columns in tables.items()}
    return {name: with_first_names(name, columns) for name, columns in named.items()}


def with_first_names(table: str, columns: Columns) -> Columns:
    """The columns of a table by their first names, rows sorted by its keys."""
    named = {first_name(table, name): values for name, values in columns.items()}
    return in_order(named, KEYS.get(table, ()))


def whole(values: NDArray[Any]) -> NDArray[np.int64]:
    """Counts that are held as floats, as the whole numbers that they are."""
    counts = np.asarray(np.rint(values), np.int64)
    assert np.array_equal(counts, values)
    return counts


def rows_of(table: NDArray[Any], leave_out: tuple[str, ...] = ()) -> Columns:
    """The columns of a structured array."""
    return {name: table[name] for name in table.dtype.names or () if name not in leave_out}


def flat(columns: Columns) -> Columns:
    """Columns of more than one axis as rows, in the order of the axes."""
    return {name: values.ravel() for name, values in columns.items()}


def summary_tables(history: History, summary: Summary) -> dict[str, Columns]:
    """The tables that results are made of; counts as whole numbers."""
    ids, bought = np.array(history.region.ids), summary.levers

    def counted(table: dict[str, Any], *measured: str) -> dict[str, Any]:
        return {k: v if k in measured else whole(v) for k, v in table.items()}

    # true youth are no whole numbers where `incidence.youth_spread` moves them
    moved = ("youth",) if (summary.communities["youth"] % 1.0).any() else ()
    return {
        "communities": {"community": ids, **counted(summary.communities, *MEASURED, *moved)},
        "groups": counted(summary.groups, *MEASURED),
        "series": flat(counted(summary.series, "active")),
        "levers": {
            **bought, "community": ids[bought["community"]],
            "lever": np.array([first_name("levers", LEVER_NAMES[k]) for k in bought["lever"]], str),
        },
    }  # fmt: skip


def money(history: History) -> Columns:
    """Dollars and units by policy year, community and lever, and what is carried at the end.

    Levers are sorted by name, as their order is nobody's promise.
    """
    columns = {
        name: getattr(history.spending, name)
        for name in ("allocated", "spent", "units", "returned")
    }
    carried = np.zeros_like(history.spending.spent)
    carried[-1] = history.spending.carried
    by_name = np.argsort([first_name("levers", name) for name in LEVER_NAMES])
    columns = {name: values[:, :, by_name] for name, values in columns.items()}
    return flat({**columns, "carried": carried[:, :, by_name]})


def ledger(history: History) -> dict[str, Columns]:
    """All tallies by year and community and by month and place class, and time in spells."""
    ledger = history.truth.ledger
    active, known = ledger.person_steps
    return {
        "yearly": flat({tally.name.lower(): ledger.yearly[tally] for tally in Tally}),
        "monthly": flat({tally.name.lower(): ledger.monthly[tally] for tally in Tally}),
        "person_steps": flat({"active": whole(active), "known": whole(known)}),
        "active_sum": flat({"active": whole(ledger.active_sum)}),
    }


def conditions(history: History) -> dict[str, Columns]:
    """What responders and the public know and believe at the end, and who waits."""
    end = history.truth.conditions
    responders = {"trained": end.trained, "skill": end.skill, "denial": end.denial}
    public = {row.name.lower(): end.public[row] for row in Public if row is not Public.EXCESS}
    return {"responders": flat(responders), "public": {**public, "backlog": end.backlog}}


def record(history: History) -> dict[str, Columns]:
    """What is public by community and year, and the agencies' counts by month."""
    held = history.record
    yearly = {
        name: whole(getattr(held, name))
        for name in ("published_reports", "published_identified", "takes_part",
                     "survey_respondents")
    }  # fmt: skip
    names = ("referrals", "investigated", "identified")
    counts = {name: getattr(held.counts, name) for name in names}
    return {
        "record": flat({**yearly, "survey_estimates": held.survey_estimates}),
        "counts": flat(counts),
        "monthly_counts": flat(
            {
                "calls": held.counts.calls, "waiting": held.waiting_by_month,
                "referrals": held.referrals_by_month,
            }
        ),
    }  # fmt: skip
