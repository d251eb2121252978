"""Where runs are done, by the names that the command line has for it."""

from __future__ import annotations

import logging
import os
import re
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from streetlight.experiments.running.design import code_hash
from streetlight.model.errors import InputError, did_you_mean

EXECUTORS = ("processes", "dask")
#: Seconds in which a scheduler has to answer, and in which its host has to take a connection.
PATIENCE, KNOCK = 10, 4
#: Seconds in which the first worker has to come: a job's script starts all at once.
ARRIVAL = 60
#: Seconds after which a cluster is asked again how it is, and in which its scheduler has to answer.
WATCH, SILENCE = 15, 60
ADDRESS = re.compile(r"(tcp|tls|ws|wss|ucx)://(\[[0-9A-Fa-f:.%]+\]|[\w.-]+):([0-9]{1,5})/?")
LARGEST_PORT = 65_535


@contextmanager
def opened(
    name: str, scheduler: str | None, folder: Path, say: Callable[[str], Any] = print
) -> Iterator[tuple[Executor | None, int | None]]:
    """The executor of a name and the number of its workers; None for processes of our own.

    say: what is told that a cluster has no workers left, or has some again.
    InputError when there is no such executor, or the cluster cannot be used for this folder.
    """
    if name not in EXECUTORS:
        advice = did_you_mean(name, EXECUTORS)
        raise InputError(f"--executor: {name}: must be one of: {', '.join(EXECUTORS)}{advice}")
    if (name == "dask") != (scheduler is not None):
        raise InputError("--scheduler: an address is needed with --executor dask, and only there")
    if scheduler is None:
        yield None, None
    else:
        with dask(scheduler, folder, say) as (executor, n_threads):
            yield executor, n_threads


@contextmanager
def dask(
    scheduler: str, folder: Path, say: Callable[[str], Any] = print
) -> Iterator[tuple[Executor, int]]:
    """An executor on a dask cluster, and the number of its threads.

    A scheduler that does not answer for `SILENCE` is given up, as if it had ended: all that was
    handed over is cancelled. InputError, before anything is run, when the scheduler does not
    answer, no worker comes within `ARRIVAL`, or a worker has other code or does not see the results
    folder.
    """
    try:
        from distributed import Client
    except ImportError:
        raise InputError(
            '--executor dask: the package distributed is missing; pip install -e ".[cluster]"'
        ) from None
    knock(scheduler)
    try:
        client = Client(scheduler, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(f"--scheduler: {scheduler}: cannot be reached: {error}") from None
    with one_voice(), closing(client):
        with suppress(TimeoutError):  # what is missing is said below
            client.wait_for_workers(1, timeout=ARRIVAL)
        check_workers(client, scheduler, folder)
        with watched(client, say):
            yield client.get_executor(pure=False), sum(client.nthreads().values())


@contextmanager
def closing(client: Any) -> Iterator[None]:
    """Close a client in the end, though its scheduler may not answer any more."""
    try:
        yield
    finally:
        client.close(timeout=PATIENCE)


@contextmanager
def watched(client: Any, say: Callable[[str], Any]) -> Iterator[None]:
    """Ask a cluster now and then how many threads it has.

    A scheduler whose machine hangs keeps its connections, and its client would wait for ever.
    """
    over = threading.Event()
    watch = threading.Thread(target=_watch, args=(client, say, over), daemon=True)
    watch.start()
    try:
        yield
    finally:
        over.set()


def _watch(client: Any, say: Callable[[str], Any], over: threading.Event) -> None:
    since: float | None = None  # when it was first seen without workers, if it was told
    while not over.wait(WATCH):
        try:
            n_workers = len(client.sync(client.scheduler.ncores, callback_timeout=SILENCE))
        except Exception:  # whatever a client raises of a scheduler that is not there
            connection = client.scheduler_comm
            if connection is not None and not over.is_set():
                client.loop.add_callback(connection.abort)  # which cancels all that is under way
            return
        if not n_workers and since is None:
            since = time.monotonic()
            say("! the cluster has no workers: waiting for some; Ctrl-C ends the run")
        elif n_workers and since is not None:
            say(f"the cluster has workers again, after {time.monotonic() - since:.0f} s")
            since = None


@contextmanager
def one_voice() -> Iterator[None]:
    """Let what a client logs of a lost scheduler be said by the run alone, in one line."""
    logger = logging.getLogger("distributed.client")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


def knock(scheduler: str) -> None:
    """InputError unless this is an address, and something there takes a connection.

    Asked first because a client of dask that cannot connect takes long to say so, and says more
    when it is thrown away.
    """
    found = ADDRESS.fullmatch(scheduler)
    if found is None or not 0 < int(found[3]) <= LARGEST_PORT:
        meant = f"tcp://{scheduler}"
        known = [meant] if "://" not in scheduler and ADDRESS.fullmatch(meant) else []
        advice = did_you_mean(scheduler, known, cutoff=0.0)
        raise InputError(
            f"--scheduler: {scheduler}: must be scheme://host:port, as tcp://127.0.0.1:8786"
            f"{advice}; schemes: tcp, tls, ws, wss, ucx"
        )
    if found[1] == "ucx":
        return  # not always over a network of sockets
    try:
        socket.create_connection((found[2].strip("[]"), int(found[3])), timeout=KNOCK).close()
    except (OSError, UnicodeError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise InputError(f"--scheduler: {scheduler}: cannot be reached: {reason}") from None


def check_workers(client: Any, scheduler: str, folder: Path) -> None:
    """InputError unless every worker has our code and sees what we write beside the results."""
    place = folder.absolute().parent
    place.mkdir(parents=True, exist_ok=True)
    token = place / f".streetlight-{uuid.uuid4().hex}"
    try:
        token.touch()
        try:
            answers: dict[str, tuple[str, bool]] = client.run(seen_by_worker, os.fspath(token))
        except Exception as error:  # whatever a worker without our code raises
            raise InputError(
                f"--scheduler: {scheduler}: a worker cannot run this version of streetlight: "
                f"{type(error).__name__}: {error}"
            ) from None
    finally:
        token.unlink(missing_ok=True)
    if not answers:
        raise InputError(f"--scheduler: {scheduler}: has no workers after {ARRIVAL} s")
    for worker, (code, sees) in answers.items():
        if code != code_hash():
            raise InputError(f"--scheduler: {worker}: this worker has another version of the model")
        if not sees:
            raise InputError(f"--scheduler: {worker}: this worker does not see {place}")


def seen_by_worker(token: str) -> tuple[str, bool]:
    """What a worker answers: the version of its code, and whether it sees a file."""
    return code_hash(), os.path.exists(token)
