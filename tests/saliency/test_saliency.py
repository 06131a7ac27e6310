"""Maps against the grad-cam package on the whole network, finite differences and closed forms."""

import numpy as np
import pytest
import torch
from PIL import Image
from pytorch_grad_cam import EigenGradCAM, GradCAM, GradCAMPlusPlus, LayerCAM, ScoreCAM
from pytorch_grad_cam.utils.image import scale_cam_image
from torch import nn

from engine.encoders.open_clip_images import OpenClipImages
from engine.errors import TwoviewError
from engine.models.muc2m import MUC2M
from engine.saliency import maps as drawing
from engine.saliency import measures, scores
from engine.saliency.words import word_saliency
from tests.encoders.test_images import TOWERS, clip
from tests.saliency.doubles import TinyEncoder, TinyText


@pytest.fixture(scope="module")
def encoder():
    return TinyEncoder()


@pytest.fixture(scope="module")
def picture():
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8))


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(1)
    made = MUC2M((6,), (4,), MUC2M.Settings(k=3, hidden=(8,)))
    made.train()
    made.embed_x(torch.randn(64, 6)), made.embed_y(torch.randn(64, 4))
    return made.eval()


PROMPTS = torch.randn(5, 4, generator=torch.Generator().manual_seed(2))


class Whole(nn.Module):
    """Pixels to the scores of one prompt, for the package to explain on its own."""

    def __init__(self, encoder, model, prompt):
        super().__init__()
        self.encoder, self.model, self.prompt = encoder, model, prompt

    def forward(self, pixels):
        x = self.encoder.pool(self.encoder.trunk(pixels))
        return scores.score(self.model, "common")(x, self.prompt.expand(len(x), -1))[:, None]


def common(model):
    score = scores.score(model, "common")
    return lambda x: score(x, PROMPTS)


@pytest.mark.parametrize("method, package", [("gradcam", GradCAM), ("gradcam++", GradCAMPlusPlus), ("layercam", LayerCAM), ("eigengradcam", EigenGradCAM)])
def test_all_prompts_at_once_equal_the_package_one_by_one(encoder, model, picture, method, package):
    trunk = drawing.last_maps(encoder, [picture])[0]
    ours = drawing.saliency_maps(trunk, encoder, common(model), 5, method)
    pixels = encoder.preprocess(picture)[None].requires_grad_()
    for row, prompt in zip(ours, PROMPTS, strict=True):
        with package(Whole(encoder, model, prompt), [encoder.trunk[-1]]) as cam:
            theirs = cam(pixels, [lambda out: out[0]])[0]
        np.testing.assert_allclose(scale_cam_image(scale_cam_image(row[None], (32, 32)))[0], theirs, atol=1e-4)


def test_centred_maps_are_what_is_above_the_mean(encoder, model, picture):
    """Channels that take each other away: a map without its negative part cut off is known from two of them."""
    trunk = drawing.last_maps(encoder, [picture])[0]
    score = common(model)
    up, down = (drawing.saliency_maps(trunk, encoder, lambda x, s=sign: s * score(x), 5) for sign in (1, -1))
    whole = up - down
    centred = drawing.saliency_maps(trunk, encoder, score, 5, "gradcam-centred")
    np.testing.assert_allclose(centred, np.maximum(whole - whole.mean((1, 2), keepdims=True), 0), atol=1e-6)


def test_score_cam_equals_the_package(encoder, model, picture):
    ours = drawing.draw(encoder, picture, common(model), 5, "scorecam")
    pixels = encoder.preprocess(picture)[None]
    with ScoreCAM(Whole(encoder, model, PROMPTS[2]), [encoder.trunk[-1]]) as cam:
        theirs = cam(pixels, [lambda out: out[0]])[0]
    np.testing.assert_allclose(scale_cam_image(scale_cam_image(ours[2][None], (32, 32)))[0], theirs, atol=1e-4)


def test_pixel_gradient_equals_finite_differences(encoder, model, picture):
    ours = drawing.draw(encoder, picture, common(model), 5, "gradient")[3]
    pixels, score = encoder.preprocess(picture)[None], common(model)
    row, column = np.unravel_index(ours.argmax(), ours.shape)
    slopes = []
    for colour in range(3):
        step = torch.zeros_like(pixels)
        step[0, colour, row, column] = 1e-2
        up, down = (float(score(encoder.pool(encoder.maps(pixels + s)).expand(5, -1))[3].detach()) for s in (step, -step))
        slopes.append(abs(up - down) / 2e-2)
    assert ours[row, column] == pytest.approx(max(slopes), rel=0.05)


@pytest.mark.parametrize("tower", TOWERS)
def test_scores_go_back_through_any_pooling_together_as_one_by_one(tower, picture):
    """Attention pooling and a transformer's last block too, not only a mean over places."""
    seer = OpenClipImages("id", "hash", clip(tower).visual)
    trunk = drawing.last_maps(seer, [picture])[0]
    directions = torch.randn(4, seer.dim, generator=torch.Generator().manual_seed(3))
    together = drawing.saliency_maps(trunk, seer, lambda x: (x * directions).sum(1), 4)
    for drawn, direction in zip(together, directions, strict=True):
        alone = trunk[None].clone().requires_grad_()
        (seer.pool(alone) @ direction).backward()
        expected = (alone.grad.mean((2, 3), keepdim=True) * trunk).sum((0, 1)).clamp(min=0)
        np.testing.assert_allclose(drawn, expected, rtol=1e-4, atol=1e-6)


def test_a_pair_without_anything_in_common_gives_a_weak_map(encoder, picture):
    """Eq. 8: with cos → 0 the gradient of Eq. 4 vanishes; that of the cosine alone does not."""
    model = MUC2M((6,), (4,), MUC2M.Settings(k=3, linear=True)).eval()
    trunk = drawing.last_maps(encoder, [picture])[0]
    z = model.embed_x(encoder.pool(trunk[None]))
    across = torch.linalg.svd(z).Vh[1:2]
    y = across @ torch.linalg.pinv(model.embed_y(torch.eye(4)))
    drawn = {}
    for name in ("common", "cosine"):
        score = scores.score(model, name)
        drawn[name] = drawing.saliency_maps(trunk, encoder, lambda x, score=score: score(x, y)).max()
    assert drawn["common"] < 1e-4 * max(drawn["cosine"], 1e-3)


def test_methods_and_scores_that_do_not_exist_are_named(encoder, model, picture):
    with pytest.raises(TwoviewError, match=r"gradcam\+\+"):
        drawing.draw(encoder, picture, common(model), 5, "magic")
    with pytest.raises(TwoviewError, match="individual_x"):
        scores.score(model, "magic")


@pytest.mark.parametrize("name", scores.SCORES)
def test_each_row_of_a_score_is_its_own(model, name):
    x, y = torch.randn(7, 6), torch.randn(7, 4)
    together = scores.score(model, name)(x, y)
    alone = torch.cat([scores.score(model, name)(x[i : i + 1], y[i : i + 1]) for i in range(7)])
    torch.testing.assert_close(together, alone)


def test_what_speaks_for_one_sentence_and_not_for_the_others(model):
    x, score = torch.randn(5, 6), scores.score(model, "common")
    each = torch.stack([score(x, PROMPTS[j].expand(5, -1)) for j in range(5)], dim=1)
    expected = torch.stack([each[i, i] - each[i, [j for j in range(5) if j != i]].mean() for i in range(5)])
    torch.testing.assert_close(scores.beside_others(score, PROMPTS)(x), expected)


def test_distance_is_half_the_squared_distance_of_the_embeddings(model):
    x, y = torch.randn(5, 6), torch.randn(5, 4)
    expected = torch.cdist(model.embed_x(x), model.embed_y(y)).diagonal() ** 2 / 2
    torch.testing.assert_close(scores.score(model, "distance")(x, y), expected)


def test_difference_of_a_query_to_two_pictures(model):
    x, y = torch.randn(2, 6), torch.randn(3, 4)
    score = scores.score(model, "similarity")
    torch.testing.assert_close(
        scores.difference(score, x[:1], x[1:])(y), score(x[:1].expand(3, -1), y) - score(x[1:].expand(3, -1), y)
    )


def test_words_sum_to_the_directional_derivative():
    encoder, weights = TinyText(), torch.tensor([1.0, -2.0, 0.5, 3.0])
    sentence = "a red fox, don't wake it"
    words = word_saliency(encoder, sentence, lambda y: (y * weights).sum(1))
    assert [w.word for w in words] == ["a", "red", "fox", "don't", "wake", "it"]
    assert all(sentence[w.start : w.end] == w.word for w in words)
    tokens = encoder.tokens([sentence])
    e = encoder.embeddings(tokens)
    score = lambda t: float((encoder.pool(encoder.states(e * t, tokens), tokens) * weights).sum())  # noqa: E731
    counted = [any(w.start <= a < w.end for w in words) for a, _ in tokens.spans[0]]
    kept = torch.tensor(counted)[None, :, None].float()
    slope = (float((encoder.pool(encoder.states(e + 1e-3 * kept * e, tokens), tokens) * weights).sum()) - score(1.0)) / 1e-3
    assert sum(w.value for w in words) == pytest.approx(slope, abs=2e-3)


@pytest.mark.parametrize("sentence", ["", "…", "🦊🦊"])
def test_a_sentence_without_words_has_no_bars(sentence):
    assert word_saliency(TinyText(), sentence or " ", lambda y: y.sum(1)) == []


def test_precision_and_pointing_of_known_maps():
    mask = np.zeros((4, 4), bool)
    mask[:2, :2] = True
    objects = mask.copy()
    objects[3] = True
    saliency = np.where(mask, 3.0, 1.0)
    assert measures.precision_in_mask(saliency, mask) == pytest.approx(12 / 24)
    assert measures.precision_in_mask(saliency, mask, objects) == pytest.approx(12 / 16)
    assert measures.precision_in_mask(np.zeros((4, 4)), mask) == measures.uniform_precision(mask) == 0.25
    assert measures.uniform_precision(mask, objects) == 0.5
    assert measures.pointing_game(saliency, mask) == 1
    assert measures.pointing_game(np.ones((4, 4)), mask) == 0.25
    assert measures.saliency_magnitude(5 * saliency) == pytest.approx(8)
    assert measures.saliency_magnitude(np.zeros((4, 4))) == 0


def test_precision_ignores_the_maps_scale():
    rng = np.random.default_rng(0)
    saliency, mask = rng.random((5, 5)), rng.random((5, 5)) > 0.5
    assert measures.precision_in_mask(1e-9 * saliency, mask) == pytest.approx(measures.precision_in_mask(saliency, mask))
