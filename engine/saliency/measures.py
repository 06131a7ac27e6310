"""How right a map is, against the object's mask. Maps and masks are (height, width) of the same picture."""

import numpy as np


def precision_in_mask(saliency: np.ndarray, mask: np.ndarray, within: np.ndarray | None = None) -> float:
    """Share of the map, normalised to sum 1, that lies inside the mask (MUC2M, Sec. 5.2.1): its mean is the paper's AP.

    With ``within``, the rest of the picture is left out first: AP_I^obj takes all objects, without the background.
    A map that is zero everywhere points nowhere and counts as the uniform map.
    """
    inside = mask if within is None else mask & within
    weights = saliency if within is None else np.where(within, saliency, 0)
    total = weights.sum(dtype=np.float64)
    if total <= 0:
        return uniform_precision(mask, within)
    return float(weights[inside].sum(dtype=np.float64) / total)


def uniform_precision(mask: np.ndarray, within: np.ndarray | None = None) -> float:
    """What the uniform map reaches: the mask's share of the picture, or of ``within``; nan when that is empty."""
    area = mask.size if within is None else int(within.sum())
    return float((mask if within is None else mask & within).sum() / area) if area else float("nan")


def pointing_game(saliency: np.ndarray, mask: np.ndarray) -> float:
    """1 if the map's highest point lies in the mask (Zhang et al. 2018); several highest points share the hit."""
    return float(mask[saliency == saliency.max()].mean())


def saliency_magnitude(saliency: np.ndarray) -> float:
    """Sum of the map after its maximum is set to 1 (MUC2M, Table 4), at the map's own resolution; 0 for a zero map."""
    highest = saliency.max()
    return float(saliency.sum(dtype=np.float64) / highest) if highest > 0 else 0.0
