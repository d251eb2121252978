"""The record as an agency has it: linked cases, tables, and what was really behind it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streetlight.experiments import cli
from streetlight.experiments.config.loading import load
from streetlight.experiments.config.own_record import read_record
from streetlight.model.communities.region import Region
from streetlight.model.money.policies import build
from streetlight.model.names import Channel, End, Outcome
from streetlight.model.on_average.strata import Setting, strata
from streetlight.model.parameters import Parameters
from streetlight.model.rates import visibilities
from streetlight.model.record.counts import counts_of
from streetlight.model.record.tables import OUTCOMES
from streetlight.model.run.case_files import name_youth, youth_of
from streetlight.model.run.history import History
from streetlight.model.run.simulation import simulate
from streetlight.model.run.truth_key import truth_key
from streetlight.model.world.rows import SPELL
from streetlight.model.world.shocks import Shock

#: Three places with so much victimization and so little error that youth come back often.
PLACES = Region.of(
    name="three places", ids=["A", "B", "C"], population=[90_000.0, 40_000.0, 3_000.0],
    youth=[9_000.0, 4_000.0, 300.0], place_class=["small metro", "town", "rural"],
)  # fmt: skip
MANY = {"incidence.onset_rate": 20_000.0, "time.filling_years": 3, "time.burn_in_years": 2}
SURE = {"recording.link_missed": 0.0, "recording.link_false": 0.0}
SHOCKS = (
    Shock("campaign", ("A",), week=60, weeks=20, size=2.0),
    Shock("training", ("B",), week=0, weeks=52, size=1.0),
    Shock("victimization", ("C",), week=26, weeks=52, size=3.0),
)


def run(**values: Any) -> History:
    """Two policy years without money, after two of burn-in; a__b stands for a.b."""
    changes = {name.replace("__", "."): value for name, value in values.items()}
    parameters = Parameters().with_values({**MANY, **SURE, **changes})
    return simulate(parameters, PLACES, build("none"), years=2, shocks=SHOCKS)


@pytest.fixture(scope="module")
def plain() -> History:
    """A run whose record links every case rightly, and learns every end exactly."""
    return run(recording__end_learned=1.0, recording__recall_sd=0.0)


def test_without_error_a_pseudonym_is_a_youth(plain: History) -> None:
    """Cases of one youth share a pseudonym and no others do; many youth have several cases."""
    person = plain.record.cases.person
    assert person.tolist() == truth_key(plain).person.tolist()
    assert len(person) - len(np.unique(person)) > 20
    assert (person <= np.arange(len(person))).all()


@settings(deadline=None)  # the first call compiles
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from((0, 1, 2, 1 << 24, 4294967295)))))
def test_cases_are_of_one_youth_if_place_and_number_are_equal(youth: list[tuple[int, int]]) -> None:
    """The first case of each youth, by a search from the start; a false report stands alone."""
    spells = np.zeros(len(youth) + 1, SPELL)
    for row, (community, number) in enumerate(youth):
        spells["community"][row], spells["number"][row] = community, number
    spell = np.repeat(np.arange(len(youth)), 2)
    spell[1::2] = -1
    expected = [2 * youth.index(one) for one in youth]
    assert youth_of(spells, spell)[::2].tolist() == expected
    assert youth_of(spells, spell)[1::2].tolist() == list(range(1, len(spell), 2))


def test_false_cases_look_at_no_spell() -> None:
    """Where all cases are false there may be no spell, and compiled code would not notice."""
    who, interpreted = np.full(2, 7), getattr(name_youth, "py_func", name_youth)
    interpreted(np.empty(0, SPELL), np.full(2, -1, np.int32), 0, 2, who)
    assert who.tolist() == [7, 7]


def test_missed_links_leave_every_case_alone() -> None:
    """If every link is missed no two cases share a pseudonym, and nothing else is moved."""
    record = run(recording__link_missed=1.0).record
    assert record.cases.person.tolist() == list(range(len(record.cases.cases)))


def test_false_links_name_a_case_after_the_one_before_it_in_its_place() -> None:
    """If every case is mistaken for the one before it, each place has one pseudonym alone.

    That of the case that was written down first: in the files it may stand behind another of its
    week.
    """
    files = run(recording__link_false=1.0).record.cases
    for c in range(3):
        assert len(set(files.person[files.cases["community"] == c].tolist())) == 1


def test_cases_that_are_not_linked_bear_no_pseudonym() -> None:
    """The switch takes all of them away, and the table has blanks."""
    record = run(recording__linked=False).record
    assert set(record.cases.person.tolist()) == {-1}
    assert np.isnan(record.tables().cases["person"]).all()


def test_the_end_of_exploitation_is_that_of_the_decision_or_of_the_spell(plain: History) -> None:
    """A substantiated case ends it; otherwise the true end is learned, of nobody looked at never.

    Of false cases that are not substantiated there is none.
    """
    files, truth = plain.record.cases, plain.truth
    first, outcome = truth.clock.first_record_step, files.cases["outcome"]
    spell = truth.case_spell[plain.record.register.in_order()]
    reason, end = truth.spells["end_reason"][spell], truth.spells["end"][spell] - first
    own = outcome == Outcome.SUBSTANTIATED
    assert files.exposure_end[own].tolist() == files.cases["closed"][own].tolist()
    over = np.isin(reason, (End.NATURAL, End.AGED_OUT, End.IDENTIFIED))
    told = ~own & (spell >= 0) & over & (outcome != Outcome.SCREENED_OUT)
    assert told.sum() > 20
    assert files.exposure_end[told].tolist() == end[told].tolist()
    assert np.isnan(files.exposure_end[~own & ~told]).all()


def test_casework_touches_every_sector_and_moves_nothing(plain: History) -> None:
    """Each case investigated has five touches in that week, which are no reports."""
    record = run(recording__casework_touch=1.0, recording__touch_rate=0.0).record
    touches = record.cases.touches[~record.cases.touches["report"]]
    cases = record.cases.cases
    looked = np.flatnonzero(cases["investigated"] >= 0)
    assert touches["case"].tolist() == np.repeat(looked, 5).tolist()
    assert (touches["step"] == cases["investigated"][touches["case"]]).all()
    assert set(touches["channel"].tolist()) == set(range(Channel.SCHOOL, Channel.PLATFORM))
    assert (record.published_by_channel == plain.record.published_by_channel).all()
    assert (record.counts.identified == plain.record.counts.identified).all()


def test_channels_and_calls_add_up(plain: History) -> None:
    """Published channels sum to all published reports; the two kinds of calls to all calls."""
    record = plain.record
    assert (record.published_by_channel.sum(axis=2) == record.published_reports).all()
    assert 0 < record.published_reports.sum() < record.counts.referrals.sum()
    both = record.calls_about_a_case + record.calls_not_about_a_case
    assert both.sum(axis=1).tolist() == record.counts.calls.sum(axis=0).tolist()
    hotline = record.published_by_channel[:, :, :3].sum(axis=2)
    assert (record.calls_about_a_case[record.takes_part] == hotline[record.takes_part]).all()


def test_agencies_know_their_own_attention(plain: History) -> None:
    """Staff at rest: 975 per 100,000 residents, of whom .35, .25 and .20 are trained by class.

    The wave of training raises B's in the first policy year, and the campaign is of the second.
    """
    even = run(attention__reading="even", switches__feedback=False)
    own = even.record.own_attention
    at_rest = [round(975 * 0.9 * 0.35), round(975 * 0.4 * 0.25), round(975 * 0.03 * 0.20)]
    assert own.staff_trained[:, 1].tolist() == at_rest
    assert own.staff_trained[1, 2] > 2 * at_rest[1]
    assert own.campaigns.tolist() == [[0, 0, 0, 2], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert own.posts.tolist() == [[x] * 4 for x in even.world.investigators.tolist()]


def test_a_campaign_after_the_last_year_is_none() -> None:
    """In a run that is shorter than its shocks nobody has heard of the later ones."""
    history = simulate(Parameters(), PLACES, build("none"), years=1, shocks=SHOCKS)
    assert not history.record.own_attention.campaigns.any()


def test_the_key_has_rates_with_shocks(plain: History) -> None:
    """C has three times the rate in half of each policy year, on average twice the usual."""
    rate = truth_key(plain).rate
    assert (rate[2] / rate[2, 0]).tolist() == pytest.approx([1, 1, 2, 2])
    onset = plain.world.state.communities["onset"][0] * 52
    assert rate[0].tolist() == pytest.approx([onset / 6_750.0] * 4)


def test_levels_of_visibility_scale_contacts_and_notice() -> None:
    """Level by level the expectation has the hazards of a world in which all are that visible."""
    values = {"encounter.visibility_cv": 0.7}
    p, levels = Parameters(), visibilities(0.7)
    all_levels = strata(p.with_values(values), Setting.of_classes(p))
    n = all_levels.by_source.shape[2] // len(levels)
    for level in (0, 15):
        scaled = {
            "encounter.contact_rate": tuple(levels[level] * x for x in p.encounter.contact_rate),
            "encounter.public_rate": levels[level] * p.encounter.public_rate,
        }
        alone = strata(p.with_values(scaled), Setting.of_classes(p))
        part = slice(level * n, (level + 1) * n)
        np.testing.assert_allclose(all_levels.by_source[:, :, part], alone.by_source, rtol=1e-12)
        np.testing.assert_allclose(16 * all_levels.weights[part], alone.weights, rtol=1e-12)


STUDY = """title: A record
question: What is written down?
region: {csv: places.csv}
horizon: 1
parameters:
  {recording.silence_known: true, recording.publish_small: 0.6, attention.reading: even,
   incidence.onset_rate: 6000, time.filling_years: 3}
policies: [none]
baseline: none
replications: 1
"""


def test_a_record_is_written_and_read_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is written is read as what the record holds; shared, counts from 1 to 9 are blank."""
    monkeypatch.chdir(tmp_path)
    rows = "".join(
        f"{i},{i},{int(p)},town\n" for i, p in zip("ABC", PLACES.population, strict=True)
    )
    Path("places.csv").write_text("id,name,population,place_class\n" + rows, encoding="utf-8")
    Path("study.yaml").write_text(STUDY, encoding="utf-8")
    assert cli.call(["export", "study.yaml", "--record", "none/central/0"]) == 0
    assert "study_record: cases (" in capsys.readouterr().out
    folder = Path("study_record")
    places = Region.from_csv(folder / "region.csv")
    found = read_record(folder / "counts.csv", places).counts
    experiment = load("study.yaml")
    parameters = experiment.futures[0].parameters
    world = dict(future="central", years=1)
    record = simulate(parameters, experiment.region, build("none"), **world).record
    held = counts_of(record)
    for name in ("reports", "identified", "by_agency", "by_channel", "other_calls"):
        np.testing.assert_array_equal(getattr(found, name), getattr(held, name))
    assert np.isnan(found.reports).any() and found.reports[~np.isnan(found.reports)].any()
    shared = ["--out", "shared", "--suppress"]
    assert cli.call(["export", "study.yaml", "--record", "none/central/0", *shared]) == 0
    assert sorted(path.name for path in Path("shared").iterdir()) == ["counts.csv", "region.csv"]
    blank = read_record(Path("shared/counts.csv"), places).counts.by_channel
    small = (held.by_channel > 0) & (held.by_channel < 10)
    assert small.any() and np.isnan(blank[small]).all()
    np.testing.assert_array_equal(blank[~small], held.by_channel[~small])
    capsys.readouterr()


def test_a_run_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The answer names a run that is meant; nothing is written."""
    monkeypatch.chdir(tmp_path)
    assert cli.call(["export", "tiny", "--record", "per_yout/central/0"]) == 2
    assert 'no such run (did you mean "per_youth/central/0"?)' in capsys.readouterr().err
    assert cli.call(["export", "tiny", "--record", "per_youth/central/0", "--to", "xlsx"]) == 2
    assert "a record is written as CSV files" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_words_for_an_outcome_are_written_in_full(
    plain: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long they are."""
    words = "not substantiated, and nobody knows why"
    monkeypatch.setitem(OUTCOMES, Outcome.NOT_SUBSTANTIATED, words)
    cases = plain.record.cases.cases
    told = plain.record.tables().cases["outcome"]
    assert set(told[cases["outcome"] == Outcome.NOT_SUBSTANTIATED].tolist()) == {words}
