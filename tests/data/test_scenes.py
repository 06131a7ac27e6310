"""scenes as data: archives, splits, annotations, and that what ships is what the code draws."""

import io
import re
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from zipfile import ZipFile

import numpy as np
import pytest
from PIL import Image

from engine.data.scenes import INFO, INFO_ZERO_SHOT, load, reader
from engine.data.scenes import render as drawing
from engine.data.scenes.objects import NAMES
from engine.data.scenes.reader import Archive
from engine.data.scenes.render import SEEN, SPLITS, UNSEEN, archive_path, render
from engine.errors import TwoviewError


@pytest.fixture(scope="module")
def gallery():
    return load("test")


@pytest.fixture(scope="module")
def some():
    return [render(SPLITS["scenes", "test"], index) for index in range(12)]


def test_no_seed_is_shared():
    ranges = sorted((split.seed, split.seed + split.count) for split in SPLITS.values())
    assert all(end <= start for (_, end), (start, _) in pairwise(ranges))
    assert [SPLITS["scenes", s].count for s in INFO.splits] == [8_000, 1_000, 1_000]


def test_a_picture_is_the_same_every_time(some):
    again = render(SPLITS["scenes", "test"], 3)
    assert np.array_equal(again.picture, some[3].picture) and np.array_equal(again.labels, some[3].labels)
    assert again.about == some[3].about
    assert not np.array_equal(some[3].picture, some[4].picture)


def test_boxes_hold_exactly_the_visible_pixels(some):
    for item in some:
        assert item.picture.shape == (224, 224, 3) and item.picture.dtype == np.uint8
        assert set(np.unique(item.labels)) - {0} == set(range(1, len(item.about["objects"]) + 1))
        for i, thing in enumerate(item.about["objects"]):
            left, top, right, bottom = thing["box"]
            seen = item.labels == i + 1
            assert not seen[:top].any() and not seen[bottom:].any() and not seen[:, :left].any() and not seen[:, right:].any()
            assert seen[top].any() and seen[bottom - 1].any() and seen[:, left].any() and seen[:, right - 1].any()


def test_the_gallery_is_what_the_code_draws(gallery):
    archive = Archive(archive_path("scenes", "test"))
    for index in (0, 17, 333, 998):
        item = render(SPLITS["scenes", "test"], index)
        again = drawing.encode(item.picture, "WEBP", quality=drawing.WEBP_QUALITY, method=2)
        drawn = np.asarray(Image.open(io.BytesIO(again)).convert("RGB"), dtype=float)
        shipped = np.asarray(gallery.x.items[index], dtype=float)
        assert np.abs(shipped - drawn).mean() < 1.0, "another libwebp may differ a little"
        assert np.abs(shipped - item.picture).mean() < 8.0
        assert archive.annotations[index] == item.about
        for i, annotation in enumerate(gallery.x.objects[index]):
            assert (annotation.mask() != (item.labels == i + 1)).mean() < 1e-3


def test_the_gallery_as_paired_data(gallery):
    assert (gallery.name, gallery.split, len(gallery.x), len(gallery.y)) == ("scenes", "test", 1_000, 5_000)
    assert np.array_equal(gallery.y.groups, np.repeat(gallery.x.groups, 5))
    assert np.array_equal(gallery.y.labels, np.repeat(gallery.x.labels, 5))
    assert len(gallery.pairs) == 5_000
    assert gallery.x.items[7].size == (224, 224) and gallery.x.items[7].mode == "RGB"
    names = [{thing.label for thing in things} for things in gallery.x.objects]
    assert all(gallery.label_names[label] in present for label, present in zip(gallery.x.labels, names, strict=True))
    assert len(set(gallery.x.labels.tolist())) >= 60, "nearly every class is what some test picture is about"
    assert min(map(len, gallery.x.objects)) >= 1 and max(map(len, gallery.x.objects)) <= 6
    some = gallery.x.take(np.array([5, 2]))
    assert some.items.encoded(1) == gallery.x.items.encoded(2)


def test_phrases_name_objects(gallery):
    for text, links, group in zip(gallery.y.items, gallery.y.phrases, gallery.y.groups, strict=True):
        assert links
        for link in links:
            words = text[link.start : link.end]
            assert words and words == words.strip() and re.match(r"[A-Za-z]", words)
            assert link.objects and all(0 <= i < len(gallery.x.objects[group]) for i in link.objects)
            before, after = text[: link.start][-1:], text[link.end :][:1]
            assert before in ("", " ") and after in ("", " ", ",", ".")


def test_sentences_of_a_picture_differ_and_most_name_only_a_part(gallery):
    texts = np.array(gallery.y.items, dtype=object).reshape(-1, 5)
    assert all(len({t.lower().rstrip(".") for t in row}) == 5 for row in texts)
    named = [len({i for link in links for i in link.objects}) for links in gallery.y.phrases]
    present = [len(gallery.x.objects[g]) for g in gallery.y.groups]
    part = [n < p for n, p in zip(named, present, strict=True) if p > 2]
    assert 0.5 < np.mean(part) < 1


def test_the_gallery_is_small():
    path = archive_path("scenes", "test")
    assert path.stat().st_size < 12e6
    with ZipFile(path) as archive:
        assert max(e.file_size for e in archive.infolist() if e.filename.endswith(".webp")) < 15_000


@pytest.mark.parametrize("split", INFO_ZERO_SHOT.splits)
def test_zero_shot_classes_are_disjoint(split):
    assert set(SEEN) | set(UNSEEN) == set(NAMES) and not set(SEEN) & set(UNSEEN)
    for index in range(4):
        about = render(SPLITS["scenes-zero-shot", split], index).about
        present = {thing["label"] for thing in about["objects"]}
        main = about["objects"][about["main"]]["label"]
        assert main in UNSEEN if split == "test" else not present & set(UNSEEN)


def small_split(monkeypatch, count=5):
    key = ("scenes", "validation")
    monkeypatch.setitem(SPLITS, key, replace(SPLITS[key], count=count))
    monkeypatch.setattr(drawing, "PART", 2)


def test_a_stopped_run_is_taken_up_again(tmp_path, monkeypatch):
    small_split(monkeypatch)
    heard = []
    whole, resumed = tmp_path / "whole.zip", tmp_path / "resumed.zip"
    drawing.render_split("scenes", "validation", whole, lambda *report: heard.append(report), processes=2)
    assert sorted(done for done, _, _ in heard)[-1] == 5 and all(total == 5 for _, total, _ in heard)
    parts = resumed.with_suffix(".parts")
    drawing.render_part("scenes", "validation", 2, 2, parts / "00002.zip")
    (parts / ".00000.zip.killed").write_bytes(b"half a part")
    heard.clear()
    drawing.render_split("scenes", "validation", resumed, lambda *report: heard.append(report), processes=1)
    assert [done for done, _, _ in heard] == [4, 5], "the finished part is not drawn again"
    assert resumed.read_bytes() == whole.read_bytes()
    assert len(Archive(resumed).annotations) == 5


def test_load_draws_what_is_missing_once(tmp_path, monkeypatch):
    small_split(monkeypatch, count=2)
    monkeypatch.setenv("TWOVIEW_CACHE", str(tmp_path))
    data = load("validation")
    assert len(data.x) == 2 and len(data.y) == 10
    monkeypatch.setattr(reader, "render_split", lambda *a: pytest.fail("drawn twice"))
    assert load("validation").content_hash == data.content_hash
    mask = data.x.objects[0][0].mask()
    assert mask.shape == (224, 224) and mask.dtype == bool and mask.any()


def test_failures_say_what_to_do(tmp_path, monkeypatch):
    with pytest.raises(TwoviewError, match="train, validation, test"):
        load("holdout")
    small_split(monkeypatch)
    monkeypatch.setattr(drawing.sys, "executable", "false")
    with pytest.raises(TwoviewError, match="validation"):
        drawing.render_split("scenes", "validation", tmp_path / "x.zip", processes=1)


def test_a_part_is_drawn_by_a_process_of_its_own(tmp_path):
    path = tmp_path / "part.zip"
    command = [sys.executable, "-m", "engine.data.scenes.render", "scenes", "test", "3", "1", str(path)]
    subprocess.run(command, check=True, cwd=drawing.PROJECT)
    shipped = Archive(archive_path("scenes", "test"))
    assert Archive(path).annotations == shipped.annotations[3:4]
