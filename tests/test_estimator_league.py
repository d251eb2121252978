"""`streetlight estimate --league`: scores against the truth, by hand and in small worlds."""

from __future__ import annotations

import csv
import json
import os
import signal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

from streetlight.experiments.analyse import estimator_league
from streetlight.experiments.analyse.estimator_league import league_rows, standing
from streetlight.experiments.analyse.estimator_scores import Score, Scored, score
from streetlight.experiments.cli import call
from streetlight.experiments.commands import estimate_league as command
from streetlight.model.communities.region import Region
from streetlight.model.inference.hidden_risk import RelativeRates
from streetlight.model.inference.places import PlaceCounts
from streetlight.model.money.policies import build
from streetlight.model.parameters import Parameters
from streetlight.model.run.simulation import draw_world, run_policy
from streetlight.model.run.truth_key import truth_key

EXPERIMENT = """\
title: "Small"
region: {synthetic: {n_communities: 24, seed: 3, population: 5000000}}
horizon: 1
replications: 1
seed: 5
policies: [per_youth]
parameters: {incidence.onset_rate: 2000.0}
futures: {named: {usual: {}, seen: {encounter.public_rate: 0.004}}}
"""
#: Ten places of as many youth, all rates and counts known.
TEN = PlaceCounts(
    counts=np.arange(31.0, 41.0), years=np.full(10, 2.0), youth=np.full(10, 500.0),
    place_class=np.zeros(10, int), poverty_share=np.full(10, 0.2),
)  # fmt: skip


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """An experiment of 24 places and two futures."""
    path = tmp_path / "small.yaml"
    path.write_text(EXPERIMENT, encoding="utf-8")
    return path


def rows_of(folder: Path) -> list[dict[str, str]]:
    """The rows that were written."""
    with (folder / "league.csv").open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_scores_are_those_worked_out_by_hand() -> None:
    """True rates 1..10 (mean 5.5); the estimate has the first two the wrong way round.

    Spearman is 1 - 6 (1 + 1) / (10 x 99). The one place of the true top tenth is found. Log errors
    are ln 2 and -ln 2 and eight of 0: root mean square ln 2 x root(2/10), around 0. With three
    times the level it is the root of that squared plus ln(3) squared. Intervals are a factor of 1.5
    to each side, so that the two that are off twofold do not hold.
    """
    truth = np.arange(1.0, 11.0)
    estimated = truth.copy()
    estimated[:2] = 2.0, 1.0
    sd = np.full(10, np.log(1.5) / 1.6448536)
    found = score(RelativeRates(np.log(estimated / 5.5), sd), truth, TEN, 3.0)
    rank, error = 1 - 12 / 990, np.log(2.0) * 0.2**0.5
    assert found == pytest.approx(
        (rank, rank, rank, 1.0, error, 0.8, (error**2 + np.log(3.0) ** 2) ** 0.5), rel=1e-6
    )


def test_what_has_no_interval_or_no_rate_somewhere_has_fewer_scores() -> None:
    """A rate of 0 has no log error; values without intervals have no coverage; scale is free."""
    truth = np.arange(1.0, 11.0)
    scaled = score(70.0 * truth, truth, TEN, 1.0)
    assert scaled[:4] == pytest.approx((1.0, 1.0, 1.0, 1.0))
    assert scaled.error == pytest.approx(0.0, abs=1e-12) and np.isnan(scaled.coverage)
    zero = score(truth - 1.0, truth, TEN, 1.0)
    assert zero.all == pytest.approx(1.0) and np.isnan(zero.error) and np.isnan(zero.with_level)


def test_ties_in_the_top_tenth_are_broken_by_lot() -> None:
    """Of 20 places two are the top tenth: the estimate has one of them first, and ten tie for the
    second place, among which is the other: one is found, and the other with 1/10. Whether they
    stand first or last makes no difference.
    """
    truth = np.arange(20.0, 0.0, -1.0)
    estimated = np.r_[9.0, np.full(10, 5.0), np.full(9, 1.0)]
    twenty = PlaceCounts(
        counts=np.ones(20), years=np.full(20, 2.0), youth=np.full(20, 500.0),
        place_class=np.zeros(20, int), poverty_share=np.full(20, 0.2),
    )  # fmt: skip
    assert score(estimated, truth, twenty).top == pytest.approx((1 + 1 / 10) / 2)
    assert score(estimated[::-1], truth[::-1], twenty).top == pytest.approx((1 + 1 / 10) / 2)
    assert score(np.ones(20), truth, twenty).top == pytest.approx(1 / 10)


def test_places_without_an_estimate_are_left_out_and_nine_have_no_rank() -> None:
    """One place of ten without a value leaves nine: too few."""
    truth = np.arange(1.0, 11.0)
    missing = truth.copy()
    missing[4] = np.nan
    assert np.isnan(score(missing, truth, TEN, 1.0)).all()


def worlds(**of: list[float]) -> list[dict[str, Score]]:
    """Worlds of one future in which estimators have these ranks; a__b stands for a b."""
    names = [name.replace("__", " ") for name in of]
    return [
        {name: Score(all=rank) for name, rank in zip(names, ranks, strict=True)}
        for ranks in zip(*of.values(), strict=True)
    ]


def test_differences_are_taken_within_worlds_and_averaged_over_futures() -> None:
    """Ahead by .1 and .3 in one future, .2 and .4 in another: .25, variance (.02 + .02) / 2 / 4.

    Each future has a variance of .02 around its mean, half of it for the mean of two; over two
    futures a quarter of the sum is .005, with two degrees of freedom: t = 4.3027.
    """
    both = [
        worlds(raw__rates=[0.1, 0.2], factors=[0.2, 0.5], ceiling=[0.6, 0.8]),
        worlds(raw__rates=[0.3, 0.0], factors=[0.5, 0.4], ceiling=[0.6, 0.8]),
    ]
    row = next(r for r in league_rows("both", both) if r[1:3] == ("factors", "all"))
    half = 4.302653 * 0.005**0.5
    assert (row.worlds, row.mean, row.ceiling) == (4, pytest.approx(0.4), pytest.approx(0.7))
    assert row[7:10] == pytest.approx((0.25, 0.25 - half, 0.25 + half), abs=1e-6)
    assert row.over_ceiling == pytest.approx(-0.3)


def test_worlds_of_a_sampled_future_are_one_observation() -> None:
    """Ranks .1 and .3 in one draw, .5 and .7 in another: two observations, .2 and .6."""
    ranks = {"a": [0.1, 0.3], "b": [0.5, 0.7]}
    held = {
        name: [Scored(row, {}) for row in worlds(raw__rates=of, ceiling=of)]
        for name, of in ranks.items()
    }
    sample: Any = SimpleNamespace(futures=[SimpleNamespace(is_draw=True)] * 2)
    (rows,) = command.together(sample, held)
    assert [row["raw rates"].all for row in rows] == pytest.approx([0.2, 0.6])
    assert np.isnan(rows[0]["raw rates"].error)
    sample.futures[0].is_draw = False
    assert [len(of) for of in command.together(sample, held)] == [2, 2]


def test_who_leads_and_what_of_it_is_sure() -> None:
    """The ceiling and a survey do not lead; what is behind by the same in every world surely is."""
    ranks = {"raw rates": 0.1, "empirical Bayes": 0.0, "hidden risk": 0.5, "channel factors": 0.4}
    ranks |= {"counts": 0.9, "and a class survey": 0.9, "ceiling": 0.9}
    wobble = {"channel factors": [0.3, -0.3, 0.0]}
    rows = [
        {name: Score(all=rank + wobble.get(name, [0.0] * 3)[w]) for name, rank in ranks.items()}
        for w in range(3)
    ]
    found = standing([rows])
    assert found == ("hidden risk", ("channel factors",), ("hidden risk",), ("empirical Bayes",))
    assert standing([worlds(raw__rates=[np.nan], ceiling=[0.5])]) is None


def test_who_could_be_used_in_one_world_of_three_does_not_lead() -> None:
    """Factors have .9 in one world alone; of the others poverty alone is ahead, .4 to .1."""
    rows = worlds(raw__rates=[0.1] * 3, poverty__alone=[0.4] * 3, factors=[0.9] * 3)
    del rows[1]["factors"], rows[2]["factors"]
    found = standing([[row | {"ceiling": Score(all=0.9)} for row in rows]])
    assert found is not None and found.leader == "poverty alone"
    assert found.even == ("factors",)  # one world cannot tell that it is behind


def test_an_estimator_that_could_not_be_used_counts_the_worlds_in_which_it_could() -> None:
    """It is missing in one world of two, which tells no interval, and moves no other row."""
    rows = worlds(raw__rates=[0.1, 0.2], factors=[0.5, 0.6], ceiling=[0.6, 0.8])
    del rows[1]["factors"]
    found = {row.method: row for row in league_rows("one", [rows]) if row.score == "all"}
    assert [*found] == ["raw rates", "factors", "ceiling"]
    assert (found["factors"].worlds, found["factors"].over_raw) == (1, pytest.approx(0.4))
    assert np.isnan(found["factors"].over_raw_low)
    assert (found["raw rates"].worlds, found["raw rates"].mean) == (2, pytest.approx(0.15))


def test_the_command_scores_the_record_of_the_baseline_in_the_worlds_of_the_file(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Raw rates of one world are those of a run drawn and ranked here; ceilings stand beside all.

    The run is that of the file: its seed, future, horizon and parameters, without money.
    """
    assert call(["estimate", "--league", str(small), "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr()
    assert "2 of 2 runs" in said.err
    assert "1 world of each future, 24 places; policy: none" in said.out
    assert said.out.count("one world of a future tells nothing surely") == 3  # of all, too
    assert "not surely behind" not in said.out
    rows = rows_of(tmp_path / "out")
    assert {row["future"] for row in rows} == {"all futures", "usual", "seen"}
    values = {"incidence.onset_rate": 2000.0, "encounter.public_rate": 0.004}
    region = Region.synthetic(n_communities=24, seed=3, population=5_000_000)
    world = draw_world(
        Parameters().with_values(values), region, seed=5, future="seen", replicate=0, years=1
    )
    history = run_policy(world, build("none"))
    reports, truth = history.record.published_reports, truth_key(history).rate
    expected = spearmanr(reports.sum(axis=1) / region.youth, truth.mean(axis=1)).statistic
    own = {r["method"]: r for r in rows if (r["future"], r["score"]) == ("seen", "all")}
    assert float(own["raw rates"]["mean"]) == pytest.approx(expected, abs=1e-9)
    assert {float(row["ceiling"]) for row in own.values()} == {float(own["ceiling"]["mean"])}
    assert {"hidden risk", "Poisson-logistic", "channel factors", "and a class survey"} < {*own}


def test_what_cannot_be_used_is_named_with_the_reason(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Twelve places are too few for channel factors, and there is no row of them."""
    text = EXPERIMENT.replace("n_communities: 24", "n_communities: 12")
    small.write_text(text.replace(", seen: {encounter.public_rate: 0.004}", ""), encoding="utf-8")
    assert call(["estimate", "--league", str(small), "--json", "--quiet",
                 "--out", str(tmp_path / "out")]) == 0  # fmt: skip
    said = capsys.readouterr()
    assert said.err == ""
    methods = {row["method"] for row in json.loads(said.out)}
    assert "hidden risk" in methods and "channel factors" not in methods
    assert call(["estimate", "--league", str(small), "--out", str(tmp_path / "out")]) == 0
    assert "channel factors: not in 1 of 1 worlds: fewer than 20 places" in capsys.readouterr().out


def test_of_many_futures_each_has_a_line_and_quiet_writes_alone(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Seven futures, two worlds each: hidden risk leads by .1 and .3, too little to be sure."""
    names = ", ".join(f"f{n}: {{encounter.public_rate: 0.00{n}}}" for n in range(1, 8))
    text = EXPERIMENT.replace("{usual: {}, seen: {encounter.public_rate: 0.004}}", f"{{{names}}}")
    small.write_text(text, encoding="utf-8")

    def world_scored(_: Any, __: Any, replicate: int, *___: Any) -> Scored:
        ranks = {"raw rates": 0.1, "hidden risk": 0.2 + 0.2 * replicate, "ceiling": 0.6}
        return Scored({name: Score(all=rank) for name, rank in ranks.items()}, {})

    monkeypatch.setattr(command, "world_scored", world_scored)
    asked = ["estimate", "--league", str(small), "--worlds", "2", "--out", str(tmp_path / "out")]
    assert call(asked) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines[:-2])) <= 80
    assert "f7  0.30 of 0.60  hidden risk; raw rates" in lines
    assert lines.count("f7") == 0 and lines.count("all futures") == 1
    assert call([*asked, "--quiet"]) == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "")
    assert len({row["future"] for row in rows_of(tmp_path / "out")}) == 8


def test_ctrl_c_keeps_worlds_that_every_future_has(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Asked to stop in the third world of two futures: one of each is shown and written, 130."""
    scored: list[tuple[str, int]] = []

    def world_scored(_: Any, future: Any, replicate: int, *__: Any) -> Scored:
        scored.append((future.name, replicate))
        if len(scored) == 3:
            os.kill(os.getpid(), signal.SIGINT)
        return Scored({"raw rates": Score(all=0.1), "ceiling": Score(all=0.5)}, {})

    monkeypatch.setattr(command, "world_scored", world_scored)
    out = tmp_path / "out"
    assert call(["estimate", "--league", str(small), "--worlds", "9", "--out", str(out)]) == 130
    assert scored == [("usual", 0), ("seen", 0), ("usual", 1)]
    assert "stopped after 1 of 9 worlds of each future" in capsys.readouterr().err
    assert {row["worlds"] for row in rows_of(out) if row["score"] == "all"} == {"1", "2"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "RECORD: required: a file of counts or lists; or --league EXPERIMENT"),
        (["x.csv", "--league", "tiny"],
         "x.csv: --league is of simulated worlds, and reads no record"),
        (["--league", "tiny", "--region", "r.csv"], "--region: only beside a record, not with"),
        (["x.csv", "--worlds", "3"], "--worlds: only with --league"),
        (["x.csv", "--worlds", "0"], "--worlds: only with --league"),
        (["--league", "tiny", "--out", "few.yaml"], "--out: few.yaml: is a file; name a folder"),
        (["--league", "tiny", "--out", "few.yaml/x"],
         "--out: few.yaml/x: cannot be made: not a directory"),
        (["--league", "tiny", "--worlds", "0"], "--worlds: 0: must be 1 or more"),
        (["--league", "tiny", "--hidden", "9"], "--hidden: 9: must be above 0 and at most 2"),
        (["--league", "tinny"], "tinny: no such file"),
        (["--league", "few.yaml"], "few.yaml: its region has 9 places; ranks need 10 or more"),
    ],
)  # fmt: skip
def test_wrong_calls_get_one_line_and_run_nothing(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Exit code 2, before a world is drawn and a folder is made."""
    monkeypatch.chdir(tmp_path)
    text = EXPERIMENT.replace("n_communities: 24", "n_communities: 9")
    Path("few.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(estimator_league, "record_scores", None)
    assert call(["estimate", *arguments]) == 2
    error = capsys.readouterr().err
    assert error.startswith(said) and error.count("\n") == 1
    assert [*tmp_path.iterdir()] == [tmp_path / "few.yaml"]
