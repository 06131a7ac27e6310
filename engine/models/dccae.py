"""DCCAE — On Deep Multi-View Representation Learning (Wang, Arora, Livescu & Bilmes, ICML 2015).

Deep CCA's objective with an autoencoder of each view on top of the same outputs:

    min  −‖T‖_tr(f(X), g(Y)) + λ·1/n Σ (‖x_i − p(f(x_i))‖² + ‖y_i − q(g(y_i))‖²)

‖T‖_tr is the sum of the batch's canonical correlations (with r I added to both covariances). Reconstruction errors are summed
over dimensions and averaged over the batch; decoders mirror the encoders. A linear CCA of the outputs, settled on training
pairs, ends it. The network is that of MUC2M's Sec. 7.4.2. Not verified: the published λ for MNIST halves.
"""

import math
from dataclasses import dataclass

from torch import Tensor

from engine.models.base import Batch, Training
from engine.models.canonical import CanonicalOutputs
from engine.models.cca_layer import cca_layer
from engine.models.gathering import gathered
from engine.models.networks import mlp, scaler


class DCCAE(CanonicalOutputs):
    spreads = True
    name = "dccae"
    title = "DCCAE"
    paper = "Wang, Arora, Livescu and Bilmes, On Deep Multi-View Representation Learning, ICML 2015"
    paper_training = Training(epochs=50, batch_size=1000, optimizer="adam", learning_rate=1e-3)

    @dataclass(frozen=True)
    class Settings:
        """``reconstruction``: λ. ``regularisation``: r of both covariances.

        ``standardize``: features to mean 0 and variance 1 before all else; they are what is rebuilt.
        """

        k: int = 50
        hidden: tuple[int, ...] = (500, 300)
        standardize: bool = False
        reconstruction: float = 0.01
        regularisation: float = 1e-3

    def __init__(self, shape_x: tuple[int, ...], shape_y: tuple[int, ...], settings: Settings | None = None):
        super().__init__(shape_x, shape_y, settings)
        s = self.settings
        sizes_x, sizes_y = (math.prod(shape_x), *s.hidden, s.k), (math.prod(shape_y), *s.hidden, s.k)
        self.scale_x, self.scale_y = scaler(sizes_x[0], s.standardize), scaler(sizes_y[0], s.standardize)
        self.encode_x, self.decode_x = mlp(sizes_x), mlp(sizes_x[::-1])
        self.encode_y, self.decode_y = mlp(sizes_y), mlp(sizes_y[::-1])
        self.prepare_projection(s.k, s.regularisation)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        s = self.settings
        x, y = self.scale_x(batch.x.flatten(1)), self.scale_y(batch.y.flatten(1))
        f, g = self.encode_x(x), self.encode_y(y)
        errors_x = (self.decode_x(f) - x).square().sum(1)
        errors_y = (self.decode_y(g) - y).square().sum(1)
        f, g, errors_x, errors_y = gathered(f, g, errors_x, errors_y)
        _, _, correlations = cca_layer(f, g, s.regularisation, s.k)
        return {
            "trace_norm": -correlations.sum(),
            "reconstruction_x": s.reconstruction * errors_x.mean(),
            "reconstruction_y": s.reconstruction * errors_y.mean(),
        }

    def outputs_x(self, x: Tensor) -> Tensor:
        return self.encode_x(self.scale_x(x.flatten(1)))

    def outputs_y(self, y: Tensor) -> Tensor:
        return self.encode_y(self.scale_y(y.flatten(1)))
