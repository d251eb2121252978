"""Machine code is kept by all that it was made of, also by what a new file of kernels takes in."""

from __future__ import annotations

import shutil
from pathlib import Path

import numba
import pytest
from small_worlds import begun

from streetlight.experiments.running.cells import is_compiled
from streetlight.model import compiled
from streetlight.model.communities.region import Region
from streetlight.model.compiled import ROOT, kernel_hash, known_hash
from streetlight.model.parameters import Parameters
from streetlight.model.run.simulation import Simulation
from streetlight.model.week.compile_ahead import signature
from streetlight.model.week.week import PHASES

#: A file of kernels that imports only `phase`, and takes a number by way of another constant.
PHASE_ONLY = """
from streetlight.model.compiled import phase
from streetlight.model.world_of_test.numbers_of_test import STRENGTH, plain_words

_HALF = 0.5 * STRENGTH


@phase
def grow(s, when):
    s.public[0, 0] += _HALF


def in_words():
    return plain_words()
"""


READ = compiled._read
SOURCES: dict[bytes, compiled.Source] = {}


def copy_in(folder: Path) -> Path:
    """A copy of the model with a new file of kernels, its numbers in a folder of their own."""
    root = folder / "model"
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns("data", "__pycache__"))
    (root / "growing.py").write_text(PHASE_ONLY)
    folder = root / "world_of_test"
    folder.mkdir()
    (folder / "numbers_of_test.py").write_text(
        "from model.deeper_of_test import BASE\nfrom model.words_of_test import say\n"
        "STRENGTH = BASE + 1.0\n\n\ndef plain_words():\n    return say()\n"
    )
    (root / "deeper_of_test.py").write_text("BASE = 2.0\n")
    (root / "words_of_test.py").write_text("def say():\n    return 'words'\n")
    return root


@pytest.fixture(autouse=True)
def parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a file imports and uses depends on its bytes alone: files that no test edits are parsed
    once for all of them."""
    monkeypatch.setattr(compiled, "_read", lambda path: source_of(path.read_bytes(), path))


def source_of(text: bytes, path: Path) -> compiled.Source:
    """What a file of this text imports and uses."""
    if text not in SOURCES:
        SOURCES[text] = READ(path)
    return SOURCES[text]


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy that a test may do anything with."""
    return copy_in(tmp_path)


@pytest.fixture(scope="module")
def unedited(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A copy that is left as it was found, and its hash."""
    root = copy_in(tmp_path_factory.mktemp("unedited"))
    return root, kernel_hash(root)


@pytest.mark.parametrize(
    ("file", "stale"),
    [
        ("growing.py", True),
        ("world_of_test/numbers_of_test.py", True),
        ("deeper_of_test.py", True),
        ("words_of_test.py", False),  # only a plain function uses it
        ("names.py", True),
        ("world/state.py", True),
        ("compiled.py", True),
        ("draws.py", True),
        ("equations.py", True),
        ("money/rules/formulas.py", False),
        ("parameters/truth.py", False),
        ("money/mixes.py", False),
        ("agents/model.py", False),
    ],
)  # fmt: skip
def test_an_edit_makes_kernels_stale_where_it_can_change_them(
    unedited: tuple[Path, str], file: str, stale: bool
) -> None:
    """Files of kernels and whatever these compile in are in the hash; rules and pages are not."""
    root, before = unedited
    path = root / file
    text = path.read_bytes()
    path.write_bytes(text + b"\nADDED = 1\n")
    try:
        assert (kernel_hash(root) != before) is stale
    finally:
        path.write_bytes(text)


def test_kernels_in_rooms_are_found_under_any_name_of_the_package(copied: Path) -> None:
    """The hash follows files into sub-folders, whatever the folder is installed as."""
    room = copied / "week_of_test"
    room.mkdir()
    text = PHASE_ONLY.replace("from model.", "from streetlight.model.")
    (room / "__init__.py").write_text("")
    (room / "growing.py").write_text(text)
    (copied / "growing.py").unlink()
    before = kernel_hash(copied)
    (copied / "deeper_of_test.py").write_text("BASE = 3.0\n")
    numbers = kernel_hash(copied)
    (room / "growing.py").write_text(text.replace("0.5", "0.6"))
    assert len({before, numbers, kernel_hash(copied)}) == 3


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")
def test_a_run_that_has_its_kernels_does_not_compile_them_first() -> None:
    """Kernels compiled before the tests are found where the next run looks for them."""
    assert is_compiled()


def test_phases_are_compiled_ahead_for_what_they_are_called_with() -> None:
    """A world's week calls each phase with the types that it is compiled for ahead."""
    world = begun(Parameters(), Region.synthetic(4, seed=1))
    Simulation(world, None, phases={"learn": None}).step()
    for name, phase in PHASES.items():
        if name != "learn":
            assert phase.signatures == [signature()], name


def test_machine_code_is_kept_where_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder is made with all that is above it; where a file stands in the way, another is."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "not" / "there"))
    folder = Path(compiled._cache_folder())
    assert folder.parent == tmp_path / "not" / "there" / "streetlight" and folder.is_dir()
    (tmp_path / "file").touch()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert Path(compiled._cache_folder()).is_relative_to(tmp_path / "home")


def test_the_hash_of_kernels_is_noted_by_the_files_it_was_made_of(
    copied: Path, tmp_path: Path
) -> None:
    """A note is believed only for the very files it names, and only if it is whole."""
    found = known_hash(tmp_path, copied)
    assert found == kernel_hash(copied)
    (note,) = tmp_path.glob("kernels-of-*")
    note.write_text("0" * 64)
    assert known_hash(tmp_path, copied) == "0" * 64  # read, not worked out again
    note.write_text(found[:20])
    assert known_hash(tmp_path, copied) == found == note.read_text()
    note.write_text("0" * 64)
    (copied / "deeper_of_test.py").write_text("BASE = 3.0\n")
    assert known_hash(tmp_path, copied) == kernel_hash(copied) != found
