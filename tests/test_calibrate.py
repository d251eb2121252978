"""Fitting to targets of one's own: what is asked, what is met, and what is left open."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from streetlight.experiments import cli
from streetlight.experiments.calibrate import fit
from streetlight.experiments.calibrate.flows import Flows
from streetlight.experiments.calibrate.free import FreeNumber, with_free
from streetlight.experiments.calibrate.quantities import QUANTITIES, Target
from streetlight.experiments.calibrate.simulated import Simulated
from streetlight.experiments.calibrate.told import identified
from streetlight.experiments.commands.calibrated_file import write_fitted
from streetlight.experiments.config.loading import load
from streetlight.experiments.config.targets import read_targets
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError
from streetlight.model.inference.shape import PATTERNS
from streetlight.model.money import policies
from streetlight.model.names import Tally
from streetlight.model.parameters import Parameters
from streetlight.model.run.simulation import simulate

ROOT = Path(__file__).parent.parent
TWELVE = "region: {synthetic: {n_communities: 12, seed: 1}}\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(text: str, name: str = "mine.yaml") -> Path:
    """A file in the current folder."""
    Path(name).write_text(text, encoding="utf-8")
    return Path(name)


def flows(**changes: object) -> Flows:
    """Two places, large and rural, with numbers of which the shares are plain."""
    region = Region.of(
        ids=["A", "B"], population=[900_000, 200_000], youth=[80_000, 20_000],
        place_class=["large metro", "rural"],
    )  # fmt: skip
    pairs = {
        "onsets": (100, 50), "knew": (20, 10), "known": (30, 6), "known_knowing": (9, 3),
        "investigated": (20, 5), "identified": (10, 2), "false_investigated": (12, 3),
        "false_identified": (2, 1),
    }  # fmt: skip
    reports = np.zeros((2, 9))
    reports[0, 0], reports[0, 3], reports[1, 3] = 10, 20, 10
    return Flows(**{
        "region": region, **{name: np.array(pair, float) for name, pair in pairs.items()},
        "reports": reports, "published": np.array([[4.0, 0.0], [0.0, 0.0]]),
        "by_duration": lambda weight: np.array([
            10 * weight(np.array([30.0]))[0], 2 * weight(np.array([6.0]))[0],
        ]),
        **changes,
    })  # fmt: skip


@pytest.mark.parametrize(
    ("name", "place_class", "channel", "expected"),
    [
        ("known_share", None, None, 36 / 150),
        ("known_share", 3, None, 6 / 50),
        ("identified_share", None, None, 12 / 150),
        ("knew_share", 0, None, 9 / 30),
        ("reports_share", None, 3, 30 / 40),
        ("reports_share", 0, 0, 10 / 30),
        ("not_substantiated_share", None, None, (40 - 15) / 40),
        ("long_share", None, None, 10 / 12),
        ("months_to_identification", None, None, (10 * 30 + 2 * 6) / 12),
        ("onsets_per_100k", None, None, 150.0),
        ("known_per_100k", 3, None, 30.0),
        ("reports_per_100k", 0, None, 37.5),
        ("investigated_per_100k", None, None, 40.0),
        ("identified_per_100k", 3, None, 10.0),
        ("published_per_100k", None, None, 2.0),
        ("record_zeros", None, None, 3 / 4),
    ],
)
def test_what_targets_are_about(
    name: str, place_class: int | None, channel: int | None, expected: float
) -> None:
    """Each quantity of two places is what it comes to on paper."""
    part, whole = Target(name, 1.0, 1.0, place_class, channel).of(flows())
    assert part / whole == pytest.approx(expected)


def test_misses_are_ratios_but_for_shapes() -> None:
    """Twice the value is as far as half of it; a shape's distance is a difference."""
    rate = Target("known_per_100k", 10.0, 1.0)
    assert rate.miss(20.0) == pytest.approx(10 * np.log(2)) == pytest.approx(-rate.miss(5.0))
    shape = Target("record_slope", 1.0, 0.1)
    assert shape.miss(1.3) == pytest.approx(3.0)
    assert shape.miss(float("nan")) == 0.0
    assert rate.met(10.9) and not rate.met(11.1)


def test_worlds_are_put_together_by_their_sums() -> None:
    """A share over worlds is the sum of parts over that of wholes, and its interval a jackknife's.

    Of a mean the jackknife gives the usual standard error: t(.975, 3) = 3.182 of four worlds.
    """
    values = np.array([1.0, 2.0, 4.0, 5.0])
    look = Simulated(
        np.stack([np.stack([values, [1, 1, 2, 4]], 1), np.stack([values, [1.0] * 4], 1)], 1)
    )
    assert look.means == pytest.approx([12 / 8, 3.0])
    assert look.half_widths[1] == pytest.approx(3.182 * np.sqrt(10 / 3 / 4), rel=1e-3)
    untold = Simulated(np.array([[[np.nan, 1.0]], [[3.0, 1.0]]]))
    assert untold.means == pytest.approx([3.0])


def test_free_numbers_move_on_their_own_scale() -> None:
    """Half of a range of logarithms from 1 to 100 is a factor of 10; one entry moves alone."""
    one = FreeNumber("spell.exit_hazard", 10.0, 1.0, 100.0)
    assert one.step_of(100.0) == pytest.approx(1.0) and one.value_at(-1.0) == pytest.approx(1.0)
    assert one.value_at(5.0) == 100.0
    odds = FreeNumber("x", 0.5, 0.1, 0.9, scale="logit")
    assert odds.value_at(1.0) == pytest.approx(0.9)
    free = [
        FreeNumber("encounter.contact_rate", 0.05, 0.01, 0.1, 1),
        FreeNumber("x", 1.0, 0.5, 2.0, factor_of={"denial.leaders": (0.1, 0.2, 0.3, 0.4)}),
    ]
    moved = with_free(Parameters(), free, np.array([0.02, 2.0]))
    before = Parameters().encounter.contact_rate
    assert moved.encounter.contact_rate == (before[0], 0.02, *before[2:])
    assert moved.denial.leaders == (0.2, 0.4, 0.6, 0.8)


def test_what_targets_leave_open_is_named() -> None:
    """A number that moves nothing is open alone; two that move the same are so together."""
    slopes = np.array([[5.0, 0.0, 0.0, 0.0], [0.0, 4.0, 4.0, 0.01]])
    found = identified(slopes)
    assert (found.n_told, found.alone, found.together) == (2, (3,), (1, 2))
    assert identified(np.diag([2.0, 3.0])).n_told == 2


def test_known_parameters_are_found_again(here: Path) -> None:
    """Targets that two parameters away from their defaults give lead back to these parameters."""
    truth = {"disclosure.hazard": 0.085, "incidence.onset_rate": 330.0}
    task = read_targets(written(
        TWELVE + "free: [disclosure.hazard, incidence.onset_rate]\nreplicates: 0\ntargets:\n"
        "  - {target: known_share, value: 0.5}\n  - {target: reports_per_100k, value: 1}\n"
    ))  # fmt: skip
    values = fit.expected_of(task, Parameters().with_values(truth))
    aims = [
        Target(one.name, value, 0.05 * value)
        for one, value in zip(task.targets, values, strict=True)
    ]
    object.__setattr__(task, "targets", tuple(aims))
    found = fit.calibrated(task, lambda text: None, lambda: None)
    assert found.values == pytest.approx([*truth.values()], rel=0.01)
    assert found.runs is None and found.expected == pytest.approx(values, rel=0.005)


def fake_engine(monkeypatch: pytest.MonkeyPatch, task: object) -> list[Parameters]:
    """Puts formulas in the place of the expectation and of runs; gives who was looked at.

    By the expectation the first target is 10 times the hazard, in runs twice that; the second, of
    runs alone, is the share of small places that publish plus the hazard.
    """
    seen: list[Parameters] = []

    def expected(_: object, p: Parameters) -> np.ndarray:
        return np.array([10.0 * p.disclosure.hazard, np.nan])

    def simulated(_: object, p: Parameters, first: int, n: int, tick: object) -> Simulated:
        seen.append(p)
        values = [20.0 * p.disclosure.hazard, p.recording.publish_small + p.disclosure.hazard]
        return Simulated(np.array([[[v, 1.0] for v in values]] * n))

    monkeypatch.setattr(fit, "expected_of", expected)
    monkeypatch.setattr(fit, "simulated", simulated)
    return seen


def test_runs_correct_the_expectation(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fit is to what runs give, of targets that only runs have as well."""
    task = read_targets(written(
        TWELVE + "free: [disclosure.hazard, recording.publish_small]\nreplicates: 2\ntargets:\n"
        "  - {target: known_share, value: 0.6, tolerance: 0.01}\n"
        "  - {target: record_zeros, value: 0.4, tolerance: 0.01}\n"
    ))  # fmt: skip
    seen = fake_engine(monkeypatch, task)
    found = fit.calibrated(task, lambda text: None, lambda: None)
    assert found.values == pytest.approx([0.03, 0.37], rel=0.02)
    assert found.runs.means == pytest.approx([0.6, 0.4], rel=0.02)
    assert found.expected[0] == pytest.approx(0.3, rel=0.02)
    assert seen[0] == Parameters()


def test_values_that_cannot_hold_together_end_a_fit(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A share of mean .3 cannot vary by 1.57: the fit stops before it, and says what stops it."""
    path = written(
        TWELVE + "free: [recording.recorded]\nreplicates: 0\n"
        "targets: [{target: known_share, value: 0.5}]\n"
    )
    monkeypatch.setattr(fit, "expected_of", lambda _, p: np.array([p.recording.recorded]))
    assert cli.call(["calibrate", str(path)]) == 0
    out = capsys.readouterr().out
    assert "Cannot be moved on beside the others: recording.recorded (recording.recorded_cv:" in out
    assert 0.25 < load("mine_fitted.yaml").overrides["recording.recorded"] < 0.3


def test_what_is_out_of_reach_is_said(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A target beyond the range of what is free is not met, the end is named, the code is 0."""
    path = written(
        TWELVE + "free: [disclosure.hazard, spell.exit_hazard]\nreplicates: 0\n"
        "targets: [{target: known_share, value: 0.99, source: a survey}]\n"
    )
    fake_engine(monkeypatch, None)
    monkeypatch.setattr(fit, "expected_of", lambda _, p: np.array([8.0 * p.disclosure.hazard]))
    assert cli.call(["calibrate", str(path)]) == 0
    out = capsys.readouterr().out
    assert re.search(r"known_share +0\.99 +0\.0495 +0\.4 +0\.8 +not made +NOT MET", out)
    assert "Could not be met: known_share." in out
    assert "which may be why: disclosure.hazard." in out
    assert "so where it stands is no finding: spell.exit_hazard." in out
    text = Path("mine_fitted.yaml").read_text(encoding="utf-8")
    assert "aimed at 0.99 +- 0.0495; expectation 0.8: NOT MET; source: a survey" in text
    assert load("mine_fitted.yaml").overrides == {
        "disclosure.hazard": 0.1, "spell.exit_hazard": 0.02,
    }  # fmt: skip


BAD = """horizon: 3
region: {synthetic: {n_communities: 3, seed: 1}}
parameters: {spell.exit_hazzard: 0.1}
free:
  switches.denial: range
  encounter.contact_rate.shool: range
  encounter.contact_rate: range
  encounter.contact_rate.police: range
  spell.exit_hazard: [0.3, 0.1]
  denial.leaders: [0.9, 1.3]
  incidence.covariate_effect: range
  incidence.type_mix: range
targets:
  - {target: known_shar, value: 0.2}
  - {target: known_share, value: 20}
  - {target: reports_share, value: 0.2}
  - {target: known_share, value: 0.2, channel: self}
  - {target: identified_per_100k, value: -1, tolerance: 0}
  - {target: known_share, value: 0.2, place_class: large metro}
  - {target: knew_share, value: 0.2}
  - {target: knew_share, value: 0.3}
replicates: 1000
"""
SAID = (
    "1:1: horizon: unknown key", "3:14: spell.exit_hazzard: no parameter has this name",
    "5:3: free: switches.denial: is a switch", '6:3: free: encounter.contact_rate.shool: shool: ',
    "8:3: free: encounter.contact_rate.police: moves with line 7",
    "9:22: spell.exit_hazard: [0.3, 0.1]: must be [lowest, highest]",
    "10:19: denial.leaders: [0.9, 1.3]: makes 1.144 of 0.88: must lie between 0 and 1",
    "11:3: free: incidence.covariate_effect: its card gives no range",
    "12:3: free: incidence.type_mix: its shares sum to 1",
    "14:14: target: known_shar: must be one of: known_share,",
    "15:34: value: 20: must lie between 0 and 1", "16:5: target: reports_share: needs a channel",
    "17:48: channel: self: says nothing of known_share", "18:42: value: -1: must be above 0",
    "18:57: tolerance: 0: must be above 0", "19:52: place_class: large metro: the region has no",
    "21:5: target: knew_share: listed twice", "22:13: replicates: 1000: must be 200 or less",
)  # fmt: skip


def test_everything_wrong_with_a_file_is_said_at_once(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each problem has its line, column, key, value and what is allowed; nothing is written."""
    with pytest.raises(InputError) as error:
        read_targets(written(BAD))
    for problem, said in zip(error.value.problems, SAID, strict=True):
        assert problem.startswith(f"mine.yaml:{said}")
    assert cli.call(["calibrate", "mine.yaml"]) == 2
    assert [one.name for one in here.iterdir()] == ["mine.yaml"]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [("[1]\n", "mine.yaml:1:1: file: must be a mapping"), ("", "mine.yaml:1:1: "),
     ("region: us_counties\n", "mine.yaml:1:1: free: is missing; it is required")],
)  # fmt: skip
def test_what_is_no_file_of_targets(here: Path, text: str, said: str) -> None:
    """A list, an empty file and a file without targets are refused where they begin."""
    with pytest.raises(InputError) as error:
        read_targets(written(text))
    assert error.value.problems[0].startswith(said)


def test_files_of_others_are_never_replaced(here: Path) -> None:
    """Only what the command wrote itself may be written anew, and only under a usable name."""
    targets = written(TWELVE + "free: [disclosure.hazard]\ntargets:\n"
                      "  - {target: known_share, value: 0.2}\n")  # fmt: skip
    written("title: mine\n", "mine_fitted.yaml")
    assert cli.call(["calibrate", str(targets)]) == 2
    assert Path("mine_fitted.yaml").read_text(encoding="utf-8") == "title: mine\n"
    assert cli.call(["calibrate", str(targets), "--out", "My fit.yaml"]) == 2
    assert cli.call(["calibrate", str(targets), "--out", "no/fit.yaml"]) == 2


def test_a_file_is_written_whole_or_not_at_all(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while a file is written leaves the old one, and no part of the new one."""
    write_fitted(Path("fit.yaml"), "old\n")

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_fitted(Path("fit.yaml"), "new\n")
    assert [one.name for one in here.iterdir()] == ["fit.yaml"]
    assert Path("fit.yaml").read_text(encoding="utf-8") == "old\n"


def test_the_page_does_what_it_says(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The example of docs/calibrate.md is fitted, and runs of its file give the targets."""
    page = (ROOT / "docs/calibrate.md").read_text(encoding="utf-8")
    written(re.search(r"```yaml\n# vermont.yaml\n(.*?)```", page, re.S)[1], "vermont.yaml")
    for line in re.search(r"```bash\n(.*?)```", page, re.S)[1].splitlines():
        words = line.split()[1:]
        assert cli.call([*words, *(["--json"] if words[0] == "calibrate" else [])]) == 0
    told, _ = json.JSONDecoder().raw_decode(capsys.readouterr().out)
    assert [one["verdict"] for one in told["targets"]] == ["met", "met"]
    experiment = load("vermont_fitted.yaml")
    parameters = Parameters().with_values(dict(experiment.overrides))
    onsets, known, reports = 0, 0, 0
    for replicate in range(10):
        run = simulate(
            parameters, experiment.region, policies.none(), seed=7, replicate=replicate, years=6
        ).truth
        onsets += run.tally(Tally.FIRST_ONSETS).sum() + run.tally(Tally.LATER_ONSETS).sum()
        known += run.tally(Tally.KNOWN).sum()
        reports += run.tally(Tally.REPORTS).sum() + run.tally(Tally.FALSE_REPORTS).sum()
    assert known / onsets == pytest.approx(0.16, abs=0.02)
    assert 1e5 * reports / 60 / experiment.region.youth.sum() == pytest.approx(55, abs=8)
    listed = {name for row in re.findall(r"^\| (`[a-z_0-9`, ]+`) \|", page, re.M)
              for name in re.findall(r"`(\w+)`", row)}  # fmt: skip
    assert set(QUANTITIES) <= listed
    assert {f"record_{name.replace(' ', '_')}" for name in PATTERNS} <= set(QUANTITIES)


def test_the_template_can_be_calibrated(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`new --template calibrate` writes a file of targets that nothing is wrong with."""
    assert cli.call(["new", "mine", "--template", "calibrate"]) == 0
    assert "next: streetlight calibrate mine.yaml" in capsys.readouterr().out
    task = read_targets(Path("mine.yaml"))
    assert len(task.free) == len(task.targets) == 3
