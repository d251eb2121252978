"""`streetlight new` and `show`: files to start from, and what a file comes to."""

from __future__ import annotations

import dataclasses
import errno
import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fake_engine import FAKE, bytes_of

from streetlight.experiments import cli
from streetlight.experiments.analyse.study import open_study
from streetlight.experiments.commands import new
from streetlight.experiments.commands.new import TEMPLATES, new_experiment
from streetlight.experiments.commands.show import described
from streetlight.experiments.config.files import shipped_names
from streetlight.experiments.config.loading import load
from streetlight.experiments.future_words import changes
from streetlight.experiments.running.runner import run
from streetlight.experiments.schema.json_schema import SCHEMA_NAME, TITLE, schema_text
from streetlight.model.errors import InputError

ODD = """\
extends: tiny
horizon: 4
replications: {min: 2, max: 6, batch: 2, half_width: 1%, metric: identified}
parameters: {spell.exit_hazard: 0.9}
policies:
  small_towns_first: {settings: {under_50000: 0.4}, budget: 2}
  m: {rule: per_youth, mix: {training: 0.5, investigators: 0.5}, teams: regional}
  turns: {schedule: [{from_year: 0, policy: m}, {from_year: 2, policy: hotspots}], teams: own}
futures:
  named:
    slow: {spell.exit_hazard: 0.016}
  sampled: {n: 4, parameters: [incidence.onset_rate]}
metrics:
  averted_person_years: {}
  identified: {smallest_difference_that_matters: 3%, satisficing_level: 120}
"""


#: The schema, made once.
schema_of_today = cache(schema_text)


@pytest.fixture(autouse=True)
def schema_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """`new` writes the same schema every time."""
    monkeypatch.setattr(new, "schema_text", schema_of_today)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_asks_a_question_of_its_own(template: str, here: Path) -> None:
    """What is printed over the answer is a question, and no words that wait to be replaced."""
    assert cli.call(["new", "mine", "--template", template]) == 0
    question = load("mine.yaml").question
    assert question.endswith("?")
    assert "you want to know" not in question


def test_every_metric_of_the_shock_template_can_be_measured(here: Path) -> None:
    """With the real engine, over the year of the shock, each has a difference and a baseline."""
    assert cli.call(["new", "mine", "--template", "shock"]) == 0
    small = dataclasses.replace(load("mine.yaml"), replications=1, horizon=4)
    done = run(small, here / "out", workers=1, figures="none")
    assert done.exit_code == 0
    study = open_study(here / "out")
    for metric in study.comparison.metrics:
        for plan in study.plans:
            assert math.isfinite(study.row(metric, plan).difference), metric
    assert study.futures[1].title == "Campaigns make people look harder"


@pytest.mark.parametrize("burn_in_years", [1, 5])
def test_years_before_the_money_may_be_few_or_many(here: Path, burn_in_years: int) -> None:
    """A real run has its years with money, whatever came before, and no blank among them."""
    text = (
        f"extends: tiny\ntitle: x\nhorizon: 2\nparameters: {{time.burn_in_years: {burn_in_years}}}"
    )
    (here / "mine.yaml").write_text(text, encoding="utf-8")
    assert run(load("mine.yaml"), here / "out", workers=1, figures="none").exit_code == 0
    study = open_study(here / "out")
    years = [study.row("reports", "none", year=year).mean for year in (0, 1, 2)]
    assert all(map(math.isfinite, years)) and min(years) > 0
    total = study.row("reports", "none").mean
    assert years[1] + years[2] == pytest.approx(total)


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_runs(template: str, here: Path) -> None:
    """What `new` writes loads, and runs on a fake engine with one future and one replicate."""
    assert cli.call(["new", "mine", "--template", template]) == 0
    experiment = load("mine.yaml")
    assert experiment.name == "mine"
    small = dataclasses.replace(
        experiment, futures=experiment.futures[:1], replications=1, precision=None, horizon=1
    )
    assert run(small, here / "out", workers=1, engine=FAKE, figures="none").exit_code == 0


@pytest.mark.slow
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_runs_in_the_model(template: str, here: Path) -> None:
    """The real engine does every policy of a template once."""
    assert cli.call(["new", "mine", "--template", template]) == 0
    experiment = dataclasses.replace(load("mine.yaml", quick=True), replications=1, horizon=2)
    assert run(experiment, here / "out", workers=1, figures="none").exit_code == 0


@pytest.mark.parametrize("template", list(TEMPLATES))
def test_new_writes_what_an_editor_needs(template: str, here: Path) -> None:
    """The schema lies beside the new file, and the file's first line leads there."""
    assert cli.call(["new", "mine", "--template", template]) == 0
    first = Path("mine.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first == f"# yaml-language-server: $schema=./{SCHEMA_NAME}"
    assert Path(SCHEMA_NAME).read_text(encoding="utf-8") == schema_text()
    table = {"region": ["mine.csv"], "budget": ["mine.csv", "mine_today.csv"]}.get(template, [])
    assert sorted(bytes_of(here)) == sorted([SCHEMA_NAME, "mine.yaml", *table])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["Mine"], "name: Mine: lower-case letters"),
        (["mine.yaml"], "leave .yaml out"),
        (["../mine"], "lower-case letters"),
        (["tiny"], "is the name of a shipped experiment"),
        (["mine", "--template", "swep"], 'did you mean "sweep"?'),
        (["there"], "there.yaml: is there already"),
        (["table", "--template", "region"], "table.csv: is there already"),
        (["link"], "link.yaml: is there already"),
    ],
)
def test_new_refuses_and_changes_nothing(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    """A bad name, an unknown template or a file in the way: exit 2, and the folder is as it was."""
    Path("there.yaml").write_text("mine")
    Path("table.csv").write_text("mine")
    Path("link.yaml").symlink_to(here / "nowhere")
    before = bytes_of(here)
    assert cli.call(["new", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert bytes_of(here) == before
    assert not (here.parent / "mine.yaml").exists()


def test_new_leaves_an_older_schema_alone(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A schema that is there stays, and `new` says how to replace it when it is another one."""
    older = json.dumps({"title": TITLE})
    Path(SCHEMA_NAME).write_text(older)
    assert cli.call(["new", "mine"]) == 0
    assert "is of another version: streetlight schema --out" in capsys.readouterr().out
    assert Path(SCHEMA_NAME).read_text() == older
    assert cli.call(["schema", "--out", SCHEMA_NAME]) == 0
    assert cli.call(["new", "other"]) == 0
    assert "another version" not in capsys.readouterr().out


def test_new_into_a_folder_that_takes_no_files(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 2 with one line, and what was written before the first failure is gone."""
    with pytest.raises(InputError, match=r"mine\.yaml: cannot be written: no such file"):
        new_experiment("mine", "region", here / "nowhere")
    fails_at = {"mine.csv": OSError(errno.EROFS, "Read-only file system")}
    opened = Path.open

    def open_or_fail(path: Path, *arguments: Any, **more: Any) -> Any:
        if path.name in fails_at:
            raise fails_at[path.name]
        return opened(path, *arguments, **more)

    monkeypatch.setattr(Path, "open", open_or_fail)
    assert cli.call(["new", "mine", "--template", "region"]) == 2
    assert capsys.readouterr().err == "mine.csv: cannot be written: read-only file system\n"
    assert list(here.iterdir()) == []


def test_new_says_that_a_file_in_the_schemas_place_is_none(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file of the schema's name that is no schema is left, and not advised to be replaced."""
    Path(SCHEMA_NAME).write_text("[]")
    assert cli.call(["new", "mine"]) == 0
    told = capsys.readouterr().out
    assert "is no schema" in told and "replaces it" not in told
    assert Path(SCHEMA_NAME).read_text() == "[]"


@pytest.mark.parametrize("name", shipped_names())
def test_every_shipped_experiment_is_shown(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`show` prints every policy, future and metric of an experiment, 120 wide."""
    assert cli.call(["show", name, "--quick"]) == 0
    out = capsys.readouterr().out
    experiment = load(name, quick=True)
    assert experiment.title in out
    named = [future for future in experiment.futures if not future.sampled]
    for one in (*experiment.all_policies(), *named, *experiment.metrics):
        assert f"  {one.name} " in out
    assert max(map(len, out.splitlines())) <= 120


def test_what_differs_is_marked(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Settings, numbers and parameters that are not the defaults show both values."""
    Path("odd.yaml").write_text(ODD)
    assert cli.call(["show", "odd.yaml"]) == 0
    out = capsys.readouterr().out
    for text in (
        "odd.yaml, which extends tiny.yaml",
        "12 communities",
        "horizon  4 years (default 10)",
        "56 to 168: 4 policies x 7 futures x 6 replicates; from 2 replicates on, 2 more",
        "known to 1% of the baseline's identified either way",
        "small_towns_first: under_50000 0.4 *",
        "(default 0.5)",
        "3% of the baseline's identified * 120 youth",
        "schedule: m from year 0, hotspots from",
        "of m + balanced *",
        "2.00 *",
        "regional *",
        "mix of m: training 50%",
        "mix balanced: campaign 15%",
        "4 sampled futures",
        "! outside what the evidence allows",
    ):
        assert text in " ".join(out.split()) or text in out, text
    row = next(line for line in out.splitlines() if "every future" in line).split()
    assert row[2:9] == ["spell.exit_hazard", "0.9", "0.02", "0.015", "to", "0.035", "!"]
    row = next(line for line in out.splitlines() if line.startswith("  slow")).split()
    assert row[1:7] == ["spell.exit_hazard", "0.016", "0.9", "0.015", "to", "0.035"]
    assert "!" not in row


def test_show_in_json_has_the_values(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`show --json` is the plain function's answer."""
    Path("odd.yaml").write_text(ODD)
    assert cli.call(["show", "odd.yaml", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts == json.loads(json.dumps(described(load("odd.yaml"))))
    assert (facts["runs"], facts["least_runs"]) == (168, 56)
    assert facts["parameters"][0]["outside"] is True
    assert facts["sampled"]["n"] == 4
    assert facts["policies"][1]["differs"] == {"under_50000": 0.5}
    assert facts["metrics"][1]["enough"] == 120.0 and facts["metrics"][1]["differs"]
    assert not facts["metrics"][0]["differs"]


def test_only_what_lies_outside_the_evidence_is_called_so() -> None:
    """Both ends of the range are inside; a list is outside when one of its values is; switches
    have no range."""
    given = {
        "spell.exit_hazard": 0.015,
        "incidence.onset_rate": 600.1,
        "denial.leaders": (0.3, 0.45, 0.75, 0.99),
        "switches.denial": False,
    }
    found = {one["name"]: one["outside"] for one in changes(given, {})}
    assert list(found.values()) == [False, True, True, False]
