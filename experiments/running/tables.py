"""The tables of a run as they are kept, and writing them.

Places, levers and groups are numbers in them; `merging` puts the tables of all runs together, in
words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from streetlight.experiments.running.columns import of_numbers
from streetlight.experiments.running.parts import (
    OWNER,
    TABLES,
    Kept,
    RunPart,
    id_of,
    set_aside,
    write_part,
)

#: Facts of the region that every row of communities.parquet carries.
PUBLIC_FACTS = ("community", "population", "youth", "place_class", "poverty_quintile")
#: Columns of communities.parquet that are measured, in person-years, cases or dollars; all others
#: are counted.
MEASURED = (
    "true_active_person_years", "known_still_exploited_person_years", "backlog_end",
    "allocated", "spending", "unspent",
)  # fmt: skip

#: What a row group holds before the next one begins: 20 MB, or so many tables.
VALUES_AT_A_TIME, TABLES_AT_A_TIME = 5_000_000, 250
#: The same of the parts in cells/, of which single runs are read.
VALUES_IN_A_PART = 500_000
#: No column of a row group is larger.
PAGE_BYTES = 1 << 28

Metadata = Mapping[bytes, bytes]


def narrow(values: Any) -> pa.Array:
    """Numbers as int32 or float32."""
    array = np.asarray(values)
    return of_numbers(array.astype(np.float32 if array.dtype.kind == "f" else np.int32))


def counted(name: str, values: Any) -> pa.Array:
    """Counts as int32; ValueError when one is not a whole number."""
    array = np.asarray(values)
    whole = np.rint(array)
    if (whole != array).any():
        raise ValueError(f"{name}: not whole numbers; name it in `tables.MEASURED`")
    return of_numbers(whole.astype(np.int32))


def cell_tables(summary: Any) -> dict[str, pa.Table]:
    """The tables of one run (`outcomes.Summary`), without the columns that name the run."""
    values = of_numbers(np.array([*summary.metrics.values()], dtype=np.float64))
    metrics = {name: values[at : at + 1] for at, name in enumerate(summary.metrics)}
    communities = {
        name: narrow(values) if name in MEASURED else counted(name, values)
        for name, values in summary.communities.items()
        if name not in PUBLIC_FACTS
    }
    groups = {
        name: of_numbers(values) if name in MEASURED else counted(name, values)  # sums stay exact
        for name, values in summary.groups.items()
    }
    levers = lever_columns(summary.levers)
    n_months, n_classes = next(iter(summary.series.values())).shape
    series = {
        "month": narrow(np.repeat(np.arange(n_months), n_classes)),
        "place_class": narrow(np.tile(np.arange(n_classes), n_months)),
        **{
            name: of_numbers(np.asarray(values, dtype=np.float32).ravel())
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
    columns: dict[str, Any] = {
        name: np.asarray(levers[name], dtype=np.int32) for name in ("year", "community", "lever")
    }
    order = np.lexsort((columns["community"], columns["year"], columns["lever"]))
    money = {name: np.asarray(levers[name], dtype=np.float64) for name in ("spent", "units")}
    bought = order[(money["spent"] != 0.0)[order] | (money["units"] != 0.0)[order]]
    return {name: narrow(values[bought]) for name, values in (columns | money).items()}


def write_runs(cells: Path, runs: Sequence[tuple[str, Mapping[str, pa.Table]]]) -> RunPart:
    """Write the tables of several runs, by the key of each, as one part in `cells`."""
    rows = [(key, [tables[name].num_rows for name in TABLES]) for key, tables in runs]
    own = {OWNER: id_of(rows).encode()}

    def writer(name: str) -> Callable[[Path], None]:
        groups = batches((tables[name] for _, tables in runs), VALUES_IN_A_PART)
        return lambda path: write_table(path, map(pa.concat_tables, groups), own)

    return write_part(cells, rows, {name: writer(name) for name in TABLES})


def read_metrics(
    kept: Kept, keys: Iterable[str], metrics: Sequence[str]
) -> Iterator[tuple[str, dict[str, float]]]:
    """Some metrics of runs, by their keys."""
    for part, own in kept.by_part(keys).values():
        for key, table in slices(kept, part, "runs", own):
            try:
                yield key, {name: table[name][0].as_py() for name in metrics}
            except (KeyError, IndexError):
                raise damaged(kept, part) from None


def slices(kept: Kept, part: RunPart, name: str, keys: Iterable[str]) -> list[tuple[str, pa.Table]]:
    """Rows of some runs of a part; OSError when they cannot be read.

    The part is set aside then, so that the next pass does its runs again.
    """
    try:
        return list(part.slices(name, keys))
    except (pa.ArrowException, OSError) as error:
        raise damaged(kept, part) from error


def n_columns(kept: Kept, part: RunPart, name: str) -> int:
    """Columns of a table of a part; OSError, and the part is set aside, when it cannot be read."""
    try:
        return len(pq.read_schema(part.path(name)).names)
    except (pa.ArrowException, OSError) as error:
        raise damaged(kept, part) from error


def damaged(kept: Kept, part: RunPart) -> OSError:
    """Set a damaged part aside; what is to be said of it."""
    set_aside(part, kept.folder / "stale")
    n = len(part.keys)
    return OSError(
        f"{part.folder}: was damaged on disk, or its files are other runs': it is set aside in "
        f"stale/damaged; the same command does its {n} runs again"
    )


def batches(parts: Iterable[pa.Table], values: int = VALUES_AT_A_TIME) -> Iterator[list[pa.Table]]:
    """Tables in lists that hold so many values, or are `TABLES_AT_A_TIME`: row groups to be.

    A parquet file describes each of its row groups. The descriptions are kept in memory until the
    file is complete, and every reader loads them first: those of thousands of small groups cost
    more than the numbers.
    """
    held: list[pa.Table] = []
    n = 0
    for part in parts:
        held.append(part)
        n += part.num_rows * part.num_columns
        if n >= values or len(held) >= TABLES_AT_A_TIME:
            yield held
            held, n = [], 0
    if held:
        yield held


def write_table(path: Path, parts: Iterable[pa.Table], metadata: Metadata | None = None) -> None:
    """Write tables of one schema one after the other, each as a row group.

    A column of a row group is one page, so that what repeats in it, from year to year and from
    run to run, is found: half the size of pages of 20,000 rows.
    """
    writer: pq.ParquetWriter | None = None
    try:
        for part in parts:
            if writer is None:
                schema = part.schema
                schema = schema if metadata is None else schema.with_metadata(metadata)
                measured = [one.name for one in schema if pa.types.is_floating(one.type)]
                writer = pq.ParquetWriter(
                    path,
                    schema,
                    compression="zstd",
                    use_dictionary=[name for name in schema.names if name not in measured],
                    use_byte_stream_split=measured,  # a fifth smaller
                    data_page_size=PAGE_BYTES,
                    dictionary_pagesize_limit=PAGE_BYTES,
                    max_rows_per_page=PAGE_BYTES,
                )
            writer.write_table(part.combine_chunks(), row_group_size=max(1, part.num_rows))
    finally:
        if writer is not None:
            writer.close()
