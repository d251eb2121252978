"""Read an experiment file: `experiment = load("experiments/first_look.yaml")`."""

from __future__ import annotations

import math
import os
from pathlib import Path

from streetlight.experiments.config.checks import (
    checked_metrics,
    checked_record,
    read_shape,
)
from streetlight.experiments.config.files import find_config, read_files
from streetlight.experiments.config.futures import checked_futures
from streetlight.experiments.config.own_code import take_rules
from streetlight.experiments.config.policies import BASELINE, checked_policies
from streetlight.experiments.config.region import checked_region
from streetlight.experiments.config.shocks import checked_shocks
from streetlight.experiments.config.tables import PlanTables
from streetlight.experiments.config.values import checked_values, on_axes
from streetlight.experiments.config.yaml_tree import Mark, Node, TooMany, note
from streetlight.experiments.currency import speaking
from streetlight.experiments.experiment import (
    ComparedMetric,
    ConfigError,
    Experiment,
    OwnCode,
    Precision,
    amount,
)
from streetlight.experiments.metrics import METRICS
from streetlight.experiments.schema.experiment_file import ExperimentFile
from streetlight.experiments.schema.types import MOST_RUNS, NAME_IN_WORDS
from streetlight.model.calling import explained
from streetlight.model.errors import Problems, did_you_mean
from streetlight.model.money.policy import NAME


@explained("load")
def load(
    config: str | Path,
    *,
    seed: int | None = None,
    quick: bool = False,
    rules: str | os.PathLike[str] | None = None,
) -> Experiment:
    """The experiment of a file, or of a shipped name such as "first_look".

    seed: in the place of the file's; quick: `Experiment.quickened`; rules: a file of Python with
    rules and metrics of your own, which the experiment may name. InputError when there is no such
    file, or the rules cannot be used; ConfigError, which is one, lists all that is wrong with the
    experiment's file, with line and column.

    >>> sl.load("tiny")
    <Experiment tiny: 3 policies x 2 futures x 2 replicates, 12 communities, 5 years>
    >>> sl.load("tinny")
    Traceback (most recent call last):
    streetlight.model.errors.InputError: tinny: no such file, ... (did you mean "tiny"?)...
    """
    path = find_config(config)
    own_code = take_rules(None if rules is None else Path(rules))
    problems = Problems()
    try:
        return checked(path, seed, quick, own_code, problems)
    except TooMany:
        allowed = f"{problems.count:,} problems, at which checking stops; the first are"
        problems.add((-1, 0), f"{Mark(str(path), 1, 1)}: file: {allowed}")
        problems.raise_any(ConfigError)
        raise


def checked(
    path: Path, seed: int | None, quick: bool, own_code: OwnCode | None, problems: Problems
) -> Experiment:
    """The experiment of a file, checked; what is wrong with it is noted and raised."""
    root, sources = read_files(path, problems)
    if not NAME.fullmatch(path.stem):
        note(problems, Mark(str(path), 1, 1), "file name", path.stem, NAME_IN_WORDS)
    if root is None:
        problems.raise_any(ConfigError)
        raise ConfigError(f"{path}: cannot be read")
    file = read_shape(root, problems)
    if seed is not None:
        file = file.model_copy(update={"seed": seed})
    base, axes = checked_values(root, file.horizon, problems)
    region = checked_region(root, file.region, problems)
    tables = PlanTables(region, file.horizon, [*file.policies, BASELINE], problems)
    with speaking({"currency": file.currency}):
        policies = checked_policies(root, file, tables, problems)
    checked_metrics(root, file, problems)
    replications, precision = checked_replications(root, file, problems)
    record = checked_record(root, file, region, problems)
    shocks = checked_shocks(root, file, region, problems)
    futures, sampling = checked_futures(root, file, base, shocks, problems)
    futures = on_axes(futures, axes, root, problems)
    problems.raise_any(ConfigError)
    assert region is not None  # otherwise a problem was noted
    chosen = file.metrics if isinstance(file.metrics, dict) else dict.fromkeys(file.metrics)
    experiment = Experiment(
        name=path.stem,
        title=file.title,
        question=(file.question or "").strip(),
        region=region,
        region_choice=file.region.model_dump(exclude_none=True),
        horizon=file.horizon,
        overrides=base,
        policies=policies.policies,
        policy_titles=policies.titles,
        policy_axes=policies.axes,
        baseline=policies.baseline,
        futures=futures,
        sampling=sampling,
        metrics=tuple(ComparedMetric.default(name, choice) for name, choice in chosen.items()),
        replications=replications,
        precision=precision,
        currency=file.currency,
        seed=file.seed,
        sources=tuple(source.name for source in sources),
        file=root.plain(),
        tables=tables.tables(),
        record=record,
        own_code=own_code,
    )
    if quick:
        return experiment.quickened()
    check_runs(experiment, root)
    return experiment


def check_runs(experiment: Experiment, root: Node) -> None:
    """ConfigError when an experiment has more runs than one folder can hold."""
    counts = {
        "policies": len(experiment.all_policies()),
        "futures": len(experiment.futures),
        "replicates": experiment.replications,
    }
    if (n_runs := math.prod(counts.values())) > MOST_RUNS:
        product = " x ".join(f"{n:,} {what}" for what, n in counts.items())
        problems = Problems()
        allowed = f"at most {MOST_RUNS:,} runs in one experiment"
        note(problems, root.mark, "runs", None, f"{product} = {n_runs:,}: {allowed}")
        problems.raise_any(ConfigError)


def checked_replications(
    root: Node, file: ExperimentFile, problems: Problems
) -> tuple[int, Precision | None]:
    """The most replicates, and the rule by which fewer may do."""
    given = file.replications
    if isinstance(given, int):
        return given, None
    metric = given.metric or next(iter(file.metrics))
    if metric not in file.metrics:
        at, known = root.at(("replications", "metric"))[1], list(file.metrics)
        allowed = f"must be one of this file's metrics: {', '.join(known)}"
        note(problems, at.mark, "metric", metric, allowed + did_you_mean(metric, known))
        return given.max, None
    if given.max < given.min:
        at = root.at(("replications", "max"))[1]
        note(problems, at.mark, "max", given.max, f"must be min or more, which is {given.min}")
    if metric not in METRICS:
        return given.max, None  # noted already
    half_width, relative_to = amount(given.half_width, metric)
    if half_width <= 0.0:
        at = root.at(("replications", "half_width"))[1]
        note(problems, at.mark, "half_width", at.text, "must be more than 0")
    return given.max, Precision(metric, half_width, relative_to, given.min, given.batch)
