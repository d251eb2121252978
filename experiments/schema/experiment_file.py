"""What an experiment file may hold: the shape of every key, its type and its bounds.

What needs the model to be checked (parameter names, rules, the region) is in `experiments.config`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, Tag

from streetlight.experiments.metrics import DEFAULT_METRICS
from streetlight.experiments.schema.futures import (
    Futures,
    Places,
    Sampled,
    ShockChoice,
    VariedChoice,
)
from streetlight.experiments.schema.policies import BudgetTurn, PolicyChoice, Turn
from streetlight.experiments.schema.region import Counties, OwnClasses, RegionChoice, Synthetic
from streetlight.experiments.schema.types import (
    MOST_POLICIES,
    MOST_REPLICATES,
    MOST_SHOCKS,
    MOST_YEARS,
    Amount,
    Budgets,
    ClassMixes,
    Currency,
    Difference,
    DifferenceOrGain,
    Line,
    MetricName,
    Mixes,
    Name,
    Overrides,
    Part,
    PolicyName,
    Prose,
    Rule,
    Seed,
    known,
    one_of,
)
from streetlight.model.money.policies import Teams


class RecordChoice(Part):
    """Counts of your own. No run reads them: `streetlight record` and `policies --record` do."""

    csv: Line = Field(
        description="Counts by place and year (docs/own-record.md). The path is relative to this "
        "file."
    )
    columns: dict[str, Line] = Field(
        default_factory=dict,
        description="What the table calls its columns, where it has other names: "
        "`{place: fips, count: n}`.",
    )


class MetricChoice(Part):
    """How one metric is compared; what is left out is the metric's own default."""

    direction: Literal["more", "less"] | None = Field(
        default=None, description="Whether more or less of it is better."
    )
    smallest_difference_that_matters: DifferenceOrGain | None = Field(
        default=None,
        description='In the metric\'s unit, or a text: "2%" of the baseline, or "5% of gain", of '
        "the most that a policy surely gains on the baseline.",
    )
    satisficing_level: Difference | None = Field(
        default=None,
        description="The value that is good enough, in the metric's unit, or a percentage of the "
        "baseline.",
    )


class Replications(Part):
    """How many replicates each future gets: min, then batches more until precise enough, or max."""

    min: int = Field(default=8, ge=2, le=MOST_REPLICATES, description="Replicates to begin with.")
    max: int = Field(default=64, ge=2, le=MOST_REPLICATES, description="Replicates at the most.")
    batch: int = Field(
        default=8, ge=1, le=MOST_REPLICATES, description="Replicates added at a time."
    )
    half_width: Difference = Field(
        description="Target: half the width of the 95% interval of each policy's paired difference "
        'to the baseline in a future, in the metric\'s unit or a text such as "0.2%" of the '
        "baseline.",
    )
    metric: MetricName | None = Field(
        default=None, description="The metric it is about; the first of the file unless named."
    )


class CostChoice(Part):
    """What one lever costs; what is left out is as in the table of levers."""

    unit_cost: Amount | None = Field(
        default=None, description="Dollars a unit, more than 0; a list makes as many futures."
    )
    fixed_cost: Amount | None = Field(
        default=None,
        description="Dollars per community and year before the first unit; a list makes as many "
        "futures.",
    )
    minimum: Amount | None = Field(
        default=None,
        description="Smallest useful purchase of a community in a year, in units; a list makes as "
        "many futures.",
    )


class ExperimentFile(Part):
    """An experiment of Streetlight: policies compared in the same simulated worlds."""

    title: Line = Field(description="What the experiment is about, in one line.")
    question: Prose | None = Field(default=None, description="The question it is to answer.")
    extends: Line | None = Field(
        default=None,
        description="Another experiment to start from: a file in the same folder, or one that "
        "ships. What this file says wins.",
        json_schema_extra=known("experiments"),
    )
    region: RegionChoice = Field(
        default_factory=lambda: RegionChoice(us_counties=Counties()),
        description="Where the communities come from.",
        json_schema_extra={"default": "us_counties"},
    )
    record: RecordChoice | None = Field(
        default=None, description="Counts of your own, for commands that compare with them."
    )
    horizon: int = Field(
        default=10, ge=1, le=MOST_YEARS, description="Years over which the policies apply."
    )
    parameters: Overrides = Field(
        default_factory=dict,
        description="Parameters that differ from their defaults in every future; a list of several "
        "values makes as many futures.",
    )
    costs: dict[str, CostChoice] = Field(
        default_factory=dict,
        description="Levers to what they cost, if not what the table of levers says.",
        json_schema_extra=known("levers"),
    )
    budget: Budgets | None = Field(
        default=None,
        description="Dollars per resident per year of each policy that names none; 0.50 unless "
        "given. A list makes as many policies of each.",
    )
    budgets: list[BudgetTurn] | None = Field(
        default=None,
        min_length=1,
        description="Instead of one budget: budgets one after the other, the first from year 0.",
    )
    mix: Mixes = Field(
        default="balanced",
        description="What the money is spent on, unless a policy says else. A list makes as many "
        "policies of each.",
    )
    class_mixes: ClassMixes | None = Field(
        default=None,
        description="Classes of place to mixes of their own, unless a policy names a mix.",
    )
    teams: Teams = Field(
        default="own",
        description="Who buys together, unless a policy says else: own, each community alone; "
        "regional, small communities that share investigators.",
    )
    policies: Annotated[
        Annotated[list[Rule], Field(min_length=1, max_length=MOST_POLICIES), Tag("<list>")]
        | Annotated[
            dict[Name, PolicyChoice],
            Field(min_length=1, max_length=MOST_POLICIES, json_schema_extra=known("rules")),
            Tag("<mapping>"),
        ],
        one_of("a list of rules, or a mapping of names to policies"),
    ] = Field(description="What is compared: a list of rules, or names with what each policy is.")
    baseline: Annotated[
        Annotated[PolicyName, Tag("<text>")] | Annotated[PolicyChoice, Tag("<mapping>")],
        one_of("the name of a policy, or a mapping that says what it is"),
    ] = Field(
        default="none",
        description="The policy that others are compared with: none (no added spending), one of "
        "this file, or what it is; it is then called baseline.",
    )
    shocks: dict[Name, ShockChoice] = Field(
        default_factory=dict,
        max_length=MOST_SHOCKS,
        description="Names of shocks; each happens in the futures that list it.",
    )
    futures: Futures = Field(
        default_factory=lambda: Futures(named={"central": {}}),
        description="Settings of what nobody controls; every policy is run in each of them.",
        json_schema_extra={"default": {"named": {"central": {}}}},
    )
    metrics: Annotated[
        Annotated[list[MetricName], Field(min_length=1), Tag("<list>")]
        | Annotated[
            dict[str, MetricChoice],
            Field(min_length=1, json_schema_extra=known("metrics")),
            Tag("<mapping>"),
        ],
        one_of("a list of metrics, or a mapping of metrics to how they are compared"),
    ] = Field(
        default_factory=lambda: list(DEFAULT_METRICS),
        description="What the policies are compared by; the first one decides the verdict.",
        json_schema_extra={"default": list(DEFAULT_METRICS)},
    )
    replications: Annotated[
        Annotated[int, Field(ge=1, le=MOST_REPLICATES), Tag("<number>")]
        | Annotated[Replications, Tag("<mapping>")],
        one_of("a whole number, or a mapping with min, max, batch and half_width"),
    ] = Field(
        default=4,
        description="Replicates (worlds) of each future: a number, or a rule that adds more until "
        "the comparison is precise enough.",
    )
    currency: Currency = Field(
        default="USD",
        description="The word for money in reports and tables; no cost changes by it.",
    )
    seed: Seed = Field(default=0, description="Another seed gives other worlds.")


#: The mapping that stands at a path of the file; "*" is any name.
PARTS: dict[tuple[str, ...], type[Part]] = {
    (): ExperimentFile,
    ("region",): RegionChoice,
    ("region", "us_counties"): Counties,
    ("region", "synthetic"): Synthetic,
    ("region", "place_class"): OwnClasses,
    ("record",): RecordChoice,
    ("costs", "*"): CostChoice,
    ("budgets", "*"): BudgetTurn,
    ("policies", "*"): PolicyChoice,
    ("policies", "*", "budgets", "*"): BudgetTurn,
    ("policies", "*", "schedule", "*"): Turn,
    ("baseline",): PolicyChoice,
    ("baseline", "schedule", "*"): Turn,
    ("baseline", "budgets", "*"): BudgetTurn,
    ("futures",): Futures,
    ("futures", "sampled"): Sampled,
    ("futures", "sampled", "parameters", "*"): VariedChoice,
    ("shocks", "*"): ShockChoice,
    ("shocks", "*", "places"): Places,
    ("metrics", "*"): MetricChoice,
    ("replications",): Replications,
}


def keys_at(
    path: tuple[str, ...], parts: Mapping[tuple[str, ...], type[Part]] = PARTS
) -> list[str]:
    """The keys that the mapping at a path may have; none where any name is allowed.

    parts: the mappings of the file, by path.
    """
    for pattern, part in parts.items():
        steps = zip(pattern, path, strict=False)
        if len(pattern) == len(path) and all(one in ("*", step) for one, step in steps):
            return [field.alias or name for name, field in part.model_fields.items()]
    return []
