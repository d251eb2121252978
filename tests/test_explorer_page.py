"""The explorer's page as a reader meets it, in Chromium, with every address it asks for."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from browser import Browser, Page, chromium

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no Chromium is installed"),
    pytest.mark.skipif(find_spec("solara") is None, reason="the extra explore is not installed"),
]

# The command, in a process that notes every other machine it looks up or connects to.
WATCHED = """
import signal, sys
# a job in the background of a shell is born deaf to Ctrl-C
signal.signal(signal.SIGINT, signal.default_int_handler)
LOCAL = ("127.0.0.1", "localhost", "0.0.0.0", "::1", None)
def note(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        place = arguments[1][0]
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        place = arguments[0]
    else:
        return
    if isinstance(place, bytes):
        place = place.decode()
    if place not in LOCAL:
        print("OUTSIDE", event, place, flush=True)
sys.addaudithook(note)
from streetlight.experiments.cli import call
sys.exit(call(sys.argv[1:]))
"""
DRAWN = "document.querySelectorAll('svg[role=img]').length == 9"


class Server:
    """The command running on a free port; said: what it has printed so far."""

    def __init__(self, home: Path) -> None:
        arguments = [sys.executable, "-c", WATCHED, "explore", "--port", "0", "--no-browser"]
        self.process = subprocess.Popen(
            arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={"NUMBA_CACHE_DIR": str(Path.home() / ".cache"), **os.environ, "HOME": str(home)},
        )  # fmt: skip
        self.said: list[str] = []
        self.address = ""
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._ready.wait(120) or not self.address:
            self.stop()
            raise AssertionError("".join(self.said))

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
                self.address = found[0]
                self._ready.set()
        self._ready.set()

    def stop(self) -> int:
        """End it as Ctrl-C does; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            code = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self._reader.join(5)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty home directory."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def served(home: Path) -> Iterator[Server]:
    """The explorer, for all tests."""
    server = Server(home)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with Browser() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, served: Server) -> Iterator[Page]:
    """The page just opened; after each test, it has asked nobody else and its console is clean."""
    page = browser.open(served.address, width=1280, height=1900)
    page.wait_for(DRAWN)
    yield page
    assert page.outside == []
    assert page.errors == []
    page.close()


def press(page: Page, label: str) -> None:
    """Press the button with this label."""
    labelled = (
        f"[...document.querySelectorAll('button')].find(b => b.innerText.trim() == '{label}')"
    )
    page.evaluate(f"{labelled}.setAttribute('data-press', '')")
    page.click("[data-press]")
    page.evaluate("document.querySelector('[data-press]').removeAttribute('data-press')")


def at_week(page: Page, week: int) -> None:
    """Wait until the clock shows this week."""
    page.wait_for(f"document.querySelector('.clock').innerText.startsWith('Week {week} of 260')")


def shown(page: Page) -> dict[str, Any]:
    """What changes with the weeks: the summary, drawings but for the key, and the table."""
    found: dict[str, Any] = page.evaluate(
        "({summary: document.querySelector('.summary').innerText,"
        " images: [...document.querySelectorAll('svg[role=img]')].slice(0, 8)"
        "   .map(s => s.outerHTML),"
        " table: document.querySelector('tbody').innerText})"
    )
    return found


def open_more(page: Page) -> None:
    """Open the choices that are folded away."""
    page.evaluate("document.querySelector('aside summary').focus()")
    page.press("Enter")
    page.wait_for("document.querySelector('aside details').open")


def slide(page: Page, label: str, key: str) -> None:
    """Move the slider whose label starts so with a key."""
    found = (
        "[...document.querySelectorAll('[role=slider]')]"
        f".find(s => s.ariaLabel.startsWith({json.dumps(label)}))"
    )
    page.evaluate(f"{found}.focus()")
    page.press(key)


def says(page: Page, words: str) -> None:
    """Wait until the choices say these words."""
    page.wait_for(f"document.querySelector('aside').innerText.includes({json.dumps(words)})")


def label_of(page: Page, drawing: int) -> str:
    """The label of a drawing by its place on the page."""
    return str(page.evaluate(f"document.querySelectorAll('svg[role=img]')[{drawing}].ariaLabel"))


def test_it_says_what_it_is(page: Page) -> None:
    """The first thing after the title: for intuition, and no estimate for any real place."""
    notice = page.text("[role=note]")
    assert notice.startswith("For intuition, not evidence.")
    assert "no estimate" in notice or "Nothing here is an estimate for any real place" in notice
    assert page.text("h1") == "Truth and record, week by week"


def test_a_week_moves_everything(page: Page) -> None:
    """A press of the button is a week; the drawings that count weeks change."""
    before = shown(page)
    press(page, "Next week")
    at_week(page, 1)
    page.wait_for(
        f"document.querySelector('.summary').innerText != {json.dumps(before['summary'])}"
    )
    page.wait_for(f"document.querySelector('svg[role=img]').outerHTML != "
                  f"{json.dumps(before['images'][0])}")  # fmt: skip
    press(page, "Next quarter")
    at_week(page, 14)
    assert page.text(".clock").endswith("year 1, week 14")


def test_to_the_end_and_back(page: Page) -> None:
    """All drawings and the table follow to the end, where only a new start is left."""
    images = "[...document.querySelectorAll('svg[role=img]')].slice(0, 8).map(s => s.outerHTML)"
    page.evaluate(f"window.before = {images}")
    spent = "document.querySelector('tbody td:last-child').innerText"
    assert page.evaluate(spent) == "none"
    press(page, "Run to the end")
    at_week(page, 260)
    page.wait_for(f"{images}.every((image, k) => image != window.before[k])")
    page.wait_for(f"{spent} != 'none'")
    off = "[...document.querySelectorAll('main .buttons button')].filter(b => b.disabled).length"
    page.wait_for(f"{off} == 6")
    press(page, "Start again")
    at_week(page, 0)
    page.wait_for(f"{off} == 0")
    page.wait_for(f"{images}.every((image, k) => image == window.before[k])")


def test_it_plays_and_pauses(page: Page) -> None:
    """Weeks pass by themselves until the pause."""
    press(page, "Play")
    at_week(page, 3)
    press(page, "Pause")
    page.wait_for("[...document.querySelectorAll('button')].some(b => b.innerText == 'Play')")
    page.evaluate("new Promise(done => setTimeout(done, 300))")  # a week may be on its way
    week = page.text(".clock")
    page.evaluate("new Promise(done => setTimeout(done, 700))")
    assert page.text(".clock") == week


def test_a_police_focus_during_play_raises_reports_and_not_exploitation(page: Page) -> None:
    """The second experiment, pressed through: no gap at first, then one of reports alone."""
    press(page, "Look harder: do reports rise, does exploitation?")
    page.wait_for("document.body.innerText.includes('plan B is “No added money”')")
    for quarter in (1, 2):
        press(page, "Next quarter")
        at_week(page, 13 * quarter)
    page.wait_for("document.querySelector('svg[role=img]').ariaLabel.includes('now week 26.')")
    assert label_of(page, 0).endswith("weeks: 0%; Youth exploited now: 0%.")
    press(page, "Police focus")
    button = "[...document.querySelectorAll('button')].find(b => b.innerText.includes('week 52'))"
    page.wait_for(f"({button} || {{}}).disabled")
    press(page, "Next quarter")
    at_week(page, 39)
    page.wait_for("document.querySelector('svg[role=img]').ariaLabel.includes('now week 39.')")
    found = re.search(r"weeks: \+(\d+)%; Youth exploited now: (\S+)%\.$", label_of(page, 0))
    assert found and int(found[1]) >= 10
    assert abs(float(found[2].replace("\N{MINUS SIGN}", "-"))) < 1
    page.wait_for("document.querySelector('svg[role=img] rect')")


def test_a_suggestion_sets_the_choices(page: Page) -> None:
    """The first switches the barriers off, the third compares last year's reports with youth."""
    press(page, "Switch the barriers off: what happens to rural reports?")
    page.wait_for("document.querySelectorAll('svg[role=img]')[2].ariaLabel.includes('as assumed')")
    open_more(page)
    says(page, "Small-town barriers: none")
    press(page, "Should money follow last year's reports, or youth?".replace("'", "\\'"))
    page.wait_for("document.querySelector('aside').innerText.includes('barriers: as assumed')")
    assert "Plan A is “By last year's reports”, plan B is “By number of youth”." in page.text(
        "main"
    )


def test_sliders_move_by_key_and_start_anew(page: Page) -> None:
    """An arrow key takes another draw: the label and the summary follow, the clock is at 0."""
    before = shown(page)
    press(page, "Next week")
    at_week(page, 1)
    open_more(page)
    slide(page, "Draw", "ArrowRight")
    at_week(page, 0)
    page.wait_for(
        f"document.querySelector('.summary').innerText != {json.dumps(before['summary'])}"
    )
    says(page, "Draw 3: the same region, other luck")


def test_another_plan_gives_another_run(page: Page) -> None:
    """Plan A is chosen from the list with the mouse; the words and the money follow."""
    press(page, "Run to the end")
    at_week(page, 260)
    before = shown(page)
    assert "none" in before["table"]
    page.click("aside .v-select__slot")
    page.wait_for("document.querySelector('.menuable__content__active')")
    page.evaluate(
        "[...document.querySelectorAll('.menuable__content__active .v-list-item')]"
        ".find(i => i.innerText.trim() == 'Small towns first').click()"
    )
    at_week(page, 0)
    says(page, "Plan A. Small towns first: sees")
    press(page, "Run to the end")
    at_week(page, 260)
    page.wait_for("!document.querySelector('tbody').innerText.includes('none')")


def test_barriers_and_feedback_change_the_run(page: Page) -> None:
    """Without small-town barriers, and without feedback, the weeks go otherwise."""
    open_more(page)
    seen = ["", summary_at_end(page, "")]
    slide(page, "Small-town barriers", "Home")
    at_week(page, 0)
    says(page, "Small-town barriers: none")
    seen.append(summary_at_end(page, seen[-1]))
    page.evaluate("document.querySelector('aside input[type=checkbox]').focus()")
    page.press(" ")
    at_week(page, 0)
    seen.append(summary_at_end(page, seen[-1]))
    assert len(set(seen)) == 4


def summary_at_end(page: Page, other: str) -> str:
    """What the end of the run says, which must be something else than `other`."""
    press(page, "Run to the end")
    at_week(page, 260)
    page.wait_for(
        "document.querySelector('.summary').innerText.includes('Reports since the start')"
        f" && document.querySelector('.summary').innerText != {json.dumps(other)}"
    )
    return page.text(".summary")


@pytest.mark.parametrize("width", [360, 390, 768, 1280, 1920])
def test_nothing_sticks_out(page: Page, width: int) -> None:
    """From a phone to a wide desk, all choices open, at the end."""
    page.resize(width, 900)
    open_more(page)
    press(page, "Run to the end")
    at_week(page, 260)
    assert page.overflowing() == []
    clipped = (
        "[...document.querySelectorAll('svg[role=img]')]"
        ".filter(s => [...s.querySelectorAll('text')]"
        ".some(t => { const a = t.getBoundingClientRect(), b = s.getBoundingClientRect();"
        " return a.left < b.left - 1 || a.right > b.right + 1 })).map(s => s.ariaLabel)"
    )
    assert page.evaluate(clipped) == []


def test_it_can_be_used_without_sight_or_mouse(page: Page) -> None:
    """Language, zoom, headings in order, every input named, every button reached by the key."""
    assert page.evaluate("document.documentElement.lang") == "en"
    assert "user-scalable" not in page.evaluate(
        "document.querySelector('meta[name=viewport]').content"
    )
    heads = page.evaluate("[...document.querySelectorAll('h1,h2,h3')].map(h => +h.tagName[1])")
    assert heads[0] == 1 and heads.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(heads, heads[1:], strict=False))
    unnamed = (
        "[...document.querySelectorAll("
        "  'button, input:not([type=hidden]), [role=slider], svg[role]')]"
        ".filter(e => !(e.innerText || e.ariaLabel || (e.labels && e.labels.length))).length"
    )
    assert page.evaluate(unnamed) == 0
    open_more(page)
    page.evaluate("document.querySelector('.suggestions button').focus()")
    reached = []
    for _ in range(30):
        page.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.innerText || document.activeElement.ariaLabel")
        )
    for label in ("Next week", "Next quarter", "Play", "Run to the end", "Start again", "Campaign",
                  "Police focus", "Look harder: do reports rise, does exploitation?"):  # fmt: skip
        assert label in reached
    named = {str(label).partition(" ")[0].rstrip(":") for label in reached}
    assert {"Budget", "Small-town", "Draw"} <= named


def test_only_this_machine_is_listened_to(served: Server) -> None:
    """Another address of the same machine, as a neighbour would use, is not answered."""
    port = int(served.address.rstrip("/").rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5):
        pass
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.2", port), timeout=5)


def test_it_ends_with_ctrl_c_having_asked_nobody(browser: Browser, home: Path) -> None:
    """Exit code 130; no name looked up, nobody connected to, nothing left in the home directory."""
    server = Server(home)
    page = browser.open(server.address)
    page.wait_for(DRAWN)
    page.close()
    assert server.stop() == 130
    assert [line for line in server.said if "OUTSIDE" in line] == []
    assert [path.name for path in home.iterdir() if "solara" in path.name] == []
