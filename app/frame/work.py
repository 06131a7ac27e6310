"""Work that takes long, so that no page waits for it.

``worker()``: jobs in one process beside the server: start, look, cancel. The process stays warm, because what it imports
(numba) takes longer than most of its work. ``turn``: heavy computations within the server wait for each other, because
threads that all compute at once are slower together than one after the other, and each of them holds up every page.
"""

import os
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, CancelledError, Future
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import BoundedSemaphore, Lock, Thread
from time import monotonic, sleep
from typing import Any

import streamlit as st
from loky import ProcessPoolExecutor

LOOK = 1.0  # seconds between two looks whether the server is there
turn = BoundedSemaphore(max(1, (os.cpu_count() or 1) // 2))  # ``with turn:``, never within another


@dataclass(frozen=True)
class Note:
    """How far a job is, told from its process to the server's in a small file. A job calls it; a page reads it."""

    path: Path

    def __call__(self, done: int, total: int, what: str) -> None:
        self.path.write_text(f"{done} {total} {what}", encoding="utf-8")

    def read(self) -> tuple[int, int, str] | None:
        """(done, total, what); None before the first word, or in the middle of one."""
        try:
            done, total, what = self.path.read_text(encoding="utf-8").split(" ", 2)
            return int(done), int(total), what
        except (OSError, ValueError):
            return None


def _serve(server: int) -> None:
    """In the process beside the server ``server``: pages go before its work, and it ends with the server, also when that is killed."""
    if hasattr(os, "nice"):
        os.nice(5)
    Thread(target=_end_with, args=(server,), name="server", daemon=True).start()


def _end_with(server: int) -> None:
    while os.getppid() == server:  # another when the server has ended (not on Windows); the pool looks only between two jobs
        sleep(LOOK)
    os._exit(1)


class Worker:
    """Jobs by name, one at a time in the order they came; a name that is running or done is not started again."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.jobs: dict[str, tuple[Future, float]] = {}
        self.notes = TemporaryDirectory(prefix="twoview-")
        self.pool = self._pool()

    @staticmethod
    def _pool() -> ProcessPoolExecutor:
        # loky's processes do not run the main script again, which under Streamlit is a page of the app. Pages go before their work.
        return ProcessPoolExecutor(1, initializer=_serve, initargs=(os.getpid(),))

    def start(self, name: str, work: Callable, *arguments: Any) -> None:
        with self.lock:
            if name in self.jobs:
                return
            while len(self.jobs) >= 32:  # forget the oldest that ended
                ended = next((known for known, (future, _) in self.jobs.items() if future.done()), None)
                if ended is None:
                    break
                del self.jobs[ended]
            try:
                future = self.pool.submit(work, *arguments)
            except BrokenExecutor:
                self.pool = self._pool()
                future = self.pool.submit(work, *arguments)
            self.jobs[name] = (future, monotonic())

    def note(self, name: str) -> Note:
        """Where the job of this name tells how far it is, if it was given this note."""
        return Note(Path(self.notes.name) / sha256(name.encode()).hexdigest())

    def seconds(self, name: str) -> float | None:
        """Since when a job has been waiting or running; None when it is not."""
        job = self.jobs.get(name)
        return monotonic() - job[1] if job and not job[0].done() else None

    def problem(self, name: str) -> str | None:
        """Why a job failed, in words; None when it did not."""
        job = self.jobs.get(name)
        if job is None or not job[0].done():
            return None
        try:
            error = job[0].exception()
        except CancelledError:
            return "It was cancelled."
        return None if error is None else "Its process ended before it was done." if isinstance(error, BrokenExecutor) else str(error)

    def result(self, name: str) -> Any:
        """What a job gave; None as long as it has not, or when it failed."""
        job = self.jobs.get(name)
        return job[0].result() if job and job[0].done() and self.problem(name) is None else None

    def forget(self, name: str) -> None:
        """Let a job that ended be started again."""
        with self.lock:
            if name in self.jobs and self.jobs[name][0].done():
                del self.jobs[name]

    def cancel(self, name: str) -> None:
        """Stop a job at once: the process ends with it, and with whatever waits behind it."""
        with self.lock:
            if name not in self.jobs:
                return
            ended = {known: job for known, job in self.jobs.items() if job[0].done() and known != name}  # before the others fail for this
            self.pool.shutdown(wait=False, kill_workers=True)
            self.pool = self._pool()
            self.jobs = ended


@st.cache_resource(show_spinner=False)
def worker() -> Worker:
    """The one worker of this server."""
    return Worker()


@dataclass(frozen=True)
class Sought:
    """What was looked for beside the server, or why it cannot be had, or, as long as neither is there, how far it is: (done, total, what)."""

    found: Any = None
    problem: str | None = None
    progress: tuple[int, int, str] | None = None


def sought(job: str, seek: Callable, *arguments: Any) -> Sought:
    """``seek`` is started once for each ``job``, and tells how far it is to its last argument."""
    beside = worker()
    beside.start(job, seek, *arguments, beside.note(job))
    if (problem := beside.problem(job)) is not None:
        return Sought(problem=problem)
    if (found := beside.result(job)) is not None:
        return Sought(found)
    return Sought(progress=beside.note(job).read())
