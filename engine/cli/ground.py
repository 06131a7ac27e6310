"""``python -m engine ground CHECKPOINT --image photo.jpg --phrase "a red kite"``: where in a picture something is."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.common import DataRoot, Json, MeasuredSplit, Threads, progress_bar
from engine.errors import TwoviewError

if TYPE_CHECKING:
    from engine.grounding.grounder import Grounded
    from engine.report.tables import Table


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


def measure_grounding(
    checkpoints: Annotated[list[str], typer.Argument(metavar="CHECKPOINT…", help="Of regions and phrases, or of whole pictures; these are asked by their saliency and by crops.")],
    data: Annotated[str | None, typer.Option("--data", help="Other data with phrases linked to boxes, to see what is carried over: coco-phrases.", show_default=False)] = None,
    split: MeasuredSplit = "test",
    pictures: Annotated[int | None, typer.Option("--pictures", min=2, help="Only so many pictures: crops take a second each.", show_default=False)] = None,
    root: DataRoot = None,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """How often the best region is right, by what is named and by size, beside chance, the largest region and the upper bound."""
    import numpy as np

    from engine.checkpoints.storage import checkpoint_folder
    from engine.checkpoints.storage import load as open_checkpoint
    from engine.compute import use_threads
    from engine.data import load as load_data
    from engine.encoders.regions import PREFIX
    from engine.grounding import measured
    from engine.grounding.baselines import by_crops, by_saliency
    from engine.grounding.pairs import region_pairs
    from engine.report import regions
    from engine.report.tables import records

    use_threads(threads)
    opened = {name: open_checkpoint(checkpoint_folder(name)) for name in checkpoints}
    names = {data} if data else {f"{checkpoint.card.data.name.removesuffix('-phrases')}-phrases" for checkpoint in opened.values()}
    if len(names) > 1:
        raise TwoviewError(f"Models of one data set are measured together, but these are of {' and '.join(sorted(names))}. Name one with --data.")
    raw = load_data(names.pop(), split, root)
    if pictures:
        raw = raw.take_groups(np.unique(raw.x.groups)[:pictures], split)
    with progress_bar(quiet=as_json) as progress:
        entrants, encoders = [], {}
        for own, checkpoint in opened.items():
            x, y = measured.encoders_of(checkpoint)
            if regions.reads_regions(checkpoint.card):
                encoders[x] = y
                entrants.append(regions.entrant(own, checkpoint, raw, progress=progress))
                continue
            encoders[x := f"{PREFIX}{x}"] = y
            pairs = region_pairs(raw, x, y, progress=progress)
            for way, score in (("saliency", by_saliency), ("crops", by_crops)):
                entrants.append(regions.Entrant(f"{own}, {way}", measured.of(f"{checkpoint.card.title}, by {way}", pairs, score(checkpoint, pairs, raw.x.items)), checkpoint.card))
        if len(encoders) > 1:
            raise TwoviewError(f"Models that choose from the same regions are measured together, but these read {' and '.join(encoders)}. Measure them apart.")
        entrants += [regions.Entrant(own, measured.baseline(own, next(iter(encoders.items())), raw, progress)) for own in measured.CONSTANT]
    tables = [regions.board(entrants), regions.by_part(entrants, "sizes"), regions.by_part(entrants, "kinds")]
    if as_json:
        print(json.dumps({table.key: records(table) for table in tables}, ensure_ascii=False, indent=1))
        return
    for table in tables:
        _print(table)


def _print(table: "Table") -> None:
    from rich.console import Console
    from rich.table import Table as Drawn

    from engine.report.tables import cell

    drawn = Drawn(*(column.heading for column in table.columns), title=f"{table.title}. {table.note}", title_justify="left", box=None, padding=(0, 2))
    for row in table.rows:
        drawn.add_row(*(cell(row, column) for column in table.columns))
    Console(highlight=False).print(drawn)


def combine(
    whole: Annotated[str, typer.Argument(metavar="WHOLE", help="An embedding model of whole pictures and sentences: scenes/two_branch.")],
    parts: Annotated[str, typer.Argument(metavar="REGIONS", help="An embedding model of regions and phrases: scenes-phrases/cca.")],
    root: DataRoot = None,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Whole pictures and regions together (Eq. 8 of the two-branch paper): α from the validation split, the gain on the test split; kept beside REGIONS."""
    from engine.checkpoints.storage import checkpoint_folder
    from engine.checkpoints.storage import load as open_checkpoint
    from engine.compute import use_threads
    from engine.data import load as load_data
    from engine.grounding.combination import combine as together
    from engine.grounding.combination import keep_combination

    use_threads(threads)
    models = [open_checkpoint(checkpoint_folder(name)) for name in (whole, parts)]
    splits = [load_data(models[1].card.data.name, split, root) for split in ("validation", "test")]
    with progress_bar(quiet=as_json) as progress:
        found = together(models[0], models[1], splits, progress)
    keep_combination(models[1].folder, found)
    if as_json:
        print(found.model_dump_json(indent=1))
        return
    print("α on the validation split, mean R@1 of both directions: " + ", ".join(f"{alpha:g} {100 * value:.1f} %" for alpha, value in zip(found.alphas, found.curve, strict=True)))
    for gain in found.gains:
        print(f"{gain.direction}, test, α = {found.alpha:g}: R@1 {100 * gain.alone:.1f} → {100 * gain.together:.1f} %, {100 * gain.difference:+.2f} points ({100 * gain.low:+.2f} to {100 * gain.high:+.2f})")
