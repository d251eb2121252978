"""Arguments and options that several commands share, as the command line declares them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    str, typer.Argument(help="An experiment file, or the name of a shipped experiment.")
]
Results = Annotated[Path, typer.Argument(help="A results folder.")]
Other = Annotated[
    Path | None, typer.Argument(help="Another results folder of the same region: what changed?")
]
Out = Annotated[
    Path | None, typer.Option("--out", help="Results folder (default results/<experiment>).")
]
Workers = Annotated[
    int | None, typer.Option("--workers", min=1, help="Processes (default: one a processor).")
]
Seed = Annotated[
    int | None,
    typer.Option("--seed", min=0, max=2**63 - 1, help="Instead of the file's seed."),
]
Quick = Annotated[bool, typer.Option("--quick", help="150 communities, 2 futures, 2 replicates.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress, no table.")]
FigureFiles = Annotated[
    str,
    typer.Option(
        "--figures",
        help="page: the report's own; all: figures/ and slides/ too; none (of run): no report.",
    ),
]
Rules = Annotated[
    Path | None,
    typer.Option(
        "--rules", help="A file of Python with rules and metrics of your own; it is run as code."
    ),
]
RuleSeconds = Annotated[
    float,
    typer.Option("--rule-seconds", min=0.001, help="A rule of your own may take so long a year."),
]
Retry = Annotated[bool, typer.Option("--retry", help="Try runs again that failed before.")]
ExecutorName = Annotated[
    str, typer.Option("--executor", help="Where runs are done: processes (here) or dask.")
]
Scheduler = Annotated[
    str | None,
    typer.Option("--scheduler", help="Address of a dask scheduler you trust (--executor dask)."),
]
Shard = Annotated[
    str | None,
    typer.Option("--shard", help="K/N: only the K-th of N shards, every N-th future."),
]
Taken = Annotated[
    str | None,
    typer.Option("--take", help='Take over the runs of these folders, as "results/x-shard-*".'),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
PolicyName = Annotated[
    str | None, typer.Option("--policy", help="The policy in question (default: the best ranked).")
]
Against = Annotated[
    str | None,
    typer.Option(
        "--against", help="The policy it is held against (default: the next best with its budget)."
    ),
]
MetricName = Annotated[
    str | None, typer.Option("--metric", help="Metric (default: the experiment's first).")
]
OwnRegion = Annotated[
    str | None,
    typer.Option(
        "--region", help="Whose places: a region's CSV, an experiment file, or us_counties."
    ),
]
OwnColumns = Annotated[
    list[str] | None,
    typer.Option("--columns", help="What the file of counts calls its columns: place=fips,..."),
]
