"""Encoder ids, and the files that hold an encoder's weights.

``family:name?option=value&option=value@file`` names a local file, ``family:name`` something packaged or on the hub:
``minilm`` · ``timm:resnet50.a1_in1k`` · ``timm:mobilenetv2_100@mobilenetv2_100_tf.safetensors`` · ``open_clip:RN50/openai``.
A file is looked up by its name in the weights folders, so that an id means the same on every machine.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from engine.errors import TwoviewError
from engine.paths import PROJECT, checkpoints_dir, data_root

WITHOUT_HUB = "Without a download there are minilm, scenes-cnn, tfidf and any local file (family:name@file.safetensors)"


@dataclass(frozen=True)
class Reference:
    """An encoder id taken apart; ``id`` is the whole of it, ``file`` is "" for what is packaged or on the hub."""

    id: str
    family: str
    name: str
    options: tuple[tuple[str, str], ...]
    file: str

    @classmethod
    def parse(cls, id: str) -> "Reference":
        if id.startswith("given:"):  # a path may hold any character
            return cls(id, "given", id.removeprefix("given:"), (), "")
        head, _, file = id.partition("@")
        head, _, query = head.partition("?")
        family, _, name = head.partition(":")
        pairs = [part.partition("=") for part in query.split("&") if part]
        if wrong := [key for key, sign, _ in pairs if not sign]:
            raise TwoviewError(f"The encoder id {id!r} has an option without a value: {wrong[0]!r}. Write it as option=value.")
        return cls(id, family, name, tuple((key, value) for key, _, value in pairs), file)


def weights_folders() -> list[Path]:
    """Where local weights are looked for: ``TWOVIEW_WEIGHTS``, else beside and inside the data root."""
    if named := os.environ.get("TWOVIEW_WEIGHTS"):
        return [Path(named).expanduser()]
    return [data_root().parent / "weights", data_root() / "weights"]


def weights_file(reference: Reference) -> Path:
    """The file an id names. Raises TwoviewError when it is in none of the folders."""
    folders = weights_folders()
    for path in (folder / reference.file for folder in folders):
        if path.is_file():
            return path
    looked = " and ".join(str(folder) for folder in folders)
    raise TwoviewError(
        f"{reference.id} needs the file {reference.file}, which is not in {looked}. "
        f"Put it there or set TWOVIEW_WEIGHTS to its folder. {WITHOUT_HUB}."
    )


def shipped_file(*parts: str) -> Path:
    """A file of an encoder of our own (scenes-cnn, a fitted tfidf): ``checkpoints/encoders/…``, else where the project's own lie."""
    own = checkpoints_dir().joinpath("encoders", *parts)
    shipped = PROJECT.joinpath("checkpoints", "encoders", *parts)
    return shipped if shipped.exists() and not own.exists() else own


def file_hash(path: Path) -> str:
    """SHA-256 of a file; computed once per process for as long as the file does not change."""
    status = path.stat()
    return _file_hash(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=64)
def _file_hash(path: Path, size: int, modified: int) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


@contextmanager
def asking_the_hub(reference: Reference) -> Iterator[None]:
    """Turn whatever a hub's client raises (no network, no such model, offline mode) into one sentence."""
    try:
        yield
    except TwoviewError:
        raise
    except Exception as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise TwoviewError(f"{reference.id} is not on this machine and could not be downloaded ({reason}). {WITHOUT_HUB}.") from error


def hub_file(reference: Reference, repository: str, filename: str) -> Path:
    """A file of the Hugging Face hub, from its local cache or downloaded. Raises TwoviewError when neither is possible."""
    from huggingface_hub import hf_hub_download

    with asking_the_hub(reference):
        return Path(hf_hub_download(repository, filename))


def option_values(reference: Reference, known: Mapping[str, Callable[[str], object]]) -> dict[str, Any]:
    """The id's options, each read by its function in ``known``. Raises TwoviewError for an unknown or unreadable one."""
    values = {}
    for key, text in reference.options:
        if key not in known:
            raise TwoviewError(f"{reference.id}: no option {key!r}. There are: {', '.join(known)}.")
        try:
            values[key] = known[key](text)
        except ValueError as error:
            raise TwoviewError(f"{reference.id}: {key}={text!r} cannot be read ({error}).") from error
    return values
