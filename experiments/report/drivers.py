"""What drives the difference and when the preferred plan fails, from the futures already run.

The pair of plans is the one last asked about by `streetlight sensitivity` or `discover` in this
folder; otherwise the best ranked against the second.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from streetlight.experiments.drivers.discover import discover, failures
from streetlight.experiments.drivers.indices import INDICES
from streetlight.experiments.drivers.inputs import Inputs, read_inputs
from streetlight.experiments.drivers.pairs import enough, read_pair
from streetlight.experiments.drivers.sensitivity import given_data
from streetlight.experiments.drivers.sentences import discovered
from streetlight.experiments.figures import draw_discover, draw_sensitivity
from streetlight.experiments.figures.picture import Absent, Picture
from streetlight.experiments.figures.picture import attempted as guarded
from streetlight.experiments.running.store import read_json
from streetlight.model.errors import InputError


def driver_pictures(folder: Path, config: Mapping[str, Any]) -> list[Picture | Absent]:
    """The figures of sensitivity and discovery; absent where too few futures were sampled."""
    try:
        inputs = read_inputs(folder, config)
        enough(folder, len(inputs.futures))
    except InputError as error:
        reason = str(error).removeprefix(f"{folder}: ").replace(str(folder), "RESULTS")
        reason = f"This folder {reason}." if reason.startswith("holds") else f"{reason}."
        command = "streetlight run CONFIG, with 64 futures under `futures: sampled:`"
        return [Absent(name, reason, command) for name in ("sensitivity", "discover")]
    return [
        attempted("sensitivity", lambda: sensitivity_picture(folder, config, inputs)),
        attempted("discover", lambda: discover_picture(folder, config, inputs)),
    ]


def attempted(name: str, make: Callable[[], Picture | Absent]) -> Picture | Absent:
    """The figure, or why there is none."""
    try:
        return guarded(name, make)
    except InputError as error:
        return Absent(name, f"{error}.", f"streetlight {name} RESULTS")


def asked(folder: Path, name: str) -> dict[str, Any]:
    """What was last asked in this folder: policy, against, metric, method, threshold.

    Empty if nothing was, or the file of it is damaged.
    """
    found = read_json(folder / f"{name}.json") or {}
    threshold = found.get("threshold")
    if not all(isinstance(found.get(key), str) for key in (*PAIR, "method")):
        return {}
    is_number = isinstance(threshold, (int, float)) and not isinstance(threshold, bool)
    return found if is_number or threshold is None else {}


def sensitivity_picture(folder: Path, config: Mapping[str, Any], inputs: Inputs) -> Picture:
    """What drives the difference."""
    last = asked(folder, "sensitivity")
    method = last.get("method")
    if method not in INDICES:
        last, method = {}, "pawn"
    pair = read_pair(folder, config, inputs.futures, *(last.get(k) for k in PAIR))
    return draw_sensitivity.picture(given_data(inputs, pair, method))


def discover_picture(folder: Path, config: Mapping[str, Any], inputs: Inputs) -> Picture | Absent:
    """When the preferred plan fails."""
    last = asked(folder, "discover")
    pair = read_pair(folder, config, inputs.futures, *(last.get(k) for k in PAIR))
    found = discover(inputs, pair, last.get("threshold"), "prim")
    sentences = discovered(found)
    if not found.failures:
        return Absent("discover", " ".join(sentences), "streetlight discover RESULTS --threshold")
    failed = failures(pair, found.threshold)
    return draw_discover.picture(found, inputs.rows(pair.futures), failed, sentences)


PAIR = ("policy", "against", "metric")
