"""The explorer without its page: choices, what is read off a run, drawings, server, command."""

from __future__ import annotations

import asyncio
import math
import socket
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from streetlight.experiments.cli import call
from streetlight.experiments.commands import explore as command
from streetlight.experiments.explorer import charts, server
from streetlight.experiments.explorer import watch as watching
from streetlight.experiments.explorer.choices import YEARS, Choices, region, rules
from streetlight.experiments.explorer.watch import ONSETS, Moment, Watch, streetlight, summary
from streetlight.model.errors import InputError
from streetlight.model.money.policies import RULES, build, none
from streetlight.model.names import REPORTS, End, Tally
from streetlight.model.outcomes import by_community
from streetlight.model.parameters import Parameters
from streetlight.model.run.simulation import simulate

SMALL = Choices(communities=20, rule="per_youth", budget=5.0)
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def finished() -> Watch:
    """A small region watched to the end."""
    watch = Watch(SMALL)
    watch.advance(10_000)
    return watch


@pytest.fixture
def started() -> Watch:
    """A small region before any week."""
    return Watch(SMALL)


# ---------------------------------------------------------------------------------------- choices


def test_all_that_is_wrong_with_choices_is_said_at_once() -> None:
    """Every value out of range and every unknown name is in the error, with the closest name."""
    with pytest.raises(InputError) as caught:
        Choices(communities=5, rule="per_yuth", budget=-1.0, mix="balance", barriers=3.0, seed=0)
    text = str(caught.value)
    for part in ("communities: 5: must lie between 20 and 200", "budget: -1.0", "barriers: 3.0",
                 "seed: 0", "rule: per_yuth", "per_youth", "mix: balance", "balanced"):  # fmt: skip
        assert part in text


def test_planners_and_oracles_are_not_on_offer() -> None:
    """What is slow or knows the truth cannot be chosen; everything else can."""
    assert set(RULES) - set(rules()) == {
        name for name, info in RULES.items() if info.plans or info.is_oracle
    }
    assert {"none", "last_years_counts", "small_towns_first"} <= set(rules())


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
        watch = Watch(Choices(communities=20, rule=name, budget=5.0))
        watch.advance(1)
        assert (watch.spent().sum() > 0) == RULES[name].spends, name


# --------------------------------------------------------------------------- what is read off a run


def test_what_is_watched_is_what_simulate_gives(finished: Watch) -> None:
    """The last week's numbers and the money are those of `simulate` with the same choices."""
    history = simulate(
        SMALL.parameters(), region(20, 1), build("per_youth", budget=5.0), seed=1, years=YEARS
    )
    table = by_community(history)
    spells, now = history.truth.spells, finished.now
    assert len(finished.moments) == 52 * YEARS + 1 and now.week == 52 * YEARS
    still = spells[spells["end_reason"] == End.OPEN]
    assert now.exploited == len(still)
    assert now.known == (still["known_at"] >= 0).sum()
    assert now.onsets == table["true_onsets"].sum()
    assert now.reports == (table["reports"] + table["false_reports"]).sum()
    assert now.false_reports == table["false_reports"].sum()
    assert now.identified == table["identified"].sum()
    np.testing.assert_array_equal(finished.spent(), table["spending"])
    recent = history.truth.ledger.yearly[:, -3:].sum(axis=(1, 2))
    onsets = recent[Tally.FIRST_ONSETS] + recent[Tally.LATER_ONSETS]
    assert now.reached == (
        onsets, recent[Tally.RECOGNISED], recent[Tally.KNOWN], recent[Tally.EVER_SCREENED_IN],
        recent[Tally.EVER_INVESTIGATED], recent[Tally.IDENTIFIED], recent[Tally.SERVED],
    )  # fmt: skip


def test_the_same_world_untouched_is_the_baseline(finished: Watch) -> None:
    """The comparison is the run without added money in the same world, week for week."""
    history = simulate(SMALL.parameters(), region(20, 1), none(), seed=1, years=YEARS)
    assert len(finished.untouched) == len(finished.moments)
    last = finished.untouched[-1]
    assert last.exploited == (history.truth.spells["end_reason"] == End.OPEN).sum()
    assert last.identified == by_community(history)["identified"].sum()
    assert finished.untouched[0] == finished.moments[0]
    assert last != finished.now
    assert finished.baseline_now == last


def test_weeks_are_watched_one_by_one(finished: Watch, started: Watch) -> None:
    """Three weeks at once show each of them, the same as on the way to the end."""
    started.advance(3)
    assert started.moments == finished.moments[:4]
    assert [m.week for m in started.moments] == [0, 1, 2, 3]
    assert not started.finished and started.n_weeks == 52 * YEARS


def test_the_end_is_not_passed_and_a_new_start_is_the_same(finished: Watch) -> None:
    """Going on after the end changes nothing; starting again shows the same first weeks."""
    before = list(finished.moments)
    finished.advance(5)
    assert finished.finished and finished.moments == before
    again = Watch(SMALL)
    again.advance(2)
    again.restart()
    assert again.moments == before[:1]
    again.advance(2)
    assert again.moments == before[:3]


def test_shares_of_places_are_of_the_region(finished: Watch, started: Watch) -> None:
    """Each column sums to 100, follows the region's classes, and is undefined of nothing."""
    rows = finished.places()
    place = region(20, 1).place_class
    assert [row.communities for row in rows] == [n for n in np.bincount(place) if n]
    for column in ("youth", "onsets", "reports", "money"):
        assert sum(getattr(row, column) for row in rows) == pytest.approx(100)
    last = place == place.max()
    spent = finished.spent()
    assert rows[-1].money == pytest.approx(100 * spent[last].sum() / spent.sum())
    youth = region(20, 1).youth
    assert rows[-1].youth == pytest.approx(100 * youth[last].sum() / youth.sum())
    assert all(math.isnan(row.money) for row in started.places())


@pytest.mark.parametrize("kinds", [ONSETS, REPORTS])
def test_rates_are_against_the_mean_of_the_region(
    finished: Watch, kinds: tuple[Tally, ...]
) -> None:
    """The mean over youth is 1, and a place's value is its own rate over the region's."""
    ratio, youth = finished.against_mean(kinds), region(20, 1).youth
    assert np.average(ratio, weights=youth) == pytest.approx(1)
    events = finished.recent(kinds)
    assert ratio[3] == pytest.approx(events[3] / youth[3] * youth.sum() / events.sum())


def test_the_recent_years_are_three() -> None:
    """The year of the clock and the two before it; at the very end the last three."""
    clock = SimpleNamespace(steps_per_year=52, n_years=14)
    for step, years in ((9 * 52, (7, 10)), (9 * 52 + 51, (7, 10)), (14 * 52, (11, 14))):
        found = watching.recent_years(SimpleNamespace(step_number=step, clock=clock))  # type: ignore[arg-type]
        assert (found.start, found.stop) == years


def moment(**numbers: Any) -> Moment:
    """A moment with nothing in it but what is said."""
    nothing = dict.fromkeys(
        ("week", "exploited", "known", "onsets", "reports", "false_reports", "identified"), 0
    )
    return Moment(**(nothing | {"reached": (0,) * 7} | numbers))


def seen(now: Moment, other: Moment | None = None, **rates: list[float]) -> Any:
    """A watch that stands at this moment, with these rates against the mean."""
    return SimpleNamespace(
        now=now, moments=[moment(), now], baseline_now=other or now, n_weeks=260,
        untouched=[other or now] * 261,
        against_mean=lambda kinds: np.array(rates["true" if kinds == ONSETS else "reported"]),
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
    assert summary(seen(moment(exploited=exploited, known=known))) == words


def test_the_summary_compares_with_the_same_world() -> None:
    """After the first week the number without added money stands beside."""
    text = summary(seen(moment(week=1, exploited=90, known=5), moment(week=1, exploited=1100)))
    assert text.endswith("Without the added money, in the same world, it would be 1,100.")


@pytest.mark.parametrize(
    ("reported", "true", "words"),
    [
        ([math.nan] * 3, [1.0] * 3, "Nothing has been reported in these years."),
        ([1.0] * 3, [math.nan] * 3, "No victimization began in these years: all reports are false "
                                    "ones."),
        ([3, 1, 0], [3, 1, 0], "The place with most reports per youth is also the one with most "
                               "victimizations per youth."),
        ([3, 1, 0], [0, 1, 3], "The place with most reports per youth is not the one with most "
                               "victimizations per youth."),
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
    assert streetlight(seen(moment(), reported=reported, true=true)) == words


# --------------------------------------------------------------------------------------- drawings


def test_every_drawing_is_an_image_with_a_label(finished: Watch, started: Watch) -> None:
    """All are well-formed, labelled for a screen reader, and inside their own borders."""
    for watch in (finished, started):
        drawings = [charts.truth(watch), charts.record(watch), charts.cascade(watch)]
        for drawing in (*drawings, *charts.maps(watch), charts.key()):
            image = ElementTree.fromstring(drawing)
            assert image.get("role") == "img" and len(image.get("aria-label", "")) > 20
            _, _, width, height = map(float, image.get("viewBox", "").split())
            for circle in image.iter(f"{SVG}circle"):
                x, y, r = (float(circle.get(name, "")) for name in ("cx", "cy", "r"))
                assert r <= x <= width - r and r <= y <= height - r
            assert "nan" not in drawing and "inf" not in drawing.replace("information", "")


def test_a_line_goes_through_its_values() -> None:
    """The first value is at the left edge, twice the value is twice as high, gaps are left out."""
    line = charts.Line("a", [10.0, math.nan, 20.0], "#123456")
    image = ElementTree.fromstring(charts.lines([line], 2, "label"))
    path = image.find(f"{SVG}polyline")
    assert path is not None
    points = [tuple(map(float, p.split(","))) for p in path.get("points", "").split()]
    floor = charts.HEIGHT - charts.BOTTOM
    assert [x for x, _ in points] == [charts.LEFT, charts.WIDTH - charts.RIGHT]
    assert 2 * (floor - points[0][1]) == pytest.approx(floor - points[1][1], abs=0.11)
    assert points[1][1] < points[0][1] < floor


@pytest.mark.parametrize("top", [0.0, 1.0, 3.0, 7.0, 99.0, 100.0, 101.0, 2345.0, 1e6])
def test_ticks_are_few_and_reach_the_top(top: float) -> None:
    """From 0 in equal whole steps to at least the largest value, at most six."""
    marks = charts.ticks(top)
    assert marks[0] == 0 and marks[-1] >= top and 2 <= len(marks) <= 6
    assert len(set(np.diff(marks))) == 1 and all(m == int(m) for m in marks)


@pytest.mark.parametrize(
    ("ratio", "shade"), [(0, 0), (0.49, 0), (0.5, 1), (0.8, 2), (1.24, 2), (1.25, 3), (2, 4)]
)
def test_shades_are_by_the_rate_against_the_mean(ratio: float, shade: int) -> None:
    """Each bound belongs to the darker shade."""
    assert charts.shade(ratio) == shade
    assert len(charts.SHADES) == len(charts.BOUNDS) == len(charts.BOUND_WORDS)


def test_shades_get_darker_so_that_grey_is_enough() -> None:
    """Luminance falls from each shade to the next by a step that can be seen."""
    light = [
        sum(w * int(c[k : k + 2], 16) for w, k in ((0.299, 1), (0.587, 3), (0.114, 5)))
        for c in charts.SHADES
    ]
    assert all(a - b > 30 for a, b in zip(light, light[1:], strict=False))


def test_a_map_has_a_dot_a_community_with_its_shade(finished: Watch) -> None:
    """A dot a community, shades as often as the rates say, the largest where most youth live."""
    image = ElementTree.fromstring(charts.maps(finished)[0])
    found = list(image.iter(f"{SVG}circle"))
    assert len(found) == 20
    wanted = [charts.SHADES[charts.shade(r)] for r in finished.against_mean(REPORTS)]
    assert sorted(c.get("fill", "") for c in found) == sorted(wanted)
    youth = region(20, 1).youth
    largest = max(found, key=lambda c: float(c.get("r", "")))
    title = largest.find(f"{SVG}title")
    assert title is not None and f"{youth.max():,.0f} youth" in str(title.text)


def test_bars_are_per_100_of_what_began() -> None:
    """The first bar is 100, the others the shares that got there, the marks those untouched."""
    now = moment(reached=(200, 100, 50, 40, 30, 20, 10))
    other = moment(reached=(100, 10, 9, 8, 7, 6, 5))
    drawing = charts.cascade(seen(now, other))
    image = ElementTree.fromstring(drawing)
    widths = [float(r.get("width", "")) for r in image.iter(f"{SVG}rect")][1:]
    assert [w / widths[0] for w in widths] == pytest.approx(
        [1, 0.5, 0.25, 0.2, 0.15, 0.1, 0.05], abs=0.001
    )
    marks = [float(x.get("x1", "")) for x in image.iter(f"{SVG}line")][1:]
    left = float(list(image.iter(f"{SVG}rect"))[1].get("x", ""))
    assert (marks[1] - left) / widths[0] == pytest.approx(0.1, abs=0.001)
    assert "seen by someone else 50.0, reported 25.0" in drawing


def test_a_quarter_is_counted_over_thirteen_weeks() -> None:
    """Nothing before the 13th week, then what came in the last 13."""
    moments = [moment(week=k, reports=k * k) for k in range(15)]
    counts = charts.in_quarter(moments, "reports")
    assert all(math.isnan(n) for n in counts[:13]) and counts[13:] == [169, 195]


def test_words_in_drawings_are_escaped() -> None:
    """A name with HTML in it stays text."""
    assert "<b>" not in charts.text(0, 0, "<b>&") and "&lt;b&gt;&amp;" in charts.text(0, 0, "<b>&")
    assert 'aria-label="&quot;x&quot;"' in charts.svg([], '"x"')


# --------------------------------------------------------------------------------- server, command


def asked(host: str = "127.0.0.1:8765", origin: str = "", kind: str = "http") -> dict[str, Any]:
    """A request as a server hands it on."""
    headers = [(b"host", host.encode()), (b"accept-encoding", b"gzip")]
    return {"type": kind, "headers": headers + [(b"origin", origin.encode())] * bool(origin)}


def answered(scope: dict[str, Any], kind: bytes, *parts: bytes) -> list[Any]:
    """All that the guarded application sends if the one inside answers with these parts."""
    sent = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        assert b"accept-encoding" not in dict(scope["headers"])
        length = str(sum(map(len, parts))).encode()
        headers = [(b"content-type", kind), (b"content-length", length)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for k, part in enumerate(parts):
            more = k + 1 < len(parts)
            await send({"type": "http.response.body", "body": part, "more_body": more})

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError

    asyncio.run(server.guarded(inner)(scope, receive, send))
    return sent


def test_pages_are_repaired_and_may_not_reach_out() -> None:
    """A page in parts gets its language and its zoom, a true length, and the content policy."""
    frame = b'<html><meta content="width=1, maximum-scale=1, user-scalable=no, minimal-ui">'
    start, body = answered(asked(), b"text/html; charset=utf-8", frame, b"<p>")
    assert body["body"] == b'<html lang="en"><meta content="width=1"><p>'
    headers = dict(start["headers"])
    assert headers[b"content-length"] == str(len(body["body"])).encode()
    policy = headers[b"content-security-policy"].decode()
    assert "default-src 'self'" in policy and "ws://127.0.0.1:8765;" in policy
    assert "http" not in policy and "*" not in policy


def test_other_files_pass_as_they_are() -> None:
    """A script is sent on in its parts with its own length, and the content policy."""
    start, *bodies = answered(asked(), b"text/javascript", b"<html>", b"x")
    assert [b["body"] for b in bodies] == [b"<html>", b"x"]
    headers = dict(start["headers"])
    assert headers[b"content-length"] == b"7" and b"content-security-policy" in headers


@pytest.mark.parametrize(
    ("host", "origin", "ours"),
    [
        ("127.0.0.1:8765", "", True),
        ("localhost:8765", "http://localhost:8765", True),
        ("127.0.0.1:8765", "http://127.0.0.1:8765", True),
        ("127.0.0.1:8765", "https://example.org", False),
        ("127.0.0.1:8765", "http://127.0.0.1:9999", False),
        ("example.org:8765", "", False),
        ("", "", False),
    ],
)
def test_pages_of_other_sites_are_refused(host: str, origin: str, ours: bool) -> None:
    """Only requests that name this machine and come from our own page are answered."""
    assert server.is_ours(asked(host, origin)) == ours
    if not ours:
        start, body = answered(asked(host, origin), b"text/html", b"secret")
        assert start["status"] == 403 and body["body"] == b""
        (closed,) = answered(asked(host, origin, "websocket"), b"text/html", b"secret")
        assert closed == {"type": "websocket.close", "code": 1008}


def test_a_port_in_use_is_one_clear_error(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """Exit code 2, with the option, the port and what to do; port 0 finds a free one."""
    monkeypatch.setattr(command, "find_spec", lambda name: name)
    with socket.socket() as taken:
        taken.bind((server.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert call(["explore", "--port", str(port), "--no-browser"]) == 2
    text = capsys.readouterr().err
    assert f"--port {port}: address already in use" in text and text.count("\n") == 1
    assert server.free_port(0) > 0


def test_without_the_extra_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """Exit code 2, what is missing, and the command that installs it."""
    monkeypatch.setattr(command, "find_spec", lambda name: None if name != "altair" else name)
    assert call(["explore"]) == 2
    text = capsys.readouterr().err
    assert 'pip install "streetlight[explore]"' in text and text.count("\n") == 1
    assert "solara, solara-assets not installed" in text


def test_the_command_hands_its_options_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """--port and --no-browser reach the server; by default a browser is opened."""
    served = []
    monkeypatch.setattr(command, "find_spec", lambda name: name)
    monkeypatch.setattr(
        server, "serve", lambda port, *, open_browser: served.append((port, open_browser))
    )
    assert call(["explore", "--port", "0", "--no-browser"]) == 0
    assert call(["explore", "--port", str(served[0][0])]) == 0
    assert [opened for _, opened in served] == [False, True]
    assert served[0][0] == served[1][0] > 0


def test_nothing_is_fetched_or_reported_elsewhere() -> None:
    """The settings switch off Solara's statistics, and its store of scripts is on this machine."""
    assert server.SETTINGS["SOLARA_TELEMETRY_MIXPANEL_ENABLE"] == "false"
    assert server.SETTINGS["SOLARA_ASSETS_CDN"].startswith("http://127.0.0.1:")
    assert server.HOST == "127.0.0.1"
