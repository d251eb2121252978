"""docs/extending.md: its code runs, its changes of the model apply, and the changed model runs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from streetlight.experiments.metrics import METRICS, OWN_METRICS

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
CHANGES = dict(
    zip(("lever", "sector"), re.findall(r"^```diff\n(.*?)^```", PAGE, re.M | re.S), strict=True)
)

#: What is run in the changed model, and what it prints.
TRIED = {
    "lever": (
        "policy = sl.Policy('own', lambda view: view.youth, {'mentors': 1.0}, budget=5.0)\n"
        "history = sl.simulate(sl.Parameters(), region, policy, years=1)\n"
        "print(round(history.spending.units[0, 0, -1], 6))",
        "5.0",  # 3,000 residents at 5 dollars, 5,000 of them fixed, 2,000 a mentor
    ),
    "sector": (
        "only = {'encounter.contact_rate': (0.0, 0.0, 0.0, 0.0, 0.0, 40.0),\n"
        "        'incidence.onset_rate': 6000.0}\n"
        "parameters = sl.Parameters().with_values(only)\n"
        "history = sl.simulate(parameters, region, sl.policies.none(), years=1)\n"
        "reports = history.record.counts.referrals.sum(axis=(0, 1))\n"
        "print(len(reports), reports[8] > 0)",
        "10 True",
    ),
}


@pytest.fixture
def _as_it_was() -> Iterator[None]:
    """The metric that the page defines is gone after it."""
    yield
    for names in (METRICS, OWN_METRICS):
        names.pop("dollars_per_report")


@pytest.mark.usefixtures("_as_it_was")
def test_the_code_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mechanism and a metric, block by block, as a reader would try them."""
    monkeypatch.chdir(tmp_path)
    space = {"__name__": "page"}
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE, re.M | re.S)
    for block in blocks:
        exec(compile(block, "docs/extending.md", "exec"), space)
    assert len(blocks) == 3


def changed(folder: Path, change: str) -> Path:
    """A copy of the package with a change of the page."""
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("streetlight", "model", "experiments"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    (folder / "change.diff").write_text(CHANGES[change], encoding="utf-8")
    subprocess.run(["git", "apply", "-p1", "change.diff"], cwd=folder, check=True)
    for name in ("model", "experiments"):
        (folder / name).rename(folder / "streetlight" / name)
    return folder


@pytest.mark.parametrize("change", TRIED)
def test_the_changes_of_the_page_apply(tmp_path: Path, change: str) -> None:
    """Every line that they change stands where the page says."""
    assert (changed(tmp_path, change) / "streetlight/model/names.py").exists()


@pytest.mark.slow
@pytest.mark.parametrize("change", TRIED)
def test_the_changed_model_runs(tmp_path: Path, change: str) -> None:
    """One place for a year, without compiling: the lever is bought, the sector reports."""
    code, said = TRIED[change]
    head = "import streetlight as sl\nregion = sl.Region.synthetic(1, seed=1, population=3000)\n"
    done = subprocess.run(
        [sys.executable, "-c", head + code], cwd=changed(tmp_path, change), text=True, check=True,
        capture_output=True, env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
    )  # fmt: skip
    assert done.stdout.strip() == said
