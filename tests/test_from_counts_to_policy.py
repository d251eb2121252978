"""docs/from-counts-to-policy.md: its files and commands, in order, and the numbers they print."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

import streetlight as sl
from streetlight.experiments import cli
from streetlight.experiments.config.loading import load
from streetlight.model.run.truth_key import truth_key

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "from-counts-to-policy.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.M | re.S)
FUTURES = Path("results/counts-estimate/futures.yaml")


def told(kind: str, text: str) -> None:
    """Do what a block says; it prints."""
    if kind == "python":
        exec(compile(text, "docs/from-counts-to-policy.md", "exec"), {"__name__": "page"})
    for line in text.splitlines() if kind == "bash" else ():
        program, *words = shlex.split(line)
        assert program == "streetlight"
        alone = ["--workers", "1"] if words[0] == "run" else []
        assert cli.call([*words, *alone]) == 0, line


@pytest.mark.slow
def test_the_page_says_what_its_commands_print(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every line of output that the page shows is printed by a command above it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    files, printed = iter(("made.yaml", "decision.yaml")), ""
    for kind, text in BLOCKS:
        if kind == "yaml":
            futures = FUTURES.read_text(encoding="utf-8") if FUTURES.exists() else ""
            Path(next(files)).write_text(text + futures, encoding="utf-8")
        elif kind == "text":
            lines = {line.rstrip() for line in printed.splitlines()}
            assert [line for line in text.splitlines() if line.rstrip() not in lines] == []
        else:
            told(kind, text)
            printed += capsys.readouterr().out
    assert next(files, None) is None
    likeness = json.loads(Path("results/decision/own_record.json").read_text(encoding="utf-8"))
    assert f"of {likeness['worlds']} of their worlds {likeness['as_far']} are as far" in PAGE


def test_the_truth_that_the_page_looks_up(tmp_path: Path) -> None:
    """Onsets and published reports of the world whose record it exports."""
    path = tmp_path / "made.yaml"
    path.write_text(next(text for kind, text in BLOCKS if kind == "yaml"), encoding="utf-8")
    made = load(str(path))
    world = sl.draw_world(sl.Parameters(), made.region, seed=made.seed, future="central",
                          replicate=0, years=made.horizon)  # fmt: skip
    history = sl.run_policy(world, sl.policies.none())
    onsets = truth_key(history).onsets.sum()
    assert f"{onsets / 8:,.0f} victimizations began a year" in PAGE
    assert f"{onsets / 8 / made.region.youth.sum() * 1e5:.0f} per 100,000 youth" in PAGE
    reports = history.record.published_reports.sum()
    assert f"{reports:.0f} reports were published of {onsets:,.0f} victimizations" in PAGE
