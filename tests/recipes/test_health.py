"""The health of one's own data: every planted fault is found, nothing else is, and leaving out what is said mends it."""

import csv
import io
import json

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from engine.cli import app
from engine.data import load
from engine.data.own import brought
from engine.data.own.language import language
from engine.recipes.health import SAME_PIXELS, _clusters, health, languages


def photo(seed: int, size=(96, 72)) -> Image.Image:
    """Soft shapes, as different from each other as photos are."""
    coarse = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)


def jpeg(picture: Image.Image, quality: int = 90) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """Thirty good pictures; then copies, a shared sentence, a German one, one of a word, and pictures that show nothing."""
    for name in ("CACHE", "OWN", "CHECKPOINTS"):
        monkeypatch.setenv(f"TWOVIEW_{name}", str(tmp_path / name))
    folder = tmp_path / "photos"
    folder.mkdir()
    rows = []

    def add(name: str, data: bytes, text: str, split: str) -> None:
        (folder / name).write_bytes(data)
        rows.append((name, text, split))

    for number in range(30):
        add(f"{number}.jpg", jpeg(photo(number)), f"the thing with number {number} is on a table", ("train", "validation", "test")[number % 3])
    add("leak.jpg", jpeg(photo(2, (48, 36)).resize((120, 90)), 60), "the second thing is on a shelf by the wall", "train")  # 2.jpg is in the test
    add("again.jpg", jpeg(photo(3), 40), "the third thing is on a chair by the door", "train")  # 3.jpg is, too
    add("shared.jpg", jpeg(photo(100)), "The thing with number 6 is on a table.", "train")
    add("deutsch.jpg", jpeg(photo(101)), "ein Hund mit einem Ball ist auf der Wiese", "train")
    add("word.jpg", jpeg(photo(102)), "thing", "train")
    add("flat.jpg", jpeg(Image.new("RGB", (80, 80), (9, 99, 199))), "the wall is blue with nothing on it", "train")
    add("tiny.jpg", jpeg(photo(103, (40, 70))), "the small one is by the window", "train")
    add("long.jpg", jpeg(photo(104, (400, 80))), "the long one is by the window and the door", "train")
    (folder / "unnamed.jpg").write_bytes(jpeg(photo(105)))
    with (folder / "t.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("image", "caption", "split"), *rows])
    brought.bring(folder, "mine")
    return folder


FOUND = {
    "leaks-pixels": ("x", {"2.jpg", "leak.jpg"}, {"leak.jpg"}),
    "repeats-pixels": ("x", {"3.jpg", "again.jpg"}, {"again.jpg"}),
    "shared-sentences": ("y", {"6.jpg#0", "shared.jpg#0"}, {"6.jpg#0", "shared.jpg#0"}),
    "other-languages-y": ("y", {"deutsch.jpg#0"}, {"deutsch.jpg#0"}),
    "short-sentences-y": ("y", {"word.jpg#0"}, {"word.jpg#0"}),
    "flat-pictures": ("x", {"flat.jpg"}, {"flat.jpg"}),
    "small-pictures": ("x", {"tiny.jpg"}, {"tiny.jpg"}),
    "long-pictures": ("x", {"long.jpg"}, {"long.jpg"}),
    "unnamed-pictures": ("x", {"unnamed.jpg"}, set()),
}


def test_every_fault_is_found_and_nothing_else(mine):
    found = {finding.key: finding for finding in health("mine")}
    assert found.keys() == FOUND.keys()
    for key, (view, ids, spare) in FOUND.items():
        (case,) = found[key].cases
        assert (case.view, {*case.ids}, {*case.spare}) == (view, ids, spare)


def test_what_is_left_out_is_found_no_more_and_changes_no_split(mine, tmp_path):
    before = load("mine", "test").x.ids
    for finding in health("mine"):
        spare = finding.spare
        brought.leave_out("mine", **spare)
    assert [finding.key for finding in health("mine")] == ["unnamed-pictures"]
    assert load("mine", "test").x.ids == before and "leak.jpg" not in load("mine", "all").x.ids


def test_the_command_line(mine, tmp_path):
    run = CliRunner()
    told = run.invoke(app, ["data", "health", "mine", "--out", str(tmp_path / "cases.csv"), "--leave-out", "leaks-pixels"])
    assert told.exit_code == 0 and "leaks-pixels: Near-duplicates in different splits" in told.stdout and "2.jpg" in told.stdout
    rows = list(csv.DictReader((tmp_path / "cases.csv").open(encoding="utf-8")))
    assert {row["id"]: row["leave out"] for row in rows if row["finding"] == "leaks-pixels"} == {"2.jpg": "no", "leak.jpg": "yes"}
    keys = [finding["key"] for finding in json.loads(run.invoke(app, ["data", "health", "mine", "--json"]).stdout)]
    assert "leaks-pixels" not in keys and "repeats-pixels" in keys
    assert run.invoke(app, ["data", "health", "mine", "--leave-out", "leaks-pixels"]).exit_code == 2
    assert run.invoke(app, ["data", "leave-out", "mine", "--x", "nowhere.jpg"]).exit_code == 2
    told = run.invoke(app, ["data", "leave-out", "mine", "--y", "word.jpg#0"])
    assert "1 items of the first view and 1 of the second" in told.stdout
    assert "0 items of the first view and 0" in run.invoke(app, ["data", "leave-out", "mine", "--again", "--all"]).stdout


def test_near_duplicates_by_an_encoders_features(mine):
    found = {finding.key: finding for finding in health("mine", "scenes-cnn")}
    assert any({"3.jpg", "again.jpg"} <= {*case.ids} for key in ("repeats-features", "leaks-features") if key in found for case in found[key].cases)


def test_vectors_are_compared_by_their_numbers(tmp_path, monkeypatch):
    monkeypatch.setenv("TWOVIEW_OWN", str(tmp_path / "own"))
    x, y = np.random.default_rng(0).normal(size=(2, 40, 6)).astype(np.float32)
    x[7] = x[30] * 1.0001
    np.savez(tmp_path / "m.npz", x=x, y=y, split=np.array(["train"] * 20 + ["test"] * 20))
    (finding,) = health(str(tmp_path / "m.npz"))
    assert (finding.key, finding.cases[0].ids, finding.cases[0].spare) == ("leaks-vectors", ("7", "30"), ("7",))


def test_clusters_are_those_of_every_pair_compared():
    rng = np.random.default_rng(0)
    vectors = np.repeat(rng.normal(size=(12, 5)), 3, axis=0) + 0.05 * rng.normal(size=(36, 5))
    groups = np.arange(36) // 2
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    reached = (unit @ unit.T >= SAME_PIXELS) & (groups[:, None] != groups) | np.eye(36, dtype=bool)
    for _ in range(36):
        reached = reached @ reached
    expected = {frozenset(np.flatnonzero(row).tolist()) for row in reached if row.sum() > 1}
    assert {frozenset(rows.tolist()) for rows in _clusters(vectors.astype(np.float32), groups, SAME_PIXELS)} == expected


@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("A dog is running on the grass with a ball.", "English"), ("Ein Hund ist auf der Wiese und spielt.", "German"), ("Un chien est dans le jardin avec une balle.", "French"),
        ("El perro está en la calle con los niños.", "Spanish"), ("Een hond is op het strand.", "Dutch"), ("собака бежит по траве", "Cyrillic"), ("犬が走っている", "Japanese"),
        ("一只狗在草地上跑", "Chinese or Japanese"), ("개가 달린다", "Korean"), ("xyz", None), ("", None), ("!!! 123", None),
    ],
)  # fmt: skip
def test_languages(sentence, name):
    assert language(sentence) == name


def test_flickrs_sentences_are_english():
    from engine.data import find
    from engine.paths import data_root

    if find("flickr8k").missing(data_root()):
        pytest.skip("Flickr8k is not in the data root")
    counted = languages(load("flickr8k", "test").y)
    assert counted["English"] > 0.4 * counted.total() and sum(n for name, n in counted.items() if name not in ("English", "unknown")) < 0.002 * counted.total()
