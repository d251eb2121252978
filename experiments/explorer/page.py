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

from streetlight.experiments.explorer import charts
from streetlight.experiments.explorer.choices import (
    BARRIERS,
    BUDGET,
    COMMUNITIES,
    SEEDS,
    Choices,
    rules,
)
from streetlight.experiments.explorer.watch import Watch, streetlight, summary
from streetlight.model.money.policies import MIXES, RULES

SECONDS_A_WEEK = 0.2  # while playing
STYLE = files("streetlight.experiments.explorer").joinpath("page.css").read_text(encoding="utf-8")
NOTICE = (
    "For intuition, not evidence. This is one run of an invented region under stated assumptions: "
    "another draw may look different. Nothing here is an estimate for any real place. To compare "
    "policies, run an experiment with many futures and replicates."
)


def tag(name: str, *children: Any, **attributes: Any) -> Any:
    """An HTML element; attributes with _ for -."""
    named = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
    classes = named.pop("class", "")
    return solara.v.Html(tag=name, children=list(children), class_=classes, attributes=named)


def inputs(chosen: Choices) -> dict[str, Any]:
    """What can be chosen, as Mesa describes inputs: name of the choice to its input."""
    titles = list(rules().values())
    mixes = [mix.title for mix in MIXES.values()]
    return {
        "rule": {"type": "Select", "label": "Who gets the money (policy)",
                 "value": rules()[chosen.rule], "values": titles},
        "budget": Slider(f"Budget: ${chosen.budget:.2f} per resident per year", chosen.budget,
                         *BUDGET, 0.25),
        "mix": {"type": "Select", "label": "What it is spent on",
                "value": MIXES[chosen.mix].title, "values": mixes},
        "barriers": Slider(f"Small-town barriers: {strength(chosen.barriers)}", chosen.barriers,
                           *BARRIERS, 0.25),
        "feedback": {"type": "Checkbox", "label": "Attention and training follow the record",
                     "value": chosen.feedback},
        "communities": Slider(f"Size of the region: {chosen.communities} communities",
                              chosen.communities, *COMMUNITIES, 20),
        "seed": Slider(f"Draw {chosen.seed}: another region, other luck", chosen.seed, *SEEDS, 1),
    }  # fmt: skip


def strength(barriers: float) -> str:
    """The strength of the barriers in words."""
    words = {0.0: "none", 1.0: "as assumed"}
    return words.get(barriers, f"{barriers:g} times what is assumed")


def changed(chosen: Choices, name: str, value: Any) -> Choices:
    """The choices with one input changed; titles become names again."""
    names: dict[str, dict[str, str]] = {
        "rule": rules(),
        "mix": {mix.name: mix.title for mix in MIXES.values()},
    }
    if name in names:
        value = next(key for key, title in names[name].items() if title == value)
    return replace(chosen, **{name: value})


@solara.component
def Page() -> None:
    """The whole page."""
    solara.Title("Streetlight: explore")
    solara.Style(STYLE)
    chosen, choose = solara.use_state(Choices())
    playing, play = solara.use_state(False)
    watch = solara.use_memo(lambda: Watch(chosen), [chosen])

    def change(name: str, value: Any) -> None:
        new = changed(chosen, name, value)
        if new != chosen:
            play(False)
            choose(new)

    def start_again() -> None:
        play(False)
        watch.restart()
        force_update()

    def advance(weeks: int) -> None:
        watch.advance(weeks)
        if watch.finished:
            play(False)
        force_update()

    async def keep_playing() -> None:
        while playing and not watch.finished:
            await asyncio.sleep(SECONDS_A_WEEK)
            advance(1)

    solara.lab.use_task(keep_playing, dependencies=[playing, chosen], prefer_threaded=False)
    with tag("div", class_="explorer"):
        Header()
        with tag("div", class_="columns"):
            with tag("aside", aria_label="Choices"):
                tag("h2", "Choose")
                UserInputs(inputs(chosen), on_change=change)
                tag("p", about(chosen), class_="small")
            with tag("main"):
                Controls(watch, playing, play, advance, start_again)
                Views(watch)


def about(chosen: Choices) -> str:
    """What the policy chosen may see and who works like it."""
    info = RULES[chosen.rule]
    spends = "" if info.spends and chosen.budget else " No money is added: the budget is 0."
    if not info.spends:
        spends = " It spends nothing, whatever the budget."
    return f"{info.title}: sees {info.sees}; used by {info.used_by}.{spends}"


@solara.component
def Header() -> None:
    """Title and warning."""
    with tag("header"):
        tag("h1", "Truth and record, week by week")
        tag("p", NOTICE, class_="notice", role="note")


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
    year, week = divmod(watch.now.week, 52)
    over = watch.finished
    clock = f"Week {watch.now.week} of {watch.n_weeks}"
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
def Views(watch: Watch) -> None:
    """All that is shown of the run."""
    update_counter.get()
    tag("p", summary(watch), class_="summary", aria_live="off" if watch.now.week else "polite")
    with tag("div", class_="views"):
        View("The truth", charts.truth(watch), "Nobody sees the blue line. Those who have been "
             "reported are the part of it that is known.")  # fmt: skip
        View("The record beside it", charts.record(watch), "Counts of 13 weeks. More reports can "
             "mean more harm or better seeing: compare them with what began.")  # fmt: skip
        View("Where youth are lost", charts.cascade(watch), "Per 100 victimizations, this year and "
             "the two before it. The line marks the same world without added money.")  # fmt: skip
        Shares(watch)
    Maps(watch)


@solara.component
def View(title: str, drawing: str, words: str) -> None:
    """A drawing with its heading and how to read it."""
    with tag("section", class_="view"):
        tag("h2", title)
        solara.HTML(tag="div", unsafe_innerHTML=drawing)
        tag("p", words, class_="small")


@solara.component
def Shares(watch: Watch) -> None:
    """A table: where youth live, where it happens, where it is reported, where the money goes."""
    update_counter.get()
    heads = ("Place", "Youth", "Truth", "Record", "Money")
    with tag("section", class_="view"):
        tag("h2", "Who has what share")
        with tag("table"):
            tag("thead", tag("tr", *(tag("th", head, scope="col") for head in heads)))
            tag("tbody", *(
                tag("tr", tag("th", f"{row.place} ({row.communities})", scope="row"),
                    *(tag("td", charts.percent(v) if v == v else "none")
                      for v in (row.youth, row.onsets, row.reports, row.money)))
                for row in watch.places()
            ))  # fmt: skip
        tag("p", "Share of the region's total, by kind of place (number of communities). "
            "Truth: victimizations, record: reports, both of this year and the two before it; "
            "money: all spent so far.", class_="small")  # fmt: skip


@solara.component
def Maps(watch: Watch) -> None:
    """The map that the record shows beside the map of the truth."""
    update_counter.get()
    recorded, true = charts.maps(watch)
    with tag("section", class_="view maps"):
        tag("h2", "What a map of reports would show, and what it would hide")
        tag("p", streetlight(watch), class_="finding")
        with tag("div", class_="pair"):
            for title, drawing in (
                ("Reports (record)", recorded),
                ("Victimizations (truth)", true),
            ):
                with tag("div"):
                    tag("h3", title)
                    solara.HTML(tag="div", unsafe_innerHTML=drawing)
        solara.HTML(tag="div", unsafe_innerHTML=charts.key(), classes=["key"])
        words = (
            "A dot is an invented community, its size the youth who live there. Shades: rate per "
            "youth against the mean of the region, this year and the two before it, the same scale "
            "in both maps. Rates of small places swing by chance."
        )
        tag("p", words, class_="small")
