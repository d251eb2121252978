"""What a model's data collector writes down each week: truth and record side by side, and money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import mesa  # type: ignore[import-untyped]

from streetlight.model.errors import InputError, did_you_mean
from streetlight.model.names import N_AGENCIES, Tally
from streetlight.model.world.state import Public, Stock

if TYPE_CHECKING:
    from streetlight.model.agents.model import ReportingModel

ONSETS = (Tally.FIRST_ONSETS, Tally.LATER_ONSETS)


def active(model: ReportingModel) -> int:
    """Youth in a spell now."""
    return int(model.simulation.state.active[0].sum())


def awareness(model: ReportingModel) -> float:
    """Public awareness now: the mean over residents."""
    residents = model.region.population
    return float(model.simulation.state.public[Public.AWARENESS] @ residents / residents.sum())


def _years_begun(model: ReportingModel) -> int:
    """Policy years of which a week has been made: sums over them alone cost less each week."""
    return -(-model.week // model.simulation.clock.steps_per_year)


def so_far(what: Sequence[int], model: ReportingModel) -> int:
    """Events of these rows of the ledger in the policy years so far."""
    clock, yearly = model.simulation.clock, model.simulation.state.yearly
    years = slice(clock.first_policy_year, clock.first_policy_year + _years_begun(model))
    return int(sum(yearly[row, years].sum() for row in what))


def published_reports(model: ReportingModel) -> int:
    """Reports that agencies have published of the policy years, whole years only."""
    simulation = model.simulation
    return int(simulation.published_reports()[:, simulation.clock.burn_in_years :].sum())


def published_identified(model: ReportingModel) -> int:
    """Identified youth that agencies have published of the policy years, whole years only."""
    simulation = model.simulation
    return int(simulation.published_identified()[:, simulation.clock.burn_in_years :].sum())


def spent(model: ReportingModel) -> float:
    """Dollars spent in the policy years so far."""
    return float(model.simulation.spending.spent[: _years_begun(model)].sum())


#: The columns of every data collector, in three parts: truth, record and money.
REPORTERS: dict[str, Any] = {
    "week": "week",
    "true_active": active,
    "true_onsets": partial(so_far, ONSETS),
    "true_reports": partial(so_far, (Tally.REPORTS,)),
    "true_identified": partial(so_far, (Tally.IDENTIFIED,)),
    "awareness": awareness,
    # what is in the books: an agency cannot tell true from false
    "recorded_reports": partial(so_far, range(Stock.RECORDED, Stock.RECORDED + N_AGENCIES)),
    "recorded_identified": partial(so_far, (Stock.RECORDED_IDENTIFIED,)),
    "published_reports": published_reports,
    "published_identified": published_identified,
    "spent_dollars": spent,
}


def collector(
    model: ReportingModel,
    model_reporters: Mapping[str, Any] | None,
    agenttype_reporters: Mapping[type, Mapping[str, Any]] | None,
) -> mesa.DataCollector:
    """A data collector with `REPORTERS` and the user's own, whose names have been looked up.

    Mesa fills the column of a misspelt name with None; here it is an InputError.
    """
    own = dict(model_reporters or {})
    _check("model_reporters", own, model)
    by_type = {}
    for kind, reporters in (agenttype_reporters or {}).items():
        if kind not in model.agents_by_type:
            raise InputError(f"agenttype_reporters: {kind!r}: must be Community or Responder")
        where = f"agenttype_reporters: {kind.__name__}"
        _check(where, reporters, next(iter(model.agents_by_type[kind])))
        by_type[kind] = {
            # Mesa reads a name with a function of its own, which cannot be pickled
            column: attrgetter(reporter) if isinstance(reporter, str) else reporter
            for column, reporter in reporters.items()
        }
    return mesa.DataCollector(
        model_reporters={**REPORTERS, **own}, agenttype_reporters=by_type or None
    )


def _check(where: str, reporters: Mapping[str, Any], holder: object) -> None:
    """Refuse names that an object has not or that are methods, and what is no reporter at all."""
    for column, reporter in reporters.items():
        if isinstance(reporter, str):
            if not hasattr(holder, reporter) or callable(getattr(holder, reporter)):
                values = [name for name in dir(holder) if not name.startswith("_")]
                raise InputError(
                    f'{where}: {column}: a {type(holder).__name__} has no value called "{reporter}"'
                    + did_you_mean(reporter, values)
                )
        elif not callable(reporter) and not isinstance(reporter, list):
            raise InputError(f"{where}: {column}: {reporter!r}: must be a name or a function")
