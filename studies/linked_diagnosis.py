"""Would linked cases help `streetlight diagnose`? How much better it is when it is told of repeats.

    python -m studies.linked_diagnosis

A repeat is a case of a person who had one in the 52 weeks before, as far as they are linked. Given
how many cases a year has, repeats are Poisson with the share p exp(s): p of the place (gamma, mean
as in the model), s by the signature of what changed, simulated as those of `studies.diagnose` are.
Something else moves the share by -.5, 0 or .5. The evidence is multiplied into that of the counts,
in the worlds by which `diagnose` is calibrated, and probabilities are compared with and without it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, product

import numpy as np
from scipy.special import logsumexp

from streetlight.model.arrays import FloatArray
from streetlight.model.communities.region import Region
from streetlight.model.inference.causes import (
    EVIDENCE_POWER,
    NAMED,
    PRIOR,
    log_evidence,
    possible,
    took_part,
)
from streetlight.model.inference.signatures import CAUSES, GROWTH
from streetlight.model.money.policies import build
from streetlight.model.names import PlaceClass
from streetlight.model.parameters import Parameters
from streetlight.model.run.simulation import draw_world, run_policy
from streetlight.model.world.shocks import Shock
from studies.diagnose import (
    BEFORE,
    BY_YEAR,
    KINDS,
    LUCK,
    MANY,
    NAMES,
    SIZES,
    STATES,
    YEARS,
    Changed,
    change,
    changed_world,
    repeats_by_year,
    truths,
)

#: Shape and rate of the gamma prior of the share of repeats: mean 7%, hardly informative.
SHAPE, RATE = 1.0, 14.0
ANY = (-0.5, 0.0, 0.5)
Responses = Mapping[str, Sequence[FloatArray]]


def share(region: Region, shocks: Sequence[Shock]) -> FloatArray:
    """Share of repeats in the policy years of metropolitan and of small places: (2, YEARS)."""
    world = draw_world(Parameters().with_values(MANY), region, years=YEARS, shocks=shocks)
    linked = repeats_by_year(run_policy(world, build("none")).record)[:, -YEARS:]
    small = region.place_class >= PlaceClass.TOWN
    totals = [linked[places].sum(axis=0) for places in (~small, small)]
    return np.stack([again / cases for cases, again in (total.T for total in totals)])


def responses() -> Responses:
    """Log ratios of the share of repeats by cause, in the order of sizes: (2, YEARS) each."""
    region = Region.us_counties().select(states=STATES)
    usual, found = share(region, []), dict[str, list[FloatArray]]()
    for kind, sizes in SIZES.items():
        for size, lasting in product(sizes, (False, True) if kind in BY_YEAR else (True,)):
            moved = change(kind, region.ids, size, lasting, 0, YEARS)
            ratio = np.log(share(region, moved) / usual)
            ratio[np.abs(ratio) < LUCK] = 0.0
            found.setdefault(NAMES.get(kind, kind), []).append(ratio)
    return found | {cause: [np.zeros((2, YEARS))] * len(sizes) for cause, sizes in GROWTH.items()}


def shifts(held: Responses, small: bool, after: int) -> FloatArray:
    """Log ratios (M, years) of all models, in the order of `causes.possible`."""
    at = np.minimum(np.arange(after), YEARS - 1)
    found = [np.zeros(after)]
    for n in (1, 2):
        for members in combinations(CAUSES, n):
            sizes = product(*(held[cause] for cause in members))
            found += [np.sum([one[int(small)][at] for one in size], axis=0) for size in sizes]
    return np.concatenate([np.zeros((len(found), BEFORE)), found], axis=1)


def evidence(linked: FloatArray, shift: FloatArray) -> FloatArray:
    """Log evidence (M,) of shifts (M, years) from cases and repeats (years, 2), up to a constant.

    The first year is left out: whether its cases are repeats is not known.
    """
    (n, k), s = linked[1:].T, shift[:, 1:]
    return np.asarray(s @ k - (k.sum() + SHAPE) * np.log(np.exp(s) @ n + RATE))


def compared(world: Changed, held: Responses, fewest: float) -> None:
    """Print how good probabilities are without and with repeats."""
    volume = world.counts[:, :, :-1].sum(axis=(1, 2)) / world.counts.shape[1]
    places = np.flatnonzero(volume >= fewest)
    judged: dict[str, list[tuple[str, float, bool]]] = {"without": [], "with": []}
    for c in places:
        counts, small = world.counts[c], bool(world.small[c])
        after = len(counts) - BEFORE
        models = possible(small, BEFORE, after)
        prior = np.append(models.log_prior, np.log(PRIOR["else"]))
        by_counts = EVIDENCE_POWER * log_evidence(counts, BEFORE, models)
        step = np.outer(ANY, np.arange(len(counts)) >= BEFORE)
        of_any = logsumexp(evidence(world.linked[c], step)) - np.log(len(ANY))
        by_repeats = np.append(evidence(world.linked[c], shifts(held, small, after)), of_any)
        truth = truths(KINDS[world.kinds[c]], own_files=True)
        for name, more in (("without", 0.0), ("with", EVIDENCE_POWER)):
            log_weight = prior + by_counts + more * by_repeats
            stated = took_part(models, np.exp(log_weight - logsumexp(log_weight)))
            judged[name] += [(k, stated[k], true) for k, true in truth.items() if true is not None]
    for name, rows in judged.items():
        brier = np.mean([(p - true) ** 2 for _, p, true in rows])
        named = [true for _, p, true in rows if p > NAMED]
        victim = [p for cause, p, true in rows if cause == "victimization" and true]
        print(f"  {fewest:g} reports a year or more, {len(places)} places, {name} repeats: mean "
              f"squared error {brier:.4f}; {len(named)} named, {named.count(False)} wrong; "
              f"victimization where it is {np.mean(victim):.3f}", flush=True)  # fmt: skip


def main() -> None:
    """Simulate the responses, then a world of each reading, and print the comparison."""
    held = responses()
    for reading in ("mixed", "even"):
        world = changed_world(reading, 100)
        print(reading, flush=True)
        for fewest in (10.0, 60.0):
            compared(world, held, fewest)


if __name__ == "__main__":
    main()
