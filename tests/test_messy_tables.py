"""What is said of tables as analysts have them: two marks, other units, one slip in every row."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from streetlight.experiments.config.counts_file import read_rows
from streetlight.experiments.config.loading import load
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError, Problems

PEOPLE = (81234, 23411, 9120, 45872)


def rows(header: str, cell: Callable[[int], str]) -> str:
    """A region's file of four places with one more column."""
    lines = [f"c{k},N{k},{people},{cell(k)}" for k, people in enumerate(PEOPLE)]
    return "\n".join([f"id,name,population,{header}", *lines, ""])


def sizes(*cells: str, header: str = "population") -> str:
    """A region's file with these populations, as they stand in it."""
    lines = [f'c{k},N{k},"{cell}"' for k, cell in enumerate(cells)]
    return "\n".join([f"id,name,{header}", *lines, ""])


#: The file, and all that is said of it.
REGIONS = {
    rows("poverty_share", lambda k: '"0,2"' if k == 2 else f"0.1{k}"): [
        '4: column "poverty_share": value \'0,2\' has a decimal comma (1 in all), and \'0.10\' in '
        'line 2, column "poverty_share", a decimal point (3 in all): write all with one mark; a '
        "comma needs  decimal: ','"],
    rows("poverty_share,latitude,longitude", lambda k: f'"0,1{k}",4{k}.5,1{k}.25'): [
        '2: column "poverty_share": value \'0,10\' has a decimal comma (4 in all), and \'40.5\' in '
        'line 2, column "latitude", a decimal point (8 in all): write all with one mark; a comma '
        "needs  decimal: ','"],
    sizes("12.345", "12,345", "1.234.567"): [
        "3: column \"population\": value '12,345' has a thousands comma (1 in all), and '12.345' "
        "in "
        'line 2, column "population", a thousands point (2 in all): write all without marks'],
    sizes("8.4", "3.9", "2.7"): [
        "2: column \"population\": value '8.4': no place has 100, which looks like thousands or "
        "millions of people; if thousands, add  in_thousands: [population]; if millions, give "
        "numbers of persons; if it is meant, add  accept: [sizes]"],
    "id,name,population,youth\nA,a,0.41,41000\nB,b,0.39,39000\n": [
        "2: column \"population\": value '0.41': no place has 100, which looks like thousands or "
        "millions of people; if thousands, add  in_thousands: [population]; if millions, give "
        "numbers of persons; if it is meant, add  accept: [sizes]"],
    sizes("412.3", "39.1", "27.4", "10039.1"): [
        "2: column \"population\": value '412.3': looks like thousands of people; if so, add  "
        "in_thousands: [population]; if it is meant, add  accept: [sizes]"],
    sizes("412000", "39.1", "27000"): [
        "3: column \"population\": value '39.1': the usual number is 27,000, so this looks like "
        "another unit; give numbers of persons; if it is meant, add  accept: [sizes]"],
    sizes("8.4", "3.9", header="Population (millions)"): [
        '1: column "Population (millions)": seems to be population; add  columns: {population: '
        "'Population (millions)'}",
        "2: column \"population\": value '8.4': its header speaks of millions; give numbers of "
        "persons; if it is meant, add  accept: [sizes]"],
    sizes("412k", "390000"): [
        "2: column \"population\": value '412k': a word says that these are thousands or millions; "
        "write the persons out, in digits"],
    rows("youth", lambda k: f"{PEOPLE[k] / 9700:.2f}"): [
        '2: column "youth": looks like thousands of youth; if so, add  in_thousands: [youth]; if '
        "it is meant, add  accept: [shares]"],
    rows("youth", lambda k: "3.9" if k == 1 else str(PEOPLE[k] // 10)): [
        "3: column \"youth\": value '3.9': 0.02% of the people of this place; give people aged "
        "10 to "
        "17, and leave the cell blank when unknown; if it is meant, add  accept: [shares]"],
    rows("youth_12_17", lambda k: str(PEOPLE[k] // 2)): [
        '2: column "youth_12_17": 50.0% of all people; there are 5 to 16% aged 12-17; give people '
        "aged 12 to 17; if it is meant, add  accept: [shares]"],
    rows("poverty_share", lambda k: "0"): [
        "2: column \"poverty_share\": value '0': no youth lives in poverty anywhere; leave the "
        "cells "
        "blank when unknown; if it is meant, add  accept: [shares]"],
    rows("poverty_share", lambda k: "1"): [
        "2: column \"poverty_share\": value '1': no youth lives out of poverty anywhere; leave the "
        "cells blank when unknown; if it is meant, add  accept: [shares]"],
    sizes("$900", "800"): [
        "2: column \"population\": value '$900': a number of persons from 0 to 2,000,000,000, "
        "without "
        "signs and words, as 900"],
    sizes("900", "population"): [
        "3: column \"population\": value 'population': a number of persons from 0 to "
        "2,000,000,000; "
        "the header stands here again: take this line away"],
    rows("latitude,longitude", lambda k: "41.5N,9.25" if k == 1 else "41.5,9.25"): [
        "3: column \"latitude\": value '41.5N': degrees from -90 to 90, in decimals, with a "
        "minus for "
        "south and west, as -12.75"],
    "id,name,2018,2019\nA,a,900,910\n": [
        '1: column "population": required, and missing; there are: id, name, 2018, 2019; is it  '
        "columns: {population: '2019'}"],
    "id,name,population,year\nA,a,900,2018\nA,a,910,2019\n": [
        "3: column \"id\": value 'A': an id used once; already used at f.csv:2: column \"id\"; one "
        "year alone:  where: {year: ['2019']}"],
}  # fmt: skip


@pytest.mark.parametrize("text", REGIONS)
def test_a_region_file_is_told_what_its_numbers_are_not(tmp_path: Path, text: str) -> None:
    """One fault is one sentence, which names line, column and value and says what to write."""
    path = tmp_path / "f.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        Region.from_csv(path)
    said = [one.replace(str(path), "f.csv") for one in caught.value.problems]
    assert [one.removeprefix("f.csv:") for one in said if "all of these" not in one] == REGIONS[
        text
    ]


@pytest.mark.parametrize(
    ("text", "how"),
    [
        (sizes("8.4", "3.9", "2.7"), {"in_thousands": ["population"]}),
        (sizes("8.4", "3.9", "2.7"), {"accept": ["sizes"]}),
        (sizes("412000", "39.1", "27000"), {"accept": ["sizes"]}),
        (rows("poverty_share", lambda k: "0"), {"accept": ["shares"]}),
        (rows("youth", lambda k: f"{PEOPLE[k] / 9700:.2f}"), {"in_thousands": ["youth"]}),
        (sizes("1,234.567", "412,345"), {"thousands": ","}),
    ],
)
def test_with_the_line_added_the_file_is_read(
    tmp_path: Path, text: str, how: dict[str, object]
) -> None:
    """What is said to be meant is read, and fractions of persons in other columns are no fault."""
    path = tmp_path / "f.csv"
    path.write_text(text, encoding="utf-8")
    assert Region.from_csv(path, **how).n_communities == text.count("\n") - 1


# -- a record

TOWNS = Region.of(ids=["A", "B", "C"], population=[100_000, 50_000, 30_000])
HEAD = "place,year,count\n"


def every(row: str) -> str:
    """A row for each of three places and twelve years: p and y stand for them."""
    years = range(2008, 2020)
    return "".join(row.replace("p,y", f"{p},{y}") + "\n" for p in "ABC" for y in years)


#: The table, and all that is said of it.
RECORDS = {
    "place,year,count,kind\n" + every("p,y,3,identifed"): [
        "2: column \"kind\": value 'identifed': one of: call, report, investigated, identified, or "
        'blank where unknown (did you mean "identified"?); the same in 35 more lines: 3, 4, 5, 6, '
        "..."],
    "place,year,count,kind\n" + every("p,y,3,report") + "A,2020,3,reprt\nB,2020,3,reprt\n": [
        "38: column \"kind\": value 'reprt': one of: call, report, investigated, identified, or "
        'blank where unknown (did you mean "report"?); the same in line 39'],
    "place,year,count,channel\n" + every("p,y,3,schol\np,y,4,health"): [
        "2: column \"channel\": value 'schol': one of: self, confidant, public, school, health, "
        "child welfare, police, youth services, platform, or blank where unknown (did you mean "
        '"school"?); the same in 35 more lines: 4, 6, 8, 10, ...'],
    HEAD + every("p,y,NA"): [
        "2: column \"count\": value 'NA': a whole number, 0 or more; leave the cell blank when "
        "unknown; the same in 35 more lines: 3, 4, 5, 6, ...",],
    HEAD + every("p,y,3") * 2: [
        '38: place "A" has 2008 already in line 2: one count each; 35 more rows stand twice'],
    HEAD + "A,2018,3\nB,2018,3\nTotal,2018,6\n": [
        "4: column \"place\": value 'Total': the id of a place of the region; leave rows of totals "
        "out"],
    HEAD + "A,FY2018,3\nB,2018,3\n": [
        "2: column \"year\": value 'FY2018': a year from 1900 to 2099, in four digits; is it "
        "2018?"],
    HEAD + "A,2018-04-30,3\nB,2018,3\n": [
        "2: column \"year\": value '2018-04-30': a year from 1900 to 2099, in four digits; "
        "2018-04-30 "
        "is in a month: call the column month, and write it as 2019-03"],
    "place,month,count\nA,Apr 2018,3\nB,4/2018,3\nC,2018-13,1\n": [
        "2: column \"month\": value 'Apr 2018': a year and month, as 2019-03; is it 2018-04?",
        "3: column \"month\": value '4/2018': a year and month, as 2019-03; is it 2018-04?",
        "4: column \"month\": value '2018-13': a year and month, as 2019-03"],
}  # fmt: skip


@pytest.mark.parametrize("text", RECORDS)
def test_a_record_is_told_each_slip_once(tmp_path: Path, text: str) -> None:
    """A word that is wrong in every row is one sentence with the number of rows."""
    path = tmp_path / "counts.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_rows(path, TOWNS)
    said = [one.removeprefix(f"{path}:") for one in caught.value.problems]
    assert caught.value.more == 0
    assert said == RECORDS[text]


def test_what_differs_by_its_line_alone_is_told_once() -> None:
    """Other files, other texts and texts without a line stay apart, and all are counted."""
    problems = Problems()
    for line in range(3, 10):
        problems.add((0, line), f"a.csv:{line}: no")
    problems.add((1, 3), "b.csv:3: no")
    problems.add((0, 3), "a.csv:3: never")
    for _ in range(2):
        problems.add((2, 0), "ids: no")
    with pytest.raises(InputError) as caught:
        problems.raise_any(InputError)
    assert list(caught.value.problems) == [
        "a.csv:3: no; the same in 6 more lines: 4, 5, 6, 7, ...", "a.csv:3: never", "b.csv:3: no",
        "ids: no", "ids: no",
    ]  # fmt: skip
    assert (problems.count, caught.value.more) == (11, 0)


# -- a plan

PLANS = {
    "community,dollars\nA,-100\n": "column \"dollars\": value '-100': must be dollars a year, "
    "from 0 "
    "to 1,000,000,000,000: a plan takes no money back",
    "community,dollars\nA,1.5m\n": "column \"dollars\": value '1.5m': must be dollars a year, "
    "from 0 "
    "to 1,000,000,000,000, written out: 1500000",
    "community,dollars\nA,100\nTotal,100\n": "column \"community\": value 'Total': no community of "
    "the region has this id; leave rows of totals out",
    "community,training,campaign\nA,100,50\n": 'column "dollars" or "share": one of them is '
    "required, and missing; a lever stands in a row, in a column lever",
    "community,share\nA,50\n": "column \"share\": value '50': must be a share from 0 to 1; if it "
    "is a "
    "percentage, divide by 100: 0.5",
}  # fmt: skip


@pytest.mark.parametrize("text", PLANS)
def test_a_plan_is_told_what_to_write(tmp_path: Path, text: str) -> None:
    """One sentence with the line of the table."""
    (tmp_path / "places.csv").write_text("id,name,population\nA,Aton,80000\nB,Bton,20000\n")
    (tmp_path / "plan.csv").write_text(text)
    path = tmp_path / "mine.yaml"
    path.write_text("title: T\nregion: {csv: places.csv}\npolicies: {p: {table: plan.csv}}\n")
    with pytest.raises(InputError) as caught:
        load(path)
    (said,) = caught.value.problems
    assert re.sub(r"^.*plan\.csv:\d+: ", "", said) == PLANS[text]


def test_a_key_that_does_not_fit_the_table_is_shown_where_it_stands(tmp_path: Path) -> None:
    """The experiment's line and column: of a key, and of a value within one."""
    (tmp_path / "places.csv").write_text("id,name,population\nA,a,5000\n", encoding="utf-8")
    lines = ["title: A", "question: B?", "region:", "  csv: places.csv", "  unused: [nme]",
             "  where: {id: [zz]}", "horizon: 2", "policies: [per_youth]"]  # fmt: skip
    (tmp_path / "own.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load(tmp_path / "own.yaml")
    assert "own.yaml:5:3: unused: no column 'nme'" in str(caught.value)
    assert "own.yaml:6:16: where: id: 'zz': no row has this value" in str(caught.value)
