"""The tables of the results: all runs put together, in words, in the order of the configuration.

The same runs give the same bytes: no times, one writer. Once the tables are there, the parts that
they were made of are removed, as runs are kept in the tables from then on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from streetlight.experiments.experiment import Experiment
from streetlight.experiments.running.adopting import drop_kept_elsewhere, drop_unfinished
from streetlight.experiments.running.columns import numbers_in, of_labels, of_numbers, of_words
from streetlight.experiments.running.design import Cell
from streetlight.experiments.running.disk import of_file
from streetlight.experiments.running.parts import (
    INDEX,
    OWNER,
    TABLES,
    Kept,
    Rows,
    found_in,
    gather,
    id_of,
    write_index,
)
from streetlight.experiments.running.store import Store
from streetlight.experiments.running.tables import (
    PUBLIC_FACTS,
    batches,
    damaged,
    n_columns,
    narrow,
    slices,
    write_table,
)
from streetlight.model.communities.region import Region
from streetlight.model.names import CLASSES, GENDERS, LEVER_NAMES, TYPES

#: Columns that say which run a row is of.
RUN = ("policy", "future", "replicate")
#: Memory that the values of some policies' rows may take while they wait for their turn.
HELD_BYTES = 16e6
#: Tables of runs that are kept as one: a column of a slice takes pyarrow 460 bytes beside its
#: values, which are fewer in small regions.
PACKED = 500


def vocabulary(region: Region) -> dict[str, dict[str, Sequence[str]]]:
    """By table, the columns that are kept as positions in lists of names."""
    return {
        "groups": {"exploitation_type": TYPES, "gender": GENDERS},
        "levers": {"community": region.ids, "lever": LEVER_NAMES},
        "series": {"place_class": CLASSES},
    }


def merge(store: Store, experiment: Experiment, kept: Kept, cells: Sequence[Cell]) -> None:
    """Write the five tables of the results, of these runs; nothing where they hold just these."""
    if kept.whole is not None:
        if kept.whole.keys == [cell.key for cell in cells]:
            return
        gather(kept.whole, kept.cells)
        kept.look()
    merger = Merger(experiment, kept, cells)
    for name in TABLES:
        store.write(f"{name}.parquet", partial(merger.write, name))
    sums = {name: of_file(store.folder / f"{name}.parquet") for name in TABLES}
    store.write(INDEX, lambda path: write_index(path, merger.rows, sums))
    whole = found_in(store.folder)
    assert whole is not None
    drop_kept_elsewhere(whole, kept.cells)
    drop_unfinished(kept.cells)  # of a cluster's workers that were killed
    kept.look()


class Merger:
    """Puts the tables of all runs together, in the order of the cells."""

    def __init__(self, experiment: Experiment, kept: Kept, cells: Sequence[Cell]) -> None:
        self.kept, self.cells, self.region = kept, cells, experiment.region
        self.rows: Rows = [(cell.key, rows_of(kept, cell.key)) for cell in cells]
        self.policies = [policy.name for policy in experiment.all_policies()]
        self.futures = [future.name for future in experiment.futures]
        self._facts = public_facts(experiment.region)

    def write(self, name: str, path: Path) -> None:
        """Write a table."""
        own = {OWNER: id_of(self.rows).encode()}
        cells = iter(self.cells)
        groups = (
            self._in_words(name, [next(cells) for _ in tables], tables)
            for tables in batches(self._runs(name))
        )
        write_table(path, groups, own)

    def _in_words(self, name: str, cells: list[Cell], tables: list[pa.Table]) -> pa.Table:
        """Rows of some runs, with names for positions, and what they are of in front."""
        counts = [table.num_rows for table in tables]
        rows = pa.concat_tables(tables)
        policies = np.array([self.policies.index(cell.policy.name) for cell in cells])
        futures = np.array([self.futures.index(cell.future) for cell in cells])
        columns = {
            "policy": of_labels(policies, self.policies),
            "future": of_labels(futures, self.futures),
            "replicate": narrow([cell.replicate for cell in cells]),
        }
        run = of_numbers(np.repeat(np.arange(len(cells)), counts))
        columns = {column: values.take(run) for column, values in columns.items()}
        if name == "communities":
            place = of_numbers(np.tile(np.arange(self.region.n_communities), len(cells)))
            columns |= {column: fact.take(place) for column, fact in self._facts.items()}
        words = vocabulary(self.region).get(name, {})
        for column in rows.column_names:
            own = rows[column]
            columns[column] = of_labels(numbers_in(own), words[column]) if column in words else own
        return pa.table(columns)

    def _runs(self, name: str) -> Iterator[pa.Table]:
        """The rows of one run after the other, as parts in cells/ have them.

        Parts hold the runs of a world, and tables have one policy after the other: each part is
        read once for as many runs as memory allows.
        """
        schema: pa.Schema | None = None
        for block in self._blocks(name):
            held = Packed()
            keys = dict.fromkeys(cell.key for cell in block)
            for part, own in self.kept.by_part(keys).values():
                for key, table in slices(self.kept, part, name, own):
                    found = in_numbers(table, name, self.region)
                    schema = schema or found.schema
                    if found.schema != schema:
                        raise damaged(self.kept, part)
                    held.add(key, found)
            held.pack()
            for cell in block:
                yield held.rows(cell.key)

    def _blocks(self, name: str) -> Iterator[list[Cell]]:
        """The runs in blocks whose rows together take `HELD_BYTES`, some more or less."""
        rows = [counts[TABLES.index(name)] for _, counts in self.rows]
        columns = n_columns(self.kept, self.kept.part(self.cells[0].key), name)
        block: list[Cell] = []
        held = 0.0
        for cell, n in zip(self.cells, rows, strict=True):
            size = n * columns * (8 if name == "runs" else 4)
            if block and held + size > HELD_BYTES:
                yield block
                block, held = [], 0.0
            block.append(cell)
            held += size
        if block:
            yield block


class Packed:
    """Rows of many runs, `PACKED` of them in one table."""

    def __init__(self) -> None:
        self.tables: list[pa.Table] = []
        self._loose: list[pa.Table] = []
        self._spans: dict[str, tuple[int, int, int]] = {}  # table, first row, number of rows
        self._next = 0

    def add(self, key: str, table: pa.Table) -> None:
        """Take the rows of a run in."""
        self._spans[key] = len(self.tables), self._next, table.num_rows
        self._next += table.num_rows
        self._loose.append(table)
        if len(self._loose) == PACKED:
            self.pack()

    def pack(self) -> None:
        """Make one table of those that came last."""
        if self._loose:
            self.tables.append(pa.concat_tables(self._loose).combine_chunks())
        self._loose, self._next = [], 0

    def rows(self, key: str) -> pa.Table:
        """The rows of a run, all of which must be packed."""
        table, first, n = self._spans[key]
        return self.tables[table].slice(first, n)


def rows_of(kept: Kept, key: str) -> list[int]:
    """Rows of a run in each of the tables."""
    spans = kept.part(key).spans
    return [spans[name][key][1] for name in TABLES]


def public_facts(region: Region) -> dict[str, pa.Array]:
    """The columns of communities.parquet that are the same in every run."""
    return {
        "community": of_labels(np.arange(region.n_communities), region.ids),
        "population": narrow(np.rint(region.population).astype(np.int64)),
        "youth": narrow(np.rint(region.youth).astype(np.int64)),
        "place_class": of_labels(region.place_class, CLASSES),
        "poverty_quintile": narrow(region.poverty_quintile),
    }


def in_numbers(table: pa.Table, name: str, region: Region) -> pa.Table:
    """Rows of a table of the results as parts in cells/ have them; theirs as they are."""
    table = table.replace_schema_metadata(None)
    if RUN[0] not in table.column_names:
        return table
    facts = PUBLIC_FACTS if name == "communities" else ()
    table = table.drop_columns([*RUN, *facts])
    for column, names in vocabulary(region).get(name, {}).items():
        found = pc.index_in(table[column], value_set=of_words(names))
        table = table.set_column(table.column_names.index(column), column, found)
    return table
