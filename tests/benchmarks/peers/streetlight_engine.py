"""Streetlight: all US counties with every mechanism, a world and a policy of ten years on it.

It has no cascade of five states: its youth tell, are seen by five kinds of responders, wait for
investigators, come back; places learn and spend.  `n_youth` and `weeks` are its own.
"""

from __future__ import annotations

from streetlight.experiments.commands.bench import n_occasions
from streetlight.model.communities.region import Region
from streetlight.model.money.policies import build
from streetlight.model.names import Tally
from streetlight.model.parameters import Parameters
from streetlight.model.run.simulation import Simulation, draw_world
from tests.benchmarks.peers.cascade import Outcome

YEARS = 10
COUNTED = (Tally.REPORTS, Tally.IDENTIFIED)


def run(n_youth: int, weeks: int, seed: int) -> Outcome:
    """Spells that begin, end or become known, reports and identifications of the policy years."""
    region = Region.us_counties() if weeks == 52 * YEARS else Region.synthetic(4, seed=1)
    world = draw_world(Parameters(), region, seed=seed, years=YEARS)
    simulation = Simulation(world, build("per_youth"))
    simulation.run()
    truth = simulation.history().truth
    first, last = truth.clock.first_policy_step, truth.clock.n_steps
    events = sum(
        int(((truth.spells[name] >= first) & (truth.spells[name] < last)).sum())
        for name in ("start", "end", "known_at")
    )
    events += sum(int(truth.tally(one).sum()) for one in COUNTED)
    return Outcome(int(region.total_youth), None, events, n_occasions(simulation))
