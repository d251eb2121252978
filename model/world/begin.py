"""A world: everything that is drawn once for a future and a replicate and shared by all policies.

`begin_world` draws the first spells with their occasions.  `draw_world` (`run/simulation.py`) then
runs the filling years and burn-in without added spending, and a policy run starts from a copy of
the state at the end of burn-in.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streetlight.model.arrays import FloatArray, Int32Array, Table, Uint32Array
from streetlight.model.clock import Clock
from streetlight.model.communities.region import Region
from streetlight.model.draws import world_key
from streetlight.model.equations import (
    fading,
    inflow_to_hold,
    shifted,
    skill_at_rest,
)
from streetlight.model.errors import InputError
from streetlight.model.names import N_AGENCIES, N_CLASSES, N_SECTORS
from streetlight.model.on_average import cascade
from streetlight.model.parameters import Parameters
from streetlight.model.rates import make_rates
from streetlight.model.world.attention import Lasting, draw_attention, mean_power
from streetlight.model.world.census import as_agencies_see, with_true_youth
from streetlight.model.world.communities import false_at_rest, make_communities
from streetlight.model.world.occasions import SCRATCH
from streetlight.model.world.pools import make_pools
from streetlight.model.world.rows import CASE, ENTRIES, NODE, TOUCH, empty_spells
from streetlight.model.world.shocks import (
    Shock,
    mandate_problems,
    put_in_force,
    shock_onsets,
    shock_table,
)
from streetlight.model.world.state import (
    N_KINDS,
    N_PREPARED,
    Block,
    Calendar,
    Count,
    FixedPoint,
    Hand,
    Kind,
    Public,
    State,
    Stock,
)
from streetlight.model.world.victimization import (
    false_tips_of,
    first_spells,
    prepare,
)
from streetlight.model.world.world import World


def make_calendar(prepared_start: Int32Array, first_start: Int32Array) -> Int32Array:
    """The calendar with what is drawn with the world; nothing is entered yet.

    prepared_start (n_steps * N_PREPARED + 1,): where the occasions of a step and kind begin.
    """
    calendar = np.zeros((len(first_start), Calendar.LATER + 1), np.int32)
    starts = prepared_start[:-1].reshape(-1, N_PREPARED)
    calendar[:-1, Calendar.PREPARED : Calendar.PREPARED + N_PREPARED] = starts
    calendar[:-1, Calendar.PREPARED + N_PREPARED] = prepared_start[N_PREPARED::N_PREPARED]
    calendar[:, Calendar.FIRST] = first_start
    calendar[:, Calendar.LAST : Calendar.LAST + N_KINDS] = -1
    return calendar


def enter_false_tips(calendar: Int32Array, drawn: tuple[Int32Array, Int32Array]) -> Table:
    """Enter false tips of platforms in the calendar; returns its nodes, one a tip.

    drawn: their steps and communities.
    """
    column, nodes = Calendar.LAST + Kind.FALSE_TIP, np.zeros(len(drawn[0]), NODE)
    nodes["subject"][:, 0] = drawn[1]
    for n, step in enumerate(drawn[0]):
        nodes["before"][n] = calendar[step, column]
        calendar[step, column] = n * ENTRIES
        calendar[step, Calendar.ENTERED] += 1
    return nodes


def start_conditions(
    p: Parameters, region: Region, communities: Table, rates: Table, logits: FloatArray, months: int
) -> FloatArray:
    """Conditions at the first filling step: fixed points everywhere, nothing bought.

    logits (3, C): shifts of the public's norm, trained staff and leaders' denial within a class.
    """
    x = np.zeros((Block.AWARENESS_SUM + months, region.n_communities))
    k, turnover = region.place_class.astype(np.intp), p.training.turnover
    norm, trained, denial = (
        shifted(np.array(by_class)[k], shift)
        for by_class, shift in zip(
            (p.awareness.hotline, p.training.trained_share, p.denial.leaders), logits, strict=True
        )
    )
    x[Public.NORM] = x[Public.AWARENESS] = x[FixedPoint.NORM] = norm
    x[Public.DENIAL] = x[FixedPoint.DENIAL_PUBLIC] = p.denial.public
    x[Public.TOLD] = p.knowing.told_stock if p.switches.telling else 0.0
    x[Public.FOLLOW] = 1.0
    skill = skill_at_rest(trained, turnover, fading(p.training.skill_half_life))
    x[FixedPoint.DENIAL], x[FixedPoint.TRAINING] = denial, inflow_to_hold(trained, turnover)
    x[FixedPoint.SKILL] = skill
    x[FixedPoint.YOUTH_REPORTED] = communities["youth"] * communities["report_ratio"]
    for row, rest in ((Block.TRAINED, trained), (Block.SKILL, skill), (Block.DENIAL, denial)):
        x[row : row + N_SECTORS] = rest
    if rates["effort_on"][0] and rates["false_on"][0]:
        rest = false_at_rest(rates[0], communities, skill, denial)
        x[Block.FALSE_REST : Block.FALSE_REST + N_SECTORS] = rest
    return x


def first_state(
    parameters: Parameters,
    region: Region,
    clock: Clock,
    *,
    key: Uint32Array,
    communities: Table,
    rates: Table,
    investigators: FloatArray,
    attention: FloatArray,
    logits: FloatArray,
    shocks: Table,
    spells: Table,
    first_start: Int32Array,
) -> State:
    """The state at the first filling step: nothing has happened."""
    c, years = region.n_communities, clock.n_years
    conditions = start_conditions(parameters, region, communities, rates, logits, clock.n_months)
    start, prepared = prepare(key, rates, communities, attention, conditions, spells, clock.n_steps)
    yearly = np.zeros((Stock.RECORDED + N_AGENCIES, years, c), np.int32)
    counts = np.zeros(len(Count), np.int64)
    counts[Count.SPELLS] = len(spells)
    calendar = make_calendar(start, first_start)
    nodes = enter_false_tips(calendar, false_tips_of(key, rates, communities, clock.n_steps))
    counts[Count.NODES] = len(nodes)
    return State(
        world=key, rates=rates, communities=communities,
        neighbours=np.concatenate(
            [region.neighbour_start + len(region.neighbour_start), region.neighbour_index]
        ).astype(np.int32),
        attention=attention, shocks=shocks, calendar=calendar, prepared=prepared, nodes=nodes,
        drawn=spells,
        spells=empty_spells(int(1.5 * len(spells)) + 1024),  # unwritten rows cost nothing
        cases=np.empty(0, CASE), touches=np.empty(0, TOUCH),
        pools=make_pools(parameters, region, communities, investigators, clock),
        conditions=conditions, yearly=yearly,
        monthly=np.zeros((Stock.ACTIVE_STEPS + 1, clock.n_months, N_CLASSES), np.int32),
        handed=np.empty((len(Hand), SCRATCH), np.int64), scratch=np.empty(SCRATCH),
        counts=counts,
    )  # fmt: skip


def posts_of(
    parameters: Parameters,
    region: Region,
    key: Uint32Array,
    communities: Table,
    lasting: Lasting,
    false_scale: float,
) -> FloatArray:
    """Investigators that stand without added spending (C,), real numbers."""
    if parameters.assessment.posts == "seen":
        posts = cascade.seen_posts(parameters, as_agencies_see(parameters, region, key))
        exponent = parameters.assessment.posts_exponent
        if parameters.attention.effort_differs:
            posts = posts * lasting.effort**exponent / mean_power(parameters, exponent)
        return posts
    expected = cascade.expected_cascade(
        parameters, region, communities["frailty"], communities["screen_in"]
    )
    return cascade.baseline_investigators(parameters, region, expected, false_scale)


def begin_world(
    parameters: Parameters,
    region: Region,
    *,
    seed: int = 0,
    future: int | str = 0,
    replicate: int = 0,
    years: int = 10,
    shocks: Sequence[Shock] = (),
    spells: Table | None = None,
) -> World:
    """A world at its first filling step.  `spells` replaces the first spells drawn (tests).

    Given spells need community, number and start, sorted by start; the rest is drawn.
    """
    if problems := mandate_problems(shocks, parameters):
        raise InputError(*(f"shock: {problem}" for problem in problems))
    t = parameters.time
    clock = Clock(t.steps_per_year, t.filling_years, t.burn_in_years, years)
    key = world_key(seed, future, replicate)
    region = with_true_youth(parameters, region, key)
    communities, lasting = make_communities(parameters, region, clock, key)
    communities["false_tips"] = cascade.false_tips(parameters, region) / clock.steps_per_year
    attention = draw_attention(parameters, region, key, clock.n_years, lasting)
    false_scale = cascade.false_scale(parameters, region)
    investigators = posts_of(parameters, region, key, communities, lasting, false_scale)
    struck = shock_table(shocks, region, clock)
    put_in_force(communities, struck)
    if spells is None:
        added = shock_onsets(key, communities, struck)
        spells, first_start = first_spells(key, communities, clock.n_steps, added)
    else:
        at = np.arange(clock.n_steps + 1)
        first_start = np.searchsorted(spells["start"], at).astype(np.int32)
    state = first_state(
        parameters, region, clock, key=key, communities=communities, shocks=struck, spells=spells,
        rates=make_rates(parameters, false_scale / parameters.attention.mean_effort),
        investigators=investigators, attention=attention, logits=lasting.logits,
        first_start=first_start,
    )  # fmt: skip
    return World(
        parameters=parameters, region=region, clock=clock, seed=seed, future=future,
        replicate=replicate, investigators=investigators, shocks=tuple(shocks), state=state,
    )  # fmt: skip
