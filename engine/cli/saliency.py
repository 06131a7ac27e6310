"""``python -m engine saliency CHECKPOINT --image F``: maps of what a checkpoint sees; ``measure-saliency``: how right they are."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.common import DataRoot, Json, MeasuredSplit, Threads, progress_bar
from engine.errors import TwoviewError

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

    from engine.encoders.base import ImageEncoder
    from engine.saliency.explainer import Explained

    Drawn = tuple[ImageEncoder, Image, np.ndarray]  # what saw the picture, the picture, the map (size, size)

Name = Annotated[str, typer.Argument(metavar="CHECKPOINT", help="A checkpoint's folder, or its name: scenes-objects/muc2m.")]
Score = Annotated[str | None, typer.Option("--score", help="What to explain: common (as a rule), cosine, norm, individual_x, individual_y, distance, similarity.")]
Method = Annotated[str, typer.Option("--method", help="gradcam, gradcam-centred, gradcam++, layercam, eigengradcam; slower: scorecam, gradient.")]
Size = Annotated[int | None, typer.Option("--size", min=32, max=1024, help="Side of the network's input in pixels; by default its own.")]
JSON_SIDE = 14  # cells per side of a map in the JSON


def saliency(
    checkpoint: Name,
    image: Annotated[Path, typer.Option("--image", help="The picture to look at.")],
    image2: Annotated[Path | None, typer.Option("--image2", help="A second picture: what both have in common, what each has alone; with --prompt, why the first fits better.")] = None,
    prompt: Annotated[list[str] | None, typer.Option("--prompt", help="What to look for; as often as you like, once with --image2.")] = None,
    difference: Annotated[bool, typer.Option("--difference", help="Of several prompts, what speaks for each one and not for the others.")] = False,
    score: Score = None,
    method: Method = "gradcam",
    size: Size = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write the maps, laid over the pictures, to this PNG.")] = None,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Show where a picture answers a prompt, what two pictures share, or why a prompt fits one picture better."""
    if image2 is None and not prompt:
        raise TwoviewError("Say what to look for: --prompt (once or more) on one picture, or --image2 for a pair.")
    if image2 is not None and len(prompt or ()) > 1:
        raise TwoviewError(f"Two pictures are compared under one prompt, but {len(prompt or ())} came. Give one --prompt, or leave out --image2.")
    from engine.checkpoints.storage import checkpoint_folder, load
    from engine.compute import use_threads
    from engine.data.images import open_picture
    from engine.saliency.explainer import Explainer

    use_threads(threads)
    explainer = Explainer(load(checkpoint_folder(checkpoint)))
    first, second = open_picture(image), None if image2 is None else open_picture(image2)
    name = score or ("similarity" if second and prompt else "common")
    found: dict[str, Any] = {"checkpoint": explainer.checkpoint.card.name, "score": name, "method": method, "images": [str(p) for p in (image, image2) if p]}
    rows: list[list[Drawn]]
    with progress_bar(quiet=as_json) as progress:
        if second is None:
            encoder = explainer.pictures_and_words()[0]
            seen = explainer.prompts(first, prompt or (), name, method, size, progress, difference=difference)
            found["prompts"] = [_seen(each) for each in seen]
            rows = [[(encoder, first, each.saliency)] for each in seen]
        elif prompt:
            encoder = explainer.pictures_and_words()[0]
            better, worse = explainer.why(prompt[0], first, second, name, method, size, progress)
            found["prompts"] = [_seen(each) | {"image": str(path)} for each, path in zip((better, worse), (image, image2), strict=True)]
            rows = [[(encoder, first, better.saliency), (encoder, second, worse.saliency)]]
        else:
            x, y = explainer.two_pictures()
            pair = explainer.pair(first, second, name, method, size, progress)
            rows = [[(x, first, maps[0]), (y, second, maps[1])] for maps in pair.maps.values()]
            found |= {"scores": pair.scores} | {kind: [_cells(m) for m in maps] for kind, maps in pair.maps.items()}
    if out:
        _write(out, rows, one_scale=bool(prompt))
        found["out"] = str(out)
    print(json.dumps(found, ensure_ascii=False, indent=1) if as_json else _told(found))


def measure_saliency(
    checkpoint: Name,
    data: Annotated[str | None, typer.Option("--data", help="Pictures with known objects; by default those it was trained on.")] = None,
    split: MeasuredSplit = "test",
    masks_only: Annotated[bool, typer.Option("--masks-only", help="Leave out objects of which only the box is known.")] = False,
    wording: Annotated[str | None, typer.Option("--wording", help="The prompt for an object, {} standing for its name; else: the image contains {}.")] = None,
    pictures: Annotated[int | None, typer.Option("--pictures", min=1, help="Measure on the first so many pictures or pairs.")] = None,
    score: Score = "common",
    method: Method = "gradcam",
    size: Size = None,
    threads: Threads = None,
    root: DataRoot = None,
    as_json: Json = False,
) -> None:
    """Measure maps against the objects' masks, with intervals and sanity checks."""
    from engine.checkpoints.storage import checkpoint_folder, load
    from engine.cli.common import metrics_table
    from engine.compute import use_threads
    from engine.data import load as load_data
    from engine.data.derived import PROMPT
    from engine.saliency.explainer import Explainer
    from engine.saliency.report import first_pictures, object_metrics, pair_metrics

    use_threads(threads)
    explainer = Explainer(load(checkpoint_folder(checkpoint)))
    card = explainer.checkpoint.card
    raw = first_pictures(load_data(data or card.data.name, split, root), pictures)
    with progress_bar(quiet=as_json) as progress:
        if raw.y.kind == "image":
            encoders = explainer.two_pictures()
            metrics = pair_metrics(explainer.model, raw, encoders, name=score or "common", method=method, size=size, progress=progress)
        else:
            x, y = explainer.pictures_and_words()
            metrics = object_metrics(
                explainer.model, raw, x, y, name=score or "common", method=method, size=size, masks_only=masks_only, wording=wording or PROMPT, progress=progress
            )
    if as_json:
        print(json.dumps({"checkpoint": card.name, "data": raw.name, "split": split, "metrics": [m.model_dump() for m in metrics]}, indent=1))
        return
    metrics_table(metrics, f"{card.title}: maps on {raw.name}, {split}")


def _seen(each: "Explained") -> dict[str, Any]:
    return {"prompt": each.prompt, "score": each.score, "words": [[w.word, w.value] for w in each.words], "map": _cells(each.saliency)}


def _write(out: Path, rows: "Sequence[Sequence[Drawn]]", one_scale: bool) -> None:
    """The maps over what their encoders see, as one PNG; ``one_scale``: the strongest colour means the same in all of them."""
    from engine.paths import atomic_write
    from engine.saliency.drawing import overlay, sheet

    highest = max(float(m.max()) for row in rows for _, _, m in row) if one_scale else None
    side = max(len(m) for row in rows for _, _, m in row)
    drawn = [[overlay(encoder.square(picture, len(m)), m, highest=highest).resize((side, side)) for encoder, picture, m in row] for row in rows]
    with atomic_write(out) as temporary:
        sheet(drawn).save(temporary, "PNG")


def _cells(saliency: "np.ndarray") -> list[list[float]]:
    """A map at 14 × 14 cells, four digits each."""
    from PIL import Image

    small = Image.fromarray(saliency).resize((JSON_SIDE, JSON_SIDE), Image.Resampling.BOX)
    return [[float(f"{small.getpixel((x, y)):.4g}") for x in range(JSON_SIDE)] for y in range(JSON_SIDE)]


def _told(found: dict[str, Any]) -> str:
    lines = [f"{e['prompt']}: score {e['score']:.4g}; " + ", ".join(f"{w} {v:+.2g}" for w, v in e["words"]) for e in found.get("prompts", [])]
    lines += [f"{name}: {value:.4g}" for name, value in found.get("scores", {}).items()]
    return "\n".join(lines + ([f"Maps in {found['out']}."] if "out" in found else ["Add --out FILE.png to see the maps."]))
