"""What holds a person's data: tables, one file of matrices, or in a folder the files of the matrices."""

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path

from engine.archives import PICTURES
from engine.data.own import matrices, packed, records
from engine.data.own.reading import SPLIT_NAMES
from engine.data.own.tables import Tables
from engine.errors import TwoviewError

Source = Tables | Path | dict[str, Path]

USUAL = (".csv", ".tsv", ".jsonl")
OTHERS = (".json", ".parquet", ".arrow", ".tar", ".txt")  # which may be something else in a folder that has one of the usual
NEVER = ("dataset_info.json", "dataset_infos.json", "state.json", "dataset_dict.json", "readme.txt", "license.txt", "licence.txt")  # what comes with data, and is none
SHARD = re.compile(r"[-_.]?\d+([-_]of[-_]\d+)?$")  # data-00000-of-00003


def resolved(path: str | Path) -> Path:
    path = Path(path).expanduser().resolve()
    if not path.exists():
        raise TwoviewError(f"There is no file or folder {path}.")
    return path


def files_of(source: Source) -> list[Path]:
    """The files in which the data are, and the folder that holds the pictures."""
    if isinstance(source, Tables):
        return [*source.files, source.root]
    return [source, source.parent] if isinstance(source, Path) else [*source.values()]


def source_of(path: Path) -> Source:
    """Raises TwoviewError when a file or folder holds no data, or more than one set of them."""
    if path.is_file():
        return _file(path)
    files = matrices.named_files(path)
    if {"x", "y"} <= files.keys():
        return files
    for folder in (path, path / "data"):  # which repositories of data sets have
        if folder.is_dir() and (found := _tables(folder)):
            return found
    single = _visible(path, matrices.SINGLE)
    if len(single) == 1:
        return single[0]
    pictures = len(_visible(path, PICTURES))
    came = ([f"{pictures:,} picture{'s' * (pictures != 1)}"] if pictures else []) + ([f"{len(single)} files of matrices"] if single else [])
    only = f", only {' and '.join(came)}" if came else ""
    raise TwoviewError(
        f"There is no table of sentences{only}. A folder of your own data holds pictures and one table of their sentences "
        f"({', '.join((*USUAL, *OTHERS))}), or the matrices x.npy and y.npy (also {', '.join(matrices.SINGLE)}), or one file with both."
    )


def _file(path: Path) -> Source:
    suffix = path.suffix.lower()
    if suffix in records.SUFFIXES and not (suffix == ".parquet" and packed.is_matrices(path)):
        return Tables(path.parent, ((path, ""),))
    if suffix in matrices.SINGLE:
        return path
    raise TwoviewError(
        f"{path.name} is neither a table of sentences ({', '.join(records.SUFFIXES)}) nor a file with both feature matrices ({', '.join(matrices.SINGLE)})."
    )


def _tables(folder: Path) -> Tables | None:
    """The one table of a folder, one per split, or the parts of one; None where it has none. Raises TwoviewError when several do not belong together."""
    visible = _visible(folder, (*USUAL, *OTHERS))
    for suffixes in (USUAL, *((suffix,) for suffix in OTHERS)):
        found = [file for file in visible if file.suffix.lower() in suffixes and not (file.suffix == ".parquet" and packed.is_matrices(file))]
        if len(found) == 1:
            return Tables(folder, ((found[0], ""),))
        if found:
            return Tables(folder, _parts(folder, found))
    parts: list[tuple[Path, str]] = []
    for split, below in _split_folders(folder):
        inner = _tables(below)
        parts += [(file, split) for file in inner.files] if inner else []
    return Tables(folder, tuple(parts)) if parts else None


def _parts(folder: Path, found: Sequence[Path]) -> tuple[tuple[Path, str], ...]:
    """Tables that are splits, or shards of one name, with the split of each."""
    stems = [SHARD.sub("", file.stem) for file in found]
    splits = [next((SPLIT_NAMES[word] for word in re.split(r"[-_.]", stem.lower()) if word in SPLIT_NAMES), "") for stem in stems]
    if all(splits) or len({*stems}) == 1:
        return tuple(sorted(zip(found, splits, strict=True), key=lambda part: _order(part[1])))
    raise TwoviewError(
        f"The folder has {len(found)} tables ({', '.join(file.name for file in found[:5])}): give the path of one, or call those of the splits train, validation and test."
    )


def _split_folders(folder: Path) -> list[tuple[str, Path]]:
    """Folders called as splits are; of Arrow on disk, those that it names."""
    try:
        named = json.loads((folder / "dataset_dict.json").read_text(encoding="utf-8"))["splits"]
    except (OSError, ValueError, KeyError, TypeError):
        named = []
    below = [each for each in sorted(folder.iterdir()) if each.is_dir() and (each.name.lower() in SPLIT_NAMES or each.name in named)]
    return sorted(((SPLIT_NAMES.get(each.name.lower(), "train"), each) for each in below), key=lambda part: _order(part[0]))


def _order(split: str) -> int:
    """Training first, as it is spoken of everywhere."""
    return ("", "train", "validation", "test").index(split)


def _visible(folder: Path, suffixes: Sequence[str]) -> list[Path]:
    """The files of a folder that end so, among what may be tens of thousands of pictures."""
    ending = tuple(suffixes)
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries if entry.name.lower().endswith(ending) and entry.is_file() and not entry.name.startswith(".") and entry.name.lower() not in NEVER)
    return [folder / name for name in names]
