"""The report as a page: its numbers, its warnings, and that it needs and leaks nothing."""

from __future__ import annotations

import base64
import csv
import json
import math
from collections import Counter
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fake_engine import FAKE, RAN, bytes_of, small_experiment
from matplotlib.figure import Figure
from report_worlds import comparison, written
from test_figures import Made

from streetlight.experiments import figures
from streetlight.experiments.commands.report import report_results
from streetlight.experiments.analyse.pareto import Ratio
from streetlight.experiments.analyse.whole import compare
from streetlight.experiments.analyse.writing import write_comparison, write_pareto
from streetlight.experiments.figures import FIGURES
from streetlight.experiments.figures.picture import Absent, Picture
from streetlight.experiments.report.appendix import LIMITS, register, shown
from streetlight.experiments.report.build import content, rendered, report, write_report
from streetlight.experiments.report.robust import attitudes, beaten_by, precisions
from streetlight.experiments.report.sections import QUESTIONS, section, sections
from streetlight.experiments.report.table import cell, head, price, table, tone
from streetlight.experiments.running.runner import run
from streetlight.model.errors import InputError

USUAL = Made(
    policies=("none", "equal_shares", "small_towns_first"),
    oracles=("information_oracle",),
    futures=("central", "fast fading"),
    communities=60,
)
EVIL = '<img src=x onerror="alert(1)">'
NAMES = Made(
    policies=("none", f"a{EVIL}'s", "=cmd|' /C calc'!A0", "Κόσμος 北京 مرحبا", "long " * 30),
    futures=(f"f{EVIL}", "будущее"),
    communities=40,
)


class Parsed(HTMLParser):
    """A page as tags with their attributes and the text after each."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.cells: list[list[str]] = []
        self._style = self._in_cell = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it; rows and cells are kept as a table of text."""
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        self._style = tag == "style"
        if tag == "tr":
            self.cells.append([])
        if tag in ("td", "th"):
            self.cells[-1].append("")
            self._in_cell = True
        if tag == "br" and self._in_cell:
            self.cells[-1][-1] += "|"

    def handle_endtag(self, tag: str) -> None:
        """A cell ends."""
        self._in_cell = self._in_cell and tag not in ("td", "th")
        self._style = False

    def handle_data(self, data: str) -> None:
        """Text that a reader sees."""
        if not self._style:
            self.text += data
        if self._in_cell:
            self.cells[-1][-1] += data

    def named(self, tag: str) -> list[dict[str, str]]:
        """The attributes of every tag of a name."""
        return [attributes for name, attributes in self.tags if name == tag]


@dataclass(frozen=True)
class Drawn:
    """A row behind a figure of a test."""

    policy: str
    value: float


def drawn(name: str, headline: str = "A finding.") -> Picture:
    """A figure with nothing in it."""
    return Picture(name, headline, [Drawn("=1+1", math.nan)], Drawn, lambda: Figure((4, 3)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder with plans, a reference and two futures."""
    return written(tmp_path_factory.mktemp("usual"), USUAL)


@pytest.fixture(scope="module")
def html(folder: Path) -> str:
    """Its report with all figures."""
    return report(folder)


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report of a study whose names, title and question try to break the page."""
    made = written(
        tmp_path_factory.mktemp("names"), NAMES, title=f"T{EVIL}", question=f"Q{EVIL}\n\aand so on"
    )
    return report(made)


@pytest.fixture(params=["html", "evil"])
def page(request: pytest.FixtureRequest) -> Parsed:
    """Both pages, parsed."""
    return Parsed(request.getfixturevalue(request.param))


# The page.


def test_the_page_needs_nothing_else(page: Parsed) -> None:
    """Every address is data in the page or a place in it; there is no script and no frame."""
    used = {name for name, _ in page.tags}
    assert not used & {"script", "link", "iframe", "object", "embed", "base", "form"}
    for name, attributes in page.tags:
        for key in ("src", "href", "srcset", "action", "poster", "background"):
            if key in attributes:
                assert attributes[key].startswith(("data:", "#")), (name, attributes)
        assert not any(key.startswith("on") for key in attributes)
    policy = next(a["content"] for a in page.named("meta") if "http-equiv" in a)
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def test_the_page_can_be_read_without_seeing_it(page: Parsed) -> None:
    """Language, title, alternative texts, captions, labels, headings without a gap."""
    assert page.named("html")[0]["lang"] == "en"
    images, tables = page.named("img"), page.named("table")
    assert len(images) >= 10
    assert all(len(one["alt"]) > 40 for one in images)
    assert len(page.named("caption")) == len(tables) >= 3
    labels = {one["for"] for one in page.named("label")}
    assert labels == {one["id"] for one in page.named("input")}
    levels = [int(tag[1]) for tag, _ in page.tags if tag in ("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in zip(levels, levels[1:], strict=False))
    for one in page.named("div"):
        if one.get("class") == "scroll":
            assert one["tabindex"] == "0"
            assert one["role"] == "region"
            assert one["aria-label"]


def test_every_link_leads_somewhere(page: Parsed) -> None:
    """Places in the page exist once, and each section is in the contents."""
    ids = Counter(a["id"] for _, a in page.tags if "id" in a)
    assert set(ids.values()) == {1}
    aims = [a["href"][1:] for a in page.named("a") if a["href"].startswith("#")]
    assert set(aims) <= set(ids)
    parts = {a["id"] for a in page.named("section")}
    assert parts - {"answer"} == set(aims) - {"answer"}
    assert {a["aria-labelledby"] for a in page.named("section")} <= set(ids)


def test_names_are_text_wherever_they_stand(evil: str) -> None:
    """Names, title and question with HTML, quotes and other letters are shown as they are."""
    page = Parsed(evil)
    assert "onerror" not in {key for _, a in page.tags for key in a}
    assert not [a for a in page.named("img") if a["src"] == "x"]
    for text in (f"T{EVIL}", f"Q{EVIL} and so on", *map(str.strip, NAMES.policies[1:])):
        assert text in page.text
    assert "\a" not in evil


def test_data_behind_figures_are_no_formulas(evil: str) -> None:
    """A name that begins like a formula is quoted in every CSV."""
    rows = 0
    for link in Parsed(evil).named("a"):
        if "download" in link:
            kind, _, data = link["href"].partition(",")
            assert kind == "data:text/csv;charset=utf-8;base64"
            text = base64.b64decode(data).decode()
            assert link["download"].endswith(".csv")
            for row in csv.reader(text.splitlines()):
                assert not any(value.startswith("=") for value in row)
                rows += "'=cmd|' /C calc'!A0" in row
    assert rows > 5


def test_figures_hold_no_outside_address(html: str) -> None:
    """The drawings refer to nothing outside themselves."""
    for one in Parsed(html).named("img"):
        svg = base64.b64decode(one["src"].partition(",")[2]).decode()
        assert svg.count('href="http') == svg.count("url(http") == svg.count("<script") == 0


def test_a_name_the_page_uses_must_be_given(folder: Path) -> None:
    """Leaving out any one value is an error, not a gap in the page."""
    from jinja2 import UndefinedError

    figures_of = [drawn("iceberg"), Absent("event_study", "No campaign.", "streetlight run X")]
    manifest = json.loads((folder / "manifest.json").read_text())
    values = content(folder, manifest, compare(folder), *sections(figures_of))
    assert rendered(values)
    for name in values:
        with pytest.raises(UndefinedError):
            rendered({key: value for key, value in values.items() if key != name})


# Numbers.


def by_hand(value: float, share: bool, size: float) -> str:
    """A number as the table prints it, written down anew."""
    size, value = (100 * size, 100 * value) if share else (size, value)
    places = 0 if size >= 100 or size == 0 else 1 if size >= 1 else 1 - math.floor(math.log10(size))
    text = f"{value:+,.{places}f}"
    return (text[1:] if not float(text.replace(",", "")) else text).replace("-", "−")


def compared(html: str) -> dict[str, list[str]]:
    """The lines of the comparison by their plan: a page's first table."""
    found: dict[str, list[str]] = {}
    for cells in Parsed(html).cells:
        found.setdefault(cells[0], cells)
    return found


def test_every_number_of_the_table_is_that_of_comparison_csv(folder: Path, html: str) -> None:
    """Means, intervals, spread, verdict and futures, line by line, from the file."""
    write_comparison(compare(folder), folder / "comparison.csv")
    with (folder / "comparison.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    lines = compared(html)
    titles = {"equal_shares": "Same sum for every place", "small_towns_first": "Small towns first",
              "information_oracle": "By true need"}  # fmt: skip
    metrics = list(dict.fromkeys(row["metric"] for row in rows))
    checked = 0
    for row in rows:
        kind = "mc" if row["reference"] == "yes" else "sim"
        ends = [float(row[f"{kind}_{end}"]) for end in ("low", "high")]
        mean, share = float(row["difference"]), row["unit"] == "share"
        size = max(map(abs, [mean, *ends]))
        spread = [float(row[f"future_{end}"]) for end in ("low", "high")]
        low, high, least, most = (by_hand(v, share, size) for v in (*ends, *spread))
        pp = "\xa0pp" if share else ""
        expected = f"{by_hand(mean, share, size)}{pp}|[{low} to {high}{pp}]|{least} to {most}{pp}"
        cells = lines[titles[row["policy"]]]
        assert cells[3 + metrics.index(row["metric"])] == expected
        if row["metric"] == metrics[0]:
            assert cells[1:3] == [row["verdict"], f"{row['better_in']} of {row['futures']}"]
        checked += 1
    assert checked == 9


def test_prices_are_those_of_pareto_csv(folder: Path, html: str) -> None:
    """Dollars for one more and their interval, or that there is none."""
    write_pareto(compare(folder), folder / "pareto.csv")
    lines = compared(html)
    with (folder / "pareto.csv").open(encoding="utf-8", newline="") as stream:
        rows = {row["policy"]: row for row in csv.DictReader(stream)}
    names = {"equal_shares": "Same sum for every place", "small_towns_first": "Small towns first"}
    for policy, name in names.items():
        for column, what in ((-2, "identified"), (-1, "person_year")):
            value, low, high = (
                float(rows[policy][f"cost_per_{what}{end}"] or "nan")
                for end in ("", "_low", "_high")
            )
            expected = f"${value:,.0f}|[${low:,.0f} to ${high:,.0f}]"
            assert lines[name][column] == ("undefined" if math.isnan(value) else expected)


def test_a_price_is_only_printed_where_money_buys_more() -> None:
    """Fewer found, less spent and nothing sure are said in words."""
    some = Ratio(100.0, 90.0, 110.0)
    assert price(some, 5.0, 0.05).mean == "$100"
    assert price(some, 5.0, 0.05).interval == "$90 to $110"
    assert price(some, -5.0, -0.05).mean == "undefined"
    assert price(Ratio(-100.0), 5.0, -0.05).mean == "undefined"
    assert price(Ratio(-100.0), -5.0, 0.05).mean == "costs less and gains"
    assert price(Ratio(), 5.0, 0.0).mean == "undefined"


def test_cells_without_an_interval_or_a_value() -> None:
    """One replicate leaves out the interval, one future the spread, and undefined is said."""
    found = comparison({"identified": {"none": [0], "a": [4]}}, replicates=1)
    assert cell(found.row("a", "identified")) == replace(
        cell(found.rows[0]), interval="", spread=""
    )
    nowhere = comparison({"identified": {"none": [0], "a": [math.nan]}})
    assert cell(nowhere.rows[0]).mean == "cannot be measured"


def test_heads_say_the_unit_and_what_is_better() -> None:
    """A unit the title lacks is added, and a metric of which less is better is marked."""
    assert head("averted_person_years", "more") == "Person-years averted"
    assert head("identified", "more") == "Identified, youth"
    assert head("person_years", "less") == "Person-years of exploitation (less is better)"
    marks = ["clearly better", "clearly worse", "better, but may be too small to matter"]
    assert list(map(tone, marks)) == ["better", "worse", "open"]


def test_no_money_no_prices() -> None:
    """Without spending there are no columns of dollars, and no error."""
    found = table(comparison({"identified": {"none": [0, 0], "a": [4, 4]}}))
    assert not found.has_costs
    assert found.rows[0].costs == []


def test_attitudes_rank_the_plans() -> None:
    """Regrets by hand: 5 and 0 in one future, 0 and 3 in the other; the oracle has no rank."""
    means = {"none": [0, 0], "a": [5, 7], "b": [10, 4], "information_oracle": [1, 1]}
    oracles = ["information_oracle"]
    found = attitudes(comparison({"identified": means}, luck=0.0, oracles=oracles))
    assert found is not None
    assert [(row.name, row.cells[0], row.cells[1]) for row in found.rows] == [
        ("b", ("1.5", "rank 1"), ("3.0", "rank 1")),
        ("a", ("2.5", "rank 2"), ("5.0", "rank 2")),
        ("No added money", ("8.5", "rank 3"), ("10.0", "rank 3")),
    ]
    assert found.heads == ["regret on average", "largest regret", "the worst future"]
    many = attitudes(comparison({"identified": {"none": [0] * 10, "a": [5] * 10}}))
    assert many is not None and "regret not exceeded in 9 of 10 futures" in many.heads
    assert attitudes(comparison({"identified": {"none": [0], "a": [5]}})) is None
    assert beaten_by(["a", "b", "c", "d", "e"]) == "a, b, c, 2 more"


def test_precision_is_that_of_its_file(tmp_path: Path) -> None:
    """The least certain plan of each future, in the unit of the file's own metric."""
    assert precisions(tmp_path) == []
    (tmp_path / "precision.csv").write_text(
        "future,policy,reference,metric,replicates,half_width,target,reached,independent_replicates\n"
        "f_1,a,no,identified,4,2.5,3,yes,100\n"
        "f_1,b,no,identified,4,3.5,3,no,40\n"
        "f_1,o,yes,identified,4,99,3,,7\n"
        "f_2,a,no,identified,9,1.5,,,\n"
    )
    one, two = precisions(tmp_path)
    assert (one.future, one.half_width, one.target) == ("f 1", "3.5 youth", "3.0 youth")
    assert (one.reached, one.replicates, one.independent) == ("no", "4", "40")
    assert (two.reached, two.target, two.independent, two.title) == ("", "", "", "identified")


# Warnings.


def test_a_sound_run_has_no_warning(html: str) -> None:
    """Only the note that nothing is a forecast stands, and it always does."""
    assert "Illustrative, not a forecast." in html
    assert "<strong>Warning.</strong>" not in html


def test_what_cannot_be_shown_is_listed_with_its_command(folder: Path) -> None:
    """A missing figure is named by its question, its reason and what would make it."""
    gone = Absent("event_study", "no campaign was <run>.", "streetlight run X")
    text = Parsed(report(folder, [drawn("iceberg"), gone])).text
    said = f"{QUESTIONS['event_study']} No campaign was <run>. streetlight run X"
    assert said in text
    assert f"{QUESTIONS['sensitivity']} This folder holds no sampled futures" in text


def test_figures_come_in_the_order_of_the_questions() -> None:
    """Every figure has its question, and attitudes to risk come after regret."""
    assert set(FIGURES) | {"sensitivity", "discover"} == set(QUESTIONS)
    shown_, _ = sections([drawn("maps"), drawn("regret"), drawn("unknown"), drawn("iceberg")])
    assert [one.anchor for one in shown_] == ["iceberg", "regret", "maps", "unknown"]
    assert [one.early for one in shown_] == [True, True, False, False]


def test_notes_do_not_repeat_what_the_page_says(html: str) -> None:
    """'How to read' stands once before each figure's notes, and they begin with a capital."""
    text = Parsed(html).text
    assert text.count("How to read it.") == len(Parsed(html).named("img"))
    assert "How to read:" not in text
    assert "How to read this" not in text
    assert section(drawn("iceberg")).n_rows == 1


# Appendix.


def test_assumptions_show_what_the_experiment_changes() -> None:
    """Overrides and what futures vary are marked; every parameter is there."""
    futures = {f"f_{k}": {"training.skill_half_life": k} for k in range(5)}
    futures["f_0"] |= {"incidence.poverty_ratio": 2.0}
    lines = {
        line.name: line
        for line in register({"parameters": {"spell.exit_hazard": 0.03}, "futures": futures})
    }
    assert (lines["spell.exit_hazard"].value, lines["spell.exit_hazard"].changed) == ("0.03", True)
    assert lines["training.skill_half_life"].varied == "in 5 of 5 futures: 0 to 4"
    assert lines["incidence.poverty_ratio"].varied == "f 0: 2"
    assert sum(line.changed for line in lines.values()) == 1
    assert (shown(True), shown([1, 0.5]), shown("x")) == ("on", "1, 0.5", "x")
    assert (shown(20_000), shown(0.00123456)) == ("20,000", "0.001235")


def test_provenance_and_limits_are_there(html: str) -> None:
    """Commit, files, region and limits are printed."""
    text = Parsed(html).text
    for one in ("0123abc", "made_up.yaml", "given in Python", *LIMITS):
        assert one in text


def test_same_results_same_report(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes are the same again, and when and where it ran is in one section only."""
    monkeypatch.setattr(figures, "FIGURES", ("iceberg", "cascade", "regret"))
    before_all = report(folder)
    assert report(folder) == before_all
    path = folder / "manifest.json"
    before = path.read_text()
    later = json.loads(before) | {"started": "2031-01-01", "python": "9", "times": {"seconds": 9}}
    try:
        path.write_text(json.dumps(later))
        later_all = report(folder)
    finally:
        path.write_text(before)
    assert later_all != before_all
    assert RAN.sub(b"", later_all.encode()) == RAN.sub(b"", before_all.encode())


# Commands.


def test_the_command_writes_where_it_is_told(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The path is printed; without results there is one clear error and no file."""
    monkeypatch.setattr("streetlight.experiments.report.build.made", lambda _: [drawn("iceberg")])
    out = tmp_path / "here.html"
    assert report_results(folder, out=out) == 0
    assert capsys.readouterr().out.startswith(f"{out} (0.")
    assert report_results(folder, out=out, quiet=True) == 0
    assert capsys.readouterr().out == ""
    with pytest.raises(InputError, match=r"holds no results \(no manifest.json\)"):
        write_report(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["here.html"]


def test_a_run_writes_the_report_at_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It knows how the run ended, and is the same when the run is done again."""
    monkeypatch.setattr(figures, "made", lambda _: [drawn("iceberg")])
    for name in ("one", "two"):
        result = run(small_experiment(), tmp_path / name, workers=1, engine=FAKE)
        assert result.problems == []
        assert result.report == tmp_path / name / "report.html"
    text = result.report.read_text(encoding="utf-8") if result.report else ""
    assert "it did not end as it should" not in text
    assert "How big is the part nobody sees?" in text
    one, two = (bytes_of(tmp_path / name) for name in ("one", "two"))
    assert one["report.html"] == two["report.html"]


# Edges.


@pytest.mark.parametrize(
    "made",
    [
        Made(policies=("none",), futures=("0",), replicates=1, communities=20),
        Made(policies=("none",), oracles=("information_oracle",), communities=20),
        Made(chain={"identified": 0.0}, communities=20),
        Made(futures=("0",), replicates=1, communities=20),
        Made(policies=("none", *(f"a plan with number {k}" for k in range(29))), communities=20),
    ],
    ids=["baseline alone", "references only", "none identified", "one run each", "thirty"],
)
def test_edges_have_a_report(tmp_path: Path, made: Made) -> None:
    """Whatever there is to compare, the answer and the table are written."""
    found = Parsed(report(written(tmp_path, made), []))
    names = [cells[0] for cells in found.cells]
    for policy in made.policies[1:]:
        assert policy.replace("_", " ").capitalize() in [name.capitalize() for name in names]
    assert "The answer" in found.text


@pytest.mark.slow
@pytest.mark.parametrize(
    "made",
    [
        Made(policies=("none",), futures=("0",), replicates=1, communities=20),
        Made(chain={"identified": 0.0}, communities=20),
        Made(futures=("0",), replicates=1, communities=20),
        Made(futures=tuple(f"f{k}" for k in range(200)), replicates=2, communities=12),
        Made(policies=("none", *(f"a plan with number {k}" for k in range(29))), communities=20),
    ],
    ids=["baseline alone", "none identified", "one run each", "200 futures", "thirty"],
)
def test_edges_have_all_figures_they_can(tmp_path: Path, made: Made) -> None:
    """With every figure, each either drawn or listed as missing."""
    found = Parsed(report(written(tmp_path, made)))
    missing = sum(question in found.text for question in QUESTIONS.values())
    assert missing == len(QUESTIONS)
    assert len(found.named("img")) >= 3
