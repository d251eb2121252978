"""When a policy fails (`streetlight discover`), and what the report warns of."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from report_worlds import comparison

from streetlight.experiments.analyse.values import Dropped
from streetlight.experiments.drivers.discover import Discovery, Limit
from streetlight.experiments.drivers.sentences import discovered
from streetlight.experiments.report import banners
from streetlight.experiments.running.design import code_hash
from wording import Said

NAN = math.nan


def when_a_policy_fails() -> Said:
    """Found conditions, and too few failures or too few others to look for any."""
    limits = (
        Limit("denial.barrier_scale", "barriers (denial.barrier_scale)", 1.3, NAN, "", 1.25, 1.41,
              NAN, NAN, 0, 2, 0.0001, 0.98),
        Limit("switches.denial", "denial (switches.denial)", NAN, 0.5, "", NAN, NAN, 0.5, 0.5,
              0, 1, 0.02, 0.7),
        Limit("denial.form", "form (denial.form)", NAN, NAN, "reduced", NAN, NAN, NAN, NAN,
              0, 1, 0.03, 0.4),
    )  # fmt: skip
    found = Discovery(
        "prim", "per_youth", "poverty_need", "identified", 2.0, 64, 16, 3, 12, 0.75, 0.5, 0.9,
        0.83, 0.6, 1.0, 0.7, 0.005, True, limits,
    )  # fmt: skip

    def told(failures: int, unsure: int = 0, **more: Any) -> list[str]:
        own = {"policy": "a_b", "against": "c", "metric": "worst_class_identified_share",
               "threshold": 0.005} | more  # fmt: skip
        return discovered(Discovery("prim", futures=64, failures=failures, unsure=unsure, **own))

    by_chance = (Limit("x", "x", 1, 2, "", *[NAN] * 8),)
    return {
        "three limits; the first is found again in 98%, the last in 40%": discovered(found),
        "as good by chance with p = 0.095": told(6, p=0.095, limits=by_chance),
        "no failure": told(0),
        "1 failure": told(1),
        "2 failures, one future too noisy": told(2, 1),
        "2 failures, two futures too noisy": told(2, 2),
        "2 failures, one replicate": told(2, -1),
        "2 failures, without a threshold": told(2, threshold=0.0),
        "4 failures": told(4),
        "2 futures without a failure": told(62),
        "1 future without a failure": told(63),
        "nothing but failures": told(64),
    }


def warnings_of_the_report() -> Said:
    """One warning for each thing that is wrong with the runs, and the note that always stands."""
    sound = comparison({"identified": {"none": [0], "a": [4]}})

    def warned(**manifest: Any) -> list[str]:
        found = banners.banners(manifest, sound, manifest.get("precision") or {})
        return [f"{one.kind}: {one.text}" for one in found]

    dropped = Dropped(absent=("per_youth",), worlds=1, runs=2)
    worlds = replace(sound.worlds, n_expected=sound.n_runs + 5, dropped=dropped)
    gaps = banners.incomplete({"failures": [{}, {}]}, replace(sound, worlds=worlds))
    return {
        "nothing wrong": warned(status="done", code_sha256=code_hash(), code_dirty=False),
        "2 runs failed": warned(failures=[{}, {}], status="failed"),
        "1 run failed": warned(failures=[{}]),
        "2 of 8 futures not precise": warned(precision={"reached_share": 0.75, "futures": 8}),
        "stopped": warned(status="stopped"),
        "uncommitted changes": warned(code_dirty=True),
        "other model code": warned(code_sha256="0" * 64),
        "a quick look": warned(config={"quick": True}),
        "2 failed, 3 missing, one policy set aside, one world dropped": gaps,
    }
