"""Every model as scikit-learn users know it: arrays in, arrays out.

    from engine import CCALayer
    model = CCALayer(k=64, epochs=30).fit(X, Y)
    A, B = model.transform(X, Y)

There is a class per model under its own name, and ``TwoView("cca_layer", k=64)`` is the same.
"""

from functools import partial
from typing import Any

import numpy as np

from engine.compute import pick_device
from engine.data.base import PairedData, paired_arrays
from engine.errors import TwoviewError
from engine.evaluation.retrieval import mean_reciprocal_rank
from engine.evaluation.suite import query_ranks
from engine.models import MODELS, model_class, replaced, settings_of
from engine.models.base import EmbeddingModel, TwoViewModel
from engine.scoring import embed, score_blocks
from engine.training.loop import create, train

OWN = ("model", "seed", "device")


class TwoView:
    """A two-view model over arrays X (n, …) and Y (n, …), row i of X belonging to row i of Y.

    ``parameters`` replace the model's settings and its training's values by name (``k=64``, ``epochs=30``). After
    ``fit``: ``model_`` is the trained torch module and ``history_`` what happened epoch by epoch.
    """

    def __init__(self, model: str, *, seed: int = 0, device: str = "cpu", **parameters: Any):
        self.model, self.seed, self.device, self.parameters = model, seed, device, parameters
        self._plan()

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return {"model": self.model, "seed": self.seed, "device": self.device, **self.parameters}

    def set_params(self, **parameters: Any) -> "TwoView":
        for name in OWN:
            setattr(self, name, parameters.pop(name, getattr(self, name)))
        self.parameters = {**self.parameters, **parameters}
        self._plan()
        return self

    def fit(
        self, X: Any, Y: Any, groups: Any = None, labels: Any = None, validation: tuple[Any, Any] | None = None
    ) -> "TwoView":
        """``groups`` (n,): equal for rows that show the same thing. ``labels`` (n,): classes, −1 where there is none.

        ``validation``: two arrays (m, …) that early stopping is decided on; without them all epochs are run. Raises
        TwoviewError when rows don't match or hold NaN, or when the model needs labels and none came.
        """
        cls, settings, training = self._plan()
        if validation is None:
            training = replaced(training, {"monitor": None}, "The training")
        data = _pairs(X, Y, groups, None if labels is None else np.asarray(labels))
        held_out = None if validation is None else _pairs(*validation)
        self.model_ = create(cls, data, settings, self.seed)
        self.history_ = train(self.model_, data, held_out, training, self.seed, pick_device(self.device))
        return self

    def transform(self, X: Any = None, Y: Any = None) -> Any:
        """Embeddings (n, k) of X, of Y, or of both as a tuple. Raises TwoviewError for models that score pairs."""
        model = self._fitted()
        if not isinstance(model, EmbeddingModel):
            raise TwoviewError(f"{model.title} scores pairs and has no embeddings. Ask for scores(X, Y).")
        given = [(view, self._checked(view, items)) for view, items in (("x", X), ("y", Y)) if items is not None]
        if not given:
            raise TwoviewError("There is nothing to transform: give X, Y or both.")
        parts = tuple(embed(model, items, view).numpy(force=True) for view, items in given)
        return parts[0] if len(parts) == 1 else parts

    def scores(self, X: Any, Y: Any) -> np.ndarray:
        """How alike every row of X (n, …) and every row of Y (m, …) are, (n, m), larger = more alike; for every model."""
        blocks = score_blocks(self._fitted(), self._checked("x", X), self._checked("y", Y))
        return np.concatenate([scores.numpy(force=True) for _, scores in blocks])

    def score(self, X: Any, Y: Any, groups: Any = None) -> float:
        """Mean reciprocal rank of what belongs together, over both directions: 1 is perfect."""
        data, model = _pairs(self._checked("x", X), self._checked("y", Y), groups), self._fitted()
        return float(np.mean([mean_reciprocal_rank(query_ranks(model, data, way).ranks) for way in ("x_to_y", "y_to_x")]))  # type: ignore[arg-type]

    def _plan(self) -> tuple[type[TwoViewModel], Any, Any]:
        """The model's class, its settings and its training with this estimator's parameters in place."""
        cls = model_class(self.model)
        of_settings = {name: value for name, value in self.parameters.items() if name in cls.Settings.__dataclass_fields__}
        of_training = {name: value for name, value in self.parameters.items() if name not in of_settings}
        return cls, settings_of(cls, of_settings), replaced(cls.paper_training, of_training, f"{cls.title}'s settings and training")

    def _fitted(self) -> TwoViewModel:
        if not hasattr(self, "model_"):
            raise TwoviewError(f"This {self.model} has seen no data yet. Call fit(X, Y) first.")
        return self.model_

    def _checked(self, view: str, items: Any) -> np.ndarray:
        items, shape = np.asarray(items), getattr(self._fitted(), f"shape_{view}")
        if items.shape[1:] != shape:
            raise TwoviewError(f"{view.upper()} was fitted with rows of shape {shape}, but now has {items.shape[1:]}.")
        return items


def _pairs(X: Any, Y: Any, groups: Any = None, labels: np.ndarray | None = None) -> PairedData:
    X, Y = np.asarray(X), np.asarray(Y)
    for name, items in (("X", X), ("Y", Y)):
        bad = np.flatnonzero(~np.isfinite(items.reshape(len(items), -1)).all(axis=1))
        if len(bad):
            raise TwoviewError(f"{name} holds NaN or infinite numbers in {len(bad)} rows, the first is row {bad[0]}. Drop or fill them.")
    return paired_arrays(X, Y, groups, labels)


def __getattr__(name: str) -> Any:
    """``CCALayer(k=64)`` for ``TwoView("cca_layer", k=64)``."""
    for key in MODELS:
        if MODELS[key].__name__ == name:
            return partial(TwoView, key)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
