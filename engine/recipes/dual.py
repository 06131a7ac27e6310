"""Training a dual encoder from pixels, on any pictures with sentences, by the one loop; what comes out is a folder in open_clip's layout.

``python -m engine train-dual`` runs it, ``python -m engine bring NAME --data DATA --model FOLDER`` opens what it made, as any other such model.
Pictures are decoded once, at the towers' own size, and stay in memory as bytes (3·s² a picture); a small vocabulary of byte pairs is
learned from the training sentences (Sennrich et al., Neural Machine Translation of Rare Words with Subword Units, 2016).
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from engine.checkpoints.cards import STATE
from engine.checkpoints.history import History
from engine.compute import versions
from engine.data import load
from engine.data.base import PairedData
from engine.encoders.open_clip_models import CONFIG, WEIGHTS
from engine.encoders.preprocessing import Preprocessing
from engine.errors import TwoviewError
from engine.models import replaced
from engine.models.base import Training
from engine.models.pixel_towers import END, MEAN, PAD, STD, STRIDE, PixelTowers
from engine.paths import atomic_write
from engine.recipes.changes import by_part
from engine.training.batches import PairTensors
from engine.training.loop import create, train

Progress = Callable[[int, int, str], None]
SPECIAL = {"<pad>": PAD, "<end>": END}
LONGEST = 77  # tokens of a sentence, as CLIP reads them


@dataclass(frozen=True)
class Trained:
    """``model`` as it was kept in ``folder``: its weights rounded to half precision."""

    model: PixelTowers
    history: History
    folder: Path


def train_dual(
    data: str, folder: str | Path, changes: Mapping[str, Any] | None = None, epochs: int | None = None, image_size: int = 96,
    seed: int = 0, device: torch.device | str = "cpu", root: Path | None = None, resume: bool = False, progress: Progress | None = None,
) -> Trained:  # fmt: skip
    """Train both towers on ``data``'s training split and keep them in ``folder``; validation alone says which epoch's weights.

    ``changes`` replaces single values of ``PixelTowers``' settings and training, ``epochs`` how many there are at most. The run's state lies in ``folder`` after every epoch; ``resume``
    goes on with it. Raises TwoviewError when the folder is taken, the data are no pictures with sentences, or a value makes no sense.
    """
    folder = Path(folder)
    if (folder / CONFIG).exists():
        raise TwoviewError(f"There is already a model in {folder}. Choose another folder, or remove it.")
    if (folder / STATE).exists() and not resume:
        raise TwoviewError(f"A run was broken off in {folder}. Add --resume to go on with it, or remove {folder / STATE} to start anew.")
    if image_size % STRIDE:  # before minutes of reading
        raise TwoviewError(f"The side of a picture has to be a multiple of {STRIDE} pixels, but {image_size} came.")
    known = {"settings": {f.name for f in fields(PixelTowers.Settings)}, "training": {f.name for f in fields(Training)}}
    named = by_part(PixelTowers.title, changes or {}, known, epochs)
    plan = replaced(PixelTowers.paper_training, named["training"], "The training")
    wanted = replaced(PixelTowers.Settings(), named["settings"], f"The settings of a {PixelTowers.title.lower()}")
    raw = {split: load(data, split, root) for split in ("train", "validation")}
    for part in raw.values():
        if (part.x.kind, part.y.kind) != ("image", "text"):
            raise TwoviewError(f"A dual encoder reads pictures and sentences, but {data} pairs items of kind {part.x.kind} with {part.y.kind}. Choose other data.")
    tokenizer = learned(raw["train"].y.items, wanted.vocabulary)
    wanted = replace(wanted, vocabulary=len(tokenizer))  # few sentences hold fewer pairs of bytes than are asked for
    length = min(LONGEST, max(len(ids) for ids in tokenizer(list(raw["train"].y.items)).input_ids))
    preparation = Preprocessing(image_size, (MEAN,) * 3, (STD,) * 3, fit="squash", interpolation="bilinear")
    seen = {role: read(part, preparation, tokenizer, length, progress) for role, part in raw.items()}
    model = create(PixelTowers, seen["train"], wanted, seed)
    assert isinstance(model, PixelTowers)
    history = train(model, seen["train"], seen["validation"], plan, seed, device, folder / STATE, progress, tensors=_as_bytes)
    card = {
        "data": {"name": data, **{role: part.content_hash for role, part in raw.items()}}, "seed": seed, "settings": asdict(wanted), "training": asdict(plan),
        "parameters": sum(p.numel() for p in model.parameters()), "history": history.model_dump(mode="json"), "versions": versions(),
    }  # fmt: skip
    _keep(folder, model, tokenizer, preparation, card)
    (folder / STATE).unlink(missing_ok=True)
    return Trained(model, history, folder)


def learned(sentences: list[str], vocabulary: int) -> PreTrainedTokenizerFast:
    """Pairs of bytes of the sentences, in small letters; a sentence ends with <end>, what is not seen here is read byte by byte."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        sentences, trainers.BpeTrainer(vocab_size=max(vocabulary, len(SPECIAL) + len(alphabet)), special_tokens=list(SPECIAL), initial_alphabet=alphabet, show_progress=False)
    )
    tokenizer.post_processor = processors.TemplateProcessing(single="$A <end>", special_tokens=list(SPECIAL.items()))
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<end>")


def read(data: PairedData, preparation: Preprocessing, tokenizer: PreTrainedTokenizerFast, length: int, progress: Progress | None = None) -> PairedData:
    """The data as the towers take them: pixels (n, 3, s, s) uint8, and ids of tokens (m, length) int32."""
    size = preparation.size
    pixels = np.empty((len(data.x), 3, size, size), dtype=np.uint8)
    for row in range(len(data.x)):
        pixels[row] = np.asarray(preparation.square(data.x.items[row], size)).transpose(2, 0, 1)
        if progress is not None and (row + 1) % 100 == 0:
            progress(row + 1, len(data.x), f"Reading {data.split} pictures")
    clean = open_clip.tokenizer.get_clean_fn("whitespace")  # as open_clip does before it asks a folder's tokenizer
    ids = tokenizer([clean(text) for text in data.y.items], max_length=length, padding="max_length", truncation=True, return_tensors="np").input_ids
    return replace(data, x=replace(data.x, kind="vector", items=pixels), y=replace(data.y, kind="vector", items=ids.astype(np.int32)))


def _as_bytes(data: PairedData, device: torch.device) -> PairTensors:
    """As ``PairTensors.of``, but bytes stay bytes: a fourth of the memory."""
    pairs = data.pairs
    if not len(pairs):
        raise TwoviewError(f"No picture belongs to a sentence in {data.name}/{data.split}: there is nothing to learn from.")
    x, y, groups = (torch.as_tensor(items).to(device) for items in (data.x.items, data.y.items, np.asarray(data.x.groups, dtype=np.int64)))
    return PairTensors(x, y, pairs, groups, None)


@torch.no_grad()
def _keep(folder: Path, model: PixelTowers, tokenizer: PreTrainedTokenizerFast, preparation: Preprocessing, card: dict[str, Any]) -> None:
    """open_clip's layout, its configuration last: a folder without it is no model. Half precision takes half the space."""
    model.load_state_dict({name: value.half().to(value.dtype) if value.is_floating_point() else value for name, value in model.state_dict().items()})
    folder.mkdir(parents=True, exist_ok=True)
    logging.getLogger("transformers").setLevel(logging.ERROR)
    tokenizer.save_pretrained(folder)
    weights = {name: (value.half() if value.is_floating_point() else value).contiguous() for name, value in model.towers.state_dict().items()}
    with atomic_write(folder / WEIGHTS[0]) as temporary:
        save_file(weights, temporary)
    architecture = model.architecture()
    architecture |= {"custom_text": True, "text_cfg": architecture["text_cfg"] | {"hf_tokenizer_name": "here"}}  # of a folder, open_clip takes its own
    prepared = {"size": preparation.size, "mean": list(preparation.mean), "std": list(preparation.std), "interpolation": "bilinear", "resize_mode": "squash"}
    for name, value in (("training.json", card), (CONFIG, {"model_cfg": architecture, "preprocess_cfg": prepared})):
        with atomic_write(folder / name) as temporary:
            temporary.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
