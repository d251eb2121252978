"""Who is left behind by exploitation type and gender, and by what shares differ most."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_figures import picture_of
from test_figures_choices import USUAL

from streetlight.experiments.figures.draw_left_behind import how_many
from streetlight.experiments.figures.groups import GROUPS, PLACE, POVERTY
from streetlight.experiments.figures.picture import Picture
from streetlight.experiments.figures.widest_gap import WidestGap, widest_gap
from streetlight.experiments.figures.youth_groups import GENDER, TYPE, YOUTH_GROUPS
from streetlight.model.errors import InputError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder with two policies on offer and an oracle."""
    return USUAL.write(tmp_path_factory.mktemp("groups"))


GROUP = {group.name: group for group in (*GROUPS, *YOUTH_GROUPS)}


def test_the_widest_gap_is_clear_only_above_every_other() -> None:
    """By hand: 4 points by gender against 1 by place; unclear when places lie as far apart, or
    when luck could be behind it; nothing without a second kind of groups."""
    future, luck = np.zeros(4, dtype=int), np.array([-0.3, 0.1, -0.1, 0.3])
    means = {"town": 5.0, "rural": 4.0, "girl": 7.0, "boy": 3.0}

    def widest(luck: np.ndarray = luck, **changed: float) -> WidestGap | None:
        other = luck[[2, 0, 3, 1]]  # uncorrelated with it, so that nothing cancels
        lucky = {"boy": luck, "rural": other}
        values = (means | changed).items()
        return widest_gap({GROUP[n]: v + lucky.get(n, np.zeros(4)) for n, v in values}, future)

    found = widest()
    assert found == WidestGap(GROUP["boy"], GROUP["girl"], 3.0, 7.0, True)
    assert widest(town=7.9) == replace(found, clear=False)
    assert widest(luck=20 * luck) == replace(found, clear=False)
    # what differs by place the other way round could be wider still
    assert widest(town=4.0, rural=7.9) == replace(found, clear=False)
    assert widest(town=9.5).highest is GROUP["town"]
    places = {GROUP[name]: np.full(4, means[name]) for name in ("town", "rural")}
    assert widest_gap(places, future) is None


def test_what_is_drawn_by_type_and_gender_is_in_the_table_of_groups(folder: Path) -> None:
    """Every share and n of the CSV, from groups.parquet and communities.parquet by pandas: a ratio
    of sums in each future, and the mean of the futures."""
    made = picture_of(folder, "left_behind")
    written = pd.read_csv(io.BytesIO(made.table()))
    columns = {PLACE: "place_class", POVERTY: "poverty_quintile", GENDER: "gender"}
    files = dict.fromkeys((PLACE, POVERTY), "communities")
    for grouping in (PLACE, POVERTY, TYPE, GENDER):
        table = pd.read_parquet(folder / f"{files.get(grouping, 'groups')}.parquet")
        by = columns.get(grouping, "exploitation_type")
        mine = table.astype({by: str, "policy": str, "future": str})
        counts = ["true_onsets", "known", "identified"]
        sums = mine.groupby(["policy", by, "future"])[counts].sum()
        shares = sums.div(sums["true_onsets"], axis=0).mul(100).groupby(level=[0, 1]).mean()
        n = sums["true_onsets"].groupby(level=[0, 1]).mean() / USUAL.replicates
        rows = written[(written["grouping"] == grouping) & written["measure"].isin(counts)]
        assert len(rows) == 2 * len(shares)
        for row in rows.itertuples():
            assert row.value == pytest.approx(shares.loc[(row.policy, row.group), row.measure])
            assert row.onsets == pytest.approx(n[row.policy, row.group])


def texts(picture: Picture) -> str:
    """All that is written in a figure outside its axes."""
    return "\n".join(text.get_text() for text in picture.figure().axes[0].texts)


def test_groups_show_how_many_youth_are_behind_them(folder: Path) -> None:
    """Headings and n of all four kinds; fewer than a hundred victimizations are said to be few."""
    made = picture_of(folder, "left_behind")
    written = texts(made)
    for heading in ("kind of place", "poverty", "exploitation type", "gender"):
        assert f"By {heading}" in written
    n = next(r.onsets for r in made.rows if (r.group, r.policy) == ("girl", "none"))
    assert f"\nGirls\nn = {n:,.0f}\n" in written
    assert (how_many(99.4), how_many(1234.5)) == ("n = 99 (few)", "n = 1,234")


def test_results_without_the_table_of_groups_are_drawn_and_say_so(tmp_path: Path) -> None:
    """Folders of earlier versions: by place and poverty as before, and what makes the rest."""
    made = replace(USUAL, communities=8).write(tmp_path / "older")
    whole = picture_of(made, "left_behind")
    (made / "groups.parquet").unlink()
    part = picture_of(made, "left_behind")
    youth = (TYPE, GENDER)
    assert list(part.rows) == [row for row in whole.rows if row.grouping not in youth]
    assert "hares differ" in whole.headline and "hares differ" not in part.headline
    words = " ".join(texts(part).split())
    assert "there is no groups.parquet. `streetlight run older` makes it." in words
    assert "By gender" not in words


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("gender", "girls", "gender 'girls' is none of girl, boy, gender-diverse"),
        ("future", "1", "lacks runs that runs.parquet has"),
        ("policy", "z", "'z' has no run in runs.parquet"),
    ],
)
def test_a_table_of_groups_that_does_not_fit_is_refused(
    tmp_path: Path, column: str, value: str, message: str
) -> None:
    """A name it does not know, runs it lacks, runs that are not there."""
    made = replace(USUAL, communities=8).write(tmp_path)
    table = pd.read_parquet(made / "groups.parquet")
    table[column] = value if column != "future" else table[column].replace("0", value)
    table.to_parquet(made / "groups.parquet")
    with pytest.raises(InputError, match=message):
        picture_of(made, "left_behind")
