"""What holds a person's data: a table, one file of matrices, or in a folder the one table or the files of the matrices."""

from pathlib import Path
from typing import TypeGuard

from engine.data.own import matrices, tables
from engine.errors import TwoviewError


def resolved(path: str | Path) -> Path:
    path = Path(path).expanduser().resolve()
    if not path.exists():
        raise TwoviewError(f"There is no file or folder {path}.")
    return path


def is_table(source: Path | dict[str, Path]) -> TypeGuard[Path]:
    return isinstance(source, Path) and source.suffix.lower() in tables.SUFFIXES


def source_of(path: Path) -> Path | dict[str, Path]:
    """What holds the data: a table or one file of matrices, or in a folder the files of the matrices by name."""
    if path.is_file():
        if path.suffix.lower() not in (*tables.SUFFIXES, *matrices.SINGLE):
            raise TwoviewError(
                f"{path.name} is neither a table of sentences ({', '.join(tables.SUFFIXES)}) nor a file with both "
                f"feature matrices ({', '.join(matrices.SINGLE)})."
            )
        return path
    files = matrices.named_files(path)
    if {"x", "y"} <= files.keys():
        return files
    found = sorted(file for file in path.iterdir() if file.is_file() and file.suffix.lower() in tables.SUFFIXES)
    if len(found) != 1:
        what = f"{len(found)} tables ({', '.join(file.name for file in found[:5])}): give the path of one" if found else "no table of sentences"
        raise TwoviewError(
            f"{path} has {what}. A folder of your own data holds pictures and one {', '.join(tables.SUFFIXES)} table of their sentences, "
            "or the matrices x.npy and y.npy (also .npz, .mat, .parquet)."
        )
    return found[0]
