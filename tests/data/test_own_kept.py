"""Large tables are kept as they were read, and read anew when a file changes."""

import io
import tarfile
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from engine.data import own
from engine.data.base import View
from engine.data.own import check_own, kept, load_own
from engine.data.own.reading import SPLITS


def picture(row: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), (row * 9 % 256, row, 255 - row)).save(buffer, "PNG")
    return buffer.getvalue()


def parquet(folder, texts):
    pq.write_table(pa.table({"image": [picture(row) for row in range(len(texts))], "caption": texts, "label": ["even" if row % 2 == 0 else "" for row in range(len(texts))]}), folder / "all.parquet")


def tar(folder, texts):
    with tarfile.open(folder / "all.tar", "w") as archive:
        for row, text in enumerate(texts):
            for ending, held in (("png", picture(row)), ("txt", text.encode())):
                member = tarfile.TarInfo(f"{row:03}.{ending}")
                member.size = len(held)
                archive.addfile(member, io.BytesIO(held))


def pairs(folder, texts):
    (folder / "all.csv").write_text("\n".join(["german,english,split", *(f"{text},the other of {text},{('train', 'test')[row % 2]}" for row, text in enumerate(texts))]), encoding="utf-8")


@pytest.fixture
def readings(monkeypatch, tmp_path):
    """How often tables are really read; nothing is remembered by the process."""
    monkeypatch.setattr(kept, "LEAST", 20)
    monkeypatch.setenv("TWOVIEW_CACHE", str(tmp_path / "cache"))
    count, read = [], own._read
    monkeypatch.setattr(own, "_read", lambda *told: count.append(1) or read(*told))

    def load(folder, split):
        own._read_once.cache_clear()
        own._part_once.cache_clear()
        return load_own(folder, split)

    return load, count


@pytest.mark.parametrize("write", [parquet, tar, pairs])
def test_what_is_kept_is_what_was_read_until_a_file_changes(write, readings, tmp_path):
    load, count = readings
    folder = tmp_path / "data"
    folder.mkdir()
    texts = [f"sentence {row} ä" for row in range(30)]
    write(folder, texts)
    for split in ("all", "test"):
        first = load(folder, split)
        again = load(folder, split)
        assert len(count) == 1
        assert first.content_hash == again.content_hash and first.label_names == again.label_names
        for view in ("x", "y"):
            one, other = getattr(first, view), getattr(again, view)
            assert (one.kind, list(one.ids)) == (other.kind, list(other.ids)) == (other.kind, [other.ids[row] for row in range(len(other))])
            assert kept.names_hash(one) == kept.names_hash(other) == kept.names_hash(View(one.kind, one.items, [*one.ids], one.groups))
            rows = np.array([len(one) - 1, 0, 2])
            assert other.take(rows).content_hash == one.take(rows).content_hash and list(other.take(rows).ids) == [one.ids[row] for row in rows]
            assert list(other.ids[1:9:3]) == list(one.ids)[1:9:3] and np.array_equal(np.asarray(other.ids), np.asarray(one.ids))
            np.testing.assert_array_equal(one.labels, other.labels) if one.labels is not None else None
    reading = own.checked(folder)
    computed = replace(reading, share_of=None).splits()
    assert len(count) == 1 and reading.splits().keys() == computed.keys() and (reading.split_of is None) == (reading.share_of is not None)
    for split, groups in reading.splits().items():
        np.testing.assert_array_equal(groups, computed[split])
    write(folder, [*texts[:-1], "another"])
    assert load(folder, "all").content_hash != first.content_hash and len(count) == 2
    (tmp_path / "damaged").write_bytes(b"damaged")  # another file in its place, as everything here is replaced: this one is mapped
    (tmp_path / "damaged").replace(next((tmp_path / "cache" / "own").glob("*.arrow")))
    load(folder, "all")
    assert len(count) == 3


def test_loose_pictures_are_asked_each_time(readings, tmp_path):
    load, count = readings
    folder = tmp_path / "data"
    folder.mkdir()
    for row in range(30):
        (folder / f"{row}.png").write_bytes(picture(row))
    (folder / "all.csv").write_text("\n".join(["image,caption", *(f"{row}.png,picture {row}" for row in range(30))]))
    load(folder, "all")
    load(folder, "all")
    assert len(count) == 2


def test_what_is_left_out_changes_the_shares_of_a_kept_table_as_of_one_just_read(tmp_path):
    parquet(tmp_path, [f"sentence {row}" for row in range(60)])
    read = check_own(tmp_path)
    shares = np.full(len(read.keys), -1, np.int8)
    for name, groups in read.splits().items():
        shares[groups] = SPLITS.index(name)
    left_out = {"x": read.data.x.ids[:30]}
    one, other = (reading.without(left_out).splits() for reading in (read, replace(read, share_of=shares)))
    assert one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)
