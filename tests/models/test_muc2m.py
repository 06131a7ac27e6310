"""MUC2M against the paper's closed forms in the linear case, NumPy versions of its losses, and finite differences."""

import numpy as np
import pytest
import torch

from engine.data.base import paired_arrays
from engine.errors import TwoviewError
from engine.models.base import Batch, Training
from engine.models.muc2m import MUC2M, common_score, cross_correlation, elastic_net, individual_score
from engine.training.loop import create, train


def pair(n=12, d_x=6, d_y=5, seed=0):
    rng = np.random.default_rng(seed)
    return torch.tensor(rng.normal(size=(n, d_x))), torch.tensor(rng.normal(size=(n, d_y)))


def model(linear=False, **settings):
    torch.manual_seed(0)
    chosen = {"k": 3, "hidden": (7,), "linear": linear, "standardize": False, "decorrelation_k": 0} | settings
    return MUC2M((6,), (5,), MUC2M.Settings(**chosen)).double()


def batch(n=12):
    x, y = pair(n)
    return Batch(x, y, torch.arange(n))


# Closed forms, Sec. 4 and appendix: one matrix per encoder


def test_gradient_of_the_common_score_is_eq_8():
    linear = model(linear=True)
    x, y = pair()
    x.requires_grad_()
    common_score(linear.embed_x(x), linear.embed_y(y)).sum().backward()
    u, v = (linear.common[view].weight.detach().T.numpy() for view in "xy")
    for j in range(len(x)):
        z1, z2 = x[j].detach().numpy() @ u, y[j].numpy() @ v
        n1, n2 = z1 / np.linalg.norm(z1), z2 / np.linalg.norm(z2)
        expected = (z1 @ z2) / np.linalg.norm(z1) * (n2 @ u.T - (n1 @ n2) * n1 @ u.T) + (n1 @ n2) * z2 @ u.T
        np.testing.assert_allclose(x.grad[j].numpy(), expected, atol=1e-6, rtol=1e-9)


def test_alike_pairs_have_the_gradient_of_a_projection():
    """Sec. 4.1: as z̃₁ᵀz̃₂ → 1 the gradient becomes proportional to xᵀUUᵀ; as it → 0, zero."""
    x, _ = pair(1)
    u = torch.linalg.qr(torch.tensor(np.random.default_rng(1).normal(size=(6, 3))))[0]
    x.requires_grad_()
    z = x @ u
    common_score(z, 1.7 * z.detach()).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 1.7 * (x @ u @ u.T).detach().numpy(), atol=1e-6)

    orthogonal = torch.linalg.cross(z.detach(), torch.ones_like(z))
    x.grad = None
    common_score(x @ u, orthogonal).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 0, atol=1e-6)


def test_gradient_of_the_individual_score_is_proposition_7_2():
    linear = model(linear=True)
    x, y = pair()
    z_x, z_y = linear.embed_x(x).detach(), linear.embed_y(y).detach()
    w = linear.individual["x"].weight.detach().T.numpy()
    x.requires_grad_()
    individual_score(linear.individual_x(x), z_x, z_y).sum().backward()
    for j in range(len(x)):
        basis, _ = np.linalg.qr(np.stack([z_x[j].numpy(), z_y[j].numpy()], axis=1))
        projector = np.eye(3) - basis @ basis.T
        across = w @ projector.T
        np.testing.assert_allclose(x.grad[j].numpy(), x[j].detach().numpy() @ across @ across.T, atol=1e-6, rtol=1e-9)


def test_the_projectors_gradient_is_left_out_even_when_asked_for():
    linear = model(linear=True)
    x, y = pair()
    x.requires_grad_()
    through = torch.autograd.grad(individual_score(linear.individual_x(x), linear.embed_x(x), linear.embed_y(y)).sum(), x)[0]
    fixed = individual_score(linear.individual_x(x), linear.embed_x(x).detach(), linear.embed_y(y).detach())
    torch.testing.assert_close(through, torch.autograd.grad(fixed.sum(), x)[0])


# Scores


def test_individual_score_ignores_the_plane_of_the_common_representations():
    z_x, z_y = torch.randn(9, 4).double(), torch.randn(9, 4).double()
    h = torch.randn(9, 4).double()
    inside = h + 3.0 * z_x - 2.0 * z_y
    torch.testing.assert_close(individual_score(inside, z_x, z_y), individual_score(h, z_x, z_y))
    torch.testing.assert_close(individual_score(h, z_y, z_x), individual_score(h, z_x, z_y))


def test_individual_score_of_parallel_and_zero_representations():
    z, h = torch.randn(4, 3).double(), torch.randn(4, 3).double()
    unit = torch.nn.functional.normalize(z, dim=1)
    one_direction = (h - (h * unit).sum(1, keepdim=True) * unit).square().sum(1) / 2
    torch.testing.assert_close(individual_score(h, z, -2 * z), one_direction)
    torch.testing.assert_close(individual_score(h, 0 * z, 0 * z), h.square().sum(1) / 2)


def test_the_three_common_scores():
    z_x, z_y = torch.randn(5, 4).double(), torch.randn(5, 4).double()
    a, b = z_x.numpy(), z_y.numpy()
    inner = (a * b).sum(1)
    cosine = inner / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    np.testing.assert_allclose(common_score(z_x, z_y), cosine * inner)
    np.testing.assert_allclose(common_score(z_x, z_y, "cosine"), cosine)
    np.testing.assert_allclose(common_score(z_x, z_y, "norm"), (a**2).sum(1) + (b**2).sum(1))


# Losses


def test_common_loss_against_numpy():
    it = model(decorrelation_x=0.3, decorrelation_y=0.7, gradient_l1=0.0, gradient_l2=0.0)
    b = batch()
    parts = it.losses(b)
    it.common.train()
    z_x, z_y = (z.detach().numpy() for z in (it.embed_x(b.x), it.embed_y(b.y)))
    correlations = np.corrcoef(z_x.T, z_y.T)
    assert float(parts["correlation"].detach()) == pytest.approx(sum((1 - correlations[i, 3 + i]) ** 2 for i in range(3)))
    within = {"x": correlations[:3, :3], "y": correlations[3:, 3:]}
    for view, weight in (("x", 0.3), ("y", 0.7)):
        expected = weight * sum(within[view][i, j] ** 2 for i in range(3) for j in range(3) if i != j)
        assert float(parts[f"decorrelation_{view}"]) == pytest.approx(expected)
    assert set(parts) == {"correlation", "decorrelation_x", "decorrelation_y"}


def test_decorrelation_follows_the_width():
    narrow, same = model(gradient_l1=0.0, gradient_l2=0.0), model(gradient_l1=0.0, gradient_l2=0.0, decorrelation_k=6)
    a, b = narrow.losses(batch()), same.losses(batch())
    assert float(b["decorrelation_x"]) == pytest.approx(2 * float(a["decorrelation_x"]))  # 6 / k = 2
    assert float(b["correlation"]) == pytest.approx(float(a["correlation"]))


def test_individual_loss_against_numpy():
    it = model(independence=0.4, gradient_l1=0.0, gradient_l2=0.0)
    it.begin_stage("individual")
    b = batch()
    parts = it.losses(b)
    for view, items, embed, individual in (("x", b.x, it.embed_x, it.individual_x), ("y", b.y, it.embed_y, it.individual_y)):
        z, h = embed(items).detach(), individual(items).detach()
        rebuilt = it.decoder[view](torch.cat([z, h], 1)).detach().numpy()
        expected = np.mean([np.sum((rebuilt[j] - items[j].numpy()) ** 2) for j in range(len(items))])
        assert float(parts[f"reconstruction_{view}"]) == pytest.approx(expected)
        correlations = np.corrcoef(z.numpy().T, h.numpy().T)[:3, 3:]
        assert float(parts[f"independence_{view}"]) == pytest.approx(0.4 * (correlations**2).sum())


def test_elastic_net_against_a_closed_form():
    """For s = xᵀMx the gradient is (M + Mᵀ)x, so penalty and its own gradient are known."""
    m = torch.tensor(np.random.default_rng(0).normal(size=(4, 4)), requires_grad=True)
    x = torch.tensor(np.random.default_rng(1).normal(size=(5, 4)), requires_grad=True)
    penalty = elastic_net(((x @ m) * x).sum(1), [x], 0.3, 0.5)
    gradients = (x @ (m + m.T)).detach().numpy()
    assert float(penalty) == pytest.approx(np.mean([0.3 * abs(g).sum() + 0.5 * (g**2).sum() for g in gradients]))
    assert torch.autograd.grad(penalty, m)[0].abs().sum() > 0


def test_standardised_features_make_the_loss_blind_to_their_scale():
    b = batch()
    a = model(standardize=True).losses(b)
    stretched = model(standardize=True).losses(Batch(100 * b.x + 7, 20 * b.y, b.groups))
    assert {k: float(v.detach()) for k, v in a.items()} == pytest.approx({k: float(v.detach()) for k, v in stretched.items()}, rel=1e-3)


@pytest.mark.parametrize("stage", ["common", "individual"])
def test_gradients_agree_with_finite_differences(stage):
    """Through the double backward pass, too. Smooth in ReLU's linear pieces, so tiny steps are safe."""
    it, b = model(standardize=True, gradient_l1=0.05, gradient_l2=0.05), batch()
    it.begin_stage(stage)
    sum(it.losses(b).values()).backward()
    weights = [p for p in it.parameters() if p.requires_grad]
    assert weights
    for weight in weights:
        flat, step = weight.data.view(-1), 1e-6
        kept, index = float(flat[0]), 0
        values = []
        for moved in (kept + step, kept - step):
            flat[index] = moved
            values.append(float(sum(it.losses(b).values())))
        flat[index] = kept
        slope = (values[0] - values[1]) / (2 * step)
        assert float(weight.grad.view(-1)[index]) == pytest.approx(slope, rel=1e-4, abs=1e-6)


def test_constant_features_and_two_pairs_are_finite():
    for stage in MUC2M.stages:
        it = model()
        it.begin_stage(stage)
        constant = Batch(torch.ones(8, 6).double(), torch.ones(8, 5).double(), torch.arange(8))
        for b in (constant, batch(2)):
            total = sum(it.losses(b).values())
            total.backward()
            assert torch.isfinite(total)
            assert all(p.grad is None or torch.isfinite(p.grad).all() for p in it.parameters())


# Stages


def test_second_stage_leaves_the_common_component_alone():
    x, y = pair(64)
    data = paired_arrays(x.numpy().astype("f4"), y.numpy().astype("f4"))
    it = create(MUC2M, data, MUC2M.Settings(k=3, hidden=(7,)))
    seen = {}
    begin = it.begin_stage

    def spy(stage):
        seen[stage] = {name: value.clone() for name, value in it.state_dict().items()}
        begin(stage)

    it.begin_stage = spy
    history = train(it, data, training=Training(epochs=2, batch_size=16))
    assert [epoch.stage for epoch in history.epochs] == ["common", "common", "individual", "individual"]
    after = it.state_dict()
    for name, before in seen["individual"].items():
        same = torch.equal(before, after[name])
        assert same == name.startswith(("common.", "scale.")), name
    assert torch.equal(seen["common"]["individual.x.0.0.weight"], seen["individual"]["individual.x.0.0.weight"])


def test_without_an_individual_component_there_is_one_stage():
    it = model(individual=False)
    assert it.stages == ("common",)
    assert all(name.startswith(("common.", "scale.")) for name in it.state_dict())
    with pytest.raises(TwoviewError, match="without its individual component"):
        it.individual_x(batch().x)


def test_training_finds_what_is_common_and_what_is_not():
    """Both views see s, each has its own t: z correlates with s, h rebuilds t and is uncorrelated with z."""
    rng = np.random.default_rng(0)
    shared, own_x, own_y = (rng.normal(size=(256, 2)) for _ in range(3))
    x, y = np.hstack([shared, own_x]), np.hstack([own_y, shared])
    data = paired_arrays(x.astype("f4"), y.astype("f4"))
    it = create(MUC2M, data, MUC2M.Settings(k=2, hidden=(16,), decorrelation_k=0, gradient_l1=0.0, gradient_l2=0.0))
    train(it, data, training=Training(epochs=25, batch_size=64, learning_rate=1e-2))
    tx, ty = torch.tensor(x).float(), torch.tensor(y).float()
    with torch.no_grad():
        z_x, z_y, h = it.embed_x(tx), it.embed_y(ty), it.individual_x(tx)
        rebuilt, tx = it.decoder["x"](torch.cat([z_x, h], 1)), it.scale["x"](tx)
    assert cross_correlation(z_x, z_y).diagonal().min() > 0.95
    assert cross_correlation(z_x, h).abs().max() < 0.3
    assert (rebuilt - tx).square().mean() < 0.15
