"""coco-phrases: COCO's photos for models of regions and phrases. Phrases are the names of its categories, and the nouns of captions that name one.

COCO does not say which words of a caption name which object. Here a category's name in a caption, in the singular or the plural, names all
objects of that category in the photo, and each category in a photo is asked for by its name alone, too. Several objects are one region,
the box around them, as for plural phrases of Flickr30k Entities; what is marked as a crowd has no box that could be found and is left out.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from engine.data import coco
from engine.data.base import ObjectAnnotation, PairedData, Phrase, View
from engine.data.regions import with_regions

NAME_ID = "name"  # of the sentence that is a category's name: "photo.jpg#name dog"


def read(split: str, root: Path) -> PairedData:
    """x: photos with their objects; y: captions and, after them, the names of the categories in each photo, with phrases linked to objects."""
    data = coco.read(f"{split}_all", root)  # a photo without a caption is still asked for by names
    assert data.x.objects is not None
    photo = {int(group): row for row, group in enumerate(data.x.groups)}
    texts, ids, groups, phrases = list(data.y.items), list(data.y.ids), data.y.groups.tolist(), []
    for text, group in zip(texts, groups, strict=True):
        phrases.append(named(text, data.x.objects[photo[group]]))
    for row, (id, group) in enumerate(zip(data.x.ids, data.x.groups.tolist(), strict=True)):
        things = data.x.objects[row]
        for label in dict.fromkeys(thing.label for thing in things if _counted(thing)):
            texts.append(label)
            ids.append(f"{id}#{NAME_ID} {label}")
            groups.append(group)
            phrases.append([Phrase(0, len(label), _of(label, things))])
    y = View("text", texts, ids, np.array(groups, dtype=np.int64), phrases=phrases)
    return PairedData(data.name, split, data.x, y, data.label_names)


def named(text: str, things: Sequence[ObjectAnnotation]) -> list[Phrase]:
    """Where a caption names a category of the photo's objects: the longest name first, so that no "dog" is found in a "hot dog"."""
    found: list[Phrase] = []
    for label in sorted({thing.label for thing in things if _counted(thing)}, key=lambda name: (-len(name), name)):
        for match in re.finditer(rf"\b{re.escape(label)}(?:s|es)?\b", text, re.IGNORECASE):
            if all(match.end() <= other.start or match.start() >= other.end for other in found):
                found.append(Phrase(match.start(), match.end(), _of(label, things)))
    return sorted(found, key=lambda phrase: phrase.start)


def _of(label: str, things: Sequence[ObjectAnnotation]) -> tuple[int, ...]:
    return tuple(place for place, thing in enumerate(things) if thing.label == label and _counted(thing))


def _counted(thing: ObjectAnnotation) -> bool:
    left, top, right, bottom = thing.box
    return thing.attributes.get("crowd") != "yes" and left < right and top < bottom


INFO = with_regions(replace(coco.INFO, load=read, splits=("train2017", "val2017")), ("regions:open_clip:RN50/openai", "minilm"))
