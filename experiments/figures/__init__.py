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

from streetlight.model.errors import InputError

if TYPE_CHECKING:
    from streetlight.experiments.figures.picture import Absent, Picture

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
    from streetlight.experiments.figures.picture import Picture

    return [one for one in made(results) if isinstance(one, Picture)]


def absent(results: Path) -> list[Absent]:
    """The figures that these results cannot show, with the reason; raises InputError."""
    from streetlight.experiments.figures.picture import Absent

    return [one for one in made(results) if isinstance(one, Absent)]


def made(results: Path) -> list[Picture | Absent]:
    """What each figure's module makes of a results folder, in the order of `FIGURES`.

    A figure that raises is absent, and takes no other along. InputError when the folder itself
    cannot be read.
    """
    from streetlight.experiments.figures.picture import attempted
    from streetlight.experiments.figures.tables import read_results

    read = read_results(Path(results))
    modules = {name: import_module(f"{__name__}.draw_{name}") for name in FIGURES}
    return [attempted(name, lambda m=module: m.picture(read)) for name, module in modules.items()]  # type: ignore[misc]


def draw_all(results: Path, drawn: Iterable[Picture | Absent] | None = None) -> list[Path]:
    """Write `figures/<name>.svg`, `.png` and `.csv` into a results folder; return the paths.

    drawn: what `made` gave, if it was asked already. The same tables give the same bytes (on one
    machine and one lock file).
    """
    return draw_each(results, made(results) if drawn is None else drawn)[0]


def draw_each(
    results: Path, drawn: Iterable[Picture | Absent]
) -> tuple[list[Path], list[Picture | Absent]]:
    """Write what `made` gave; the paths, and the same list with those absent that failed in it."""
    from streetlight.experiments.figures.picture import Absent, failed

    folder = Path(results) / "figures"
    paths: list[Path] = []
    left: list[Picture | Absent] = []
    for one in drawn:
        if not isinstance(one, Absent):
            try:
                paths += one.write(folder)
            except (OSError, InputError):  # the disk's fault or the folder's, not the figure's
                raise
            except Exception as error:
                one = failed(one.name, error)
        left.append(one)
    return paths, left
