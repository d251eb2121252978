"""Where the bands of the calibration land in simulation: the table of docs/calibration.md.

    python -m studies.calibration_bands

All US counties, defaults, no added spending, ten years after burn-in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from streetlight.experiments.analyse.study_patterns import COUNTED, LARGE, of_communities
from streetlight.model.arrays import FloatArray, ratio
from streetlight.model.communities.region import Region
from streetlight.model.money import policies
from streetlight.model.names import CLASSES, Channel, End
from streetlight.model.outcomes import summarise
from streetlight.model.parameters import Parameters
from streetlight.model.run.history import History
from streetlight.model.run.simulation import draw_world, run_policy

REPLICATES = 5
LONG = 104  # weeks: exploited for more than two years


@dataclass(frozen=True)
class Band:
    """What is asked of an outcome: its key in `bands_of`, in words, and from where to where."""

    key: str
    words: str
    low: float = -math.inf
    high: float = math.inf

    def holds(self, value: float) -> bool:
        """Whether a value lies in the band."""
        return self.low <= value <= self.high

    @property
    def span(self) -> str:
        """The band in words; a dash where nothing is asked."""
        if self.low == -math.inf:
            return "-"
        return f"{self.low:g} or more" if self.high == math.inf else f"{self.low:g}-{self.high:g}"


BANDS = (
    Band("known", "first spells ever reported (cohort followed 4 years or more)", 0.10, 0.30),
    Band("identified", "first spells identified (same cohort)", 0.04, 0.12),
    Band("known_period", "known per victimization that began in the period", 0.10, 0.30),
    Band("identified_period", "identified per victimization that began in the period", 0.04, 0.12),
    Band("metro_rural", "SF8 known, large metro over rural", 1.4, 3.0),
    Band("knew", "SF10 knew before the first report, among known", 0.15, 0.40),
    Band("long", "SF11 exploited over 24 months, among identified", 0.40, 0.61),
    *(Band(f"long_{name}", f"SF11 in {name}") for name in CLASSES),
    Band("overlap", "SF12 identified on two lists or more", 0.04, 0.12),
    Band("not_substantiated", "P47 not substantiated among investigated", 0.35, 0.80),
    Band("elasticity_true", "SF2 elasticity of true victimizations to youth", 0.9, 1.1),
    Band("elasticity_reports", "SF2 elasticity of reports", 0.7, 1.4),
    Band("elasticity_published", "SF2 elasticity of published reports", 0.7, 1.4),
    Band("rank_counts", "SF4 rank correlation of counts, published against true"),
    Band("rank_rates", "SF4 rank correlation of rates, published against true"),
    Band("rank_gap", "SF4 the first minus the second", 0.3),
    Band("variation", "SF4 variation of published rates over that of true rates", 1.5),
    Band("variation_large", f"SF4 the same among counties of over {LARGE:,.0f} youth"),
    Band("overlooked", "SF4 top tenth by true rate outside the top third by count", 0.3),
    *(Band(f"known_{name}", f"known in {name}") for name in CLASSES),
    *(Band(f"identified_{name}", f"identified in {name}") for name in CLASSES),
)  # fmt: skip


def bands_of(history: History) -> dict[str, float]:
    """The outcomes that the bands are about, in a run without added spending."""
    summary = summarise(history, history)
    metrics = summary.metrics
    found = {
        "known": metrics["cohort_known_share"],
        "identified": metrics["cohort_identified_share"],
        "known_period": metrics["known"] / metrics["true_onsets"],
        "identified_period": metrics["identified"] / metrics["true_onsets"],
        "metro_rural": metrics["known_share_large_metro"] / metrics["known_share_rural"],
        "not_substantiated": metrics["not_substantiated_share"],
        "overlap": list_overlap(history),
    }
    for name in CLASSES:
        for what in ("known", "identified"):
            found[f"{what}_{name}"] = metrics[f"{what}_share_{name.replace(' ', '_')}"]
    columns = {name: np.asarray(summary.communities[name], float) for name in COUNTED}
    return found | _of_spells(history) | of_communities(columns)


def list_overlap(history: History) -> float:
    """Share of identified youth recorded by two or more bodies (SF12).

    Bodies: police (to whom tips of platforms go), child welfare, health, school, youth services,
    and the public (self, confidant, public together).
    """
    files = history.record.cases
    body = np.maximum(files.touches["channel"], Channel.PUBLIC)  # the first three are one list
    body[body == Channel.PLATFORM] = Channel.POLICE
    pairs = np.unique(files.touches["case"].astype(np.int64) * 16 + body) // 16
    lists = np.bincount(pairs, minlength=len(files.cases))
    found = ~np.isnan(files.cases["recalled_onset"])
    return ratio(float((lists[found] >= 2).sum()), float(found.sum()))


def _of_spells(history: History) -> dict[str, float]:
    spells, first = history.truth.spells, history.truth.clock.first_policy_step
    ended = spells[(spells["end_reason"] == End.IDENTIFIED) & (spells["end"] >= first)]
    long = ended["end"] - ended["start"] > LONG
    place_class = history.region.place_class[ended["community"]]
    known = spells[spells["known_at"] >= first]
    knew = (known["knew_at"] >= 0) & (known["knew_at"] <= known["known_at"])
    found = {"long": long.mean(), "knew": knew.mean()}
    for k, name in enumerate(CLASSES):
        found[f"long_{name}"] = long[place_class == k].mean()
    return {name: float(value) for name, value in found.items()}


def simulated(replicates: int = REPLICATES) -> dict[str, FloatArray]:
    """The outcomes of several replicates of the defaults on all US counties, by key: (n,)."""
    region, runs = Region.us_counties(), []
    for replicate in range(replicates):
        world = draw_world(Parameters(), region, replicate=replicate)
        runs.append(bands_of(run_policy(world, policies.none())))
    return {key: np.array([run[key] for run in runs]) for key in runs[0]}


def main() -> None:
    """Print the table: mean, range over replicates, and whether the mean lies in the band."""
    found = simulated()
    print("| | band | simulated | held |\n| --- | --- | --- | --- |")
    for band in BANDS:
        values = found[band.key]
        held = "" if band.span == "-" else "yes" if band.holds(values.mean()) else "**no**"
        shown = f"{values.mean():.3f} ({values.min():.3f}-{values.max():.3f})"
        print(f"| {band.words} | {band.span} | {shown} | {held} |")


if __name__ == "__main__":
    main()
