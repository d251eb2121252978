"""Memory and seconds of many runs in one process: `python tests/benchmarks/measure_memory.py N`.

A region of ten communities over two years, four policies and the baseline. Prints a JSON object a
thousand runs: runs done, resident megabytes of this process, seconds; then the seconds that the
tables took. `tests/test_memory.py` reads it.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from streetlight.experiments.commands.bench_scale import small_study
from streetlight.experiments.running.progress import Progress
from streetlight.experiments.running.runner import run

EVERY = 1000


def resident_megabytes() -> float:
    """Memory of this process that is in use."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


class Meter(Progress):
    """Prints memory and time as the run goes on."""

    def __init__(self) -> None:
        super().__init__("silent")
        self.start_seconds = time.perf_counter()
        self.next = EVERY

    def group(self, name: str, done: list[str], failed: Any, total: int) -> None:
        """After every thousand runs, say so."""
        super().group(name, done, failed, total)
        if self.done >= self.next:
            gc.collect()
            self.tell("runs")
            self.next += EVERY

    def tell(self, what: str) -> None:
        """One line."""
        seconds = time.perf_counter() - self.start_seconds
        cpu = time.process_time()
        facts = {"what": what, "runs": self.done, "megabytes": round(resident_megabytes(), 1),
                 "seconds": round(seconds, 1), "cpu_seconds": round(cpu, 1)}  # fmt: skip
        print(json.dumps(facts), flush=True)


def main(n_runs: int) -> None:
    """Do n runs, one after the other, in this process."""
    with tempfile.TemporaryDirectory() as folder:
        meter = Meter()
        study = small_study(n_runs)
        result = run(study, Path(folder) / "memory", workers=1, progress=meter, figures="none")
        meter.tell("tables")
        assert result.exit_code == 0, result.problems


if __name__ == "__main__":
    main(int(sys.argv[1]))
