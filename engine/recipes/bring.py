"""Bring a model of one's own: the embeddings it made of a data set's items become a checkpoint beside the trained ones."""

from pathlib import Path

from engine.checkpoints.cards import EncoderCard, EncodersCard
from engine.checkpoints.history import History
from engine.checkpoints.storage import Checkpoint, card_for, save
from engine.data import DATASETS, find, load
from engine.encoders import open_encoder
from engine.encoders.cache import encode_pairs
from engine.encoders.given import PREFIX
from engine.errors import TwoviewError
from engine.evaluation.suite import evaluate
from engine.models import model_class, settings_of
from engine.paths import checkpoints_dir, slug
from engine.training.loop import create


def bring(name: str, data: str, x: str | Path, y: str | Path, similarity: str = "cosine", split: str = "test", root: Path | None = None) -> Checkpoint:
    """Keep the files ``x`` and ``y`` (see ``engine.encoders.given``) as the checkpoint ``data/name``, measured on ``split``.

    The split is seen to be measured, never to fit anything. Raises TwoviewError, before anything is written, when the name is
    taken or no plain name, when the vectors do not belong to the items, or the two files differ in width.
    """
    if not name.replace("-", "").replace("_", "").isalnum():
        raise TwoviewError(f"A model's name has letters, digits, - and _ only, but {name!r} came.")
    ids = f"{PREFIX}{Path(x).expanduser().resolve()}", f"{PREFIX}{Path(y).expanduser().resolve()}"
    pairs = encode_pairs(load(data, split, root), *ids)
    beside = data if data in DATASETS else slug(find(data).title)
    folder = checkpoints_dir() / beside / name
    if folder.exists():
        raise TwoviewError(f"There is already something at {folder}. Choose another name, or remove it.")
    cls = model_class("identity")
    model = create(cls, pairs, settings_of(cls, {"similarity": similarity}), seed=0).eval()
    encoder_x, encoder_y = (open_encoder(id) for id in ids)
    cards = [EncoderCard(id=encoder.id, weights_hash=encoder.weights_hash, dim=encoder.dim) for encoder in (encoder_x, encoder_y)]
    history = History()
    card = card_for(f"{beside}/{name}", name, model, {"train": pairs}, EncodersCard(x=cards[0], y=cards[1]), cls.paper_training, 0, "cpu", history)
    card.data.splits = {}  # nothing was trained
    card.metrics = evaluate(model, pairs, pairs, ("retrieval",))
    return Checkpoint(model, save(folder, model, card, history), history, folder)
