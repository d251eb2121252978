"""The metrics an experiment can compare policies by: what they are called and which way is good.

A new metric needs one line here, once `outcomes` computes it. One of a user's own is a function
under `metric`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from streetlight.model.calling import explained
from streetlight.model.errors import InputError
from streetlight.model.money.policy import NAME

if TYPE_CHECKING:
    from streetlight.model.run.history import History

Direction = Literal["more", "less"]

PLACE_CLASSES = ("large_metro", "small_metro", "town", "rural")
#: Groups of communities by the record years before the policy, and what they are called in titles.
BEFORE = {
    "silent": "silent places", "unpublished": "places that published nothing",
    "effort_low": "lowest third of effort", "effort_high": "highest third of effort",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Metric:
    """One number of `outcomes.Summary.metrics`.

    title and unit: for tables; direction: "more" or "less" is better; matters: smallest difference
    to the baseline that matters, in the metric's unit, or as a share of the baseline's
    `relative_to` when that is given (of the policy's own where the baseline's is 0). The values are
    ours: say your own in the experiment file. function: what computes a metric of a user's own.
    """

    title: str
    unit: str
    direction: Direction
    matters: float
    relative_to: str = ""
    function: Callable[..., Any] | None = None


def _counted(title: str, direction: Direction, name: str, share: float = 0.02) -> Metric:
    return Metric(title, "youth", direction, share, name)


def _by_class(start: str, metric: Metric) -> dict[str, Metric]:
    return {
        f"{start}_{place}": replace(metric, title=f"{metric.title}, {place.replace('_', ' ')}")
        for place in PLACE_CLASSES
    }


def _by_place(start: str, metric: Metric) -> dict[str, Metric]:
    before = {
        f"{start}_{place}": replace(metric, title=f"{metric.title}, {words}")
        for place, words in BEFORE.items()
    }
    return _by_class(start, metric) | before


YEARS = "person-years"

#: Every metric that can be named in an experiment file.
METRICS: dict[str, Metric] = {
    "averted_person_years": Metric("person-years averted", YEARS, "more", 0.0025, "person_years"),
    "averted_prevented": Metric("averted by prevention", YEARS, "more", 0.0025, "person_years"),
    "averted_shortened": Metric("averted by shorter spells", YEARS, "more", 0.0025, "person_years"),
    "averted_reexploitation": Metric(
        "averted re-exploitation", YEARS, "more", 0.0025, "person_years"),
    "person_years": Metric("person-years of exploitation", YEARS, "less", 0.0025, "person_years"),
    "person_years_first": Metric(
        "person-years, first years", YEARS, "less", 0.0025, "person_years_first"),
    "person_years_later": Metric(
        "person-years, last years", YEARS, "less", 0.0025, "person_years_later"),
    "first_onsets": _counted("first onsets", "less", "first_onsets", 0.01),
    "reexploitation_onsets": _counted("onsets of later spells", "less", "reexploitation_onsets"),
    "true_onsets": _counted("onsets, all spells", "less", "true_onsets", 0.01),
    "known": _counted("known", "more", "known"),
    "identified": _counted("identified", "more", "identified"),
    "extra_identified": _counted("extra identified", "more", "identified"),
    "served": _counted("served", "more", "served"),
    "offered_no_place": _counted("identified, no place free", "less", "identified"),
    "false_reports": _counted("false reports", "less", "false_reports"),
    "false_investigated": _counted("false investigations", "less", "false_investigated"),
    "false_identified": _counted("wrongly substantiated", "less", "false_identified"),
    "false_investigations_per_1000_youth": Metric(
        "false investigations", "per 1,000 youth", "less", 0.02,
        "false_investigations_per_1000_youth"),
    "false_reports_per_identified": Metric(
        "false reports per identified youth", "ratio", "less", 0.05,
        "false_reports_per_identified"),
    "known_still_exploited_person_years": Metric(
        "known and still exploited", YEARS, "less", 0.02, "known_still_exploited_person_years"),
    "backlog_end": Metric("backlog at the end", "cases", "less", 0.05, "backlog_end"),
    "cohort_known_share": Metric("known, share of cohort", "share", "more", 0.01),
    "cohort_identified_share": Metric("identified, share of cohort", "share", "more", 0.005),
    "cohort_identified_within_year": Metric(
        "identified within a year, share of cohort", "share", "more", 0.0025),
    **_by_class("known_share", Metric("known, share of cohort", "share", "more", 0.01)),
    **_by_place(
        "identified_share", Metric("identified, share of cohort", "share", "more", 0.005)),
    "worst_class_identified_share": Metric(
        "identified, worst-off class", "share", "more", 0.005),
    **_by_place("averted_per_100k", Metric(
        "person-years averted", "per 100,000 youth", "more", 5.0)),
    "worst_class_averted_per_100k": Metric(
        "person-years averted, worst-off class", "per 100,000 youth", "more", 5.0),
    "report_truth_rank_correlation": Metric(
        "rank agreement of reports and truth", "correlation", "more", 0.05),
    "top_decile_truly_top": Metric("reported top tenth truly top", "share", "more", 0.05),
    "misallocation": Metric("money misallocated against need", "share", "less", 0.05),
    "identified_gini": Metric("inequality of identified share", "Gini", "less", 0.02),
    "identified_gini_beyond_luck": Metric(
        "inequality of identified share beyond luck", "Gini", "less", 0.02),
    "share_never_funded": Metric("communities that never get money", "share", "less", 0.05),
    "longest_years_without_money": Metric(
        "longest time without money", "years", "less", 0.5),
    "unspent": Metric("money unspent", "dollars", "less", 0.05, "allocated"),
}  # fmt: skip


def title_of(name: str) -> str:
    """What a metric is called, or the money that a share of it is one of."""
    return METRICS[name].title if name in METRICS else f"money {name}"


#: In the place of a metric's name in `relative_to`: a share of the most that a plan on offer surely
#: gains on the baseline in the metric itself.
OF_GAIN = "gain"

#: Metrics of the place class where a plan does worst, and the metric whose classes they compare.
#: The class is the one with the lowest mean under that plan over all runs (`analyse.values`).
OF_WORST_CLASS = {
    "worst_class_identified_share": "identified_share",
    "worst_class_averted_per_100k": "averted_per_100k",
}
#: With fewer replicates of each future, intervals lean on two degrees of freedom or less.
FEWEST_REPLICATES = 4

#: What is compared when an experiment names no metrics; the first one decides the verdict.
DEFAULT_METRICS = ("averted_person_years", "identified", "worst_class_identified_share")

#: Metrics of the user's own, by name; `METRICS` has them too.
OWN_METRICS: dict[str, Metric] = {}
_BUILT_IN = frozenset(METRICS)
F = TypeVar("F", bound="Callable[[History, History], float]")


@explained("metric", "; above a function, with its brackets")
def metric(*, title: str, unit: str, direction: Direction, matters: float) -> Callable[[F], F]:
    """Make the decorated function a metric that experiments can compare policies by.

    The function is handed the history of a run and that of its baseline in the same world, and
    returns a number; nan where nothing can be said. Its name is the metric's. title and unit: as
    readers see them; direction: "more" or "less", what is better; matters: smallest difference to
    the baseline that matters, in the metric's unit. It may read the truth and the record, and must
    leave both as they are.

    InputError when the name is taken by a built-in metric, or an argument cannot be used.

    >>> @sl.metric(title="reports", unit="reports", direction="more", matters=10.0)
    ... def reports(history: sl.History, baseline: sl.History) -> float:
    ...     return history.record.published_reports.sum()
    >>> experiment = sl.Experiment("mine", "Mine", sl.Region.synthetic(8), (), metrics=[reports])
    >>> experiment.metrics[0].direction
    'more'
    """

    def register(function: F) -> F:
        name = function.__name__
        wrong = _problems(name, function, direction, matters)
        wrong += [f"{what}: must be text" for what, text in (("title", title), ("unit", unit))
                  if not (isinstance(text, str) and text.strip())]  # fmt: skip
        if wrong:
            raise InputError(*(f'metric "{name}": {one}' for one in wrong))
        found = Metric(title, unit, direction, float(matters), function=function)
        METRICS[name] = OWN_METRICS[name] = found
        return function

    return register


def _problems(name: str, function: Any, direction: Any, matters: Any) -> list[str]:
    """What is wrong with a metric of a user's own, its title and unit apart."""
    wrong = []
    if name in _BUILT_IN:
        wrong.append("is the name of a built-in metric")
    elif not NAME.fullmatch(name):
        wrong.append("its name must be lower-case letters, digits and _")
    if len(inspect.signature(function).parameters) != 2:
        wrong.append("must take two arguments: the history of a run and that of its baseline")
    if direction not in ("more", "less"):
        wrong.append(f'direction: {direction!r}: must be "more" or "less"')
    if isinstance(matters, bool) or not (
        isinstance(matters, (int, float)) and 0 <= matters < 1e300
    ):
        wrong.append(f"matters: {matters!r}: must be a number, 0 or more")
    return wrong


def remember(compared: Mapping[str, Mapping[str, Any]]) -> None:
    """Let the metrics of a results folder's configuration have the titles and units it gives."""
    for name, said in compared.items():
        if name not in _BUILT_IN and isinstance(said.get("title"), str):
            METRICS[name] = Metric(
                said["title"], str(said.get("unit", "")), said["direction"], said["matters"]
            )
