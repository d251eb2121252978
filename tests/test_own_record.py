"""Counts of one's own: what a file may hold, what rules see of it, and what they would do."""

from __future__ import annotations

import csv
import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from fake_engine import FAKE

from streetlight.experiments import cli
from streetlight.experiments.commands import policies_on_record
from streetlight.experiments.config.counts_sheet import COLUMNS
from streetlight.experiments.config.loading import load
from streetlight.experiments.config.own_record import read_record
from streetlight.experiments.running import runner
from streetlight.experiments.running.replay import replay
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError
from streetlight.model.money.policies import RULES, Policy, PolicyError, build
from streetlight.model.record.counts import NotInRecordError, view_of_counts
from streetlight.model.record.view import RecordView

ROOT = Path(__file__).parent.parent
#: Four places: Elm and Fern are large, Hazel is rural and has 100 youth.
REGION = """id,name,population,youth,place_class
01,Elm,900000,90000,large metro
02,Fern,90000,9000,small metro
03,Gorse,20000,2000,town
04,Hazel,1000,100,rural
"""
HEAD = "place,year,count\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with the region, which is the current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "places.csv").write_text(REGION, encoding="utf-8")
    return tmp_path


def written(text: str) -> Path:
    """A file of counts in the current folder."""
    path = Path("counts.csv")
    path.write_text(text, encoding="utf-8")
    return path


def region() -> Region:
    """The four places."""
    return Region.from_csv("places.csv")


def counts(text: str, **columns: str) -> np.ndarray:
    """Reports of a text, (places, years)."""
    return read_record(written(text), region(), columns).counts.reports


NAN = math.nan


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(HEAD + "01,2018,4\n02,2019,0\n",
                     [[4, NAN], [NAN, 0], [NAN, NAN], [NAN, NAN]], id="missing years are unknown"),
        pytest.param("Place;Year;Count\n01;2018;4\n\n 02 ;2018; 7\n;;\n", [[4], [7], [NAN], [NAN]],
                     id="semicolons, spaces and blank lines"),
        pytest.param("place,2018,2020\n01,4,\n04,0,3\n",
                     [[4, NAN, NAN], [NAN] * 3, [NAN] * 3, [0, NAN, 3]], id="a column a year"),
        pytest.param("place,year,count,took_part\n01,2018,0,0\n02,2018,0,1\n03,2018,0,\n",
                     [[NAN], [0], [0], [NAN]], id="who took no part counted nothing"),
        pytest.param("place,month,count\n" + "".join(f"01,2018-{m:02},2\n" for m in range(1, 13))
                     + "02,2018-07,5\n", [[24], [NAN], [NAN], [NAN]],
                     id="a year is known by twelve months"),
        pytest.param("place,year,count,kind\n01,2018,4,call\n01,2018,2,report\n"
                     "02,2018,1,identified\n", [[2], [NAN], [NAN], [NAN]],
                     id="calls and identified are no reports"),
        pytest.param("place,year,count,agency\n01,2018,4,police\n01,2018,3,hotline\n"
                     "02,2018,1,police\n02,2018,,hotline\n", [[7], [1], [NAN], [NAN]],
                     id="agencies add up as far as they are known"),
    ],
)  # fmt: skip
def test_what_is_not_said_is_unknown(folder: Path, text: str, expected: list[list[float]]) -> None:
    """Counts by place and year, with NaN for what the file does not say."""
    np.testing.assert_array_equal(counts(text), expected)


def test_columns_may_have_other_names(folder: Path) -> None:
    """Columns are taken by the names that the file has for them, and the others are named."""
    path = written("fips,yr,n,state\n01,2018,4,AA\n02,2018,7,AA\n")
    own = read_record(path, region(), {"place": "fips", "year": "yr", "count": "n"})
    assert own.counts.reports[:2, 0].tolist() == [4, 7]
    assert own.notes == (
        "counts.csv: reports by year, 2018; 2 of the region's 4 places; unknown are 0 of their 2 "
        "place-years",
        "columns: place is fips, year is yr, count is n",
        "columns not used: state",
    )


def test_a_wrong_map_of_columns_is_the_only_problem(folder: Path) -> None:
    """An unknown meaning and a name that the file lacks are named, and not what they leave out."""
    path = written("fips,year,count\n01,2018,4\n")
    for columns, said in (
        ({"plce": "fips"}, "columns: 'plce': must be one of: place, year"),
        ({"place": "fibs"}, "columns: place: value 'fibs': no column of the"),
    ):
        with pytest.raises(InputError) as error:
            read_record(path, region(), columns)
        assert len(error.value.problems) == 1 and said in str(error.value)


def test_notes_say_what_is_left_out(folder: Path) -> None:
    """Broken years, blanks beside counts and kinds that nobody sees are counted and named."""
    own = read_record(
        written("place,month,count,kind,channel\n01,2018-01,4,report,police\n"
                "01,2018-01,,report,school\n02,2018-01,9,call,\n"), region()
    )  # fmt: skip
    assert own.notes[1:] == (
        "place-years with fewer than twelve known months, thus unknown: 1",
        "calls: read; no policy's rule sees them",
    )
    own = read_record(written("place,year,count,agency\n01,2018,4,police\n01,2018,,hotline\n"
                              "02,2018,1,police\n"), region())  # fmt: skip
    assert own.notes[1:] == ("place-years with blanks beside known counts, which are summed: 1",)


def test_a_channel_says_whose_book_a_report_is_in(folder: Path) -> None:
    """Police and platforms fill the book of police, schools that of others; a column wins."""
    text = "place,year,count,channel\n01,2018,4,police\n01,2018,2,platform\n02,2018,1,school\n"
    by_agency = read_record(written(text), region()).counts.by_agency[:, 0]
    assert by_agency[0].tolist()[0] == 6.0 and np.isnan(by_agency[0, 1:]).all()
    assert by_agency[1].tolist()[3] == 1.0 and np.isnan(by_agency[1, :3]).all()
    text = "place,year,count,channel,agency\n01,2018,4,school,hotline\n02,2018,1,school,\n"
    by_agency = read_record(written(text), region()).counts.by_agency[:, 0]
    assert by_agency[0, 2] == 4.0 and by_agency[1, 3] == 1.0


WHOLE = "a whole number, 0 or more"
BROKEN = {
    "": "counts.csv: is empty; the first line must be the header",
    HEAD: "counts.csv: has a header but no count below it",
    "Table 4\n" + HEAD + "01,2018,4\n": "counts.csv:2: looks like the header, which must be the "
    "first line: delete the lines above it",
    "place|year\n01|2018\n": 'counts.csv:1: column "place": required, and missing; columns are '
    "separated by commas, semicolons or tabs",
    "county,year,count\n01,2018,4\n": 'counts.csv:1: column "place": required, and missing; is it '
    '"county"? Rename it, or map it (columns: place=county)',
    "place,year,month,count\n01,2018,2018-01,4\n": "counts.csv:1: columns year and month: give one "
    "of them; a month is written with its year, 2019-03",
    "place,year,count,count\n01,2018,4,4\n": 'counts.csv:1: column "count": appears more than once',
    HEAD + "01,2018,4\n1,2018,4\n": "counts.csv:3: column \"place\": value '1': the id of a place "
    'of the region (did you mean "01"?)',
    HEAD + "Elm,2018,4\n": "counts.csv:2: column \"place\": value 'Elm': the id of a place of the "
    'region; this is the name of "01"',
    HEAD + "01,18,4\n": "counts.csv:2: column \"year\": value '18': a year from 1900 to 2099, in "
    "four digits",
    HEAD + "01,2018-03,4\n": "counts.csv:2: column \"year\": value '2018-03': a year from 1900 to "
    "2099, in four digits; 2018-03 is a month: call the column month",
    "place,month,count\n01,2018-13,4\n": "counts.csv:2: column \"month\": value '2018-13': a year "
    "and month, as 2019-03",
    HEAD + "01,2018,-4\n": f"counts.csv:2: column \"count\": value '-4': {WHOLE}",
    HEAD + "01,2018,4.5\n": f"counts.csv:2: column \"count\": value '4.5': {WHOLE}; counts, not "
    "rates or averages",
    HEAD + "01,2018,1.000\n": f"counts.csv:2: column \"count\": value '1.000': {WHOLE}, without "
    "separators (is it 1000?)",
    HEAD + "01,2018,<10\n": f"counts.csv:2: column \"count\": value '<10': {WHOLE}; leave the cell "
    "blank: a count that was suppressed is unknown",
    HEAD + "01,2018,n/a\n": f"counts.csv:2: column \"count\": value 'n/a': {WHOLE}; leave the cell "
    "blank when unknown",
    HEAD + "01,2018,2000000000\n": "counts.csv:2: column \"count\": value '2000000000': "
    f"{WHOLE}, at most 1,000,000,000",
    HEAD + "01,2018,4\n02,2018\n": "counts.csv:3: 2 cells; the header has 3",
    HEAD + "01,2018,4\n02,2018,1\n01,2018,4\n": 'counts.csv:4: place "01" has 2018 already in line '
    "2: one count each",
    HEAD + "01,2018,4\n01,2019,4\n": 'counts.csv:1: the only place is "01": a record has counts of '
    "two places or more",
    HEAD + "01,2018,\n02,2018,\n": "counts.csv:1: every count is blank: nothing is known",
    HEAD + "01,1918,4\n02,2018,1\n": "counts.csv:1: no place has a count between 1918 and 2018: is "
    "one of them mistyped?",
    "place,year,count,agency\n01,2018,4,polise\n": "counts.csv:2: column \"agency\": value "
    "'polise': one of: police, child welfare, hotline, others, or blank where unknown (did you "
    'mean "police"?)',
    "place,year,count,kind\n01,2018,4,\n": "counts.csv:2: column \"kind\": value '': one of: call, "
    "report, investigated, identified; without this column all counts are reports",
    "place,year,count,took_part\n01,2018,4,0\n": "counts.csv:2: column \"count\": value '4': blank "
    "or 0 where nobody took part (column took_part)",
    HEAD + "01,2018,4\n04,2018,101\n": "counts.csv:3: 101 of 2018 in a place with 100 youth: must "
    "be 100 at most",
    "place,2018,2019/20\n01,4,5\n02,1,2\n": 'counts.csv:1: column "2019/20": a year of counts is '
    "headed by four digits, as 2019",
    'place,year,count\n01,2018,4\n"02,2018,1\n01,2019,5\n': "counts.csv:3: not CSV: a quote is "
    "opened in this row and nowhere closed",
    "place,year,count,agency\n01,2018,4,police\n01,2018,3,hotline\n01,2018,7,\n02,2018,1,\n":
    "counts.csv:4: 7 is the sum of the other rows of this place and time, which name their agency: "
    "leave totals out, or they count twice",
}  # fmt: skip


@pytest.mark.parametrize("text", BROKEN)
def test_what_is_wrong_is_said_with_its_line(folder: Path, text: str) -> None:
    """Each fault is named with file, line, column, value and what is allowed, and comes first."""
    with pytest.raises(InputError) as error:
        read_record(written(text), region())
    assert error.value.problems[0] == BROKEN[text]


def test_all_problems_are_named_in_one_pass(folder: Path) -> None:
    """A file with three faults gives three problems, in the order of its lines."""
    with pytest.raises(InputError) as error:
        read_record(written(HEAD + "01,2018,-1\n77,2018,1\n02,x,1\n"), region())
    assert [one.split(":")[1] for one in error.value.problems] == ["2", "3", "4"]


def view(text: str, budget: float = 100.0) -> RecordView:
    """What a rule is shown of a text."""
    return view_of_counts(read_record(written(text), region()).counts, region(), RecordView, budget)


def test_a_rule_sees_zero_and_no_part_where_nothing_is_known(folder: Path) -> None:
    """Unknown years are 0 in the counts and False in takes_part; zeros are zeros that took part."""
    seen = view(HEAD + "01,2018,4\n01,2019,2\n02,2019,0\n")
    assert seen.published_reports.tolist() == [[4, 2], [0, 0], [0, 0], [0, 0]]
    assert seen.takes_part.tolist() == [[True, True], [False, True], [False] * 2, [False] * 2]
    assert not seen.spent.any() and not seen.survey_respondents.any()
    assert (seen.period, seen.n_record_years) == (0, 2)


def test_a_rule_that_asks_for_more_is_told_so(folder: Path) -> None:
    """A field that the record lacks raises and names what is needed; the others can be read."""
    seen = view("place,year,count,kind\n01,2018,4,identified\n02,2018,0,identified\n")
    assert seen.published_identified[0, 0] == 4.0 and seen.n_record_years == 1
    with pytest.raises(NotInRecordError, match="needs reports"):
        _ = seen.published_reports
    with pytest.raises(PolicyError) as error:
        Policy("mine", lambda view: view.published_by_agency[:, -1, 0]).allocate(seen)
    assert isinstance(error.value.__cause__, NotInRecordError)


def test_dollars_follow_the_counts(folder: Path) -> None:
    """Last year's 6 and 2 reports plus a tenth of their mean (0.2) share 88 dollars."""
    seen = view(HEAD + "01,2018,9\n01,2019,6\n02,2019,2\n", budget=88.0)
    dollars = build("last_years_counts").allocate(seen).sum(axis=1)
    assert dollars == pytest.approx([62.0, 22.0, 2.0, 2.0])


COUNTS = HEAD + "01,2019,6\n02,2019,2\n03,2019,0\n"


def run(*arguments: str) -> int:
    """The command `streetlight policies` on the counts in the current folder."""
    return cli.call(["policies", *arguments, "--record", "counts.csv", "--region", "places.csv"])


def test_one_rule_by_kind_of_place_and_by_place(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Dollars of $0.50 for each of 1,011,000 residents: by class, by place, and in the file."""
    written(COUNTS)
    assert run("last_years_counts", "--to", "dollars.csv") == 0
    out = capsys.readouterr().out
    assert "$0.50 a resident a year: $505,500 for 4 places with 101,100 youth" in out
    assert "places of which nothing is known in 2019: 1; rules" in out
    assert "all places have one poverty share" in out
    rows = list(csv.DictReader(Path("dollars.csv").read_text(encoding="utf-8").splitlines()))
    # 6, 2, 0 and nothing, each with 0.2 more, of 8.8
    expected = [505_500 * part / 8.8 for part in (6.2, 2.2, 0.2, 0.2)]
    assert [float(row["dollars"]) for row in rows] == pytest.approx(expected, abs=0.01)
    assert [row["place"] for row in rows] == ["01", "02", "03", "04"]
    assert "count" not in rows[0] and float(rows[3]["dollars_per_youth"]) == pytest.approx(
        expected[3] / 100, abs=1e-3
    )
    assert f"large metro          1      90,000{expected[0]:>14,.0f}" in out
    assert f"Hazel         rural                  100{expected[3]:>14,.0f}" in out


def test_all_rules_and_those_that_could_not_be_asked(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every rule that spends gives dollars or is named with the reason."""
    written(COUNTS)
    asked = ("none", "per_youth", "last_years_identified", "police_counts", "information_oracle",
             "matched_funding")  # fmt: skip
    monkeypatch.setattr(policies_on_record, "RULES", {name: RULES[name] for name in asked})
    assert run("--json", "--budget", "1") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["not_asked"] == {
        "last_years_identified": "needs identified youth (rows of kind identified), which the "
        "record does not hold",
        "police_counts": "needs reports by police (column agency, or channel), which the record "
        "does not hold",
        "information_oracle": "needs what nobody can know",
    }
    per_youth = found["by_class"].pop("per_youth")
    assert [one["dollars"] for one in per_youth] == pytest.approx(
        [900_000, 90_000, 20_000, 1_000, 1_011_000]
    )
    # a dollar a resident who is not poor, 16.7% everywhere: less than the budget, in every place
    matched = found["by_class"].pop("matched_funding")
    assert matched[-1]["dollars"] == pytest.approx(1_011_000 * (1 - 0.167))
    assert not found["by_class"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("per_yuth",), 'no rule is called "per_yuth" (did you mean "per_youth"?)'),
        (("balanced",), 'no rule is called "balanced" (a mix: name it with --mix)'),
        (("full_oracle",), "full_oracle: needs what nobody can know"),
        (("police_counts",), "police_counts: needs reports by police (column agency, or channel), "
         "which the record does not hold"),
        (("--budget", "-1"), "--budget: -1: must be dollars a resident a year, more than 0"),
        (("--mix", "all"), "--mix: all: must be one of: balanced, awareness_only, training_only, "
         "services_first, small_town_package"),
        (("--to", "no/such.csv"), "--to: no/such.csv: no folder no; make it first"),
        (("--to", "counts.csv"), "--to: counts.csv: is read by this command; name another file"),
        (("--columns", "place"), "--columns: place: must be like place=fips"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    """Wrong names and numbers are named before anything is printed."""
    written(COUNTS)
    assert run(*arguments) == 2
    answer = capsys.readouterr()
    assert (answer.err.strip(), answer.out) == (said, "")


STUDY = """title: "Mine"
region: {csv: places.csv}
record: {csv: counts.csv, columns: {place: fips, count: n}}
horizon: 2
policies: [per_youth]
"""


def test_an_experiment_file_names_its_record(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given the file, rules see its record with its region; it names columns itself."""
    written("fips,year,n\n01,2019,6\n02,2019,2\n")
    Path("mine.yaml").write_text(STUDY, encoding="utf-8")
    assert load("mine.yaml").record is not None
    asked = ["policies", "last_years_counts", "--record", "mine.yaml"]
    assert cli.call([*asked, "--json"]) == 0
    by_place = json.loads(capsys.readouterr().out)["by_place"]
    assert by_place[0]["dollars"] == pytest.approx(505_500 * 6.2 / 8.8, abs=0.01)
    assert cli.call([*asked, "--region", "places.csv"]) == 2
    assert "names its region and columns itself" in capsys.readouterr().err
    assert cli.call(["check", "mine.yaml", "--no-probe"]) == 0
    assert "counts.csv: reports by year, 2019; 2 of the region's 4" in capsys.readouterr().out


def test_problems_of_a_record_stand_beside_those_of_the_file(folder: Path) -> None:
    """A wrong count and a wrong horizon are named in one pass, with the line of the record."""
    written("fips,year,n\n01,2019,-6\n02,2019,2\n")
    Path("mine.yaml").write_text(STUDY.replace("horizon: 2", "horizon: 0"), encoding="utf-8")
    with pytest.raises(InputError) as error:
        load("mine.yaml")
    first, second = error.value.problems
    assert first.startswith("mine.yaml:3:15: record: counts.csv:2: column \"n\": value '-6'")
    assert second.startswith("mine.yaml:4:10: horizon")


def test_no_run_reads_the_record(folder: Path) -> None:
    """With and without it an experiment has the same cells."""
    written("fips,year,n\n01,2019,6\n02,2019,2\n")
    Path("mine.yaml").write_text(STUDY, encoding="utf-8")
    plain = "".join(line for line in STUDY.splitlines(True) if not line.startswith("record"))
    Path("other.yaml").write_text(plain, encoding="utf-8")
    ours, without = load("mine.yaml"), load("other.yaml")
    assert ours.futures == without.futures and ours.all_policies() == without.all_policies()
    assert ours.region.fingerprint() == without.region.fingerprint()
    assert "record" not in ours.resolved()
    runner.run(ours, folder / "out", engine=FAKE, workers=1, figures="none")
    Path("counts.csv").unlink()
    assert replay(folder / "out", "per_youth/central/0", engine=FAKE).identical


def test_money_has_the_word_of_the_experiment(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the file says GBP, neither page, table nor JSON says dollars."""
    written("fips,year,n\n01,2019,6\n02,2019,2\n")
    Path("mine.yaml").write_text(f"{STUDY}currency: GBP\n", encoding="utf-8")
    for more in (["per_youth", "--to", "money.csv"], []):
        assert cli.call(["policies", *more, "--record", "mine.yaml"]) == 0
        out = capsys.readouterr().out
        assert "GBP 0.50 a resident a year: GBP 505,500" in out
        assert "dollars" not in out and "$" not in out
    header = Path("money.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header == "rule,place,place_class,youth,GBP,GBP_per_youth"
    assert cli.call(["policies", "per_youth", "--record", "mine.yaml", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["currency"] == "GBP"


def test_options_of_a_record_need_a_record(capsys: pytest.CaptureFixture[str]) -> None:
    """A region or budget without counts is refused, and so are counts without a region."""
    assert cli.call(["policies", "--budget", "1"]) == 2
    assert cli.call(["policies", "--record", "x.csv"]) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert first == "--budget: for --record, which names the file of counts"
    assert second.startswith("--region: required beside a record")


def test_the_page_does_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every table, file and command of docs/own-record.md works, with fewer worlds."""
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs/own-record.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```(csv|yaml|bash)\n(.*?)```", page, re.S)
    for name, text in zip(("places.csv", "counts.csv"), [b for kind, b in blocks if kind == "csv"],
                          strict=True):  # fmt: skip
        Path(name).write_text(text, encoding="utf-8")
    Path("mine.yaml").write_text(*(b for kind, b in blocks if kind == "yaml"), encoding="utf-8")
    commands = [line for kind, b in blocks if kind == "bash" for line in b.splitlines()]
    ours = [line.split()[1:] for line in commands if line.startswith("streetlight ")]
    assert len(ours) == len(commands) == 8
    for words in ours:
        few = ["--worlds", "5"] if words[0] == "record" else []
        assert cli.call([*words, *few]) == 0, words
    out = capsys.readouterr().out
    assert re.search(r"\nper_youth( +5\.05){5} +0%\n", out)
    assert "  last_years_identified  needs identified youth" in out
    assert "even (in force)" in out and "mixed (in force)" in out
    assert Path("dollars.csv").read_text(encoding="utf-8").count("\n") == 13
    columns = re.findall(r"^\| `(\w+)`", page, re.M)
    assert {*columns, "month"} == {*COLUMNS}


def test_an_agency_that_is_missing_in_a_year_is_told(folder: Path) -> None:
    """Elm has both books in 2018 and one in 2019, which is no fall; Fern has one book in both."""
    text = "place,year,count,agency\n01,2018,4,police\n01,2018,9,hotline\n01,2019,5,police\n"
    text += "02,2018,1,police\n02,2019,2,police\n"
    told = [one for one in read_record(written(text), region()).notes if "without a line" in one]
    assert [one.rpartition(" ")[2] for one in told] == ["1"]
