"""Make small faults in the model, one at a time, and see whether the tests notice.

    python tests/mutation/run.py results/mutation.jsonl -n 100 --workers 2

A line of the file is a mutant: what was changed, the stage of the tests that noticed it, or
"survived".  Run again with the same file and seed to go on where it stopped.  Write a reason into
"equivalent" of a survivor that cannot be told from the model, and it is left out of the shares,
which are printed at the end of each run.  docs/mutation.md says how to read them.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from mutants import Mutant, mutated, sample

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "model"
#: Tests that are quick with kernels uncompiled, the quickest first.
QUICK = (
    "test_equations.py", "test_rates.py", "test_money_by_hand.py", "test_survey_answers.py",
    "test_levers.py", "test_policies.py", "test_draws.py", "test_conditions.py",
    "test_tiny_worlds_runs.py", "test_tiny_worlds_record.py", "test_tiny_worlds.py",
    "test_expectation.py", "test_luck_of_decisions.py", "test_planning.py",
)  # fmt: skip
KERNELS = "week/week.py"  # a module that has some
#: What stands above a function that is compiled.
COMPILED = re.compile(r"^@(kernel|part|phase|equation)\b", re.MULTILINE)
#: Of processor time, after which a stage has noticed a fault.
SECONDS = {"uncompiled": 300, "others": 3000, "reference": 1200}
PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
PYTEST += ["--hypothesis-seed=0"]  # or luck would notice faults
# It applies changes to the model's text, which has no comments in the copy.
PYTEST += ["--deselect", "tests/test_extending.py::test_the_changes_of_the_page_apply"]
STAGES = tuple(SECONDS)
WRITING = threading.Lock()
#: Read by every interpreter that has the copy in PYTHONPATH, before it looks at what is installed.
FINDER = """
import sys
from importlib.util import spec_from_file_location

class Finder:
    def find_spec(name, path=None, target=None):
        file = {files}.get(name)
        return spec_from_file_location(name, file) if file else None

sys.meta_path.insert(0, Finder)
"""


def stages(file: str, last: str, function: str = "") -> dict[str, list[str]]:
    """Test files of each stage up to the last, in the order in which they run, for a mutant.

    Files that name the function come first, then those that import the module (file), then the
    quick ones; those that ask questions of experiments are last.  Quick files run uncompiled, in a
    stage of their own, for a module with kernels, and among the others for all other modules.
    """
    module = re.escape(file.removesuffix(".py").replace("/", "."))
    package, _, name = module.rpartition(r"\.")
    imported = re.compile(rf"{module}\b|{package} import\b[^)]*?\b{name}\b")
    called = re.compile(rf"\b{re.escape(function)}\b") if function else None

    def key(path: Path) -> tuple[bool, bool, int, bool, str]:
        text = path.read_text(encoding="utf-8")
        quick = QUICK.index(path.name) if path.name in QUICK else len(QUICK)
        return (
            not (called and called.search(text)), not imported.search(text), quick,
            "experiments" in text, path.name,
        )  # fmt: skip

    files = sorted((ROOT / "tests").rglob("test_*.py"), key=key)
    name = {path: path.relative_to(ROOT).as_posix() for path in files}
    reference = [name[path] for path in files if "reference" in name[path]]
    quick = [name[path] for path in files if path.name in QUICK]
    if len(quick) < len(QUICK):
        raise SystemExit(f"there are no tests {QUICK}, which run first")
    if not has_kernels(file):
        quick = []
    others = [name[path] for path in files if name[path] not in (*reference, *quick)]
    found = {"uncompiled": quick, "others": others, "reference": reference}
    return {stage: found[stage] for stage in STAGES[: STAGES.index(last) + 1] if found[stage]}


def has_kernels(file: str) -> bool:
    """Whether a module of the model is compiled."""
    return COMPILED.search((MODEL / file).read_text(encoding="utf-8")) is not None


class Copy:
    """A copy of the project, in which one file of the model at a time is changed.

    All files of its model are without comments, so that a fault is the only difference.  Kernels
    without a fault are compiled at once and kept beside it.
    """

    def __init__(self, folder: Path, last: str) -> None:
        self.last = last
        self.root = folder / "copy"
        listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        files = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for file in filter(None, files.split("\0")):
            (self.root / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, self.root / file, follow_symlinks=False)
        for path in (self.root / MODEL.name).rglob("*.py"):
            path.write_text(mutated(path.read_text(encoding="utf-8"), None), encoding="utf-8")
        package = install_packages(self.root)
        self.environment = {
            **os.environ, "PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1",
            "NUMBA_CACHE_DIR": str(folder / "kernels"),
        }  # fmt: skip
        code = f"import {package} as model; print(model.__file__)"
        imported = self.call([sys.executable, "-c", code], 120, self.environment)[1]
        if str(folder) not in imported:
            raise SystemExit(f"the tests would not see the copy, but {imported}")
        quick = [f"tests/{name}" for name in QUICK]
        self.call([*PYTEST, "--collect-only", *quick], 1200, self.environment)  # compiles

    def call(self, command: list[str], seconds: int, environment: dict[str, str]) -> Any:
        """Exit code, None for one that took too long, and what a command printed.

        seconds: of processor time, or a busy machine would notice faults; ten times as many by the
        clock, for a command that waits for ever.
        """
        limited = ["sh", "-c", f'ulimit -S -t {seconds} && exec "$@"', "sh", *command]
        process = subprocess.Popen(
            limited, cwd=self.root, env=environment, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            printed, _ = process.communicate(timeout=10 * seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return None, ""
        return None if process.returncode == -signal.SIGXCPU else process.returncode, printed

    def noticed(self, mutant: Mutant | None) -> dict[str, Any]:
        """Which stage and which test notice a mutant, or which tests fail without one."""
        began = time.monotonic()
        result = {"stage": "survived", "by": ""}
        with self.changed(mutant):
            asked = (mutant.file, self.last, mutant.function) if mutant else (KERNELS, self.last)
            for stage, files in stages(*asked).items():
                environment = self.environment | {
                    "NUMBA_DISABLE_JIT": str(int(stage == "uncompiled"))
                }
                first = ["-x"] if mutant else []
                code, printed = self.call([*PYTEST, *first, *files], SECONDS[stage], environment)
                if code != 0:
                    failed = re.findall(r"^(?:FAILED|ERROR) (\S+)", printed, re.MULTILINE)
                    by = "too long" if code is None else " ".join(failed) or printed[-300:]
                    result = {"stage": stage, "by": by}
                    break
        return {**result, "seconds": round(time.monotonic() - began)}

    @contextlib.contextmanager
    def changed(self, mutant: Mutant | None) -> Iterator[None]:
        """The copy with a fault, which is then taken back, with the kernels compiled meanwhile.

        The file is given its old time again, or kernels without the fault would be compiled anew.
        """
        if mutant is None:
            yield
            return
        path = self.root / MODEL.name / mutant.file
        kernels = self.root.parent / "kernels"
        before = set(kernels.glob("*/*"))
        source, times = path.read_text(encoding="utf-8"), path.stat()
        path.write_text(mutated(source, mutant.number), encoding="utf-8")
        try:
            yield
        finally:
            path.write_text(source, encoding="utf-8")
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
            for new in set(kernels.glob("*/*")) - before:  # folders of kernels, and notes
                shutil.rmtree(new) if new.is_dir() else new.unlink()


def install_packages(root: Path) -> str:
    """Have every package imported from its own folder of the copy; returns the model's name.

    An editable install does the same.  Links would give each file two paths, and tests that compare
    paths would fail.
    """
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    folders = settings["tool"]["setuptools"]["package-dir"]
    files = {package: str(root / folder / "__init__.py") for package, folder in folders.items()}
    (root / "sitecustomize.py").write_text(FINDER.format(files=files), encoding="utf-8")
    return next(package for package, folder in folders.items() if folder == MODEL.name)


def wilson(k: int, n: int) -> tuple[float, float]:
    """The 95% interval of Wilson for a share of k in n."""
    z, p = 1.96, k / n
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def summary(rows: list[dict[str, Any]], last: str) -> str:
    """The shares noticed up to each stage, without equivalent mutants, and the survivors."""
    counted = [row for row in rows if not row["equivalent"]]
    lines = [f"{len(rows)} mutants, of which {len(rows) - len(counted)} are equivalent"]
    for title, stage in (("without reference runs", "others"), ("with all tests", "reference")):
        if STAGES.index(stage) > STAGES.index(last):
            continue
        k = sum(row["stage"] in STAGES[: STAGES.index(stage) + 1] for row in counted)
        low, high = wilson(k, len(counted)) if counted else (0.0, 1.0)
        lines.append(f"noticed {title}: {k} of {len(counted)} (95% {low:.2f} to {high:.2f})")
    for row in counted:
        if row["stage"] == "survived":
            lines.append(f"  {row['name']}  {row['kind']}: {row['before']} -> {row['after']}")
            lines.append(f"      {row['code']}")
    return "\n".join(lines)


def arguments() -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path, help="where results are kept")
    parser.add_argument("-n", type=int, default=100, help="mutants in the sample (default 100)")
    parser.add_argument(
        "--seed", type=int, help="of the sample (default: that of the file, or new)"
    )
    parser.add_argument("--workers", type=int, default=1, help="mutants at a time (default 1)")
    parser.add_argument(
        "--last", choices=STAGES[1:], default=STAGES[-1], help="the last stage to run"
    )
    parser.add_argument(
        "--files", nargs="*", default=["*"], metavar="PATTERN",
        help="files within model/ to choose from, such as 'week/*' (default: all)",
    )  # fmt: skip
    return parser.parse_args()


def main() -> None:
    """Run what is left of a sample and print the shares."""
    asked = arguments()
    # A shell's "&" has interrupts ignored, and tests that interrupt a run would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    lines = asked.file.read_text(encoding="utf-8").splitlines() if asked.file.exists() else []
    rows = [json.loads(line) for line in lines]
    seed = rows.pop(0)["seed"] if rows else asked.seed
    seed = secrets.randbelow(10**6) if seed is None else seed
    if asked.seed not in (None, seed):
        raise SystemExit(f"{asked.file} holds the sample of seed {seed}")
    chosen = sample(MODEL, asked.n, seed, asked.files)
    done = {row["name"] for row in rows}
    left = [mutant for mutant in chosen if mutant.name not in done]
    if unknown := done - {mutant.name for mutant in chosen}:
        raise SystemExit(f"the model has changed since, or the sample was larger: {min(unknown)}")
    with tempfile.TemporaryDirectory() as folder, asked.file.open("a", encoding="utf-8") as out:
        copies: SimpleQueue[Copy] = SimpleQueue()
        for i in range(asked.workers if left else 0):
            copies.put(Copy(Path(folder).resolve() / str(i), asked.last))

        def keep(row: dict[str, Any]) -> None:
            out.write(json.dumps(row) + "\n")
            out.flush()

        if not lines and left:
            copy = copies.get()
            control = copy.noticed(None)
            if control["stage"] != "survived":
                raise SystemExit(f"the tests fail without a mutant: {control}")
            copies.put(copy)
            keep({"seed": seed, "seconds_without_mutant": control["seconds"]})

        def run(mutant: Mutant) -> None:
            copy = copies.get()
            result = copy.noticed(mutant)
            copies.put(copy)
            row = {"name": mutant.name, **asdict(mutant), **result, "equivalent": ""}
            with WRITING:
                rows.append(row)
                keep(row)
                print(
                    f"{len(rows)}/{asked.n} {mutant.name}: {row['stage']} {row['by']}", flush=True
                )

        with ThreadPoolExecutor(asked.workers) as pool:
            list(pool.map(run, left))
    print(f"seed {seed}: {summary(rows, asked.last)}")


if __name__ == "__main__":
    main()
