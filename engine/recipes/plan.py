"""A recipe for a model and data that nobody has written one for: a person's own, or a built-in set with another model.

Defaults follow the data: encoders that are on this machine, as many dimensions and as large batches as there are pairs for, and
early stopping on the validation split. Everything can be said instead.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from engine.data import DATASETS, find, load
from engine.data.base import View
from engine.data.own import notes
from engine.encoders import is_here, kind_of, open_encoder, weights_hash
from engine.encoders.cache import features_file, read_features
from engine.errors import TwoviewError, one_of
from engine.models import MODELS, model_class
from engine.paths import slug
from engine.recipes.base import Recipe
from engine.recipes.changes import changed
from engine.recipes.flickr8k import ENCODERS as LOCAL_ENCODERS

FEWEST = 10  # training pairs below which no model here learns anything that holds on other pairs
STOP_BY, PATIENCE = "mrr_x_to_y", 10
NO_TEST = "There is no test split: the measures are of the training split, and too good."
SENSIBLE = ("cca", "two_branch", "cca_layer", "clip_loss")  # one closed form, and the three ideas that retrieve best
FALLBACKS = {"image": (LOCAL_ENCODERS[0], "scenes-cnn"), "text": ("minilm",)}


@dataclass(frozen=True)
class Plan:
    """A recipe, and what was decided in it that nobody asked for, in sentences."""

    recipe: Recipe
    decided: tuple[str, ...]


def plan(
    model: str, data: str, x: str | None = None, y: str | None = None, name: str | None = None, changes: Mapping[str, Any] | None = None,
    epochs: int | None = None, skip_bad: bool = False, root: str | Path | None = None,
) -> Plan:  # fmt: skip
    """What to train: ``model`` by name on ``data``, a built-in set's name or the path of one's own.

    ``x``, ``y``: encoders' ids of the views. ``name``: of the checkpoint, "holiday/cca". ``changes``: settings by name, as ``--set`` has them.
    Raises TwoviewError when a name is unknown, when bad rows are not to be skipped, or when there are fewer training pairs than a model
    can learn from.
    """
    one_of("model", model, list(MODELS), "python -m engine train --list")
    info = find(data, skip_bad)
    train = load(data, "train", root, skip_bad)
    splits = _splits(data, info.splits, root, skip_bad)
    pairs, groups = len(train.pairs), len({*train.x.groups.tolist()} & {*train.y.groups.tolist()})  # groups that both views have
    if groups < FEWEST:
        raise TwoviewError(f"{info.title} has {groups} different pair{'s' * (groups != 1)} to train on; a model needs {FEWEST} or more to learn anything that holds on others.")
    cls = model_class(model)
    if cls.needs_labels and train.x.labels is None and train.y.labels is None:
        raise TwoviewError(f"{cls.title} learns from class labels, and {info.title} has none. Add a column of labels, or train a model without: {', '.join(SENSIBLE)}.")
    encoders = []
    decided = [] if data in DATASETS else list(notes(data))
    for view, given, usual in zip((train.x, train.y), (x, y), info.encoders, strict=True):
        encoder, why = _encoder(view, given, usual)
        encoders.append(encoder)
        decided += [why] if why else []
    recipe = Recipe(
        name=name or f"{slug(info.title)}/{model}",
        title=f"{cls.title} on {info.title}",
        model=model,
        data=train.name,
        encoders=(encoders[0], encoders[1]),
        validation="validation" if "validation" in splits else None,
        test="test" if "test" in splits else "train",
        families=("retrieval", "correlation", *(("classes",) if train.x.labels is not None else ())),
        note="" if "test" in splits else NO_TEST,
        kind="tuned",
    )
    if "test" not in splits:
        decided.append(NO_TEST)
    widths = [_width(view, encoder) for view, encoder in zip((train.x, train.y), encoders, strict=True)]
    fitted, said = _fitted(recipe, changes or {}, pairs, groups, widths)
    return Plan(changed(fitted, changes or {}, epochs), (*decided, *said))


def _splits(data: str, known: tuple[str, ...], root: str | Path | None, skip_bad: bool) -> list[str]:
    """Of validation and test, those that can be read: of one's own data, a column may name some only."""
    found: list[str] = []
    for split in ("validation", "test"):
        if split not in known:
            continue
        try:
            load(data, split, root, skip_bad)
        except TwoviewError:
            continue
        found.append(split)
    return found


def _encoder(view: View, given: str | None, usual: str | None) -> tuple[str | None, str]:
    """The encoder of a view, and a sentence where another was taken than the usual one."""
    if view.kind == "vector":
        if given:
            raise TwoviewError(f"One view holds vectors already: leave out its encoder {given}.")
        return None, ""
    if given:
        if kind_of(given) not in (None, view.kind):
            raise TwoviewError(f"{given} reads {'sentences' if view.kind == 'image' else 'pictures'}, but this view holds {'pictures' if view.kind == 'image' else 'sentences'}.")
        return given, ""
    offers = [encoder for encoder in (usual, *FALLBACKS[view.kind]) if encoder]
    here = next((encoder for encoder in offers if kind_of(encoder) == view.kind and is_here(encoder)), None)
    if here is None:
        raise TwoviewError(f"No encoder of {'pictures' if view.kind == 'image' else 'sentences'} is on this machine. Name one to be fetched, for instance --{'x' if view.kind == 'image' else 'y'} {usual}.")
    caution = " It was trained on drawings and knows nothing of photos: name a better one, or let it be fetched, with --x." if here == "scenes-cnn" and usual != here else ""
    return here, f"{'Pictures' if view.kind == 'image' else 'Sentences'} are encoded by {here}, which is on this machine ({usual} is not).{caution}" if here != usual else ""


def _width(view: View, encoder: str | None) -> int:
    if encoder is None:
        return int(view.items.shape[1])
    if encoder == "tfidf":
        return 2**20
    kept = features_file(view, encoder, weights_hash(encoder))  # without opening the encoder, which takes seconds
    return read_features(kept).shape[1] if kept.is_file() else open_encoder(encoder).dim


def _fitted(recipe: Recipe, changes: Mapping[str, Any], pairs: int, groups: int, widths: list[int]) -> tuple[Recipe, list[str]]:
    """No more dimensions, and no larger batches, than the data have pairs for; early stopping where there is a validation split."""
    cls = model_class(recipe.model)
    settings: dict[str, Any] = {}
    training: dict[str, Any] = {}
    said = []
    default = {f.name: f.default for f in fields(cls.Settings)}.get("k")
    most = min([groups - 1, *(widths if cls.closed_form else ())])
    if isinstance(default, int) and "k" not in changes and default > most:
        settings["k"] = most
        said.append(f"k = {most}, not {default}: there are {groups} different pairs and {min(widths):,} numbers in the smaller view.")
    if not cls.closed_form:
        drawn = pairs if cls.paper_training.batches == "all_pairs" else groups
        if cls.paper_training.batch_size > drawn and "batch_size" not in changes:
            training["batch_size"] = drawn
            said.append(f"Batches of {drawn}, not {cls.paper_training.batch_size}: there are no more pairs.")
        if recipe.validation and cls.paper_training.monitor is None and "monitor" not in changes:
            training |= {"monitor": STOP_BY, "patience": PATIENCE}
    return replace(recipe, settings=settings, training=training), said
