"""Figures that weigh a choice: left behind, errors borne, another dollar, regret, money."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from test_figures import PLACES, Made, picture_of

from streetlight.experiments.analyse.regret import regret_rows
from streetlight.experiments.analyse.values import Worlds
from streetlight.experiments.figures import (
    absent,
    another_dollar,
    dollar_words,
    errors_borne,
    left_behind,
    left_behind_words,
    regret,
    words,
)
from streetlight.experiments.figures import money_and_reports as money
from streetlight.experiments.figures.draw_money_and_reports import shown as shown_money
from streetlight.experiments.figures.estimates import ratio_of_means
from streetlight.experiments.figures.groups import GROUPS, POVERTY, group_sums, shown
from streetlight.experiments.figures.tables import read_results

USUAL = Made(
    policies=("none", "a", "b"),
    oracles=("told",),
    futures=("0", "1"),
    communities=40,
    replicates=3,
    years=4,
    follows=1.0,
    answers=0.3,
    cost={"b": 2e6},
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder with two policies on offer and an oracle."""
    return USUAL.write(tmp_path_factory.mktemp("choices"))


# Left behind.

GAP = left_behind_words.GapChanges


@pytest.mark.parametrize(
    ("gap", "spread", "kind"),
    [
        (1.0, 0.1, "narrows"),
        (0.0, 0.1, "narrows"),
        (3.0, 0.1, "widens"),
        (-0.5, 0.1, "turns"),  # smaller in size, and yet not narrower
        (-1.9, 0.1, "turns"),  # whether its size is another cannot be told
        (-3.0, 0.1, "turns"),
        (1.9, 0.5, ""),
        (-0.5, 2.0, ""),  # clearly below 2, neither clearly below 0 nor clearly above -2
    ],
)
def test_a_gap_narrows_widens_or_turns_round_only_where_it_is_clear(
    gap: float, spread: float, kind: str
) -> None:
    """A baseline's gap of 2 in two futures of four replicates each, and one policy's beside it."""
    future = np.repeat([0, 1], 4)
    theirs = gap + spread * np.tile([-1.0, 1.0], 4)
    found = left_behind.gap_changes(np.full(8, 2.0), {"a": theirs}, future)
    assert found == GAP(**({kind: ("a",)} if kind else {}))


def test_what_policies_do_to_a_gap_is_clear_for_all_of_them_together() -> None:
    """What is clear of one policy alone is not clear of it among twenty."""
    future, theirs = np.zeros(4, dtype=int), 1.5 + 0.15 * np.array([-1.0, 1.0, -1.0, 1.0])
    base = np.full(4, 2.0)
    many = {str(k): theirs for k in range(20)}
    assert left_behind.gap_changes(base, {"0": theirs}, future) == GAP(("0",))
    assert left_behind.gap_changes(base, many, future) == GAP()


def test_group_sums_are_those_of_the_communities(folder: Path) -> None:
    """By hand from the rows of one run, for every kind of place and every fifth by poverty."""
    results = read_results(folder)
    sums = group_sums(results, ("identified",))
    rows = [
        row
        for row in pq.read_table(folder / "communities.parquet").to_pylist()
        if (row["policy"], row["future"], row["replicate"]) == ("a", "1", 2)
    ]
    policy = next(policy for policy in results.policies if policy.name == "a")
    world = 5  # the third replicate of the second future
    for group in GROUPS:
        column = "poverty_quintile" if group.grouping == POVERTY else "place_class"
        mine = [row["identified"] for row in rows if str(row[column]) == group.name]
        assert sums.of("identified", policy, group)[world] == sum(mine)
    assert sums.of("identified", policy)[world] == sum(row["identified"] for row in rows)


def test_the_worst_off_share_and_the_gap_are_those_of_the_table(folder: Path) -> None:
    """The row for the worst-off place is the least of the places' rows; differences are paired."""
    rows = picture_of(folder, "left_behind").rows
    for policy in ("none", "a", "told"):
        mine = [row for row in rows if row.policy == policy]
        places = [r for r in mine if r.measure == "identified" and r.grouping == "place class"]
        worst = next(row for row in mine if row.measure == left_behind.WORST)
        assert worst.value == min(row.value for row in places)
        assert worst.group == min(places, key=lambda row: row.value).group
        base = next(r.value for r in rows if (r.policy, r.measure) == ("none", left_behind.WORST))
        assert worst.difference == pytest.approx(worst.value - base)


def test_the_notes_say_that_the_tables_ask_another_question_of_the_worst_off(folder: Path) -> None:
    """The least of the means is drawn; the metrics are means of every run's least."""
    for name, metric in (
        ("left_behind", "worst_class_identified_share"),
        ("policies_compared", "worst_class_averted_per_100k"),
    ):
        axes = picture_of(folder, name).figure().axes
        assert any(metric in text.get_text() for one in axes for text in one.texts)


def test_a_gap_that_turns_round_is_not_said_to_narrow(tmp_path: Path) -> None:
    """Large metros ahead by less, then behind by more, then ahead by more."""
    made = replace(USUAL, policies=("none", "a"), oracles=(), replicates=6).write(tmp_path)
    results = read_results(made)
    sums = group_sums(results, left_behind.COLUMNS)
    high, low = GROUPS[0], GROUPS[1]
    found, onsets = sums.sums["identified"], sums.sums["true_onsets"]
    found[:] = onsets * 0.05
    found[0, :, 0] = onsets[0, :, 0] * 0.06
    found[1, :, 0] = onsets[1, :, 0] * 0.055
    assert left_behind._changes(results, sums, high, low) == GAP(narrows=("a",))
    found[1, :, 0] = onsets[1, :, 0] * 0.02
    assert left_behind._changes(results, sums, high, low) == GAP(turns=("a",))
    found[1, :, 0] = onsets[1, :, 0] * 0.08
    assert left_behind._changes(results, sums, high, low) == GAP(widens=("a",))


# Errors.


def test_wrong_investigations_are_per_1000_youth_and_year(tmp_path: Path) -> None:
    """One run of four years, worked from its communities."""
    made = replace(USUAL, policies=("none",), oracles=(), futures=("0",), replicates=1)
    towns = pq.read_table(made.write(tmp_path) / "communities.parquet").to_pylist()
    rows = picture_of(tmp_path, "errors_borne").rows
    for place in PLACES:
        mine = [town for town in towns if town["place_class"] == place]
        expected = sum(t["false_investigated"] for t in mine) / sum(t["youth"] for t in mine)
        row = next(r for r in rows if (r.group, r.error) == (place, errors_borne.WRONG.name))
        assert row.value == pytest.approx(1000 * expected / 4)
        assert row.unit == "cases per 1,000 youth a year"


# Money's worth.


def test_prices_that_are_close_get_the_digits_that_tell_them_apart() -> None:
    """Four digits where three would make two of them one."""
    close = dollar_words.apart((114_530.0, 113_824.0, 115_245.0))
    assert close == ["$114,500", "$113,800", "$115,200"]


def test_a_policy_whose_gain_is_not_clear_may_still_gain_most_per_dollar(tmp_path: Path) -> None:
    """10 gained surely beside 20 gained perhaps, at one cost; then as surely, and surely less."""
    made = replace(
        USUAL, policies=("none", "x", "y", "free"), oracles=(), futures=("0",), replicates=6,
        cost={"free": 0.0},
    ).write(tmp_path)  # fmt: skip
    results = read_results(made)
    averted = results.metrics[dollar_words.AVERTED]
    luck = np.array([-1.0, 1.0, -1.0, 1.0, -1.0, 1.0])  # standard error 1 / sqrt(5)
    averted[1], averted[3] = 10 + 0.2 * luck, 0.0
    for mean, scale, ahead in ((20, 22, ("x", "y")), (20, 0.3, ("y",)), (2, 0.3, ("x",))):
        averted[2] = mean + scale * luck[[0, 0, 1, 0, 1, 1]]
        found = another_dollar.dollars_of(results).finding.prices[dollar_words.AVERTED]
        assert found.cheapest == ahead


def test_a_price_has_fiellers_interval() -> None:
    """A fixed cost: exactly the cost over the ends of the gain's interval; undefined at zero."""
    rng = np.random.default_rng(3)
    gain, future = rng.normal(10.0, 2.0, 12), np.repeat([0, 1], 6)
    from streetlight.experiments.figures.estimates import estimate

    one, below = ratio_of_means(np.full(12, 50.0), gain, future), estimate(gain, future)
    assert [one.mean, one.low, one.high] == pytest.approx(
        [50 / below.mean, 50 / below.high, 50 / below.low]
    )
    assert math.isnan(ratio_of_means(np.full(12, 50.0), gain - 10, future).mean)
    assert math.isnan(ratio_of_means(np.full(12, 50.0), -gain, future).mean)
    # Cost and gain move together: their ratio is exact although both vary.
    assert ratio_of_means(3 * gain, gain, future).low == pytest.approx(3.0)
    lone = ratio_of_means(np.array([6.0]), np.array([2.0]), np.array([0]))
    assert (lone.mean, math.isnan(lone.low)) == (3.0, True)


def test_who_is_dominated_and_who_is_on_the_frontier(tmp_path: Path) -> None:
    """Same cost and less gain, more cost and less gain, more cost and more gain, a dent."""
    gains = {"a": 10, "b": 5, "c": 8, "d": 24, "e": 12}
    made = replace(
        USUAL,
        policies=("none", *gains),
        noise=0.5,
        replicates=6,
        averted={name: (gain,) * 4 for name, gain in gains.items()},
        cost={"a": 1e6, "b": 1.005e6, "c": 2e6, "d": 3e6, "e": 2e6},
    ).write(tmp_path)
    rows = picture_of(made, "another_dollar").rows
    mine = {row.policy: row for row in rows if row.measure == dollar_words.AVERTED}
    found = {name: row.dominated_by for name, row in mine.items()}
    assert found == {"none": "", "a": "", "b": "a", "c": "e", "d": "", "e": "", "told": ""}
    # From "a" to "d" the line passes above "e": not dominated by a policy, but off the frontier.
    assert {name for name, row in mine.items() if row.on_frontier} == {"none", "a", "d"}


def test_money_is_written_with_three_digits() -> None:
    """Large amounts in whole dollars, small ones in cents."""
    texts = [words.dollars(v) for v in (114_631.0, 12.345, 0.0, -5.0, 0.001)]
    assert texts == ["$115,000", "$12.30", "$0", "−$5.00", "$0.01"]


# Regret.


def test_regret_is_against_the_best_of_all_with_noise_by_pairs(folder: Path) -> None:
    """Means over replicates by hand; hatched exactly where regret.csv says within noise."""
    results = read_results(folder)
    values = regret.averted_per_100k(results)
    names = tuple(policy.name for policy in results.policies)
    laid_out = np.stack([values[:, results.future == f] for f in range(2)], axis=1)
    one = {"name": "averted_person_years", "direction": "more"}
    worlds = Worlds(names, results.futures, np.array([False, False, False, True]),
                    np.zeros(2, bool), {one["name"]: laid_out}, 0, 0)  # fmt: skip
    noisy = {
        (row.policy, row.future): row.within_noise and row.value > 0
        for row in regret_rows(worlds, one, 0) if row.against == "best"
    }  # fmt: skip
    for row in picture_of(folder, "regret").rows:
        mine = results.future == results.futures.index(row.future)
        means = values[:, mine].mean(axis=1)
        p = [policy.name for policy in results.policies].index(row.policy)
        assert row.regret == pytest.approx(means.max() - means[p])
        assert row.is_best == (means[p] == means.max())
        assert row.within_noise == noisy[row.policy, row.future]
    assert {row.policy for row in picture_of(folder, "regret").rows} == {"none", "a", "b", "told"}


def test_within_noise_allows_for_all_that_might_be_the_best(folder: Path) -> None:
    """A paired t of 4.5 from 3 replicates is beyond the 95% interval of a pair, 4.30; of the three
    others that might be the best none is sure to be better: 5% / 3 to one side is 5.34."""
    results = read_results(folder)
    steps = np.array([-1.0, 0.0, 1.0]) / (1 / math.sqrt(3))
    values = np.zeros((4, 3))
    values[0] = 4.5 + steps
    values[2:] = values[0] - 1.0
    row = regret._cells(results, "0", values)[1]
    assert row.low > 0 and row.within_noise
    values[0] += 1.0
    assert not regret._cells(results, "0", values)[1].within_noise


def test_the_least_largest_regret_is_not_said_by_chance(folder: Path) -> None:
    """Four alike in one future: said in 5% at most, and never of fewer than four replicates; one
    far ahead is said to have it."""
    results, rng, n = read_results(folder), np.random.default_rng(1), 300
    for replicates, limit in ((2, 0.0), (3, 0.0), (4, 0.05)):
        one = replace(results, future=np.zeros(replicates, dtype=np.int64))
        said = 0
        for _ in range(n):
            values = rng.normal(size=(4, replicates))
            values[2:] -= 20.0  # so that two are left: chance does most where it is a toss-up
            mean = values.mean(axis=1)
            whole = np.ones(replicates, dtype=bool)
            said += regret._least(one, values, whole, (mean.max() - mean)[:, None])[1] >= 0.975
        assert said / n <= limit + 3 * math.sqrt(limit * (1 - limit) / n)
    values[1] += 20.0
    mean = values.mean(axis=1)
    assert regret._least(one, values, whole, (mean.max() - mean)[:, None]) == (1, 1.0)


def test_one_replicate_says_nothing_of_noise(folder: Path) -> None:
    """With a future of one replicate the headline counts no futures within noise."""
    results = read_results(folder)
    assert regret.finding_of(results, regret.regrets_of(results)).good is not None
    results.metrics["averted_person_years"][1, 1:3] = math.nan
    assert regret.finding_of(results, regret.regrets_of(results)).good is None


def test_only_worlds_complete_for_all_policies_count_in_regret(folder: Path) -> None:
    """A world that one policy lacks is left out for all; a future without any is no column."""
    results = read_results(folder)
    results.metrics["averted_person_years"][1, 0] = math.nan
    drawn = regret.regrets_of(results)
    assert {row.runs for row in drawn.rows if row.future == "0"} == {2}
    results.metrics["averted_person_years"][1, :3] = math.nan
    drawn = regret.regrets_of(results)
    assert {row.future for row in drawn.rows} == {"1"}
    assert regret.finding_of(results, drawn).futures == 1


# Money and reports.


def test_the_slopes_find_what_was_put_in(tmp_path: Path) -> None:
    """Money at last year's shares has slope 1, fixed shares 0; reports bent to money are found."""
    for follows, answers in ((1.0, 0.0), (0.0, 0.0), (0.5, 0.4)):
        made = replace(USUAL, follows=follows, answers=answers, oracles=()).write(
            tmp_path / f"{follows}{answers}"
        )
        drawn = money.money_and_reports_of(read_results(made))
        assert drawn.follows[1].mean == pytest.approx(follows, abs=1e-6)
        assert math.isnan(drawn.follows[0].mean)
        if answers == 0:
            assert drawn.answers[1].mean == pytest.approx(0.0, abs=1e-9)
        shares = [row.money for row in drawn.rows if row.policy == "a" and row.year == 0]
        assert sum(shares) == pytest.approx(100)


def test_reports_that_grow_where_money_goes_are_said_to_follow(folder: Path) -> None:
    """Reports raised where a policy puts more than their share; the same lowered is shunning."""
    results = read_results(folder)
    drawn = money.money_and_reports_of(results)
    base = drawn.reports[0]
    start = base[:, : money.BURN_IN_YEARS].mean(axis=1, keepdims=True)
    paid = start + np.array([-9.0, 3.0, 3.0, 3.0]) + np.zeros_like(drawn.money[0])
    for slope in (0.2, -0.2):
        values = money._answer_values(results, paid, base + slope * (paid[:, :1] - start), base)
        assert values == pytest.approx(np.full(len(values), slope))


# Odd results.

ODD = {
    "names": Made(
        policies=("none", "<b>bold</b>&amp;", "Дальние районы", "x" * 60, "農村優先"),
        futures=("<script>", "засуха"),
        communities=20,
        years=2,
        replicates=2,
    ),
    "futures": Made(
        policies=("none", "a", "b"),
        futures=tuple(f"sampled_{k:04d}" for k in range(200)),
        communities=4,
        places=(0, 3),
        years=1,
        replicates=2,
    ),
}


@pytest.mark.parametrize("kind", ["names", pytest.param("futures", marks=pytest.mark.slow)])
def test_odd_names_and_many_futures_are_drawn(kind: str, tmp_path: Path) -> None:
    """Tags stand as they are, letters the font lacks are squares; 200 futures fit on the page."""
    made = ODD[kind].write(tmp_path)
    assert {one.name for one in absent(made)} == {"attribution", "event_study"}
    for name in ("left_behind", "errors_borne", "another_dollar", "regret", "money_and_reports"):
        figure = picture_of(made, name).figure()
        figure.draw_without_rendering()
        width, height = figure.canvas.get_width_height()
        for text in (text for axes in figure.axes for text in axes.texts if text.get_text()):
            box = text.get_window_extent()
            assert 0 <= box.x0 < box.x1 <= width, (name, text.get_text())
            assert 0 <= box.y0 < box.y1 <= height, (name, text.get_text())


def test_of_many_policies_the_first_by_what_they_avert_are_drawn(tmp_path: Path) -> None:
    """Thirty policies: baseline, six with most averted, in the file's order; all in the tables."""
    names = tuple(f"p{k}" for k in range(29))
    made = Made(
        policies=("none", *names), oracles=("o",), futures=("0",), communities=8, years=1,
        averted={name: (float(k % 7),) * 4 for k, name in enumerate(names)}, noise=0.0,
    ).write(tmp_path)  # fmt: skip
    results = read_results(made)
    drawn = [policy.name for policy in shown(results)]
    assert drawn == ["none", "p5", "p6", "p12", "p13", "p20", "p27", "o"]
    assert len({row.policy for row in picture_of(made, "errors_borne").rows}) == 31
    assert len(shown_money(money.money_and_reports_of(results))) == 6


def test_a_figure_without_its_data_is_absent_and_says_what_is_lacking(tmp_path: Path) -> None:
    """Without levers, without poverty, without spending: named, and the others still drawn."""
    made = replace(USUAL, communities=8).write(tmp_path / "older")
    (made / "levers.parquet").unlink()
    table = pq.read_table(made / "communities.parquet").drop_columns(["poverty_quintile"])
    pq.write_table(table, made / "communities.parquet")
    runs = pq.read_table(made / "runs.parquet").drop_columns(["spending"])
    pq.write_table(runs, made / "runs.parquet")
    elsewhere = ("attribution", "event_study")  # these have commands of their own
    lacking = {one.name: one for one in absent(made) if one.name not in elsewhere}
    assert set(lacking) == {"left_behind", "errors_borne", "another_dollar", "money_and_reports"}
    assert "levers.parquet" in lacking["money_and_reports"].reason
    assert "poverty_quintile" in lacking["left_behind"].reason
    assert "spending" in lacking["another_dollar"].reason
    assert {figure.command for figure in lacking.values()} == {"streetlight run older"}
    assert picture_of(made, "regret").rows
