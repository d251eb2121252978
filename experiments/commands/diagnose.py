"""`streetlight diagnose RECORD --change YEAR`: reports rose here; what took part in that?"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from streetlight.experiments.commands.record_files import given_files
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError, did_you_mean
from streetlight.model.inference.causes import (
    FEWEST_FOR_VICTIMIZATION,
    NAMED,
    Diagnosis,
    diagnose,
)
from streetlight.model.inference.identified import NotIdentifiedError
from streetlight.model.inference.settling import DRAWS, Settling, enough, what_settles
from streetlight.model.inference.signatures import N_GROUPS, grouped
from streetlight.model.names import PlaceClass
from streetlight.model.record.counts import CountsTable

#: Counts a year below this are not shown.
FEWEST = 10
ASSUMED = (
    "Assumes that causes act as they do in the model, that the change began with that year, and "
    "that no other followed. A probability is that the cause took part, alone or beside another."
)


def diagnose_record(
    record: Path,
    *,
    change: int,
    place: str | None = None,
    region: str | None = None,
    columns: Iterable[str] | None = None,
    as_json: bool = False,
) -> int:
    """Print how probable each cause of a change in one place is, and what would settle it.

    InputError listing every problem of the files, or with the reason why nothing can be said.
    """
    own, places, *_ = given_files(record, region, columns, fewest=1)
    c = position(place, own.counts, places, record)
    if places.youth[c] <= 0.0:
        raise InputError(f'--place: "{places.ids[c]}": has no youth')
    years = own.counts.years
    if change not in years[1:]:
        raise InputError(
            f"--change: {change}: must be a year from {years[0] + 1} to {years[-1]}, which the "
            "record has"
        )
    counts = grouped(own.counts.by_channel, own.counts.other_calls)[c]
    small = bool(places.place_class[c] >= PlaceClass.TOWN)
    try:
        found = diagnose(counts, years.index(change), small=small)
    except NotIdentifiedError as error:
        raise InputError(f"{record}: {places.ids[c]}: cannot be told: {error}") from None
    if not (found.named or as_json):
        print("drawing what more years would tell (some ten seconds)", file=sys.stderr)
    settling = what_settles(counts, years.index(change), found, small=small)
    if as_json:
        facts = {"place": places.ids[c], "change": change, "probability": found.probability}
        more = {
            "named": found.named or None, "leading": found.leading,
            "more_years": enough(settling.years), "times_the_reports": enough(settling.times),
            "settled_by_more_years": settling.years, "settled_by_times": settling.times,
        }  # fmt: skip
        print(json.dumps(facts | more, indent=2))
        return 0
    for note in own.notes:
        print(note)
    said = as_text(found, places.names[c], change, counts)
    print("\n".join(["", *said, *answer(found, settling), ASSUMED]))
    return 0


def position(place: str | None, counts: CountsTable, region: Region, record: Path) -> int:
    """Which place of the region is meant: the one named, or the only one with counts."""
    known = np.flatnonzero(~np.isnan(counts.reports).all(axis=1))
    if place is None:
        if len(known) != 1:
            raise InputError(
                f"--place: required, as {record} has {len(known):,} places with reports; a "
                "diagnosis is of one"
            )
        return int(known[0])
    if place not in region.ids:
        advice = did_you_mean(place, region.ids)
        raise InputError(f'--place: "{place}": must be the id of a place of the region{advice}')
    return region.ids.index(place)


def as_text(found: Diagnosis, name: str, change: int, counts: np.ndarray) -> list[str]:
    """The probabilities, the largest first."""
    a_year = found.reports_a_year
    shown = f"{a_year:,.0f}" if a_year >= FEWEST else f"under {FEWEST}"
    lines = [
        f"{name}: {shown} reports a year; since {change} {found.ratio:.2f} times as many as before",
        "", "what took part        probability",
    ]  # fmt: skip
    ranked = sorted(found.probability.items(), key=lambda one: -one[1])
    lines += [f"{cause:<22}{share:>11.2f}" for cause, share in ranked]
    if np.isnan(counts[:, N_GROUPS - 1]).all():
        lines.append("without calls, recording and population look alike")
    return [*lines, ""]


def answer(found: Diagnosis, settling: Settling) -> list[str]:
    """What is named, or that it cannot be told yet and what would settle it."""
    lead = found.leading
    if found.named == "nothing":
        return ["Nothing changed beyond what moves from year to year."]
    if found.named:
        return [f"Named: {found.named}."]
    why = f"no cause is above {NAMED:g}. {lead} leads."
    if lead == "something else":
        return [f"Cannot tell yet: {why} The channels moved as no known cause moves them, and what "
                "more years would bring is not known."]  # fmt: skip
    if found.probability[lead] > NAMED:
        least = f"{FEWEST_FOR_VICTIMIZATION:.0f} reports a year"
        why = f"{lead} is named only from {least}."
    return [f"Cannot tell yet: {why}", "", *what_would(lead, settling), ""]


def what_would(lead: str, settling: Settling) -> list[str]:
    """How many more years, or how many times the reports, would settle it."""
    lines = [
        f"What would settle it, if {lead} is right: share of {DRAWS} simulated records that name it"
    ]
    for what, shares in (
        ("more years with as many reports", settling.years),
        ("times as many reports a year", settling.times),
    ):
        cells = "".join(f"{number:>6}: {share:.2f}" for number, share in shares.items())
        lines.append(f"{what:<32}{cells}")
    years, times = enough(settling.years), enough(settling.times)
    by_years = f"{years} more year{'s' * (years > 1)}" if years else ""
    by_times = f"{times} times as many reports" if times else ""
    if years or times:
        said = " or ".join(one for one in (by_years, by_times) if one)
        return [*lines, f"{said[0].upper()}{said[1:]} would settle it."]
    most = f"{max(settling.years)} more years nor {max(settling.times)} times as many reports"
    return [*lines, f"Neither {most} would surely settle it."]
