"""What the readers of official layouts share: which files are absent, text and JSON files, photos with their sentences."""

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from engine.data.base import ObjectAnnotation, PairedData, Phrase, View
from engine.data.images import PictureFiles
from engine.errors import TwoviewError

PHOTO_ENCODERS = ("open_clip:RN50/openai", "minilm")


def absent(*names: str) -> Callable[[Path], list[str]]:
    """For ``DatasetInfo.missing``: which of these files and folders are not below the data root."""
    return lambda root: [name for name in names if not (root / name).exists()]


def read_text(path: Path) -> str:
    """The file as UTF-8 (a byte order mark is skipped). Raises TwoviewError when it is not."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise TwoviewError(f"There is no file {path}.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise TwoviewError(f"{path} can't be read as UTF-8 text: {error}.") from error


def read_json(path: Path) -> Any:
    """The file's JSON. Raises TwoviewError when it is damaged."""
    try:
        return json.loads(read_text(path))
    except ValueError as error:
        raise TwoviewError(f"{path} is not valid JSON ({error}). Fetch it again from its source.") from error


def read_mat(path: Path, max_numbers: int = 10**9) -> dict[str, np.ndarray]:
    """The variables of a MATLAB file (version 7 or older) by name. Raises TwoviewError for anything else, or if they are too large."""
    from scipy.io import loadmat, whosmat  # slow to import

    try:
        numbers = sum(math.prod(shape) for _, shape, _ in whosmat(path))
        if numbers > max_numbers:
            raise TwoviewError(f"{path} holds {numbers:,} numbers; at most {max_numbers:,} are read.")
        return {name: value for name, value in loadmat(path).items() if not name.startswith("__")}
    except NotImplementedError as error:
        raise TwoviewError(f"{path} is a MATLAB 7.3 file. Save it with save('-v7') and try again.") from error
    except TwoviewError:
        raise
    except Exception as error:  # damaged files raise MatReadError, ValueError, TypeError, zlib.error, struct.error …
        raise TwoviewError(f"{path} can't be read as a MATLAB file ({error}). Fetch or save it again.") from error


def captioned(
    name: str, split: str, paths: Sequence[Path], ids: Sequence[str], groups: Sequence[int],
    sentences: Sequence[Sequence[str]], objects: Sequence[Sequence[ObjectAnnotation]] | None = None,
    label_names: Sequence[str] = (), phrases: Sequence[Sequence[Phrase]] | None = None,
) -> PairedData:
    """Photos (x) and their sentences (y): photo i has ``ids[i]``, ``groups[i]`` and all of ``sentences[i]``.

    Sentences are called "photo#0", "photo#1" … ``phrases``: of all sentences, one after the other. Raises TwoviewError when a photo's file is not there.
    """
    lists = {folder: {file.name for file in folder.iterdir()} for folder in {path.parent for path in paths} if folder.is_dir()}
    gone = [path for path in paths if path.name not in lists.get(path.parent, ())]
    if gone:
        raise TwoviewError(
            f"{len(gone)} of the {len(paths)} photos of {name} ({split}) are not there, such as {gone[0]}. "
            "Unpack the photos again."
        )
    counts = [len(texts) for texts in sentences]
    x = View("image", PictureFiles(list(paths)), list(ids), np.asarray(groups, dtype=np.int64), objects=objects)
    y = View(
        "text",
        [text for texts in sentences for text in texts],
        [f"{i}#{k}" for i, texts in zip(ids, sentences, strict=True) for k in range(len(texts))],
        np.repeat(x.groups, counts),
        phrases=phrases,
    )
    return PairedData(name, split, x, y, label_names)
