"""`streetlight compare A B`: what changed between two results folders, for the terminal."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streetlight.experiments.analyse.between import (
    Between,
    OutcomeChange,
    amount,
    between,
    in_words,
)
from streetlight.experiments.commands.compare import plain
from streetlight.experiments.labels import label
from streetlight.experiments.metrics import METRICS

if TYPE_CHECKING:
    from rich.console import Console

WIDTH = 120


def compare_two(first: Path, second: Path, *, as_json: bool = False) -> int:
    """Print what changed. InputError unless both hold results of one region."""
    found = between(first, second)
    if as_json:
        print(json.dumps(in_json(found), indent=2))
    else:
        print_between(found)
    return 0


def in_json(found: Between) -> dict[str, Any]:
    """All that changed as plain values, with None for what is undefined."""
    return {
        "first": str(found.old.folder),
        "second": str(found.new.folder),
        "settings": [plain(one._asdict()) for one in found.settings],
        "futures": list(found.futures),
        "not_the_same_worlds": list(found.unlike),
        "only_in_first": list(found.only_old),
        "only_in_second": list(found.only_new),
        "outcomes": [plain(one._asdict()) for one in found.outcomes],
    }


def print_between(found: Between) -> None:
    """Settings, then outcomes over the shared futures, then single futures that go another way."""
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:  # a file or a pipe has no width of its own
        console = Console(highlight=False, markup=False, emoji=False, width=WIDTH)
    print_settings(console, found)
    title = f"Outcomes over {len(found.futures)} shared futures: second minus first"
    print_outcomes(console, title, found.over_all())
    if apart := found.apart():
        print_outcomes(console, "Single futures that go another way", apart)
    console.print(
        f"{found.pairing()} 95% Monte-Carlo intervals, each by itself. --json has every future."
    )
    for where, names in (("first", found.only_old), ("second", found.only_new)):
        if names:
            console.print(f"Only in the {where}: {', '.join(map(label, names))}.")


def print_settings(console: Console, found: Between) -> None:
    """A row a setting that differs."""
    if not found.settings:
        console.print("No setting differs.")
        return
    rows = [(one.key, in_words(one.old), in_words(one.new)) for one in found.settings]
    table = table_of("Settings that differ", ("setting", "first", "second"), rows)
    console.print(table)


def print_outcomes(console: Console, title: str, rows: list[OutcomeChange]) -> None:
    """A row a metric, policy and future."""
    numbers = ("first", "second", "change", "95% interval", "it")
    heads = ("metric", "unit", "policy", "future", *numbers)
    cells = [
        (
            METRICS[one.metric].title, METRICS[one.metric].unit, label(one.policy),
            one.future or "all", amount(one.old), amount(one.new),
            amount(one.difference, sign=True),
            f"{amount(one.low, sign=True)} to {amount(one.high, sign=True)}"
            if one.low == one.low else "",
            one.verdict if one.paired else f"{one.verdict} *",
        )
        for one in rows
    ]  # fmt: skip
    console.print(table_of(title, heads, cells))


def table_of(title: str, heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Any:
    """A table whose title stands at the left."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="", box=SIMPLE_HEAD)
    for head in heads:
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table
