"""``python -m app.keep``: find what first visitors see, with the checkpoints that ship, and keep it beside them."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from app.asking import catalogue, saliency
from app.frame import workspace
from app.ground import ask as ground
from app.look import ask as look
from app.start import ask as start
from app.start import findings
from engine.paths import kept_dirs, shipped_dir

KINDS = ("findings", "clearest", "pairs")


def main() -> None:
    first_sights()
    for data in catalogue.data_sets():
        openings(data)


def openings(data: str) -> None:
    """The pictures that Ground is tried on, by every model that can be asked."""
    models = [entry for entry in catalogue.models(data).values() if ground.reads(entry)]
    with found_anew(data, ground.OPENINGS):
        found = [ground.tried(entry, data, workspace.first_split(data)) for entry in models]
    print(f"{data}: the first pictures of Ground by {sum(one is not None for one in found)} models.")


def first_sights() -> None:
    space = workspace.first()
    usable = catalogue.usable()
    with found_anew(space.data, *KINDS):
        found = start.find(space.models, usable, space.data, space.split, findings.key(space.models, usable, space.data, space.split))
        for entry in usable:
            if saliency.reads_prompts(entry):
                saliency.clearest(saliency.eye(entry), space.data, space.split)
            if saliency.reads_pairs(entry):
                look.tried_pairs(saliency.eye(entry), space.data, space.split)
    print(f"{len(found)} findings and the first sights of {len(usable)} models.")


@contextmanager
def found_anew(data: str, *kinds: str) -> Iterator[None]:
    """Nothing of these kinds is known to the block; what it finds takes the place of what ships."""
    with TemporaryDirectory() as cache:
        os.environ["TWOVIEW_CACHE"] = cache
        for kind in kinds:
            shutil.rmtree(shipped_dir(data, kind), ignore_errors=True)
        yield
        for kind in kinds:
            shipped, made = kept_dirs(data, kind)
            if made.exists():
                shutil.copytree(made, shipped)


if __name__ == "__main__":
    main()
