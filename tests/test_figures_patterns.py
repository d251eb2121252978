"""Patterns observed and simulated, and reports taken apart: tables, words and pictures."""

from __future__ import annotations

import csv
import json
import math
import re
from dataclasses import replace
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fake_engine import FAKE, small_experiment
from hypothesis import given
from hypothesis import strategies as st
from test_figures import Made, picture_of, texts_keep_apart

from streetlight.experiments.drivers import attribution as runs
from streetlight.experiments.figures import (
    absent,
    attribution,
    draw_attribution,
    draw_patterns,
    patterns,
)
from streetlight.experiments.figures.spread import Spread
from streetlight.experiments.figures.tables import ShownPolicy, read_results
from streetlight.experiments.running.cells import Engine
from streetlight.experiments.running.runner import run
from streetlight.experiments.running.store import Store
from streetlight.model.arrays import FloatArray
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError
from streetlight.model.money.policies import build
from studies.calibration_patterns import COLUMNS, PATTERNS, interval, rows

ROOT = Path(__file__).parent.parent


# Patterns.


def test_the_table_kept_with_the_code_is_of_the_patterns_asked_for() -> None:
    """Ranges, words and sources are those of PATTERNS; only values may come from a rerun."""
    kept = patterns.reference()
    assert tuple(kept[0]) == COLUMNS
    assert [row["key"] for row in kept] == [one.key for one in PATTERNS]
    for row, one in zip(kept, PATTERNS, strict=True):
        assert (row["pattern"], row["unit"], row["source"]) == (one.words, one.unit, one.source)
        assert float(row["low"]) == one.low
        assert (float(row["high"]) if row["high"] else math.inf) == one.high
        assert (row["fitted"] == "yes", row["how"]) == (one.fitted, one.how)


def test_every_fact_that_does_not_hold_is_shown_as_failing() -> None:
    """The facts marked 'no' in docs/facts.md are exactly those whose pattern lies outside."""
    failing = set()
    fact = ""
    for line in (ROOT / "docs" / "facts.md").read_text(encoding="utf-8").splitlines():
        if found := re.match(r"\| (SF\d+)? ?\|", line):
            fact = found[1] or fact
            if "**no**" in line:
                failing.add(fact)
    shown = set()
    for row in patterns.reference():
        low, high = (float(row[k]) if row[k] else math.inf for k in ("low", "high"))
        if patterns.verdict(float(row["mean"]), math.nan, math.nan, low, high) == "outside":
            shown.add(row["source"].split(":")[0])
    assert failing == shown == {"SF3", "SF13", "SF20"}


@pytest.mark.slow
def test_the_table_kept_with_the_code_comes_out_again() -> None:
    """A rerun lies within three standard errors of the table (its own and the rerun's)."""
    for kept, again in zip(patterns.reference(), rows(4), strict=True):
        new = dict(zip(COLUMNS, again, strict=True))
        if not kept["mean_low"]:
            assert kept["mean"] == new["mean"]
            continue
        halves = [float(r["mean_high"]) - float(r["mean"]) for r in (kept, new)]
        assert abs(float(kept["mean"]) - float(new["mean"])) <= 3 * sum(halves) + 1e-4, kept["key"]


def test_the_interval_of_replicates_is_students_t() -> None:
    """Of two values one apart: half width 12.706 x 0.5; of one value none."""
    mean, low, high = interval(np.array([1.0, 2.0]))
    assert mean == 1.5
    assert high - mean == pytest.approx(12.706 * 0.5, rel=1e-4) == mean - low
    assert math.isnan(interval(np.array([1.0]))[1])


@pytest.mark.parametrize(
    ("numbers", "word"),
    [
        ((0.2, 0.19, 0.21, 0.1, 0.3), "inside"),
        ((0.2, 0.09, 0.31, 0.1, 0.3), "inside, narrowly"),
        ((0.1, math.nan, math.nan, 0.1, 0.3), "inside"),
        ((0.4, 0.39, 0.41, 0.1, 0.3), "outside"),
        ((0.31, 0.29, 0.33, 0.1, 0.3), "outside, narrowly"),
        ((9.0, 8.0, 10.0, 0.1, math.inf), "inside"),
        ((math.nan, math.nan, math.nan, 0.1, 0.3), ""),
    ],
)
def test_a_verdict_says_where_the_mean_lies(numbers: tuple[float, ...], word: str) -> None:
    """Inside or outside by the mean; narrowly when the interval holds an edge."""
    assert patterns.verdict(*numbers) == word


def pattern(fitted: bool, defaults: str, study: str = "") -> patterns.PatternRow:
    """A row of which only the verdicts matter."""
    nan = math.nan
    return patterns.PatternRow(
        "k", "p", "share", 0.0, 1.0, "R1", fitted, 0.5, nan, nan, defaults, "", 0.5, nan, nan,
        study, nan, nan, Spread(), 1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("Lee 2021; Cole & Sprang 2015", "Lee 2021; Cole & Sprang 2015 \N{MIDDLE DOT} fitted"),
        ("Lee 2021; " + "W" * 90, "Lee 2021 and others \N{MIDDLE DOT} fitted"),
        ("Lee 2021 and others; " + "W" * 90, "Lee 2021 and others \N{MIDDLE DOT} fitted"),
    ],
)
def test_a_label_names_the_sources_that_have_room(source: str, line: str) -> None:
    """Sources stand in one line, and those without room are 'others', said once."""
    assert draw_patterns.source_in_one_line(replace(pattern(True, "inside"), source=source)) == line


def test_a_studys_patterns_are_those_of_its_baseline(tmp_path: Path) -> None:
    """Shares and ratios of runs.parquet and of communities, under the baseline only."""
    made = Made(replicates=2, communities=60).write(tmp_path)
    table = pq.read_table(made / "runs.parquet")
    policy = np.array(table["policy"].to_pylist())
    values = np.where(policy == "none", 0.2, 0.9)
    columns = {
        "cohort_known_share": values,
        "cohort_identified_share": values / 4,
        "known_share_large_metro": values,
        "known_share_rural": values * np.where(table["replicate"].to_numpy() == 0, 0.0, 0.8),
        "not_substantiated_share": np.where(policy == "none", math.nan, 0.9),
    }
    for name, column in columns.items():
        table = table.append_column(name, pa.array(column))
    pq.write_table(table, made / "runs.parquet")
    towns = pq.read_table(made / "communities.parquet")
    n = towns.num_rows
    more = {"population": np.tile(1000.0 * np.arange(60), n // 60), "reports": np.arange(n) % 60}
    more |= {"false_reports": np.arange(n) % 7, "poverty_quintile": np.arange(n) % 5 + 1}
    towns = towns.drop_columns([c for c in more if c in towns.column_names])
    for name, column in more.items():
        towns = towns.append_column(name, pa.array(column))
    pq.write_table(towns, made / "communities.parquet")
    found = {row.key: row for row in picture_of(made, "patterns").rows}
    assert found["known"].study == pytest.approx(0.2)
    assert found["identified"].study == pytest.approx(0.05)
    # Of one world in two nothing is known in rural places; it counts in the ratio of the means.
    assert found["metro_rural"].study == pytest.approx(0.2 / (0.2 * 0.8 / 2))
    assert found["metro_rural"].runs == 4
    assert found["not_substantiated"].study_verdict == found["knew"].study_verdict == ""
    mine = [t for t in towns.to_pylist() if t["policy"] == "none"]
    correlations = [
        np.corrcoef(*np.array([(t["published"], t["population"]) for t in one]).T)[0, 1]
        for f, r in product(("0", "1"), range(2))
        if (one := [t for t in mine if (t["future"], t["replicate"]) == (f, r)])
    ]
    assert len(correlations) == 4
    assert found["population"].study == pytest.approx(np.mean(correlations))
    assert found["population"].runs == 4


# Attribution: the runs.


def test_shapley_values_of_a_hand_worked_game() -> None:
    """Worth 6 and 12 alone, 0 together with nothing, 24 together: shares 9 and 15."""
    values = [np.array([v]) for v in (0.0, 6.0, 12.0, 24.0)]
    assert [share[0] for share in runs.shapley(values)] == [9.0, 15.0]
    with pytest.raises(ValueError, match="power of 2"):
        runs.shapley(values[:3])


@given(st.integers(1, 4).flatmap(
    lambda k: st.lists(st.floats(-1e6, 1e6), min_size=1 << k, max_size=1 << k)
))  # fmt: skip
def test_shapley_values_sum_to_the_whole_change(numbers: list[float]) -> None:
    """Whatever the game; and a player who adds nothing to any coalition gets nothing."""
    values = [np.array([v]) for v in numbers]
    shares = runs.shapley(values)
    assert sum(share[0] for share in shares) == pytest.approx(numbers[-1] - numbers[0], abs=1e-6)
    with_idler = [*values, *values]
    assert runs.shapley(with_idler)[-1][0] == 0.0


def test_a_part_of_a_policy_spends_what_it_spent_before() -> None:
    """Withheld dollars go nowhere: budget times share is unchanged for every lever kept."""
    policy = build("per_youth", budget=0.5)
    parts = runs.parts_of(policy)
    part = runs.only(policy, ["training", "barrier"])
    assert set(part.mix) == {"training", "channel"}
    for lever in part.mix:
        assert part.budget * part.mix[lever] == pytest.approx(policy.budget * policy.mix[lever])
    assert sum(runs.only(policy, [one]).budget for one in parts) == pytest.approx(0.5)


def test_every_lever_belongs_to_one_part() -> None:
    """None is forgotten and none counted twice."""
    from streetlight.model.names import LEVER_NAMES

    assert sorted(lever for levers in runs.PARTS.values() for lever in levers) == sorted(
        LEVER_NAMES
    )


def test_the_file_sums_to_the_change_in_every_world(tmp_path: Path) -> None:
    """Baseline plus contributions is the policy, and both are what runs.parquet says."""
    policy = build("equal_shares", mix={"training": 0.5, "campaign": 0.3, "investigators": 0.2})
    experiment = small_experiment(region=Region.synthetic(8, seed=1), policies=(policy,), horizon=1)
    made = tmp_path / "small"
    run(experiment, made, workers=1, figures="none")
    worlds = [(future.name, r) for future in experiment.futures for r in range(2)]
    rows_of = runs.attribute(experiment, experiment.policies, worlds, Engine.of_model())
    with Store(made, experiment.name) as store:
        runs.write_attribution(rows_of, store)
    with (made / "attribution.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    tops = {
        (r["policy"], r["future"], r["replicate"]): (r["reports"], r["false_reports"])
        for r in pq.read_table(made / "runs.parquet").to_pylist()
    }
    worlds = {(row["future"], int(row["replicate"])) for row in table}
    assert len(worlds) == 4
    for future, replicate in worlds:
        mine = [r for r in table if (r["future"], int(r["replicate"])) == (future, replicate)]
        parts = ["baseline", "awareness", "training", "investigation", "policy"]
        assert [row["part"] for row in mine] == parts
        for quantity in ("reports", "false_reports", "victimizations"):
            levels = [float(row[quantity]) for row in mine]
            assert sum(levels[:-1]) == pytest.approx(levels[-1])
        for row, policy_name in ((mine[0], "none"), (mine[-1], "equal_shares")):
            levels = float(row["reports"]), float(row["false_reports"])
            assert levels == tops[policy_name, future, replicate]
    assert any(float(row["reports"]) for row in table if row["part"] == "training")
    page = (ROOT / "docs" / "data-dictionary.md").read_text(encoding="utf-8")
    described = re.findall(r"^\| `(\w+)` \|", page.split("## attribution.csv")[1], re.M)
    assert described == list(table[0])
    assert "attribution" not in {one.name for one in absent(made)}


def test_what_cannot_be_taken_apart_is_refused() -> None:
    """A spending baseline, a policy without money, an unknown name."""
    experiment = small_experiment()
    rich = small_experiment(baseline=build("per_youth", budget=1.0))
    with pytest.raises(InputError, match="spends money"):
        runs.attribute(rich, [build("equal_shares")], [], FAKE)
    with pytest.raises(InputError, match="spends money"):
        runs.chosen(rich, [])
    with pytest.raises(InputError, match="spends nothing"):
        runs.attribute(experiment, [build("equal_shares", budget=0.0)], [], FAKE)
    with pytest.raises(InputError, match="--policy: equal_share: no such policy.*equal_shares"):
        runs.chosen(experiment, ["equal_share"])
    assert [p.name for p in runs.chosen(experiment, [])] == ["equal_shares"]
    twice = runs.chosen(experiment, ["per_youth", "equal_shares", "per_youth"])
    assert [p.name for p in twice] == ["per_youth", "equal_shares"]


# Attribution: the figure.


def test_the_part_that_adds_most_is_named_only_where_it_surpasses_all_others() -> None:
    """Two clear parts that are level, beside a larger one that is not clear; then a clear one."""
    results: Any = SimpleNamespace(future=np.zeros(6, dtype=int))
    luck = np.array([-1.0, 1.0, -1.0, 1.0, -1.0, 1.0])
    before = np.tile([[75.0], [25.0], [500.0]], 6)

    def most(sign: float, **parts: FloatArray) -> tuple[str, ...]:
        pairs = {k: np.stack([sign * v, 0 * v, 0 * v]) for k, v in parts.items()}
        pairs |= {"baseline": before, "policy": before + sum(pairs.values())}
        return attribution._policy(results, ShownPolicy("a", 0), pairs)[0].most

    level = {"awareness": 5.1 + luck, "barrier": 5.0 + luck[[0, 0, 1, 1, 0, 1]]}
    for sign in (1.0, -1.0):
        unclear = 8 + 8 * luck[[0, 1, 1, 0, 0, 1]]
        assert most(sign, **level, training=unclear) == ("awareness", "barrier", "training")
        assert most(sign, **level, training=25 + luck) == ("training",)
        # What moves reports the other way does not move them most this way, however large.
        assert most(sign, training=25 + luck, investigation=-19 + luck) == ("training",)
        assert most(sign, training=25 + luck, investigation=-29 + luck) == ("investigation",)


def test_harm_and_seeing_sum_to_the_change() -> None:
    """By hand: 10 reports of 100 become 30 of 150; undefined without victimizations."""
    before, after = np.array([[10.0, 1.0], [100.0, 0.0]]), np.array([[30.0, 1.0], [150.0, 5.0]])
    harm, seeing = attribution.split(before, after)
    assert harm[0] == pytest.approx(50 * (0.1 + 0.2) / 2)
    assert seeing[0] == pytest.approx(0.1 * 125)
    assert harm[0] + seeing[0] == pytest.approx(20)
    assert math.isnan(harm[1])


def waterfall(folder: Path, policies: tuple[str, ...] = ("none", "a"), worlds: int = 2) -> Path:
    """Made-up results with an attribution that fits them: +10 by training, -4 by investigators."""
    made = Made(policies=policies, replicates=worlds, communities=20).write(folder)
    table = pq.read_table(made / "runs.parquet")
    policy = np.array(table["policy"].to_pylist())
    reports = np.where(policy == "none", 100.0, 106.0)
    for name, values in (("reports", 0.75 * reports), ("false_reports", 0.25 * reports)):
        table = table.append_column(name, pa.array(values))
    pq.write_table(table, made / "runs.parquet")
    lines = [",".join(attribution.COLUMNS)]
    for name, future, r in product(policies[1:], ("0", "1"), range(worlds)):
        lines += [
            f"{name},{future},{r},baseline,75,25,500",
            f"{name},{future},{r},training,8,2,0",
            f"{name},{future},{r},investigation,-3.5,-0.5,0",
            f"{name},{future},{r},policy,79.5,26.5,500",
        ]
    (made / "attribution.csv").write_text("\n".join(lines) + "\n")
    return made


def test_the_waterfall_is_the_file_averaged(tmp_path: Path) -> None:
    """Levels, parts and the split of one policy; bars end where the next begins."""
    made = waterfall(tmp_path)
    picture = picture_of(made, "attribution")
    values = {row.part: row.value for row in picture.rows}
    assert values == pytest.approx(
        {"baseline": 100, "training": 10, "investigation": -4, "policy": 106}
        | {attribution.HARM: 0, attribution.SEEING: 4.5, attribution.FALSE: 1.5}
    )
    assert "\u201ca\u201d reports are 6.0% higher" in picture.headline
    panel = next(axes for axes in picture.figure().axes if axes.axison)
    bars = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in panel.patches]
    assert bars[1:3] == [pytest.approx((100, 110)), pytest.approx((110, 106))]
    assert bars[3][1] == pytest.approx(106)
    assert bars[5:] == [pytest.approx((100, 104.5)), pytest.approx((100, 101.5))]


def test_thirty_policies_show_the_first_four(tmp_path: Path) -> None:
    """All are in the table, four are drawn, and long names keep to the page."""
    names = ("none", *(f"policy_{k}_{'long_' * 12}" for k in range(29)))
    picture = picture_of(waterfall(tmp_path, names, worlds=1), "attribution")
    assert len({row.policy for row in picture.rows}) == 29
    assert sum(axes.axison for axes in picture.figure().axes) == 4


@pytest.mark.parametrize(
    "break_it",
    [
        lambda text: text.replace("baseline,75", "baseline,70"),
        lambda text: text.replace("part", "parts"),
        lambda text: text.replace("a,0,0", "b,0,0"),
        lambda text: text.replace("a,1,1", "a,1,7"),
        lambda text: text.splitlines()[0] + "\n",
    ],
    ids=["other level", "other columns", "other policy", "other world", "empty"],
)
def test_an_attribution_of_other_runs_is_not_drawn(break_it: Any, tmp_path: Path) -> None:
    """It is absent, and the command that makes it again is named."""
    made = waterfall(tmp_path)
    path = made / "attribution.csv"
    path.write_text(break_it(path.read_text()))
    missing = next(one for one in absent(made) if one.name == "attribution")
    assert "make it again" in missing.reason
    assert missing.command == "streetlight attribute RESULTS"


def test_without_an_attribution_the_figure_is_absent(tmp_path: Path) -> None:
    """The reason and the command are named; a manifest without a configuration is no fault."""
    made = Made(communities=10).write(tmp_path)
    assert "config" not in json.loads((made / "manifest.json").read_text())
    assert isinstance(attribution.attribution_of(read_results(made)), str)


@pytest.mark.parametrize("names", [("none", "a"), ("none", "W" * 60, "b", "c", "d", "e")])
def test_texts_of_a_waterfall_keep_apart(names: tuple[str, ...], tmp_path: Path) -> None:
    """No text leaves the page or touches another, with one policy and with many."""
    texts_keep_apart(draw_attribution.picture(read_results(waterfall(tmp_path, names))))
