"""What changes look like in the record, and how often `streetlight diagnose` is right about them.

    python -m studies.diagnose --signatures     # writes model/data/signatures.csv
    python -m studies.diagnose                  # prints the calibration of its probabilities
    python -m studies.diagnose --power          # prints how long it takes to see victimization
    python -m studies.diagnose --settle         # prints how often more years settle it

For the calibration every county of twenty states has a change of its own kind and size in the
fifth policy year of one world, seven years of record lie before it and six after it.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from streetlight.model.arrays import BoolArray, FloatArray, IntArray
from streetlight.model.communities.region import Region
from streetlight.model.inference.causes import NAMED, diagnose, probabilities
from streetlight.model.inference.identified import NotIdentifiedError
from streetlight.model.inference.settling import ENOUGH, Continued
from streetlight.model.inference.signatures import GROUPS, grouped, signatures
from streetlight.model.money.policies import build
from streetlight.model.names import PlaceClass
from streetlight.model.parameters import Parameters
from streetlight.model.record.record import Record, by_year
from streetlight.model.run.simulation import draw_world, run_policy
from streetlight.model.world.shocks import Shock

SIGNATURES = Path(__file__).parent.parent / "model" / "data" / "signatures.csv"
STATES = ("MN", "WI", "IA", "MO", "KY", "TN", "GA", "NC", "CO", "OR", "OH", "IN", "KS", "NE", "VA")
MORE_STATES = (*STATES, "TX", "CA", "FL", "NY", "PA")
YEARS, WEEKS = 8, 52  # of a response, and of a year
#: No unevenness, and so many youth that luck hardly shows.
MANY = {
    "attention.reading": "even", "incidence.onset_rate": 2_400.0, "incidence.frailty_cv": 0.0,
    "assessment.posts": "solved", "switches.feedback": False, "switches.publicity": False,
}  # fmt: skip
#: What is smaller than this in a response is taken for luck.
LUCK = 0.05
#: Sizes of each kind of change whose response is simulated; those of one year come back each year
#: where the change lasts.
SIZES = {
    "campaign": (1.0, 3.0), "training": (0.5, 1.5), "police": (0.5, 1.0), "mandate": (0.5, 1.0),
    "victimization": (1.33, 2.0, 4.0),
}  # fmt: skip
BY_YEAR = ("campaign", "training")
NAMES = {"police": "police focus", "research": "recording"}
ATTENTION = ("training", "campaign", "police", "research", "mandate")
#: What happens to a county of the calibration, each as likely as the others.
KINDS = ("nothing", "population", "victimization", *ATTENTION, "two of attention")
#: Smallest and largest size that a change has there.
RANGES = {
    "training": (0.3, 1.8), "campaign": (0.7, 3.5), "police": (0.3, 1.0), "research": (0.1, 0.8),
    "mandate": (0.3, 1.0), "victimization": (1.2, 4.0), "population": (1.1, 2.0),
}  # fmt: skip
BEFORE, AFTER, FIRST = 7, 6, 4  # years of record before and after, policy years before


def change(
    kind: Any, places: tuple[str, ...], size: float, lasting: bool, first: int, years: int
) -> list[Shock]:
    """A change from the start of a policy year on, over so many years; one year if not lasting."""
    starts, weeks = [52 * first], None if kind == "mandate" else 52 * years
    if kind in BY_YEAR:
        starts = [52 * (first + year) for year in range(years if lasting else 1)]
        weeks = 13 if kind == "campaign" and not lasting else 52
    return [Shock(kind, places, week=week, weeks=weeks, size=size) for week in starts]


def counts_by_year(record: Record, published: bool = False) -> FloatArray:
    """Counts of the groups (C, Y, N_GROUPS): of all that agencies hold, or of what they publish."""
    if published:
        channels = record.published_by_channel + np.where(record.takes_part, 0.0, np.nan)[..., None]
        return grouped(channels, record.calls_not_about_a_case.astype(float))
    channels = by_year(record.counts.referrals).transpose(1, 0, 2).astype(float)
    return grouped(channels, by_year(record.other_calls()).T.astype(float))


def repeats_by_year(record: Record) -> FloatArray:
    """Cases opened, and those of a person who had one in the year before: (C, Y, 2)."""
    files, (n_places, n_years) = record.cases, record.takes_part.shape
    opened = files.cases["opened"].astype(np.int64)
    order = np.lexsort((opened, files.person))
    again = np.zeros(len(opened), bool)
    again[order[1:]] = (np.diff(files.person[order]) == 0) & (np.diff(opened[order]) <= WEEKS)
    cell = files.cases["community"] * n_years + np.minimum(opened // WEEKS, n_years - 1)
    totals = [
        np.bincount(cell[some], minlength=n_places * n_years) for some in (opened >= 0, again)
    ]
    return np.stack(totals, axis=1).reshape(n_places, n_years, 2).astype(float)


# ------------------------------------------------------------------------------ signatures


def response(region: Region, shocks: Sequence[Shock]) -> FloatArray:
    """Counts of metropolitan and of small places in the policy years: (2, YEARS, N_GROUPS)."""
    parameters = Parameters().with_values(MANY)
    world = draw_world(parameters, region, years=YEARS, shocks=shocks)
    counts = counts_by_year(run_policy(world, build("none")).record)[:, -YEARS:]
    small = region.place_class >= PlaceClass.TOWN
    return np.stack([counts[~small].sum(axis=0), counts[small].sum(axis=0)])


def write_signatures() -> None:
    """Simulate every response and write the table that ships."""
    region = Region.us_counties().select(states=STATES)
    usual = response(region, [])
    with SIGNATURES.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["cause", "places", "change", "year", *GROUPS])
        for kind, sizes in SIZES.items():
            for size, lasting in ((s, x) for s in sizes for x in (False, True)):
                if not (lasting or kind in BY_YEAR):
                    continue
                shocks = change(kind, region.ids, size, lasting, 0, YEARS)
                ratio = np.log(response(region, shocks) / usual)
                ratio[np.abs(ratio) < LUCK] = 0.0
                for places, rows in zip(("metro", "small"), ratio, strict=True):
                    for year, row in enumerate(rows):
                        name = f"{size} {'lasting' if lasting else 'once'}"
                        cells = [f"{x + 0.0:.3f}" for x in row]
                        writer.writerow([NAMES.get(kind, kind), places, name, year, *cells])


# ------------------------------------------------------------------------------ calibration


class Changed(NamedTuple):
    """One world in which every place has a change of its own."""

    kinds: IntArray  # (C,) what changed, of KINDS
    sizes: FloatArray  # (C,)
    counts: FloatArray  # (C, BEFORE + AFTER, N_GROUPS) of all that agencies hold
    published: FloatArray  # the same of what they publish
    small: BoolArray  # (C,)
    linked: FloatArray  # (C, BEFORE + AFTER, 2) cases opened, and repeats among them


class Stated(NamedTuple):
    """What is stated of a place: kind of change, cause, its probability, whether it took part."""

    kind: str
    cause: str
    probability: float
    true: bool


def changed_world(
    reading: str, replicate: int, after: int = AFTER, *, all_last: bool = False
) -> Changed:
    """A world of a reading with the changes of its own replicate, and so many years after them.

    all_last: none of them ends.
    """
    region = Region.us_counties().select(states=MORE_STATES)
    luck = np.random.default_rng([replicate, 7])
    kinds = luck.integers(0, len(KINDS), region.n_communities)
    sizes, growth, shocks = np.zeros(len(kinds)), np.ones(len(kinds)), []
    for c, kind in enumerate(kinds):
        name = KINDS[kind]
        both = luck.choice(ATTENTION, 2, replace=False) if name == "two of attention" else [name]
        for one in both if name != "nothing" else ():
            low, high = np.log(RANGES[one])
            sizes[c] = np.exp(luck.uniform(low, high))
            if one == "population":
                growth[c] = sizes[c]
            else:
                lasting = luck.random() < 0.5 or all_last
                shocks += change(one, (region.ids[c],), sizes[c], lasting, FIRST, after)
    usual, more = region, replace(
        region, population=region.population * growth, youth=region.youth * growth,
        youth_12_17=region.youth_12_17 * growth,
    )  # fmt: skip
    values = {"attention.reading": reading, "recording.silence_known": True}
    parameters, found = Parameters().with_values(values), []
    for places, struck in ((usual, shocks), (more, [])):
        world = draw_world(
            parameters, places, replicate=replicate, years=FIRST + after, shocks=struck
        )
        record = run_policy(world, build("none")).record
        published = counts_by_year(record, published=True)
        found.append([counts_by_year(record), published, repeats_by_year(record)])
    for counts, of_more in zip(*found, strict=True):  # people come with the change
        counts[growth > 1.0, BEFORE:] = of_more[growth > 1.0, BEFORE:]
    own, published, linked = found[0]
    return Changed(kinds, sizes, own, published, region.place_class >= PlaceClass.TOWN, linked)


def truths(kind: str, own_files: bool) -> dict[str, bool | None]:
    """Whether each cause took part; None: it may have been one of the two, or both are meant.

    More records change nothing in what agencies hold.
    """
    name = NAMES.get(kind, kind)
    causes = ("nothing", "population", "victimization", "something else",
              *(NAMES.get(one, one) for one in ATTENTION))  # fmt: skip
    if kind == "two of attention":
        return {c: None if c in causes[3:] else False for c in causes}
    name = "nothing" if own_files and kind == "research" else name
    return {c: c == name for c in causes}


def stated(world: Changed, own_files: bool, fewest: float, most: int) -> list[Stated]:
    """Every probability that is stated of places with so many reports a year.

    own_files: from what agencies hold, and not from what they publish.
    """
    counts, found = world.counts if own_files else world.published, []
    volume = np.nansum(counts[:, :, :-1], axis=(1, 2)) / counts.shape[1]
    for c in np.flatnonzero(volume >= fewest)[:most]:
        try:
            found_here = probabilities(counts[c], BEFORE, small=bool(world.small[c]))
        except NotIdentifiedError:
            continue
        kind = KINDS[world.kinds[c]]
        for cause, true in truths(kind, own_files).items():
            if true is not None:
                found.append(Stated(kind, cause, found_here[cause], true))
    return found


#: Groups per report in the large places of the simulated responses, without a change.
USUAL = (0.153, 0.047, 0.129, 0.167, 0.227, 0.211, 0.052, 0.014, 0.633)


def power() -> list[str]:
    """The probability of victimization where counts are what it makes expect, a line a place."""
    lines = [
        "reports a year, factor: probability after " + ", ".join(map(str, range(1, 13))) + " years"
    ]
    held = signatures(False, BEFORE, 12)["victimization"]
    for reports in (16, 30, 60, 120, 300):
        for factor, shape in zip(SIZES["victimization"], held, strict=True):
            counts = np.round(reports * np.array(USUAL) * np.exp(shape))
            found = [
                probabilities(counts[: BEFORE + after], BEFORE, small=False)["victimization"]
                for after in range(1, 13)
            ]
            lines.append(f"{reports}, {factor:g}: " + " ".join(f"{p:.2f}" for p in found))
    return lines


# ------------------------------------------------------------------------------ settling

#: More years of which it is said how often they settle, draws of each, and after how many years.
MORE_YEARS, FEWER_DRAWS, LOOKED = (1, 2, 5), 10, (1, 2)


class Settled(NamedTuple):
    """What more years did for a diagnosis that could not tell, and whose leading cause is right."""

    years: int
    stated: float  # share of draws in which they settle it
    named: bool  # whether they do
    wrong: bool  # whether they name another cause


def settled(world: Changed, fewest: float, most: int) -> list[Settled]:
    """What more years of agencies' own files do, in places with so many reports a year.

    A row for each of `MORE_YEARS`, one after the other.
    """
    found = []
    volume = world.counts[:, :, :-1].sum(axis=(1, 2)) / world.counts.shape[1]
    for c in np.flatnonzero(volume >= fewest)[:most]:
        counts, small, kind = world.counts[c], bool(world.small[c]), KINDS[world.kinds[c]]
        for after in LOOKED:
            now = diagnose(counts[: BEFORE + after], BEFORE, small=small)
            if now.named or not truths(kind, own_files=True)[now.leading]:
                continue
            may_come = Continued(counts[: BEFORE + after], BEFORE, small, now.leading)
            for years in MORE_YEARS:
                share = may_come.share(years=years, draws=FEWER_DRAWS)
                later = diagnose(counts[: BEFORE + after + years], BEFORE, small=small).named
                named, wrong = later == now.leading, later not in ("", now.leading)
                found.append(Settled(years, share, named, wrong))
    return found


def settling(rows: Sequence[Settled]) -> list[str]:
    """A line for each number of years and band of what was stated: what came of it."""
    lines = []
    for years, (low, high) in product(MORE_YEARS, pairwise((0.0, 0.2, 0.5, ENOUGH, 1.01))):
        some = [r for r in rows if r.years == years and low <= r.stated < high]
        if some:
            share, named, wrong = (
                np.mean([getattr(r, of) for r in some]) for of in ("stated", "named", "wrong")
            )
            lines.append(
                f"  {years} more years, stated {low:g} to {min(high, 1.0):g}: {len(some):>4}  "
                f"stated {share:.2f}, settled {named:.2f}, by another cause {wrong:.2f}"
            )
    each = [rows[i : i + len(MORE_YEARS)] for i in range(0, len(rows), len(MORE_YEARS))]
    least = [next(r for r in of_one if r.stated >= ENOUGH) for of_one in each
             if any(r.stated >= ENOUGH for r in of_one)]  # fmt: skip
    n = sum(r.named for r in least)
    return [*lines, f"  of {len(least)} that so many years would settle {n} are settled then"]


EDGES = (0.0, 0.05, 0.2, 0.5, 0.75, NAMED, 1.0001)


def main(arguments: Sequence[str]) -> None:
    """Write the signatures, or print the calibration curve by reading and kind of record."""
    parser = argparse.ArgumentParser(prog="python -m studies.diagnose", description=__doc__)
    parser.add_argument("--signatures", action="store_true", help="simulate and write them")
    parser.add_argument("--power", action="store_true", help="what it takes to see victimization")
    parser.add_argument("--settle", action="store_true", help="what more years settle")
    parser.add_argument("--worlds", type=int, default=1, help="of each reading")
    parser.add_argument("--places", type=int, default=500, help="of each world, at most")
    parser.add_argument("--fewest", type=float, default=10.0, help="reports a year")
    asked = parser.parse_args(arguments)
    if asked.signatures:
        write_signatures()
        return
    if asked.settle:
        years, found = max(LOOKED) + max(MORE_YEARS), list[Settled]()
        for reading in ("even", "mixed"):
            for r in range(asked.worlds):
                world = changed_world(reading, 300 + r, years, all_last=True)
                found += settled(world, asked.fewest, asked.places)
        print("\n".join(settling(found)))
        return
    if asked.power:
        print("\n".join(power()))
        return
    for reading in ("mixed", "effort", "recording", "even"):
        worlds = [changed_world(reading, 100 + r) for r in range(asked.worlds)]
        for own in (True, False):
            rows = [row for one in worlds for row in stated(one, own, asked.fewest, asked.places)]
            print(f"{reading}, {'own files' if own else 'published'}: {len(rows)} probabilities")
            print("\n".join(curve(rows)))


def curve(rows: list[Stated]) -> list[str]:
    """A line a band of stated probabilities, and what was wrong above NAMED."""
    p, true = np.array([row[2] for row in rows]), np.array([row[3] for row in rows])
    lines = []
    for low, high in zip(EDGES[:-1], EDGES[1:], strict=True):
        inside = (p >= low) & (p < high)
        if inside.any():
            shares = f"stated {p[inside].mean():.3f}, true {true[inside].mean():.3f}"
            lines.append(f"  {low:g} to {min(high, 1.0):g}: {inside.sum():>5}  {shares}")
    wrong = [f"{cause} where {kind}" for kind, cause, q, right in rows if q > NAMED and not right]
    return [*lines, f"  wrong above {NAMED:g}: {'; '.join(wrong) or 'none'}"]


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
