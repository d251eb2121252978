"""The reference runs: `tiny`, 150 US counties, and small worlds with everything in use.

Each golden world is a function that yields runs: a name, a history, and the history of the baseline
of the same world.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import numpy as np

from streetlight import policies
from streetlight.experiments.config.loading import load
from streetlight.experiments.quick import every_kth_by_size
from streetlight.model.communities.region import Region
from streetlight.model.money.policies import MIXES, RULES, Policy
from streetlight.model.names import LEVER_NAMES
from streetlight.model.parameters import Parameters
from streetlight.model.run.history import History
from streetlight.model.run.simulation import Simulation, draw_world, run_policy
from streetlight.model.week.week import WEEK
from streetlight.model.world.shocks import KINDS, Shock, sizes
from streetlight.model.world.state import When
from streetlight.model.world.world import World

from .names import first_name

TINY = Path(__file__).parents[2] / "experiments" / "tiny.yaml"

#: A name, the run, the baseline in the same world.
Run = tuple[str, History, History]


def tiny() -> Iterator[Run]:
    """The shipped experiment of that name: both futures, both replicates, all policies."""
    experiment = load(TINY)
    for future in experiment.futures:
        for replicate in range(experiment.replications):
            world = draw_world(
                future.parameters, experiment.region, seed=experiment.seed, future=future.name,
                replicate=replicate, years=experiment.horizon, shocks=future.shocks,
            )  # fmt: skip
            yield from all_runs(
                world, experiment.all_policies(), f"{future.name} {replicate}, {{}}"
            )


def counties() -> Iterator[Run]:
    """150 US counties of all sizes for three years."""
    region = every_kth_by_size(Region.us_counties(), 150)
    world = draw_world(Parameters(), region, seed=1, years=3)
    compared = (policies.none(), policies.equal_shares(), policies.last_years_counts())
    yield from all_runs(world, compared, "{}")


def all_runs(world: World, compared: tuple[Policy, ...], name: str) -> Iterator[Run]:
    """A run of each policy in a world, the first one being the baseline."""
    baseline = run_policy(world, compared[0])
    yield name.format(compared[0].name), baseline, baseline
    for policy in compared[1:]:
        yield name.format(policy.name), run_policy(world, policy), baseline


# ------------------------------------------------------------------------ everything in use

#: Enough victimization for every mechanism to be at work in small places and few years; an agency
#: that leaves nothing out of its plans.
BUSY = {
    "incidence.onset_rate": 2000.0, "incidence.normalise": "region", "agency.leaves_out": "nothing",
}  # fmt: skip

#: Steps of four weeks: what an agency expects is then worked out in a tenth of the time.
LONG_STEPS = {"time.steps_per_year": 13}

#: The same money for every lever.
EVERY_LEVER = dict.fromkeys(LEVER_NAMES, 1.0 / len(LEVER_NAMES))


#: Settings of rules that would give to all 24 places alike otherwise.
SETTINGS = {"hotspots": {"k": 6}, "hotspot_rates": {"k": 6}}


def places() -> Region:
    """24 invented places with 600,000 people, and a placebo that differs between them."""
    region = Region.synthetic(24, seed=2, population=600_000)
    return replace(region, covariate=np.linspace(-1.0, 1.0, 24))


def every_lever() -> Policy:
    """A policy with a rule and a planner in it that buys every lever, surveys among them."""
    parts = {
        policies.equal_shares(mix=EVERY_LEVER, budget=8.0): 0.8,
        policies.planned_portfolio(budget=8.0): 0.2,
    }
    return policies.blend(parts, name="every_lever")


@dataclass(frozen=True)
class Case:
    """A run: what differs from the busy world, and from the policy that buys every lever."""

    values: dict[str, Any] = field(default_factory=dict)
    policy: Policy = field(default_factory=every_lever)
    world: dict[str, Any] = field(default_factory=dict)
    phases: dict[str, Any] = field(default_factory=dict)


def everything() -> Iterator[Run]:
    """Every switch, choice, rule, planner, mix, lever, shock and stub, one after the other."""
    region = places()
    drawn: dict[str, tuple[World, History]] = {}
    for name, case in cases(region).items():
        key = repr((case.values, case.world))
        if key not in drawn:
            parameters = Parameters().with_values({**BUSY, **case.values})
            world = draw_world(parameters, region, **{"years": 2, **case.world})
            drawn[key] = world, run_policy(world, policies.none())
        world, baseline = drawn[key]
        run = Simulation(world, case.policy, phases=case.phases)
        run.run()
        yield name, run.history(), baseline


def cases(region: Region) -> dict[str, Case]:
    """Every case by name; the first two are what all others differ from in one thing."""
    bought = policies.equal_shares(mix=EVERY_LEVER, budget=8.0)
    return {
        "as it is": Case(),
        "long steps": Case(LONG_STEPS),
        **switch_cases(),
        **choice_cases(),
        **policy_cases(),
        **shock_cases(region),
        **stub_cases(),
        "half weeks": Case({"time.steps_per_year": 104}, bought),
        "tight capacity": long_steps("assessment.utilisation", 2.0),
        "decisions at once": long_steps("assessment.investigation_weeks", 0.0),
        "a placebo with weight": long_steps("incidence.covariate_effect", 0.5),
        "true youth": long_steps("incidence.youth_spread", 0.018),
        "unlike staff": long_steps("training.staff_ratio", (1.2, 1.0, 0.8, 0.6)),
        "a named future": Case(world={"future": "another", "replicate": 1, "seed": 3}),
        "a numbered future": Case(world={"future": 2, "replicate": 1, "seed": 3}),
    }


def long_steps(parameter: str, value: Any) -> Case:
    """One parameter changed, in long steps."""
    return Case({**LONG_STEPS, parameter: value})


def switch_cases() -> dict[str, Case]:
    """Each switch turned the other way."""
    return {
        f"switch {first_name('switches', name)}": long_steps(f"switches.{name}", not on)
        for name, on in Parameters().switches
    }


def choice_cases() -> dict[str, Case]:
    """Each parameter that is a choice between words, at each of its words but the one in use."""
    found = {}
    for group, holder in Parameters().with_values(BUSY):
        for name, info in type(holder).model_fields.items():
            if get_origin(info.annotation) is Literal:
                for word in get_args(info.annotation):
                    if word != getattr(holder, name):
                        title = f"choice {first_name('choices', name)} {word}"
                        found[title] = long_steps(f"{group}.{name}", word)
    return found


def policy_cases() -> dict[str, Case]:
    """Each rule and planner, each mix, each lever alone, teams, and policies made of policies."""
    rules = {
        f"rule {first_name('rules', name)}": (
            policies.build(name, budget=2.0, mix=EVERY_LEVER, **SETTINGS.get(name, {}))
            if info.spends
            else policies.build(name)
        )
        for name, info in RULES.items()
    }  # fmt: skip
    mixes = {
        f"mix {first_name('mixes', name)}": policies.per_youth(mix=name, budget=2.0)
        for name in MIXES
    }
    levers = {
        f"lever {first_name('levers', name)}": policies.per_youth(mix={name: 1.0}, budget=2.0)
        for name in LEVER_NAMES
    }
    others = {
        "little money, carried": policies.equal_shares(mix=EVERY_LEVER, budget=0.5),
        "regional teams": policies.equal_shares(mix=EVERY_LEVER, budget=1.0, teams="regional"),
        "one after the other": policies.schedule(
            {0: policies.exploration_floor(budget=2.0), 1: policies.estimate_based(budget=2.0)},
            name="one_after_the_other",
        ),
    }
    made = {**rules, **mixes, **levers, **others}
    return {name: Case(policy=policy) for name, policy in made.items()}


def shock_cases(region: Region) -> dict[str, Case]:
    """Each kind of shock alone, in the first half of the communities."""
    struck = region.ids[: len(region.ids) // 2]
    return {
        f"shock {first_name('shocks', kind)}": Case(
            world={
                "shocks": (Shock(kind, struck, week=20, weeks=30, size=min(2.0, sizes(kind)[1])),)
            }
        )
        for kind in KINDS
    }


def stub_cases() -> dict[str, Case]:
    """Each phase of the week replaced by a stub that does nothing."""
    return {
        f"no phase {first_name('phases', name)}": Case(phases={name: does_nothing}) for name in WEEK
    }


def does_nothing(simulation: Simulation, when: When) -> None:
    """A stub that does nothing."""


GOLDEN: dict[str, Callable[[], Iterator[Run]]] = {
    "tiny": tiny, "counties": counties, "everything": everything,
}  # fmt: skip
