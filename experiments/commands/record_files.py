"""Which region and columns the commands about a record of one's own are told to use."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from streetlight.experiments.config.loading import load
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError

US_COUNTIES = "us_counties"


def region_of(text: str | None) -> Region:
    """The region of a CSV file or of an experiment file, or the built-in counties.

    InputError when there is none, or listing all that is wrong with its file.
    """
    if text is None:
        raise InputError(
            "--region: required beside a record: the CSV file of its places, an experiment file, "
            "or us_counties"
        )
    if text == US_COUNTIES:
        return Region.us_counties()
    if Path(text).suffix in (".yaml", ".yml"):
        return load(text).region
    return Region.from_csv(text)


def columns_of(texts: Iterable[str]) -> dict[str, str]:
    """What a file calls its columns, from texts like `place=fips`, which commas may separate."""
    found = {}
    for text in (one.strip() for given in texts for one in given.split(",")):
        meaning, sign, name = text.partition("=")
        if not (meaning and sign and name):
            raise InputError(f"--columns: {text}: must be like place=fips")
        found[meaning.strip()] = name.strip()
    return found
