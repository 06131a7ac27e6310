"""Small dual encoders with random weights in the layouts that people have: open_clip's, transformers', sentence-transformers'."""

import json
from pathlib import Path

import open_clip
import sentencepiece
import torch
from open_clip.model import CustomTextCLIP
from safetensors.torch import save_file
from transformers import CLIPConfig, CLIPModel, CLIPTokenizer, SiglipConfig, SiglipModel, SiglipTokenizer

VISION = {"layers": 2, "width": 32, "patch_size": 8, "image_size": 32, "head_width": 16}
TEXT = {"context_length": 16, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 2}
OPEN_CLIP = {"embed_dim": 24, "vision_cfg": VISION, "text_cfg": TEXT}
SIZES = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2}


def open_clip_model(**more) -> CustomTextCLIP:
    torch.manual_seed(0)
    return CustomTextCLIP(**OPEN_CLIP, **more).eval()


def open_clip_folder(folder: Path, **more) -> CustomTextCLIP:
    """A model in open_clip's layout; the same model, to compare with."""
    folder.mkdir(parents=True)
    model = open_clip_model(**more)
    config = {"model_cfg": OPEN_CLIP | more, "preprocess_cfg": {"mean": [0.4, 0.5, 0.6], "std": [0.2, 0.3, 0.2], "interpolation": "bilinear"}}
    (folder / "open_clip_config.json").write_text(json.dumps(config | {"model_cfg": config["model_cfg"] | {"custom_text": True}}))
    save_file(model.state_dict(), folder / "open_clip_model.safetensors")
    return model


def clip_folder(folder: Path) -> CLIPModel:
    """CLIP as transformers saves it, with CLIP's own vocabulary."""
    torch.manual_seed(0)
    text = SIZES | {"vocab_size": 49408, "max_position_embeddings": 16, "bos_token_id": 49406, "eos_token_id": 49407, "projection_dim": 24}
    vision = SIZES | {"image_size": 32, "patch_size": 8, "projection_dim": 24}
    model = CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=24)).eval()
    model.save_pretrained(folder)
    words = open_clip.SimpleTokenizer()
    CLIPTokenizer(vocab={word.replace("<start_of_text>", "<|startoftext|>").replace("<end_of_text>", "<|endoftext|>"): i for word, i in words.encoder.items()},
                  merges=list(words.bpe_ranks), model_max_length=16).save_pretrained(folder)  # fmt: skip
    preparation = {
        "image_processor_type": "CLIPImageProcessor", "do_resize": True, "size": {"shortest_edge": 32}, "do_center_crop": True,
        "crop_size": {"height": 32, "width": 32}, "do_rescale": True, "do_normalize": True, "resample": 3,
        "image_mean": [0.48, 0.45, 0.4], "image_std": [0.26, 0.26, 0.27],
    }  # fmt: skip
    (folder / "preprocessor_config.json").write_text(json.dumps(preparation))
    return model


def siglip_folder(folder: Path) -> SiglipModel:
    """SigLIP as transformers saves it, with a small vocabulary of sentencepiece's."""
    folder.mkdir(parents=True)
    lines = folder / "lines.txt"
    lines.write_text("a dog runs along the beach\ntwo children in the snow\na red car in a busy street\nthe old man and the boat\n" * 20)
    sentencepiece.SentencePieceTrainer.train(
        input=str(lines), model_prefix=str(folder / "spiece"), vocab_size=33, pad_id=0, eos_id=1, unk_id=2, bos_id=-1, minloglevel=2, num_threads=1
    )
    lines.unlink()
    torch.manual_seed(0)
    text = SIZES | {"vocab_size": 33, "max_position_embeddings": 12, "projection_size": 32, "pad_token_id": 1, "eos_token_id": 1}
    model = SiglipModel(SiglipConfig(text_config=text, vision_config=SIZES | {"image_size": 32, "patch_size": 8})).eval()
    with torch.no_grad():
        model.logit_scale.fill_(4.0)
        model.logit_bias.fill_(-10.0)
    model.save_pretrained(folder)
    SiglipTokenizer(vocab_file=str(folder / "spiece.model"), model_max_length=12).save_pretrained(folder)
    preparation = {
        "image_processor_type": "SiglipImageProcessor", "do_resize": True, "size": {"height": 32, "width": 32}, "do_rescale": True,
        "do_normalize": True, "resample": 3, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5],
    }  # fmt: skip
    (folder / "preprocessor_config.json").write_text(json.dumps(preparation))
    return model


def sentence_transformers_folder(folder: Path) -> CLIPModel:
    """CLIP as sentence-transformers keeps it: transformers' folder within its own."""
    model = clip_folder(folder / "0_CLIPModel")
    modules = [{"idx": 0, "name": "0", "path": "0_CLIPModel", "type": "sentence_transformers.models.CLIPModel"}]
    (folder / "modules.json").write_text(json.dumps(modules))
    return model


def training_run(folder: Path, name: str = "tiny", state: dict | None = None, **params) -> Path:
    """The files of open_clip's training: its log's folder with ``params.txt``, and the last epoch's ``.pt``."""
    (folder / "checkpoints").mkdir(parents=True)
    said = {"model": name, "force_quick_gelu": False, "force_image_size": None, "image_mean": None, "image_std": None} | params
    (folder / "params.txt").write_text("".join(f"{key}: {said[key]}\n" for key in sorted(said)))
    path = folder / "checkpoints" / "epoch_5.pt"
    torch.save({"epoch": 5, "name": "run", "state_dict": state if state is not None else open_clip_model().state_dict(), "optimizer": {}}, path)
    return path
