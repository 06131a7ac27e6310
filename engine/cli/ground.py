"""``python -m engine ground CHECKPOINT --image photo.jpg --phrase "a red kite"``: where in a picture something is."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.common import Json, Threads
from engine.errors import TwoviewError

if TYPE_CHECKING:
    from engine.grounding.grounder import Grounded


def ground(
    checkpoint: Annotated[str, typer.Argument(metavar="CHECKPOINT", help="A checkpoint of regions and phrases, or of whole pictures: scenes-phrases/similarity_network.")],
    image: Annotated[Path, typer.Option("--image", help="The picture to look in.")],
    phrase: Annotated[list[str] | None, typer.Option("--phrase", help="What to look for; as often as you like.")] = None,
    top: Annotated[int, typer.Option("--top", min=1, help="How many regions of each phrase.")] = 5,
    out: Annotated[Path | None, typer.Option("--out", help="Write the picture with each phrase's best region to this PNG.")] = None,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Find the region of a picture that each phrase names."""
    if not phrase:
        raise TwoviewError('Say what to look for: --phrase "a red kite", once or more.')
    from engine.checkpoints.storage import checkpoint_folder, load
    from engine.compute import use_threads
    from engine.data.images import open_picture
    from engine.grounding.drawing import marked
    from engine.grounding.grounder import Grounder
    from engine.paths import atomic_write

    use_threads(threads)
    picture = open_picture(image)
    found = Grounder(load(checkpoint_folder(checkpoint))).ground(picture, phrase)
    if out:
        with atomic_write(out) as temporary:
            marked(picture, [(one.phrase, one.boxes[0]) for one in found]).save(temporary, "PNG")
    if as_json:
        print(json.dumps({"checkpoint": checkpoint, "image": str(image), "phrases": [_plain(one, top) for one in found]} | ({"out": str(out)} if out else {}), ensure_ascii=False, indent=1))
        return
    for one in found:
        print(f"{one.phrase}: best of {len(one.boxes)} regions (left, top, right, bottom in pixels)")
        for rank, (box, score) in enumerate(zip(one.boxes[:top], one.scores[:top], strict=True), start=1):
            print(f"  {rank}. {', '.join(f'{edge:.0f}' for edge in box)}  score {score:.3f}")
    print(f"The picture with the best regions is in {out}." if out else "Add --out FILE.png to see them.")


def _plain(one: "Grounded", top: int) -> dict:
    regions = [{"box": [round(float(edge), 1) for edge in box], "score": float(score)} for box, score in zip(one.boxes[:top], one.scores[:top], strict=True)]
    return {"phrase": one.phrase, "proposals": len(one.boxes), "regions": regions}
