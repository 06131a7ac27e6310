"""A checkpoint's maps in numbers: MUC2M's Tables 2 to 4 and two sanity checks, as metrics with intervals."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from engine.data.base import PairedData
from engine.data.derived import PROMPT, labels_in, prompt
from engine.encoders.base import ImageEncoder, TextEncoder
from engine.evaluation.intervals import mean_intervals
from engine.metric import Metric
from engine.models.base import TwoViewModel
from engine.saliency.explainer import randomised
from engine.saliency.maps import Progress
from engine.saliency.suite import Found, Question, compare_pairs, find_objects, magnitudes, summary

TABLE_4 = ("common", "cosine", "norm")


def object_metrics(
    model: TwoViewModel, data: PairedData, encoder: ImageEncoder, text_encoder: TextEncoder, *,
    name: str = "common", method: str = "gradcam", size: int | None = None, masks_only: bool = False, wording: str = PROMPT,
    named: Collection[str] = (), progress: Progress | None = None,
) -> list[Metric]:  # fmt: skip
    """Table 2 on pictures with known objects: ``saliency_precision`` (AP), its uniform baseline, ``saliency_gain`` (their
    ratio), ``pointing_game``; and the precision of a shuffled head, of every object asked for by another one's name, and of
    the trunk's activity alone, which a shuffled head's maps cannot be told from.

    ``wording``: of the prompts, see ``engine.data.derived.prompt``. ``named``: kinds of object for which the first three
    measures are also given apart, as ``saliency_named_…``."""
    names = sorted({label for row in labels_in(data.x) for label in row})
    other = dict(zip(names, np.roll(names, 1).tolist(), strict=True))
    asked = partial(prompt, wording=wording)
    questions = [Question(model, asked), Question(randomised(model), asked), Question(model, lambda label: asked(other[label])), Question(None)]
    found, random, shuffled, trunk = find_objects(
        questions, data, encoder, text_encoder, name=name, method=method, size=size, masks_only=masks_only, progress=progress
    )
    apart = [each for each in found if each.label in named]
    return [
        *_metrics(data.split, "saliency", found),
        *(_metrics(data.split, "saliency_named", apart) if apart else []),
        Metric(measure="pointing_game", direction="both", split=data.split, **_values(summary(found).pointing), queries=len(found), candidates=1),
        *(
            _metrics(data.split, "saliency", maps)[0].model_copy(update={"measure": f"saliency_precision_{name}"})
            for name, maps in (("random_head", random), ("shuffled_prompt", shuffled), ("trunk", trunk))
        ),
    ]


def pair_metrics(
    model: TwoViewModel, data: PairedData, encoders: Sequence[ImageEncoder], *,
    name: str = "common", method: str = "gradcam", size: int | None = None, progress: Progress | None = None,
) -> list[Metric]:  # fmt: skip
    """Table 3 on the pairs that share a kind of object: ``common_…``, ``individual_…`` and ``individual_objects_…`` precision
    with their uniform baselines (AP_C, AP_I, AP_I^obj). Table 4 on those that share none: the mean saliency magnitude
    under each of its scores."""
    shares = np.array([not set(a).isdisjoint(b) for a, b in zip(labels_in(data.x), labels_in(data.y), strict=True)])
    metrics: list[Metric] = []
    if shares.any():
        found = compare_pairs(model, _pairs(data, shares), encoders, name=name, method=method, size=size, progress=progress)
        metrics += [metric for kind, maps in found.items() if maps for metric in _metrics(data.split, kind, maps)]
    if not shares.all():
        for score, values in magnitudes(model, _pairs(data, ~shares), encoders, TABLE_4, method, size).items():
            interval = mean_intervals(values[:, None], np.arange(len(values)))[0]
            metrics.append(Metric(measure=f"magnitude_{score}", direction="both", split=data.split, **_values(interval), queries=len(values), candidates=1))
    return metrics


def _pairs(data: PairedData, chosen: np.ndarray) -> PairedData:
    rows = np.flatnonzero(chosen)
    return replace(data, x=data.x.take(rows), y=data.y.take(rows))


def first_pictures(data: PairedData, number: int | None) -> PairedData:
    """The first ``number`` pictures (or pairs) of the data; all of them without one."""
    if number is None or number >= len(data.x):
        return data
    rows = np.arange(number)
    return replace(data, x=data.x.take(rows), y=data.y.take(rows) if len(data.y) == len(data.x) else data.y)


def _metrics(split: str, kind: str, found: Sequence[Found]) -> list[Metric]:
    total = summary(found)
    values = {"precision": _values(total.precision), "precision_uniform": _values(total.uniform), "gain": {"value": total.gain}}
    return [Metric(measure=f"{kind}_{name}", direction="both", split=split, **value, queries=total.maps, candidates=1) for name, value in values.items()]


def _values(interval) -> dict[str, float]:
    return {"value": interval.value, "low": interval.low, "high": interval.high}
