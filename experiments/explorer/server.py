"""The page served to this machine alone, with nothing fetched from anywhere else.

Solara would report its use to a statistics service, fetch what it lacks from a public store of
scripts, and keep a folder in the home directory. All three are switched off before it is imported.
The page is sent with a policy that forbids the browser any address but ours, and pages of other
sites open in the same browser are refused.
"""

from __future__ import annotations

import os
import socket
import tempfile
import threading
import time
import warnings
import webbrowser
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from streetlight.model.errors import InputError

HOST = "127.0.0.1"
NAMES = (HOST, "localhost")
NOWHERE = "http://127.0.0.1:9/"  # the discard port: what is not installed is not found
PAGE = "streetlight.experiments.explorer.page"
SETTINGS = {
    "SOLARA_APP": PAGE,
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "false",
    "SOLARA_ASSETS_CDN": NOWHERE,
    "SOLARA_ASSETS_PROXY": "true",
    "SOLARA_MODE": "production",
    "SOLARA_THEME_VARIANT": "light",
    "SOLARA_THEME_SHOW_BANNER": "false",
    "SOLARA_THEME_TITLE": "Streetlight: explore",
    "SOLARA_SESSION_HTTPS_ONLY": "false",
    "SOLARA_CHECK_HOOKS": "off",  # it would warn of code of Mesa's that the page does not use
}
# Scripts and styles inside the page are Solara's own; pictures in it are data addresses.
CONTENT_POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; "
    "connect-src 'self' blob: ws://{host}; form-action 'self'; frame-ancestors 'none'"
)
# What the page's frame, which is Solara's, lacks for a screen reader and for who needs to zoom.
REPAIRS = {
    b"<html>": b'<html lang="en">',
    b", maximum-scale=1, user-scalable=no, minimal-ui": b"",
}

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


def free_port(port: int) -> int:
    """The port if nobody listens on it, any free one for 0; InputError if it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise InputError(
                f"explore: --port {port}: {reason}; choose another, or 0 for any free one"
            ) from None
        found: int = probe.getsockname()[1]
    return found


def is_ours(scope: Message) -> bool:
    """Whether a request names this machine and does not come from a page of another site."""
    headers = dict(scope["headers"])
    host = headers.get(b"host", b"").decode("latin-1")
    name, _, port = host.partition(":")
    origin = headers.get(b"origin", b"").decode("latin-1")
    return name in NAMES and port.isdigit() and origin in ("", f"http://{host}")


def guarded(inner: Application) -> Application:
    """The application for requests of ours, its pages repaired, our content policy on all."""

    async def outer(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await inner(scope, receive, send)
        elif not is_ours(scope):
            await refuse(scope, send)
        elif scope["type"] == "websocket":
            await inner(scope, receive, send)
        else:
            # a compressed page could not be repaired, and nothing is gained within one machine
            headers = [(k, v) for k, v in scope["headers"] if k != b"accept-encoding"]
            host = dict(headers)[b"host"].decode("latin-1")
            await inner({**scope, "headers": headers}, receive, Answer(send, host))

    return outer


async def refuse(scope: Message, send: Send) -> None:
    """Answer that this is not for them."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    await send({"type": "http.response.start", "status": 403, "headers": []})
    await send({"type": "http.response.body", "body": b""})


class Answer:
    """What sends an answer on: with our content policy, and repaired if it is a page."""

    def __init__(self, send: Send, host: str) -> None:
        self.send = send
        self.policy = CONTENT_POLICY.format(host=host).encode("latin-1")
        self.started: Message = {}
        self.body = b""

    async def __call__(self, message: Message) -> None:
        """Send a message on, or keep it until the page is whole."""
        if message["type"] == "http.response.start":
            headers = [*message["headers"], (b"content-security-policy", self.policy)]
            self.started = {**message, "headers": headers}
            if not is_page(self.started):
                await self.send(self.started)
        elif not is_page(self.started):
            await self.send(message)
        else:
            self.body += message.get("body", b"")
            if not message.get("more_body"):
                await send_repaired(self.started, self.body, self.send)


def is_page(started: Message) -> bool:
    """Whether an answer is an HTML page."""
    kind: bytes = dict(started["headers"]).get(b"content-type", b"")
    return kind.startswith(b"text/html")


async def send_repaired(started: Message, body: bytes, send: Send) -> None:
    """Send a page with what `REPAIRS` replaces."""
    for old, new in REPAIRS.items():
        body = body.replace(old, new, 1)
    headers = [(k, v) for k, v in started["headers"] if k != b"content-length"]
    length = (b"content-length", str(len(body)).encode())
    await send({**started, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})


def serve(port: int, *, open_browser: bool) -> None:
    """Serve the page on a free port of this machine until Ctrl-C."""
    with tempfile.TemporaryDirectory(prefix="streetlight-explore-") as home:
        os.environ.update(SETTINGS, SOLARA_HOME=home)
        # it warns that frames of other pages cannot have its cookie, which we do not want either
        warnings.filterwarnings("ignore", message="Cookies with samesite")
        import uvicorn
        from solara.server.starlette import app

        config = uvicorn.Config(
            guarded(app), host=HOST, port=port, log_level="error", access_log=False
        )
        server = uvicorn.Server(config)
        threading.Thread(
            target=announce, args=(server, f"http://{HOST}:{port}/", open_browser), daemon=True
        ).start()
        server.run()


def announce(server: Any, address: str, open_browser: bool) -> None:
    """Once the page can be had, say where, and open a browser if wanted."""
    while not server.started:
        if server.should_exit:
            return
        time.sleep(0.05)
    print(f"The explorer is at {address} (this machine only). Ctrl-C ends it.", flush=True)
    if open_browser:
        webbrowser.open(address)
