"""The calendar: steps, months and years (docs/model.md, section 1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streetlight.model.equations import steps_of_months, steps_of_weeks


@dataclass(frozen=True)
class Clock:
    """The calendar of a history: filling years, then the record, then the policy years in it.

    Steps, months and years of the state are counted from the first filling week: its tables are
    indexed by them, and random draws are keyed by them.  What agencies hold is counted from the
    first week of the record, what users write and read from the first policy week: `first_record_*`
    and `first_policy_*` are the difference, and the only place it is written.
    """

    steps_per_year: int
    filling_years: int
    burn_in_years: int
    policy_years: int

    @property
    def n_years(self) -> int:
        """All years: filling, burn-in and policy."""
        return self.filling_years + self.burn_in_years + self.policy_years

    @property
    def n_steps(self) -> int:
        """All steps."""
        return self.n_years * self.steps_per_year

    @property
    def record_years(self) -> int:
        """Years of the record: burn-in and policy."""
        return self.burn_in_years + self.policy_years

    @property
    def first_record_year(self) -> int:
        """The first year of burn-in."""
        return self.filling_years

    @property
    def first_policy_year(self) -> int:
        """The first policy year."""
        return self.filling_years + self.burn_in_years

    @property
    def first_record_month(self) -> int:
        """The first month of burn-in."""
        return 12 * self.first_record_year

    @property
    def first_record_step(self) -> int:
        """The first step of burn-in: the record starts here."""
        return self.first_record_year * self.steps_per_year

    @property
    def first_policy_step(self) -> int:
        """The first step of the policy years."""
        return self.first_policy_year * self.steps_per_year

    @property
    def n_months(self) -> int:
        """All months."""
        return 12 * self.n_years

    def month_of_step(self) -> NDArray[np.int32]:
        """Month of every step, counted from the start of filling: int32 (n_steps,).

        Month m of a year covers steps floor(S m / 12) to floor(S (m + 1) / 12) - 1.
        """
        s = self.steps_per_year
        starts = np.array([(s * m) // 12 for m in range(13)])
        within = np.searchsorted(starts, np.arange(s), side="right") - 1
        years = np.repeat(np.arange(self.n_years), s)
        return (12 * years + np.tile(within, self.n_years)).astype(np.int32)

    def weeks(self, weeks: float) -> int:
        """A delay in weeks as a number of steps."""
        return steps_of_weeks(weeks, self.steps_per_year)

    def months(self, months: float) -> int:
        """A delay in months as a number of steps."""
        return steps_of_months(months, self.steps_per_year)
