"""What a reader of the explorer may choose, and the models that follow from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Literal, NamedTuple

from streetlight.experiments.labels import label
from streetlight.model.agents.model import ReportingModel
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError, did_you_mean
from streetlight.model.money.policies import MIXES, RULES, build
from streetlight.model.parameters import Parameters
from streetlight.model.world.shocks import Shock

YEARS = 5
BUDGET = (0.0, 5.0)  # money per resident per year
BARRIERS = (0.0, 2.0)  # times the strength assumed
SEEDS = (1, 50)
#: Plainer names than those of the register, for the plans that the page itself talks of.
PLAIN = {
    "none": "No added money",
    "per_youth": "By number of youth",
    "last_years_counts": "By last year's reports",
}
Kind = Literal["campaign", "police"]
KINDS: tuple[Kind, ...] = ("campaign", "police")
EVENT_WEEKS = 26


class Happening(NamedTuple):
    """What may happen during play: its name on the page, and the size of the shock."""

    title: str
    size: float


#: A campaign is four standard ones at once; a police focus covers all of each place.
EVENTS: dict[str, Happening] = {
    "campaign": Happening("Campaign", 4.0),
    "police": Happening("Police focus", 1.0),
}


@cache
def region() -> Region:
    """The invented region: four million people, one large city, and many small places.

    It is the first found in which a large city, its suburbs, three smaller cities, towns, and
    enough rural youth occur for their reports to be counted.
    """
    return Region.synthetic(160, seed=31, population=4e6)


@cache
def rules() -> dict[str, str]:
    """The rules on offer by name with their titles: no planner (slow), no oracle (a reference)."""
    return {
        name: PLAIN.get(name, label(name))
        for name, info in RULES.items()
        if not (info.plans or info.is_oracle)
    }


@dataclass(frozen=True)
class Choices:
    """One setting of the page.

    plan_a, plan_b: names of registered rules; budget: money per resident per year, of each plan
    that spends; mix: name of a lever mix; barriers: strength of the small-town barriers, 1 as
    assumed; feedback: whether attention and training follow the record; seed: whose luck.
    InputError naming all that is out of range or unknown.
    """

    plan_a: str = "none"
    plan_b: str = "per_youth"
    budget: float = 2.0
    mix: str = "balanced"
    barriers: float = 1.0
    feedback: bool = True
    seed: int = 2  # a draw in which rural places report least

    def __post_init__(self) -> None:
        ranges = {"budget": BUDGET, "barriers": BARRIERS, "seed": SEEDS}
        problems = [
            f"{name}: {getattr(self, name)}: must lie between {low} and {high}"
            for name, (low, high) in ranges.items()
            if not low <= getattr(self, name) <= high
        ]
        for name, known in (("plan_a", rules()), ("plan_b", rules()), ("mix", MIXES)):
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

    def model(self, plan: str, shocks: tuple[Shock, ...] = ()) -> ReportingModel:
        """A plan in the world chosen, at the start of the policy years."""
        return ReportingModel(
            region=region(),
            policy=build(plan, budget=self.budget if RULES[plan].spends else 0.0, mix=self.mix),
            parameters=self.parameters(), seed=self.seed, years=YEARS, shocks=shocks,
            collect_every=0,
        )  # fmt: skip

    def as_assumed(self) -> Choices:
        """The same choices in the world as it is assumed to be."""
        return replace(self, barriers=1.0, feedback=True)


@dataclass(frozen=True)
class Suggestion:
    """An experiment that the page suggests: its question, what it sets, and what to look for."""

    question: str
    sets: Choices
    look: str


SUGGESTIONS = (
    Suggestion(
        "Switch the barriers off: what happens to rural reports?",
        Choices(barriers=0.0),
        "Run to the end, then see “Reported, by kind of place”: the ring is plan A with the "
        "barriers on. In most draws towns and rural places move furthest; as many are exploited.",
    ),
    Suggestion(
        "Look harder: do reports rise, does exploitation?",
        Choices(plan_b="none"),
        "Nothing differs between the plans. Press Play, and after some weeks Police focus: in "
        "“The gap, in percent” reports leave the line of no gap, exploited youth stay on it.",
    ),
    Suggestion(
        "Should money follow last year's reports, or youth?",
        Choices(plan_a="last_years_counts", plan_b="per_youth"),
        "Run to the end. In “Who has what share” see which money goes where youth live, then in "
        "“The gap in youth” which plan finds more. Then try other draws.",
    ),
)
