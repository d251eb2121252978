"""Words, rounded numbers and marks of the page, each by values worked out by hand."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path
from string import Formatter

import pytest

from streetlight.experiments import report
from streetlight.experiments.analyse.study import Plan
from streetlight.experiments.looks import Look, look
from streetlight.experiments.report import marks, rounded
from streetlight.experiments.words import brief_name, catalogue, inside, listing, number, say
from streetlight.model.money.policies import RULES

#: Words of the workshop that a director should not have to look up.
NOT_SAID = (
    "Monte", "dominated", "oracle", "metric", "replicate", "identified", "victimization",
    "person-year", "pp", "interval",
)  # fmt: skip


@pytest.mark.parametrize(
    ("function", "value", "text"),
    [
        (rounded.dollars, 161_900_000, "$162 million"),
        (rounded.dollars, 7_520_000, "$7.5 million"),
        (rounded.dollars, 0.5, "50 cents"), (rounded.dollars, 0, "$0"),
        (rounded.dollars, 1.25, "$1.25"), (rounded.dollars, 2_000_000_000, "$2 billion"),
        (rounded.dollars, 48_312, "$48,300"), (rounded.dollars, math.nan, "not known"),
        (rounded.count, 14_215.8, "14,000"), (rounded.count, 0.3, "less than 1"),
        (rounded.count, 57.4, "57"), (rounded.count, math.inf, "not known"),
        (rounded.percent, 0.386, "39%"), (rounded.percent, 0.0123, "1.2%"),
        (rounded.percent, 0.0100, "1%"), (rounded.percent, 0.0004, "under 0.1%"),
        (rounded.percent, 0, "0%"), (rounded.signed, 0.14, "+14%"),
        (rounded.signed, -0.012, "−1.2%"), (rounded.signed, 0, "no change"),
        (rounded.of_100, 0.0702, "7.0"), (rounded.of_100, 0.561, "56"),
        (rounded.of_100, 0, "none"), (rounded.of_100, 0.0001, "under 0.1"),
        (rounded.rate, 1.7012, "1.7"), (rounded.rate, 0.2708, "0.27"), (rounded.rate, 12.4, "12"),
        (rounded.portion, 0.196, "a fifth"), (rounded.portion, 0.14, "14%"),
        (rounded.portion, 0.5, "half"),
    ],
)  # fmt: skip
def test_numbers_are_rounded_to_what_is_known(function, value, text):
    """Each number has the digits, unit and words that a reader needs."""
    assert function(value) == text


def test_a_span_has_its_unit_once():
    """Both ends share a unit; equal ends are one number."""
    assert rounded.span(["29%", "39%"]) == "29 to 39%"
    assert rounded.span(["$3.8 million", "$15 million"]) == "$3.8 to $15 million"
    assert rounded.span(["1%", "1%"]) == "1%"
    assert rounded.span(["$800,000", "$2 million"]) == "$800,000 to $2 million"


def test_the_catalogue_fills_in_and_counts():
    """Numbers become words, plurals follow them, a sentence begins with a capital."""
    assert say("sure.holds", n=0, m=2) == "Who leads is the same in both futures tried."
    assert say("sure.holds", n=0, m=64) == "Who leads is the same in all 64 futures tried."
    assert say("compared.plans_same", n=1, years=1) == "One plan for one year."
    assert say("first.across", what="gain", n=1) == "Gain, in one year"
    assert [number(n) for n in (0, 12, 13, 3142)] == ["none", "twelve", "13", "3,142"]
    assert listing(["a"]) == "a" and listing(["a", "b", "c"]) == "a, b and c"


@pytest.mark.parametrize(
    ("name", "label", "sentence", "value"),
    [
        ("per_youth", "By number of youth", "sharing by number of youth", "by number of youth"),
        ("mine", "By number of youth", "sharing by number of youth", "by number of youth"),
        ("per_youth", "Gleich für alle", "“Gleich für alle”", "“Gleich für alle”"),
        ("b", "按人数", "“按人数”", "“按人数”"),
        ("none", "No added money", "no added money", "no added money"),
    ],
)
def test_a_plan_in_a_sentence(name, label, sentence, value):
    """A rule is something that does; a name of the study's own is quoted, in any script."""
    plan = Plan(name, label, 0, Look("#00558c", "circle"), False, False, 0.5, {})
    assert (inside(plan), brief_name(plan)) == (sentence, value)


def test_every_rule_can_stand_in_a_sentence():
    """No rule is without its words."""
    assert [name for name in RULES if f"plans.{name}" not in catalogue()] == []


def test_the_catalogue_has_no_word_of_the_workshop():
    """No template above the fold has a word that a director would have to look up."""
    above = {
        k: v
        for k, v in catalogue().items()
        if not k.startswith(("analysts.", "figures.", "files.", "glossary.", "limits.", "two."))
    }
    for key, text in above.items():
        for word in NOT_SAID:
            assert not re.search(rf"\b{word}", text, re.IGNORECASE), (key, word)


def test_every_template_can_be_read():
    """Braces are closed, so that no sentence fails when it is said."""
    for key, text in catalogue().items():
        assert list(Formatter().parse(text)), key


def test_every_key_that_the_templates_use_is_there():
    """A partial names no sentence that the catalogue lacks."""
    html = Path(report.__file__).parent / "html"
    for file in html.glob("*.html"):
        for key in re.findall(r"text\[['\"]([a-z_.0-9]+)['\"]\]", file.read_text("utf-8")):
            assert key in catalogue(), (file.name, key)


def test_an_axis_has_round_ticks():
    """Ticks are at steps of 1, 2, 2.5 or 5 and hold all values and 0."""
    assert marks.axis([3.1, 7.2]).ticks == (0, 2, 4, 6, 8)
    assert marks.axis([-3.0, 12.0]).ticks == (-5, 0, 5, 10, 15)
    assert marks.axis([0.0]).ticks[0] == 0 and marks.axis([0.0]).high > 0
    assert [t["text"] for t in marks.ticks(marks.axis([0.9]))] == [
        "0.00", "0.25", "0.50", "0.75", "1.00",
    ]  # fmt: skip


def points(*spots, name="A name of thirty letters or so"):
    """Points of one look at these spots."""
    return [marks.Dot(f"{name} {k}", Look("#00558c", "circle"), x, y, "") for k, (x, y) in
            enumerate(spots)]  # fmt: skip


def test_names_of_a_scatter_never_overlap():
    """Of twelve points in one spot few have room for a name, and all others are in the key."""
    plot = marks.scatter(points(*[(100.0 + k, 5.0) for k in range(12)]))
    assert {p["name"] for p in plot["key"]} == {
        p["name"] for p in plot["points"] if None in p["sides"].values()
    }
    for key, screen in marks.SCREENS.items():
        boxes = [
            marks.name_box(p["name"], (p["left"], p["bottom"]), p["sides"][key], screen)
            for p in plot["points"]
            if p["sides"][key]
        ]
        assert 0 < len(boxes) < 12
        for k, one in enumerate(boxes):
            assert not any(marks.overlap(one, other) for other in boxes[k + 1 :])


def test_a_lone_point_has_its_name_beside_it():
    """With room to the right the name begins there."""
    plot = marks.scatter(points((0.0, 5.0), (100.0, 9.0), name="P"))
    assert set(plot["points"][0]["sides"].values()) == {("start", 13, 0)}
    assert plot["key"] == []


def test_names_make_room_for_one_that_found_none():
    """On a desk the upper of two close points has its name to the left, the lower one below."""
    plot = marks.scatter(points((0, 3.5), (13_200, 4.4), (11_400, 5.1), (13_159, 4.65), (15_000, 8),
                                name="Sixteen letters"))  # fmt: skip
    sides = [point["sides"]["wide"] for point in plot["points"]]
    assert None not in sides
    assert sides[3] == ("end", -13, 0) and sides[1][2] == -20


def test_points_without_a_number_are_left_out():
    """NaN is drawn nowhere."""
    plot = marks.scatter(points((1.0, 2.0), (math.nan, 2.0)))
    assert [p["name"][-1] for p in plot["points"]] == ["0"]


def test_no_ring_holds_a_plan_that_does_not_tie():
    """Two ringed corners with a third point between them have no box in common."""
    spots = [(0.0, 0.0), (4.0, 4.0), (2.0, 2.0)]
    tied = [dot if k == 2 else replace(dot, ringed=True) for k, dot in enumerate(points(*spots))]
    assert marks.scatter(tied)["ring"] is None
    assert marks.scatter(tied[:2])["ring"] == dict(left=0, bottom=0, width=100, height=100)


def test_no_two_plans_of_fifty_look_alike():
    """Colour, marker and whether it is hollow differ in each pair."""
    looks = [look(k) for k in range(50)]
    assert len({(one.colour, one.marker, bool(one.dash)) for one in looks}) == 50


def test_a_stacked_bar_writes_numbers_where_there_is_room():
    """Parts under 4.5% have no number in them, and nothing is drawn for what is not known."""
    colours = {"a": "#ffffff", "b": "#000000", "c": "#777777", "d": "#777777"}
    parts = marks.stacked({"a": 0.9, "b": 0.02, "c": 0.08, "d": math.nan}, colours)
    assert [(p["name"], p["text"], p["dark"]) for p in parts] == [
        ("a", "90", False), ("b", "", True), ("c", "8", True),
    ]  # fmt: skip


def test_bars_are_shares_of_the_longest():
    """5 is half of 10, and what is not known has no length."""
    assert marks.widths([5, 10, math.nan, -10]) == [50, 100, 0, 100]
    assert marks.widths([0, 0]) == [0, 0]


def test_every_shape_is_drawn():
    """Each marker's SVG has the plan's colour and no empty field."""
    for shape in marks.SHAPES:
        for dash in ((), (9, 3)):
            svg = marks.marker(Look("#123456", shape, dash))
            assert "#123456" in svg and "{" not in svg
