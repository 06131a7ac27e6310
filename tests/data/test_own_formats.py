"""Pairs as people have them: JSON in its shapes, Parquet, Arrow, WebDataset, folders of splits, pairs of one kind, embeddings with ids."""

import io
import json
import tarfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.data import find
from engine.data.own import Columns, check_own, load_own
from engine.errors import TwoviewError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "mine"
    path.mkdir()
    for i in range(4):
        (path / f"{i}.png").write_bytes(picture(i))
    return path


def picture(i: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 6), (20 * i, 0, 0)).save(buffer, "PNG")
    return buffer.getvalue()


def require_read_or_explained(path):
    try:
        reading = check_own(path)
    except TwoviewError as error:
        assert str(error)
    else:
        assert len(reading.data.pairs) == len(reading.data.y)


SENTENCES = [["a dog", "a brown dog"], ["a cat"], ["two birds"], ["a horse"]]
ROWS = [{"image": f"{i}.png", "sentence": text} for i, texts in enumerate(SENTENCES) for text in texts]
KARPATHY = {"dataset": "mine", "images": [
    {"filename": f"{i}.png", "imgid": i, "split": split, "sentences": [{"raw": text, "tokens": text.split(), "sentid": 9} for text in texts]}
    for i, (texts, split) in enumerate(zip(SENTENCES, ["train", "restval", "val", "test"], strict=True))
]}  # fmt: skip
COCO = {
    "images": [{"id": 10 + i, "file_name": f"{i}.png"} for i in range(4)],
    "annotations": [{"image_id": 10 + i, "id": 100 * i + k, "caption": text} for i, texts in enumerate(SENTENCES) for k, text in enumerate(texts)],
}
DOCUMENTS = {
    "list": ROWS,
    "karpathy": KARPATHY,
    "coco": COCO,
    "by picture": {f"{i}.png": texts for i, texts in enumerate(SENTENCES)},
    "columns": {"image": [row["image"] for row in ROWS], "sentence": [row["sentence"] for row in ROWS]},
    "pandas": {"image": {str(n): row["image"] for n, row in enumerate(ROWS)}, "sentence": {str(n): row["sentence"] for n, row in enumerate(ROWS)}},
    "wrapped": {"version": 1, "data": ROWS},
    "other names": [{"Nr": n, "Bild": row["image"], "Satz": row["sentence"]} for n, row in enumerate(ROWS)],
}


def same(data, ids=("0.png", "1.png", "2.png", "3.png")):
    assert list(data.x.ids) == list(ids)
    assert [[data.y.items[j] for i, j in data.pairs if i == k] for k in range(4)] == SENTENCES
    assert [data.x.items.encoded(i) for i in range(4)] == [picture(i) for i in range(4)]
    assert [data.x.items[i].getpixel((0, 0)) for i in range(4)] == [(20 * i, 0, 0) for i in range(4)]


@pytest.mark.parametrize("shape", DOCUMENTS)
def test_json_in_its_shapes(folder, shape):
    (folder / "captions.json").write_text(json.dumps(DOCUMENTS[shape]))
    same(load_own(folder))


def test_karpathys_splits(folder):
    (folder / "dataset.json").write_text(json.dumps(KARPATHY))
    assert [list(load_own(folder, split).x.ids) for split in ("train", "validation", "test")] == [["0.png", "1.png"], ["2.png"], ["3.png"]]


@pytest.mark.parametrize("text", ["{", "3", "[]", "{}", '{"a": 1}', "[1, 2]", '{"images": [1]}', '{"images": [{"id": []}], "annotations": [{"image_id": {}}]}'])
def test_json_of_no_known_shape_is_explained(folder, text):
    (folder / "captions.json").write_text(text)
    with pytest.raises(TwoviewError):
        load_own(folder)


def embedded(path_too: bool = True):
    struct = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    cells = [{"bytes": picture(i), "path": f"{i}.png" if path_too else None} for i in range(4)]
    return pa.table({"image": pa.array(cells, struct), "caption": pa.array(SENTENCES)})


@pytest.mark.parametrize("kind", ["parquet", "row groups", "arrow stream", "arrow file", "paths", "two shards"])
def test_parquet_and_arrow(folder, kind):
    table = embedded()
    if kind == "paths":
        pq.write_table(pa.table({"image": [f"{i}.png" for i in range(4)], "caption": SENTENCES}), folder / "t.parquet")
    elif kind == "two shards":
        for shard in range(2):
            pq.write_table(table.slice(2 * shard, 2), folder / f"train-0000{shard}-of-00002.parquet")
    elif kind.startswith("arrow"):
        new = pa.ipc.new_stream if kind == "arrow stream" else pa.ipc.new_file
        with new(str(folder / "data-00000-of-00001.arrow"), table.schema) as writer:
            writer.write_table(table, max_chunksize=3)
        for name in ("state.json", "dataset_info.json"):
            (folder / name).write_text("{}")
    else:
        pq.write_table(table, folder / "t.parquet", row_group_size=3 if kind == "row groups" else 100)
    prefix = (lambda i: f"train-0000{i // 2}-of-00002.parquet/") if kind == "two shards" else (lambda i: "")
    same(load_own(folder), [f"{prefix(i)}{i}.png" for i in range(4)])


def test_splits_of_arrow_on_disk(folder):
    for split, start, count in (("train", 0, 2), ("test", 2, 2)):
        (folder / split).mkdir()
        part = embedded(path_too=False).slice(start, count)
        with pa.ipc.new_stream(str(folder / split / "data-00000-of-00001.arrow"), part.schema) as writer:
            writer.write_table(part)
    (folder / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    assert [load_own(folder, split).y.items for split in ("train", "test")] == [["a dog", "a brown dog", "a cat"], ["two birds", "a horse"]]


def test_folders_of_pictures_with_metadata(folder):
    for split, numbers in (("train", (0, 1)), ("valid", (2,)), ("test", (3,))):
        (folder / split).mkdir()
        lines = [json.dumps({"file_name": f"{i}.png", "text": text}) for i in numbers for text in SENTENCES[i]]
        (folder / split / "metadata.jsonl").write_text("\n".join(lines) + ('\n{"file_name": "gone.png", "text": "x"}' if split == "test" else ""))
        for i in numbers:
            (folder / f"{i}.png").rename(folder / split / f"{i}.png")
    same(load_own(folder, skip_bad=True), ["train/0.png", "train/1.png", "valid/2.png", "test/3.png"])
    assert list(load_own(folder, "validation", skip_bad=True).x.ids) == ["valid/2.png"]
    (problem,) = check_own(folder).problems
    assert problem.row == 2 and problem.what.startswith("test/metadata.jsonl: ")


def test_tables_of_the_splits(folder):
    for split, numbers in (("train", (0, 1)), ("val", (2,)), ("test", (3,))):
        rows = "".join(f"{i}.png,{text}\n" for i in numbers for text in SENTENCES[i])
        (folder / f"captions_{split}.csv").write_text("image,caption\n" + rows)
    same(load_own(folder))
    assert list(load_own(folder, "test").x.ids) == ["3.png"]


def shard(path, rows):
    with tarfile.open(path, "w") as archive:
        for name, content in rows:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def test_webdataset(folder):
    for number, part in enumerate(((0, 1), (2, 3))):
        rows = []
        for i in part:
            rows += [(f"{i}.png", picture(i)), (f"{i}.json", json.dumps({"captions": SENTENCES[i], "height": 6}).encode()), (f"{i}.cls", b"3")]
        shard(folder / f"mine-{number:06}.tar", rows)
    data = load_own(folder)
    same(data, ["mine-000000.tar/0.png", "mine-000000.tar/1.png", "mine-000001.tar/2.png", "mine-000001.tar/3.png"])
    assert data.label_names == ["3"]


def test_a_tar_gives_no_file_but_its_own(folder):
    link = tarfile.TarInfo("1.png")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
    with tarfile.open(folder / "x.tar", "w") as archive:
        for member, content in ((tarfile.TarInfo("0.png"), picture(0)), (tarfile.TarInfo("0.txt"), b"a dog"), (link, b""), (tarfile.TarInfo("1.txt"), b"a host")):
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    reading = check_own(folder / "x.tar")
    assert [problem.what for problem in reading.problems] == ["names no picture"] and reading.data.y.items == ["a dog"]


def test_a_compressed_or_damaged_tar_is_explained(folder):
    for content in (b"", b"x" * 2000, b"\x1f\x8b" + b"y" * 600):
        (folder / "x.tar").write_bytes(content)
        with pytest.raises(TwoviewError):
            load_own(folder / "x.tar")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(suffix=st.sampled_from([".parquet", ".arrow", ".tar", ".json"]), cut=st.integers(0, 3000), noise=st.binary(max_size=40))
def test_any_packed_table_is_read_or_explained(folder, suffix, cut, noise):
    path = folder / f"t{suffix}"
    if suffix == ".parquet":
        pq.write_table(embedded(), path)
    elif suffix == ".arrow":
        with pa.ipc.new_stream(str(path), embedded().schema) as writer:
            writer.write_table(embedded())
    elif suffix == ".tar":
        shard(path, [("0.png", picture(0)), ("0.txt", b"a dog")])
    else:
        path.write_text(json.dumps(KARPATHY))
    whole = path.read_bytes()
    path.write_bytes(whole[:cut] + noise + whole[cut + len(noise) :])
    require_read_or_explained(path)


def test_a_damaged_arrow_file_never_ends_the_process(folder):
    """Damage that pyarrow meets unasked is an abort, which no test would survive: numbers in the file's own lengths and offsets, at any place."""
    path = folder / "t.arrow"
    with pa.ipc.new_stream(str(path), embedded().schema) as writer:
        writer.write_table(embedded())
    whole, generator = path.read_bytes(), np.random.default_rng(0)
    for case in range(300):
        cut, noise = int(generator.integers(len(whole))), generator.choice(np.array([0, 1, 127, 255], np.uint8), int(generator.integers(1, 41))).tobytes()
        damaged = folder / f"damaged-{case}.arrow"
        damaged.write_bytes(whole[:cut] + noise + whole[cut + len(noise) :])
        require_read_or_explained(damaged)


@pytest.mark.parametrize("header", ["image1,image2", "vorher,nachher"])
def test_pairs_of_pictures(folder, header):
    (folder / "t.csv").write_text(f"{header}\n0.png,1.png\n2.png,3.png\n1.png,gone.png\n")
    reading = check_own(folder)
    assert reading.data.x.ids == ["0.png", "2.png"] and reading.data.y.ids == ["0.png#0", "2.png#0"]
    assert [reading.data.y.items[i].getpixel((0, 0))[0] for i in range(2)] == [20, 60]
    assert [problem.row for problem in reading.problems] == [4]
    assert find(str(folder)).encoders[0] == find(str(folder)).encoders[1]


@pytest.mark.parametrize("header", ["text_a,text_b", "deutsch,english"])
def test_pairs_of_sentences(folder, header):
    (folder / "t.csv").write_text(f"{header}\nein Hund,a dog\nein Hund,the dog\neine Katze,a cat\n,nothing\n")
    reading = check_own(folder)
    assert reading.data.x.items == ["ein Hund", "eine Katze"] and reading.data.y.items == ["a dog", "the dog", "a cat"]
    assert reading.data.pairs.tolist() == [[0, 0], [0, 1], [1, 2]]
    assert [problem.row for problem in reading.problems] == [5]
    before = [i for i in reading.data.x.ids]
    (folder / "t.csv").write_text(f"{header}\neine Katze,a cat\nein Hund,a dog\n")
    assert set(load_own(folder).x.ids) == set(before)  # which do not hang on the place in the table


def test_two_sides_that_are_said(folder):
    (folder / "t.csv").write_text("a,b,c,d\n0.png,1.png,ein Hund,a dog\n2.png,3.png,eine Katze,a cat\n")
    pictures = check_own(folder, columns=Columns(picture=("a", "b")))
    assert (pictures.data.x.kind, pictures.data.y.kind) == ("image", "image")
    sentences = check_own(folder, columns=Columns(picture=("b",), sentence=("d",)))
    assert sentences.data.x.ids == ["1.png", "3.png"] and sentences.data.y.items == ["a dog", "a cat"]


def test_delimiters_and_encodings_are_found(folder):
    for name, encoding, delimiter in (("t.tsv", "utf-8", ";"), ("t.txt", "utf-8", "\t"), ("t.csv", "utf-16-le", "|"), ("t.csv", "utf-16-be", "\t")):
        for old in folder.glob("t.*"):
            old.unlink()
        (folder / name).write_bytes(delimiter.join(("image", "text")).encode(encoding) + "".join(f"\n{i}.png{delimiter}Füße {i}" for i in range(4)).encode(encoding))
        assert load_own(folder).y.items == [f"Füße {i}" for i in range(4)]


def vectors(path, ids, matrix, name="embedding"):
    pq.write_table(pa.table({"id": ids, name: pa.array(matrix.tolist(), pa.list_(pa.float32()))}), path)


def test_embeddings_with_ids_are_matched_by_them(folder):
    x, y = np.random.default_rng(0).normal(size=(2, 6, 3)).astype(np.float32)
    ids = [f"p{i}" for i in range(6)]
    vectors(folder / "x.parquet", ids, x)
    vectors(folder / "y.parquet", ids, y)
    straight = load_own(folder)
    assert list(straight.x.ids) == ids and np.array_equal(straight.y.items, y)
    order = [3, 1, 5, 0, 2, 4]
    vectors(folder / "y.parquet", [ids[i] for i in order], y[order])
    reading = check_own(folder)
    assert {(reading.data.x.ids[i], reading.data.y.ids[j]) for i, j in reading.data.pairs} == {(i, i) for i in ids}
    assert any("by their ids" in note for note in reading.notes)
    vectors(folder / "y.parquet", ["other", *ids[1:]], y)
    assert len(check_own(folder).problems) == 2


def test_one_file_of_two_matrices_in_a_folder(folder, tmp_path):
    from scipy.io import savemat

    x, y = np.random.default_rng(0).normal(size=(2, 6, 3)).astype(np.float32)
    for write in (lambda path: np.savez(path / "a.npz", image=x, text=y, split=["train"] * 6), lambda path: savemat(path / "a.mat", {"image": x, "text": y})):
        path = tmp_path / f"m{len(list(tmp_path.iterdir()))}"
        path.mkdir()
        write(path)
        reading = check_own(path)
        assert np.array_equal(reading.data.x.items, x) and np.array_equal(reading.data.y.items, y)
        assert reading.notes == ["'image' is taken for x, and 'text' for y."]
