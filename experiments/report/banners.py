"""What a reader must know before any number: what is missing, missed, mixed or made up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from streetlight.experiments.analyse.whole import Comparison
from streetlight.experiments.figures.words import plural
from streetlight.experiments.labels import label
from streetlight.experiments.running.design import code_hash

ALWAYS = (
    "Illustrative, not a forecast. Everything here is simulated under stated assumptions; nothing "
    "is an estimate for a real place, and no place or person is ranked."
)


@dataclass(frozen=True)
class Banner:
    """One banner: kind is 'note' or 'warning'."""

    kind: str
    text: str


def banners(
    manifest: Mapping[str, Any], comparison: Comparison, precision: Mapping[str, Any]
) -> list[Banner]:
    """The banners of a results folder, warnings first; the last one always stands."""
    found = [
        *incomplete(manifest, comparison),
        *missed(precision),
        *code(manifest),
    ]
    if (manifest.get("config") or {}).get("quick"):
        found.append("A quick look: fewer places, futures and replicates than the file asks for.")
    return [*(Banner("warning", text) for text in found), Banner("note", ALWAYS)]


def incomplete(manifest: Mapping[str, Any], comparison: Comparison) -> list[str]:
    """Runs that failed or are not there, and what is left out because of that."""
    found = []
    failed = len(manifest.get("failures") or [])
    if failed:
        them = "it is" if failed == 1 else "they are"
        found.append(f"{plural(failed, 'run')} failed; {them} missing from every number below.")
    missing = comparison.n_expected - comparison.n_runs - failed
    if missing > 0:
        more = " more" if failed else ""
        found.append(f"{missing:,}{more} of {comparison.n_expected:,} runs are missing.")
    dropped = comparison.worlds.dropped
    if dropped.absent:
        names = ", ".join(map(label, dropped.absent))
        found.append(f"Without any finished run, and set aside: {names}.")
    if dropped.worlds:
        worlds = plural(dropped.worlds, "simulated world")
        those = "it lacks" if dropped.worlds == 1 else "they lack"
        runs = plural(dropped.runs, "finished run")
        found.append(f"{worlds} ({runs}) left out of the comparison: {those} a plan's run.")
    status = manifest.get("status")
    if status not in ("done", None) and not failed:
        found.append(f"This run has the status '{status}': it did not end as it should.")
    return found


def missed(precision: Mapping[str, Any]) -> list[str]:
    """Futures in which the precision asked for was not reached."""
    reached = precision.get("reached_share")
    if reached is None or reached == 1.0:
        return []
    n = precision["futures"]
    return [
        f"The precision asked for was not reached in {round(n * (1 - reached))} of "
        f"{plural(n, 'future')}: intervals there are wider than the file wants."
    ]


def code(manifest: Mapping[str, Any]) -> list[str]:
    """Code that no commit holds, or that is not the code of this report."""
    found = []
    if manifest.get("code_dirty"):
        found.append("The code had changes that are in no commit: nobody can get it as it was.")
    if manifest.get("code_sha256") not in (None, code_hash()):
        found.append(
            "Mixed versions: the runs were made by other model code than this report, whose list "
            "of assumptions shows the defaults of its own."
        )
    return found
