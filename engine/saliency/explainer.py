"""A checkpoint ready to be looked into: its encoders, the pictures' trunks kept, prompts and pairs explained."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from threading import Lock

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from engine.checkpoints.storage import Checkpoint, encoder_ids
from engine.encoders import open_encoder
from engine.encoders.base import Encoder, ImageEncoder, TextEncoder
from engine.errors import TwoviewError
from engine.models.base import TwoViewModel
from engine.saliency.maps import Progress, draw, enlarged, last_maps
from engine.saliency.scores import FeatureScore, beside_others, difference, score
from engine.saliency.suite import PairMaps, pair_maps, pair_scores
from engine.saliency.words import WordSaliency, word_saliency

KEPT = 64  # pictures whose last maps are kept


class Trunks:
    """Last convolutional maps of the pictures looked at lately, shared by all models on the same encoder."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple, Tensor] = OrderedDict()
        self._lock = Lock()

    def maps(self, encoder: ImageEncoder, picture: Image.Image, size: int) -> Tensor:
        """(channels, h, w); the trunk runs only for a picture not seen lately."""
        key = (encoder.id, encoder.weights_hash, size, picture.size, sha256(picture.tobytes()).digest())
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        maps = last_maps(encoder, [picture], size)[0]
        with self._lock:
            self._kept[key] = maps
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return maps


@dataclass(frozen=True)
class Explained:
    """One prompt on one picture: ``saliency`` (size, size) on the square that the encoder sees, ``score``, and the words."""

    prompt: str
    score: float
    saliency: np.ndarray
    words: tuple[WordSaliency, ...]


@dataclass(frozen=True)
class ExplainedPair:
    """Two pictures: maps of each kind (``suite.pair_maps``), (size, size) each, and the scores by name."""

    maps: PairMaps
    scores: dict[str, float]


class Explainer:
    """``opener`` gives the encoder of an id; ``trunks`` may be shared with other explainers."""

    def __init__(self, checkpoint: Checkpoint, trunks: Trunks | None = None, opener: Callable[[str], Encoder] = open_encoder):
        self.checkpoint, self.model = checkpoint, checkpoint.model.eval()
        self.trunks = trunks or Trunks()
        self.encoders = [None if id is None else opener(id) for id in encoder_ids(checkpoint)]

    def prompts(
        self, picture: Image.Image, prompts: Sequence[str], name: str = "common", method: str = "gradcam",
        size: int | None = None, progress: Progress | None = None, model: TwoViewModel | None = None, difference: bool = False,
    ) -> list[Explained]:  # fmt: skip
        """What in the picture, and which words, raise the score of each prompt. ``model``: another head (``randomised``).

        With ``difference``, what speaks for each prompt and not for the others (``beside_others``). Raises TwoviewError for a
        model that does not pair pictures with sentences, or has no such score or method, or a difference of one prompt.
        """
        image, text = self.pictures_and_words()
        if difference and len(prompts) < 2:
            raise TwoviewError("A difference compares prompts with each other. Ask for a second thing.")
        if name == "individual_y":
            raise TwoviewError("individual_y is what a sentence has alone, and no place of the picture has a part in it. Ask for individual_x.")
        size = size or image.input_size
        pair_score = score(model or self.model, name)
        y = text(list(prompts)).clone()
        of: FeatureScore = beside_others(pair_score, y) if difference else lambda x: pair_score(x, y)
        trunk = self.trunks.maps(image, picture, size)
        drawn = draw(image, picture, of, len(y), method, size, progress, trunk)
        x = image.pool(trunk[None])
        with torch.no_grad():
            values = of(x.expand(len(y), -1)).tolist()
        words = [tuple(word_saliency(text, prompt, lambda y: pair_score(x, y))) for prompt in prompts]
        return [Explained(*each) for each in zip(prompts, values, enlarged(drawn, (size, size)), words, strict=True)]

    def pair(
        self, first: Image.Image, second: Image.Image, name: str = "common", method: str = "gradcam",
        size: int | None = None, progress: Progress | None = None, model: TwoViewModel | None = None,
    ) -> ExplainedPair:  # fmt: skip
        """What two pictures have in common, what each has alone, and what tells them apart.

        Raises TwoviewError for a model of other pairs.
        """
        encoders = self.two_pictures()
        model = model or self.model
        sizes = [size or e.input_size for e in encoders]
        trunks = [self.trunks.maps(e, p, s) for e, p, s in zip(encoders, (first, second), sizes, strict=True)]

        def drawn(side: int, of: FeatureScore) -> np.ndarray:
            return draw(encoders[side], (first, second)[side], of, 1, method, sizes[side], progress, trunks[side])[0]

        maps = pair_maps(model, encoders, trunks, name, method, drawn)
        x, y = (e.pool(t[None]) for e, t in zip(encoders, trunks, strict=True))
        names = dict.fromkeys([name, *(["cosine"] if model.kind == "embedding" else []), *chain(*pair_scores(model, name).values())])
        with torch.no_grad():
            values = {n: float(score(model, n)(x, y)) for n in names}

        def large(two: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
            a, b = (enlarged(m[None], (s, s))[0] for m, s in zip(two, sizes, strict=True))
            return a, b

        return ExplainedPair({kind: large(both) for kind, both in maps.items()}, values)

    def why(
        self, prompt: str, better: Image.Image, worse: Image.Image, name: str = "similarity", method: str = "gradcam",
        size: int | None = None, progress: Progress | None = None, model: TwoViewModel | None = None,
    ) -> tuple[Explained, Explained]:  # fmt: skip
        """Why a sentence ranks one picture above another: where each picture earns its score, and the words that make
        the difference s(q, better) − s(q, worse)."""
        image, text = self.pictures_and_words()
        of = score(model or self.model, name)
        both = [self.prompts(picture, [prompt], name, method, size, progress, model)[0] for picture in (better, worse)]
        x = [image.pool(self.trunks.maps(image, picture, size or image.input_size)[None]) for picture in (better, worse)]
        words = tuple(word_saliency(text, prompt, difference(of, *x)))
        first, second = (Explained(e.prompt, e.score, e.saliency, words) for e in both)
        return first, second

    def two_pictures(self) -> tuple[ImageEncoder, ImageEncoder]:
        """The encoders of a model that pairs pictures. Raises TwoviewError for a model of other pairs."""
        x, y = self.encoders
        if not isinstance(x, ImageEncoder) or not isinstance(y, ImageEncoder):
            raise TwoviewError(f"{self.checkpoint.card.title} was not trained on pairs of pictures. Choose a model of picture pairs, such as scenes-pairs/muc2m.")
        return x, y

    def pictures_and_words(self) -> tuple[ImageEncoder, TextEncoder]:
        """The encoders of a model that pairs pictures with sentences. Raises TwoviewError for a model of other pairs."""
        x, y = self.encoders
        if not isinstance(x, ImageEncoder) or not isinstance(y, TextEncoder):
            raise TwoviewError(f"{self.checkpoint.card.title} does not pair pictures with sentences, so it cannot be asked with a prompt.")
        return x, y


def randomised(model: TwoViewModel, seed: int = 0) -> TwoViewModel:
    """The same model with each of its weights' entries shuffled: what maps look like when nothing was learned.

    A map that stays the same shows the picture's edges, not the model (Adebayo et al., Sanity Checks, 2018).
    """
    generator = torch.Generator().manual_seed(seed)
    twin = type(model)(model.shape_x, model.shape_y, model.settings)
    state = {
        name: value.flatten()[torch.randperm(value.numel(), generator=generator)].view_as(value) for name, value in model.state_dict().items()
    }
    twin.load_state_dict(state)
    return twin.eval()
