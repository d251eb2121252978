"""Figures of a results folder, drawn from tables made up here (and nowhere else)."""

from __future__ import annotations

import csv
import json
import math
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from itertools import combinations, product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from streetlight.experiments.analyse import intervals
from streetlight.experiments.figures import (
    FIGURES,
    absent,
    cascade,
    draw_all,
    draw_cascade,
    iceberg,
    pictures,
    ranks,
    words,
)
from streetlight.experiments.figures import policies_compared as compared
from streetlight.experiments.figures import streetlight_effect as streetlight
from streetlight.experiments.figures.estimates import (
    clearly_above,
    contenders,
    estimate,
    ratio_values,
)
from streetlight.experiments.figures.looks import look
from streetlight.experiments.figures.page import text_width, wrap
from streetlight.experiments.figures.picture import Absent, Picture, csv_bytes
from streetlight.experiments.figures.tables import read_results
from streetlight.experiments.labels import label
from streetlight.model.errors import InputError
from streetlight.model.names import GENDERS, TYPES

PLACES = ("large metro", "small metro", "town", "rural")
# Chance to get from each step to the next, by place class at the first.
RECOGNISED = (0.34, 0.30, 0.24, 0.18)
CHAIN = {
    "known": 0.62,
    "ever_screened_in": 0.8,
    "ever_investigated": 0.75,
    "identified": 0.62,
    "served": 0.5,
}
TYPE_SHARES, GENDER_SHARES = (0.65, 0.25, 0.1), (0.49, 0.48, 0.03)


@dataclass
class Made:
    """What a made-up results folder shall hold; the defaults are plausible."""

    policies: Sequence[str] = ("none", "small_towns_first")
    oracles: Sequence[str] = ()
    futures: Sequence[str] = ("0", "1")
    replicates: int = 3
    communities: int = 80
    lift: float = 1.4
    chain: Mapping[str, float] = field(default_factory=dict)
    recognised: Sequence[float] = RECOGNISED
    averted: Mapping[str, Sequence[float]] = field(default_factory=dict)
    noise: float = 6.0
    attention: float = 0.002
    onset: float = 0.03
    places: Sequence[int] = (0, 1, 2, 3)
    cost: Mapping[str, float] = field(default_factory=dict)
    follows: float = 0.0
    answers: float = 0.0
    by_gender: Sequence[float] = (1.0, 0.7, 0.8)
    years: int = 10
    shuffled: bool = False
    seed: int = 5

    def write(self, folder: Path) -> Path:
        """Write the six files that figures read; return the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        names = (*self.policies, *self.oracles)
        entries = [{"name": n, "rule": n, "is_oracle": n in self.oracles} for n in names]
        manifest = {"baseline": self.policies[0], "policies": entries}
        (folder / "manifest.json").write_text(json.dumps(manifest))
        runs: list[dict[str, Any]] = []
        towns: list[dict[str, Any]] = []
        rng = np.random.default_rng(self.seed)
        youth = np.maximum(rng.lognormal(8, 1.4, self.communities), 50).astype(int)
        place = np.array(self.places)[
            np.digitize(-youth, [-9_000, -4_000, -1_500]) % len(self.places)
        ]
        frailty = rng.gamma(4, 0.25, self.communities)
        for k, policy in enumerate(names):
            for f, future in enumerate(self.futures):
                for r in range(self.replicates):
                    key = {"policy": policy, "future": future, "replicate": r}
                    columns = self._communities(youth, place, frailty, k, f, r)
                    towns.append(key | columns)
                    runs.append(key | self._run(policy, youth, place, k, f, r))
        self._write_tables(folder, runs, towns)
        return folder

    def _communities(
        self, youth: Any, place: Any, frailty: Any, k: int, f: int, r: int
    ) -> dict[str, Any]:
        world = np.random.default_rng((self.seed, f, r))
        luck = np.random.default_rng((self.seed, f, r, 7))
        onsets = world.poisson(youth * frailty * self.onset)
        more = 1 + (self.lift - 1) * k / max(len(self.policies) - 1, 1)
        left = luck.binomial(onsets, np.minimum(np.array(self.recognised)[place] * more, 1))
        out = {"youth": youth, "place_class": place, "true_onsets": onsets}
        out["community"] = [f"Real County {c}" for c in range(self.communities)]
        out |= {"knew": luck.binomial(onsets, 0.2), "recognised": left}
        for name, chance in (CHAIN | dict(self.chain)).items():
            left = luck.binomial(left, chance)
            out[name] = left
        watched = np.array([1.6, 1.2, 0.8, 0.6])[place] * self.attention
        out["published"] = out["known"] + luck.poisson(out["known"] * 0.3 + youth * watched)
        out["poverty_quintile"] = 1 + (np.argsort(np.argsort(frailty)) * 5) // len(youth)
        out["false_investigated"] = luck.poisson(youth * 0.001 * more)
        out["known_still_exploited_person_years"] = out["known"] * 0.4
        out["offered_no_place"] = luck.binomial(out["identified"], 0.3 / more)
        return out

    def _run(self, policy: str, youth: Any, place: Any, k: int, f: int, r: int) -> dict[str, float]:
        gains = self.averted.get(policy, (12.0 * k, 10.0 * k, 8.0 * k, 30.0 * (k % 3)))
        world = np.random.default_rng((self.seed, f, r, 9))
        per = np.array(gains) * (1 + 0.3 * f) + world.normal(0, self.noise, 4) * (k > 0)
        by_place = np.array([youth[place == c].sum() for c in range(4)])
        per = np.where(by_place > 0, per, np.nan)
        out = {"averted_person_years": float(np.nansum(per * by_place) / 1e5)}
        out["spending"] = self.cost.get(policy, 0.0 if k == 0 else 1e6)
        out["extra_identified"] = float(40 * k * (self.lift - 1) + world.normal(0, 5) * (k > 0))
        for c, name in enumerate(PLACES):
            out[f"averted_per_100k_{name.replace(' ', '_')}"] = float(per[c])
        return out

    def _write_tables(self, folder: Path, runs: list[Any], towns: list[Any]) -> None:
        if self.shuffled:
            runs, towns = runs[::-1], towns[::-1]
        table = pa.Table.from_pylist(runs)
        for name in ("policy", "future"):
            at = table.schema.get_field_index(name)
            table = table.set_column(at, name, table.column(name).dictionary_encode())
        pq.write_table(table, folder / "runs.parquet")
        pieces = []
        for town in towns:
            n = len(town["youth"])
            parts = {c: [town[c]] * n for c in ("policy", "future", "replicate")}
            parts |= {c: v for c, v in town.items() if c not in parts}
            parts["place_class"] = [PLACES[c] for c in town["place_class"]]
            piece = pa.table(parts)
            for name in ("policy", "future", "place_class"):
                at = piece.schema.get_field_index(name)
                piece = piece.set_column(at, name, piece.column(name).dictionary_encode())
            pieces.append(piece)
        pq.write_table(pa.concat_tables(pieces), folder / "communities.parquet", row_group_size=500)
        self._write_groups(folder, towns)
        self._write_money(folder, towns)

    def _write_groups(self, folder: Path, towns: list[Any]) -> None:
        """All that happened to youth, split by type and gender; `by_gender` of it to each gender,
        of what is known and identified."""
        rows = []
        for town in towns:
            key = {c: town[c] for c in ("policy", "future", "replicate")}
            luck = np.random.default_rng((self.seed, int(town["replicate"]), 13))
            weight = np.outer(TYPE_SHARES, GENDER_SHARES).ravel()
            seen = weight * np.tile(self.by_gender, len(TYPE_SHARES))
            split = {
                name: luck.multinomial(town[name].sum(), share / share.sum())
                for name, share in (("true_onsets", weight), ("known", seen), ("identified", seen))
            }
            for k, (kind, gender) in enumerate(product(TYPES, GENDERS)):
                counts = {name: int(values[k]) for name, values in split.items()}
                rows.append(key | {"exploitation_type": kind, "gender": gender} | counts)
        table = pa.Table.from_pylist(rows[::-1] if self.shuffled else rows)
        pq.write_table(table, folder / "groups.parquet")

    def _write_money(self, folder: Path, towns: list[Any]) -> None:
        """`follows`: how far money goes where reports went; `answers`: reports where money went."""
        series, levers = [], []
        months = 36 + 12 * self.years
        for town in towns:
            key = {c: town[c] for c in ("policy", "future", "replicate")}
            noise = np.random.default_rng((self.seed, int(town["replicate"]), 11))
            by_place = np.array([town["youth"][town["place_class"] == c].sum() for c in range(4)])
            share = by_place / by_place.sum()
            paid = key["policy"] != self.policies[0]
            reports, money = np.zeros((3 + self.years, 4)), np.zeros((self.years, 4))
            for year in range(3 + self.years):
                drift = np.exp(noise.normal(0, 0.1, 4))
                bent = share * np.array([1 + paid * self.answers * (year >= 3), 1, 1, 1])
                reports[year] = 1e3 * bent * drift / (bent * drift).sum()
                if year >= 3:
                    last = reports[year - 1] / reports[year - 1].sum()
                    mix = self.follows * last + (1 - self.follows) * share
                    money[year - 3] = 1e4 * paid * mix
            for c in range(4):
                of_class = key | {"place_class": PLACES[c]}
                for month in range(months):
                    value = reports[month // 12, c] / 12
                    series.append(of_class | {"month": month, "published": value})
            for year, c in np.ndindex(*money.shape):
                mine = np.flatnonzero(town["place_class"] == c)[:1]
                for at in mine if paid else ():
                    one = {"community": town["community"][at], "spent": money[year, c]}
                    levers.append(key | {"year": year, "lever": "training"} | one)
        columns = ("policy", "future", "replicate", "year", "community", "lever", "spent")
        for name, rows, names in (("series", series, None), ("levers", levers, columns)):
            rows = rows[::-1] if self.shuffled else rows
            table = pa.table({n: [row[n] for row in rows] for n in names or rows[0]})
            for text in ("policy", "future", "place_class", "community", "lever"):
                at = table.schema.get_field_index(text)
                if at >= 0 and rows:
                    encoded = table.column(text).dictionary_encode()
                    table = table.set_column(at, text, encoded)
            pq.write_table(table, folder / f"{name}.parquet")


ALL_KINDS = Made(
    policies=("none", "equal_shares", "last_years_counts", "small_towns_first"),
    oracles=("information_oracle",),
    futures=("0", "fast fading"),
    communities=60,
)


class Drawn(NamedTuple):
    """A results folder with its figures, each drawn once; what drawing changed in matplotlib."""

    folder: Path
    figures: dict[str, Picture]
    changed: set[str]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    """The folder with every kind of policy, drawn where pyplot cannot be imported."""
    import matplotlib

    folder = ALL_KINDS.write(tmp_path_factory.mktemp("results"))
    before = dict(matplotlib.rcParams.copy())
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "matplotlib.pyplot", None)
        patch.delattr(matplotlib, "pyplot", raising=False)
        figures = [replace(one, draw=cache(one.draw)) for one in pictures(folder)]
        draw_all(folder, figures)
    after = dict(matplotlib.rcParams.copy())
    changed = {name for name in before if before[name] != after[name]}
    return Drawn(folder, {one.name: one for one in figures}, changed)


@pytest.fixture(scope="module")
def folder(drawn: Drawn) -> Path:
    """A results folder with every kind of policy, figures drawn."""
    return drawn.folder


def picture_of(folder: Path, name: str) -> Picture:
    """One of the figures, undrawn; the others are not even read."""
    made = import_module(f"streetlight.experiments.figures.draw_{name}").picture(
        read_results(folder)
    )
    assert isinstance(made, Picture)
    return made


def table_of(folder: Path, name: str) -> list[dict[str, str]]:
    """The CSV behind one of the figures."""
    with (folder / "figures" / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


# Means and intervals.


def test_the_interval_is_students_t_stratified_by_future() -> None:
    """Two futures of two replicates by hand: se = sqrt(1/2 + 4/2) / 2, df = 2.5^2 / 4.25."""
    values, future = np.array([1.0, 1 + 2**0.5, 5.0, 5 + 8**0.5]), np.array([0, 0, 1, 1])
    one = estimate(values, future)
    assert one.mean == pytest.approx(3 + (2**0.5 + 8**0.5) / 4)
    assert one.futures == pytest.approx((1 + 0.5**0.5, 5 + 2**0.5))
    # t(0.975) lies between 12.706 and 4.303, those for one and two degrees of freedom.
    assert 4.303 < (one.high - one.mean) / (2.5**0.5 / 2) < 12.706
    assert estimate(np.append(values, math.nan), np.append(future, 2)) == one


def test_one_replicate_gives_no_interval_and_nothing_is_clear() -> None:
    """Futures with one replicate each say nothing about Monte-Carlo error."""
    values, future = np.array([1.0, 2.0, 3.0]), np.arange(3)
    assert math.isnan(estimate(values, future).low)
    assert not clearly_above(values, values - 1, future)
    assert estimate(np.array([]), np.array([], dtype=int)).n_runs == 0


def test_intervals_are_those_of_the_comparison() -> None:
    """As in `experiments.analyse.intervals`, also where a future has one replicate."""
    values = np.random.default_rng(1).normal(size=(3, 4))
    values[1, 2:] = math.nan
    future = np.repeat(np.arange(3), 4)
    for replicates in (2, 1):
        values[1, replicates:] = math.nan
        mine, theirs = estimate(values.ravel(), future), intervals.estimate(values)
        ours = [mine.mean, mine.low, mine.high, *mine.futures]
        assert ours == pytest.approx(
            [theirs.mean, theirs.low, theirs.high, *theirs.future_means], nan_ok=True
        )


def test_ratio_values_average_to_the_ratio_of_sums_in_each_future() -> None:
    """The ratio is of sums, not a mean of ratios; an empty future is undefined."""
    top, bottom = np.array([1.0, 5.0, 2.0, 0.0]), np.array([2.0, 2.0, 8.0, 0.0])
    values = ratio_values(top, bottom, np.array([0, 0, 1, 2]))
    assert values[:2].mean() == pytest.approx(6 / 4)
    assert values[1] - values[0] == pytest.approx(4 / 2)
    assert values[2] == pytest.approx(0.25)
    assert math.isnan(values[3])


def test_comparing_many_pairs_asks_for_more_than_comparing_one() -> None:
    """A difference that is clear alone (t = 2.6, 9 df) is not clear among ten pairs."""
    noise = np.array([-1.0, 1.0] * 5)
    better = noise + 2.6 * noise.std(ddof=1) / 10**0.5
    samples = {"base": np.zeros(10), "a": better}
    assert contenders(samples, np.zeros(10, dtype=int)) == ("a",)
    samples |= dict.fromkeys("bcd", noise * 9)
    assert contenders(samples, np.zeros(10, dtype=int)) == ("base", "a", "b", "c", "d")


# Words.


def test_numbers_in_sentences_never_round_to_a_lie() -> None:
    """Only exact zero is 0%, only exact hundred 100%; two different shares read differently."""
    texts = [words.percent(v) for v in (0.0, 0.01, 3.14, 42.4, 99.7, 100.0)]
    assert texts == ["0%", "under 0.1%", "3.1%", "42%", "over 99%", "100%"]
    assert words.percents(41.61, 41.64) == ("41.61%", "41.64%")
    assert words.percents(12.0, 12.0) == ("12%", "12%")
    assert [words.number(v, signed=True) for v in (0.0, -3.21, 1234.5, 0.001)] == [
        "0",
        "\u22123.2",
        "+1,234",
        "under 0.01",
    ]
    assert [words.tick(v) for v in (-0.025, 0.0, 1500.0)] == ["\u22120.025", "0", "+1,500"]
    assert [words.tenths(v) for v in (0.0, 0.01, 20.0)] == ["0", "<0.1", "20.0"]


def test_text_is_wrapped_by_its_measured_width() -> None:
    """No line is wider than asked for, not even a word without a break."""
    lines = wrap("a few words and " + "x" * 90, 1.5)
    assert all(text_width(line) <= 1.5 for line in lines)
    assert "".join(lines).replace(" ", "") == "afewwordsand" + "x" * 90


# Headlines: their sentences are in wording/, what leads to them is here.


@pytest.mark.parametrize(("value", "text"), [(0.02, "under 0.1"), (3.14, "3.1")])
def test_how_many_of_the_top_is_a_number_of_one_decimal(value: float, text: str) -> None:
    """A little more than none is not said to be none."""
    assert streetlight.of_top(value) == text


def verdict_of(**gains: tuple[float, float]) -> compared.Verdict:
    """The verdict on policies given as (mean, half the distance of two replicates)."""
    values = {"none": np.zeros(8)}
    values |= {n: mean + half * np.array([-1.0, 1.0] * 4) for n, (mean, half) in gains.items()}
    labels = {name: name for name in values}
    return compared.verdict(values, labels, "none", np.zeros(8, dtype=int))


def test_a_verdict_is_given_only_where_the_pairs_are_clear() -> None:
    """Ahead, level, open, behind, no gain, the same, undefined."""
    assert verdict_of(a=(5, 1), b=(1, 0.1)) == compared.Verdict("ahead", ("a",), 5.0)
    assert verdict_of(a=(5, 1), b=(5, 1)).kind == "level"
    assert verdict_of(a=(5, 1), b=(5.5, -1)) == compared.Verdict("open", ("a", "b"))
    assert verdict_of(a=(-5, 1), b=(-1, 0.1)).kind == "behind"
    assert verdict_of(a=(0.5, 1), b=(-3, 0.1)).kind == "no gain"
    assert verdict_of(a=(0, 0), b=(0, 0)).kind == "same"
    assert verdict_of(a=(math.nan, 1)).kind == "undefined"


@pytest.mark.parametrize("there", ["a", "b", "bc", "ac", ""])
@pytest.mark.parametrize("total", ["a", "b", "bc", "ab", ""])
def test_two_verdicts_differ_only_if_they_share_no_leader(total: str, there: str) -> None:
    """Leaders, or those that may lead, in total and where least is averted."""

    def verdict(labels: str) -> compared.Verdict:
        kind = ("no gain", "ahead", "open")[len(labels)]
        return compared.Verdict(kind, tuple(labels), 5.0)

    text = compared.headline(verdict(total), verdict(there), "none")
    assert ("differ." in text) == bool(total and there and not set(total) & set(there))


def test_a_policy_has_one_name_everywhere(tmp_path: Path) -> None:
    """The rule's title where it is named as a rule, else its own name without underscores."""
    names = {"none": "No added money", "poverty_need": "By youth in poverty", "half_price": "half price"}
    assert {name: label(name) for name in names} == names
    made = Made(
        policies=tuple(names),
        oracles=("full_oracle",),
        averted={"poverty_need": (30.0,) * 4, "half_price": (10.0,) * 4},
        noise=0.5,
    ).write(tmp_path)
    read = read_results(made)
    assert [one.label for one in read.policies] == [
        *names.values(), "Planned, knowing everything (is told the truth)",
    ]  # fmt: skip
    assert picture_of(made, "policies_compared").headline.startswith("“By youth in poverty” is ahead")
    assert "the baseline (“No added money”)" in picture_of(made, "iceberg").headline


def test_headlines_turn_with_the_data(tmp_path: Path) -> None:
    """Tables in which the policy helps, harms, or helps in total but not in rural places."""
    two = Made(policies=("none", "a", "b"), replicates=6, communities=60, noise=0.5)
    cases = {
        "a\u201d is ahead in person-years averted both": {"a": (9, 9, 9, 9), "b": (2, 2, 2, 2)},
        "Every policy is behind": {"a": (-9, -9, -9, -9), "b": (-9, -9, -9, -6)},
        "The two differ.": {
            "a": (90, 90, 90, 1),
            "b": (20, 20, 20, 20),
        },
    }
    for k, (sentence, averted) in enumerate(cases.items()):
        made = replace(two, averted=averted).write(tmp_path / str(k))
        assert sentence in picture_of(made, "policies_compared").headline
    ahead = cases["a\u201d is ahead in person-years averted both"]
    made = replace(two, lift=0.6, averted=ahead).write(tmp_path / "less")
    assert "\u201ca\u201d raises that loss" in picture_of(made, "cascade").headline
    made = replace(two, chain={"known": 0.05}, recognised=(0.9,) * 4).write(tmp_path / "late")
    assert cascade.STEPS[2].loss in picture_of(made, "cascade").headline
    watched = replace(two, attention=0.05, recognised=(0.9, 0.5, 0.1, 0.02), chain={"known": 0.2})
    text = picture_of(watched.write(tmp_path / "watched"), "streetlight_effect").headline
    assert "but rates of reports" in text


# Ranks.


def test_ties_share_ranks_and_places_in_the_top() -> None:
    """Average ranks; of two top places the second is shared by three that tie."""
    assert ranks.ranks(np.array([5.0, 1.0, 5.0, 0.0])).tolist() == [3.5, 2.0, 3.5, 1.0]
    values = np.array([9.0] + [5.0] * 3 + [0.0] * 16)
    parts = ranks.membership(values, [0, 2, 20])
    assert parts[:4, 0] == pytest.approx([1, 1 / 3, 1 / 3, 1 / 3])
    assert parts.sum(axis=0) == pytest.approx([2, 18])
    assert parts.sum(axis=1) == pytest.approx(1)
    assert ranks.rank_agreement(np.arange(5.0), np.arange(5.0)[::-1]) == pytest.approx(-1)
    assert math.isnan(ranks.rank_agreement(np.arange(5.0), np.ones(5)))


@pytest.mark.parametrize(("n", "size"), [(2, 1), (12, 3), (39, 9), (40, 10), (3000, 10)])
def test_the_top_is_ten_or_a_quarter_of_few(n: int, size: int) -> None:
    """A top that is most of the communities would be no top."""
    assert ranks.top_size(n) == size


# Files.


def test_every_figure_is_written_three_times(folder: Path) -> None:
    """SVG, PNG and CSV of each figure that is not absent, and nothing else."""
    lacking = {one.name for one in absent(folder)}
    drawn = [name for name in FIGURES if name not in lacking]
    expected = {f"{name}.{kind}" for name in drawn for kind in ("svg", "png", "csv")}
    assert {path.name for path in (folder / "figures").iterdir()} == expected


def test_cells_behind_figures_are_numbers_as_any_program_reads_them(folder: Path) -> None:
    """No cell shows the type that held its number."""
    for path in (folder / "figures").glob("*.csv"):
        assert "np." not in path.read_text(encoding="utf-8"), path.name


@pytest.mark.parametrize(
    "again",
    [
        ("iceberg", "policies_compared", "streetlight_effect"),
        pytest.param(FIGURES, marks=pytest.mark.slow),
    ],
    ids=["three", "all"],
)
def test_the_same_tables_give_the_same_bytes_in_any_row_order(
    again: tuple[str, ...], folder: Path, tmp_path: Path
) -> None:
    """From files written in reverse order come the same tables, and, under other settings, the
    same drawings."""
    import matplotlib

    made = pictures(replace(ALL_KINDS, shuffled=True).write(tmp_path))
    for one in made:
        assert one.table() == (folder / "figures" / f"{one.name}.csv").read_bytes(), one.name
    with matplotlib.rc_context({"font.size": 31, "svg.hashsalt": "x", "lines.linewidth": 9}):
        drawn = draw_all(tmp_path, [one for one in made if one.name in again])
        assert matplotlib.rcParams["font.size"] == 31
    for path in drawn:
        assert path.read_bytes() == (folder / "figures" / path.name).read_bytes(), path.name


def test_drawing_leaves_no_trace_in_matplotlib(drawn: Drawn) -> None:
    """No setting is another one after all figures were drawn, which was done without pyplot."""
    assert not drawn.changed
    assert set(drawn.figures) == set(FIGURES) - {one.name for one in absent(drawn.folder)}


def test_importing_figures_loads_nothing() -> None:
    """The package alone imports neither matplotlib nor numpy, and its modules no pyplot."""
    code = (
        "import importlib, sys, streetlight.experiments.figures as f\n"
        "assert not {'matplotlib', 'numpy', 'pyarrow'} & set(sys.modules)\n"
        "for name in f.FIGURES: importlib.import_module(f'{f.__name__}.draw_{name}')\n"
        "assert 'matplotlib' in sys.modules and 'matplotlib.pyplot' not in sys.modules\n"
    )
    root = Path(__file__).parents[1]
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True)


def test_no_figure_table_names_a_community(folder: Path) -> None:
    """Tables hold kinds of place and cells of ranks, never a place."""
    assert all("Real County" not in p.read_text() for p in (folder / "figures").glob("*.csv"))


def test_text_that_a_spreadsheet_would_run_is_made_harmless() -> None:
    """Text starting with = + - @ is prefixed; negative numbers stay numbers; NaN is blank."""

    @dataclass(frozen=True)
    class Row:
        name: str
        value: float
        yes: bool

    rows = [Row(name, -1.5, True) for name in ("=1+1", "+a", "-a", "@a")] + [
        Row("a", math.nan, False)
    ]
    lines = csv_bytes(Row, rows).decode().splitlines()
    assert lines[0] == "name,value,yes"
    assert lines[1:] == ["'=1+1,-1.5,yes", "'+a,-1.5,yes", "'-a,-1.5,yes", "'@a,-1.5,yes", "a,,no"]


# What is drawn.


def test_the_iceberg_bars_are_the_numbers_of_its_table(drawn: Drawn) -> None:
    """Heights above and below the waterline, panel by panel, equal the CSV."""
    rows = table_of(drawn.folder, "iceberg")
    axes = [a for a in drawn.figures["iceberg"].figure().axes if a.get_title(loc="left")]
    for panel in axes:
        mine = [r for r in rows if r["place_class"] == panel.get_title(loc="left").lower()]
        columns = ("identified", "known_not_identified", "never_reported")
        up, known, never = ([float(row[column]) for row in mine] for column in columns)
        drawn = [[(bar.get_y(), bar.get_height()) for bar in group] for group in panel.containers]
        assert drawn[0] == [(0.0, pytest.approx(height)) for height in up]
        assert drawn[1] == [(0.0, pytest.approx(-depth)) for depth in known]
        assert drawn[2] == [
            (pytest.approx(-top), pytest.approx(-depth))
            for top, depth in zip(known, never, strict=True)
        ]
    assert len(axes) == 4
    first = rows[0]
    total = sum(float(first[c]) for c in ("identified", "known_not_identified", "never_reported"))
    assert total == pytest.approx(100)


def test_the_iceberg_shares_are_those_of_the_communities(tmp_path: Path) -> None:
    """One run, so the share is the plain ratio of sums over the place class's communities."""
    made = Made(policies=("none",), futures=("0",), replicates=1, communities=30).write(tmp_path)
    towns = pq.read_table(made / "communities.parquet").to_pylist()
    for row in picture_of(made, "iceberg").rows:
        mine = [t for t in towns if t["place_class"] == row.place_class]
        known, began, found = (
            sum(t[c] for t in mine) for c in ("known", "true_onsets", "identified")
        )
        assert row.identified == pytest.approx(100 * found / began)
        assert row.known_not_identified == pytest.approx(100 * (known - found) / began)
        assert row.never_reported == pytest.approx(100 * (began - known) / began)


def test_a_run_that_is_missing_is_left_out_everywhere(tmp_path: Path) -> None:
    """Without one policy's last run its shares are of the others', and n says so."""
    made = Made(futures=("0",), communities=30, places=(0, 2, 3)).write(tmp_path)
    for name, rows in (("runs", 5), ("communities", 150)):
        path = made / f"{name}.parquet"
        pq.write_table(pq.read_table(path).slice(0, rows), path)
    results = read_results(made)
    policy = results.ranked[0]
    assert (
        results.sizes(results.policies).replace("\u00a0", " ")
        == "n = 1 future \u00d7 2 to 3 replicates"
    )
    assert results.span == "over the 10 policy years"
    assert results.places == (0, 2, 3)
    found, began = (results.class_sum(c, policy) for c in ("identified", "true_onsets"))
    assert np.isnan(found[2]).all()
    row = next(r for r in iceberg.rows_of(results) if r.policy == policy.name)
    assert row.runs == 2
    assert row.identified == pytest.approx(100 * found[:2, 0].sum() / began[:2, 0].sum())


def test_the_cascade_bars_are_the_numbers_of_its_table(drawn: Drawn) -> None:
    """Widths per policy and step equal the CSV; losses are the drops and add up."""
    rows = table_of(drawn.folder, "cascade")
    axes = [a for a in drawn.figures["cascade"].figure().axes if a.get_title(loc="left")]
    for panel in axes:
        for group in panel.containers:
            mine = [
                float(r["per_100"])
                for r in rows
                if r["policy"] == group.get_label()
                and r["place_class"] == panel.get_title(loc="left").lower()
            ]
            assert [bar.get_width() for bar in group] == mine
    lost = [float(r["lost_before"]) for r in rows[1:7]]
    assert sum(lost) == pytest.approx(100 - float(rows[6]["per_100"]))
    assert {r["policy"] for r in rows} == {"none", "small_towns_first"}


def test_reports_without_recognition_are_not_counted_as_lost(tmp_path: Path) -> None:
    """Where more are reported than recognised, the first loss is before the report."""
    made = Made(policies=("none",), communities=30).write(tmp_path)
    results = read_results(made)
    results.sums["recognised"][:] = results.sums["known"] * 0.5
    finding = cascade.finding_of(results, None)
    assert cascade.UNREPORTED in finding.losses
    known, began = (results.sums[c].sum() for c in ("known", "true_onsets"))
    assert finding.losses[cascade.UNREPORTED] == pytest.approx(100 - 100 * known / began, abs=0.5)
    assert cascade.headline(finding).startswith("Most victimizations")


def test_the_cascade_says_why_more_are_investigated_than_screened_in(tmp_path: Path) -> None:
    """The queue from before the policy years is named where it shows, and nowhere else."""
    results = read_results(Made(futures=("0",), communities=30).write(tmp_path))
    for ratio, said in ((1.0, False), (1.02, True)):
        screened = results.sums["ever_screened_in"]
        results.sums["ever_investigated"][:] = screened
        results.sums["ever_investigated"][1] = screened[1] * ratio
        figure = draw_cascade.picture(results).figure()
        texts = [text.get_text() for axes in figure.axes for text in axes.texts]
        shown = " ".join(" ".join(texts).split())
        assert ("screened in before these years" in shown) == said


def test_a_step_that_more_reach_than_the_one_before_is_no_negative_loss(tmp_path: Path) -> None:
    """More served than identified (some were identified earlier): lost between them is nothing."""
    made = Made(policies=("none",), futures=("0",), communities=30)
    results = read_results(made.write(tmp_path))
    results.sums["served"][:] = results.sums["identified"] * 1.5
    losses = cascade.finding_of(results, None).losses
    assert min(losses.values()) == 0
    served, began = (results.sums[c].sum() for c in ("served", "true_onsets"))
    assert sum(losses.values()) == pytest.approx(100 - 100 * served / began)


def test_the_rank_agreement_is_that_of_the_baselines_communities(tmp_path: Path) -> None:
    """Worked again from the rows of one baseline run: published, youth at or above the cut."""
    made = Made(futures=("0",), replicates=1, attention=0.02).write(tmp_path)
    towns = pq.read_table(made / "communities.parquet").to_pylist()
    kept = [t for t in towns if t["policy"] == "none" and t["youth"] >= streetlight.FEWEST_YOUTH]
    reported = np.array([t["published"] / t["youth"] for t in kept])
    truth = np.array([t["true_onsets"] / t["youth"] for t in kept])
    drawn = streetlight.streetlight_of(read_results(made))
    expected = ranks.rank_agreement(truth, reported)
    assert drawn.finding.rates.mean == pytest.approx(expected)
    assert (drawn.n_ranked, drawn.cut, drawn.finding.rates.n_runs) == (len(kept), True, 1)
    tops = [set(np.argsort(-values)[:10]) for values in (reported, truth)]
    assert np.unique(reported).size == np.unique(truth).size == len(kept) >= 40  # no ties
    assert drawn.finding.top.mean == pytest.approx(len(tops[0] & tops[1]))
    assert drawn.finding.luck == pytest.approx(100 / len(kept))


def streetlight_panels(picture: Picture) -> list[Any]:
    """The axes of the two panels, counts and rates."""
    axes = picture.figure().axes
    panels = [one for one in axes if one.get_xlim() == (0, 1)]
    assert len(panels) == 2
    return panels


def streetlight_rows(picture: Picture, quantity: str, kind: str) -> list[dict[str, str]]:
    """The rows of the figure's table about one quantity of one panel."""
    rows = csv.DictReader(picture.table().decode().splitlines())
    return [r for r in rows if (r["quantity"], r["panel"]) == (quantity, kind)]


def ends_of(rows: Sequence[Mapping[str, str]]) -> list[list[float]]:
    """Where lines begin and end: ranks by record and by truth."""
    return [[float(r["reported_rank_from"]), float(r["true_rank_from"])] for r in rows]


def test_few_communities_are_lines_from_reported_to_true_rank(drawn: Drawn) -> None:
    """Every community of one run is a line of the table; the reported top in the colour."""
    picture = drawn.figures["streetlight_effect"]
    n_ranked = streetlight.streetlight_of(read_results(drawn.folder)).n_ranked
    for panel, kind in zip(streetlight_panels(picture), streetlight.KINDS, strict=True):
        rows = streetlight_rows(picture, streetlight.LINE, kind)
        assert len(rows) == n_ranked
        top = [r for r in rows if float(r["value"]) == 1]
        grey, colour = panel.collections
        assert [s[:, 1].tolist() for s in colour.get_segments()] == ends_of(top)
        assert [s[:, 1].tolist() for s in grey.get_segments()] == ends_of(
            [r for r in rows if r not in top]
        )
        size = ranks.top_size(len(rows))
        assert sum(float(r["value"]) for r in rows) == pytest.approx(size)
        assert sum(r in ends_of(top) for r in ends_of(rows)) == len(top) <= size


def test_many_communities_are_ribbons_as_wide_as_their_share(tmp_path: Path) -> None:
    """Widths on both sides are the table's flows; each side is full; lines are the top alone."""
    made = Made(policies=("none",), replicates=2, communities=300).write(tmp_path)
    n = streetlight.streetlight_of(read_results(made)).n_ranked
    picture = picture_of(made, "streetlight_effect")
    for panel, kind in zip(streetlight_panels(picture), streetlight.KINDS, strict=True):
        rows = streetlight_rows(picture, streetlight.FLOW, kind)
        flows = np.array([float(r["value"]) for r in rows])
        assert flows.sum() == pytest.approx(100)
        rest, top = panel.collections[:2]
        corners = np.array([p.vertices[:4, 1] for p in [*top.get_paths(), *rest.get_paths()]])
        for upper, lower in ((0, 3), (1, 2)):
            widths = corners[:, lower] - corners[:, upper]
            assert widths * 100 / n == pytest.approx(flows)
            order = np.argsort(corners[:, upper] + corners[:, lower])
            edges = corners[order][:, [upper, lower]]
            assert edges[0, 0] == pytest.approx(0.5)
            assert edges[1:, 0] == pytest.approx(edges[:-1, 1])
        tenth = streetlight_rows(picture, streetlight.TOP_TENTH, kind)[0]
        by_record = flows.reshape(10, 10)[0]
        assert float(tenth["value"]) == pytest.approx(100 * by_record[0] / by_record.sum())
        lines = streetlight_rows(picture, streetlight.LINE, kind)
        assert [s[:, 1].tolist() for s in panel.collections[3].get_segments()] == ends_of(lines)
        assert len(lines) <= 10


def test_perfect_agreement_and_reversal_give_all_and_none_of_the_top(tmp_path: Path) -> None:
    """Reports in the order of the truth, then in the reverse order, for small and large regions."""
    for n, size in ((12, 3), (117, 10)):
        made = Made(policies=("none",), futures=("0",), communities=n).write(tmp_path / str(n))
        towns = pq.read_table(made / "communities.parquet")
        place = np.tile(np.arange(n), towns.num_rows // n)
        for sign, expected in ((1, size), (-1, 0)):
            columns = {"youth": np.full(len(place), 5_000), "true_onsets": 9 + place}
            columns["published"] = 9 + (place if sign > 0 else n - 1 - place)
            changed = towns.drop_columns(list(columns))
            for name, column in columns.items():
                changed = changed.append_column(name, pa.array(column))
            pq.write_table(changed, made / "communities.parquet")
            finding = streetlight.streetlight_of(read_results(made)).finding
            assert finding.rates.mean == pytest.approx(sign)
            assert (finding.size, finding.top.mean) == (size, pytest.approx(expected))
            text = streetlight.headline(finding)
            assert ("closely follow" if sign > 0 else "run against") in text


@pytest.mark.parametrize("communities", [1, 2, 5, 12, 90])
def test_regions_without_reports_or_with_few_places_are_drawn(
    communities: int, tmp_path: Path
) -> None:
    """No reports at all: nothing is ranked, and it is said; one report: it is ranked alone."""
    one = Made(policies=("none",), futures=("0",), replicates=2, communities=communities)
    made = one.write(tmp_path)
    texts_keep_apart(picture_of(made, "streetlight_effect"))
    towns = pq.read_table(made / "communities.parquet")
    for n_reports in (0, 1):
        reports = np.zeros(towns.num_rows)
        reports[np.argmax(towns["youth"].to_numpy()[:communities]) :: communities] = n_reports
        changed = towns.drop_columns(["published"]).append_column("published", pa.array(reports))
        pq.write_table(changed, made / "communities.parquet")
        picture = picture_of(made, "streetlight_effect")
        texts_keep_apart(picture)
        if n_reports == 0 or communities == 1:
            assert picture.headline.startswith("Nothing can be ranked")
        elif communities == 90:
            assert len(streetlight_rows(picture, streetlight.LINE, "counts")) == 1
            said = [t.get_text() for a in picture.figure().axes for t in a.texts]
            assert any("tie for the last nine places" in text for text in said)


def test_the_compared_marks_are_the_numbers_of_their_table(drawn: Drawn) -> None:
    """Marks, intervals and the oracle's line equal the CSV; the oracle has no row of its own."""
    rows = table_of(drawn.folder, "policies_compared")
    axes = [a for a in drawn.figures["policies_compared"].figure().axes if a.axison]
    for panel, measure in zip(axes, compared.MEASURES, strict=True):
        mine = {r["policy"]: r for r in rows if r["measure"] == measure}
        lines = [[float(x) for x in np.asarray(line.get_xdata())] for line in panel.lines]
        for row in mine.values():
            value = float(row["difference"])
            if row["is_oracle"] == "yes":
                assert [value, value] in lines
            else:
                assert [value] in lines
                assert [float(row["low"]), float(row["high"])] in lines
                assert [float(row["future_lowest"]), float(row["future_highest"])] in lines
        assert len(mine) == 4


def test_the_worst_off_place_is_the_one_with_the_least_averted(folder: Path) -> None:
    """By hand from the runs: class means over futures, then the least of them."""
    runs = pq.read_table(folder / "runs.parquet").to_pylist()
    mine = [run for run in runs if run["policy"] == "small_towns_first"]
    means = {
        p: np.mean([r[f"averted_per_100k_{p.replace(' ', '_')}"] for r in mine]) for p in PLACES
    }
    row = next(
        r
        for r in table_of(folder, "policies_compared")
        if (r["measure"], r["policy"]) == (compared.WORST, "small_towns_first")
    )
    assert row["place_class"] == min(means, key=lambda p: means[p])
    assert float(row["difference"]) == pytest.approx(min(means.values()))


def test_a_policy_keeps_its_look_when_another_was_not_run(tmp_path: Path) -> None:
    """Colours go by the experiment file, not by which runs happen to be there."""
    names = ("none", *(f"p{k}" for k in range(56)))
    made = Made(policies=names, communities=5, futures=("0",), replicates=1).write(tmp_path)
    looks = [look(p) for p in read_results(made).ranked]
    assert len({(one.colour, one.marker) for one in looks}) == 56
    manifest = json.loads((made / "manifest.json").read_text())
    fewer = replace(
        Made(policies=("none", *names[3:]), communities=5, futures=("0",), replicates=1)
    )
    fewer.write(made)
    (made / "manifest.json").write_text(json.dumps(manifest))
    assert [look(p) for p in read_results(made).ranked] == looks[2:]


def texts_of(axes: Any) -> list[Any]:
    """All texts of an axes that are drawn: ticks outside its range are not."""
    texts = [*axes.texts, axes.title, axes._left_title, axes.xaxis.label, axes.yaxis.label]
    for axis in (axes.xaxis, axes.yaxis) if axes.axison else ():
        low, high = sorted(axis.get_view_interval())
        ticks = [t for t in axis.get_major_ticks() if low - 1e-9 <= t.get_loc() <= high + 1e-9]
        labels = [label for tick in ticks for label in (tick.label1, tick.label2)]
        texts += [label for label in labels if label.get_visible()]
    return [text for text in texts if text.get_text()]


def texts_keep_apart(picture: Picture | Absent) -> None:
    """Assert that every text is on the page and that none touches another."""
    assert isinstance(picture, Picture)
    figure = picture.figure()
    figure.draw_without_rendering()
    texts = [text for axes in figure.axes for text in texts_of(axes)]
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts]
    width, height = figure.canvas.get_width_height()
    for text, box in boxes:
        assert 0 <= box.x0 < box.x1 <= width, text
        assert 0 <= box.y0 < box.y1 <= height, text
    for (one, a), (other, b) in combinations(boxes, 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        up = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert across <= 2 or up <= 5, (picture.name, one, other)  # line spacing may touch


LONG = tuple(f"policy_{k}_{'with_a_very_long_name_' * (k % 4)}x" for k in range(28))


@pytest.mark.parametrize(
    "made",
    [
        Made(policies=("none", *LONG[:12]), oracles=("o1", "o2"), futures=("0",), communities=40),
        Made(policies=("none", "a"), futures=("0",), replicates=1, places=(3,), communities=8),
        *(
            pytest.param(made, marks=pytest.mark.slow)
            for made in (
                Made(
                    policies=("none", *LONG), oracles=("o1", "o2"), futures=("0",), communities=40
                ),
                Made(
                    policies=("none", "$a$b", "W" * 70), chain={"identified": 0.0}, communities=40
                ),
                Made(policies=("none",), communities=40),
                Made(policies=("none", "a"), onset=0.0, attention=0.0, communities=20),
                Made(
                    policies=("none", "a"),
                    averted={"a": (0, 0, 0, 0)},
                    noise=0,
                    lift=1.0,
                    places=(0, 2, 3),
                ),
                Made(
                    policies=("none", "a"), recognised=(1.0,) * 4, chain=dict.fromkeys(CHAIN, 1.0)
                ),
            )
        ),
    ],
    ids=["many", "lone", "very many", "nobody", "one", "nothing", "no gain", "all found"],
)
def test_no_text_overlaps_another_or_leaves_the_page(made: Made, tmp_path: Path) -> None:
    """Every letter lies on the page and no two texts touch, in ordinary and odd results."""
    for picture in pictures(made.write(tmp_path)):
        texts_keep_apart(picture)


def test_no_text_overlaps_another_in_usual_results(drawn: Drawn) -> None:
    """The same of the figures of every kind of policy."""
    for picture in drawn.figures.values():
        texts_keep_apart(picture)


# Results that do not fit together.


def test_what_is_missing_or_contradicts_is_named(tmp_path: Path) -> None:
    """A missing file, key, column, baseline, unlisted policy and unknown run each say so."""
    with pytest.raises(InputError, match=r"manifest\.json"):
        draw_all(tmp_path)
    made = Made(communities=5).write(tmp_path)
    manifest = json.loads((made / "manifest.json").read_text())
    for change, match in (
        ({"baseline": "other"}, "no run of the baseline policy 'other'"),
        ({"policies": manifest["policies"][:1]}, "'small_towns_first' is not in manifest.json"),
    ):
        (made / "manifest.json").write_text(json.dumps(manifest | change))
        with pytest.raises(InputError, match=match):
            draw_all(made)
    (made / "manifest.json").write_text(json.dumps(manifest))
    runs = pq.read_table(made / "runs.parquet")
    for table, match in (
        (runs.drop_columns(["extra_identified"]), "no column extra_identified"),
        (runs.slice(0, 0), "no runs"),
        (pa.concat_tables([runs, runs]), "twice"),
        (runs.slice(0, 11), "runs that runs.parquet does not have"),
        (runs.slice(0, 6), "'small_towns_first' has no run"),
    ):
        pq.write_table(table, made / "runs.parquet")
        with pytest.raises(InputError, match=match):
            draw_all(made)
    (made / "runs.parquet").unlink()
    with pytest.raises(InputError, match=r"holds no runs\.parquet"):
        draw_all(made)
