"""Why did reports change here? Made-up places in which one thing changes, and the command."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from streetlight.experiments import cli
from streetlight.experiments.commands import diagnose as command
from streetlight.model.inference.causes import diagnose
from streetlight.model.inference.identified import NotIdentifiedError
from streetlight.model.inference.settling import (
    Continued,
    Settling,
    noise_fit,
    what_settles,
)
from streetlight.model.inference.signatures import GROUPS, grouped, signatures
from streetlight.model.names import CHANNELS
from studies.diagnose import Changed, changed_world, repeats_by_year, stated, truths
from studies.linked_diagnosis import evidence

#: Counts a year of each group in a place with 400 reports a year.
USUAL = np.array([60.0, 20, 52, 67, 90, 85, 20, 6, 250])
SECTOR, CALLS = slice(2, 7), 8


def place(factors: list[float], which: slice | list[int], usual: np.ndarray = USUAL) -> np.ndarray:
    """Six usual years, then a year a factor in which these groups have so many times as many."""
    counts = np.tile(usual, (6 + len(factors), 1))
    for year, factor in enumerate(factors):
        counts[6 + year, which] *= factor
    return np.round(counts)


ALL = slice(0, 9)


@pytest.mark.parametrize(
    ("cause", "factors", "which"),
    [
        ("nothing", [1.0] * 6, ALL),
        ("population", [1.5] * 6, ALL),
        ("recording", [2.0] * 6, slice(0, 8)),
        ("campaign", [2.0] * 6, [1, CALLS]),
        ("training", [1.2, 1.4, 1.5, 1.6, 1.6, 1.6], SECTOR),
        ("police focus", [1.8] * 6, [5]),
        ("mandate", [8.0] * 6, [7]),
    ],
)
def test_what_moves_its_channels_alone_is_named(
    cause: str, factors: list[float], which: slice | list[int]
) -> None:
    """In a large place six years show a cause by the channels that it moves, and at once or not."""
    found = diagnose(place(factors, which), 6, small=False)
    assert found.named == found.leading == cause
    assert sum(found.probability.values()) >= 1.0  # two causes count for both


#: Of victimization: youth, confidants and the public by more than responders, whose false reports
#: stay, year by year more, and calls that are about no case not at all.
SLOWLY = {0: [1.05, 1.3, 1.6, 1.8, 1.9, 2.0], 1: [1.1, 1.4, 1.7, 1.8, 1.9, 2.0]}
RESPONDERS = [1.05, 1.2, 1.4, 1.5, 1.6, 1.7]


def victimized(usual: np.ndarray) -> np.ndarray:
    """A place in which twice as many youth are victimized."""
    counts = place([1.0] * 6, ALL, usual)
    for year in range(6):
        for group in (0, 1):
            counts[6 + year, group] = round(usual[group] * SLOWLY[group][year])
        counts[6 + year, 2:8] = np.round(usual[2:8] * RESPONDERS[year])
    return counts


def test_victimization_is_named_in_a_large_place_alone() -> None:
    """The same rise is told of 400 reports a year, and never named of fewer than 50."""
    assert diagnose(victimized(USUAL), 6, small=False).named == "victimization"
    few = diagnose(victimized(USUAL / 13.0), 6, small=False)
    assert few.reports_a_year < 50 and few.named == ""


def test_a_place_without_calls_can_still_be_diagnosed() -> None:
    """Without calls a rise of everything may be of people or of recording, and neither is named."""
    counts = place([1.6] * 6, ALL)
    counts[:, CALLS] = np.nan
    found = diagnose(counts, 6, small=False)
    assert found.named == ""
    both = found.probability["population"], found.probability["recording"]
    assert min(both) > 0.25


def test_more_years_settle_what_one_year_does_not() -> None:
    """After a year of a wave of training it is not named, and is after six."""
    assert diagnose(place([1.25], SECTOR), 6, small=False).named == ""
    more = diagnose(place([1.25, 1.4, 1.45, 1.5, 1.5, 1.5], SECTOR), 6, small=False)
    assert more.named == "training"


def test_log_means_to_come_are_drawn_as_those_of_the_past_allow() -> None:
    """Two cells of variance 2 and covariance 1, the first seen with an error of variance 1.

    The second then has mean 1/3 of what the first is off, and variance 2 - 1/3.
    """
    total, first = np.array([[2.0, 1.0], [1.0, 2.0]]), np.array([True, False])
    fit = noise_fit(total, np.array([1.0]), first, ~first)
    assert fit.toward == pytest.approx(np.array([[1 / 3]]))
    assert fit.root**2 == pytest.approx(np.array([[5 / 3]]))
    assert fit.log_density(np.array([3.0])) == pytest.approx(-1.5 - np.log(3.0) / 2.0)


def test_what_may_have_come_is_like_what_came() -> None:
    """In a place with very many reports draws are within a few per cent of them, more years too.

    What was never counted is not drawn.
    """
    counts = place([1.0] * 4, ALL, USUAL * 1e4)
    counts[:, CALLS] = np.nan
    may_come, rng = Continued(counts, 6, False, "nothing"), np.random.default_rng(1)
    drawn = may_come.draw(rng, 0)
    np.testing.assert_allclose(drawn[:, :CALLS], counts[:, :CALLS], rtol=0.02)
    assert np.isnan(drawn[:, CALLS]).all()
    coming = may_come.draw(rng, 2)
    assert np.isnan(coming[:-2]).all() and np.isnan(coming[:, CALLS]).all()
    np.testing.assert_allclose(coming[-2:, :CALLS], counts[-2:, :CALLS], rtol=0.4)


def test_more_years_and_more_reports_settle_what_they_can() -> None:
    """Police focus after a year is named in most records of three more years, or of ten times as
    many reports, and not in others like it; victimization never where there are few.
    """
    counts = place([2.4], [5], USUAL / 8.0)
    assert diagnose(counts, 6, small=False).named == ""
    may_come = Continued(counts, 6, False, "police focus")
    assert may_come.share(years=3, draws=6) > 0.8
    assert may_come.share(times=10, draws=6) > 0.5 > may_come.share(draws=6)
    few = Continued(victimized(USUAL / 13.0), 6, False, "victimization")
    assert few.share(years=1, draws=2) == 0.0


def test_nothing_is_drawn_where_something_is_named_or_unknown() -> None:
    """What is named is settled, and something else has no course that could go on."""
    named = diagnose(place([1.8] * 6, [5]), 6, small=False)
    other = named._replace(named="", leading="something else")
    for one in (named, other):
        assert what_settles(place([1.8] * 6, [5]), 6, one, small=False) == ({}, {})


@pytest.mark.parametrize(
    ("counts", "change", "reason"),
    [
        (place([1.0], ALL)[4:], 2, "2 known years before the change"),
        (np.where(np.arange(9) == 8, place([1.0], ALL), np.nan), 6, "no reports by channel"),
        (np.where(np.arange(9) == 2, place([1.0], ALL), np.nan), 6, "a total has no signature"),
        (place([1.0], ALL, USUAL / 400.0), 6, "fewer than 20 reports in all years"),
    ],
)
def test_what_cannot_be_told_is_refused(counts: np.ndarray, change: int, reason: str) -> None:
    """Too few years, channels or reports: the reason, and no probability."""
    with pytest.raises(NotIdentifiedError, match=reason):
        diagnose(counts, change, small=True)


def test_groups_of_channels_and_signatures() -> None:
    """Youth and confidants are one group; nothing moves before the change, or afterwards ends."""
    by_channel = np.arange(len(CHANNELS), dtype=float)
    assert grouped(by_channel, np.array(50.0)).tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 50]
    held = signatures(False, 3, 12)
    assert not any(shape[:, :3].any() for shape in held.values())
    mandate = held["mandate"][0, 3:]
    assert mandate[:, 7].min() > 1.0 and not mandate[:, :7].any()
    assert (mandate[7:] == mandate[7]).all()  # as in the last year simulated
    assert len(GROUPS) == 9


# ------------------------------------------------------------------------------ the command

PLACES = "id,name,population,place_class\nA,Elm,900000,large metro\nB,Fern,9000,town\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two places and the counts of one, police focus from 2007 on."""
    monkeypatch.chdir(tmp_path)
    Path("places.csv").write_text(PLACES, encoding="utf-8")
    counts = place([1.8] * 4, [5])
    lines = ["place,year,count,kind,channel,about_a_case"]
    for year, row in enumerate(counts, 2001):
        channels = [row[0] - 10, 10, *row[1:8]]
        for name, count in zip(CHANNELS, channels, strict=True):
            lines.append(f"A,{year},{count:.0f},report,{name},")
        lines.append(f"A,{year},{row[8]:.0f},call,,0")
    Path("counts.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
    """Exit code, and what is printed."""
    code = cli.call(["diagnose", "counts.csv", "--region", "places.csv", *options])
    said = capsys.readouterr()
    return code, said.out + said.err


def test_the_command_names_the_cause(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In words, and with --json as numbers; nothing is written."""
    before = sorted(path.name for path in folder.iterdir())
    code, text = told(capsys, "--change", "2007")
    assert code == 0 and "Named: police focus." in text
    assert "Elm: 427 reports a year; since 2007 1.17 times as many as before" in text
    code, text = told(capsys, "--change", "2007", "--json")
    assert code == 0 and json.loads(text)["named"] == "police focus"
    assert sorted(path.name for path in folder.iterdir()) == before


def test_the_command_says_what_would_settle_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """After one year nothing is named: shares by years and by reports, and the least that do."""
    lines = Path("counts.csv").read_text(encoding="utf-8").splitlines()
    fewer = [line for line in lines if line[:6] not in ("A,2008", "A,2009", "A,2010")]
    counted = [one.split(",") for one in fewer[1:]]
    for one in counted:
        one[2] = str(int(one[2]) // 9)
    Path("counts.csv").write_text(
        "\n".join([fewer[0], *map(",".join, counted)]) + "\n", encoding="utf-8"
    )
    found = Settling({1: 0.25, 2: 0.85}, {2: 0.1, 4: 0.3})
    monkeypatch.setattr(command, "what_settles", lambda *_, **__: found)
    code, text = told(capsys, "--change", "2007")
    assert code == 0 and "Cannot tell yet: no cause is above 0.9." in text
    assert re.search(r"more years with as many reports +1: 0.25 +2: 0.85", text)
    assert "\n2 more years would settle it.\n" in text
    monkeypatch.setattr(command, "what_settles", lambda *_, **__: Settling({1: 0.7}, {2: 0.9}))
    assert "\n2 times as many reports would settle it.\n" in told(capsys, "--change", "2007")[1]
    monkeypatch.setattr(command, "what_settles", lambda *_, **__: Settling({1: 0.7}, {2: 0.7}))
    said = told(capsys, "--change", "2007")[1]
    assert "Neither 1 more years nor 2 times as many reports would surely settle it." in said
    facts = json.loads(told(capsys, "--change", "2007", "--json")[1])
    assert facts["more_years"] is None and facts["settled_by_times"] == {"2": 0.7}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--change", "2030"), "--change: 2030: must be a year from 2002 to 2010"),
        (("--change", "2003"), "counts.csv: A: cannot be told: 2 known years before the change"),
        (("--change", "2007", "--place", "C"), '--place: "C": must be the id of a place'),
        (("--change", "2007", "--place", "B"), "cannot be told: no reports by channel are known"),
    ],
)
def test_wrong_options_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], message: str
) -> None:
    """One line that says what is wrong and what is allowed."""
    code, text = told(capsys, *options)
    assert code == 2 and message in text


def test_wrong_counts_are_named_by_line_and_column(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Negative, broken and repeated counts, all in one pass."""
    lines = Path("counts.csv").read_text(encoding="utf-8").splitlines()
    lines[1], lines[2] = "A,2001,-3,report,self,", "A,2001,2.5,report,confidant,"
    Path("counts.csv").write_text("\n".join([*lines, lines[3]]) + "\n", encoding="utf-8")
    code, text = told(capsys, "--change", "2007")
    assert code == 2
    assert "counts.csv:2: column \"count\": value '-3': a whole number, 0 or more" in text
    assert "counts.csv:3: column \"count\": value '2.5'" in text
    assert f"counts.csv:{len(lines) + 1}: place" in text and "already in line 4" in text


def test_a_place_without_youth_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A region may have a place where no youth live; nothing can be diagnosed there."""
    none = "id,name,population,youth,place_class\nA,Elm,900,90,town\nB,Fern,900,0,town\n"
    Path("places.csv").write_text(none, encoding="utf-8")
    lines = ["place,year,count,kind,channel,about_a_case"]
    lines += [f"B,{year},1,report,{name}," for year in range(2001, 2009) for name in CHANNELS]
    Path("counts.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert told(capsys, "--change", "2007") == (2, '--place: "B": has no youth\n')


def test_a_probability_is_judged_by_what_really_took_part() -> None:
    """Of two changes of attention neither is wrong; more records change nothing in own files."""
    two = truths("two of attention", own_files=True)
    assert two["victimization"] is False and two["training"] is None
    assert truths("research", own_files=True)["nothing"] is True
    assert truths("research", own_files=False)["recording"] is True
    world = Changed(
        np.array([5]), np.array([1.0]), place([1.8] * 6, [5])[None, :], np.zeros((1, 12, 9)),
        np.array([False]), np.zeros((1, 12, 2)),
    )  # fmt: skip
    assert len(stated(world._replace(counts=world.counts[:, :12]), True, 10.0, 5)) == 9


def test_a_repeat_is_a_case_of_a_person_who_had_one_within_a_year() -> None:
    """One person's cases in weeks 10, 40 and 100: the second is a repeat; another's is none."""
    cases = np.zeros(4, [("community", np.int64), ("opened", np.int64)])
    cases["community"], cases["opened"] = [0, 1, 0, 0], [40, 20, 10, 100]
    record: Any = SimpleNamespace(
        cases=SimpleNamespace(cases=cases, person=np.array([2, 1, 2, 2])),
        takes_part=np.ones((2, 3), bool),
    )
    linked = repeats_by_year(record)
    assert linked[0].tolist() == [[2.0, 1.0], [1.0, 0.0], [0.0, 0.0]]
    assert linked[1].tolist() == [[1.0, 0.0], [0.0, 0.0], [0.0, 0.0]]


def test_repeats_weigh_a_doubled_share_by_the_gamma_integrals() -> None:
    """7 of 100 and 14 of 100, the first year left out: 14 ln 2 - 22 ln(314 / 214) for doubling."""
    linked = np.array([[5.0, 9.0], [100.0, 7.0], [100.0, 14.0]])
    same, doubled = evidence(linked, np.array([[0.0] * 3, [0.0, 0.0, np.log(2.0)]]))
    assert doubled - same == pytest.approx(1.2689, abs=1e-3)


@pytest.mark.slow
def test_what_is_stated_above_nine_tenths_is_seldom_wrong() -> None:
    """Of probabilities above .9 about changes of every kind in a fresh world few are wrong.

    One in twenty may be; with some 40 of them 5 wrong ones have a chance of one in twenty.
    """
    rows = stated(changed_world("mixed", 500), True, 10.0, 250)
    above = [one.true for one in rows if one.probability > 0.9]
    assert len(above) > 15
    assert above.count(False) <= max(2, 0.05 * len(above) + 2.0 * (0.05 * len(above)) ** 0.5)
