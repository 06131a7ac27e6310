"""A checkpoint's two embedding functions as ONNX, each with its encoder where that can be exported, and compared in onnxruntime.

Needs the packages of ``requirements-export.txt``.
"""

import json
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from torch import Tensor, nn

from engine.checkpoints.storage import Checkpoint, encoder_ids
from engine.encoders import open_encoder
from engine.encoders.base import ImageEncoder, TextEncoder, TokenBatch
from engine.errors import TwoviewError
from engine.models.base import EmbeddingModel
from engine.paths import atomic_write

OPSET = 18
TOLERANCE = 1e-5  # of the largest number of an embedding
PACKAGES = ("onnx", "onnxscript", "onnxruntime")


@dataclass(frozen=True)
class Exported:
    """One file: what it reads (``inputs``: name to shape, n items), and the largest difference to PyTorch, of the largest number."""

    file: str
    reads: str
    inputs: dict[str, list[int | str]]
    output: list[int | str]
    difference: float
    note: str = ""


class OfFeatures(nn.Module):
    """Features (n, *shape) to embeddings (n, k)."""

    def __init__(self, model: EmbeddingModel, view: str):
        super().__init__()
        self.model, self.view = model, view

    def forward(self, features: Tensor) -> Tensor:
        return self.model.embed_x(features) if self.view == "x" else self.model.embed_y(features)


class OfPixels(nn.Module):
    """Prepared pictures (n, 3, size, size) to embeddings (n, k)."""

    def __init__(self, encoder: ImageEncoder, after: OfFeatures):
        super().__init__()
        self.encoder, self.after = encoder, after

    def forward(self, pixels: Tensor) -> Tensor:
        return self.after(self.encoder.pool(self.encoder.maps(pixels)))


class OfTokens(nn.Module):
    """Tokens (n, t) with their mask (n, t) to embeddings (n, k)."""

    def __init__(self, encoder: TextEncoder, after: OfFeatures):
        super().__init__()
        self.encoder, self.after = encoder, after

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        tokens = TokenBatch(ids, mask, ())
        return self.after(self.encoder.pool(self.encoder.states(self.encoder.embeddings(tokens), tokens), tokens))


def export_onnx(checkpoint: Checkpoint, folder: str | Path) -> list[Exported]:
    """Write ``x.onnx`` and ``y.onnx`` with ``export.json``, which tells opset, inputs and how equal they are, into ``folder``.

    A view whose encoder cannot be exported gets a file that reads features, and is told. Raises TwoviewError, before anything
    is written, for a pairwise model, for absent packages, or when onnxruntime gives other embeddings than PyTorch.
    """
    if absent := [name for name in PACKAGES if find_spec(name) is None]:
        raise TwoviewError(f"Exporting needs {', '.join(absent)}. Install them: pip install -r requirements-export.txt.")
    model = checkpoint.model.eval().cpu()
    if not isinstance(model, EmbeddingModel):
        raise TwoviewError(f"{model.title} scores pairs and has no embedding functions to export. Choose an embedding model.")
    with TemporaryDirectory() as place:
        made = [_view(model, view, id, Path(place)) for view, id in zip("xy", encoder_ids(checkpoint), strict=True)]
        card = {
            "checkpoint": checkpoint.card.name, "weights_hash": checkpoint.card.model.weights_hash, "similarity": model.similarity,
            "opset": OPSET, "torch": torch.__version__, "views": {view: asdict(each) for view, each in zip("xy", made, strict=True)},
        }  # fmt: skip
        for each in made:
            with atomic_write(Path(folder) / each.file) as temporary:
                temporary.write_bytes((Path(place) / each.file).read_bytes())
        with atomic_write(Path(folder) / "export.json") as temporary:
            temporary.write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    return made


def _view(model: EmbeddingModel, view: str, encoder_id: str | None, place: Path) -> Exported:
    shape = model.shape_x if view == "x" else model.shape_y
    after, path = OfFeatures(model, view), place / f"{view}.onnx"
    generator, note = torch.Generator().manual_seed(0), ""
    if encoder_id is not None:
        encoder = open_encoder(encoder_id)
        try:
            if isinstance(encoder, ImageEncoder):
                pixels = torch.randn(2, 3, encoder.input_size, encoder.input_size, generator=generator)
                return _written(OfPixels(encoder, after), {"pixels": pixels}, ("n",), path, f"pictures prepared for {encoder_id}")
            if isinstance(encoder, TextEncoder):
                tokens = encoder.tokens(["a dog runs along the beach", "two children play in the snow"])
                inputs = {"ids": tokens.ids.long(), "mask": tokens.mask.long()}
                lengths = {encoder.tokens([sentence]).ids.shape[1] for sentence in ("a dog", "a dog runs along the beach")}
                axes = ("n",) if len(lengths) == 1 else ("n", "t")  # some tokenizers pad to one length
                return _written(OfTokens(encoder, after), inputs, axes, path, f"tokens of {encoder_id}")
            note = f"{encoder_id} has no network to export"
        except TwoviewError:
            raise
        except Exception as error:  # whatever the exporter cannot translate
            note = f"{encoder_id} could not be exported: {str(error).strip().splitlines()[0]}"
    features = torch.randn(3, *shape, generator=generator)
    return _written(after, {"features": features}, ("n",), path, f"features of {encoder_id}" if encoder_id else "vectors", note)


def _written(network: nn.Module, inputs: dict[str, Tensor], axes: tuple[str, ...], path: Path, reads: str, note: str = "") -> Exported:
    """Export, and compare on one item more than the exporter saw. Raises TwoviewError when the embeddings differ."""
    import onnxruntime

    network = network.eval()
    dynamic = {axis: torch.export.Dim(name) for axis, name in enumerate(axes)}
    torch.onnx.export(
        network, tuple(inputs.values()), path, input_names=list(inputs), output_names=["vectors"], opset_version=OPSET, dynamo=True,
        external_data=False, verbose=False, dynamic_shapes=tuple(dynamic for _ in inputs),
    )  # fmt: skip
    more = {name: torch.cat([value, value[:1].flip(0)]) for name, value in inputs.items()}
    with torch.no_grad():
        expected = network(*more.values()).numpy()
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {name: value.numpy() for name, value in more.items()})
    difference = float(np.abs(found - expected).max() / max(np.abs(expected).max(), 1e-12))
    if not difference <= TOLERANCE:
        raise TwoviewError(f"{path.name} gives embeddings that differ by {difference:.1e} of their size from PyTorch's, more than {TOLERANCE:.0e}. It is not kept.")
    shapes: dict[str, list[int | str]] = {name: [*axes, *value.shape[len(axes) :]] for name, value in inputs.items()}
    return Exported(path.name, reads, shapes, ["n", expected.shape[1]], difference, note)
