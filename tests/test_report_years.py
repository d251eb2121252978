"""Year by year: three pictures and the chooser's numbers, of a table made by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from browser import Browser, chromium
from made_study import AVERTED, made_study, three_plans

from streetlight.experiments.analyse.study import Study
from streetlight.experiments.report import analysts, write, years

#: By measure and plan: the year before the money and two years with it.
BY_YEAR: Mapping[str, Mapping[str, Sequence[float]]] = {
    "all_reports": {"none": [100, 100, 100], "per_youth": [100, 105, 110]},
    "identified": {"none": [50, 50, 50], "per_youth": [50, 70, 75]},
    "active": {"none": [2000, 2000, 2000], "per_youth": [2000, 1990, 1980]},
}


def two_years(by_year: Mapping[str, Mapping[str, Sequence[float]]] = BY_YEAR) -> Study:
    """By head against no money, every number sure."""
    study = made_study(
        {AVERTED: {"none": 0, "per_youth": 15}}, matters={AVERTED: 1.0}, years=2, luck=1e-6,
    )  # fmt: skip
    rows = []
    for measure, plans in by_year.items():
        for plan, values in plans.items():
            for year, value in enumerate(values):
                base = plans["none"][year]
                gap = value - base
                for future in ("", "central"):
                    rows.append({
                        "measure": measure, "group": "all", "year": year, "plan": plan,
                        "future": future, "mean": value, "low": value, "high": value, "base": base,
                        "difference": gap, "difference_low": gap, "difference_high": gap,
                        "verdict": "", "n": 4, "unit": "",
                    })  # fmt: skip
    columns = {name: [*study.table[name].to_pylist(), *(row[name] for row in rows)]
               for name in study.table.column_names}  # fmt: skip
    return Study(study.folder, study.manifest, study.comparison, pa.table(columns), study.values)


def test_finding_comes_at_once_and_prevention_slowly() -> None:
    """In the first of two years 40% more are found; exploitation falls by 1% in the end."""
    shown = years.section(two_years())
    assert shown["title"] == "Finding rises at once; prevention is slow"
    assert [panel["read"] for panel in shown["panels"]] == [
        "Year 2: by number of youth +10%", "Year 2: by number of youth +50%",
        "Year 2: by number of youth \N{MINUS SIGN}1%",
    ]  # fmt: skip


def test_lines_lie_where_their_values_are() -> None:
    """From -20 to 60 percent, no change is at a quarter of the height, 40% at three quarters."""
    panel = years.section(two_years())["panels"][1]
    assert [tick["text"] for tick in panel["ticks"]][0] == "\N{MINUS SIGN}20%"
    assert panel["lines"][1]["points"] == "0,75 50,25 100,12.5"


def test_the_chooser_has_short_numbers_and_nothing_unknown() -> None:
    """Whole numbers, four digits at most below a thousand, null where there is no row."""
    by_year = {**BY_YEAR, "active": {"none": [2000.4, 3.14159, 0], "per_youth": [1.0, 2.0]}}
    data = json.loads(years.section(two_years(by_year))["data"])
    active = data["values"][data["measures"].index("active")][0]
    assert list(data["plans"]) == ["none", "per_youth"] and data["futures"] == [""]
    assert [plan[0] for plan in active] == [[2000, 3.142, 0], [1, 2, None]]


def test_futures_are_chosen_under_their_questions() -> None:
    """The mean of all comes first; those that share a question stand together."""
    study = three_plans(futures=("central", "even", "full", "write"))
    sets: tuple[dict[str, object], ...] = (
        {}, {"attention.reading": "even"}, {"assessment.utilisation": 1.1},
        {"attention.reading": "recording"},
    )  # fmt: skip
    study.futures = tuple(replace(f, sets=s) for f, s in zip(study.futures, sets, strict=True))
    assert years.choices(study, study.plans)["future"] == {
        "": [("", "Mean of all four"), ("central", "As we think it is")],
        "Why do some places report little?": [
            ("even", "By kind of place alone"), ("write", "They do not write it down"),
        ],
        "Can reports be followed up?": [("full", "Too few investigators")],
    }  # fmt: skip


def test_nothing_to_show() -> None:
    """Without rows by year there is no section."""
    assert years.section(two_years({})) == {}


@pytest.fixture(scope="module")
def browser() -> Browser:
    """One Chromium for all tests."""
    with Browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a page of the two sections that the script is for."""
    path = tmp_path_factory.mktemp("page") / "page.html"
    sections = {"years": years.section, "analysts": analysts.section}
    path.write_text(write.page(two_years(), sections), encoding="utf-8")
    return Path(path).as_uri()


needs_browser = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no Chromium is installed"),
]


class TestChooser:
    """The script in the page."""

    pytestmark = needs_browser

    def test_it_runs_under_the_page_s_own_policy(self, browser: Browser, address: str) -> None:
        """No error, nothing asked of a network, and the form is there."""
        page = browser.open(address)
        assert (page.errors, page.outside) == ([], [])
        assert page.evaluate("document.querySelector('.choose').hidden") is False
        assert page.text(".rd") == "Year 2: by number of youth +10%"

    def test_numbers_in_the_place_of_changes(self, browser: Browser, address: str) -> None:
        """Another choice draws and reads the counts of both plans."""
        page = browser.open(address)
        pick(page, "show", "number")
        assert page.text(".rd") == "Year 2: no added money 100, by number of youth 110"
        page.click("[value=none]")
        assert page.text(".rd") == "Year 2: by number of youth 110"
        page.click("[value=per_youth]")
        assert page.text(".rd") == "Choose at least one plan."
        assert page.errors == []

    def test_arrow_keys_read_the_years(self, browser: Browser, address: str) -> None:
        """One to the left in all three pictures, and to the year before the money."""
        page = browser.open(address)
        page.evaluate("document.querySelector('.yr').focus()")
        page.press("ArrowLeft")
        read = "[...document.querySelectorAll('.rd')].map(one => one.innerText).join('; ')"
        assert page.evaluate(read) == (
            "Year 1: by number of youth +5%; Year 1: by number of youth +40%; "
            "Year 1: by number of youth \N{MINUS SIGN}0.5%"
        )
        page.press("Home")
        assert page.text(".rd") == "Year before: by number of youth 0%"

    def test_tables_are_sorted_by_a_press(self, browser: Browser, address: str) -> None:
        """Most first, then least first, and the head says so."""
        page = browser.open(address)
        page.evaluate("document.querySelector('details').open = true")
        page.click("th[aria-sort] button")
        assert page.evaluate("document.querySelector('th[aria-sort]').ariaSort") == "descending"
        page.click("th[aria-sort] button")
        assert page.evaluate("document.querySelector('th[aria-sort]').ariaSort") == "ascending"


def pick(page: object, name: str, value: str) -> None:
    """Choose an option, as a hand would."""
    page.evaluate(  # type: ignore[attr-defined]
        f"(() => {{ const one = document.querySelector('[name={name}]'); one.value = '{value}';"
        "one.dispatchEvent(new Event('change', {bubbles: true})) })()"
    )
