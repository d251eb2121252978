"""The page of `streetlight estimate`: one HTML file in the style of the report."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from streetlight.experiments.analyse.findings import Findings, Span, number
from streetlight.experiments.report.write import policy, read, save, templates

#: Ticks of a logarithmic axis within each power of ten: of a long one, and of a short one.
TICKS = ((1.0, 2.0, 5.0), (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0))
SHORT = math.log(10.0)


def write_estimate(found: Findings, path: Path) -> Path:
    """Write the page of some findings."""
    style = read("page.css")
    html: str = (
        templates()
        .get_template("estimate.html")
        .render(
            title=found.title,
            style=style,
            policy=policy(style, ""),
            mark="",
            s=found,
            picture=picture(found.spans) if found.spans else None,
        )  # fmt: skip
    )
    return save(path, html)


def picture(spans: tuple[Span, ...]) -> dict[str, Any]:
    """Positions (percent) of intervals on a logarithmic axis."""
    low = math.log(min(one.low for one in spans if one.low > 0.0))
    high = math.log(max(one.high for one in spans if math.isfinite(one.high)))
    width = max(high - low, 1e-6)

    def at(value: float) -> float:
        share = (math.log(max(value, 1e-300)) - low) / width
        return round(4.0 + 92.0 * min(max(share, 0.0), 1.0), 2)

    rows = [
        {
            "name": one.name, "left": at(one.low), "width": round(at(one.high) - at(one.low), 2),
            "at": None if one.at is None else at(one.at),
            "tip": f"{number(one.low)} to {number(one.high)}",
        }
        for one in spans
    ]  # fmt: skip
    powers = range(math.floor(low / math.log(10)), math.ceil(high / math.log(10)) + 1)
    ticks = [tick * 10.0**power for power in powers for tick in TICKS[width < SHORT]]
    inside = [tick for tick in ticks if low <= math.log(tick) <= high]
    return {"rows": rows, "ticks": [{"at": at(tick), "text": number(tick)} for tick in inside]}
