"""What a file of targets may hold: the shape of every key, its type and its bounds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, Tag

from streetlight.experiments.schema.experiment_file import PARTS
from streetlight.experiments.schema.region import Counties, RegionChoice
from streetlight.experiments.schema.types import Line, Overrides, Part, Seed, one_of
from streetlight.model.names import CHANNELS, CLASSES

MOST_FREE, MOST_TARGETS, MOST_WORLDS, MOST_RECORD_YEARS = 30, 100, 200, 20
LARGEST_TARGET = 1e9


class TargetChoice(Part):
    """What is to have which value."""

    target: Line = Field(description="What it is about (docs/calibrate.md).")
    value: float = Field(ge=-LARGEST_TARGET, le=LARGEST_TARGET, description="The value.")
    tolerance: float | None = Field(
        default=None, ge=0.0, le=LARGEST_TARGET,
        description="How far off is near enough, in the same unit; a standard error, say.",
    )  # fmt: skip
    place_class: Literal[*CLASSES] | None = Field(  # type: ignore[valid-type]
        default=None, description="Class of place; all places unless given."
    )
    channel: Literal[*CHANNELS] | None = Field(  # type: ignore[valid-type]
        default=None, description="Channel of reports."
    )
    source: Line | None = Field(default=None, description="Where the value comes from.")


Ends = Annotated[list[float], Field(min_length=2, max_length=2)]


class TargetsFile(Part):
    """Targets of a setting of one's own, and the parameters that may move to meet them."""

    title: Line = Field(default="Fitted to targets of our own", description="In one line.")
    region: RegionChoice = Field(
        default_factory=lambda: RegionChoice(us_counties=Counties()),
        description="Where the communities come from, as in an experiment file.",
    )
    parameters: Overrides = Field(
        default_factory=dict, description="Values to begin with, as in an experiment file."
    )
    free: Annotated[
        Annotated[list[Line], Field(min_length=1, max_length=MOST_FREE), Tag("<list>")]
        | Annotated[
            dict[
                str,
                Annotated[
                    Annotated[Literal["range"], Tag("<text>")] | Annotated[Ends, Tag("<list>")],
                    one_of("[lowest, highest], or range, which is that of the parameter's card"),
                ],
            ],
            Field(min_length=1, max_length=MOST_FREE),
            Tag("<mapping>"),
        ],
        one_of("a list of parameters, or a mapping of parameters to [lowest, highest]"),
    ] = Field(description="Parameters that may move, within their ranges or between given ends.")
    targets: list[TargetChoice] = Field(
        min_length=1, max_length=MOST_TARGETS, description="What is to be met."
    )
    departure_weight: float = Field(
        default=0.05, gt=0.0, le=100.0,
        description="What moving a parameter by half its range counts for, in tolerances.",
    )  # fmt: skip
    years: int = Field(
        default=6, ge=1, le=MOST_RECORD_YEARS, description="Years over which runs are looked at."
    )
    replicates: int | None = Field(
        default=None, ge=0, le=MOST_WORLDS,
        description="Worlds of each look; 0: only the expectation. By default 6 for thousands of "
        "places and up to 30 for few.",
    )  # fmt: skip
    seed: Seed = Field(default=0, description="Another seed gives other worlds.")


#: The mapping that stands at a path of the file; "*" is any position.
TARGET_PARTS: dict[tuple[str, ...], type[Part]] = {
    (): TargetsFile,
    **{path: part for path, part in PARTS.items() if path[:1] == ("region",)},
    ("targets", "*"): TargetChoice,
}
