"""What a reader must know before any number: what is missing, missed, mixed or made up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from experiments.comparison.whole import Comparison

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
    found = []
    failures = manifest.get("failures") or []
    if failures:
        found.append(f"{len(failures)} runs failed; they are missing from every number below.")
    missing = comparison.n_expected - comparison.n_runs
    if missing > len(failures):
        found.append(f"{missing:,} of {comparison.n_expected:,} runs are missing.")
    reached = precision.get("reached_share")
    if reached is not None and reached < 1.0:
        n = precision["futures"]
        found.append(
            f"The precision asked for was not reached in {round(n * (1 - reached))} of {n} "
            "futures: their intervals are wider than the file wants."
        )
    if manifest.get("status") not in ("done", None):
        status = manifest["status"]
        found.append(f"This run has the status '{status}': it did not end as it should.")
    if manifest.get("code_dirty"):
        found.append("The code had changes that are in no commit: nobody can get it as it was.")
    if (manifest.get("config") or {}).get("quick"):
        found.append("A quick look: fewer places, futures and replicates than the file asks for.")
    return [*(Banner("warning", text) for text in found), Banner("note", ALWAYS)]
