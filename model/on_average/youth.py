"""The expected youth: spells since the first onset, in all generations, until 18.

Without ageing out spells start before 18 and go on after it.

The fluxes of one spell (`on_average.spell`) are weighed by the number of spells of a youth that
can still reach each duration.  That number follows exactly from the renewal equation of later
spells and from the age at first onset, because natural exit and ageing out are independent of
everything else.

Axes: B = 2 rates of later onset, K kinds of place, F, R, D, G nodes of `on_average.spell`, L steps.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from streetlight.model.arrays import FloatArray
from streetlight.model.communities.gaps import YOUTH_12_17_SHARE
from streetlight.model.equations import again_hazard, applied, p_step, p_younger
from streetlight.model.names import N_CLASSES
from streetlight.model.on_average.spell import Fluxes, run_spell, wait_steps
from streetlight.model.on_average.strata import (
    DISCLOSURE_NODES,
    SCREENING_NODES,
    Nodes,
    Setting,
    density_of,
    disclosure_ends,
    disclosure_hazard,
    node_places,
    node_weights,
)
from streetlight.model.rates import rates_of

if TYPE_CHECKING:
    from streetlight.model.parameters import Parameters

# Population whose logarithm is the youth-weighted mean of each place class on the built-in US
# table (a test holds them to it).
TYPICAL_POPULATION = (1_022_000.0, 222_300.0, 37_200.0, 4_910.0)


def later_onsets(
    parameters: Parameters, fluxes: Fluxes, served: FloatArray, base: Sequence[float]
) -> FloatArray:
    """Expected onsets of spells per first onset at each step after it, (B, K, cells, L).

    `served` (K,): share of the identified who are served; `base`: hazards per month after the first
    12 months.  Not yet cut off at 18.  Solves U = 1 + U * k, where k is the density of the time
    from one onset to the next, by its generating function on a circle inside the unit circle.
    """
    rates = rates_of(parameters)
    n_steps, kinds, cells = fluxes.lived.shape
    if not rates.again_on:
        alone = np.zeros((len(base), kinds, cells, n_steps))
        alone[..., 0] = 1.0
        return alone
    size = 1 << int(n_steps * 1.25).bit_length()
    shrink = 1e-9 ** (np.arange(n_steps) / size)

    def transform(density: FloatArray) -> npt.NDArray[np.complex128]:
        return np.fft.rfft(density * shrink, size)

    stays, leaves = natural_exit(parameters, n_steps)
    untreated, treated = (  # (B, F)
        transform(np.stack([_gap(parameters, hazard, is_served, n_steps) for hazard in base]))
        for is_served in (False, True)
    )
    gap = untreated[:, None] + served[:, None] * (treated - untreated)[:, None]
    identified = transform(np.moveaxis(fluxes.identified * stays[:, None, None], 0, -1))
    density = identified * gap[:, :, None]
    if rates.again_any_end:
        before = np.concatenate([np.ones((1, kinds, cells)), fluxes.lived[:-1]])
        left = transform(np.moveaxis(before * leaves[:, None, None], 0, -1))
        density += left * untreated[:, None, None]
    return np.asarray(np.fft.irfft(1.0 / (1.0 - density), size)[..., :n_steps] / shrink)


def natural_exit(parameters: Parameters, n_steps: int) -> tuple[FloatArray, FloatArray]:
    """P(no natural exit up to step i) and P(natural exit in step i), (L,) each."""
    p_exit = float(rates_of(parameters).p_exit)
    stays: FloatArray = (1.0 - p_exit) ** np.arange(n_steps, dtype=float)
    return stays, np.concatenate([[0.0], p_exit * stays[:-1]])


def _gap(parameters: Parameters, base: float, served: bool, n_steps: int) -> FloatArray:
    """Density (L,) of the steps from the end of a spell to the next onset (section 8)."""
    rates = rates_of(parameters)
    early = np.arange(n_steps) <= rates.again_steps
    hazard = np.where(early, again_hazard(rates, served), base / rates.steps_per_month)
    p = p_step(hazard)
    p[0] = 0.0
    return np.asarray(p * np.concatenate([[1.0], np.cumprod(1.0 - p)[:-1]]))


@functools.lru_cache(maxsize=64)
def survival_to_18(parameters: Parameters) -> FloatArray:
    """P(not yet 18 at step i after first onset), i = 0 .. 6 S - 1, in the phases after *exits*."""
    s = parameters.time.steps_per_year
    age = 18.0 - np.arange(6 * s) / s  # onset before this age leaves more than i steps
    survival = np.asarray(p_younger(age, parameters.incidence.age_mode))
    survival.setflags(write=False)
    return survival


def spells_ahead(
    parameters: Parameters,
    fluxes: Fluxes,
    served: FloatArray,
    base: tuple[float, float],
    after: int = 0,
) -> FloatArray:
    """Spells of a youth that can reach each duration before natural exit, (B, L, K, cells).

    They start before 18 and, with ageing out, reach it before 18. Only what happens `after` or
    more steps after the first onset counts.
    """
    n_steps, survival = len(fluxes.lived), survival_to_18(parameters)
    younger = np.zeros(2 * n_steps)
    younger[: len(survival)] = survival
    counts = np.arange(2 * n_steps) >= after  # by the step in which a duration is reached
    onsets = later_onsets(parameters, fluxes, served, base)
    if parameters.switches.ageing_out:
        ahead = summed_ahead(onsets, younger * counts)
    else:
        ahead = summed_ahead(onsets * younger[:n_steps], counts)
    stays, _ = natural_exit(parameters, n_steps)
    return np.ascontiguousarray(np.moveaxis(ahead * stays, -1, 1))


def summed_ahead(onsets: FloatArray, weight: npt.NDArray[Any]) -> FloatArray:
    """Sum over s of onsets (..., L) at s times weight (2 L,) at s + t, for every t below L.

    By transforms, where a product with an L by L matrix would keep all processors busy for little.
    """
    n_steps, size = onsets.shape[-1], len(weight)
    transformed = np.conj(np.fft.rfft(onsets, size)) * np.fft.rfft(weight)
    return np.asarray(np.fft.irfft(transformed, size)[..., :n_steps])


@dataclass(frozen=True)
class YouthTable:
    """Totals per first onset over all spells of a youth until 18, at the nodes.

    Arrays are (B, K, F, R, D, G) unless said otherwise.
    """

    nodes: Nodes
    base: tuple[float, float]  # hazards per month of a later onset after the first 12 months
    served: FloatArray  # (K,) share of the identified who are served
    spells: FloatArray  # onsets
    steps: FloatArray  # steps exploited
    exposure: FloatArray  # this and the rest: the numbers of `Fluxes`, summed over steps and spells
    disclosed: FloatArray
    knew: FloatArray
    first: FloatArray
    first_knowing: FloatArray
    joining: FloatArray
    attached: FloatArray
    investigated: FloatArray  # investigations begun, which `Fluxes` does not have
    identified: FloatArray


def sum_over(nodes: Nodes, flux: FloatArray, ahead: FloatArray) -> FloatArray:
    """Sum of a flux (L, K, cells) weighed by `ahead`, as (B, K, F, R, D, G)."""
    total = np.einsum("tkc,btkc->bkc", flux, ahead)
    return np.asarray(total.reshape(len(ahead), len(nodes.told), *nodes.shape))


def youth_table(
    parameters: Parameters,
    nodes: Nodes,
    fluxes: Fluxes,
    served: FloatArray,
    base: tuple[float, float],
    wait_weeks: float = 0.0,
) -> YouthTable:
    """Add up all spells until 18; arguments as `run_spell` and `later_onsets` have them."""
    ahead = spells_ahead(parameters, fluxes, served, base)
    wait = wait_steps(parameters, wait_weeks)
    late = np.concatenate([np.zeros_like(fluxes.joining[:wait]), fluxes.joining])
    onset = np.zeros_like(fluxes.lived)
    onset[0] = 1.0

    def total(flux: FloatArray) -> FloatArray:
        return sum_over(nodes, flux, ahead)

    sums = {name: total(flux) for name, flux in vars(fluxes).items()}
    return YouthTable(
        nodes, base, served, spells=total(onset), steps=sums.pop("lived"),
        investigated=total(late[: len(fluxes.lived)]), **sums,
    )  # fmt: skip


def base_rates(parameters: Parameters) -> tuple[float, float]:
    """Hazards per month of a later onset after 12 months between which tables interpolate.

    0 and twice the mean over communities.
    """
    i = parameters.incidence
    relative = i.high_risk_ratio / applied(i.high_risk_ratio, i.high_risk_share)
    return 0.0, max(2.0 * i.onset_rate / 100_000.0 * relative / 12.0, 1e-9)


def served_share(parameters: Parameters, nodes: Nodes, fluxes: Fluxes) -> FloatArray:
    """Share (K,) of the identified who are served, in the place classes.

    By flow: places of a class against its identified youth who would accept, at the typical
    population and mean poverty, as many as there are if nobody is served.  Chance shortages are
    left out.
    """
    p, nobody = parameters, np.zeros(N_CLASSES)
    if not p.switches.services:
        return nobody
    ahead = spells_ahead(p, fluxes, nobody, base_rates(p))
    identified = sum_over(nodes, fluxes.identified, ahead).mean(0)
    density = density_of(p, np.array(TYPICAL_POPULATION))
    setting = Setting.of_classes(p)
    weights = disclosure_weights(p, setting.awareness, setting.known_offender, density)
    families = np.stack([1.0 - setting.family, setting.family], axis=-1)
    screening = screening_weights(nodes, np.full(N_CLASSES, p.assessment.screen_in))
    by_place = np.einsum(
        "kf,kfr,kd,kg,kfrdg->k",
        families, nodes.by_stratum, weights, screening, identified,
    )  # fmt: skip
    onsets = p.incidence.onset_rate * YOUTH_12_17_SHARE * np.array(p.incidence.place_ratio)
    yearly = onsets * by_place  # identified, per 100,000 youth
    wanted = p.services.uptake * np.array(p.services.distance_ratio)
    possible = np.array(p.services.places) * 12.0 / p.services.service_months
    return np.asarray(np.minimum(wanted, possible / np.maximum(yearly, 1e-12)))


def disclosure_weights(
    parameters: Parameters, awareness: FloatArray, known_share: FloatArray, density: FloatArray
) -> FloatArray:
    """Weights (C, D) of communities on the disclosure nodes, the known offender averaged.

    awareness, known_share, density: (C,); the nodes are those of a kind with that awareness.
    """
    low, high = disclosure_ends(parameters, awareness)
    weights = [
        node_weights(
            disclosure_hazard(parameters, awareness, density, offender_known),
            low,
            high,
            DISCLOSURE_NODES,
        )
        for offender_known in (False, True)
    ]
    return (1.0 - known_share)[:, None] * weights[0] + known_share[:, None] * weights[1]


def screening_weights(nodes: Nodes, screen_in: FloatArray) -> FloatArray:
    """Weights (C, G) of communities on the screening nodes; screen_in (C,) probabilities."""
    if len(nodes.screening) == 1:
        return np.ones((len(screen_in), 1))
    return node_weights(screen_in, np.array(0.0), np.array(1.0), len(nodes.screening))


#: What `by_kind` adds up beside the reports by channel: fields of `YouthTable`.
COUNTS = (
    "spells", "steps", "knew", "first", "first_knowing", "joining", "attached", "investigated",
    "identified",
)  # fmt: skip


def by_kind(parameters: Parameters, table: YouthTable, family: FloatArray) -> FloatArray:
    """Totals per first onset, strata averaged: (K, B * D * G, 18).

    family: (K,) share family-controlled.  The columns are `COUNTS`, then reports by channel.
    """
    nodes = table.nodes
    families = np.stack([1.0 - family, family], axis=-1)
    mixed = families[:, :, None] * nodes.by_stratum
    counts = np.stack([getattr(table, name) for name in (*COUNTS, "disclosed")])
    counts = np.einsum("qbkfrdg,kfr->kbdgq", counts, mixed)
    d = parameters.disclosure
    formal, confidant = d.formal_share, (1.0 - d.formal_share) * d.confidant_acts
    split = np.array([formal, confidant]) / max(formal + confidant, 1e-300)
    others = np.einsum("bkfrdg,kf,kfri->kbdgi", table.exposure, families, nodes.by_source)
    columns = np.concatenate([counts[..., :-1], counts[..., -1:] * split, others], axis=-1)
    return np.asarray(columns.reshape(len(family), -1, columns.shape[-1]))


def community_weights(
    table: YouthTable, disclosure: FloatArray, screening: FloatArray, again: FloatArray
) -> FloatArray:
    """Weights (C, B * D * G) from weights (C, D), (C, G) and later-onset hazards (C,) a month."""
    low, high = table.base
    t = (again - low) / (high - low)
    base = np.stack([1.0 - t, t], axis=-1)
    weights = base[:, :, None, None] * disclosure[:, None, :, None] * screening[:, None, None, :]
    return np.asarray(weights.reshape(len(again), -1))


def class_table(
    parameters: Parameters,
    one_screening: bool,
    wait_weeks: float = 0.0,
    served: float | None = None,
) -> YouthTable:
    """The table of the place classes.

    one_screening: one node, the mean probability of being screened in, or nodes from 0 to 1.
    served: share of the identified who are served; as many as places allow, if None.
    """
    return _class_table(parameters, one_screening, wait_weeks, served)


@functools.lru_cache(maxsize=8)  # which keeps f(x) apart from f(x, 0.0)
def _class_table(
    parameters: Parameters, one_screening: bool, wait_weeks: float, served: float | None
) -> YouthTable:
    nodes, fluxes = class_spells(parameters, one_screening, wait_weeks)
    share = served_share(parameters, nodes, fluxes) if served is None else served
    base = base_rates(parameters)
    return youth_table(parameters, nodes, fluxes, share * np.ones(N_CLASSES), base, wait_weeks)


@functools.lru_cache(maxsize=2)
def class_spells(
    parameters: Parameters, one_screening: bool, wait_weeks: float
) -> tuple[Nodes, Fluxes]:
    """Nodes of the place classes and their spells, which do not depend on who is served later."""
    mean = parameters.assessment.screen_in
    screening = np.array([mean]) if one_screening else node_places(SCREENING_NODES)
    nodes = Nodes.of(parameters, Setting.of_classes(parameters), screening)
    return nodes, run_spell(parameters, nodes, wait_weeks)
