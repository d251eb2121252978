"""Write the pages that are made from code, from the root of the repository.

python -m docs.generate          writes them, and names those that changed
python -m docs.generate --check  writes nothing, names those that are stale, and fails then
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from docs.pages.experiment_file import experiment_file_page
from docs.pages.levers import levers_page
from docs.pages.parameters import parameters_page
from docs.pages.policies import policies_page
from docs.pages.sources import sources_page
from streetlight.experiments.schema.json_schema import schema_text

ROOT = Path(__file__).parents[1]

#: Every file that is made from code, by its path in the repository, and what makes its text.
PAGES: Mapping[str, Callable[[], str]] = {
    "docs/parameters.md": parameters_page,
    "docs/sources.md": sources_page,
    "docs/levers.md": levers_page,
    "docs/policies.md": policies_page,
    "docs/experiment-file.md": experiment_file_page,
    "experiments/experiment.schema.json": schema_text,
}


def stale() -> dict[str, str]:
    """The text that a page should have, by path, for each page that is missing or has another."""
    found = {}
    for name, text_of in PAGES.items():
        path, text = ROOT / name, text_of()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            found[name] = text
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the pages; the exit code is 1 if a check finds a stale one."""
    parser = argparse.ArgumentParser(prog="python -m docs.generate", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--check", action="store_true", help="only name the pages that are stale")
    check = parser.parse_args(arguments).check
    found = stale()
    for name, text in found.items():
        if not check:
            (ROOT / name).write_text(text, encoding="utf-8", newline="\n")
        print(f"{name}: {'is stale' if check else 'written'}")
    if not found:
        print("all pages are current")
    return 1 if check and found else 0


if __name__ == "__main__":
    raise SystemExit(main())
