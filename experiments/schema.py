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
LARGEST_SEED = 2**63 - 1

#: Marks in the JSON Schema that `experiments.schema_json` turns into what editors understand.
KNOWN, OR_WORD = "x-known", "x-or-word"


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


def known(names: str, **more: Any) -> dict[str, Any]:
    """Marks text, or the keys of a mapping, as names of this kind: `experiments.schema_json` lists
    them for editors. Whether a name exists is checked in the `config_*` files."""
    return {KNOWN: names, **more}


Line = Annotated[str, Field(max_length=200), AfterValidator(_not_blank)]
Prose = Annotated[str, Field(max_length=4000), AfterValidator(_not_blank)]
Name = Annotated[str, Field(pattern=NAME)]
Names = Annotated[list[str], Field(min_length=1)]
Rule = Annotated[str, Field(json_schema_extra=known("rules"))]
PolicyName = Annotated[str, Field(json_schema_extra=known("policies"))]
State = Annotated[str, Field(json_schema_extra=known("states"))]
PlaceClassName = Annotated[str, Field(json_schema_extra=known("place_classes"))]
MetricName = Annotated[str, Field(json_schema_extra=known("metrics"))]
SampledParameter = Annotated[str, Field(json_schema_extra=known("sampled_parameters"))]
Overrides = Annotated[dict[str, Any], Field(json_schema_extra=known("parameters"))]
Seed = Annotated[int, Field(ge=0, le=LARGEST_SEED)]
Dollars = Annotated[float, Field(ge=0.0, le=100_000.0)]
Mix = Annotated[
    Annotated[str, Field(json_schema_extra=known("mixes")), Tag("<text>")]
    | Annotated[dict[str, float], Field(json_schema_extra=known("levers")), Tag("<mapping>")],
    _one_of("the name of a mix, or a mapping of levers to shares"),
]
Percent = Annotated[str, Field(pattern=r"^[0-9]{1,3}(\.[0-9]{1,6})? ?%$")]
Difference = Annotated[
    Annotated[float, Field(ge=0.0), Tag("<number>")] | Annotated[Percent, Tag("<text>")],
    _one_of("a number in the metric's unit, or a percentage of the baseline"),
]


class Counties(Part):
    """A part of the built-in table: communities that meet every condition given."""

    states: list[State] | None = Field(
        default=None, min_length=1, description='Postal codes of states, as ["ME", "VT"].'
    )
    place_classes: list[PlaceClassName] | None = Field(
        default=None, min_length=1, description="Classes of place."
    )
    ids: Names | None = Field(
        default=None, description='Five-digit county codes in quotes, as ["01001"].'
    )


class Synthetic(Part):
    """Invented communities, shaped like those of the built-in table."""

    n_communities: int = Field(ge=1, le=MOST_COMMUNITIES, description="How many.")
    seed: Seed = Field(default=0, description="Another seed invents other communities.")


class RegionChoice(Part):
    """Where the communities come from: the word us_counties, or a mapping with exactly one key."""

    model_config = ConfigDict(
        json_schema_extra={"minProperties": 1, "maxProperties": 1, OR_WORD: "us_counties"}
    )

    us_counties: Counties | None = Field(
        default=None, description="US counties and equivalents of 2019, or some of them."
    )
    synthetic: Synthetic | None = Field(default=None, description="Invented communities.")
    csv: Line | None = Field(
        default=None,
        description="A table with the columns id, name, population and optional ones, one row a "
        "community. The path is relative to this file.",
    )

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
    """A policy of a schedule, and from when it is its turn."""

    from_year: int = Field(
        ge=0, le=MOST_YEARS, description="Policy year from which it applies; 0 is the first."
    )
    policy: PolicyName = Field(description="A rule, or a policy above this one in the file.")


class PolicyChoice(Part):
    """One policy: a registered rule with its settings, or a blend or a schedule of policies."""

    rule: Rule | None = Field(
        default=None, description="Who gets money. Without it the policy's own name is the rule."
    )
    mix: Mix | None = Field(
        default=None, description="What the money is spent on, if not on the file's mix."
    )
    budget: Dollars | None = Field(
        default=None, description="Dollars per resident per year, if not the file's budget."
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


class Sampled(Part):
    """Futures drawn by Latin hypercube from the ranges of the parameters' cards."""

    n: int = Field(ge=1, le=MOST_SAMPLED, description="How many futures.")
    parameters: list[SampledParameter] = Field(
        min_length=1, description="Dotted names of the parameters that vary."
    )


class Futures(Part):
    """Settings of what nobody controls: some by name, some sampled."""

    named: dict[Name, Overrides] = Field(
        default_factory=dict,
        description="Names of futures, each with the parameters that differ in it; {} for none.",
    )
    sampled: Sampled | None = Field(
        default=None, description="Futures drawn from ranges; they come after the named ones."
    )


class MetricChoice(Part):
    """How one metric is compared; what is left out is the metric's own default."""

    direction: Literal["more", "less"] | None = Field(
        default=None, description="Whether more or less of it is better."
    )
    smallest_difference_that_matters: Difference | None = Field(
        default=None,
        description='In the metric\'s unit, or a text such as "2%" of the baseline.',
    )
    satisficing_level: Difference | None = Field(
        default=None,
        description="The value that is good enough, in the metric's unit, or a percentage of the "
        "baseline.",
    )


class Replications(Part):
    """How many replicates each future gets: min, then batches more until precise enough, or max."""

    min: int = Field(default=4, ge=2, le=MOST_REPLICATES, description="Replicates to begin with.")
    max: int = Field(default=64, ge=2, le=MOST_REPLICATES, description="Replicates at the most.")
    batch: int = Field(
        default=4, ge=1, le=MOST_REPLICATES, description="Replicates added at a time."
    )
    half_width: Difference = Field(
        description="Target: half the width of the 95% interval of each policy's paired difference "
        'to the baseline in a future, in the metric\'s unit or a text such as "0.2%" of the '
        "baseline.",
    )
    metric: MetricName | None = Field(
        default=None, description="The metric it is about; the first of the file unless named."
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
    horizon: int = Field(
        default=10, ge=1, le=MOST_YEARS, description="Years over which the policies apply."
    )
    parameters: Overrides = Field(
        default_factory=dict,
        description="Parameters that differ from their defaults in every future.",
    )
    budget: Dollars | None = Field(
        default=None,
        description="Dollars per resident per year of each policy that names none; 0.50 unless "
        "given.",
    )
    mix: Mix = Field(
        default="balanced", description="What the money is spent on, unless a policy says else."
    )
    teams: Teams = Field(
        default="own",
        description="Who buys together, unless a policy says else: own, each community alone; "
        "regional, small communities that share investigators.",
    )
    policies: Annotated[
        Annotated[list[Rule], Field(min_length=1), Tag("<list>")]
        | Annotated[
            dict[Name, PolicyChoice],
            Field(min_length=1, json_schema_extra=known("rules")),
            Tag("<mapping>"),
        ],
        _one_of("a list of rules, or a mapping of names to policies"),
    ] = Field(description="What is compared: a list of rules, or names with what each policy is.")
    baseline: PolicyName = Field(
        default="none",
        description="The policy that others are compared with: none (no added spending) or one "
        "of this file.",
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
        _one_of("a list of metrics, or a mapping of metrics to how they are compared"),
    ] = Field(
        default_factory=lambda: list(DEFAULT_METRICS),
        description="What the policies are compared by; the first one decides the verdict.",
        json_schema_extra={"default": list(DEFAULT_METRICS)},
    )
    replications: Annotated[
        Annotated[int, Field(ge=1, le=MOST_REPLICATES), Tag("<number>")]
        | Annotated[Replications, Tag("<mapping>")],
        _one_of("a whole number, or a mapping with min, max, batch and half_width"),
    ] = Field(
        default=4,
        description="Replicates (worlds) of each future: a number, or a rule that adds more until "
        "the comparison is precise enough.",
    )
    seed: Seed = Field(default=0, description="Another seed gives other worlds.")


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
    ("metrics", "*"): MetricChoice,
    ("replications",): Replications,
}


def keys_at(path: tuple[str, ...]) -> list[str]:
    """The keys that the mapping at a path may have; none where any name is allowed."""
    for pattern, part in PARTS.items():
        steps = zip(pattern, path, strict=False)
        if len(pattern) == len(path) and all(one in ("*", step) for one, step in steps):
            return list(part.model_fields)
    return []
