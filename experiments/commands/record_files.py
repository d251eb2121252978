"""The files that the commands about a record of one's own are told to use."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from streetlight.experiments.config.loading import load
from streetlight.experiments.config.own_record import read_record
from streetlight.experiments.currency import DOLLARS
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError
from streetlight.model.parameters import Parameters
from streetlight.model.record.counts import OwnRecord

US_COUNTIES = "us_counties"
EXPERIMENTS = (".yaml", ".yml")


class Given(NamedTuple):
    """What a command works with: counts, their region, numbers of the model, a word for money."""

    own: OwnRecord
    region: Region
    parameters: Parameters
    currency: str = DOLLARS


def given_files(
    record: Path, region: str | None, columns: Iterable[str] | None, fewest: int = 2
) -> Given:
    """The record of a CSV file or of an experiment file, which has its region as well.

    region: the CSV file of its places, an experiment file, or us_counties; columns: texts like
    `place=fips`; fewest: places that a CSV file must have, 1 or 2. InputError listing all that is
    wrong with the files.
    """
    if record.suffix in EXPERIMENTS:
        if region is not None or columns:
            raise InputError(f"{record}: names its region and columns itself, in the file")
        experiment = load(record)
        if experiment.record is None:
            raise InputError(f"{record}: has no record: add record: {{csv: counts.csv}}")
        parameters = Parameters().with_values(dict(experiment.overrides))
        return Given(experiment.record, experiment.region, parameters, experiment.currency)
    places, parameters, currency = region_of(region)
    own = read_record(record, places, columns_of(columns or ()), fewest)
    return Given(own, places, parameters, currency)


def region_of(text: str | None) -> tuple[Region, Parameters, str]:
    """The region that --region names, and parameters and currency of a file or the defaults."""
    if text is None:
        raise InputError(
            "--region: required beside a record: the CSV file of its places, an experiment file, "
            "or us_counties (persons by lists need none: their file has a column count, and "
            "lists or a column of 0 and 1 for each)"
        )
    if text == US_COUNTIES:
        return Region.us_counties(), Parameters(), DOLLARS
    if Path(text).suffix in EXPERIMENTS:
        experiment = load(text)
        parameters = Parameters().with_values(dict(experiment.overrides))
        return experiment.region, parameters, experiment.currency
    return Region.from_csv(text), Parameters(), DOLLARS


def columns_of(texts: Iterable[str]) -> dict[str, str]:
    """What a file calls its columns, from texts like `place=fips`, which commas may separate."""
    found = {}
    for text in (one.strip() for given in texts for one in given.split(",")):
        meaning, sign, name = text.partition("=")
        if not (meaning and sign and name):
            raise InputError(f"--columns: {text}: must be like place=fips")
        found[meaning.strip()] = name.strip()
    return found
