"""Plans from CSV files: who gets how much for what, and when; every problem in one pass.

The file: as a region's (UTF-8, commas, a header line). `community` (an id of the region) is
required, and `dollars` (a year) or `share` (of the policy's budget of a year). Without `lever` the
policy's mix splits the money, without `year` (0 the first) it is the same every year. With a column
`policy` a file holds several plans: each policy has the rows with its name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from streetlight.experiments.config.yaml_tree import Node, note
from streetlight.model.advice import share_advice
from streetlight.model.arrays import FloatArray, IndexArray
from streetlight.model.communities.columns import LEAVE_OUT, NUMBER, TOTAL
from streetlight.model.communities.file import TextTable, plain_table
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError, Problems, closest, did_you_mean
from streetlight.model.money.mixes import SUM_TOLERANCE
from streetlight.model.money.table import Amounts, PlanTable, table
from streetlight.model.names import LEVER_NAMES, N_LEVERS

COLUMNS = ("policy", "community", "lever", "year", "dollars", "share")
#: Headers that mean a column but do not look like it.
OTHER_NAMES = {
    "id": "community", "fips": "community", "geoid": "community", "place": "community",
    "county": "community", "measure": "lever", "item": "lever", "period": "year",
    "amount": "dollars", "spending": "dollars", "spent": "dollars", "budget": "dollars",
    "usd": "dollars", "percent": "share", "fraction": "share", "plan": "policy",
}  # fmt: skip
#: Among the problems, tables come after the experiment's own files.
FIRST_FILE = 100
MOST_DOLLARS = 1e12  # in one row
YEAR = re.compile(r"0|[1-9][0-9]{0,3}")
#: A number with commas, or with points, between thousands; the other sign before the decimals.
COMMAS = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
POINTS = re.compile(r"[0-9]{1,3}(\.[0-9]{3})*(,[0-9]+)?")
THOUSANDS = re.compile(r"[0-9]{1,3}(\.[0-9]{3})+")


@dataclass(frozen=True, eq=False)
class PlanAmounts:
    """What a table says for one policy: amounts (Y, C, L) as `money.table.table` takes them."""

    of: Amounts
    amounts: FloatArray

    @property
    def by_community(self) -> bool:
        """Whether it says nothing of levers."""
        return bool(self.amounts.shape[2] == 1)


@dataclass
class PlanTables:
    """The tables of an experiment, each read once. names: its policies, as the file calls them."""

    region: Region | None
    horizon: int
    names: Collection[str]
    problems: Problems
    plans: dict[str, PlanAmounts | None] = field(default_factory=dict)
    _files: dict[Path, TextTable | None] = field(default_factory=dict)

    def plan(self, policy: str, name: str, at: Node) -> PlanAmounts | None:
        """The plan of a policy in the file `name`, as the node says; None, and noted, if broken."""
        if policy not in self.plans:
            cells = self._table(Path(at.mark.file).parent / name, at)
            self.plans[policy] = None
            if cells is not None and self.region is not None:
                before = self.problems.count
                plan = self._plan(policy, cells, self.region, at)
                self.plans[policy] = plan if self.problems.count == before else None
        return self.plans[policy]

    def tables(self) -> dict[str, PlanTable]:
        """All plans as the model has them, by the names of their policies."""
        assert self.region is not None
        tables: dict[str, PlanTable] = {}
        for name, plan in self.plans.items():
            if plan is not None:
                ids, population = self.region.ids, self.region.population
                rule = table(plan.amounts, ids, population, name=name, of=plan.of).rule
                assert isinstance(rule, PlanTable)
                tables[name] = rule
        return tables

    def _table(self, path: Path, at: Node) -> TextTable | None:
        """The cells of a file; None, and noted, when it or its header cannot be used."""
        if path not in self._files:
            self._files[path] = None
            try:
                cells = plain_table(path, FIRST_FILE + len(self._files), self.problems)
            except InputError as error:
                for text in error.problems:
                    note(self.problems, at.mark, "table", None, text)
                return None
            before = self.problems.count
            check_header(cells, self.problems)
            if self.problems.count == before:
                check_names(cells, self.names, self.problems)
                self._files[path] = cells
        return self._files[path]

    def _plan(self, policy: str, file: TextTable, region: Region, at: Node) -> PlanAmounts | None:
        """The plan of one policy, as far as its rows can be read."""
        whose = file.column("policy")
        rows = [r for r in range(len(file.records)) if not whose or whose[r] == policy]
        if not rows:
            note(self.problems, at.mark, "table", at.text, f'has no row of the policy "{policy}"')
            return None
        cells = PlanCells(file, rows, self.problems)
        amount, of = cells.amounts()
        community = cells.known("community", region.ids, lambda cell: in_region(cell, region))
        lever = cells.known("lever", LEVER_NAMES, lever_allowed)
        year = cells.years(self.horizon)
        cells.note_repeats()
        shape = (
            self.horizon if cells.filled("year") else 1,
            region.n_communities,
            N_LEVERS if cells.filled("lever") else 1,
        )
        amounts = np.zeros(shape)
        amounts[year, community, lever] = amount
        if of == "share":
            for y in np.flatnonzero(amounts.sum(axis=(1, 2)) > 1.0 + SUM_TOLERANCE).tolist():
                in_year = f" in year {y}" if len(amounts) > 1 else ""
                allowed = f"{policy}: the shares sum to {amounts[y].sum():.12g}{in_year}"
                text = f'{file.path}:1: column "share": {allowed}: must sum to 1 at most'
                self.problems.add((file.file, 1), text)
        return PlanAmounts(of, amounts)


def check_header(table: TextTable, problems: Problems) -> None:
    """Note repeated and missing columns, and such as are likely meant for one that is missing."""

    def wrong(text: str) -> None:
        problems.add((table.file, 1), f"{table.path}:1: {text}")

    absent = [column for column in COLUMNS if column not in table.header]
    for position, column in enumerate(table.header):
        if column and column in table.header[:position]:
            wrong(f'column "{column}": appears more than once')
        elif column and column not in COLUMNS and (meant := column_meant(column, absent)):
            absent.remove(meant)
            wrong(f'column "{column}": did you mean "{meant}"? Rename it, or add that column')
    if "community" in absent:
        wrong('column "community": required, and missing')
    if {"dollars", "share"} <= set(absent):
        levers = [column for column in table.header if column in LEVER_NAMES]
        way = "; a lever stands in a row, in a column lever" if levers else ""
        wrong(f'column "dollars" or "share": one of them is required, and missing{way}')


def column_meant(column: str, absent: Sequence[str]) -> str | None:
    """The missing column that an unknown header most likely stands for, if any."""
    folded = re.sub(r"[\s-]+", "_", column.casefold())
    meant = OTHER_NAMES.get(folded, folded)
    return meant if meant in absent else closest(folded, absent, cutoff=0.8)


def check_names(table: TextTable, names: Collection[str], problems: Problems) -> None:
    """Note rows of policies that the experiment does not have."""
    origin = table.origin(problems)
    for row, cell in enumerate(table.column("policy") or ()):
        if cell not in names:
            origin.refuse(row, "policy", cell, partial(no_policy, cell, names, problems))


def no_policy(cell: str, names: Collection[str], problems: Problems) -> str:
    """What is said of a cell that is the name of no policy."""
    advice = "" if problems.many else did_you_mean(cell, names)
    return f"no policy of the experiment has this name{advice}"


def in_region(cell: str, region: Region) -> str:
    """What is said of a cell that is the id of no community."""
    if cell in region.names:
        return f'must be an id of the region; "{cell}" is {region.ids[region.names.index(cell)]!r}'
    advice = LEAVE_OUT if TOTAL.match(cell) else did_you_mean(cell, region.ids)
    return f"no community of the region has this id{advice}"


def lever_allowed(cell: str) -> str:
    """What is said of a cell that is no lever."""
    return f"must be one of: {', '.join(LEVER_NAMES)}{did_you_mean(cell, LEVER_NAMES)}"


class PlanCells:
    """The cells of some rows of a table; what is wrong with them is noted."""

    def __init__(self, table: TextTable, rows: Sequence[int], problems: Problems) -> None:
        self.table, self.rows, self.problems = table, rows, problems
        self.origin = table.origin(problems)

    def texts(self, column: str) -> list[str]:
        """The cells of a column, blank where there is no such column: (n,)."""
        cells = self.table.column(column)
        return [cells[row] for row in self.rows] if cells else [""] * len(self.rows)

    def filled(self, column: str) -> bool:
        """Whether any row says something in a column; if so, all have to."""
        return any(self.texts(column))

    def known(self, column: str, names: Sequence[str], allowed: Callable[[str], str]) -> IndexArray:
        """Positions (n,) of a column's cells among names; 0 where the column is blank."""
        at: Mapping[str, int] = {name: position for position, name in enumerate(names)}
        return self._read(column, at.get, allowed, required=column == "community")

    def years(self, horizon: int) -> IndexArray:
        """The policy years (n,); 0 where the column is blank."""
        last = horizon - 1

        def year(cell: str) -> int | None:
            return int(cell) if YEAR.fullmatch(cell) and int(cell) <= last else None

        allowed = f"must be a policy year, from 0, the first, to {last}, the last of the horizon"
        return self._read("year", year, lambda cell: allowed)

    def _read(
        self,
        column: str,
        read: Callable[[str], int | None],
        allowed: Callable[[str], str],
        required: bool = False,
    ) -> IndexArray:
        found = np.zeros(len(self.rows), dtype=np.intp)
        if not (required or self.filled(column)):
            return found
        for i, (row, cell) in enumerate(zip(self.rows, self.texts(column), strict=True)):
            if not cell:
                what = "required" if required else "blank here, and not in other rows of the plan"
                self.origin.refuse(row, column, cell, what)
            elif (value := read(cell)) is None:
                self.origin.refuse(row, column, cell, partial(self._unknown, cell, allowed))
            else:
                found[i] = value
        return found

    def _unknown(self, cell: str, allowed: Callable[[str], str]) -> str:
        """What is said of a cell that is none of those known."""
        return "must be as above" if self.problems.many else allowed(cell)

    def amounts(self) -> tuple[FloatArray, Amounts]:
        """The amounts (n,), and what they are: in dollars where there are any, else in shares."""
        in_shares = self.filled("share") or "dollars" not in self.table.header
        of: Amounts = "share" if in_shares and not self.filled("dollars") else "dollars"
        found = np.zeros(len(self.rows))
        other = self.texts("share") if of == "dollars" else self.texts("dollars")
        for i, (row, cell) in enumerate(zip(self.rows, self.texts(of), strict=True)):
            if other[i]:
                self.origin.refuse(row, "share", other[i], "must be blank: the plan is in dollars")
            if NUMBER.fullmatch(cell) and 0.0 <= float(cell) <= most_of(of):
                found[i] = float(cell)
            else:
                self.origin.refuse(row, of, cell, amount_allowed(cell, of))
        if of == "dollars":
            self._note_points(self.texts(of))
        return found, of

    def _note_points(self, cells: list[str]) -> None:
        """Note points between thousands, which look like decimals: all that are have three."""
        written = [(row, cell) for row, cell in zip(self.rows, cells, strict=True) if "." in cell]
        if written and all(THOUSANDS.fullmatch(cell) for _, cell in written):
            row, cell = written[0]
            whole = cell.replace(".", "")
            allowed = f"all sums with a point have three decimals; write {whole}, or two for cents"
            self.origin.refuse(row, "dollars", cell, allowed)

    def note_repeats(self) -> None:
        """Note every row that says again what a row above says."""
        first: dict[tuple[str, ...], int] = {}
        keys = zip(*(self.texts(one) for one in ("community", "lever", "year")), strict=True)
        for row, key in zip(self.rows, keys, strict=True):
            if key[0] and key in first:
                line = self.table.lines[first[key]]
                allowed = f"stands in line {line} already, for the same lever and year"
                self.origin.refuse(row, "community", key[0], allowed)
            first.setdefault(key, row)


def most_of(of: Amounts) -> float:
    """The largest amount of one row."""
    return 1.0 if of == "share" else MOST_DOLLARS


def amount_allowed(cell: str, of: Amounts) -> str:
    """What a cell with an amount may be, with advice where the mistake is a common one."""
    if of == "share":
        allowed = "must be a share from 0 to 1"
        if (bare := cell.rstrip("% ")) != cell and NUMBER.fullmatch(bare):
            return f"{allowed}: {float(bare) / 100:g}"
        return allowed + share_advice(float(cell)) if NUMBER.fullmatch(cell) else allowed
    allowed = f"must be dollars a year, from 0 to {MOST_DOLLARS:,.0f}"
    if not cell:
        return f"required: {allowed.removeprefix('must be ')}"
    if cell.startswith(("-", "(", "\N{MINUS SIGN}")):
        return f"{allowed}: a plan takes no money back"
    if found := re.fullmatch(r"([0-9.]+) ?(k|m|mn|million)", cell.casefold()):
        if NUMBER.fullmatch(found[1]):
            written = float(found[1]) * (1e3 if found[2] == "k" else 1e6)
            return f"{allowed}, written out: {written:.12g}"
    bare = re.sub(r"[_'$\u20ac\u00a3\s]", "", cell)
    if COMMAS.fullmatch(bare):
        bare = bare.replace(",", "")
    elif POINTS.fullmatch(bare):
        bare = bare.replace(".", "").replace(",", ".")
    return f"{allowed}, without signs and separators: {bare}" if NUMBER.fullmatch(bare) else allowed
