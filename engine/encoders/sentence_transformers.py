"""Any sentence-transformers model: ``sentence-transformers:all-mpnet-base-v2`` (hub name; a bare one is the library's own).

Sentence-BERT — Sentence Embeddings using Siamese BERT-Networks (Reimers and Gurevych, 2019).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from engine.encoders.base import TextEncoder, TokenBatch
from engine.encoders.references import Reference, asking_the_hub, file_hash, hub_file
from engine.errors import TwoviewError


def weights_path(reference: Reference) -> Path:
    return hub_file(reference, _repository(reference), "model.safetensors")


def weights_hash(reference: Reference) -> str:
    return file_hash(weights_path(reference))


def open(reference: Reference) -> "SentenceTransformerEncoder":
    """Raises TwoviewError when the hub cannot be reached or the model has no token embeddings to cut at."""
    fingerprint = weights_hash(reference)  # the sentence for a missing model, before the library is imported
    from sentence_transformers import SentenceTransformer

    with asking_the_hub(reference):
        model = SentenceTransformer(_repository(reference), device="cpu")
    return SentenceTransformerEncoder(reference.id, fingerprint, model)


def _repository(reference: Reference) -> str:
    if not reference.name:
        raise TwoviewError(f"{reference.id!r} names no model. Write sentence-transformers:NAME, such as sentence-transformers:all-mpnet-base-v2.")
    return reference.name if "/" in reference.name else f"sentence-transformers/{reference.name}"


class SentenceTransformerEncoder(TextEncoder):
    """``model``: a SentenceTransformer that begins with a transformer; what follows it (pooling, norms) is the pooling."""

    model: Any

    def __init__(self, id: str, weights_hash: str, model: Any):
        super().__init__()
        first = model[0]
        if not hasattr(first, "auto_model") or not getattr(first.tokenizer, "is_fast", False):
            raise TwoviewError(f"{id}: a model that begins with {type(first).__name__} cannot be cut at its word embeddings.")
        self.id, self.weights_hash = id, weights_hash
        self.model = model.eval().requires_grad_(False)
        self.tokenizer, self.max_tokens = first.tokenizer, first.max_seq_length
        self.dim = int(model.get_embedding_dimension())

    def tokens(self, sentences: Sequence[str]) -> TokenBatch:
        encoded = self.tokenizer(
            list(sentences), padding=True, truncation=True, max_length=self.max_tokens, return_offsets_mapping=True, return_tensors="pt"
        )
        spans = [[tuple(span) for span in row] for row in encoded["offset_mapping"].tolist()]
        return TokenBatch(encoded["input_ids"].to(self.device), encoded["attention_mask"].to(self.device), spans)

    def embeddings(self, tokens: TokenBatch) -> Tensor:
        return self.model[0].auto_model.get_input_embeddings()(tokens.ids)

    def states(self, embeddings: Tensor, tokens: TokenBatch) -> Tensor:
        return self.model[0].auto_model(inputs_embeds=embeddings, attention_mask=tokens.mask).last_hidden_state

    def pool(self, states: Tensor, tokens: TokenBatch) -> Tensor:
        features = {"token_embeddings": states, "attention_mask": tokens.mask}
        for part in list(self.model)[1:]:
            features = part(features)
        return features["sentence_embedding"]
