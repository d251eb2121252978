"""`streetlight check CONFIG`: is the file right, and what would running it take?"""

from __future__ import annotations

import json

from experiments.config import load
from experiments.experiment import Experiment
from experiments.progress import in_words
from experiments.runner import default_folder, default_workers

# Measured with `streetlight bench` on one core: seconds and bytes a run of the US counties for ten
# years. They scale with youth (victims), communities and years; the estimate is rough on purpose.
WORLD_SECONDS, POLICY_SECONDS, START_SECONDS = 0.7, 0.6, 8.0
US_YOUTH, US_COMMUNITIES, YEARS = 33.4e6, 3142, 10
# Bytes of one run, compressed; everything is kept twice (cell and table).
FIXED_BYTES, COMMUNITY_BYTES, COMMUNITY_YEAR_BYTES = 40_000, 35, 13


def check(
    config: str,
    *,
    workers: int | None = None,
    seed: int | None = None,
    quick: bool = False,
    quiet: bool = False,
    as_json: bool = False,
) -> int:
    """Print what a run would take. InputError, listing every problem, when the file is wrong."""
    experiment = load(config, seed=seed, quick=quick)
    facts = estimate(experiment, workers or default_workers())
    if as_json:
        print(json.dumps(facts, indent=2))
    elif not quiet:
        print(f"{experiment.title}")
        print(
            f"{facts['runs']} runs: {facts['policies']} policies (with the baseline) x "
            f"{facts['futures']} futures x {facts['replications']} replicates, "
            f"{facts['communities']:,} communities, {experiment.horizon} years"
        )
        for sentence in experiment.sampling.sentences() if experiment.sampling else ():
            print(sentence)
        print(
            f"about {in_words(facts['minutes'] * 60)} with {facts['workers']} workers, "
            f"{facts['megabytes']:,.0f} MB in {default_folder(experiment)}"
        )
    return 0


def estimate(experiment: Experiment, workers: int) -> dict[str, float]:
    """Numbers of runs, and roughly the minutes and megabytes they take."""
    n_worlds = len(experiment.futures) * experiment.replications
    n_runs = n_worlds * len(experiment.all_policies())
    size = max(
        experiment.region.total_youth / US_YOUTH,
        experiment.region.n_communities / US_COMMUNITIES,
    )
    years = experiment.horizon / YEARS
    seconds = size * (
        n_worlds * WORLD_SECONDS * (0.5 + 0.5 * years) + n_runs * POLICY_SECONDS * years
    )
    seconds = START_SECONDS + seconds / min(workers, n_worlds)
    community_bytes = COMMUNITY_BYTES + COMMUNITY_YEAR_BYTES * experiment.horizon
    return {
        "runs": n_runs,
        "worlds": n_worlds,
        "policies": len(experiment.all_policies()),
        "futures": len(experiment.futures),
        "replications": experiment.replications,
        "communities": experiment.region.n_communities,
        "workers": workers,
        "minutes": seconds / 60,
        "megabytes": 2e-6
        * n_runs
        * (FIXED_BYTES + community_bytes * experiment.region.n_communities),
    }
