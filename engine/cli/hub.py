"""``python -m engine push CHECKPOINT ORG/NAME`` and ``pull ORG/NAME``: checkpoints to and from the Hugging Face hub, or a zip."""

from pathlib import Path
from typing import Annotated

import typer

ZIP = ".zip"


def push(
    checkpoint: Annotated[str, typer.Argument(metavar="CHECKPOINT", help="A checkpoint's folder, or its name: scenes/cca.")],
    repository: Annotated[str, typer.Argument(metavar="ORG/NAME|FILE.zip", help="The hub's repository, which is made if need be; or a zip to be written.")],
    private: Annotated[bool, typer.Option("--private", help="Make a repository that only its owner sees.")] = False,
) -> None:
    """Put a checkpoint on the hub, with a README that holds its measures, or into a zip."""
    from engine.checkpoints.hub import push as push_checkpoint
    from engine.checkpoints.packed import pack
    from engine.checkpoints.storage import checkpoint_folder
    from engine.errors import TwoviewError
    from engine.paths import atomic_write

    if repository.endswith(ZIP):
        if private:
            raise TwoviewError("--private belongs to a repository of the hub; a zip is yours to keep.")
        with atomic_write(Path(repository)) as temporary:
            temporary.write_bytes(pack(checkpoint_folder(checkpoint)))
        print(repository)
        return
    print(push_checkpoint(checkpoint_folder(checkpoint), repository, private))


def pull(
    repository: Annotated[str, typer.Argument(metavar="ORG/NAME|FILE.zip", help="The hub's repository, or a zip that push or the app wrote.")],
    name: Annotated[str | None, typer.Option("--name", metavar="DATA/NAME", help="What to call the checkpoint here; else as its card does.")] = None,
) -> None:
    """Fetch a checkpoint from the hub, or out of a zip."""
    from engine.checkpoints.hub import pull as pull_checkpoint
    from engine.checkpoints.packed import unpack

    made = unpack(Path(repository), name) if repository.endswith(ZIP) else pull_checkpoint(repository, name)
    print(f"Checkpoint: {made}")
