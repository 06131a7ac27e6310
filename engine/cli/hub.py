"""``python -m engine push CHECKPOINT ORG/NAME`` and ``pull ORG/NAME``: checkpoints to and from the Hugging Face hub."""

from typing import Annotated

import typer


def push(
    checkpoint: Annotated[str, typer.Argument(metavar="CHECKPOINT", help="A checkpoint's folder, or its name: scenes/cca.")],
    repository: Annotated[str, typer.Argument(metavar="ORG/NAME", help="The hub's repository; it is made if need be.")],
    private: Annotated[bool, typer.Option("--private", help="Make a repository that only its owner sees.")] = False,
) -> None:
    """Put a checkpoint on the hub, with a README that holds its measures."""
    from engine.checkpoints.hub import push as push_checkpoint
    from engine.checkpoints.storage import checkpoint_folder

    print(push_checkpoint(checkpoint_folder(checkpoint), repository, private))


def pull(
    repository: Annotated[str, typer.Argument(metavar="ORG/NAME", help="The hub's repository.")],
    name: Annotated[str | None, typer.Option("--name", metavar="DATA/NAME", help="What to call the checkpoint here; else as its card does.")] = None,
) -> None:
    """Fetch a checkpoint from the hub."""
    from engine.checkpoints.hub import pull as pull_checkpoint

    print(f"Checkpoint: {pull_checkpoint(repository, name)}")
