"""What `region` of an experiment file may hold: which communities, and how a file is read."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from streetlight.experiments.schema.types import (
    OR_WORD,
    Line,
    Names,
    Part,
    PlaceClassName,
    Seed,
    State,
    known,
)
from streetlight.model.communities import reading as r
from streetlight.model.communities.columns import COLUMNS, MOST_COMMUNITIES, MOST_PEOPLE
from streetlight.model.communities.synthetic import SMALLEST_POPULATION

SOURCES = ("us_counties", "synthetic", "csv")
Cells = Annotated[list[str | int], Field(min_length=1)]
ByColumn = dict[Line, Cells]


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
    population: float | None = Field(
        default=None, ge=SMALLEST_POPULATION, le=MOST_PEOPLE,
        description="Persons in all. By default places are as large as US counties.",
    )  # fmt: skip


class OwnClasses(Part):
    """Classes of place by your own rule: by the values of a column, or by how large it is."""

    by: Line = Field(default="population", description="A column of the file.")
    values: dict[str, Cells] | None = Field(
        default=None,
        json_schema_extra=known("place_classes"),
        description="Class to the values of that column that mean it. Every value needs a class.",
    )
    at_least: dict[str, float] | None = Field(
        default=None,
        json_schema_extra=known("place_classes"),
        description="Class to the smallest number of that column in it; what has less than all "
        "is rural.",
    )


class RegionChoice(Part):
    """Where the communities come from: the word us_counties, or a mapping with exactly one of
    us_counties, synthetic, csv. The other keys say how the file of csv is read."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": [source]} for source in SOURCES], OR_WORD: "us_counties"
        }
    )  # fmt: skip

    us_counties: Counties | None = Field(
        default=None, description="US counties and equivalents of 2019, or some of them."
    )
    synthetic: Synthetic | None = Field(default=None, description="Invented communities.")
    csv: Line | None = Field(
        default=None,
        description="A table with the columns id, name, population and optional ones, one row a "
        "community. The path is relative to this file. `streetlight regions check FILE` prints "
        "what is understood of it.",
    )
    columns: dict[Literal[*COLUMNS], Line] | None = Field(  # type: ignore[valid-type]
        default=None, min_length=1,
        description="Column with a meaning to the file's own, as {id: fips, population: pop2020}.",
    )  # fmt: skip
    area: Line | None = Field(
        default=None, description="Column of areas in which recording is alike; else the state."
    )
    unused: Annotated[list[Line], Field(min_length=1)] | None = Field(
        default=None, description="Columns that look as if they had a meaning and have none."
    )
    percent: list[Literal[*r.SHARES]] | None = Field(  # type: ignore[valid-type]
        default=None, description="Columns in percent, not shares."
    )
    in_thousands: list[Literal[*r.COUNTS]] | None = Field(  # type: ignore[valid-type]
        default=None, description="Columns in thousands of people."
    )
    decimal: Literal[*r.DECIMALS] | None = Field(  # type: ignore[valid-type]
        default=None, description="The decimal point, if another."
    )
    thousands: Literal[*r.THOUSANDS[1:]] | None = Field(  # type: ignore[valid-type]
        default=None, description="The mark between thousands, if there is one."
    )
    unknown: Annotated[list[Line], Field(min_length=1)] | None = Field(
        default=None, description='Cells that mean not known, as ["..", "NA"]; blank ones do.'
    )
    separator: Literal[*r.SEPARATORS] | None = Field(  # type: ignore[valid-type]
        default=None, description="What parts the cells, if not a comma."
    )
    encoding: Literal[*r.ENCODINGS] | None = Field(  # type: ignore[valid-type]
        default=None, description="How the file's text is stored, if not as UTF-8."
    )
    header: int | None = Field(
        default=None, ge=1, le=1000, description="Line of the header, if not the first."
    )
    id_length: int | None = Field(
        default=None, ge=1, le=20, description="Ids get zeros in front up to this length."
    )
    where: ByColumn | None = Field(
        default=None, min_length=1,
        description="Column to values: only rows with one of them, as {state: [MN, WI]}.",
    )  # fmt: skip
    without: ByColumn | None = Field(
        default=None, min_length=1, description="Column to values: no rows with any of them."
    )  # fmt: skip
    place_class: OwnClasses | None = Field(
        default=None, description="Classes of place by your own rule."
    )
    county_facts: list[Literal[*r.COUNTY_FACTS]] | None = Field(  # type: ignore[valid-type]
        default=None,
        description="What the built-in table of US counties fills in by county code where the "
        "file says nothing.",
    )
    accept: list[Literal[*r.DOUBTS]] | None = Field(  # type: ignore[valid-type]
        default=None,
        description="What is refused unless it is meant: "
        + "; ".join(f"{name}, {what}" for name, what in r.DOUBTS.items())
        + ".",
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

    def how(self) -> dict[str, Any]:
        """All that is said of how the file is read."""
        return self.model_dump(exclude_none=True, exclude=set(SOURCES))
