"""Flickr8k: 8,000 photos of people and animals, five sentences each.

M. Hodosh, P. Young, J. Hockenmaier, "Framing Image Description as a Ranking Task", JAIR 47, 2013. The authors at the
University of Illinois gave it on request, for non-commercial research and education; the photos belong to their Flickr
users. Official layout: ``Flicker8k_Dataset/*.jpg``, ``Flickr8k.token.txt`` (photo#number, tab, sentence) and
``Flickr_8k.{train,dev,test}Images.txt`` (6,000 / 1,000 / 1,000 photos).

The token file also describes a photo that was never published (``2258277193_586949ec62.jpg.1``); it is in no split.
"""

from collections import defaultdict
from pathlib import Path

from engine.data.base import DatasetInfo, PairedData
from engine.data.layout import PHOTO_ENCODERS, absent, captioned, read_text
from engine.errors import TwoviewError

FOLDER = "flickr8k"
PHOTOS = f"{FOLDER}/Flicker8k_Dataset"
TOKENS = f"{FOLDER}/Flickr8k.token.txt"
LISTS = {
    "train": f"{FOLDER}/Flickr_8k.trainImages.txt",
    "validation": f"{FOLDER}/Flickr_8k.devImages.txt",
    "test": f"{FOLDER}/Flickr_8k.testImages.txt",
}


def read(split: str, root: Path) -> PairedData:
    """x: the split's photos, in the order of its list; y: their sentences (ids as in the token file, "photo.jpg#0")."""
    sentences: dict[str, list[str]] = defaultdict(list)
    for number, line in enumerate(read_text(root / TOKENS).splitlines(), start=1):
        key, tab, sentence = line.partition("\t")
        photo, hash_sign, _ = key.rpartition("#")
        if not (tab and hash_sign and sentence.strip()):
            raise TwoviewError(f"{root / TOKENS}, line {number}: expected 'photo.jpg#0', a tab and a sentence, got {line[:80]!r}.")
        sentences[photo].append(sentence.strip())
    group_of = {photo: group for group, photo in enumerate(sentences)}
    photos = read_text(root / LISTS[split]).split()
    undescribed = [photo for photo in photos if photo not in group_of]
    if undescribed:
        raise TwoviewError(f"{root / LISTS[split]} lists {len(undescribed)} photos without a sentence in {TOKENS}, such as {undescribed[0]}.")
    return captioned(
        "flickr8k", split, [root / PHOTOS / photo for photo in photos], photos,
        [group_of[photo] for photo in photos], [sentences[photo] for photo in photos],
    )


INFO = DatasetInfo(
    name="flickr8k",
    title="Flickr8k",
    description="8,000 photos of people and animals, five sentences each.",
    where=(
        "Given on request by the authors (Hodosh, Young and Hockenmaier, University of Illinois). "
        "Unpack Flickr8k_Dataset.zip and Flickr8k_text.zip into the folder flickr8k of the data root."
    ),
    terms="Non-commercial research and education; the photos belong to their Flickr users.",
    splits=tuple(LISTS),
    load=read,
    encoders=PHOTO_ENCODERS,
    missing=absent(PHOTOS, TOKENS, *LISTS.values()),
)
