"""given:PATH — vectors that were made elsewhere, found for each item by its id.

``.npz``, ``.mat``, ``.parquet``, ``.arrow`` and ``.feather`` hold ``ids`` and one matrix (a column of lists); beside ``.npy`` and
``.safetensors``, which cannot hold strings, lies ``NAME.ids.txt`` with an id per line. Numbers of any real type. ``.npy``, ``.safetensors``
and ``.arrow`` are memory-mapped, so that a file may be larger than memory; the others are read whole, up to 4 GB.
``given:PATH#x`` reads the rows of view x from a Parquet file that holds both, as ``engine.export.embeddings`` writes them.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from torch import Tensor

from engine.data.base import View
from engine.data.own.matrices import as_strings, load_npy, read_arrays
from engine.encoders.base import Encoder
from engine.encoders.references import Reference, file_hash
from engine.errors import TwoviewError

PREFIX = "given:"
LISTS = (".parquet", ".arrow", ".feather")  # a cell holds a vector
WITH_IDS, BESIDE_IDS = (".npz", ".mat", *LISTS), (".npy", ".safetensors")
NUMBERS = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1"}


class Given(Encoder):
    """Knows the vectors' width and whose they are; makes none of its own."""

    def __init__(self, reference: Reference):
        super().__init__()
        self.id, self.weights_hash = reference.id, weights_hash(reference)
        self.dim = _read(_file(reference), self.weights_hash, _side(reference))[1].shape[1]

    def forward(self, items: Sequence) -> Tensor:
        """Raises TwoviewError: there is no network behind given vectors."""
        raise TwoviewError(f"{PREFIX}{Path(self.id.removeprefix(PREFIX)).name} holds the vectors of known items and can't encode others. Ask with an item of the data, or name an encoder.")


def open(reference: Reference) -> Given:
    return Given(reference)


def weights_hash(reference: Reference) -> str:
    """SHA-256 of the file, and of the ids beside it."""
    path = _file(reference)
    ids = _ids_file(path)
    return file_hash(path) if path.suffix.lower() in WITH_IDS else f"{file_hash(path)}{file_hash(ids)[:16]}"


def vectors_of(id: str, view: View) -> np.ndarray:
    """The vectors (n, dim), float32, of a view's n items.

    Raises TwoviewError, with how many and which, when items have none, or ones that are not finite.
    """
    reference = Reference.parse(id)
    path = _file(reference)
    rows, matrix = _read(path, weights_hash(reference), _side(reference))
    wanted = [str(item) for item in view.ids]
    if missing := [item for item in wanted if item not in rows]:
        raise TwoviewError(f"{path.name} has no vector for {_some(missing)} of {len(wanted)} items; it has {len(rows)} vectors. Add them; their ids must be the items'.")
    with np.errstate(over="ignore"):  # what does not fit becomes infinite, and is reported
        found = np.asarray(matrix[[rows[item] for item in wanted]], dtype=np.float32)
    if not (good := np.isfinite(found).all(axis=1)).all():
        what = f"NaN or infinite values, or lists that don't hold {found.shape[1]} numbers," if path.suffix.lower() in LISTS else "NaN or infinite values"
        raise TwoviewError(f"{path.name} has {what} for {_some([wanted[row] for row in np.flatnonzero(~good)])} items. Make those vectors again.")
    return found


def surplus(id: str, view: View) -> list[str]:
    """The ids of a file's vectors that belong to no item of the view."""
    reference = Reference.parse(id)
    return sorted(_read(_file(reference), weights_hash(reference), _side(reference))[0].keys() - {str(item) for item in view.ids})


@lru_cache(maxsize=4)
def _read(path: Path, content: str, side: str) -> tuple[dict[str, int], np.ndarray]:
    """Each id's row, and the matrix, for as long as the file's content is the same."""
    if path.suffix.lower() in WITH_IDS:
        arrays = _of_side(path, read_arrays(path), side)
        named = next((name for name in ("ids", "id") if name in arrays), None)
        others = [name for name in arrays if name != named]
        if named is None or len(others) != 1:
            raise TwoviewError(f"{path.name} must hold ids and one matrix of vectors; it holds {', '.join(arrays) or 'nothing'}.")
        ids, matrix = as_strings(arrays[named]).tolist(), arrays[others[0]]
    else:
        ids = _ids_file(path).read_text(encoding="utf-8").splitlines()
        matrix = load_npy(path) if path.suffix.lower() == ".npy" else _safetensors(path)
    real = np.issubdtype(matrix.dtype, np.floating) or np.issubdtype(matrix.dtype, np.integer)
    if matrix.ndim != 2 or not real or 0 in matrix.shape:
        raise TwoviewError(f"{path.name} must hold a matrix of real numbers with a row per item; it has shape {matrix.shape} and type {matrix.dtype}.")
    if len(ids) != len(matrix):
        raise TwoviewError(f"{path.name} has {len(matrix)} vectors, but {len(ids)} ids. There must be one for each.")
    rows = {item: row for row, item in enumerate(ids)}
    if len(rows) < len(ids):
        repeated = [item for row, item in enumerate(ids) if rows[item] != row]
        raise TwoviewError(f"{path.name} repeats ids in {_some(repeated)} rows. Keep one vector for each.")
    return rows, matrix


def _of_side(path: Path, arrays: dict[str, np.ndarray], side: str) -> dict[str, np.ndarray]:
    """Without ``view`` and ``split``, the rows of one view where a file has both."""
    kept = {name: array for name, array in arrays.items() if name not in ("view", "split")}
    if "view" not in arrays:
        return kept
    if not side:
        raise TwoviewError(f"{path.name} holds the vectors of both views. Say which: {PREFIX}{path.name}#x or #y.")
    rows = as_strings(arrays["view"]) == side
    return {name: array[rows] for name, array in kept.items()}


def _side(reference: Reference) -> str:
    """The view that an id asks for, "" where it names none."""
    path, sign, side = reference.name.rpartition("#")
    return side if sign and side in ("x", "y") and path.lower().endswith(".parquet") else ""


def _safetensors(path: Path) -> np.ndarray:
    """The only tensor of a file, memory-mapped: its numbers lie behind the header and the eight bytes of that one's length."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "np") as file:
            names = list(file.keys())
            if len(names) != 1:
                raise TwoviewError(f"{path.name} must hold one tensor; it holds {', '.join(names) or 'nothing'}.")
            tensor = file.get_slice(names[0])
            shape, kind = tuple(tensor.get_shape()), tensor.get_dtype()
        if kind not in NUMBERS:  # NumPy has no bfloat16
            raise TwoviewError(f"{path.name} holds numbers of type {kind}, which can't be read. Save it as float32 or float16.")
        if 0 in shape:
            return np.zeros(shape)
        with path.open("rb") as raw:
            header = int.from_bytes(raw.read(8), "little")
        return np.memmap(path, NUMBERS[kind], "r", 8 + header, shape)
    except (SafetensorError, OSError) as error:
        raise TwoviewError(f"{path.name} can't be read as safetensors ({error}). Save it again.") from error


def _file(reference: Reference) -> Path:
    path = Path(reference.name.removesuffix(f"#{_side(reference)}")).expanduser()
    if path.suffix.lower() not in WITH_IDS + BESIDE_IDS:
        raise TwoviewError(f"{reference.id}: vectors are read from {', '.join(WITH_IDS + BESIDE_IDS)}.")
    needed = [path] if path.suffix.lower() in WITH_IDS else [path, _ids_file(path)]
    if absent := [str(file) for file in needed if not file.is_file()]:
        raise TwoviewError(f"{reference.id} needs {' and '.join(absent)}, which is not there.")
    return path


def _ids_file(path: Path) -> Path:
    return path.with_suffix(".ids.txt")


def _some(ids: Sequence[str]) -> str:
    return f"{len(ids)} ({', '.join(ids[:3])}{' …' if len(ids) > 3 else ''})"
