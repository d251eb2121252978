"""What becomes of the results that a folder holds when a run begins: kept, taken back, set aside.

Runs that are wanted are kept, and taken back from stale/; all others go there, with tables and
figures of other settings. What is damaged goes to stale/damaged/.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from streetlight.experiments.running.disk import TEMPORARY, hashed, is_parquet, move, remove
from streetlight.experiments.running.parts import (
    KEY,
    TABLES,
    Kept,
    RunPart,
    complete,
    drop,
    found_in,
    gather,
    set_aside,
)
from streetlight.experiments.running.store import (
    FAILURE_NAME,
    LEFT_BESIDE,
    PRODUCTS,
    STOP,
    Store,
)
from streetlight.model.errors import visible

DIGEST = re.compile(r"[0-9a-f]{64}")
#: What a run that was killed leaves in cells/ and failures/.
LEFT_IN_CELLS = re.compile(rf"{re.escape(TEMPORARY)}{KEY.pattern}-[0-9a-f]{{8}}")


class Adopting:
    """One look at an open results folder before a run: `keys` are wanted, under these settings.

    kept: what is there afterwards; said: what a person should know of what was done, in sentences.
    """

    def __init__(self, store: Store, keys: Iterable[str], config_digest: str) -> None:
        self.folder = store.folder
        self.stale = self.folder / "stale"
        self.cells = self.folder / "cells"
        self.wanted = set(keys)
        shelf = shelf_of(store, config_digest)
        self.said = [text] if (text := replaced(store, shelf)) else []
        self._tidy()
        self._look_at_tables(shelf)
        self._set_others_aside()
        self._take_back()
        self.kept = Kept(self.folder)
        self._drop_twice_kept()

    def _tidy(self) -> None:
        """Remove what a run that was killed left behind, and end what it had begun."""
        (self.folder / STOP).unlink(missing_ok=True)
        self.cells.mkdir(exist_ok=True)
        for path in self.folder.glob(f"{TEMPORARY}*"):
            if path.name in LEFT_BESIDE and path.is_file():
                path.unlink()
        for place in (self.cells, self.folder / "failures"):
            drop_unfinished(place)
        for part in parts_in(self.cells):
            if not part.is_whole():
                complete(part, [self.folder, *self.stale.glob("*")])

    def _look_at_tables(self, shelf: Path | None) -> None:
        """Set the folder's own tables aside when they are damaged; of other settings in any case.

        Runs of theirs that are wanted are kept.
        """
        whole = found_in(self.folder)
        if whole is not None and not whole.is_unchanged():
            n = len(self.wanted & {*whole.keys})
            self.said.append(
                f"the tables in {self.folder} are damaged, or were changed: they are set aside in "
                f"stale/damaged, and {n} runs that were kept in them are done again"
            )
            set_aside(whole, self.stale)
            whole = None
        if shelf is None:
            return
        if whole is not None and self.wanted & {*whole.keys}:
            gather(whole, self.cells)
        for name in (*PRODUCTS, "manifest.json"):
            if (self.folder / name).exists():
                move(self.folder / name, shelf / name)

    def _set_others_aside(self) -> None:
        """Move damaged parts, and runs and failures that are not wanted, to stale/."""
        for path in sorted(self.cells.glob("*")):
            if not KEY.fullmatch(path.name):
                continue
            part = found_in(path)
            if part is None or part.id != path.name or not part.is_whole():
                older = part is None and all(is_parquet(path / f"{one}.parquet") for one in TABLES)
                move(path, self.stale / ("cells" if older else "damaged") / path.name)
            elif not self.wanted & {*part.keys}:
                move(path, self.stale / "cells" / path.name)
        for path in sorted((self.folder / "failures").glob("*")):
            if FAILURE_NAME.fullmatch(path.name) and path.stem not in self.wanted:
                move(path, self.stale / "failures" / path.name)

    def _take_back(self) -> None:
        """Take wanted runs and failures back from stale/."""
        there = Kept(self.folder)
        absent = {key for key in self.wanted if key not in there}
        for part in parts_in(self.stale / "cells"):
            if part.is_whole() and absent & {*part.keys}:
                move(part.folder, self.cells / part.id)
                absent -= {*part.keys}
        for folder in sorted(self.stale.glob("*")):
            shelved = None if folder.name == "damaged" else found_in(folder)
            if shelved is not None and absent & {*shelved.keys} and shelved.is_unchanged():
                gather(shelved, self.cells)
                absent -= {*shelved.keys}
        failures = self.folder / "failures"
        for path in sorted((self.stale / "failures").glob("*")):
            if FAILURE_NAME.fullmatch(path.name) and path.stem in self.wanted:
                move(path, failures / path.name)

    def _drop_twice_kept(self) -> None:
        """Remove parts all of whose runs are in the tables: a run was killed before it did so."""
        if self.kept.whole is not None:
            drop_kept_elsewhere(self.kept.whole, self.cells)


def drop_unfinished(place: Path) -> None:
    """Remove what somebody who was killed had begun to write to cells/ or failures/."""
    for path in place.glob(f"{TEMPORARY}*"):
        if LEFT_IN_CELLS.fullmatch(path.name):
            remove(path)


def drop_kept_elsewhere(whole: RunPart, cells: Path) -> None:
    """Remove the parts in cells/ all of whose runs are in these tables."""
    inside = {*whole.keys}
    for part in parts_in(cells):
        if inside.issuperset(part.keys):
            drop(part)


def parts_in(cells: Path) -> Iterator[RunPart]:
    """The parts in a folder of them, whole or not."""
    for path in sorted(cells.glob("*")):
        part = found_in(path) if KEY.fullmatch(path.name) else None
        if part is not None and part.id == path.name:
            yield part


def shelf_of(store: Store, config_digest: str) -> Path | None:
    """Where results of another configuration are set aside; None when the folder holds none.

    The manifest may say anything, so the name there is a hash of what it says.
    """
    if not (store.folder / "manifest.json").exists():
        return None
    found = store.manifest()
    said = str((found or {}).get("config_sha256"))
    if found and said == config_digest:
        return None
    known = said if DIGEST.fullmatch(said) else hashed(said)
    return store.folder / "stale" / ("damaged" if found is None else known[:12])


def replaced(store: Store, shelf: Path | None) -> str:
    """Whose results the folder holds, in a sentence; "" unless they are of other settings."""
    found = store.manifest()
    if shelf is None or found is None:
        return ""
    title, started = str(found.get("title"))[:200], str(found.get("started"))[:25]
    return visible(
        f'{store.folder} held results of "{title}" with other settings, begun {started}: runs '
        f"that are the same are kept, the rest is now in {shelf}"
    )
