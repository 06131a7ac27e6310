"""A corpus in LanceDB: embedded, on disk or object storage, searched through an inverted file of codes of four bits a number.

The codes say who comes into question, the vectors themselves in which order: RaBitQ — Quantizing High-Dimensional Vectors with a Theoretical Error Bound for
Approximate Nearest Neighbor Search (Gao and Long, SIGMOD 2024). Beside a graph (HNSW) in every partition, at 1,000,000 × 256 numbers and for
99 % of the true first ten, it answers in a tenth of the time. LanceDB is imported when a corpus is opened and comes with ``requirements-scale.txt``.
"""

import math
import os
import sys
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache, wraps
from importlib.util import find_spec, module_from_spec
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar

import numpy as np
import torch
from torch import Tensor

from engine.errors import TwoviewError
from engine.search.corpus import EVERYTHING, RANK_BLOCK, Answers, Corpus, Filter, Recall, require_distinct

PROBES, REFINE = (32, 64, 128, 256, 512, 1024), 4  # partitions looked into: the fewest that find enough; candidates read in full, as a multiple of ``top``
ENOUGH = 0.99  # of the true first ten
LEAST_INDEXED = 10_000  # below it an exact scan is faster than an index is worth
RECALL_TOP = 10
SCANNED = 8  # questions from which one pass over all items beats asking for each
LATEST_ONLY = timedelta(0)  # any span, however short, now and then keeps the version before the last, made within it
CACHED = 2**29  # bytes of indexes that a process keeps in memory, of all its corpora; the rest is read where it lies, which costs little while the system remembers it
GONE = ("Not found", "no longer exists")  # what LanceDB says when files of the version that it has open, or all of it, are deleted
MOST_TABLES = 10_000  # two or three per checkpoint
SIMILARITY, DIMENSIONS, RECALL, SHARD = b"similarity", b"dimensions", "_recall", "shard"
CLIENTS = "lance_namespace_urllib3_client"  # of a server of tables, which LanceDB imports with all its functions and uses the messages of
BITS, MULTIPLE = 4, 8  # of a code, for each number; the index takes vectors of a multiple of these numbers: zeros are added, which change no score

Asked = ParamSpec("Asked")
Told = TypeVar("Told")


def _following(read: "Callable[Concatenate[LanceCorpus, Asked], Told]") -> "Callable[Concatenate[LanceCorpus, Asked], Told]":
    """Read once more, from what lies there now, when somebody has written the corpus anew since it was opened."""

    @wraps(read)
    def following(self: "LanceCorpus", *args: Asked.args, **kwargs: Asked.kwargs) -> Told:
        try:
            return read(self, *args, **kwargs)
        except (RuntimeError, ValueError) as problem:
            if not any(said in str(problem) for said in GONE):
                raise
            self._table.checkout_latest()
            self._measured = self._kept()
            return read(self, *args, **kwargs)

    return following


class LanceCorpus(Corpus):
    """The table ``name`` in the LanceDB database at ``uri``: a folder, or an address that LanceDB knows."""

    def __init__(self, uri: str, name: str, table: Any, database: Any):
        self.uri, self.name, self._table, self._database = uri, name, table, database
        self._width, said = table.schema.field("vector").type.list_size, table.schema.metadata or {}
        self._measured: dict[str | None, tuple[int, Recall]] = {}  # by the split that is asked, None for all: partitions looked into, what that finds
        self.dimensions, self.similarity = int(said.get(DIMENSIONS, self._width)), said[SIMILARITY].decode()
        self._metric: Literal["l2", "dot"] = "l2" if self.similarity == "euclidean" else "dot"

    @classmethod
    def create(cls, uri: str, name: str, dimensions: int, similarity: str = "cosine") -> "LanceCorpus":
        """An empty corpus; what lay there under this name is replaced."""
        import pyarrow as pa

        fields = [("id", pa.string()), ("split", pa.string()), ("label", pa.string()), (SHARD, pa.string()), ("vector", pa.list_(pa.float32(), MULTIPLE * math.ceil(dimensions / MULTIPLE)))]
        said = {SIMILARITY: similarity.encode(), DIMENSIONS: str(dimensions).encode()}
        database = _connect(uri)
        table = database.create_table(name, schema=pa.schema(fields, metadata=said), mode="overwrite")
        database.drop_table(name + RECALL, ignore_missing=True)
        return cls(uri, name, table, database)

    @classmethod
    def open(cls, uri: str, name: str) -> "LanceCorpus":
        """Raises FileNotFoundError when there is no such corpus, and TwoviewError when LanceDB is missing."""
        database = _connect(uri)
        if name not in _tables(database):
            raise FileNotFoundError(f"{uri}: {name}")
        corpus = cls(uri, name, database.open_table(name), database)
        corpus._measured = corpus._kept()
        return corpus

    @classmethod
    def open_or_create(cls, uri: str, name: str, dimensions: int, similarity: str) -> "LanceCorpus":
        """To be written to."""
        try:
            corpus = cls.open(uri, name)
        except FileNotFoundError:
            return cls.create(uri, name, dimensions, similarity)
        if SHARD not in corpus._table.schema.names:  # made before there were any
            corpus._table.add_columns({SHARD: "''"})
        return corpus

    def __len__(self) -> int:
        return self._table.count_rows()

    def count(self, only: Filter) -> int:
        return len(self) if only == EVERYTHING else self._table.count_rows(filter=_condition(only))

    def _write(self, ids: Sequence[str], vectors: np.ndarray, splits: Sequence[str], labels: Sequence[str]) -> None:
        rows = self._rows(ids, vectors, splits, labels)
        if len(self) == 0:
            self._table.add(rows)
        else:
            self._table.merge_insert("id").when_matched_update_all().when_not_matched_insert_all().execute(rows)

    def _rows(self, ids: Sequence[str], vectors: np.ndarray, splits: Sequence[str], labels: Sequence[str], shard: str = "") -> Any:
        import pyarrow as pa

        column = pa.FixedSizeListArray.from_arrays(pa.array(self._padded(vectors).ravel()), self._width)
        return pa.table({"id": list(ids), "split": list(splits), "label": list(labels), SHARD: [shard] * len(ids), "vector": column})

    def write_shard(self, shard: str, ids: Sequence[str], embeddings: Tensor, split: str, labels: Sequence[str]) -> None:
        """Add items of a split in one commit that carries the shard's name, unless they are there. Any number of processes may write at once: what is only added never conflicts.

        What is replaced has other names, and goes with ``keep_shards``.
        """
        require_distinct(ids)
        if (here := self.holds(shard)) == len(ids):
            return
        if here:
            self._table.delete(_equal(SHARD, shard))
        self._table.add(self._rows(ids, self._comparable(embeddings).numpy(force=True), [split] * len(ids), labels, shard))

    def holds(self, shard: str) -> int:
        """How many items of a shard are there by now: all or none, unless two processes wrote it at the same moment."""
        self._table.checkout_latest()
        return self._table.count_rows(filter=_equal(SHARD, shard))

    def _padded(self, vectors: np.ndarray) -> np.ndarray:
        return np.pad(vectors, [(0, 0)] * (vectors.ndim - 1) + [(0, self._width - self.dimensions)])

    def delete(self, ids: Sequence[str]) -> None:
        for some in _chunks(ids):
            self._table.delete(_among("id", some))

    def keep_shards(self, split: str, shards: Mapping[str, int]) -> set[str]:
        """Forget the items of a split that are of none of these shards, and shards that do not hold the items that they should (by their number): the names of those that are left."""
        self._table.checkout_latest()
        here = Counter(self._table.search().where(_condition(Filter(split))).select([SHARD]).to_arrow()[SHARD].to_pylist())
        for some in _chunks([name for name, count in here.items() if shards.get(name) != count]):
            self._table.delete(f"{_condition(Filter(split))} AND {_among(SHARD, some)}")
        return {name for name, count in shards.items() if here[name] == count}

    def under_other_splits(self, split: str, ids: Sequence[str]) -> dict[str, list[str]]:
        """Which of these ids are items of other splits, by their names."""
        wanted, found = {*ids}, defaultdict[str, list[str]](list)
        for batch in self._table.search().where(f"NOT {_condition(Filter(split))}").select(["id", "split"]).to_batches():
            for name, other in zip(batch["id"].to_pylist(), batch["split"].to_pylist(), strict=True):
                if name in wanted:
                    found[other].append(name)
        return found

    def build_index(self, questions: Tensor, of_splits: Mapping[str, Tensor] | None = None) -> Recall | None:
        """Index the corpus and measure the index on ``questions`` (q, dimensions), such as will be asked; kept with it.

        ``of_splits``: splits that will be asked as a filter, with questions for each: the index is measured with that filter, too, because what a filter
        leaves may lie in other partitions than those looked into. For each it looks into as many partitions as it takes to find ``ENOUGH``, up to the
        most of ``PROBES``. None, and no index, for few items, and no measure for a split of few: those are searched exactly.
        """
        self._database.drop_table(self.name + RECALL, ignore_missing=True)
        self._measured = {}
        self._tidy()
        if len(self) < LEAST_INDEXED:
            return None
        from lancedb.index import Bitmap, BTree, IvfRq

        partitions = max(1, math.isqrt(len(self)))
        self._table.create_index("vector", config=IvfRq(distance_type=self._metric, num_partitions=partitions, num_bits=BITS))
        self._table.create_index("id", config=BTree())
        self._table.create_index("split", config=Bitmap())
        wanted: list[tuple[str | None, Tensor]] = [(None, questions), *(of_splits or {}).items()]
        self._keep({split: self._measure(asked, split) for split, asked in wanted if self.count(Filter(split)) >= LEAST_INDEXED})
        return self.recall()

    def _tidy(self) -> None:
        """One large file instead of many small ones, and nothing kept of what was deleted or replaced: readers go on with what is here now, see ``_following``.
        The old index goes first, or it would be brought up to date before it is made anew."""
        for index in self._table.list_indices():
            self._table.drop_index(index.name)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "optimize", UserWarning)  # that readers of older versions will fail: ours follow
            self._table.optimize(cleanup_older_than=LATEST_ONLY)

    def _keep(self, measured: dict[str | None, tuple[int, Recall]]) -> None:
        import pyarrow as pa

        fields = [("value", pa.float64()), ("split", pa.string()), *((name, pa.int64()) for name in ("top", "queries", "items", "probes"))]
        rows = [vars(recall) | {"probes": probes} for probes, recall in measured.values()]
        self._database.create_table(self.name + RECALL, data=pa.Table.from_pylist(rows, pa.schema(fields)))
        self._measured = measured

    def sampled(self, count: int) -> dict[str | None, Tensor]:
        """At most ``count`` vectors of each split, and of all under None, evenly spread over them: what the other view's index is measured with."""
        rows = self._table.search().select(["id", "split"]).to_arrow()
        splits = np.asarray(rows["split"].to_pylist(), dtype=object)
        of: dict[str | None, np.ndarray] = {None: np.arange(len(splits))} | {split: np.flatnonzero(splits == split) for split in sorted({*splits})}
        spread = {split: at[np.unique(np.linspace(0, len(at) - 1, count).astype(int))] for split, at in of.items() if len(at)}
        return {split: self.vectors_of(rows["id"].take(at).to_pylist()) for split, at in spread.items()}

    def _measure(self, questions: Tensor, split: str | None) -> tuple[int, Recall]:
        """The fewest partitions that find enough with this filter, and how much they find."""
        only, asked = Filter(split), self._comparable(questions)
        truly = self._search(asked, RECALL_TOP, only, exact=True).ids
        for probes in PROBES:
            found = self._through_index(asked, RECALL_TOP, only, probes).ids
            share = float(np.mean([len(set(a) & set(b)) / len(a) for a, b in zip(truly, found, strict=True)]))
            if share >= ENOUGH:
                break
        return probes, Recall(share, RECALL_TOP, len(questions), self.count(only), split)

    def recall(self, only: Filter = EVERYTHING) -> Recall | None:
        return self._measured[only.split][1] if only.label is None and only.split in self._measured else None

    def _kept(self) -> dict[str | None, tuple[int, Recall]]:
        """What was measured of the index when it was built, empty where there is none."""
        if self.name + RECALL not in _tables(self._database):
            return {}
        rows = self._database.open_table(self.name + RECALL).to_arrow().to_pylist()
        return {row.get("split"): (row.pop("probes"), Recall(**row)) for row in rows}

    @_following
    def _search(self, vectors: Tensor, top: int, only: Filter, exact: bool) -> Answers:
        if not exact and only.split in self._measured:
            return self._through_index(vectors, top, only, self._measured[only.split][0])
        if len(vectors) >= SCANNED:
            return self._scan(vectors, top, only)
        return self._answers(self._query(vector, only).bypass_vector_index().limit(top) for vector in vectors)

    def _through_index(self, vectors: Tensor, top: int, only: Filter, probes: int) -> Answers:
        return self._answers(self._query(vector, only).nprobes(probes).refine_factor(REFINE).limit(top) for vector in vectors)

    def _query(self, vector: Tensor, only: Filter) -> Any:
        query = self._table.search(self._padded(vector.numpy()), vector_column_name="vector").distance_type(self._metric).select(["id", "_distance"])
        return query if only == EVERYTHING else query.where(_condition(only))

    def _answers(self, queries: Iterable[Any]) -> Answers:
        answers = Answers([], [])
        for query in queries:
            rows = query.to_arrow()
            distances = rows["_distance"].to_numpy()
            answers.ids.append(rows["id"].to_pylist())
            answers.scores.append((-distances if self._metric == "l2" else 1 - distances).tolist())
        return answers

    @_following
    def _found(self, ids: Sequence[str]) -> dict[str, Tensor]:
        rows = self._table.search().where(_among("id", ids)).select(["id", "vector"]).limit(len(ids)).to_arrow()
        return {name: torch.tensor(vector)[: self.dimensions] for name, vector in zip(rows["id"].to_pylist(), rows["vector"].to_pylist(), strict=True)}

    @_following
    def _at_least(self, vector: Tensor, ids: Sequence[str], only: Filter) -> list[int]:
        """Counted where the vectors lie, by the distances that the scan of all of them gives: equal vectors are equally far."""
        own = self._query(vector, EVERYTHING).where(_among("id", ids)).bypass_vector_index().limit(len(ids)).to_arrow()
        far = dict(zip(own["id"].to_pylist(), own["_distance"].to_numpy(), strict=True))
        reached = np.nextafter(max(far.values()), np.float32(np.inf))
        nearer = self._query(vector, only).bypass_vector_index().distance_range(upper_bound=float(reached)).select(["_distance"]).limit(len(self))
        found = [0] * len(ids)
        for batch in nearer.to_batches(batch_size=RANK_BLOCK):
            found = [count + int((batch["_distance"].to_numpy() <= far[name]).sum()) for count, name in zip(found, ids, strict=True)]
        return found

    @_following
    def ranks(self, queries: Tensor, matches: Sequence[Sequence[str]], only: Filter = EVERYTHING) -> list[int]:
        """As ``Corpus.ranks``: both passes over the items as they were when the first began, though somebody writes them anew; begun again where those are gone."""
        table = self._database.open_table(self.name)
        table.checkout(self._table.version)
        return Corpus.ranks(LanceCorpus(self.uri, self.name, table, self._database), queries, matches, only)

    def _vectors(self, only: Filter) -> Iterator[tuple[list[str], Tensor]]:
        query = self._table.search().select(["id", "vector"])
        if only != EVERYTHING:
            query = query.where(_condition(only))
        for batch in query.to_batches(batch_size=RANK_BLOCK):
            flat = batch["vector"].flatten().to_numpy(zero_copy_only=False)
            yield batch["id"].to_pylist(), torch.from_numpy(flat.reshape(-1, self._width)[:, : self.dimensions].copy())


def library() -> Any:
    """The module, which takes some tenths of a second to import. Raises TwoviewError when it is not installed."""
    os.environ.setdefault("LANCEDB_LOG", "error")  # it warns of every new table that it is new
    _leave_out_clients()
    try:
        import lancedb
    except ModuleNotFoundError:
        raise TwoviewError("A corpus on disk needs LanceDB, which is not installed. Install it: pip install -r requirements-scale.txt") from None
    return lancedb


def _leave_out_clients() -> None:
    """What the package ``CLIENTS`` offers beside its messages is only loaded when somebody asks for it: half of what importing LanceDB costs."""
    spec = None if CLIENTS in sys.modules else find_spec(CLIENTS)
    if spec is None or spec.loader is None:
        return
    package, loader = module_from_spec(spec), spec.loader

    def load(name: str) -> Any:
        if name.startswith("__"):  # asked by whoever looks at modules, not by who wants a client
            raise AttributeError(name)
        del package.__getattr__
        loader.exec_module(package)
        return getattr(package, name)

    package.__getattr__ = load  # type: ignore[method-assign]
    sys.modules[CLIENTS] = package


def _connect(uri: str) -> Any:
    return library().connect(uri, session=_session())


@lru_cache(maxsize=1)
def _session() -> Any:
    return library().Session(index_cache_size_bytes=CACHED)


def _tables(database: Any) -> list[str]:
    return database.table_names(limit=MOST_TABLES)


def _condition(only: Filter) -> str:
    wanted = (("split", only.split), ("label", only.label))
    return " AND ".join(_equal(column, value) for column, value in wanted if value is not None)


def _equal(column: str, value: str) -> str:
    return f"{column} = {_quoted(value)}"


def _among(column: str, values: Sequence[str]) -> str:
    return f"{column} IN ({', '.join(_quoted(value) for value in values)})"


def _chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    return (values[start : start + 1000] for start in range(0, len(values), 1000))


def _quoted(value: str) -> str:
    """An SQL string: quotes inside it are doubled."""
    return "'" + value.replace("'", "''") + "'"
