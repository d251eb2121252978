"""Mesa: an object a youth (`tests.plain_model.simple`)."""

from __future__ import annotations

from tests.benchmarks.peers.cascade import Outcome
from tests.plain_model.simple import SimpleCascade


def run(n_youth: int, weeks: int, seed: int) -> Outcome:
    """Every youth has a turn every week."""
    model = SimpleCascade(n_youth, seed)
    for _ in range(weeks):
        model.step()
    at_end = [0] * 4
    for youth in model.agents:
        at_end[youth.state] += 1
    events = sum(model.events.values())
    model.release()
    return Outcome(n_youth, tuple(at_end), events, n_youth * weeks)
