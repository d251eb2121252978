"""Write the reference runs anew and say what moved: `python -m tests.reference.update`."""

from __future__ import annotations

from . import files
from .worlds import GOLDEN

#: The line that CHANGELOG.md needs.
ENTRY = "- **RESULTS CHANGE** (what is concerned): what moved and why. Reference runs `{}`."

#: Lines printed for one golden world; the files hold the rest.
MOST_LINES = 60


def main() -> None:
    """Refresh every file; print what moved, the digest, and the entry that is to be written."""
    before = files.digest() if all(files.path_of(name).exists() for name in GOLDEN) else ""
    for name in GOLDEN:
        kept, now = files.read(name), files.content_of(name)
        lines = files.moved(kept, now)
        print(f"{name}: {len(now['runs'])} runs, {len(lines)} differences")
        for line in lines[:MOST_LINES]:
            print(f"  {line}")
        if len(lines) > MOST_LINES:
            print(f"  and {len(lines) - MOST_LINES} more")
        if lines:  # otherwise digits beyond the tolerance would move the digest
            files.write(name, now)
    print(f"digest of the reference runs: {files.digest()}")
    if files.digest() != before:
        print(f"write in CHANGELOG.md, under Unreleased:\n{ENTRY.format(files.digest())}")


if __name__ == "__main__":
    main()
