"""Headlines of the figures that weigh a choice, from findings made by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from streetlight.experiments.figures import (
    dollar_words,
    errors_borne,
    left_behind_words,
    regret,
)
from streetlight.experiments.figures import money_and_reports as money
from streetlight.experiments.figures.groups import GROUPS
from streetlight.experiments.figures.policies_compared import Verdict
from streetlight.experiments.figures.widest_gap import WidestGap
from streetlight.experiments.figures.youth_groups import YOUTH_GROUPS
from wording import Said
from wording.headlines import NAN, UNDEFINED, changed, sure


def of_who_is_left_behind() -> Said:
    """3% in rural places, 6% in towns; 4% and 5% by poverty; "a" raises the least to 5.5%."""
    gap = left_behind_words.GapChanges
    groups = {group.name: group for group in (*GROUPS, *YOUTH_GROUPS)}
    finding = left_behind_words.LeftBehindFinding(
        "none", 5.0, (3.0, "rural places"), (6.0, "towns"), True, 4.0, 5.0, sure(-1.0), None,
        Verdict("ahead", ("a",), 1.0), 3.0, 5.5, gap(("a",), ("b", "c")), 3,
    )  # fmt: skip
    return changed(left_behind_words.headline, finding, {
        "the gap turns under b and c": {"gap": gap(turns=("b", "c"))},
        "the gap narrows, widens, turns": {"gap": gap(("a",), ("b",), ("c",))},
        "the gap narrows under a": {"gap": gap(("a",))},
        "the gap narrows under all": {"gap": gap(("a", "b", "c"))},
        "no clear change of the gap": {"gap": gap()},
        "poverty is not clear": {"poverty": sure(-1.0, half=2.0)},
        "poverty is not known": {"poverty": None},
        "chance may explain how places differ": {"differ": False},
        "the same in every kind of place": {"highest": (3.0, "towns")},
        "no victimization begins": {"overall": NAN},
        "nobody identified": {"overall": 0.0, "differ": False},
        "all live in towns": {"lowest": None, "highest": None, "only_place": "towns"},
        "a or b raises most": {"worst": Verdict("open", ("a", "b"))},
        "one of four raises most": {"worst": Verdict("open", tuple("abcd"))},
        "a and b raise exactly alike": {"worst": Verdict("level", ("a", "b"))},
        "none clearly raises": {"worst": Verdict("no gain")},
        "all lower": {"worst": Verdict("behind")},
        "none changes": {"worst": Verdict("same")},
        "the baseline alone": {"worst": None, "offered": 0, "gap": gap()},
        **{
            f"3% and 5%, widest between {low} and {high}{'' if clear else ', unclear'}": {
                "widest": WidestGap(groups[low], groups[high], 3.0, 5.0, clear),
            }
            for low, high, clear in (
                ("boy", "girl", True), ("both", "sexual", True), ("5", "1", True),
                ("rural", "town", True), ("boy", "girl", False),
            )
        },
    })  # fmt: skip


def of_errors_borne() -> Said:
    """0.10 wrong investigations, 0.05 in towns, 0.20 in large metros; 27% without a place."""
    clear = errors_borne.ClearChanges
    changes = {
        errors_borne.WRONG.name: clear(("a", "b"), ()),
        errors_borne.STILL.name: clear((), ("a",)),
        errors_borne.NO_PLACE.name: clear(),
    }
    unclear = dict.fromkeys(changes, clear())
    finding = errors_borne.ErrorsFinding(
        "none", True, 0.1, (0.05, "towns"), (0.2, "large metros"), 27.0, changes, 2
    )
    return changed(errors_borne.headline, finding, {
        "not by year": {"yearly": False},
        "places cannot be told apart": {"least": None},
        "nobody without a place": {"no_place": 0.0},
        "nobody identified": {"no_place": NAN},
        "nobody wrongly investigated": {"wrong": 0.0},
        "no youth": {"wrong": NAN},
        "0.101 in towns, 0.104 in metros": {
            "least": (0.101, "towns"), "most": (0.104, "large metros"),
        },
        "no clear change": {"changes": unclear},
        "only the share without a place rises": {
            "changes": unclear | {errors_borne.NO_PLACE.name: clear(("a",), ())},
        },
        "the baseline alone": {"offered": 0, "changes": unclear},
    })  # fmt: skip


def price(*labels: str, mean: float = 100.0, dominated: tuple[str, ...] = ()) -> dollar_words.Price:
    """A price of which these policies are the cheapest."""
    prices = tuple(sure(mean + 10 * k, 5.0) for k in range(len(labels)))
    return dollar_words.Price(labels, prices, dominated, len(labels))


def of_another_dollar() -> Said:
    """What is averted and what is identified for a dollar."""

    def said(averted: dollar_words.Price, identified: dollar_words.Price, **new: Any) -> list[str]:
        prices = dict(zip(dollar_words.MEASURES, (averted, identified), strict=True))
        finding = dollar_words.DollarFinding("none", 5, True, prices)
        return [dollar_words.headline(replace(finding, **new))]

    known = sure(100.0, 5.0)
    one_of_two = dollar_words.Price(("a", "b"), (known, UNDEFINED), (), 1)
    three_of_four = dollar_words.Price(tuple("abcd"), (known, UNDEFINED, known, known), (), 3)
    none_of_two = dollar_words.Price(("a", "b"), (UNDEFINED, UNDEFINED), (), 1)
    only = dollar_words.Price(("b",), (UNDEFINED,), (), 1)
    return {
        "a in both, at $100 and $2,000": said(price("a"), price("a", mean=2000, dominated=("z",))),
        "a averts, b or c identifies, b dominated": said(
            price("a", dominated=("b",)), price("b", "c")
        ),
        "none averts clearly, one of four identifies, four of five dominated": said(
            price(dominated=tuple("bcde")), price(*"abcd")
        ),
        "one plan": said(price("a"), price("a"), offered=1),
        "nothing spent": said(price(), price(), spends=False),
        "the baseline alone": said(price(), price(), offered=0),
        "one of two undefined": said(one_of_two, one_of_two),
        "one of four undefined": said(one_of_two, three_of_four),
        "both undefined": said(none_of_two, one_of_two),
        "the only one undefined": said(only, only),
    }


def of_regret() -> Said:
    """ "a" has the least largest regret, 2 in "dry"; "none" has 60 in "tight"."""
    finding = regret.RegretFinding(
        "none", 3, 6, "a", 2.0, "dry", True, 4, ("none", 60.0, "tight")
    )  # fmt: skip
    return changed(regret.headline, finding, {
        "never within noise of the best": {"good": 0},
        "never within noise, but the best choice in all": {"good": 0, "first": 6},
        "within noise in four, best choice in four": {"good": 4, "first": 4},
        "not clear": {"clear": False},
        "never behind": {"largest": 0.0},
        "one future": {"futures": 1},
        "the largest regret is its own": {"worst": ("a", 2.0, "dry")},
        "one replicate": {"good": None},
        "all alike": {"worst": ("a", 0.0, "dry")},
        "no complete future": {"futures": 0},
        "nothing on offer": {"choices": 0},
    })  # fmt: skip


def of_money_and_reports() -> Said:
    """Money follows reports under "a", reports follow money under all three."""
    finding = money.MoneyFinding("none", 3, True, True, 4, ("a",), (), ("a", "b", "c"), ())
    return changed(money.headline, finding, {
        "and against them under b and c": {"against": ("b", "c")},
        "only against them, under b": {"follow": (), "against": ("b",)},
        "that money follows is not clear": {"follow": ()},
        "that reports follow is not clear": {"answer": ()},
        "reports follow under a and shun under b": {"answer": ("a",), "shun": ("b",)},
        "reports shun money under b": {"answer": (), "shun": ("b",)},
        "one kind of place": {"places": 1},
        "no report": {"reported": False},
        "nothing spent": {"paid": False},
        "the baseline alone": {"offered": 0},
    })  # fmt: skip
