"""The explorer's server and command: what is answered, to whom, and what is said of options."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from streetlight.experiments.cli import call
from streetlight.experiments.commands import explore as command
from streetlight.experiments.explorer import server


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
    assert 'pip install -e ".[explore]"' in text and text.count("\n") == 1
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
