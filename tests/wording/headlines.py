"""The headlines of figures, from findings made by hand: every sign and tie has its sentence."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from streetlight.experiments.figures import (
    attribution,
    cascade,
    event_study,
    iceberg,
    maps,
    patterns,
    policies_compared,
)
from streetlight.experiments.figures import streetlight_effect as streetlight
from streetlight.experiments.figures.estimates import RunMean
from streetlight.experiments.figures.policies_compared import Verdict
from streetlight.experiments.figures.spread import Spread
from wording import Said

NAN = math.nan
UNDEFINED = RunMean(NAN, NAN, NAN, (), 0)


def sure(mean: float, half: float = 0.01) -> RunMean:
    """An estimate with an interval."""
    return RunMean(mean, mean - half, mean + half, (mean,), 9)


def changed(
    headline: Callable[[Any], str], finding: Any, changes: Mapping[str, Mapping[str, Any]]
) -> Said:
    """The headline of a finding as it is, and with each of these changes alone."""
    found = {"as it is": [headline(finding)]}
    return found | {case: [headline(replace(finding, **new))] for case, new in changes.items()}


def of_the_iceberg() -> Said:
    """80 of 100 unknown, 7% identified, 4% in rural places and 8% in towns, 11% at best."""
    finding = iceberg.IcebergFinding(
        "none", 80.0, 7.0, (4.0, "rural places"), (8.0, "towns"), True, (11.0, "a", "towns")
    )
    return changed(iceberg.headline, finding, {
        "no victimization begins": {"hidden": NAN},
        "91.26 of 100 unknown": {"hidden": 91.26},
        "3 more reported than begin": {"hidden": -3.0},
        "nothing reported": {"hidden": 100.0, "identified": 0.0},
        "chance may explain how places differ": {"differ": False},
        "the same in every kind of place": {"highest": (4.0, "towns")},
        "no other policy identifies anyone": {"best": (0.0, "a", "towns")},
        "one kind of place, one policy": {"lowest": None, "highest": None, "best": None},
    })  # fmt: skip


def of_the_streetlight_effect() -> Said:
    """Counts agree in rank by 0.9, rates by less; 3.14 of the top ten, 0.5 by luck."""
    rates = {
        "rates at 0.6": sure(0.6),
        "rates at 0.3": sure(0.3),
        "rates at 0.1": sure(0.1),
        "rates at -0.1": sure(-0.1),
        "rates at -0.4": sure(-0.4),
        "rates at 0.3, 0.5 to either side": sure(0.3, half=0.5),
        "rates at 0, one run": RunMean(0.0, NAN, NAN, (0.0,), 1),
        "rates undefined": UNDEFINED,
    }
    finding = streetlight.StreetlightFinding(sure(0.9), sure(0.85), sure(3.14), 10, 0.5)
    return changed(streetlight.headline, finding, {
        **{case: {"rates": one} for case, one in rates.items()},
        "nothing can be ranked": {
            "counts": UNDEFINED, "rates": UNDEFINED, "top": UNDEFINED, "size": 1, "luck": 0,
        },
        "one of the top four, luck inside the interval": {
            "top": sure(1.0, 0.8), "size": 4, "luck": 0.9,
        },
        "the highest in a quarter of runs": {"top": sure(0.25), "size": 1, "luck": 0.2},
        "the top cannot be told": {"top": UNDEFINED},
    })  # fmt: skip


def of_the_cascade() -> Said:
    """70 of 100 lost at the first step, everywhere; "a" changes that."""
    first, second, *_ = (step.loss for step in cascade.STEPS[1:])
    finding = cascade.CascadeFinding(
        "none", {first: 70.0, second: 20.0}, (first,), ((first,), None, (first,), (first,))
    )
    return changed(cascade.headline, finding, {
        "not sure": {"sure": False},
        "40 of 100, the largest": {"losses": {first: 40.0}},
        "no loss": {"losses": {first: 0.0}},
        "no victimization begins": {"losses": {first: NAN}},
        "another step in large metros": {"elsewhere": ((second,), (first,), None, None)},
        "two steps in large metros, one of them the same": {
            "elsewhere": ((first, second), (first,), None, None),
        },
        "two steps may be the largest": {"largest": (second, first)},
        "two steps are equal": {
            "largest": (first, second), "losses": {first: 5.0, second: 5.0},
        },
        **{
            f"a {case}": {"best": "a", "before": 70.0, "after": 62.0, **new}
            for case, new in {
                "lowers it by 8": {"change": sure(-8.0)},
                "raises it by 8": {"change": sure(8.0), "after": 78.0},
                "changes it by 1, 2 to either side": {"change": sure(-1.0, half=2.0)},
                "leaves it": {"change": sure(0.0, half=0.0)},
            }.items()
        },
    })  # fmt: skip


def of_the_policies_compared() -> Said:
    """The verdict in total and that in the kind of place where least is averted."""
    a, b = Verdict("ahead", ("a",), 5.0), Verdict("ahead", ("b",), 2.0)
    either = Verdict("open", ("b", "c"))
    pairs: dict[str, tuple[Verdict | None, Verdict | None]] = {
        "a in both": (a, a),
        "a in total, b there": (a, b),
        "a in total, b or c there": (a, either),
        "b or c in total, b there": (either, b),
        "no gain in both": (Verdict("no gain"), Verdict("no gain")),
        "behind in both": (Verdict("behind"), Verdict("behind")),
        "the same in both": (Verdict("same"), Verdict("same")),
        "a and b level in total, a there": (Verdict("level", ("a", "b")), a),
        "a in total, no gain there": (a, Verdict("no gain")),
        "one of four in total, b or c there": (Verdict("open", tuple("abcd")), either),
        "nothing compared": (None, None),
    }
    return {
        case: [policies_compared.headline(total, worst, "none")]
        for case, (total, worst) in pairs.items()
    }


def of_an_event_study() -> Said:
    """Reports and victimizations after shocks to attention and to harm."""
    flat, unclear = sure(0.0, half=0.0), sure(0.5, half=2.0)
    up, down = sure(31.0), sure(-3.0)
    attention, harm = event_study.ATTENTION, event_study.HARM

    def said(*changes: tuple[str, RunMean, RunMean, int]) -> list[str]:
        return [event_study.headline([
            event_study.ChangeAfterShock(kind, "a_b", months, reports, truth)
            for kind, reports, truth, months in changes
        ])]  # fmt: skip

    both = {
        f"attention, then harm after which reports {how}": said(
            (attention, up, unclear, 12), (harm, reports, sure(60.0), 12)
        )
        for how, reports in (("rise", sure(8.0)), ("may rise", unclear), ("fall", sure(-8.0)))
    }
    return {
        "attention: reports +31%, truth unclear": said((attention, up, unclear, 12)),
        "harm: both fall": said((harm, down, sure(-2.0), 12)),
        "attention: nothing in five months": said((attention, flat, flat, 5)),
        "harm: no reports before": said((harm, UNDEFINED, sure(9.0), 12)),
        "both in one future, unclear in one month": said((event_study.BOTH, unclear, flat, 1)),
    } | both


def of_patterns() -> Said:
    """Patterns of the literature of which one was fitted."""

    def pattern(fitted: bool, defaults: str, study: str = "") -> patterns.PatternRow:
        return patterns.PatternRow(
            "k", "p", "share", 0.0, 1.0, "R1", fitted, 0.5, NAN, NAN, defaults, "", 0.5, NAN, NAN,
            study, NAN, NAN, Spread(), 1,
        )  # fmt: skip

    outside = pattern(False, "outside, narrowly")
    return {
        "fitted inside, the other outside": [
            patterns.headline([pattern(True, "inside"), outside])
        ],
        "and the study's own inside": [
            patterns.headline([pattern(True, "inside", "inside"), outside])
        ],
        "and the study's own outside": [
            patterns.headline([
                pattern(False, "outside, narrowly", "outside"), pattern(True, "inside"),
            ])
        ],
    }  # fmt: skip


def of_the_maps() -> Said:
    """24.6 reports for 100 victimizations; 54% of youth, 61% of what nobody reports."""
    finding = maps.MapsFinding(sure(24.6), sure(61.0), sure(54.0), sure(7.0))
    return changed(maps.headline, finding, {
        "47% of what nobody reports": {"missed": sure(47.0), "excess": sure(-7.0)},
        "0.1 points more, 3 to either side": {"excess": sure(0.1, half=3.0)},
        "none unreported": {"missed": sure(NAN), "excess": UNDEFINED},
        "every place in one shade": {
            "missed": sure(0.0), "youth": sure(0.0), "excess": sure(0.0),
        },
        "no reports": {
            "reports": sure(0.0, 0.0), "missed": UNDEFINED, "youth": UNDEFINED, "excess": UNDEFINED,
        },
        "no victimization begins": dict.fromkeys(
            ("reports", "missed", "youth", "excess"), UNDEFINED
        ),
    })  # fmt: skip


def of_the_attribution() -> Said:
    """Reports +12% by true reports; 9 of that by training, 1 by channels."""
    finding = attribution.AttributionFinding(
        "a b", change=sure(12.0), harm=sure(0.1, half=0.4), seeing=sure(11.9),
        false=sure(0.0, half=0.2), parts={"training": sure(9.0), "barrier": sure(1.0)},
        most=("training",),
    )  # fmt: skip
    unclear = sure(0.0, half=1.0)
    return changed(attribution.headline, finding, {
        "and more victimizations, 4%": {"harm": sure(4.0)},
        "and fewer victimizations": {"harm": sure(-4.0)},
        "and more false reports, 3%": {"false": sure(3.0)},
        "by victimizations alone": {"harm": sure(12.0), "seeing": unclear},
        "by nothing that is clear": {"seeing": unclear},
        "5% lower, by true reports and by false": {
            "change": sure(-5.0), "seeing": sure(-5.0), "false": sure(-1.0),
        },
        "5% lower, in spite of more victimizations": {
            "change": sure(-5.0), "seeing": sure(-6.0), "harm": sure(1.0),
        },
        "5% lower, by investigators": {
            "change": sure(-5.0), "parts": {"investigation": sure(-5.0), "training": unclear},
            "most": ("investigation",),
        },
        "one part": {"parts": {"training": sure(12.0)}},
        "one part, unclear": {"parts": {"training": unclear}},
        "one of two parts adds most": {"most": ("training", "barrier")},
        "one of four parts adds most": {"most": tuple("abcd")},
        "reports unclear": {"change": sure(0.0, half=2.0)},
        "reports the same": {"change": sure(0.0, half=0.0)},
        "nothing reported": {"change": UNDEFINED},
    })  # fmt: skip
