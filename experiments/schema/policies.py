"""The keys of a policy in an experiment file."""

from __future__ import annotations

from pydantic import Field

from streetlight.experiments.schema.types import (
    MOST_YEARS,
    Budgets,
    ClassMixes,
    Dollars,
    Line,
    Mixes,
    Name,
    Part,
    PolicyName,
    Rule,
    known,
)
from streetlight.model.money.policies import Teams


class Turn(Part):
    """A policy of a schedule, and from when it is its turn."""

    from_year: int = Field(
        ge=0, le=MOST_YEARS, description="Policy year from which it applies; 0 is the first."
    )
    policy: PolicyName = Field(description="A rule, or a policy above this one in the file.")


class BudgetTurn(Part):
    """A budget, and from when it holds."""

    from_year: int = Field(
        ge=0, le=MOST_YEARS, description="Policy year from which it holds; 0 is the first."
    )
    dollars: Dollars = Field(description="Dollars per resident per year from then on.")


class PolicyChoice(Part):
    """One policy: a registered rule with its settings, a blend or a schedule of policies, or a
    table."""

    title: Line | None = Field(
        default=None,
        description="What people are to call it, in any script; else its name made readable.",
    )
    rule: Rule | None = Field(
        default=None, description="Who gets money. Without it the policy's own name is the rule."
    )
    mix: Mixes | None = Field(
        default=None,
        description="What the money is spent on, if not on the file's mix; a list makes as many "
        "policies.",
    )
    class_mixes: ClassMixes | None = Field(
        default=None, description="Classes of place to mixes of their own, in the place of mix."
    )
    budget: Budgets | None = Field(
        default=None,
        description="Dollars per resident per year, if not the file's budget; a list makes as many "
        "policies.",
    )
    budgets: list[BudgetTurn] | None = Field(
        default=None,
        min_length=1,
        description="Instead of one budget: budgets one after the other, the first from year 0.",
    )
    teams: Teams | None = Field(
        default=None, description="Who buys together, if not as the file says."
    )
    settings: dict[str, float] = Field(
        default_factory=dict,
        description="The rule's settings that are not to have their defaults.",
        json_schema_extra=known("settings"),
    )
    blend: dict[Name, float] | None = Field(
        default=None,
        min_length=1,
        description="Instead of a rule: rules, or policies above this one, to shares of the "
        "budget that sum to 1.",
        json_schema_extra=known("policies"),
    )
    schedule: list[Turn] | None = Field(
        default=None,
        min_length=1,
        description="Instead of a rule: policies one after the other, the first from year 0.",
    )
    table: Line | None = Field(
        default=None,
        description="Instead of a rule: a CSV file that says who gets how much, one row each, with "
        "the columns community, lever, year, and dollars or share. The path is relative to this "
        "file.",
    )
    only_part: bool = Field(
        default=False,
        description="Whether it is a part of blends or schedules below it and no policy of its "
        "own: it is then neither run nor compared by itself.",
    )

    def parts(self) -> list[str]:
        """Names of the rules and policies that it is made of."""
        return [*(self.blend or {}), *(turn.policy for turn in self.schedule or [])]
