"""Chromium driven by a test: open a page, press, look, and see what it asked the network for.

    with Browser() as browser:
        page = browser.open("http://127.0.0.1:8765/", width=390)
        page.wait_for("document.querySelector('h1')")
        page.click("button")
        page.screenshot(tmp_path / "page.png")
        assert not page.errors and not page.outside

Talks the DevTools protocol over a pipe, so it needs nothing but Chromium. Names other than those of
this machine do not resolve in it, and every request is kept, so a page that needs a network fails.
"""

from __future__ import annotations

import base64
import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
LOCAL = ("127.0.0.1", "localhost", "[::1]", "::1")
INSIDE = ("file", "data", "blob", "about", "chrome")  # schemes that reach no network
ARGUMENTS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
    "--hide-scrollbars", "--no-first-run", "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-extensions", "--mute-audio",
    "--force-color-profile=srgb", "--remote-debugging-pipe",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)  # fmt: skip
PATIENCE = 30.0  # seconds until an answer, or a page that does not get there, is an error
KEYS = {
    "Tab": (9, ""), "Enter": (13, "\r"), " ": (32, " "), "Escape": (27, ""), "Home": (36, ""),
    "End": (35, ""), "ArrowLeft": (37, ""), "ArrowUp": (38, ""), "ArrowRight": (39, ""),
    "ArrowDown": (40, ""),
}  # fmt: skip


def chromium() -> str | None:
    """The path of Chromium or Chrome, None where neither is installed."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class BrowserError(Exception):
    """Chromium did not do what it was asked for: no answer, an error, a page that never came."""


class Browser:
    """A headless Chromium with an empty profile, until the end of the `with` block."""

    def __init__(self) -> None:
        program = chromium()
        if program is None:
            raise BrowserError(f"none of {', '.join(NAMES)} is installed")
        self._profile = tempfile.mkdtemp(prefix="streetlight-browser-")
        hears, self._out = os.pipe()
        self._in, says = os.pipe()
        # Chromium reads commands from descriptor 3 and writes answers to descriptor 4
        script = f'exec "$@" 3<&{hears} 4>&{says}'
        command = ["bash", "-c", script, "sh", program, *ARGUMENTS]
        self._process = subprocess.Popen(
            [*command, f"--user-data-dir={self._profile}", "about:blank"],
            pass_fds=(hears, says), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(hears)
        os.close(says)
        self._number = 0
        self._answers: dict[int, queue.Queue[dict[str, Any]]] = {}
        self._pages: dict[str, Page] = {}
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self, url: str, *, width: int = 1280, height: int = 900) -> Page:
        """A new tab of that size (in CSS pixels) with the page loaded."""
        target = self.ask("Target.createTarget", {"url": "about:blank"})["targetId"]
        flat = {"targetId": target, "flatten": True}
        session = self.ask("Target.attachToTarget", flat)["sessionId"]
        page = self._pages[session] = Page(self, target, session)
        for domain in ("Page", "Runtime", "Network", "Log"):
            page.ask(f"{domain}.enable")
        page.resize(width, height)
        page.go(url)
        return page

    def ask(
        self, method: str, parameters: dict[str, Any] | None = None, session: str | None = None
    ) -> dict[str, Any]:
        """The result of one command of the DevTools protocol; BrowserError if there is none."""
        self._number += 1
        number, answer = self._number, queue.Queue[dict[str, Any]](1)
        self._answers[number] = answer
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters or {}}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        try:
            while data:
                data = data[os.write(self._out, data) :]
            found = answer.get(timeout=PATIENCE)
        except (BrokenPipeError, queue.Empty):
            raise BrowserError(f"{method}: no answer from Chromium") from None
        finally:
            del self._answers[number]
        if "error" in found:
            raise BrowserError(f"{method}: {found['error']['message']}")
        result: dict[str, Any] = found["result"]
        return result

    def close(self) -> None:
        """End Chromium and remove its profile."""
        try:
            self.ask("Browser.close")
            self._process.wait(10)
        except (BrowserError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait(10)
        self._reader.join(10)
        os.close(self._out)
        os.close(self._in)
        shutil.rmtree(self._profile, ignore_errors=True)

    def _read(self) -> None:
        rest = b""
        while data := os.read(self._in, 1 << 16):
            *messages, rest = (rest + data).split(b"\0")
            for message in map(json.loads, messages):
                if "id" in message:
                    if waiting := self._answers.get(message["id"]):
                        waiting.put(message)
                elif page := self._pages.get(message.get("sessionId", "")):
                    page.heard(message["method"], message["params"])


class Page:
    """A tab. requests: every address asked for; errors: what its console said and what failed."""

    def __init__(self, browser: Browser, target: str, session: str) -> None:
        self.browser = browser
        self.target = target
        self.session = session
        self.width = 0
        self.requests: list[str] = []
        self.errors: list[str] = []
        self._asked: dict[str, str] = {}
        self._seen: defaultdict[str, int] = defaultdict(int)

    @property
    def outside(self) -> list[str]:
        """The addresses asked for that are not of this machine."""
        parts = [(url, urlsplit(url)) for url in self.requests]
        return [u for u, p in parts if p.scheme not in INSIDE and p.hostname not in LOCAL]

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the DevTools protocol to this tab."""
        return self.browser.ask(method, parameters, self.session)

    def heard(self, method: str, about: dict[str, Any]) -> None:
        """Keep what an event of the tab says."""
        self._seen[method] += 1
        if method == "Network.requestWillBeSent":
            self._asked[about["requestId"]] = about["request"]["url"]
            self.requests.append(about["request"]["url"])
        elif method == "Network.webSocketCreated":
            self.requests.append(about["url"])
        elif method == "Network.loadingFailed" and not about.get("canceled"):
            address = self._asked.get(about["requestId"], "?")
            self.errors.append(f"{address}: {about['errorText']}")
        elif method == "Runtime.exceptionThrown":
            details = about["exceptionDetails"]
            what = details.get("exception", {}).get("description", details["text"])
            self.errors.append(f"exception: {what}")
        elif method == "Runtime.consoleAPICalled" and about["type"] in ("error", "assert"):
            said = [str(a.get("value", a.get("description", ""))) for a in about["args"]]
            self.errors.append(f"console: {' '.join(said)}")
        elif method == "Log.entryAdded" and about["entry"]["level"] == "error":
            entry = about["entry"]
            self.errors.append(f"log: {entry['text']} {entry.get('url', '')}".rstrip())

    def go(self, url: str) -> None:
        """Load an address and wait until it has loaded; BrowserError if it cannot be reached."""
        before = self._seen["Page.loadEventFired"]
        answer = self.ask("Page.navigate", url=url)
        if "errorText" in answer:
            raise BrowserError(f"{url}: {answer['errorText']}")
        deadline = time.monotonic() + PATIENCE
        while self._seen["Page.loadEventFired"] == before:
            if time.monotonic() > deadline:
                raise BrowserError(f"{url}: not loaded after {PATIENCE:g} s")
            time.sleep(0.02)

    def close(self) -> None:
        """Close the tab."""
        self.browser.ask("Target.closeTarget", {"targetId": self.target})

    def resize(self, width: int, height: int = 900) -> None:
        """Another size of the window, in CSS pixels; narrow ones are those of a phone."""
        self.width = width
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression (a promise's when it is kept)."""
        answer = self.ask(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            what = details.get("exception", {}).get("description", details["text"])
            raise BrowserError(f"{expression}: {what}")
        return answer["result"].get("value")

    def wait_for(self, condition: str, seconds: float = PATIENCE) -> Any:
        """Wait until an expression is true, and give its value."""
        deadline = time.monotonic() + seconds
        while not (value := self.evaluate(f"(() => {{ const v = {condition}; "
                                          "return v instanceof Node ? true : v })()")):  # fmt: skip
            if time.monotonic() > deadline:
                raise BrowserError(f"not true after {seconds:g} s: {condition}")
            time.sleep(0.02)
        return value

    def text(self, selector: str) -> str:
        """The visible text of the first element that matches; BrowserError if there is none."""
        return str(self.evaluate(f"document.querySelector({json.dumps(selector)}).innerText"))

    def click(self, selector: str) -> None:
        """Press the mouse in the middle of the first element that matches."""
        box = self.evaluate(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            "e.scrollIntoView({block: 'center'}); const b = e.getBoundingClientRect();"
            "return [b.x + b.width / 2, b.y + b.height / 2] })()"
        )
        at = {"x": box[0], "y": box[1], "button": "left", "clickCount": 1}
        for kind in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, **at)

    def press(self, key: str) -> None:
        """Press and let go of a key of `KEYS` where the focus is."""
        code, text = KEYS[key]
        name = "Space" if key == " " else key
        facts = {"key": key, "code": name, "windowsVirtualKeyCode": code}
        self.ask("Input.dispatchKeyEvent", type="keyDown", text=text, **facts)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **facts)

    def overflowing(self) -> list[str]:
        """Elements with words that stick out of the window sideways, by tag and text."""
        # the window's own width, not `innerWidth`: a phone widens that to what sticks out
        found: list[str] = self.evaluate(
            "[...document.body.querySelectorAll('*')].filter(e => { const b ="
            " e.getBoundingClientRect(); const s = getComputedStyle(e); return b.width > 1 &&"
            " b.height > 1 && s.visibility != 'hidden' && s.opacity != '0' &&"
            f" (b.right > {self.width + 1} || b.left < -1) &&"
            " (e.textContent || '').trim() })"
            ".map(e => e.tagName + ': ' + e.textContent.trim().slice(0, 60))"
        )
        return found

    def screenshot(self, path: Path, *, whole: bool = True) -> None:
        """Write a PNG of the whole page, or of the window."""
        more = {}
        if whole:
            size = self.ask("Page.getLayoutMetrics")["cssContentSize"]
            clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
            more = {"captureBeyondViewport": True, "clip": clip}
        path.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot", **more)["data"]))

    def pdf(self, path: Path, **settings: Any) -> None:
        """Print to PDF; settings as `Page.printToPDF` of the DevTools protocol has them."""
        answer = self.ask("Page.printToPDF", printBackground=True, **settings)
        path.write_bytes(base64.b64decode(answer["data"]))
