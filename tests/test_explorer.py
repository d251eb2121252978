"""The explorer without its page: choices, what is read off the runs, sentences, drawings."""

from __future__ import annotations

import math
from functools import cache
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from streetlight.experiments.explorer import charts, places, sentences, svg
from streetlight.experiments.explorer import watch as watching
from streetlight.experiments.explorer.choices import (
    EVENT_WEEKS,
    EVENTS,
    SUGGESTIONS,
    YEARS,
    Choices,
    region,
    rules,
)
from streetlight.experiments.explorer.sentences import streetlight, summary
from streetlight.experiments.explorer.watch import ONSETS, Moment, PlaceRow, Side, Watch
from streetlight.model.errors import InputError
from streetlight.model.money.policies import RULES, build
from streetlight.model.names import INVESTIGATED, REPORTS, SCREENED, SERVED, End, Tally
from streetlight.model.outcomes import by_community
from streetlight.model.parameters import Parameters
from streetlight.model.run.history import History
from streetlight.model.run.simulation import simulate
from streetlight.model.world.shocks import Shock

CHOSEN = Choices(plan_a="none", plan_b="per_youth", budget=5.0, seed=1)
SVG = "{http://www.w3.org/2000/svg}"
WEEKS = 52 * YEARS


@pytest.fixture(scope="module")
def finished() -> Watch:
    """Two plans watched to the end."""
    watch = Watch(CHOSEN)
    watch.advance(10_000)
    return watch


@pytest.fixture
def started() -> Watch:
    """Two plans before any week."""
    return Watch(CHOSEN)


@cache
def plain(plan: str, *, barriers: float = 1.0, shock: Shock | None = None) -> History:
    """A plain run of a plan with the luck of `CHOSEN`."""
    scale = barriers * Parameters().denial.barrier_scale
    return simulate(
        Parameters().with_values({"denial.barrier_scale": scale}), region(),
        build(plan, budget=5.0 if plan != "none" else 0.0), seed=1, years=YEARS,
        shocks=(shock,) if shock else (),
    )  # fmt: skip


# ---------------------------------------------------------------------------------------- choices


def test_all_that_is_wrong_with_choices_is_said_at_once() -> None:
    """Every value out of range and every unknown name is in the error, with the closest name."""
    with pytest.raises(InputError) as caught:
        Choices(plan_a="per_yuth", plan_b="x", budget=-1.0, mix="balance", barriers=3.0, seed=0)
    text = str(caught.value)
    for part in ("budget: -1.0: must lie between 0.0 and 5.0", "barriers: 3.0", "seed: 0",
                 "plan_a: per_yuth", "per_youth", "plan_b: x", "mix: balance",
                 "balanced"):  # fmt: skip
        assert part in text


def test_planners_and_oracles_are_not_on_offer() -> None:
    """What is slow or knows the truth cannot be chosen; everything else can, by its own name."""
    assert set(RULES) - set(rules()) == {
        name for name, info in RULES.items() if info.plans or info.is_oracle
    }
    assert len(set(rules().values())) == len(rules())
    assert rules()["none"] == "No added money" and rules()["per_youth"] == "By number of youth"
    assert (Choices().plan_a, Choices().plan_b) == ("none", "per_youth")


def test_every_kind_of_place_occurs_around_one_large_city() -> None:
    """One community holds over a million people, and each kind of place at least ten others."""
    here = region()
    assert (here.population > 1_000_000).sum() == 1
    assert here.place_class[here.population.argmax()] == 0
    assert np.bincount(here.place_class).tolist() == [10, 10, 50, 90]
    assert here.population.sum() == pytest.approx(4e6, rel=0.001)
    assert here.youth[here.place_class == 3].sum() > 20_000


@pytest.mark.parametrize("strength", [0.0, 1.0, 2.0])
def test_barriers_are_times_what_is_assumed(strength: float) -> None:
    """0 takes the barriers away, 1 leaves the parameter as it is."""
    assumed = Parameters().denial.barrier_scale
    parameters = Choices(barriers=strength).parameters()
    assert parameters.denial.barrier_scale == pytest.approx(strength * assumed)


@pytest.mark.parametrize("on", [True, False])
def test_feedback_is_both_ways_in_which_the_record_acts(on: bool) -> None:
    """One box switches resources that follow the record and publicity."""
    switches = Choices(feedback=on).parameters().switches
    assert (switches.feedback, switches.publicity) == (on, on)


def test_every_rule_on_offer_runs_with_any_budget() -> None:
    """No choice of the page is an error: the first budget period passes under each rule."""
    for name in rules():
        side = Side(Choices(budget=5.0).model(name))
        side.advance(1)
        assert (side.spent().sum() > 0) == RULES[name].spends, name


# --------------------------------------------------------------------------- what is read off a run


@pytest.mark.parametrize("plan", ["none", "per_youth"])
def test_what_is_watched_is_what_simulate_gives(finished: Watch, plan: str) -> None:
    """The last week's numbers and the money are those of `simulate` with the same choices."""
    side, history = (finished.a if plan == "none" else finished.b), plain(plan)
    table, spells, now = by_community(history), history.truth.spells, side.now
    assert len(side.moments) == WEEKS + 1 and now.week == WEEKS
    still = spells[spells["end_reason"] == End.OPEN]
    assert now.exploited == len(still)
    assert now.known == (still["known_at"] >= 0).sum()
    assert now.onsets == table["true_onsets"].sum()
    assert now.reports == (table["reports"] + table["false_reports"]).sum()
    assert now.identified == table["identified"].sum()
    np.testing.assert_array_equal(side.spent(), table["spending"])


def test_the_cascade_follows_those_who_began_in_the_years_of_the_plan(finished: Watch) -> None:
    """At the end each step is counted over the spells of five years, spell by spell."""
    history = plain("per_youth")
    first, counts = history.truth.clock.first_policy_step, [0] * 7
    for spell in history.truth.spells:
        if spell["start"] < first or spell["end_reason"] in (End.PREVENTED, End.AHEAD):
            continue
        found = spell["end_reason"] == End.IDENTIFIED
        come = (
            True, spell["signal_at"] >= 0 or spell["known_at"] >= 0, spell["known_at"] >= 0,
            spell["stage"] & SCREENED, spell["stage"] & INVESTIGATED, found,
            found and spell["stage"] & SERVED,
        )  # fmt: skip
        counts = [n + bool(here) for n, here in zip(counts, come, strict=True)]
    assert list(finished.b.cascade().values()) == counts
    assert counts == sorted(counts, reverse=True) and counts[0] == finished.b.now.onsets


def test_two_plans_share_their_world(finished: Watch) -> None:
    """Both start from the same moment, and then they part."""
    assert finished.a.moments[0] == finished.b.moments[0]
    assert finished.a.now != finished.b.now
    assert finished.assumed is None


def test_the_same_plan_on_both_sides_has_no_gap() -> None:
    """Without an event, the same plan gives the same weeks on both sides."""
    watch = Watch(Choices(plan_b="none"))
    watch.advance(60)
    assert watch.a.moments == watch.b.moments


@pytest.mark.parametrize("kind", ["campaign", "police"])
def test_an_event_is_the_shock_of_the_engine_on_plan_b_alone(finished: Watch, kind: Any) -> None:
    """The past stays, plan A stays, and plan B ends as a plain run with that shock does."""
    watch = Watch(CHOSEN)
    watch.advance(30)
    before = list(watch.b.moments)
    watch.strike(kind)
    assert watch.b.moments == before and watch.week == 30
    assert (watch.ends(kind), watch.ends("police" if kind == "campaign" else "campaign")) == (
        30 + EVENT_WEEKS, None,
    )  # fmt: skip
    watch.advance(WEEKS)
    shock = Shock(kind, region().ids, week=30, weeks=26, size={"campaign": 4, "police": 1}[kind])
    spells = plain("per_youth", shock=shock).truth.spells
    assert watch.b.now.exploited == (spells["end_reason"] == End.OPEN).sum()
    assert watch.a.now == finished.a.now and watch.b.now != finished.b.now
    assert watch.ends(kind) is None
    watch.restart()
    assert watch.shocks == () and watch.b.moments == before[:1]


@pytest.mark.parametrize("kind", ["campaign", "police"])
def test_attention_raises_reports_and_hardly_moves_exploitation(kind: Any) -> None:
    """The second experiment holds: reports of its half-year rise, exploited youth by under 1%."""
    watch = Watch(SUGGESTIONS[1].sets)
    watch.advance(26)
    watch.strike(kind)
    watch.advance(EVENT_WEEKS)
    made = [side.now.reports - side.moments[26].reports for side in (watch.a, watch.b)]
    assert made[1] > 1.08 * made[0]
    assert abs(watch.b.now.exploited / watch.a.now.exploited - 1) < 0.01


def test_without_barriers_small_places_report_most_more() -> None:
    """The first experiment holds: rural places and towns gain more than the large city."""
    watch = Watch(SUGGESTIONS[0].sets)
    watch.advance(WEEKS)
    city, _, town, rural = (row.reported[0] / row.reported[2] for row in watch.places())
    assert rural > town > 1.2 > city > 1.0
    assert watch.assumed is not None
    assert watch.a.now.exploited == pytest.approx(watch.assumed.now.exploited, rel=0.01)


def test_money_by_youth_finds_more_than_money_by_reports() -> None:
    """The third experiment holds: the plan by youth gives each kind of place about its share."""
    watch = Watch(SUGGESTIONS[2].sets)
    watch.advance(WEEKS)
    assert watch.b.now.identified > 1.1 * watch.a.now.identified
    off_a, off_b = (
        max(abs(row.money[side] - row.youth) for row in watch.places()) for side in (0, 1)
    )
    assert off_b < 2 < 10 < off_a


def test_the_world_as_assumed_stands_beside_a_changed_one() -> None:
    """Without barriers, plan A with them is watched too, and it is the plain run of that plan."""
    watch = Watch(Choices(barriers=0.0, seed=1))
    watch.advance(WEEKS)
    assert watch.assumed is not None
    assert watch.assumed.now.identified == by_community(plain("none"))["identified"].sum()
    free = by_community(plain("none", barriers=0.0))
    assert watch.a.now.identified == free["identified"].sum()
    assert Watch(Choices(feedback=False)).assumed is not None


def test_weeks_are_watched_one_by_one(finished: Watch, started: Watch) -> None:
    """Three weeks at once show each of them, the same as on the way to the end."""
    started.advance(3)
    for side, whole in ((started.a, finished.a), (started.b, finished.b)):
        assert side.moments == whole.moments[:4]
        assert [m.week for m in side.moments] == [0, 1, 2, 3]
    assert not started.finished and started.week == 3


def test_the_end_is_not_passed_and_a_new_start_is_the_same(finished: Watch) -> None:
    """Going on after the end changes nothing; starting again shows the same first weeks."""
    before = list(finished.b.moments)
    finished.advance(5)
    assert finished.finished and finished.b.moments == before
    again = Watch(CHOSEN)
    again.advance(2)
    again.restart()
    assert again.b.moments == before[:1]
    again.advance(2)
    assert again.b.moments == before[:3]


def test_shares_of_places_are_of_the_region(finished: Watch, started: Watch) -> None:
    """Each column sums to 100, follows the region's classes, and is undefined of nothing."""
    rows = finished.places()
    place, youth = region().place_class, region().youth
    for column in ("youth", "onsets", "reports"):
        assert sum(getattr(row, column) for row in rows) == pytest.approx(100)
    spent = by_community(plain("per_youth"))["spending"]
    for k, row in enumerate(rows):
        assert row.communities == (place == k).sum()
        assert row.youth == pytest.approx(100 * youth[place == k].sum() / youth.sum())
        assert row.money[1] == pytest.approx(100 * spent[place == k].sum() / spent.sum())
        assert math.isnan(row.money[0]) and math.isnan(row.reported[2])
    assert all(math.isnan(row.money[1]) for row in started.places())


def test_reported_is_of_100_of_the_same_kind_of_place(finished: Watch) -> None:
    """Of the towns' spells of five years those reported, counted from a plain run."""
    history = plain("none")
    spells = history.truth.spells
    spells = spells[spells["start"] >= history.truth.clock.first_policy_step]
    spells = spells[~np.isin(spells["end_reason"], [End.PREVENTED, End.AHEAD])]
    town = spells[region().place_class[spells["community"]] == 2]
    share = 100 * (town["known_at"] >= 0).mean()
    assert finished.places()[2].reported[0] == pytest.approx(share)


@pytest.mark.parametrize("kinds", [ONSETS, REPORTS])
def test_rates_are_against_the_mean_of_the_region(
    finished: Watch, kinds: tuple[Tally, ...]
) -> None:
    """The mean over youth is 1, and a place's value is its own rate over the region's."""
    ratio, youth = finished.b.against_mean(kinds), region().youth
    assert np.average(ratio, weights=youth) == pytest.approx(1)
    events = finished.b.recent(kinds)
    assert ratio[3] == pytest.approx(events[3] / youth[3] * youth.sum() / events.sum())


def test_the_recent_years_are_five() -> None:
    """The year of the clock and the four before it; at the very end the last five."""
    clock = SimpleNamespace(steps_per_year=52, n_years=14)
    for step, years in ((9 * 52, (5, 10)), (9 * 52 + 51, (5, 10)), (14 * 52, (9, 14))):
        found = watching.recent_years(SimpleNamespace(step_number=step, clock=clock))  # type: ignore[arg-type]
        assert (found.start, found.stop) == years


# ------------------------------------------------------------------------------------- sentences


def moment(**numbers: int) -> Moment:
    """A moment with nothing in it but what is said."""
    nothing = dict.fromkeys(("week", "exploited", "known", "onsets", "reports", "identified"), 0)
    return Moment(**(nothing | numbers))


def seen(a: list[Moment], b: list[Moment], assumed: Moment | None = None, **more: Any) -> Any:
    """A watch that has seen these moments of plan A and plan B."""
    sides = [SimpleNamespace(now=moments[-1], moments=moments) for moments in (a, b)]
    return SimpleNamespace(
        a=sides[0], b=sides[1], week=b[-1].week, n_weeks=WEEKS, shocks=(),
        assumed=SimpleNamespace(now=assumed) if assumed else None, **more,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("exploited", "known", "words"),
    [
        (0, 0, "No youth is exploited in this invented region now."),
        (1, 0, "1 youth is exploited in this invented region now; reported to nobody."),
        (1, 1, "1 youth is exploited in this invented region now; reported to someone."),
        (1500, 0, "1,500 youth are exploited in this invented region now; none of them has been "
                  "reported to anyone."),
        (1500, 1, "1,500 youth are exploited in this invented region now; 1 of them has been "
                  "reported to someone."),
        (1500, 20, "1,500 youth are exploited in this invented region now; 20 of them have been "
                   "reported to someone."),
    ],
)  # fmt: skip
def test_the_summary_says_what_is_true_and_what_is_known(
    exploited: int, known: int, words: str
) -> None:
    """Every wording, for none, one and many."""
    now = [moment(exploited=exploited, known=known)]
    assert summary(seen(now, now)) == f"{words} Both plans start from this world."


def test_the_summary_compares_the_plans() -> None:
    """After the first week each number of plan B stands against that of plan A."""
    a = [moment(week=9, exploited=1100, reports=50, identified=3)]
    b = [moment(week=9, exploited=1090, reports=70, identified=3)]
    words = (
        "Under plan B 1,090 youth are exploited now, under plan A 1,100. Reports since the start: "
        "70 against 50, 20 more. Youth found: 3 under both."
    )
    assert summary(seen(a, b)) == words
    other = moment(week=9, exploited=1110, reports=40)
    assert summary(seen(a, b, other)) == (
        f"{words} In the world as assumed, plan A would have 1,110 exploited now and 40 reports."
    )
    nobody = [moment(week=9, reports=60)]
    assert summary(seen(a, nobody)).startswith("Under plan B no youth is exploited now, under")
    assert "60 against 70, 10 fewer" in summary(seen(b, nobody))


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [(12.4, "%", "+12%"), (-1.84, "%", "\N{MINUS SIGN}1.8%"), (0.04, "%", "0%"), (0.0, "", "0"),
     (-30.0, "", "\N{MINUS SIGN}30"), (1234.0, "", "+1,234"), (math.nan, "%", "unknown"),
     (9.96, "%", "+10%")],
)  # fmt: skip
def test_differences_are_written_with_their_sign(value: float, unit: str, words: str) -> None:
    """A percentage below ten has a decimal, what rounds to none has no sign."""
    assert sentences.signed(value, unit) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0, "0%"), (0.2, "under 1%"), (35.6, "36%"), (99.7, "over 99%"),
     (100.0, "100%"), (math.nan, "none")],
)  # fmt: skip
def test_shares_are_in_whole_percent(value: float, words: str) -> None:
    """Only what is nothing is 0% and only all is 100%."""
    assert sentences.percent(value) == words


@pytest.mark.parametrize(
    ("reported", "true", "words"),
    [
        ([math.nan] * 30, [1.0] * 30, "Nothing has been reported in these years."),
        ([1.0] * 30, [math.nan] * 30, "No victimization began in these years: all reports are "
                                      "false ones."),
        (list(range(30)), list(range(30)), "Of the 3 places with most reports per youth, all are "
                                           "among the 3 with most victimizations per youth."),
        (list(range(30)), list(range(30, 0, -1)), "Of the 3 places with most reports per youth, "
         "none is among the 3 with most victimizations per youth."),
        (list(range(30)), [*range(28), 0, 99], "Of the 3 places with most reports per youth, 2 are "
         "among the 3 with most victimizations per youth."),
        (list(range(30)), [*range(90, 61, -1), 99], "Of the 3 places with most reports per youth, "
         "1 is among the 3 with most victimizations per youth."),
    ],
)  # fmt: skip
def test_the_sentence_on_the_map_counts_the_places(
    reported: list[float], true: list[float], words: str
) -> None:
    """Every wording; places without youth (NaN) are never among the first."""
    rates = {ONSETS: np.array(true), REPORTS: np.array(reported)}
    assert streetlight(SimpleNamespace(against_mean=rates.get)) == words  # type: ignore[arg-type]


# --------------------------------------------------------------------------------------- drawings


def all_drawings(watch: Watch) -> list[str]:
    """Every drawing of the page."""
    return [
        charts.gap(watch), charts.gap_in_youth(watch), charts.truth(watch), charts.record(watch),
        places.reported(watch), places.cascade(watch), *places.maps(watch.b), places.key(),
    ]  # fmt: skip


def test_every_drawing_is_an_image_with_a_label(finished: Watch, started: Watch) -> None:
    """All are well-formed, labelled for a screen reader, and inside their own borders."""
    struck = Watch(Choices(barriers=0.0))
    struck.advance(250)
    struck.strike("police")
    struck.strike("campaign")
    for watch in (finished, started, struck):
        for drawing in all_drawings(watch):
            image = ElementTree.fromstring(drawing)
            assert image.get("role") == "img" and len(image.get("aria-label", "")) > 20
            _, _, width, height = map(float, image.get("viewBox", "").split())
            for circle in image.iter(f"{SVG}circle"):
                x, y, r = (float(circle.get(name, "")) for name in ("cx", "cy", "r"))
                assert r <= x <= width - r and r <= y <= height - r
            for bar in image.iter(f"{SVG}rect"):
                x, length = (float(bar.get(name, "")) for name in ("x", "width"))
                assert 0 <= x and 0 <= length and x + length <= width
            assert "nan" not in drawing and "inf" not in drawing.replace("information", "")


def points(drawing: str, line: int) -> list[tuple[float, float]]:
    """Where a line of a drawing goes."""
    path = list(ElementTree.fromstring(drawing).iter(f"{SVG}polyline"))[line]
    return [(float(x), float(y)) for x, y in (p.split(",") for p in path.get("points", "").split())]


def test_a_line_goes_through_its_values(started: Watch) -> None:
    """The first value is at the left edge, twice the value is twice as high, gaps are left out."""
    values = [10.0, *[math.nan] * (WEEKS - 1), 20.0]
    drawing = charts.lines([charts.Line("a", values, "#123456")], started, "label")
    (x, y), (x_last, y_last) = points(drawing, 0)
    floor = charts.HEIGHT - charts.BOTTOM
    assert (x, x_last) == (charts.LEFT, svg.WIDTH - charts.RIGHT)
    assert 2 * (floor - y) == pytest.approx(floor - y_last, abs=0.11)
    assert y_last < y < floor


def test_the_gap_is_drawn_in_percent_of_plan_a() -> None:
    """A fifth more reports and a fiftieth fewer exploited lie 20 up and 2 down on one axis."""
    a = [moment(week=k, exploited=1000, reports=10 * k) for k in range(14)]
    b = [moment(week=k, exploited=980, reports=12 * k) for k in range(14)]
    drawing = charts.gap(seen(a, b))
    assert "Reports of the last 13 weeks: +20%; Youth exploited now: \N{MINUS SIGN}2.0%" in drawing
    ((_, up),), down = points(drawing, 0), points(drawing, 1)
    # 20 above and 2 below 0: the two are 22 apart, and 0 is an eleventh of that above the lower
    zero = down[0][1] - (down[0][1] - up) / 11
    marks = {
        t.text: float(t.get("y", "")) - 5
        for t in ElementTree.fromstring(drawing).iter(f"{SVG}text")
    }
    assert marks["0%"] == pytest.approx(zero, abs=0.1)
    assert len(down) == 14 and "+20%" in marks


def test_the_gap_in_youth_is_plan_b_less_plan_a() -> None:
    """Five more found and three fewer exploited are said so, on an axis of at least ten."""
    a, b = [moment(exploited=100, identified=7)], [moment(exploited=97, identified=12)]
    drawing = charts.gap_in_youth(seen(a, b))
    assert "Found since the start: +5; Exploited now: \N{MINUS SIGN}3" in drawing
    assert ">+10<" in drawing and ">\N{MINUS SIGN}10<" in drawing


def test_what_happens_is_marked_in_the_drawing(started: Watch) -> None:
    """A band of half a year stands where the police focus began, with its name."""
    started.advance(52)
    started.strike("police")
    image = ElementTree.fromstring(charts.gap(started))
    (band,) = image.iter(f"{SVG}rect")
    room = svg.WIDTH - charts.LEFT - charts.RIGHT
    assert float(band.get("x", "")) == pytest.approx(charts.LEFT + room / 5, abs=0.1)
    assert float(band.get("width", "")) == pytest.approx(room / 10, abs=0.1)
    assert EVENTS["police"].title in [t.text for t in image.iter(f"{SVG}text")]


@pytest.mark.parametrize("low", [0.0, -1.0, -10.0, -333.0])
@pytest.mark.parametrize("high", [0.0, 1.0, 3.0, 7.0, 99.0, 100.0, 101.0, 2345.0, 1e6])
def test_ticks_are_few_and_reach_both_ends(low: float, high: float) -> None:
    """Equal whole steps over 0, at most seven, to at least the lowest and the highest value."""
    marks = svg.ticks(low, high)
    assert marks[0] <= low and marks[-1] >= high and 0.0 in marks and 2 <= len(marks) <= 7
    assert len(set(np.diff(marks))) == 1 and all(m == int(m) for m in marks)


@pytest.mark.parametrize(
    ("ratio", "shade"), [(0, 0), (0.49, 0), (0.5, 1), (0.8, 2), (1.24, 2), (1.25, 3), (2, 4)]
)
def test_shades_are_by_the_rate_against_the_mean(ratio: float, shade: int) -> None:
    """Each bound belongs to the darker shade."""
    assert places.shade(ratio) == shade
    assert len(places.SHADES) == len(places.BOUNDS) == len(places.BOUND_WORDS)


def test_shades_get_darker_so_that_grey_is_enough() -> None:
    """Luminance falls from each shade to the next by a step that can be seen."""
    light = [
        sum(w * int(c[k : k + 2], 16) for w, k in ((0.299, 1), (0.587, 3), (0.114, 5)))
        for c in places.SHADES
    ]
    assert all(a - b > 30 for a, b in zip(light, light[1:], strict=False))


def test_a_map_has_a_dot_a_community_with_its_shade(finished: Watch) -> None:
    """A dot a community, shades as often as the rates say, the largest where most youth live."""
    image = ElementTree.fromstring(places.maps(finished.b)[0])
    found = list(image.iter(f"{SVG}circle"))
    assert len(found) == 160
    wanted = [places.SHADES[places.shade(r)] for r in finished.b.against_mean(REPORTS)]
    assert sorted(c.get("fill", "") for c in found) == sorted(wanted)
    youth = region().youth
    largest = max(found, key=lambda c: float(c.get("r", "")))
    title = largest.find(f"{SVG}title")
    assert title is not None and f"{youth.max():,.0f} youth" in str(title.text)


def test_bars_are_per_100_of_what_began() -> None:
    """Each step has a bar a plan, its length the share of what began under that plan."""
    names = "abcdefg"
    counts = ((200, 100, 50, 40, 30, 20, 10), (100, 10, 9, 8, 7, 6, 5))
    cascades = [dict(zip(names, numbers, strict=True)) for numbers in counts]
    a, b = (SimpleNamespace(cascade=lambda found=found: found) for found in cascades)
    watch: Any = SimpleNamespace(a=a, b=b)
    drawing = places.cascade(watch)
    bars = list(ElementTree.fromstring(drawing).iter(f"{SVG}rect"))[2:]
    widths = [float(bar.get("width", "")) for bar in bars]
    of_100 = [100, 100, 50, 10, 25, 9, 20, 8, 15, 7, 10, 6, 5, 5]
    assert [100 * w / widths[0] for w in widths] == pytest.approx(of_100, abs=0.1)
    assert "b 50.0 under plan A and 10.0 under plan B" in drawing


def test_the_marks_by_place_stand_at_what_is_reported() -> None:
    """Plan A, plan B and plan A in the world as assumed each have a mark, from 0 at the left."""
    rows = [PlaceRow("Town", 3, 1.0, 1.0, 1.0, (0.0, 0.0), (10.0, 20.0, 5.0))]
    watch: Any = SimpleNamespace(places=lambda: rows, assumed=True)
    drawing = places.reported(watch)
    assert "Town plan A 10.0 (as assumed 5.0), plan B 20.0" in drawing
    image = ElementTree.fromstring(drawing)
    centre = [float(c.get("cx", "")) for c in image.iter(f"{SVG}circle")][-1]
    shapes = [
        [float(p.split(",")[0]) for p in shape.get("points", "").split()]
        for shape in image.iter(f"{SVG}polygon")
    ][2:]
    a, b = ((min(x) + max(x)) / 2 for x in shapes)
    assert (b - a, a - centre) == (pytest.approx(140.0), pytest.approx(70.0))  # 280 pixels are 20


def test_a_quarter_is_counted_over_thirteen_weeks() -> None:
    """Nothing before the 13th week, then what came in the last 13."""
    side: Any = SimpleNamespace(moments=[moment(week=k, reports=k * k) for k in range(15)])
    counts = charts.in_quarter(side, "reports")
    assert all(math.isnan(n) for n in counts[:13]) and counts[13:] == [169, 195]


def test_words_in_drawings_are_escaped() -> None:
    """A name with HTML in it stays text."""
    assert "<b>" not in svg.text(0, 0, "<b>&") and "&lt;b&gt;&amp;" in svg.text(0, 0, "<b>&")
    assert 'aria-label="&quot;x&quot;"' in svg.svg([], '"x"', 10)
