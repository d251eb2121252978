"""What an experiment file may hold: the shape of every key, its type and its bounds.

What needs the model to be checked (parameter names, rules, the region) is in the `config_*` files.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)
from pydantic_core import PydanticCustomError

from experiments.metrics import DEFAULT_METRICS
from model.policies import Teams

NAME = r"^[a-z0-9][a-z0-9_-]{0,63}$"
NAME_IN_WORDS = "lower-case letters, digits, _ and -, starting with a letter or digit, at most 64"

MOST_YEARS = 50
MOST_REPLICATES = 10_000
MOST_SAMPLED = 10_000
MOST_COMMUNITIES = 20_000
LARGEST_SHOCK = 100.0
LARGEST_SEED = 2**63 - 1


class Part(BaseModel):
    """A mapping in the file: strict types, no unknown keys, no NaN."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


def _not_blank(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("blank", "must not be blank")
    return text


def _kind(value: Any) -> str | None:
    """Tag of the form a value has, for keys that may be written in two ways."""
    if isinstance(value, (bool, Part)):
        return None
    for kind, tag in ((str, "<text>"), (list, "<list>"), (dict, "<mapping>")):
        if isinstance(value, kind):
            return tag
    return "<number>" if isinstance(value, (int, float)) else None


def _one_of(allowed: str) -> Discriminator:
    return Discriminator(_kind, custom_error_type="kind", custom_error_message=f"must be {allowed}")


Line = Annotated[str, Field(max_length=200), AfterValidator(_not_blank)]
Prose = Annotated[str, Field(max_length=4000), AfterValidator(_not_blank)]
Name = Annotated[str, Field(pattern=NAME)]
Names = Annotated[list[str], Field(min_length=1)]
Seed = Annotated[int, Field(ge=0, le=LARGEST_SEED)]
Dollars = Annotated[float, Field(ge=0.0, le=100_000.0)]
Mix = Annotated[
    Annotated[str, Tag("<text>")] | Annotated[dict[str, float], Tag("<mapping>")],
    _one_of("the name of a mix, or a mapping of levers to shares"),
]
Percent = Annotated[str, Field(pattern=r"^[0-9]{1,3}(\.[0-9]{1,6})? ?%$")]
Difference = Annotated[
    Annotated[float, Field(ge=0.0), Tag("<number>")] | Annotated[Percent, Tag("<text>")],
    _one_of("a number in the metric's unit, or a percentage of the baseline"),
]


class Counties(Part):
    """A part of the built-in table: communities that meet every condition given."""

    states: Names | None = None
    place_classes: Names | None = None
    ids: Names | None = None


class Synthetic(Part):
    """Invented communities."""

    n_communities: int = Field(ge=1, le=MOST_COMMUNITIES)
    seed: Seed = 0


class Places(Part):
    """Communities of the experiment's region that meet every condition given."""

    ids: Names | None = None
    place_classes: Names | None = None
    states: Names | None = None


class ShockChoice(Part):
    """A rise of attention or victimization in some communities, for some weeks.

    size: standard campaigns, trainings per staff, or the factor on the onset of first spells (1 or
    more); it starts with a policy year or week (0 the first); places: all communities by default.
    """

    kind: Literal["campaign", "training", "victimization"]
    places: Places | None = None
    year: int | None = Field(default=None, ge=0, le=MOST_YEARS)
    week: int | None = Field(default=None, ge=0, le=52 * MOST_YEARS)
    weeks: int = Field(ge=1, le=52 * MOST_YEARS)
    size: float = Field(ge=0.0, le=LARGEST_SHOCK)


class RegionChoice(Part):
    """Where the communities come from: exactly one of the three (`config_checks` sees to it)."""

    us_counties: Counties | None = None
    synthetic: Synthetic | None = None
    csv: Line | None = None

    @model_validator(mode="before")
    @classmethod
    def _the_short_form(cls, data: Any) -> Any:
        if data == "us_counties":
            return {"us_counties": {}}
        if not isinstance(data, dict):
            raise PydanticCustomError(
                "region",
                "must be us_counties, or a mapping with one of us_counties, synthetic, csv",
            )
        return data


class Turn(Part):
    """A policy of a schedule, and the policy year (0 the first) from which it is its turn."""

    from_year: int = Field(ge=0, le=MOST_YEARS)
    policy: str


class PolicyChoice(Part):
    """One policy: a registered rule, what the money is for, how much, who buys together, settings.

    Or one made of others, by names of rules or of policies above it in the file: blend, names to
    shares of the budget; schedule, one after the other.
    """

    rule: str | None = None
    mix: Mix | None = None
    budget: Dollars | None = None
    teams: Teams | None = None
    settings: dict[str, float] = Field(default_factory=dict)
    blend: dict[Name, float] | None = Field(default=None, min_length=1)
    schedule: list[Turn] | None = Field(default=None, min_length=1)


class VariedChoice(Part):
    """What one parameter may be in sampled futures, said in one of four ways.

    from: evidence (the range and distribution of its card); distribution with its numbers: uniform
    (low, high), triangular and beta (low, mode, high), lognormal (low, median, high; low and high
    the 95% bounds before truncation there); choice, with weights if not all are equally likely; or,
    for grid and one_at_a_time, values. levels: of a grid, quantiles of the range (3 by default).
    """

    source: Literal["evidence"] | None = Field(default=None, alias="from")
    distribution: Literal["uniform", "triangular", "beta", "lognormal"] | None = None
    low: float | None = None
    mode: float | None = None
    median: float | None = None
    high: float | None = None
    choice: list[Any] | None = Field(default=None, min_length=1)
    weights: list[float] | None = Field(default=None, min_length=1)
    values: list[Any] | None = Field(default=None, min_length=1)
    levels: int | None = Field(default=None, ge=2, le=MOST_SAMPLED)


class Sampled(Part):
    """Futures that come from a design over some parameters: a list (all `from: evidence`), or a
    mapping of parameters to what each may be.

    n: points (lhs, sobol); first: points of the first hypercube (lhs; n by default): keep it and
    raise n, and all futures so far stay; within_bands: skip points in which known in large metro
    over rural is not to be expected within 1.4-3.0 (SF8); shocks: happen in every sampled future.
    """

    design: Literal["lhs", "sobol", "grid", "one_at_a_time"] = "lhs"
    n: int | None = Field(default=None, ge=1, le=MOST_SAMPLED)
    first: int | None = Field(default=None, ge=1, le=MOST_SAMPLED)
    within_bands: bool = False
    shocks: Names | None = None
    parameters: Annotated[
        Annotated[Names, Tag("<list>")]
        | Annotated[dict[str, VariedChoice], Field(min_length=1), Tag("<mapping>")],
        _one_of("a list of parameters, or a mapping of parameters to what each may be"),
    ]


class Futures(Part):
    """Settings of what nobody controls: some by name, some sampled.

    A named future is a mapping of parameters to values, and of `shocks` to the names of shocks.
    """

    named: dict[Name, dict[str, Any]] = Field(default_factory=dict)
    sampled: Sampled | None = None


class MetricChoice(Part):
    """How one metric is compared; what is left out is the metric's own default.

    smallest_difference_that_matters: in the metric's unit, or a text such as "2%" of the baseline.
    satisficing_level: the value of the metric that is good enough, in its unit, or of the baseline.
    """

    direction: Literal["more", "less"] | None = None
    smallest_difference_that_matters: Difference | None = None
    satisficing_level: Difference | None = None


class Replications(Part):
    """How many replicates each future gets: min, then batches more, until precise enough, or max.

    half_width: of the 95% interval of each policy's paired difference to the baseline in a future,
    in the unit of `metric` (the first unless named) or a text such as "0.2%" of the baseline.
    """

    min: int = Field(default=4, ge=2, le=MOST_REPLICATES)
    max: int = Field(default=64, ge=2, le=MOST_REPLICATES)
    batch: int = Field(default=4, ge=1, le=MOST_REPLICATES)
    half_width: Difference
    metric: str | None = None


class ExperimentFile(Part):
    """The whole file, `extends` already followed."""

    title: Line
    question: Prose | None = None
    extends: Line | None = None
    region: RegionChoice = Field(default_factory=lambda: RegionChoice(us_counties=Counties()))
    horizon: int = Field(default=10, ge=1, le=MOST_YEARS)
    parameters: dict[str, Any] = Field(default_factory=dict)
    budget: Dollars | None = None
    mix: Mix = "balanced"
    teams: Teams = "own"
    policies: Annotated[
        Annotated[Names, Tag("<list>")]
        | Annotated[dict[Name, PolicyChoice], Field(min_length=1), Tag("<mapping>")],
        _one_of("a list of rules, or a mapping of names to policies"),
    ]
    baseline: str = "none"
    shocks: dict[Name, ShockChoice] = Field(default_factory=dict)
    futures: Futures = Field(default_factory=lambda: Futures(named={"central": {}}))
    metrics: Annotated[
        Annotated[Names, Tag("<list>")]
        | Annotated[dict[str, MetricChoice], Field(min_length=1), Tag("<mapping>")],
        _one_of("a list of metrics, or a mapping of metrics to how they are compared"),
    ] = Field(default_factory=lambda: list(DEFAULT_METRICS))
    replications: Annotated[
        Annotated[int, Field(ge=1, le=MOST_REPLICATES), Tag("<number>")]
        | Annotated[Replications, Tag("<mapping>")],
        _one_of("a whole number, or a mapping with min, max, batch and half_width"),
    ] = 4
    seed: Seed = 0


#: The mapping that stands at a path of the file; "*" is any name.
PARTS: dict[tuple[str, ...], type[Part]] = {
    (): ExperimentFile,
    ("region",): RegionChoice,
    ("region", "us_counties"): Counties,
    ("region", "synthetic"): Synthetic,
    ("policies", "*"): PolicyChoice,
    ("policies", "*", "schedule", "*"): Turn,
    ("futures",): Futures,
    ("futures", "sampled"): Sampled,
    ("futures", "sampled", "parameters", "*"): VariedChoice,
    ("shocks", "*"): ShockChoice,
    ("shocks", "*", "places"): Places,
    ("metrics", "*"): MetricChoice,
    ("replications",): Replications,
}


def keys_at(path: tuple[str, ...]) -> list[str]:
    """The keys that the mapping at a path may have; none where any name is allowed."""
    for pattern, part in PARTS.items():
        steps = zip(pattern, path, strict=False)
        if len(pattern) == len(path) and all(one in ("*", step) for one, step in steps):
            return [field.alias or name for name, field in part.model_fields.items()]
    return []
