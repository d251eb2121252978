"""The keys of futures and shocks in an experiment file."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, Tag

from streetlight.experiments.schema.types import (
    LARGEST_SHOCK,
    MOST_SAMPLED,
    MOST_YEARS,
    Name,
    NamedFuture,
    Names,
    Part,
    PlaceClassName,
    SampledParameter,
    State,
    known,
    one_of,
)


class Places(Part):
    """Communities of the experiment's region that meet every condition given; all unless given."""

    ids: Names | None = Field(default=None, description="Ids of communities, in quotes.")
    place_classes: list[PlaceClassName] | None = Field(
        default=None, min_length=1, description="Classes of place."
    )
    states: list[State] | None = Field(
        default=None, min_length=1, description="Postal codes of states."
    )


class ShockChoice(Part):
    """A rise of attention or victimization in some communities, for some weeks."""

    kind: Literal["campaign", "training", "victimization", "police", "research", "mandate"] = Field(
        description="A public campaign, training of responders, more victimization, police focus "
        "with temporary posts that look, research that asks youth, records and publishes, or a "
        "mandate: a law that makes online platforms report."
    )
    places: Places | None = Field(
        default=None, description="Where; in all communities unless given."
    )
    year: int | None = Field(
        default=None, ge=0, le=MOST_YEARS,
        description="Policy year with which it starts, 0 the first; or give the week.",
    )  # fmt: skip
    week: int | None = Field(
        default=None, ge=0, le=52 * MOST_YEARS,
        description="Week of the policy years with which it starts, 0 the first.",
    )  # fmt: skip
    weeks: int | None = Field(
        default=None, ge=1, le=52 * MOST_YEARS,
        description="How many weeks it lasts; a mandate stays unless given.",
    )  # fmt: skip
    size: float = Field(
        ge=0.0, le=LARGEST_SHOCK,
        description="Standard campaigns; trainings per staff; the factor, 1 or more, on the onset "
        "of first spells; or the share, 0 to 1, that posts or research cover; of platforms that a "
        "mandate makes report.",
    )  # fmt: skip


class VariedChoice(Part):
    """What one parameter may be in sampled futures: from, distribution, choice or values."""

    source: Literal["evidence"] | None = Field(
        default=None, alias="from",
        description="The range and distribution on the parameter's card.",
    )  # fmt: skip
    distribution: Literal["uniform", "triangular", "beta", "lognormal"] | None = Field(
        default=None,
        description="Its shape: uniform takes low and high; triangular and beta (PERT) low, mode "
        "and high; lognormal low, median and high.",
    )
    low: float | None = Field(
        default=None, description="Least value; of a lognormal, its 2.5th percentile, cut there."
    )
    mode: float | None = Field(default=None, description="Most likely value.")
    median: float | None = Field(default=None, description="Half the draws are below it.")
    high: float | None = Field(
        default=None, description="Largest value; of a lognormal, its 97.5th percentile, cut there."
    )
    choice: list[Any] | None = Field(
        default=None, min_length=1, description="Values of which each future takes one."
    )
    weights: list[float] | None = Field(
        default=None, min_length=1, description="How likely each value of the choice is."
    )
    values: list[Any] | None = Field(
        default=None, min_length=1, description="Of grid and one_at_a_time: exactly these values."
    )
    levels: int | None = Field(
        default=None, ge=2, le=MOST_SAMPLED,
        description="Of a grid: how many quantiles of the range; 3 unless given.",
    )  # fmt: skip


class Sampled(Part):
    """Futures that come from a design over some parameters."""

    design: Literal["lhs", "sobol", "grid", "one_at_a_time"] = Field(
        default="lhs",
        description="Latin hypercube, Sobol sequence, all combinations, or each parameter at its "
        "low and high end.",
    )
    n: int | None = Field(
        default=None, ge=1, le=MOST_SAMPLED,
        description="How many futures; of lhs and sobol, which need it.",
    )  # fmt: skip
    first: int | None = Field(
        default=None, ge=1, le=MOST_SAMPLED,
        description="Of lhs: size of the first hypercube, n unless given. Keep it and raise n, and "
        "all futures so far stay.",
    )  # fmt: skip
    within_bands: bool = Field(
        default=False,
        description="Skip points in which known in large metro over rural is not to be expected "
        "within 1.4-3.0.",
    )
    shocks: Names | None = Field(
        default=None, description="Names of shocks that happen in every sampled future."
    )
    parameters: Annotated[
        Annotated[list[SampledParameter], Field(min_length=1), Tag("<list>")]
        | Annotated[
            dict[str, VariedChoice],
            Field(min_length=1, json_schema_extra=known("varied_parameters")),
            Tag("<mapping>"),
        ],
        one_of("a list of parameters, or a mapping of parameters to what each may be"),
    ] = Field(
        description="What varies: a list takes each range from the evidence; a mapping says what "
        "each may be. Of a parameter by place class or sector, a common factor."
    )


class Futures(Part):
    """Settings of what nobody controls: some by name, some sampled."""

    named: dict[Name, NamedFuture] = Field(
        default_factory=dict,
        max_length=MOST_SAMPLED,
        description="Names of futures, each with its title, the parameters that differ in it and "
        "the shocks that happen in it; {} for none.",
    )
    sampled: Sampled | None = Field(
        default=None, description="Futures drawn from ranges; they come after the named ones."
    )
