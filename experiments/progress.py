"""What a run says while it works: a bar on a terminal, plain lines elsewhere, or nothing.

Everything goes to standard error, so that standard output holds results only.
"""

from __future__ import annotations

import sys
import time
from typing import Any, Literal, TextIO

Manner = Literal["auto", "silent"]
#: Seconds between two plain lines.
PAUSE = 5.0


class Progress:
    """Progress of a run: `start`, then `advance` for every group, then `finish`."""

    def __init__(self, manner: Manner = "auto", stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stderr
        self.silent = manner == "silent"
        self.total = 0
        self.done = 0
        self._first = 0
        self._started = 0.0
        self._said = 0.0
        self._bar: Any = None
        self._task: Any = None

    def say(self, text: str) -> None:
        """One line."""
        if self.silent:
            return
        if self._bar is not None:
            self._bar.console.print(text, highlight=False, markup=False)
        else:
            print(text, file=self.stream, flush=True)

    def start(self, total: int, kept: int) -> None:
        """Begin to count: `total` runs, of which `kept` are there already."""
        self.total, self.done, self._first = total, kept, kept
        self._started = self._said = time.monotonic()
        if self.silent or kept == total:
            return
        if self.stream.isatty():
            self._bar = new_bar(self.stream)
            self._task = self._bar.add_task("runs", total=total, completed=kept)
            self._bar.start()
        else:
            already = f", {kept} of them kept from before" if kept else ""
            self.say(f"{total} runs{already}")

    def advance(self, n: int) -> None:
        """n more runs are done (or have failed)."""
        self.done += n
        if self._bar is not None:
            self._bar.update(self._task, completed=self.done)
            return
        now = time.monotonic()
        if n and not self.silent and (now - self._said >= PAUSE or self.done == self.total):
            self._said = now
            self.say(f"{self.done} of {self.total} runs{self._left(now)}")

    def _left(self, now: float) -> str:
        fresh, left = self.done - self._first, self.total - self.done
        if not fresh or not left:
            return ""
        return f", about {in_words(left * (now - self._started) / fresh)} left"

    def finish(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def new_bar(stream: TextIO) -> Any:
    """A rich progress bar with the time left."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bar

    return Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=Console(file=stream),
        transient=True,
    )


def in_words(seconds: float) -> str:
    """A duration, roughly: '40 seconds', '3 minutes', '2.5 hours'."""
    if seconds < 90:
        return f"{max(1, round(seconds))} seconds"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} minutes"
    return f"{seconds / 3600:.1f} hours"
