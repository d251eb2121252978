"""Run groups in this process or in any executor, and stop politely when asked to.

What all groups share is sent with every task as bytes (half a megabyte for the US counties, where a
task takes seconds) and unpacked once a worker. A file in the results folder asks workers to stop:
it reaches them on any machine that can write results at all.

Our own workers are loky's: started afresh, because forking a process that has threads or compiled
code is not safe, and without the script that called us, which needs no `__main__` guard therefore.
Rules of a notebook, a script or standard input are sent by what they do (cloudpickle).
"""

from __future__ import annotations

import os
import pickle
import platform
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    wait,
)
from contextlib import contextmanager
from functools import lru_cache
from multiprocessing import resource_tracker
from types import FrameType

import cloudpickle

from streetlight.experiments.experiment import Experiment
from streetlight.experiments.running.cells import GroupReport, Job, Task, run_group
from streetlight.experiments.running.design import code_hash
from streetlight.experiments.running.parts import Kept
from streetlight.experiments.running.plan import RunPlan
from streetlight.experiments.running.store import Store
from streetlight.model.errors import InputError

#: How often the main process looks whether it was asked to stop, in seconds.
POLL = 0.1
#: What ends a run on a cluster, whatever happened to it.
SCHEDULER_LOST = (
    "the scheduler was lost: it has ended or does not answer; finished runs are kept, and the same "
    "command goes on from there"
)
#: After so many seconds without a task a worker ends, and another is started when there is one.
IDLE = 60
#: A world of all counties makes a worker 600 MB larger than it began; loky would take that for a
#: leak, and start another.
MAY_GROW = {"LOKY_MAX_MEMORY_LEAK_SIZE": "1e18"}


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
        while not stopped() and (tasks := plan.next()):
            (task,) = tasks
            report = run_group(job, task, stopped)
            plan.note(task, report)
            yield report
            if report.trouble:
                return
    else:
        yield from _in_executor(job, plan, executor, workers, stopped)


def _in_executor(
    job: Job, plan: RunPlan, executor: Executor, workers: int, stopped: Callable[[], bool]
) -> Iterator[GroupReport]:
    payload = packed(job)
    pending: dict[Future[list[GroupReport]], list[Task]] = {}
    ending = False
    try:
        while True:
            while not ending and len(pending) < 2 * workers and (tasks := plan.next(workers)):
                try:
                    pending[executor.submit(work, payload, packed(tasks))] = tasks
                except (BrokenExecutor, RuntimeError) as error:  # it died since it was last asked
                    name = tasks[0].group.name
                    report = GroupReport(name, trouble=f"tasks are refused: {error}")
                    ending = True
                    yield report
            if not pending:
                return
            done, _ = wait(pending, timeout=POLL, return_when=FIRST_COMPLETED)
            for future in done:
                tasks = pending.pop(future)
                for task, report in zip(tasks, reports_of(future, tasks, job.store), strict=True):
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


def reports_of(
    future: Future[list[GroupReport]], tasks: list[Task], store: Store
) -> list[GroupReport]:
    """The reports of finished groups, also when their worker or everything died."""
    try:
        return future.result()
    except (Exception, CancelledError, KeyboardInterrupt) as error:
        kept = Kept(store.folder)
        return [lost_report(task, kept, error) for task in tasks]


def lost_report(task: Task, kept: Kept, error: BaseException) -> GroupReport:
    """The report of a group whose worker did not give one: runs that are there are done."""
    report = GroupReport(task.group.name)
    report.parts = [part.id for part, _ in kept.by_part(
        cell.key for cell in task.todo if cell.key in kept
    ).values()]  # fmt: skip
    report.done = [cell.run_id for cell in task.todo if cell.key in kept]
    lost = [cell for cell in task.todo if cell.run_id not in report.done]
    what = "a worker process died"
    if isinstance(error, CancelledError):
        report.trouble = SCHEDULER_LOST
        return report  # the others did not fail: they are to be done yet
    if isinstance(error, BrokenExecutor):
        report.trouble = f"{what}; the runs it had are lost"
    reason = str(error) or type(error).__name__
    report.failed(lost, RuntimeError(f"{what} ({reason})"))
    return report


def packed(part: Job | list[Task] | Experiment) -> bytes:
    """What workers are sent, as bytes; InputError when a rule in it cannot be sent."""
    try:
        return bytes(cloudpickle.dumps(part))
    except Exception as error:  # whatever is raised by a part that cannot be copied
        raise InputError(
            "with more than one worker, rules and metrics are copied into other processes, and "
            f"this cannot be: {error}; make it inside the function, or run with one worker"
        ) from None


@lru_cache(maxsize=2)
def unpacked(payload: bytes) -> Job:
    """The job of a payload; a worker unpacks it once, though it comes with every task."""
    job: Job = pickle.loads(payload)
    return job


def work(payload: bytes, tasks: bytes) -> list[GroupReport]:
    """What a worker does with tasks: their runs, if it has the code they are meant for."""
    job: Job = unpacked(payload)
    own: list[Task] = pickle.loads(tasks)
    if job.code != code_hash():
        trouble = (
            f"{platform.node() or 'a worker'}: this worker has another version of the model than "
            "we have"
        )
        return [GroupReport(task.group.name, trouble=trouble) for task in own]
    return [run_group(job, task, job.store.asked_to_stop) for task in own]


def load(payload: bytes) -> None:
    """Let a worker load the model, which takes it seconds."""
    unpacked(payload)


@contextmanager
def processes(n: int) -> Iterator[Executor]:
    """n worker processes of our own; an error ends them at once."""
    from loky import ProcessPoolExecutor

    pool = ProcessPoolExecutor(
        n, timeout=IDLE, initializer=start_worker, initargs=(os.getpid(),), env=MAY_GROW
    )  # fmt: skip
    try:
        with signals_held():  # a worker that is stopped while it starts would end the run
            pool.submit(os.getpid)
        yield pool
    except BaseException:
        pool.shutdown(wait=True, kill_workers=True)
        raise
    pool.shutdown(wait=True, kill_workers=True)  # nothing is under way; some may still be starting


@contextmanager
def signals_held() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait; processes that are started here never get them."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # whose start would let signals through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def start_worker(parent: int) -> None:
    """Set up a worker: signals are the main process's business; without it, end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """End with the process that started us; where the system does not tell, loky ends the idle."""
    while os.getppid() == parent:
        time.sleep(POLL)
    os._exit(1)
