"""design.parquet: what each future of an experiment is, and reading it again as numbers.

    table = read_design(Path("results/wide_futures"))
    table.values[:, table.parameters.index("incidence.poverty_ratio")]

A row a future in the order of the experiment; a column a parameter that is not the same in all of
them and the base. The kind of a column stands in its field's metadata:

- number: the value (float64);
- factor: of a tuple (by place class or sector), the factor on the base's values (float64); null in
  a named future that changes the pattern and not the level;
- switch: bool;
- choice: the text of the choice;
- list: of a tuple whose pattern is what differs, the values as a JSON list (text).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from streetlight.experiments.distributions import value_of
from streetlight.experiments.experiment import Experiment, Future
from streetlight.experiments.running.columns import of_known, of_numbers, of_words
from streetlight.experiments.running.reading import again, is_number, read_parquet
from streetlight.experiments.running.tables import write_table
from streetlight.model.arrays import FloatArray
from streetlight.model.errors import InputError
from streetlight.model.parameters import Parameters

FILE = "design.parquet"
KIND = b"kind"
ColumnKind = Literal["number", "factor", "switch", "choice", "list"]
#: Columns that are no parameters; parameters have a dot in their names.
OWN_COLUMNS = ("future", "kind", "shocks")


@dataclass(frozen=True)
class DesignTable:
    """The futures of a results folder as numbers.

    futures, kinds: by row, F of them; parameters: by column, K of them; values: (F, K), NaN where
    there is no number; labels: by parameter whose numbers are codes (switches, choices, lists), the
    text of code 0, 1 and on; factors: parameters whose numbers are factors on the base's values;
    shocks: names of the shocks of each future.
    """

    futures: tuple[str, ...]
    kinds: tuple[str, ...]
    parameters: tuple[str, ...]
    values: FloatArray
    labels: Mapping[str, tuple[str, ...]]
    factors: tuple[str, ...]
    shocks: tuple[tuple[str, ...], ...]

    @property
    def sampled(self) -> np.ndarray:
        """Whether each future comes from a design, (F,)."""
        return np.array([kind != "named" for kind in self.kinds], dtype=bool)


def design_writer(experiment: Experiment) -> Callable[[Path], None]:
    """What writes design.parquet to the path it is given."""
    return lambda path: write_table(path, [design_table(experiment)])


def design_table(experiment: Experiment) -> pa.Table:
    """The table of an experiment's futures."""
    futures, base = experiment.futures, Parameters().with_values(dict(experiment.overrides))
    columns = {
        "future": of_words([one.name for one in futures]),
        "kind": of_words([one.kind for one in futures]),
    }
    fields = [pa.field(name, pa.string()) for name in columns]
    for name, card in Parameters.all_cards().items():
        own = value_of(base, name)
        values = [value_of(one.parameters, name) for one in futures]
        if any(value != own for value in values):
            kind, column = parameter_column(values, own, card.unit, futures)
            columns[name] = column
            fields.append(pa.field(name, column.type, metadata={KIND: kind}))
    columns["shocks"] = of_words([" ".join(shock_names(one)) for one in futures])
    fields.append(pa.field("shocks", pa.string()))
    return pa.table(list(columns.values()), schema=pa.schema(fields))


def shock_names(future: Future) -> tuple[str, ...]:
    """Names of a future's shocks; of shocks given in Python without names, their kinds."""
    return future.shock_names or tuple(shock.kind for shock in future.shocks)


def parameter_column(
    values: list[Any], own: Any, unit: str, futures: tuple[Future, ...]
) -> tuple[ColumnKind, pa.Array]:
    """Kind and column of one parameter with these values; `own`: its value in the base."""
    if unit == "switch":
        return "switch", of_numbers(np.array(values, dtype=np.int8)).cast(pa.bool_())
    if unit == "choice":
        return "choice", of_words([str(value) for value in values])
    if not isinstance(own, tuple):
        return "number", of_numbers(np.array(values, dtype=np.float64))
    factors = [common_factor(value, own) for value in values]
    judged = [i for i, one in enumerate(futures) if one.sampled and values[i] != own]
    judged = judged or list(range(len(futures)))
    if any(factors[i] is None for i in judged):
        return "list", of_words([json.dumps(list(value)) for value in values])
    return "factor", of_known(factors)


def common_factor(values: tuple[float, ...], own: tuple[float, ...]) -> float | None:
    """The factor that makes `own` into `values`; None when there is no common one."""
    if values == own:
        return 1.0
    i = int(np.argmax(np.abs(own)))
    if own[i] == 0.0:
        return None
    factor = values[i] / own[i]
    return factor if np.allclose(np.array(own) * factor, values, rtol=1e-12, atol=0.0) else None


def read_design(folder: Path) -> DesignTable:
    """The futures of a results folder; InputError when it holds no design.parquet it can read."""
    path = folder / FILE
    read_parquet(path, OWN_COLUMNS)  # that they are there and have no blanks
    table = read_parquet(path)
    names = [name for name in table.column_names if name not in OWN_COLUMNS]
    values = np.full((table.num_rows, len(names)), np.nan)
    labels, factors = dict[str, tuple[str, ...]](), []
    for k, name in enumerate(names):
        kind = (table.schema.field(name).metadata or {}).get(KIND, b"number").decode()
        column = table[name].to_pylist()
        if kind in ("number", "factor"):
            if not is_number(table.schema.field(name).type):
                raise InputError(f"{path}: {name}: must be numbers; {again(folder)}")
            values[:, k] = [np.nan if value is None else value for value in column]
            factors += [name] if kind == "factor" else []
            continue
        texts = [json.dumps(one) if isinstance(one, bool) else str(one) for one in column]
        labels[name] = tuple(sorted(set(texts)))
        values[:, k] = [labels[name].index(text) for text in texts]
    return DesignTable(
        futures=tuple(table["future"].to_pylist()),
        kinds=tuple(table["kind"].to_pylist()),
        parameters=tuple(names),
        values=values,
        labels=labels,
        factors=tuple(factors),
        shocks=tuple(tuple(text.split()) for text in table["shocks"].to_pylist()),
    )
