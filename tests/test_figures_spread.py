"""How futures spread in the figures: bands of draws, dots of those that were chosen."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from matplotlib.figure import Figure
from test_figures import Made, texts_keep_apart

from streetlight.experiments.figures import draw_cascade, draw_errors_borne, draw_iceberg, pictures
from streetlight.experiments.figures.draw_another_dollar import in_list
from streetlight.experiments.figures.looks import _COLOURS, BASELINE, LUMA, PALEST, Look, look
from streetlight.experiments.figures.page import plain_settings
from streetlight.experiments.figures.picture import Picture
from streetlight.experiments.figures.spread import (
    LEAST_DRAWS,
    MOST_DOTS,
    THICK,
    THIN,
    Spread,
    draw_spread,
    note,
    quantiles,
    signs,
    spread,
)
from streetlight.experiments.figures.tables import read_results

SIXTEEN = tuple(f"sampled_{k}" for k in range(16))
WITH_BANDS = (
    "policies_compared", "iceberg", "money_and_reports", "cascade", "another_dollar",
    "errors_borne", "patterns",
)  # fmt: skip
OUTER, INNER = "90% of futures", "middle 50% of futures"


def written(folder: Path, made: Made, drawn: Sequence[str]) -> Path:
    """A results folder of which some futures are draws."""
    made.write(folder)
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text()) | {"config": {"sampled_futures": list(drawn)}}
    path.write_text(json.dumps(manifest))
    return folder


def of_futures(means: Sequence[float], drawn: int, folder: Path) -> Any:
    """Results in which each future has two replicates, and its number of person-years averted."""
    names = tuple(f"{'sampled' if k < drawn else 'named'}_{k}" for k in range(len(means)))
    made = Made(futures=names, replicates=2, communities=5, years=1)
    results = read_results(written(folder, made, names[:drawn]))
    order = [names.index(name) for name in results.futures]
    values = np.array([means[order[f]] for f in results.future])
    return results, values + np.where(results.replicate == 0, -0.5, 0.5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixteen drawn futures, five policies of each kind."""
    made = Made(
        policies=("none", "equal_shares", "per_youth", "small_towns_first"),
        oracles=("information_oracle",),
        futures=SIXTEEN,
        replicates=2,
        communities=24,
        years=3,
        follows=0.8,
    )
    return written(tmp_path_factory.mktemp("drawn"), made, SIXTEEN)


@pytest.fixture(scope="module")
def drawn(folder: Path) -> dict[str, Picture]:
    """The figures of these, by name; each is drawn once, whoever looks at it."""
    return {one.name: replace(one, draw=cache(one.draw)) for one in pictures(folder)}


def lines_of(figure: Figure) -> list[tuple[list[float], list[float], float]]:
    """All lines: x, y, and how wide they are."""
    return [
        (
            [float(x) for x in np.asarray(line.get_xdata())],
            [float(y) for y in np.asarray(line.get_ydata())],
            line.get_linewidth(),
        )
        for axes in figure.axes
        for line in axes.lines
    ]


def words_of(figure: Figure) -> list[str]:
    """All texts on the sheet below the panels: headline, key, notes."""
    return [text.get_text() for text in figure.axes[0].texts]


# The numbers.


def test_the_ends_of_a_band_are_quantiles_worked_out_by_hand() -> None:
    """A share of 16 or 20 futures that is whole lies between two of them, another is one of them.

    Of 16: 5% is 0.8 futures, so the first; 25% is 4, so between the fourth and the fifth.
    """
    sixteen = np.array([*range(9, 17), *range(1, 9)], dtype=float)
    assert quantiles(sixteen) == (1.0, 4.5, 12.5, 16.0)
    assert quantiles(np.arange(1.0, 21.0)) == (1.5, 5.5, 15.5, 19.5)


def test_a_band_does_not_change_with_the_sign() -> None:
    """What is averted and what is suffered spread alike."""
    means = np.random.default_rng(3).gamma(2.0, size=13)
    assert quantiles(-means) == tuple(-end for end in reversed(quantiles(means)))


def test_a_band_is_of_means_over_replicates(tmp_path: Path) -> None:
    """Replicates 0.5 to either side of 1 to 16 leave the quantiles of 1 to 16."""
    results, values = of_futures(range(1, 17), 16, tmp_path)
    assert spread(values, results).band == (1.0, 4.5, 12.5, 16.0)
    assert spread(values, results).dots == ()


def test_named_futures_are_in_no_band(tmp_path: Path) -> None:
    """Two futures that somebody chose, far out, move no end of the band of sixteen draws."""
    results, values = of_futures([*range(1, 17), 1000, -1000], 16, tmp_path)
    assert spread(values, results).band == (1.0, 4.5, 12.5, 16.0)


@pytest.mark.parametrize(
    ("n", "drawn", "band", "dots"),
    [
        (LEAST_DRAWS, LEAST_DRAWS, True, 0),
        (LEAST_DRAWS - 1, LEAST_DRAWS - 1, False, LEAST_DRAWS - 1),
        (LEAST_DRAWS, LEAST_DRAWS - 1, False, LEAST_DRAWS),
        (MOST_DOTS, 0, False, MOST_DOTS),
        (MOST_DOTS + 1, 0, False, 0),
        (1, 0, False, 0),
        (1, 1, False, 0),
    ],
)
def test_what_is_drawn_hangs_on_how_many_are_draws(
    n: int, drawn: int, band: bool, dots: int, tmp_path: Path
) -> None:
    """Enough draws have a band, a few others are shown themselves, one or many are not."""
    results, values = of_futures(range(1, n + 1), drawn, tmp_path)
    one = spread(values, results)
    assert one.has_band is band
    assert sorted(one.dots) == [float(k) for k in range(1, dots + 1)]
    assert bool(signs(results)) is bool(note(results, [one])) is bool(band or dots)


def test_a_future_without_a_value_is_left_out(tmp_path: Path) -> None:
    """Nine draws of which one has no value leave the quantiles of eight; of which two, none."""
    results, values = of_futures(range(1, 10), 9, tmp_path)
    values[results.future == results.futures.index("sampled_8")] = math.nan
    assert spread(values, results).band == quantiles(np.arange(1.0, 9.0))
    values[results.future == results.futures.index("sampled_7")] = math.nan
    assert spread(values, results) == Spread()


def test_the_luck_in_a_band_is_that_of_its_means(tmp_path: Path) -> None:
    """Two replicates 1 apart: variance 0.5, of their mean 0.25; 1 to 16 have 68/3 between them."""
    results, values = of_futures(range(1, 17), 16, tmp_path)
    one = spread(values, results)
    assert one.luck == pytest.approx(0.25 / (68 / 3))
    assert one.moved(1.0).cut(0.0, 9.0).luck == one.luck
    assert "whose luck is 1% of the variance" in note(results, [one])
    several = note(results, [Spread(luck=0.8), one, one, Spread()])
    assert "luck is 1% of the variance between them in the middle one of the bands" in several
    assert "and 80% in the worst" in several
    results, values = of_futures([7] * 16, 16, tmp_path / "same")
    assert spread(values, results).luck == 0.0
    far = np.where(results.replicate == 0, values, values + 50 * results.future)
    assert spread(far, results).luck == 1.0
    values[results.replicate == 0] = math.nan
    assert math.isnan(spread(values, results).luck)
    assert "of so few replicates" in note(results, [spread(values, results)])


def test_a_spread_moves_and_is_cut() -> None:
    """Moved by 2 and cut at 4 and 7 every end and dot is where it should be."""
    one = Spread(1.0, 2.0, 3.0, 9.0, (1.0, 4.0))
    assert one.moved(2.0) == Spread(3.0, 4.0, 5.0, 11.0, (3.0, 6.0))
    assert one.moved(2.0).cut(4.0, 7.0) == Spread(4.0, 4.0, 5.0, 7.0, (4.0, 6.0))


# The marks.


@pytest.mark.parametrize("upright", [False, True])
def test_a_band_is_two_lines_and_dots_are_no_line(upright: bool) -> None:
    """90% thin, 50% thick, along the axis of the value; dots are unjoined."""
    axes = Figure().add_subplot()
    draw_spread(axes, Spread(1.0, 2.0, 3.0, 4.0), 7.0, "0.5", upright=upright)
    draw_spread(axes, Spread(dots=(5.0, 6.0)), 8.0, "0.5", upright=upright)
    draw_spread(axes, Spread(), 9.0, "0.5", upright=upright)
    value, across = (1, 0) if upright else (0, 1)
    drawn = [(one[value], one[across], one[2]) for one in lines_of(axes.figure)]
    assert drawn[:2] == [([1.0, 4.0], [7.0, 7.0], THIN), ([2.0, 3.0], [7.0, 7.0], THICK)]
    assert drawn[2][:2] == ([5.0, 6.0], [8.0, 8.0])
    assert axes.lines[2].get_linestyle() == "None"
    assert len(drawn) == 3


def test_pale_colours_can_be_seen_on_white() -> None:
    """No policy's pale colour is brighter than the limit, and none as strong as its own."""
    for colour in (*_COLOURS, BASELINE):
        own = Look(colour, "o", ())
        parts = [int(own.pale[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        assert sum(w * p for w, p in zip(LUMA, parts, strict=True)) <= PALEST + 0.005
        assert own.pale != own.colour


@pytest.mark.parametrize("name", WITH_BANDS)
def test_noise_and_spread_are_both_named(name: str, drawn: dict[str, Picture]) -> None:
    """The key of each figure names interval and band; the notes say what the band is of."""
    with plain_settings():
        words = words_of(drawn[name].draw())
    assert {OUTER, INNER, "95% interval of simulation noise"} <= set(words)
    notes = " ".join(words)
    assert "of the 16 futures drawn at random" in notes
    assert "lowest to highest, as there are few" in notes
    assert "need not hold in every one" in notes


def test_bands_and_whiskers_lie_where_the_table_says(
    folder: Path, drawn: dict[str, Picture]
) -> None:
    """By hand from the runs: quantiles over futures of the mean over replicates, drawn as such."""
    table = pq.read_table(folder / "runs.parquet").to_pandas()
    mine = table[table.policy == "per_youth"].groupby("future", observed=True)
    means = np.sort(mine.extra_identified.mean().to_numpy())
    ends = [means[0], means[3:5].mean(), means[11:13].mean(), means[15]]
    picture = drawn["policies_compared"]
    row = next(
        row
        for row in csv.DictReader(io.StringIO(picture.table().decode()))
        if (row["policy"], row["measure"]) == ("per_youth", "identified")
    )
    names = ("low90", "low50", "high50", "high90")
    assert [float(row[f"future_{name}"]) for name in names] == pytest.approx(ends)
    lines = lines_of(picture.figure())
    band = {width: x for x, _, width in lines if x == pytest.approx([ends[0], ends[3]])}
    assert set(band) == {THIN}
    whisker = [float(row["low"]), float(row["high"])]
    assert THIN not in {width for x, _, width in lines if x == pytest.approx(whisker)}
    assert THICK in {width for x, _, width in lines if x == pytest.approx(ends[1:3])}


def test_the_icebergs_band_begins_where_the_bar_does(drawn: dict[str, Picture]) -> None:
    """From the bottom of the bar, the never reported share of a future at 5% reaches the end."""
    picture = drawn["iceberg"]
    row = picture.rows[0]
    bottom = -(row.known_not_identified + row.never_reported)
    ends = [bottom + row.never_reported_future.low90, bottom + row.never_reported_future.high90]
    assert any(y == pytest.approx(ends) for _, y, _ in lines_of(picture.figure()))
    assert row.never_reported_future.low90 <= row.never_reported
    assert row.never_reported <= row.never_reported_future.high90


def test_errors_spread_by_what_a_policy_changes_and_never_below_0(tmp_path: Path) -> None:
    """Counted from the rule of the baseline; a future with more to lose than it has is cut at 0."""
    made = Made(futures=SIXTEEN[:8], communities=24, replicates=2, years=2)
    results = written(tmp_path, made, SIXTEEN[:8])
    path = results / "communities.parquet"
    table = pq.read_table(path).to_pandas()
    first = (table.policy == "none") & (table.future == SIXTEEN[0])
    # Where most is lost without a policy, nothing is left of it with one.
    table["offered_no_place"] = np.where(first, table.identified, 0)
    pq.write_table(pa.Table.from_pandas(table), path)
    picture = draw_errors_borne.picture(read_results(results))
    assert isinstance(picture, Picture)
    row = next(r for r in picture.rows if r.error == "no service place" and r.group == "town"
               and not r.is_baseline)  # fmt: skip
    base = next(r for r in picture.rows if r.error == row.error and r.group == "town")
    assert row.difference_future.band == pytest.approx((-100.0, 0.0, 0.0, 0.0))
    assert base.value == pytest.approx(100 / 8)
    drawn = lines_of(picture.figure())
    assert any(x == pytest.approx([0.0, base.value]) and w == THIN for x, _, w in drawn)
    assert not any(min(x) < -1e-9 for x, _, w in drawn if w == THIN)


def test_bands_of_policies_with_one_budget_stand_side_by_side(
    folder: Path, drawn: dict[str, Picture]
) -> None:
    """Right of the marks, from left to right in the order of the list, none on another."""
    results, picture = read_results(folder), drawn["another_dollar"]
    at = {}
    for policy in in_list(results):
        row = next(r for r in picture.rows if r.policy == policy.name)
        one = row.gained_future
        (at[policy.name],) = [
            x[0]
            for x, y, width in lines_of(picture.figure())
            if width == THIN and y == pytest.approx([one.low90, one.high90])
        ]
        assert at[policy.name] > row.spent
    assert list(at.values()) == sorted(set(at.values()))
    assert len(at) == 4


def test_the_ribbons_of_money_and_reports_are_those_of_the_table(drawn: dict[str, Picture]) -> None:
    """Areas for reports, with the ends of the table in every year."""
    picture = drawn["money_and_reports"]
    rows = [r for r in picture.rows if (r.policy, r.place_class) == ("per_youth", "town")]
    shade = {round(row.reports_future.low90, 9) for row in rows}
    areas = [
        {round(float(y), 9) for y in path.vertices[:, 1]}
        for axes in picture.figure().axes
        for area in axes.collections
        for path in area.get_paths()
    ]
    assert any(shade <= area for area in areas)
    money = [row.money_future.high90 for row in rows]
    assert any(y == pytest.approx(money) for _, y, _ in lines_of(picture.figure()))


def test_the_cascade_leaves_room_for_bands_alone(drawn: dict[str, Picture], tmp_path: Path) -> None:
    """Bars are thinner where bands lie below them, and of their full height elsewhere."""
    other = Made(futures=("0", "1"), communities=24, years=2).write(tmp_path)
    heights = []
    for one in (drawn["cascade"], draw_cascade.picture(read_results(other))):
        figure = one.figure()
        panel = next(axes for axes in figure.axes if axes.containers)
        heights.append(panel.patches[0].get_height())
    assert heights[0] < 0.8 * heights[1]


@pytest.mark.parametrize("futures", [("one",), ("one", "two", "three")], ids=["one", "chosen"])
def test_no_band_where_nothing_was_drawn(futures: tuple[str, ...], tmp_path: Path) -> None:
    """Named futures are dots where a figure shows them, and one future is nothing at all."""
    made = Made(futures=futures, communities=24, years=2).write(tmp_path)
    for picture in pictures(made):
        name = picture.name
        if len(futures) == 1 and name not in WITH_BANDS:
            continue  # of three futures, below, they show no spread either
        words = words_of(picture.figure())
        assert not {OUTER, INNER} & set(words), name
        dots = len(futures) > 1 and name in ("policies_compared", "iceberg", "patterns")
        assert ("each future" in words) is dots, name
        assert ("chosen and not drawn at random" in " ".join(words)) is dots, name


def test_dots_are_the_means_of_the_futures_in_the_table(tmp_path: Path) -> None:
    """The table lists what is drawn; a band has no list, as its futures are no marks."""
    made = Made(futures=("one", "two"), communities=24, years=2).write(tmp_path)
    picture = draw_iceberg.picture(read_results(made))
    rows = list(csv.DictReader(io.StringIO(picture.table().decode())))
    one = picture.rows[0].never_reported_future
    assert rows[0]["never_reported_future_each"] == "; ".join(f"{d:.6g}" for d in one.dots)
    assert len(one.dots) == 2
    assert rows[0]["never_reported_future_low90"] == ""


def test_no_text_touches_another_with_bands(drawn: dict[str, Picture]) -> None:
    """The longer keys and the numbers behind bands keep apart."""
    for picture in drawn.values():
        texts_keep_apart(picture)


def test_the_pale_colour_follows_the_policy(folder: Path, drawn: dict[str, Picture]) -> None:
    """A band has the colour of its policy, so that its mark need not be searched for."""
    results = read_results(folder)
    picture = drawn["policies_compared"]
    colours = {line.get_color() for axes in picture.figure().axes for line in axes.lines}
    assert {look(policy).pale for policy in results.ranked} <= colours
