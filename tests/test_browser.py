"""`tests/browser.py` itself: it sees what a page asks for, says and shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Browser, BrowserError, chromium

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no Chromium is installed"),
]
TIDY = (
    '<!doctype html><html lang="en"><title>t</title><meta name="viewport" '
    'content="width=device-width, initial-scale=1"><style>body {margin: 0}</style>'
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with Browser() as browser:
        yield browser


def written(folder: Path, body: str) -> str:
    """The address of a page with this body."""
    path = folder / "page.html"
    path.write_text(TIDY + body, encoding="utf-8")
    return path.as_uri()


def test_a_tidy_page_has_nothing_to_complain_of(browser: Browser, tmp_path: Path) -> None:
    """No errors, no request but its own file, nothing sticking out."""
    page = browser.open(written(tmp_path, "<h1>Ä</h1>"), width=390)
    assert (page.errors, page.outside, page.overflowing()) == ([], [], [])
    assert page.requests == [(tmp_path / "page.html").as_uri()]
    assert page.text("h1") == "Ä"


@pytest.mark.parametrize(
    "body",
    [
        '<img src="https://example.org/a.png">',
        '<link rel="stylesheet" href="https://example.org/a.css">',
        "<script>fetch('https://example.org/a')</script>",
        "<script>new WebSocket('wss://example.org/a')</script>",
    ],
)
def test_a_request_elsewhere_is_seen_and_fails(browser: Browser, tmp_path: Path, body: str) -> None:
    """Pictures, styles, scripts and sockets from other machines are listed, and do not arrive."""
    page = browser.open(written(tmp_path, body))
    page.wait_for("performance.now() > 300")
    assert len(page.outside) == 1 and "://example.org/a" in page.outside[0]
    assert page.errors


@pytest.mark.parametrize(
    ("script", "said"),
    [("console.error('bad', 3)", "bad 3"), ("nothing.at.all", "nothing is not defined")],
)
def test_what_the_console_says_is_kept(
    browser: Browser, tmp_path: Path, script: str, said: str
) -> None:
    """Errors logged and errors thrown."""
    page = browser.open(written(tmp_path, f"<script>{script}</script>"))
    assert any(said in error for error in page.errors)


def test_mouse_and_keys_reach_the_page(browser: Browser, tmp_path: Path) -> None:
    """A press and a key do what they would under a hand."""
    count = "this.innerText = +this.innerText + 1"
    page = browser.open(written(tmp_path, f'<p style="height: 2000px"><button onclick="{count}">0'))
    page.click("button")
    assert page.text("button") == "1"
    page.press("Enter")
    page.press(" ")
    assert page.text("button") == "3"


def test_what_sticks_out_is_found(browser: Browser, tmp_path: Path) -> None:
    """Wider than a phone, not wider than a desk."""
    page = browser.open(written(tmp_path, '<div style="width: 600px">wide</div>'), width=1280)
    assert page.overflowing() == []
    page.resize(390)
    assert page.overflowing() == ["DIV: wide"]


def test_pictures_and_prints_are_written(browser: Browser, tmp_path: Path) -> None:
    """A PNG as wide as the window and as high as the page; a PDF of several sheets."""
    page = browser.open(written(tmp_path, '<div style="height: 3000px">high</div>'), width=400)
    page.screenshot(tmp_path / "page.png")
    head = (tmp_path / "page.png").read_bytes()[:24]
    assert head[:4] == b"\x89PNG"
    assert (int.from_bytes(head[16:20]), int.from_bytes(head[20:24])) == (400, 3000)
    page.pdf(tmp_path / "page.pdf")
    assert (tmp_path / "page.pdf").read_bytes()[:5] == b"%PDF-"


def test_what_does_not_come_is_an_error(browser: Browser, tmp_path: Path) -> None:
    """A condition that stays false, a broken expression, a file that is not there."""
    page = browser.open(written(tmp_path, ""))
    with pytest.raises(BrowserError, match="not true after 0.1 s"):
        page.wait_for("false", seconds=0.1)
    with pytest.raises(BrowserError, match="nothing is not defined"):
        page.evaluate("nothing")
    with pytest.raises(BrowserError, match="ERR_FILE_NOT_FOUND"):
        page.go((tmp_path / "none.html").as_uri())
