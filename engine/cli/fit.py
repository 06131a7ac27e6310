"""``python -m engine fit MODEL --data DATA``: a closed form solved from sums, whatever the number of pairs; more pairs can be added later."""

from pathlib import Path
from typing import Annotated

import typer

from engine.cli.common import Changes, DataRoot, Json, Threads, assignment, metrics_table, progress_bar
from engine.errors import TwoviewError


def fit(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A closed form: cca, rcca, pls or gma.")],
    data: Annotated[str, typer.Option("--data", help="A data set's name, or the path of your own.")],
    x: Annotated[str | None, typer.Option("--x", help="Encoder of the first view; else one that is here.")] = None,
    y: Annotated[str | None, typer.Option("--y", help="Encoder of the second view.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="What the checkpoint is called, as DATA/MODEL.")] = None,
    onto: Annotated[str | None, typer.Option("--onto", metavar="CHECKPOINT", help="Add these pairs to those that this checkpoint was fitted on, without reading them again.")] = None,
    everything: Annotated[bool, typer.Option("--everything", help="Fit on all pairs, read where they lie, and keep none to measure with.")] = False,
    rows: Annotated[int, typer.Option("--rows", min=1, help="Pairs read at once.")] = 65_536,
    on: Annotated[str | None, typer.Option("--on", help="ray: sum up on the cores of this machine; ray://host:port: on a cluster.")] = None,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave bad rows of your own data out.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Folder of the checkpoint; else checkpoints/DATA/MODEL.")] = None,
    changes: Changes = None,
    threads: Threads = None,
    root: DataRoot = None,
    as_json: Json = False,
) -> None:
    """Fit CCA, RCCA, PLS or GMA part by part: memory holds one part, and new pairs are added without the old ones."""
    from dataclasses import replace

    from engine.checkpoints.storage import checkpoint_folder, load, unused_folder
    from engine.compute import use_threads
    from engine.distributed.on_ray import OnRay
    from engine.recipes.fit import EVERYTHING, fit_checkpoint
    from engine.recipes.plan import plan
    from engine.training.parts import one_by_one

    use_threads(threads)
    if onto and changes:
        raise TwoviewError("--set belongs to a first fit: pairs are added to a model as it is. Leave --set or --onto out.")
    before = None if onto is None else load(checkpoint_folder(onto))
    settings = before.card.model.settings if before else dict(assignment(text) for text in changes or ())
    made = plan(model, data, x, y, name, settings, skip_bad=skip_bad, root=root)
    recipe = replace(made.recipe, train=EVERYTHING) if everything else made.recipe
    for sentence in made.decided:
        typer.echo(sentence, err=True)
    with progress_bar(quiet=as_json) as progress:
        fitted = fit_checkpoint(recipe, out or unused_folder(recipe.name), before, root, rows, OnRay(on) if on else one_by_one, progress)
    if as_json:
        typer.echo(fitted.card.model_dump_json(indent=1))
        return
    if fitted.card.metrics:
        metrics_table(fitted.card.metrics, fitted.card.title)
    typer.echo(f"{fitted.card.notes} {fitted.history.seconds:.1f} s. Checkpoint: {fitted.folder}")
