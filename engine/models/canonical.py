"""Networks whose outputs are rotated to canonical variates after training: what deep CCA and its kin are scored on."""

from abc import abstractmethod

import torch
from torch import Tensor

from engine.models.base import EmbeddingModel
from engine.models.linear_algebra import canonical_projections
from engine.models.networks import in_parts


class CanonicalOutputs(EmbeddingModel):
    """An embedding model over ``outputs_x``, ``outputs_y`` (n, k), followed by a CCA settled on training pairs.

    A subclass calls ``prepare_projection`` once; until ``settle`` the projection is the identity.
    """

    mean_x: Tensor
    mean_y: Tensor
    projection_x: Tensor
    projection_y: Tensor

    @abstractmethod
    def outputs_x(self, x: Tensor) -> Tensor:
        """What the network of x gives, before the projection: (n, k)."""

    @abstractmethod
    def outputs_y(self, y: Tensor) -> Tensor:
        """What the network of y gives, before the projection: (n, k)."""

    def prepare_projection(self, k: int, regularisation: float) -> None:
        self.projection_regularisation = regularisation
        for view in "xy":
            self.register_buffer(f"mean_{view}", torch.zeros(k))
            self.register_buffer(f"projection_{view}", torch.zeros(k, k).fill_diagonal_(1))  # not torch.eye: on the meta device, where cards are checked, it imports torch._dynamo for seconds

    @torch.no_grad()
    def settle(self, x: Tensor, y: Tensor) -> None:
        outputs_x = in_parts(self.outputs_x, x)
        outputs_y = in_parts(self.outputs_y, y)
        r = self.projection_regularisation
        fit = canonical_projections(outputs_x, outputs_y, r, r, outputs_x.shape[1])
        self.mean_x.copy_(fit.mean_x)
        self.mean_y.copy_(fit.mean_y)
        self.projection_x.copy_(fit.weights_x)
        self.projection_y.copy_(fit.weights_y)

    def embed_x(self, x: Tensor) -> Tensor:
        return (self.outputs_x(x) - self.mean_x) @ self.projection_x

    def embed_y(self, y: Tensor) -> Tensor:
        return (self.outputs_y(y) - self.mean_y) @ self.projection_y
