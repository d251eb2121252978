"""Tables of a league: regret, intervals, ranks and flips, worked by hand on small numbers."""

from __future__ import annotations

import numpy as np

from streetlight.experiments.analyse.intervals import estimate
from studies.league import League, by_future, flips, pair, summary

# two policies and a reference, two futures, three replicates
VALUES = np.array([
    [[10.0, 11.0, 12.0], [4.0, 5.0, 6.0]],
    [[7.0, 8.0, 9.0], [9.0, 10.0, 11.0]],
    [[12.0, 13.0, 14.0], [9.0, 9.0, 9.0]],
])  # fmt: skip
LEAGUE = League(("a", "b", "line"), ("f", "g"), VALUES, frozenset({"line"}))


def test_regret_counts_references_among_the_best() -> None:
    """In each future a policy's regret is what it falls short of the best mean of all."""
    assert LEAGUE.regret.tolist() == [[2.0, 5.0], [5.0, 0.0], [0.0, 1.0]]


def test_less_can_be_better() -> None:
    """Where less is better the smallest mean has no regret and comes first."""
    less = League(LEAGUE.policies, LEAGUE.futures, VALUES, LEAGUE.references, sign=-1)
    assert less.regret.tolist() == [[3.0, 0.0], [0.0, 5.0], [5.0, 4.0]]
    assert less.order == [0, 1, 2]


def test_flips_count_sure_futures_only() -> None:
    """A future whose interval holds 0 is neither up nor down."""
    up, down, unsure = [1.0, 1.1, 0.9], [-1.0, -1.1, -0.9], [3.0, -3.0, 0.1]
    assert flips(estimate(np.array([up, down, unsure, up]))) == (2, 1)
    nearly = np.array([1.0, 1.3, 0.7])  # sure alone (t = 5.8, 4.3 needed), not among four (8.9)
    assert flips(estimate(nearly[None])) == (1, 0)
    assert flips(estimate(np.array([nearly, nearly, nearly, nearly]))) == (0, 0)


def test_tables_say_who_is_ranked_and_where() -> None:
    """References have no rank; a policy's ranks span the futures."""
    rows = summary(LEAGUE, LEAGUE)
    assert [row.split("|")[1].strip() for row in rows[2:]] == ["line", "b", "a"]
    assert rows[2].endswith("| reference |") and rows[3].endswith("| 5 | 1-2 |")
    assert by_future(LEAGUE)[2].startswith("| line | 13 | 9 |")
    words = pair(LEAGUE, "a", "b")
    assert "surely more in 1 and surely less in 1 of 2 futures" in words[0]
    assert words[1].startswith("  f: 3 [")
