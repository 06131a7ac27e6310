"""A checkpoint as one zip, to be carried elsewhere: its own files, and nothing else is taken out of one that comes back."""

import os
import zipfile
from io import BytesIO
from pathlib import Path
from typing import IO

from engine import archives
from engine.checkpoints.cards import CARD, HISTORY, MAX_CARD, WEIGHTS, Card, write_card
from engine.checkpoints.storage import MAX_HISTORY, MAX_WEIGHTS, load
from engine.errors import TwoviewError
from engine.paths import checkpoints_dir, new_folder, numbered

FILES = {CARD: MAX_CARD, HISTORY: MAX_HISTORY, WEIGHTS: MAX_WEIGHTS}  # with the most bytes that each may have


def pack(folder: str | Path) -> bytes:
    """The zip of a checkpoint. Raises TwoviewError when the folder holds none that can be used."""
    load(folder)
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name in FILES:
            archive.write(Path(folder) / name, f"{Path(folder).name}/{name}")
    return buffer.getvalue()


def is_packed(source: Path | IO[bytes]) -> bool:
    """Whether this is a zip of a checkpoint, and not of data. A stream is at its beginning again, for whoever reads what it is."""
    try:
        with zipfile.ZipFile(source) as archive:
            return {CARD, WEIGHTS} <= {Path(name).name for name in archive.namelist()}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False
    finally:
        if not isinstance(source, Path):
            source.seek(0)


def unpack(source: Path | IO[bytes], name: str | None = None) -> Path:
    """Keep a packed checkpoint as ``name``, DATA/NAME, among the others, else as its card says, with a number where that is taken; its folder.

    Raises TwoviewError, with nothing kept, when it is none that can be used, for what ``engine.archives`` refuses in a zip, and when the disk is full.
    """
    if isinstance(source, Path) and not source.is_file():
        raise TwoviewError(f"There is no file {source}.")
    try:
        with archives.opened(source) as archive, new_folder(checkpoints_dir()) as making:
            _take_out(archive, making)
            card = load(making).card
            return settle(making, card, name or card.name, renumber=name is None)
    except OSError as error:
        raise archives.unwritable(error) from error


def _take_out(archive: zipfile.ZipFile, folder: Path) -> None:
    found = {str(member.path): member for member in archives.members(archive, FILES.__contains__)}
    if missing := FILES.keys() - found.keys():
        raise TwoviewError(f"The zip holds no complete checkpoint: {', '.join(sorted(missing))} is missing.")
    for file, most in FILES.items():
        if found[file].info.file_size > most:
            raise TwoviewError(f"{file} in the zip has {found[file].info.file_size // 2**20} MB, more than such a file can have.")
    archives.require_space(folder, sum(found[file].info.file_size for file in FILES))
    archives.unpack(archive, [found[file] for file in FILES], folder)


def settle(made: Path, card: Card, name: str, renumber: bool = False) -> Path:
    """Move a checkpoint that lies in a folder of ``engine.paths.new_folder`` to where ``name``, DATA/NAME, belongs; where it lies then.

    Raises TwoviewError for a name that is none, or that is taken, unless ``renumber`` lets a number be added.
    """
    parts = name.split("/")
    if len(parts) != 2 or not all(part.strip(".") and all(sign.isalnum() or sign in "-_." for sign in part) for part in parts):
        raise TwoviewError(f"A checkpoint is called DATA/NAME, with letters, digits, -, _ and dots, but {name!r} came. Say another with --name.")
    wanted = checkpoints_dir().joinpath(*parts)
    if wanted.exists() and not renumber:
        raise TwoviewError(f"There is already something at {wanted}. Choose another name with --name, or remove it.")
    folder = next(folder for folder in numbered(wanted) if not folder.exists())
    write_card(made, card.model_copy(update={"name": f"{folder.parent.name}/{folder.name}"}))
    folder.parent.mkdir(exist_ok=True)
    os.rename(made, folder)
    return folder
