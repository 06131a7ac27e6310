"""``python -m app.keep``: find what first visitors see, with the checkpoints that ship, and keep it beside them."""

import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from app.asking import catalogue, kept, saliency
from app.frame import workspace
from app.ground import ask as ground
from app.look import ask as look
from app.start import ask as start
from app.start import findings

KINDS = ("findings", "clearest", "pairs")


def main() -> None:
    first_sights()
    for data in catalogue.data_sets():
        openings(data)


def openings(data: str) -> None:
    """The pictures that Ground is tried on, by every model that can be asked."""
    models = [entry for entry in catalogue.models(data).values() if ground.reads(entry)]
    with TemporaryDirectory() as cache:
        os.environ["TWOVIEW_CACHE"] = cache
        beside, made = kept.folders(data, ground.OPENINGS)
        shutil.rmtree(beside, ignore_errors=True)
        found = [ground.tried(entry, data, workspace.first_split(data)) for entry in models]
        if made.exists():
            shutil.copytree(made, beside)
    print(f"{data}: the first pictures of Ground by {sum(one is not None for one in found)} models.")


def first_sights() -> None:
    space = workspace.first()
    usable = catalogue.usable()
    with TemporaryDirectory() as cache:
        os.environ["TWOVIEW_CACHE"] = cache
        beside, made = zip(*(kept.folders(space.data, kind) for kind in KINDS), strict=True)
        for folder in beside:
            shutil.rmtree(folder, ignore_errors=True)
        found = start.find(space.models, usable, space.data, space.split, findings.key(space.models, usable, space.data, space.split))
        for entry in usable:
            if saliency.reads_prompts(entry):
                saliency.clearest(saliency.eye(entry), space.data, space.split)
            if saliency.reads_pairs(entry):
                look.tried_pairs(saliency.eye(entry), space.data, space.split)
        for source, folder in zip(made, beside, strict=True):
            if Path(source).exists():
                shutil.copytree(source, folder)
    print(f"{len(found)} findings and the first sights of {len(usable)} models.")


if __name__ == "__main__":
    main()
