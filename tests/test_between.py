"""What changed between two results folders: settings by key, outcomes with intervals."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from made_results import Folder, metric

from streetlight.experiments import cli
from streetlight.experiments.analyse.between import ABSENT, Between, between, differing
from streetlight.model.errors import InputError

NONE = [[10.0, 14.0], [20.0, 20.0]]
#: Student's t exceeded with 2.5%, with two degrees of freedom (from a table).
T2 = 4.30265


def folder(path: Path, plan: Any, none: Any = NONE, **more: Any) -> Path:
    """A folder in which the plan found so many."""
    config = more.pop("config", {})
    made = Folder(
        {"identified": {"none": none, "plan": plan, **more.pop("others", {})}},
        [metric("identified")],
        config=config,
    )
    written = made.write(path)
    if more:
        manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8")) | more
        (path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return written


def numbers(found: Between, plan: str, future: str = "") -> list[Any]:
    """Old, new, change and interval of one plan."""
    (one,) = (o for o in found.outcomes if (o.policy, o.future) == (plan, future))
    return [one.old, one.new, one.difference, one.low, one.high]


def test_same_worlds_are_held_against_each_other_one_by_one(tmp_path: Path) -> None:
    """Changes of 3 and 1, and of 6 and 4, by a t-interval of those; the baseline is exactly 0."""
    first = folder(tmp_path / "a", [[10, 14], [20, 20]])
    second = folder(tmp_path / "b", [[13, 15], [26, 24]], config={"replications": 2})
    found = between(first, second)
    half = T2 * math.sqrt(0.5)
    expected = [16.0, 19.5, 3.5, 3.5 - half, 3.5 + half]
    assert numbers(found, "plan") == pytest.approx(expected, rel=1e-5)
    assert numbers(found, "none") == [16, 16, 0, 0, 0]
    assert {one.paired for one in found.outcomes} == {True}
    assert (found.unlike, found.settings) == ((), ())
    verdicts = {one.policy: one.verdict for one in found.outcomes if not one.future}
    assert verdicts == {"none": "the same", "plan": "rises"}


def test_other_worlds_have_the_luck_of_both(tmp_path: Path) -> None:
    """With another seed the two means are independent: variances add, and freedom is Welch's."""
    first = folder(tmp_path / "a", [[10, 14], [20, 20]])
    second = folder(tmp_path / "b", [[13, 15], [26, 24]], config={"seed": 2})
    found = between(first, second)
    # future a: variances of the means 4 and 1, each with 1 degree of freedom
    df = 5**2 / (4**2 + 1**2)
    assert df == pytest.approx(1.470588)
    half = 6.18811 * math.sqrt(5)  # Student's t with 1.4706 degrees of freedom, 2.5%
    old, new, change, low, high = numbers(found, "plan", "a")
    assert (old, new, change) == (12, 14, 2)
    assert (low, high) == (pytest.approx(2 - half, rel=1e-5), pytest.approx(2 + half, rel=1e-5))
    assert found.unlike == ("a", "b")
    assert "worlds of both differ" in found.pairing()
    assert [(one.key, one.old, one.new) for one in found.settings] == [("seed", 1, 2)]


def test_a_future_that_sets_something_else_is_unpaired_alone(tmp_path: Path) -> None:
    """One future is the same and one is not; the mean over both is then unpaired."""
    first = folder(tmp_path / "a", [[11, 15], [21, 21]])
    sets = {"futures": {"a": {}, "b": {"assessment.utilisation": 1.1}}}
    found = between(first, folder(tmp_path / "b", [[12, 16], [23, 23]], config=sets))
    paired = {one.future: one.paired for one in found.outcomes if one.policy == "plan"}
    assert paired == {"": False, "a": True, "b": False}
    assert numbers(found, "plan", "a")[2:] == [1, 1, 1]
    (one,) = found.settings
    assert (one.key, one.old, one.new) == ("futures.b.assessment.utilisation", ABSENT, 1.1)
    assert found.pairing().endswith("but for b, where the worlds differ (*).")


def test_other_code_with_the_same_baseline_has_the_same_worlds(tmp_path: Path) -> None:
    """The code differs, and whether the worlds do is seen in the baseline's runs."""
    first = folder(tmp_path / "a", [[11, 15], [21, 21]])
    same = folder(tmp_path / "b", [[12, 16], [22, 22]], code_sha256="2" * 64)
    found = between(first, same)
    assert found.unlike == ()
    assert [one.key for one in found.settings] == ["the model's code"]
    other = folder(tmp_path / "c", [[12, 16], [22, 22]], [[10, 14], [20, 21]], code_sha256="2" * 64)
    assert between(first, other).unlike == ("b",)


def test_only_what_both_have_is_held_against_each_other(tmp_path: Path) -> None:
    """Policies of one folder are named, and those of both compared."""
    first = folder(tmp_path / "a", NONE, others={"gone": NONE})
    found = between(first, folder(tmp_path / "b", NONE, others={"new": NONE}))
    assert (found.only_old, found.only_new) == (("gone",), ("new",))
    assert {one.policy for one in found.outcomes} == {"none", "plan"}
    assert [tuple(one) for one in found.settings] == [
        ("policies.gone", "there", ABSENT), ("policies.new", ABSENT, "there"),
    ]  # fmt: skip


def test_settings_differ_by_dotted_key() -> None:
    """Entries within entries by their whole key, lists as one value, names of parts as none."""
    old = {"policies": {"p": {"name": "p", "budget": 0.5, "mix": {"training": 1.0}}}, "seed": 1}
    new = {
        "policies": {"p": {"name": "q", "budget": 1.0, "mix": {"training": 0.5, "unit": 0.5}}},
        "seed": 1, "parameters": {"denial.leaders": [0.1, 0.2]},
    }  # fmt: skip
    assert [tuple(one) for one in differing(old, new)] == [
        ("policies.p.budget", 0.5, 1.0), ("policies.p.mix.training", 1.0, 0.5),
        ("policies.p.mix.unit", ABSENT, 0.5),
        ("parameters", ABSENT, {"denial.leaders": [0.1, 0.2]}),
    ]  # fmt: skip


def test_other_regions_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Communities that are not the same say nothing of a change; exit code 2."""
    first = folder(tmp_path / "a", NONE)
    second = folder(tmp_path / "b", NONE, config={"region_fingerprint": "other"})
    with pytest.raises(InputError, match="are not of one region"):
        between(first, second)
    assert cli.call(["compare", str(first), str(second)]) == 2
    assert cli.call(["compare", str(first), str(first), "--metric", "identified"]) == 2
    assert "for one results folder" in capsys.readouterr().err


def test_nothing_in_common_is_refused(tmp_path: Path) -> None:
    """Futures of other names share nothing."""
    first = folder(tmp_path / "a", NONE)
    made = Folder({"identified": {"none": NONE}}, [metric("identified")], futures=("x", "y"))
    with pytest.raises(InputError, match="have no future in common"):
        between(first, made.write(tmp_path / "b"))


def test_the_command_prints_what_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Settings, outcomes and how they were paired; a folder with itself has no change at all."""
    first = folder(tmp_path / "a", [[10, 14], [20, 20]])
    second = folder(tmp_path / "b", [[13, 15], [26, 24]], config={"horizon": 2, "title": "Other"})
    assert cli.call(["compare", str(first), str(second)]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "title Made up Other" in out
    assert "16 19.5 +3.5 +0.458 to +6.54 rises" in out
    assert "Both ran the same worlds" in out
    assert cli.call(["compare", str(first), str(first)]) == 0
    assert "No setting differs." in capsys.readouterr().out
    assert cli.call(["compare", str(first), str(second), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert [one["key"] for one in facts["settings"]] == ["title"]
    assert len(facts["outcomes"]) == 2 * 3  # policies x (all, and two futures)


def test_the_page_shows_what_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Settings and outcomes as tables, by titles, with nothing from a network."""
    first = folder(tmp_path / "a", [[10, 14], [20, 20]])
    titled = {"seed": 1, "title": "Second thoughts"}
    second = folder(tmp_path / "b", [[9, 13], [24, 26]], config=titled, title="Second thoughts")
    assert cli.call(["report", str(first), str(second)]) == 0
    path = tmp_path / "b" / "changes.html"
    assert str(path) in capsys.readouterr().out
    html = path.read_text(encoding="utf-8")
    assert "First: “Made up” (a, 8 runs)" in html
    assert "Second: “Second thoughts” (b, 8 runs)" in html
    text = " ".join(re.sub(r"<style>.*?</style>|<[^>]*>", " ", html, flags=re.DOTALL).split())
    assert "title Made up Second thoughts" in text
    assert "Youth found youth Plan all 16 18 +2" in text
    assert (
        "Youth found youth Plan A 12 11 −1 −1 to −1 falls" in text
    )  # a future that goes another way
    assert "Both ran the same worlds" in text
    assert not re.search(r"https?://|<script|\bnan\b", html)
