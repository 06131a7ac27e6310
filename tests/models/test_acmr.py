"""ACMR: its losses against loops, and a view classifier that pulls while the projectors push."""

import numpy as np
import pytest
import torch

from engine.errors import TwoviewError
from engine.models.acmr import ACMR, triplet_loss
from engine.models.base import Batch


def make(labels=(0, 1, 1, 2, -1, 0), **settings):
    torch.manual_seed(0)
    chosen = {"k": 4, "hidden": (8,), "view_hidden": 5, "classes": 3} | settings
    it = ACMR((6,), (5,), ACMR.Settings(**chosen)).double()
    rng = np.random.default_rng(0)
    n = len(labels)
    b = Batch(torch.tensor(rng.normal(size=(n, 6))), torch.tensor(rng.normal(size=(n, 5))), torch.arange(n), torch.tensor(labels))
    return it, b


def test_triplets_against_a_loop():
    it, b = make()
    x, y = it.embed_x(b.x), it.embed_y(b.y)
    u, v = ((z / z.norm(dim=1, keepdim=True)).detach().numpy() for z in (x, y))
    d = np.sqrt(((u[:, None] - v[None]) ** 2).sum(-1) + 1e-4)
    labels, rows = b.labels.tolist(), range(6)
    hinges = [max(0.0, 1.2 - d[i, j]) for i in rows for j in rows if labels[i] != labels[j] and -1 not in (labels[i], labels[j])]
    assert float(triplet_loss(x, y, b.labels, 1.2)) == pytest.approx(np.mean([d[i, i] for i in rows]) + np.mean(hinges))


def test_label_loss_leaves_unlabelled_pairs_out():
    it, b = make()
    logits = [it.label_classifier(z).log_softmax(1).tolist() for z in (it.embed_x(b.x), it.embed_y(b.y))]
    known = [(i, label) for i, label in enumerate(b.labels.tolist()) if label >= 0]
    expected = -sum(np.mean([view[i][label] for i, label in known]) for view in logits)
    assert float(it.losses(b)["labels"]) == pytest.approx(expected)


def test_the_gradient_is_reversed_for_the_projectors_only():
    """The projector's gradient of the view loss is −λ times the plain one, the classifier's is the plain one."""
    it, b = make(adversary=0.3)
    it.losses(b)["view"].backward()
    reversed_one = it.projector_x[0][0].weight.grad.clone()
    classifier = it.view_classifier[0].weight.grad.clone()
    it.zero_grad()
    logits = it.view_classifier(torch.cat([it.embed_x(b.x), it.embed_y(b.y)]))
    torch.nn.functional.cross_entropy(logits, torch.tensor([0] * 6 + [1] * 6)).backward()
    torch.testing.assert_close(reversed_one, -0.3 * it.projector_x[0][0].weight.grad)
    torch.testing.assert_close(classifier, it.view_classifier[0].weight.grad)


def test_without_adversary_gradients_agree_with_finite_differences():
    it, b = make(adversary=0.0)
    assert set(it.losses(b)) == {"labels", "triplets"}
    sum(it.losses(b).values()).backward()
    for weight in it.parameters():
        flat, step, values = weight.data.view(-1), 1e-6, []
        kept = float(flat[0])
        for moved in (kept + step, kept - step):
            flat[0] = moved
            values.append(float(sum(it.losses(b).values())))
        flat[0] = kept
        assert float(weight.grad.view(-1)[0]) == pytest.approx((values[0] - values[1]) / (2 * step), rel=1e-4, abs=1e-7)


def test_it_says_which_labels_it_needs():
    it, b = make(labels=(0, 1, 3))
    with pytest.raises(TwoviewError, match="label 3"):
        it.losses(b)
    with pytest.raises(TwoviewError, match="labels"):
        it.losses(Batch(b.x, b.y, b.groups))


def test_all_unlabelled_is_finite():
    it, b = make(labels=(-1, -1))
    assert all(torch.isfinite(value) for value in it.losses(b).values())
