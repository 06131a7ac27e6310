"""What is seen and heard at the same moment: snippets of staves against excerpts of sound (CCA layer paper, Sec. 5.2).

x: 40 × 100 pixels of the staff on one line, around every place where a note is struck. y: 100 frames of 136 log-frequency bins, 3.2 seconds, around
every moment at which one is struck; repeats are played, so that a place may have several moments. The group of both is what the snippet shows:
the pitches and durations of the notes in it. So all places that look alike and all their moments match, in whichever tune.
"""

import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from filelock import FileLock

from engine.data.base import PairedData, View
from engine.data.music.engraving import Unengraved, engrave
from engine.data.music.instruments import play
from engine.data.music.performance import Manner, Sounding, perform
from engine.data.music.score import Place, Tune, places
from engine.data.music.spectrogram import BINS, FRAMES_A_SECOND, spectrogram
from engine.data.windows import Windows
from engine.errors import TwoviewError
from engine.paths import atomic_write

ROWS, WIDTH, FRAMES = 40, 100, 100
INSIDE = 46  # pixels from the middle within which a note head is seen whole
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Music:
    """Tunes on paper and as sound, n places and m moments.

    ``staff`` (80, total) uint8, ink 255: all staves after each other; ``sound`` (136, frames) uint8. Of place i ``place_tune`` is the tune's number in ``names``, ``place_column``
    its column in ``staff``, ``place_group`` what it shows; of moment j ``moment_place`` is its row among the places, ``moment_frame`` its frame in ``sound``.
    ``staff_starts``, ``sound_starts`` (tunes,): where each begins. ``names``, ``titles`` of the tunes; ``left_out``: those that could not be engraved, with the reason.
    """

    staff: np.ndarray
    sound: np.ndarray
    place_tune: np.ndarray
    place_column: np.ndarray
    place_group: np.ndarray
    moment_place: np.ndarray
    moment_frame: np.ndarray
    staff_starts: np.ndarray
    sound_starts: np.ndarray
    names: tuple[str, ...]
    titles: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...] = ()

    ARRAYS = ("staff", "sound", "place_tune", "place_column", "place_group", "moment_place", "moment_frame", "staff_starts", "sound_starts")

    def save(self, path: Path) -> None:
        told = np.frombuffer(json.dumps([self.names, self.titles, self.left_out]).encode(), dtype=np.uint8)
        with atomic_write(path) as temporary, temporary.open("wb") as file:
            np.savez_compressed(file, told=told, **{name: getattr(self, name) for name in self.ARRAYS})

    @classmethod
    def read(cls, path: Path) -> "Music":
        """Raises TwoviewError when the file is damaged."""
        try:
            with np.load(path, allow_pickle=False) as arrays:
                names, titles, left_out = json.loads(arrays["told"].tobytes())
                found = {name: arrays[name] for name in cls.ARRAYS}
        except Exception as error:  # a damaged archive raises BadZipFile, zlib.error, KeyError, ValueError …
            raise TwoviewError(f"The rendered music in {path} cannot be read ({error}). Delete the file: it is made again.") from error
        return cls(**found, names=tuple(names), titles=tuple(titles), left_out=tuple((name, why) for name, why in left_out))


def rendered(tunes: Sequence[Tune], manners: Sequence[Manner], progress: Progress | None = None) -> Music:
    """Every tune engraved and played in its manner, on as many cores as ``TWOVIEW_THREADS`` allows, else on all.

    Tunes that cannot be engraved are left out and named. Raises TwoviewError when none can be.
    """
    cores = int(os.environ.get("TWOVIEW_THREADS") or os.cpu_count() or 1)
    staves = engrave(tunes, cores, progress)
    left_out = tuple((staff.tune, staff.reason) for staff in staves if isinstance(staff, Unengraved))
    strips, sounds, rows = [], [], []
    staff_at = sound_at = place_at = 0
    kept = [(tune, manner, staff) for tune, manner, staff in zip(tunes, manners, staves, strict=True) if not isinstance(staff, Unengraved)]
    with ThreadPoolExecutor(cores) as pool:
        played = pool.map(lambda one: heard(one[0], one[1]), kept)
        for number, ((tune, _, staff), (performed, sound)) in enumerate(zip(kept, played, strict=True)):
            written, columns = places(tune), np.round(staff.columns).astype(np.int64)
            groups = shown(written, columns / 2)
            frames = np.round(performed.onsets * FRAMES_A_SECOND).astype(np.int64)
            rows.append((
                np.full(len(written), number), columns + staff_at + WIDTH, groups,
                performed.places + place_at, frames + sound_at + FRAMES // 2, staff_at + WIDTH, sound_at + FRAMES // 2,
            ))  # fmt: skip
            strips.append(np.pad(staff.staff, ((0, 0), (WIDTH, WIDTH + staff.staff.shape[1] % 2))))
            sounds.append(np.pad(sound, ((0, 0), (FRAMES // 2, FRAMES // 2))))
            staff_at, sound_at, place_at = staff_at + strips[-1].shape[1], sound_at + sounds[-1].shape[1], place_at + len(written)
            if progress is not None:
                progress(number + 1, len(kept), "Playing")
    if not kept:
        raise TwoviewError(f"None of the {len(tunes)} tunes could be engraved; the first: {left_out[0][1] if left_out else 'there is none'}.")
    joined = [np.concatenate(column) if np.ndim(column[0]) else np.array(column) for column in zip(*rows, strict=True)]
    return Music(
        staff=np.concatenate(strips, axis=1), sound=np.concatenate(sounds, axis=1), **dict(zip(Music.ARRAYS[2:], joined, strict=True)),
        names=tuple(tune.name for tune, _, _ in kept), titles=tuple(tune.title for tune, _, _ in kept), left_out=left_out,
    )  # type: ignore[arg-type]  # fmt: skip


def heard(tune: Tune, manner: Manner) -> tuple[Sounding, np.ndarray]:
    """A tune as it is played, and its spectrogram (136, frames)."""
    performed = perform(tune, manner)
    return performed, spectrogram(play(performed, manner))


def shown(written: Sequence[Place], columns: np.ndarray) -> np.ndarray:
    """For each place a number that is equal exactly where the snippets around two places show the same notes, (places,). ``columns``: in a snippet's pixels."""
    notes = [([pitch.midi for pitch in place.pitches], str(place.duration)) for place in written]
    numbers = []
    for place, column in enumerate(columns.tolist()):
        seen = [(i - place, *notes[i]) for i in np.flatnonzero(np.abs(columns - column) <= INSIDE).tolist()]
        numbers.append(int.from_bytes(sha256(json.dumps(seen).encode()).digest()[:7], "big"))
    return np.array(numbers, dtype=np.int64)


def kept(path: Path, make: Callable[[], Music]) -> Music:
    """What is in the file, made and kept first where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):  # two processes never render the same
        if not path.is_file():
            make().save(path)
    return Music.read(path)


def snippets(music: Music, name: str, split: str) -> PairedData:
    """x: (n, 40, 100), y: (m, 136, 100), both cut from strips when asked for; see the module's docstring."""
    x = Windows(halved(music.staff), music.place_column // 2 - WIDTH // 2, WIDTH)
    y = Windows(music.sound, music.moment_frame - FRAMES // 2, FRAMES)
    first = np.searchsorted(music.place_tune, np.arange(len(music.names)))
    place_ids = [f"{music.names[tune]}/{row - first[tune] + 1}" for row, tune in enumerate(music.place_tune)]
    begins = music.sound_starts[music.place_tune[music.moment_place]]
    seconds = (music.moment_frame - begins) / FRAMES_A_SECOND
    moment_ids = [f"{place_ids[row]}@{at:.2f}s" for row, at in zip(music.moment_place, seconds, strict=True)]
    groups = music.place_group
    return PairedData(
        name, split, View("vector", x, place_ids, groups, drawn=(ROWS, WIDTH)),
        View("vector", y, moment_ids, groups[music.moment_place], drawn=(BINS, FRAMES)),
    )  # fmt: skip


def halved(staff: np.ndarray) -> np.ndarray:
    """A staff (80, 2w) at half the size, (40, w): the mean of two by two pixels."""
    total = np.zeros((staff.shape[0] // 2, staff.shape[1] // 2), dtype=np.uint16)
    for row in (0, 1):
        for column in (0, 1):
            total += staff[row::2, column::2]
    return ((total + 2) // 4).astype(np.uint8)


def some_pairs(data: PairedData, count: int, split: str) -> PairedData:
    """``count`` of the groups, always the same ones, with one place and one moment of each: n different pairs, as the paper counts them."""
    groups = np.unique(data.y.groups)
    chosen = np.sort(np.random.default_rng(0).permutation(groups)[:count])
    rows = []
    for view in (data.x, data.y):
        order = np.random.default_rng(1).permutation(len(view))
        found, first = np.unique(view.groups[order], return_index=True)
        rows.append(order[first[np.searchsorted(found, chosen)]])
    return PairedData(data.name, split, data.x.take(rows[0]), data.y.take(rows[1]), data.label_names)
