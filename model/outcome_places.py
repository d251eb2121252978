"""Outcomes by kind of place: place classes, silent places, thirds of effort, fifths of poverty.

Silent places are those whose books have nobody identified in the record years before the policy.
They are the same under all policies of a world, since all that is looked at lies before them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from streetlight.model.arrays import BoolArray, FloatArray, ratio
from streetlight.model.communities.groups import parts_of_youth
from streetlight.model.compiled import kernel
from streetlight.model.names import (
    FEWEST_YOUTH,
    INVESTIGATED,
    N_AGENCIES,
    SCREENED,
    SERVED,
    End,
    PlaceClass,
)
from streetlight.model.run.history import History
from streetlight.model.world.state import AttentionRow, Stock
from streetlight.model.world.world import World

#: Names of the place classes, and of groups by what went before the policy, in names of metrics.
CLASS_NAMES = tuple(place.name.lower() for place in PlaceClass)
BEFORE_NAMES = ("silent", "unpublished", "effort_low", "effort_high")

#: Steps of the cascade that the cohort is counted at, in the order of `count_cohort`.
STEPS = ("began", "noticed", "known", "screened", "investigated", "identified", "served", "soon")

Columns = dict[str, NDArray[np.float64]]


def before_policy(world: World) -> Columns:
    """What communities were like in the record years before the policy: name to (C,).

    silent: 1 where the books have nobody identified, rightly or wrongly; unpublished: 1 where no
    report was published; effort_third: 1 to 3, thirds of the youth by responders' mean effort.
    """
    state = world.state
    years = slice(world.clock.first_record_year, world.clock.first_policy_year)
    agencies = slice(Stock.RECORDED, Stock.RECORDED + N_AGENCIES)
    identified = state.yearly[Stock.RECORDED_IDENTIFIED, years]
    published = state.yearly[agencies, years] * state.takes_part[years]
    effort = state.attention[years, AttentionRow.EFFORT].sum(axis=0)
    return {
        "silent": (identified.sum(axis=0) == 0).astype(float),
        "unpublished": (published.sum(axis=(0, 1)) == 0).astype(float),
        "effort_third": parts_of_youth(effort, world.region.youth, 3).astype(float),
    }


def places_of(table: Columns) -> dict[str, BoolArray]:
    """Which communities of the community table are in a group: name of the group to (C,)."""
    groups = {name: table["place_class"] == k for k, name in enumerate(CLASS_NAMES)}
    groups |= {name: table[name] == 1.0 for name in ("silent", "unpublished")}
    return groups | {
        "effort_low": table["effort_third"] == 1.0, "effort_high": table["effort_third"] == 3.0,
    }  # fmt: skip


@kernel
def count_cohort(spells: Any, year: int, out: Any) -> None:
    """Spells of each community that came to each of `STEPS`, (steps, C), added to `out`.

    Soon: identified within `year` steps of its onset.
    """
    for i in range(spells.shape[0]):
        row = spells[i]
        if row.end_reason == End.PREVENTED:
            continue
        known, identified = row.known_at >= 0, row.end_reason == End.IDENTIFIED
        here = out[:, row.community]
        here[0] += 1
        here[1] += known or row.signal_at >= 0
        here[2] += known
        here[3] += known and row.stage & SCREENED != 0
        here[4] += known and row.stage & INVESTIGATED != 0
        here[5] += identified
        here[6] += identified and row.stage & SERVED != 0
        here[7] += identified and row.end - row.start <= year


def cohort(history: History, places: dict[str, BoolArray]) -> dict[str, float]:
    """Ascertainment of first spells that began in policy years 1 to H - 4, at least the first.

    Followed to the horizon: the shares that reach each step of the cascade, in all and by place
    class, and the share identified by every group of places.  No share exceeds that of the step
    before.  Followed for a year from its onset each: share identified, undefined where the last of
    them are not followed for so long.
    """
    clock, first_start = history.truth.clock, history.world.state.first_start
    last = clock.first_policy_step + max(1, history.years - 4) * clock.steps_per_year
    last = min(last, clock.n_steps)
    rows = history.truth.spells[first_start[clock.first_policy_step] : first_start[last]]
    reached = np.zeros((len(STEPS), history.region.n_communities), np.int64)
    count_cohort(rows, clock.steps_per_year, reached)
    n, *of_steps, soon = reached
    followed = clock.n_steps - last >= clock.steps_per_year
    out = {"cohort_identified_within_year": ratio(soon.sum(), n.sum() if followed else 0)}
    for step, count in zip(STEPS[1:-1], of_steps, strict=True):
        out[f"cohort_{step}_share"] = ratio(count.sum(), n.sum())
        for name, here in places.items():
            if name in CLASS_NAMES or step == "identified":
                out[f"{step}_share_{name}"] = ratio(count[here].sum(), n[here].sum())
    youth = history.region.youth
    out["worst_class_identified_share"] = lowest_of_classes(out, "identified_share", places, youth)
    return out


def averted_by_place(
    table: Columns, baseline: Columns, places: dict[str, BoolArray]
) -> dict[str, float]:
    """Person-years averted per 100,000 youth (10-17) by group of places, and in the worst class."""
    gain = baseline["true_active_person_years"] - table["true_active_person_years"]
    out = {
        f"averted_per_100k_{name}": 1e5 * ratio(gain[here].sum(), table["youth"][here].sum())
        for name, here in places.items()
    }
    youth = table["youth"]
    out["worst_class_averted_per_100k"] = lowest_of_classes(out, "averted_per_100k", places, youth)
    return out


def lowest_of_classes(
    metrics: dict[str, float], name: str, places: dict[str, BoolArray], youth: FloatArray
) -> float:
    """The lowest of a metric's values in the place classes with enough youth to tell it."""
    told = [place for place in CLASS_NAMES if youth[places[place]].sum() >= FEWEST_YOUTH]
    values = [metrics[f"{name}_{place}"] for place in told]
    return min((value for value in values if not np.isnan(value)), default=float("nan"))


def money_by_place(table: Columns, places: dict[str, BoolArray]) -> dict[str, float]:
    """Dollars spent per youth, and the share of all youth, in groups by what went before."""
    out = {}
    for name in BEFORE_NAMES:
        here = places[name]
        youth = table["youth"][here].sum()
        out[f"spending_per_youth_{name}"] = ratio(table["spending"][here].sum(), youth)
        out[f"youth_share_{name}"] = ratio(youth, table["youth"].sum())
    return out


def by_fifth(table: Columns, years: int) -> dict[str, float]:
    """True onsets and published reports a year per 1,000 youth, by poverty; 5 is the poorest."""
    out = {}
    for fifth in range(1, 6):
        here = table["poverty_quintile"] == fifth
        thousands = years * table["youth"][here].sum() / 1e3
        out[f"onsets_per_1000_fifth_{fifth}"] = ratio(table["true_onsets"][here].sum(), thousands)
        out[f"published_per_1000_fifth_{fifth}"] = ratio(table["published"][here].sum(), thousands)
    return out
