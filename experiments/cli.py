"""The command `streetlight`: how it is called, and its exit codes."""

from __future__ import annotations

import os
import sys

from streetlight.experiments.command_line import data, results, studies
from streetlight.experiments.command_line.app import app

for part in (studies, results, data):  # in the order of the help
    app.add_typer(part.commands)


def main() -> None:
    """Entry point: the exit codes are 0 done, 1 a run failed, 2 bad input, 130 Ctrl-C, 143 TERM."""
    code = call(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # the reader of our output (such as `head`) has closed it: what Python writes at the exit is
        # thrown away
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = code or 1
    except OSError as error:
        print(f"standard output: {(error.strerror or str(error)).lower()}", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = code or 1
    sys.exit(code)


def call(arguments: list[str]) -> int:
    """Run the command with these arguments and give its exit code."""
    from streetlight.model.errors import InputError, visible

    try:
        app(args=arguments, prog_name="streetlight", standalone_mode=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except InputError as error:
        from streetlight.experiments.commands.carets import in_terminal

        print(in_terminal(error), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 1  # the reader of our output has closed it
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        gone = isinstance(error, FileNotFoundError)  # a stream is never not there
        what = error.filename or ("the current folder" if gone else "standard output")
        print(visible(f"{what}: {reason}"), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    main()
