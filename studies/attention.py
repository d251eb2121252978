"""Is the record as uneven as the real one?  Attention and recording, fitted and judged.

    python -m studies.attention                      the table of all readings
    python -m studies.attention --fit recording      fit a reading by simulated moments
    python -m studies.attention --posts              investigators that a government sees
    python -m studies.attention --table COUNTS.csv   the moments of a table of real counts
    python -m studies.attention --states STATES.csv  the moments of a table of states

No policy is looked at: nothing is spent.  A world takes two or three seconds.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from streetlight.experiments.analyse.intervals import estimate
from streetlight.model.arrays import FloatArray
from streetlight.model.communities.region import Region
from streetlight.model.names import N_CLASSES
from streetlight.model.on_average import cascade
from streetlight.model.parameters import Parameters
from streetlight.model.parameters.in_force import in_force
from studies.attention_fit import FREE, fit_effort, fit_recording
from studies.attention_moments import HOTLINE, REAL, moments, read_states, read_table
from studies.attention_worlds import judge

READINGS = ("even", "recording", "effort", "mixed")


def reading(name: str) -> Parameters:
    """The defaults in one reading, with posts that a government sees."""
    return Parameters().with_values({"attention.reading": name, "assessment.posts": "seen"})


def posts_by_class(parameters: Parameters) -> FloatArray:
    """Investigators per 100,000 youth for the expected workload at a utilisation of 1: (4,)."""
    region, a = Region.us_counties(), parameters.assessment
    expected = cascade.expected_cascade(parameters, region)
    needed = cascade.baseline_investigators(parameters, region, expected) * a.utilisation
    kind = region.place_class
    youth = np.bincount(kind, region.youth, N_CLASSES)
    return np.asarray(1e5 * np.bincount(kind, needed, N_CLASSES) / youth)


def posts_that_keep_up(worlds: int) -> FloatArray:
    """Posts by class, all times one factor: in `mixed` the utilisation is then the one stated."""
    start = posts_by_class(Parameters())
    parameters = reading("mixed").with_values({"assessment.investigators": tuple(start)})
    found = judge(parameters, worlds)
    asked = float((found["investigations asked / capacity"] * found["posts"]).sum())
    return start * asked / float(found["posts"].sum()) / parameters.assessment.utilisation


def real_of(name: str) -> str:
    """The real value beside a row of the table, if there is one."""
    group, _, moment = name.partition(": ")
    real = HOTLINE["cases"] if group.endswith("states") else REAL
    return f"{real[moment]:9.3g}" if moment in real else " " * 9


def print_table(worlds: int, names: Sequence[str]) -> None:
    """All numbers of the readings, with 95% Monte-Carlo half-widths."""
    columns = [judge(reading(name), worlds) for name in names]
    print(f"{worlds} worlds; mean (95% half-width)\n{'':44s}     real" + "".join(
        f"{name:>22s}" for name in names
    ))  # fmt: skip
    for row in columns[0]:
        cells = []
        for column in columns:
            e = estimate(column[row][None])
            cells.append(f"{e.mean:12.4g} ({(e.high - e.low) / 2.0:7.2g})")
        print(f"{row:44s}{real_of(row)}" + "".join(cells))


def print_fit(name: str, worlds: int, most: int) -> None:
    """Fit a reading and print its numbers and the loss."""
    fitter = fit_effort if name == "effort" else fit_recording
    found, loss = fitter(reading(name), worlds, most)
    for one in FREE[name]:
        value = in_force(found, one.name)
        print(f"{one.name:36s}{value:8.3f}   ({one.low}-{one.high})")
    print(f"loss {loss:.3f}")


def print_real(table: Path) -> None:
    """The moments of a table of counts beside those that stand in the code."""
    for name, value in moments(*read_table(table)).items():
        print(f"{name:36s}{value:8.3f}{REAL[name]:8.3f}")


def print_states(table: Path) -> None:
    """The moments of a table of states beside those that stand in the code."""
    region = Region.us_counties()
    names, area = np.unique(region.state, return_inverse=True)
    people = dict(zip(names, np.bincount(area, region.population), strict=True))
    for what, found in read_states(table, people).items():
        for name, value in found.items():
            print(f"{what:10s}{name:24s}{value:8.3f}{HOTLINE[what][name]:8.3f}")


def main(arguments: Sequence[str]) -> None:
    """Print what is asked for; the table of all readings by default."""
    parser = argparse.ArgumentParser(prog="python -m studies.attention", description=__doc__)
    parser.add_argument("--worlds", type=int, default=10, help="worlds a reading")
    parser.add_argument("--readings", nargs="+", choices=READINGS, default=READINGS)
    parser.add_argument("--most", type=int, default=80, help="evaluations of a fit")
    parser.add_argument("--fit", choices=READINGS[1:])
    parser.add_argument("--posts", action="store_true")
    parser.add_argument("--table", type=Path)
    parser.add_argument("--states", type=Path)
    asked = parser.parse_args(arguments)
    if asked.table:
        print_real(asked.table)
    elif asked.states:
        print_states(asked.states)
    elif asked.fit:
        print_fit(asked.fit, asked.worlds, asked.most)
    elif asked.posts:
        print(np.round(posts_that_keep_up(asked.worlds), 3))
    else:
        print_table(asked.worlds, asked.readings)


if __name__ == "__main__":
    main(sys.argv[1:])
