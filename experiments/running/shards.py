"""An experiment in shards: some of its futures each, and the runs of all of them in one folder.

Shards need no scheduler and write to folders of their own. A run is kept under what decides it, so
the runs of a shard are those of the whole experiment, and its folder can simply take them over.
"""

from __future__ import annotations

import dataclasses
import glob
import os
import re
import shutil
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

from streetlight.experiments.experiment import Experiment
from streetlight.experiments.running.adopting import parts_in
from streetlight.experiments.running.disk import TEMPORARY
from streetlight.experiments.running.parts import INDEX, TABLES, RunPart, found_in, write_index
from streetlight.experiments.running.store import FolderError, Store
from streetlight.model.errors import InputError

SHARD = re.compile(r"([0-9]{1,7})/([0-9]{1,7})")


def shard_of(experiment: Experiment, shard: str) -> Experiment:
    """Every n-th future of an experiment, from the k-th on; shard: "k/n".

    Futures stay whole, because a replication rule looks at all runs of one. InputError when this is
    no shard of it.
    """
    found, most = SHARD.fullmatch(shard), len(experiment.futures)
    k, n = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= k <= n <= most:
        raise InputError(
            f"--shard: {shard}: must be K/N, the K-th of N shards, as 1/4; K from 1 to N, and N at "
            f"most {most:,}, as this experiment has so many futures"
        )
    title = f"{experiment.title} (shard {k} of {n})"
    return dataclasses.replace(experiment, title=title, futures=experiment.futures[k - 1 :: n])


def shard_folder(whole: Path, shard: str) -> Path:
    """Where a shard's results go without `--out`: beside those of the whole experiment."""
    return whole.with_name(f"{whole.name}-shard-{shard.replace('/', '-of-')}")


def folders_of(pattern: str) -> list[Path]:
    """The folders that a pattern names, sorted; InputError when there are none."""
    found = sorted(path for one in glob.glob(pattern) if (path := Path(one)).is_dir())
    if not found:
        raise InputError(f"--take: {pattern}: names no folder")
    return found


def take(store: Store, wanted: Iterable[str], folders: Iterable[Path]) -> None:
    """Copy the runs that other results folders hold of those wanted into an open one.

    wanted: keys of runs. FolderError, and nothing is taken, when a folder holds results of another
    experiment, a run is writing there, or it holds none of these runs.
    """
    wanted, found = set(wanted), []
    for folder in folders:
        if folder.resolve() == store.folder.resolve():
            continue
        with Store(folder, store.name):
            parts = [part for part in parts_of(folder) if wanted & {*part.keys}]
            if not parts:
                raise FolderError(
                    f"{folder}: holds no run of this experiment as its file and this version of "
                    "the model are now; run that shard again, or leave it out"
                )
            found += parts
    for part in found:
        copy(part, store.folder / "cells")


def parts_of(folder: Path) -> Iterator[RunPart]:
    """The tables of a results folder, and the parts that are not in them yet."""
    whole = found_in(folder)
    if whole is not None and whole.is_whole() and whole.is_unchanged():
        yield whole
    yield from (part for part in parts_in(folder / "cells") if part.is_whole())


def copy(part: RunPart, cells: Path) -> None:
    """Copy a part to cells/, where it appears complete or not at all."""
    if (cells / part.id).exists():
        return
    temporary = cells / f"{TEMPORARY}{part.id}-{uuid.uuid4().hex[:8]}"
    temporary.mkdir(parents=True)
    try:
        for name in TABLES:
            shutil.copyfile(part.path(name), temporary / f"{name}.parquet")
        write_index(temporary / INDEX, part.rows)
        os.rename(temporary, cells / part.id)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
