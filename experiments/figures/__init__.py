"""Figures of a results folder: what was found, drawn and in words.

`draw_all(results)` writes every figure; `pictures(results)` gives them undrawn, with their
headline and numbers; `absent(results)` names those that these results cannot show. A new figure is
a module `draw_<name>` with a function `picture(Results) -> Picture` (or `-> Picture | Absent`), and
its name in `FIGURES`. Matplotlib, numpy and pyarrow are imported only when something is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from experiments.figures.picture import Absent, Picture

# In the order a report shows them.
FIGURES = (
    "policies_compared",
    "iceberg",
    "streetlight_effect",
    "attribution",
    "money_and_reports",
    "cascade",
    "another_dollar",
    "left_behind",
    "errors_borne",
    "regret",
    "maps",
    "event_study",
    "patterns",
)


def pictures(results: Path) -> list[Picture]:
    """Every figure of a results folder, not drawn yet; raises model.errors.InputError."""
    from experiments.figures.picture import Picture

    return [one for one in made(results) if isinstance(one, Picture)]


def absent(results: Path) -> list[Absent]:
    """The figures that these results cannot show, with the reason; raises InputError."""
    from experiments.figures.picture import Absent

    return [one for one in made(results) if isinstance(one, Absent)]


def made(results: Path) -> list[Picture | Absent]:
    """What each figure's module makes of a results folder, in the order of `FIGURES`."""
    from experiments.figures.tables import read_results

    read = read_results(Path(results))
    return [import_module(f"{__name__}.draw_{name}").picture(read) for name in FIGURES]


def draw_all(results: Path, drawn: Iterable[Picture | Absent] | None = None) -> list[Path]:
    """Write `figures/<name>.svg`, `.png` and `.csv` into a results folder; return the paths.

    drawn: what `made` gave, if it was asked already. The same tables give the same bytes (on one
    machine and one lock file).
    """
    from experiments.figures.picture import Picture

    folder = Path(results) / "figures"
    every = made(results) if drawn is None else drawn
    return [path for one in every if isinstance(one, Picture) for path in one.write(folder)]
