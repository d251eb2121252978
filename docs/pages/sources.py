"""The page docs/sources.md, from the table of sources."""

from __future__ import annotations

from streetlight.model.parameters.sources import works

PAGE = """# Sources

*Written by docs/generate.py from `model/parameters/sources.csv`: change the table, not this page.*
Parameters, levers and patterns name these works by author and year where both are known, else by
title.

{count}

What is unknown is blank. A title has three dots where part of it was not seen, and a description in
square brackets stands where no title was seen. Cards and the table of levers cite by key; a key may
stand for several works, and what was taken from all of them may then stand beside the first.

| key | authors | year | title | found in | address | what was taken from it |
| --- | --- | --- | --- | --- | --- | --- |
{rows}
"""


def sources_page() -> str:
    """All works, a row each."""
    rows = [
        (" ".join(work.keys), work.authors, work.year, work.title, work.found_in, work.address,
         work.says)
        for work in works()
    ]  # fmt: skip
    addressed = sum(bool(work.address) for work in works())
    count = f"{len(rows)} works, {addressed} of them with a DOI or the address of a page."
    return PAGE.format(count=count, rows="\n".join(f"| {' | '.join(row)} |" for row in rows))
