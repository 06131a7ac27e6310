"""``python -m engine bring NAME``: a model of one's own beside the trained ones, by its embeddings or whole."""

from pathlib import Path
from typing import Annotated

import typer

from engine.cli.common import DataRoot, Json, Threads, metrics_table, progress_bar
from engine.errors import TwoviewError


def bring(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call the model; its checkpoint is DATA/NAME.")],
    data: Annotated[str, typer.Option("--data", help="The data set whose items are embedded: a name.")],
    x: Annotated[Path | None, typer.Option("--x", help="Embeddings of view x with the items' ids: .npz, .mat, .parquet, .arrow, or .npy / .safetensors beside NAME.ids.txt.")] = None,
    y: Annotated[Path | None, typer.Option("--y", help="Embeddings of view y, in the same space.")] = None,
    model: Annotated[str | None, typer.Option("--model", help="Instead of embeddings, a pretrained dual encoder: a folder, open_clip's .pt, a repository of the hub, or open_clip:ARCHITECTURE/TAG.")] = None,
    prompt: Annotated[str | None, typer.Option("--prompt", help="What single words are put into for such a model: 'a photo of a {}'.")] = None,
    similarity: Annotated[str | None, typer.Option("--similarity", help="cosine (the default) or dot: what the embeddings were made for.")] = None,
    split: Annotated[str, typer.Option("--split", help="The part of the data that is embedded.")] = "test",
    threads: Threads = None,
    root: DataRoot = None,
    as_json: Json = False,
) -> None:
    """Bring a model that was made elsewhere, measure it, and keep it as a checkpoint."""
    from engine.compute import use_threads
    from engine.recipes.bring import bring as bring_embeddings
    from engine.recipes.bring import bring_dual_encoder, left_over

    use_threads(threads)
    if model is not None:
        if x or y or similarity:
            raise TwoviewError("--model brings a whole model, which is compared by its cosine: leave --x, --y and --similarity out.")
        with progress_bar(quiet=as_json) as progress:
            made = bring_dual_encoder(name, data, model, prompt, split, root, progress)
    else:
        if x is None or y is None or prompt is not None:
            raise TwoviewError("Give the embeddings of both views with --x and --y, or a pretrained dual encoder with --model (and --prompt).")
        made = bring_embeddings(name, data, x, y, similarity or "cosine", split, root)
    if as_json:
        print(made.card.model_dump_json(indent=1))
        return
    metrics_table(made.card.metrics, made.card.title)
    if model is None:
        for sentence in left_over(made, data, split, root):
            print(sentence)
    elif made.card.logits:
        print(f"Its logit of a pair: {made.card.logits.scale:.4g} · cosine {made.card.logits.bias:+.4g}")
    print(f"Checkpoint: {made.folder}")
