"""The kinds of value that keys of an experiment file take, and the bounds of numbers."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from streetlight.model.errors import UNSEEN
from streetlight.model.money.policy import MOST_DOLLARS

NAME = r"^[a-z0-9][a-z0-9_-]{0,63}$"
NAME_IN_WORDS = "lower-case letters, digits, _ and -, starting with a letter or digit, at most 64"

CURRENCY = r"^[A-Z]{3}$"

MOST_YEARS = 50
MOST_REPLICATES = 10_000
MOST_SAMPLED = 10_000
#: Policies x futures x replicates. Every run has a folder, a line of the manifest and about 75
#: microseconds and 250 bytes of every start: beyond this many, starting again takes minutes.
MOST_RUNS = 1_000_000
MOST_POLICIES = 1000
MOST_SHOCKS = 1000
LARGEST_SHOCK = 100.0
LARGEST_SEED = 2**63 - 1
LARGEST_DIFFERENCE = 1e12

#: Marks in the JSON Schema that `json_schema` turns into what editors understand.
KNOWN, OR_WORD = "x-known", "x-or-word"


class Part(BaseModel):
    """A mapping in the file: strict types, no unknown keys, no NaN."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


def _not_blank(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("blank", "must not be blank")
    if UNSEEN.search(text.replace("\n", " ")):
        raise PydanticCustomError("control", "must hold no control characters or invisible ones")
    return text


def _one_line(text: str) -> str:
    line = _not_blank(text).rstrip("\n")  # a block of YAML ends with a line end
    if "\n" in line:
        raise PydanticCustomError("lines", "must be one line")
    return line


def _kind(value: Any) -> str | None:
    """Tag of the form a value has, for keys that may be written in two ways."""
    if isinstance(value, (bool, Part)):
        return None
    for kind, tag in ((str, "<text>"), (list, "<list>"), (dict, "<mapping>")):
        if isinstance(value, kind):
            return tag
    return "<number>" if isinstance(value, (int, float)) else None


def one_of(allowed: str) -> Discriminator:
    return Discriminator(_kind, custom_error_type="kind", custom_error_message=f"must be {allowed}")


def known(names: str, **more: Any) -> dict[str, Any]:
    """Marks text, or the keys of a mapping, as names of this kind: `json_schema` lists them
    for editors. Whether a name exists is checked in `experiments.config`."""
    return {KNOWN: names, **more}


#: Keys of values by policy year, for editors; whether a year exists is checked in
#: `experiments.config`.
YEARS = "^(start|year [0-9]{1,2})$"


def by_year(schema: dict[str, Any]) -> None:
    """Lets a mapping of any text be one of policy years."""
    schema["patternProperties"] = {YEARS: schema.pop("additionalProperties")}


Line = Annotated[str, Field(max_length=200), AfterValidator(_one_line)]
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
NamedFuture = Annotated[
    dict[str, Any],
    Field(
        json_schema_extra=known(
            "parameters",
            properties={
                "title": {
                    "type": "string",
                    "maxLength": 200,
                    "description": "What people are to call it, in any script.",
                },
                "shocks": {
                    "type": "array",
                    "minItems": 1,
                    "items": {"type": "string"},
                    "description": "Names of the shocks that happen in it.",
                },
            },
        )
    ),
]
Currency = Annotated[str, Field(pattern=CURRENCY)]
Seed = Annotated[int, Field(ge=0, le=LARGEST_SEED)]
Dollars = Annotated[float, Field(ge=0.0, le=MOST_DOLLARS)]
Mix = Annotated[
    Annotated[str, Field(json_schema_extra=known("mixes")), Tag("<text>")]
    | Annotated[dict[str, float], Field(json_schema_extra=known("levers")), Tag("<mapping>")],
    one_of("the name of a mix, or a mapping of levers to shares"),
]
#: One value, or a list of them that makes as many policies.
Budgets = Annotated[
    Annotated[Dollars, Tag("<number>")]
    | Annotated[list[Dollars], Field(min_length=2), Tag("<list>")],
    one_of("a number of dollars, or a list of several"),
]
Mixes = Annotated[
    Annotated[str, Field(json_schema_extra=known("mixes")), Tag("<text>")]
    | Annotated[dict[str, float], Field(json_schema_extra=known("levers")), Tag("<mapping>")]
    | Annotated[list[Mix], Field(min_length=2), Tag("<list>")],
    one_of("the name of a mix, a mapping of levers to shares, or a list of several"),
]
ClassMixes = Annotated[dict[str, Mix], Field(json_schema_extra=known("place_classes"))]
#: One number, a list of them that makes as many futures, or numbers by policy year.
Amount = Annotated[
    Annotated[float, Field(ge=0.0), Tag("<number>")]
    | Annotated[list[Annotated[float, Field(ge=0.0)]], Field(min_length=2), Tag("<list>")]
    | Annotated[
        dict[str, Annotated[float, Field(ge=0.0)]],
        Field(min_length=1, json_schema_extra=by_year),
        Tag("<mapping>"),
    ],
    one_of("a number, a list of several, or numbers by policy year, as {start: 100, year 3: 120}"),
]
Percent = Annotated[str, Field(pattern=r"^[0-9]{1,3}(\.[0-9]{1,6})? ?%$")]
Difference = Annotated[
    Annotated[float, Field(ge=0.0, le=LARGEST_DIFFERENCE), Tag("<number>")]
    | Annotated[Percent, Tag("<text>")],
    one_of("a number in the metric's unit, or a percentage of the baseline"),
]
PercentOfGain = Annotated[str, Field(pattern=r"^[0-9]{1,3}(\.[0-9]{1,6})? ?%( of gain)?$")]
DifferenceOrGain = Annotated[
    Annotated[float, Field(ge=0.0, le=LARGEST_DIFFERENCE), Tag("<number>")]
    | Annotated[PercentOfGain, Tag("<text>")],
    one_of("a number in the metric's unit, a percentage of the baseline, or such as 5% of gain"),
]
