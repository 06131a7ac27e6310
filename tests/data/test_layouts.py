"""Each reader on its official layout, written small into a temporary data root."""

import gzip
import json
import struct

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from engine.data import DATASETS, find, load
from engine.data.base import ObjectAnnotation
from engine.data.coco_phrases import named
from engine.data.regions import phrase_regions
from engine.errors import TwoviewError


def photo(path, size=(20, 10)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, "green").save(path)


def as_sets(data):
    return set(data.x.groups.tolist()), set(data.y.groups.tolist())


@pytest.fixture
def flickr8k(tmp_path):
    folder = tmp_path / "flickr8k"
    names = [f"{i}.jpg" for i in range(4)]
    for name in names:
        photo(folder / "Flicker8k_Dataset" / name)
    lines = [f"{name}#{k}\tSentence {k} of {name} .\n" for name in names for k in range(5)]
    lines.insert(7, "2258277193_586949ec62.jpg.1#0\tA photo that was never published .\n")
    (folder / "Flickr8k.token.txt").write_text("".join(lines))
    for part, listed in (("train", names[:2][::-1]), ("dev", names[2:3]), ("test", names[3:])):
        (folder / f"Flickr_8k.{part}Images.txt").write_text("\n".join(listed) + "\n")
    return tmp_path


def test_flickr8k(flickr8k):
    data = load("flickr8k", "train", flickr8k)
    assert data.x.ids == ["1.jpg", "0.jpg"]
    assert data.y.ids[:2] == ["1.jpg#0", "1.jpg#1"]
    assert data.y.items[5] == "Sentence 0 of 0.jpg ."
    assert len(data.pairs) == 10
    assert data.x.items[0].size == (20, 10)
    groups = [as_sets(load("flickr8k", split, flickr8k)) for split in DATASETS["flickr8k"].splits]
    assert all(x == y for x, y in groups)
    assert not groups[0][0] & groups[1][0] | groups[0][0] & groups[2][0] | groups[1][0] & groups[2][0]


def test_flickr8k_says_what_is_wrong(flickr8k):
    folder = flickr8k / "flickr8k"
    (folder / "Flicker8k_Dataset" / "3.jpg").unlink()
    with pytest.raises(TwoviewError, match=r"1 of the 1 photos .*3\.jpg"):
        load("flickr8k", "test", flickr8k)
    (folder / "Flickr_8k.devImages.txt").write_text("other.jpg\n")
    with pytest.raises(TwoviewError, match=r"without a sentence .* other\.jpg"):
        load("flickr8k", "validation", flickr8k)
    (folder / "Flickr8k.token.txt").write_text("1.jpg#0 no tab here\n")
    with pytest.raises(TwoviewError, match="line 1"):
        load("flickr8k", "train", flickr8k)


def test_missing_data_names_the_files_and_their_source(tmp_path):
    for name, info in DATASETS.items():
        if not info.embedded:
            with pytest.raises(TwoviewError) as error:
                load(name, info.splits[0], tmp_path)
            assert str(tmp_path) in str(error.value)
            assert info.where in str(error.value)
            assert all(file in str(error.value) for file in info.missing(tmp_path))


def test_unknown_names_list_the_alternatives(tmp_path):
    with pytest.raises(TwoviewError, match="flickr8k, flickr30k, coco-captions"):
        find("flickr9k")
    with pytest.raises(TwoviewError, match="train, validation, test"):
        load("digits", "dev")


def karpathy_image(folder, filename, split, count=5):
    return {
        "filepath": folder, "filename": filename, "split": split, "imgid": 0, "sentids": [],
        "sentences": [{"raw": f" {filename} said {k}.\n", "tokens": [], "imgid": 0, "sentid": k} for k in range(count)],
    }  # fmt: skip


@pytest.fixture
def karpathy(tmp_path):
    images = [("train2014", "a.jpg", "train"), ("val2014", "b.jpg", "restval"), ("val2014", "c.jpg", "val"), ("val2014", "d.jpg", "test")]
    for folder, name, _ in images:
        photo(tmp_path / "coco" / folder / name)
        photo(tmp_path / "flickr30k" / "flickr30k-images" / name)
    entries = [karpathy_image(*image, count=6 if image[1] == "b.jpg" else 5) for image in images]
    (tmp_path / "coco" / "dataset_coco.json").write_text(json.dumps({"images": entries, "dataset": "coco"}))
    entries = [{key: value for key, value in entry.items() if key != "filepath"} for entry in entries if entry["split"] != "restval"]
    (tmp_path / "flickr30k" / "dataset_flickr30k.json").write_text(json.dumps({"images": entries, "dataset": "flickr30k"}))
    return tmp_path


def test_karpathy_coco(karpathy):
    expected = {"train": ["a.jpg"], "validation": ["c.jpg"], "test": ["d.jpg"], "train_restval": ["a.jpg", "b.jpg"], "test_1k": ["d.jpg"]}
    for split, ids in expected.items():
        data = load("coco-captions", split, karpathy)
        assert list(data.x.ids) == ids
        assert len(data.pairs) == len(data.y)
    full = load("coco-captions", "train_restval", karpathy)
    assert full.y.ids[-1] == "b.jpg#5"
    assert full.y.items[0] == "a.jpg said 0."
    assert full.x.items[1].size == (20, 10)


def test_karpathy_flickr30k(karpathy):
    data = load("flickr30k", "validation", karpathy)
    assert list(data.x.ids) == ["c.jpg"]
    assert data.y.groups.tolist() == [1] * 5
    with pytest.raises(TwoviewError, match="train, validation, test"):
        load("flickr30k", "train_restval", karpathy)


@pytest.mark.parametrize("text", ["{", "[]", '{"images": [{"split": "train"}]}', '{"images": []}', '{"images": 3}'])
def test_karpathy_damaged(karpathy, text):
    (karpathy / "coco" / "dataset_coco.json").write_text(text)
    with pytest.raises(TwoviewError, match=r"dataset_coco\.json"):
        load("coco-captions", "train", karpathy)


@pytest.fixture
def coco(tmp_path):
    folder = tmp_path / "coco"
    (folder / "annotations").mkdir(parents=True)
    images = [{"id": i, "file_name": f"{i:012}.jpg", "width": 20, "height": 10} for i in (7, 3, 5)]
    for image in images:
        photo(folder / "val2017" / image["file_name"])
    captions = [{"image_id": i, "id": n, "caption": f"Caption {n} \n"} for n, i in enumerate([3, 7, 7])]
    base = {"image_id": 7, "category_id": 18, "bbox": [2.0, 3.0, 4.0, 5.0], "iscrowd": 0, "area": 20.0}
    counts = [0, 10, 190]  # the first column
    instances = [
        {**base, "id": 1, "segmentation": [[2, 3, 6, 3, 6, 8, 2, 8]]},
        {**base, "id": 2, "iscrowd": 1, "category_id": 90, "segmentation": {"size": [10, 20], "counts": counts}},
        {**base, "id": 3, "segmentation": []},
        {**base, "id": 4, "image_id": 3, "segmentation": {"size": [20, 10], "counts": counts}},
    ]
    categories = [{"id": 18, "name": "dog", "supercategory": "animal"}, {"id": 90, "name": "toothbrush", "supercategory": "indoor"}]
    (folder / "annotations" / "captions_val2017.json").write_text(json.dumps({"images": images, "annotations": captions}))
    (folder / "annotations" / "instances_val2017.json").write_text(json.dumps({"images": images, "annotations": instances, "categories": categories}))
    return tmp_path


def test_coco(coco):
    data = load("coco", "val2017", coco)
    assert list(data.x.ids) == ["000000000007.jpg", "000000000003.jpg"]
    assert data.y.items == ["Caption 1", "Caption 2", "Caption 0"]
    assert data.label_names == ["dog", "toothbrush"]
    polygon, crowd, box = data.x.objects[0]
    assert (polygon.label, polygon.box, polygon.attributes) == ("dog", (2, 3, 6, 8), {})
    expected = np.zeros((10, 20), dtype=bool)
    expected[3:8, 2:6] = True
    assert np.array_equal(polygon.mask(), expected)
    assert (crowd.label, crowd.attributes) == ("toothbrush", {"crowd": "yes"})
    assert crowd.mask()[:, 0].all()
    assert crowd.mask().sum() == 10
    assert box.mask is None
    with pytest.raises(TwoviewError, match="does not fit"):
        data.x.objects[1][0].mask()


def test_coco_keeps_photos_without_a_sentence_only_in_all(coco):
    data = load("coco", "val2017_all", coco)
    assert len(data.x) == 3
    assert list(data.x.objects[2]) == []
    assert len(data.pairs) == 3


def test_coco_phrases_are_names_of_categories_alone_and_in_captions(coco):
    path = coco / "coco" / "annotations" / "captions_val2017.json"
    told = json.loads(path.read_text())
    told["annotations"] = [{"image_id": 7, "id": 0, "caption": "Dogs, hot-dogs and a toothbrush"}, {"image_id": 5, "id": 1, "caption": "A dog that is not there"}]
    path.write_text(json.dumps(told))
    data = load("coco-phrases", "val2017", coco)
    found = phrase_regions(data)
    assert [(data.y.ids[p.sentence], p.text, p.objects, p.box) for p in found] == [
        ("000000000007.jpg#0", "Dogs", (0, 2), (2, 3, 6, 8)), ("000000000007.jpg#0", "dogs", (0, 2), (2, 3, 6, 8)),
        ("000000000007.jpg#name dog", "dog", (0, 2), (2, 3, 6, 8)), ("000000000003.jpg#name dog", "dog", (0,), (2, 3, 6, 8)),
    ]  # fmt: skip


def test_a_longer_name_goes_before_a_shorter_one():
    things = [ObjectAnnotation(label, (0, 0, 1, 1)) for label in ("dog", "hot dog")]
    assert [(p.start, p.end, p.objects) for p in named("A hot dog for two dogs and a bulldog", things)] == [(2, 9, (1,)), (18, 22, (0,))]


def test_coco_needs_only_the_part_that_is_asked_for(coco):
    with pytest.raises(TwoviewError, match=r"captions_train2017\.json"):
        load("coco", "train2017", coco)
    (coco / "coco" / "annotations" / "instances_val2017.json").write_text('{"images": [], "annotations": [{}], "categories": []}')
    with pytest.raises(TwoviewError, match="official layout"):
        load("coco", "val2017", coco)


def idx(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


@pytest.fixture
def digits_arrays(monkeypatch):
    monkeypatch.setattr("engine.data.mnist.TRAIN", 9)
    numbers = np.random.default_rng(0)
    return {
        "train_x": numbers.integers(0, 256, (12, 28, 28), dtype=np.uint8), "train_y": np.arange(12, dtype=np.uint8) % 10,
        "test_x": numbers.integers(0, 256, (4, 28, 28), dtype=np.uint8), "test_y": np.arange(4, dtype=np.uint8),
    }  # fmt: skip


def write_mnist(root, arrays, layout):
    if layout == "npz":
        np.savez(root / "mnist.npz", **arrays)
    elif layout == "keras":
        (root / "mnist").mkdir()
        np.savez(root / "mnist" / "mnist.npz", **{"_".join(reversed(name.split("_"))): array for name, array in arrays.items()})
    else:
        (root / "mnist").mkdir()
        for name, array in arrays.items():
            part, what = name.split("_")
            file = f"{'train' if part == 'train' else 't10k'}-{'images-idx3' if what == 'x' else 'labels-idx1'}-ubyte"
            packed = gzip.compress(idx(array)) if layout == "gz" else idx(array)
            (root / "mnist" / (f"{file}.gz" if layout == "gz" else file)).write_bytes(packed)


@pytest.mark.parametrize("layout", ["npz", "keras", "idx", "gz"])
def test_mnist(tmp_path, digits_arrays, layout):
    write_mnist(tmp_path, digits_arrays, layout)
    test = load("mnist", "test", tmp_path)
    assert test.x.items.shape == test.y.items.shape == (4, 392)
    assert test.x.items.dtype == np.float32
    assert test.y.labels.tolist() == [0, 1, 2, 3]
    whole = np.concatenate([test.x.items.reshape(4, 28, 14), test.y.items.reshape(4, 28, 14)], axis=2)
    assert np.array_equal(np.round(whole * 255), digits_arrays["test_x"])
    parts = {split: load("mnist", split, tmp_path) for split in ("train", "validation", "train_full")}
    assert {split: len(part.x) for split, part in parts.items()} == {"train": 9, "validation": 3, "train_full": 12}
    groups = {split: set(part.x.groups.tolist()) for split, part in parts.items()}
    assert not groups["train"] & groups["validation"]
    assert groups["train"] | groups["validation"] == groups["train_full"] == set(range(12))
    row = parts["train"].x.groups[0]
    assert parts["train"].x.labels[0] == digits_arrays["train_y"][row]


def test_mnist_damaged(tmp_path, digits_arrays):
    write_mnist(tmp_path, digits_arrays, "idx")
    path = tmp_path / "mnist" / "t10k-images-idx3-ubyte"
    whole = path.read_bytes()
    for data in (whole[:-1], whole[:9], b"", b"\0\0\x0d\3" + whole[4:], whole + b"\0"):
        path.write_bytes(data)
        with pytest.raises(TwoviewError, match="idx"):
            load("mnist", "test", tmp_path)
    path.unlink()
    assert DATASETS["mnist"].missing(tmp_path) == ["mnist/t10k-images-idx3-ubyte"]
    (tmp_path / "mnist" / "t10k-images-idx3-ubyte.gz").write_bytes(gzip.compress(whole)[:-20])
    with pytest.raises(TwoviewError, match="can't be read"):
        load("mnist", "test", tmp_path)
    (tmp_path / "mnist.npz").write_bytes(b"PK not a zip")
    with pytest.raises(TwoviewError, match="npz"):
        load("mnist", "test", tmp_path)


@pytest.fixture
def wikipedia(tmp_path):
    folder = tmp_path / "wikipedia"
    folder.mkdir()
    sizes = {"tr": 8, "te": 7}
    arrays = {}
    for part, n in sizes.items():
        arrays |= {f"I_{part}": np.random.rand(n, 128), f"T_{part}": np.random.rand(n, 10)}
        lines = [f"text-{part}-{i}\timage-{part}-{i}\t{i % 2 + 1}" for i in range(n)]
        (folder / f"{'train' if part == 'tr' else 'test'}set_txt_img_cat.list").write_text("\n".join(lines) + "\n")
    savemat(folder / "raw_features.mat", arrays)
    savemat(folder / "sph_raw_features.mat", arrays | {f"T_tfidf_{part}": np.random.rand(n, 1000) for part, n in sizes.items()})
    (folder / "categories.list").write_text("art\nbiology\n")
    return tmp_path, arrays


def test_wikipedia(wikipedia):
    root, arrays = wikipedia
    parts = {split: load("wikipedia", split, root) for split in DATASETS["wikipedia"].splits}
    assert {split: len(part.x) for split, part in parts.items()} == {"train": 8, "validation": 3, "test": 4, "test_all": 7}
    assert np.allclose(parts["test_all"].x.items, arrays["I_te"])
    assert np.allclose(parts["test"].y.items, arrays["T_te"][[1, 2, 4, 5]])
    assert parts["train"].y.ids[3] == "text-tr-3"
    assert parts["train"].x.ids[3] == "image-tr-3"
    assert parts["train"].x.labels.tolist() == [0, 1] * 4
    assert parts["train"].label_names == ["art", "biology"]
    assert load("wikipedia-tfidf", "validation", root).y.items.shape == (3, 1000)
    assert not set(parts["validation"].x.groups) & set(parts["test"].x.groups) | set(parts["train"].x.groups) & set(parts["test_all"].x.groups)


def test_wikipedia_says_what_is_wrong(wikipedia):
    root, _ = wikipedia
    lists = root / "wikipedia" / "trainset_txt_img_cat.list"
    lists.write_text("a b 1\n")
    with pytest.raises(TwoviewError, match="8 pictures and 8 texts"):
        load("wikipedia", "train", root)
    lists.write_text("a b 3\n")
    with pytest.raises(TwoviewError, match="line 1"):
        load("wikipedia", "train", root)
    (root / "wikipedia" / "raw_features.mat").write_bytes(b"MATLAB 5.0 MAT-file" + bytes(200))
    with pytest.raises(TwoviewError, match=r"raw_features\.mat"):
        load("wikipedia", "test", root)


def test_digits_are_embedded(tmp_path):
    from sklearn.datasets import load_digits

    parts = {split: load("digits", split, tmp_path) for split in ("train", "validation", "test")}
    assert [len(part.x) for part in parts.values()] == [1197, 300, 300]
    images = load_digits().images
    part = parts["test"]
    whole = np.concatenate([part.x.items.reshape(-1, 8, 4), part.y.items.reshape(-1, 8, 4)], axis=2)
    assert np.array_equal(whole * 16, images[part.x.groups])
    assert len(np.unique(np.concatenate([part.x.groups for part in parts.values()]))) == 1797
