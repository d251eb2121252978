"""`streetlight discover RESULTS`: when does the preferred policy fail?"""

from __future__ import annotations

import json
import math
from pathlib import Path

from streetlight.experiments.drivers.cart import tree_class
from streetlight.experiments.drivers.discover import SEARCHES, discover, write_discovery
from streetlight.experiments.drivers.inputs import read_inputs
from streetlight.experiments.drivers.pairs import enough, read_pair, results_config
from streetlight.experiments.drivers.sensitivity import in_json
from streetlight.experiments.drivers.sentences import discovered
from streetlight.experiments.figures.parts import Figure
from streetlight.experiments.running.store import Store
from streetlight.model.errors import InputError, did_you_mean


def discover_failures(
    folder: Path,
    *,
    policy: str | None = None,
    against: str | None = None,
    metric: str | None = None,
    threshold: float | None = None,
    method: str = "prim",
    as_json: bool = False,
) -> int:
    """Print when `policy` is worse than `against`. InputError when that cannot be asked."""
    if method not in SEARCHES:
        hint = did_you_mean(method, SEARCHES)
        raise InputError(f"--method: {method}: must be one of {', '.join(SEARCHES)}{hint}")
    if threshold is not None and not 0.0 <= threshold < math.inf:
        raise InputError(f"--threshold: {threshold:g}: must be a finite number of 0 or more")
    if method == "cart":
        tree_class()  # says how to get it before anything is read
    config = results_config(folder)
    inputs = read_inputs(folder, config)
    enough(folder, len(inputs.futures))
    pair = read_pair(folder, config, inputs.futures, policy, against, metric)
    found = discover(inputs, pair, threshold, method)
    sentences = discovered(found)
    paths: list[Path] = []
    with Store(folder, config["name"]) as store:
        write_discovery(found, sentences, store)
        if found.failures:
            from streetlight.experiments.figures import drivers, files

            drawn = drivers.failing(folder)
            paths = files(drawn, folder / "figures") if isinstance(drawn, Figure) else []
        else:  # a figure of the last question must not stand beside this answer
            for kind in ("svg", "png", "csv"):
                (folder / "figures" / f"discover.{kind}").unlink(missing_ok=True)
    if as_json:
        print(json.dumps({"sentences": sentences} | in_json(found), indent=2))
        return 0
    if found.chosen:
        print(f"({found.chosen})")
    print("\n".join([*sentences, *(f"{note[:1].upper()}{note[1:]}." for note in found.notes)]))
    if paths:
        print(f"\nFigure: {paths[0]}")
    return 0
