"""Futures that bracket what counts leave open: they can be run, and keep what was counted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from streetlight.experiments.analyse.open_futures import futures_text, open_futures, seen_less
from streetlight.experiments.config.loading import load
from streetlight.model.communities.region import Region
from streetlight.model.names import PlaceClass
from streetlight.model.on_average.cascade import expected_cascade
from streetlight.model.parameters import Parameters

HEAD = """title: "x"
region: {synthetic: {n_communities: 12, seed: 1}}
policies: [per_youth]
"""
BY_CLASS = ["small_places_more", "small_places_less"]


def test_the_futures_pass_the_checks(tmp_path: Path) -> None:
    """Pasted below a title, a region and a policy they are ten futures of an experiment."""
    text = futures_text("counts.csv", Parameters(), 0.2, np.arange(4))
    path = tmp_path / "decision.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    risk = {f.name: f.parameters.incidence.frailty_cv for f in load(str(path)).futures}
    assert risk.pop("hidden_risk_twice") == 0.4
    assert set(risk.values()) == {0.2} and len(risk) == 9
    assert [*risk][-2:] == BY_CLASS


@pytest.mark.parametrize("kind", [PlaceClass.LARGE_METRO, PlaceClass.RURAL])
def test_classes_are_left_out_where_there_is_one(kind: PlaceClass) -> None:
    """In a region of one kind of place nothing is open between classes."""
    assert "classes of place" not in open_futures(Parameters(), 0.3, np.array([kind, kind]))


@pytest.mark.parametrize("times", [2.0, 0.5])
def test_more_that_is_seen_less_keeps_what_is_reported(times: float) -> None:
    """Twice or half the youth exploited and, to a tenth, the same true reports by channel."""
    region, usual = Region.synthetic(12, seed=1), Parameters()
    before, after = (
        expected_cascade(p, region)
        for p in (usual, usual.with_values(dict(seen_less(usual, times))))
    )
    assert after.active.sum() / before.active.sum() == pytest.approx(times, rel=0.1)
    ratio = after.channels.sum(axis=0) / before.channels.sum(axis=0)
    assert np.abs(ratio - 1.0).max() < 0.1
