"""How many canonical components of a checkpoint are real: tested once by the worker and kept."""

from dataclasses import dataclass

from app.asking import answering
from app.frame.work import Note, worker
from engine.evaluation.components import LEVEL, Components, components_of, kept_components
from engine.report.charts.components import components_chart
from engine.search.retriever import Retriever

__all__ = ["LEVEL", "Components", "Testing", "components_chart", "of"]


@dataclass(frozen=True)
class Testing:
    """A test under way: what ``share`` of it is done, and in words."""

    share: float
    told: str


def of(path: str, created: str, split: str) -> Components | Testing | str:
    """What is known of the checkpoint in a folder; as long as the worker tests it, how far it is; or why nothing can be said."""
    retriever = answering.retriever(path, created, split)
    if found := kept_components(retriever.checkpoint, retriever.features):
        return found
    job = f"components {path} {created} {split}"
    note = worker().note(job)
    worker().start(job, count, path, split, note)
    if worker().seconds(job) is None:
        return worker().problem(job) or kept_components(retriever.checkpoint, retriever.features) or "It was tested, but what was kept cannot be read. Is the cache's folder writable?"
    done, total, _ = note.read() or (0, 1, "")
    return Testing(done / total, f"{done} of {total} shuffles" if done else "it waits its turn")


def count(path: str, split: str, note: Note) -> None:
    """Test a checkpoint's components and keep the result. Runs in the worker's process, which opens everything anew."""
    retriever = Retriever.open(path, split)
    components_of(retriever.checkpoint, retriever.features, note)
