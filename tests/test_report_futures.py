"""What the report tells of the futures: parameters that differ, shocks, how some were drawn."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from report_worlds import written
from test_figures import Made

from streetlight.experiments.config.loading import load
from streetlight.experiments.report.build import report
from streetlight.experiments.report.futures import MOST_LISTED, futures_of

CAMPAIGN = {"kind": "campaign", "communities": ["a", "b"], "week": 104, "weeks": 26, "size": 4.0}
RISE = {"kind": "victimization", "communities": ["a"], "week": 0, "weeks": 52, "size": 2.0}

FILE = """\
extends: tiny
parameters: {assessment.utilisation: 1.0}
shocks:
  task_force: {kind: campaign, year: 1, weeks: 26, size: 4}
futures:
  named:
    slow: {spell.exit_hazard: 0.9, shocks: [task_force]}
    calm: {}
  sampled:
    n: 8
    shocks: [task_force]
    parameters:
      assessment.utilisation: {distribution: uniform, low: 0.8, high: 1.4}
      incidence.place_ratio: {choice: [[1, 1, 1, 1], [1, 1, 2, 2]]}
"""


@pytest.fixture
def config(tmp_path: Path) -> dict[str, Any]:
    """A resolved configuration with futures of every kind."""
    (tmp_path / "mine.yaml").write_text(FILE, encoding="utf-8")
    return load(str(tmp_path / "mine.yaml")).resolved()


def test_a_chosen_future_says_what_differs_from_what(config: dict[str, Any]) -> None:
    """The value of the future, of the file otherwise, the range, and that it is left."""
    *_, slow, calm = futures_of(config).listed  # after those of the file it extends
    (change,) = slow.changes
    assert (change.name, change.value, change.evidence) == (
        "spell.exit_hazard", "0.9", "0.015 to 0.035",
    )  # fmt: skip
    assert change.outside
    assert (calm.name, calm.changes, calm.shocks) == ("calm", (), ())


def test_a_shock_says_what_when_where_and_how_large(config: dict[str, Any]) -> None:
    """In words and numbers, without the name of a place."""
    (shock,) = futures_of(config).listed[-2].shocks
    n = config["communities"]
    assert dataclasses.astuple(shock) == (
        "campaign", "4 standard campaigns", f"{n} of {n} communities", "weeks 52 to 78",
    )  # fmt: skip


def test_sampled_futures_are_told_by_what_they_may_be(config: dict[str, Any]) -> None:
    """Distribution, lowest and highest drawn, the file's value; their shocks are told once."""
    found = futures_of(config)
    assert found.sentences[0] == "8 futures sampled (lhs) over 2 parameters"
    load_ratio, place = found.ranges
    assert load_ratio.value == "uniform, 0.8 to 1.4"
    low, high = map(float, load_ratio.drawn.split(" to "))
    assert 0.8 <= low < 0.9 < 1.3 < high <= 1.4
    assert load_ratio.otherwise == "1"
    assert load_ratio.outside
    assert (place.value, place.drawn) == ("[1, 1, 1, 1] or [1, 1, 2, 2]", "")
    assert [one.what for one in found.shocks] == ["campaign"]


def test_a_grid_is_listed_up_to_a_number() -> None:
    """Futures of a grid are no draws: each is a line, as far as a reader would go."""
    futures = {f"grid_{k}": {"spell.exit_hazard": 0.02 + k / 1e4} for k in range(50)}
    found = futures_of({"futures": futures, "sampled_futures": []})
    assert len(found.listed) == MOST_LISTED
    assert found.unlisted == 50 - MOST_LISTED
    assert found.listed[1].changes[0].value == "0.0201"


def test_parameters_of_another_version_are_left_out() -> None:
    """The report of old results does not break on a parameter that is gone."""
    config = {
        "futures": {"old": {"gone.parameter": 1.0}, "drawn": {"gone.parameter": 2.0}},
        "sampled_futures": ["drawn"],
        "sampling": {"design": "lhs", "n": 1, "parameters": {"gone.parameter": {"choice": [1, 2]}}},
    }
    found = futures_of(config)
    assert found.listed[0].changes == ()
    assert found.ranges == ()


def test_the_page_holds_futures_and_shocks(tmp_path: Path) -> None:
    """What differs, the shocks and what nothing differs in stand in the appendix as tables."""
    made = Made(futures=("calm", "struck", "s0"), communities=20, years=2)
    config = {
        "futures": {
            "calm": {},
            "struck": {"assessment.utilisation": 1.3, "shocks": [CAMPAIGN]},
            "s0": {"spell.exit_hazard": 0.02, "shocks": [RISE]},
        },
        "sampled_futures": ["s0"],
        "sampling": {
            "design": "lhs", "n": 1,
            "parameters": {"spell.exit_hazard": {"distribution": "uniform", "low": 0.015,
                                                 "high": 0.025, "outside_evidence": False}},
        },
    }  # fmt: skip
    html = report(written(tmp_path, made, config=config), figures=[])
    start = html.index('<section id="futures"')
    part = html[start : html.index("</section>", start)]
    for text in (
        "sampled (lhs) over", "All 2 futures that were chosen",
        "Nothing differs", "1.3 !", "4 standard campaigns",
        "Campaign shock in 2 of 20 communities, weeks 104 to 130",
        "uniform, 0.015 to 0.025", "0.02 to 0.02", "2 times the onset of first spells",
        "Victimization shock in 1 of 20 communities, weeks 0 to 52", "in every sampled future",
    ):  # fmt: skip
        assert text in part, text
    assert 'href="#futures"' in html
