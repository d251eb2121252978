"""Run groups in this process or in any executor, and stop politely when asked to.

What all groups share is sent with every task as bytes (half a megabyte for the US counties, where a
task takes seconds) and unpacked once a worker. A file in the results folder asks workers to stop:
it reaches them on any machine that can write results at all.

Our own workers are started afresh (spawn): forking a process that has threads or compiled code is
not safe, and the same code then works on every platform.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import platform
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import contextmanager
from functools import lru_cache
from types import FrameType
from typing import Any

from streetlight.experiments.experiment import Experiment
from streetlight.experiments.running.cells import GroupReport, Job, Task, run_group
from streetlight.experiments.running.design import code_hash
from streetlight.experiments.running.plan import RunPlan
from streetlight.experiments.running.store import Store
from streetlight.model.errors import InputError

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


def run_tasks(
    job: Job, plan: RunPlan, executor: Executor | None, workers: int, stopped: Callable[[], bool]
) -> Iterator[GroupReport]:
    """Do a plan's tasks; reports of groups as they finish, in any order.

    Ends early when a stop is requested, or when something is wrong that concerns every run.
    executor: where tasks go, two a worker at a time; None: this process, one after the other.
    """
    if executor is None:
        while not stopped() and (task := plan.next()) is not None:
            report = run_group(job, task, stopped)
            plan.note(task, report)
            yield report
            if report.trouble:
                return
    else:
        yield from _in_executor(job, plan, executor, 2 * workers, stopped)


def _in_executor(
    job: Job, plan: RunPlan, executor: Executor, window: int, stopped: Callable[[], bool]
) -> Iterator[GroupReport]:
    payload = packed(job)
    pending: dict[Future[GroupReport], Task] = {}
    ending = False
    try:
        while True:
            while not ending and len(pending) < window and (task := plan.next()) is not None:
                try:
                    pending[executor.submit(work, payload, packed(task))] = task
                except (BrokenExecutor, RuntimeError) as error:  # it died since it was last asked
                    report = GroupReport(task.group.name, trouble=f"tasks are refused: {error}")
                    ending = True
                    yield report
            if not pending:
                return
            done, _ = wait(pending, timeout=POLL, return_when=FIRST_COMPLETED)
            for future in done:
                task = pending.pop(future)
                report = report_of(future, task, job.store)
                plan.note(task, report)
                yield report
                ending = ending or bool(report.trouble)
            if (stopped() or ending) and not job.store.asked_to_stop():
                ending = True
                job.store.ask_to_stop()
                for future in [one for one in pending if one.cancel()]:
                    del pending[future]
    finally:
        for future in pending:
            future.cancel()


def report_of(future: Future[GroupReport], task: Task, store: Store) -> GroupReport:
    """A finished group's report, also when its worker or everything died."""
    try:
        return future.result()
    except (Exception, CancelledError, KeyboardInterrupt) as error:
        report = GroupReport(task.group.name)
        report.done = [cell.run_id for cell in task.todo if store.has(cell.key)]
        lost = [cell for cell in task.todo if cell.run_id not in report.done]
        what = "a worker process died"
        if isinstance(error, CancelledError):
            what = report.trouble = "the scheduler was lost"
        elif isinstance(error, BrokenExecutor):
            report.trouble = f"{what}; the runs it had are lost"
        reason = str(error) or type(error).__name__
        report.failed(lost, RuntimeError(f"{what} ({reason})"))
        return report


def packed(part: Job | Task | Experiment) -> bytes:
    """What workers are sent, as bytes; InputError when a rule in it cannot be sent."""
    try:
        return pickle.dumps(part)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise InputError(
            f"with more than one worker, rules must be functions of an importable module: {error}"
        ) from None


@lru_cache(maxsize=2)
def unpacked(payload: bytes) -> Job:
    """The job of a payload; a worker unpacks it once, though it comes with every task."""
    job: Job = pickle.loads(payload)
    return job


def work(payload: bytes, task: bytes) -> GroupReport:
    """What a worker does with a task: its runs, if it has the code they are meant for."""
    job, own = unpacked(payload), pickle.loads(task)
    if job.code != code_hash():
        where = platform.node() or "a worker"
        report = GroupReport(own.group.name)
        report.trouble = f"{where}: this worker has another version of the model than we have"
        return report
    return run_group(job, own, job.store.asked_to_stop)


@contextmanager
def processes(n: int) -> Iterator[Executor]:
    """n worker processes of our own."""
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(n, mp_context=context, initializer=start_worker)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def start_worker() -> None:
    """Set up a worker: signals are the main process's business; without it, end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)
