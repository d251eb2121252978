"""The Mesa face: the run of `simulate` with agents as views."""

from __future__ import annotations

import gc
import inspect
import pickle
import weakref
from typing import Any

import mesa
import numpy as np
import pytest

from streetlight import policies
from streetlight.model.agents.model import Community, ReportingModel, Responder, Youth
from streetlight.model.agents.views import SECTORS
from streetlight.model.agents.youth import ENDS, GENDERS, TYPES
from streetlight.model.communities.region import Region
from streetlight.model.compiled import kernel
from streetlight.model.errors import InputError, StreetlightError
from streetlight.model.names import (
    FAMILY,
    HIGH_RISK,
    KNOWN_OFFENDER,
    N_SECTORS,
    Channel,
    End,
    Tally,
)
from streetlight.model.parameters import Parameters
from streetlight.model.run.history import History
from streetlight.model.run.simulation import simulate
from streetlight.model.week.spells import is_blaming, is_told
from streetlight.model.world.shocks import Shock
from streetlight.model.world.state import Bought, Count, Public

C = 12
REGION = Region.synthetic(C, seed=3)
BUSY = Parameters().with_values({"incidence.onset_rate": 600.0, "spell.reexploited_12m": 0.5})
POLICY = policies.per_youth(budget=5.0)
SHOCK = Shock("victimization", (REGION.ids[0],), week=10, weeks=50, size=3.0)


def model_of(**changes: Any) -> ReportingModel:
    """Twelve communities with much going on, two policy years."""
    facts: dict[str, Any] = {
        "region": REGION, "policy": POLICY, "parameters": BUSY, "seed": 1, "years": 2
    }  # fmt: skip
    return ReportingModel(**{**facts, **changes})


def advanced(model: ReportingModel, weeks: int) -> ReportingModel:
    """The same model some weeks later."""
    for _ in range(weeks):
        model.step()
    return model


def arrays_of(history: History) -> dict[str, np.ndarray]:
    """Every array of a run: truth, record with counts and case files, and money."""
    parts = {
        "spending": history.spending,
        "truth": history.truth,
        "ledger": history.truth.ledger,
        "conditions": history.truth.conditions,
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


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"region": "US"}, "region: 'US': must be a Region"),
        ({"seed": "one"}, "seed: 'one': must be a whole number, 0 or more"),
        ({"shocks": SHOCK}, r"shocks: .*must be a sequence of Shock .*\[shocks\]"),
        ({"phases": "notice"}, "phases: 'notice': must be a mapping"),
        ({"collect_every": -1}, "collect_every: -1: must be 0 or more weeks"),
    ],
)
def test_a_wrong_argument_is_named(wrong: dict[str, Any], message: str) -> None:
    """What is handed in for another thing is an error that names the argument."""
    with pytest.raises(InputError, match=message):
        model_of(**wrong)


def test_all_wrong_arguments_are_named_at_once() -> None:
    """Three faults are three sentences of one error."""
    with pytest.raises(InputError) as caught:
        model_of(region=None, seed=None, collect_every=0.5)
    assert len(caught.value.problems) == 3


def test_shocks_strike_as_in_simulate() -> None:
    """A rise of victimization gives the onsets of `simulate`, more than there are without it."""
    model = model_of(shocks=[SHOCK])
    model.run()
    struck, spared = (
        simulate(BUSY, REGION, POLICY, seed=1, years=2, shocks=shocks).truth.tally(
            Tally.FIRST_ONSETS
        )
        for shocks in ([SHOCK], [])
    )
    onsets = model.history().truth.tally(Tally.FIRST_ONSETS)
    assert onsets.tolist() == struck.tolist()
    assert struck[0] > spared[0]


def test_phases_can_be_stubbed() -> None:
    """With the public's notice replaced by nothing in all years, the public never reports."""
    weeks = []
    model = model_of(phases={"notice": lambda sim, when: weeks.append(when.step)})
    model.run()
    by_channel = model.history().record.counts.referrals.sum(axis=(0, 1))
    assert by_channel[Channel.PUBLIC] == 0 < by_channel[Channel.SCHOOL]
    assert weeks == list(range(model.simulation.clock.first_policy_step + 104))


def test_an_unknown_phase_is_refused() -> None:
    """A phase that does not exist is an error that names those that do."""
    with pytest.raises(InputError, match='no phase is called "notic".*"notice"'):
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


def test_facts_of_a_place_are_those_of_the_region() -> None:
    """Name, state, people and poverty are the region's."""
    place = model_of(years=1).community(REGION.ids[7])
    assert (place.name, place.state) == (REGION.names[7], REGION.state[7])
    assert (place.population, place.youth) == (REGION.population[7], REGION.youth[7])
    assert place.poverty_share == REGION.poverty_share[7]


def test_an_unknown_community_is_named() -> None:
    """A wrong id is an error with the closest one."""
    model = model_of(years=1)
    with pytest.raises(InputError, match=f'"{REGION.ids[2]}x".*did you mean "{REGION.ids[2]}"'):
        model.community(REGION.ids[2] + "x")


# -------------------------------------------------------------------------------- data collection


def test_the_collector_shows_truth_and_record_side_by_side() -> None:
    """A row a week, whose last is what the finished history says of truth, record and money."""
    all_written_down = BUSY.with_values({"attention.reading": "even"})
    model = model_of(parameters=all_written_down)
    model.run()
    table = model.datacollector.get_model_vars_dataframe()
    assert table["week"].tolist() == list(range(1, 105))
    last, history = table.iloc[-1], model.history()
    truth, counts = history.truth, history.record.counts
    begun = [y for place in model.communities for y in model.youth(place.community_id)]
    first = model.simulation.clock.first_policy_step
    expected = {
        "true_active": sum(y.active for y in begun),
        "true_onsets": sum(truth.spells["start"][y.row] >= first for y in begun),
        "true_reports": truth.tally(Tally.REPORTS).sum(),
        "true_identified": sum(
            y.ended == "identified" and truth.spells["end"][y.row] >= first for y in begun
        ),
        "recorded_reports": counts.referrals[-24:].sum(),
        "recorded_identified": counts.identified[-24:].sum(),
        "published_reports": history.record.published_reports[:, -2:].sum(),
        "published_identified": history.record.published_identified[:, -2:].sum(),
    }
    assert {name: last[name] for name in expected} == expected
    assert 0 < last["published_reports"] < last["recorded_reports"] > last["true_reports"]
    people = REGION.population
    mean = (truth.conditions.public[Public.AWARENESS] * people).sum() / people.sum()
    np.testing.assert_allclose(last["awareness"], mean, rtol=1e-9)
    np.testing.assert_allclose(last["spent_dollars"], history.spending.spent.sum(), rtol=1e-9)


def test_the_collector_shows_what_enters_the_books() -> None:
    """Where records are uneven what is recorded is less than what is reported.

    Where every place takes part in publication, all of it is published.
    """
    model = model_of(parameters=BUSY.with_values({"switches.publication": False}))
    model.run()
    last = model.datacollector.get_model_vars_dataframe().iloc[-1]
    record = model.history().record
    for what, published, made in (
        ("reports", record.published_reports, record.counts.referrals),
        ("identified", record.published_identified, record.counts.identified),
    ):
        assert last[f"recorded_{what}"] == last[f"published_{what}"] == published[:, -2:].sum()
        assert 0 < last[f"recorded_{what}"] < made[-24:].sum()


def test_a_year_is_published_when_it_is_over() -> None:
    """Reports of the first policy year are published in its last week and stay until the second."""
    model = model_of()
    model.run()
    published = model.datacollector.get_model_vars_dataframe()["published_reports"]
    first_year = model.history().record.published_reports[:, -2].sum()
    assert published.tolist()[:103] == [0] * 51 + [first_year] * 52


def test_own_columns_stand_beside_those_of_the_model() -> None:
    """Names and functions are collected for the model and each type of agent, at chosen weeks."""
    model = model_of(
        years=1,
        collect_every=20,
        model_reporters={"over": "finished", "twice": lambda m: 2 * m.week},
        agenttype_reporters={
            Community: {"told": "told"}, Responder: {"sector": lambda r: r.sector}
        },
    )  # fmt: skip
    advanced(model, 20)
    told = [place.told for place in model.communities]
    model.run()
    table = model.datacollector.get_model_vars_dataframe()
    assert table[["week", "over", "twice"]].to_numpy().tolist() == [[20, 0, 40], [40, 0, 80]]
    by_community = model.datacollector.get_agenttype_vars_dataframe(Community)
    assert by_community.loc[20]["told"].tolist() == told
    by_responder = model.datacollector.get_agenttype_vars_dataframe(Responder)
    assert by_responder.loc[40]["sector"].tolist() == list(SECTORS) * C


def test_nothing_is_collected_unless_wanted() -> None:
    """Every 0 weeks is never, but for what the user collects."""
    model = model_of(years=1, collect_every=0)
    advanced(model, 3)
    assert model.datacollector.model_vars["week"] == []
    model.datacollector.collect(model)
    assert model.datacollector.model_vars["week"] == [3]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"model_reporters": {"x": "finishd"}}, 'x: .*called "finishd".*did you mean "finished"'),
        ({"model_reporters": {"x": "history"}}, 'x: .*no value called "history"'),
        ({"model_reporters": {"x": 7}}, "x: 7: must be a name or a function"),
        ({"agenttype_reporters": {Community: {"x": "tolt"}}}, 'Community: x: .*mean "told"'),
        ({"agenttype_reporters": {Youth: {"x": "age"}}}, "must be Community or Responder"),
    ],
)
def test_a_column_of_nothing_is_refused(columns: dict[str, Any], message: str) -> None:
    """A misspelt name, a method, a number and a class that is no agent are errors, not None."""
    with pytest.raises(InputError, match=message):
        model_of(years=1, **columns)


def batch(given: dict[str, Any], seeds: list[int], **how: Any) -> list[dict[str, Any]]:
    """Mesa's batch with the seeds where the installed version takes them."""
    if "rng" in inspect.signature(mesa.batch_run).parameters:
        how["rng"] = seeds
    else:
        given = {**given, "seed": seeds}
    rows: list[dict[str, Any]] = mesa.batch_run(
        ReportingModel, given, display_progress=False, **how
    )
    return sorted(rows, key=lambda row: (row["policy"].name, row["seed"]))


def test_batch_run_takes_seeds() -> None:
    """Rows of Mesa's batch are the ends of the runs of `simulate` with these seeds and policies."""
    given: dict[str, Any] = {"region": REGION, "parameters": [BUSY], "years": 1}
    rows = batch({**given, "policy": [policies.none(), POLICY]}, [1, 2])
    assert [(row["policy"].name, row["seed"], row["week"]) for row in rows] == [
        ("none", 1, 52), ("none", 2, 52), (POLICY.name, 1, 52), (POLICY.name, 2, 52)
    ]  # fmt: skip
    for row in rows:
        run = simulate(BUSY, REGION, row["policy"], seed=row["seed"], years=1)
        assert row["true_reports"] == run.truth.tally(Tally.REPORTS).sum()
        assert row["spent_dollars"] == pytest.approx(run.spending.spent.sum())
    assert len({row["true_reports"] for row in rows}) > 2


@pytest.mark.slow
def test_batch_run_works_in_processes() -> None:
    """Two worker processes give the rows that this process gives."""
    given = {"region": REGION, "policy": POLICY, "years": 1}
    alone, shared = (batch(given, [1, 2], number_processes=n) for n in (1, 2))
    for one, other in zip(alone, shared, strict=True):
        for given_object in ("region", "policy"):
            del one[given_object], other[given_object]
        assert one == other


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, r'seed: None: must be a whole number.*"seed": \[1, 2, 3\].*rng=\[1, 2, 3\]'),
        ({"parameters": BUSY}, r"parameters: .*must be Parameters.*\[parameters\]"),
    ],
)
def test_batch_run_is_told_how(changes: dict[str, Any], message: str) -> None:
    """Without seeds, or with parameters that Mesa takes apart, the error says what to write."""
    with pytest.raises(InputError, match=message):
        mesa.batch_run(
            ReportingModel, {"region": REGION, "policy": POLICY, **changes}, display_progress=False
        )


def test_a_model_can_be_pickled_midway() -> None:
    """A copy made between two weeks goes on to the same end, with agents and network of its own."""
    model = advanced(model_of(years=1, agenttype_reporters={Community: {"told": "told"}}), 10)
    assert model.community(REGION.ids[7]).cell.agents
    copied = pickle.loads(pickle.dumps(model))
    for run in (model, copied):
        run.run()
    assert copied.communities[3].model is copied
    assert copied.communities[3].cell.agents == [copied.communities[3]]
    assert copied.datacollector.model_vars == model.datacollector.model_vars
    ends = [arrays_of(run.history()) for run in (model, copied)]
    for name, expected in ends[0].items():
        np.testing.assert_array_equal(ends[1][name], expected, err_msg=name)


# ---------------------------------------------------------------------------------- the network


def test_the_network_is_that_of_the_region() -> None:
    """A cell each by id, whose neighbourhood holds the communities next to it."""
    region = Region.of(
        ids=["A", "B", "C", "D"], population=[9_000, 80_000, 700, 6_000],
        neighbours=[("A", "B"), ("B", "C")],
    )  # fmt: skip
    model = model_of(region=region, years=1)
    network = model.network
    assert sorted(network.G.edges) == [("A", "B"), ("B", "C")]
    near = {
        place.community_id: {c.community_id for c in place.cell.neighborhood.agents}
        for place in model.communities
    }
    assert near == {"A": {"B"}, "B": {"A", "C"}, "C": {"B"}, "D": set()}
    for place in model.communities:
        assert {c.community_id for c in place.neighbours} == near[place.community_id]
        assert network[place.community_id].agents == [place]
    two_away = network["A"].get_neighborhood(radius=2).agents
    assert {c.community_id for c in two_away} == {"B", "C"}
    assert len(network.agents) == 4


def test_a_neighbourhood_is_remembered_no_longer_than_its_network() -> None:
    """Asking for another network frees a model whose neighbourhoods were asked for."""
    model = model_of(years=1)
    assert list(model.communities[0].cell.neighborhood.agents)
    assert list(model.communities[1].cell.get_neighborhood(radius=2).agents)
    alive = weakref.ref(model)
    del model
    assert model_of(years=1).network
    gc.collect()
    assert alive() is None


def test_a_region_without_neighbours_has_no_edges() -> None:
    """Communities that know no neighbours are cells all the same."""
    region = Region.of(ids=["A", "B"], population=[9_000, 80_000])
    network = model_of(region=region, years=1).network
    assert sorted(network.G.nodes) == ["A", "B"]
    assert network.G.number_of_edges() == 0


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
    spent = model.history().spending.spent.sum(axis=(0, 2))
    np.testing.assert_allclose([p.spent for p in places], spent)
    by_channel = record.counts.referrals[36:, :, Channel.SCHOOL : Channel.PLATFORM].sum(axis=0)
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
        assert y.known_offender == (traits & KNOWN_OFFENDER > 0)
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
    assert len(model.agents) and model.active_youth() and model.communities[0].cell
    alive = weakref.ref(model), weakref.ref(model.communities[0])
    del model
    gc.collect()
    assert [ref() for ref in alive] == [None, None]
    assert history.truth.tally(Tally.REPORTS).sum() > 0
