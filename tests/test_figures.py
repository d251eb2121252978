"""Figures of studies made by hand: the numbers drawn, the same bytes, and what cannot be shown."""

from __future__ import annotations

import csv
import json
import math
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from made_study import AVERTED, BASE, FOUND, WORST, made_study, policy, three_plans

from streetlight.experiments import figures
from streetlight.experiments.analyse import sweeps
from streetlight.experiments.analyse.study import Row, Study
from streetlight.experiments.figures import drivers, forms, plans, sheet
from streetlight.experiments.figures.parts import Absent, Drawn, Figure, number
from streetlight.model.errors import InputError

PLANS = (BASE, "per_youth", "poverty_need", "small_towns_first")
#: Figures that need no table but the measures.
OF_MEASURES = (
    "policies_compared", "cascade", "left_behind", "errors_borne", "another_dollar", "swept",
    "regret", "iceberg", "streetlight_effect", "years",
)  # fmt: skip
Hand = dict[tuple[str, str, str, str, int], tuple[float, ...]]


def by_hand(study: Study, rows: Hand) -> Study:
    """The study with these rows (mean, low, high, base, difference and its ends) added."""
    keys = ("measure", "plan", "group", "future", "year")
    numbers = ("mean", "low", "high", "base", "difference", "difference_low", "difference_high")
    listed = [
        dict(zip(keys, key, strict=True)) | dict(zip(numbers, values, strict=True))
        | {"verdict": "rises", "n": 4, "unit": "share"}
        for key, values in rows.items()
    ]  # fmt: skip
    old = [row for row in study.table.to_pylist()
           if tuple(row[key] for key in keys) not in rows]  # fmt: skip
    table = pa.Table.from_pylist([*old, *listed])
    return Study(study.folder, study.manifest, study.comparison, table, study.values)


def everything() -> Study:
    """Three plans in three futures, with every measure that figures draw."""
    record = {
        "count_follows_youth": 0.6, "count_follows_truth": 0.5, "rate_follows_truth": 0.1,
        "top_size": 10.0, "top_by_count": 4.0, "top_by_rate": 0.5, "overlooked": 7.0,
    }  # fmt: skip
    study = three_plans(
        futures=("central", "tight", "open"), years=2,
        **{measure: {BASE: value} for measure, value in record.items()},
    )  # fmt: skip
    rows: Hand = {}
    for p, name in enumerate(PLANS):
        for g in ("large metro", "rural"):
            for k, step in enumerate(
                ("noticed", "known", "screened", "investigated", "identified", "served")
            ):
                share = (0.4 - 0.06 * k) * (1 + 0.1 * p) * (1.0 if g == "large metro" else 0.5)
                rows[f"{step}_share", name, g, "", -1] = level(share)
                rows[f"cohort_{step}_share", name, "all", "", -1] = level(share)
            rows["false_investigated", name, g, "", -1] = level(100.0 + p, 100.0)
        rows["false_investigated", name, "all", "", -1] = level(200.0 + 2 * p, 200.0)
        for measure in ("reports", "identified", "active", "onsets"):
            for year in range(3):
                rows[measure, name, "all", "", year] = level(100.0 + p * year, 100.0)
    return by_hand(study, rows)


def level(mean: float, base: float = 0.1) -> tuple[float, ...]:
    """A row's numbers: intervals of a tenth to each side, of the level and the difference."""
    gap = mean - base
    return mean, 0.9 * mean, 1.1 * mean, base, gap, gap - 0.1 * abs(gap), gap + 0.1 * abs(gap)


@pytest.fixture(scope="module")
def study() -> Study:
    """One study for all tests that only read."""
    return everything()


def figure(study: Study, name: str) -> Figure:
    """A figure that is there."""
    found = figures.made(study, name)
    assert isinstance(found, Figure), found
    return found


def test_every_figure_is_there_or_says_in_a_line_why_not(study: Study) -> None:
    """All but those that need other tables or budgets; figures keep their order."""
    found = figures.wanted(study, (*OF_MEASURES, "sensitivity", "discover", "attribution"))
    absent = {one.name: one.reason for one in found if isinstance(one, Absent)}
    assert absent == {
        "another_dollar": "All plans have the same budget.",
        "swept": "The futures do not sweep one number alone.",
        "sensitivity": "Not asked here yet: streetlight sensitivity RESULTS.",
        "discover": "Not asked here yet: streetlight discover RESULTS.",
        "attribution": "Not asked here yet: streetlight attribute RESULTS.",
    }
    assert [one.name for one in found] == [
        n for n in figures.FIGURES if n in {o.name for o in found}
    ]
    drawn = [one for one in found if isinstance(one, Figure)]
    assert all(len(one.caption.split()) <= 40 for one in drawn)
    assert all(one.question and one.headline.endswith(".") for one in drawn)


@pytest.mark.parametrize(
    "name",
    ["policies_compared", "cascade", "left_behind", "errors_borne", "streetlight_effect", "years"],
)
def test_the_table_holds_the_rows_of_the_study(study: Study, tmp_path: Path, name: str) -> None:
    """Every number of the CSV is one of the measures: a level, a difference or a change."""
    figures.write(figures.wanted(study, [name]), tmp_path)
    with (tmp_path / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        written = list(csv.DictReader(file))
    assert len(written) > 5
    keys = ("measure", "plan", "group", "future", "year")
    rows = {tuple(row[key] for key in keys): row for row in study.table.to_pylist()}
    for row in written:
        key = row["measure"], row["plan"], row["group"], row["future"], int(row["year"])
        at = rows[key]
        expected = {
            "level": at["mean"], "difference": at["difference"],
            "change": at["difference"] / (at["base"] or math.nan),
        }[row["kind"]]  # fmt: skip
        assert float(row["value"]) == pytest.approx(expected)


def test_compared_metrics_have_the_intervals_of_their_verdicts(study: Study) -> None:
    """The line of a plan is the interval that holds for all plans at once."""
    rows = {(row.measure, row.plan): row for row in figure(study, "policies_compared").rows}
    other = study.comparison.row("per_youth", AVERTED)
    mine = rows[AVERTED, "per_youth"]
    assert (mine.low, mine.high) == (other.sim_low, other.sim_high)


def test_who_is_ahead_is_the_studys_word() -> None:
    """Two plans tie in the first metric and one is ahead in the last; never across budgets."""
    text = figure(three_plans(), "policies_compared").headline
    assert text == (
        "“By number of youth” has the best mean in person-years averted, but is not surely ahead "
        "of “By youth in poverty”; “By number of youth” has the best mean in identified, but is "
        "not surely ahead of “By youth in poverty”; “Small towns first” is ahead of every other "
        "plan in identified, worst-off class."
    )
    unlike = three_plans(allocated={BASE: 0.0, "per_youth": 4e8, "poverty_need": 2e8,
                                    "small_towns_first": 2e8})  # fmt: skip
    text = figure(unlike, "policies_compared").headline
    assert text == "Plans spend between $20 and $40 million a year, so none is called ahead."


def test_headlines_are_made_of_the_numbers(study: Study) -> None:
    """Sentences worked out by hand from the rows above."""
    said = {name: figure(study, name).headline for name in OF_MEASURES[1:4] + OF_MEASURES[7:]}
    assert said == {
        # The plan named first has the best mean, per_youth: 0.44 of the rural half is 0.22.
        "cascade": "Of 100 exploited youth under “By number of youth”, most are lost before step "
        "“seen by someone”: 78 of 100. 8.8 are found.",
        "left_behind": "Under “By number of youth” 8.8 of 100 exploited youth are found in rural "
        "places and 17.6 in large cities; under “No added money”, 8.0 in rural places.",
        "errors_borne": "Under “By number of youth” there are 2 more wrong investigations than "
        "under “No added money”, 0.01 for every youth more that is found.",
        "iceberg": "Under “No added money” 83 of 100 exploited youth are never reported and 8.0 "
        "are found; under “By number of youth” 8.8.",
        "streetlight_effect": "By number, 4 of the 10 places with most reports belong there; per "
        "youth, 0.50 of 10: the record follows how many youth live in a place before it follows "
        "harm.",
        "years": "In the last year under “By number of youth”, reports are 102%, youth found 102% "
        "and exploitation 102% of what it would be without it.",
    }


def test_shares_of_the_iceberg_add_up(study: Study) -> None:
    """Found, reported and never reported are a hundred in every bar."""
    for panel in figure(study, "iceberg").panels:
        for bar in zip(*(series.points for series in panel.series), strict=True):
            assert sum(point.value for point in bar if point) == pytest.approx(1.0)


def test_regret_has_a_row_a_future_and_never_a_gain(study: Study) -> None:
    """What a plan falls short of the best; the best itself 0."""
    drawn = figure(study, "regret")
    (panel,) = drawn.panels
    assert [series.label for series in panel.series] == ["Central", "Tight", "Open"]
    for series in panel.series:
        values = [point.value for point in series.points if point]
        assert min(values) == 0.0
        assert max(values) == pytest.approx(200, rel=0.01)
    assert isinstance(plans.regret(three_plans()), Absent)


def test_money_is_drawn_where_budgets_differ_and_rules_are_joined() -> None:
    """Two rules at two budgets are two lines of two points, at 1 and 2 million a year."""
    names = [f"{rule}_{money}" for rule in ("per_youth", "poverty_need") for money in (1, 2)]
    made = made_study(
        {
            AVERTED: dict(zip((BASE, *names), (0, 10, 15, 9, 13), strict=True)),
            "allocated": dict(zip((BASE, *names), (0, 1e7, 2e7, 1e7, 2e7), strict=True)),
        },
        policies={n: policy(n.rpartition("_")[0], float(n[-1])) for n in names},
        matters={AVERTED: 1.0},
    )
    drawn = figure(made, "another_dollar")
    (panel,) = drawn.panels
    assert list(panel.at) == [1.0, 2.0]
    assert [(s.label, [p.value for p in s.points if p]) for s in panel.series] == [
        ("By number of youth", [10, 15]), ("By youth in poverty", [9, 13]),
    ]  # fmt: skip
    assert drawn.headline == (
        "From $1 to $2 million a year the best gain in person-years averted goes from 10 to 15 "
        "person-years."
    )


def test_an_outcome_is_drawn_against_the_one_number_that_is_swept() -> None:
    """Three futures set one parameter; a future without it has the default, other futures none."""
    made = made_study(
        {AVERTED: {BASE: 0.0, "a": [10, 20, 30], "b": [20, 20.5, 21]}},
        futures=("low", "usual", "high"), matters={AVERTED: 1.0},
    )  # fmt: skip
    sets: dict[str, dict[str, Any]] = {
        "low": {"assessment.utilisation": 0.5}, "usual": {},
        "high": {"assessment.utilisation": 2.0},
    }  # fmt: skip
    one = Study(made.folder, {**made.manifest, "config": {**made.config, "futures": sets}},
                made.comparison, made.table, made.values)  # fmt: skip
    key, values = sweeps.sweep(one)
    assert (key, list(values.values())) == ("assessment.utilisation", ["low", "usual", "high"])
    drawn = figure(one, "swept")
    assert [p.value for p in drawn.panels[0].series[0].points if p] == pytest.approx([10, 20, 30])
    assert drawn.headline == (
        "Which plan has the best mean in person-years averted depends on it: “b” and “a”."
    )
    assert sweeps.sweep(made) == ("", {})


def test_pictures_of_drivers_show_their_tables(tmp_path: Path) -> None:
    """The index beside its floor; the condition in hundredths of the input's range."""
    about = {"policy": "per_youth", "against": "none", "metric": FOUND, "method": "pawn"}
    (tmp_path / "sensitivity.json").write_text(json.dumps(about))
    (tmp_path / "sensitivity.csv").write_text(
        "input,title,index,value,low,high,floor,says\n"
        "a,the first,pawn,0.5,0.4,0.6,0.2,matters\nb,the other,pawn,0.1,0.0,0.2,0.2,not seen\n"
    )
    found = drivers.driven(tmp_path)
    assert isinstance(found, Figure)
    assert found.headline == "1 of 2 inputs matter for it: the first."
    assert [(row.value, row.floor) for row in found.rows] == [(0.5, 0.2), (0.1, 0.2)]
    more = {"failures": 3, "futures": 20, "is_condition": True}
    (tmp_path / "discover.json").write_text(json.dumps(about | more))
    (tmp_path / "discover.csv").write_text(
        "input,title,low,high,levels,low_from,low_to,high_from,high_to,range_low,range_high\n"
        "a,the first,15,,,14,16,,,10,20\nb,the other,,,east or west,,,,,0,2\n"
    )
    found = drivers.failing(tmp_path)
    assert isinstance(found, Figure)
    assert [row[1:5] for row in found.rows] == [
        ("15.0 or more", 50.0, 40.0, 60.0),
        ("east or west", math.nan, math.nan, math.nan),
    ]
    assert found.headline == (
        "It is worse in 3 of 20 futures: the first (15.0 or more); the other (east or west)."
    )
    sheet.draw(found)


def test_the_same_study_gives_the_same_bytes(study: Study, tmp_path: Path) -> None:
    """SVG, PNG and CSV twice, and no date in any; how far it is gets said."""
    said: list[str] = []
    for folder in ("one", "two"):
        paths = figures.write(
            figures.wanted(study, ["regret", "iceberg"]), tmp_path / folder, say=said.append
        )
    assert sorted(path.name for path in paths) == [
        f"{name}.{end}" for name in ("iceberg", "regret") for end in ("csv", "png", "svg")
    ]
    for path in paths:
        assert path.read_bytes() == (tmp_path / "one" / path.name).read_bytes()
    assert said == ["figure 1 of 2", "figure 2 of 2"] * 2
    assert "<dc:date>" not in (tmp_path / "one" / "regret.svg").read_text(encoding="utf-8")


def test_many_pictures_fit_on_one_page(study: Study) -> None:
    """No id comes twice, every link has its target, no style for a policy to forbid; words stay."""
    texts = [figures.as_svg(figure(study, name)) for name in ("regret", "iceberg", "years")]
    ids = [one for text in texts for one in re.findall(r'\bid="([^"]*)"', text)]
    assert len(ids) == len(set(ids))
    links = {one for text in texts for one in re.findall(r'(?:url\(|href=")#([^)"]*)', text)}
    assert links <= set(ids)
    assert not any("style" in text for text in texts)
    assert ">Small towns<" in texts[0]
    assert texts[0] == figures.as_svg(figure(study, "regret"))


def test_slides_are_of_one_size_with_short_titles(study: Study, tmp_path: Path) -> None:
    """1600 x 900 pixels, and a title that is too long gives way to the question."""
    paths = figures.slides(figures.wanted(study, figures.SLIDES), tmp_path)
    assert {path.stem for path in paths} >= {"policies_compared", "years"}
    for path in paths:
        width, height = (int.from_bytes(path.read_bytes()[k : k + 4], "big") for k in (16, 20))
        assert (width, height) == (1600, 900)


def test_a_figure_that_fails_takes_no_other_along(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One cannot be made and one not be drawn; a folder at fault is said to be."""

    def raises(*_args: Any) -> Any:
        raise ZeroDivisionError("on \x1bpurpose")

    monkeypatch.setattr(plans, "regret", raises)
    monkeypatch.setitem(forms.FORMS, "stacks", raises)
    failed: list[Absent] = []
    names = ("regret", "iceberg", "streetlight_effect")
    paths = figures.write(figures.wanted(study, names), tmp_path, failed.append)
    assert {path.stem for path in paths} == {"streetlight_effect"}
    why = r"ZeroDivisionError: on \x1bpurpose"
    assert [(one.name, one.reason) for one in failed] == [("regret", why), ("iceberg", why)]
    assert "in raises" in failed[0].traceback

    def damaged(*_args: Any) -> Any:
        raise InputError("runs.parquet: is damaged")

    monkeypatch.setattr(plans, "regret", damaged)
    with pytest.raises(InputError, match="is damaged"):
        figures.write(figures.wanted(study, names), tmp_path)


def test_importing_figures_does_not_load_matplotlib() -> None:
    """It takes a second, which a page without pictures need not wait for."""
    code = "import sys, streetlight.experiments.figures\nprint('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def many(n: int, **more: Any) -> Study:
    """So many plans with long names and one in a script that the font may not have."""
    names = [f"a_plan_with_quite_a_long_name_of_its_own_number_{k}" for k in range(n)]
    described = {name: policy("per_youth", title=None) for name in names}
    described[names[-1]]["title"] = "青少年优先 🙂 $plan_1$"
    gains = {BASE: 0.0} | {name: 100.0 + k for k, name in enumerate(names)}
    shares = {BASE: 0.02} | {name: 0.03 + k / 1000 for k, name in enumerate(names)}
    youth = {f"youth:{g}": dict.fromkeys(gains, 1e4) for g in ("large metro", "town", "rural")}
    found = {f"identified_share:{g}": shares for g in ("large metro", "town", "rural")}
    return made_study(
        {AVERTED: gains, FOUND: gains, WORST: shares, **youth, **found},
        policies=described, luck=0.05, **more,
    )  # fmt: skip


def texts_in(drawing: Any) -> list[tuple[str, Any]]:
    """Every text that is drawn, with its box in pixels."""
    from matplotlib.axes import Axes
    from matplotlib.text import Text

    drawing.canvas.draw()
    renderer = drawing.canvas.get_renderer()
    beyond = {id(text) for axes in drawing.findobj(Axes) for text in ticks_beyond(axes)}
    return [
        (text.get_text(), text.get_window_extent(renderer))
        for text in drawing.findobj(Text)
        if text.get_text().strip() and text.get_visible() and id(text) not in beyond
    ]


def ticks_beyond(axes: Any) -> list[Any]:
    """Labels of places outside the axes, which are not drawn."""
    found = []
    for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        for tick in axis.get_major_ticks():
            if not min(low, high) <= tick.get_loc() <= max(low, high):
                found += [tick.label1, tick.label2]
    return found


def apart(one: Any, other: Any) -> bool:
    """Whether two boxes share no more than an edge of a pixel."""
    return bool(
        one.x1 <= other.x0 + 1 or other.x1 <= one.x0 + 1
        or one.y1 <= other.y0 + 1 or other.y1 <= one.y0 + 1
    )  # fmt: skip


@pytest.mark.parametrize(
    ("made", "names"),
    [
        (lambda: many(12), ("policies_compared", "left_behind")),
        (
            lambda: many(5, futures=[f"future {k}" for k in range(64)]),
            ("policies_compared", "regret"),
        ),
        (everything, OF_MEASURES),
    ],
)
def test_no_text_lies_on_another(made: Any, names: Sequence[str]) -> None:
    """Twelve plans with long names and one in Chinese, 64 futures, and a usual study."""
    study = made()
    for one in figures.wanted(study, names):
        if isinstance(one, Figure):
            with sheet.plain():
                texts = texts_in(sheet.draw(one))
            for (first, box), (second, other) in combinations(texts, 2):
                assert apart(box, other), f"{one.name}: {first!r} on {second!r}"


def test_texts_stay_on_the_sheet() -> None:
    """Nothing is cut off at an edge."""
    for one in figures.wanted(many(12), ("policies_compared", "left_behind")):
        assert isinstance(one, Figure)
        with sheet.plain():
            drawing = sheet.draw(one)
            width, height = drawing.get_size_inches() * drawing.dpi
            for text, box in texts_in(drawing):
                assert box.x0 >= -1, text
                assert box.x1 <= width + 1, text
                assert box.y0 >= -1, text
                assert box.y1 <= height + 1, text


def test_one_replicate_has_marks_without_intervals() -> None:
    """What has no interval is drawn as its mark; what is undefined says so."""
    nan = math.nan
    rows: Hand = {
        ("identified_share", plan, group, "", -1): (0.1, nan, nan, 0.1, 0.0, nan, nan)
        for plan in PLANS for group in ("large metro", "rural")
    }  # fmt: skip
    drawn = figure(by_hand(three_plans(), rows), "left_behind")
    sheet.draw(drawn)
    assert {forms.ends(point, 1.0) for point in drawn.rows} == {(0.1, 0.1)}
    undefined = Drawn("a", "all", BASE, "", -1, "level", nan, nan, nan, 0, "")
    empty = replace(drawn, panels=[replace(drawn.panels[0], at=["Towns"], series=[
        replace_points(drawn, [undefined])])])  # fmt: skip
    assert "too few to tell" in " ".join(text for text, _ in texts_in(sheet.draw(empty)))


def replace_points(drawn: Figure, points: list[Drawn]) -> Any:
    """The first series with other points."""
    return replace(drawn.panels[0].series[0], points=points)


def test_wide_intervals_do_not_squeeze_the_lines() -> None:
    """A band of 20 times the values is cut off, and a level has no end below 0."""
    wide = Drawn("a", "all", BASE, "", 0, "level", 1.0, -19.0, 21.0, 2, "")
    points = [wide, wide._replace(value=3.0)]
    panel = forms.Panel("", [0, 1], [forms.Series("", forms.Look(forms.INK, "ring"), points)])
    low, high = forms.limits(panel)
    assert low == pytest.approx(-0.25)
    assert high == pytest.approx(5.25)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.0, "0"), (1234.5, "1,234"), (56.7, "57"), (5.67, "5.7"), (0.567, "0.57"), (3.0, "3"),
        (0.001, "under 0.01"), (-5.0, "\N{MINUS SIGN}5"), (math.nan, "\N{EN DASH}"),
    ],
)  # fmt: skip
def test_numbers_have_the_digits_that_are_known(value: float, said: str) -> None:
    """Two or three digits, commas, a true minus; undefined is a dash."""
    assert number(value) == said


def test_a_row_that_is_missing_is_undefined(study: Study) -> None:
    """No figure makes a number of what is not there."""
    assert isinstance(study.row("nothing", BASE), Row)
    assert math.isnan(study.row("nothing", BASE).mean)
