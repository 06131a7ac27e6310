"""Linear CCA on MNIST halves, 60,000 × 392 + 392, against cca_zoo and scikit-learn."""

import warnings
from pathlib import Path

import numpy as np
import torch

from benchmarks.measure import Row, faster, seconds
from engine.data.base import paired_arrays
from engine.data.mnist import INFO
from engine.evaluation.correlation import sum_of_correlations
from engine.models.cca import CCA

K = 50


def mnist_halves(root: Path) -> tuple[np.ndarray, np.ndarray, str]:
    """Both halves (60000, 392), float32; random numbers of that shape where MNIST is not in the data root."""
    if not INFO.missing(root):
        data, note = INFO.load("train_full", root), "MNIST"
    else:
        rng = np.random.default_rng(0)
        shared = rng.normal(size=(60_000, 40)).astype(np.float32)
        views = (shared @ rng.normal(size=(40, 392)).astype(np.float32) for _ in range(2))
        data = paired_arrays(*(view + rng.normal(size=view.shape).astype(np.float32) for view in views))
        note = "random numbers of MNIST's shape"
    return data.x.items, data.y.items, note


def run(root: Path, rounds: int) -> list[Row]:
    from cca_zoo.linear import RidgeCCA
    from sklearn.cross_decomposition import CCA as ScikitCCA

    x, y, note = mnist_halves(root)
    x_tensor, y_tensor = torch.from_numpy(x), torch.from_numpy(y)
    model = CCA((392,), (392,), CCA.Settings(k=K, regularisation=1e-4))
    theirs = RidgeCCA(n_components=K, shrinkage=1e-4)
    x64, y64 = x.astype(np.float64), y.astype(np.float64)
    ours, zoo = seconds(lambda: model.fit_closed_form(x_tensor, y_tensor), lambda: theirs.fit([x64, y64]), rounds=rounds)
    components = 2
    scikit = ScikitCCA(n_components=components, max_iter=500)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where a component has not converged
        (iterative,) = seconds(lambda: scikit.fit(x64, y64), rounds=1)
    with torch.no_grad():
        reached = sum_of_correlations(model.embed_x(x_tensor).numpy(), model.embed_y(y_tensor).numpy())
    reached_zoo = sum_of_correlations(*theirs.transform([x64, y64]))
    sums = f"{note}; training sum of {K} correlations {reached:.2f} and {reached_zoo:.2f}"
    return [
        faster("linear CCA, cca_zoo's RidgeCCA", ours, zoo, 5, sums),
        faster("linear CCA per component, scikit-learn's CCA", ours / K, iterative / components, 50, note),
    ]
