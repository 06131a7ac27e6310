"""``python -m engine saliency CHECKPOINT --image F``: maps of what a checkpoint sees; ``measure-saliency``: how right they are."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.cli.common import DataRoot, Json, Threads, progress_bar
from engine.errors import TwoviewError

Name = Annotated[str, typer.Argument(metavar="CHECKPOINT", help="A checkpoint's folder, or its name: scenes-objects/muc2m.")]
Score = Annotated[str, typer.Option("--score", help="What to explain: common, cosine, norm, individual_x, individual_y, similarity.")]
Method = Annotated[str, typer.Option("--method", help="gradcam, gradcam++, layercam, eigengradcam; slower: scorecam, gradient.")]
Size = Annotated[int | None, typer.Option("--size", min=32, max=1024, help="Side of the network's input in pixels; by default its own.")]
JSON_SIDE = 14  # cells per side of a map in the JSON


def saliency(
    checkpoint: Name,
    image: Annotated[Path, typer.Option("--image", help="The picture to look at.")],
    image2: Annotated[Path | None, typer.Option("--image2", help="A second picture: what both have in common, what each has alone.")] = None,
    prompt: Annotated[list[str] | None, typer.Option("--prompt", help="What to look for; as often as you like.")] = None,
    score: Score = "common",
    method: Method = "gradcam",
    size: Size = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write the maps, laid over the pictures, to this PNG.")] = None,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Show where a picture answers a prompt, or what two pictures share."""
    if (image2 is None) == (not prompt):
        raise TwoviewError("Say what to look for: --prompt (once or more) on one picture, or --image2 for a pair.")
    from engine.data.images import open_picture
    from engine.saliency.drawing import overlay, sheet
    from engine.saliency.explainer import Explainer
    from engine.training.checkpoints import checkpoint_folder, load
    from engine.training.compute import use_threads

    use_threads(threads)
    pictures = [open_picture(path) for path in (image, image2) if path is not None]
    explainer = Explainer(load(checkpoint_folder(checkpoint)))
    found: dict[str, Any] = {"checkpoint": explainer.checkpoint.card.name, "score": score, "method": method, "images": [str(p) for p in (image, image2) if p]}
    if prompt:
        with progress_bar(quiet=as_json) as progress:
            seen = explainer.prompts(pictures[0], prompt, score, method, size, progress)
        rows = [[(pictures[0], each.saliency, 0)] for each in seen]
        found["prompts"] = [
            {"prompt": e.prompt, "score": e.score, "words": [[w.word, w.value] for w in e.words], "map": _cells(e.saliency)} for e in seen
        ]
    else:
        pair = explainer.pair(*pictures, score, method, size)
        kinds = {"common": pair.common} | ({"individual": pair.individual} if pair.individual else {})
        rows = [[(p, m, side) for side, (p, m) in enumerate(zip(pictures, maps, strict=True))] for maps in kinds.values()]
        found |= {"scores": pair.scores} | {kind: [_cells(m) for m in maps] for kind, maps in kinds.items()}
    if out:
        from engine.paths import atomic_write

        highest = max(float(m.max()) for row in rows for _, m, _ in row) if prompt else None
        drawn = [[overlay(explainer.encoders[side].square(p, len(m)), m, highest=highest) for p, m, side in row] for row in rows]
        with atomic_write(out) as temporary:
            sheet(drawn).save(temporary, "PNG")
        found["out"] = str(out)
    print(json.dumps(found, ensure_ascii=False, indent=1) if as_json else _told(found))


def measure_saliency(
    checkpoint: Name,
    data: Annotated[str | None, typer.Option("--data", help="Pictures with known objects; by default those it was trained on.")] = None,
    split: Annotated[str, typer.Option("--split", help="The part of the data to measure on.")] = "test",
    masks_only: Annotated[bool, typer.Option("--masks-only", help="Leave out objects of which only the box is known.")] = False,
    pictures: Annotated[int | None, typer.Option("--pictures", min=1, help="Measure on the first so many pictures or pairs.")] = None,
    score: Score = "common",
    method: Method = "gradcam",
    size: Size = None,
    threads: Threads = None,
    root: DataRoot = None,
    as_json: Json = False,
) -> None:
    """Measure maps against the objects' masks, with intervals and sanity checks."""
    from engine.cli.common import metrics_table
    from engine.data import load as load_data
    from engine.saliency.explainer import Explainer
    from engine.saliency.report import first_pictures, object_metrics, pair_metrics
    from engine.training.checkpoints import checkpoint_folder, load
    from engine.training.compute import use_threads

    use_threads(threads)
    explainer = Explainer(load(checkpoint_folder(checkpoint)))
    card = explainer.checkpoint.card
    raw = first_pictures(load_data(data or card.data.name, split, root), pictures)
    options = {"name": score, "method": method, "size": size}
    with progress_bar(quiet=as_json) as progress:
        x, y = explainer.encoders
        if raw.y.kind == "image":
            metrics = pair_metrics(explainer.model, raw, [x, y], **options, progress=progress)
        else:
            metrics = object_metrics(explainer.model, raw, x, y, **options, masks_only=masks_only, progress=progress)
    if as_json:
        print(json.dumps({"checkpoint": card.name, "data": raw.name, "split": split, "metrics": [m.model_dump() for m in metrics]}, indent=1))
        return
    metrics_table(metrics, f"{card.title}: maps on {raw.name}, {split}")


def _cells(saliency) -> list[list[float]]:
    """A map at 14 × 14 cells, four digits each."""
    from PIL import Image

    small = Image.fromarray(saliency).resize((JSON_SIDE, JSON_SIDE), Image.Resampling.BOX)
    return [[float(f"{small.getpixel((x, y)):.4g}") for x in range(JSON_SIDE)] for y in range(JSON_SIDE)]


def _told(found: dict[str, Any]) -> str:
    lines = [f"{e['prompt']}: score {e['score']:.4g}; " + ", ".join(f"{w} {v:+.2g}" for w, v in e["words"]) for e in found.get("prompts", [])]
    lines += [f"{name}: {value:.4g}" for name, value in found.get("scores", {}).items()]
    return "\n".join(lines + ([f"Maps in {found['out']}."] if "out" in found else ["Add --out FILE.png to see the maps."]))
