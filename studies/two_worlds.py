"""Two worlds, one record: the tables and the figure of docs/two-worlds.md.

    python -m studies.two_worlds [--reading mixed] [--figures docs/figures]

An invented region in two settings. In one there is two and a half times as much victimization, and
its attention is solved (`studies/two_worlds_pair.py`) so that expected reports by channel, false
ones too, and identified youth are those of the other. Worlds of both are drawn afresh, and told
apart by what can be seen of them (`studies/two_worlds_seen.py`).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from streetlight.experiments.analyse.intervals import estimate
from streetlight.experiments.analyse.likeness import READINGS
from streetlight.model.arrays import FloatArray
from streetlight.model.communities.region import Region
from streetlight.model.money.policies import build
from streetlight.model.parameters import Parameters
from streetlight.model.run.history import History
from streetlight.model.run.simulation import draw_world, run_policy
from streetlight.model.world.shocks import Shock
from studies import two_worlds_seen as seen
from studies.diagnose import change
from studies.league import print_lines
from studies.two_worlds_figure import draw
from studies.two_worlds_pair import FACTORS, Dimmed, dimmed, outside_ranges
from studies.two_worlds_seen import SETTINGS, Seen, Telling, accuracy, survey_dollars

#: Victimization of the second setting over that of the first.
TIMES = 2.5
#: Policy years: with the burn-in there are eight years of record.
YEARS = 5
#: Policy year in which what has a known date begins, and the record year.
EVENT, EVENT_OF_RECORD = 2, 5
#: What may happen at a known date, and its size: one standard campaign or training a year, all
#: platforms under a law.
EVENTS = {"campaign": 1.0, "training": 1.0, "mandate": 1.0}
#: Places that are asked by a survey.
SURVEYS = (1, 2, 4, 10)
SAY_SO = Parameters.all_cards()["levers.survey_disclosed"]
#: What the money buys, dollars a resident and year, and for how long.
MIXES: Mapping[str, Any] = {
    "balanced": "balanced", "training only": "training_only", "services first": "services_first",
    "prevention groups only": {"prevention": 1.0},
}  # fmt: skip
BUDGET, POLICY_YEARS = 0.50, 10

#: What is seen of a world, by the name of the source.
Looked = Mapping[str, Seen]


def small_region() -> Region:
    """An invented region of sixty places in five areas."""
    return Region.synthetic(60, seed=1, n_states=5)


def usual(reading: str = "mixed") -> Parameters:
    """The defaults in a reading of attention; the rate of onset is that of the region."""
    return Parameters().with_values({"incidence.normalise": "region", "attention.reading": reading})


def more_victims(base: Parameters, times: float = TIMES) -> dict[str, float]:
    """The values of more victimization."""
    return {"incidence.onset_rate": base.incidence.onset_rate * times}


# ------------------------------------------------------------------------------ worlds


def histories(
    p: Parameters, region: Region, future: str, n: int, shocks: Sequence[Shock] = ()
) -> list[Callable[[], History]]:
    """So many worlds of a setting without added money, each run when it is asked for."""

    def run(replicate: int) -> History:
        world = draw_world(
            p, region, future=future, replicate=replicate, years=YEARS, shocks=shocks
        )
        return run_policy(world, build("none"))

    return [partial(run, r) for r in range(n)]


def look(history: History) -> dict[str, Seen]:
    """Everything that can be seen of a world in which nothing happens at a known date."""
    luck, say_so = history.replicate, history.parameters.levers.survey_disclosed
    found = {
        "truth": seen.truth(history),
        "published": seen.published(history),
        "own": seen.own_files(history),
        "linked": seen.linked(history),
        "delay": seen.delay(history),
    }
    for k in SURVEYS:
        found[f"survey {k}"] = seen.survey(history, k, (say_so, say_so), luck)
        found[f"survey {k}, share unknown"] = seen.survey(
            history, k, (SAY_SO.low, SAY_SO.high), luck
        )
    return found


def looked_at(p: Parameters, region: Region, future: str, n: int) -> list[dict[str, Seen]]:
    """What is seen of so many worlds of a setting."""
    return [look(run()) for run in histories(p, region, future, n)]


def with_event(p: Parameters, region: Region, future: str, n: int, kind: str) -> list[Seen]:
    """Agencies' own counts before and after what happens everywhere at a known date."""
    shocks = change(kind, region.ids, EVENTS[kind], True, EVENT, YEARS - EVENT)
    runs = histories(p, region, f"{future}, {kind}", n, shocks)
    return [seen.before_and_after(run(), EVENT_OF_RECORD) for run in runs]


def of(worlds: Sequence[Looked], source: str) -> list[Seen]:
    """One source of all worlds."""
    return [one[source] for one in worlds]


# ------------------------------------------------------------------------------ what tells them


def campaign_dollars(region: Region) -> float:
    """Standard campaigns everywhere in each year since the event."""
    costs, people = Parameters().costs, region.population.sum() / 1e5
    yearly = people * costs.campaign_unit_cost + region.n_communities * costs.campaign_fixed_cost
    return float((YEARS - EVENT) * yearly)


def training_dollars(region: Region) -> float:
    """All staff trained in each year since the event, as if for the first time."""
    costs, p = Parameters().costs, Parameters().training
    staff = sum(p.staff) * region.population.sum() / 1e5
    yearly = staff * costs.training_unit_cost + region.n_communities * costs.training_fixed_cost
    return float((YEARS - EVENT) * yearly)


class Settings(NamedTuple):
    """The first setting, and those with more victimization.

    dim: all of attention solved; visible: likewise, where youth differ in visibility; platforms:
    platforms see as well as in the first; control: attention as in the first.
    """

    usual: Parameters
    dim: Dimmed
    visible: Dimmed
    platforms: Dimmed
    control: Dimmed


def settings(region: Region, reading: str) -> Settings:
    """Every setting of the study, solved."""
    base = usual(reading)
    more = more_victims(base)
    differ = Parameters.all_cards()["encounter.visibility_cv"].high
    return Settings(
        base,
        dimmed(base, region, more),
        dimmed(base, region, {**more, "encounter.visibility_cv": differ}),
        dimmed(base, region, more, kept=["platform"]),
        dimmed(base, region, more, kept=FACTORS),
    )


def sources(
    region: Region, found: Settings, some: list[dict[str, Seen]], others: list[dict[str, Seen]]
) -> list[Telling]:
    """Every source with its accuracy, some: worlds of the first setting, others: of the second."""
    n = len(some)

    def row(label: str, source: str, against: Sequence[Looked], *dollars: float) -> Telling:
        return Telling(label, accuracy(of(some, source), of(against, source)), *dollars)

    visible = looked_at(found.visible.parameters, region, "visible", n)
    platforms = looked_at(found.platforms.parameters, region, "platforms", n)
    control = looked_at(found.control.parameters, region, "control", n)
    rows = [
        row("published record", "published", others),
        row("published record, attention alike (control)", "published", control),
        row("agencies' own counts by channel, calls", "own", others),
        row("own counts, attention alike (control)", "own", control),
        row("time from recalled onset to report", "delay", others),
        row("persons linked across agencies", "linked", others),
        row("persons linked, youth differ in visibility", "linked", visible),
        row("own counts, where platforms see as well in both", "own", platforms),
    ]
    events = {
        (kind, name): with_event(p, region, name, n, kind)
        for kind, name, p in (
            *((kind, "usual", found.usual) for kind in EVENTS),
            *((kind, "dim", found.dim.parameters) for kind in EVENTS),
            ("mandate", "platforms", found.platforms.parameters),
        )
    }
    dollars = {"campaign": (campaign_dollars(region),), "training": (training_dollars(region),)}
    for kind in EVENTS:
        told = accuracy(events[kind, "usual"], events[kind, "dim"])
        rows.append(
            Telling(f"own counts around a {kind} of known date", told, *dollars.get(kind, ()))
        )
    told = accuracy(events["mandate", "usual"], events["mandate", "platforms"])
    rows.append(Telling("a mandate, where platforms see as well in both", told))
    for ending in ("", ", share unknown"):
        rows += [
            row(f"survey of {k * seen.ASKED:,} youth{ending}", f"survey {k}{ending}", others,
                survey_dollars(k))
            for k in SURVEYS
        ]  # fmt: skip
    return rows


# ------------------------------------------------------------------------------ money


def averted(p: Parameters, region: Region, future: str, n: int) -> dict[str, FloatArray]:
    """Person-years averted per million dollars by mix, paired with no spending: (n,) each."""
    found: dict[str, list[float]] = {name: [] for name in MIXES}
    for r in range(n):
        world = draw_world(p, region, future=future, replicate=r, years=POLICY_YEARS)
        steps = run_policy(world, build("none")).truth.policy_steps.sum()
        for name, mix in MIXES.items():
            history = run_policy(world, build("per_youth", budget=BUDGET, mix=mix))
            years = (steps - history.truth.policy_steps.sum()) / world.clock.steps_per_year
            found[name].append(years / (history.spending.spent.sum() / 1e6))
    return {name: np.array(one) for name, one in found.items()}


# ------------------------------------------------------------------------------ what is printed


def between(values: FloatArray) -> str:
    """A mean, and what nine in ten worlds lie between."""
    low, high = np.nanquantile(values, (0.05, 0.95))
    return f"{number(np.nanmean(values))} ({number(low)} to {number(high)})"


def number(value: Any) -> str:
    """Three digits, and all digits of what is above a thousand."""
    return f"{value:,.0f}" if abs(value) >= 100.0 else f"{value:.3g}"


def overlap(some: Sequence[Seen], others: Sequence[Seen]) -> list[str]:
    """A row a number of the record: both settings, and how much of one lies in the other."""
    lines = ["| seen in eight years | " + " | ".join(SETTINGS) + " | of the second within nine in "
             "ten of the first |", "| --- | --- | --- | --- |"]  # fmt: skip
    for name in some[0]:
        x, y = (np.array([one[name] for one in worlds]) for worlds in (some, others))
        low, high = np.nanquantile(x, (0.05, 0.95))
        inside = 100.0 * ((y >= low) & (y <= high)).mean()
        lines.append(f"| {name} | {between(x)} | {between(y)} | {inside:.0f}% |")
    return lines


def solved_rows(found: Settings) -> list[str]:
    """A row a solved setting: the factors, and what differs still."""
    lines = ["| setting | " + " | ".join(found.dim.factors) + " | off | off by class |",
             "| --- " * (len(found.dim.factors) + 3) + "|"]  # fmt: skip
    for name in ("dim", "visible", "platforms"):
        one: Dimmed = getattr(found, name)
        cells = " | ".join(f"{x:.3f}" for x in one.factors.values())
        lines.append(f"| {name} | {cells} | {one.off:.1e} | {one.off_by_class:.3f} |")
        outside = outside_ranges(one.parameters, found.usual)
        lines.append(f"outside the range of their cards: {', '.join(outside) or 'none'}")
    return lines


def told_rows(rows: Sequence[Telling]) -> list[str]:
    """A row a source."""
    lines = ["| what is seen | worlds told right | dollars |", "| --- | --- | --- |"]
    for source, told, dollars in rows:
        interval = f"{told.share:.0%} ({told.low:.0%} to {told.high:.0%})"
        lines.append(f"| {source} | {interval} | {'-' if dollars is None else number(dollars)} |")
    return lines


def averted_rows(money: Sequence[Mapping[str, FloatArray]]) -> list[str]:
    """A row a mix: person-years averted per million dollars in both settings, and their ratio."""
    lines = ["| money by head, spent on | " + " | ".join(SETTINGS) + " | ratio |",
             "| --- | --- | --- | --- |"]  # fmt: skip
    for mix in MIXES:
        cells = []
        for one in money:
            e = estimate(one[mix][None])
            cells.append(f"{number(e.mean)} ({number((e.high - e.low) / 2.0)})")
        ratio = money[1][mix].mean() / money[0][mix].mean()
        lines.append(f"| {mix} | {' | '.join(cells)} | {ratio:.2f} |")
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables, and draw the figure if asked to."""
    parser = argparse.ArgumentParser(prog="python -m studies.two_worlds", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--worlds", type=int, default=200, help="of each setting")
    parser.add_argument("--paired", type=int, default=40, help="worlds in which money is spent")
    parser.add_argument("--reading", choices=READINGS, default="mixed", help="of attention")
    parser.add_argument("--figures", type=Path)
    given = parser.parse_args(arguments)
    if given.figures:  # before the work, not after it
        given.figures.mkdir(parents=True, exist_ok=True)
    region = small_region()
    found = settings(region, given.reading)
    print_lines(solved_rows(found))
    pair = {"usual": found.usual, "dim": found.dim.parameters}
    worlds = [looked_at(p, region, name, given.worlds) for name, p in pair.items()]
    print_lines(overlap(of(worlds[0], "truth"), of(worlds[1], "truth")))
    print_lines(overlap(of(worlds[0], "published"), of(worlds[1], "published")))
    rows = sources(region, found, *worlds)
    print_lines(told_rows(rows))
    money = [averted(p, region, name, given.paired) for name, p in pair.items()]
    print_lines(averted_rows(money))
    if given.figures:
        draw(given.figures, worlds, rows, money)
    return 0


if __name__ == "__main__":
    sys.exit(main())
