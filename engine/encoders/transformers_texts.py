"""The sentence towers of transformers' CLIP and SigLIP: ``transformers_text:ORG/NAME``. Features are the embeddings before normalisation.

``prompt=a photo of a {}`` in the id: what single words are put into, see ``engine.encoders.prompting``.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from engine.encoders.base import TextEncoder, TokenBatch
from engine.encoders.folders import weights_in
from engine.encoders.prompting import Prompt, spans_of
from engine.encoders.references import Reference
from engine.encoders.transformers_models import folder_of, open_model, prompt_of, weights_hash
from engine.errors import TwoviewError

__all__ = ["TransformersTexts", "open", "weights_hash"]
VOCABULARIES = ("tokenizer.json", "vocab.json", "spiece.model", "tokenizer.model")


def open(reference: Reference) -> "TransformersTexts":
    """Raises TwoviewError for an unreachable hub, a missing folder, another kind of model or weights that do not fit."""
    model, folder = open_model(reference), folder_of(reference)
    from transformers import AutoTokenizer

    weights_in(reference, folder, VOCABULARIES)  # without one the library would make an empty tokenizer
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # whatever the library meets in files that are absent or damaged
        raise TwoviewError(f"{reference.id}: its tokenizer cannot be read ({str(error).strip().splitlines()[0]}).") from error
    return TransformersTexts(reference.id, weights_hash(reference), model, tokenizer, prompt_of(reference))


class TransformersTexts(TextEncoder):
    """``model``: a CLIPModel, whose tokens see those before them and whose end token is read, or a SiglipModel, whose tokens
    see each other, padding included, and whose last one is read."""

    def __init__(self, id: str, weights_hash: str, model: Any, tokenizer: Any, prompt: Prompt):
        super().__init__()
        self.id, self.weights_hash, self.tokenizer, self.prompt = id, weights_hash, tokenizer, prompt
        self.tower, self.projection = model.text_model, getattr(model, "text_projection", None)
        self.length = self.tower.config.max_position_embeddings
        self.dim = model.config.projection_dim if self.projection is not None else self.tower.config.projection_size

    def tokens(self, sentences: Sequence[str]) -> TokenBatch:
        prompted = [self.prompt(sentence) for sentence in sentences]
        padding = "longest" if self.projection is not None else "max_length"
        ids = self.tokenizer(prompted, padding=padding, truncation=True, max_length=self.length, return_tensors="pt")["input_ids"].to(self.device)
        ends = ids.eq(self._end).int().argmax(1, keepdim=True)
        mask = (torch.arange(ids.shape[1], device=ids.device) <= ends).long()
        pieces = ([self.tokenizer.decode([token]) for token in row] for row in ids.tolist())
        spans = [self.prompt.typed(s, spans_of(p, row)) for s, p, row in zip(sentences, prompted, pieces, strict=True)]
        return TokenBatch(ids, mask, spans)

    def embeddings(self, tokens: TokenBatch) -> Tensor:
        return self.tower.embeddings.token_embedding(tokens.ids)

    def states(self, embeddings: Tensor, tokens: TokenBatch) -> Tensor:
        states = self.tower.embeddings(inputs_embeds=embeddings)
        t = states.shape[1]
        later = torch.full((t, t), float("-inf"), device=states.device, dtype=states.dtype).triu(1)[None, None] if self.projection is not None else None
        for block in self.tower.encoder.layers:
            states = block(states, later)
        return self.tower.final_layer_norm(states)

    def pool(self, states: Tensor, tokens: TokenBatch) -> Tensor:
        if self.projection is None:
            return self.tower.head(states[:, -1])
        ends = tokens.ids.eq(self._end).int().argmax(1)
        return self.projection(states[torch.arange(len(states), device=states.device), ends])

    @property
    def _end(self) -> int:
        return self.tokenizer.eos_token_id
