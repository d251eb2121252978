"""What really is behind a record, for scoring what was estimated from it.

Estimators and rules cannot import it: nothing of `inference` or `money` reaches `run`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from streetlight.model.arrays import BoolArray, FloatArray, Int32Array, divided
from streetlight.model.names import Tally
from streetlight.model.run.case_files import youth_of
from streetlight.model.run.history import History
from streetlight.model.world.shocks import VICTIMIZATION


class TruthKey(NamedTuple):
    """The truth behind a record of C communities and Y years, and n rows of its table of cases."""

    person: Int32Array  # (n,) the first row of the same youth, where the record has a pseudonym
    is_true: BoolArray  # (n,) whether the case is about a youth who was exploited
    rate: FloatArray  # (C, Y) first onsets expected a year per youth 12-17, before any prevention
    onsets: FloatArray  # (C, Y) onsets that happened, later ones among them


def truth_key(history: History) -> TruthKey:
    """The key to the record of a run.

    >>> from streetlight.model.run.truth_key import truth_key
    >>> region = sl.Region.synthetic(n_communities=12, seed=1)
    >>> history = sl.simulate(sl.Parameters(), region, sl.policies.none(), years=2)
    >>> truth_key(history).rate.shape
    (12, 5)
    """
    truth, register, world = history.truth, history.record.register, history.world
    spell = truth.case_spell[register.in_order()]
    clock, region = world.clock, world.region
    per_year, first = clock.steps_per_year, clock.first_record_year
    factor = np.ones((clock.record_years, region.n_communities))
    for shock in world.state.shocks[world.state.shocks["kind"] == VICTIMIZATION]:
        starts = (first + np.arange(clock.record_years)) * per_year
        steps = np.minimum(shock["stop"], starts + per_year) - np.maximum(shock["start"], starts)
        factor[:, shock["community"]] += (shock["amount"] - 1.0) * np.maximum(steps, 0) / per_year
    onset = world.state.communities["onset"] * per_year
    onsets = truth.ledger.yearly[[Tally.FIRST_ONSETS, Tally.LATER_ONSETS], first:].sum(axis=0)
    return TruthKey(
        youth_of(truth.spells, spell), spell >= 0,
        np.asarray((divided(onset, region.youth_12_17) * factor).T), onsets.T.astype(float),
    )  # fmt: skip
