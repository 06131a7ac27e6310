"""What a checkpoint knows of its corpus, kept beside it as ``corpus.json``: where the corpus lies, and of which weights and items it was made.

Reading it needs neither torch nor LanceDB, so that a page can say what will answer before anything is opened.
"""

from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from engine.checkpoints.cards import Card, Strict, write_json
from engine.data import DATASETS
from engine.data.base import PairedData
from engine.data.own import loose_pictures, stamp
from engine.data.own.kept import names_hash
from engine.errors import TwoviewError

FILE, FOLDER = "corpus.json", "corpus"
LARGEST = 2**20  # bytes


class SplitRecord(Strict):
    """``items``: what it was made of, see ``made_of``. ``indexed``: the views that are searched through an index; the others are few enough to be scored."""

    items: str
    indexed: list[str]


class Record(Strict):
    """``address``: a folder, relative to the checkpoint's when it lies in it, or what LanceDB knows as an address."""

    address: str
    weights_hash: str
    splits: dict[str, SplitRecord]


def default_address(folder: Path) -> str:
    """Where a checkpoint's corpus goes unless a person says otherwise."""
    return str(folder / FOLDER)


def read_record(folder: Path) -> Record | None:
    """None where a checkpoint has no corpus. Raises TwoviewError when its record cannot be read."""
    try:
        found = _read(folder / FILE)
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        name = f"{folder.parent.name}/{folder.name}"
        raise TwoviewError(f"What {name} knows of its index, {FILE}, cannot be read. {again(name)}") from None
    return found if "://" in found.address else found.model_copy(update={"address": str(folder / found.address)})


def _read(path: Path) -> Record:
    if path.stat().st_size > LARGEST:
        raise ValueError(path)
    return Record.model_validate_json(path.read_bytes())


def keep_record(folder: Path, card: Card, address: str, split: str, made: SplitRecord) -> None:
    """Beside those of other splits of the same corpus, unless that was made of other weights."""
    if "://" not in address:
        lies = Path(address).resolve()
        address = str(lies.relative_to(folder.resolve()) if lies.is_relative_to(folder.resolve()) else lies)
    record = Record(address=address, weights_hash=card.model.weights_hash, splits={split: made})
    try:
        known = _read(folder / FILE)
    except (OSError, ValueError):
        known = None  # none yet, or none that can be read: what is written now is all that is known
    if known and known.model_copy(update={"splits": record.splits}) == record:
        record = record.model_copy(update={"splits": known.splits | record.splits})
    write_json(folder / FILE, record)


def forget_split(folder: Path, split: str) -> None:
    """What is about to be made anew is not answered from meanwhile; nor if that is broken off."""
    with suppress(OSError, ValueError):
        known = _read(folder / FILE)
        if split in known.splits:
            write_json(folder / FILE, known.model_copy(update={"splits": {name: made for name, made in known.splits.items() if name != split}}))


def made_of(gallery: PairedData) -> str:
    """Another when items were added, taken away or renamed, or belong together otherwise; of a person's own data also when what they hold has changed, by
    the sizes and times of their tables and of the pictures beside them, as where they are read."""
    own = gallery.name not in DATASETS
    digest = sha256(repr(stamp(gallery.name, folder=False)).encode() if own else b"")
    for view in (gallery.x, gallery.y):
        for path in loose_pictures(view) if own else ():
            told = path.stat()
            digest.update(f"{told.st_size} {told.st_mtime_ns}\n".encode())
        digest.update(names_hash(view).encode())
    return digest.hexdigest()[:32]


def require_fresh(record: Record, card: Card, split: str, items: str) -> SplitRecord | None:
    """What is kept of a split; None when the corpus does not hold it. Raises TwoviewError when it was made of other weights or items than those here."""
    if record.weights_hash != card.model.weights_hash:
        raise TwoviewError(f"The index of {card.name} was made before it was trained again. {again(card.name, split)}")
    found = record.splits.get(split)
    if found is not None and found.items != items:
        raise TwoviewError(f"The data have changed since the index of {card.name} was made. {again(card.name, split)}")
    return found


def again(name: str, split: str = "test", address: str | None = None) -> str:
    """How an index is made."""
    options = ("" if split == "test" else f" --split {split}") + (f" --out {address}" if address else "")
    return f"Make it anew with `python -m engine index {name}{options}`."
