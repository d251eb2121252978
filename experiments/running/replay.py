"""Do one run of a results folder again, and compare it with what the folder holds.

A results folder keeps what its experiment file said, `extends` followed (experiment.json), of
imported communities the columns that the model reads (region.csv), and plans that were tables
(plans.csv): so it can be rebuilt anywhere.
Columns of a region file that the model does not read, among them counts of real reports, cases or
persons served, are written nowhere.
"""

from __future__ import annotations

import csv
import dataclasses
import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from streetlight.experiments.config.loading import load
from streetlight.experiments.experiment import Experiment
from streetlight.experiments.running.cells import Engine, Job, draw
from streetlight.experiments.running.columns import numbers_in
from streetlight.experiments.running.design import Cell, RunGroup, code_hash, expand
from streetlight.experiments.running.disk import read_json
from streetlight.experiments.running.parts import TABLES, Kept
from streetlight.experiments.running.reading import (
    A_FOLDER,
    OF_REPLAY,
    again,
    read_manifest,
    readable,
)
from streetlight.experiments.running.store import UTF8, Store
from streetlight.model.calling import explained, path_of
from streetlight.model.communities.columns import BOUNDS, CLASS_OF_LABEL
from streetlight.model.communities.reading import DOUBTS
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError, did_you_mean, visible
from streetlight.model.money import asking
from streetlight.model.money.asking import rules_within
from streetlight.model.money.policy import Policy
from streetlight.model.money.table import PlanTable
from streetlight.model.names import LEVER_NAMES
from streetlight.model.text import marked

if TYPE_CHECKING:
    from pyarrow import Table

SOURCE, REGION = "experiment.json", "region.csv"
NEIGHBOURS, PLANS = "region_neighbours.csv", "plans.csv"
UNSTEADY = (
    "its rule, or a metric of your own, depends on more than it is shown: no result of it can be "
    "trusted"
)


@dataclass(frozen=True)
class Replay:
    """What a second run gave. differences: table to what differs in it; none when identical.

    same_code: whether the model is the one the folder was made with.

    >>> sl.replay("results/tiny", "per_youth/central/0").identical
    True
    """

    run_id: str
    differences: dict[str, str]
    same_code: bool

    @property
    def identical(self) -> bool:
        """Whether every value of every table is the same."""
        return not self.differences


def write_source(experiment: Experiment, store: Store) -> None:
    """Write what `rebuilt` needs; nothing for an experiment that was built in Python."""
    if experiment.file is None:
        return
    content = {**experiment.file, "seed": experiment.seed}
    for name in ("extends", "record"):  # a record is read by no run
        content.pop(name, None)
    if isinstance(content.get("region"), dict) and "csv" in content["region"]:
        content["region"] = {"csv": REGION, "accept": list(DOUBTS)}
        store.write(REGION, lambda path: write_region(experiment.region, path))
        store.write(NEIGHBOURS, lambda path: write_neighbours(experiment.region, path))
    if experiment.tables:
        name_plans(content)
        store.write(PLANS, lambda path: write_plans(experiment.tables, path))
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    store.write(SOURCE, lambda path: path.write_text(text, **UTF8))


def name_plans(content: dict[str, Any]) -> None:
    """Let every table of a file be the one beside its copy; `content` is changed."""
    if isinstance(content.get("baseline"), dict):
        content["baseline"] = pointed(content["baseline"])
    if isinstance(content["policies"], dict):
        content["policies"] = {name: pointed(one) for name, one in content["policies"].items()}


def pointed(said: dict[str, Any]) -> dict[str, Any]:
    """What is said of a policy, with its table, if it has one, beside the copy."""
    return {**said, "table": PLANS} if isinstance(said.get("table"), str) else said


def write_plans(tables: Mapping[str, PlanTable], path: Path) -> None:
    """Write tables as one file; a plan that spends nothing has one row of 0."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["policy", "community", "lever", "year", "dollars", "share"])
        for name, plan in tables.items():
            n_years, _, n_levers = plan.amounts.shape
            cells = np.argwhere(plan.amounts) if plan.amounts.any() else [(0, 0, 0)]
            for y, c, k in cells:
                amount = repr(float(plan.amounts[y, c, k]))
                lever, year = LEVER_NAMES[k] if n_levers > 1 else "", y if n_years > 1 else ""
                both = ["", amount] if plan.of_what == "share" else [amount, ""]
                writer.writerow([name, marked(plan.ids[c]), lever, year, *both])


def write_region(region: Region, path: Path) -> None:
    """Write the columns of a region that the model reads; no other column leaves the file."""
    labels = {int(place): label for label, place in CLASS_OF_LABEL.items()}
    areas = region.extras.get("area")
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        own = ["area"] if areas else []
        writer.writerow(["id", "name", "state", "place_class", *own, *BOUNDS])
        for c in range(region.n_communities):
            numbers = (float(getattr(region, column)[c]) for column in BOUNDS)
            writer.writerow(
                [
                    marked(region.ids[c]),  # the reader of regions takes the mark away
                    marked(region.names[c]),
                    marked(region.state[c]),
                    labels[int(region.place_class[c])],
                    *([marked(areas[c])] if areas else []),
                    *("" if math.isnan(number) else repr(number) for number in numbers),
                ]
            )


def write_neighbours(region: Region, path: Path) -> None:
    """Write the pairs of neighbours."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["id_a", "id_b"])
        for a, b in region.neighbour_pairs():
            writer.writerow([marked(region.ids[a]), marked(region.ids[b])])


def rebuilt(folder: Path, rules: Path | None = None) -> tuple[Experiment, dict[str, Any]]:
    """The experiment of a results folder, and its manifest; InputError when that cannot be.

    rules: the file of rules that it was run with, if there was one.
    """
    manifest = read_manifest(folder, OF_REPLAY)
    used = manifest.get("rules")
    if isinstance(used, dict) and rules is None:
        raise InputError(
            f"{folder}: was run with rules of its own, {used.get('file')} (SHA-256 "
            f"{str(used.get('sha256'))[:12]}...): name that file with --rules"
        )
    if not (folder / SOURCE).is_file():
        raise InputError(
            f"{folder}: has no {SOURCE}: the experiment was built in Python, and only Python can "
            "build it again"
        )
    check_inside(folder)
    experiment = load(folder / SOURCE, quick=bool(manifest["config"]["quick"]), rules=rules)
    return dataclasses.replace(experiment, name=manifest["experiment"]), manifest


def check_inside(folder: Path) -> None:
    """InputError when what the folder keeps of its file names other files than those beside it."""
    content = read_json(folder / SOURCE) or {}
    region = content.get("region")
    csv_named = region.get("csv", REGION) if isinstance(region, dict) else REGION
    plans = content.get("policies")
    said = [content.get("baseline"), *(plans.values() if isinstance(plans, dict) else ())]
    tables = {str(one["table"]) for one in said if isinstance(one, dict) and "table" in one}
    if csv_named != REGION or "extends" in content or tables - {PLANS}:
        raise InputError(
            f"{folder / SOURCE}: is damaged (it names files that the run did not leave); "
            f"{again(folder)}"
        )


@explained("replay")
def replay(
    folder: str | os.PathLike[str],
    run_id: str,
    engine: Engine | None = None,
    *,
    rules: str | os.PathLike[str] | None = None,
) -> Replay:
    """Do a run again and compare; InputError when the folder or the run cannot be used.

    run_id: "<policy>/<future>/<replicate>"; rules: the file of rules that the experiment was run
    with, if there was one. An experiment that was built in Python cannot be replayed, as no file
    says what it is.

    >>> sl.replay("results/tiny", "per_youth/central/0")
    Replay(run_id='per_youth/central/0', differences={}, same_code=True)
    """
    folder = path_of("folder", folder, A_FOLDER)
    experiment, manifest = rebuilt(folder, None if rules is None else Path(rules))
    cells: dict[str, str] = manifest["cells"]
    if run_id not in cells:
        advice = did_you_mean(run_id, cells)
        raise InputError(f"--run: {run_id}: no such run{advice}; a run is POLICY/FUTURE/REPLICATE")
    store = Store(folder, experiment.name)
    group = group_of(experiment, manifest, run_id)
    key = next(one.key for one in group.cells if one.run_id == run_id)
    kept = Kept(folder)
    if key not in kept:
        raise InputError(
            f"--run: {run_id}: this run was not finished, or the tables that it was kept in are "
            f"damaged; {again(folder)}"
        )
    engine = engine or Engine.of_model()
    job = Job.of(experiment, store, engine)
    stored = stored_tables(kept, key, experiment.region)
    (fresh,) = done_again(job, group, [one for one in group.cells if one.run_id == run_id])
    found = {name: difference(fresh[name], stored[name]) for name in TABLES}
    same_code = manifest["code_sha256"] == code_hash()
    return Replay(run_id, {name: text for name, text in found.items() if text}, same_code)


def group_of(experiment: Experiment, manifest: dict[str, Any], run_id: str) -> RunGroup:
    """The group of a run; InputError unless the run has the key it had."""
    region = manifest["config"]["region_fingerprint"]
    for group in expand(experiment, code=manifest["code_sha256"], region=region):
        for cell in group.cells:
            if cell.run_id == run_id and cell.key == manifest["cells"][run_id]:
                return group
    used, own = manifest.get("rules"), experiment.own_code
    if isinstance(used, dict) and own is not None and used.get("sha256") != own.sha256:
        raise InputError(
            f"{run_id}: --rules: {own.name} is not the file that this run was made with: its "
            f"SHA-256 is {own.sha256[:12]}..., and was {str(used.get('sha256'))[:12]}..."
        )
    raise InputError(
        f"{run_id}: {SOURCE} no longer gives this run: the experiment was changed in Python after "
        "its file was read, or this version reads the file differently"
    )


def done_again(job: Job, group: RunGroup, cells: Sequence[Cell]) -> Iterator[dict[str, Table]]:
    """The tables of some runs of a group, computed afresh, one after the other."""
    with rules_within(job.rule_seconds):
        world = draw(job, group)
        baseline = job.engine.run_policy(world, group.cells[0].policy)
        for cell in cells:
            first = cell is group.cells[0]
            history = baseline if first else job.engine.run_policy(world, cell.policy)
            yield job.tables(history, baseline)


def stored_tables(kept: Kept, key: str, region: Region) -> dict[str, Table]:
    """The tables of one run as they were kept; InputError when they cannot be read."""
    from streetlight.experiments.running.merging import in_numbers

    part, found = kept.part(key), {}
    for name in TABLES:
        with readable(part.path(name), kept.folder):
            ((_, table),) = part.slices(name, [key])
        found[name] = in_numbers(table, name, region)
    return found


def unsteady(job: Job, kept: Kept, groups: Sequence[RunGroup]) -> list[str]:
    """What is said of runs that come out otherwise when they are done again.

    Of those only whose rule, or a metric, is the user's own: it may depend on more than it is
    shown, on the time, luck of its own or how often it was asked. They are those of the last world
    that has any. kept: the runs that are done.
    """
    for group in reversed(groups):
        done = [one for one in group.cells if one.key in kept]
        own = [one for one in done if is_own(one.policy)] or (done[-1:] if job.metrics else [])
        if own:
            return compared_again(job, kept, group, own)
    return []


def compared_again(job: Job, kept: Kept, group: RunGroup, cells: Sequence[Cell]) -> list[str]:
    """What is said of those of a group's runs that come out otherwise, or fail, the second time."""
    found = []
    try:
        for cell, fresh in zip(cells, done_again(job, group, cells), strict=True):
            stored = stored_tables(kept, cell.key, job.region)
            each = {name: difference(fresh[name], stored[name]) for name in TABLES}
            if text := "; ".join(f"{name}: {one}" for name, one in each.items() if one):
                found.append(
                    f"{cell.run_id}: done again, it came out otherwise ({text}); {UNSTEADY}"
                )
    except (Exception, SystemExit) as error:  # whatever code of the user's raises
        text = visible(f"{type(error).__name__}: {error}")
        found.append(f"{group.name}: a run that was done again failed ({text}); {UNSTEADY}")
    return found


def is_own(policy: Policy) -> bool:
    """Whether a policy's rule, or that of a part of it, is the user's own."""
    parts = getattr(policy.rule, "parts", None)
    return any(is_own(part) for _, part in parts) if parts else asking.is_own(policy.rule)


def difference(fresh: Any, stored: Any) -> str:
    """What differs between two tables, or ""; a blank equals a blank."""
    if fresh.column_names != stored.column_names:
        return "other columns"
    if fresh.num_rows != stored.num_rows:
        return f"{fresh.num_rows} rows, and {stored.num_rows} are stored"
    worst, where = 0.0, ""
    for name in fresh.column_names:
        new, old = numbers_in(fresh[name]), numbers_in(stored[name])
        if np.array_equal(new, old, equal_nan=True):
            continue
        gap = np.abs(new.astype(np.float64) - old.astype(np.float64))
        size = math.inf if (np.isnan(new) != np.isnan(old)).any() else float(np.nanmax(gap))
        if size >= worst:
            worst, where = size, name
    return f"differs by up to {worst:.6g}, in {where}" if where else ""
