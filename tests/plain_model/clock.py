"""Section 1: steps, and how rates and delays become steps."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Clock:
    """Step 0 is the first of burn-in; filling steps are negative."""

    steps_per_year: int
    filling_years: int
    burn_in_years: int
    policy_years: int

    @property
    def first_step(self) -> int:
        """The first filling step."""
        return -self.filling_years * self.steps_per_year

    @property
    def end_step(self) -> int:
        """One after the last step of the last policy year."""
        return (self.burn_in_years + self.policy_years) * self.steps_per_year

    def year(self, step: int) -> int:
        """Year of a step; 0 is the first of burn-in, filling years are negative."""
        return step // self.steps_per_year

    def policy_year(self, step: int) -> int:
        """Policy year of a step, from 0; negative before the policies start."""
        return self.year(step) - self.burn_in_years

    def step_of_year(self, step: int) -> int:
        """Position of a step in its year, from 0."""
        return step % self.steps_per_year

    def ends_month(self, step: int) -> bool:
        """Whether the step is the last of a month of its year."""
        steps = self.steps_per_year
        return self.step_of_year(step) + 1 in {steps * (m + 1) // 12 for m in range(12)}

    def p_month(self, rate: float) -> float:
        """Probability a step of a hazard a month."""
        return -math.expm1(-12.0 * rate / self.steps_per_year)

    def weeks(self, weeks: float) -> int:
        """A delay in weeks as steps."""
        return round(weeks * self.steps_per_year / 52)

    def months(self, months: float) -> int:
        """A delay in months as steps."""
        return round(months * self.steps_per_year / 12)
