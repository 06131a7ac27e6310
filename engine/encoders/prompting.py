"""What sentences become before a pretrained text tower reads them, and where its tokens stand in what was typed.

A single word is put into a sentence first, as CLIP's authors do (Radford et al., 2021, Sec. 3.1.4), because such models
have learned from sentences: with ``prompt=a photo of a {}``, "dog" is read as "a photo of a dog"; sentences stay.
"""

from collections.abc import Sequence
from dataclasses import dataclass

Span = tuple[int, int]


@dataclass(frozen=True)
class Prompt:
    """``template`` holds {} once, where the word goes; "{}" leaves everything as it is."""

    template: str = "{}"

    @classmethod
    def parse(cls, text: str) -> "Prompt":
        """Raises ValueError for text that does not hold {} just once, or what an encoder's id cannot hold."""
        if text.count("{}") != 1 or any(sign in text for sign in "@?&="):
            raise ValueError("a sentence with {} once where the word goes, without @ ? & =")
        return cls(text)

    def __call__(self, sentence: str) -> str:
        return self.template.replace("{}", sentence.strip()) if len(sentence.split()) == 1 else sentence

    def typed(self, sentence: str, spans: Sequence[Span]) -> list[Span]:
        """Spans in the prompted sentence as spans in the typed one; (0, 0) for tokens of the template."""
        if len(sentence.split()) != 1:
            return list(spans)
        start = self.template.index("{}")
        end, shift = start + len(sentence.strip()), len(sentence) - len(sentence.lstrip()) - start
        return [(max(a, start) + shift, min(b, end) + shift) if a < end and b > start else (0, 0) for a, b in spans]


def spans_of(sentence: str, pieces: Sequence[str]) -> list[Span]:
    """Where each token's letters stand in the sentence, one after the other; (0, 0) for those that stand nowhere."""
    spans, cursor, lowered = [], 0, sentence.lower()
    for piece in pieces:
        letters = piece.strip().lower()
        start = lowered.find(letters, cursor) if letters else -1
        if start < 0:
            spans.append((0, 0))
        else:
            cursor = start + len(letters)
            spans.append((start, cursor))
    return spans
