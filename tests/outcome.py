"""What a training came to, to be compared with another's."""

import json
from pathlib import Path


def outcome(folder: Path) -> tuple:
    """The metrics, the weights' hash, and losses and validation measure of every epoch of a checkpoint."""
    card, history = (json.loads((folder / name).read_text()) for name in ("card.json", "history.json"))
    return card["metrics"], card["model"]["weights_hash"], [(epoch["losses"], epoch["validation"]) for epoch in history["epochs"]]
