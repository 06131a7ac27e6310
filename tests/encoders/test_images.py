"""Image encoders: the cut in the middle, the pictures' preparation, ids and what is said when something is missing."""

import subprocess
import sys
from hashlib import sha256

import open_clip
import pytest
import timm
import torch
from open_clip.model import CustomTextCLIP
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image
from safetensors.torch import save_file
from timm.data import create_transform

from engine.encoders import open_encoder, weights_hash
from engine.encoders.open_clip_images import OpenClipImages
from engine.encoders.preprocessing import Preprocessing
from engine.encoders.references import file_hash
from engine.encoders.scenes_cnn import Network, ScenesCNN
from engine.encoders.timm_models import TimmEncoder
from engine.errors import TwoviewError

TEXT = {"context_length": 8, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1}
TOWERS = {
    "resnet": {"layers": [1, 1, 1, 1], "width": 8, "image_size": 64, "head_width": 16},
    "transformer": {"layers": 3, "width": 32, "patch_size": 8, "image_size": 32, "head_width": 16},
    "timm": {"timm_model_name": "resnet10t", "timm_pool": "avg", "timm_proj": "linear", "image_size": 64},
}


def picture(width=70, height=50, seed=0):
    generator = torch.Generator().manual_seed(seed)
    small = torch.randint(0, 255, (6, 9, 3), generator=generator, dtype=torch.uint8)
    return Image.fromarray(small.numpy()).resize((width, height), Image.Resampling.BICUBIC)


def clip(tower):
    torch.manual_seed(0)
    model = CustomTextCLIP(24, TOWERS[tower], TEXT).eval()
    config = {"size": TOWERS[tower]["image_size"], "mean": (0.4, 0.5, 0.6), "std": (0.2, 0.3, 0.2), "interpolation": "bicubic", "resize_mode": "shortest"}
    open_clip.factory.set_model_preprocess_cfg(model, config)
    return model


def timm_encoder(name):
    torch.manual_seed(0)
    trunk = timm.create_model(name, num_classes=0).eval()
    return TimmEncoder(name, "hash", trunk, Preprocessing(timm.data.resolve_model_data_config(trunk)["input_size"][-1]))


@pytest.mark.parametrize("tower", TOWERS)
def test_open_clip_towers_are_their_maps_pooled(tower):
    model = clip(tower)
    encoder = OpenClipImages("id", "hash", model.visual)
    pixels = torch.randn(2, 3, encoder.input_size, encoder.input_size)
    torch.testing.assert_close(encoder.pool(encoder.maps(pixels)), model.encode_image(pixels))
    assert encoder.dim == 24
    expected = image_transform_v2(PreprocessCfg(**model.visual.preprocess_cfg), is_train=False)(picture())
    torch.testing.assert_close(encoder.preprocess(picture()), expected)


@pytest.mark.parametrize("name", ["resnet10t", "mobilenetv3_small_050", "test_vit", "deit_tiny_distilled_patch16_224", "swin_tiny_patch4_window7_224"])
def test_timm_networks_are_their_maps_pooled(name):
    encoder = timm_encoder(name)
    pixels = torch.randn(1, 3, encoder.input_size, encoder.input_size)
    features = encoder.pool(encoder.maps(pixels))
    torch.testing.assert_close(features, encoder.trunk.forward_head(encoder.trunk.forward_features(pixels), pre_logits=True))
    assert features.shape == (1, encoder.dim)


@pytest.mark.parametrize("encoder", [lambda: timm_encoder("test_vit"), lambda: OpenClipImages("id", "hash", clip("transformer").visual)])
def test_vision_transformers_have_gradients_at_every_patch(encoder):
    encoder = encoder().double()
    pixels = torch.randn(1, 3, encoder.input_size, encoder.input_size, dtype=torch.float64, requires_grad=True)
    direction = torch.randn(encoder.dim, dtype=torch.float64)
    maps = encoder.maps(pixels)
    patches = maps.shape[1] // 2  # the class token rides in the other half
    cut = maps.detach().requires_grad_()
    gradient = torch.autograd.grad((encoder.pool(cut) @ direction).sum(), cut)[0][0]
    assert (gradient[:patches].abs().sum(0) > 0).all() and not gradient[patches:].any()
    whole = torch.autograd.grad((encoder.pool(maps) @ direction).sum(), pixels)[0]
    step = 1e-5 * torch.randn_like(pixels)
    with torch.no_grad():
        up, down = (encoder.pool(encoder.maps(pixels + sign * step)) @ direction for sign in (1, -1))
    torch.testing.assert_close((up - down).sum() / 2, (whole * step).sum(), rtol=1e-3, atol=0)


def test_a_larger_picture_has_finer_maps():
    encoder = OpenClipImages("id", "hash", clip("resnet").visual)
    maps = encoder.maps(encoder.preprocess(picture(), 128)[None])
    assert maps.shape[-2:] == (4, 4) and encoder.pool(maps).shape == (1, 24)
    transformer = OpenClipImages("id", "hash", clip("transformer").visual)
    with pytest.raises(TwoviewError, match="32 × 32"):
        transformer.maps(transformer.preprocess(picture(), 64)[None])


@pytest.mark.parametrize("size", [(70, 50), (50, 71), (64, 64), (640, 33)])
@pytest.mark.parametrize(("crop", "mode"), [(0.875, "center"), (1.0, "squash")])
def test_preparation_equals_timms(size, crop, mode):
    ours = Preprocessing(56, fit="squash" if mode == "squash" else "shortest", crop=crop)
    theirs = create_transform((3, 56, 56), crop_pct=crop, crop_mode=mode, interpolation="bicubic")
    torch.testing.assert_close(ours(picture(*size)), theirs(picture(*size)))


def test_features_do_not_depend_on_the_batch():
    encoder = ScenesCNN("scenes-cnn", "hash", Network())
    pictures = [picture(seed=seed) for seed in range(5)]
    torch.testing.assert_close(torch.cat([encoder(pictures[:2]), encoder(pictures[2:])]), encoder(pictures))
    assert encoder.maps(torch.zeros(1, 3, 224, 224)).shape == (1, encoder.dim, 14, 14)
    assert not any(p.requires_grad for p in encoder.parameters())


@pytest.fixture
def weights(tmp_path, monkeypatch):
    """A folder of weights with a random MobileNet of timm's, classifier included."""
    monkeypatch.setenv("TWOVIEW_WEIGHTS", str(tmp_path))
    torch.manual_seed(0)
    state = timm.create_model("mobilenetv2_035", num_classes=7).state_dict()
    save_file(state, tmp_path / "small.safetensors")
    save_file({name: value for name, value in state.items() if not name.startswith("bn2")}, tmp_path / "half.safetensors")
    return tmp_path


def test_a_local_timm_file_opens_by_name_with_its_own_preparation(weights):
    plain = open_encoder("timm:mobilenetv2_035@small.safetensors")
    assert plain.weights_hash == file_hash(weights / "small.safetensors") == weights_hash(plain.id)
    assert plain.preprocess_with.crop == 0.875
    same = open_encoder("timm:mobilenetv2_035?pad_type=same&mean=0.5&std=0.5,0.5,0.25&fit=squash&crop=1@small.safetensors")
    assert same.preprocess_with == Preprocessing(224, (0.5,) * 3, (0.5, 0.5, 0.25), "squash", 1.0, "bicubic")
    pixels = torch.randn(1, 3, 64, 64)
    assert not torch.allclose(plain.pool(plain.maps(pixels)), same.pool(same.maps(pixels)))


def test_the_published_mobilenet_brings_its_facts_along(known_mobilenet):
    encoder = open_encoder(known_mobilenet)
    white = Image.new("RGB", (300, 200), "white")
    torch.testing.assert_close(encoder.preprocess(white), torch.full((3, 224, 224), 128 / 127.5))
    assert encoder.dim == 1280 and encoder([white]).shape == (1, 1280)


@pytest.fixture
def known_mobilenet():
    id = "timm:mobilenetv2_100@mobilenetv2_100_tf.safetensors"
    try:
        weights_hash(id)
    except TwoviewError as error:
        pytest.skip(str(error))
    return id


def test_an_open_clip_file_opens_both_towers(tmp_path, monkeypatch):
    monkeypatch.setenv("TWOVIEW_WEIGHTS", str(tmp_path))
    config = {"embed_dim": 24, "vision_cfg": TOWERS["resnet"], "text_cfg": TEXT}
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "tiny", config)
    torch.manual_seed(0)
    model = open_clip.create_model("tiny")
    save_file(model.state_dict(), tmp_path / "tiny.safetensors")
    images, texts = open_encoder("open_clip:tiny@tiny.safetensors"), open_encoder("open_clip_text:tiny@tiny.safetensors")
    pixels = images.preprocess(picture())[None]
    torch.testing.assert_close(images([picture()]), model.eval().encode_image(pixels))
    torch.testing.assert_close(texts(["a dog"]), model.encode_text(open_clip.SimpleTokenizer(context_length=8)(["a dog"])))


@pytest.mark.parametrize(
    ("id", "says"),
    [
        ("nonsense:1", "There is no encoder 'nonsense:1'"),
        ("timm:no_such_net@small.safetensors", "timm has no model 'no_such_net'"),
        ("timm:mobilenetv2_035@absent.safetensors", "needs the file absent.safetensors"),
        ("timm:resnet10t@small.safetensors", "do not fit"),
        ("timm:mobilenetv2_035@half.safetensors", "they lack 'bn2.bias'"),
        ("timm:mobilenetv2_035?colour=red@small.safetensors", "no option 'colour'"),
        ("timm:mobilenetv2_035?mean=red@small.safetensors", "mean='red' cannot be read"),
        ("timm:mobilenetv2_035?fit@small.safetensors", "option without a value"),
        ("timm:resnet18.a1_in1k", "could not be downloaded"),
        ("open_clip:RN50/openai", "could not be downloaded"),
        ("open_clip:RN50/nobody", "no weights 'nobody' for RN50"),
        ("open_clip:no-such-net/openai", "open_clip has no model"),
        ("open_clip:RN50@small.safetensors", "do not fit"),
    ],
)
def test_what_is_said_when_it_cannot_be_opened(id, says, weights, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(TwoviewError, match=says):
        open_encoder(id)


def test_scenes_cnn_says_how_to_get_its_weights(tmp_path, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(tmp_path))
    assert open_encoder("scenes-cnn").dim > 0, "those that ship serve other folders of checkpoints too"
    monkeypatch.setattr("engine.encoders.references.PROJECT", tmp_path)
    with pytest.raises(TwoviewError, match="python -m engine train scenes-cnn"):
        open_encoder("scenes-cnn")


def test_the_hash_of_weights_is_told_without_timm(tmp_path):
    (tmp_path / "weights.safetensors").write_bytes(b"weights")
    code = f"import sys; from engine.encoders import weights_hash; print(weights_hash('timm:resnet10t@{tmp_path}/weights.safetensors'), 'timm' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [sha256(b"weights").hexdigest(), "False"]
