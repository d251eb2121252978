"""`streetlight diagnose RECORD --change YEAR`: reports rose here; what took part in that?"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from streetlight.experiments.commands.record_files import given_files
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError, did_you_mean
from streetlight.model.inference.causes import (
    FEWEST_FOR_VICTIMIZATION,
    NAMED,
    YEARS_TRIED,
    Diagnosis,
    diagnose,
)
from streetlight.model.inference.identified import NotIdentifiedError
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
    if as_json:
        facts = {"place": places.ids[c], "change": change, "probability": found.probability}
        more = {"named": found.named or None, "leading": found.leading, "more_years": found.years}
        print(json.dumps(facts | more, indent=2))
        return 0
    for note in own.notes:
        print(note)
    print("\n".join(["", *as_text(found, places.names[c], change, counts), ASSUMED]))
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
    """The probabilities, the largest first, and the answer."""
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
    return [*lines, "", answer(found)]


def answer(found: Diagnosis) -> str:
    """What is named, or that it cannot be told yet and what would settle it."""
    if found.named == "nothing":
        return "Nothing changed beyond what moves from year to year."
    if found.named:
        return f"Named: {found.named}."
    few = found.leading == "victimization" and found.reports_a_year < FEWEST_FOR_VICTIMIZATION
    if few and found.probability[found.leading] > NAMED:
        return (
            f"Cannot tell yet: victimization is named only from {FEWEST_FOR_VICTIMIZATION:.0f} "
            "reports a year."
        )
    lead = f"Cannot tell yet: no cause is above {NAMED:g}. {found.leading} leads"
    if found.leading == "something else":
        return f"{lead}: the channels moved as no known cause moves them."
    if found.years is None:
        return f"{lead}; {YEARS_TRIED[-1]} more years with as many reports would not settle it."
    return f"{lead}; if it is right, about {found.years} more years would settle it."
