"""Region files of other people's making: understood as told, or refused with the line to add."""

from __future__ import annotations

import contextlib
import random
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from streetlight.model.communities.meaning import meaning
from streetlight.model.communities.reading import DOUBTS
from streetlight.model.communities.region import Region, RegionError
from streetlight.model.names import PlaceClass

#: Eight towns, 335,683 people, none of them the sum of others.
TOWNS = {
    "Aville": 81234, "Bton": 23411, "Cford": 9120, "Dham": 45872,
    "Eby": 120345, "Fwick": 7021, "Gley": 15550, "Hurst": 33130,
}  # fmt: skip


def table(header: str = "id,name,population", *columns: Any, separator: str = ",") -> str:
    """A file of the eight towns; columns: what a cell of each further column is, by number."""
    lines = [header]
    for k, (name, people) in enumerate(TOWNS.items()):
        cells = [f"c{k}", name, str(people), *(column(k) for column in columns)]
        lines.append(",".join(cells))
    return "\n".join(lines).replace(",", separator) + "\n"


def read(folder: Path, text: str | bytes, **how: Any) -> Region:
    """The region of a file with this content."""
    path = folder / "f.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return Region.from_csv(path, **how)


def refused(folder: Path, text: str | bytes, **how: Any) -> list[str]:
    """What is said of a file, without its folder."""
    with pytest.raises(RegionError) as caught:
        read(folder, text, **how)
    return [one.replace(f"{folder}/", "") for one in caught.value.problems]


GERMAN = "AGS;Kreis;Einwohner;Armutsquote Kinder;Breitengrad;Längengrad\n" + "".join(
    f"0{9000 + 7 * k};{name};{f'{people:,}'.replace(',', '.')};{10 + k},5;5{k % 5},1;1{k % 3},5\n"
    for k, (name, people) in enumerate(TOWNS.items())
)
GERMAN_LINE = (
    "region: {csv: f.csv, columns: {id: AGS, name: Kreis, population: Einwohner, poverty_share: "
    "Armutsquote Kinder, latitude: Breitengrad, longitude: Längengrad}, separator: ';', decimal: "
    "',', thousands: '.', percent: [poverty_share]}"
)


def test_one_pass_finds_all_that_a_foreign_file_needs(tmp_path: Path) -> None:
    """A German file is told nine lines, and all of them in one; with these it is understood."""
    listed = refused(tmp_path, GERMAN)
    assert listed[-1] == f"f.csv: all of these in one line: {GERMAN_LINE}"
    assert len(listed) == 11
    columns = {
        "id": "AGS", "name": "Kreis", "population": "Einwohner", "latitude": "Breitengrad",
        "poverty_share": "Armutsquote Kinder", "longitude": "Längengrad",
    }  # fmt: skip
    region = read(
        tmp_path, GERMAN.encode("utf-16"), columns=columns, separator=";", decimal=",",
        thousands=".", percent=["poverty_share"], encoding="utf-16",
    )  # fmt: skip
    assert region.population.tolist() == list(TOWNS.values())
    assert region.poverty_share[:2] == pytest.approx([0.105, 0.115])
    assert region.latitude[:2].tolist() == [50.1, 51.1]


def thousands(mark: str) -> str:
    """The eight towns with a mark between thousands."""
    return re.sub(r'(\d+)(\d{3})(?="?$)', rf"\1{mark}\2", table(), flags=re.MULTILINE)


def ninth(k: int) -> str:
    """A ninth of the people of the town with a number."""
    return str(list(TOWNS.values())[k] // 9)


SHARES = "id,name,population,poverty_share"
YOUTH = "id,name,population,youth"
PLACED = "id,name,population,latitude,longitude"
COUNTIES = "id,name,population\n1001,Autauga,55380\n1003,Baldwin,212830\n48001,Anderson,57863\n"
PARTS = (
    "id,name,population\n01000,Up,113765\n01001,a,81234\n01003,b,23411\n01005,c,9120\n"
    "02000,Down,173238\n02001,d,45872\n02003,e,120345\n02005,f,7021\n"
)
#: What is wrong, the file, and words of the one problem that is told.
REFUSED: Mapping[str, tuple[str | bytes, str]] = {
    "another encoding": (table().replace("Eby", "Éby").encode("latin-1"), "encoding: windows-1252"),
    "another separator": (table(separator="\t"), 'separator: "\\t"'),
    "thousands comma": (re.sub(r"(\d+)(\d{3})$", r'"\1,\2"', table(), flags=re.M),
                        "add  thousands: ','"),
    "thousands space": (thousands("\u00a0"), "add  thousands: ' '"),
    "thousands point": (thousands("."), "add  thousands: '.', decimal: ','"),
    "people in thousands": (re.sub(r"(\d)(\d{2})$", r".\1", table(), flags=re.M),
                            "add  in_thousands: [population]"),
    "percent": (table(SHARES, lambda k: f"{12 + k}.5"), "add  percent: [poverty_share]"),
    "percent sign": (table(SHARES, lambda k: f"{12 + k}%"), "add  percent: [poverty_share]"),
    "decimal comma": (table(SHARES, lambda k: f'"0,1{k}"'), "add  decimal: ','"),
    "counts as shares": (table(SHARES, lambda k: f"{800 + k}"), "numbers of people, not shares"),
    "shares as counts": (table(YOUTH, lambda k: f"0.1{k}"), "accept: [shares]"),
    "too many youth": (table(YOUTH, lambda k: str(list(TOWNS.values())[k] // 3)),
                       "of those aged 10-17 there are 7 to 21%"),
    "words for unknown": (table(YOUTH, lambda k: ".." if k else "8000"), "add  unknown: ['..']"),
    "codes for unknown": (table(YOUTH, lambda k: "-999" if k else "8000"), "unknown: ['-999']"),
    "a note behind a number": (table().replace("9120", "9120*"), "a note stands behind"),
    "lines above": ("Estimates,,\n\n" + table(), "the table begins in line 3; add  header: 3"),
    "footnotes": (table() + "\nSource: Census, 2020\n", "accept: [footnotes]"),
    "a total": (table() + f"T,All towns,{sum(TOWNS.values())}\n", "without: {id: [T]}"),
    "a total nearly": (table() + f"T,Total,{sum(TOWNS.values()) + 99}\n", "without: {id: [T]}"),
    "subtotals": (PARTS, "without: {id: ['01000', '02000']}"),
    "two levels of totals": (PARTS.replace("01000", "00000,United States,287003\n01000", 1),
                             "without: {id: ['00000', '01000', '02000']}"),
    "subtotals apart from their parts": (
        "\n".join(PARTS.splitlines()[k] for k in (0, 2, 6, 3, 7, 4, 8, 1, 5)) + "\n",
        "without: {id: ['01000', '02000']}"),
    "subtotals at the end": (
        table("id,name,population,state", lambda k: "NS"[k % 2]) + "N,Rest,226249,\nX,S,109434,\n",
        "without: {id: ['N', X]}"),
    "more people than there are": (table() + "x,Xton,1999999999\n", "more than any country has"),
    "lost zeros": (COUNTIES, "looks like a code that lost its zero (1 more like it); if so, add  "
                   "id_length: 5"),
    "exponents": ("id,name,population\n1.00E+03,a,5\n2.5E+3,b,6\n", "made a number of"),
    "zeros alone differ": ("id,name,population\n01001,a,5\n1001,b,6\n", "hardly differs from"),
    "case alone differs": ("id,name,population\nA,a,5\na,b,6\n", "hardly differs from"),
    "accents written in two ways": ("id,name,population\n\u00e9,a,5\ne\u0301,b,6\n",
                                    "hardly differs from"),
    "columns sorted apart": ("id,name,population\n01001,Baldwin County,55869\n"
                             "01003,Autauga County,223234\n", "is Autauga County, and the name"),
    "ages 12-17 of 10-17": (table(YOUTH + ",youth_12_17", *[ninth] * 2),
                            "100.0% of youth 10-17; there are about 75%"),
    "no coordinates as zeros": (table(PLACED, lambda k: f"4{k}" if k else "0",
                                      lambda k: f"-9{k}" if k else "0"), "there is no land"),
    "one minus lost": (table(PLACED + ",x", lambda k: f"4{k}.5", lambda k: f"{'-' * (k != 3)}9{k}",
                             lambda k: "") + "".join(f"d{k},D,{k}71,41,-91,\n" for k in "1234"),
                       "value '93': has another sign than the others"),
    "a quote left open": (table().replace("Cford", '"Cford'), "f.csv:4: not CSV: a quote is"),
    "other digits": (table().replace("9120", "٩١٢٠"), "in the digits 0 to 9"),
    "swapped": (table(PLACED, lambda k: f"-14{k}.5", lambda k: f"6{k}.5"),
                "columns: {latitude: longitude, longitude: latitude}"),
    "swapped within bounds": (table(PLACED, lambda k: "-1.5", lambda k: f"5{k}.5").replace(
        "\nc", "\nE0600000"), "columns: {latitude: longitude, longitude: latitude}"),
    "metres": (table(PLACED, lambda k: "530000", lambda k: "180000"), "metres of a national grid"),
    "a spreadsheet": (b"PK\x03\x04", "is a spreadsheet or a zip archive"),
    "ages in the header": (table("id,name,population,Youth (10-17)", lambda k: f"{70 * (k + 9)}"),
                           "columns: {youth: 'Youth (10-17)'}  or, if it is not,  unused:"),
    "classes in words": (table("id,name,population,urbanicity", lambda k: "Urban"),
                         "place_class: {by: urbanicity, values: {large metro: [...]"),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_hardly_meant_is_refused_with_the_line_to_add(tmp_path: Path, kind: str) -> None:
    """One fault gives one problem, which names the file and says what to add or to change."""
    text, words = REFUSED[kind]
    (problem,) = refused(tmp_path, text)
    assert problem.startswith("f.csv") and words in problem


@pytest.mark.parametrize(
    ("kind", "how"),
    [
        ("thousands point", {"accept": ["sizes"]}),
        ("shares as counts", {"accept": ["shares"]}),
        ("footnotes", {"accept": "footnotes"}),
        ("a total", {"accept": ["sums"]}),
        ("a total", {"without": {"name": "All towns"}}),
        ("lost zeros", {"accept": ["codes"]}),
        ("lost zeros", {"id_length": 5}),
        ("swapped within bounds", {"accept": ["coordinates"]}),
        ("ages in the header", {"unused": ["Youth (10-17)"]}),
    ],
)
def test_what_is_meant_is_accepted(tmp_path: Path, kind: str, how: dict[str, Any]) -> None:
    """The line that a problem names makes the file a region."""
    text, _ = REFUSED[kind]
    assert read(tmp_path, text, **how).n_communities >= 3


#: Headers of real files, and what they mean to the model.
HEADERS = {
    "Youth (10-17)": "youth", "youth_population": "youth", "Jugendliche (10-17)": "youth",
    "youth_10_17_flat": "youth", "Aged 12 to 17": "youth_12_17", "under18_population": "",
    "Youth 15-24": "", "youth_rate": "", "median age": "", "STNAME": "state", "state_name": "state",
    "CTYNAME": "name", "Geographic Area Name": "name", "school_name": "", "LAD23NM": "name",
    "LAD23CD": "id", "gss_code": "id", "FIPS": "id", "GEO_ID": "id", "Schlüssel": "id",
    "POPESTIMATE2020": "population", "population_2020": "population", "pop2020": "population",
    "Einwohner insgesamt": "population", "population density": "", "male population": "",
    "child_poverty_rate": "poverty_share", "Kinderarmut in %": "poverty_share",
    "pct_low_income": "poverty_share", "poverty line": "", "persistent_child_poverty": "",
    "urbanicity": "place_class", "rural_class": "place_class", "rucc_2023": "place_class",
    "INTPTLAT": "latitude", "lng": "longitude", "n_neighbours": "",
}  # fmt: skip


@pytest.mark.parametrize("header", HEADERS)
def test_headers_are_known_by_their_meaning(header: str) -> None:
    """Letters that a header shares with a column say nothing; its words and ages do."""
    assert meaning(header)[0] == HEADERS[header]


def test_every_doubt_can_be_accepted() -> None:
    """The kinds of doubt that are documented are those that files of these tests raise."""
    raised = set(re.findall(r"accept: \[(\w+)\]", " ".join(words for _, words in REFUSED.values())))
    assert raised <= set(DOUBTS)


def test_what_was_not_said_is_told(tmp_path: Path) -> None:
    """Columns read and not used, and for each gap how many places were filled and with what."""
    text = table("id,name,population,youth,under18,colour", lambda k: "" if k else "8000",
                 lambda k: "9", lambda k: "red")  # fmt: skip
    told = read(tmp_path, text).told
    assert told is not None
    assert told.done() == [
        "read: id, name, population, youth",
        "not used: under18 (other ages than 10-17), colour",
    ]
    assert told.filled()[:2] == [
        "youth: not given in 7 of 8 places; filled in: 10.345% of residents, the US share aged "
        "10-17",
        "youth_12_17: not given in all places; filled in: three quarters of youth 10-17",
    ]
    assert [gap.column for gap in told.gaps][2:] == [
        "poverty_share", "place_class", "latitude, longitude", "state", "neighbours",
    ]  # fmt: skip


def test_classes_follow_the_analysts_rule(tmp_path: Path) -> None:
    """By values of a column, and by how large a column is; a value without a class is named."""
    text = table("id,name,population,kind", lambda k: "abc"[k % 3])
    values = {"small metro": ["a"], "town": ["b"], "rural": "c"}
    region = read(tmp_path, text, place_class={"by": "kind", "values": values})
    assert region.place_class[:3].tolist() == [1, 2, 3]
    sizes = {"large metro": 100_000, "town": 20_000}
    region = read(tmp_path, text, place_class={"at_least": sizes}, unused="kind")
    found = dict(zip(region.names, region.place_class.tolist(), strict=True))
    assert found == {
        "Aville": PlaceClass.TOWN, "Bton": PlaceClass.TOWN, "Cford": PlaceClass.RURAL,
        "Dham": PlaceClass.TOWN, "Eby": PlaceClass.LARGE_METRO, "Fwick": PlaceClass.RURAL,
        "Gley": PlaceClass.RURAL, "Hurst": PlaceClass.TOWN,
    }  # fmt: skip
    del values["rural"]
    (problem,) = refused(tmp_path, text, place_class={"by": "kind", "values": values})
    assert problem == "place_class: values: nothing is said of 'c'"


def test_rows_areas_and_neighbours_follow_the_choice(tmp_path: Path) -> None:
    """Rows left out take their borders along; areas are those of the column that is named."""
    text = table("id,name,population,land", lambda k: "NSE"[k % 3])
    (tmp_path / "f_neighbours.csv").write_text("id_a,id_b\nc0,c1\nc0,c3\nc3,c4\n")
    region = read(tmp_path, text, where={"land": ["N", "S"]}, area="land")
    assert region.ids == ("c0", "c1", "c3", "c4", "c6", "c7")
    assert region.areas == ("N", "S", "N", "S", "N", "S")
    assert region.neighbour_pairs().tolist() == [[0, 1], [0, 2], [2, 3]]
    (problem,) = refused(tmp_path, text, where={"land": ["n"]})
    assert problem == "where: land: 'n': no row has this value (did you mean \"N\"?)"


def test_what_is_not_read_of_neighbours_is_told(tmp_path: Path) -> None:
    """A further column of their file is named as unused, and a file of another name refused."""
    (tmp_path / "f_neighbours.csv").write_text("id_a,id_b,km\nc0,c1,12\n")
    told = read(tmp_path, table()).told
    assert told is not None and told.notes == ("not used of f_neighbours.csv: km",)
    (tmp_path / "f_neighbours.csv").rename(tmp_path / "f_neighbors.csv")
    (problem,) = refused(tmp_path, table())
    assert problem == "f_neighbors.csv: is not read by this name; call it f_neighbours.csv"


def test_facts_of_counties_come_by_their_code(tmp_path: Path) -> None:
    """Codes of today's list get the facts of the county they lie in; strange ones are doubted."""
    text = (
        "id,name,population\n02063,Chugach,7102\n02066,Copper River,2617\n02020,Anchorage,291247\n"
    )
    facts = ["place_class", "poverty_share", "state", "coordinates", "neighbours"]
    region = read(tmp_path, text, county_facts=facts)
    us = Region.us_counties()
    old, anchorage = us.ids.index("02261"), us.ids.index("02020")
    assert region.poverty_share.tolist() == us.poverty_share[[anchorage, old, old]].tolist()
    assert region.place_class.tolist() == us.place_class[[anchorage, old, old]].tolist()
    assert region.state == ("AK",) * 3 and np.isfinite(region.latitude).all()
    assert region.neighbour_pairs().tolist() == [[0, 1], [0, 2], [1, 2]]
    strange = "id,name,population\n09110,Capitol,976248\n09120,Bridgeport,325778\n"
    (problem,) = refused(tmp_path, strange, county_facts=facts)
    assert "a planning region of Connecticut" in problem and "accept: [counties]" in problem
    assert read(tmp_path, strange, county_facts=facts, accept="counties").n_communities == 2


def test_facts_that_a_file_of_counties_leaves_out_are_offered(tmp_path: Path) -> None:
    """Of two counties with class and poverty the table has coordinates and neighbours."""
    text = "id,name,population,place_class,poverty_share\n01001,Autauga,59000,town,0.1\n"
    text += "01003,Baldwin,246000,small metro,0.12\n"
    offered = "the built-in table of US counties has some of it: county_facts: "
    told = read(tmp_path, text).told
    assert told is not None and offered + "[coordinates, neighbours]" in told.notes
    told = read(tmp_path, text, county_facts=["coordinates", "neighbours"]).told
    assert told is not None and not any(note.startswith(offered) for note in told.notes)


@pytest.mark.parametrize("most", [100, 101])
def test_a_share_above_a_hundred_is_a_number_of_people(tmp_path: Path, most: int) -> None:
    """Up to 100 a column may be in percent, above it holds people."""
    rows = "".join(f"c{k},A{k},5000,{v}\n" for k, v in enumerate((20, 30, most)))
    (problem,) = refused(tmp_path, "id,name,population,poverty_share\n" + rows)
    assert ("numbers of people, not shares" in problem) is (most > 100)
    assert ("a percentage, not a share" in problem) is (most == 100)


@pytest.mark.parametrize("second", ["B", "A"])
def test_names_can_stand_for_ids_if_all_differ(tmp_path: Path, second: str) -> None:
    """Without a column of ids unique names are proposed; repeated ones are not."""
    (problem,) = refused(tmp_path, f"name,population\nA,5000\n{second},6000\n")
    assert ("columns: {id: name}" in problem) is (second == "B")
    assert ("there are: name, population" in problem) is (second == "A")


@pytest.mark.parametrize("latitude", ["180", "181"])
def test_beyond_half_a_circle_latitudes_are_metres(tmp_path: Path, latitude: str) -> None:
    """Up to 180 they may be longitudes."""
    text = f"id,name,population,latitude,longitude\na,A,5000,{latitude},50\nb,B,6000,91,51\n"
    problems = " ".join(refused(tmp_path, text))
    assert ("metres of a national grid" in problems) is (latitude == "181")


def test_codes_of_two_columns_are_joined(tmp_path: Path) -> None:
    """State and county codes that stand apart, as the Census Bureau has them, make an id."""
    text = "STATE,COUNTY,STNAME,CTYNAME,POPESTIMATE2020\n19,001,Iowa,A,7411\n19,003,Iowa,B,3602\n"
    columns = "{id: 'STATE+COUNTY', state: STNAME, name: CTYNAME, population: POPESTIMATE2020}"
    assert columns in refused(tmp_path, text)[-1]
    columns_given = {"id": "STATE+COUNTY", "name": "CTYNAME", "population": "POPESTIMATE2020"}
    region = read(tmp_path, text, columns=columns_given, unused="STNAME")
    assert region.ids == ("19001", "19003")


JUNK = (
    b",",
    b";",
    b'"',
    b"\n",
    b"\r",
    b"\t",
    b"\x00",
    b"\xff",
    b"E+3",
    b"%",
    b"1e999",
    b"\xc2\xa0",
    b"id",
)
HOW: tuple[dict[str, Any], ...] = (
    {}, {"decimal": ",", "thousands": "."}, {"accept": list(DOUBTS)}, {"header": 2},
    {"id_length": 5, "county_facts": ["neighbours", "state"]}, {"separator": ";"},
    {"place_class": {"at_least": {"town": 20_000}}}, {"columns": {"id": "id+name"}},
    {"encoding": "utf-16"}, {"area": "name", "where": {"name": ["Aville"]}},
)  # fmt: skip


@pytest.mark.parametrize("how", HOW, ids=str)
def test_no_file_breaks_the_reader(tmp_path: Path, how: dict[str, Any]) -> None:
    """Files with bytes put in, taken out and changed are understood or refused, never worse."""
    draw = random.Random(str(how))
    for good in (table(), GERMAN, PARTS, table(PLACED, lambda k: "51.5", lambda k: "1.5")):
        for _ in range(8):
            text = bytearray(good.encode())
            for _ in range(draw.randint(1, 5)):
                at, cut = draw.randrange(len(text)), draw.choice((0, 1, 9))
                text[at : at + cut] = draw.choice(JUNK) if draw.random() < 0.7 else b""
            with contextlib.suppress(RegionError):
                assert read(tmp_path, bytes(text), **how).told is not None


def test_arguments_that_cannot_be_are_named_together(tmp_path: Path) -> None:
    """Wrong arguments are told in one pass, and what a file lacks with those that can be spared."""
    listed = refused(
        tmp_path, table(), colums={"id": "x"}, percent=["population"], separator=";;", accept=1
    )
    assert [one.split(":")[0] for one in listed] == ["colums", "separator", "percent", "accept"]
    listed = refused(
        tmp_path, table(), accept="sum", area="lnd", place_class={"at_least": {"city": 5}}
    )
    assert [one.split(":")[0] for one in listed] == ["accept", "place_class", "area"]
    (said,) = refused(tmp_path, table(), place_class={"values": ["town"]})
    assert "values and at_least are mappings of classes" in said
