"""Two worlds, one record: truths more than twofold apart that counts cannot tell, and a control."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pytest

from streetlight.model.communities.region import Region
from streetlight.model.parameters import Parameters
from studies import two_worlds, two_worlds_seen
from studies.two_worlds_pair import FACTORS, dimmed, outside_ranges
from studies.two_worlds_seen import accuracy

WORLDS = 40
Source = Sequence[Mapping[str, float]]


class Worlds(NamedTuple):
    """What is seen of worlds of one setting."""

    truth: Source
    own: Source
    linked: Source


def seen_of(p: Parameters, region: Region, future: str) -> Worlds:
    """Forty worlds of a setting."""
    found = [
        (two_worlds_seen.truth(h), two_worlds_seen.own_files(h), two_worlds_seen.linked(h))
        for h in (run() for run in two_worlds.histories(p, region, future, WORLDS))
    ]
    return Worlds(*zip(*found, strict=True))


@pytest.fixture(scope="module")
def region() -> Region:
    """Twelve invented places of three million people."""
    return Region.synthetic(12, seed=1, population=3_000_000)


@pytest.fixture(scope="module")
def settings(region: Region) -> dict[str, Parameters]:
    """The usual setting, twice and a half the victims seen less, and the same seen as well."""
    base = two_worlds.usual("even")
    more = two_worlds.more_victims(base)
    return {
        "usual": base,
        "dim": dimmed(base, region, more).parameters,
        "control": dimmed(base, region, more, kept=FACTORS).parameters,
    }


@pytest.fixture(scope="module")
def worlds(region: Region, settings: dict[str, Parameters]) -> dict[str, Worlds]:
    """Worlds of every setting, each drawn afresh."""
    return {name: seen_of(p, region, name) for name, p in settings.items()}


def mean(source: Source, name: str) -> float:
    """The mean of a number over worlds."""
    return float(np.mean([one[name] for one in source]))


def test_truths_are_more_than_twofold_apart(worlds: dict[str, Worlds]) -> None:
    """In no world of the one setting are half as many exploited as in any world of the other."""
    active = {
        name: [row["youth exploited at a time"] for row in one.truth]
        for name, one in worlds.items()
    }
    assert np.mean(active["dim"]) > 2.3 * np.mean(active["usual"])
    assert min(active["dim"]) > max(active["usual"])


def test_counts_do_not_tell_them_apart_and_links_do(worlds: dict[str, Worlds]) -> None:
    """Forty worlds each: counts by channel tell like a coin, persons linked across lists do not.

    Of 80 coins 50 or more fall right once in fifty times.
    """
    usual, dim = worlds["usual"], worlds["dim"]
    assert accuracy(usual.own, dim.own).share < 50 / 80
    assert accuracy(usual.linked, dim.linked).share > 0.9
    for name in ("child welfare", "police", "investigated", "identified"):
        assert mean(dim.own, name) == pytest.approx(mean(usual.own, name), rel=0.1)


def test_counts_tell_where_attention_is_alike(worlds: dict[str, Worlds]) -> None:
    """The control: as many more victims, seen as well, show in the counts of nearly every world."""
    usual, control = worlds["usual"], worlds["control"]
    assert accuracy(usual.own, control.own).share > 0.95
    assert mean(control.own, "self") > 2.2 * mean(usual.own, "self")


def test_attention_is_dimmed_within_what_the_evidence_allows(
    settings: dict[str, Parameters],
) -> None:
    """No number of the second setting lies outside the range of its card."""
    assert outside_ranges(settings["dim"], settings["usual"]) == []
    far = settings["dim"].with_values({"disclosure.hazard": 0.5})
    assert outside_ranges(far, settings["usual"]) == ["disclosure.hazard"]


def test_worlds_that_differ_are_told_and_others_are_not() -> None:
    """Numbers ten standard deviations apart are told always, numbers of one kind half the time."""
    rng = np.random.default_rng(1)
    some, same, far = (
        [{"n": x, "m": y} for x, y in rng.normal(at, 1.0, (200, 2))] for at in (30, 30, 40)
    )
    assert accuracy(some, far).share == 1.0
    told = accuracy(some, same)
    assert told.low < 0.5 < told.high
