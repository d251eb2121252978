"""The results folder: locks, what is kept and what is set aside, and the tables' contents."""

from __future__ import annotations

import csv
import json
import math
import os
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fake_engine import FAKE, SERIES, bytes_of, small_experiment, unmerged

from streetlight.experiments.analyse.whole import compare
from streetlight.experiments.analyse.writing import cell_text
from streetlight.experiments.running import adopting
from streetlight.experiments.running.design import expand
from streetlight.experiments.running.disk import is_parquet
from streetlight.experiments.running.merging import Packed
from streetlight.experiments.running.parts import TABLES, Kept, found_in
from streetlight.experiments.running.runner import run
from streetlight.experiments.running.store import FolderError, Store
from streetlight.experiments.running.tables import counted
from streetlight.model.money.policies import build


def names_in(folder: Path) -> set[str]:
    """Names of the files and folders directly in a folder."""
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of the small experiment, which nobody changes."""
    return done(tmp_path_factory.mktemp("made") / "small")


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return shutil.copytree(finished, tmp_path / "small")


def done(folder: Path, **changes: object) -> Path:
    """The results of the small experiment, done in a folder."""
    result = run(small_experiment(**changes), folder, workers=1, engine=FAKE, figures="none")
    assert result.exit_code == 0
    return folder


def test_the_folder_holds_what_its_readme_says(folder: Path) -> None:
    """A run leaves the tables, the comparison, the manifest and the log, and nothing temporary."""
    assert names_in(folder) == {
        "runs.parquet", "communities.parquet", "groups.parquet", "levers.parquet",
        "series.parquet", "design.parquet", "comparison.csv", "robustness.csv", "regret.csv",
        "pareto.csv", "measures.parquet", "precision.csv", "manifest.json", "log.txt", "cells",
        "cells.json", ".lock",
    }  # fmt: skip
    assert names_in(folder / "cells") == set()  # nothing is kept twice
    readme = (Path(__file__).parent.parent / "results" / "README.md").read_text()
    for name in names_in(folder) - {".lock"}:
        assert f"`{name}" in readme


def test_rows_stand_in_the_order_of_the_configuration(finished: Path) -> None:
    """runs.parquet has a row a run: by policy (baseline first), future, replicate."""
    table = pq.read_table(finished / "runs.parquet")
    rows = list(
        zip(*(table[c].to_pylist() for c in ("policy", "future", "replicate")), strict=True)
    )
    assert rows == [
        (policy, future, replicate)
        for policy in ("none", "equal_shares", "per_youth")
        for future in ("central", "dry")
        for replicate in (0, 1)
    ]
    assert str(table.schema.field("replicate").type) == "int32"
    assert str(table.schema.field("policy").type).startswith("dictionary")
    assert {str(table.schema.field(n).type) for n in table.column_names[3:]} == {"double"}


def test_the_other_tables_have_narrow_types_and_public_facts(folder: Path) -> None:
    """Communities carry their public facts in every run; numbers are int32 and float32."""
    region = small_experiment().region
    communities = pq.read_table(folder / "communities.parquet")
    assert communities.num_rows == 12 * region.n_communities
    first = communities.slice(0, region.n_communities)
    assert first["community"].to_pylist() == list(region.ids)
    assert first["youth"].to_pylist() == np.rint(region.youth).tolist()
    assert str(communities.schema.field("known").type) == "int32"
    assert str(communities.schema.field("spending").type) == "float"
    groups = pq.read_table(folder / "groups.parquet")
    assert groups.num_rows == 12 * 9
    kinds = zip(*(groups[c].to_pylist()[:9] for c in ("exploitation_type", "gender")), strict=True)
    assert list(kinds) == [
        (kind, gender)
        for kind in ("sexual", "labour or criminal", "both")
        for gender in ("girl", "boy", "gender-diverse")
    ]
    assert str(groups.schema.field("known").type) == "int32"
    assert str(groups.schema.field("true_active_person_years").type) == "double"
    series = pq.read_table(folder / "series.parquet")
    assert series.num_rows == 12 * (36 + 24) * 4
    assert series["month"].to_pylist()[:5] == [0, 0, 0, 0, 1]
    assert series["place_class"].to_pylist()[:4] == ["large metro", "small metro", "town", "rural"]
    assert set(SERIES) < set(series.column_names)
    levers = pq.read_table(folder / "levers.parquet")
    assert levers.num_rows == 8 * 3
    assert levers["lever"].to_pylist()[:3] == ["campaign", "training", "channel"]
    assert levers["community"].to_pylist()[0] == region.ids[0]


def test_the_manifest_can_be_read_back(folder: Path, tmp_path: Path) -> None:
    """manifest.json says what was run, and its configuration is enough to compare again."""
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["status"] == "done"
    assert manifest["counts"] == {"runs": 12, "kept": 0, "done": 12, "failed": 0}
    assert manifest["policies"][0] == {"name": "none", "is_oracle": False}
    assert manifest["baseline"] == "none"
    assert set(manifest["cells"]["per_youth/dry/1"]) <= set("0123456789abcdef")
    assert str(tmp_path) not in json.dumps(manifest)
    rows = compare(folder).rows
    with (folder / "comparison.csv").open() as stream:
        written = list(csv.DictReader(stream))
    assert [row["policy"] for row in written] == [row.policy for row in rows]
    assert float(written[0]["difference"]) == pytest.approx(rows[0].difference, rel=1e-9)


def test_a_folder_is_looked_through_as_often_for_many_runs_as_for_few(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is kept of an interrupted experiment is found at once, not run by run."""
    looks: list[int] = []

    class Counting(Kept):
        def look(self) -> None:
            looks.append(1)
            super().look()

    monkeypatch.setattr(adopting, "Kept", Counting)
    counts = []
    for replications in (1, 6):
        with Store(done(tmp_path / str(replications)), "small") as store:
            looks.clear()
            cells = [one for group in expand(small_experiment(replications=replications))
                     for one in group.cells]  # fmt: skip
            adopting.Adopting(store, [one.key for one in cells], "other settings")
            counts.append(len(looks))
    assert counts[0] == counts[1] > 0


def test_a_finished_run_is_not_done_again(folder: Path) -> None:
    """The same experiment again keeps every run and writes the same bytes."""
    before = bytes_of(folder)
    result = run(small_experiment(), folder, workers=1, engine=FAKE, figures="none")
    assert (result.n_kept, result.n_done) == (12, 0)
    assert bytes_of(folder) == before


def test_a_changed_seed_sets_runs_aside_and_takes_them_back(folder: Path) -> None:
    """Other settings move runs to stale/; the old settings find them there again."""
    before = bytes_of(folder)
    changed = run(small_experiment(seed=4), folder, workers=1, engine=FAKE, figures="none")
    assert (changed.n_kept, changed.n_done) == (0, 12)
    (shelf,) = (folder / "stale").iterdir()
    assert {"cells.json", "levers.parquet"} <= names_in(shelf)
    back = run(small_experiment(), folder, workers=1, engine=FAKE, figures="none")
    assert (back.n_kept, back.n_done) == (12, 0)
    assert bytes_of(folder) == before


def test_adding_a_policy_keeps_the_others(folder: Path, tmp_path: Path) -> None:
    """Only the runs of the new policy are done, although the world has to be drawn again."""
    policies = (*small_experiment().policies, build("poverty_need"))
    more = small_experiment(policies=policies)
    result = run(more, folder, workers=1, engine=FAKE, figures="none")
    assert (result.n_kept, result.n_done) == (12, 4)
    fresh = done(tmp_path / "fresh" / "small", policies=policies)
    assert bytes_of(folder) == bytes_of(fresh)


def test_a_new_name_for_a_policy_keeps_its_runs(folder: Path) -> None:
    """Results belong to what a policy does, not to what the file calls it."""
    policies = (build("equal_shares", budget=0.25, name="alike"), small_experiment().policies[1])
    renamed = small_experiment(policies=policies)
    result = run(renamed, folder, workers=1, engine=FAKE, figures="none")
    assert (result.n_kept, result.n_done) == (12, 0)
    assert "alike" in pq.read_table(folder / "runs.parquet")["policy"].to_pylist()


def test_half_a_part_is_done_again(finished: Path, tmp_path: Path) -> None:
    """Runs of a world that a full disk left incomplete are noticed and repeated."""
    good = bytes_of(finished)
    folder = unmerged(tmp_path / "small")
    parts = sorted((folder / "cells").iterdir())
    assert len(parts) == 4  # a part a world, of three runs
    (parts[1] / "series.parquet").write_bytes(b"PAR1 cut")
    assert not is_parquet(parts[1] / "series.parquet")
    (folder / "cells" / f".tmp-{'ab' * 16}-12345678").mkdir()
    result = run(small_experiment(), folder, workers=1, engine=FAKE, figures="none")
    assert (result.n_kept, result.n_done) == (9, 3)
    assert bytes_of(folder) == good


@pytest.mark.parametrize("n_moved", range(6))
def test_a_move_of_the_tables_that_was_killed_is_ended(folder: Path, n_moved: int) -> None:
    """Tables that are about to be added to become a part, the index first: killed after any of the
    six files, the next run keeps every run and ends with the same bytes."""
    good = bytes_of(folder)
    part = found_in(folder)
    assert part is not None
    (folder / "cells" / part.id).mkdir()
    for name in ("cells.json", *(f"{one}.parquet" for one in TABLES))[: n_moved + 1]:
        (folder / name).rename(folder / "cells" / part.id / name)
    result = run(small_experiment(), folder, workers=1, engine=FAKE, figures="none")
    assert (result.problems, result.n_kept, result.n_done) == ([], 12, 0)
    assert bytes_of(folder) == good


@pytest.mark.parametrize("n_written", range(1, 6))
def test_tables_that_were_half_written_are_written_again(
    finished: Path, tmp_path: Path, n_written: int
) -> None:
    """Killed after some tables were replaced and before their index is there: nothing is lost."""
    good = bytes_of(finished)
    folder = unmerged(tmp_path / "small")
    for name in TABLES[:n_written]:
        (folder / f"{name}.parquet").write_bytes(good[f"{name}.parquet"])
    result = run(small_experiment(), folder, workers=1, engine=FAKE, figures="none")
    assert (result.problems, result.n_kept) == ([], 12)
    assert bytes_of(folder) == good


def test_parts_that_are_in_the_tables_are_taken_away(folder: Path, tmp_path: Path) -> None:
    """Killed after the index and before the parts were removed: they are removed the next time,
    and what lies beside them stays."""
    left, good = unmerged(tmp_path / "left"), bytes_of(folder)
    shutil.rmtree(folder / "cells")
    shutil.copytree(left / "cells", folder / "cells")
    first = min((folder / "cells").iterdir())
    (first / "why.txt").write_text("mine")
    assert done(folder) == folder
    assert [path.name for path in first.iterdir()] == ["why.txt"]
    shutil.rmtree(first)
    assert bytes_of(folder) == good


@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_was_changed_is_set_aside_and_its_runs_done_again(
    folder: Path, name: str
) -> None:
    """Runs are kept in the tables: one byte that differs is noticed, told, and mended."""
    good = bytes_of(folder)
    content = bytearray((folder / f"{name}.parquet").read_bytes())
    content[5] ^= 1
    (folder / f"{name}.parquet").write_bytes(content)
    result = run(small_experiment(), folder, workers=1, engine=FAKE, figures="none")
    assert (result.exit_code, result.n_kept, result.n_done) == (0, 0, 12)
    assert "are damaged, or were changed" in (folder / "log.txt").read_text()
    (shelf,) = (folder / "stale" / "damaged").iterdir()
    assert (shelf / f"{name}.parquet").read_bytes() == content
    assert bytes_of(folder) == good


def test_two_runs_cannot_share_a_folder(folder: Path) -> None:
    """The second run is refused before it changes anything, and says who holds the folder."""
    before = bytes_of(folder)
    with (
        Store(folder, "small"),
        pytest.raises(FolderError, match=f"another run is writing here .process {os.getpid()}"),
    ):
        run(small_experiment(seed=9), folder, workers=1, engine=FAKE)
    assert bytes_of(folder) == before
    run(small_experiment(), folder, workers=1, engine=FAKE, figures="none")


def test_a_folder_with_something_else_is_refused(folder: Path, tmp_path: Path) -> None:
    """Files of the user's, a file in the place of the folder, another experiment: exit before."""
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(FolderError, match="is not empty and holds no results"):
        run(small_experiment(), tmp_path, workers=1, engine=FAKE)
    with pytest.raises(FolderError, match="is a file"):
        run(small_experiment(), tmp_path / "thesis.txt", workers=1, engine=FAKE)
    assert names_in(tmp_path) == {"thesis.txt", "small"}
    with pytest.raises(FolderError, match="holds results of the experiment 'small'"):
        run(small_experiment(name="other"), folder, workers=1, engine=FAKE)


def test_an_unwritable_folder_is_refused() -> None:
    """A place where no folder can be made is reported before anything is run."""
    with pytest.raises(FolderError, match="cannot be written to"):
        run(small_experiment(), Path("/proc/streetlight"), workers=1, engine=FAKE)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=1+1", "'=1+1"), ("+x", "'+x"), ("-x", "'-x"), ("@x", "'@x"), ("\tx", "'\tx"),
        ("plain", "plain"), (-1.5, "-1.5"), (-0.0, "0"), (math.nan, ""), (True, "yes"), (3, "3"),
    ],
)  # fmt: skip
def test_text_cannot_become_a_formula(value: object, text: str) -> None:
    """Text that a spreadsheet would run is prefixed; numbers stay numbers."""
    assert cell_text(value) == text


def test_a_count_that_is_no_whole_number_is_an_error() -> None:
    """A new measured column cannot be cut down to whole numbers unnoticed."""
    with pytest.raises(ValueError, match="weight: not whole numbers"):
        counted("weight", np.array([1.0, 2.5]))


def test_a_folder_left_by_a_run_killed_at_once_is_taken_up(tmp_path: Path) -> None:
    """Cells without a manifest are a run's beginning; anything else beside them is not ours."""
    folder = tmp_path / "small"
    (folder / "cells").mkdir(parents=True)
    done(folder)
    for path in (folder / "manifest.json", folder / "runs.parquet"):
        path.unlink()
    (folder / "letter.txt").write_text("mine")
    with pytest.raises(FolderError, match="holds no results"):
        done(folder)


def test_a_damaged_run_is_set_aside_and_done_again(finished: Path, tmp_path: Path) -> None:
    """The file ends as it should but cannot be read: exit code 1, and the next run repairs it."""
    good = bytes_of(finished)
    folder = unmerged(tmp_path / "small")
    path = next((folder / "cells").iterdir()) / "series.parquet"
    path.write_bytes(path.read_bytes()[:4] + b"\0" * 40 + b"PAR1")
    result = run(small_experiment(), folder, workers=1, engine=FAKE, figures="none")
    assert result.exit_code == 1
    assert "was damaged on disk" in result.problems[0]
    assert "does its 3 runs again" in result.problems[0]
    done(folder)
    assert bytes_of(folder) == good


def test_a_damaged_record_of_a_failure_is_none(folder: Path) -> None:
    """What cannot be read as a failure does not stop the run from being done."""
    good = bytes_of(folder)
    keys = list(json.loads((folder / "manifest.json").read_text())["cells"].values())
    (folder / "cells.json").unlink()
    (folder / "failures").mkdir(exist_ok=True)
    for key, text in zip(keys, ("", "{}", "[1]", '{"error": "x"}'), strict=False):
        (folder / "failures" / f"{key}.json").write_text(text)
    done(folder)
    assert {k: v for k, v in bytes_of(folder).items() if "failures" not in k} == good


def test_an_older_folder_is_kept_aside(folder: Path) -> None:
    """Runs that an older version kept, a folder each, go to stale/ and are done again."""
    good = bytes_of(folder)
    (folder / "cells.json").unlink()
    old = folder / "cells" / ("ab" * 16)
    old.mkdir()
    for name in TABLES:
        shutil.copy(folder / f"{name}.parquet", old)
    result = run(small_experiment(), folder, workers=1, engine=FAKE, figures="none")
    assert (result.n_kept, result.n_done) == (0, 12)
    assert len(names_in(folder / "stale" / "cells" / old.name)) == 5
    assert bytes_of(folder) == good


def test_a_region_in_few_rows_at_a_time_gives_the_same_values(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where memory holds one run at a time, and a row group a few rows, values are the same."""
    monkeypatch.setattr("streetlight.experiments.running.merging.HELD_BYTES", 1.0)
    monkeypatch.setattr("streetlight.experiments.running.tables.VALUES_IN_A_PART", 7)
    monkeypatch.setattr("streetlight.experiments.running.tables.TABLES_AT_A_TIME", 2)
    monkeypatch.setattr("streetlight.experiments.running.cells.HELD_BYTES", 1.0)
    folder = done(tmp_path / "small")
    for name in TABLES:
        one, other = (str(pq.read_table(f / f"{name}.parquet").to_pydict())
                      for f in (folder, finished))  # fmt: skip
        assert one == other, name


def test_rows_of_many_runs_come_back_as_they_went_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packed two at a time, five runs of 3, 0, 1, 2 and 4 rows keep their own rows."""
    monkeypatch.setattr("streetlight.experiments.running.merging.PACKED", 2)
    held, rows = Packed(), {"a": [1, 2, 3], "b": [], "c": [4], "d": [5, 6], "e": [7, 8, 9, 10]}
    for key, values in rows.items():
        held.add(key, pa.table({"x": pa.array(values, pa.int32())}))
    held.pack()
    assert len(held.tables) == 3
    assert {key: held.rows(key)["x"].to_pylist() for key in reversed(rows)} == rows


def test_a_folder_with_a_colon_is_refused(tmp_path: Path) -> None:
    """It would be read as the address of a file system elsewhere."""
    with pytest.raises(FolderError, match="no colon"):
        done(tmp_path / "s3:" / "bucket")
    assert not (tmp_path / "s3:").exists()
