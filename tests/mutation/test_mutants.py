"""Faults are made where they should be, and only there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from mutants import mutants, mutated, sample
from run import QUICK, install_packages, stages, summary, wilson

SOURCE = '''
"""Text stays."""
from __future__ import annotations

@kernel
def first(values: Array[int | None], n=2) -> float | None:
    """Text stays."""
    if not values:
        return 0.0
    s.total += values[n - 1]
    return min(values)
'''


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package of one module, beside a folder of scripts that is none."""
    (tmp_path / "__init__.py").touch()
    (tmp_path / "module.py").write_text(SOURCE)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "script.py").write_text(SOURCE)
    return tmp_path


def test_every_fault_of_a_small_function(package: Path) -> None:
    """All faults by hand, in the order of the text; none in text, annotations and decorators."""
    found = [(m.line, m.kind, m.before, m.after) for m in mutants(package)]
    assert {m.function for m in mutants(package)} == {"first"}
    assert found == [
        (6, "constant", "2", "3"),
        (8, "condition", "if not values", "if not not values"),
        (8, "sign", "not values", "values"),
        (9, "removed", "return 0.0", "pass"),
        (9, "constant", "0.0", "1.0"),
        (10, "removed", "s.total += values[n - 1]", "pass"),
        (10, "operator", "Add", "Sub"),
        (10, "index", "values[n - 1]", "values[n - 1 + 1]"),
        (10, "operator", "Sub", "Add"),
        (10, "constant", "1", "2"),
        (11, "function", "min", "max"),
    ]


def test_a_mutant_has_its_fault_and_no_other(package: Path) -> None:
    """Each source differs from that without a fault in one line, which has what was announced."""
    plain = mutated(SOURCE, None).splitlines()
    for mutant in mutants(package):
        changed = mutated(SOURCE, mutant.number).splitlines()
        lines = [b for a, b in zip(plain, changed, strict=True) if a != b]
        assert len(lines) == 1
        if mutant.kind not in ("operator", "condition"):
            assert mutant.after in lines[0]


def test_a_larger_sample_begins_with_the_smaller(package: Path) -> None:
    """The order of the mutants is that of the seed, whatever the size of the sample."""
    assert sample(package, 5, seed=3) == sample(package, 9, seed=3)[:5]
    assert sample(package, 5, seed=3) != sample(package, 5, seed=4)
    assert len(set(sample(package, 100, seed=3))) == len(mutants(package))
    assert len(sample(package, 100, 3, ["mod*", "other.py"])) == len(mutants(package))
    assert sample(package, 100, 3, ["other.py"]) == []


def test_every_test_file_runs_once_and_those_that_name_the_function_first() -> None:
    """Quick files have a stage of their own for a module with kernels, and for no other."""
    tests = Path(__file__).parents[1]
    files = [file.relative_to(tests.parent).as_posix() for file in tests.rglob("test_*.py")]
    for module, function, n in (
        ("week/assess.py", "lapse", len(QUICK)),
        ("money/table.py", "within", 0),
    ):
        found = stages(module, "others", function)
        every = [file for stage in found.values() for file in stage]
        assert all(found.values())  # pytest without files would run all of them
        assert sorted(every) == sorted(file for file in files if "reference" not in file)
        assert len(found.get("uncompiled", [])) == n
        named = [
            re.search(rf"\b{function}\b", (tests.parent / file).read_text()) is not None
            for file in found["others"]
        ]
        assert named == sorted(named, reverse=True)


def test_packages_of_a_copy_are_imported_from_their_own_folders(tmp_path: Path) -> None:
    """Not by a link inside another package, or a file would have two paths."""
    (tmp_path / "pyproject.toml").write_text(
        '[tool.setuptools.package-dir]\nface = "face"\n"face.model" = "model"\n'
    )
    for folder in ("face", "model"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "__init__.py").touch()
    (tmp_path / "model" / "part.py").touch()
    assert install_packages(tmp_path) == "face.model"
    code = "import face.model.part as part; print(part.__file__)"
    found = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    assert Path(found) == tmp_path / "model" / "part.py"


def test_shares_leave_out_equivalent_mutants() -> None:
    """Of five, one is equivalent, one survives and one is seen by a reference run alone."""
    row = {"name": "a", "kind": "b", "before": "c", "after": "d", "code": "e", "equivalent": ""}
    stage = ("uncompiled", "others", "reference", "survived")
    rows = [{**row, "stage": s} for s in stage] + [{**row, "stage": "survived", "equivalent": "x"}]
    text = summary(rows, last="reference")
    assert "5 mutants, of which 1 are equivalent" in text
    assert "without reference runs: 2 of 4" in text and "with all tests: 3 of 4" in text
    assert text.count("c -> d") == 1


def test_the_interval_of_a_share() -> None:
    """Wilson's interval of 8 in 10 is 0.490 to 0.943 (Newcombe 1998 gives the formula)."""
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
