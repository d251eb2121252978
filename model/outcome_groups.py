"""The groups table: the same counts as by community, by exploitation type and gender of the youth.

A spell keeps the type and gender of its youth, so one pass over the truth gives all of them.  What
is reported falsely has neither: there is no spell behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from streetlight.model.compiled import kernel
from streetlight.model.equations import gender_of, type_of
from streetlight.model.names import GENDERS, SERVED, TYPES, End

if TYPE_CHECKING:
    from streetlight.model.run.history import History

#: Columns that are counted, and those that are steps until they are divided into person-years.
COUNTED = ("true_onsets", "known", "identified", "served")
PERSON_YEARS = ("true_active_person_years", "known_still_exploited_person_years")
_ONSETS, _KNOWN, _IDENTIFIED, _SERVED, _ACTIVE, _STILL = range(6)


@kernel
def add_spells(spells, first, stop, out):
    """Add what happened to the spells in the steps from `first` to `stop`.

    out: (types, genders, columns); spells that never began count for nothing.
    """
    for i in range(spells.shape[0]):
        row = spells[i]
        end = min(row.end, stop)
        if row.end_reason >= End.PREVENTED or row.end < first:
            continue
        group = out[type_of(row.traits), gender_of(row.traits)]
        group[_ACTIVE] += end - max(row.start, first)
        if row.start >= first:
            group[_ONSETS] += 1
        if row.known_at >= 0:
            if row.known_at >= first:
                group[_KNOWN] += 1
            group[_STILL] += end - max(row.known_at, first)
            if row.end_reason == End.IDENTIFIED:
                group[_IDENTIFIED] += 1
                if row.stage & SERVED:
                    group[_SERVED] += 1


def by_group(history: History) -> dict[str, NDArray[np.float64]]:
    """The groups table: name to (types * genders,), by type, then gender; both as positions.

    Summed over the groups, each column is that of the community table.
    """
    truth, clock = history.truth, history.truth.clock
    sums = np.zeros((len(TYPES), len(GENDERS), len(COUNTED) + len(PERSON_YEARS)), np.int64)
    add_spells(truth.spells, clock.first_policy_step, clock.n_steps, sums)
    kind, gender = np.indices(sums.shape[:2]).astype(float)
    table = {"exploitation_type": kind, "gender": gender}
    table |= {name: sums[..., k].astype(float) for k, name in enumerate((*COUNTED, *PERSON_YEARS))}
    for name in PERSON_YEARS:
        table[name] /= clock.steps_per_year
    return {name: values.ravel() for name, values in table.items()}
