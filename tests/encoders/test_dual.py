"""Pretrained dual encoders: both towers against the libraries' own results, in every layout that a person may have."""

import json
import shutil

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image
from torch.nn import functional as F
from transformers import AutoImageProcessor, AutoTokenizer

from engine.encoders import open_encoder, weights_hash
from engine.encoders.dual import dual_encoder, picture_id, sentence_id
from engine.encoders.prompting import Prompt
from engine.errors import TwoviewError
from engine.saliency.maps import last_maps, saliency_maps
from engine.saliency.words import word_saliency
from tests.encoders.small_models import (
    OPEN_CLIP,
    clip_folder,
    open_clip_folder,
    open_clip_model,
    sentence_transformers_folder,
    siglip_folder,
    training_run,
)

SENTENCES = ["a dog runs along the beach", "snow", "", "two children in the snow and a very long street " * 4]


def picture(width=70, height=50):
    small = np.random.default_rng(0).integers(0, 255, (6, 9, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


@pytest.fixture
def tiny(monkeypatch):
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "tiny", OPEN_CLIP)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Each transformers layout once, with its model."""
    root = tmp_path_factory.mktemp("models")
    made = {"clip": clip_folder, "siglip": siglip_folder, "sentence-transformers": sentence_transformers_folder}
    return {name: (root / name, make(root / name)) for name, make in made.items()}


@pytest.mark.parametrize("layout", ["clip", "siglip", "sentence-transformers"])
def test_towers_equal_transformers(folders, layout):
    folder, model = folders[layout]
    inner = folder / "0_CLIPModel" if layout == "sentence-transformers" else folder
    dual = dual_encoder(str(folder))
    x, y = open_encoder(dual.x), open_encoder(dual.y)
    pixels = AutoImageProcessor.from_pretrained(inner, use_fast=False)(picture(), return_tensors="pt")["pixel_values"]
    torch.testing.assert_close(x.preprocess(picture())[None], pixels, atol=2e-2, rtol=0)  # libraries differ by one grey level in resizing
    with torch.no_grad():
        expected = model.get_image_features(pixel_values=x.preprocess(picture())[None]).pooler_output
        torch.testing.assert_close(x([picture()]), expected, atol=1e-5, rtol=1e-5)
        told = {"padding": "max_length", "max_length": 12} if layout == "siglip" else {"padding": True, "max_length": 16}
        batch = AutoTokenizer.from_pretrained(inner)(SENTENCES, truncation=True, return_tensors="pt", **told)
        if layout == "siglip":
            batch.pop("attention_mask", None)  # its processor gives none: padding is read
        expected = model.get_text_features(**batch).pooler_output
        torch.testing.assert_close(y(SENTENCES), expected, atol=1e-5, rtol=1e-5)
    assert (x.dim, y.dim) == (x([picture()]).shape[1],) * 2
    assert dual.logit_scale == pytest.approx(model.logit_scale.exp().item())
    assert dual.logit_bias == (-10.0 if layout == "siglip" else 0.0)
    assert weights_hash(dual.x) == weights_hash(dual.y) == x.weights_hash


@pytest.mark.parametrize("layout", ["clip", "siglip"])
def test_maps_and_words_have_gradients(folders, layout):
    dual = dual_encoder(str(folders[layout][0]))
    x, y = open_encoder(dual.x), open_encoder(dual.y)
    direction = F.normalize(torch.ones(1, x.dim), dim=1)
    maps = last_maps(x, [picture()])
    drawn = saliency_maps(maps[0], x, lambda features: (features * direction).sum(1), method="layercam")
    assert drawn.shape == (1, 4, 4) and drawn.max() > 0
    step = 1e-3 * torch.randn_like(maps)
    step[:, 32:] = 0  # CLIP's class token is held fixed at the cut
    cut = maps.clone().requires_grad_()
    gradient = torch.autograd.grad((x.pool(cut) @ direction.T).sum(), cut)[0]
    up, down = (float((x.pool(maps + sign * step) @ direction.T).sum()) for sign in (1, -1))
    assert (up - down) / 2 == pytest.approx(float((gradient * step).sum()), rel=0.05, abs=1e-6)
    found = word_saliency(y, "two children", lambda features: (features * direction).sum(1))
    assert [w.word for w in found] == ["two", "children"] and all(w.value for w in found)


@pytest.mark.parametrize("siglip", [False, True])
def test_what_open_clips_training_writes_is_brought(tmp_path, tiny, siglip):
    model = open_clip_model(**({"init_logit_bias": -10.0} if siglip else {}))
    state = {f"module.{name}": value for name, value in model.state_dict().items()}
    path = training_run(tmp_path / "run", state=state, image_mean="[0.1, 0.2, 0.3]", image_std="[0.5, 0.5, 0.5]", force_quick_gelu=True)
    dual = dual_encoder(str(path))
    x, y = open_encoder(dual.x), open_encoder(dual.y)
    assert x.preprocess_with.mean == (0.1, 0.2, 0.3) and x.input_size == 32
    quick = open_clip_model(quick_gelu=True)
    quick.load_state_dict(model.state_dict(), strict=False)
    with torch.no_grad():
        torch.testing.assert_close(x([picture()]), quick.encode_image(x.preprocess(picture())[None]))
        torch.testing.assert_close(y(SENTENCES), quick.encode_text(open_clip.SimpleTokenizer(context_length=16)(SENTENCES)))
    assert dual.logit_scale == pytest.approx(1 / 0.07, rel=1e-4) and dual.logit_bias == (-10.0 if siglip else 0.0)


def test_a_pickle_that_runs_code_is_refused(tmp_path, tiny):
    path = training_run(tmp_path / "run")
    torch.save({"state_dict": {"visual.proj": Runs()}}, path)
    with pytest.raises(TwoviewError, match="do not fit"):
        dual_encoder(str(path))
    assert not (tmp_path / "ran").exists()


class Runs:
    def __reduce__(self):
        return (print, ("a pickle from outside ran",))


def test_a_folder_in_open_clips_layout(tmp_path):
    model = open_clip_folder(tmp_path / "mine", init_logit_bias=-4.0)
    dual = dual_encoder(str(tmp_path / "mine"), prompt="a photo of a {}.")
    x, y = open_encoder(dual.x), open_encoder(dual.y)
    tokenizer = open_clip.SimpleTokenizer(context_length=16)
    with torch.no_grad():
        torch.testing.assert_close(x([picture()]), model.encode_image(x.preprocess(picture())[None]))
        torch.testing.assert_close(y(["dog", "a dog"]), model.encode_text(tokenizer(["a photo of a dog.", "a dog"])))
    assert x.preprocess_with.interpolation == "bilinear" and dual.logit_bias == -4.0
    tokens = y.tokens(["  dogs "])
    assert [span for span in tokens.spans[0] if span != (0, 0)] == [(2, 6)]


def test_a_prompt_keeps_sentences_and_finds_the_word():
    prompt = Prompt.parse("a photo of a {}, big")
    assert prompt("dog") == "a photo of a dog, big" and prompt("a dog") == "a dog" and prompt("") == ""
    assert prompt.typed("dog", [(0, 1), (13, 15), (15, 16), (16, 17)]) == [(0, 0), (0, 2), (2, 3), (0, 0)]
    for wrong in ("a photo", "{} {}", "who? {}"):
        with pytest.raises(ValueError, match="once"):
            Prompt.parse(wrong)


def test_names_of_the_hub_and_of_open_clip():
    assert picture_id("open_clip:ViT-B-32/openai") == picture_id("ViT-B-32/openai") == "open_clip:ViT-B-32/openai"
    assert picture_id("hf-hub:laion/some") == "open_clip:hf-hub:laion/some"
    assert sentence_id("open_clip:ViT-B-32?quick_gelu=1@a.pt", "a {}") == "open_clip_text:ViT-B-32?quick_gelu=1&prompt=a {}@a.pt"


@pytest.mark.parametrize(
    ("break_it", "says"),
    [
        (lambda f: (f / "config.json").write_text("{"), "is not JSON"),
        (lambda f: (f / "config.json").write_text(json.dumps({"model_type": "bert"})), "type 'bert'"),
        (lambda f: (f / "model.safetensors").unlink(), "holds none of model.safetensors"),
        (lambda f: (f / "model.safetensors").write_bytes(b"nothing"), "do not fit"),
        (lambda f: (f / "preprocessor_config.json").write_text("{}"), "does not say how pictures"),
        (lambda f: [(f / name).unlink() for name in ("tokenizer.json", "tokenizer_config.json")], "holds none of tokenizer.json"),
    ],
)
def test_a_damaged_folder_is_a_sentence(tmp_path, break_it, says):
    clip_folder(tmp_path / "mine")
    break_it(tmp_path / "mine")
    with pytest.raises(TwoviewError, match=says):
        dual = dual_encoder(str(tmp_path / "mine"))
        open_encoder(dual.x), open_encoder(dual.y)


def test_what_names_nothing_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    (tmp_path / "lost.pt").write_bytes(b"")
    (tmp_path / "a=b").mkdir()
    (tmp_path / "empty").mkdir()
    for source, says in (
        (str(tmp_path / "lost.pt"), "open_clip:ARCHITECTURE@"), (str(tmp_path / "absent.pt"), "There is no"), (str(tmp_path / "a=b"), "Rename it"),
        (str(tmp_path / "empty"), "holds neither"), ("nobody/nothing", "Name a folder"), ("open_clip:ViT-B-32/nobody", "no weights 'nobody'"),
        (f"transformers:{tmp_path / 'gone'}", "which is not there"),
    ):  # fmt: skip
        with pytest.raises(TwoviewError, match=says):
            dual_encoder(source)


def test_a_folder_beside_the_checkpoints_is_found_wherever_they_lie(folders, tmp_path, monkeypatch):
    folder, _ = folders["clip"]
    for place in ("here", "there"):
        shutil.copytree(folder, tmp_path / place / "encoders" / "mine")
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(tmp_path / "here"))
    dual = dual_encoder(str(tmp_path / "here" / "encoders" / "mine"))
    assert (dual.x, dual.y) == ("transformers:encoders/mine", "transformers_text:encoders/mine")
    known = open_encoder(dual.x).weights_hash
    shutil.rmtree(tmp_path / "here")
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(tmp_path / "there"))
    assert open_encoder(dual.x).weights_hash == known and open_encoder(dual.y)(SENTENCES).shape == (len(SENTENCES), open_encoder(dual.x).dim)
