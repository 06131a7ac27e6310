"""Flickr30k Entities: which words of Flickr30k's sentences name which boxes of its photos.

B. Plummer et al., "Flickr30k Entities: Collecting Region-to-Phrase Correspondences for Richer Image-to-Sentence Models", ICCV 2015; annotations on
its page at the University of Illinois, photos those of Flickr30k. Official layout below ``flickr30k_entities``: ``Annotations/ID.xml``, ``Sentences/ID.txt`` with
``[/EN#chain/type words]``, ``train.txt``, ``val.txt``, ``test.txt``. A chain is an entity: phrases of one chain name the same boxes. Their boxes count
pixels from 1 and include the last one; here they are edges. Phrases of what has no box (chain 0, whole scenes) keep no objects.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from xml.parsers import expat

from engine.data.base import DatasetInfo, ObjectAnnotation, PairedData, Phrase
from engine.data.layout import absent, captioned, read_text
from engine.errors import TwoviewError

FOLDER, PHOTOS = "flickr30k_entities", "flickr30k/flickr30k-images"
LISTS = {"train": "train.txt", "validation": "val.txt", "test": "test.txt"}
MAX_XML = 2**20  # bytes of one photo's annotations
MARK = re.compile(r"\[/EN#(\d+)((?:/[^\s/\]]+)+) ([^\[\]]*)\]")
Marks = list[tuple[int, int, str, tuple[str, ...]]]  # start, end, chain, types
EDGES = ("xmin", "ymin", "xmax", "ymax")


def read(split: str, root: Path) -> PairedData:
    """x: photos with the boxes of their entities, y: their sentences with phrases linked to them. ``label_names``: the types of entities.

    Raises TwoviewError, naming the file, where one is absent, too large, or not in the official layout.
    """
    folder = root / FOLDER
    ids = read_text(folder / LISTS[split]).split()
    wrong = [id for id in ids if not id.isascii() or not id.isdigit()]
    if wrong or not ids:
        raise TwoviewError(f"{folder / LISTS[split]} should list photos by their numbers" + (f", but says {wrong[0][:40]!r}." if wrong else " and lists none."))
    sentences, phrases, objects = [], [], []
    for id in ids:
        marked = [unmarked(line) for line in read_text(folder / "Sentences" / f"{id}.txt").splitlines() if line.strip()]
        types = {chain: kinds[0] for _, marks in marked for _, _, chain, kinds in marks}
        boxes = entity_boxes(folder / "Annotations" / f"{id}.xml")
        objects.append([ObjectAnnotation(types.get(chains[0], "other"), box) for chains, box in boxes])
        sentences.append([text for text, _ in marked])
        phrases += [[Phrase(start, end, tuple(place for place, (chains, _) in enumerate(boxes) if chain in chains)) for start, end, chain, _ in marks] for _, marks in marked]
    names = sorted({item.label for photo in objects for item in photo})
    paths = [root / PHOTOS / f"{id}.jpg" for id in ids]
    return captioned(INFO.name, split, paths, ids, [int(id) for id in ids], sentences, objects, names, phrases)


def unmarked(line: str) -> tuple[str, Marks]:
    """A line without its marks, and where each marked phrase then stands."""
    text, found, at = "", [], 0
    for mark in MARK.finditer(line.strip()):
        text += line.strip()[at : mark.start()]
        found.append((len(text), len(text) + len(mark[3]), mark[1], tuple(mark[2].strip("/").split("/"))))
        text += mark[3]
        at = mark.end()
    return text + line.strip()[at:], found


def entity_boxes(path: Path) -> list[tuple[tuple[str, ...], tuple[float, float, float, float]]]:
    """The boxes of one photo's annotations, each with the chains that it belongs to. Boxes without an area are left out.

    The file may declare nothing: a document type or an entity is refused before it is expanded, and nothing is fetched.
    """
    try:
        content = path.read_bytes() if path.stat().st_size <= MAX_XML else None
    except OSError as error:
        raise TwoviewError(f"{path} can't be read: {error.strerror or error}.") from error
    if content is None:
        raise TwoviewError(f"{path} is larger than {MAX_XML // 2**20} MB, more than a photo's annotations can be.")
    objects: list[dict[str, list[str]]] = []
    text: list[str] = []
    parser = expat.ParserCreate()

    def refused(*_: object) -> None:
        raise TwoviewError(f"{path} declares a document type or an entity, which annotations have no need of. Fetch it again from its source.")

    def begins(tag: str, _: object) -> None:
        text.clear()
        if tag == "object":
            objects.append({})

    def ends(tag: str) -> None:
        if objects and tag in ("name", *EDGES):
            objects[-1].setdefault(tag, []).append("".join(text).strip())

    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refused
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begins, ends, text.append
    try:
        parser.Parse(content, True)
        boxes = [(tuple(one["name"]), _edges([float(one[edge][0]) for edge in EDGES])) for one in objects if "name" in one and all(edge in one for edge in EDGES)]
    except (expat.ExpatError, ValueError) as error:
        raise TwoviewError(f"{path} is not an annotation of Flickr30k Entities ({error}). Fetch it again from its source.") from error
    return [(chains, box) for chains, box in boxes if box[0] < box[2] and box[1] < box[3]]


def _edges(inclusive: Sequence[float]) -> tuple[float, float, float, float]:
    """From pixels counted from 1, the last included, to edges. Raises ValueError for what is no finite number."""
    left, top, right, bottom = inclusive
    if not all(abs(edge) < 1e6 for edge in inclusive):
        raise ValueError(f"a box of {inclusive}")
    return max(left - 1, 0.0), max(top - 1, 0.0), right, bottom


INFO = DatasetInfo(
    name="flickr30k-phrases",
    title="Flickr30k Entities: phrases and regions",
    description="31,000 photos, five sentences each, and the boxes that 244,000 of their phrases name.",
    where=(
        "Annotations from the page of Plummer et al., 2015, unpacked into flickr30k_entities of the data root; photos of Flickr30k on request from the "
        "University of Illinois into flickr30k/flickr30k-images."
    ),
    terms="Annotations for research; the photos belong to their Flickr users.",
    splits=tuple(LISTS),
    load=read,
    encoders=("regions:open_clip:RN50/openai", "minilm"),
    missing=absent(*(f"{FOLDER}/{name}" for name in ("Annotations", "Sentences", *LISTS.values())), PHOTOS),
)
