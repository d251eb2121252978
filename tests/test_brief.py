"""The brief: one page that says what the report says, and prints to one sheet."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from browser import Browser
from made_results import Folder, metric
from made_study import made_study, numbers, policy, three_plans

from streetlight.experiments import cli
from streetlight.experiments.analyse.study import Study
from streetlight.experiments.report.brief import brief, section

#: Paper in inches.
PAPER = {"A4": (8.27, 11.69), "Letter": (8.5, 11.0)}


def study(**changes: object) -> Study:
    """Three plans whose reports, youth found and wrong investigations rise."""
    wrong = numbers(500, 550, 550, 560)
    return three_plans(false_investigated=wrong, **changes)  # type: ignore[arg-type]


def test_the_table_has_a_row_a_plan() -> None:
    """Forty more found a year of 400 in ten years, and of 100 in each kind of place."""
    table = section(study())["table"]
    assert table["heads"] == ["Large cities", "Rural places"]
    assert [(row["name"], row["more"], row["found"]) for row in table["rows"]] == [
        ("No added money", "–", ["5.0", "2.0"]),
        ("By number of youth", "40", ["8.0", "3.0"]),
        ("By youth in poverty", "40", ["8.0", "3.2"]),
        ("Small towns first", "30", ["6.0", "9.0"]),
    ]
    assert table["rest"] == ""


def test_three_short_answers() -> None:
    """What the money buys, who loses, and how sure it is."""
    answers = {one["head"]: one["text"] for one in section(study())["answers"]}
    assert list(answers) == ["What it buys in a year", "Who loses", "How sure?"]
    assert answers["What it buys in a year"] == (
        "Training of school, health and police staff $15 million; confidential text and chat line "
        "$5 million."
    )
    assert answers["Who loses"].startswith(
        "Putting small towns first finds more than sharing by number of youth in rural places. "
        "Large cities lose by it, though more are found there"
    )
    assert answers["Who loses"].endswith("The price: more people are investigated wrongly.")


def test_it_says_what_the_report_says() -> None:
    """Cards and sentences are the first screen's, and nothing is read from a network."""
    html = brief(study())
    assert "<small>a year for ten years, 50 cents a resident</small>" in html
    assert "Two plans tie for most exploitation averted." in html
    assert "More reports will not mean more harm" in html
    assert not re.search(r"https?://|<script|nan|\binf\b", html)


def test_more_plans_than_there_is_room_for_are_counted() -> None:
    """Of twelve plans seven have a row."""
    made = twelve_plans()
    table = section(made)["table"]
    assert (len(table["rows"]), table["rest"]) == (8, "Five more plans in the report.")
    assert "nan" not in brief(made)


@pytest.mark.parametrize("plans", [{}, {"plan": [[1.0, 2.0]] * 2}])
def test_a_study_of_little_has_a_brief(
    tmp_path: Path, plans: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    """Without any plan, and with one of which nothing but youth found is known."""
    found = {"none": [[1.0, 2.0]] * 2, **plans}
    folder = Folder({"identified": found}, [metric("identified")]).write(tmp_path / "made")  # type: ignore[dict-item]
    assert cli.call(["report", str(folder), "--brief", "--out", str(tmp_path / "b.html")]) == 0
    assert str(tmp_path / "b.html") in capsys.readouterr().out
    text = re.sub(r"<style>.*?</style>|<[^>]*>", " ", (tmp_path / "b.html").read_text("utf-8"))
    assert not re.search(r"\bnan\b|\binf\b|None", text)


def twelve_plans() -> Study:
    """Twelve plans of which all is the same, in two kinds of place."""
    names = [f"plan_{k}" for k in range(1, 13)]
    every = ["none", *names]
    flat = {
        name: dict.fromkeys(every, value)
        for name, value in {
            "averted_person_years": 10.0, "identified": 100.0, "person_years": 1000.0,
            "worst_class_identified_share": 0.03, "allocated": 1e6, "youth:town": 5000.0,
            "identified_share:town": 0.03, "youth:rural": 5000.0, "identified_share:rural": 0.02,
        }.items()
    }  # fmt: skip
    return made_study(flat, policies={name: policy("per_youth") for name in names})


@pytest.mark.browser
@pytest.mark.parametrize("paper", PAPER)
@pytest.mark.parametrize("make", [study, twelve_plans])
def test_it_prints_to_one_sheet(tmp_path: Path, paper: str, make: Callable[[], Study]) -> None:
    """On A4 and on Letter, with a long title, and no line sticks out on a phone."""
    path = tmp_path / "brief.html"
    made = make()
    made.manifest = {**made.manifest, "title": "Who should get the money when little is sure " * 2}
    path.write_text(brief(made), encoding="utf-8")
    width, height = PAPER[paper]
    with Browser() as browser:
        page = browser.open(path.as_uri(), width=794)
        page.pdf(tmp_path / "brief.pdf", paperWidth=width, paperHeight=height)
        data = (tmp_path / "brief.pdf").read_bytes()
        assert len(re.findall(rb"/Type\s*/Page[^s]", data)) == 1
        assert page.errors == []
        phone = browser.open(path.as_uri(), width=390)
        assert phone.overflowing() == []
