"""What the page asks: places for a sound, sounds for a place, and the pictures and sounds that it shows."""

from dataclasses import dataclass
from io import BytesIO

import numpy as np
import streamlit as st
from PIL import Image

from app.asking import catalogue, kept, music
from app.components.staves import Staff
from app.frame import workspace
from engine.data import MUSIC
from engine.data.music.otherwise import WAYS, played
from engine.data.music.pairs import FRAMES, WIDTH
from engine.data.music.score import STEPS, Pitch, places
from engine.data.music.sheets import open_sheet
from engine.data.music.spectrogram import FRAMES_A_SECOND, frequencies, spectrogram
from engine.data.recordings import open_recording
from engine.data.windows import Windows
from engine.errors import TwoviewError
from engine.metric import Metric
from engine.saliency.arrays import array_maps
from engine.saliency.drawing import overlay
from engine.search.listening import Followed, Listener, excerpts_of, true_moments
from engine.search.retriever import Ranking
from engine.search.robustness import Listening, read_listening

__all__ = ["Metric", "TwoviewError"]

BEFORE, AFTER = 0.4, 6.0  # seconds of a result's sound around its place
NOTE = 4  # pixels of a snippet on either side of a note's middle
ALTERED = {-2: "♭♭", -1: "♭", 0: "", 1: "♯", 2: "𝄪"}
SNIPPET, EXCERPT = (500, 200), (500, 340)  # pixels of their pictures with maps
TRIED = 40  # tunes, to open on one where the first model does what it claims
PLACE = 8  # of a tune, asked about until another is chosen
TOP = 5  # results


@dataclass(frozen=True)
class Found:
    """``staves``: the best, best first; ``rank`` of the best true match among ``candidates``, None where nobody knows it. ``place``, ``excerpt``: the
    first result and the question, or the other way round, as the model reads them: a place's row, None for a picture of one's own, and a spectrogram (136, 100)."""

    staves: list[Staff]
    rank: int | None
    candidates: int
    place: int | None
    excerpt: np.ndarray


@dataclass(frozen=True)
class Why:
    """What raises a score: the snippet and the excerpt with their maps over them (PNG), the notes with their shares of the snippet's map, strongest
    first, and where the excerpt's map is strongest: the frequency in Hz and seconds from its middle."""

    snippet: bytes
    excerpt: bytes
    notes: list[tuple[str, float]]
    frequency: float
    seconds: float


@dataclass(frozen=True)
class Following:
    """A recording followed through a score: the staff on which two cursors move, the path, and where it is known, the truth: which moment sounds
    at each of the path's seconds, and by how many notes the path is off while the tune is played."""

    staff: Staff
    path: Followed
    truth: np.ndarray | None
    off: np.ndarray | None


@st.cache_resource(max_entries=4, show_spinner="The scores are being read by the model, once for everybody …")
def listener(path: str, created: str, split: str) -> Listener:
    """``created``: a checkpoint trained again is opened again."""
    return Listener.open(path, split)


def opened(entry: catalogue.Entry, split: str) -> Listener:
    return listener(str(entry.path), entry.made, split)


def tunes(data: str, split: str) -> tuple[str, ...]:
    return music.collection(data, split).music.titles


def place_row(data: str, split: str, tune: int, place: int) -> int:
    """The row of a tune's place, counted from 0; the nearest where it has fewer."""
    rows = music.collection(data, split).places(tune)
    return int(rows[min(place, len(rows) - 1)])


class Clearest(kept.Sight):
    """Of a collection, the ``tune`` to begin with; None where a model finds none of those tried."""

    tune: int | None


class Places(kept.Sight):
    """``Found`` as it is kept; ``excerpt``: the bytes of (136, 100) float32."""

    staves: list[Staff]
    rank: int | None
    candidates: int
    place: int | None
    excerpt: bytes


@st.cache_data(max_entries=16, show_spinner=False)
def clearest(path: str, created: str, weights: str, data: str, split: str) -> int | None:
    """Of the first ``TRIED`` tunes at their place ``PLACE``: the one whose sound a model finds first, and ahead of what is wrong by most; None where it finds none.

    Kept for the next server under the model's ``weights``.
    """
    found = kept.model(Clearest, data, kept.SIGHTS, f"{TRIED} {PLACE} {weights} {split}", lambda: Clearest(tune=_clearest(path, created, split)))
    return None if found is None else found.tune


def _clearest(path: str, created: str, split: str) -> int | None:
    asked = listener(path, created, split)
    here, most, best = asked.collection, 0.0, None
    for tune in range(min(TRIED, len(here.music.titles))):
        rows = here.places(tune)
        row = int(rows[min(PLACE, len(rows) - 1)])
        ranking = asked.rank_moment(int(np.flatnonzero(here.music.moment_place == row)[0]))
        right = (asked.pairs.x.groups == asked.pairs.x.groups[row])[ranking.rows]
        ahead = float(ranking.scores[0] - ranking.scores[~right][0])
        if right[0] and ahead > most:
            most, best = ahead, tune
    return best


def tune_staff(data: str, split: str, tune: int, row: int) -> Staff:
    """A whole tune with the window around a place; its notes give their place in the tune, counted from 0."""
    here = music.collection(data, split)
    seconds, columns = here.sounding(tune).onsets, here.columns(tune)
    first = int(here.places(tune)[0])
    places = here.music.moment_place[here.moments(tune)] - first
    notes = [(float(columns[place]), float(at), str(place)) for place, at in zip(places.tolist(), seconds.tolist(), strict=True)]
    column = float(columns[row - first])
    title = here.music.titles[tune]
    return Staff(title, f"The staff of {title}", music.staff(data, split, tune), (column - WIDTH, column + WIDTH), notes, music.sound(data, split, tune, 0.0, 600.0))


def places_for_sound(entry: catalogue.Entry, split: str, row: int, keep: bool = False) -> Found:
    """Places that sound like the first time place ``row`` is played. ``keep``: for the next server."""

    def find() -> Places:
        asked = opened(entry, split)
        moment = int(np.flatnonzero(asked.collection.music.moment_place == row)[0])
        found = _places(entry, split, asked.rank_moment(moment), asked.pairs.x.groups == asked.pairs.x.groups[row], asked.pairs.y.items[moment])
        return Places(staves=found.staves, rank=found.rank, candidates=found.candidates, place=found.place, excerpt=np.asarray(found.excerpt, np.float32).tobytes())

    known = kept.model(Places, entry.card.data.name, kept.SIGHTS, f"{TOP} {entry.card.model.weights_hash} {split} {row}", find, keep)
    assert known is not None
    return Found(known.staves, known.rank, known.candidates, known.place, np.frombuffer(known.excerpt, np.float32).reshape(-1, FRAMES))


def places_for_recording(entry: catalogue.Entry, split: str, recording: bytes) -> Found:
    """Places that sound like the middle of a recording. Raises TwoviewError when it cannot be read."""
    samples = open_recording(recording)
    excerpts = excerpts_of(spectrogram(samples))
    return _places(entry, split, opened(entry, split).rank_recording(samples), None, excerpts[len(excerpts) // 2])


def sounds_for_place(entry: catalogue.Entry, split: str, row: int) -> Found:
    """Moments that sound like what stands at place ``row``."""
    asked = opened(entry, split)
    ranking = asked.rank_place(row)
    return _sounds(entry, split, ranking, asked.pairs.y.groups == asked.pairs.x.groups[row], row)


@st.cache_data(max_entries=8, show_spinner=False)
def sheet(picture: bytes) -> Windows:
    """Snippets of the line of music in a picture. Raises TwoviewError when there is none."""
    return open_sheet(picture)


def sheet_staff(snippets: Windows, row: int) -> Staff:
    """The line with the window around snippet ``row``; its notes are the snippets' middles."""
    buffer = BytesIO()
    Image.fromarray(255 - snippets.strip).resize((2 * snippets.strip.shape[1], 2 * len(snippets.strip))).save(buffer, "PNG")
    starts = snippets.starts.tolist()
    notes = [(2.0 * start + WIDTH, 0.0, str(number)) for number, start in enumerate(starts)]
    return Staff("Your line of music", "Your line of music as the models read it", buffer.getvalue(), (2.0 * starts[row], 2.0 * (starts[row] + WIDTH)), notes)


def sounds_for_sheet(entry: catalogue.Entry, split: str, snippets: Windows, row: int) -> Found:
    """Moments that sound like a snippet of one's own picture; nobody knows which is right."""
    return _sounds(entry, split, opened(entry, split).rank_snippet(snippets, row), None, None)


def _sounds(entry: catalogue.Entry, split: str, ranking: Ranking, true: np.ndarray | None, place: int | None) -> Found:
    asked = opened(entry, split)
    staves = []
    for rank, moment in enumerate(ranking.rows[:TOP].tolist(), start=1):
        staves.append(_staff(entry, split, rank, int(asked.collection.music.moment_place[moment]), moment, true is not None and bool(true[moment])))
    known = None if true is None else ranking.rank_of(np.flatnonzero(true))
    return Found(staves, known, len(ranking.rows), place, asked.pairs.y.items[int(ranking.rows[0])])


def measured(entry: catalogue.Entry) -> Listening | None:
    """What was measured of the checkpoint with other sounds; None where nothing was, or of other weights."""
    found = read_listening(entry.path)
    return found if found and found.weights == entry.card.model.weights_hash else None


def sounds() -> list[str]:
    """The ways in which a tune of the collection can be played to be followed."""
    return [way.title for way in WAYS]


def follow_sound(entry: catalogue.Entry, split: str, tune: int, sound: str) -> Following:
    """A tune of the collection, played in one of ``sounds``: how far the model follows it is known."""
    samples, onsets = _sounding(entry.card.data.name, split, tune, sound)
    return _following(entry, split, tune, samples, onsets)


def follow_recording(entry: catalogue.Entry, split: str, tune: int, recording: bytes) -> Following:
    """A recording that should be of this tune, or a part of it. Raises TwoviewError when it cannot be read."""
    return _following(entry, split, tune, open_recording(recording), None)


def _following(entry: catalogue.Entry, split: str, tune: int, samples: np.ndarray, onsets: np.ndarray | None) -> Following:
    data = entry.card.data.name
    here = music.collection(data, split)
    path = _followed(str(entry.path), entry.made, split, tune, samples)
    columns, first = here.columns(tune), int(here.places(tune)[0])
    at = columns[here.music.moment_place[here.moments(tune)] - first]  # of every moment
    turns = np.flatnonzero(np.diff(path.moments, prepend=-1))
    notes = [(float(at[path.moments[i]]), float(path.seconds[i]), str(i)) for i in turns.tolist()]
    true = [] if onsets is None else [(float(at[i]), float(onset)) for i, onset in enumerate(onsets.tolist())]
    title = here.music.titles[tune]
    staff = Staff(title, f"The staff of {title}, through which cursors move", music.staff(data, split, tune), None, notes, music.encoded(samples), truth=true)
    if onsets is None:
        return Following(staff, path, None, None)
    return Following(staff, path, true_moments(onsets, path.seconds), path.notes_off(onsets))


@st.cache_data(max_entries=32, show_spinner=False)
def _followed(path: str, created: str, split: str, tune: int, samples: np.ndarray) -> Followed:
    return listener(path, created, split).follow(samples, tune)


@st.cache_data(max_entries=32, show_spinner=False)
def _sounding(data: str, split: str, tune: int, sound: str) -> tuple[np.ndarray, np.ndarray]:
    """Samples, and the moments' onsets in seconds."""
    sounding, samples = played(music.collection(data, split), tune, next(way for way in WAYS if way.title == sound))
    return samples, sounding.onsets


def _places(entry: catalogue.Entry, split: str, ranking: Ranking, true: np.ndarray | None, excerpt: np.ndarray) -> Found:
    here = opened(entry, split).collection.music
    staves = []
    for rank, row in enumerate(ranking.rows[:TOP].tolist(), start=1):
        moment = int(np.flatnonzero(here.moment_place == row)[0])
        staves.append(_staff(entry, split, rank, row, moment, true is not None and bool(true[row])))
    return Found(staves, None if true is None else ranking.rank_of(np.flatnonzero(true)), len(ranking.rows), int(ranking.rows[0]), excerpt)


def why(entry: catalogue.Entry, split: str, found: Found) -> Why:
    """What raises the model's score of the question and its first result. Raises TwoviewError when the model reads no pixels."""
    assert found.place is not None
    asked = opened(entry, split)
    snippet, here = asked.pairs.x.items[found.place], asked.collection
    seen, heard = array_maps(asked.model, snippet, found.excerpt)
    tune = int(here.music.place_tune[found.place])
    written, columns, first = places(here.tune_of(here.music.names[tune])[0]), here.columns(tune) / 2, int(here.places(tune)[0])
    inside = columns - columns[found.place - first] + WIDTH / 2  # of the tune's places in the snippet
    light = seen.sum(axis=0) / max(float(seen.sum()), 1e-9)
    notes = [
        (" ".join(_called(pitch) for pitch in written[i].pitches), float(light[max(int(column) - NOTE, 0) : int(column) + NOTE + 1].sum()))
        for i, column in enumerate(inside.tolist()) if 0 <= column < WIDTH
    ]  # fmt: skip
    row, frame = np.unravel_index(heard.argmax(), heard.shape)
    return Why(
        _lit(snippet, seen, SNIPPET), _lit(found.excerpt[::-1], heard[::-1], EXCERPT), sorted(notes, key=lambda note: -note[1]),
        float(frequencies()[row]), (int(frame) - FRAMES / 2) / FRAMES_A_SECOND,
    )  # fmt: skip


def _called(pitch: Pitch) -> str:
    """As musicians write it: B♭4."""
    octave, step = divmod(pitch.height, 7)
    return f"{STEPS[step].upper()}{ALTERED[pitch.alter]}{octave}"


def _lit(array: np.ndarray, light: np.ndarray, size: tuple[int, int]) -> bytes:
    """Ink in [0, 1] as a picture (width, height) with a map over it."""
    picture = Image.fromarray(255 - np.round(array * 255).astype(np.uint8)).resize(size)
    shades = np.asarray(Image.fromarray(light.astype(np.float32)).resize(size))
    buffer = BytesIO()
    overlay(picture, shades, opacity=0.5).save(buffer, "PNG")
    return buffer.getvalue()


def _staff(entry: catalogue.Entry, split: str, rank: int, row: int, moment: int, match: bool) -> Staff:
    """A result: the staff of its tune, the window around its place, and some seconds of its sound from there."""
    data = entry.card.data.name
    here = music.collection(data, split)
    tune = int(here.music.place_tune[row])
    first, columns = int(here.places(tune)[0]), here.columns(tune)
    onsets, moments = here.sounding(tune).onsets, here.moments(tune)
    begins = max(float(onsets[moment - moments[0]]) - BEFORE, 0.0)
    notes = [
        (float(columns[place - first]), float(at) - begins, f"{tune}:{place - first}")
        for place, at in zip(here.music.moment_place[moments].tolist(), onsets.tolist(), strict=True)
        if begins <= at < begins + BEFORE + AFTER
    ]
    column = float(columns[row - first])
    title = f"{rank}. {here.music.titles[tune]}"
    return Staff(
        title, f"The staff of {here.music.titles[tune]}, place {row - first + 1} marked", music.staff(data, split, tune),
        (column - WIDTH, column + WIDTH), notes, music.sound(data, split, tune, begins, begins + BEFORE + AFTER), match,
    )  # fmt: skip


def first_answers() -> None:
    """Have the models that a visitor who chooses nothing asks first read their scores and sounds."""
    for data in collections()[:1]:
        split = workspace.first_split(data)
        for entry in list(catalogue.models(data).values())[:2]:
            opened(entry, split)


def collections() -> list[str]:
    """The collections that can be asked."""
    return [name for name in catalogue.data_sets() if name in MUSIC]


def first_view(data: str) -> list[Found]:
    """What the page shows to whoever has chosen nothing, by its first two models."""
    split, models = workspace.first_split(data), list(catalogue.models(data).values())[:2]
    row = place_row(data, split, opening(models[0], split) or 0, PLACE)
    return [places_for_sound(entry, split, row, keep=True) for entry in models]


def opening(entry: catalogue.Entry, split: str) -> int | None:
    """The tune that the page opens on: that which model A, ``entry``, finds most clearly."""
    return clearest(str(entry.path), entry.made, entry.card.model.weights_hash, entry.card.data.name, split)
