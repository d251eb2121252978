"""Streetlight: the truth, the record, and policies that may see only the record.

    >>> import streetlight as sl
    >>> region = sl.Region.synthetic(n_communities=12, seed=1)
    >>> history = sl.simulate(sl.Parameters(), region, sl.policies.per_youth(budget=0.50), years=2)
    >>> int(history.record.published_reports.sum()) < len(history.truth.spells)
    True

- One run: `Parameters`, `Region`, a policy of `policies`, then `simulate`, which gives a `History`
  with `truth` and `record`. `draw_world` and `run_policy` let several policies meet one world, and
  `outcomes.summarise` counts what a run did. `ReportingModel` is the same run week by week.
- A rule of your own: a function from a `RecordView` or a `PlanningView`, in a `Policy`. A metric of
  your own: a function under `metric`.
- An experiment: `load` a file or build an `Experiment`, `run` it into a folder, open the folder as
  `Results`, `compare` its policies, `replay` one of its runs, `write_report`.

Rules, mixes and levers are reached through `policies`, estimators through
`streetlight.model.inference`. Examples take `streetlight` to be imported as `sl`, numpy as `np`.

Everything named here is loaded when it is first used (PEP 562), so that `import streetlight` costs
nothing and `streetlight.policies` loads nothing of the truth.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from streetlight.experiments.analyse.whole import Comparison as Comparison
    from streetlight.experiments.analyse.whole import compare as compare
    from streetlight.experiments.config.loading import load as load
    from streetlight.experiments.experiment import ComparedMetric as ComparedMetric
    from streetlight.experiments.experiment import Experiment as Experiment
    from streetlight.experiments.experiment import Future as Future
    from streetlight.experiments.metrics import metric as metric
    from streetlight.experiments.report.write import write_report as write_report
    from streetlight.experiments.results import Results as Results
    from streetlight.experiments.running.manifest import RunResult as RunResult
    from streetlight.experiments.running.replay import Replay as Replay
    from streetlight.experiments.running.replay import replay as replay
    from streetlight.experiments.running.runner import run as run
    from streetlight.model import outcomes as outcomes
    from streetlight.model.agents.model import ReportingModel as ReportingModel
    from streetlight.model.communities.region import Region as Region
    from streetlight.model.errors import InputError as InputError
    from streetlight.model.errors import StreetlightError as StreetlightError
    from streetlight.model.money import policies as policies
    from streetlight.model.money.policy import Policy as Policy
    from streetlight.model.names import PlaceClass as PlaceClass
    from streetlight.model.parameters import Parameters as Parameters
    from streetlight.model.record.record import Record as Record
    from streetlight.model.record.view import PlanningView as PlanningView
    from streetlight.model.record.view import RecordView as RecordView
    from streetlight.model.run.history import History as History
    from streetlight.model.run.history import Truth as Truth
    from streetlight.model.run.simulation import draw_world as draw_world
    from streetlight.model.run.simulation import run_policy as run_policy
    from streetlight.model.run.simulation import simulate as simulate
    from streetlight.model.world.shocks import Shock as Shock
    from streetlight.model.world.world import World as World

    __version__: str

#: The module that each name comes from.
_HOME = {
    "ComparedMetric": "experiments.experiment",
    "Comparison": "experiments.analyse.whole",
    "Experiment": "experiments.experiment",
    "Future": "experiments.experiment",
    "History": "model.run.history",
    "InputError": "model.errors",
    "Parameters": "model.parameters",
    "PlaceClass": "model.names",
    "PlanningView": "model.record.view",
    "Policy": "model.money.policy",
    "Record": "model.record.record",
    "RecordView": "model.record.view",
    "Region": "model.communities.region",
    "Replay": "experiments.running.replay",
    "ReportingModel": "model.agents.model",
    "Results": "experiments.results",
    "RunResult": "experiments.running.manifest",
    "Shock": "model.world.shocks",
    "StreetlightError": "model.errors",
    "Truth": "model.run.history",
    "World": "model.world.world",
    "compare": "experiments.analyse.whole",
    "draw_world": "model.run.simulation",
    "load": "experiments.config.loading",
    "metric": "experiments.metrics",
    "outcomes": "model.outcomes",
    "policies": "model.money.policies",
    "replay": "experiments.running.replay",
    "run": "experiments.running.runner",
    "run_policy": "model.run.simulation",
    "simulate": "model.run.simulation",
    "write_report": "experiments.report.write",
}

#: Names of modules, as against what a module holds.
_MODULES = ("outcomes", "policies")

__all__ = [*_HOME]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    """Load the module that a name comes from, and keep what it holds under that name."""
    if name == "__version__":
        from importlib.metadata import version

        return version(__name__)
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = import_module(f"{__name__}.{_HOME[name]}")
    found = home if name in _MODULES else getattr(home, name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME, "__version__"})
