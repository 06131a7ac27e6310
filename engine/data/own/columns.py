"""Which columns of a table name the pictures and hold the sentences: by their names, else by what is in them."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from pydantic import BaseModel, ConfigDict

from engine.errors import TwoviewError

IMAGE = ("image", "file", "filename", "file_name", "path", "image_path", "filepath", "picture", "photo")
SENTENCE = re.compile(r"(sentence|caption|text|description)s?[ _-]?\d*")
MOST = 0.5  # of the first rows: a column that names files here in more of them is the pictures'


class Columns(BaseModel):
    """Which columns of a table are what, where a person says so; empty where their names or contents do."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    picture: tuple[str, ...] = ()
    sentence: tuple[str, ...] = ()
    label: str = ""
    split: str = ""

    def renamed(self, file: str, names: Sequence[str]) -> list[str]:
        """A header, in small letters, with the columns that were said called as the reader calls them. Raises TwoviewError when one is not in it."""
        said = {name.strip().lower(): what for name, what in self._said()}
        if unknown := [name for name in said if name not in names]:
            raise TwoviewError(f"{file} has no column {unknown[0]!r}; it has {', '.join(map(repr, names[:12]))}.")
        return [said.get(name) or (f"not {name}" if self._instead(name) else name) for name in names]

    def _instead(self, name: str) -> bool:
        """Whether another column than this one was said for what its name says."""
        return bool((self.picture and name in IMAGE) or (self.sentence and SENTENCE.fullmatch(name)) or (self.label and name == "label") or (self.split and name == "split"))

    def _said(self) -> list[tuple[str, str]]:
        numbered = [(name, f"sentence{number}") for number, name in enumerate(self.sentence, start=1)]
        return [*((name, IMAGE[0]) for name in self.picture), *numbered, *((name, what) for name, what in ((self.label, "label"), (self.split, "split")) if name)]


@lru_cache(maxsize=64)  # the rows of a table mostly have the same columns
def by_name(file: str, names: tuple[str, ...]) -> tuple[str, list[str]]:
    """Which column names the picture and which hold sentences. Raises TwoviewError when their names do not say."""
    image = next((name for name in IMAGE if name in names), None)
    texts = [name for name in names if SENTENCE.fullmatch(name)]
    if image is None or not texts or len({image, *texts}) < sum(name in (image, *texts) for name in names):
        raise TwoviewError(
            f"{file} needs one column for the picture ({', '.join(IMAGE[:4])} …) and one for the sentence (sentence, caption, "
            f"text …; several are numbered: caption1, caption2 …); it has {', '.join(map(repr, names[:12])) or 'none'}."
        )
    return image, texts


def by_content(names: Sequence[str], rows: Sequence[Sequence[str]], is_picture: Callable[[str], bool]) -> tuple[list[str], str] | None:
    """The header with a picture's and a sentence's column named so, and a sentence that tells; None where the first ``rows`` do not say.

    The picture's column is the one whose values are files here; the sentence's, of the others, the one with the most words.
    """
    columns = [[row[place].strip() for row in rows if place < len(row) and row[place].strip()] for place in range(len(names))]
    found = {place: sum(map(is_picture, column)) / len(rows) for place, column in enumerate(columns) if column}
    picture = max(found, key=found.__getitem__, default=None)
    if picture is None or found[picture] <= MOST:
        return None
    words = {place: sum(len(value.split()) for value in column) / len(rows) for place, column in enumerate(columns) if place != picture}
    sentence = max(words, key=words.__getitem__, default=None)
    if sentence is None or words[sentence] < 1 or not any(any(c.isalpha() for c in value) for value in columns[sentence]):
        return None
    told = f"The column {names[picture]!r} names the pictures, {names[sentence]!r} holds the sentences: found by what is in them."
    return [IMAGE[0] if place == picture else "sentence" if place == sentence else name for place, name in enumerate(names)], told
