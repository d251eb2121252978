"""The engine's run of a setting, and its outcomes under the names of the plain model."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from streetlight.model.money.policies import build
from streetlight.model.names import AGENCIES, LEVER_INDEX, End, Outcome, Tally
from streetlight.model.run.allocation import allocate
from streetlight.model.run.history import History
from streetlight.model.run.simulation import Simulation, draw_world
from streetlight.model.world.pools import set_capacity
from streetlight.model.world.state import AttentionRow, Bought, Count, FixedPoint, Public, When
from streetlight.model.world.world import World

from .attention import AGENCIES_OF_THE_PAGE, Attention
from .outcomes import CHANNELS, CLASS_NAMES
from .settings import Setting

TALLIES = {
    "first_onsets": Tally.FIRST_ONSETS, "reexploitation_onsets": Tally.LATER_ONSETS,
    "prevented_onsets": Tally.PREVENTED, "knew": Tally.KNEW, "recognised": Tally.RECOGNISED,
    "known": Tally.KNOWN, "reports": Tally.REPORTS, "false_reports": Tally.FALSE_REPORTS,
    "screened_in": Tally.SCREENED_IN, "investigated": Tally.INVESTIGATED,
    "false_investigated": Tally.FALSE_INVESTIGATED, "identified": Tally.IDENTIFIED,
    "false_identified": Tally.FALSE_IDENTIFIED, "offered_no_place": Tally.OFFERED_NO_PLACE,
    "served": Tally.SERVED,
}  # fmt: skip
BY_CLASS = {
    "first_onsets": Tally.FIRST_ONSETS, "known": Tally.KNOWN, "identified": Tally.IDENTIFIED,
}  # fmt: skip


def world_of(setting: Setting, replicate: int) -> World:
    """The world of a replicate, at the end of its burn-in."""
    return draw_world(
        setting.parameters, setting.region, seed=20, replicate=replicate, years=setting.years,
        shocks=setting.shocks,
    )  # fmt: skip


def attention_of(world: World) -> list[Attention]:
    """What the engine drew of every community's attention; posts follow the effort of year 0."""
    drawn, conditions = world.state.attention, world.state.conditions
    inflow = conditions[FixedPoint.TRAINING]
    trained = inflow / (inflow + world.parameters.training.turnover)
    level = world.parameters.attention.of(world.parameters.attention.effort_level)
    rows = [AttentionRow.RECORDED + AGENCIES.index(name) for name in AGENCIES_OF_THE_PAGE]
    return [
        Attention(
            effort=drawn[:, AttentionRow.EFFORT, i].tolist(),
            lasting=float(drawn[0, AttentionRow.EFFORT, i]) / level,
            books=drawn[:, rows, i].tolist(),
            publishing=drawn[:, AttentionRow.TAKES_PART, i].tolist(),
            trained=float(trained[i]),
            denial=float(conditions[FixedPoint.DENIAL, i]),
            norm=float(conditions[FixedPoint.NORM, i]),
        )
        for i in range(len(trained))
    ]


def policy_years(setting: Setting, world: World) -> Simulation:
    """The policy years to come, with the setting's lever effects in place of what money buys."""

    def spend(sim: Simulation, when: When) -> None:
        allocate(sim, when)  # the policy spends nothing; resources may follow the record
        if when.step_of_year:
            return
        clock = sim.clock
        year = when.year - clock.first_policy_year
        levels = {name: level[year] for name, level in setting.levels.items()}
        for row in Bought:
            sim.state.conditions[row] = levels[row.name.lower()]
        sim.spending.units[year, :, LEVER_INDEX["survey"]] = levels["survey"]
        set_capacity(
            sim.state.pools, sim.parameters, world.region, sim.state.communities,
            world.investigators + levels["investigators"], levels["places"], clock,
        )  # fmt: skip

    return Simulation(world, build("none"), phases={"allocate": spend})


def outcomes(sim: Simulation) -> dict[str, float]:
    """Totals of the policy years, and means over communities of the state at their end."""
    sim.run()
    history = sim.history()
    truth, clock = history.truth, history.truth.clock
    found = {name: float(truth.tally(tally).sum()) for name, tally in TALLIES.items()}
    found |= _by_class(history) | _of_spells(history) | _of_cases(sim) | _of_record(history)
    first = clock.first_policy_year
    years = truth.ledger.person_steps[:, first:].sum(axis=(1, 2)) / clock.steps_per_year
    found["person_years"], found["known_still_exploited_person_years"] = map(float, years)
    found["backlog_end"] = float(truth.conditions.backlog.sum())
    found["trained_end"] = float(truth.conditions.trained.mean())
    found["skill_end"] = float(truth.conditions.skill.mean())
    found["denial_end"] = float(truth.conditions.denial.mean())
    found["public_denial_end"] = float(truth.conditions.public[Public.DENIAL].mean())
    found["awareness_end"] = float(truth.conditions.public[Public.AWARENESS].mean())
    found["told_stock_end"] = float(truth.conditions.public[Public.TOLD].mean())
    return found


def _by_class(history: History) -> dict[str, float]:
    truth = history.truth
    return {
        f"{what}_{name}": float(truth.tally(tally)[history.region.place_class == k].sum())
        for what, tally in BY_CLASS.items()
        for k, name in enumerate(CLASS_NAMES)
    }


def _of_spells(history: History) -> dict[str, float]:
    """Endings and durations, from the table of spells."""
    spells, clock = history.truth.spells, history.truth.clock
    first = clock.first_policy_step
    ended = (spells["end"] >= first) & (spells["end"] < clock.n_steps)
    later = spells[spells["ordinal"] > 0]
    open_steps = np.minimum(later["end"], clock.n_steps) - np.maximum(later["start"], first)
    known = spells[spells["known_at"] >= first]
    identified = spells[ended & (spells["end_reason"] == End.IDENTIFIED)]
    return {
        "natural_exits": float((ended & (spells["end_reason"] == End.NATURAL)).sum()),
        "aged_out": float((ended & (spells["end_reason"] == End.AGED_OUT)).sum()),
        "person_years_later": float(open_steps.clip(0).sum()) / clock.steps_per_year,
        "steps_until_known": float((known["known_at"] - known["start"]).sum()),
        "steps_until_identified": float((identified["end"] - identified["start"]).sum()),
    }


def _of_cases(sim: Simulation) -> dict[str, float]:
    """Openings, waits, recalled onsets and touches, from the agencies' files."""
    state, clock = sim.state, sim.clock
    first = clock.first_policy_step
    cases = state.cases[: state.counts[Count.CASES]]
    new = cases["opened"] >= first
    false = new & (cases["spell"] < 0)
    begun = cases[cases["investigated"] >= first]
    found = {
        "cases": float((new & (cases["spell"] >= 0)).sum()),
        "false_cases": float(false.sum()),
        "false_screened_in": float((false & (cases["outcome"] != Outcome.SCREENED_OUT)).sum()),
        "steps_waited": float((begun["investigated"] - begun["opened"]).sum()),
    }
    for channel, name in enumerate(CHANNELS[3:], start=3):
        found[f"false_reports_{name}"] = float((false & (cases["channel"] == channel)).sum())
    touches = state.touches[: state.counts[Count.TOUCHES]]
    of = cases[touches["case"]]
    after = (of["outcome"] == Outcome.SUBSTANTIATED) & (touches["step"] > of["closed"])
    seen = (touches["step"] >= first) & (touches["step"] < clock.n_steps)
    found["touches_after_identification"] = float((after & seen).sum())
    return found


def _of_record(history: History) -> dict[str, float]:
    """What the record shows of the policy years."""
    record, clock = history.record, history.truth.clock
    counts, first = record.counts, 12 * clock.burn_in_years

    def by_channel(what: str, table: npt.NDArray[np.int32]) -> dict[str, float]:
        sums = table[first:].sum(axis=(0, 1)).tolist()
        return {f"{what}_{name}": float(n) for name, n in zip(CHANNELS, sums, strict=True)}

    found = by_channel("referrals", counts.referrals)
    found |= by_channel("opened", counts.investigated) | by_channel("confirmed", counts.identified)
    found["hotline_calls"] = float(counts.calls[first:].sum())
    found["published_reports"] = float(record.published_reports[:, clock.burn_in_years :].sum())
    found["published_identified"] = float(
        record.published_identified[:, clock.burn_in_years :].sum()
    )
    found["publication"] = float(record.takes_part[:, clock.burn_in_years :].mean())
    cases = record.cases.cases
    found["survey_respondents"] = float(record.survey_respondents.sum())
    found["survey_estimates"] = float(record.survey_estimates.sum())
    closed = cases["closed"] >= clock.burn_in_years * clock.steps_per_year
    told = cases[closed & (cases["outcome"] == Outcome.SUBSTANTIATED)]
    found["recalled_steps"] = float((told["opened"] - told["recalled_onset"]).sum())
    return found
