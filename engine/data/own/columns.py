"""Which columns of a table hold what is paired: as was said, by their names, else by what is in them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from engine.archives import PICTURES
from engine.data.base import Kind
from engine.errors import TwoviewError

IMAGE = ("image", "file", "filename", "file_name", "path", "image_path", "filepath", "picture", "photo")
PAIR = re.compile(r"(?:image|picture|photo|file)[ _-]?(?:1|2|a|b|x|y|left|right)")
SENTENCE = re.compile(r"(sentence|caption|text|description)s?[ _-]?(?:\d*|[abxy])")
ABOUT = ("id", "group", "label", "split")
MOST = 0.5  # of the first rows: a column that names files here in more of them is the pictures'

Fields = dict[str, Any]


class Columns(BaseModel):
    """Which columns of a table are what, where a person says so; empty where their names or contents do.

    Two of ``picture``, or without one two of ``sentence``, are the two sides of pairs of pictures, of translations.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    picture: tuple[str, ...] = ()
    sentence: tuple[str, ...] = ()
    label: str = ""
    split: str = ""

    @property
    def said(self) -> list[str]:
        return [name for name in (*self.picture, *self.sentence, self.label, self.split) if name]


@dataclass(frozen=True)
class Layout:
    """What each side of the pairs holds and in which columns, of x one and of y one or more; ``about``: the column of each of ``ABOUT``.

    ``told``: what was found by contents alone, in a sentence.
    """

    x: str
    y: tuple[str, ...]
    kinds: tuple[Kind, Kind]
    about: dict[str, str]
    told: str = ""


def layout(file: str, rows: Sequence[Fields], columns: Columns, is_here: Callable[[Any], bool]) -> Layout:
    """By the first rows of a table. ``is_here``: whether a value names a picture, or is one.

    Raises TwoviewError when a column that was said is not there, or when neither names nor contents say what is paired.
    """
    names = list(dict.fromkeys(name for row in rows for name in row))
    picture, sentence = ([name.strip().lower() for name in said] for said in (columns.picture, columns.sentence))
    label, split = columns.label.strip().lower(), columns.split.strip().lower()
    if unknown := [name for name in columns.said if name.strip().lower() not in names]:
        raise TwoviewError(f"{file} has no column {unknown[0].strip().lower()!r}; it has {', '.join(map(repr, names[:12]))}.")
    about = {"id": "id", "group": "group", "label": label or "label", "split": split or "split"}
    free = [name for name in names if name not in (*picture, *sentence, *about.values())]
    pictures, texts = picture or _named(free, IMAGE), sentence or [name for name in free if SENTENCE.fullmatch(name)]
    if not picture and sum(name in IMAGE for name in free) > 1:
        here = _share(rows, pictures, is_here)
        pictures = [max(pictures, key=lambda name: here[name])]
    if not pictures and not texts and len(both := [name for name in free if PAIR.fullmatch(name)]) == 2:
        pictures = both
    if len(pictures) == 2 or (pictures and texts):
        return _layout(pictures, texts, about)
    return _by_content(file, names, rows, (pictures, texts), free, about, is_here)


def _by_content(
    file: str, names: list[str], rows: Sequence[Fields], named: tuple[list[str], list[str]], free: list[str], about: dict[str, str],
    is_here: Callable[[Any], bool],
) -> Layout:  # fmt: skip
    """Pictures are in the column whose values are pictures here; sentences, of the others, in the one with the most words."""
    pictures, texts = named
    here = _share(rows, free, is_here)
    found = pictures or sorted((name for name in free if here[name] > MOST), key=lambda name: -here[name])
    others = [name for name in free if name not in found and _words(rows, name) >= 1]
    if found and (texts or others):
        pictures, texts = found[:1], texts or [max(others, key=lambda name: _words(rows, name))]
    elif len(found) == 2:
        pictures = found
    elif not found and len(texts or others) == 2:
        texts = texts or others
    else:
        kinds = "its columns" if names else "it has none"
        raise TwoviewError(
            f"{file} needs one column for the picture ({', '.join(IMAGE[:4])} …) and one for the sentence (sentence, caption, "
            f"text …; several are numbered: caption1, caption2 …), or two of pictures, or two of sentences; {kinds}"
            f"{': ' + ', '.join(map(repr, names[:12])) if names else ''}. By what is in them it could not be told either: say which they are (--picture-column, --sentence-column)."
        )
    if pictures == named[0] and texts == named[1]:
        return _layout(pictures, texts, about)
    if len(pictures) == 2 or not pictures:
        return _layout(pictures, texts, about, f"The columns {' and '.join(map(repr, pictures or texts))} {'name the pictures' if pictures else 'hold the sentences'}: found by what is in them.")
    whose = [f"the column {name!r} {'names the pictures' if name in pictures else 'holds the sentences'}" for name in (*pictures, *texts)]
    told = " and ".join(whose)
    return _layout(pictures, texts, about, f"{told[0].upper()}{told[1:]}: found by what is in them.")


def _layout(pictures: list[str], texts: list[str], about: dict[str, str], told: str = "") -> Layout:
    if len(pictures) == 2:
        return Layout(pictures[0], (pictures[1],), ("image", "image"), about, told)
    if pictures:
        return Layout(pictures[0], tuple(texts), ("image", "text"), about, told)
    return Layout(texts[0], (texts[1],), ("text", "text"), about, told)


def _named(names: Sequence[str], wanted: Sequence[str]) -> list[str]:
    return [name for name in wanted if name in names]


def _share(rows: Sequence[Fields], names: Sequence[str], is_here: Callable[[Any], bool]) -> dict[str, float]:
    """Of each column, in how many of the rows it names a picture."""
    return {name: sum(bool(row.get(name)) and is_here(row[name]) for row in rows) / max(1, len(rows)) for name in names}


def _words(rows: Sequence[Fields], name: str) -> float:
    """Words in a cell of the column, on average; 0 where it holds numbers, or names of pictures."""
    texts = [" ".join(map(str, value)) if isinstance(value, list) else value for row in rows if isinstance(value := row.get(name), str | list) and value]
    texts = [text for text in texts if any(c.isalpha() for c in text) and not text.strip().lower().endswith(PICTURES)]
    return sum(len(text.split()) for text in texts) / max(1, len(rows))
