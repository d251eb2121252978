"""Figures of a results folder: what was found, drawn and in words.

`draw_all(results)` writes every figure; `pictures(results)` gives them undrawn, with their
headline and numbers; `absent(results)` names those that these results cannot show. A new figure is
a module `draw_<name>` with a function `picture(Results) -> Picture` (or `-> Picture | Absent`), and
its name in `FIGURES`. Matplotlib, numpy and pyarrow are imported only when something is drawn.
"""

from __future__ import annotations

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

    return [made for made in _made(results) if isinstance(made, Picture)]


def absent(results: Path) -> list[Absent]:
    """The figures that these results cannot show, with the reason; raises InputError."""
    from experiments.figures.picture import Absent

    return [made for made in _made(results) if isinstance(made, Absent)]


def _made(results: Path) -> list[Picture | Absent]:
    """What each figure's module makes of a results folder, in the order of `FIGURES`."""
    from experiments.figures.tables import read_results

    read = read_results(Path(results))
    return [import_module(f"{__name__}.draw_{name}").picture(read) for name in FIGURES]


def draw_all(results: Path) -> list[Path]:
    """Write `figures/<name>.svg`, `.png` and `.csv` into a results folder; return the paths.

    The same tables give the same bytes (on one machine and one lock file).
    """
    folder = Path(results) / "figures"
    return [path for picture in pictures(results) for path in picture.write(folder)]
