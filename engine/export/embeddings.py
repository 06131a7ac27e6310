"""A checkpoint's embeddings of a data set as one Parquet file, which ``given:`` and every dataframe reads."""

from collections.abc import Sequence
from pathlib import Path

from engine.checkpoints.storage import Checkpoint, encoder_ids
from engine.data import load
from engine.encoders.cache import Progress, encode_pairs
from engine.errors import TwoviewError
from engine.models.base import EmbeddingModel
from engine.paths import atomic_write
from engine.scoring import embed


def export_embeddings(
    checkpoint: Checkpoint, file: str | Path, splits: Sequence[str] = ("test",), root: Path | None = None, progress: Progress | None = None
) -> int:
    """Write a row per item: ``id``, ``view`` (x or y), ``split`` and ``vector`` (k numbers, float32); how many rows.

    Raises TwoviewError, before anything is written, for a pairwise model, another kind of file, or absent data.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = Path(file)
    if file.suffix.lower() != ".parquet":
        raise TwoviewError(f"Embeddings are written as .parquet, but {file.name} was asked for.")
    model = checkpoint.model
    if not isinstance(model, EmbeddingModel):
        raise TwoviewError(f"{model.title} scores pairs and has no embeddings. Choose an embedding model.")
    ids = encoder_ids(checkpoint)
    parts = []
    for split in splits:
        data = encode_pairs(load(checkpoint.card.data.name, split, root), *ids, progress=progress)
        checkpoint.check(data, *ids)
        for name, view in (("x", data.x), ("y", data.y)):
            vectors = embed(model, view.items, name).numpy(force=True)
            column = pa.FixedSizeListArray.from_arrays(pa.array(vectors.reshape(-1)), vectors.shape[1])
            names, splits_of = pa.array([name] * len(view)), pa.array([split] * len(view))
            parts.append(pa.table({"id": pa.array([str(id) for id in view.ids]), "view": names, "split": splits_of, "vector": column}))
    table = pa.concat_tables(parts).replace_schema_metadata({"checkpoint": checkpoint.card.name, "similarity": model.similarity})
    with atomic_write(file) as temporary:
        pq.write_table(table, temporary)
    return table.num_rows
