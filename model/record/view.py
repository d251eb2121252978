"""What a rule is shown: the public record, public facts about the region, and money.

The engine fills these types at the start of a budget period. Everything in them is a read-only
copy, so nothing that a rule does can reach the world. This guards against mistakes; it is no
sandbox.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from streetlight.model.arrays import BoolArray, ByteArray, FloatArray, Uint64Array, locked
from streetlight.model.errors import InputError
from streetlight.model.names import LEVER_INDEX, N_AGENCIES, N_LEVERS
from streetlight.model.record.beliefs import Prices, Responses, RiskBeliefs

__all__ = ["OraclePlanningView", "OracleView", "PlanningView", "RecordView"]


_SURVEY = LEVER_INDEX["survey"]


@dataclass(frozen=True, eq=False, kw_only=True)
class RecordView:
    """The record as it is public at the start of a budget period.

    C communities, Y record years so far (oldest first, the years of burn-in among them), L levers
    in the order of `names.LEVER_NAMES`.

    period: policy year, 0 the first; ids (C,): community ids, ascending; population, youth (10-17),
    youth_12_17 (C,): persons; poverty_share (C,): of youth, 0-1, as in census data, which have the
    error of a survey; place_class (C,): 0 large metro, 1 small metro, 2 town, 3 rural;
    published_reports, published_identified (C, Y): a year, 0 where the agency took no part in
    publication; published_by_agency (C, Y, agencies): the reports by agency, in the order of
    `names.AGENCIES`; takes_part (C, Y): whether it did, and True everywhere if nobody can tell
    silence from zero; spent (C, Y, L): dollars a year, 0 in burn-in; budget_dollars: what this
    year's allocation may come to, over all communities; beliefs: the agency's slope of risk, right
    or wrong.

    survey_respondents (C, Y): youth 12-17 asked at the end of a year; survey_estimates (C, Y):
    share of youth 12-17 exploited then, as estimated from their answers (chance may take it above
    1). Both are 0 where no youth were asked; one number stands for all cells, by default 0.

    keys (C,) uint64 and luck: what `uniforms` draws from; luck is of this world and year, and the
    same for every policy.

    InputError names a field of the wrong shape and a budget that is negative or not finite.

    >>> def by_reports(view: sl.RecordView) -> np.ndarray:
    ...     return view.published_reports[:, -1] + 1.0
    >>> policy = sl.Policy("by_reports", by_reports, budget=0.50)
    >>> region = sl.Region.synthetic(n_communities=4, seed=1)
    >>> history = sl.simulate(sl.Parameters(), region, policy, years=1)
    >>> history.spending.allocated.shape  # (years, C, L)
    (1, 4, 13)
    """

    period: int
    ids: tuple[str, ...]
    population: FloatArray
    youth: FloatArray
    youth_12_17: FloatArray
    poverty_share: FloatArray
    place_class: ByteArray
    published_reports: FloatArray
    published_identified: FloatArray
    takes_part: BoolArray
    spent: FloatArray
    budget_dollars: float
    keys: Uint64Array
    luck: int
    published_by_agency: FloatArray = field(default_factory=lambda: np.zeros(()))
    survey_respondents: FloatArray = field(default_factory=lambda: np.zeros(()))
    survey_estimates: FloatArray = field(default_factory=lambda: np.zeros(()))
    beliefs: RiskBeliefs = field(default_factory=RiskBeliefs)

    def __post_init__(self) -> None:
        by_community = (self.n_communities,)
        years = (self.n_communities, np.shape(self.published_reports)[-1])
        for name in ("population", "youth", "youth_12_17", "poverty_share"):
            self._lock(name, by_community)
        self._lock("place_class", by_community, np.int8)
        for name in ("published_reports", "published_identified"):
            self._lock(name, years)
        self._lock("takes_part", years, np.bool_)
        self._lock("spent", (*years, N_LEVERS))
        for name in ("survey_respondents", "survey_estimates"):
            if np.ndim(getattr(self, name)) == 0:
                object.__setattr__(self, name, np.full(years, getattr(self, name)))
            self._lock(name, years)
        if np.ndim(self.published_by_agency) == 0:
            by_agency = np.full((*years, N_AGENCIES), self.published_by_agency)
            object.__setattr__(self, "published_by_agency", by_agency)
        self._lock("published_by_agency", (*years, N_AGENCIES))
        self._lock("keys", by_community, np.uint64)
        if not (math.isfinite(self.budget_dollars) and self.budget_dollars >= 0):
            raise InputError(f"budget_dollars: {self.budget_dollars!r}: must be finite, 0 or more")

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} of period {self.period}: {self.n_communities:,} communities, "
            f"{self.n_record_years} years of record, {self.budget_dollars:,.0f} dollars>"
        )

    def _lock(self, name: str, shape: tuple[int, ...], dtype: type[Any] = np.float64) -> None:
        """Put a read-only copy in the place of an array."""
        array = np.array(getattr(self, name), dtype=dtype)
        if array.shape != shape:
            raise InputError(f"{name}: shape {array.shape}: must be {shape}")
        object.__setattr__(self, name, locked(array))

    @property
    def n_communities(self) -> int:
        """Number of communities, C."""
        return len(self.ids)

    @property
    def n_record_years(self) -> int:
        """Number of record years so far, Y."""
        return int(self.takes_part.shape[1])

    @property
    def attention_dollars(self) -> FloatArray:
        """Dollars a year that could bring reports about, surveys left out: (C, Y)."""
        return np.asarray(self.spent.sum(axis=2) - self.spent[:, :, _SURVEY])

    def uniforms(self, purpose: str) -> FloatArray:
        """A uniform in (0, 1) for each community (C,), for lots and noise.

        It depends on the world, the year, the community and the purpose, and on nothing else: not
        on the policy, nor on which other communities there are.
        """
        text = f"{self.luck} {self.period} {purpose}".encode()
        start = int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")
        bits = _scrambled(_scrambled(self.keys ^ np.uint64(start)) + np.uint64(start))
        return np.asarray(((bits >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53)


def _scrambled(x: Uint64Array) -> Uint64Array:
    """Bits mixed by the finaliser of SplitMix64 (Steele, Lea and Flood 2014)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(x ^ (x >> np.uint64(31)))


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class PlanningView(RecordView):
    """The record, what things cost, and how the agency believes communities respond.

    prices: facts, dollars; responses: the agency's own beliefs, drawn around the truth once a
    future; the other fields are those of `RecordView`.

    >>> def where_training_is_cheap(view: sl.PlanningView) -> np.ndarray:
    ...     return view.youth / view.prices.unit_cost[:, 1]
    >>> sl.Policy("cheap_training", where_training_is_cheap).view_type is sl.PlanningView
    True
    """

    prices: Prices
    responses: Responses


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class OracleView(RecordView):
    """The record and, as no real agency has it, the truth to come. For reference rules only.

    expected_onsets (C,): onsets of first spells expected in the coming year, before any prevention
    and without shocks: a rate, not what will happen. An oracle's poverty_share is the true one.
    """

    expected_onsets: FloatArray

    def __post_init__(self) -> None:
        super().__post_init__()
        self._lock("expected_onsets", (self.n_communities,))


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class OraclePlanningView(PlanningView, OracleView):
    """For reference planners: true_responses, how communities respond on average until the end."""

    true_responses: Responses
