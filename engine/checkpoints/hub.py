"""Checkpoints on the Hugging Face hub: a repository holds the checkpoint's own files, and a README with its measures as a model index."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.checkpoints.cards import HISTORY, WEIGHTS, Card, write_card
from engine.checkpoints.packed import FILES, settle
from engine.checkpoints.storage import load
from engine.errors import TwoviewError
from engine.paths import checkpoints_dir, new_folder

README = "README.md"
TASK = ("feature-extraction", "Cross-modal retrieval")


def push(folder: str | Path, repository: str, private: bool = False) -> str:
    """Put a checkpoint into the hub's repository ORG/NAME, which is made if need be; its address.

    The folder's card names local paths of given vectors or models by their last part only. Raises TwoviewError when the folder
    holds no usable checkpoint, or the hub cannot be reached or refuses.
    """
    from huggingface_hub import HfApi

    card = load(folder).card
    with TemporaryDirectory() as place:
        staged = Path(place)
        for name in (HISTORY, WEIGHTS):
            shutil.copyfile(Path(folder) / name, staged / name)
        write_card(staged, without_paths(card))
        (staged / README).write_text(readme(card, repository), encoding="utf-8")
        try:
            address = HfApi().create_repo(repository, private=private, exist_ok=True)
            HfApi().upload_folder(repo_id=repository, folder_path=staged, commit_message=f"Twoview checkpoint {card.name}")
        except Exception as error:  # whatever the client raises: no network, no permission, a name that is none
            raise TwoviewError(f"{card.name} could not be put into {repository} ({_first(error)}). Sign in with: hf auth login, and name a repository that is yours.") from error
    return str(address)


def pull(repository: str, name: str | None = None) -> Path:
    """Fetch a checkpoint from the hub's repository ORG/NAME to DATA/NAME among the checkpoints; its folder.

    ``name``: what to call it, else as its card does. Only the checkpoint's own files are fetched, of the sizes that they may
    have, and nothing is kept unless they make a checkpoint. Raises TwoviewError when they do not, when the name is taken, or
    the hub cannot be reached.
    """
    from huggingface_hub import HfApi, hf_hub_download

    with new_folder(checkpoints_dir()) as staged:
        try:
            for file in HfApi().get_paths_info(repository, list(FILES)):
                if (size := getattr(file, "size", 0)) > FILES[file.path]:
                    raise TwoviewError(f"{file.path} in {repository} has {size // 2**20} MB, more than such a file can have.")
            for file_name in FILES:
                shutil.copyfile(hf_hub_download(repository, file_name), staged / file_name)
        except TwoviewError:
            raise
        except Exception as error:  # whatever the client raises: no network, no such repository or file
            raise TwoviewError(f"No checkpoint could be fetched from {repository} ({_first(error)}). It needs {', '.join(FILES)}.") from error
        card = load(staged).card
        return settle(staged, card, name or card.name)


def without_paths(card: Card) -> Card:
    """The card without where its encoders' files lie on this machine."""
    encoders = {view: encoder and encoder.model_copy(update={"id": encoder.shown}) for view, encoder in card.encoders}
    return card.model_copy(update={"encoders": card.encoders.model_copy(update=encoders)})


def readme(card: Card, repository: str) -> str:
    """The repository's README: the measures in the hub's model-index, and how to use the checkpoint."""
    from huggingface_hub import EvalResult, ModelCardData

    results = [
        EvalResult(
            task_type=TASK[0], task_name=TASK[1], dataset_type=card.data.name, dataset_name=card.data.name, dataset_split=metric.split,
            metric_type=metric.measure, metric_name=f"{metric.measure.replace('_', ' ')}, {metric.direction.replace('_', ' ')}",
            metric_config=metric.direction, metric_value=metric.value, metric_args={"low": metric.low, "high": metric.high},
        )
        for metric in card.metrics
    ]  # fmt: skip
    head = ModelCardData(model_name=card.title, library_name="twoview", tags=["cross-modal-retrieval", card.model.name], eval_results=results)
    encoders = "".join(f"- {view}: {encoder.shown}, {encoder.dim} numbers\n" for view, encoder in card.encoders if encoder)
    rows = "".join(f"| {m.measure} | {m.direction} | {m.split} | {m.value:.4g} | {_interval(m.low, m.high)} |\n" for m in card.metrics)
    return (
        f"---\n{head.to_yaml()}\n---\n\n# {card.title}\n\nA model of two views, {card.model.name}, on {card.data.name}.\n\n"
        f"```sh\npython -m engine pull {repository}\n```\n\n{encoders}\n"
        f"| measure | direction | split | value | 95 % interval |\n| --- | --- | --- | --- | --- |\n{rows}"
    )


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{low:.4g} – {high:.4g}"


def _first(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
