"""``python -m app.keep``: find what first visitors see, with the checkpoints that ship, and keep it beside them."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from app.asking import catalogue, kept, saliency
from app.frame import workspace
from app.frame.pages import room_of
from app.ground import ask as ground
from app.listen import ask as listen
from app.look import ask as look
from app.start import ask as start
from app.start import findings

KINDS = ("findings", "clearest", "pairs", kept.SIGHTS)
FIRST_SEEN = ("look", "spaces")  # the pages that keep what they show to whoever has chosen nothing


def main() -> None:
    for data in catalogue.data_sets():  # before the visit, which would find those of its models and keep them to itself
        openings(data)
    for data in listen.collections():
        with kept.found_anew(data, kept.SIGHTS):
            print(f"{data}: the first view of Listen by {len(listen.first_view(data))} models.")
    first_sights()
    with kept.found_anew(workspace.first(room_of("ground").opens_on).data, kept.SIGHTS):
        visitor().switch_page(room_of("ground").script).run()


def visitor() -> AppTest:
    """Somebody who has chosen nothing."""
    return AppTest.from_file(str(Path(__file__).with_name("main.py")), default_timeout=120).run()


def openings(data: str) -> None:
    """The pictures that Ground is tried on, by every model that can be asked."""
    models = [entry for entry in catalogue.models(data).values() if ground.reads(entry)]
    with kept.found_anew(data, ground.OPENINGS):
        found = [ground.tried(entry, data, workspace.first_split(data)) for entry in models]
    print(f"{data}: the first pictures of Ground by {sum(one is not None for one in found)} models.")


def first_sights() -> None:
    space = workspace.first()
    usable = catalogue.usable()
    with kept.found_anew(space.data, *KINDS):
        found = start.find(space.models, usable, space.data, space.split, findings.key(space.models, usable, space.data, space.split))
        for entry in usable:
            if saliency.reads_prompts(entry):
                saliency.clearest(saliency.eye(entry), space.data, space.split)
            if saliency.reads_pairs(entry):
                look.tried_pairs(saliency.eye(entry), space.data, space.split)
        somebody = visitor()
        for room in FIRST_SEEN:
            somebody.switch_page(room_of(room).script).run()
    print(f"{len(found)} findings and the first sights of {len(usable)} models.")


if __name__ == "__main__":
    main()
