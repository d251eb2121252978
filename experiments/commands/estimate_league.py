"""`streetlight estimate --league EXPERIMENT`: which estimator comes nearest to the truth there."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from streetlight.experiments.analyse.estimator_league import (
    LeagueRow,
    Standing,
    Worlds,
    league_rows,
    standing,
    world_scored,
)
from streetlight.experiments.analyse.estimator_scores import (
    CEILING,
    FEWEST_RANKED,
    REFERENCE,
    Scored,
)
from streetlight.experiments.analyse.findings import Grid
from streetlight.experiments.analyse.writing import write_table
from streetlight.experiments.commands.estimate import check_stated, grid_lines
from streetlight.experiments.config.loading import load
from streetlight.experiments.experiment import Experiment
from streetlight.experiments.running.cells import Engine, compiling
from streetlight.experiments.running.progress import Progress
from streetlight.experiments.running.workers import listening
from streetlight.model.errors import InputError
from streetlight.model.inference.hidden_risk import HIDDEN_CV

FILE = "league.csv"
#: What the columns of the table are called.
HEADS = {
    "all": "rank", "by_youth": "by youth", "thirty": "30+ cases", "top": "top tenth",
    "error": "log error", "with_level": "with level", "coverage": "intervals hold",
}  # fmt: skip
WORDS = f"""\
rank: agreement (Spearman) with the true rate over places; by youth: weighted by it; 30+ cases:
places with so many ({FEWEST_RANKED} or more); top tenth: share of the true one that is found; \
log error: standard
deviation, level taken out; with level: root mean square, the level that of --share (without: what
is in the counts is taken for all); intervals: nine in ten should hold. The ceiling knows all but
each place's own frailty. In brackets: 95% intervals over worlds."""
#: With more futures each has a line instead of a table, with still more none.
MOST_TABLES, MOST_LINES = 6, 40
#: Intervals that hold less than this are named.
TOO_NARROW = 0.75
SIMULATED = "Simulated: says nothing of any real place, and no method is best everywhere."


def estimate_league(
    target: str,
    *,
    worlds: int | None = None,
    hidden_cv: float = HIDDEN_CV,
    share: float | None = None,
    out: Path | None = None,
    rules: Path | None = None,
    quiet: bool = False,
    as_json: bool = False,
) -> int:
    """Score every estimator in the worlds of an experiment; print tables, and write league.csv.

    worlds: of each future, by default the replications of the file. Exit code: 0, or that of the
    signal that stopped it; what was done of each future until then is shown and written.
    InputError for a file or a number that cannot be used; nothing is written then.
    """
    check_stated(hidden_cv, share)
    if worlds is not None and worlds < 1:
        raise InputError(f"--worlds: {worlds}: must be 1 or more")
    experiment = load(target, rules=rules)
    if experiment.region.n_communities < FEWEST_RANKED:
        raise InputError(
            f"{target}: its region has {experiment.region.n_communities} places; ranks need "
            f"{FEWEST_RANKED} or more"
        )
    folder = Path("results") / f"{experiment.name}-league" if out is None else out
    if folder.exists() and not folder.is_dir():
        raise InputError(f"--out: {folder}: is a file; name a folder")
    asked = experiment.replications if worlds is None else worlds
    progress = Progress("silent" if quiet else "auto")
    scored, code = played(experiment, asked, hidden_cv, share or 1.0, progress)
    n = len(scored) // len(experiment.futures)
    if code:
        print(f"stopped after {n} of {asked} worlds of each future", file=sys.stderr)
    if not n:
        return code
    by_future = {
        one.name: [scored[r * len(experiment.futures) + f] for r in range(n)]
        for f, one in enumerate(experiment.futures)
    }
    pooled = [[one.scores for one in rows] for rows in by_future.values()]
    if all(one.is_draw for one in experiment.futures):  # a sample of futures, each of one world
        pooled = [[row for rows in pooled for row in rows]]
    rows = league_rows("all futures", pooled) if len(by_future) > 1 else []
    for name, one in by_future.items():
        rows += league_rows(name, [[world.scores for world in one]])
    if as_json:
        print(json.dumps([plain(row) for row in rows], indent=2))
    elif not quiet:
        print("\n".join(as_text(experiment, n, by_future, pooled, rows)))
    folder.mkdir(parents=True, exist_ok=True)
    write_table(folder / FILE, LeagueRow._fields, (row._asdict() for row in rows))
    if not (as_json or quiet):
        print(f"\n{folder / FILE}: every score with intervals. {SIMULATED}")
    return code


def played(
    experiment: Experiment, worlds: int, hidden_cv: float, share: float, progress: Progress
) -> tuple[list[Scored], int]:
    """Scores of a world of each future, and of another, and so on; and the exit code."""
    engine, scored = Engine.of_model(), list[Scored]()
    total = worlds * len(experiment.futures)
    if engine.compile is not None:
        progress.say(compiling())
        engine.compile()
    progress.start(total, 0)
    with listening() as stopped:
        for replicate in range(worlds):
            for future in experiment.futures:
                if stopped():
                    progress.finish()
                    return scored, stopped.exit_code
                scored.append(world_scored(experiment, future, replicate, hidden_cv, share))
                name = f"{future.name}/{replicate}"
                progress.group(name, [name], [], total)
    progress.finish()
    return scored, 0


def plain(row: LeagueRow) -> dict[str, str | float | None]:
    """A row as JSON has it."""
    values = row._asdict()
    return {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in values.items()}


def as_text(
    experiment: Experiment,
    worlds: int,
    by_future: Mapping[str, Sequence[Scored]],
    pooled: Worlds,
    rows: Sequence[LeagueRow],
) -> list[str]:
    """What was done, a table for each future and for all, and what the columns are."""
    places, baseline = experiment.region.n_communities, experiment.baseline.name
    lines = [
        f"{experiment.title}: estimators of counts in {worlds} world{'s' * (worlds > 1)} of each "
        f"future, {places:,} places; policy: {baseline}"
    ]
    if len(by_future) <= MOST_TABLES:
        for name, one in by_future.items():
            lines += [*table(name, [[world.scores for world in one]], rows), *refusals(one)]
    elif len(by_future) <= MOST_LINES:
        lines += ["", *leaders(by_future, rows)]
    if len(by_future) > 1:
        lines += table("all futures", pooled, rows)
    if len(by_future) > MOST_TABLES:
        lines += refusals([world for one in by_future.values() for world in one])
    return [*lines, "", WORDS]


def leaders(by_future: Mapping[str, Sequence[Scored]], rows: Sequence[LeagueRow]) -> list[str]:
    """A line a future: who has the highest rank there, and who is not surely behind."""
    ranks = {(row.future, row.method): row for row in rows if row.score == "all"}
    several = max(map(len, by_future.values())) > 1
    lines = ["Highest rank, of the ceiling's" + ", and what is not surely behind it" * several]
    wide = max(map(len, by_future))
    for name, scored in by_future.items():
        found = standing([[one.scores for one in scored]])
        if found is not None:
            own = ranks[name, found.leader]
            even = ", ".join(found.even) or "nothing"
            line = f"{name:<{wide}}  {number(own.mean)} of {number(own.ceiling)}  {found.leader}"
            lines.append(line + f"; {even}" * several)
    return lines


def table(future: str, worlds: Worlds, rows: Sequence[LeagueRow]) -> list[str]:
    """A line a method with the ceiling beside its rank, and who is surely ahead."""
    own: dict[str, dict[str, LeagueRow]] = {}
    for row in rows:
        if row.future == future:
            own.setdefault(row.method, {})[row.score] = row
    heads = ("", HEADS["all"], CEILING, f"over {REFERENCE}", *[*HEADS.values()][1:])
    cells = [
        (name, number(of["all"].mean), number(of["all"].ceiling),
         "" if name == REFERENCE else span(of["all"]),
         *(number(of[field].mean) for field in [*HEADS][1:]))
        for name, of in own.items()
    ]  # fmt: skip
    said = [f"Intervals of {name} hold in {of['coverage'].mean:.0%} of places: too narrow here."
            for name, of in own.items() if of["coverage"].mean < TOO_NARROW]  # fmt: skip
    standings = in_words(standing(worlds), own[REFERENCE]["all"].worlds)
    return ["", future, *grid_lines(Grid(future, heads, tuple(cells))), *standings, *said]


def in_words(found: Standing | None, worlds: int) -> list[str]:
    """Who has the highest rank, and what of it is sure."""
    if found is None:
        return ["No estimator has a rank: nothing is recorded that differs between places."]
    if worlds < 2:
        return [f"Highest rank: {found.leader}; one world tells nothing surely (--worlds 8)."]
    even = f"not surely behind it: {', '.join(found.even) or 'none'}"
    return [
        f"Highest rank: {found.leader}; {even}.",
        f"Surely ahead of {REFERENCE}: {', '.join(found.ahead) or 'none'}; surely behind: "
        f"{', '.join(found.behind) or 'none'}.",
    ]


def refusals(scored: Sequence[Scored]) -> list[str]:
    """Which estimators could not be used, in how many worlds, and why."""
    reasons: dict[str, list[str]] = {}
    for one in scored:
        for name, reason in one.refused.items():
            reasons.setdefault(name, []).append(reason)
    return [
        f"{name}: not in {len(said)} of {len(scored)} worlds: {said[0]}"
        for name, said in reasons.items()
    ]


def number(value: float) -> str:
    """A score."""
    return f"{value:.2f}" if math.isfinite(value) else "-"


def span(row: LeagueRow) -> str:
    """A difference with its interval, which one world has not."""
    if not math.isfinite(row.over_raw):
        return "-"
    ends = f" [{row.over_raw_low:+.2f} to {row.over_raw_high:+.2f}]"
    return f"{row.over_raw:+.2f}" + ends * math.isfinite(row.over_raw_low)
