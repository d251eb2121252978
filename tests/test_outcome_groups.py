"""The groups table: what happened to youth by exploitation type and gender."""

from __future__ import annotations

import numpy as np
import pytest

from streetlight.model.communities.region import Region
from streetlight.model.money.policies import build
from streetlight.model.names import GENDERS, SCREENED, SERVED, TYPES, End
from streetlight.model.outcome_groups import COUNTED, PERSON_YEARS, add_spells, by_group
from streetlight.model.outcomes import by_community, summarise
from streetlight.model.parameters import Parameters
from streetlight.model.run.history import History
from streetlight.model.run.simulation import draw_world, run_policy
from streetlight.model.world.victimization import untouched_spells

#: type, gender, start, end, known_at, end_reason, stage; the period is of steps 10 to 19.
SPELLS = [
    (0, 0, 2, 8, 5, End.NATURAL, SCREENED),  # over before the period
    (0, 0, 0, 14, 0, End.NATURAL, SCREENED),  # began and became known before it, in the first step
    (1, 1, 12, 30, 15, End.OPEN, 0),  # goes on after it
    (1, 1, 13, 13, -1, End.PREVENTED, 0),
    (2, 2, 9, 10, 9, End.IDENTIFIED, SCREENED | SERVED),  # identified in the first step
    (2, 0, 11, 16, 12, End.IDENTIFIED, SCREENED),
    (2, 0, 19, 25, -1, End.AHEAD, 0),
    (0, 1, 10, 10, -1, End.AGED_OUT, 0),  # began and ended in the first step
    (0, 1, 4, 18, -1, End.AGED_OUT, 0),  # nobody ever knew
]
#: type, gender: true onsets, known, identified, served, steps exploited, of these known.
EXPECTED = {
    (0, 0): [0, 0, 0, 0, 4, 4],
    (0, 1): [1, 0, 0, 0, 8, 0],
    (1, 1): [1, 1, 0, 0, 8, 5],
    (2, 0): [1, 1, 1, 0, 5, 4],
    (2, 2): [0, 0, 1, 1, 0, 0],
}


def test_nine_spells_worked_by_hand() -> None:
    """Only what happens in the period counts, in the group of the youth it happens to."""
    spells = untouched_spells(len(SPELLS))
    for row, (kind, gender, *others) in zip(spells, SPELLS, strict=True):
        row["traits"] = kind | gender << 2 | 0b111110000  # the other traits change nothing
        for name, value in zip(
            ("start", "end", "known_at", "end_reason", "stage"), others, strict=True
        ):
            row[name] = value
    out = np.zeros((3, 3, 6), np.int64)
    add_spells(spells, 10, 20, out)
    for group in np.ndindex(3, 3):
        assert out[group].tolist() == EXPECTED.get(group, [0] * 6), group


@pytest.fixture(scope="module")
def histories() -> list[History]:
    """The baseline and a policy that prevents and serves, in one world."""
    more = Parameters().with_values({"incidence.onset_rate": 500.0})
    world = draw_world(more, Region.synthetic(40, seed=2), seed=5, years=2)
    paid = build("per_youth", mix={"prevention": 0.5, "training": 0.5}, budget=5.0)
    return [run_policy(world, policy) for policy in (build("none"), paid)]


def test_groups_add_up_to_the_communities(histories: list[History]) -> None:
    """Every column, to the last spell and the last week, under both policies."""
    for history in histories:
        groups, communities = by_group(history), by_community(history)
        assert communities["prevented_onsets"].any() == (history is not histories[0])
        for name in COUNTED:
            assert groups[name].sum() == communities[name].sum() > 0
        for name in PERSON_YEARS:
            steps = [np.rint(52 * one[name]).sum() for one in (groups, communities)]
            assert steps[0] == pytest.approx(52 * groups[name].sum(), abs=1e-6)
            assert steps[0] == np.rint(52 * communities[name].sum()) > 0


def test_a_group_is_counted_from_its_spells(histories: list[History]) -> None:
    """Rows go by type, then gender; the row of one group is that of its spells alone."""
    history = histories[0]
    table = summarise(history, history).groups
    spells, first = history.truth.spells, history.truth.clock.first_policy_step
    assert table["exploitation_type"].tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert table["gender"].tolist() == [0, 1, 2] * 3
    kind, gender = TYPES.index("labour or criminal"), GENDERS.index("boy")
    mine = spells[spells["traits"] & 0b1111 == kind | gender << 2]
    began = (mine["start"] >= first) & (mine["end_reason"] != End.PREVENTED)
    found = (mine["end_reason"] == End.IDENTIFIED) & (mine["end"] >= first)
    row = 3 * kind + gender
    assert table["true_onsets"][row] == began.sum() > 0
    assert table["known"][row] == (mine["known_at"] >= first).sum() > 0
    assert table["identified"][row] == found.sum() > 0
    assert table["served"][row] == (found & (mine["stage"] & SERVED > 0)).sum()
