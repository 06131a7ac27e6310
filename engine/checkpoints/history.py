"""What a training run leaves behind, epoch by epoch."""

from pydantic import BaseModel, ConfigDict


class Epoch(BaseModel):
    """One epoch: mean loss parts, measures on the validation split, learning rate used, seconds it took."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: str
    epoch: int
    losses: dict[str, float]
    validation: dict[str, float]
    learning_rate: float
    seconds: float


class History(BaseModel):
    """All epochs of a run. ``best_epoch``: whose weights were kept, 1-based and counted over all stages, None if the last."""

    model_config = ConfigDict(extra="forbid")

    epochs: list[Epoch] = []
    best_epoch: int | None = None

    @property
    def seconds(self) -> float:
        return sum(epoch.seconds for epoch in self.epochs)
