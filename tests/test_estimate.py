"""`streetlight estimate`: what it says, what it hides, and what it refuses."""

from __future__ import annotations

import csv
import inspect
import json
import re
from pathlib import Path

import pytest

from streetlight.experiments.cli import call
from streetlight.experiments.command_line.data import estimate_command
from streetlight.experiments.commands.estimate import estimate_record
from streetlight.model.inference.hidden_risk import HIDDEN_CV

ROOT = Path(__file__).parent.parent
LISTS = "lists,count\nA,225\nB,150\nC,75\nA+B,150\nA+C,75\nB+C,50\nA+B+C,50\n"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder with the two tables of docs/own-record.md."""
    page = (ROOT / "docs/own-record.md").read_text(encoding="utf-8")
    places, counts = re.findall(r"^```csv\n(.*?)^```", page, re.M | re.S)[:2]
    (tmp_path / "places.csv").write_text(places, encoding="utf-8")
    (tmp_path / "counts.csv").write_text(counts, encoding="utf-8")
    return tmp_path


def estimated(folder: Path, *more: str) -> int:
    """The command on the tables of a folder."""
    region = str(folder / "places.csv")
    return call(["estimate", str(folder / "counts.csv"), "--region", region,
                 "--out", str(folder / "out"), *more])  # fmt: skip


def refused(path: Path, text: str, capsys: pytest.CaptureFixture[str], *more: str) -> list[str]:
    """What is said of a file with this text, of which nothing may come."""
    path.write_text(text, encoding="utf-8")
    assert call(["estimate", str(path), "--out", str(path.parent / "out"), *more]) == 2
    assert not (path.parent / "out").exists()
    said = capsys.readouterr()
    assert said.out == ""
    return said.err.replace(f"{path.parent}/", "").splitlines()


def test_counts_by_place_are_told_with_what_they_cannot_say(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Cases and rate are those of the table, 455 over youth-years; no level is told."""
    assert estimated(own) == 0
    said = capsys.readouterr().out
    assert "455 cases in 12 places, 50 per 100,000 youth a year" in said
    assert "How many victimizations there are. No count tells" in said
    assert "stated prior" not in said
    assert "differ by more than chance" in said
    assert "none gets a rank" in said
    assert (own / "out/estimate.html").read_text(encoding="utf-8").count("<section>") == 3


def test_a_record_that_is_mostly_zeros_is_told_that_silence_may_be_among_them(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """28 of 48 counts are 0: a warning, and none once a year of a place is unknown."""
    text = (own / "counts.csv").read_text(encoding="utf-8").replace("B2,6,3,,4", "B2,6,3,4,4")
    header, *lines = text.replace("B4,,,0,0", "B4,0,0,0,0").splitlines()
    silent = [line[:2] + ",0,0,0,0" if line[0] == "C" else line for line in lines]
    said = []
    for text in ("\n".join([header, *silent]), "\n".join([header, *silent[:-1], "C4,0,0,0,"])):
        (own / "counts.csv").write_text(text + "\n", encoding="utf-8")
        assert estimated(own) == 0
        said.append(capsys.readouterr().out)
    assert "Careful: 58% of counts are 0 and none is unknown" in said[0]
    assert "none is unknown" not in said[1]


def test_small_counts_and_estimates_of_small_places_are_not_written(own: Path) -> None:
    """No count under ten, and below thirty cases an interval alone; places stand by their ids."""
    assert estimated(own) == 0
    with (own / "out/estimate.csv").open(encoding="utf-8") as stream:
        rows = {row["place"]: row for row in csv.DictReader(stream)}
    assert [*rows] == sorted(rows)
    assert rows["A1"]["cases"] == "245" and rows["A1"]["relative"]
    assert rows["B2"]["cases"] == "13" and not rows["B2"]["relative"]
    assert rows["A3"]["cases"] == "" and rows["A3"]["low"] and rows["A3"]["high"]
    page = (own / "out/estimate.html").read_text(encoding="utf-8")
    assert "under 10" in page and ">9<" not in page


def test_one_small_class_is_not_told_by_the_sum(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """If one class alone has few cases, the next smallest is not shown either."""
    text = (own / "counts.csv").read_text(encoding="utf-8")
    (own / "counts.csv").write_text(text.replace("C3,2,0,0,1", "C3,20,10,5,1"), encoding="utf-8")
    assert estimated(own) == 0
    said = capsys.readouterr().out
    assert re.search(r"rural +3 +under 10", said)
    assert re.search(r"town +3 +not shown", said)


def test_what_is_stated_moves_what_is_said(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Less hidden risk narrows intervals; a smaller share in the counts raises the level."""
    found = []
    for more in (["--share", "0.2"], ["--hidden", "0.1", "--share", "0.2"], ["--share", "0.1"]):
        assert estimated(own, "--json", *more) == 0
        found.append(json.loads(capsys.readouterr().out))
    wide = [one["rows"][0]["high"] / one["rows"][0]["low"] for one in found]
    assert wide[1] < wide[0] / 1.2
    level = [
        float(re.search(r"they are ([\d,]+) to", one["cannot"][0])[1].replace(",", ""))  # type: ignore[index]
        for one in found
    ]
    # the upper ends of the shares are .402 and .230: logits of .2 and .1, plus 1.645 x 0.6
    assert level[2] / level[0] == pytest.approx(0.402 / 0.230, rel=0.02)


def test_persons_by_lists_are_estimated_from_any_form(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same 775 persons as combinations, as columns and as a line a person and list: 1,000."""
    columns, persons, number = ["A,B,C,count"], ["person,list"], 0
    for line in LISTS.splitlines()[1:]:
        on, count = line.split(",")
        columns.append(",".join(str(int(x in on.split("+"))) for x in "ABC") + f",{count}")
        for _ in range(int(count)):
            number += 1
            persons += [f"p{number},{name}" for name in on.split("+")]
    rows = []
    for name, text in (("a", LISTS), ("b", "\n".join(columns)), ("c", "\n".join(persons))):
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        assert estimate_record(tmp_path / f"{name}.csv", out=tmp_path / name) == 0
        rows.append((tmp_path / name / "estimate.csv").read_text(encoding="utf-8"))
        said = capsys.readouterr().out
        assert "775 persons are on 3 lists" in said
        assert "Which of the two is right" not in said  # the lists are independent
    assert rows[0] == rows[1] == rows[2]
    assert rows[0].splitlines()[1].startswith("stepwise,1000")


def test_repeat_contacts_are_estimated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A table of contacts gives four estimates and how fragile they are."""
    path = tmp_path / "met.csv"
    path.write_text("contacts,persons\n1,120\n2,30\n3,8\n4,2\n", encoding="utf-8")
    assert call(["estimate", str(path), "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "chao: 390" in said and "zelterman: 407" in said and "geometric: 652" in said


def test_everything_wrong_with_a_table_of_lists_is_said_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Fractions, negatives, lists named twice, combinations told twice: line and column of each."""
    text = "lists,count\nA,2.5\nB,-1\nA+A,3\nA+B,4\nB+A,5\n,7\n"
    said = refused(tmp_path / "bad.csv", text, capsys)
    assert [line.split(": value")[0] for line in said] == [
        'bad.csv:2: column "count"', 'bad.csv:3: column "count"', 'bad.csv:4: column "lists"',
        'bad.csv:6: column "lists"', 'bad.csv:7: column "lists"',
    ]  # fmt: skip
    assert "stands in line 5 already" in said[3]


def test_persons_told_twice_and_rows_of_nobody_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A person twice on a list, and rows that are not linked to a person."""
    said = refused(tmp_path / "p.csv", "person,list\np1,A\np1,B\n,C\np1,A\n", capsys)
    assert len(said) == 2
    assert said[0].startswith('p.csv:4: column "person"') and "not linked" in said[0]
    assert said[1].startswith('p.csv:5: column "person"') and "line 2 already" in said[1]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("lists,count\nA,50\nB,40\nC,30\n", "nobody is on two lists"),
        ("lists,count\nA,50\nB,40\nA+B,9\n", "two lists"),
        ("contacts,persons\n1,50\n2,1\n", "fewer than 5"),
        ("A,B,C,count\n0,0,0,12\n1,1,0,9\n", "how many are on none is what is asked"),
    ],
)
def test_tables_of_which_nothing_follows_are_refused_with_the_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, reason: str
) -> None:
    """The reason is one line, and nothing is written."""
    (said,) = refused(tmp_path / "t.csv", text, capsys)
    assert reason in said


def test_missing_years_are_not_taken_for_zeros(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Five counts of 1, no 0 and places left out: what was left out is asked; larger: a warning."""
    ones = "place,year,count\n" + "".join(f"{p},2019,1\n" for p in ("A1", "A2", "A3", "B1", "B2"))
    (why,) = refused(own / "counts.csv", ones, capsys, "--region", str(own / "places.csv"))
    assert "5 counts are 1 and none is 0" in why and "write 0" in why
    (own / "counts.csv").write_text("place,2019\nA1,61\nB1,22\n", encoding="utf-8")
    assert estimated(own) == 0
    said = capsys.readouterr().out
    assert "if they are years without a case, write 0" in said
    assert "differ by no more than chance" in said  # two places say nothing of how places differ


def test_a_record_without_a_case_has_no_estimate(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All counts 0: the reason, and nothing written."""
    text = "place,2019\nA1,0\nB1,0\n"
    (said,) = refused(own / "counts.csv", text, capsys, "--region", str(own / "places.csv"))
    assert "no case was recorded anywhere" in said


@pytest.mark.parametrize("option", [["--hidden", "0"], ["--share", "1"]])
def test_statements_out_of_range_are_refused(
    own: Path, capsys: pytest.CaptureFixture[str], option: list[str]
) -> None:
    """The option and what is allowed."""
    assert estimated(own, *option) == 2
    assert option[0] in capsys.readouterr().err


def test_what_the_command_states_by_default_is_what_the_estimators_state() -> None:
    """The default of --hidden, which is written out so that --help is quick; no share is."""
    defaults = inspect.signature(estimate_command).parameters
    assert defaults["hidden"].default == HIDDEN_CV
    assert defaults["share"].default is None
