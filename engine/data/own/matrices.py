"""Two feature matrices, x (n, d) and y (m, e).

One file holding both (``.npz``, ``.mat``, ``.parquet`` with a list in each cell), or a folder with a file each: ``x.npy``, ``y.npy``,
also ``.npz``, ``.mat`` or ``.parquet`` (whose columns are then the features, unless one of them holds lists). Row i of x belongs to row i of y
unless ``groups_x`` and ``groups_y``, or ids that both views have, say otherwise. Optional, by the same names: ``groups``, ``labels``, ``ids``,
``split`` with an entry per row, or ``labels_x``, ``labels_y``, ``ids_x``, ``ids_y`` where the views differ in length. One file with two
matrices of other names is read too, and told.
"""

import os
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np

from engine.data.base import PairedData, View
from engine.data.layout import read_mat
from engine.data.own.packed import arrow_table
from engine.data.own.reading import SPLIT_NAMES, Problem, Reading, numbered
from engine.errors import TwoviewError

SINGLE = (".npz", ".mat", ".parquet")
SUFFIXES = (".npy", *SINGLE)
NAMES = ("x", "y", "groups", "groups_x", "groups_y", "labels", "labels_x", "labels_y", "ids", "ids_x", "ids_y", "split")
MAX_NUMBERS = 10**9
CHUNK = 65_536


def named_files(folder: Path) -> dict[str, Path]:
    """The folder's files that are called like one of ``NAMES``."""
    found: dict[str, Path] = {}
    for file in map(folder.joinpath, sorted(name for name in os.listdir(folder) if name.lower().endswith(SUFFIXES))):
        name = _name(file.stem)
        if name in NAMES and file.is_file():
            if name in found:
                raise TwoviewError(f"{folder} has both {found[name].name} and {file.name}. Keep one.")
            found[name] = file
    return found


def read(source: Path | Mapping[str, Path], name: str) -> Reading:
    """The two views as float32. Raises TwoviewError when they, or what belongs to their rows, differ in length."""
    told: list[str] = []
    if isinstance(source, Path):
        arrays = _called({_name(key): array for key, array in read_arrays(source).items()}, told)
    else:
        arrays = {key: array for called, file in source.items() for key, array in _of_view(file, called).items()}
    if absent := [key for key in ("x", "y") if key not in arrays]:
        raise TwoviewError(f"{name} has no matrix {' and no matrix '.join(absent)}; it has {', '.join(sorted(arrays)) or 'nothing'}. Call the two views x and y.")
    views = {key: _matrix(key, arrays[key]) for key in ("x", "y")}
    _match_ids(arrays, told)
    aligned = "groups_x" not in arrays or "groups_y" not in arrays
    if aligned and len(views["x"]) != len(views["y"]):
        raise TwoviewError(
            f"x has {len(views['x'])} rows and y has {len(views['y'])}. Row i of x must belong to row i of y; "
            "or give groups_x and groups_y, which say by equal entries what belongs together."
        )
    about = {key: _about(key, arrays, views) for key in ("groups", "labels", "ids")}
    about["split"] = _about("split", arrays, {"x": views["x"]})  # y's rows follow their groups
    return replace(_reading(name, views, about, aligned), notes=told)


def _called(arrays: dict[str, np.ndarray], told: list[str]) -> dict[str, np.ndarray]:
    """One file's arrays, of which the only two matrices are x and y whatever they are called."""
    matrices = [key for key, array in arrays.items() if array.ndim == 2 and min(array.shape) > 1 and np.issubdtype(array.dtype, np.number)]
    if "x" in arrays or "y" in arrays or len(matrices) != 2:
        return arrays
    told.append(f"{matrices[0]!r} is taken for x, and {matrices[1]!r} for y.")
    return {{matrices[0]: "x", matrices[1]: "y"}.get(key, key): array for key, array in arrays.items()}


def _match_ids(arrays: dict[str, np.ndarray], told: list[str]) -> None:
    """Where both views name their rows, and some by the same names in another order, equal names belong together."""
    if not {"ids_x", "ids_y"} <= arrays.keys() or arrays.keys() & {"groups", "groups_x", "groups_y"}:
        return
    x, y = (as_strings(arrays[key]) for key in ("ids_x", "ids_y"))
    shared = len(np.intersect1d(x, y))
    if shared and not np.array_equal(x, y):
        arrays["groups_x"], arrays["groups_y"] = x, y
        told.append(f"Rows of x and y belong together by their ids, {shared:,} of which both have.")


def _reading(name: str, views: dict[str, np.ndarray], about: dict[str, dict[str, np.ndarray]], aligned: bool) -> Reading:
    """Drop the bad rows (on both sides where the views are aligned), then the rows whose partner is gone."""
    groups = _numbered(about["groups"])[0] if about["groups"] else {key: np.arange(len(views[key])) for key in views}
    bad: dict[str, dict[int, str]] = {key: dict(_bad_rows(key, views[key], {k: a.get(key) for k, a in about.items()})) for key in views}
    problems = [Problem(row, what) for key in views for row, what in bad[key].items()]
    if aligned:
        bad = dict.fromkeys(bad, bad["x"] | bad["y"])
    keep = {key: np.setdiff1d(np.arange(len(views[key])), list(bad[key])) for key in views}
    shared = np.intersect1d(groups["x"][keep["x"]], groups["y"][keep["y"]])
    for key, rows in keep.items():
        alone = ~np.isin(groups[key][rows], shared)
        problems += [Problem(int(row), f"{key} has no good partner in the other view") for row in rows[alone]]
        keep[key] = rows[~alone]
    label_numbers, label_names = _labels(about["labels"])
    made = {}
    for key, rows in keep.items():
        ids = about["ids"].get(key, np.arange(len(views[key])).astype(str))[rows].tolist()
        labels = label_numbers[key][rows] if key in label_numbers else None
        made[key] = View("vector", views[key] if len(rows) == len(views[key]) else views[key][rows], ids, groups[key][rows], labels)
    x = made["x"]
    keys = [""] * (int(max(groups[key].max(initial=-1) for key in views)) + 1)
    for row in reversed(range(len(x))):
        keys[x.groups[row]] = sha256(np.ascontiguousarray(x.items[row]).data).hexdigest()
    splits = about["split"].get("x")
    split_of = np.full(len(keys), -1, np.int8)
    if splits is not None:
        split_of[x.groups] = numbered(SPLIT_NAMES[splits[row]] for row in keep["x"])
    return Reading(PairedData(name, "all", x, made["y"], label_names), keys, None if splits is None else split_of, sorted(problems, key=lambda p: p.row))


def _bad_rows(key: str, matrix: np.ndarray, about: dict[str, np.ndarray | None]) -> Iterator[tuple[int, str]]:
    for start in range(0, len(matrix), CHUNK):
        finite = np.isfinite(matrix[start : start + CHUNK])
        for row in np.flatnonzero(~finite.all(axis=1)):
            yield start + int(row), f"{key} has NaN or infinite values, the first in column {int(np.argmin(finite[row]))}"
    if (ids := about["ids"]) is not None:
        first = np.unique(ids, return_index=True)[1]
        for row in np.setdiff1d(np.arange(len(ids)), first):
            yield int(row), f"{key}: the id {str(ids[row])!r} is used twice"
    if (groups := about["groups"]) is not None:
        for row in np.flatnonzero(np.isin(groups, ("", "nan"))):
            yield int(row), f"{key} names no group"
    if (splits := about["split"]) is not None:
        for row in np.flatnonzero(~np.isin(splits, list(SPLIT_NAMES))):
            yield int(row), f"{key}: the split {str(splits[row])!r} is none of train, validation, test"
        yield from _torn_groups(key, splits, groups)


def _torn_groups(key: str, splits: np.ndarray, groups: np.ndarray | None) -> Iterator[tuple[int, str]]:
    """Rows whose group an earlier row has put into another split."""
    said: dict[str, str] = {}
    for row, (group, split) in enumerate(zip(groups.tolist(), splits.tolist(), strict=True) if groups is not None else ()):
        if SPLIT_NAMES.get(said.setdefault(group, split)) != SPLIT_NAMES.get(split):
            yield row, f"{key}: the split {split!r} contradicts an earlier row of group {group!r}, which says {said[group]!r}"


def _about(what: str, arrays: Mapping[str, np.ndarray], views: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The entries called ``what`` for the rows of each view, as strings; one list serves both views when they are aligned."""
    found = {}
    for key, matrix in views.items():
        source = next((name for name in (f"{what}_{key}", what) if name in arrays), None)
        if source is None:
            continue
        values = as_strings(arrays[source])
        if len(values) != len(matrix):
            raise TwoviewError(f"{source} has {len(values)} entries, but {key} has {len(matrix)} rows. There must be one for each row.")
        found[key] = np.char.lower(values) if what == "split" else values
    if what == "groups" and len(found) == 1:
        raise TwoviewError(f"There are groups for {next(iter(found))} only. Give groups_x and groups_y, or groups for both.")
    return found


def _labels(labels: dict[str, np.ndarray]) -> tuple[dict[str, np.ndarray], list[str]]:
    """Labels as numbers of their names; −1 and empty mean none."""
    numbers, names = _numbered({key: np.where(np.isin(values, ("", "-1", "nan")), "", values) for key, values in labels.items()})
    none = int(bool(names) and names[0] == "")
    return {key: values - none for key, values in numbers.items()}, names[none:]


def _numbered(values: dict[str, np.ndarray]) -> tuple[dict[str, np.ndarray], list[str]]:
    """Strings of both views as numbers into the sorted list of all of them."""
    if not values:
        return {}, []
    names, numbers = np.unique(np.concatenate(list(values.values())), return_inverse=True)
    cuts = np.cumsum([len(v) for v in values.values()])[:-1]
    return dict(zip(values, np.split(numbers.astype(np.int64), cuts), strict=True)), names.tolist()


def as_strings(array: np.ndarray) -> np.ndarray:
    """A column of numbers or strings as strings; whole numbers without a point, so that 3.0 (all that MATLAB has) is 3."""
    flat = np.asarray(array).ravel()
    if flat.dtype == object:  # MATLAB's cells, Parquet's strings
        return np.array(["" if cell is None else str(np.squeeze(cell)) for cell in flat], dtype=str)
    return np.char.mod("%.17g", flat) if np.issubdtype(flat.dtype, np.floating) else flat.astype(str)


def _matrix(key: str, array: np.ndarray) -> np.ndarray:
    if array.ndim != 2 or not np.issubdtype(array.dtype, np.number) or np.issubdtype(array.dtype, np.complexfloating) or 0 in array.shape:
        raise TwoviewError(f"{key} must be a matrix of real numbers with a row per item; it has shape {array.shape} and type {array.dtype}.")
    with np.errstate(over="ignore"):  # what does not fit becomes infinite, and is reported with its row
        return np.asarray(array, dtype=np.float32)


def _name(text: str) -> str:
    name = text.strip().lower()
    return {"group": "groups", "label": "labels", "id": "ids", "splits": "split"}.get(name, name)


def _of_view(file: Path, called: str) -> dict[str, np.ndarray]:
    """What a file named ``called`` holds: one array; of a Parquet file, its columns side by side, or one of lists with what belongs to its rows."""
    if file.suffix.lower() == ".npy":
        return {called: load_npy(file)}
    arrays = {_name(key): array for key, array in read_arrays(file).items()}
    matrices = [key for key, array in arrays.items() if array.ndim == 2]
    if called in ("x", "y") and file.suffix.lower() == ".parquet":
        if not matrices:
            return {called: np.stack(list(arrays.values()), axis=1)}
        if len(matrices) == 1:
            about = {key if key == "split" else f"{key}_{called}": array for key, array in arrays.items() if key in ("ids", "labels", "groups", "split")}
            return {called: arrays[matrices[0]], **about}
    if len(arrays) != 1:
        raise TwoviewError(f"{file.name} must hold one array; it holds {len(arrays)}: {', '.join(arrays)}.")
    return {called: next(iter(arrays.values()))}


def read_arrays(file: Path) -> dict[str, np.ndarray]:
    """The arrays of a .npz, .mat, .parquet or .arrow file by name. Raises TwoviewError when it cannot be read or is too large."""
    match file.suffix.lower():
        case ".npz":
            return _load_npz(file)
        case ".mat":
            return read_mat(file, MAX_NUMBERS)
        case ".parquet":
            return _load_parquet(file)
        case _:
            return _load_arrow(file)


def load_npy(file: Path) -> np.ndarray:
    try:
        return np.load(file, allow_pickle=False, mmap_mode="r")
    except Exception as error:  # damaged headers raise ValueError, SyntaxError, tokenize.TokenError …
        raise TwoviewError(f"{file.name} can't be read as .npy ({error}). Save it with numpy.save, numbers only.") from error


def _load_npz(file: Path) -> dict[str, np.ndarray]:
    try:
        with zipfile.ZipFile(file) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > 4 * MAX_NUMBERS:
            raise TwoviewError(f"{file.name} unpacks to {size / 2**30:.0f} GB; at most {4 * MAX_NUMBERS / 2**30:.0f} GB are read.")
        with np.load(file, allow_pickle=False) as arrays:
            return {key: arrays[key] for key in arrays}
    except TwoviewError:
        raise
    except Exception as error:  # damaged archives raise BadZipFile, zlib.error, ValueError, EOFError, KeyError …
        raise TwoviewError(f"{file.name} can't be read as .npz ({error}). Save it with numpy.savez, numbers only.") from error


def _load_parquet(file: Path) -> dict[str, np.ndarray]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        metadata = pq.read_metadata(file)
        size = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
        if size > 4 * MAX_NUMBERS:
            raise TwoviewError(f"{file.name} unpacks to {size / 2**30:.0f} GB; at most {4 * MAX_NUMBERS / 2**30:.0f} GB are read.")
        table = pq.read_table(file, partitioning=None)
        return {name: _column(file, name, table.column(name).combine_chunks()) for name in table.column_names}
    except (pa.ArrowException, OSError, ValueError, TypeError) as error:
        raise TwoviewError(f"{file.name} can't be read as Parquet ({error}). Save it again.") from error


def _load_arrow(file: Path) -> dict[str, np.ndarray]:
    """Memory-mapped, where it was written in one batch and without compression."""
    import pyarrow as pa

    try:
        table = arrow_table(file)
        return {name: _column(file, name, table.column(name).combine_chunks()) for name in table.column_names}
    except (pa.ArrowException, OSError, ValueError, TypeError) as error:
        raise TwoviewError(f"{file.name} can't be read as Arrow ({error}). Save it again.") from error


def _column(file: Path, name: str, column: "pyarrow.Array") -> np.ndarray:  # type: ignore[name-defined]  # noqa: F821
    """A column as (n,), or as (n, d) when each cell is a list of d numbers. A cell that is empty or of another length is all NaN."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not (pa.types.is_list(column.type) or pa.types.is_large_list(column.type) or pa.types.is_fixed_size_list(column.type)):
        return column.to_numpy(zero_copy_only=False)
    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
    if not len(lengths) or not lengths.max():
        return np.empty((len(column), 0))
    width = int(np.bincount(lengths[lengths > 0]).argmax())
    fits = lengths == width
    if fits.all():  # of their own type, and not copied where they are mapped
        return column.flatten().to_numpy(zero_copy_only=False).reshape(-1, width)
    matrix = np.full((len(column), width), np.nan)
    matrix[fits] = column.filter(pa.array(fits)).flatten().to_numpy(zero_copy_only=False).reshape(-1, width)
    return matrix
