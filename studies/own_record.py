"""How well `streetlight record` tells records apart: records that the model made itself.

    python -m studies.own_record

Worlds of three states are taken for records in turn, those of each reading of attention, and held
beside the worlds that the command draws.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from streetlight.experiments.analyse.likeness import READINGS, Likeness, compare_record, run_world
from streetlight.experiments.commands.record import WORLDS
from streetlight.model.arrays import FloatArray
from streetlight.model.communities.region import Region
from streetlight.model.names import N_AGENCIES
from streetlight.model.parameters import Parameters
from streetlight.model.record.counts import CountsTable

YEARS = 6
#: The first replicate that the command itself does not draw.
FIRST = 1000


def record_of(reading: str, region: Region, replicate: int) -> FloatArray:
    """Published reports (C, YEARS) of a world of a reading, without added money."""
    run = run_world(
        Parameters().with_values({"attention.reading": reading}), region, replicate, YEARS
    )
    return np.asarray(run.history().record.published_reports[:, -YEARS:])


def beside_worlds(region: Region) -> Likeness:
    """The command's worlds, at their own volume: an even record has more than they do."""
    own = record_of("even", region, FIRST)
    unknown = np.full((*own.shape, N_AGENCIES), np.nan)
    counts = CountsTable(
        years=tuple(range(YEARS)), reports=own, identified=unknown[:, :, 0], by_agency=unknown
    )
    return compare_record(counts, region, WORLDS, Parameters(), lambda text: None)


def main(arguments: Sequence[str]) -> None:
    """Print, of the records of each reading, how many look like each and come nearest to it."""
    parser = argparse.ArgumentParser(prog="python -m studies.own_record", description=__doc__)
    parser.add_argument("--records", type=int, default=40, help="of each reading")
    n = parser.parse_args(arguments).records
    region = Region.us_counties().select(states=["MN", "WI", "IA"])
    likeness = beside_worlds(region)
    print(f"{likeness.volume:.0f} reports a year, {n} records of each reading")
    print("records of   look like / come nearest to: " + ", ".join(READINGS))
    for reading in READINGS:
        alike, nearest = (dict.fromkeys(READINGS, 0) for _ in range(2))
        for r in range(FIRST + 1, FIRST + 1 + n):
            shape = likeness.describe(record_of(reading, region, r), r)
            one = replace(likeness, shapes=shape[None])
            for name in READINGS:
                alike[name] += one.looks_alike(name)
            nearest[min(READINGS, key=one.distance)] += 1
        print(f"{reading:<13}{[*alike.values()]} / {[*nearest.values()]}")


if __name__ == "__main__":
    main(sys.argv[1:])
