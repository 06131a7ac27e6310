"""The fingerprint of the code behind a result: it changes with what can change the numbers, and with nothing else."""

import shutil

import pytest

from engine.paths import PROJECT
from engine.recipes import RECIPES
from engine.recipes import code as fingerprints
from engine.recipes.code import code_of, reached, roots

CLIP, DRSL, DIGITS = (RECIPES[name] for name in ("flickr8k/clip_loss", "flickr8k/drsl-addition", "digits/cca"))


@pytest.fixture
def edited(tmp_path, monkeypatch):
    """A copy of the engine; ``edited(file, old, new)`` gives the recipes whose fingerprint that changes."""
    shutil.copytree(PROJECT / "engine", tmp_path / "engine", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(fingerprints, "PROJECT", tmp_path)

    def all_codes():
        fingerprints._tree.cache_clear()
        fingerprints._imports.cache_clear()
        return [code_of(recipe) for recipe in (CLIP, DRSL, DIGITS)]

    before = all_codes()

    def edit(file, old, new):
        path = tmp_path / "engine" / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        found = [a != b for a, b in zip(before, all_codes(), strict=True)]
        path.write_text(text)
        return found

    yield edit
    monkeypatch.undo()
    all_codes()


def test_what_can_change_numbers_marks_those_it_can_change(edited):
    assert edited("models/contrastive.py", "softplus", "relu") == [True, False, False]
    assert edited("models/drsl.py", "dropout: float = 0.0", "dropout: float = 0.1") == [False, True, False]
    assert edited("data/flickr8k.py", "\nfrom engine.errors import", "\nx = 1\nfrom engine.errors import") == [True, True, False]
    assert edited("encoders/minilm.py", "\nfrom engine.errors import", "\nx = 1\nfrom engine.errors import") == [True, True, False]
    assert edited("evaluation/retrieval.py", "\nfrom engine.errors import", "\nx = 1\nfrom engine.errors import") == [True, True, True]
    assert edited("training/loop.py", "0.5", "0.25") == [True, True, True]


def test_wording_new_models_and_what_is_shown_mark_nothing(edited):
    assert not any(edited("models/contrastive.py", '"""``temperature``', '# a remark\n        """Otherwise said. ``temperature``'))
    assert not any(edited("models/__init__.py", '"gma"', '"new": "engine.models.new:New",\n    "gma"'))
    assert not any(edited("errors.py", "class TwoviewError", "x = 1\n\n\nclass TwoviewError"))
    assert not any(edited("recipes/page.py", "Results", "Outcomes"))


def test_maps_count_where_they_are_measured():
    with_maps, without = (reached(roots(RECIPES[name])) for name in ("scenes-objects/muc2m", "flickr8k/muc2m"))
    assert "engine.saliency.maps" in with_maps - without
    assert {"engine.data.scenes.objects.kind", "engine.data.derived"} <= with_maps


def test_own_data_and_regions_count_for_those_that_read_them():
    regions, plain = (reached(roots(RECIPES[name])) for name in ("scenes-phrases/cca", "digits/cca"))
    assert {"engine.grounding.pairs", "engine.encoders.regions"} <= regions
    assert not any(name.startswith(("engine.grounding", "engine.data.own", "engine.encoders.given")) for name in plain)
