"""The command's first steps: what has to hold before anything else is imported.

Ctrl-C while modules are loaded ends without a traceback. Streams that are closed are replaced,
because a file opened later would get their place and whatever is printed. A letter that a console
has not is printed as a question mark.
"""

from __future__ import annotations

import os
import signal
import sys
from io import TextIOWrapper
from typing import Any


def main() -> None:
    """Entry point of `streetlight` and of `python -m streetlight.experiments`."""
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


def leave(_number: int, _frame: Any) -> None:
    """End at once: half-loaded modules would make tracebacks of anything gentler."""
    os._exit(130)


if __name__ == "__main__":
    main()
