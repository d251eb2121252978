"""Pictures of what `streetlight sensitivity`, `discover` and `attribute` wrote into the folder."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from streetlight.experiments.analyse.attributed import SEEING, TOTAL, Contribution, contributions
from streetlight.experiments.analyse.study import Study
from streetlight.experiments.drivers.tables import condition, driven_row, read
from streetlight.experiments.figures import parts
from streetlight.experiments.figures.parts import Absent, Figure, Panel, Series, number, say
from streetlight.experiments.labels import label
from streetlight.experiments.looks import GOOD, Look
from streetlight.experiments.metrics import METRICS
from streetlight.experiments.words import catalogue

LOOK, MOST = Look(GOOD, "circle"), 20


def sensitivity(study: Study) -> Figure | Absent:
    """What was asked last in the folder of a study."""
    return driven(study.folder)


def discover(study: Study) -> Figure | Absent:
    """What was asked last in the folder of a study."""
    return failing(study.folder)


def driven(folder: Path) -> Figure | Absent:
    """A row an input, the largest above its floor first."""
    about, table = read(folder / "sensitivity.csv")
    if not about:
        return parts.absent("sensitivity")
    rows = [driven_row(row) for row in table]
    main = {"morris": "mu_star", "sobol": "ST"}.get(about["method"], about["method"])
    mine = [row for row in rows if row.kind == main][:MOST]
    ranges = [(0.0, row.floor if math.isfinite(row.floor) else 0.0) for row in mine]
    at = [f"{row.title} ({row.says})" for row in mine]
    title = say("sensitivity", "title", index=main)
    panel = Panel(title, at, [Series(main, LOOK, mine)], main, ranges=ranges)
    matter = [row.title for row in mine if row.says == "matters"]
    which = f": {'; '.join(matter[:3])}" if matter else ""
    n = len(matter) or say("sensitivity", "none")
    text = say("sensitivity", "finding", n=n, all=len(mine), which=which)
    return parts.figure("sensitivity", text, [panel], "rows", rows, index=main, **of(about))


def of(about: dict[str, Any]) -> dict[str, Any]:
    """Names of the plans and the metric that were asked about."""
    plans = {key: label(about[key]) for key in ("policy", "against")}
    return plans | {"metric": METRICS[about["metric"]].title}


def failing(folder: Path) -> Figure | Absent:
    """A row a limit of the condition under which the plan fails."""
    about, table = read(folder / "discover.csv")
    if not about or not about["failures"]:
        return parts.absent("discover", "never" if about else "absent")
    rows = [
        condition(row, side) for row in table for side in ("low", "high", "levels") if row[side]
    ]
    at = [f"{row.title} ({row.limit})" for row in rows]
    panel = Panel("", at, [Series("", LOOK, rows)], say("discover", "axis"),
                  ranges=[(row.start, row.end) for row in rows])  # fmt: skip
    where = "; ".join(at[:3]) if about["is_condition"] else say("discover", "unclear")
    text = say("discover", "finding", failures=about["failures"], futures=about["futures"],
               where=where)  # fmt: skip
    return parts.figure("discover", text, [panel], "rows", rows, **of(about))


def attribution(study: Study) -> Figure | Absent:
    """A panel a plan that was taken apart."""
    rows = contributions(study)
    if isinstance(rows, str):
        return Absent("attribution", rows)
    panels, text = [], []
    for name in dict.fromkeys(row.plan for row in rows):
        mine = [row for row in rows if row.plan == name]
        at = [catalogue().get(f"figures.attribution.{row.part}", row.part) for row in mine]
        title, bars = study.plan(name).label, Series(say("attribution", "title"), LOOK, mine)
        panels.append(Panel(title, at, [bars], say("attribution", "axis"), 100.0, bars=True))
        text.append(finding(title, {(row.kind, row.part): row for row in mine}))
    base = study.baseline.label
    return parts.figure("attribution", " ".join(text), panels, "rows", rows, baseline=base)


def finding(plan: str, found: dict[tuple[str, str], Contribution]) -> str:
    """The whole change and two of its three ways."""
    rows = found["change", TOTAL], found["split", SEEING], found["split", "victimizations"]
    change, seeing, harm = (number(100 * row.value, signed=True) for row in rows)
    key = "finding" if rows[0].low > 0 or rows[0].high < 0 else "unsure"
    return say("attribution", key, plan=plan, change=change, seeing=seeing, harm=harm)
