"""mesa-frames: a data frame of youth, changed by expressions of polars."""

from __future__ import annotations

import numpy as np
import polars as pl
from mesa_frames import AgentSetPolars, ModelDF

from tests.benchmarks.peers.cascade import EXIT, NEXT, REPORTED, Outcome

STATE = pl.col("state")


class Youth(AgentSetPolars):
    """All youth."""

    def __init__(self, model: ModelDF, n_youth: int, seed: int) -> None:
        super().__init__(model)
        self.rng, self.n_events = np.random.default_rng(seed), 0
        ids = pl.Series("unique_id", np.arange(n_youth))
        self.add(pl.DataFrame([ids, pl.Series("state", np.zeros(n_youth, np.int8))]))

    def step(self) -> None:
        """One week of everybody."""
        n = len(self)
        drawn = self.agents.with_columns(
            pl.Series("to_next", self.rng.random(n)), pl.Series("to_exit", self.rng.random(n))
        )
        advanced = pl.col("to_next") < STATE.replace_strict(range(4), NEXT, return_dtype=pl.Float64)
        left = pl.col("to_exit") < STATE.replace_strict(range(4), EXIT, return_dtype=pl.Float64)
        after = pl.when(advanced & (STATE < REPORTED)).then(STATE + 1)
        after = after.when(advanced | left).then(0).otherwise(STATE).cast(pl.Int8)
        found = drawn.select("unique_id", state=after)
        self.n_events += int((found["state"] != self.agents["state"]).sum())
        self.agents = found


def run(n_youth: int, weeks: int, seed: int) -> Outcome:
    """Two uniform numbers a youth and week."""
    model = ModelDF()
    youth = Youth(model, n_youth, seed)
    model.agents += youth
    (held,) = model.agents._agentsets
    for _ in range(weeks):
        model.agents.do("step")
    at_end = np.bincount(held.agents["state"].to_numpy(), minlength=4)
    return Outcome(n_youth, tuple(at_end), held.n_events, n_youth * weeks)
