"""The explorer's page: Mesa's inputs and its counter of redraws, with our controls and drawings.

Mesa's `SolaraViz` is not used whole: its grid has a fixed width that no phone shows, its buttons
have signs for names, and a changed input waits for a reset (docs/explorer.md). Everything here is
about one tab of a browser; two tabs share nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from typing import Any

import solara
from mesa.visualization import Slider  # type: ignore[import-untyped]
from mesa.visualization.solara_viz import UserInputs  # type: ignore[import-untyped]
from mesa.visualization.utils import (  # type: ignore[import-untyped]
    force_update,
    update_counter,
)

from streetlight.experiments.explorer import charts, places
from streetlight.experiments.explorer.choices import (
    BARRIERS,
    BUDGET,
    EVENTS,
    KINDS,
    SEEDS,
    SUGGESTIONS,
    Choices,
    Kind,
    Suggestion,
    rules,
)
from streetlight.experiments.explorer.sentences import percent, streetlight, summary
from streetlight.experiments.explorer.watch import Watch
from streetlight.model.money.policies import MIXES, RULES

SECONDS_A_WEEK = 0.2  # while playing
STYLE = files("streetlight.experiments.explorer").joinpath("page.css").read_text(encoding="utf-8")
NOTICE = (
    "For intuition, not evidence. This is one run of an invented region under stated assumptions: "
    "another draw may look different. Nothing here is an estimate for any real place. To compare "
    "policies, run an experiment with many futures and replicates."
)
SAME_WORLD = (
    "Two plans are watched in the same world: the same youth, the same luck. What differs between "
    "them is the plans' doing. The region has four million people: one large city with suburbs, "
    "smaller cities, 50 towns and 90 rural places."
)
ONE_SIDE = (
    "It lasts half a year, everywhere, on plan B's side only. A campaign is four ordinary ones at "
    "once; a police focus doubles what police come to see, right and wrong suspicions alike."
)


def tag(name: str, *children: Any, **attributes: Any) -> Any:
    """An HTML element; attributes with _ for -."""
    named = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
    classes = named.pop("class", "")
    return solara.v.Html(tag=name, children=list(children), class_=classes, attributes=named)


def plans(chosen: Choices) -> dict[str, Any]:
    """The two plans, as Mesa describes inputs: name of the choice to its input."""
    return {
        name: {"type": "Select", "label": f"{side}: who gets the money",
               "value": rules()[plan], "values": list(rules().values())}
        for name, side, plan in (
            ("plan_a", "Plan A", chosen.plan_a), ("plan_b", "Plan B", chosen.plan_b)
        )
    }  # fmt: skip


def world(chosen: Choices) -> dict[str, Any]:
    """What holds for both plans, as Mesa describes inputs."""
    return {
        "budget": Slider(f"Budget: ${chosen.budget:.2f} per resident per year", chosen.budget,
                         *BUDGET, 0.25),
        "mix": {"type": "Select", "label": "What it is spent on",
                "value": MIXES[chosen.mix].title, "values": [mix.title for mix in MIXES.values()]},
        "barriers": Slider(f"Small-town barriers: {strength(chosen.barriers)}", chosen.barriers,
                           *BARRIERS, 0.25),
        "feedback": {"type": "Checkbox", "label": "Attention and training follow the record",
                     "value": chosen.feedback},
        "seed": Slider(f"Draw {chosen.seed}: the same region, other luck", chosen.seed, *SEEDS, 1),
    }  # fmt: skip


def strength(barriers: float) -> str:
    """The strength of the barriers in words."""
    words = {0.0: "none", 1.0: "as assumed"}
    return words.get(barriers, f"{barriers:g} times what is assumed")


def changed(chosen: Choices, name: str, value: Any) -> Choices:
    """The choices with one input changed; titles become names again."""
    rule_titles, mixes = rules(), {mix.name: mix.title for mix in MIXES.values()}
    names = {"plan_a": rule_titles, "plan_b": rule_titles, "mix": mixes}
    if name in names:
        value = next(key for key, title in names[name].items() if title == value)
    return replace(chosen, **{name: value})


def about(plan: str, budget: float) -> str:
    """What a plan may see, who works like it, and whether it has money."""
    info = RULES[plan]
    if not info.spends:
        return f"{rules()[plan]}, whatever the budget."
    spends = "" if budget else " The budget is 0, so no money is added."
    return f"{rules()[plan]}: sees {info.sees}; used by {info.used_by}.{spends}"


@solara.component
def Page() -> None:
    """The whole page."""
    solara.Title("Streetlight: explore")
    solara.Style(STYLE)
    chosen, choose = solara.use_state(Choices())
    playing, play = solara.use_state(False)
    watch = solara.use_memo(lambda: Watch(chosen), [chosen])

    def take(new: Choices) -> None:
        play(False)
        if new == chosen:
            watch.restart()
            force_update()
        choose(new)

    def change(name: str, value: Any) -> None:
        new = changed(chosen, name, value)
        if new != chosen:
            take(new)

    def advance(weeks: int) -> None:
        watch.advance(weeks)
        if watch.finished:
            play(False)
        force_update()

    def strike(kind: Kind) -> None:
        watch.strike(kind)
        force_update()

    async def keep_playing() -> None:
        while playing and not watch.finished:
            await asyncio.sleep(SECONDS_A_WEEK)
            advance(1)

    solara.lab.use_task(keep_playing, dependencies=[playing, chosen], prefer_threaded=False)
    with tag("div", class_="explorer"):
        with tag("header"):
            tag("h1", "Truth and record, week by week")
            tag("p", NOTICE, class_="notice", role="note")
            tag("p", SAME_WORLD)
        Suggestions(chosen, take)
        with tag("div", class_="columns"):
            with tag("aside", aria_label="Choices"):
                tag("h2", "Choose")
                UserInputs(plans(chosen), on_change=change)
                for side, plan in (("Plan A", chosen.plan_a), ("Plan B", chosen.plan_b)):
                    tag("p", f"{side}. {about(plan, chosen.budget)}", class_="small")
                with tag("details"):
                    tag("summary", "Budget, barriers, draw, and more")
                    UserInputs(world(chosen), on_change=change)
            with tag("main"):
                Controls(watch, playing, play, advance, lambda: take(chosen))
                Happenings(watch, strike)
                Views(watch)


@solara.component
def Suggestions(chosen: Choices, take: Callable[[Choices], None]) -> None:
    """The experiments that the page suggests, each with what to look for."""
    with tag("section", aria_label="Experiments to try"):
        tag("h2", "Three experiments to try")
        with tag("div", class_="suggestions"):
            for one in SUGGESTIONS:
                sets = replace(one.sets, seed=chosen.seed)
                OneSuggestion(one, sets == chosen, lambda sets=sets: take(sets))


@solara.component
def OneSuggestion(one: Suggestion, is_set: bool, take: Callable[[], None]) -> None:
    """A button that sets the choices of an experiment, and what to look for."""
    with tag("div"):
        solara.Button(one.question, outlined=not is_set, color="primary", on_click=take)
        tag("p", one.look, class_="small")


@solara.component
def Controls(
    watch: Watch,
    playing: bool,
    play: Callable[[bool], None],
    advance: Callable[[int], None],
    start_again: Callable[[], None],
) -> None:
    """The clock and the buttons that move it."""
    update_counter.get()
    year, week = divmod(watch.week, 52)
    over = watch.finished
    clock = f"Week {watch.week} of {watch.n_weeks}"
    more = "the end" if over else f"year {year + 1}, week {week}"
    with tag("section", class_="controls", aria_label="Clock"):
        tag("p", clock, tag("span", more, class_="small"), class_="clock")
        with tag("div", class_="buttons"):
            for label, act in (
                ("Next week", lambda: advance(1)),
                ("Next quarter", lambda: advance(charts.QUARTER)),
                ("Pause" if playing else "Play", lambda: play(not playing)),
                ("Run to the end", lambda: advance(watch.n_weeks)),
            ):
                solara.Button(label, on_click=act, disabled=over, outlined=True, color="primary")
            solara.Button("Start again", on_click=start_again, text=True, color="primary")


@solara.component
def Happenings(watch: Watch, strike: Callable[[Kind], None]) -> None:
    """Buttons for what may happen on plan B's side from this week on."""
    update_counter.get()

    def button(kind: Kind) -> None:
        title, end = EVENTS[kind].title, watch.ends(kind)
        solara.Button(
            f"{title}, until week {end}" if end else title, on_click=lambda: strike(kind),
            disabled=watch.finished or end is not None, outlined=True, color="primary",
        )  # fmt: skip

    with tag("section", class_="controls", aria_label="What happens on plan B's side"):
        tag("p", "From now on, for plan B only:", class_="clock happen")
        with tag("div", class_="buttons"):
            for kind in KINDS:
                button(kind)
        tag("p", ONE_SIDE, class_="small")


@solara.component
def Views(watch: Watch) -> None:
    """All that is shown of both plans."""
    update_counter.get()
    tag("p", summary(watch), class_="summary", aria_live="off" if watch.week else "polite")
    tag("p", f"Plan A is “{rules()[watch.choices.plan_a]}”, plan B is "
        f"“{rules()[watch.choices.plan_b]}”.")  # fmt: skip
    with tag("div", class_="views"):
        View("The gap, in percent", charts.gap(watch), "Plan B against plan A; on the dotted line "
             "there is no gap. Reports can rise a lot while exploitation hardly moves: that is "
             "better seeing, not more harm.")  # fmt: skip
        View("The gap in youth", charts.gap_in_youth(watch), "Plan B less plan A: how many more "
             "have been found, and how many more or fewer are exploited now.")  # fmt: skip
        View("Reported, by kind of place", places.reported(watch), "Of 100 victimizations that "
             "began this year or in the four before it, how many have been reported so far. In "
             "rural places few youth live, so chance moves their marks most.")  # fmt: skip
        Shares(watch)
        View("The truth, and what is known of it", charts.truth(watch), "Under plan B. Nobody sees "
             "the upper line. Those who have been reported are the part of it that is "
             "known.")  # fmt: skip
        View("The record beside what happens", charts.record(watch), "Counts of 13 weeks. More "
             "reports can mean more harm or better seeing: compare them with what "
             "began.")  # fmt: skip
        View("Where youth are lost", places.cascade(watch), "Of 100 victimizations that began "
             "in the same years, how many have come so far.", wide=True)  # fmt: skip
        Maps(watch)


@solara.component
def View(title: str, drawing: str, words: str, wide: bool = False) -> None:
    """A drawing with its heading and how to read it."""
    with tag("section", class_="view wide" if wide else "view"):
        tag("h2", title)
        solara.HTML(tag="div", unsafe_innerHTML=drawing)
        tag("p", words, class_="small")


@solara.component
def Shares(watch: Watch) -> None:
    """A table: where youth live, where it happens, where it is reported, where the money goes."""
    update_counter.get()
    heads = ("Place", "Youth", "Truth", "Record", "Money A", "Money B")
    with tag("section", class_="view"):
        tag("h2", "Who has what share")
        with tag("table"):
            tag("thead", tag("tr", *(tag("th", head, scope="col") for head in heads)))
            tag("tbody", *(
                tag("tr", tag("th", f"{row.place} ({row.communities})", scope="row"),
                    *(tag("td", percent(v))
                      for v in (row.youth, row.onsets, row.reports, *row.money)))
                for row in watch.places()
            ))  # fmt: skip
        tag("p", "Share of the region's total, by kind of place (number of communities). "
            "Truth: victimizations, record: reports, both under plan B, of this year and the four "
            "before it; money: all that each plan has spent so far.", class_="small")  # fmt: skip


@solara.component
def Maps(watch: Watch) -> None:
    """The map that the record shows beside the map of the truth."""
    update_counter.get()
    recorded, true = places.maps(watch.b)
    with tag("section", class_="view wide"):
        tag("h2", "What a map of reports would show, and what it would hide")
        tag("p", streetlight(watch.b), class_="finding")
        with tag("div", class_="pair"):
            for title, drawing in (
                ("Reports (record)", recorded),
                ("Victimizations (truth)", true),
            ):
                with tag("div"):
                    tag("h3", title)
                    solara.HTML(tag="div", unsafe_innerHTML=drawing)
        solara.HTML(tag="div", unsafe_innerHTML=places.key(), classes=["key"])
        words = (
            "Under plan B. A dot is an invented community, its size the youth who live there. "
            "Shades: rate per youth against the mean of the region, this year and the four before "
            "it, the same scale in both maps. Rates of small places swing by chance."
        )
        tag("p", words, class_="small")
