"""The report as a reader meets it: in Chromium, on a desk, on a phone, by keyboard and on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Browser, Page, chromium
from report_worlds import written
from test_figures import Made

from streetlight.experiments.report.build import write_report

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no Chromium is installed"),
]

WIDTHS = (1280, 390)
STUDIES = {
    "usual": Made(
        policies=("none", "equal_shares", "last_years_counts", "small_towns_first"),
        oracles=("information_oracle",),
        futures=("central", "fast fading"),
        communities=60,
    ),
    "names": Made(
        policies=("none", '<img src=x onerror="alert(1)">', "Κόσμος 北京 مرحبا", "x" * 150),
        futures=("the only one",),
        communities=30,
    ),
    "thirty": Made(
        policies=("none", *(f"a_plan_with_a_rather_long_name_{k}" for k in range(29))),
        communities=30,
    ),
}
#: Every figure: its width, its right edge, and those of what holds it.
FIGURES = """[...document.querySelectorAll('figure img')].map(e => {
  const own = e.getBoundingClientRect(), box = e.closest('figure').getBoundingClientRect();
  return [own.width, own.height, own.left, own.right, box.left, box.right, e.naturalWidth]
})"""
#: Text that sticks out of the window and is in nothing that scrolls.
STICKS_OUT = """[...document.body.querySelectorAll('*')].filter(e => {
  const b = e.getBoundingClientRect();
  return b.width > 1 && b.right > WIDTH + 1 && !e.closest('.scroll, .drawn')
}).map(e => e.tagName + ' ' + e.textContent.slice(0, 60))"""
FOCUS = "document.activeElement.getAttribute('aria-label') || document.activeElement.className"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with Browser() as browser:
        yield browser


@pytest.fixture(scope="module", params=STUDIES)
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a study's report."""
    folder = written(tmp_path_factory.mktemp(request.param), STUDIES[request.param])
    return write_report(folder).as_uri()


@pytest.fixture(params=WIDTHS)
def page(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Page]:
    """The report on a desk and on a phone."""
    page = browser.open(address, width=request.param)
    yield page
    page.close()


def test_nothing_is_asked_for_and_nothing_complained_of(page: Page, address: str) -> None:
    """The file is the only request that is no data in it, and the console is empty."""
    assert page.errors == []
    assert page.outside == []
    assert [url for url in page.requests if not url.startswith("data:")] == [address]
    assert page.evaluate("document.querySelectorAll('script').length") == 0


def test_every_figure_is_seen_whole(page: Page) -> None:
    """Each has loaded, is wider than 200 pixels and no wider than its place."""
    found = page.evaluate(FIGURES)
    assert len(found) >= 10
    for width, height, left, right, least, most, natural in found:
        assert natural > 0
        assert width > 200
        assert height > 40
        assert least - 1 <= left < right <= most + 1


def test_the_page_does_not_scroll_sideways(page: Page) -> None:
    """What is wider than the window scrolls in a box of its own, names of any length too."""
    assert page.evaluate("document.documentElement.scrollWidth") <= page.width
    assert page.evaluate(STICKS_OUT.replace("WIDTH", str(page.width))) == []


def test_no_text_is_tiny(page: Page) -> None:
    """The smallest letters of the page itself are at least 12 pixels high."""
    smallest = page.evaluate(
        "Math.min(...[...document.body.querySelectorAll('*')].filter(e => e.offsetParent)"
        ".map(e => parseFloat(getComputedStyle(e).fontSize)))"
    )
    assert smallest >= 12


def test_links_lead_somewhere(page: Page) -> None:
    """Each link of the contents brings its section into view; each CSV is there to be saved."""
    aims = page.evaluate(
        "[...document.querySelectorAll('nav a')].map(e => e.getAttribute('href').slice(1))"
    )
    assert len(aims) >= 15
    for aim in aims:
        page.evaluate(f"document.querySelector('nav a[href=\"#{aim}\"]').click()")
        top = page.evaluate(f"document.getElementById('{aim}').getBoundingClientRect().top")
        bottom = page.evaluate("scrollY + innerHeight >= document.documentElement.scrollHeight - 2")
        assert abs(top) < 2 or bottom, aim
    saved = page.evaluate(
        "[...document.querySelectorAll('a[download]')].map(e => [e.download, atob("
        "e.href.split(',')[1]).split('\\n').length])"
    )
    assert len(saved) == len(page.evaluate(FIGURES))
    assert all(name.endswith(".csv") and lines > 2 for name, lines in saved)


def test_the_keyboard_reaches_what_scrolls(page: Page) -> None:
    """The first stop is the link to the answer, seen when it has the focus; tables follow."""
    page.press("Tab")
    assert page.evaluate(FOCUS) == "skip"
    left = page.evaluate("document.activeElement.getBoundingClientRect().left")
    assert 0 <= left < 100
    page.press("Enter")
    assert page.evaluate("location.hash") == "#answer"
    met = []
    for _ in range(80):
        page.press("Tab")
        met.append(page.evaluate(FOCUS))
    boxes = page.evaluate(
        "[...document.querySelectorAll('.scroll')].filter(e => e.checkVisibility())"
        ".map(e => e.getAttribute('aria-label'))"
    )
    assert "The comparison as a table" in boxes
    assert set(boxes) <= set(met)


def test_a_phone_can_enlarge_a_figure(page: Page) -> None:
    """The box above a figure makes it wide enough to read, and only the figure scrolls."""
    shown = page.evaluate("getComputedStyle(document.querySelector('.larger')).display") != "none"
    assert shown == (page.width == 390)
    if shown:
        page.click(".larger")
        assert page.evaluate(FIGURES)[0][0] > 800
        assert page.evaluate("document.documentElement.scrollWidth") <= page.width


def test_it_prints_whole(browser: Browser, address: str, tmp_path: Path) -> None:
    """More than a few pages, with every figure, and the lists that a screen keeps closed."""
    page = browser.open(address)
    page.pdf(tmp_path / "report.pdf", paperWidth=8.27, paperHeight=11.69)
    content = (tmp_path / "report.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    assert len(content) > 100_000
    assert len(re.findall(rb"/Type\s*/Page\b", content)) > 12
    page.ask("Emulation.setEmulatedMedia", media="print")
    height = page.evaluate("document.querySelector('#assumptions table').offsetHeight")
    assert height > 1000
    assert page.evaluate("getComputedStyle(document.querySelector('nav')).display") == "none"
    page.close()
