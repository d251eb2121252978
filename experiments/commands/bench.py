"""`streetlight bench`: seconds, memory and youth-weeks a second on all US counties."""

from __future__ import annotations

import json
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from streetlight.experiments.commands.bench_scale import YEARS, as_lines, measure_scale, time_runs
from streetlight.experiments.commands.bench_study import measure_study
from streetlight.experiments.commands.timing import best
from streetlight.model.communities.region import Region
from streetlight.model.money.policies import build
from streetlight.model.parameters import Parameters
from streetlight.model.world.communities import community_uniforms
from streetlight.model.world.state import Calendar

WEEKS = 52 * YEARS
#: The plain Mesa model of the whole cascade, and a cascade of five states in as few lines as Mesa
#: allows: what an object a youth costs at the least.  Both are part of the tests.
PLAIN_MODEL, SIMPLE_CASCADE = "tests.plain_model.speed", "tests.plain_model.simple"
PLAIN_YOUTH = 20_000  # of the plain model's region: small enough to wait for

Figures = dict[str, float | None]


def bench(
    *,
    repeats: int = 3,
    scale: bool = False,
    split: bool = False,
    study: bool = False,
    as_json: bool = False,
) -> int:
    """Print what was measured: best of `repeats`, one process, compiled beforehand.

    study: once, a small study by one process and by two (`bench_study`).
    """
    if scale:
        rows = measure_scale(repeats)
        for line in [json.dumps([*rows], indent=2)] if as_json else as_lines(rows):
            print(line, flush=True)
        return 0
    figures: Figures
    if study:
        figures = dict(measure_study())
    else:
        figures = measure_split(repeats) if split else measure(repeats)
    if as_json:
        print(json.dumps(figures, indent=2))
        return 0
    for name, value in figures.items():
        shown = "not measured (no checkout)" if value is None else f"{value:,.3g}"
        print(f"{name:<38}{shown}")
    return 0


def measure(repeats: int = 3) -> Figures:
    """All US counties, and how many times faster that is than one object a youth."""
    region = Region.us_counties()
    figures: Figures = dict(time_runs(Parameters(), region, repeats))
    world, policy = figures["world_seconds"], figures["policy_seconds"]
    assert world and policy
    plain = plain_rate()
    youth_weeks = region.total_youth * WEEKS
    return {
        **figures,
        "youth_weeks_per_second": youth_weeks / policy,
        "mesa_youth_weeks_per_second": plain,
        "simple_mesa_youth_weeks_per_second": simple_rate(),
        "ratio": youth_weeks / policy / plain if plain else None,
        "ratio_with_world": youth_weeks / (world + policy) / plain if plain else None,
    }


def measure_split(repeats: int = 3) -> Figures:
    """Where the seconds of a policy run on all US counties go, and what bounds them.

    `phase_...`: seconds of each phase over the ten years (a call of it from here subtracted);
    `occasions`: calendar entries and starts of spells it goes through; `row_seconds`: copying as
    many rows of spells one after the other; `draw_seconds`: as many keyed draws.
    """
    from streetlight.model.run import simulation

    world = simulation.draw_world(Parameters(), Region.us_counties(), years=YEARS)
    nowhere = simulation.draw_world(Parameters(), Region.synthetic(1, seed=1), years=YEARS)
    copying = best(lambda: simulation.Simulation(world, build("per_youth")), repeats)
    phases = phase_seconds(world, repeats)
    calls = phase_seconds(nowhere, repeats)
    run = simulation.Simulation(world, build("per_youth"))
    run.run()
    occasions = n_occasions(run)
    size = occasions * run.state.spells.itemsize
    rows, copies = (np.ones(size, np.uint8) for _ in range(2))
    keys, drawn = np.ones((occasions, 2), np.uint32), np.ones((2, occasions))
    draw: Any = community_uniforms
    return {
        "copy_seconds": copying,
        **{f"phase_{name}": max(0.0, phases[name] - calls[name]) for name in phases},
        "occasions": float(occasions),
        "row_seconds": best(lambda: np.copyto(copies, rows), repeats),
        "draw_seconds": best(lambda: draw(keys[0], keys, drawn), repeats),
    }


def phase_seconds(world: Any, repeats: int) -> dict[str, float]:
    """Seconds of each phase of a policy run, called one by one: the least of several runs."""
    from streetlight.model.run.simulation import Simulation, Stub
    from streetlight.model.week.week import PHASES

    least: dict[str, float] = {}
    for _ in range(repeats):
        spent = dict.fromkeys(PHASES, 0.0)

        def timed(name: str, spent: dict[str, float] = spent) -> Stub:
            def phase(sim: Simulation, when: Any) -> None:
                start = time.perf_counter()
                PHASES[name](sim.state, when)
                spent[name] += time.perf_counter() - start

            return phase

        Simulation(world, build("per_youth"), phases={name: timed(name) for name in PHASES}).run()
        least = {name: min(seconds, least.get(name, seconds)) for name, seconds in spent.items()}
    return least


def n_occasions(run: Any) -> int:
    """Calendar entries of the policy years, and first spells that start in them."""
    state, first = run.state, run.clock.first_policy_step
    steps = state.calendar[first:]
    starts = steps[-1, Calendar.FIRST] - steps[0, Calendar.FIRST]
    prepared = len(state.prepared) - steps[0, Calendar.PREPARED]
    return int(prepared + starts + steps[:, Calendar.ENTERED].sum())


def from_the_tests(name: str) -> Any:
    """A module of the tests, if this is a checkout that has them and what they need."""
    checkout = Path(__file__).parents[2]
    if not (checkout / f"{name.replace('.', '/')}.py").is_file():
        return None
    sys.path.insert(0, str(checkout))
    try:
        return import_module(name)
    except ModuleNotFoundError:
        return None
    finally:
        sys.path.remove(str(checkout))


def plain_rate() -> float | None:
    """Youth-weeks a second of the plain Mesa model: one town, no filling, a year of burn-in."""
    plain = from_the_tests(PLAIN_MODEL)
    if plain is None:
        return None
    short = {"time.filling_years": 0, "time.burn_in_years": 1}
    region = Region.of(ids=["A"], population=[10.0 * PLAIN_YOUTH], youth=[float(PLAIN_YOUTH)])
    return float(plain.youth_weeks_per_second(Parameters().with_values(short), region))


def simple_rate() -> float | None:
    """Youth-weeks a second of the simple cascade."""
    simple = from_the_tests(SIMPLE_CASCADE)
    return None if simple is None else float(simple.youth_weeks_per_second())
