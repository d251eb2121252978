"""`streetlight bench --scale`: what more communities, more victimization and more runs cost.

Every row is measured in a process of its own, so that its memory is its own.  Seconds also stand
in millions of keyed draws, measured in the same process, so that machines can be compared.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from streetlight.experiments.commands.timing import best, peak_mib, timed, with_draws
from streetlight.experiments.experiment import Experiment, the_central_future
from streetlight.experiments.quick import every_kth_by_size
from streetlight.model.communities.region import Region
from streetlight.model.money.policies import build
from streetlight.model.parameters import Parameters

YEARS = 10
#: Counties of all sizes, all of them, and the people of the US in as many invented places.
COUNTIES, PLACES, PEOPLE = (40, 150, 1000), (20_000, 100_000), 330e6
INCIDENCE = (1, 3, 10)
#: Runs of the smallest study, ten communities over two years, and its policies beside the baseline.
RUNS, RULES = (
    (10, 100, 1_000, 10_000),
    ("equal_shares", "per_youth", "poverty_need", "last_years_counts"),
)

Row = dict[str, float]


def measure_scale(repeats: int = 3) -> Iterator[Row]:
    """Rows by number of communities, by incidence, then by number of runs, as they are found.

    Of a region: spells, best seconds of `repeats` for a world and a policy of ten years, and most
    MiB of the process. Of a study: runs, seconds of the runs and of tables and comparison, most
    MiB, and megabytes of its folder.
    """
    n_us = Region.us_counties().n_communities
    sizes = [(n, 1) for n in (*COUNTIES, n_us)] + [(n_us, times) for times in INCIDENCE[1:]]
    for n, times in [*sizes, *((n, 1) for n in PLACES)]:
        yield in_a_process(of_region, n, times, repeats)
    for n in RUNS:
        yield in_a_process(of_study, n)


def in_a_process(work: Callable[..., Row], *given: Any) -> Row:
    """What it gives in a new process."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(work, *given).result()


def region_of(n: int) -> Region:
    """A region of n communities: of the built-in US table, or invented where it has too few."""
    us = Region.us_counties()
    if n > us.n_communities:
        return Region.synthetic(n, seed=1, population=PEOPLE)
    return us if n == us.n_communities else every_kth_by_size(us, n)


def of_region(n: int, times: float, repeats: int) -> Row:
    """A row of n communities with so many times the incidence."""
    rate = Parameters().incidence.onset_rate * times
    parameters = Parameters().with_values({"incidence.onset_rate": rate})
    found = time_runs(parameters, region_of(n), repeats)
    return with_draws({"communities": n, "incidence": times, **found})


def small_study(runs: int) -> Experiment:
    """So many runs of ten communities over two years, four policies and the baseline."""
    policies = tuple(build(rule) for rule in RULES)
    return Experiment(
        name="small", title="Small", region=Region.synthetic(10, seed=1), policies=policies,
        horizon=2, futures=the_central_future(), replications=runs // (len(policies) + 1),
    )  # fmt: skip


def of_study(runs: int) -> Row:
    """A row of so many runs of a small study, in one process."""
    with tempfile.TemporaryDirectory() as folder:
        timed(small_study(len(RULES) + 1), Path(folder) / "first")
        found = timed(small_study(runs), Path(folder) / "study")
    return with_draws({**found, "peak_mib": peak_mib()})


def time_runs(parameters: Parameters, region: Region, repeats: int) -> Row:
    """World: 3 years of burn-in (and filling) drawn; policy: 10 years run on it, weekly."""
    from streetlight.model.run import simulation

    policy = build("per_youth")
    keep: dict[str, Any] = {}

    def draw() -> None:
        keep.clear()
        keep["world"] = simulation.draw_world(parameters, region, seed=0, years=YEARS)

    def go() -> None:
        keep.pop("history", None)
        keep["history"] = simulation.run_policy(keep["world"], policy)

    draw()
    go()  # whatever is prepared on first use is not measured
    return {
        "world_seconds": best(draw, repeats),
        "policy_seconds": best(go, repeats),
        "peak_mib": peak_mib(),
        "spells": float(len(keep["history"].truth.spells)),
    }


def as_lines(rows: Iterator[Row]) -> Iterator[str]:
    """A line a row, and one that says what the columns are before the first of each kind."""
    kind = ""
    for row in rows:
        columns = OF_REGION if "communities" in row else OF_STUDY
        if kind != next(iter(columns)):
            kind = next(iter(columns))
            yield "".join(f"{said:>16}" for said, _ in columns.values())
        yield "".join(f"{format(row[name], how):>16}" for name, (_, how) in columns.items())


OF_REGION = {
    "communities": ("communities", ",.0f"), "incidence": ("incidence x", ",.0f"),
    "spells": ("spells", ",.0f"), "world_seconds": ("world s", ".3f"),
    "policy_seconds": ("policy s", ".3f"), "policy_million_draws": ("policy draws", ",.1f"),
    "peak_mib": ("most MiB", ",.0f"),
}  # fmt: skip
OF_STUDY = {
    "runs": ("runs", ",.0f"), "run_seconds": ("runs s", ",.2f"),
    "run_million_draws": ("runs draws", ",.0f"), "tables_seconds": ("tables s", ",.2f"),
    "peak_mib": ("most MiB", ",.0f"), "megabytes": ("folder MB", ",.2f"),
}  # fmt: skip
