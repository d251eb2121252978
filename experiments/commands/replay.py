"""`streetlight replay RESULTS --run ID`: one run again, and whether it is identical."""

from __future__ import annotations

import json
from pathlib import Path

from streetlight.experiments.running.replay import replay


def replay_run(
    folder: Path, run_id: str, *, as_json: bool = False, rules: Path | None = None
) -> int:
    """Exit code: 0 identical, 1 not. InputError when the folder or the run cannot be used."""
    found = replay(folder, run_id, rules=rules)
    if as_json:
        facts = {
            "run": run_id,
            "identical": found.identical,
            "differences": found.differences,
            "same_code": found.same_code,
        }
        print(json.dumps(facts, indent=2))
    else:
        print(f"{run_id}: {'identical' if found.identical else 'not identical'}")
        for table, text in found.differences.items():
            print(f"  {table}: {text}")
        if not found.same_code:
            print("The model is not the version these results were made with.")
    return 0 if found.identical else 1
