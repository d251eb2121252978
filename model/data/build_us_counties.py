"""Rebuild the built-in table of US counties from three registry packages.

    python model/data/build_us_counties.py          # rewrite the two tables beside this file
    python model/data/build_us_counties.py --check  # rebuild, compare, exit 1 if they differ

Needs pip and a package index; nothing else is read. The files taken from the packages are checked
against their SHA-256, so the same packages always give the same bytes. Sources, vintages, licences
and assumptions are in NOTICE.md beside this file.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

PACKAGES = ("libbee==0.0.7", "delphi-utils==0.3.24", "dubois-charts==0.2.0")

ACS = "libbee/sources/_census_acs_2019_fallback.json"  # ACS 2015-19, 5-year, one row a county
METRO = "delphi_utils/data/2020/fips_msa_table.csv"  # county -> metropolitan statistical area
STATES = "delphi_utils/data/2020/state_codes_table.csv"
SHAPES = "dubois_charts/charts/data/us-counties-10m.json"  # us-atlas 3.0.1, Census boundaries 2017
SHA256 = {
    ACS: "b327a3819accac4d7580b59cf8476d1231cb10647738f4ffef6bfbdacca81f25",
    METRO: "4e2b346670d249b2b559a5dff32f196ae8ce19b8a78c03700919d84cfec3c35a",
    STATES: "76711572344a6f60fd36427d00f745ea86d022a9921f932890f8fee42de8cbf5",
    SHAPES: "145aaf5d1433352a6a1d8e86b5f149c7c653f9171baf14aaf75ee66575def1b0",
}

# Youth 10-17 per 100,000 residents: the national share, 33,404,896 of 322,903,030, ACS 2014-18
# table B01001. Applied flat because no registry package carries ages by county; against the real
# county figures the median error is 9%.
YOUTH_PER_100_000 = 10_345
# Ages 12-17 are six of the eight single years of age 10-17.
YOUTH_12_17_SHARE = 0.75
# Child over all-ages poverty: 16.8% of under-18s (Census SAIPE 2019, national) over 13.42% of all
# ages (ACS 2015-19, the column scaled here). Range 1.20-1.38: older children are poorer less often
# than small ones, and the ratio inside one survey year is 1.36.
CHILD_TO_ALL_AGES_POVERTY = 1.25
HIGHEST_POVERTY_SHARE = 0.95

LARGE_METRO_POPULATION = 1_000_000  # of the metropolitan area: USDA rural-urban continuum code 1
TOWN_POPULATION = 8_000  # of a county outside metropolitan areas; gives the best match to RUCC 4-7
PUERTO_RICO = "72"

COLUMNS = (
    "id", "name", "state", "population", "youth", "youth_12_17", "poverty_share", "place_class",
    "latitude", "longitude", "poverty_share_all_ages", "median_income", "broadband_share", "cbsa",
)  # fmt: skip

Point = tuple[float, float]


def fetch(folder: Path) -> None:
    """Install the three packages, without their dependencies, into `folder`."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile"]
    subprocess.run([*command, "--target", str(folder), *PACKAGES], check=True)


def read(folder: Path, file: str) -> str:
    """Text of one packaged file; SystemExit if it is not the file this table was made from."""
    content = (folder / file).read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256[file]:
        raise SystemExit(f"{file} is not the file the table was made from (SHA-256 differs)")
    return content.decode("utf-8")


def share(part: str, whole: str) -> float | None:
    """part / whole, or None where the survey gives no denominator."""
    return int(part) / int(whole) if int(whole) > 0 and int(part) >= 0 else None


def text(value: float | None, decimals: int) -> str:
    """Fixed number of decimals; unknown is blank, never zero."""
    return "" if value is None else f"{value:.{decimals}f}"


def place_class(population: int, metro_population: int | None) -> str:
    """Class of a county from its own population and that of its metropolitan area, if any."""
    if metro_population is not None:
        large = metro_population >= LARGE_METRO_POPULATION
        return "large metro" if large else "small metro"
    return "town" if population >= TOWN_POPULATION else "rural"


def county_row(acs: dict[str, str], state: str, cbsa: str, metro_population: int | None,
               centre: Point) -> dict[str, str]:  # fmt: skip
    """One line of the table, all values as text."""
    population = int(acs["B01003_001E"])
    youth = (population * YOUTH_PER_100_000 + 50_000) // 100_000  # whole youths, half up
    poverty = share(acs["B17001_002E"], acs["B17001_001E"])
    child_poverty = (
        None if poverty is None else min(poverty * CHILD_TO_ALL_AGES_POVERTY, HIGHEST_POVERTY_SHARE)
    )
    income = int(acs["B19013_001E"])
    return {
        "id": acs["state"] + acs["county"],
        "name": acs["NAME"].rsplit(", ", 1)[0],
        "state": state,
        "population": str(population),
        "youth": str(youth),
        "youth_12_17": str(int(youth * YOUTH_12_17_SHARE + 0.5)),
        "poverty_share": text(child_poverty, 4),
        "place_class": place_class(population, metro_population),
        "latitude": text(centre[1], 5),
        "longitude": text(centre[0], 5),
        "poverty_share_all_ages": text(poverty, 4),
        "median_income": str(income) if income >= 0 else "",  # the Census marks unknown below zero
        "broadband_share": text(share(acs["B28002_004E"], acs["B28002_001E"]), 4),
        "cbsa": cbsa,
    }


def county_rows(folder: Path, shapes: dict[str, Any]) -> list[dict[str, str]]:
    """All counties of the 50 states and DC, sorted by id."""
    header, *lines = json.loads(read(folder, ACS))
    counties = [dict(zip(header, line, strict=True)) for line in lines]
    counties = [county for county in counties if county["state"] != PUERTO_RICO]
    metro = {r["fips"]: r["msa"] for r in csv.DictReader(io.StringIO(read(folder, METRO)))}
    state_table = csv.DictReader(io.StringIO(read(folder, STATES)))
    states = {r["state_code"]: r["state_id"].upper() for r in state_table}
    metro_population: dict[str, int] = defaultdict(int)
    for county in counties:
        cbsa = metro.get(county["state"] + county["county"], "")
        metro_population[cbsa] += int(county["B01003_001E"])
    centres = county_centres(shapes)
    rows = []
    for county in counties:
        fips = county["state"] + county["county"]
        cbsa = metro.get(fips, "")
        around = metro_population[cbsa] if cbsa else None
        rows.append(county_row(county, states[county["state"]], cbsa, around, centres[fips]))
    return sorted(rows, key=lambda row: row["id"])


def decoded_arcs(shapes: dict[str, Any]) -> list[list[Point]]:
    """Arcs of a quantized TopoJSON as lists of (longitude, latitude)."""
    (scale_x, scale_y), (shift_x, shift_y) = (
        shapes["transform"]["scale"],
        shapes["transform"]["translate"],
    )
    arcs = []
    for arc in shapes["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * scale_x + shift_x, y * scale_y + shift_y))
        arcs.append(points)
    return arcs


def rings_of(geometry: dict[str, Any]) -> list[list[int]]:
    """Outer and inner rings of a polygon or multipolygon, each a list of arc numbers."""
    if geometry["type"] == "Polygon":
        return list(geometry["arcs"])
    return [ring for polygon in geometry["arcs"] for ring in polygon]


def ring_points(ring: list[int], arcs: list[list[Point]]) -> list[Point]:
    """Points of a ring; arc ~i is arc i walked backwards, and joints are stored twice."""
    points: list[Point] = []
    for number in ring:
        piece = arcs[number] if number >= 0 else arcs[~number][::-1]
        points.extend(piece[1:] if points else piece)
    return points


def centre(rings: list[list[Point]]) -> Point:
    """Area centroid (shoelace, holes subtract); mean of the points where there is no area."""
    area = sum_x = sum_y = 0.0
    for ring in rings:
        for (x0, y0), (x1, y1) in pairwise(ring):
            cross = x0 * y1 - x1 * y0
            area += cross
            sum_x += (x0 + x1) * cross
            sum_y += (y0 + y1) * cross
    if abs(area) < 1e-9:
        points = [point for ring in rings for point in ring]
        return sum(p[0] for p in points) / len(points), sum(p[1] for p in points) / len(points)
    return sum_x / (3 * area), sum_y / (3 * area)


def county_centres(shapes: dict[str, Any]) -> dict[str, Point]:
    """County id -> (longitude, latitude) of its centre, in degrees."""
    arcs = decoded_arcs(shapes)
    return {
        geometry["id"]: centre(together([ring_points(ring, arcs) for ring in rings_of(geometry)]))
        for geometry in shapes["objects"]["counties"]["geometries"]
    }


def together(rings: list[list[Point]]) -> list[list[Point]]:
    """Rings on both sides of the date line (the Aleutians) moved to its American side."""
    longitudes = [x for ring in rings for x, _ in ring]
    if max(longitudes) - min(longitudes) <= 180:
        return rings
    return [[(x - 360 if x > 0 else x, y) for x, y in ring] for ring in rings]


def neighbour_pairs(shapes: dict[str, Any], known: set[str]) -> list[tuple[str, str]]:
    """Unordered pairs of counties whose outlines share a border line, sorted."""
    users: dict[int, set[str]] = defaultdict(set)
    for geometry in shapes["objects"]["counties"]["geometries"]:
        if geometry["id"] in known:
            for ring in rings_of(geometry):
                for number in ring:
                    users[number if number >= 0 else ~number].add(geometry["id"])
    pairs = {(a, b) for sharing in users.values() for a in sharing for b in sharing if a < b}
    return sorted(pairs)


def tables(folder: Path) -> dict[str, str]:
    """File name -> text of the two tables."""
    shapes = json.loads(read(folder, SHAPES))
    rows = county_rows(folder, shapes)
    pairs = neighbour_pairs(shapes, {row["id"] for row in rows})
    counties, neighbours = io.StringIO(), io.StringIO()
    writer = csv.DictWriter(counties, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    csv.writer(neighbours, lineterminator="\n").writerows([("id_a", "id_b"), *pairs])
    return {
        "us_counties.csv": counties.getvalue(),
        "us_counties_neighbours.csv": neighbours.getvalue(),
    }


def main(arguments: list[str]) -> int:
    """Exit status: 0 done or equal, 1 the shipped tables differ, 2 unknown argument."""
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        fetch(Path(folder))
        built = tables(Path(folder))
    here = Path(__file__).resolve().parent
    if arguments:
        differing = [n for n, t in built.items() if (here / n).read_bytes() != t.encode("utf-8")]
        print(f"differ: {', '.join(differing)}" if differing else "the shipped tables are as built")
        return 1 if differing else 0
    for name, content in built.items():
        (here / name).write_bytes(content.encode("utf-8"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
