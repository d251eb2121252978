"""What a run says while it works: a bar on a terminal, plain lines elsewhere, events, or nothing.

Everything goes to standard error, so that standard output holds results only. docs/results.md lists
the events.
"""

from __future__ import annotations

import builtins
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable
from io import StringIO
from typing import Any, Literal, TextIO

Manner = Literal["auto", "silent", "events"]
#: Seconds between two plain lines.
PAUSE = 5.0


class Progress:
    """Progress of a run: `expect`, `start`, `group` for every group, `finish`, `end`.

    manner: "auto", a bar or plain lines; "events", a JSON object a line; "silent".
    """

    def __init__(self, manner: Manner = "auto", stream: TextIO | None = None) -> None:
        found = stream or sys.stderr
        # None where the program has no standard error: a window, a service, a closed stream
        self.stream: TextIO = found or StringIO()
        self.manner: Manner = manner if found else "silent"
        self.total = 0
        self.done = 0
        self.n_failed: Counter[str] = Counter()
        self._name = ""
        self._policies: tuple[str, ...] = ()
        self._n_futures = 0
        self._has_rule = False
        self._reached: dict[str, bool | None] = {}
        self._first = 0
        self._started = 0.0
        self._n_groups = 0
        self._cold = 0
        self._written = 0
        self._said = 0.0
        self._bar: Any = None
        self._task: Any = None

    def say(self, text: str) -> None:
        """One line for a person."""
        if self.manner != "auto":
            return
        if self._bar is not None:
            self._bar.console.print(text, highlight=False, markup=False)
        else:
            self._end_line()
            print(text, file=self.stream, flush=True)

    def _line(self, text: str) -> None:
        """How far it is: in a notebook always in the same line, else in a line of its own."""
        if self.manner == "auto" and is_notebook():
            print(f"\r{text.ljust(self._written)}", end="", file=self.stream, flush=True)
            self._written = len(text)
        else:
            self.say(text)

    def _end_line(self) -> None:
        """Leave the line that is written over as it is."""
        if self._written:
            self._written = 0
            print(file=self.stream, flush=True)

    def _is_time(self, now: float) -> bool:
        """Whether to say how far it is: often where a line is written over, else now and then."""
        return is_notebook() or now - self._said >= PAUSE or self.done == self.total

    def event(self, kind: str, **facts: Any) -> None:
        """One line for a program."""
        if self.manner == "events":
            line = json.dumps({"event": kind, **facts}, ensure_ascii=False)
            print(line, file=self.stream, flush=True)

    def expect(self, name: str, policies: Iterable[str], n_futures: int, has_rule: bool) -> None:
        """What is going to be run; has_rule: whether replicates are added until precise enough."""
        self._name, self._policies = name, tuple(policies)
        self._n_futures, self._has_rule = n_futures, has_rule

    def start(self, total: int, kept: int, workers: int = 0) -> None:
        """Begin to count: `total` runs (at most, with a rule), of which `kept` are there.

        workers: processes that have still to load the model. The time of their first groups says
        little of that of the others, so nothing is said of speed before they are at their second.
        """
        self.total, self.done, self._first = total, kept, kept
        self._n_groups, self._cold = 0, workers
        self._started = self._said = time.monotonic()
        self.event(
            "start", experiment=self._name, policies=self._policies, futures=self._n_futures,
            runs=total, at_most=self._has_rule, kept=kept,
        )  # fmt: skip
        if kept == total or self.manner != "auto":
            return
        if self.stream.isatty() and not is_notebook():
            self._bar = new_bar(self.stream)
            self._task = self._bar.add_task("runs", total=total, completed=kept, note="")
            self._bar.start()
        else:
            already = f", {kept} of them kept from before" if kept else ""
            self.say(f"{self._most()}{total} runs{already}")

    def group(
        self, name: str, done: list[str], failed: Iterable[tuple[str, str]], total: int
    ) -> None:
        """A group has ended: ids of its runs done, ids and errors of those failed, runs in all."""
        failed = list(failed)
        self.total = total
        self.done += len(done) + len(failed)
        for run_id, error in failed:
            self.n_failed[run_id.partition("/")[0]] += 1
            self.say(f"failed: {run_id}: {error}")
            self.event("failure", run=run_id, error=error)
        now = time.monotonic()
        self._n_groups += 1
        if self._n_groups == self._cold:
            self._first, self._started = self.done, now
        self.event(
            "group", group=name, done=done, failed=[run_id for run_id, _ in failed],
            runs_done=self.done, runs=total, runs_per_second=round(self.rate(now), 3),
            seconds_left=round(self.seconds_left(now)),
        )  # fmt: skip
        if self._bar is not None:
            self._bar.update(self._task, completed=self.done, total=total, note=self._note(now))
        elif (done or failed) and self._is_time(now):
            self._said = now
            most = self._most() if self.done < total else ""
            self._line(f"{self.done} of {most}{total} runs{self._note(now)}")

    def settled(self, future: str, replicates: int, reached: bool | None) -> None:
        """A future needs no more replicates; reached: its precision target, None without one."""
        if self._has_rule:
            self._reached[future] = reached
            self.event("precision", future=future, replicates=replicates, reached=reached)

    def rate(self, now: float) -> float:
        """Runs a second so far; 0 while that cannot be told."""
        if self._n_groups < 2 * self._cold:
            return 0.0
        seconds = now - self._started
        return (self.done - self._first) / seconds if seconds > 0 else 0.0

    def seconds_left(self, now: float) -> float:
        """Seconds left, at most; 0 before the first run is done."""
        rate = self.rate(now)
        return (self.total - self.done) / rate if rate else 0.0

    def _most(self) -> str:
        return "at most " if self._has_rule else ""

    def _note(self, now: float) -> str:
        """Speed, time left, precision and failures, as far as there is something to say."""
        parts = []
        if self.rate(now) and self.done < self.total:
            parts.append(f", {self.rate(now):.3g} a second")
            parts.append(f", {self._most() or 'about '}{in_words(self.seconds_left(now))} left")
        if self._has_rule:
            n = sum(reached is True for reached in self._reached.values())
            parts.append(f"; {n} of {self._n_futures} futures precise enough")
        if self.n_failed:
            each = ", ".join(f"{policy} {n}" for policy, n in sorted(self.n_failed.items()))
            parts.append(f"; failed: {each}")
        return "".join(parts)

    def finish(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
        self._end_line()

    def end(self, status: str, **facts: Any) -> None:
        """It is over: status as in the manifest."""
        self.event("end", status=status, **facts)


def by_itself() -> Progress:
    """What `run` does unasked: progress where a person looks on, nothing elsewhere."""
    watched = is_notebook() or (sys.stderr is not None and sys.stderr.isatty())
    return Progress("auto" if watched else "silent")


def is_notebook() -> bool:
    """Whether this is a kernel of a notebook, whose output a carriage return writes over."""
    shell = getattr(builtins, "get_ipython", lambda: None)()
    return getattr(shell, "kernel", None) is not None


def new_bar(stream: TextIO) -> Any:
    """A rich progress bar with the time left."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeElapsedColumn,
    )
    from rich.progress import Progress as Bar

    return Bar(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}", markup=False),
        console=Console(file=stream, markup=False, emoji=False),
        transient=True,
    )


def in_words(seconds: float) -> str:
    """A duration, roughly: '40 seconds', '3 minutes', '2.5 hours'."""
    if seconds < 90:
        n = max(1, round(seconds))
        return f"{n} second{'s' * (n > 1)}"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} minutes"
    return f"{seconds / 3600:.1f} hours"
