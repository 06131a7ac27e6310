"""The text towers of CLIP models: ``open_clip_text:RN50/openai``. Features are the embeddings before normalisation."""

from collections.abc import Sequence
from typing import Any

import open_clip
from open_clip.transformer import TextTransformer, text_global_pool
from torch import Tensor, nn

from engine.encoders.base import TextEncoder, TokenBatch
from engine.encoders.open_clip_models import model_and_tag, open_model, weights_hash
from engine.encoders.references import Reference, asking_the_hub
from engine.errors import TwoviewError

__all__ = ["OpenClipTexts", "open", "weights_hash"]


def open(reference: Reference) -> "OpenClipTexts":
    """Raises TwoviewError for an unknown model, an unreachable hub, a missing file or one that does not fit."""
    tower = open_model(reference).text
    with asking_the_hub(reference):  # some models' tokenizers lie on the hub
        tokenizer = open_clip.get_tokenizer(model_and_tag(reference)[0])
    return OpenClipTexts(reference.id, weights_hash(reference), tower, tokenizer)


class OpenClipTexts(TextEncoder):
    """``tower``: a text transformer of open_clip; ``tokenizer``: sentences to ids (n, context length), padded."""

    tower: Any

    def __init__(self, id: str, weights_hash: str, tower: nn.Module, tokenizer: Any):
        super().__init__()
        if not isinstance(tower, TextTransformer) or tower.cls_emb is not None:
            raise TwoviewError(f"{id}: a text tower of type {type(tower).__name__} (or with a class token) cannot be cut at its word embeddings.")
        self.id, self.weights_hash, self.tokenizer = id, weights_hash, tokenizer
        self.tower = tower.eval().requires_grad_(False)
        self.dim = self([""]).shape[1]

    def tokens(self, sentences: Sequence[str]) -> TokenBatch:
        ids = self.tokenizer(list(sentences)).to(self.device)
        mask = ids.ne(self.tower.pad_id).flip(1).cumsum(1).flip(1).clamp(max=1)  # up to the last that is no padding
        return TokenBatch(ids, mask, [self._spans(s, row) for s, row in zip(sentences, ids.tolist(), strict=True)])

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

    def _spans(self, sentence: str, ids: Sequence[int]) -> list[tuple[int, int]]:
        """Where each token's letters stand in the sentence, one after the other; (0, 0) for those that stand nowhere."""
        decode = getattr(self.tokenizer, "tokenizer", self.tokenizer).decode
        spans, cursor, lowered = [], 0, sentence.lower()
        for token in ids:
            letters = decode([token]).strip().lower()
            start = lowered.find(letters, cursor) if letters else -1
            if start < 0:
                spans.append((0, 0))
            else:
                cursor = start + len(letters)
                spans.append((start, cursor))
        return spans
