"""Vectors made elsewhere come to their items by id, whatever the file's format, type and order."""

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from engine.data.base import PairedData, View
from engine.encoders import open_encoder, weights_hash
from engine.encoders.cache import encode_pairs
from engine.encoders.given import BESIDE_IDS, WITH_IDS, _read, surplus, vectors_of
from engine.errors import TwoviewError

IDS = [f"item {i}" for i in range(6)]
MATRIX = np.random.default_rng(0).normal(size=(6, 4))
FORMATS = [*WITH_IDS, *BESIDE_IDS]
VIEW = View("text", ["a", "b", "c"], ["item 4", "item 0", "item 2"], np.arange(3))


def write(path, matrix=MATRIX, ids=IDS):
    match path.suffix:
        case ".npz":
            np.savez(path, ids=np.array(ids), vectors=matrix)
        case ".mat":
            from scipy.io import savemat

            savemat(path, {"ids": np.array(ids, dtype=object), "vectors": matrix})
        case ".parquet":
            import pyarrow as pa
            import pyarrow.parquet as pq

            pq.write_table(pa.table({"id": ids, "vector": list(matrix)}), path)
        case ".arrow":
            import pyarrow as pa

            table = pa.table({"id": ids, "vector": list(matrix)})
            with pa.ipc.new_file(path, table.schema) as file:
                file.write_table(table)
        case ".feather":
            import pyarrow as pa
            from pyarrow import feather

            feather.write_feather(pa.table({"id": ids, "vector": list(matrix)}), path)
        case ".npy":
            np.save(path, matrix)
        case ".safetensors":
            save_file({"vectors": torch.tensor(matrix).contiguous()}, path)
    if path.suffix in (".npy", ".safetensors"):
        path.with_suffix(".ids.txt").write_text("\n".join(ids) + "\n")
    return f"given:{path}"


@pytest.mark.parametrize("suffix", FORMATS)
def test_each_format_is_aligned_by_id(suffix, tmp_path):
    id = write(tmp_path / f"a@b?{suffix}")
    np.testing.assert_array_equal(vectors_of(id, VIEW), MATRIX[[4, 0, 2]].astype(np.float32))
    assert open_encoder(id).dim == 4 and surplus(id, VIEW) == ["item 1", "item 3", "item 5"]


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8"])
def test_each_type_and_order(dtype, suffix, tmp_path):
    for order in "CF":
        matrix = np.asarray(10 * MATRIX, dtype="float32" if (suffix, dtype) == (".mat", "float16") else dtype, order=order)  # MATLAB has no float16
        np.testing.assert_array_equal(vectors_of(write(tmp_path / f"{order}{suffix}", matrix), VIEW), matrix[[4, 0, 2]].astype(np.float32))


@pytest.mark.parametrize("suffix", [".npy", ".safetensors", ".arrow"])
def test_large_files_are_mapped_and_not_read(suffix, tmp_path):
    id = write(tmp_path / f"v{suffix}", MATRIX.astype(np.float32))
    matrix = _read(tmp_path / f"v{suffix}", weights_hash(id), "")[1]
    assert matrix.dtype == np.float32 and not matrix.flags.owndata and not matrix.flags.writeable


def test_pairs_are_encoded_and_new_files_are_noticed(tmp_path):
    id = write(tmp_path / "v.npz")
    data = PairedData("toy", "test", VIEW, VIEW)
    before = weights_hash(id)
    assert encode_pairs(data, id, id).x.kind == "vector"
    write(tmp_path / "v.npz", 2 * MATRIX)
    np.testing.assert_array_equal(encode_pairs(data, id, id).y.items, (2 * MATRIX[[4, 0, 2]]).astype(np.float32))
    assert weights_hash(id) != before


@pytest.mark.parametrize("suffix", [".parquet", ".arrow", ".feather"])
def test_lists_of_other_lengths_are_named(suffix, tmp_path):
    rows = [list(row) for row in MATRIX]
    rows[2], rows[4] = rows[2][:3], None
    with pytest.raises(TwoviewError, match=r"lists that don't hold 4 numbers, for 2 \(item 4, item 2\) items"):
        vectors_of(write(tmp_path / f"v{suffix}", rows), VIEW)


def test_tensors_that_cannot_be_read_are_a_sentence(tmp_path):
    id = write(tmp_path / "v.safetensors")
    save_file({"v": torch.zeros(6, 4, dtype=torch.bfloat16)}, tmp_path / "v.safetensors")
    with pytest.raises(TwoviewError, match="type BF16"):
        vectors_of(id, VIEW)
    save_file({"v": torch.zeros(6, 4), "w": torch.zeros(1)}, tmp_path / "v.safetensors")
    with pytest.raises(TwoviewError, match="must hold one tensor; it holds v, w"):
        vectors_of(id, VIEW)
    (tmp_path / "v.safetensors").write_bytes(b"nothing")
    with pytest.raises(TwoviewError, match="can't be read as safetensors"):
        vectors_of(id, VIEW)


def with_nan():
    matrix = MATRIX.copy()
    matrix[4, 1] = np.nan
    return matrix


@pytest.mark.parametrize(
    ("matrix", "ids", "sentence"),
    [
        (MATRIX, [*IDS[:4], "x", "y"], r"no vector for 1 \(item 4\) of 3 items"),
        (MATRIX, [*IDS[:5], "item 0"], r"repeats ids in 1 \(item 0\) rows"),
        (MATRIX, IDS[:5], "6 vectors, but 5 ids"),
        (with_nan(), IDS, r"NaN or infinite values for 1 \(item 4\)"),
        (MATRIX[0], IDS, "a matrix of real numbers"),
        (MATRIX * 1j, IDS, "a matrix of real numbers"),
    ],
)
def test_what_is_wrong_is_named(matrix, ids, sentence, tmp_path):
    with pytest.raises(TwoviewError, match=sentence):
        vectors_of(write(tmp_path / "v.npz", matrix, ids), VIEW)


def test_nothing_new_is_encoded(tmp_path):
    with pytest.raises(TwoviewError, match="can't encode others"):
        open_encoder(write(tmp_path / "v.npz"))(["a sentence"])
    with pytest.raises(TwoviewError, match="not there"):
        open_encoder(f"given:{tmp_path / 'none.npz'}")
