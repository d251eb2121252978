"""Streetlight's science: the truth, the record, and the policies that may see only the record.

Everything named here is loaded on first use (PEP 562), so that `import model` costs nothing and
`import model.policies` loads nothing of the truth.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from model import policies as policies
    from model.agents import ReportingModel as ReportingModel
    from model.history import History as History
    from model.parameters import Parameters as Parameters
    from model.record_view import RecordView as RecordView
    from model.region import Region as Region
    from model.simulation import draw_world as draw_world
    from model.simulation import run_policy as run_policy
    from model.simulation import simulate as simulate

#: Where each name is found.
_HOME = {
    "History": "model.history",
    "Parameters": "model.parameters",
    "RecordView": "model.record_view",
    "Region": "model.region",
    "ReportingModel": "model.agents",
    "draw_world": "model.simulation",
    "policies": "model.policies",
    "run_policy": "model.simulation",
    "simulate": "model.simulation",
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
