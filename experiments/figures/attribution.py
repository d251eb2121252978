"""Reports changed: more harm or better seeing, and what part of the money did it."""

from __future__ import annotations

from streetlight.experiments.analyse.attributed import SEEING, TOTAL, Contribution, contributions
from streetlight.experiments.analyse.study import Study
from streetlight.experiments.figures.figure import Absent, Figure, Panel, Series, number
from streetlight.experiments.looks import NEUTRAL, Look

NAME = "attribution"
QUESTION = "Reports change: more harm, or better seeing?"
WORDS = {
    TOTAL: "Whole change", "awareness": "Awareness and education",
    "barrier": "A confidential channel", "training": "Training", "unit": "Special units",
    "screening": "Screening tools", "victimization": "Prevention and services",
    "investigation": "Investigators", "recording": "Recording and publishing",
    "information": "Surveys", "victimizations": "Through more or less exploitation",
    SEEING: "Through more reports of each", "false reports": "Through false reports",
}  # fmt: skip
HEADLINE = (
    "Under {plan} reports change by {change}% of those without it: {seeing} points by how often "
    "each exploited youth is reported, {harm} by exploitation."
)
UNSURE = "Whether reports change under {plan} cannot be told."
CAPTION = (
    "Of 100 reports under {baseline}. Parts of the money add up to the whole change, and so do its "
    "three ways (Shapley values, exact in every world). Lines: 95% intervals."
)


def make(study: Study) -> Figure | Absent:
    """A panel a plan that was taken apart."""
    rows = contributions(study)
    if isinstance(rows, str):
        return Absent(NAME, rows)
    plans = dict.fromkeys(row.plan for row in rows)
    panels, text = [], []
    for name in plans:
        mine = [row for row in rows if row.plan == name]
        at = [WORDS.get(row.part, row.part) for row in mine]
        bars = Series("Of 100 reports", Look(NEUTRAL, "square"), mine)
        label = study.plan(name).label
        panels.append(Panel(label, at, [bars], "of 100 reports", 100.0, bars=True))
        text.append(headline(label, mine))
    caption = CAPTION.format(baseline=study.baseline.label)
    return Figure(NAME, QUESTION, " ".join(text), caption, panels, "rows", rows)


def headline(label: str, rows: list[Contribution]) -> str:
    """The whole change and two of its three ways."""
    found = {(row.kind, row.part): row for row in rows}
    change = found["change", TOTAL]
    if not (change.low > 0 or change.high < 0):
        return UNSURE.format(plan=label)
    seeing, harm = found["split", SEEING], found["split", "victimizations"]
    return HEADLINE.format(
        plan=label, change=number(100 * change.value, signed=True),
        seeing=number(100 * seeing.value, signed=True), harm=number(100 * harm.value, signed=True),
    )  # fmt: skip
