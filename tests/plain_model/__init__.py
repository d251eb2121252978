"""docs/model.md a second time: one Mesa agent a youth, sharing no code with the engine.

The only things taken from `model/` are the parameters and the region (inputs, not equations).
`PlainModel(parameters, region, years=..., seed=..., ...)`, `.run()`, `.outcomes()`.
"""

from .model import LEVELS, PlainModel

__all__ = ["LEVELS", "PlainModel"]
