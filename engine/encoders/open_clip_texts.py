"""The text towers of CLIP models: ``open_clip_text:RN50/openai``. Features are the embeddings before normalisation.

``prompt=a photo of a {}`` in the id: what single words are put into, see ``engine.encoders.prompting``.
"""

from collections.abc import Sequence
from typing import Any

from open_clip.transformer import TextTransformer, text_global_pool
from torch import Tensor, nn

from engine.encoders.base import TextEncoder, TokenBatch
from engine.encoders.open_clip_models import OPTIONS, open_model, open_tokenizer, weights_hash
from engine.encoders.prompting import Prompt, spans_of
from engine.encoders.references import Reference, option_values
from engine.errors import TwoviewError

__all__ = ["OpenClipTexts", "open", "weights_hash"]


def open(reference: Reference) -> "OpenClipTexts":
    """Raises TwoviewError for an unknown model, an unreachable hub, a missing file or one that does not fit."""
    tower, tokenizer = open_model(reference).text, open_tokenizer(reference)
    return OpenClipTexts(reference.id, weights_hash(reference), tower, tokenizer, option_values(reference, OPTIONS).get("prompt", Prompt()))


class OpenClipTexts(TextEncoder):
    """``tower``: a text transformer of open_clip; ``tokenizer``: sentences to ids (n, context length), padded."""

    tower: Any

    def __init__(self, id: str, weights_hash: str, tower: nn.Module, tokenizer: Any, prompt: Prompt | None = None):
        super().__init__()
        if not isinstance(tower, TextTransformer) or tower.cls_emb is not None:
            raise TwoviewError(f"{id}: a text tower of type {type(tower).__name__} (or with a class token) cannot be cut at its word embeddings.")
        self.id, self.weights_hash, self.tokenizer = id, weights_hash, tokenizer
        self.prompt = prompt or Prompt()
        self.tower = tower.eval().requires_grad_(False)
        self.dim = self([""]).shape[1]

    def tokens(self, sentences: Sequence[str]) -> TokenBatch:
        prompted = [self.prompt(sentence) for sentence in sentences]
        ids = self.tokenizer(prompted).to(self.device)
        mask = ids.ne(self.tower.pad_id).flip(1).cumsum(1).flip(1).clamp(max=1)  # up to the last that is no padding
        decode = getattr(self.tokenizer, "tokenizer", self.tokenizer).decode
        pieces = ([decode([token]) for token in row] for row in ids.tolist())
        spans = [self.prompt.typed(s, spans_of(p, row)) for s, p, row in zip(sentences, prompted, pieces, strict=True)]
        return TokenBatch(ids, mask, spans)

    def embeddings(self, tokens: TokenBatch) -> Tensor:
        return self.tower.token_embedding(tokens.ids)

    def states(self, embeddings: Tensor, tokens: TokenBatch) -> Tensor:
        tower, length = self.tower, embeddings.shape[1]
        mask = tower.attn_mask if tower.attn_mask is None else tower.attn_mask[:length, :length]
        if tower.use_pad_mask:
            padding = tower._build_additive_mask(tokens.ids, length, embeddings.dtype)
            mask = padding if mask is None else mask + padding
        return tower.transformer(embeddings + tower.positional_embedding[:length], attn_mask=mask)

    def pool(self, states: Tensor, tokens: TokenBatch) -> Tensor:
        tower = self.tower
        pooled = text_global_pool(tower.ln_final(states), tokens.ids, pool_type=tower.pool_type, eos_token_id=tower.eos_id)
        if tower.text_projection is None:
            return pooled
        return tower.text_projection(pooled) if isinstance(tower.text_projection, nn.Linear) else pooled @ tower.text_projection
