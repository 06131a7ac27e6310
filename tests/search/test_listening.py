"""Recordings in scores, by the shipped checkpoint of the tunes."""

import json
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from engine.data.music.instruments import RATE
from engine.data.music.otherwise import Way, played
from engine.data.music.spectrogram import BINS
from engine.errors import TwoviewError
from engine.paths import PROJECT, checkpoints_dir
from engine.search.listening import Followed, Listener, excerpts_of

FOLDER = PROJECT / "checkpoints" / "tunes" / "cca_layer-short"


@pytest.fixture(scope="module")
def listener():
    return Listener.open(FOLDER)


def test_excerpts_cover_a_recording():
    assert excerpts_of(np.zeros((BINS, 312), np.uint8)).starts.tolist() == list(range(0, 213, 20))
    assert excerpts_of(np.ones((BINS, 60), np.uint8)).shape == (1, BINS, 100)
    around = excerpts_of(np.full((BINS, 10), 255, np.uint8), step=5, centred=True)
    assert len(around) == 2 and around[0][:, 50].all() and not around[0][:, :50].any()


def test_ten_seconds_find_their_tune_and_a_part_of_a_tune_is_followed(listener):
    collection = listener.collection
    rankings = [listener.rank_recording(collection.played(tune)[3 * RATE : 13 * RATE]) for tune in range(20)]
    assert len(rankings[0].rows) > 10_000 and sum(collection.music.place_tune[ranking.rows[0]] == tune for tune, ranking in enumerate(rankings)) >= 16
    followed = listener.follow(collection.played(7)[10 * RATE : 20 * RATE], 7)
    assert (np.diff(followed.moments) >= 0).all() and np.median(followed.notes_off(collection.sounding(7).onsets - 10)) <= 1


def test_a_whole_tune_is_followed_on_an_instrument_never_heard(listener):
    sounding, samples = played(listener.collection, 3, Way("bells", timbre="bells"))
    followed = listener.follow(samples, 3)
    assert followed.scores.shape == (len(followed.seconds), len(sounding.onsets)) and len(followed.seconds) > len(sounding.onsets)
    assert np.mean(followed.notes_off(sounding.onsets) <= 2) > 0.8


def test_the_error_counts_notes_while_the_tune_is_played():
    followed = Followed(np.arange(6) * 0.5, np.array([0, 0, 0, 1, 3, 3]), np.zeros(6, int), np.zeros((6, 4)))
    assert followed.notes_off(np.array([0.4, 0.9, 1.4, 2.2])).tolist() == [0, 1, 1, 1]  # at 0.5, 1.0, 1.5 and 2.0 s sound notes 0, 1, 2, 2


def test_a_checkpoint_of_pictures_is_refused():
    with pytest.raises(TwoviewError, match="no music"):
        Listener.open(checkpoints_dir() / "scenes" / "cca")


def test_the_command_lists_places(listener, tmp_path):
    soundfile.write(tmp_path / "take.wav", listener.collection.played(6)[3 * RATE : 13 * RATE], RATE)
    done = subprocess.run([sys.executable, "-m", "engine", "listen", str(FOLDER), "--audio", str(tmp_path / "take.wav"), "--json"], capture_output=True, text=True, cwd=PROJECT, check=False)
    found = json.loads(done.stdout)
    assert found["candidates"] > 10_000 and found["results"][0]["id"].startswith("tune-0006/")
    done = subprocess.run([sys.executable, "-m", "engine", "listen", str(FOLDER), "--audio", str(tmp_path / "none.wav")], capture_output=True, text=True, cwd=PROJECT, check=False)
    assert done.returncode == 2 and "There is no file" in done.stderr
