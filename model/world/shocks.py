"""Shocks: attention or victimization rises in named communities and weeks (docs/model.md, 11).

They let an analyst ask whether a reader of the record could tell the two kinds apart.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from streetlight.model.advice import number_advice
from streetlight.model.arrays import FloatArray, Int32Array, Table, Uint32Array, row_type
from streetlight.model.calling import shown
from streetlight.model.clock import Clock
from streetlight.model.communities.region import Region
from streetlight.model.compiled import kernel, part
from streetlight.model.draws import Decision, uniforms
from streetlight.model.equations import campaigned, dosed, eased, filled
from streetlight.model.errors import InputError, did_you_mean
from streetlight.model.names import N_SECTORS
from streetlight.model.world.state import Block, Bought, Covered, Public

if TYPE_CHECKING:
    from streetlight.model.parameters import Parameters

KINDS = ("campaign", "training", "victimization", "police", "research", "mandate")
CAMPAIGN, TRAINING, VICTIMIZATION, POLICE, RESEARCH, MANDATE = range(len(KINDS))
#: Kinds whose size is a share of the community, or of the platforms, that they cover.
COVERING = ("police", "research", "mandate")
#: Kinds that may last to the end: a law stays.
LASTING = ("mandate",)

#: A shock in one community: kind (place in KINDS), first step, step after the last, amount.
SHOCK = row_type(
    [
        ("kind", "i4"),
        ("community", "i4"),
        ("start", "i4"),
        ("stop", "i4"),
        ("amount", "f8"),
        # how many of its kind the community has before this one: so that its luck hangs on no
        # shock of another kind, or of another community
        ("ordinal", "i4"),
    ]
)

#: Youth of a victimization shock are numbered from here, so that no other youth's luck moves.
FIRST_NUMBER = 1 << 24


@dataclass(frozen=True)
class Shock:
    """A rise in named communities.

    kind: "campaign" (size: standard campaigns), "training" (size: trainings per staff),
    "victimization" (size: factor on the onset of first spells, 1 or more), "police" (temporary
    posts that look; size: share they cover), "research" (what agencies hold is recorded and
    published, and youth are asked in a survey; size: share covered) or "mandate" (a law makes
    platforms report; size: share of platforms it covers, one law a community); week: first policy
    week; weeks: how long, None for a law that stays; communities: their ids.  InputError says what
    is wrong.

    >>> shock = sl.Shock("campaign", communities=("S0002",), week=10, weeks=8, size=2.0)
    >>> world = sl.draw_world(
    ...     sl.Parameters(), sl.Region.synthetic(4, seed=1), years=1, shocks=[shock])
    >>> world.shocks == (shock,)
    True
    """

    kind: Literal["campaign", "training", "victimization", "police", "research", "mandate"]
    communities: tuple[str, ...]
    week: int
    weeks: int | None
    size: float

    def __post_init__(self) -> None:
        problems = []
        if self.kind not in KINDS:
            advice = did_you_mean(str(self.kind), KINDS)
            problems.append(
                f"shock: kind: {self.kind!r}: must be one of {', '.join(KINDS)}{advice}"
            )
        if isinstance(self.communities, str) or not isinstance(self.communities, Sequence):
            allowed = 'must be a tuple of ids, as ("S0001",)'
            problems.append(f"shock: communities: {shown(self.communities)}: {allowed}")
        for name, kind, allowed in (("week", int, "a whole number"), ("size", float, "a number"),
                                    ("weeks", int, "a whole number, or None")):  # fmt: skip
            value = getattr(self, name)
            right = isinstance(value, int | kind | np.integer) and not isinstance(value, bool)
            if not right and not (name == "weeks" and value is None):
                advice = number_advice(value)
                problems.append(f"shock: {name}: {shown(value)}: must be {allowed}{advice}")
        if problems:
            raise InputError(*problems)
        if self.week < 0 or (self.weeks is not None and self.weeks < 1):
            problems.append("shock: week must be 0 or more and weeks 1 or more")
        if self.weeks is None and self.kind not in LASTING:
            problems.append(
                f"shock: weeks: a {self.kind} needs a number of weeks; a mandate may stay"
            )
        if not sizes(self.kind)[0] <= self.size <= sizes(self.kind)[1]:
            allowed = sizes_in_words(self.kind)
            problems.append(f"shock: size: {self.size!r}: must be {allowed}")
        if problems:
            raise InputError(*problems)


def sizes(kind: str) -> tuple[float, float]:
    """Least and largest size of a shock of a kind."""
    least = 1.0 if kind == "victimization" else 0.0
    return least, 1.0 if kind in COVERING else sys.float_info.max


def sizes_in_words(kind: str) -> str:
    """The same for messages: "1 or more", "between 0 and 1"."""
    return "between 0 and 1" if kind in COVERING else f"{sizes(kind)[0]:g} or more"


def mandate_problems(shocks: Sequence[Shock], parameters: Parameters) -> list[str]:
    """What is wrong with the mandates among shocks, in words."""
    laws = [shock for shock in shocks if shock.kind == "mandate"]
    problems = []
    if laws and not (parameters.switches.platforms and parameters.reporting.platform_rate > 0.0):
        problems.append(
            "a mandate needs platforms that send tips: switches.platforms must be on and "
            "reporting.platform_rate above 0"
        )
    named = Counter(community for law in laws for community in dict.fromkeys(law.communities))
    twice = [community for community, n in named.items() if n > 1]
    if twice:
        others = f" (and {len(twice) - 1:,} others)" if len(twice) > 1 else ""
        problems.append(f'a community can have one mandate, "{twice[0]}"{others} has more than one')
    return problems


def put_in_force(communities: Table, shocks: Table) -> None:
    """Write the mandates among the rows of shocks into those of their communities."""
    for law in shocks[shocks["kind"] == MANDATE]:
        row = communities[law["community"]]
        row["mandate"], row["mandate_start"], row["mandate_stop"] = (
            law["amount"], law["start"], law["stop"],
        )  # fmt: skip


def shock_table(shocks: Sequence[Shock], region: Region, clock: Clock) -> Table:
    """One row a shock and community."""
    row = {community: c for c, community in enumerate(region.ids)}
    before: Counter[tuple[int, str]] = Counter()
    rows = []
    for shock in shocks:
        start = clock.first_policy_step + clock.weeks(shock.week)
        for community in shock.communities:
            if community not in row:
                raise InputError(
                    f'shock: no community has the id "{community}"'
                    f"{did_you_mean(community, region.ids)}"
                )
            stop = clock.n_steps
            if shock.weeks is not None:
                stop = min(stop, start + max(1, clock.weeks(shock.weeks)))
            kind = KINDS.index(shock.kind)
            ordinal = before[kind, community]
            before[kind, community] += 1
            rows.append((kind, row[community], start, stop, shock.size, ordinal))
    return np.array(rows, SHOCK)


def researched(shocks: Table, year: int, steps_per_year: int, n_communities: int) -> FloatArray:
    """Share (C,) that the largest research project of some week of a year covers."""
    here = (shocks["kind"] == RESEARCH) & (shocks["start"] < (year + 1) * steps_per_year)
    here &= shocks["stop"] > year * steps_per_year
    covered = np.zeros(n_communities)
    np.maximum.at(covered, shocks["community"][here], shocks["amount"][here])
    return covered


@part
def strike(s, when):
    """Attention shocks of this step: part of *learn*, before awareness and telling are read off."""
    rates, x = s.rates[0], s.conditions
    for c in range(x.shape[1]):
        x[Covered.UNIT, c] = x[Bought.UNIT, c]
        x[Covered.RECORDING, c] = x[Bought.RECORDING, c]
    for j in range(s.shocks.shape[0]):
        shock = s.shocks[j]
        if when.step < shock.start or when.step >= shock.stop:
            continue
        c = shock.community
        if shock.kind == CAMPAIGN:
            raise_salience(s, c, shock.amount * rates.dose, when.step - shock.start)
        elif shock.kind == TRAINING:
            extra = shock.amount / (shock.stop - shock.start)
            for sector in range(N_SECTORS):
                trained, skill = x[Block.TRAINED + sector], x[Block.SKILL + sector]
                denial = x[Block.DENIAL + sector]
                trained[c] = filled(trained[c], extra, 0.0)
                skill[c] = filled(skill[c], extra, 0.0)
                denial[c] = eased(denial[c], denial[c], 0.0, extra * rates.training_denial)
        elif shock.kind == POLICE:
            x[Covered.UNIT, c] = max(x[Covered.UNIT, c], shock.amount)
        elif shock.kind == RESEARCH:
            x[Covered.RECORDING, c] = max(x[Covered.RECORDING, c], shock.amount)


@part
def raise_salience(s, c, total, offset):
    """A campaign: its dose over the first four weeks, then kept from fading below it."""
    rates, x = s.rates[0], s.conditions
    if offset < rates.rise_steps:
        salience, norm, denial = x[Public.SALIENCE, c], x[Public.NORM, c], x[Public.DENIAL, c]
        x[Public.SALIENCE, c], x[Public.NORM, c], x[Public.DENIAL, c] = campaigned(
            rates, salience, norm, denial, total / rates.rise_steps
        )
    so_far = total * min(1.0, (offset + 1.0) / rates.rise_steps)
    x[Public.SALIENCE, c] = max(x[Public.SALIENCE, c], dosed(0.0, so_far))


@kernel
def extra_onsets(world, communities, shocks, step, community, number):
    """Additional first onsets of victimization shocks; returns how many (see `onset_steps`)."""
    n = 0
    for r in range(shocks.shape[0]):
        shock = shocks[r]
        here = communities[shock.community]
        rate = here.onset * (shock.amount - 1.0)
        if shock.kind != VICTIMIZATION or rate <= 0.0:
            continue
        t, j = float(shock.start), 0
        while True:
            u = uniforms(world, here.key, shock.ordinal, Decision.SHOCK, 0, j)[0]
            t -= np.log(u) / rate
            if t >= shock.stop:
                break
            if n < step.shape[0]:
                step[n], community[n] = int(t), shock.community
                number[n] = FIRST_NUMBER + (shock.ordinal << 16) + j
            n += 1
            j += 1
    return n


def shock_onsets(
    world: Uint32Array, communities: Table, shocks: Table
) -> tuple[Int32Array, Int32Array, Uint32Array]:
    """Steps, communities and youth numbers of the onsets that shocks add."""
    n = extra_onsets(world, communities, shocks, *_room(0))
    columns = _room(n)
    extra_onsets(world, communities, shocks, *columns)
    return columns


def _room(n: int) -> tuple[Int32Array, Int32Array, Uint32Array]:
    return np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.uint32)
