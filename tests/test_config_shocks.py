"""The shocks of an experiment file: what is read, what is said of mistakes, and what they do."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from test_config_futures import GOOD, problems_of, written

from streetlight.experiments.config import shocks as config_shocks
from streetlight.experiments.config.loading import load
from streetlight.experiments.experiment import Experiment
from streetlight.experiments.running.design import expand
from streetlight.experiments.running.runner import run
from streetlight.model.money.policies import build
from streetlight.model.run.simulation import draw_world, run_policy
from streetlight.model.world.shocks import Shock
from tests.fake_engine import FAKE

SHOCK = "{kind: campaign, year: 1, weeks: 26, size: 4}"
USED = "futures: {named: {struck: {shocks: [s]}}}\n"


def shock(text: str) -> str:
    """The lines of one shock and of a future that has it."""
    return f"shocks: {{s: {text}}}\n{USED}"


def test_shocks_are_read_and_listed_by_futures(tmp_path: Path) -> None:
    """Every condition on the places holds; without any, all communities are struck."""
    text = """
shocks:
  attention: {kind: campaign, year: 3, weeks: 26, size: 4, places: {place_classes: [rural]}}
  rise: {kind: victimization, week: 104, weeks: 52, size: 2}
futures:
  named:
    central: {}
    both: {shocks: [rise, attention], denial.ratio: 0.5}
  sampled: {n: 2, parameters: [knowing.contacts], shocks: [attention]}
"""
    experiment = load(written(tmp_path, text))
    central, both, first, _ = experiment.futures
    region = experiment.region
    rural = region.select(classes=["rural"]).ids
    assert 0 < len(rural) < region.n_communities
    attention = Shock("campaign", rural, 156, 26, 4.0)
    assert central.shocks == () and first.shocks == (attention,)
    assert both.shocks == (Shock("victimization", region.ids, 104, 52, 2.0), attention)
    assert (both.shock_names, both.overrides) == (("rise", "attention"), {"denial.ratio": 0.5})
    assert experiment.resolved()["futures"]["both"]["shocks"][1]["week"] == 156


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        (f"shocks: {{s: {SHOCK}}}\n", "4:10", "s: no future has it; list it in one's shocks"),
        (f"shocks: {{spike: {SHOCK}, s: {SHOCK}}}\n"
         "futures: {named: {a: {shocks: [s, spkie]}, b: {shocks: [spike]}}}\n", "5:35",
         'spkie: no shock has this name (did you mean "spike"?); known: spike, s'),
        ("futures: {named: {a: {shocks: [s]}}}\n", "4:32", "this file describes none"),
        (f"shocks: {{s: {SHOCK}}}\nfutures: {{named: {{a: {{shocks: s}}, b: {{shocks: [s]}}}}}}\n",
         "5:31", "shocks: s: must be a list of names of shocks"),
        (f"shocks: {{s: {SHOCK}}}\nfutures: {{named: {{a: {{shocks: [s, s]}}}}}}\n", "5:35",
         "listed twice"),
        (shock("{kind: campain, year: 1, weeks: 26, size: 4}"), "4:20",
         "must be campaign, training, victimization, police, research or mandate "
         '(did you mean "campaign"?)'),
        (shock("{kind: campaign, weeks: 26, size: 4}"), "4:13", "needs exactly one of year, week"),
        (shock("{kind: campaign, year: 1, week: 52, weeks: 26, size: 4}"), "4:13",
         "needs exactly one of year, week"),
        (shock("{kind: campaign, year: 10, weeks: 26, size: 4}"), "4:36",
         "year: 10: starts after the horizon: must be 9 or less"),
        (shock("{kind: campaign, week: 520, weeks: 26, size: 4}"), "4:36",
         "week: 520: starts after the horizon: must be 519 or less"),
        (shock("{kind: campaign, year: 1, weeks: 0, size: 4}"), "4:46", "must be 1 or more"),
        (shock("{kind: campaign, year: 1, weeks: 4}"), "4:13", "size: is missing; it is required"),
        (shock("{kind: victimization, year: 1, weeks: 4, size: 0.5}"), "4:60",
         "size: 0.5: must be 1 or more for victimization"),
        (shock("{kind: campaign, year: 1, weeks: 4, size: -1}"), "4:55", "must be 0 or more"),
        (shock("{kind: police, year: 1, weeks: 4, size: 2}"), "4:53",
         "size: 2: must be between 0 and 1 for police"),
        (shock("{kind: campaign, year: 1, weeks: 4, size: 4, places: {ids: [zz]}}"), "4:66",
         "places: ids: value 'zz': no community has this id"),
        (shock("{kind: campaign, year: 1, weeks: 4, size: 4, places: {place_class: [rural]}}"),
         "4:67", '(did you mean "place_classes"?); allowed: ids, place_classes, states'),
    ],
)  # fmt: skip
def test_a_wrong_shock_is_named(tmp_path: Path, text: str, place: str, problem: str) -> None:
    """Each mistake is reported once, where it stands, with what is allowed."""
    found = problems_of(tmp_path, text)
    assert len(found) == 1, found
    assert found[0].startswith(f"mine.yaml:{place}: ")
    assert problem in found[0]


def test_places_by_state(tmp_path: Path) -> None:
    """In the built-in table a shock may strike a state, or a class of places in it."""
    places = "{states: [DE], place_classes: [small metro, large metro]}"
    text = shock(SHOCK.replace("}", f", places: {places}}}"))
    path = written(tmp_path, text)
    counties = "region: {us_counties: {states: [DE, RI]}}"
    path.write_text(path.read_text().replace(GOOD.splitlines()[1], counties))
    experiment = load(path)
    chosen = experiment.region.select(states=["DE"], classes=["small metro", "large metro"])
    assert experiment.futures[0].shocks[0].communities == chosen.ids
    assert 0 < len(chosen.ids) < experiment.region.n_communities


def test_places_that_meet_no_condition_together_are_a_problem(tmp_path: Path) -> None:
    """Each condition is met by some community, both by none."""
    region = load(written(tmp_path, "")).region
    rural = region.select(classes=["rural"]).ids[0]
    places = f'{{ids: ["{rural}"], place_classes: [large metro]}}'
    found = problems_of(tmp_path, shock(SHOCK.replace("}", f", places: {places}}}")))
    assert "no community meets every condition" in " ".join(found)


def test_more_places_than_youth_can_be_numbered_for_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All shocks of a future count together."""
    monkeypatch.setattr(config_shocks, "MOST_STRUCK", 12)
    text = f"shocks: {{s: {SHOCK}, t: {SHOCK}}}\n"
    assert load(written(tmp_path, shock(SHOCK))).futures[0].shocks
    found = problems_of(tmp_path, text + "futures: {named: {a: {shocks: [s, t]}}}\n")
    assert "24 communities struck: at most 12 in a future" in found[0]


def test_an_extending_file_keeps_the_shocks_of_its_base(tmp_path: Path) -> None:
    """Shocks are merged by name, as parameters are."""
    (tmp_path / "base.yaml").write_text(GOOD + shock(SHOCK), encoding="utf-8")
    more = "{kind: training, year: 0, weeks: 4, size: 1}"
    (tmp_path / "more.yaml").write_text(
        f"extends: base\nshocks: {{t: {more}}}\nfutures: {{named: {{other: {{shocks: [t, s]}}}}}}\n"
    )
    futures = load(tmp_path / "more.yaml").futures
    assert [one.shock_names for one in futures] == [("s",), ("t", "s")]


def test_quick_keeps_a_struck_community(tmp_path: Path) -> None:
    """A shock in one community out of 400 still strikes it among the 151 of --quick."""
    text = GOOD.replace("12, seed", "400, seed")
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    kept = set(load(path, quick=True).region.ids)
    left_out = next(c for c in load(path).region.ids if c not in kept)
    places = SHOCK.replace("}", f', places: {{ids: ["{left_out}"]}}}}')
    path.write_text(f"{text}shocks: {{s: {places}, t: {SHOCK}}}\n"
                    "futures: {named: {a: {shocks: [s, t]}}}\n")  # fmt: skip
    quick = load(path, quick=True)
    assert quick.region.n_communities == 151
    assert quick.futures[0].shocks[0].communities == (left_out,)
    assert set(quick.futures[0].shocks[1].communities) == set(quick.region.ids)


def test_a_shock_is_part_of_a_run_s_key(tmp_path: Path) -> None:
    """The same future without its shock is another run."""

    def key(text: str) -> str:
        return expand(load(written(tmp_path, text)), code="x")[0].cells[0].key

    plain = "futures: {named: {struck: {}}}\n"
    other = shock(SHOCK.replace("size: 4", "size: 3"))
    assert len({key(plain), key(shock(SHOCK)), key(other)}) == 3


def struck(tmp_path: Path, kind: str, size: float) -> tuple[Experiment, list[Any], Any]:
    """An experiment with a shock in its five largest communities; its two histories; who is struck.

    One history is of the future without the shock. Both futures get the same luck.
    """
    text = GOOD.replace("12, seed", "20, seed") + "horizon: 2\n"
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    region = load(path).region
    largest = sorted(region.ids, key=lambda c: -region.population[region.ids.index(c)])[:5]
    ids = ", ".join(f'"{one}"' for one in largest)
    path.write_text(
        f"{text}shocks: {{s: {{kind: {kind}, year: 0, weeks: 52, size: {size}, "
        f"places: {{ids: [{ids}]}}}}}}\n"
        "futures: {named: {calm: {}, struck: {shocks: [s]}}}\n"
    )
    experiment = load(path)
    histories = [
        run_policy(
            draw_world(
                future.parameters, experiment.region, seed=1, future="same", replicate=0,
                years=2, shocks=future.shocks,
            ),
            build("none"),
        )
        for future in experiment.futures
    ]  # fmt: skip
    rows = [experiment.region.ids.index(one) for one in largest]
    return experiment, histories, rows


def first_onsets(history: Any) -> list[tuple[int, int]]:
    """Community and week of every first spell."""
    spells = history.truth.spells
    first = spells[spells["ordinal"] == 0]
    return sorted(zip(first["community"].tolist(), first["start"].tolist(), strict=True))


def reports(history: Any) -> Any:
    """Reports of the two policy years by community."""
    return history.record.referrals_by_month[-24:].sum(axis=0)


def test_attention_in_the_file_raises_reports_and_leaves_first_onsets(tmp_path: Path) -> None:
    """A campaign listed in the file brings more reports where it strikes, and no onset moves."""
    _, (calm, struck_one), rows = struck(tmp_path, "campaign", 8)
    assert first_onsets(calm) == first_onsets(struck_one)
    assert reports(struck_one)[rows].sum() > reports(calm)[rows].sum()


def test_victimization_in_the_file_raises_onsets_where_it_strikes(tmp_path: Path) -> None:
    """First spells are added in the communities named and nowhere else."""
    _, (calm, struck_one), rows = struck(tmp_path, "victimization", 3)
    before, after = first_onsets(calm), first_onsets(struck_one)
    added = set(after) - set(before)
    assert len(after) > len(before) and {place for place, _ in added} <= set(rows)


def test_the_engine_is_handed_the_shocks_of_the_future(tmp_path: Path) -> None:
    """A run of the file reaches the engine with the shocks, and only in the future that has it."""
    handed = {}

    def draw(parameters: Any, region: Any, **given: Any) -> Any:
        handed[given["future"]] = given["shocks"]
        return FAKE.draw_world(parameters, region, **given)

    text = f"shocks: {{s: {SHOCK}}}\nfutures: {{named: {{calm: {{}}, struck: {{shocks: [s]}}}}}}\n"
    experiment = load(written(tmp_path, text + "horizon: 2\nreplications: 1\n"))
    run(experiment, tmp_path / "out", engine=dataclasses.replace(FAKE, draw_world=draw),
        workers=1, figures="none")  # fmt: skip
    assert handed == {"calm": (), "struck": experiment.futures[1].shocks}
    assert len(handed["struck"]) == 1
