"""Bring a model of one's own, as a checkpoint beside the trained ones: by the embeddings it made of a data set's items, or whole."""

from pathlib import Path

from engine.checkpoints.cards import EncoderCard, EncodersCard, LogitsCard, write_card
from engine.checkpoints.history import History
from engine.checkpoints.storage import Checkpoint, card_for, encoder_ids, save
from engine.data import DATASETS, find, load
from engine.data.base import PairedData
from engine.encoders import open_encoder
from engine.encoders.cache import Progress, encode_pairs
from engine.encoders.given import PREFIX, surplus
from engine.errors import TwoviewError
from engine.evaluation.measured import measured
from engine.models import model_class, settings_of
from engine.paths import checkpoints_dir, slug
from engine.training.loop import create


def bring(name: str, data: str, x: str | Path, y: str | Path, similarity: str = "cosine", split: str = "test", root: Path | None = None) -> Checkpoint:
    """Keep the files ``x`` and ``y`` (see ``engine.encoders.given``) as the checkpoint ``data/name``, measured on ``split``.

    The split is seen to be measured, never to fit anything. Raises TwoviewError, before anything is written, when the name is
    taken or no plain name, when the vectors do not belong to the items, or the two files differ in width.
    """
    folder = _new_folder(name, data)
    one_file = Path(x) == Path(y)  # both views in one, as ``engine.export.embeddings`` writes them
    ids = tuple(f"{PREFIX}{Path(file).expanduser().resolve()}{f'#{view}' if one_file else ''}" for view, file in (("x", x), ("y", y)))
    return _keep(folder, encode_pairs(load(data, split, root), ids[0], ids[1]), (ids[0], ids[1]), similarity)


def bring_dual_encoder(
    name: str, data: str, source: str, prompt: str | None = None, split: str = "test", root: Path | None = None, progress: Progress | None = None
) -> Checkpoint:
    """Keep a pretrained dual encoder (see ``engine.encoders.dual``) as the checkpoint ``data/name``, measured zero-shot on ``split``.

    ``data`` pairs pictures (x) with sentences (y); ``prompt``: what single words are put into before they are read. Raises
    TwoviewError, before anything is written, when the name is taken, the data hold something else, or the model cannot be opened.
    """
    # Here, because open_clip takes seconds to import, which embeddings need not wait for.
    from engine.encoders.dual import dual_encoder

    folder, pairs = _new_folder(name, data), load(data, split, root)
    if (pairs.x.kind, pairs.y.kind) != ("image", "text"):
        raise TwoviewError(f"A dual encoder reads pictures and sentences, but {data} pairs items of kind {pairs.x.kind} with {pairs.y.kind}. Choose other data.")
    dual = dual_encoder(source, prompt)
    encoded = encode_pairs(pairs, dual.x, dual.y, progress=progress)
    return _keep(folder, encoded, (dual.x, dual.y), "cosine", LogitsCard(scale=dual.logit_scale, bias=dual.logit_bias))


def left_over(made: Checkpoint, data: str, split: str = "test", root: Path | None = None) -> list[str]:
    """A sentence for each file of brought vectors that holds some which belong to no item of the split."""
    items = load(data, split, root)
    found = [(Path(id).name, surplus(id, view)) for id, view in zip(encoder_ids(made), (items.x, items.y), strict=True) if id]
    return [f"{file}: {_vectors(len(ids))} no item of {split}, left out: {', '.join(ids[:3])}{' …' if len(ids) > 3 else ''}" for file, ids in found if ids]


def _vectors(count: int) -> str:
    return f"{count:,} vectors belong to" if count > 1 else "1 vector belongs to"


def _new_folder(name: str, data: str) -> Path:
    if not name.replace("-", "").replace("_", "").isalnum():
        raise TwoviewError(f"A model's name has letters, digits, - and _ only, but {name!r} came.")
    folder = checkpoints_dir() / (data if data in DATASETS else slug(find(data).title)) / name
    if folder.exists():
        raise TwoviewError(f"There is already something at {folder}. Choose another name, or remove it.")
    return folder


def _keep(folder: Path, pairs: PairedData, ids: tuple[str, str], similarity: str, logits: LogitsCard | None = None) -> Checkpoint:
    cls = model_class("identity")
    model = create(cls, pairs, settings_of(cls, {"similarity": similarity}), seed=0).eval()
    encoder_x, encoder_y = (open_encoder(id) for id in ids)
    cards = [EncoderCard(id=encoder.id, weights_hash=encoder.weights_hash, dim=encoder.dim) for encoder in (encoder_x, encoder_y)]
    history = History()
    card = card_for(f"{folder.parent.name}/{folder.name}", folder.name, model, {"train": pairs}, EncodersCard(x=cards[0], y=cards[1]), cls.paper_training, 0, "cpu", history)
    card.data.splits = {}  # nothing was trained
    card.logits = logits
    card = save(folder, model, card, history)
    card.metrics = measured(Checkpoint(model, card, history, folder), pairs).metrics  # kept, so that comparing it measures nothing again
    write_card(folder, card)
    return Checkpoint(model, card, history, folder)
