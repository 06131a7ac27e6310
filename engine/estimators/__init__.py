"""Every model as an estimator of scikit-learn: arrays in, arrays out.

    from engine import CCA
    model = CCA(k=64, regularisation=0.0).fit(X, Y)
    A, B = model.transform(X, Y)

There is a class per model under its own name; its parameters are the model's settings and its training's values. The second view
takes the place of the target: ``GridSearchCV(CCA(), {"k": [8, 16]}).fit(X, Y)``, ``cross_val_score(CCALayer(), X, Y)``. GMA and ACMR
separate classes and need ``fit(X, Y, labels=…)``.

Signs: (A, B) and (−A, −B) correlate alike, so a rule fixes the sign of each dimension, for both views at once. CCA and RCCA: the
direction of x among its whitened features has cubes whose sum is not negative. PLS: the largest of x's weights, by size, is
positive. GMA: so is the largest entry of the direction among both views' whitened features. Neither rows' order nor threads change a sign.
"""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import fields
from inspect import Parameter, Signature
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_array, check_consistent_length, check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from engine.compute import pick_device
from engine.data.base import PairedData, paired_arrays
from engine.estimators.inputs import DTYPES, InvalidInput, classes_of, rows_of, said_as_value_errors
from engine.evaluation.components import PERMUTATIONS, Components, canonical_components
from engine.evaluation.retrieval import mean_reciprocal_rank
from engine.evaluation.suite import query_ranks
from engine.models import MODELS, model_class, replaced, settings_of
from engine.models.base import EmbeddingModel, TwoViewModel
from engine.models.closed_form import ClosedForm, Linear
from engine.scoring import embed, score_blocks
from engine.training.loop import create, train

OWN = {"random_state": 0, "device": "cpu"}  # parameters that are neither a model's nor its training's


class TwoViewEstimator(BaseEstimator):
    """A model of rows x (n, …) and y (n, …), row i of y belonging to row i of x.

    After ``fit``: ``model_`` is the trained torch module, ``history_`` what happened epoch by epoch, ``n_features_in_`` and
    ``feature_names_in_`` as everywhere in scikit-learn. ``random_state``: of first weights and mini-batches.
    """

    model: ClassVar[str]
    random_state: Any
    device: str

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        tags.input_tags.three_d_array = True
        return tags

    def fit(self, X: Any, y: Any, *, groups: Any = None, labels: Any = None, validation: tuple[Any, Any] | None = None) -> "TwoViewEstimator":
        """``groups`` (n,): equal for rows that show the same thing. ``labels`` (n,): classes, as names or numbers, −1 where there is none.

        ``validation``: two arrays (m, …) that early stopping is decided on; without them all epochs are run. Raises a
        ValueError when rows don't match or hold NaN, parameters make no sense, or the model needs labels and none came.
        """
        x, y = self._views(X, y)
        classes = classes_of(labels, len(x))
        with said_as_value_errors():
            held_out = None if validation is None else self._held_out(validation, x.shape[1:], y.shape[1:])
            cls, settings, training = self._plan(early_stopping=validation is not None)
            data = paired_arrays(x.astype(np.float32), y.astype(np.float32), groups, classes)
            self.model_ = create(cls, data, settings, self._seed())
            self.history_ = train(self.model_, data, held_out, training, self._seed(), pick_device(self.device))
        return self

    def scores(self, X: Any, y: Any) -> np.ndarray:
        """How alike every row of X (n, …) and every row of y (m, …) are, (n, m), larger = more alike; for every model."""
        return np.concatenate([scores.numpy(force=True) for _, scores in score_blocks(self._fitted(), self._x(X), self._y(y))])

    def score(self, X: Any, y: Any, groups: Any = None) -> float:
        """Mean reciprocal rank of what belongs together, over both directions: 1 is perfect."""
        with said_as_value_errors():
            data, model = paired_arrays(self._x(X), self._y(y), groups), self._fitted()
        return float(np.mean([mean_reciprocal_rank(query_ranks(model, data, way).ranks) for way in ("x_to_y", "y_to_x")]))  # type: ignore[arg-type]

    def _plan(self, early_stopping: bool) -> tuple[type[TwoViewModel], Any, Any]:
        """The model's class, its settings and its training with this estimator's parameters in place."""
        cls = model_class(self.model)
        given = {name: value for name, value in self.get_params(deep=False).items() if name not in OWN}
        of_settings = {name: value for name, value in given.items() if name in cls.Settings.__dataclass_fields__}
        of_training = {name: value for name, value in given.items() if name not in of_settings}
        training = replaced(cls.paper_training, of_training, f"{cls.title}'s training")
        if not early_stopping:
            training = replaced(training, {"monitor": None}, "The training")
        return cls, settings_of(cls, of_settings), training

    def _seed(self) -> int:
        return self.random_state if isinstance(self.random_state, int) else int(check_random_state(self.random_state).randint(2**31))

    def _views(self, X: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
        """Both views as scikit-learn checks them, y with a column at least."""
        if y is None:
            raise ValueError(f"This {type(self).__name__} estimator requires y to be passed, but the target y is None: it is the second view.")
        x = validate_data(self, X, dtype=DTYPES, allow_nd=True, ensure_min_samples=2)
        y = rows_of(y, "y")
        check_consistent_length(x, y)
        common = np.result_type(x, y)
        return x.astype(common, copy=False), y.astype(common, copy=False)

    def _held_out(self, validation: tuple[Any, Any], *shapes: tuple[int, ...]) -> PairedData:
        """Pairs that early stopping is decided on, of rows as long as those that are trained on."""
        x, y = (self._shaped(name, rows_of(items, name), shape) for items, name, shape in zip(validation, ("X", "y"), shapes, strict=True))
        return paired_arrays(x.astype(np.float32), y.astype(np.float32))

    def _fitted(self) -> Any:
        check_is_fitted(self, "model_")
        return self.model_

    def _x(self, X: Any) -> np.ndarray:
        self._fitted()
        return self._shaped("X", validate_data(self, X, dtype=DTYPES, allow_nd=True, reset=False), self.model_.shape_x)

    def _y(self, y: Any) -> np.ndarray:
        return self._shaped("y", rows_of(y, "y"), self._fitted().shape_y)

    def _shaped(self, name: str, items: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        if items.shape[1:] != shape:
            raise InvalidInput(f"{name} was fitted with rows of shape {shape}, but now has {items.shape[1:]}.")
        return items


class EmbeddingEstimator(ClassNamePrefixFeaturesOutMixin, TransformerMixin, TwoViewEstimator):
    """A model with a space of its own. After ``fit``, of the training pairs' embeddings (n, k): ``canonical_correlations_`` (k,),
    dimension by dimension; ``x_loadings_`` (d_x, k) and ``y_loadings_`` (d_y, k), the correlations of each feature with each
    dimension (structure coefficients); ``x_explained_variance_`` and ``y_explained_variance_`` (k,), the share of a view's variance
    that the best line through one dimension explains.
    """

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def fit(self, X: Any, y: Any, *, groups: Any = None, labels: Any = None, validation: tuple[Any, Any] | None = None) -> "EmbeddingEstimator":
        """See ``TwoViewEstimator.fit``."""
        super().fit(X, y, groups=groups, labels=labels, validation=validation)
        self._describe(np.asarray(X, float), rows_of(y, "y"), None)
        return self

    def transform(self, X: Any, y: Any = None) -> Any:
        """Embeddings (n, k) of X; with y of both, as a tuple. In the precision that the rows came in."""
        a = self._embedded(self._x(X), "x")
        return a if y is None else (a, self.transform_y(y))

    def transform_y(self, y: Any) -> np.ndarray:
        """Embeddings (n, k) of rows of the second view."""
        return self._embedded(self._y(y), "y")

    def fit_transform(self, X: Any, y: Any = None, **fit_params: Any) -> Any:
        """Fit, and the embeddings of X alone, which a pipeline hands on. ``transform(X, y)`` gives both views'."""
        return self.fit(X, y, **fit_params).transform(X)

    def components(self, X: Any, y: Any, groups: Any = None, permutations: int = PERMUTATIONS) -> Components:
        """How many components of the embeddings of aligned rows X and y are more than chance, with an interval for each correlation:
        ``engine.canonical_components``, on rows that the model was not fitted to. Shuffles and draws follow ``random_state``.
        """
        a, b = self.transform(X, y)
        with said_as_value_errors():
            return canonical_components(a, b, groups, permutations=permutations, seed=self._seed())

    @property
    def _n_features_out(self) -> int:
        return len(self.canonical_correlations_)

    def _embedded(self, items: np.ndarray, view: str) -> np.ndarray:
        """Computed in the precision of the items as well: at 32 bits the last digits of a row change with the rows that come beside it, more on some processors than on others."""
        model = _in_double(self._fitted()) if items.dtype == np.float64 else self._fitted()
        return embed(model, items, view).numpy(force=True).astype(items.dtype, copy=False)

    def _describe(self, x: np.ndarray, y: np.ndarray, weights: np.ndarray | None) -> None:
        a, b = (embed(self._fitted(), items, view).numpy(force=True).astype(float) for items, view in ((x, "x"), (y, "y")))
        self.canonical_correlations_ = np.diagonal(_correlations(a, b, weights)).copy()
        for view, items, dimensions in (("x", x, a), ("y", y, b)):
            flat = items.reshape(len(items), -1).astype(float)
            loadings = _correlations(flat, dimensions, weights)
            variances = np.square(_centred(flat, weights)).sum(0)
            setattr(self, f"{view}_loadings_", loadings)
            setattr(self, f"{view}_explained_variance_", variances @ loadings**2 / max(variances.sum(), np.finfo(float).tiny))


class ClosedFormEstimator(EmbeddingEstimator):
    """A model that is solved for: centred and solved in float64; rows of float64 are embedded in float64."""

    def fit(self, X: Any, y: Any, *, labels: Any = None) -> "ClosedFormEstimator":  # type: ignore[override]  # no epochs to stop, no batches
        """``labels`` (n,): classes, as names or numbers, −1 where there is none. Raises a ValueError as ``TwoViewEstimator.fit`` does."""
        return self._solve(*self._views(X, y), labels, None)

    def _solve(self, x: np.ndarray, y: np.ndarray, labels: Any, weights: np.ndarray | None) -> "ClosedFormEstimator":
        kept = slice(None) if weights is None else weights > 0
        labels = classes_of(labels, len(x))
        with said_as_value_errors():
            cls, settings, _ = self._plan(early_stopping=False)
            model = create(cls, paired_arrays(x, y), settings, self._seed()).to(torch.tensor(np.zeros(0, x.dtype)).dtype)
            assert isinstance(model, ClosedForm)
            rows_x, rows_y = torch.tensor(x[kept]), torch.tensor(y[kept])
            classes = None if labels is None else torch.tensor(labels[kept])
            with torch.random.fork_rng(devices=[]), torch.no_grad():
                torch.manual_seed(0)
                if weights is None:
                    model.fit_closed_form(rows_x, rows_y, classes)
                else:
                    model.fit_moments(model.moments(rows_x, rows_y, classes, torch.tensor(weights[kept])))
        self.model_ = model.eval()
        self._describe(x, y, weights)
        return self


class LinearEstimator(ClosedFormEstimator):
    """Embeddings that are linear in the features, solved for in float64. After ``fit`` also ``x_weights_`` (d_x, k), ``y_weights_``
    (d_y, k), and for ``predict`` ``coef_`` (d_y, d_x) and ``intercept_`` (d_y,). Signs follow the rule of ``engine.estimators``."""

    def fit(self, X: Any, y: Any, *, labels: Any = None, sample_weight: Any = None) -> "LinearEstimator":  # type: ignore[override]
        """As every model's; ``sample_weight`` (n,): a row of weight 2 counts as two rows, one of weight 0 not at all."""
        x, y = self._views(X, y)
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, x, dtype=np.float64, ensure_non_negative=True)
        if weights is not None and np.count_nonzero(weights) < 2:
            raise InvalidInput(f"{type(self).__name__} needs two rows of positive weight at least, but {np.count_nonzero(weights)} came.")
        self._solve(x, y, labels, weights)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """The other view (n, d_y), by least squares on the embeddings of X (n, d_x)."""
        self._linear()
        x = self._x(X)
        return (x.reshape(len(x), -1) @ self.coef_.T + self.intercept_).astype(x.dtype, copy=False)

    def inverse_transform(self, X: Any, y: Any = None) -> Any:
        """The features (n, d_x) that least squares puts where embeddings (n, k) are; with the other view's embeddings, both as a tuple."""
        self._linear()
        a = self._back(X, "x")
        return a if y is None else (a, self._back(y, "y"))

    def _back(self, embeddings: Any, view: str) -> np.ndarray:
        embeddings = check_array(embeddings, dtype=DTYPES)
        mean, weights, back = getattr(self, f"_{view}_mean"), getattr(self, f"{view}_weights_"), getattr(self, f"_{view}_back")
        if embeddings.shape[1] != weights.shape[1]:
            raise InvalidInput(f"Embeddings of {weights.shape[1]} dimensions are turned back, but {embeddings.shape[1]} came.")
        return (embeddings @ back + mean).astype(embeddings.dtype, copy=False)

    def _describe(self, x: np.ndarray, y: np.ndarray, weights: np.ndarray | None) -> None:
        super()._describe(x, y, weights)
        model: Linear = self._fitted()
        self.x_weights_, self.y_weights_ = (part.numpy(force=True).astype(float) for part in model.projections())
        self._x_mean, self._y_mean = (part.numpy(force=True).astype(float) for part in (model.mean_x, model.mean_y))
        if self._is_rooted():
            return
        x, y = _centred(x.reshape(len(x), -1).astype(float), weights), _centred(y.reshape(len(y), -1).astype(float), weights)
        inside_x, inside_y = x @ self.x_weights_, y @ self.y_weights_
        self._x_back, self._y_back = np.linalg.lstsq(inside_x, x, rcond=None)[0], np.linalg.lstsq(inside_y, y, rcond=None)[0]
        self.coef_ = (self.x_weights_ @ np.linalg.lstsq(inside_x, y, rcond=None)[0]).T
        self.intercept_ = self._y_mean - self.coef_ @ self._x_mean

    def _is_rooted(self) -> bool:
        return getattr(self.model_.settings, "root_x", False)

    def _linear(self) -> None:
        self._fitted()
        if self._is_rooted():
            raise InvalidInput("With root_x the embeddings are not linear in the features, and nothing is predicted or turned back. Fit with root_x=False.")


def _centred(rows: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """Rows (n, d) around their mean, times the roots of their weights, so that products of columns are sums over all rows."""
    centred = rows - np.average(rows, axis=0, weights=weights)
    return centred if weights is None else centred * np.sqrt(weights)[:, None]


def _in_double(model: EmbeddingModel) -> EmbeddingModel:
    """A copy that computes at 64 bits; not on MPS, which does not know them."""
    copied = deepcopy(model)
    return (copied.cpu() if any(own.device.type == "mps" for own in copied.parameters()) else copied).double()


def _correlations(a: np.ndarray, b: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """Of every column of a (n, d) with every column of b (n, k); 0 where one never changes."""
    units = []
    for rows in (_centred(a, weights), _centred(b, weights)):
        norms = np.linalg.norm(rows, axis=0)
        units.append(rows / np.where(norms > 0, norms, np.inf))
    return units[0].T @ units[1]


def estimator(model: str, **parameters: Any) -> TwoViewEstimator:
    """An estimator by its model's name: ``estimator("cca_layer", k=64)`` is ``CCALayer(k=64)``. Raises TwoviewError for a model there is not."""
    return _class_of(model_class(model).__name__)(**parameters)


def names() -> Sequence[str]:
    """The estimators' names, as models of two arrays: all but those that are made of other models."""
    return [MODELS[key].__name__ for key in MODELS if key != "ensemble"]


def _class_of(name: str) -> type[TwoViewEstimator]:
    """The estimator of a model's class, made once: its parameters have the model's own values as defaults."""
    key = next((key for key in MODELS if MODELS[key].__name__ == name and key != "ensemble"), None)
    if key is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    cls = model_class(key)
    defaults = OWN | {f.name: getattr(owner, f.name) for owner in (cls.paper_training, cls.Settings()) if not (cls.closed_form and owner is cls.paper_training) for f in fields(owner)}
    signature = Signature([Parameter("self", Parameter.POSITIONAL_OR_KEYWORD), *(Parameter(n, Parameter.KEYWORD_ONLY, default=value) for n, value in defaults.items())])

    def __init__(self: Any, **parameters: Any) -> None:
        for parameter in parameters:
            if parameter not in defaults:
                raise TypeError(f"{name} has no parameter {parameter!r}. There are: {', '.join(defaults)}.")
        for parameter, default in defaults.items():
            setattr(self, parameter, parameters.get(parameter, default))

    __init__.__signature__ = signature  # type: ignore[attr-defined]
    base = LinearEstimator if issubclass(cls, Linear) else ClosedFormEstimator if cls.closed_form else EmbeddingEstimator if issubclass(cls, EmbeddingModel) else TwoViewEstimator
    needs = "Separates classes: ``fit`` needs ``labels``.\n\n    " if getattr(cls, "needs_labels", False) else ""
    summary = f"{cls.title}: {cls.paper}.\n\n    {needs}Parameters: those of ``{cls.__module__}.{cls.__name__}.Settings``{'' if cls.closed_form else ' and of ``engine.models.base.Training``'}.\n\n    {base.__doc__}"
    made = type(name, (base,), {"__init__": __init__, "model": key, "__doc__": summary, "__module__": __name__})
    globals()[name] = made
    return made


def __getattr__(name: str) -> Any:
    """``CCALayer`` … are made when they are asked for: importing all models takes a while."""
    return _class_of(name)


def __dir__() -> list[str]:
    return sorted({*globals(), *names()})
