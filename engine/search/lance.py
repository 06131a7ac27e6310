"""A corpus in LanceDB: embedded, on disk or object storage, searched through an IVF-HNSW index with scalar quantisation.

LanceDB is imported when a corpus is opened and comes with ``requirements-scale.txt``.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from engine.errors import TwoviewError
from engine.search.corpus import EVERYTHING, RANK_BLOCK, Answers, Corpus, Filter, Recall

PROBES, REFINE = (32, 64, 128, 256), 4  # partitions looked into: the fewest that find enough; candidates read in full, as a multiple of ``top``
ENOUGH = 0.99  # of the true first ten
LEAST_INDEXED = 10_000  # below it an exact scan is faster than an index is worth
RECALL_TOP = 10
SCANNED = 8  # questions from which one pass over all items beats asking for each
MOST_TABLES = 10_000  # two or three per checkpoint
SIMILARITY, RECALL = b"similarity", "_recall"


class LanceCorpus(Corpus):
    """The table ``name`` in the LanceDB database at ``uri``: a folder, or an address that LanceDB knows."""

    def __init__(self, uri: str, name: str, table: Any, database: Any):
        self.uri, self.name, self._table, self._database = uri, name, table, database
        self.dimensions = table.schema.field("vector").type.list_size
        self._probes = PROBES[0]
        self.similarity = (table.schema.metadata or {})[SIMILARITY].decode()
        self._metric: Literal["l2", "dot"] = "l2" if self.similarity == "euclidean" else "dot"

    @classmethod
    def create(cls, uri: str, name: str, dimensions: int, similarity: str = "cosine") -> "LanceCorpus":
        """An empty corpus; what lay there under this name is replaced."""
        import pyarrow as pa

        fields = [("id", pa.string()), ("split", pa.string()), ("label", pa.string()), ("vector", pa.list_(pa.float32(), dimensions))]
        database = _connect(uri)
        table = database.create_table(name, schema=pa.schema(fields, metadata={SIMILARITY: similarity.encode()}), mode="overwrite")
        database.drop_table(name + RECALL, ignore_missing=True)
        return cls(uri, name, table, database)

    @classmethod
    def open(cls, uri: str, name: str) -> "LanceCorpus":
        """Raises FileNotFoundError when there is no such corpus, and TwoviewError when LanceDB is missing."""
        database = _connect(uri)
        if name not in _tables(database):
            raise FileNotFoundError(f"{uri}: {name}")
        corpus = cls(uri, name, database.open_table(name), database)
        kept = corpus._kept()
        corpus._probes = int(kept.get("probes", PROBES[0]))
        return corpus

    @classmethod
    def open_or_create(cls, uri: str, name: str, dimensions: int, similarity: str) -> "LanceCorpus":
        try:
            return cls.open(uri, name)
        except FileNotFoundError:
            return cls.create(uri, name, dimensions, similarity)

    def __len__(self) -> int:
        return self._table.count_rows()

    def count(self, only: Filter) -> int:
        return len(self) if only == EVERYTHING else self._table.count_rows(filter=_condition(only))

    def _write(self, ids: Sequence[str], vectors: np.ndarray, splits: Sequence[str], labels: Sequence[str]) -> None:
        import pyarrow as pa

        column = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), self.dimensions)
        rows = pa.table({"id": list(ids), "split": list(splits), "label": list(labels), "vector": column})
        if len(self) == 0:
            self._table.add(rows)
        else:
            self._table.merge_insert("id").when_matched_update_all().when_not_matched_insert_all().execute(rows)

    def delete(self, ids: Sequence[str]) -> None:
        for start in range(0, len(ids), 1000):
            self._table.delete(f"id IN ({', '.join(_quoted(name) for name in ids[start : start + 1000])})")

    def build_index(self, questions: Tensor) -> Recall | None:
        """Index the corpus and measure the index on ``questions`` (q, dimensions), such as will be asked; kept with it.

        It looks into as many partitions as it takes to find ``ENOUGH``, up to the most of ``PROBES``.

        None, and no index, for few items: those are searched exactly.
        """
        if len(self) < LEAST_INDEXED:
            return None
        self._database.drop_table(self.name + RECALL, ignore_missing=True)
        from lancedb.index import HnswSq

        partitions = max(1, math.isqrt(len(self)))
        self._table.create_index("vector", config=HnswSq(distance_type=self._metric, num_partitions=partitions))
        truly = self.search(questions, RECALL_TOP, exact=True).ids
        for self._probes in PROBES:
            found = self.search(questions, RECALL_TOP).ids
            share = float(np.mean([len(set(a) & set(b)) / len(a) for a, b in zip(truly, found, strict=True)]))
            if share >= ENOUGH:
                break
        recall = Recall(share, RECALL_TOP, len(questions), len(self))
        self._database.create_table(self.name + RECALL, data=[vars(recall) | {"probes": self._probes}])
        return recall

    @property
    def recall(self) -> Recall | None:
        kept = self._kept()
        return Recall(**{name: value for name, value in kept.items() if name != "probes"}) if kept else None

    def _kept(self) -> dict[str, Any]:
        """What was measured of the index when it was built, empty where there is none."""
        if self.name + RECALL not in _tables(self._database):
            return {}
        return self._database.open_table(self.name + RECALL).to_arrow().to_pylist()[0]

    def _search(self, vectors: Tensor, top: int, only: Filter, exact: bool) -> Answers:
        if exact and len(vectors) >= SCANNED:
            return self._scan(vectors, top, only)
        answers = Answers([], [])
        for vector in vectors.numpy():
            query = self._table.search(vector, vector_column_name="vector").distance_type(self._metric).select(["id", "_distance"]).limit(top)
            if only != EVERYTHING:
                query = query.where(_condition(only))
            query = query.bypass_vector_index() if exact else query.nprobes(self._probes).refine_factor(REFINE)
            rows = query.to_arrow()
            distances = rows["_distance"].to_numpy()
            answers.ids.append(rows["id"].to_pylist())
            answers.scores.append((-distances if self._metric == "l2" else 1 - distances).tolist())
        return answers

    def _vectors(self, only: Filter) -> Iterator[tuple[list[str], Tensor]]:
        query = self._table.search().select(["id", "vector"])
        if only != EVERYTHING:
            query = query.where(_condition(only))
        for batch in query.to_batches(batch_size=RANK_BLOCK):
            flat = batch["vector"].flatten().to_numpy(zero_copy_only=False)
            yield batch["id"].to_pylist(), torch.from_numpy(flat.reshape(-1, self.dimensions).copy())


def _connect(uri: str) -> Any:
    try:
        import lancedb
    except ModuleNotFoundError:
        raise TwoviewError("A corpus on disk needs LanceDB, which is not installed. Install it: pip install -r requirements-scale.txt") from None
    return lancedb.connect(uri)


def _tables(database: Any) -> list[str]:
    return database.table_names(limit=MOST_TABLES)


def _condition(only: Filter) -> str:
    wanted = (("split", only.split), ("label", only.label))
    return " AND ".join(f"{column} = {_quoted(value)}" for column, value in wanted if value is not None)


def _quoted(value: str) -> str:
    """An SQL string: quotes inside it are doubled."""
    return "'" + value.replace("'", "''") + "'"
