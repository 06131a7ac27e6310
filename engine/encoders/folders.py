"""Whole models as folders: of this machine, or a repository of the Hugging Face hub, downloaded without any code of its own."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.encoders.references import Reference, asking_the_hub, file_hash, shipped_file
from engine.errors import TwoviewError

SMALL = ("*.json", "*.txt", "*.model")  # configurations, vocabularies
MAX_CONFIG = 2**24  # bytes
SHIPPED = "encoders/"  # a folder there is named without the rest of its path, so that its id means the same on every machine


def model_folder(reference: Reference, source: str, weights: Sequence[str]) -> Path:
    """The folder ``source``, ``encoders/NAME`` beside the checkpoints, or the hub's repository of that name, with the first of the files ``weights`` that is there.

    Raises TwoviewError when it is none of these, or holds none of the files.
    """
    if source.startswith(SHIPPED) and (ours := shipped_file(source.removeprefix(SHIPPED))).is_dir():
        return ours
    if Path(source).is_dir():
        return Path(source)
    if Path(source).is_absolute():
        raise TwoviewError(f"{reference.id} needs the folder {source}, which is not there. Put it back, or bring the model again from where it is now.")
    from huggingface_hub import hf_hub_download, snapshot_download
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

    with asking_the_hub(reference):
        folder = Path(snapshot_download(source, allow_patterns=list(SMALL)))
        part = inner_folder(folder).relative_to(folder).as_posix()
        for name in weights:
            try:
                hf_hub_download(source, name, subfolder=None if part == "." else part)
                return folder
            except LocalEntryNotFoundError:  # the hub was not asked
                if name == weights[-1]:
                    raise
            except EntryNotFoundError:
                continue
    raise TwoviewError(f"{reference.id}: the repository {source} holds none of {', '.join(weights)}.")


def folder_name(path: Path) -> str:
    """What ``model_folder`` finds this folder by, on every machine where that is possible."""
    name = f"{SHIPPED}{path.name}"
    return name if shipped_file(path.name).resolve() == path else str(path)


def inner_folder(folder: Path) -> Path:
    """Where the network itself lies: sentence-transformers keeps CLIP in a folder of its own, which ``modules.json`` names."""
    if not (folder / "modules.json").is_file():
        return folder
    modules = read_config(folder / "modules.json")
    first = modules[0].get("path", "") if isinstance(modules, list) and modules and isinstance(modules[0], dict) else ""
    inner = (folder / str(first)).resolve()
    if not inner.is_relative_to(folder.resolve()):
        raise TwoviewError(f"{folder / 'modules.json'} names a folder outside its own.")
    return folder / str(first)


def weights_in(reference: Reference, folder: Path, names: Sequence[str]) -> Path:
    """The first of these files that a folder holds. Raises TwoviewError when it holds none."""
    found = next((folder / name for name in names if (folder / name).is_file()), None)
    if found is None:
        raise TwoviewError(f"{reference.id}: {folder} holds none of {', '.join(names)}.")
    return found


def folder_hash(weights: Path, config: Path) -> str:
    """SHA-256 of the weights, and of the configuration that says how they are used."""
    return f"{file_hash(weights)}{file_hash(config)[:16]}"


def read_config(path: Path) -> Any:
    """A configuration in JSON. Raises TwoviewError when it is absent, too large or something else."""
    if not path.is_file():
        raise TwoviewError(f"{path.parent} is no folder of a model: {path.name} is missing.")
    if path.stat().st_size > MAX_CONFIG:
        raise TwoviewError(f"{path} is larger than {MAX_CONFIG // 2**20} MB, more than a configuration can be.")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise TwoviewError(f"{path} is not JSON ({error}).") from error
