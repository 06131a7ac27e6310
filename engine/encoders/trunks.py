"""A timm network cut at its last maps: ``trunk_pool(trunk, trunk_maps(trunk, pixels))`` is its feature before the classifier.

Convolutional networks and hierarchical transformers are cut at their last feature maps. In a plain vision transformer the
class token alone is read after the last block, so that the patches there have no gradient: it is cut before that block.
The class token (and registers) ride along as further channels, the same in every place; who differentiates at the cut
gets the patches' gradients, with these tokens held fixed.
"""

from typing import Any

import torch
from torch import Tensor

from engine.errors import TwoviewError


def tokens_to_maps(tokens: Tensor, prefix: int, grid: tuple[int, int]) -> Tensor:
    """Tokens (n, prefix + h·w, width), the prefix first, to maps (n, (1 + prefix)·width, h, w)."""
    n, _, width = tokens.shape
    patches = tokens[:, prefix:].transpose(1, 2).reshape(n, width, *grid)
    riding = tokens[:, :prefix].reshape(n, prefix * width, 1, 1).expand(-1, -1, *grid)
    return torch.cat([patches, riding], dim=1)


def maps_to_tokens(maps: Tensor, prefix: int) -> Tensor:
    """The inverse of ``tokens_to_maps``. Maps that are a leaf of the graph are the cut itself: their prefix is held fixed."""
    n, channels, _, _ = maps.shape
    width = channels // (1 + prefix)
    patches = maps[:, :width].flatten(2).transpose(1, 2)
    riding = maps[:, width:, 0, 0].reshape(n, prefix, width)
    return torch.cat([riding.detach() if maps.is_leaf else riding, patches], dim=1)


def trunk_maps(trunk: Any, pixels: Tensor) -> Tensor:
    """Pixels (n, 3, s, s) to the last maps (n, channels, h, w). Raises TwoviewError for networks that have none."""
    from timm.models.vision_transformer import VisionTransformer  # takes seconds: not where features are kept

    if isinstance(trunk, VisionTransformer):
        tokens = trunk.norm_pre(trunk.patch_drop(trunk._pos_embed(trunk.patch_embed(pixels))))
        tokens = trunk.blocks[:-1](tokens)
        return tokens_to_maps(tokens, trunk.num_prefix_tokens, trunk.patch_embed.dynamic_feat_size(pixels.shape[-2:]))
    features = trunk.forward_features(pixels)
    if features.ndim == 4:
        return features.permute(0, 3, 1, 2) if channels_last(trunk) else features
    raise TwoviewError(
        f"timm's {type(trunk).__name__} gives neither feature maps nor a grid of patches. Convolutional networks, plain vision "
        "transformers (vit_…, deit_…) and hierarchical ones (swin_…, convnext_…) can be used."
    )


def trunk_pool(trunk: Any, maps: Tensor, pre_logits: bool = True) -> Tensor:
    """Maps of ``trunk_maps`` to features (n, dim); with ``pre_logits`` false, through the trunk's own last layer too."""
    from timm.models.vision_transformer import VisionTransformer

    if isinstance(trunk, VisionTransformer):
        features = trunk.norm(trunk.blocks[-1](maps_to_tokens(maps, trunk.num_prefix_tokens)))
    else:
        features = maps.permute(0, 2, 3, 1) if channels_last(trunk) else maps
    return trunk.forward_head(features, pre_logits=pre_logits)


def channels_last(trunk: Any) -> bool:
    return getattr(trunk, "output_fmt", "NCHW") == "NHWC"
