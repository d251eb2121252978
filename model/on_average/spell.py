"""The expected spell: one forward recursion over the steps since onset, without simulation.

A spell's story depends on the kind of place and on three numbers: the probability per step of being
reported by others (at full recognisability), the hazard of disclosure, and the probability of being
screened in.  The recursion runs on a few nodes of each (`strata.Nodes`).  Natural exit and ageing
out are independent of everything else: `on_average.youth` multiplies by them.  Steps are those of
the model (weeks), so the only approximations are the interpolation and what happens when a youth
is reported twice in one step.

Axes: K kinds of place, F = 2 family control, R report nodes, D disclosure nodes, G screening nodes,
L steps (six years, or `years_watched`).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from streetlight.model.arrays import FloatArray
from streetlight.model.equations import (
    applied,
    p_step,
    ramp,
    screened_in,
    steps_of_weeks,
    substantiation,
)
from streetlight.model.names import FAMILIES
from streetlight.model.rates import rates_of

if TYPE_CHECKING:
    from streetlight.model.on_average.strata import Nodes
    from streetlight.model.parameters import Parameters

# States of knowledge: 4 * told + 2 * knows + blaming.
_KNOWS = np.array([2, 3, 6, 7])
_BLAMING = np.array([False, True] * 4)
#: What is read off them in each step: all youth, and those who know.
_READ = np.stack([np.ones(8), np.isin(np.arange(8), _KNOWS)])


@dataclass(frozen=True)
class Fluxes:
    """Expected numbers per spell in each step since its onset, (L, K, F * R * D * G) each.

    Given that neither natural exit nor ageing out has ended the spell.
    """

    exposure: FloatArray  # times the report probability of a source: its reports
    disclosed: FloatArray  # reports by the youth or a confidant
    knew: FloatArray  # youth who recognise what happens to them
    first: FloatArray  # first reports
    first_knowing: FloatArray  # first reports of youth who knew before
    joining: FloatArray  # cases that join the queue
    attached: FloatArray  # reports of youth whose case is open
    identified: FloatArray  # cases substantiated
    lived: FloatArray  # spells that go on after the step


def years_watched(parameters: Parameters) -> int:
    """Years since its onset in which a spell is followed.

    Age ends it within six. Without ageing out the expectation is cut where, at the default hazard
    of natural exit, one spell in 300 is open that nobody has identified.
    """
    return 6 if parameters.switches.ageing_out else 24


def recognisability(parameters: Parameters) -> FloatArray:
    """The ramp of section 6 at every step since onset, (L,)."""
    steps = np.arange(years_watched(parameters) * parameters.time.steps_per_year)
    return np.asarray(ramp(rates_of(parameters), steps))


def knowledge_step(parameters: Parameters, told: FloatArray) -> FloatArray:
    """Transition of one step between the 8 states of knowledge: (K, 8, 8), to x from."""
    rates = rates_of(parameters)
    knows, relief = (rates.p_self, rates.p_self_bound), rates.unblame
    step = np.zeros((len(told), 8, 8))
    for before in range(8):
        was_told, knew, blamed = before >> 2, (before >> 1) & 1, before & 1
        for after in range(8):
            is_told, know, blame = after >> 2, (after >> 1) & 1, after & 1
            if is_told < was_told or know < knew or blame > blamed:
                continue
            if is_told == was_told:
                p = np.ones_like(told) if was_told else 1.0 - told
                p = p * (blame == blamed)
            else:
                p = told * (1.0 if not blamed else relief if not blame else 1.0 - relief)
            if not knew:
                p = p * (knows[is_told] if know else 1.0 - knows[is_told])
            step[:, after, before] = p
    return step


def knowledge_at_onset(parameters: Parameters) -> FloatArray:
    """Shares (8,) of the states of knowledge when a spell starts."""
    rates = rates_of(parameters)
    told, blaming = parameters.knowing.told_stock if rates.told_on else 0.0, rates.self_blame
    start = np.zeros(8)
    start[0], start[1] = (1.0 - told) * (1.0 - blaming), (1.0 - told) * blaming
    still = blaming * (1.0 - rates.unblame)
    start[4], start[5] = told * (1.0 - still), told * still
    return start


def wait_steps(parameters: Parameters, wait_weeks: float) -> int:
    """Steps in the queue; 0 where capacity is not limited."""
    limited = parameters.switches.limited_capacity
    return steps_of_weeks(wait_weeks, parameters.time.steps_per_year) if limited else 0


def on_cells(nodes: Nodes, values: FloatArray, axes: tuple[int, ...]) -> FloatArray:
    """Values (K, ...) with `axes` of (F, R, D, G) as (K, 1, cells)."""
    kinds, shape = len(nodes.told), nodes.shape
    full = [kinds] + [n if axis in axes else 1 for axis, n in enumerate(shape)]
    values = np.broadcast_to(values.reshape(full), (kinds, *shape))
    return np.ascontiguousarray(values.reshape(kinds, 1, -1))


class Chances(NamedTuple):
    """What a step can bring to a spell, by step (L), kind of place, state of knowledge and cell.

    No report, no report that is screened in, and none after a closed case: each as the probability
    of none by others (L, K, 1, cells), and that of none by the youth or a confidant (K, 8, cells).
    """

    seen: FloatArray  # (L,) recognisability
    by_others: FloatArray  # (L, K, cells) expected reports of others
    disclosed: FloatArray  # (K, 8, cells) probability of a report by the youth or a confidant
    p_substantiated: FloatArray  # (K, 1, cells)
    no_report: tuple[FloatArray, FloatArray]
    none_in: tuple[FloatArray, FloatArray]
    none_in_again: tuple[FloatArray, FloatArray]

    @classmethod
    def of(cls, parameters: Parameters, nodes: Nodes, wait: int) -> Chances:
        """The chances at these nodes, where cases wait so many steps in the queue."""
        rates, kinds = rates_of(parameters), len(nodes.told)
        report, sources = on_cells(nodes, nodes.report, (0, 1)), on_cells(nodes, nodes.spread, (0,))
        acts = rates.formal_share + (1.0 - rates.formal_share) * rates.confidant_acts
        blame = applied(rates.blame_ratio, _BLAMING)[:, None]
        disclosed = p_step(on_cells(nodes, nodes.disclosure, (2,)) * blame) * acts
        disclosed[:, ~np.isin(np.arange(8), _KNOWS)] = 0.0
        seen = recognisability(parameters)

        def none_of(share: FloatArray) -> tuple[FloatArray, FloatArray]:
            """No report of those of which a share counts."""
            p = np.minimum(np.multiply.outer(seen, share * report / sources), 1 - 1e-15)
            return np.exp(sources * np.log1p(-p)), 1.0 - share * disclosed

        screened = on_cells(nodes, np.tile(nodes.screening, (kinds, 1)), (3,))
        again = screened_in(screened, rates.after_closed, True)
        p_substantiated = np.tile(substantiation(rates, np.array(FAMILIES), wait), (kinds, 1))
        return cls(
            seen, np.multiply.outer(seen, report[:, 0]), disclosed,
            on_cells(nodes, p_substantiated, (0,)),
            none_of(np.ones_like(screened)), none_of(screened), none_of(again),
        )  # fmt: skip


def run_spell(parameters: Parameters, nodes: Nodes, wait_weeks: float = 0.0) -> Fluxes:
    """Expected numbers per spell at these nodes, where a case waits so long in the queue."""
    wait = wait_steps(parameters, wait_weeks)
    chances, start = Chances.of(parameters, nodes, wait), knowledge_at_onset(parameters)
    step = knowledge_step(parameters, nodes.told)
    delay = wait + int(rates_of(parameters).decision_steps)
    read = recursion(chances, start, step, delay)
    everyone, _, opened, telling, telling_again, first, joining, identified = read[:, :, :, 0]
    knowing, _, _, _, _, first_knowing, _, identified_knowing = read[:, :, :, 1]
    knew = np.roll(knowing - identified_knowing, 1, axis=0)  # before the step
    knew[0] = start[_KNOWS].sum()
    return Fluxes(
        exposure=chances.seen[:, None, None] * everyone, disclosed=telling, knew=knowing - knew,
        first=first, first_knowing=first_knowing, joining=joining,
        attached=chances.by_others * opened + telling_again,
        identified=identified, lived=everyone - identified,
    )  # fmt: skip


def recursion(chances: Chances, start: FloatArray, step: FloatArray, delay: int) -> FloatArray:
    """What `_READ` sums up in each step, of each group of `flow`: (8, L, K, 2, cells).

    start (8,), step (K, 8, 8): of the states of knowledge; delay: steps from a report that is
    screened in to the decision.
    """
    seen, by_others, disclosed, p_substantiated, *none = chances
    (missed, silent), (missed_in, silent_in), (missed_again, silent_again) = none
    n_steps, kinds, cells = by_others.shape
    flow = np.zeros((8, kinds, 8, cells))
    everyone, never, opened, telling, telling_again, first, joining, identified = flow
    everyone[:] = never[:] = start[:, None]
    waiting = deque(np.zeros((delay, kinds, 8, cells)))
    while_open = np.linalg.matrix_power(step, delay)
    read = np.empty((len(flow), n_steps, kinds, len(_READ), cells))
    for i in range(n_steps):
        flow[:3] = step @ flow[:3]
        telling[:], telling_again[:] = everyone * disclosed, opened * disclosed
        first[:] = never * (1.0 - missed[i] * silent)
        joining[:] = never * (1.0 - missed_in[i] * silent_in)
        joining += (everyone - never - opened) * (1.0 - missed_again[i] * silent_again)
        waiting.append(joining.copy())
        decided = while_open @ waiting.popleft()
        identified[:] = decided * p_substantiated
        np.matmul(_READ, flow, out=read[:, i])
        everyone -= identified
        never -= first
        opened += joining - decided
    return read
