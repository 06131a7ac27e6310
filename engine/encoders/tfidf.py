"""tfidf — words counted, weighted by how rare they are, and normalised; fitted on the training sentences.

As the CCA layer paper prepares text (Dorfer et al., 2018, section 5.1): lemmatised words, rare ones left out, l2-normalised.
``fit`` keeps the vocabulary under a hash of itself, so that the id ``tfidf@0123456789abcdef`` opens the same encoder again.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import sha256
from math import log
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.data.base import View
from engine.encoders.base import TextEncoder, TokenBatch
from engine.encoders.references import Reference, shipped_file
from engine.errors import TwoviewError
from engine.paths import atomic_write

MIN_COUNT = 5  # sentences a word must occur in
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
ENDINGS = (("sses", "ss"), ("ies", "y"), ("ss", "ss"), ("shes", "sh"), ("ches", "ch"), ("xes", "x"), ("s", ""))


def words(sentence: str) -> Iterator[tuple[str, int, int]]:
    """Each word's lemma and its characters' (start, end). Lemmas are lower case, plurals and third persons lose their ending."""
    for match in WORD.finditer(sentence):
        yield lemma(match.group()), match.start(), match.end()


def lemma(word: str) -> str:
    word = re.sub(r"['’]s$", "", word.lower())
    if len(word) > 3 and not word.endswith(("us", "is")):
        for ending, new in ENDINGS:
            if word.endswith(ending):
                return word[: len(word) - len(ending)] + new
    return word


def fit(view: View) -> str:
    """Fit on a view's n sentences and keep the vocabulary; the id that opens the fitted encoder.

    A word's weight is ln((1 + n) / (1 + sentences with it)) + 1. Raises TwoviewError when no word is frequent enough.
    """
    if view.kind != "text":
        raise TwoviewError(f"tfidf is fitted on sentences; this view holds {view.kind} items.")
    counts = Counter(word for sentence in view.items for word in {word for word, _, _ in words(sentence)})
    kept = sorted(word for word, count in counts.items() if count >= MIN_COUNT)
    if not kept:
        raise TwoviewError(f"tfidf needs words that occur in at least {MIN_COUNT} sentences; these {len(view)} sentences have none.")
    weights = {word: log((1 + len(view)) / (1 + counts[word])) + 1 for word in kept}
    text = json.dumps(weights, ensure_ascii=False, indent=0)
    fingerprint = sha256(text.encode()).hexdigest()
    with atomic_write(_path(fingerprint[:16])) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return f"tfidf@{fingerprint[:16]}"


def _path(name: str) -> Path:
    return shipped_file("tfidf", f"{name}.json")


def weights_hash(reference: Reference) -> str:
    return sha256(_read(reference)).hexdigest()


def _read(reference: Reference) -> bytes:
    if not reference.file:
        raise TwoviewError("tfidf has to be fitted on the training sentences first; the fitted encoder's id looks like tfidf@0123456789abcdef.")
    path = _path(reference.file)
    try:
        return path.read_bytes()
    except OSError as error:
        raise TwoviewError(f"{reference.id} needs its vocabulary {path}, which is not there. Copy it there, or fit tfidf and train again.") from error


def open(reference: Reference) -> "TfIdf":
    """Raises TwoviewError when tfidf was not fitted yet, or its vocabulary is missing or damaged."""
    data = _read(reference)
    fingerprint = sha256(data).hexdigest()
    if not fingerprint.startswith(reference.file):
        raise TwoviewError(f"The vocabulary of {reference.id} was changed since it was fitted. Fit tfidf and train again.")
    return TfIdf(reference.id, fingerprint, json.loads(data))


class TfIdf(TextEncoder):
    """A word's embedding is its weight at its own place of the vocabulary; words outside it have none."""

    def __init__(self, id: str, weights_hash: str, weights: dict[str, float]):
        super().__init__()
        self.id, self.weights_hash, self.dim = id, weights_hash, len(weights)
        self.place = {word: place for place, word in enumerate(weights)}
        self.weights = torch.nn.Parameter(torch.tensor([*weights.values(), 0.0]), requires_grad=False)
        self.eval()

    def tokens(self, sentences: Sequence[str]) -> TokenBatch:
        found = [list(words(sentence)) for sentence in sentences]
        length = max(1, *(len(row) for row in found)) if found else 1
        ids = torch.full((len(found), length), self.dim)
        mask = torch.zeros((len(found), length), dtype=torch.long)
        for i, row in enumerate(found):
            ids[i, : len(row)] = torch.tensor([self.place.get(word, self.dim) for word, _, _ in row], dtype=torch.long)
            mask[i, : len(row)] = 1
        spans = [[(start, end) for _, start, end in row] + [(0, 0)] * (length - len(row)) for row in found]
        return TokenBatch(ids.to(self.device), mask.to(self.device), spans)

    def embeddings(self, tokens: TokenBatch) -> Tensor:
        return F.one_hot(tokens.ids, self.dim + 1)[..., : self.dim] * self.weights[tokens.ids][..., None]

    def states(self, embeddings: Tensor, tokens: TokenBatch) -> Tensor:
        return embeddings

    def pool(self, states: Tensor, tokens: TokenBatch) -> Tensor:
        return F.normalize((states * tokens.mask[..., None]).sum(1), dim=1)
