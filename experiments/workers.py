"""Run groups in this process or in several, and stop politely when asked to.

Workers are started afresh (spawn): forking a process that has threads or compiled code is not
safe, and the same code then works on every platform.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from types import FrameType
from typing import Any

from experiments.cells import Engine, GroupReport, run_group
from experiments.design import Group
from experiments.experiment import Experiment
from experiments.store import Store
from model.errors import InputError

#: How often the main process looks whether it was asked to stop, in seconds.
POLL = 0.1


class StopRequest:
    """Whether Ctrl-C or SIGTERM has arrived, and which."""

    def __init__(self) -> None:
        self.signal: int | None = None

    def __call__(self) -> bool:
        return self.signal is not None

    @property
    def exit_code(self) -> int:
        """What a shell expects of a process that was stopped so: 130 or 143."""
        return 0 if self.signal is None else 128 + self.signal


@contextmanager
def listening() -> Iterator[StopRequest]:
    """Turn Ctrl-C and SIGTERM into a request to stop; a second one stops at once."""
    request = StopRequest()

    def on_signal(number: int, _frame: FrameType | None) -> None:
        if request.signal is not None:
            raise KeyboardInterrupt
        request.signal = number

    if threading.current_thread() is not threading.main_thread():
        yield request  # signals go to the main thread; its owner handles them
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, on_signal)
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run_groups(
    experiment: Experiment,
    groups: list[Group],
    store: Store,
    engine: Engine,
    workers: int,
    stopped: StopRequest,
) -> Iterator[GroupReport]:
    """Reports of groups as they finish, in any order. Ends early when a stop is requested."""
    workers = min(workers, len(groups))
    if workers <= 1:
        for group in groups:
            if stopped():
                return
            yield run_group(experiment, group, store, engine, stopped)
        return
    yield from _in_processes(experiment, groups, store, engine, workers, stopped)


def _in_processes(
    experiment: Experiment,
    groups: list[Group],
    store: Store,
    engine: Engine,
    workers: int,
    stopped: StopRequest,
) -> Iterator[GroupReport]:
    job = (experiment, Store(store.folder, store.name), engine)
    try:
        pickle.dumps(job)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise InputError(
            f"with more than one worker, rules must be functions of an importable module: {error}"
        ) from None
    context = multiprocessing.get_context("spawn")
    stop_event = context.Event()
    pool = ProcessPoolExecutor(
        workers, mp_context=context, initializer=_start_worker, initargs=(*job, stop_event)
    )
    pending: dict[Future[GroupReport], Group] = {}
    try:
        pending = {pool.submit(_work, group): group for group in groups}
        while pending:
            if stopped() and not stop_event.is_set():
                stop_event.set()
                for future in [one for one in pending if one.cancel()]:
                    del pending[future]
            done, _ = wait(pending, timeout=POLL, return_when=FIRST_COMPLETED)
            for future in done:
                yield _report_of(future, pending.pop(future), store)
    finally:
        stop_event.set()
        pool.shutdown(wait=True, cancel_futures=True)


def _report_of(future: Future[GroupReport], group: Group, store: Store) -> GroupReport:
    """A finished group's report, also when its worker died."""
    try:
        return future.result()
    except BrokenProcessPool as error:
        report = GroupReport(group.name)
        lost = [cell for cell in group.cells if not store.has(cell.key)]
        report.failed(lost, RuntimeError(f"a worker process died ({error})"))
        return report


# What a worker process was given when it started: (experiment, store, engine, stopped).
_job: tuple[Experiment, Store, Engine, Callable[[], bool]] | None = None


def _start_worker(experiment: Experiment, store: Store, engine: Engine, stop_event: Any) -> None:
    """Set up a worker: signals are the main process's business; without it, end."""
    global _job  # noqa: PLW0603 - the only way in for a pool's initializer
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    _job = (experiment, store, engine, stop_event.is_set)


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)


def _work(group: Group) -> GroupReport:
    assert _job is not None
    experiment, store, engine, stopped = _job
    return run_group(experiment, group, store, engine, stopped)
