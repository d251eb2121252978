"""US counties: their codes, how the list changed, and what the built-in table tells by code."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from streetlight.model.arrays import BoolArray, IntArray
from streetlight.model.communities.columns import UNKNOWN_CLASS, RegionColumns
from streetlight.model.errors import did_you_mean

if TYPE_CHECKING:
    from streetlight.model.communities.reading import Trial
    from streetlight.model.communities.region import Region

#: Codes of other years, and the county of the 2019 list in which each place lies.
LIES_IN = {
    "02063": ("02261", "Chugach is a part of what was Valdez-Cordova until 2019"),
    "02066": ("02261", "Copper River is a part of what was Valdez-Cordova until 2019"),
    "02270": ("02158", "Wade Hampton has been called Kusilvak since 2015"),
    "46113": ("46102", "Shannon has been called Oglala Lakota since 2015"),
    "51515": ("51019", "Bedford city has been a part of Bedford County since 2013"),
}
PLANNING_REGION = re.compile(r"091[1-9]0")
PLANNING_REGIONS = (
    "a planning region of Connecticut, which has stood for its counties since 2022; the list is of "
    "2019 and has the counties 09001 to 09015"
)
CODE = re.compile(r"(?:0500000US)?([0-9]{4,5})(?:\.0)?")

STATES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California",
    "CO": "Colorado", "CT": "Connecticut", "DE": "Delaware", "DC": "District of Columbia",
    "FL": "Florida", "GA": "Georgia", "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois",
    "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana",
    "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota",
    "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada",
    "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York",
    "NC": "North Carolina", "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon",
    "PA": "Pennsylvania", "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota",
    "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont", "VA": "Virginia",
    "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming",
}  # fmt: skip
CODE_OF_STATE = {name.casefold(): code for code, name in STATES.items()}


def county_code(text: str) -> str:
    """The five-digit code that an id stands for, '' where it is none."""
    found = CODE.fullmatch(text)
    return found[1].zfill(5) if found else ""


def meant_state(text: str, states: Iterable[str]) -> str:
    """' (did you mean "MN"?)' for a state by its name where codes are used, or the reverse."""
    known = set(states)
    code = CODE_OF_STATE.get(text.strip().casefold(), "")
    for other in (code, STATES.get(text.strip().upper(), ""), text.strip().upper()):
        if other in known:
            return f' (did you mean "{other}"?)'
    return "" if text.casefold() in CODE_OF_STATE else did_you_mean(text, known)


def meant_place(text: str, ids: Collection[str]) -> str:
    """What may be meant by an id that a region does not have; of counties, in the same state."""
    code, known = county_code(text), set(ids)
    if code in known and code != text:
        return f' (did you mean "{code}"?)'
    if code in LIES_IN and LIES_IN[code][0] in known:
        county, why = LIES_IN[code]
        return f' (did you mean "{county}"? {why})'
    if PLANNING_REGION.fullmatch(code) and "09001" in known:
        return f" ({PLANNING_REGIONS})"
    if text.isdigit():
        near = [one for one in known if len(one) == len(text) and one[:2] == text[:2]]
        return did_you_mean(text, near, cutoff=0.79)
    return did_you_mean(text, known)


def join_facts(columns: RegionColumns, lines: Sequence[int], us: Region, trial: Trial) -> None:
    """Fill what the file does not say with what the built-in table says of the same counties."""
    facts, rows = trial.reading.county_facts, county_rows(columns.ids, lines, us, trial)
    known, at = rows >= 0, rows[rows >= 0]
    done = dict.fromkeys(facts, 0)

    def fill(fact: str, column: str, empty: BoolArray) -> None:
        own = getattr(columns, column)
        own[known] = np.where(empty[known], getattr(us, column)[at], own[known])
        done[fact] = int(np.count_nonzero(empty & known))

    if "place_class" in facts:
        fill("place_class", "place_class", columns.place_class == UNKNOWN_CLASS)
    if "poverty_share" in facts:
        fill("poverty_share", "poverty_share", np.isnan(columns.poverty_share))
    if "coordinates" in facts:
        for column in ("latitude", "longitude"):
            fill("coordinates", column, np.isnan(getattr(columns, column)))
    if "state" in facts:
        found = [us.state[row] if row >= 0 else "" for row in rows.tolist()]
        done["state"] = sum(not own for own, new in zip(columns.state, found, strict=True) if new)
        columns.state = [own or new for own, new in zip(columns.state, found, strict=True)]
    if "neighbours" in facts:
        columns.neighbours = joined_pairs(columns, rows, us)
        done["neighbours"] = len(columns.neighbours)
    for fact, n in done.items():
        what = "pairs" if fact == "neighbours" else "places"
        trial.notes.append(f"{fact} of the built-in table of US counties: {n:,} {what}")


def county_rows(ids: Sequence[str], lines: Sequence[int], us: Region, trial: Trial) -> IntArray:
    """Row (C,) of each place in the built-in table, -1 where it has none, which is doubted."""
    row_of = {one: row for row, one in enumerate(us.ids)}
    rows, strange = np.full(len(ids), -1), []
    for k, text in enumerate(ids):
        code = county_code(text)
        if code in LIES_IN:
            code, why = LIES_IN[code]
            trial.notes.append(f"{text}: {why}: it has the facts of {code}")
        rows[k] = row_of.get(code, -1)
        if rows[k] < 0:
            strange.append(k)
    if strange:
        text = ids[strange[0]]
        why = PLANNING_REGIONS if PLANNING_REGION.fullmatch(text) else "no US county of 2019"
        more = f"; {len(strange) - 1:,} more without facts" if strange[1:] else ""
        told = f'column "id": value {text!r}: {why}{more}'
        trial.doubt(lines[strange[0]], told, "counties", "leave county_facts out")
    return rows


def doubt_names(columns: RegionColumns, lines: Sequence[int], us: Region, trial: Trial) -> None:
    """Doubt codes beside the name of another county of the state, as a column sorted alone has."""
    at = {(code[:2], plainly(name)): code for code, name in zip(us.ids, us.names, strict=True)}
    name_of = dict(zip(us.ids, us.names, strict=True))
    strange = []
    for k, text in enumerate(columns.ids):
        code = county_code(text)
        of_name = at.get((code[:2], plainly(columns.names[k])), code)
        if code in name_of and of_name != code:
            strange.append((k, name_of[code], of_name))
    if strange:
        k, own, of_name = strange[0]
        more = f"; {len(strange) - 1:,} more like it" if strange[1:] else ""
        told = (f'column "id": value {columns.ids[k]!r}: is {own}, and the name beside it is that '
                f"of {of_name}{more}")  # fmt: skip
        trial.doubt(lines[k], told, "codes", "was one of the columns sorted alone?")


def plainly(name: str) -> str:
    """A county's name in lower case, as it begins: not the state behind a comma."""
    return name.split(",")[0].strip().casefold()


def are_counties(ids: Sequence[str], us: Callable[[], Region]) -> bool:
    """Whether nearly all ids are codes of counties in the built-in table."""
    codes = [county_code(one) for one in ids]
    if sum(map(bool, codes)) < 0.9 * len(codes):
        return False
    known = set(us().ids)
    return sum(one in known for one in codes) >= 0.9 * len(codes)


def offer_facts(columns: RegionColumns, us: Callable[[], Region], trial: Trial) -> None:
    """Say that the built-in table has what a file of US counties leaves out."""
    if not are_counties(columns.ids, us):
        return
    lacking = {
        "place_class": np.any(columns.place_class == UNKNOWN_CLASS),
        "poverty_share": np.isnan(columns.poverty_share).any(),
        "coordinates": np.isnan(columns.latitude).any(),
        "neighbours": not columns.neighbours,
    }
    facts = [one for one, lacks in lacking.items() if lacks]
    if facts:
        text = (
            f"the built-in table of US counties has some of it: county_facts: [{', '.join(facts)}]"
        )
        trial.notes.append(text)


def joined_pairs(columns: RegionColumns, rows: IntArray, us: Region) -> list[tuple[str, str]]:
    """Pairs of places whose counties are neighbours, or parts of one county."""
    places: dict[int, list[str]] = {}
    for k, row in enumerate(rows.tolist()):
        if row >= 0:
            places.setdefault(row, []).append(columns.ids[k])
    pairs = []
    for row, own in places.items():
        pairs += [(a, b) for a in own for b in own if a < b]
        for other in us.neighbours(row).tolist():
            if row < other:
                pairs += [(a, b) for a in own for b in places.get(other, ())]
    return pairs
