"""Maps of a score on a picture, at the encoder's last convolutional maps.

The trunk runs once per picture, without gradients (``last_maps``); every score after that pays for the head only:
pooling, the model's branch, the score. Methods are those of the grad-cam package; here they return magnitudes, not
values stretched to [0, 1], so that a pair with nothing in common gives a weak map and not a normalised illusion.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from engine.encoders.base import ImageEncoder
from engine.errors import TwoviewError
from engine.saliency.scores import FeatureScore

FAST = ("gradcam", "gradcam-centred", "gradcam++", "layercam", "eigengradcam")  # those of ``engine.saliency.cams``
SLOW = ("scorecam", "gradient")  # run the whole network, many times or backwards
METHODS = (*FAST, *SLOW)
Progress = Callable[[int, int, str], None]


@torch.no_grad()
def last_maps(encoder: ImageEncoder, pictures: Sequence[Image.Image], size: int | None = None) -> Tensor:
    """The trunk, once: last convolutional maps (n, channels, h, w). ``size``: side of the input in pixels."""
    return encoder.maps(torch.stack([encoder.preprocess(p, size) for p in pictures]).to(encoder.device))


def saliency_maps(maps: Tensor, encoder: ImageEncoder, score: FeatureScore, n: int = 1, method: str = "gradcam") -> np.ndarray:
    """Where a picture raises each of n scores: (n, h, w), ≥ 0, in units of the score.

    ``maps``: (channels, h, w), shared by all n scores; ``score`` takes (n, dim) features. The pooling runs once, and backwards
    for all scores together. Raises TwoviewError for a method that is not one of ``FAST``.
    """
    if method not in FAST:
        raise TwoviewError(f"There is no fast saliency method '{method}'. There are: {', '.join(FAST)}; slower: {', '.join(SLOW)}.")
    shared = maps.detach()[None].requires_grad_()
    with torch.enable_grad():
        pooled = encoder.pool(shared)
        features = pooled.detach().repeat(n, 1).requires_grad_()
        outer = torch.autograd.grad(score(features).sum(), features)[0]
        gradients = torch.autograd.grad(pooled, shared, outer[:, None], is_grads_batched=True)[0][:, 0]
    activations = shared.detach().expand_as(gradients)
    from engine.saliency.cams import CAMS  # seconds, the first time

    cam = CAMS[method](encoder, [])  # no layer to hook into: it is given what it would have caught
    return np.maximum(cam.get_cam_image(shared, None, [], activations.cpu().numpy(), gradients.cpu().numpy(), False), 0)


def pixel_gradients(
    encoder: ImageEncoder, picture: Image.Image, score: FeatureScore, n: int = 1, size: int | None = None, progress: Progress | None = None,
) -> np.ndarray:
    """|∂score/∂pixel|, the largest over the colours (Simonyan et al. 2014): (n, s, s). Runs the trunk backwards once a score."""
    drawn = []
    for row in range(n):
        pixels = encoder.preprocess(picture, size)[None].to(encoder.device).requires_grad_()
        with torch.enable_grad():
            features = encoder.pool(encoder.maps(pixels)).expand(n, -1)
            gradient = torch.autograd.grad(score(features)[row], pixels)[0]
        drawn.append(gradient[0].abs().amax(0).cpu().numpy())
        if progress:
            progress(row + 1, n, "scores")
    return np.stack(drawn)


@torch.no_grad()
def score_cam(
    encoder: ImageEncoder, picture: Image.Image, score: FeatureScore, n: int = 1, size: int | None = None,
    progress: Progress | None = None, batch: int = 16,
) -> np.ndarray:
    """Score-CAM (Wang et al. 2020): each channel masks the picture, and weighs as much as the masked picture scores.

    (n, h, w) in units of the channel maps. One trunk run per channel, shared by all n scores; ``progress`` may raise to cancel.
    """
    pixels = encoder.preprocess(picture, size)[None].to(encoder.device)
    maps = encoder.maps(pixels)[0]
    masks = F.interpolate(maps[:, None], size=pixels.shape[-2:], mode="bilinear", align_corners=True)
    low, high = masks.amin((2, 3), keepdim=True), masks.amax((2, 3), keepdim=True)
    masks = (masks - low) / (high - low + 1e-8)
    scores = []
    for start in range(0, len(masks), batch):
        features = encoder.pool(encoder.maps(pixels * masks[start : start + batch]))
        scores.append(torch.stack([score(row.expand(n, -1)) for row in features]))
        if progress:
            progress(min(start + batch, len(masks)), len(masks), "channels")
    weights = torch.cat(scores).softmax(0)
    return torch.einsum("cn,chw->nhw", weights, maps).clamp(min=0).cpu().numpy()


def draw(
    encoder: ImageEncoder, picture: Image.Image, score: FeatureScore, n: int = 1, method: str = "gradcam",
    size: int | None = None, progress: Progress | None = None, trunk: Tensor | None = None,
) -> np.ndarray:
    """Maps (n, h, w) of n scores on a picture by any method. ``trunk``: the picture's last maps, if they are known.

    Raises TwoviewError for an unknown method.
    """
    if method == "scorecam":
        return score_cam(encoder, picture, score, n, size, progress)
    if method == "gradient":
        return pixel_gradients(encoder, picture, score, n, size, progress)
    return saliency_maps(last_maps(encoder, [picture], size)[0] if trunk is None else trunk, encoder, score, n, method)


def enlarged(maps: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Maps (n, h, w) at (n, height, width) of a picture, bilinear."""
    tensor = torch.as_tensor(np.ascontiguousarray(maps, dtype=np.float32))[:, None]
    return F.interpolate(tensor, size=size, mode="bilinear", align_corners=False)[:, 0].numpy()
