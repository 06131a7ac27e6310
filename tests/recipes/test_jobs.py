"""The queue of trainings: one at a time, through the real process; what is killed is listed as broken off and ends as if it had not been."""

import json
import os
import signal
from dataclasses import replace
from threading import Thread

import pytest
from safetensors import SafetensorError
from typer.testing import CliRunner

from engine.checkpoints import storage
from engine.cli import app
from engine.errors import TwoviewError
from engine.recipes import jobs, worker
from engine.recipes.plan import plan
from tests.outcome import outcome
from tests.waiting import until


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    yield tmp_path / "checkpoints"
    for job in jobs.jobs():
        jobs.cancel(job.folder)


EPOCHS = 40
QUICK = plan("cca", "digits", changes={"k": 4}).recipe
SLOW = plan("clip_loss", "digits", changes={"k": 4, "monitor": "mrr_x_to_y", "patience": EPOCHS, "schedule": "constant", "warm_up": 0}, epochs=EPOCHS).recipe


def running():
    """A job that has trained for an epoch or more and said so: its state is stored a moment before."""
    return next((job for job in jobs.jobs() if job.status == "running" and job.progress and job.progress.total == EPOCHS and (job.folder / "state.safetensors").exists()), None)


def test_names_are_taken_once_and_the_order_is_kept(root):
    made = [None] * 8
    threads = [Thread(target=lambda place=place: made.__setitem__(place, jobs.add(QUICK))) for place in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(folder.name for folder in made) == ["cca", *(f"cca-{number}" for number in range(2, 9))]
    listed = jobs.jobs()
    assert [job.folder for job in listed] == sorted(made, key=lambda folder: json.loads((folder / jobs.JOB).read_text())["asked"])
    assert {job.status for job in listed} == {"waiting"} and listed[0].folder == jobs.next_job()
    assert replace(listed[0].recipe, name=QUICK.name) == QUICK, "what is read is what was asked for"


def test_a_damaged_or_half_written_record_hides_no_other(root):
    good = jobs.add(QUICK)
    for content in (b"", b"{", b'{"recipe": {}, "seed": 0, "asked": 0}', b"\xff" * 40):
        folder = good.with_name(f"bad-{len(content)}")
        folder.mkdir()
        (folder / jobs.JOB).write_bytes(content)
    assert [job.folder.name for job in jobs.jobs()] == ["cca"]


def test_what_cannot_be_written_is_a_sentence(root, monkeypatch):
    root.mkdir()
    monkeypatch.setattr(jobs, "write_json", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(TwoviewError, match="No space left on device"):
        jobs.add(QUICK)


def test_cancelled_before_its_turn_it_leaves_nothing(root):
    first, second = jobs.add(QUICK), jobs.add(QUICK)
    jobs.cancel(first)
    assert [job.folder for job in jobs.jobs()] == [second] and jobs.begin(first) is None


@pytest.mark.slow
def test_one_after_the_other_a_failure_stops_no_other(root):
    broken = replace(QUICK, name="digits/broken", data="no such data")
    folders = [jobs.add(QUICK), jobs.add(broken), jobs.add(QUICK)]
    for _ in range(3):
        worker.start()  # any number of visitors
    until(lambda: (folders[2] / "card.json").exists() and not (folders[2] / jobs.JOB).exists())
    (left,) = jobs.jobs()
    assert left.status == "failed" and "no such data" in left.problem
    assert not (folders[0] / jobs.PROGRESS).exists()


@pytest.mark.slow
def test_killed_it_is_broken_off_and_resumes_to_the_same_result(root):
    folder = jobs.add(SLOW)
    worker.start()
    until(running)
    process = worker._process
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    (job,) = jobs.jobs()
    assert job.status == "broken off" and job.problem == jobs.BROKEN and jobs.next_job() is None
    jobs.resume(folder)
    worker.start()
    until(lambda: not jobs.jobs())
    whole = jobs.add(SLOW)
    worker.start()
    until(lambda: not jobs.jobs())
    assert outcome(folder) == outcome(whole) and len(outcome(whole)[2]) == EPOCHS


@pytest.mark.slow
def test_cancelled_while_another_runs_its_name_is_free_again(root):
    with jobs.lock():
        folder = jobs.add(replace(QUICK, name="digits/later"))
        jobs.cancel(folder)
        assert not folder.exists() and jobs.add(replace(QUICK, name="digits/later")) == folder


def test_cancelled_while_it_runs_the_next_goes_on(root):
    folder, after = jobs.add(SLOW), jobs.add(QUICK)
    worker.start()
    until(running)
    jobs.cancel(folder)
    until(lambda: (after / "card.json").exists())
    assert not folder.exists()


@pytest.mark.slow
def test_it_ends_with_whoever_started_it(root):
    jobs.add(SLOW)
    worker.start()
    until(running)
    process = worker._process
    process.stdin.close()  # as the system does for a server that is killed
    assert process.wait(10) == 1
    until(lambda: jobs.jobs()[0].status == "broken off")


@pytest.mark.slow
def test_made_ready_it_waits_for_what_comes(root):
    worker.start(ready=True)
    process = worker._process
    until(jobs.is_held)
    first = jobs.add(QUICK)
    worker.start()
    until(lambda: not jobs.jobs())
    assert (first / "card.json").exists() and worker._process is process and process.poll() is None, "the same process did it, and waits for more"
    cancelled = jobs.add(replace(QUICK, name="digits/never"), seed=1)
    jobs.cancel(cancelled)
    assert not jobs.jobs()
    process.stdin.close()
    process.wait(10)


def test_a_full_disk_fails_a_training_in_a_sentence_and_leaves_no_half_of_it(root, monkeypatch):
    folder = jobs.add(QUICK)
    job = jobs.begin(folder)

    def full(*_, **__):
        raise SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")

    monkeypatch.setattr(storage, "save_file", full)
    problem = worker._train(job)
    assert "No space left on device" in problem and "is the disk full?" in problem
    jobs.fail(folder, problem)
    assert sorted(path.name for path in folder.iterdir()) == [jobs.JOB, jobs.PROGRESS] and jobs.jobs()[0].status == "failed"
    told = CliRunner().invoke(app, ["train", "cca", "--data", "digits", "--set", "k=4", "--name", "digits/other"])
    assert told.exit_code == 2 and "The disk is full" in told.stderr and not list(folder.parent.glob("other/*"))
