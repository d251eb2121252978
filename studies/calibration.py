"""The joint fit of the defaults: what is fitted, to which bands, and what comes out.

    python -m studies.calibration

Exact arithmetic of the stationary baseline (`on_average.cascade`): no policy, no simulation, no
randomness.  Nothing here looks at what any policy would do.  The fit is a regularised least
squares: aims on the one side, departure from the central values of the evidence on the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from streetlight.model.arrays import FloatArray
from streetlight.model.communities.region import Region
from streetlight.model.names import CLASSES, SECTORS, Channel
from streetlight.model.on_average import cascade
from streetlight.model.on_average.ascertainment import known_by_class
from streetlight.model.parameters import Parameters
from studies.ascertainment import duration_over, shapley_gap

LISTS = ("hotline", *SECTORS)
AFTER_YOUTH = ("public", *SECTORS, "platforms")  # channels after self and confidant


@dataclass(frozen=True)
class Free:
    """A number that the fit may move: central value and range of the evidence.

    sector: which entry of a parameter by sector, or None.
    """

    name: str
    central: float
    low: float
    high: float
    sector: int | None = None

    @property
    def label(self) -> str:
        """The name, with the sector."""
        return self.name if self.sector is None else f"{self.name} [{SECTORS[self.sector]}]"


RECOGNITION = "recognition scale"
UNTRAINED = (0.002, 0.05, 0.05, 0.08, 0.10)  # P30; youth services assumed
TRAINED = (0.006, 0.15, 0.15, 0.20, 0.25)  # P31

FREE = (
    Free("spell.exit_hazard", 0.025, 0.015, 0.035),
    Free("spell.recognisable_floor", 0.1, 0.03, 0.5),
    Free("spell.recognisable_months", 30.0, 24.0, 36.0),
    Free("encounter.contact_rate", 0.70, 0.40, 0.90, 0),
    Free("encounter.contact_rate", 0.035, 0.02, 0.07, 1),
    Free("encounter.contact_rate", 0.04, 0.02, 0.08, 2),
    Free("encounter.contact_rate", 0.025, 0.01, 0.05, 3),
    Free("encounter.contact_rate", 0.008, 0.0032, 0.02, 4),
    Free(RECOGNITION, 1.0, 0.4, 2.0),
    Free("encounter.public_rate", 0.002, 0.0005, 0.005),
    Free("disclosure.hazard", 0.05, 0.01, 0.10),
    Free("knowing.self_recognition", 0.010, 0.003, 0.03),
    Free("denial.barrier_scale", 1.0, 0.05, 2.0),
)


#: The defaults proposed: the fit with exit held inside its range, rounded, barriers solved again.
PROPOSED = (0.02, 0.2, 30.0, 0.85, 0.05, 0.055, 0.03, 0.007, 2.0, 0.0045, 0.05, 0.0075, 0.77)


@dataclass(frozen=True)
class Aim:
    """What an outcome should be: an aim with a spread in logs, and the band it must lie in."""

    value: float
    spread: float
    low: float
    high: float


AIMS = {
    "known": Aim(0.20, 0.10, 0.10, 0.30),
    "identified": Aim(0.08, 0.20, 0.04, 0.12),
    "known large metro / rural": Aim(1.7, 0.03, 1.4, 3.0),
    "knew before report (SF10)": Aim(0.33, 0.10, 0.15, 0.40),
    "over 24 months (SF11)": Aim(0.50, 0.07, 0.40, 0.61),
    "reports: self and confidant": Aim(0.22, 0.15, 0.11, 0.44),
    "reports: public": Aim(0.07, 0.20, 0.03, 0.14),
    "reports: school": Aim(0.09, 0.20, 0.04, 0.18),
    "reports: health": Aim(0.14, 0.20, 0.07, 0.28),
    "reports: child welfare": Aim(0.25, 0.20, 0.12, 0.50),
    "reports: police": Aim(0.19, 0.20, 0.09, 0.38),
    "reports: youth services": Aim(0.05, 0.30, 0.01, 0.10),
}


def outcomes(parameters: Parameters) -> dict[str, float]:
    """Everything the tables print, nationally, on the built-in US table."""
    region = Region.us_counties()
    e = cascade.expected_cascade(parameters, region)
    scale = cascade.false_scale(parameters)
    by_class = known_by_class(parameters)
    channels = e.channels.sum(0) / max(e.channels.sum(), 1e-300)
    onsets, k = e.onsets, region.place_class
    found = {
        "known": e.known.sum() / onsets.sum(),
        "identified": e.identified.sum() / onsets.sum(),
        "known large metro / rural": by_class[0] / by_class[3],
        "knew before report (SF10)": e.known_knowing.sum() / e.known.sum(),
        "over 24 months (SF11)": duration_over(parameters),
        "reports: self and confidant": channels[0] + channels[1],
        **{f"reports: {name}": channels[2 + i] for i, name in enumerate(AFTER_YOUTH)},
        "over 24 months since first onset": duration_over(parameters, since="first onset"),
        "recognised by youth": e.knew.sum() / onsets.sum(),
        "reported by police": e.channels[:, 6].sum() / onsets.sum(),
        "later onsets / first": e.later_onsets.sum() / e.first_onsets.sum(),
        "months a spell": 12.0 * e.active.sum() / onsets.sum(),
        "investigations (true) / known": e.investigated.sum() / e.known.sum(),
        "identified / investigated (true)": e.identified.sum() / e.investigated.sum(),
        "false_scale": scale,
        "false / all investigated": 1.0
        - e.investigated.sum() / (e.investigated.sum() + false_investigated(e, scale)),
        "not substantiated": not_substantiated(parameters, e, scale),
        "list overlap (SF12)": list_overlap(parameters, e),
        "first onsets a year": e.first_onsets.sum(),
        "active spells": e.active.sum(),
        "identified a year": e.identified.sum(),
        "investigators": cascade.baseline_investigators(parameters, region, e, scale).sum(),
    }
    disclosing = (e.channels[:, :2].sum(1), e.knew)
    told = [np.bincount(k, x, 4) for x in disclosing]
    found["disclosure large metro / rural (SF9)"] = (told[0] / told[1])[0] / (told[0] / told[1])[3]
    for i, name in enumerate(CLASSES):
        inside = k == i
        found[f"known, {name}"] = e.known[inside].sum() / onsets[inside].sum()
        found[f"known at equal incidence, {name}"] = by_class[i]
        found[f"identified, {name}"] = e.identified[inside].sum() / onsets[inside].sum()
    return {name: float(value) for name, value in found.items()}


def false_investigated(e: cascade.Expected, scale: float) -> float:
    """False reports that are investigated a year, those of platforms among them."""
    by_responders = scale * e.false_investigated_per_scale.sum()
    return float(by_responders + e.false_tips_investigated.sum())


def not_substantiated(parameters: Parameters, e: cascade.Expected, scale: float) -> float:
    """Share of investigations begun, of true and false reports, that end without a finding."""
    false = false_investigated(e, scale)
    wrong = parameters.assessment.wrong_substantiation
    true = e.investigated.sum()
    return float((true - e.identified.sum() + false * (1.0 - wrong)) / (true + false))


def list_overlap(parameters: Parameters, e: cascade.Expected) -> float:
    """Share of identified youth on two or more lists (hotline and five sectors), approximate.

    Tips of platforms are on the list of the police.

    A list is a source of touches on the one investigation that identified the youth: reports while
    it was open and recorded contacts afterwards, taken as independent.
    """
    by_channel = e.channels.sum(0)
    by_list = np.concatenate([[by_channel[:3].sum()], by_channel[3:8]])
    by_list[1 + SECTORS.index("police")] += by_channel[Channel.PLATFORM]
    share = by_list / by_list.sum()
    before = e.attached.sum() / e.openings.sum() * (1.0 - share)
    after = parameters.recording.touch_rate * parameters.recording.touch_months
    others = np.array([5.0] + [4.0] * 5)
    return float((share * -np.expm1(-(before + after * others))).sum())


def with_free(parameters: Parameters, values: FloatArray) -> Parameters:
    """Parameters with the numbers of FREE replaced by `values`, in their order."""
    changed: dict[str, Any] = {}
    rates = list(parameters.encounter.contact_rate)
    for free, value in zip(FREE, values, strict=True):
        if free.name == RECOGNITION:
            changed["encounter.untrained"] = tuple(value * x for x in UNTRAINED)
            changed["encounter.trained"] = tuple(value * x for x in TRAINED)
        elif free.sector is not None:
            rates[free.sector] = float(value)
        else:
            changed[free.name] = float(value)
    changed["encounter.contact_rate"] = tuple(rates)
    return parameters.with_values(changed)


def fit(parameters: Parameters, fixed: dict[str, float] | None = None) -> FloatArray:
    """Values of FREE that come closest to the aims; `fixed` holds some at a value."""
    from scipy.optimize import least_squares

    fixed = fixed or {}
    central = np.log([fixed.get(f.name, f.central) for f in FREE])
    low, high = np.log([f.low for f in FREE]), np.log([f.high for f in FREE])
    moved = np.array([f.name not in fixed for f in FREE])
    spread = (high - low) / 2.0  # the range is two spreads wide

    def values(x: FloatArray) -> FloatArray:
        full = central.copy()
        full[moved] = x
        return np.exp(full)

    def misses(x: FloatArray) -> FloatArray:
        found = outcomes(with_free(parameters, values(x)))
        aims = [np.log(found[name] / aim.value) / aim.spread for name, aim in AIMS.items()]
        return np.concatenate([aims, (x - central[moved]) / spread[moved]])

    solution = least_squares(
        misses, central[moved], bounds=(low[moved], high[moved]), diff_step=1e-3, max_nfev=40
    )
    return values(solution.x)


def rounded(values: FloatArray, digits: int = 2) -> FloatArray:
    """Values to so many significant digits."""
    return np.array([float(f"{value:.{digits}g}") for value in values])


def print_outcomes(columns: dict[str, dict[str, float]]) -> None:
    """A table of outcomes, one column a set of parameters."""
    print(f"{'':42s}" + "".join(f"{name:>14s}" for name in columns) + "   aim (band)")
    for name in next(iter(columns.values())):
        row = "".join(f"{found[name]:14.4g}" for found in columns.values())
        aim = AIMS.get(name)
        print(f"{name:42s}{row}" + (f"   {aim.value} ({aim.low}-{aim.high})" if aim else ""))


def print_values(columns: dict[str, FloatArray]) -> None:
    """A table of the fitted numbers with their ranges."""
    print(f"{'':42s}" + "".join(f"{name:>14s}" for name in columns) + "   range")
    for i, free in enumerate(FREE):
        row = "".join(f"{values[i]:14.4g}" for values in columns.values())
        print(f"{free.label:42s}{row}   {free.low}-{free.high}")


def elasticities(parameters: Parameters, values: FloatArray) -> dict[str, dict[str, float]]:
    """d log outcome / d log value for the first five aims, by outcome and then by number."""
    names, step = list(AIMS)[:5], 0.02
    found: dict[str, dict[str, float]] = {name: {} for name in names}
    for i, free in enumerate(FREE):
        ends = []
        for sign in (-1.0, 1.0):
            moved = np.array(values, dtype=float)
            moved[i] *= 1.0 + sign * step
            ends.append(outcomes(with_free(parameters, moved)))
        for name in names:
            found[name][free.label] = float(np.log(ends[1][name] / ends[0][name])) / (2.0 * step)
    return found


def main() -> None:
    """Print the defaults, the joint fit and the runner-up with a constant hazard."""
    defaults = Parameters()
    constant = defaults.with_values({"switches.ramp": False})
    values = {
        "central": np.array([f.central for f in FREE]),
        "joint fit": rounded(fit(defaults)),
        "exit 0.02": rounded(fit(defaults, {"spell.exit_hazard": 0.02})),
        "proposed": np.array(PROPOSED),
        "constant": rounded(fit(constant)),
    }
    print_values(values)
    print()
    worlds = {
        name: with_free(constant if name == "constant" else defaults, one)
        for name, one in values.items()
    }
    print_outcomes({"defaults": outcomes(defaults)} | {n: outcomes(w) for n, w in worlds.items()})
    print("\nShapley split of log(known large metro / known rural), typical populations, proposed")
    for name, value in shapley_gap(worlds["proposed"]).items():
        print(f"  {name:20s}{value:8.4f}")
    print("\nd log outcome / d log value at the proposed values")
    table = elasticities(defaults, values["proposed"])
    print(f"{'':42s}" + "".join(f"{name[:16]:>18s}" for name in table))
    for free in FREE:
        row = "".join(f"{column[free.label]:18.2f}" for column in table.values())
        print(f"{free.label:42s}{row}")


if __name__ == "__main__":
    main()
