"""What a reader of the explorer may choose, and the model that follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from streetlight.model.agents.model import ReportingModel
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError, did_you_mean
from streetlight.model.money.policies import MIXES, RULES, build
from streetlight.model.parameters import Parameters

YEARS = 5
COMMUNITIES = (20, 200)
BUDGET = (0.0, 5.0)  # dollars per resident per year
BARRIERS = (0.0, 2.0)  # times the strength assumed
SEEDS = (1, 50)
BASELINE = "none"


@dataclass(frozen=True)
class Choices:
    """One setting of the page.

    communities: of the invented region; rule: name of a registered rule; budget: dollars per
    resident per year; mix: name of a lever mix; barriers: strength of the small-town barriers, 1 as
    assumed; feedback: whether attention and training follow the record; seed: which invented
    region and whose luck. InputError naming all that is out of range or unknown.
    """

    communities: int = 60
    rule: str = "last_years_counts"
    budget: float = 2.0
    mix: str = "balanced"
    barriers: float = 1.0
    feedback: bool = True
    seed: int = 1

    def __post_init__(self) -> None:
        ranges = {"communities": COMMUNITIES, "budget": BUDGET, "barriers": BARRIERS, "seed": SEEDS}
        problems = [
            f"{name}: {getattr(self, name)}: must lie between {low} and {high}"
            for name, (low, high) in ranges.items()
            if not low <= getattr(self, name) <= high
        ]
        for name, known in (("rule", rules()), ("mix", MIXES)):
            value = getattr(self, name)
            if value not in known:
                problems.append(f"{name}: {value}: not on offer{did_you_mean(value, known)}")
        if problems:
            raise InputError(*problems)

    def parameters(self) -> Parameters:
        """The defaults with the barriers and the feedback chosen."""
        assumed = Parameters().denial.barrier_scale
        return Parameters().with_values(
            {
                "denial.barrier_scale": self.barriers * assumed,
                "switches.feedback": self.feedback,
                "switches.publicity": self.feedback,
            }
        )

    def model(self) -> ReportingModel:
        """The model at the start of the policy years."""
        budget = self.budget if RULES[self.rule].spends else 0.0
        return ReportingModel(
            region=region(self.communities, self.seed),
            policy=build(self.rule, budget=budget, mix=self.mix),
            parameters=self.parameters(), seed=self.seed, years=YEARS,
        )  # fmt: skip


@lru_cache(maxsize=16)
def region(communities: int, seed: int) -> Region:
    """The invented region."""
    return Region.synthetic(communities, seed=seed)


@lru_cache(maxsize=1)
def rules() -> dict[str, str]:
    """The rules on offer by name with their titles: no planner (slow), no oracle (a reference)."""
    return {name: info.title for name, info in RULES.items() if not (info.plans or info.is_oracle)}
