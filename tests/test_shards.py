"""Shards: some futures each, and together the same bytes as the whole experiment at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_engine import FAKE, bytes_of, small_experiment

from streetlight.experiments.experiment import Experiment
from streetlight.experiments.running.runner import RunResult, run
from streetlight.experiments.running.shards import folders_of, shard_folder, shard_of
from streetlight.experiments.running.store import FolderError
from streetlight.model.errors import InputError


def done(experiment: Experiment, folder: Path, shards: list[Path] | None = None) -> RunResult:
    """The experiment, done in a folder by this process."""
    return run(
        experiment, folder, workers=1, engine=FAKE, figures="none", shards=shards or []
    )  # fmt: skip


def test_shards_together_are_the_whole(tmp_path: Path) -> None:
    """Two shards of a future each, taken over: nothing is run again, and every byte is the same."""
    whole = small_experiment()
    done(whole, tmp_path / "at_once")
    for k in (1, 2):
        shard = shard_of(whole, f"{k}/2")
        assert done(shard, shard_folder(tmp_path / "small", f"{k}/2")).n_done == 6
    shards = folders_of(f"{tmp_path}/small-shard-*")
    assert [one.name for one in shards] == ["small-shard-1-of-2", "small-shard-2-of-2"]
    before = [bytes_of(one) for one in shards]
    result = done(whole, tmp_path / "small", shards)
    assert (result.n_kept, result.n_done, result.exit_code) == (12, 0, 0)
    assert bytes_of(tmp_path / "small") == bytes_of(tmp_path / "at_once")
    assert [bytes_of(one) for one in shards] == before


def test_a_shard_that_is_missing_is_run(tmp_path: Path) -> None:
    """The folder of one shard alone: the other future is done, and the rest is taken over."""
    whole = small_experiment()
    done(shard_of(whole, "2/2"), tmp_path / "second")
    result = done(whole, tmp_path / "all", [tmp_path / "second"])
    assert (result.n_kept, result.n_done) == (6, 6)


def test_every_future_is_in_one_shard() -> None:
    """Of two futures the first shard has the first, the second the other; titles say so."""
    whole = small_experiment()
    assert [one.name for one in shard_of(whole, "1/2").futures] == ["central"]
    assert [one.name for one in shard_of(whole, "2/2").futures] == ["dry"]
    assert shard_of(whole, "2/2").title == "Small (shard 2 of 2)"
    assert shard_of(whole, "1/1").futures == whole.futures


@pytest.mark.parametrize("shard", ["0/2", "3/2", "1/3", "1", "a/b", "-1/2", "1/2/3", ""])
def test_what_is_no_shard_is_named(shard: str) -> None:
    """Of two futures at most two shards can be made, counted from 1."""
    with pytest.raises(InputError, match=r"must be K/N.*at most 2"):
        shard_of(small_experiment(), shard)


def test_shards_of_something_else_are_refused(tmp_path: Path) -> None:
    """Another seed, another experiment, no folder: said by name, and nothing is run."""
    done(small_experiment(seed=4), tmp_path / "seed")
    with pytest.raises(FolderError, match="seed: holds no run of this experiment"):
        done(small_experiment(), tmp_path / "all", [tmp_path / "seed"])
    done(small_experiment(name="other"), tmp_path / "other")
    with pytest.raises(FolderError, match="other: holds results of the experiment 'other'"):
        done(small_experiment(), tmp_path / "all", [tmp_path / "other"])
    with pytest.raises(InputError, match="names no folder"):
        folders_of(f"{tmp_path}/nothing-*")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FolderError, match="empty: holds no run of this experiment"):
        done(small_experiment(), tmp_path / "results" / "all", [tmp_path / "empty"])
    assert sorted(one.name for one in tmp_path.iterdir()) == ["empty", "other", "seed"]
    assert not any((tmp_path / "empty").iterdir())
