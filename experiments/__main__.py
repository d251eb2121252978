"""The command's first steps: what has to hold before anything else is imported.

Ctrl-C while modules are loaded ends without a traceback. Streams that are closed are replaced,
because a file opened later would get their place and whatever is printed. A letter that a console
has not is printed as a question mark. Nothing is collected as garbage while modules are loaded.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from io import TextIOWrapper
from typing import Any

#: Objects that a command makes by loading its modules, and some more.
LOADED = 400_000


def main() -> None:
    """Entry point of `streetlight` and of `python -m streetlight.experiments`."""
    collect_later()
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # not where a shell has told us to ignore it
        signal.signal(signal.SIGINT, leave)
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a console may lack a letter of a title
            stream.reconfigure(errors="replace")
    from streetlight.experiments.cli import main as command

    signal.signal(signal.SIGINT, before)
    command()


def collect_later() -> None:
    """Put off the first collection of garbage until modules are loaded, which leave none.

    Python looks at all there is again and again while it grows: a twelfth of a short command.
    """
    usual = gc.get_threshold()

    def as_usual(phase: str, _: Any) -> None:
        if phase == "stop":
            gc.callbacks.remove(as_usual)
            gc.set_threshold(*usual)

    gc.callbacks.append(as_usual)
    gc.set_threshold(LOADED)


def leave(_number: int, _frame: Any) -> None:
    """End at once: half-loaded modules would make tracebacks of anything gentler."""
    os._exit(130)


if __name__ == "__main__":
    main()
