"""The engine in a few lines of Python, for a notebook or a script.

    from engine import compare, open_checkpoint
    report = compare({"mine": (xa, ya), "theirs": (xb, yb)}, groups=photo_of_row)
    report                                       # a table and the verdict; report.table, report.to_html("report.html") …

    lab = open_checkpoint("scenes/cca")
    lab.search("a dog on the beach"); lab.look("picture.jpg", "a dog"); lab.embed(texts=["a dog"])

What comes back shows itself in a notebook, and holds plain arrays and pandas tables.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from PIL import Image

from engine.checkpoints.cards import EncodersCard
from engine.checkpoints.history import History
from engine.checkpoints.storage import Checkpoint, card_for, checkpoint_folder
from engine.data.base import PairedData, View
from engine.data.images import open_picture
from engine.errors import TwoviewError
from engine.evaluation.measured import measured
from engine.metric import Direction
from engine.models.base import EmbeddingModel, Training
from engine.models.identity import Identity
from engine.paths import atomic_write
from engine.report.build import Report, Section, build
from engine.report.contenders import DIRECTIONS, Contender, direction_name
from engine.report.html import as_html
from engine.report.tables import Column, Number, Table, as_csv, as_latex, as_markdown, records
from engine.saliency.drawing import overlay
from engine.scoring import embed
from engine.search.asking import OTHER
from engine.search.retriever import Ranking, Retriever
from engine.spaces.mapped import MappedSpace, mapped
from engine.spaces.measures import hubness, modality_gap

if TYPE_CHECKING:
    from engine.saliency.explainer import Explainer

__all__ = ["Comparison", "Found", "Lab", "Looked", "compare", "open_checkpoint", "open_picture"]

THUMBNAIL = 120  # pixels


# --- comparing ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Comparison:
    """What ``compare`` found. ``report`` holds every section, chart and table of it."""

    report: Report

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table by its key: a row per model (or query), a column per number and for the ends of its interval."""
        return {table.key: pd.DataFrame(records(table)) for table in self.report.tables}

    @property
    def table(self) -> pd.DataFrame:
        """The leaderboard."""
        return pd.DataFrame(records(self._leaderboard))

    @property
    def words(self) -> list[str]:
        """What it comes to, in sentences."""
        return [paragraph.replace("**", "") for section in self.report.sections if section.title == "A against B" for paragraph in section.words]

    def to_html(self, path: str | Path | None = None) -> str:
        """All of it as one page that opens offline; written to ``path`` where one is given."""
        return _written(as_html(self.report), path)

    def to_csv(self, path: str | Path | None = None) -> str:
        """The leaderboard with every interval."""
        return _written(as_csv(self._leaderboard), path)

    def to_latex(self, path: str | Path | None = None) -> str:
        """The leaderboard as a ``tabular`` of the package booktabs."""
        return _written(as_latex(self._leaderboard), path)

    def to_markdown(self, path: str | Path | None = None) -> str:
        """The leaderboard as people read it."""
        return _written(as_markdown(self._leaderboard), path)

    @property
    def _leaderboard(self) -> Table:
        return self.report.tables[0]

    def __repr__(self) -> str:
        recall = [column for column in self._leaderboard.columns if column.key.startswith(("model", "recall_at_1_", "recall_at_10_"))]
        return as_markdown(Table("", "", recall, self._leaderboard.rows)) + "\n".join(self.words)

    def _repr_html_(self) -> str:
        page = as_html(Report(self.report.title, self.report.subtitle, self.report.sections[:2]), interactive=False)
        return f'<iframe srcdoc="{escape(page)}" title="{escape(self.report.title)}" style="width:100%;height:640px;border:1px solid #ddd"></iframe>'


def compare(
    models: Mapping[str, tuple[Any, Any]], groups: Any = None, *, labels: Any = None, similarity: str = "cosine",
    kinds: tuple[str, str] = ("item", "item"),
) -> Comparison:  # fmt: skip
    """Which of several models is better, where, and by how much, from their embeddings of the same items alone.

    ``models``: name → (x (n, d), y (m, d)), d may differ between models. Without ``groups`` row i of y belongs to row i of x.
    ``groups`` (m,): the row of x that each row of y belongs to (the photo of each sentence); where n = m, equal numbers mark what
    shows the same thing. ``labels`` (n,): classes of x's rows, for mean average precision. ``similarity``: "cosine" or "dot".
    ``kinds``: what the views are called in the tables.

    Recall, ranks, intervals that draw groups, the paired bootstrap and sign test, hubness, modality gap, and on which queries one
    beats the other. Nothing is trained. Raises TwoviewError when rows don't match or hold NaN.
    """
    if not models:
        raise TwoviewError("There is nothing to compare: give models as {name: (embeddings of x, embeddings of y)}.")
    pairs = {name: _pairs(name, *views, groups, labels) for name, views in models.items()}
    sizes = {name: (len(data.x), len(data.y)) for name, data in pairs.items()}
    if len(set(sizes.values())) > 1:
        told = ", ".join(f"{name} {n:,} and {m:,}" for name, (n, m) in sizes.items())
        raise TwoviewError(f"Models are compared on the same items, but their views have different numbers of rows: {told}.")
    contenders = [_contender(name, data, similarity) for name, data in pairs.items()]
    gallery = next(iter(pairs.values()))
    made = build(contenders, gallery)
    spread = _space_table(contenders, pairs, gallery)
    head, *rest = made.sections
    title = " and ".join(models) if len(models) <= 2 else f"{len(models)} models"
    shape = Section("Spaces", ["Hubs answer many queries at once; the gap is the distance between the two views' centres on the unit sphere."], tables=[spread])
    return Comparison(Report(title, f"{len(gallery.x):,} and {len(gallery.y):,} {' and '.join(kinds)}s, compared by {similarity}.", [head, *rest[:-1], shape]))


def _pairs(name: str, x: Any, y: Any, groups: Any, labels: Any) -> PairedData:
    x, y = (np.asarray(view) for view in (x, y))
    for view, items in (("x", x), ("y", y)):
        if items.ndim != 2 or items.dtype.kind not in "fiu":
            raise TwoviewError(f"{name}: embeddings are numbers (items, dimensions), but {view} is {items.dtype} of shape {items.shape}.")
        if len(bad := np.flatnonzero(~np.isfinite(items).all(axis=1))):
            raise TwoviewError(f"{name}: {len(bad)} rows of {view} hold NaN or infinite numbers, the first is row {bad[0]}. Drop or fill them.")
    if groups is None and len(x) != len(y):
        raise TwoviewError(f"{name}: x has {len(x):,} rows and y has {len(y):,}. Say with groups which row of x each row of y belongs to.")
    of_y = np.arange(len(y)) if groups is None else np.asarray(groups)
    if of_y.shape != (len(y),) or of_y.dtype.kind not in "iu":
        raise TwoviewError(f"groups says for each of the {len(y):,} rows of y which row of x it belongs to, as whole numbers; {of_y.dtype} of shape {of_y.shape} came.")
    of_x = of_y if len(x) == len(y) else np.arange(len(x))
    if len(x) != len(y) and len(of_y) and not 0 <= of_y.min() <= of_y.max() < len(x):
        raise TwoviewError(f"groups names rows of x from {of_y.min()} to {of_y.max()}, but x has rows 0 to {len(x) - 1}.")
    label_x = None if labels is None else np.asarray(labels)
    if label_x is not None and label_x.shape != (len(x),):
        raise TwoviewError(f"labels says for each of the {len(x):,} rows of x what it is, but its shape is {label_x.shape}.")
    label_y = None if label_x is None else label_x if len(x) == len(y) else label_x[of_y]
    views = [View("vector", items.astype(np.float32, copy=False), [str(i) for i in range(len(items))], own, classes) for items, own, classes in ((x, of_x, label_x), (y, of_y, label_y))]
    return PairedData("given", "given", views[0], views[1])


def _contender(name: str, data: PairedData, similarity: str) -> Contender:
    (width_x, width_y) = data.x.items.shape[1:], data.y.items.shape[1:]
    model = Identity(width_x, width_y, Identity.Settings(similarity=similarity)).eval()  # type: ignore[arg-type]
    card = card_for(name, name, model, {"train": data}, EncodersCard(), Training(), 0, "cpu", History())
    card.data.splits = {}  # nothing was trained
    return Contender(name, name, card, History(), measured(Checkpoint(model, card, History(), Path(name)), data), data.content_hash)


def _space_table(contenders: Sequence[Contender], pairs: Mapping[str, PairedData], gallery: PairedData) -> Table:
    columns = [Column("model", "Model"), Column("gap", "Modality gap", "number")]
    columns += [Column(f"hubness_{way}", f"Hubness, {direction_name(gallery, way)}", "number") for way in DIRECTIONS]
    rows: list[dict[str, Any]] = []
    for each in contenders:
        data = pairs[each.name]
        found: Mapping[Direction, Any] = each.measured.answers
        hubs = {f"hubness_{way}": Number(hubness(found[way].occurrence)) for way in DIRECTIONS if way in found}
        rows.append({"model": each.title, "gap": Number(modality_gap(data.x.items, data.y.items)), **hubs})
    return Table("spaces", "Spaces", columns, rows)


# --- asking a checkpoint ------------------------------------------------------------------------------------------------
def open_checkpoint(name: str | Path, split: str = "test", root: str | Path | None = None) -> "Lab":
    """A checkpoint by its name ("scenes/cca") or folder, over one split of its data. Raises TwoviewError as ``Retriever.open``."""
    return Lab(Retriever.open(checkpoint_folder(name), split, root))


@dataclass(frozen=True)
class Found:
    """The first answers to a question, best first: ``ids`` and ``scores``, and the ``items`` themselves (pictures, sentences, rows)."""

    question: str
    ids: list[str]
    scores: np.ndarray
    items: list[Any]

    @property
    def table(self) -> pd.DataFrame:
        """``rank``, ``id``, ``score``, and the sentence where the answers are sentences."""
        told = {"sentence": self.items} if self.items and isinstance(self.items[0], str) else {}
        return pd.DataFrame({"rank": np.arange(1, len(self.ids) + 1), "id": self.ids, "score": self.scores, **told})

    def __repr__(self) -> str:
        return f"{self.question}\n{self.table.to_string(index=False)}"

    def _repr_html_(self) -> str:
        cards = "".join(
            f'<figure style="margin:0 12px 12px 0;display:inline-block;max-width:240px;vertical-align:top">{_shown(item, id)}'
            f"<figcaption>{place}. {escape(id)} ({score:.3f})</figcaption></figure>"
            for place, (id, score, item) in enumerate(zip(self.ids, self.scores, self.items, strict=True), 1)
        )
        return f"<p>{escape(self.question)}</p><div>{cards}</div>"


@dataclass(frozen=True)
class Looked:
    """Where a picture answers a prompt: ``saliency`` (size, size), the ``score``, and the words' shares (word, share)."""

    prompt: str
    score: float
    saliency: np.ndarray
    words: list[tuple[str, float]]
    picture: Image.Image

    @property
    def image(self) -> Image.Image:
        """The map over the picture, on the square that the encoder sees."""
        return overlay(self.picture, self.saliency)

    def __repr__(self) -> str:
        return f"{self.prompt}: score {self.score:.3f}; " + ", ".join(f"{word} {share:+.3f}" for word, share in self.words)

    def _repr_html_(self) -> str:
        return f"<figure>{_picture(self.image, f'Bright where the picture answers to {self.prompt}', None)}<figcaption>{escape(repr(self))}</figcaption></figure>"


class Lab:
    """A checkpoint, and the items of one split of its data."""

    def __init__(self, retriever: Retriever):
        self.retriever = retriever

    def search(self, question: str | Path | Image.Image, k: int = 10) -> Found:
        """The first k of the other view for a sentence, or for a picture (opened, or its ``Path``)."""
        if isinstance(question, str):
            return self._found(f"“{question}”", self.retriever.rank_text(question), k)
        return self._found("A picture", self.retriever.rank_picture(_opened(question)), k)

    def search_item(self, id: str, view: str = "x", k: int = 10) -> Found:
        """The first k of the other view for an item of the split. Raises TwoviewError for an id there is not."""
        if view not in OTHER:
            raise TwoviewError(f"A view is x or y, but {view!r} came.")
        ids = getattr(self.retriever.gallery, view).ids
        if id not in ids:
            raise TwoviewError(f"View {view} has no item {id!r}. The first of its {len(ids):,} ids are {', '.join(ids[:3])}.")
        return self._found(id, self.retriever.rank_item(view, ids.index(id)), k)

    def look(self, picture: str | Path | Image.Image, prompt: str, method: str = "gradcam") -> Looked:
        """Where a picture answers a prompt, and which words matter. Raises TwoviewError for a model of other pairs."""
        opened = _opened(picture)
        score = "common" if isinstance(self.retriever.model, EmbeddingModel) else "similarity"
        found = self._explainer.prompts(opened, [prompt], score, method)[0]
        image, _ = self._explainer.pictures_and_words()
        return Looked(prompt, found.score, found.saliency, [(word.word, word.value) for word in found.words], image.square(opened, len(found.saliency)))

    def embed(self, *, texts: Sequence[str] | None = None, pictures: Sequence[str | Path | Image.Image] | None = None) -> np.ndarray:
        """Embeddings (n, k) of sentences or of pictures. Raises TwoviewError for a model that scores pairs, or a view it does not have."""
        model = self.retriever.model
        if (texts is None) == (pictures is None):
            raise TwoviewError("Give texts or pictures, one of them.")
        if not isinstance(model, EmbeddingModel):
            raise TwoviewError(f"{model.title} scores pairs and has no embeddings.")
        if texts is not None:
            parts = [self.retriever.text_features(text) for text in texts]
        else:
            parts = [self.retriever.picture_features(_opened(picture)) for picture in pictures or ()]
        if not parts:
            raise TwoviewError("There is nothing to embed.")
        return embed(model, np.concatenate([features for _, features in parts]), parts[0][0]).numpy(force=True)

    def space(self) -> MappedSpace:
        """The items of both views in the model's space: a map and its measures. Raises TwoviewError for a model that scores pairs."""
        return mapped(self.retriever.checkpoint, self.retriever.features)

    @cached_property
    def _explainer(self) -> "Explainer":
        from engine.saliency.explainer import Explainer  # takes seconds, which who compares need not wait

        return Explainer(self.retriever.checkpoint)

    def _found(self, question: str, ranking: Ranking, k: int) -> Found:
        view = getattr(self.retriever.gallery, ranking.view)
        rows = ranking.rows[:k]
        return Found(question, [view.ids[row] for row in rows], ranking.scores[:k], [view.items[row] for row in rows])

    def __repr__(self) -> str:
        card, gallery = self.retriever.checkpoint.card, self.retriever.gallery
        return f"{card.title} ({card.name}) over {len(gallery.x):,} and {len(gallery.y):,} items of {gallery.name}, {gallery.split}"


def _opened(picture: str | Path | Image.Image) -> Image.Image:
    return picture if isinstance(picture, Image.Image) else open_picture(picture)


def _shown(item: Any, id: str) -> str:
    if isinstance(item, Image.Image):
        return _picture(item, id, THUMBNAIL)
    return f"<blockquote>{escape(item)}</blockquote>" if isinstance(item, str) else ""


def _picture(image: Image.Image, alt: str, side: int | None) -> str:
    small, buffer = image.copy(), BytesIO()
    if side:
        small.thumbnail((side * 2, side * 2))
    small.save(buffer, "PNG")
    return f'<img alt="{escape(alt)}" src="data:image/png;base64,{b64encode(buffer.getvalue()).decode()}">'


def _written(text: str, path: str | Path | None) -> str:
    if path is not None:
        with atomic_write(Path(path)) as temporary:
            temporary.write_text(text, encoding="utf-8")
    return text
