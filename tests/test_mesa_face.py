"""The Mesa face: the run of `simulate` with agents as views; what `import streetlight` loads."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from typing import Any

import mesa
import numpy as np
import pytest

import streetlight as package
from streetlight import policies
from streetlight.model.agents.model import Community, ReportingModel, Responder, Youth
from streetlight.model.agents.youth import ENDS, GENDERS, TYPES
from streetlight.model.communities.region import Region
from streetlight.model.compiled import kernel
from streetlight.model.errors import InputError, StreetlightError
from streetlight.model.names import (
    FAMILY,
    HIGH_RISK,
    KNOWN,
    N_SECTORS,
    SECTORS,
    Channel,
    End,
    Tally,
)
from streetlight.model.parameters import Parameters
from streetlight.model.run.history import History
from streetlight.model.run.simulation import simulate
from streetlight.model.week.spells import is_blaming, is_told
from streetlight.model.world.state import Bought, Count, Public

C = 12
REGION = Region.synthetic(C, seed=3)
BUSY = Parameters().with_values({"incidence.onset_rate": 600.0, "spell.reexploited_12m": 0.5})
POLICY = policies.per_youth(budget=5.0)


def model_of(**changes: Any) -> ReportingModel:
    """Twelve communities with much going on, two policy years."""
    facts: dict[str, Any] = {"region": REGION, "policy": POLICY, "parameters": BUSY, "years": 2}
    return ReportingModel(**{**facts, **changes})


def advanced(model: ReportingModel, weeks: int) -> ReportingModel:
    """The same model some weeks later."""
    for _ in range(weeks):
        model.step()
    return model


def arrays_of(history: History) -> dict[str, np.ndarray]:
    """Every array of a run: truth, record with counts and case files, and money."""
    parts = {
        "run": history,
        "truth": history.truth,
        "record": history.record,
        "counts": history.record.counts,
        "files": history.record.cases,
    }
    arrays = {
        f"{part}.{name}": value
        for part, holder in parts.items()
        for name, value in vars(holder).items()
        if isinstance(value, np.ndarray)
    }
    columns = {
        f"{name}.{column}": table[column]
        for name, table in arrays.items()
        for column in table.dtype.names or ()
    }
    return {name: a for name, a in arrays.items() if not a.dtype.names} | columns


# ---------------------------------------------------------------------------------------- the run


@pytest.mark.parametrize("future", [0, "dry"])
def test_a_run_by_steps_is_the_run_of_simulate(future: int | str) -> None:
    """Stepping, looking at agents and shuffling them on the way gives every array of `simulate`."""
    facts: dict[str, Any] = {"future": future, "replicate": 4, "seed": 9, "years": 2}
    model = model_of(**facts)
    advanced(model, 30)
    model.agents.shuffle_do("step")
    model.agents_by_type[Community].agg("awareness", np.mean)
    model.random.random()
    model.rng.random()
    model.active_youth()
    model.run()
    stepped = arrays_of(model.history())
    whole = arrays_of(simulate(BUSY, REGION, POLICY, **facts))
    assert stepped.keys() == whole.keys() and len(whole) > 40
    for name, expected in whole.items():
        np.testing.assert_array_equal(stepped[name], expected, err_msg=name)


def test_a_week_is_counted_and_the_end_is_known() -> None:
    """Weeks are counted from the policy years on, and the run ends after the last of them."""
    model = model_of(years=1)
    assert (model.week, model.finished, model.running) == (0, False, True)
    advanced(model, 51)
    assert (model.week, model.finished, model.running) == (51, False, True)
    with pytest.raises(ValueError, match="finished"):
        model.history()
    model.step()
    assert (model.week, model.finished, model.running) == (52, True, False)
    with pytest.raises(StreetlightError, match="the run is over: its 52 weeks"):
        model.step()
    assert model.week == 52


def test_mesa_can_run_it_too() -> None:
    """Mesa's own `run_model` stops at the end of the policy years."""
    model = model_of(years=1)
    model.run_model()
    assert model.finished


def test_something_that_is_no_policy_is_refused() -> None:
    """A rule's builder handed in without calling it is named in the error."""
    with pytest.raises(InputError, match="policy: .*must be a Policy"):
        model_of(policy=policies.per_youth)


def test_phases_can_be_stubbed() -> None:
    """With the public's notice replaced by nothing, the public reports no more."""
    weeks = []
    model = model_of(phases={"notice": lambda sim, when: weeks.append(when.step)})
    model.run()
    by_public = model.history().record.counts.referrals[:, :, Channel.PUBLIC].sum(axis=1)
    before = 12 * model.simulation.clock.burn_in_years
    assert by_public[:before].sum() > 0
    assert by_public[before:].sum() == 0
    first = model.simulation.clock.first_policy_step
    assert weeks == list(range(first, first + 104))


def test_an_unknown_phase_is_refused() -> None:
    """A phase that does not exist is an error that names those that do."""
    with pytest.raises(KeyError, match="no phase is called 'notic'.*notice"):
        model_of(phases={"notic": lambda sim, when: None})


# ------------------------------------------------------------------------------------- its agents


def test_agents_are_built_when_first_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole run builds no agent; asking builds each one once."""
    built = []
    make = Community.__init__

    def counted(self: Community, model: ReportingModel, row: int) -> None:
        built.append(row)
        make(self, model, row)

    monkeypatch.setattr(Community, "__init__", counted)
    model = model_of(years=1)
    model.run()
    assert not built
    assert len(model.agents) == C * (1 + N_SECTORS)
    assert len(model.agents) == C * (1 + N_SECTORS)
    assert built == list(range(C))


@pytest.mark.parametrize("door", ["agents", "agents_by_type", "agent_types"])
def test_every_door_to_the_agents_builds_them(door: str) -> None:
    """Whichever of Mesa's three collections is asked for first is complete."""
    found = getattr(model_of(years=1), door)
    assert len(found) == (C * (1 + N_SECTORS) if door == "agents" else 2)


def test_agents_come_by_type_in_the_order_of_the_region() -> None:
    """Communities are in the order of the arrays, responders by community and then sector."""
    model = model_of(years=1)
    communities, responders = model.agents_by_type[Community], model.agents_by_type[Responder]
    assert [c.community_id for c in communities] == list(REGION.ids)
    assert tuple(communities) == model.communities
    assert tuple(responders) == model.responders
    assert [(r.community_id, r.sector) for r in responders] == [
        (community_id, sector) for community_id in REGION.ids for sector in SECTORS
    ]
    assert [r.community for r in model.communities[4].responders] == [model.communities[4]] * 5
    assert sorted(agent.unique_id for agent in model.agents) == list(range(1, 6 * C + 1))


def test_agents_are_numbered_anew_in_every_model() -> None:
    """Numbers start at 1 in a second model as well."""
    first, second = model_of(years=1), model_of(years=1)
    numbers = [[agent.unique_id for agent in model.agents] for model in (first, second)]
    assert numbers[0] == numbers[1]


def test_an_agent_set_selects_aggregates_and_groups() -> None:
    """Mesa's select, agg, groupby and get give what the columns hold."""
    model = advanced(model_of(), 60)
    state, communities = model.simulation.state, model.agents_by_type[Community]
    awareness = state.conditions[Public.AWARENESS]
    assert communities.agg("awareness", [min, max]) == [awareness.min(), awareness.max()]
    aware = communities.select(lambda c: c.awareness > np.median(awareness))
    assert len(aware) == (awareness > np.median(awareness)).sum()
    assert len(model.agents.select(agent_type=Responder)) == 5 * C
    spells = communities.groupby("place_class").agg("active_spells", sum)
    labels = ["large metro", "small metro", "town", "rural"]
    assert spells == {
        labels[k]: state.active[0, REGION.place_class == k].sum()
        for k in np.unique(REGION.place_class)
    }
    trained = model.agents_by_type[Responder].groupby("sector").agg("trained_share", np.mean)
    np.testing.assert_allclose([trained[s] for s in SECTORS], state.trained.mean(axis=1), rtol=1e-9)
    assert communities.get(["youth", "denial"]) == [
        [y, d] for y, d in zip(REGION.youth, state.conditions[Public.DENIAL], strict=True)
    ]


def test_a_data_collector_reads_it() -> None:
    """Mesa's collector sees the live counts of every week."""
    model = model_of(years=1)
    collector = mesa.DataCollector(
        model_reporters={"week": "week", "open": lambda m: m.agents_by_type[Community].agg(
            "active_spells", sum)}
    )  # fmt: skip
    for _ in range(3):
        model.step()
        collector.collect(model)
    table = collector.get_model_vars_dataframe()
    assert table["week"].tolist() == [1, 2, 3]
    assert table["open"].iloc[-1] == model.simulation.state.active[0].sum()


def test_facts_of_a_place_are_those_of_the_region() -> None:
    """Name, state, people and poverty are the region's."""
    place = model_of(years=1).community(REGION.ids[7])
    assert (place.name, place.state) == (REGION.names[7], REGION.state[7])
    assert (place.population, place.youth) == (REGION.population[7], REGION.youth[7])
    assert place.poverty_share == REGION.poverty_share[7]
    assert [c.row for c in place.neighbours] == REGION.neighbours(7).tolist()
    assert place.neighbours


def test_an_unknown_community_is_named() -> None:
    """A wrong id is an error with the closest one."""
    model = model_of(years=1)
    with pytest.raises(InputError, match=f'"{REGION.ids[2]}x".*did you mean "{REGION.ids[2]}"'):
        model.community(REGION.ids[2] + "x")


# ------------------------------------------------------------------------------ views of the state

CONDITIONS = {
    "awareness": Public.AWARENESS,
    "norm": Public.NORM,
    "salience": Public.SALIENCE,
    "denial": Public.DENIAL,
    "told": Public.TOLD,
    "prevention": Public.PREVENTION,
}


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_view_follows_the_state(name: str) -> None:
    """Conditions are read from the arrays of the moment, even after these were replaced."""
    model = advanced(model_of(), 3)
    place = model.communities[5]
    model.step()
    state = model.simulation.state
    assert getattr(place, name) == state.public[CONDITIONS[name], 5]
    replaced = np.arange(state.conditions.size, dtype=float).reshape(state.conditions.shape)
    model.simulation.state = state._replace(conditions=replaced)
    assert getattr(place, name) == replaced[CONDITIONS[name], 5]


def test_a_responder_follows_the_state() -> None:
    """Training, skill and denial are those of the sector and community."""
    model = model_of()
    responder = model.responders[N_SECTORS * 5 + 3]
    before = responder.trained_share
    advanced(model, 20)
    state = model.simulation.state
    assert responder.trained_share > before  # the policy pays for training
    assert responder.trained_share == state.trained[3, 5]
    assert responder.skill == state.skill[3, 5]
    assert responder.denial == state.denial[3, 5]


def test_screening_shows_where_the_tool_is_used() -> None:
    """The share of contacts screened is what was bought, in the sectors that use the tool."""
    mix = {"screening_universal": 1.0}
    model = advanced(model_of(policy=policies.per_youth(budget=20.0, mix=mix)), 1)
    shares = [max(r.screened_share for r in model.responders if r.sector == s) for s in SECTORS]
    used = np.array(BUSY.encounter.tool_sectors) * BUSY.encounter.tool_use
    bought = model.simulation.state.conditions[Bought.SCREENING_UNIVERSAL].max()
    assert bought > 0
    np.testing.assert_allclose(shares, used * bought)


def test_counts_so_far_end_as_those_of_the_history() -> None:
    """Totals of communities and responders are the ledger's over the policy years."""
    model = model_of()
    places = model.communities
    assert [place.total(what) for place in places for what in Tally] == [0] * (C * len(Tally))
    model.run()
    truth, record = model.history().truth, model.history().record
    named = {
        "known": Tally.KNOWN,
        "reports": Tally.REPORTS,
        "false_reports": Tally.FALSE_REPORTS,
        "identified": Tally.IDENTIFIED,
    }
    for name, tally in named.items():
        assert [getattr(place, name) for place in places] == truth.tally(tally).tolist(), name
        assert truth.tally(tally).sum() > 0, name
    onsets = truth.tally(Tally.FIRST_ONSETS) + truth.tally(Tally.LATER_ONSETS)
    assert [place.onsets for place in places] == onsets.tolist()
    np.testing.assert_allclose([p.spent for p in places], model.history().spent.sum(axis=(0, 2)))
    by_channel = record.counts.referrals[36:, :, Channel.SCHOOL :].sum(axis=0)
    assert [r.reports for r in model.responders] == by_channel.ravel().tolist()


def test_communities_of_a_pool_share_its_backlog() -> None:
    """Backlog and capacity are the pool's; a pool of many shows the same in each of them."""
    slow = BUSY.with_values({"assessment.utilisation": 1.5, "assessment.screen_in": 0.9})
    model = advanced(model_of(parameters=slow, policy=policies.none()), 52)
    pools = model.simulation.state.pools
    assert pools["backlog"].sum() > 0 and len(pools) < C
    for place in model.communities:
        assert place.backlog == pools["backlog"][place.pool]
        assert place.capacity == pools["capacity"][place.pool]


# -------------------------------------------------------------------------------------- its youth


def test_active_youth_are_the_open_spells() -> None:
    """In any week they are as many, and as many known, as the ledger of every community says."""
    model = model_of()
    for _ in range(4):
        advanced(model, 25)
        youth = model.active_youth()
        assert len(youth) == model.simulation.state.active[0].sum() > 100
        for place in model.communities:
            own = model.active_youth(place.community_id)
            assert own == [y for y in youth if y.community_id == place.community_id]
            assert len(own) == place.active_spells
            assert sum(y.known for y in own) == place.known_active


def test_a_youth_shows_its_row() -> None:
    """Attributes are decoded from the packed column; every label occurs somewhere."""
    model = advanced(model_of(), 10)
    spells, youth = model.simulation.state.spells, model.active_youth()
    for y in youth:
        row = spells[y.row]
        traits = int(row["traits"])
        assert y.community_id == REGION.ids[row["community"]]
        assert traits & 0b1111 == TYPES.index(y.type) + 4 * GENDERS.index(y.gender)
        assert y.high_risk == (traits & HIGH_RISK > 0)
        assert y.family_controlled == (traits & FAMILY > 0)
        assert y.known_offender == (traits & KNOWN > 0)
        assert y.knows == (row["knew_at"] != -1)
        assert y.seen == (row["signal_at"] != -1)
        assert y.known == (row["known_at"] != -1)
        assert (y.number, y.spell, y.n_reports) == (row["number"], row["ordinal"], row["n_reports"])
        assert y.active and y.ended == "open"
        assert 12.0 <= y.age < 18.0
    assert {y.type for y in youth} == set(TYPES)
    assert {y.gender for y in youth} == set(GENDERS)
    for flag in ("high_risk", "family_controlled", "known_offender", "knows", "seen", "known",
                 "told", "blames_self", "screened_in", "investigated"):  # fmt: skip
        assert {getattr(y, flag) for y in youth} == {True, False}, flag


def test_weeks_in_spells_add_up_to_the_ledger() -> None:
    """The weeks of all spells begun so far are the person-weeks counted week by week."""
    model = advanced(model_of(), 70)
    years = model.simulation.state.person_steps[0].sum(axis=0)
    for place in model.communities:
        begun = model.youth(place.community_id)
        assert sum(y.weeks for y in begun) == years[place.row]


def test_every_spell_begun_can_be_seen_with_its_end() -> None:
    """Ended spells stay visible, as many by each end as the columns hold, later spells too."""
    model = model_of()
    model.run()
    begun = [y for place in model.communities for y in model.youth(place.community_id)]
    spells = model.history().truth.spells
    for end in (End.OPEN, End.NATURAL, End.AGED_OUT, End.IDENTIFIED):
        n = (spells["end_reason"] == end).sum()
        assert sum(y.ended == ENDS[end] for y in begun) == n > 0
    assert not any(y.ended == "prevented" for y in begun)
    later = [y for y in begun if y.spell == 1]
    first = {(y.community_id, y.number): y for y in begun if y.spell == 0}
    assert len(later) > 10
    for y in later:
        before = first[y.community_id, y.number]
        assert not before.active
        assert (before.gender, before.type) == (y.gender, y.type)
        assert before.age < y.age


@kernel
def told_and_blaming(s, row):  # type: ignore[no-untyped-def]
    """What the engine reads off the state; Python cannot call parts of kernels themselves."""
    return is_told(s, row), is_blaming(s, row)


def test_being_told_and_blaming_oneself_are_read_as_the_engine_reads_them() -> None:
    """Told agrees with the engine's own answer; those whom it frees of blame stop blaming."""
    model = advanced(model_of(), 15)
    state = model.simulation.state
    for y in model.active_youth()[::7]:
        row = state.spells[y.row]
        assert (y.told, y.blames_self) == told_and_blaming(state, row)


def test_a_view_of_a_youth_sees_the_spell_end() -> None:
    """A view taken while a spell is open shows its end later; what only then counts is None."""
    model = model_of()
    youth = model.active_youth()
    assert None not in {y.told for y in youth} | {y.blames_self for y in youth}
    model.run()
    gone = [y for y in youth if not y.active]
    assert len(gone) > len(youth) / 2
    assert {y.ended for y in gone} == {"natural exit", "aged out", "identified"}
    assert {y.told for y in gone} == {y.blames_self for y in gone} == {None}


def test_age_grows_by_a_year_in_a_year() -> None:
    """Onsets are at 12 to 17, ageing out is at 18, and a spell that lasts a year adds a year."""
    model = advanced(model_of(), 20)
    before = {y: y.age for y in model.active_youth()}
    assert all(12.0 <= y.age < 18.0 for y in before if y.weeks == 1)
    advanced(model, 52)
    lasting = [y for y in before if y.active]
    np.testing.assert_allclose([y.age - before[y] for y in lasting], 1.0)
    aged_out = [y for y in before if y.ended == "aged out"]
    assert lasting and aged_out and {y.age for y in aged_out} == {18.0}


def test_no_youth_is_shown_before_onset_or_if_prevented() -> None:
    """First spells drawn for later weeks, and those prevented, are not among the youth."""
    mix = {"prevention": 1.0}
    model = advanced(model_of(policy=policies.per_youth(budget=200.0, mix=mix)), 80)
    state = model.simulation.state
    spells = state.spells[: state.counts[Count.SPELLS]].copy()
    waiting = slice(state.first_start[model.simulation.step_number], len(state.drawn))
    spells[waiting] = state.drawn[waiting]
    shown = {y.row for place in model.communities for y in model.youth(place.community_id)}
    prevented = np.flatnonzero(spells["end_reason"] == End.PREVENTED)
    future = np.flatnonzero(spells["start"] >= model.simulation.step_number)
    assert len(prevented) > 0 and len(future) > 0
    assert shown.isdisjoint(prevented) and shown.isdisjoint(future)
    assert len(shown) == len(spells) - len(prevented) - len(future)


# --------------------------------------------------------------------------------- looks, no hands


def test_agents_and_youth_can_be_read_only() -> None:
    """Setting or deleting anything, by name or through an AgentSet, raises and changes nothing."""
    model = advanced(model_of(years=1), 2)
    place, responder, youth = model.communities[0], model.responders[0], model.active_youth()[0]
    before = model.simulation.state.public.copy()
    for agent, name in [
        (place, "awareness"), (place, "denial"), (place, "row"), (place, "novel"),
        (place, "model"), (responder, "skill"), (responder, "sector_number"),
        (youth, "known"), (youth, "row"),
    ]:  # fmt: skip
        with pytest.raises(AttributeError):
            setattr(agent, name, 0)
    with pytest.raises(AttributeError, match="read only"):
        del place.row
    with pytest.raises(AttributeError, match=r"Community\.awareness: agents can be read only"):
        model.agents_by_type[Community].set("awareness", 1.0)
    np.testing.assert_array_equal(model.simulation.state.public, before)


def test_a_youth_has_no_score() -> None:
    """Nothing that a view of a youth offers is a probability, rate, risk score or rank."""
    words = ("score", "prob", "p_", "rate", "hazard", "rank", "predict")
    offered = [name for name in dir(Youth) if not name.startswith("_")]
    assert [name for name in offered if name.startswith(words)] == []


def test_a_model_is_freed_after_use() -> None:
    """Nothing keeps a model alive once its user lets go, not even its history (mesa#3179)."""
    model = model_of(years=1)
    model.run()
    history = model.history()
    assert len(model.agents) and model.active_youth()
    alive = weakref.ref(model), weakref.ref(model.communities[0])
    del model
    gc.collect()
    assert [ref() for ref in alive] == [None, None]
    assert history.truth.tally(Tally.REPORTS).sum() > 0


# --------------------------------------------------------------------------------- what is imported


def loaded_by(code: str) -> set[str]:
    """Modules in a fresh interpreter after running a line."""
    run = [sys.executable, "-c", f"{code}; import sys; print(*sys.modules)"]
    return set(subprocess.run(run, check=True, capture_output=True, text=True).stdout.split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    """`import streetlight` loads no other module of the project and no library."""
    loaded = loaded_by("import streetlight")
    assert [name for name in loaded if name.startswith("streetlight.")] == []
    assert loaded.isdisjoint({"numpy", "pydantic", "numba", "mesa", "pandas", "scipy"})


def test_the_package_offers_what_it_names() -> None:
    """Every name of the package can be had, is listed, and is that of its own module."""
    assert len(package.__all__) <= 40
    assert set(package.__all__) <= set(dir(package))
    assert package.ReportingModel is ReportingModel
    assert package.Region is Region and package.Parameters is Parameters
    assert package.simulate is simulate and package.History is History
    assert package.policies is policies
    for name in package.__all__:
        assert getattr(package, name) is not None
