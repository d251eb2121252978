"""Planners for many futures: the plan that is least wrong, by an agency's own model.

What is believed is one future; the others change one thing each.  A plan is made for every future
(or, to help those worst off, for every class of place), and the agency chooses a blend of these
plans: a linear program on what each plan saves in each future, as a blend saves at least the blend
of what its parts save while the next dollar saves less than the last.  It then compares the blend
with every single plan in the model itself, and takes the best.  Plans are made every few years and
repeated in between, as strategies are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.optimize import linprog

from streetlight.model.arrays import FloatArray
from streetlight.model.inference.hidden_risk import HIDDEN_CV
from streetlight.model.inference.undetected import expected
from streetlight.model.money.planning import plan, working
from streetlight.model.money.registry import planner
from streetlight.model.money.response import Response
from streetlight.model.money.rules.portfolios import last_dollars, onsets_as_estimated
from streetlight.model.names import FEWEST_YOUTH, LEVER_INDEX, N_CLASSES, PlaceClass
from streetlight.model.record.beliefs import Responses
from streetlight.model.record.view import PlanningView

TRAINING = LEVER_INDEX["training"]
ELSEWHERE = 0.05  # weight of other classes in a plan made for one, so that it is not blind to them

#: From what some plans save (n, S * K) and what every single plan saves (J, S * K), in S futures
#: and K classes, to numbers (n, S * K) that are to be large, linear in the first up to constants.
Goal = Callable[[FloatArray, FloatArray], FloatArray]

# ------------------------------------------------------------------------ what is prepared for


def alike(view: PlanningView, onsets: FloatArray) -> FloatArray:
    """The same onsets in all, spread by youth alone."""
    return view.youth * float(onsets.sum()) / max(float(view.youth.sum()), 1e-300)


def steeper(view: PlanningView, onsets: FloatArray) -> FloatArray:
    """The same onsets in all, with twice the ratio of poor to other households."""
    ratio = view.beliefs.poverty_ratio
    tilted = onsets * expected(view, 2.0 * ratio) / np.maximum(expected(view, ratio), 1e-300)
    return np.asarray(tilted * float(onsets.sum()) / max(float(tilted.sum()), 1e-300))


def hidden(view: PlanningView, onsets: FloatArray) -> FloatArray:
    """Twice the onsets in towns and rural places."""
    return np.where(view.place_class >= PlaceClass.TOWN, 2.0 * onsets, onsets)


def weak_training(r: Responses) -> Responses:
    """Training does half of what is believed."""
    gain = r.gain.copy()
    gain[TRAINING] *= 0.5
    return replace(r, gain=gain)


def more_to_do(r: Responses) -> Responses:
    """A fifth more reports to investigate than believed."""
    return replace(r, true_load=1.2 * r.true_load, false_load=1.2 * r.false_load)


RISKS: tuple[Callable[[PlanningView, FloatArray], FloatArray], ...] = (alike, steeper, hidden)
ANSWERS: tuple[Callable[[Responses], Responses], ...] = (weak_training, more_to_do)


def futures(view: PlanningView, share_seen: float, hidden_cv: float) -> list[Response]:
    """The futures prepared for: what is believed first, then one change each."""
    onsets, r = onsets_as_estimated(view, share_seen, hidden_cv), view.responses
    return [
        Response(view.prices, r, onsets),
        *(Response(view.prices, r, change(view, onsets)) for change in RISKS),
        *(Response(view.prices, change(r), onsets) for change in ANSWERS),
    ]


# ------------------------------------------------------------------------------ what is chosen


@dataclass(frozen=True, eq=False)
class Candidates:
    """Plans (J, C, L) and the futures they are judged in; classes (C, K): who is counted apart."""

    plans: FloatArray
    models: list[Response]
    classes: FloatArray

    @classmethod
    def of(cls, view: PlanningView, mix: FloatArray | None, models: list[Response],
           classes: FloatArray) -> Candidates:  # fmt: skip
        """A plan for each future or, with more than one class, for all and for each class."""
        budget, last = view.budget_dollars, last_dollars(view)
        first = plan(models[0], budget, mix=mix, last=last)
        if classes.shape[1] > 1:
            others = [
                plan(models[0], budget, mix=mix, last=first, weights=np.maximum(column, ELSEWHERE))
                for column in classes.T
            ]
        else:
            others = [plan(model, budget, mix=mix, last=first) for model in models[1:]]
        return cls(np.array([first, *others]), models, classes)

    def saved(self, dollars: FloatArray) -> FloatArray:
        """Person-years a year that dollars (C, L) save by future and class: (S * K,)."""
        works = working(self.models[0].prices, dollars)
        return np.concatenate([
            (idle - model.at(works).person_years) @ self.classes
            for model, idle in zip(self.models, self.idle, strict=True)
        ])  # fmt: skip

    @cached_property
    def idle(self) -> list[FloatArray]:
        """Person-years (C,) without money, in each future."""
        nothing = np.zeros_like(self.plans[0])
        return [model.at(nothing).person_years for model in self.models]

    @cached_property
    def table(self) -> FloatArray:
        """What each plan saves (J, S * K)."""
        return np.array([self.saved(dollars) for dollars in self.plans])

    def blended(self, goal: Goal) -> FloatArray:
        """Dollars (C, L) of the best blend or single plan: the goal's worst number is largest."""
        blend = np.tensordot(_best_shares(goal(self.table, self.table)), self.plans, axes=1)
        tried = np.concatenate([self.plans, blend[None]])
        saved = np.concatenate([self.table, self.saved(blend)[None]])
        worst = goal(saved, self.table).min(axis=1)
        return np.asarray(tried[int(np.argmax(worst))])


def _best_shares(table: FloatArray) -> FloatArray:
    """Shares (J,) of plans, sum 1, whose blend of rows of table (J, n) has the largest minimum."""
    n_plans, n = table.shape
    scale = max(float(np.abs(table).max()), 1e-300)
    answer = linprog(
        np.append(np.zeros(n_plans), -1.0),
        A_ub=np.column_stack([-table.T / scale, np.ones(n)]),
        b_ub=np.zeros(n),
        A_eq=np.append(np.ones(n_plans), 0.0)[None],
        b_eq=[1.0],
        bounds=[(0.0, 1.0)] * n_plans + [(None, None)],
    )
    return np.asarray(np.maximum(answer.x[:n_plans], 0.0) / np.maximum(answer.x[:n_plans], 0).sum())


def repeated(view: PlanningView, years: float) -> FloatArray | None:
    """Last year's dollars in the proportions they had, in the years between plans, else None."""
    last = last_dollars(view)
    if last is None or view.period % max(1, int(years)) == 0:
        return None
    return np.asarray(last * (view.budget_dollars / float(last.sum())))


def best_blend(
    view: PlanningView, mix: FloatArray | None, years: float, share_seen: float, hidden_cv: float,
    classes: FloatArray, goal: Goal,
) -> FloatArray:  # fmt: skip
    """Dollars of the best blend by a goal; last year's once more in the years between plans."""
    kept = repeated(view, years)
    if kept is not None:
        return kept
    return Candidates.of(view, mix, futures(view, share_seen, hidden_cv), classes).blended(goal)


def everybody(view: PlanningView) -> FloatArray:
    """All communities as one class (C, 1)."""
    return np.ones((view.n_communities, 1))


def classes_told(view: PlanningView) -> FloatArray:
    """Which class of place a community is of (C, K), classes with enough youth to be told apart.

    As the outcome has it, a class with few youth is never the worst-off; where all have few, those
    with any youth count.
    """
    members = [view.place_class == c for c in range(N_CLASSES)]
    youth = [float(view.youth[one].sum()) for one in members]
    least = FEWEST_YOUTH if max(youth) >= FEWEST_YOUTH else 0.0
    told = [one for one, n in zip(members, youth, strict=True) if n > 0.0 and n >= least]
    return np.array(told, float).reshape(len(told), view.n_communities).T


# -------------------------------------------------------------------------------- the planners


@planner(
    title="Planned for least regret",
    summary="The plan that falls least behind the best, whichever future comes.",
    sees="as the planned portfolio",
    used_by="planning under deep uncertainty (decision scaling, robust decision making)",
)
def minimax_regret(
    view: PlanningView, mix: FloatArray, *, hold_mix: float = 0.0, years: float = 5.0,
    share_seen: float = 0.2, hidden_cv: float = HIDDEN_CV,
) -> FloatArray:  # fmt: skip
    """The plan whose largest shortfall against the best plan, over six futures, is smallest.

    Futures: what is believed; risk alike everywhere; twice as steep in poverty; twice as high in
    towns and rural places; training worth half; a fifth more to investigate. Planned every `years`
    (5) and repeated in between. With `hold_mix` 1 the mix is held.
    """
    return best_blend(
        view, mix if hold_mix else None, years, share_seen, hidden_cv, everybody(view),
        lambda saved, by_plan: saved - by_plan.max(axis=0),
    )  # fmt: skip


@planner(
    title="Planned for the worst future",
    summary="The plan that averts most in the future in which it averts least.",
    sees="as the planned portfolio",
    used_by="agencies that must not fail in the worst future",
)
def maximin(
    view: PlanningView, mix: FloatArray, *, hold_mix: float = 0.0, years: float = 5.0,
    share_seen: float = 0.2, hidden_cv: float = HIDDEN_CV,
) -> FloatArray:  # fmt: skip
    """The plan that saves most in the future in which it saves least; futures as minimax regret."""
    return best_blend(
        view, mix if hold_mix else None, years, share_seen, hidden_cv, everybody(view),
        lambda saved, _: saved,
    )  # fmt: skip


@planner(
    title="Planned for the worst-off places",
    summary="The plan that averts most in the kind of place where it averts least.",
    sees="as the planned portfolio, class of place",
    used_by="programmes that promise the same chance of being found wherever a youth lives",
)
def worst_off_first(
    view: PlanningView, mix: FloatArray, *, hold_mix: float = 0.0, years: float = 5.0,
    share_seen: float = 0.2, hidden_cv: float = HIDDEN_CV,
) -> FloatArray:  # fmt: skip
    """The plan that saves most per youth in the class of place and future where it saves least.

    Futures as minimax regret; classes of place as large metro, small metro, town, rural, those
    with fewer than 100 youth left out.
    """
    classes = classes_told(view)
    if not classes.size:
        return np.zeros_like(view.prices.unit_cost)
    youth = np.tile(view.youth @ classes, len(RISKS) + len(ANSWERS) + 1)
    return best_blend(
        view, mix if hold_mix else None, years, share_seen, hidden_cv, classes,
        lambda saved, _: saved / youth,
    )  # fmt: skip
