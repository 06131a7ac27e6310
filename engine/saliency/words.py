"""Which words raise a score: gradient × input at the token embeddings, summed within each token and each word."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.encoders.base import TextEncoder, TokenBatch


@dataclass(frozen=True)
class WordSaliency:
    """Characters ``start:end`` of the sentence and how much they raise (> 0) or lower (< 0) the score."""

    word: str
    start: int
    end: int
    value: float


def word_saliency(encoder: TextEncoder, sentence: str, score: Callable[[Tensor], Tensor]) -> list[WordSaliency]:
    """Contribution of each word of a sentence to ``score``, a function of sentence features (1, dim) → (1,).

    To first order, the score changes by the value if the word's embeddings vanish. Words beyond what the encoder reads
    get 0, and so do all words for a score that the sentence has no part in; a sentence without words gives an empty list.
    """
    tokens = encoder.tokens([sentence])
    with torch.enable_grad():
        embeddings = encoder.embeddings(tokens).detach().requires_grad_()
        total = score(encoder.pool(encoder.states(embeddings, tokens), tokens)).sum() + 0 * embeddings.sum()
        gradient = torch.autograd.grad(total, embeddings)[0]
    return merged(sentence, tokens, (gradient * embeddings).sum(-1)[0].detach())


def merged(sentence: str, tokens: TokenBatch, values: Tensor) -> list[WordSaliency]:
    """Token values (t,) added up to words: a token belongs to the word that its first character lies in."""
    words = [WordSaliency(m.group(), m.start(), m.end(), 0.0) for m in re.finditer(r"\w[\w'’-]*", sentence)]
    totals = [0.0] * len(words)
    for (start, end), value, used in zip(tokens.spans[0], values.tolist(), tokens.mask[0].tolist(), strict=False):
        if not used or start == end:
            continue
        for place, word in enumerate(words):
            if word.start <= start < word.end:
                totals[place] += value
                break
    return [WordSaliency(w.word, w.start, w.end, v) for w, v in zip(words, totals, strict=True)]
