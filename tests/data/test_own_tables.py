"""A folder of pictures with a table of sentences: every layout is read, every bad row is reported, and nothing leaves the folder."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.data import find, load
from engine.data.own import check_own, load_own
from engine.errors import TwoviewError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "mine"
    path.mkdir()
    for i in range(12):
        Image.new("RGB", (8, 6), (20 * i, 0, 0)).save(path / f"{i}.png")
    return path


def whats(reading):
    return {problem.row: problem.what for problem in reading.problems}


TABLES = {
    "rows.csv": "Image,Caption\n0.png,a dog\n0.png,\"a dog, brown\"\n1.png,a cat\n",
    "semicolons.csv": "caption;file\na dog;0.png\na dog, brown;0.png\na cat;1.png\n",
    "bom.csv": "\ufefffilename,text\r\n0.png,a dog\r\n0.png,\"a dog, brown\"\r\n1.png,a cat\r\n",
    "numbered.csv": "path,caption1,caption2\n0.png,a dog,\"a dog, brown\"\n1.png,a cat,\n",
    "list.csv": 'image,captions\n0.png,"[""a dog"", ""a dog, brown""]"\n1.png,a cat\n',
    "rows.tsv": 'image\tsentence\n0.png\ta dog\n0.png\t"a dog, brown"\n1.png\ta cat\n',
    "rows.jsonl": '{"image": "0.png", "captions": ["a dog", " a dog,  brown "]}\n\n{"image": "1.png", "caption": "a cat"}\n',
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_layouts_of_a_table(folder, name):
    (folder / name).write_bytes(TABLES[name].encode())
    for path in (folder, folder / name):
        data = load_own(path)
        assert list(data.x.ids) == ["0.png", "1.png"]
        assert data.y.items == ["a dog", "a dog, brown", "a cat"]
        assert list(data.y.ids) == ["0.png#0", "0.png#1", "1.png#0"]
        assert data.pairs.tolist() == [[0, 0], [0, 1], [1, 2]]
        assert data.x.items[1].getpixel((0, 0)) == (20, 0, 0)


def test_a_bad_picture_is_named_once_and_without_its_folder(folder):
    (folder / "0.png").write_bytes(b"")
    (folder / "1.png").write_bytes(b"no picture")
    (folder / "t.csv").write_text("image,text\n0.png,a\n1.png,b\n2.png,c\n")
    told = whats(check_own(folder))
    assert told[2] == "0.png is empty." and told[3].startswith("1.png: The picture is not")
    assert not any(str(folder) in what for what in told.values())


def test_pictures_may_lie_in_images_and_have_several_names(folder):
    (folder / "images").mkdir()
    (folder / "0.png").rename(folder / "images" / "0.png")
    (folder / "t.csv").write_text("image,text\n0.png,a\nimages/0.png,b\nimages\\0.png,c\n./1.png,d\n")
    data = load_own(folder)
    assert list(data.x.ids) == ["images/0.png", "1.png"]
    assert data.y.groups.tolist() == [0, 0, 0, 1]


def test_every_bad_row_is_reported(folder):
    whole = (folder / "0.png").read_bytes()
    Image.effect_noise((90, 90), 50).save(folder / "cut.png")
    (folder / "cut.png").write_bytes((folder / "cut.png").read_bytes()[:2000])
    (folder / "page.jpg").write_text("<html>")
    (folder.parent / "outside.png").write_bytes(whole)
    (folder / "link.png").symlink_to(folder.parent / "outside.png")
    rows = [
        "image,text,id", "0.png,good,a", "gone.png,x,b", "cut.png,x,c", "page.jpg,x,d", "../outside.png,x,e", "link.png,x,f",
        "/etc/hostname,x,g", ",x,h", "1.png,  ,i", "1.png", "1.png,good,a", "1.png,too,many,fields", "1.png," + "x" * 10_001 + ",j",
        "1.png,good,k", '2.png,"open,l', "3.png,x,m",
    ]  # fmt: skip
    (folder / "t.csv").write_text("\n".join(rows) + "\n")
    reading = check_own(folder)
    expected = {
        3: "not in the folder", 4: "damaged", 5: "not a JPEG", 6: "outside", 7: "outside", 8: "outside", 9: "names no picture",
        10: "empty", 11: "empty", 12: "used twice", 13: "4 fields", 14: "10,000 characters", 16: "quotation marks",
    }  # fmt: skip
    found = whats(reading)
    assert found.keys() == expected.keys()
    assert all(expected[row] in found[row] for row in expected)
    assert reading.data.y.items == ["good", "good"]
    with pytest.raises(TwoviewError, match=r"13 problems(.|\n)*row 3: (.|\n)*and 3 more"):
        load_own(folder)
    assert list(load_own(folder, skip_bad=True).x.ids) == ["0.png", "1.png"]


def test_bad_json_lines(folder):
    rows = ["{", "[1]", '"x"', '{"image": "0.png"}', '{"image": 3, "text": "a"}', '{"image": "0.png", "text": {"a": 1}}', '{"image": "0.png", "text": "ok"}']
    (folder / "t.jsonl").write_text("\n".join(rows))
    assert sorted(whats(check_own(folder))) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "has none"),
        (b"0.png,a dog\n", "'0.png', 'a dog'"),
        (b"image,size\n0.png,3\n", "sentence"),
        (b"image,caption,caption\n0.png,a,b\n", "one column"),
        (b"Bild;Groesse\n0.png;3\n1.png;4\n", "could not be told"),
        (b"Name;Beschreibung\nnowhere.png;ein Hund\n", "could not be told"),
    ],
)
def test_tables_that_cannot_be_read(folder, text, message):
    (folder / "t.csv").write_bytes(text)
    with pytest.raises(TwoviewError, match=message):
        check_own(folder)


def test_folders_that_hold_no_data(folder):
    with pytest.raises(TwoviewError, match="no table of sentences"):
        load_own(folder)
    for name in ("a.csv", "b.csv"):
        (folder / name).write_text("image,text\n0.png,a\n")
    with pytest.raises(TwoviewError, match=r"2 tables \(a\.csv, b\.csv\)"):
        load_own(folder)
    with pytest.raises(TwoviewError, match="neither a table"):
        load_own(folder / "0.png")
    with pytest.raises(TwoviewError, match="no file or folder"):
        load_own(folder / "gone")
    (folder / "a.csv").write_text("image,text\ngone.png,a\n")
    with pytest.raises(TwoviewError, match="no good row"):
        load_own(folder / "a.csv", skip_bad=True)


def test_groups_labels_and_contradictions(folder):
    rows = ["image,text,group,label", "0.png,a,g,cat", "1.png,b,g,dog", "0.png,c,h,cat", "0.png,d,g,dog", "2.png,e,,"]
    (folder / "t.csv").write_text("\n".join(rows))
    reading = check_own(folder)
    assert whats(reading).keys() == {4, 5}
    data = reading.data
    assert data.x.groups.tolist() == [0, 0, 1]
    assert data.label_names == ["cat", "dog"]
    assert data.x.labels.tolist() == data.y.labels.tolist() == [0, 1, -1]


def test_split_column(folder):
    rows = ["image,text,split", "0.png,a,train", "0.png,b,Training", "1.png,c,val", "2.png,d,test", "3.png,e,", "4.png,f,fold1", "2.png,g,train"]
    (folder / "t.csv").write_text("\n".join(rows))
    assert whats(check_own(folder)).keys() == {6, 7, 8}
    assert [load_own(folder, split, skip_bad=True).y.items for split in ("train", "validation", "test")] == [["a", "b"], ["c"], ["d"]]
    (folder / "t.csv").write_text("\n".join(rows[:3]))
    with pytest.raises(TwoviewError, match="it has train, all"):
        load_own(folder, "test")


def test_splits_are_by_content(folder, tmp_path):
    """Whatever the pictures are called and in whatever order they come; the same picture twice never lies in two splits."""
    lines = [f"{i}.png,sentence {k}" for i in range(12) for k in range(2)]
    (folder / "t.csv").write_text("\n".join(["image,text", *lines]))
    other = tmp_path / "renamed"
    other.mkdir()
    for i in range(12):
        (other / f"p{11 - i}.png").write_bytes((folder / f"{i}.png").read_bytes())
    (other / "copy.png").write_bytes((folder / "3.png").read_bytes())
    (other / "t.csv").write_text("\n".join(["image,text", *(f"p{i}.png,s" for i in range(12)), "copy.png,s"]))
    for split, size in (("train", 10), ("validation", 1), ("test", 1)):
        mine, theirs = load_own(folder, split), load_own(other, split)
        assert len(mine.x) == size
        assert len(mine.y) == 2 * size
        assert {mine.x.items.encoded(i) for i in range(size)} == {theirs.x.items.encoded(i) for i in range(len(theirs.x))}
    with pytest.raises(TwoviewError, match="at least three"):
        (folder / "t.csv").write_text("image,text\n0.png,a\n1.png,b\n")
        load_own(folder, "train")


def test_pictures_are_checked_again_only_when_they_change(folder, monkeypatch):
    (folder / "t.csv").write_text("image,text\n0.png,a\n1.png,b\n2.png,c\n")
    steps = []
    check_own(folder, lambda done, total, what: steps.append((done, total, what)))
    assert steps == [(3, 3, "checking pictures")]
    opened = []
    from engine.data.own import pictures

    monkeypatch.setattr(pictures, "open_picture", lambda data: opened.append(data))
    assert not check_own(folder).problems
    assert opened == []
    (folder / "1.png").write_bytes(b"changed")
    check_own(folder)
    assert opened == [b"changed"]


def test_a_damaged_memory_is_forgotten(folder, tmp_path):
    (folder / "t.csv").write_text("image,text\n0.png,a\n")
    check_own(folder)
    (memory,) = (tmp_path / "cache" / "own").iterdir()
    for text in ("{", "[]", json.dumps({"0.png": 3})):
        memory.write_text(text)
        assert not check_own(folder).problems


def test_a_path_is_a_data_set(folder):
    (folder / "t.csv").write_text("image,text\n" + "".join(f"{i}.png,a\n" for i in range(5)) + "gone.png,b\n")
    with pytest.raises(TwoviewError, match="1 problem in"):
        load(str(folder), "train")
    data = load(str(folder), "all", skip_bad=True)
    assert load(data.name, "all").content_hash == data.content_hash
    info = find(str(folder))
    assert (info.title, info.splits) == ("mine", ("train", "validation", "test", "all"))
    with pytest.raises(TwoviewError, match="train, validation, test, all"):
        load(str(folder), "dev")


def test_many_rows(folder):
    (folder / "t.tsv").write_text("image\ttext\n" + "".join(f'{i % 12}.png\tthe "{i}"th sentence\n' for i in range(20_000)))
    reading = check_own(folder)
    assert not reading.problems
    assert len(reading.data.y) == 20_000
    assert np.array_equal(np.bincount(reading.data.y.groups), np.bincount(np.arange(20_000) % 12))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    suffix=st.sampled_from([".csv", ".tsv", ".jsonl"]),
    start=st.sampled_from([b"", b"image,text\n0.png,a\n", b"image\ttext\n0.png\ta\n", b'{"image": "0.png", "text": "a"}\n', b'{"image": "']),
    rest=st.one_of(st.binary(max_size=80), st.text(alphabet='\0\n\r",;\t[]{}0.pngé\u2028/\\: ', max_size=60).map(str.encode)),
)
def test_any_table_is_read_or_explained(folder, suffix, start, rest):
    path = folder / f"t{suffix}"
    path.write_bytes(start + rest)
    try:
        reading = check_own(path)
    except TwoviewError as error:
        assert str(error)
    else:
        assert len(reading.data.pairs) == len(reading.data.y)


@pytest.mark.parametrize("name", ["nul\0.png", "x" * 5000 + ".png", "~/a.png", "con:0.png", ".", "..", "images", "http://host/0.png"])
def test_odd_names_of_pictures(folder, name):
    (folder / "t.jsonl").write_text(json.dumps({"image": name, "text": "a"}) + '\n{"image": "0.png", "text": "a"}')
    assert whats(check_own(folder)).keys() == {1}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("header", ["Nummer;Bild;Beschreibung", "n;a;b"])
def test_unknown_columns_are_found_by_what_is_in_them_and_told(folder, encoding, header):
    (folder / "t.csv").write_bytes((header + "\n1;0.png;Füße im Sand\n2;1.png;ein großer Hund\n").encode(encoding))
    reading = check_own(folder)
    assert not reading.problems and list(reading.data.y.items) == ["Füße im Sand", "ein großer Hund"]
    assert list(reading.data.x.ids) == ["0.png", "1.png"]
    assert any(repr(header.lower().split(";")[1]) in note and "found by what is in them" in note for note in reading.notes)


def test_repeats_are_counted_and_told(folder):
    (folder / "again.png").write_bytes((folder / "0.png").read_bytes())
    (folder / "t.csv").write_text("image,text\n0.png,a dog\n0.png,a dog\n1.png,a dog\nagain.png,a cat\n", encoding="utf-8")
    assert [note.partition(" ")[0] for note in check_own(folder).notes] == ["1", "1", "1"]


def test_a_table_without_repeats_has_nothing_to_tell(folder):
    (folder / "t.csv").write_text("image,text\n0.png,a dog\n1.png,a cat\n", encoding="utf-8")
    assert not check_own(folder).notes


def test_pictures_may_lie_in_any_one_folder_beside_the_table(folder):
    (folder / "Fotos").mkdir()
    (folder / "rest").mkdir()
    for i in range(1, 12):
        (folder / f"{i}.png").rename(folder / ("Fotos" if i < 8 else "rest") / f"{i}.png")
    (folder / "rest" / "7.png").write_bytes((folder / "Fotos" / "7.png").read_bytes())
    lines = "".join(f"{i}.png;picture {i}\n" for i in range(12))
    (folder / "table.csv").write_text(f"Bild;Beschreibung\n{lines}../outside.png;a picture\n", encoding="utf-8")
    found = check_own(folder)
    assert [problem.what for problem in found.problems] == ["the picture '7.png' is in several folders: Fotos, rest; name it with its folder", "the picture '../outside.png' lies outside the folder; put it inside and name it relative to the table"]
    assert found.data.x.ids[:3] == ["0.png", "Fotos/1.png", "Fotos/2.png"] and "rest/8.png" in found.data.x.ids
