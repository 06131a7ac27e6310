"""What the Spaces page shows, asked of the engine: spaces, layouts, colours, measures; kept while the app serves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from itertools import combinations

import numpy as np
import streamlit as st
from PIL import Image

from app.asking import answering, catalogue, galleries, kept
from app.components.linked_map import Colour, Pin, pack, sprite_sheet
from app.frame import workspace
from app.frame.query import Query
from engine.checkpoints.storage import Checkpoint, encoder_ids, load
from engine.data.base import PairedData
from engine.encoders.cache import encode_pairs
from engine.errors import TwoviewError
from engine.evaluation.measured import kept as kept_measurement
from engine.evaluation.suite import query_ranks
from engine.spaces import atlas, measures
from engine.spaces import kept as kept_maps
from engine.spaces.atlas import OF_LAYOUT, OF_ONE, OF_TWO, Explained, K, Space
from engine.spaces.kept import Method
from engine.spaces.neighbours import Neighbours, nearest_neighbours
from engine.spaces.placing import placed

__all__ = ["OF_LAYOUT", "OF_ONE", "OF_TWO", "Choice", "Explained", "K", "Method", "Pin", "Space"]

MOST = 4  # maps at once: each is a WebGL context
MOST_SPRITES = 2_000  # pictures that go to the browser as small squares
MOST_TEXTS = 30_000  # items whose words go to the browser
MOST_AT_ONCE = 20_000  # items that are compared with each other for a colour before anybody asks for it
ON_DEMAND = ("rank", "change", "faithful")
RANKS = ("first result", "rank 2 to 10", "rank 11 to 100", "further down")


@dataclass(frozen=True)
class Choice:
    """Which models' spaces of which items: the key of everything kept here. ``models``: (folder, when it was made)."""

    data: str
    split: str
    models: tuple[tuple[str, str], ...]

    @property
    def pairs(self) -> PairedData:
        return galleries.gallery(self.data, self.split)


def embeds(entry: catalogue.Entry) -> bool:
    return entry.card is not None and entry.card.model.kind == "embedding"


def embedding_models(data: str) -> dict[str, catalogue.Entry]:
    """By title, those of a data set that have a space to map."""
    return {entry.title: entry for entry in catalogue.models(data).values() if embeds(entry)}


@st.cache_resource(max_entries=12, show_spinner=False)
def _opened(data: str, split: str, folder: str, created: str) -> tuple[Checkpoint, PairedData]:
    checkpoint = load(folder)
    return checkpoint, encode_pairs(galleries.gallery(data, split), *encoder_ids(checkpoint))


@st.cache_resource(max_entries=12, show_spinner=False)
def _space(data: str, split: str, folder: str, created: str) -> Space:
    return atlas.space_of(*_opened(data, split, folder, created))


@st.cache_resource(max_entries=12, show_spinner=False)
def _ranks(data: str, split: str, folder: str, created: str) -> np.ndarray:
    """The rank of the true match of every item, as a question to the other view (0 = no match): (n_x + n_y,)."""
    checkpoint, features = _opened(data, split, folder, created)
    known, ranks = kept_measurement(checkpoint, features), []
    for view, direction in ((features.x, "x_to_y"), (features.y, "y_to_x")):
        found = known.answers[direction] if known else query_ranks(checkpoint.model, features, direction)  # type: ignore[index, arg-type]
        ranks.append(np.zeros(len(view), dtype=int))
        ranks[-1][found.rows] = found.ranks
    return np.concatenate(ranks)


def spaces(choice: Choice) -> list[Space]:
    return [_space(choice.data, choice.split, *model) for model in choice.models]


def ranks(choice: Choice) -> list[np.ndarray]:
    """Per model, the rank of every item's true match, x first: (n_x + n_y,)."""
    return [_ranks(choice.data, choice.split, *model) for model in choice.models]


@st.cache_resource(max_entries=12, show_spinner=False)
def kept_layouts(choice: Choice, method: Method) -> list[np.ndarray] | None:
    return kept_maps.kept_layouts(spaces(choice), method, choice.data)


@st.cache_resource(max_entries=12, show_spinner=False)
def pca(choice: Choice) -> list[np.ndarray]:
    return kept_maps.lay_out(spaces(choice), "pca", choice.data)


@st.cache_resource(max_entries=12, show_spinner=False)
def one(choice: Choice, place: int) -> dict[str, float]:
    return atlas.measure(spaces(choice)[place], choice.pairs)


@st.cache_resource(max_entries=12, show_spinner=False)
def two(choice: Choice, first: int, second: int) -> dict[str, float]:
    found = spaces(choice)
    return atlas.measure_two(found[first], found[second])


@st.cache_resource(max_entries=12, show_spinner=False)
def spectrum(choice: Choice, place: int) -> np.ndarray:
    return atlas.held_out_spectrum(spaces(choice)[place], choice.pairs)


@st.cache_resource(max_entries=12, show_spinner=False)
def _near(choice: Choice, place: int) -> Neighbours:
    space = spaces(choice)[place]
    return nearest_neighbours(space.points, K, space.metric)


def change(choice: Choice, first: int, second: int) -> np.ndarray:
    """Neighbourhood change of every item between two of the models (n,)."""
    return measures.neighbourhood_change(_near(choice, first), _near(choice, second))


def change_to_others(choice: Choice) -> list[np.ndarray]:
    """Per map, every item's neighbourhood change to the other models, their mean (n,)."""
    places = range(len(choice.models))
    between = {(i, j): change(choice, i, j) for i, j in combinations(places, 2)}
    return [np.mean([value for pair, value in between.items() if i in pair], axis=0) for i in places]


@st.cache_resource(max_entries=12, show_spinner=False)
def cohesion(choice: Choice, place: int) -> dict[str, float]:
    """Per named kind, its cohesion in one model's space."""
    return atlas.class_cohesion(spaces(choice)[place], choice.pairs)


@st.cache_resource(max_entries=12, show_spinner=False)
def of_layout(choice: Choice, shown: str, place: int, _layout: np.ndarray) -> dict[str, float]:
    """How faithful the map of one model is in the layout called ``shown``."""
    return atlas.measure_layout(spaces(choice)[place], _layout)


@st.cache_resource(max_entries=12, show_spinner=False)
def hubs(choice: Choice, place: int) -> tuple[np.ndarray, np.ndarray]:
    """How often each item of x, and of y, is among the ten answers to the other view's items."""
    space = spaces(choice)[place]
    return atlas.occurrence(space.y, space.x, space.metric), atlas.occurrence(space.x, space.y, space.metric)


@st.cache_resource(max_entries=8, show_spinner=False)
def faithfulness(choice: Choice, shown: str, _layouts: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Per map and point, the trustworthiness of its neighbourhood on the layout called ``shown``."""
    return [measures.trustworthiness(s.points, layout, K, s.metric) for s, layout in zip(spaces(choice), _layouts, strict=True)]


def waiting(choice: Choice, key: str, measured: frozenset[str]) -> bool:
    """Whether a colour is made only once a person chooses it: comparing all items takes long."""
    few = len(choice.pairs.x) + len(choice.pairs.y) <= MOST_AT_ONCE
    return key in ON_DEMAND and key not in measured and (key == "faithful" or not few)


def colours(choice: Choice, faithful: Sequence[np.ndarray] | None, measured: frozenset[str]) -> list[Colour]:
    """What points can be coloured by; without values where they wait to be asked for. ``measured``: those asked for."""
    pairs = choice.pairs
    found = []
    views = np.repeat([0, 1], [len(pairs.x), len(pairs.y)])
    labels = [np.full(len(v), -1) if v.labels is None else np.asarray(v.labels) for v in (pairs.x, pairs.y)]
    if pairs.label_names and any((l >= 0).any() for l in labels):
        found.append(Colour("class", "Kind", np.concatenate(labels), list(pairs.label_names)))
    found.append(Colour("view", "View", views, [galleries.noun(pairs, view, 2) for view in ("x", "y")]))
    grades = None if waiting(choice, "rank", measured) else [np.where(r > 0, np.digitize(r, [2, 11, 101]), -1) for r in ranks(choice)]
    found.append(Colour("rank", "Where its true match ranks", grades, RANKS))
    if len(choice.models) > 1:
        to = "the other model" if len(choice.models) == 2 else "the other models"
        changes = None if waiting(choice, "change", measured) else change_to_others(choice)
        found.append(Colour("change", f"Neighbourhood change to {to}", changes, unit="0 = same neighbours, 1 = none"))
    found.append(Colour("partner", "Gap: distance to its own partner", [partner_distance(s, pairs) for s in spaces(choice)], unit="1 − cosine"))
    found.append(Colour("faithful", "Faithfulness: how far to trust each point", faithful, unit="1 = its neighbours here are its neighbours in the space"))
    return found


def partner_distance(space: Space, pairs: PairedData) -> np.ndarray:
    """1 − cosine to the item's partner in the other view, the mean over several: (n_x + n_y,), nan without one."""
    i, j = pairs.pairs.T
    far = 1 - np.sum(measures.unit_rows(space.x)[i] * measures.unit_rows(space.y)[j], axis=1)
    sums = [np.bincount(rows, far, n) / np.where(np.bincount(rows, minlength=n), np.bincount(rows, minlength=n), np.nan) for rows, n in ((i, len(space.x)), (j, len(space.y)))]
    return np.concatenate(sums).astype(np.float32)


@st.cache_resource(max_entries=4, show_spinner=False)
def _sprites(data: str, split: str, version: str) -> tuple[bytes, int] | None:
    """Small squares of the gallery's pictures, unless they are too many or not pictures."""
    items = galleries.shelf(data, split)
    pictures = items.pairs.x
    if not pictures.visible or len(pictures) > MOST_SPRITES:
        return None
    if pictures.kind == "image":
        return sprite_sheet([pictures.items[row] for row in range(len(pictures))])
    return sprite_sheet([Image.open(BytesIO(items.picture("x", row))) for row in range(len(pictures))])


class Packed(kept.Sight):
    """The maps for the browser, and what they are called there."""

    block: bytes
    id: str


@st.cache_resource(max_entries=6, show_spinner=False)
def geometry(
    choice: Choice, titles: tuple[str, ...], shown: str, _layouts: Sequence[np.ndarray], _faithful: Sequence[np.ndarray] | None, measured: frozenset[str],
    _keep: bool = False,
) -> Packed:  # fmt: skip
    """The maps. ``shown`` and ``measured`` name what the underscored arguments hold, for the cache. ``_keep``: for the next server."""
    pairs = choice.pairs
    digest = sha256(f"{titles} {shown} {sorted(measured)} {[space.identity for space in spaces(choice)]}".encode())
    known = [labels for labels in (pairs.x.labels, pairs.y.labels) if labels is not None]
    for array in (*_layouts, *(_faithful or ()), *known):
        digest.update(np.ascontiguousarray(array).data)

    def make() -> Packed:
        block, id = _pack(choice, titles, _layouts, _faithful, measured)
        return Packed(block=block, id=id)

    found = kept.model(Packed, choice.data, kept.SIGHTS, digest.hexdigest(), make, _keep)
    assert found is not None
    return found


def _pack(choice: Choice, titles: tuple[str, ...], layouts: Sequence[np.ndarray], faithful: Sequence[np.ndarray] | None, measured: frozenset[str]) -> tuple[bytes, str]:
    pairs = choice.pairs
    n_x, n_y = len(pairs.x), len(pairs.y)
    notes = [f"modality gap {measures.modality_gap(s.x, s.y):.2f}" for s in spaces(choice)]
    texts = None
    if n_x + n_y <= MOST_TEXTS:
        texts = [_named(pairs, view, row) for view, length in (("x", n_x), ("y", n_y)) for row in range(length)]
    sheet = _sprites(choice.data, choice.split, catalogue.version(choice.data))
    return pack(
        layouts, titles, notes,
        groups=np.concatenate([pairs.x.groups, pairs.y.groups]),
        forms=np.repeat([0, 1], [n_x, n_y]),
        colours=colours(choice, faithful, measured),
        shapes=[f"● {galleries.noun(pairs, 'x')}", f"▲ {galleries.noun(pairs, 'y')}"],
        texts=texts,
        sprites=np.concatenate([np.arange(n_x), np.full(n_y, -1)]) if sheet else None,
        sheet=sheet,
    )  # fmt: skip


def _named(pairs: PairedData, view: str, row: int) -> str:
    """What stands beside a point: of what is neither words nor music its kind, where that is known."""
    chosen = getattr(pairs, view)
    label = -1 if chosen.kind == "text" or chosen.labels is None else int(chosen.labels[row])
    return pairs.label_names[label].capitalize() if 0 <= label < len(pairs.label_names) else galleries.described(pairs, view, row)


@st.cache_data(max_entries=64, show_spinner=False)
def pins(choice: Choice, shown: str, question: Query, _layouts: Sequence[np.ndarray]) -> list[Pin]:
    """Where the question would lie on each map of the layout called ``shown``, and the points nearest to it in each space.

    Raises TwoviewError when the data hold nothing of its kind, or a model has no encoder for it.
    """
    pairs = choice.pairs
    view = question.view if question.kind == "item" else galleries.view_of(pairs, "text" if question.kind == "text" else "image")
    if view is None:
        raise TwoviewError(f"These data hold no {'sentences' if question.kind == 'text' else 'pictures'}: put an item of the gallery on the maps instead.")
    found = []
    for place, (space, layout) in enumerate(zip(spaces(choice), _layouts, strict=True)):
        checkpoint, features = _opened(choice.data, choice.split, *choice.models[place])
        if question.kind == "item":
            row = galleries.row_of(choice.data, choice.split, question)
            asked = getattr(features, view).items[row : row + 1]
        else:
            id = encoder_ids(checkpoint)[view == "y"]
            if id is None:
                raise TwoviewError("A model on the maps was trained on numbers without an encoder: put an item of the gallery on the maps instead.")
            asked = answering.features(id, question)
        point = atlas.embedded(checkpoint, view, asked)
        x, y = placed(point, space.points, layout, space.metric)[0]
        near = nearest_neighbours(point, K, space.metric, candidates=space.points).indices[0]
        found.append(Pin(float(x), float(y), near.tolist(), "Your question"))
    return found


def item(choice: Choice, row: int) -> tuple[str, int]:
    """A point's view and its row there."""
    n_x = len(choice.pairs.x)
    return ("x", row) if row < n_x else ("y", row - n_x)


def compute(choice: Choice, method: Method, progress: Callable[[int, int, str], None]) -> None:
    """Lay the spaces out and keep the result. Runs in the worker's process, which opens everything anew."""
    from engine import data as datasets

    checkpoints = [load(folder) for folder, _ in choice.models]
    pairs = datasets.load(choice.data, choice.split)
    made = [atlas.space_of(c, encode_pairs(pairs, *encoder_ids(c), progress=progress)) for c in checkpoints]
    kept_maps.lay_out(made, method, choice.data, progress=progress)


def first_answers() -> None:
    """Read the layouts, and place the points, that a visitor who chooses nothing sees first."""
    space = workspace.first()
    entries = list(embedding_models(space.data).items())[:MOST]
    choice = Choice(space.data, space.split, tuple((str(entry.path), entry.made) for _, entry in entries))
    if placed := kept_layouts(choice, "aligned"):
        geometry(choice, tuple(title for title, _ in entries), "aligned", placed, None, frozenset(), True)
