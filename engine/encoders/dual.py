"""A pretrained dual encoder as one thing: from what a person has to the ids of its two towers.

open_clip's models (a tag, a folder, a repository, the ``.pt`` that its training writes), and CLIP and SigLIP as transformers
and sentence-transformers keep them.
"""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from engine.encoders.folders import folder_name, read_config
from engine.encoders.open_clip_models import CONFIG, OF_PICTURES
from engine.encoders.prompting import Prompt
from engine.encoders.references import Reference, asking_the_hub
from engine.errors import TwoviewError

TEXT_FAMILY = {"open_clip": "open_clip_text", "transformers": "transformers_text"}
MODULES = {"open_clip": "engine.encoders.open_clip_models", "transformers": "engine.encoders.transformers_models"}
FILES = (".pt", ".pth", ".bin", ".safetensors")
HOW = (
    "Name a folder, a repository of the hub (laion/CLIP-ViT-B-32-laion2B-s34B-b79K, google/siglip-base-patch16-224, "
    "sentence-transformers/clip-ViT-B-32), open_clip's architecture and tag (open_clip:ViT-B-32/openai), or its architecture and your file "
    "(open_clip:ViT-B-32@epoch_5.pt)"
)


@dataclass(frozen=True)
class DualEncoder:
    """``x``, ``y``: ids of the picture and the sentence tower. Its logit of a pair is ``logit_scale`` · cosine + ``logit_bias``."""

    x: str
    y: str
    logit_scale: float
    logit_bias: float


def dual_encoder(source: str, prompt: str | None = None) -> DualEncoder:
    """What ``source`` names, see ``HOW``. ``prompt``: what single words are put into, "a photo of a {}".

    Raises TwoviewError when it names nothing, or its weights are not here, cannot be fetched or do not fit.
    """
    x = picture_id(source)
    reference = Reference.parse(x)
    scale, bias = import_module(MODULES[reference.family]).logits(reference)
    return DualEncoder(x, sentence_id(x, prompt), scale, bias)


def sentence_id(picture: str, prompt: str | None = None) -> str:
    """The id of the sentence tower beside this picture tower. Raises TwoviewError for a prompt that cannot be used."""
    family, _, rest = picture.partition(":")
    id = f"{TEXT_FAMILY[family]}:{rest}"
    if prompt is None:
        return id
    try:
        Prompt.parse(prompt)
    except ValueError as error:
        raise TwoviewError(f"A prompt for single words is {error}, for instance 'a photo of a {{}}', but {prompt!r} came.") from error
    head, at, file = id.partition("@")
    return f"{head}{'&' if '?' in head else '?'}prompt={prompt}{at}{file}"


def picture_id(source: str) -> str:
    """The id of the picture tower of what ``source`` names."""
    family, colon, _ = source.partition(":")
    if colon and family in MODULES:
        return _absolute(source)
    if source.startswith(("hf-hub:", "local-dir:")):  # as open_clip writes them
        return picture_id(f"open_clip:{source}")
    path = Path(source).expanduser()
    if path.exists():
        return _of_path(path.resolve())
    if path.is_absolute() or path.suffix in FILES or colon:
        raise TwoviewError(f"There is no {source}. {HOW}.")
    return _of_repository(source if "/" in source else f"sentence-transformers/{source}")


def _of_path(path: Path) -> str:
    if any(sign in str(path) for sign in "@?&="):
        raise TwoviewError(f"{path}: a path with @, ?, & or = cannot be part of an encoder's id. Rename it, or make a link to it.")
    if path.is_dir():
        if (path / CONFIG).is_file():
            return f"open_clip:local-dir:{folder_name(path)}"
        if (path / "config.json").is_file() or (path / "modules.json").is_file():
            return f"transformers:{folder_name(path)}"
        raise TwoviewError(f"{path} holds neither {CONFIG} (open_clip) nor config.json (transformers) nor modules.json (sentence-transformers).")
    if path.suffix not in FILES:
        raise TwoviewError(f"{path.name} is no file of weights: {', '.join(FILES)} can be read.")
    return _of_training(path)


def _of_training(path: Path) -> str:
    """A file in the folder that open_clip's training writes: ``params.txt`` beside ``checkpoints/`` says what was trained."""
    params = path.parent.parent / "params.txt"
    if not params.is_file() or params.stat().st_size > 2**20:
        raise TwoviewError(f"{path.name} does not say which architecture it is of, and there is no {params}. Write open_clip:ARCHITECTURE@{path}.")
    said = dict(line.split(": ", 1) for line in params.read_text(encoding="utf-8").splitlines() if ": " in line)
    names = {"quick_gelu": "force_quick_gelu", "size": "force_image_size", "mean": "image_mean", "std": "image_std"}
    values = {option: said.get(name, "None").strip("[]() ").replace(" ", "") for option, name in names.items()}
    values["quick_gelu"] = "1" if values["quick_gelu"] == "True" else ""
    options = "&".join(f"{option}={values[option]}" for option in OF_PICTURES if values[option] not in ("", "None"))
    model = said.get("model", "")
    if not model:
        raise TwoviewError(f"{params} names no model. Write open_clip:ARCHITECTURE@{path}.")
    return f"open_clip:{model}{'?' if options else ''}{options}@{path}"


def _of_repository(name: str) -> str:
    """Whose layout a repository of the hub is in, from its small files; of ARCHITECTURE/TAG, open_clip's weights of that tag."""
    import open_clip
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

    if name.partition("/")[0] in open_clip.list_models():
        return f"open_clip:{name}"
    absent: Exception | None = None
    for file, id in ((CONFIG, f"open_clip:hf-hub:{name}"), ("modules.json", f"transformers:{name}"), ("config.json", f"transformers:{name}")):
        try:
            with asking_the_hub(Reference.parse(id)):
                read_config(Path(hf_hub_download(name, file)))
            return id
        except TwoviewError as error:
            if not isinstance(error.__cause__, EntryNotFoundError | LocalEntryNotFoundError):
                raise
            absent = error
    assert absent is not None
    raise TwoviewError(f"{absent} {HOW}.")


def _absolute(id: str) -> str:
    """The id with a relative file or folder made absolute, where it is there; a name in the weights' folder stays."""
    head, at, file = id.partition("@")
    if at and Path(file).expanduser().is_file():
        return f"{head}@{Path(file).expanduser().resolve()}"
    family, _, rest = id.partition(":")
    plain = rest.removeprefix("local-dir:")
    if not at and (family == "transformers" or plain != rest) and Path(plain).expanduser().is_dir():
        return _of_path(Path(plain).expanduser().resolve())
    return id
