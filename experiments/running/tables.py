"""The tables of the results, one function a table: rows of one run, and all runs put together.

The same cells give the same bytes: rows in the order of the configuration, no times, one writer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from streetlight.experiments.experiment import Experiment
from streetlight.experiments.running.design import Cell
from streetlight.experiments.running.store import TABLES, Store, set_aside, write_cell
from streetlight.model.communities.region import Region
from streetlight.model.names import CLASSES, GENDERS, LEVER_NAMES, TYPES

#: Facts of the region that every row of communities.parquet carries.
PUBLIC_FACTS = ("community", "population", "youth", "place_class", "poverty_quintile")
#: Columns of communities.parquet that are measured, in person-years, cases or dollars; all others
#: are counted.
MEASURED = (
    "true_active_person_years", "known_still_exploited_person_years", "backlog_end",
    "allocated", "spending", "unspent",
)  # fmt: skip

#: Columns of groups.parquet that say which group a row is of: positions in these names.
GROUPED_BY = {"exploitation_type": TYPES, "gender": GENDERS}

#: Under which a table of one run says whose it is: the run's content key.
KEY = b"streetlight.run"
#: What a row group holds before the next one begins; 50,000 rows of the widest table are 6 MB.
ROWS_AT_A_TIME, TABLES_AT_A_TIME = 50_000, 250


def narrow(values: Any) -> pa.Array:
    """Numbers as int32 or float32."""
    array = np.asarray(values)
    return pa.array(array.astype(np.float32 if array.dtype.kind == "f" else np.int32))


def counted(name: str, values: Any) -> pa.Array:
    """Counts as int32; ValueError when one is not a whole number."""
    array = np.asarray(values)
    whole = np.rint(array)
    if not np.array_equal(whole, array):
        raise ValueError(f"{name}: not whole numbers; name it in `tables.MEASURED`")
    return narrow(whole.astype(np.int64))


def cell_tables(summary: Any) -> dict[str, pa.Table]:
    """The tables of one run (`outcomes.Summary`), without the columns that name the run."""
    metrics = {name: pa.array([float(value)]) for name, value in summary.metrics.items()}
    communities = {
        name: narrow(values) if name in MEASURED else counted(name, values)
        for name, values in summary.communities.items()
        if name not in PUBLIC_FACTS
    }
    groups = {
        name: pa.array(values) if name in MEASURED else counted(name, values)  # sums stay exact
        for name, values in summary.groups.items()
    }
    levers = lever_columns(summary.levers)
    n_months, n_classes = next(iter(summary.series.values())).shape
    series = {
        "month": narrow(np.repeat(np.arange(n_months), n_classes)),
        "place_class": narrow(np.tile(np.arange(n_classes), n_months)),
        **{
            name: pa.array(np.asarray(values, dtype=np.float32).ravel())
            for name, values in summary.series.items()
        },
    }
    return {
        "runs": pa.table(metrics),
        "communities": pa.table(communities),
        "groups": pa.table(groups),
        "levers": pa.table(levers),
        "series": pa.table(series),
    }


def lever_columns(levers: Any) -> dict[str, pa.Array]:
    """Columns of levers.parquet for one run, by lever, year and community; levers as positions.

    What was neither paid for nor bought has no row.
    """
    by_name = np.argsort(LEVER_NAMES)
    lever = by_name[np.searchsorted(LEVER_NAMES, levers["lever"], sorter=by_name)]
    order = np.lexsort((levers["community"], levers["year"], lever))
    columns = {"year": levers["year"], "community": levers["community"], "lever": lever}
    money = {name: np.asarray(levers[name], dtype=np.float64) for name in ("spent", "units")}
    bought = order[(money["spent"] != 0.0)[order] | (money["units"] != 0.0)[order]]
    return {name: narrow(np.asarray(v)[bought]) for name, v in (columns | money).items()}


def write_tables(cell: Path, tables: dict[str, pa.Table]) -> None:
    """Write the tables of one run into its folder; each says whose they are."""
    own = {KEY: cell.name.encode()}
    write_cell(
        cell, {name: writer_of(tables[name].replace_schema_metadata(own)) for name in TABLES}
    )


def read_run(cell: Path, metrics: Iterable[str]) -> dict[str, float]:
    """Some metrics of one run."""
    table = undamaged(cell, "runs", f"the run in {cell}")
    try:
        return {name: table[name][0].as_py() for name in metrics}
    except (KeyError, IndexError):
        raise removed(cell, f"the run in {cell}") from None


def undamaged(cell: Path, name: str, run: str, schema: pa.Schema | None = None) -> pa.Table:
    """One table of a run; OSError when it cannot be read, is another run's or of another schema.

    The run is set aside then, so that the next pass does it again.
    """
    try:
        table = read_part(cell / f"{name}.parquet")
    except (pa.ArrowException, OSError) as error:
        raise removed(cell, run) from error
    if not is_of(table, cell) or (schema is not None and table.schema != schema):
        raise removed(cell, run)
    return table


def is_of(table: pa.Table, cell: Path) -> bool:
    """Whether a table was written as one of this run."""
    return (table.schema.metadata or {}).get(KEY) == cell.name.encode()


def removed(cell: Path, run: str) -> OSError:
    """Set a damaged run aside; what is to be said of it."""
    set_aside(cell)
    return OSError(
        f"{run} was damaged on disk, or its files are another run's: it is set aside in "
        "stale/damaged; the same command does it again"
    )


def writer_of(table: pa.Table) -> Callable[[Path], None]:
    """What writes one table to the path it is given."""
    return lambda path: write_table(path, [table])


def in_row_groups(parts: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Tables put together until there are `ROWS_AT_A_TIME` rows, or `TABLES_AT_A_TIME` tables.

    A parquet file describes each of its row groups. The descriptions are kept in memory until the
    file is complete, and every reader loads them first: those of thousands of small groups cost
    more than the numbers.
    """
    held: list[pa.Table] = []
    n = 0
    for part in parts:
        held.append(part)
        n += part.num_rows
        if n >= ROWS_AT_A_TIME or len(held) >= TABLES_AT_A_TIME:
            yield pa.concat_tables(held).combine_chunks()
            held, n = [], 0
    if held:
        yield pa.concat_tables(held).combine_chunks()


def write_table(path: Path, parts: Iterable[pa.Table]) -> None:
    """Write tables of one schema one after the other, in row groups of some size."""
    writer: pq.ParquetWriter | None = None
    try:
        for part in in_row_groups(parts):
            if writer is None:
                measured = [one.name for one in part.schema if pa.types.is_floating(one.type)]
                others = [name for name in part.schema.names if name not in measured]
                writer = pq.ParquetWriter(
                    path,
                    part.schema,
                    compression="zstd",
                    use_dictionary=others,
                    use_byte_stream_split=measured,  # a fifth smaller
                )
            writer.write_table(part)
    finally:
        if writer is not None:
            writer.close()


def read_part(path: Path) -> pa.Table:
    """Read one parquet file in this thread."""
    with pq.ParquetFile(path) as file:  # less to set up than `read_table`, for small files
        return file.read(use_threads=False)


def labels(index: Any, names: Sequence[str]) -> pa.Array:
    """Dictionary column: a name for every index."""
    codes = pa.array(np.asarray(index, dtype=np.int32))
    return pa.DictionaryArray.from_arrays(codes, pa.array(names, pa.string()))


class Merger:
    """Puts the tables of all runs together, in the order of the cells."""

    def __init__(self, store: Store, experiment: Experiment, cells: Sequence[Cell]) -> None:
        self.store = store
        self.region = experiment.region
        self.cells = cells
        self._schemas: dict[str, pa.Schema] = {}
        self.policies = [policy.name for policy in experiment.all_policies()]
        self.futures = [future.name for future in experiment.futures]

    def write(self) -> None:
        """Write the five tables of the results."""
        self.store.write("runs.parquet", lambda p: write_table(p, self._runs()))
        self.store.write("communities.parquet", lambda p: write_table(p, self._communities()))
        self.store.write("groups.parquet", lambda p: write_table(p, self._groups()))
        self.store.write("levers.parquet", lambda p: write_table(p, self._levers()))
        self.store.write("series.parquet", lambda p: write_table(p, self._series()))

    def _read(self, cell: Cell, name: str) -> pa.Table:
        schema = self._schemas.get(name)
        table = undamaged(self.store.cell(cell.key), name, cell.run_id, schema)
        self._schemas.setdefault(name, table.schema)
        return table

    def _named(self, cell: Cell, table: pa.Table) -> pa.Table:
        """The table with the columns that say which run it is of, in front."""
        n = table.num_rows
        columns = {
            "policy": labels(np.full(n, self.policies.index(cell.policy.name)), self.policies),
            "future": labels(np.full(n, self.futures.index(cell.future)), self.futures),
            "replicate": narrow(np.full(n, cell.replicate)),
        }
        return pa.table({**columns, **{name: table[name] for name in table.column_names}})

    def _runs(self) -> Iterator[pa.Table]:
        for cell in self.cells:
            yield self._named(cell, self._read(cell, "runs"))

    def _communities(self) -> Iterator[pa.Table]:
        facts = public_facts(self.region)
        for cell in self.cells:
            own = self._read(cell, "communities")
            columns = {name: own[name] for name in own.column_names}
            yield self._named(cell, pa.table({**facts, **columns}))

    def _groups(self) -> Iterator[pa.Table]:
        for cell in self.cells:
            table = self._read(cell, "groups")
            for column, names in GROUPED_BY.items():
                table = in_words(table, column, names)
            yield self._named(cell, table)

    def _levers(self) -> Iterator[pa.Table]:
        for cell in self.cells:
            own = self._read(cell, "levers")
            named = in_words(own, "community", self.region.ids)
            yield self._named(cell, in_words(named, "lever", LEVER_NAMES))

    def _series(self) -> Iterator[pa.Table]:
        for cell in self.cells:
            yield self._named(cell, in_words(self._read(cell, "series"), "place_class", CLASSES))


def public_facts(region: Region) -> dict[str, pa.Array]:
    """The columns of communities.parquet that are the same in every run."""
    return {
        "community": labels(np.arange(region.n_communities), region.ids),
        "population": narrow(np.rint(region.population).astype(np.int64)),
        "youth": narrow(np.rint(region.youth).astype(np.int64)),
        "place_class": labels(region.place_class, CLASSES),
        "poverty_quintile": narrow(region.poverty_quintile),
    }


def in_words(table: pa.Table, column: str, names: Sequence[str]) -> pa.Table:
    """The table with the positions in a column replaced by names."""
    words = labels(table[column].to_numpy(), names)
    return table.set_column(table.column_names.index(column), column, words)
