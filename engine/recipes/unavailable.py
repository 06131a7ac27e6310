"""Rows of the papers' tables for which there is no data here, and why."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Unavailable:
    source: str
    what: str
    why: str


UNAVAILABLE = (
    Unavailable(
        "2WayNet, Tables 1 and 3", "XRMB (articulation and speech)",
        "The X-Ray Microbeam recordings are given out on request only; there is no reader.",
    ),
    Unavailable(
        "2WayNet, Tables 2–4", "Flickr8k, Flickr30k and COCO with VGG-19 and Fisher vectors",
        "The published features are not distributed with the data; this project's encoders stand in, so figures don't compare.",
    ),
    Unavailable(
        "CCA layer paper", "IAPR TC-12 and the authors' pairs of sheet music and audio",
        "Neither is distributed in a form this project reads; the recipes tunes/… and nottingham/… train the same networks on tunes of our own and on folk tunes engraved and played here.",
    ),
    Unavailable(
        "Two-branch networks, Table 1", "Flickr30k Entities with EdgeBoxes and Fast R-CNN features",
        "The photos are given out on request. The recipes flickr30k-phrases/… run where they are, with this project's proposals and encoders; scenes-phrases/… run every row of the table on drawn scenes.",
    ),
    Unavailable(
        "MUC2M, Tables 2–4", "COCO's 117,000 photos with ResNet-50 and CLIP",
        "The recipes coco-objects/… and coco-pairs/… run where all of COCO and the hubs' weights are. Here drawn scenes stand in, "
        "and photos by transfer from Flickr8k.",
    ),
    Unavailable("DRSL, Tables 2–4", "Pascal Sentences, NUS-WIDE-10K and XMediaNet", "There is no reader for these three; Wikipedia is here."),
)  # fmt: skip
