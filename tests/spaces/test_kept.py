"""Layouts kept for spaces: those that ship, those computed before, and what cannot be read."""

import numpy as np
import pytest

from engine.checkpoints.storage import encoder_ids, list_checkpoints
from engine.checkpoints.storage import load as load_checkpoint
from engine.data import load
from engine.encoders.cache import encode_pairs
from engine.errors import TwoviewError
from engine.paths import checkpoints_dir
from engine.spaces import aligned, kept, layouts
from engine.spaces.atlas import Space, space_of

rng = np.random.default_rng(0)
A, B, C = (Space(f"toy/{name}", name, "cosine", rng.normal(size=(20, 6)), rng.normal(size=(40, 6)), name) for name in "abc")


@pytest.fixture
def folders(tmp_path, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setattr(layouts, "umap_layout", lambda points, seed, metric: points[:, :2] + seed)
    monkeypatch.setattr(aligned, "aligned_layouts", lambda points, seed, metrics, progress: [p[:, :2] + 10 + seed for p in points])
    return tmp_path


@pytest.mark.parametrize("method", ["umap", "aligned"])
def test_layouts_are_kept_for_any_order_and_fewer_spaces(folders, monkeypatch, method):
    assert kept.kept_layouts([A], method, "toy") is None
    made = kept.lay_out([A, B, C], method, "toy")
    monkeypatch.setattr(layouts, "umap_layout", lambda *_: pytest.fail("computed twice"))
    monkeypatch.setattr(aligned, "aligned_layouts", lambda *_: pytest.fail("computed twice"))
    for found, expected in zip(kept.lay_out([C, A], method, "toy"), (made[2], made[0]), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert kept.kept_layouts([A], method, "toy", seed=1) is None
    stranger = Space("toy/d", "D", "cosine", A.x, A.y, "d")
    assert kept.kept_layouts([A, stranger], method, "toy") is None


def test_maps_aligned_apart_do_not_stand_together(folders):
    kept.lay_out([A, B], "aligned", "toy")
    kept.lay_out([C, B], "aligned", "toy")
    assert kept.kept_layouts([A, C], "aligned", "toy") is None


def test_layouts_kept_where_they_ship_are_found_there(folders):
    shipped = folders / "checkpoints" / "toy" / "maps"
    kept.lay_out([A, B], "aligned", "toy", folder=shipped)
    assert len(list(shipped.iterdir())) == 1 and not (folders / "cache").exists()
    assert kept.kept_layouts([B, A], "aligned", "toy") is not None


def test_a_damaged_layout_counts_as_none(folders):
    kept.lay_out([A], "umap", "toy")
    (file,) = (folders / "cache" / "maps").iterdir()
    for damaged in (file.read_bytes()[:50], file.read_bytes()[:-40], b""):
        file.write_bytes(damaged)
        assert kept.kept_layouts([A], "umap", "toy") is None


def test_an_unknown_method_is_refused(folders):
    with pytest.raises(TwoviewError, match="aligned"):
        kept.lay_out([A], "magic", "toy")  # type: ignore[arg-type]


@pytest.mark.parametrize("method", ["umap", "aligned"])
def test_the_maps_that_ship_are_those_of_the_models_that_ship(method, monkeypatch, tmp_path):
    """Mend with ``python -m engine spaces CHECKPOINT… --method aligned --ship`` (and ``--method umap``)."""
    monkeypatch.setenv("TWOVIEW_CACHE", str(tmp_path))
    if not list((checkpoints_dir() / "scenes" / "maps").glob("*.safetensors")):
        pytest.skip("no maps ship")
    cards = [entry for entry in list_checkpoints() if entry.card and entry.card.name in ("scenes/cca", "scenes/cca_layer", "scenes/clip_loss", "scenes/muc2m")]
    data, opened = load("scenes", "test"), [load_checkpoint(entry.path) for entry in cards]
    spaces = [space_of(checkpoint, encode_pairs(data, *encoder_ids(checkpoint))) for checkpoint in opened]
    assert kept.kept_layouts(spaces, method, "scenes") is not None
