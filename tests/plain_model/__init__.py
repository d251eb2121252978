"""docs/model.md a second time: one Mesa agent a youth, sharing no code with the engine.

The only things taken from `model/` are the parameters, the region and the numbers that start a
run (inputs, not equations).  `PlainModel(parameters, region, years=..., seed=..., ...)`, `.run()`,
`.outcomes()`.  Beside it: `settings`, `engine_side` and `compare` hold the engine against it,
`speed` and `simple` say how fast it and a bare loop of agents are.
"""

from .model import LEVELS, PlainModel

__all__ = ["LEVELS", "PlainModel"]
