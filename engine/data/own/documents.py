"""JSON documents as records, in the shapes that captions come in:

a list of objects; A. Karpathy's (``images``, each with ``sentences``); COCO's (``images`` and ``annotations``); columns, as pandas writes them;
sentences by the pictures' names.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from engine.archives import PICTURES
from engine.errors import TwoviewError

Fields = dict[str, Any]


def records(path: Path, encoding: str) -> Iterator[tuple[int, Fields | str]]:
    """Its entries, counted from 1. Raises TwoviewError when the file is no JSON, or of no shape that is known."""
    try:
        document = json.loads(path.read_text(encoding=encoding, errors="replace"))
    except (ValueError, RecursionError) as error:
        raise TwoviewError(f"{path.name} is not valid JSON ({error}). One object per line is called .jsonl.") from error
    entries = _entries(document, path.parent)
    if entries is None:
        raise TwoviewError(
            f"{path.name} holds no pairs in a shape that is known. Make it a list of objects, each with a picture and its sentence: "
            '[{"image": "a.jpg", "sentence": "A dog."}, …].'
        )
    return enumerate(entries, start=1)


def fields(entry: Any) -> Fields | str:
    """An entry by its names in small letters, or why it is none."""
    return {str(key).strip().lower(): value for key, value in entry.items()} if isinstance(entry, dict) else "is not a JSON object {…}"


def _entries(document: Any, folder: Path) -> Iterable[Fields | str] | None:
    if isinstance(document, list):
        return map(fields, document)
    if not isinstance(document, dict) or not document:
        return None
    images, annotations = document.get("images"), document.get("annotations")
    if isinstance(images, list) and isinstance(annotations, list):
        return _coco(images, annotations)
    if isinstance(images, list):
        return (_karpathy(image, folder) for image in images)
    if all(_is_picture(name) for name in document):
        return (_by_picture(name, value) for name, value in document.items())
    lists = [value for value in document.values() if isinstance(value, list)]
    if len(lists) == len(document) and len({len(column) for column in lists}) == 1:
        return (fields(dict(zip(document, values, strict=True))) for values in zip(*lists, strict=True))
    columns = [value for value in document.values() if isinstance(value, dict)]
    if len(columns) == len(document) and all(column.keys() == columns[0].keys() for column in columns):
        return (fields({name: column[key] for name, column in document.items()}) for key in columns[0])
    objects = [column for column in lists if column and all(isinstance(entry, dict) for entry in column)]
    return map(fields, objects[0]) if len(objects) == 1 else None


def _is_picture(name: str) -> bool:
    return Path(name).suffix.lower() in PICTURES


def _by_picture(name: str, value: Any) -> Fields | str:
    found = fields(value) if isinstance(value, dict) else {"sentence": value}
    return {"image": name} | found if isinstance(found, dict) else found


def _karpathy(image: Any, folder: Path) -> Fields | str:
    """Deep Visual-Semantic Alignments' files (CVPR 2015): ``restval`` is what COCO's later papers train on as well."""
    found = fields(image)
    if isinstance(found, str) or not isinstance(found.get("sentences"), list):
        return found
    name, below = str(found.pop("filename", "")), str(found.pop("filepath", ""))
    found["image"] = f"{below}/{name}" if below and (folder / below).is_dir() else name
    found["sentences"] = [sentence.get("raw", "") if isinstance(sentence, dict) else sentence for sentence in found["sentences"]]
    found["split"] = "train" if found.get("split") == "restval" else found.get("split", "")
    return {key: found[key] for key in ("image", "sentences", "split")}


def _coco(images: list, annotations: list) -> Iterator[Fields | str]:
    names = {image.get("id"): image.get("file_name", "") for image in images if isinstance(image, dict) and isinstance(image.get("id"), int | str)}
    for annotation in annotations:
        found = fields(annotation)
        if isinstance(found, dict):
            key = found.get("image_id")
            found = {"image": names.get(key, "") if isinstance(key, int | str) else "", "sentence": found.get("caption", "")}
        yield found
