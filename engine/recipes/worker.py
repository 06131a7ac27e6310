"""The process that works off the queue of trainings (``jobs``), one after the other, at low priority: ``python -m engine.recipes.worker``.

With ``--ready`` it loads what a training needs before there is one, and waits a while. It ends with whoever started it, killed or not, because its standard input is closed then; and when the job that it works on is
cancelled, after which it is started again for the rest.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Lock, Thread

from filelock import Timeout

from engine.checkpoints.cards import STATE, write_json
from engine.errors import TwoviewError
from engine.paths import PROJECT
from engine.recipes import jobs

LOOK = 0.5  # seconds between two looks whether a job was cancelled
TELL = 0.5  # seconds between two words on how far it is
READY = "--ready"
LINGER = 90  # seconds that a process which was started before there was anything to do waits for it
CANCELLED = 3  # exit code
# A third of the weight of what answers questions: even on a single core these take no more than 1.33 times as long, and beside one busy
# program on every core a training still gets a quarter of one. At 10 it would get a tenth, and a minute of work takes ten.
NICE = 5

_starting = Lock()
_process: subprocess.Popen | None = None


def start(ready: bool = False) -> None:
    """See to it that a process works while jobs wait, or, with ``ready``, is there when one comes. Comes back at once; any number of calls start one."""
    global _process
    with _starting:
        if (_process is None or _process.poll() is not None) and (ready or jobs.next_job()) and not jobs.is_held():
            command = [sys.executable, "-m", "engine.recipes.worker", *([READY] if ready else [])]
            _process = subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            Thread(target=_go_on, args=(_process,), name="trainings", daemon=True).start()


def _go_on(process: subprocess.Popen) -> None:
    """When a process has ended, another for what still waits; not when it failed, or it would fail again and again."""
    code = process.wait()
    jobs.sweep()
    if code in (0, CANCELLED):
        start()


class Teller:
    """``progress(done, total, what)`` of one job, told in a small file for whoever looks."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / jobs.PROGRESS
        self.now = jobs.Progress(done=0, total=0, what="", first=0, began=0, told=0)
        self(0, 1, "Getting ready")

    def __call__(self, done: int, total: int, what: str) -> None:
        now = time.time()
        if total != self.now.total or done < self.now.done:  # another phase
            self.now = jobs.Progress(done=done, total=total, what=what, first=done, began=now, told=0)
        is_due = now - self.now.told >= TELL or done == total
        self.now = self.now.model_copy(update={"done": done, "what": what} | ({"told": now} if is_due else {}))
        if is_due:
            with suppress(OSError):  # of the disk being full its own files tell
                write_json(self.path, self.now)


def main() -> None:
    """Train what waits, until nothing does; at once back when another process does so."""
    if hasattr(os, "nice"):
        os.nice(NICE)
    current: list[Path] = []
    Thread(target=_end_with_the_starter, daemon=True).start()
    Thread(target=_end_with_the_job, args=(current,), daemon=True).start()
    try:
        with jobs.lock().acquire(timeout=4 * jobs.PROBE):
            jobs.tidy()
            for folder in _waiting(READY in sys.argv):
                if job := jobs.begin(folder):
                    current.append(folder)
                    problem = _train(job)
                    current.clear()
                    jobs.fail(folder, problem) if problem else jobs.finish(folder)
    except Timeout:
        return


def _waiting(ready: bool) -> Iterator[Path]:
    """Whatever waits, until nothing does; with ``ready``, until nothing has come for a while."""
    if ready:
        import engine.encoders.minilm
        import engine.encoders.timm_models
        import engine.recipes.checkpoint  # noqa: F401
    end = time.monotonic() + LINGER * ready
    while True:
        if folder := jobs.next_job():
            yield folder
            end = time.monotonic() + LINGER * ready
        elif time.monotonic() >= end:
            return
        else:
            jobs.sweep()  # what was cancelled meanwhile: whoever cancels leaves it to the process that has the lock
            time.sleep(LOOK)


def _train(job: jobs.Job) -> str:
    """One job to its end; what went wrong, in a sentence, or nothing: the next one's turn comes all the same."""
    from engine.compute import pick_device, use_threads
    from engine.recipes.checkpoint import train_checkpoint

    try:
        use_threads(int(os.environ.get("TWOVIEW_THREADS") or max(1, (os.cpu_count() or 1) // 2)))
        train_checkpoint(job.recipe, job.folder, job.seed, pick_device(), resume=(job.folder / STATE).exists(), progress=Teller(job.folder))
    except TwoviewError as problem:
        return str(problem)
    except OSError as error:
        return f"Something could not be read or written: {error.strerror or error}. Mend that (is the disk full?), then let it go on."
    except Exception as error:
        return f"It failed for a reason that is not in its data ({type(error).__name__}: {error}). Please report it."
    return ""


def _end_with_the_starter() -> None:
    """Nobody writes to standard input: reading ends when whoever started this process has ended."""
    os.read(0, 1)  # not sys.stdin, whose lock would still be held when the interpreter ends
    os._exit(1)


def _end_with_the_job(current: list[Path]) -> None:
    while True:
        time.sleep(LOOK)
        for folder in list(current):
            if not (folder / jobs.JOB).exists() and current == [folder]:
                os._exit(CANCELLED)


if __name__ == "__main__":
    main()
