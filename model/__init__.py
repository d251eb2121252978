"""Streetlight's science: the truth, the record, and the policies that may see only the record.

Everything named here is loaded on first use (PEP 562), so that `import model` costs nothing and
`import model.policies` loads nothing of the truth.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from streetlight.model.agents.model import ReportingModel as ReportingModel
    from streetlight.model.communities.region import Region as Region
    from streetlight.model.money import policies
    from streetlight.model.parameters import Parameters as Parameters
    from streetlight.model.record.view import RecordView as RecordView
    from streetlight.model.run.history import History as History
    from streetlight.model.run.simulation import draw_world as draw_world
    from streetlight.model.run.simulation import run_policy as run_policy
    from streetlight.model.run.simulation import simulate as simulate

#: Where each name is found.
_HOME = {
    "History": "streetlight.model.run.history",
    "Parameters": "streetlight.model.parameters",
    "RecordView": "streetlight.model.record.view",
    "Region": "streetlight.model.communities.region",
    "ReportingModel": "streetlight.model.agents.model",
    "draw_world": "streetlight.model.run.simulation",
    "policies": "streetlight.model.money.policies",
    "run_policy": "streetlight.model.run.simulation",
    "simulate": "streetlight.model.run.simulation",
}

__all__ = [*_HOME]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    """Load the module that a name comes from, and keep what it holds under that name."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = import_module(_HOME[name])
    found = home if home.__name__ == f"{__name__}.{name}" else getattr(home, name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
