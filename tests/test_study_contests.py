"""Who leads among some plans, who leads in another future, and which patterns are matched."""

from __future__ import annotations

from made_study import AVERTED, BASE, numbers, three_plans

from streetlight.experiments.analyse.patterns import patterns


def test_leaders_among_some_plans():
    """Without the two that tie the third leads; among none nobody does."""
    study = three_plans()
    third = study.plan("small_towns_first")
    assert [p.name for p in study.leaders()] == ["per_youth", "poverty_need"]
    assert study.leaders(among=[third]) == (third,)
    assert study.leaders(among=[]) == ()


def test_a_future_turns_only_where_the_lead_matters():
    """Ten years of exploitation matter: 900 over 500 turns the second future, 505 does not."""
    futures = ("central", "tight")
    for there, turned in ((900, [("Tight", "small_towns_first")]), (505, [])):
        averted = numbers((0, 0), (1500, 500), (1490, 499), (700, there))
        study = three_plans(**{AVERTED: averted, "futures": futures})
        assert [(f.title, p.name) for f, p in study.turns()] == turned


def test_a_future_does_not_turn_by_luck():
    """A mean that is above the leader's by less than luck explains turns nothing."""
    averted = numbers((0, 0), (1500, 500), (1490, 490), (700, 540))
    study = three_plans(**{AVERTED: averted, "futures": ("central", "tight"), "luck": 0.1})
    assert study.turns() == ()


def test_levels_are_contested_world_by_world():
    """Two kinds of place share their luck: 0.06 is above 0.05 in every world, if not picked of ten.

    By itself 0.06 may be 0.02 to 0.10. The difference is 0.01 with a standard error of 0.0019,
    of which Student's t is 3.18 for one pair and 7.45 for one of ten.
    """
    share, there = "identified_share", ("large metro", "rural")
    levels = {
        f"{share}__{group}": numbers(*[level] * 4)
        for group, level in zip(there, (0.06, 0.05), strict=True)
    }
    study = three_plans(luck=0.3, **levels)
    more, less = ((share, study.baseline, group) for group in there)
    rows = [study.row(share, BASE, group) for group in there]
    assert rows[0].low < rows[1].high
    assert study.surely_above(more, less) and not study.surely_above(less, more)
    assert not study.surely_above(more, less, 10)
    assert not study.surely_above(more, (share, study.baseline, "town"))


def test_patterns_are_matched_within_their_range():
    """An open end holds everything on its side; the table has its twenty patterns."""
    every = patterns()
    assert len(every) == 20
    missed = {p.text for p in every if not p.matched}
    assert missed == {
        "correlation of reports with a road that does nothing",
        "growth under an awareness programme from new reporters",
        "change in the share of reports of those who reported most",
    }


def test_a_plan_that_is_not_asked_about_turns_nothing():
    """Among the two that tie, the future in which a third is far ahead turns nothing."""
    futures = ("central", "tight")
    averted = numbers((0, 0), (1500, 500), (1490, 499), (700, 900))
    study = three_plans(**{AVERTED: averted, "futures": futures})
    assert study.turns(among=study.leaders()) == ()
