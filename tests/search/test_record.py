"""What a checkpoint knows of its corpus: another content under the same names is another corpus, and what is being made anew is not known."""

import os

import pytest
from PIL import Image

from engine.checkpoints.cards import write_json
from engine.data import load
from engine.data.own import _part_once, _read_once
from engine.search.record import FILE, Record, SplitRecord, forget_split, made_of, read_record


@pytest.fixture
def album(tmp_path, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "album"
    folder.mkdir()
    for row in range(6):
        Image.new("RGB", (8, 8), (40 * row, 0, 0)).save(folder / f"{row}.png")
    (folder / "album.csv").write_text("\n".join(["image,caption", *(f"{row}.png,picture {row}" for row in range(6))]))
    return folder


def now(folder):
    """As a program that has just begun finds it."""
    _read_once.cache_clear()
    _part_once.cache_clear()
    return made_of(load(str(folder), "test"))


@pytest.mark.parametrize("change", ["picture", "sentence"])
def test_what_changes_under_the_same_name_is_seen(album, change):
    before = now(album)
    assert now(album) == before
    told = album.stat()
    data = load(str(album), "test")
    name, sentence = data.x.ids[0], data.y.items[0]
    if change == "picture":
        Image.new("RGB", (8, 8), (1, 2, 3)).save(album / name)  # in place: the folder does not notice
        os.utime(album / name, ns=(0, 0))
    else:
        table = (album / "album.csv").read_text()
        (album / "album.csv").write_text(table.replace(sentence, sentence.upper()))
    assert album.stat().st_mtime_ns == told.st_mtime_ns
    assert now(album) != before


def test_what_is_made_anew_is_not_known_meanwhile(tmp_path):
    forget_split(tmp_path, "test")
    assert not (tmp_path / FILE).exists()
    made = SplitRecord(items="these", indexed=["x"])
    write_json(tmp_path / FILE, Record(address="corpus", weights_hash="0", splits={"test": made, "train": made}))
    forget_split(tmp_path, "test")
    known = read_record(tmp_path)
    assert known is not None and known.splits == {"train": made}
