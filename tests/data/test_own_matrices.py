"""Two feature matrices in every format: the same pairs, and every bad row by its number."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.io import savemat

from engine.data import find, load
from engine.data.own import check_own, load_own
from engine.errors import TwoviewError

numbers = np.random.default_rng(0)
X, Y = numbers.normal(size=(40, 3)).astype(np.float32), numbers.normal(size=(40, 5)).astype(np.float32)
LABELS = np.arange(40) % 4 + 1


def write_npz(path, **arrays):
    np.savez(path / "d.npz", **arrays)
    return path / "d.npz"


def write_mat(path, **arrays):
    savemat(path / "d.mat", {name: array if name in "xy" else array.astype(float)[:, None] for name, array in arrays.items()})
    return path / "d.mat"


def write_parquet(path, **arrays):
    pq.write_table(pa.table({name: array.tolist() for name, array in arrays.items()}), path / "d.parquet")
    return path / "d.parquet"


def write_npy(path, **arrays):
    for name, array in arrays.items():
        np.save(path / f"{name}.npy", array)
    return path


def write_mixed(path, **arrays):
    pq.write_table(pa.table({f"f{i}": column for i, column in enumerate(arrays.pop("x").T)}), path / "X.parquet")
    savemat(path / "y.mat", {"features": arrays.pop("y").astype(np.float64)})
    for name, array in arrays.items():
        np.savez(path / f"{name}.npz", array)
    return path


WRITERS = [write_npz, write_mat, write_parquet, write_npy, write_mixed]


@pytest.mark.parametrize("write", WRITERS)
def test_formats(tmp_path, write):
    data = load_own(write(tmp_path, x=X, y=Y, labels=LABELS))
    assert np.allclose(data.x.items, X)
    assert np.allclose(data.y.items, Y)
    assert data.x.items.dtype == np.float32
    assert data.pairs.tolist() == [[i, i] for i in range(40)]
    assert data.label_names == ["1", "2", "3", "4"]
    assert data.x.labels.tolist() == (LABELS - 1).tolist()


@pytest.mark.parametrize("write", [write for write in WRITERS if write is not write_parquet])
def test_groups_of_views_that_differ_in_length(tmp_path, write):
    groups_y = np.arange(40) // 4
    data = load_own(write(tmp_path, x=X[:10], y=Y, groups_x=np.arange(10), groups_y=groups_y))
    assert data.pairs.tolist() == [[g, i] for i, g in enumerate(groups_y)]
    assert data.x.labels is None


@pytest.mark.parametrize("write", WRITERS)
def test_bad_rows(tmp_path, write):
    x, y = X.copy(), Y.astype(np.float64)
    x[3, 1], x[7, 2], y[3, 0] = np.nan, np.inf, -np.inf
    y[9, 4] = 1e300
    path = write(tmp_path, x=x, y=y)
    reading = check_own(path)
    assert [(problem.row, problem.what[:1]) for problem in reading.problems] == [(3, "x"), (3, "y"), (7, "x"), (9, "y")]
    assert "column 4" in reading.problems[3].what
    with pytest.raises(TwoviewError, match="4 problems"):
        load_own(path)
    data = load_own(path, skip_bad=True)
    assert data.x.ids == data.y.ids == [str(i) for i in range(40) if i not in (3, 7, 9)]
    assert np.isfinite(data.x.items).all()
    assert np.isfinite(data.y.items).all()


def test_rows_without_a_partner(tmp_path):
    groups = np.array([0, 0, 1, 5])
    x = X[:3].copy()
    x[2] = np.nan
    path = write_npz(tmp_path, x=x, y=Y[:4], groups_x=[0, 7, 1], groups_y=groups)
    found = {(problem.row, problem.what[:1]): problem.what for problem in check_own(path).problems}
    assert found.keys() == {(2, "x"), (1, "x"), (2, "y"), (3, "y")}
    assert "partner" in found[1, "x"]
    assert load_own(path, skip_bad=True).pairs.tolist() == [[0, 0], [0, 1]]


def test_parquet_cells_of_another_length(tmp_path):
    cells = X.tolist()
    cells[4], cells[6] = cells[4][:2], None
    pq.write_table(pa.table({"x": cells, "y": Y.tolist()}), tmp_path / "d.parquet")
    assert [problem.row for problem in check_own(tmp_path / "d.parquet").problems] == [4, 6]


def test_ids_and_splits(tmp_path):
    ids = np.array([f"i{n}" for n in range(40)])
    ids[5] = "i4"
    split = np.array(["train"] * 20 + ["Val"] * 10 + ["test"] * 8 + ["hold", "test"])
    groups = np.arange(40)
    groups[39] = 0
    path = write_npz(tmp_path, x=X, y=Y, id=ids, split=split, group=groups)
    found = {problem.row: problem.what for problem in check_own(path).problems}
    assert found.keys() == {5, 38, 39}
    assert "used twice" in found[5]
    assert "none of train" in found[38]
    assert "contradicts" in found[39]
    assert [len(load_own(path, part, skip_bad=True).x) for part in ("train", "validation", "test")] == [19, 10, 8]


def test_splits_follow_the_content(tmp_path):
    order = numbers.permutation(40)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    a = write_npz(tmp_path / "a", x=X, y=Y)
    b = write_npy(tmp_path / "b", x=X[order], y=Y[order])
    sizes = []
    for split in ("train", "validation", "test"):
        one, two = load(str(a), split), load(str(b), split)
        assert {row.tobytes() for row in one.x.items} == {row.tobytes() for row in two.x.items}
        sizes.append(len(one.x))
    assert sizes == [32, 4, 4]
    assert find(str(a)).encoders == (None, None)


def test_labels_may_be_missing(tmp_path):
    labels = np.array(["cat", "", "dog", "cat"])
    assert load_own(write_npz(tmp_path, x=X[:4], y=Y[:4], labels=labels)).x.labels.tolist() == [0, -1, 1, 0]
    numbered = np.array([2.0, -1.0, np.nan, 10.0])
    data = load_own(write_npz(tmp_path, x=X[:4], y=Y[:4], labels=numbered))
    assert [data.label_names[label] if label >= 0 else None for label in data.x.labels] == ["2", None, None, "10"]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": X}, "no matrix y"),
        ({"x": X, "y": Y[:7]}, "40 rows and y has 7"),
        ({"x": X, "y": Y[:, 0]}, "must be a matrix"),
        ({"x": X, "y": Y.astype(str)}, "real numbers"),
        ({"x": X, "y": Y.astype(complex)}, "real numbers"),
        ({"x": X[:, :0], "y": Y}, "must be a matrix"),
        ({"x": X, "y": Y, "labels": LABELS[:3]}, "labels has 3 entries"),
        ({"x": X, "y": Y[:7], "groups_x": LABELS}, "groups_x and groups_y"),
        ({"x": X, "y": Y, "groups_x": LABELS}, "groups for x only"),
    ],
)
def test_what_does_not_fit_is_explained(tmp_path, arrays, message):
    with pytest.raises(TwoviewError, match=message):
        check_own(write_npz(tmp_path, **arrays))


@pytest.mark.parametrize("name", ["d.npz", "d.mat", "d.parquet"])
@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"MATLAB 5.0 MAT-file" + bytes(300), b"PAR1PAR1", bytes(range(256)) * 4])
def test_damaged_files_are_explained(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(TwoviewError, match="d"):
        check_own(tmp_path / name)


def test_truncated_files_are_explained(tmp_path):
    for write in (write_npz, write_mat, write_parquet):
        path = write(tmp_path, x=X, y=Y)
        whole = path.read_bytes()
        for end in range(0, len(whole) - 1, 97):
            path.write_bytes(whole[:end])
            try:
                check_own(path)
            except TwoviewError:
                continue
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "y.npy", Y)
    (tmp_path / "y.npy").write_bytes((tmp_path / "y.npy").read_bytes()[:-9])
    with pytest.raises(TwoviewError, match=r"y\.npy"):
        check_own(tmp_path)


def test_pickles_are_never_opened(tmp_path):
    class Trap:
        def __reduce__(self):
            return open, (str(tmp_path / "trapped"), "w")

    for path in (write_npy(tmp_path, x=np.array([Trap()], dtype=object), y=Y), write_npz(tmp_path, x=X, y=np.array([[Trap()]], dtype=object))):
        with pytest.raises(TwoviewError, match="numbers only"):
            check_own(path)
    assert not (tmp_path / "trapped").exists()


def test_one_name_twice(tmp_path):
    write_npy(tmp_path, x=X, y=Y)
    np.savez(tmp_path / "X.npz", X)
    with pytest.raises(TwoviewError, match="Keep one"):
        check_own(tmp_path)
