"""The joint fit of the defaults: what is fitted, to which bands, and what comes out.

    python -m studies.calibration

Exact arithmetic of the stationary baseline (`on_average.cascade`): no policy, no simulation, no
randomness.  Nothing here looks at what any policy would do.  The fit is a regularised least
squares: aims on the one side, departure from the central values of the evidence on the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from streetlight.experiments.calibrate.flows import expected_flows
from streetlight.experiments.calibrate.free import FreeNumber, values_at, with_free
from streetlight.experiments.calibrate.least_squares import fit_steps
from streetlight.experiments.calibrate.quantities import not_substantiated
from streetlight.model.arrays import FloatArray, ratio
from streetlight.model.communities.region import Region
from streetlight.model.names import CLASSES, SECTORS, Channel
from streetlight.model.on_average import cascade
from streetlight.model.on_average.ascertainment import known_by_class
from streetlight.model.parameters import Parameters
from studies.ascertainment import duration_over, shapley_gap

LISTS = ("hotline", *SECTORS)
AFTER_YOUTH = ("public", *SECTORS, "platforms")  # channels after self and confidant


RECOGNITION = "recognition scale"
UNTRAINED = (0.002, 0.05, 0.05, 0.08, 0.10)  # P30; youth services assumed
TRAINED = (0.006, 0.15, 0.15, 0.20, 0.25)  # P31


def sector(name: str, central: float, low: float, high: float, entry: int) -> FreeNumber:
    """One entry of a parameter by sector."""
    return FreeNumber(name, central, low, high, entry, label=f"{name} [{SECTORS[entry]}]")


def number(name: str, central: float, low: float, high: float) -> FreeNumber:
    """A parameter with one value."""
    return FreeNumber(name, central, low, high, label=name)


FREE = (
    number("spell.exit_hazard", 0.025, 0.015, 0.035),
    number("spell.recognisable_floor", 0.1, 0.03, 0.5),
    number("spell.recognisable_months", 30.0, 24.0, 36.0),
    sector("encounter.contact_rate", 0.70, 0.40, 0.90, 0),
    sector("encounter.contact_rate", 0.035, 0.02, 0.07, 1),
    sector("encounter.contact_rate", 0.04, 0.02, 0.08, 2),
    sector("encounter.contact_rate", 0.025, 0.01, 0.05, 3),
    sector("encounter.contact_rate", 0.008, 0.0032, 0.02, 4),
    FreeNumber(
        RECOGNITION, 1.0, 0.4, 2.0, label=RECOGNITION,
        factor_of={"encounter.untrained": UNTRAINED, "encounter.trained": TRAINED},
    ),
    number("encounter.public_rate", 0.002, 0.0005, 0.005),
    number("disclosure.hazard", 0.05, 0.01, 0.10),
    number("knowing.self_recognition", 0.010, 0.003, 0.03),
    number("denial.barrier_scale", 1.0, 0.05, 2.0),
)  # fmt: skip


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
    flows, everywhere = expected_flows(parameters, region), np.full(region.n_communities, True)
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
        - e.investigated.sum() / (e.investigated.sum() + flows.false_investigated.sum()),
        "not substantiated": ratio(*not_substantiated(flows, everywhere, -1)),
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
    before = e.attached.sum() / e.joining.sum() * (1.0 - share)
    after = parameters.recording.touch_rate * parameters.recording.touch_months
    others = np.array([5.0] + [4.0] * 5)
    return float((share * -np.expm1(-(before + after * others))).sum())


def fit(parameters: Parameters, fixed: dict[str, float] | None = None) -> FloatArray:
    """Values of FREE that come closest to the aims; `fixed` holds some at a value."""
    fixed = fixed or {}
    held = parameters.with_values(dict(fixed))
    free = [one for one in FREE if one.name not in fixed]

    def misses(values: FloatArray) -> FloatArray:
        found = outcomes(with_free(held, free, values))
        return np.array(
            [np.log(found[name] / aim.value) / aim.spread for name, aim in AIMS.items()]
        )

    fitted = iter(values_at(free, fit_steps(free, misses)).tolist())
    return np.array([fixed[one.name] if one.name in fixed else next(fitted) for one in FREE])


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
            ends.append(outcomes(with_free(parameters, FREE, moved)))
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
        name: with_free(constant if name == "constant" else defaults, FREE, one)
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
