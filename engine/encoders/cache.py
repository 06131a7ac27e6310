"""Features, computed once: kept under a key of what the items hold, the encoder's id and its weights.

Looked up first in ``checkpoints/<data name>/features/`` (those that ship), then in the user's cache. While they are computed,
rows are appended to a partial file: a killed run goes on where it was. Some rows of a gallery (pairs of its pictures, say) take
their features from the gallery's. Files are plain .npy, float32 or float16.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from filelock import FileLock

from engine.data.base import LazyRows, PairedData, View
from engine.encoders import open_encoder, weights_hash
from engine.encoders.base import Encoder, as_numpy
from engine.encoders.given import PREFIX, vectors_of
from engine.errors import TwoviewError
from engine.paths import atomic_write, cache_dir, checkpoints_dir

Progress = Callable[[int, int, str], None]
BATCH = {"image": 32, "text": 64}


def feature_key(view: View, encoder_id: str, weights_hash: str) -> str:
    """What the features' file is called: equal exactly when items, encoder and weights are."""
    return sha256(f"{view.content_hash}\n{encoder_id}\n{weights_hash}".encode()).hexdigest()[:32]


def features_file(view: View, encoder_id: str, weights_hash: str, data_name: str = "*") -> Path:
    """Where these features are, or else will be kept. ``data_name``: looked for among what ships with this data set only."""
    name = f"{feature_key(view, encoder_id, weights_hash)}.npy"
    shipped = next(checkpoints_dir().glob(f"{data_name}/features/{name}"), None)
    return shipped or cache_dir("features", name)


def is_kept(view: View, encoder_id: str) -> bool:
    """Whether ``encode_pairs`` finds this view's features without opening the encoder."""
    return kept_features(view, encoder_id) is not None


def kept_features(view: View, encoder_id: str) -> np.ndarray | None:
    """A view's features (n, dim), float32, where they are kept: the encoder is not opened, and what the items hold is read only if files of n rows are there."""
    return _kept(view, encoder_id, weights_hash(encoder_id))


def _kept(view: View, encoder_id: str, weights_hash: str) -> np.ndarray | None:
    """A view's features (n, dim) if they are kept, or those of the gallery whose rows it holds."""
    if encoder_id.startswith(PREFIX):
        return vectors_of(encoder_id, view)
    if isinstance(view.items, LazyRows):  # before its own content is read, which may be tens of thousands of files
        pictures, rows = view.items.pictures, view.items.rows
        gallery = _kept(View("image", pictures, range(len(pictures)), np.arange(len(pictures))), encoder_id, weights_hash)  # type: ignore[arg-type]
        if gallery is not None:
            return gallery[rows]
    if len(view) not in _lengths():
        return None
    path = features_file(view, encoder_id, weights_hash)
    return read_features(path) if path.is_file() else None


def _lengths() -> set[int]:
    """The rows of every file of features, by their headers: where none has as many as a view, no picture of it has to be read to know that it is not kept."""
    found = set()
    for path in (*checkpoints_dir().glob("*/features/*.npy"), *cache_dir("features").glob("*.npy")):
        with suppress(ValueError, EOFError, OSError):  # damaged, which is told when it is asked for
            found.add(len(np.load(path, mmap_mode="r", allow_pickle=False)))
    return found


def encode_here(view: View, encoder: Encoder, progress: Progress | None = None) -> np.ndarray:
    """Features (n, dim), float32, of a view's n pictures or sentences, looked up and kept nowhere. Otherwise as ``encode_view``."""
    _require_kind(view, encoder)
    rows, position = _each_once(view)
    parts, done = [np.empty((0, encoder.dim), np.float32)], 0
    for features in _in_batches(view, rows, encoder):
        parts.append(features)
        done += len(features)
        if progress is not None:
            progress(done, len(rows), f"Encoding with {encoder.id}")
    return np.concatenate(parts)[position]


def encode_view(view: View, encoder: Encoder, progress: Progress | None = None) -> np.ndarray:
    """Features (n, dim), float32, memory-mapped, of a view's n pictures or sentences; from the cache when it has them.

    ``progress(done, total, what)`` is called after each batch. Raises TwoviewError when the encoder is for another kind.
    """
    kept = _kept(view, encoder.id, encoder.weights_hash)
    return _encode_into(features_file(view, encoder.id, encoder.weights_hash), view, encoder, progress) if kept is None else kept


def encode_pairs(data: PairedData, x_id: str | None, y_id: str | None, device: str | torch.device = "cpu", progress: Progress | None = None) -> PairedData:
    """The data with both views as features. A view without an encoder (None) must hold vectors already and stays as it is.

    An encoder is opened only for features that are not kept yet. Raises TwoviewError when a view and its encoder do not fit.
    """
    x, y = (_encoded(view, id, device, progress) for view, id in ((data.x, x_id), (data.y, y_id)))
    return replace(data, x=x, y=y)


def ship(data: PairedData, x_id: str | None, y_id: str | None, progress: Progress | None = None) -> list[Path]:
    """Keep the features of this data's views where they ship, ``checkpoints/<data name>/features/``, as float16; the files."""
    encoded, files = encode_pairs(data, x_id, y_id, progress=progress), []
    for view, features, id in ((data.x, encoded.x.items, x_id), (data.y, encoded.y.items, y_id)):
        if id is not None:
            path = checkpoints_dir() / data.name / "features" / f"{feature_key(view, id, weights_hash(id))}.npy"
            with atomic_write(path) as temporary, temporary.open("wb") as file:
                np.save(file, features.astype(np.float16), allow_pickle=False)
            files.append(path)
    return files


def _encoded(view: View, id: str | None, device: str | torch.device, progress: Progress | None) -> View:
    if id is None:
        if view.kind != "vector":
            raise TwoviewError(f"A view of kind {view.kind!r} needs an encoder, and none was named.")
        return view
    kept = _kept(view, id, weights_hash(id))
    return replace(view, kind="vector", items=encode_view(view, open_encoder(id, device), progress) if kept is None else kept)


def read_features(path: Path) -> np.ndarray:
    """Features (n, dim) as float32: memory-mapped, or converted where they are kept as float16.

    Raises TwoviewError when the file is damaged.
    """
    try:
        features = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise TwoviewError(f"The features in {path} cannot be read ({error}). Delete the file: they are computed again.") from error
    return features if features.dtype == np.float32 else features.astype(np.float32)


def _encode_into(path: Path, view: View, encoder: Encoder, progress: Progress | None) -> np.ndarray:
    _require_kind(view, encoder)
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):  # two processes never append to one file
        if not path.is_file():
            rows, position = _each_once(view)
            partial = path.with_suffix(".partial")
            _append(partial, view, rows, encoder, progress)
            unique = np.fromfile(partial, dtype=np.float32).reshape(len(rows), encoder.dim)
            with atomic_write(path) as temporary, temporary.open("wb") as file:
                np.save(file, unique[position], allow_pickle=False)
            partial.unlink()
    return read_features(path)


def _require_kind(view: View, encoder: Encoder) -> None:
    if encoder.kind == "region":
        raise TwoviewError(f"{encoder.id} reads regions of pictures, not whole ones: what learned from it is asked where in a picture something is (Ground).")
    if view.kind != encoder.kind:
        raise TwoviewError(f"{encoder.id} encodes {encoder.kind} items, this view holds {view.kind} items.")


def _each_once(view: View) -> tuple[np.ndarray, np.ndarray]:
    """Rows to encode, and for each row of the view its position among them: what is equal is encoded once, long sentences first.

    Sentences of like length share a batch, so that little is spent on padding.
    """
    if view.kind != "text":
        digests = [sha256(view.items.encoded(row)).digest() for row in range(len(view))]
        places = {digest: place for place, digest in enumerate(dict.fromkeys(digests))}
        position = np.array([places[digest] for digest in digests], dtype=int)
        return np.unique(position, return_index=True)[1], position
    sentences, first, position = np.unique(np.array(view.items, dtype=object), return_index=True, return_inverse=True)
    order = np.argsort([-len(sentence) for sentence in sentences], kind="stable")
    return first[order], np.argsort(order)[position.reshape(-1)]


def _append(partial: Path, view: View, rows: np.ndarray, encoder: Encoder, progress: Progress | None) -> None:
    """Encode ``rows`` batch by batch to the end of ``partial``, after the whole rows that it has already."""
    width = encoder.dim * np.dtype(np.float32).itemsize
    with partial.open("ab") as file:
        done = min(file.tell() // width, len(rows))
        file.truncate(done * width)
        for features in _in_batches(view, rows[done:], encoder):
            file.write(features.data)
            file.flush()
            done += len(features)
            if progress is not None:
                progress(done, len(rows), f"Encoding with {encoder.id}")


def _in_batches(view: View, rows: np.ndarray, encoder: Encoder) -> Iterator[np.ndarray]:
    """Features (b, dim), float32, of ``rows``, batch by batch."""
    done = 0
    for items in _batches(view, rows, BATCH[encoder.kind]):
        features = as_numpy(encoder(items))
        if not np.isfinite(features).all():
            raise TwoviewError(f"{encoder.id} gave numbers that are not finite for the items from {view.ids[int(rows[done])]} on.")
        yield np.ascontiguousarray(features, dtype=np.float32)
        done += len(items)


def _batches(view: View, rows: np.ndarray, batch: int) -> Iterator[list]:
    """The items of ``rows``; the next batch is read, and pictures decoded, while one is encoded."""

    def read(start: int) -> list:
        return [view.items[int(row)] for row in rows[start : start + batch]]

    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(read, 0)
        for start in range(0, len(rows), batch):
            items = coming.result()
            coming = reader.submit(read, start + batch)
            yield items
