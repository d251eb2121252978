"""A run as tables of columns: everything that a reference run is compared by."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.running.tables import MEASURED
from model.columns import Public, Tally
from model.history import History
from model.lever_names import LEVER_NAMES
from model.outcomes import Summary
from model.parameters import SECTORS

from .columns import Columns, in_order
from .names import first_name

#: Columns by which the rows of a table are sorted.
KEYS = {
    "communities": ("community",),
    "groups": ("exploitation_type", "gender"),
    "series": ("month", "place_class"),
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
        "conditions": conditions(history),
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
    counts = np.rint(values).astype(np.int64)
    assert np.array_equal(counts, values)
    return counts


def rows_of(table: NDArray[Any], leave_out: tuple[str, ...] = ()) -> Columns:
    """The columns of a structured array."""
    return {name: table[name] for name in table.dtype.names or () if name not in leave_out}


def flat(indices: tuple[str, ...], **columns: NDArray[Any]) -> Columns:
    """Columns of one shape as rows, and the position of each row along its axes."""
    shape = next(iter(columns.values())).shape
    positions = dict(zip(indices, np.indices(shape), strict=True))
    return {name: values.ravel() for name, values in {**positions, **columns}.items()}


def summary_tables(history: History, summary: Summary) -> dict[str, Columns]:
    """The tables that results are made of; counts as whole numbers."""
    ids = np.array(history.region.ids)

    def counted(table: dict[str, Any], *measured: str) -> dict[str, Any]:
        return {k: v if k in measured else whole(v) for k, v in table.items()}

    return {
        "communities": {"community": ids, **counted(summary.communities, *MEASURED)},
        "groups": counted(summary.groups, *MEASURED),
        "series": flat(("month", "place_class"), **counted(summary.series, "active")),
        "levers": {**summary.levers, "community": ids[summary.levers["community"]]},
    }


def money(history: History) -> Columns:
    """Dollars and units by policy year, community and lever, and what is carried at the end."""
    columns = {name: getattr(history, name) for name in ("allocated", "spent", "units", "returned")}
    carried = np.zeros_like(history.spent)
    carried[-1] = history.carried
    by_name = np.argsort(LEVER_NAMES)  # the order of levers is nobody's promise
    columns = {name: values[:, :, by_name] for name, values in columns.items()}
    return flat(("year", "place", "lever"), carried=carried[:, :, by_name], **columns)


def ledger(history: History) -> dict[str, Columns]:
    """All tallies by year and community and by month and place class, and time in spells."""
    truth = history.truth
    active, known = truth.person_steps
    return {
        "yearly": flat(("year", "place"), **{t.name.lower(): truth.yearly[t] for t in Tally}),
        "monthly": flat(
            ("month", "class"), **{t.name.lower(): truth.monthly[t] for t in Tally}
        ),
        "person_steps": flat(("year", "place"), active=active, known=known),
        "active_sum": flat(("month", "class"), active=truth.active_sum),
    }


def conditions(history: History) -> Columns:
    """What responders and the public know and believe at the end, and who waits, by community."""
    truth = history.truth
    columns = {
        f"{what} {sector}": getattr(truth, what)[k]
        for what in ("trained", "skill", "denial")
        for k, sector in enumerate(SECTORS)
    }
    public = {f"public {row.name.lower()}": truth.public[row] for row in Public}
    return {**columns, **public, "backlog": truth.backlog}


def record(history: History) -> dict[str, Columns]:
    """What is public by community and year, and the agencies' counts by month."""
    held = history.record
    names = ("published_reports", "published_identified", "takes_part", "survey_respondents",
             "survey_estimates")  # fmt: skip
    counts = {name: getattr(held.counts, name) for name in ("referrals", "opened", "identified")}
    return {
        "record": flat(("place", "year"), **{name: getattr(held, name) for name in names}),
        "counts": flat(("month", "place", "channel"), **counts),
        "monthly_counts": flat(
            ("month", "place"), calls=held.counts.calls, waiting=held.waiting_by_month,
            referrals=held.referrals_by_month,
        ),
    }  # fmt: skip
