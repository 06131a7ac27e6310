"""Bringing data: what is brought has a name everywhere, what is dangerous is refused, and nothing is ever half there."""

import io
import json
import os
import signal
import stat
import subprocess
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from engine import archives
from engine.archives import Limits
from engine.cli import app
from engine.data import find, load
from engine.data.own import Columns, brought, check_own
from engine.errors import TwoviewError

PROJECT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch):
    monkeypatch.setenv("TWOVIEW_OWN", str(tmp_path / "own"))
    monkeypatch.setenv("TWOVIEW_CACHE", str(tmp_path / "cache"))
    return tmp_path / "own"


def picture(shade: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 6), (shade, 0, 0)).save(buffer, "PNG")
    return buffer.getvalue()


def files(count: int = 12) -> dict[str, bytes]:
    rows = "".join(f"{i}.png,number {i}\n" for i in range(count))
    return {"t.csv": f"image,text\n{rows}".encode(), **{f"{i}.png": picture(20 * i) for i in range(count)}}


def zipped(path: Path, content: dict[str, bytes], below: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(below + name, data)
    return path


def folder(path: Path, content: dict[str, bytes]) -> Path:
    path.mkdir()
    for name, data in content.items():
        (path / name).write_bytes(data)
    return path


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def left(kept: Path) -> set[str]:
    return {path.name for path in kept.glob("*") if not path.name.endswith(".lock")}


def test_a_zip_is_a_data_set_by_its_name_and_its_title(tmp_path, kept):
    path = zipped(tmp_path / "My holiday.zip", files() | {"__MACOSX/._0.png": b"x", "run.py": b"exit()", "page.html": b"<script>"}, "holiday/")
    made = brought.bring(path)
    assert made.name == "My-holiday" and sorted(file.name for file in made.path.iterdir()) == sorted(files())
    plain = load(str(folder(tmp_path / "plain", files())), "test")
    for name in ("My-holiday", "My holiday"):
        data = load(name, "test")
        assert data.name == "My-holiday" and data.content_hash == plain.content_hash
    assert find("My-holiday").title == "My holiday"
    assert made.bytes >= sum(map(len, files().values()))


def test_a_folder_stays_where_it_is(tmp_path, kept):
    mine = folder(tmp_path / "mine", files())
    made = brought.bring(mine, "holiday")
    assert made.path == mine and made.bytes < 1000
    brought.remove("holiday")
    assert len(list(mine.iterdir())) == 13 and not brought.listed()
    brought.bring(mine, "holiday")
    mine.rename(tmp_path / "moved")
    with pytest.raises(TwoviewError, match="no longer where it was"):
        load("holiday", "test")


def test_a_new_title_is_known_and_models_keep_the_name(tmp_path):
    brought.bring(folder(tmp_path / "mine", files()), "holiday")
    brought.change("holiday", title="Our holiday")
    assert load("holiday", "all").name == load("Our holiday", "all").name == "holiday"
    brought.bring(tmp_path / "mine", "other")
    for taken in ("other", "Our holiday", "holiday", "scenes", ""):
        with pytest.raises(TwoviewError, match=r"already|1 to 80"):
            brought.change("other" if taken != "other" else "holiday", title=taken)


def test_uploads_are_copied_by_their_plain_names(tmp_path):
    x = np.random.default_rng(0).normal(size=(20, 4))
    uploads = {}
    for name in ("x", "y"):
        np.save(tmp_path / f"{name}.npy", x)
        uploads[f"../../{name}.npy"] = io.BytesIO((tmp_path / f"{name}.npy").read_bytes())
    made = brought.bring_files(uploads, "vectors")
    assert len(load(made.name, "all").x) == 20
    with pytest.raises(TwoviewError, match="no file that is read"):
        brought.bring_files({"a.exe": io.BytesIO(b"x")}, "program")


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize("name", ["../out.png", "/etc/out.png", "a/../../out.png", "..\\out.png", "C:\\out.png", "a\nb.png", "x" * 300 + ".png"])
def test_no_name_leads_out_of_the_folder(tmp_path, kept, name):
    path = zipped(tmp_path / "z.zip", files() | {name: picture(1)})
    with pytest.raises(TwoviewError, match="outside its folder"):
        brought.bring(path)
    assert not left(kept) and not (tmp_path / "out.png").exists()


def test_what_no_zip_may_hold(tmp_path, kept):
    def refused(match: str, limits: Limits = archives.LIMITS) -> None:
        with pytest.raises(TwoviewError, match=match):
            brought.bring(tmp_path / "z.zip", limits=limits)
        assert not left(kept)

    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.writestr(link("0.png"), "/etc/passwd")
    refused("is a link")
    zipped(tmp_path / "z.zip", files() | {"A.png": picture(1), "a.PNG": picture(2)})
    refused("twice")
    zipped(tmp_path / "z.zip", files())
    refused("at most 5 are", Limits(files=5))
    refused("at most 0 GB", Limits(bytes=100))
    refused("billion pixels", Limits(pixels=48 * 11))
    refused("disk is too full", Limits(free=2**60))
    zipped(tmp_path / "z.zip", files() | {"zeros.npy": bytes(2**26 + 1)})
    refused("times its size")
    whole = zipped(tmp_path / "z.zip", files()).read_bytes()
    (tmp_path / "z.zip").write_bytes(whole[: len(whole) // 2])
    refused("no zip that can be read")
    place = whole.index(b"0.png") + 40
    (tmp_path / "z.zip").write_bytes(whole[:place] + b"\xff\xff\xff\xff" + whole[place + 4 :])
    refused("no zip that can be read")
    zipped(tmp_path / "z.zip", {"readme.md": b"x"})
    refused("holds no file that is read")
    zipped(tmp_path / "z.zip", {"0.png": picture(0)})
    refused("no table")


def test_files_that_lie_over_each_other_are_refused(tmp_path, kept):
    """The bomb without a ratio: many entries of the directory point to the same bytes."""
    data = bytearray(zipped(tmp_path / "z.zip", files()).read_bytes())
    directory = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", directory + 4)
    data[second + 42 : second + 46] = data[directory + 42 : directory + 46]
    (tmp_path / "z.zip").write_bytes(data)
    with pytest.raises(TwoviewError, match="over each other"):
        brought.bring(tmp_path / "z.zip")


def test_a_full_disk_keeps_nothing_and_is_a_sentence(tmp_path, kept, monkeypatch):
    def full(self, *args, **kwargs):
        raise OSError(28, "No space left on device")

    zipped(tmp_path / "z.zip", files())
    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(TwoviewError, match="disk is full"):
        brought.bring(tmp_path / "z.zip")
    assert not left(kept)


def test_items_left_out_are_gone_and_no_other_changes_its_split(tmp_path):
    brought.bring(folder(tmp_path / "mine", files(40)), "mine")
    before = {split: load("mine", split) for split in ("train", "validation", "test", "all")}
    out = [before["test"].x.ids[0], before["train"].x.ids[0]]
    brought.leave_out("mine", x=out, y=[before["train"].y.ids[1]])
    for split, data in before.items():
        now = load("mine", split)
        gone = {*out, data.x.ids[1]} if split == "train" else {*out, before["train"].x.ids[1]}
        assert list(now.x.ids) == [i for i in data.x.ids if i not in gone] and len(now.x) == len(now.y) == len(now.pairs)
    brought.leave_out("mine", x=out, y=[before["train"].y.ids[1]], again=True)
    assert load("mine", "all").content_hash == before["all"].content_hash


def test_a_part_is_made_once_until_something_changes(tmp_path):
    source = folder(tmp_path / "photos", files())
    brought.bring(source, "mine")
    train = load("mine", "train")
    assert load("mine", "train") is train and load("mine", "test") is not train
    brought.leave_out("mine", x=[train.x.ids[0]])
    assert train.x.ids[0] not in load("mine", "train").x.ids
    brought.leave_out("mine", x=[train.x.ids[0]], again=True)
    (source / "new.png").write_bytes(picture(200))
    table = next(source.glob("*.csv"))
    table.write_text(table.read_text() + "new.png,something new\n")
    assert sum(len(load("mine", split).x) for split in ("train", "validation", "test")) == 13


def test_columns_that_are_said(tmp_path):
    rows = "Bild;Foto;Beschreibung;caption;Art;Teil\n" + "".join(f"gone{i}.png;{i}.png;ein Satz {i};x;{'ab'[i % 2]};{'test' if i < 4 else 'train'}\n" for i in range(12))
    mine = folder(tmp_path / "mine", files() | {"t.csv": rows.encode()})
    columns = Columns(picture=("Foto",), sentence=("Beschreibung",), label="Art", split="Teil")
    brought.bring(mine, "mine", columns)
    data = load("mine", "test")
    assert data.y.items == [f"ein Satz {i}" for i in range(4)] and data.label_names == ["a", "b"]
    with pytest.raises(TwoviewError, match="no column 'titel'; it has 'bild', 'foto'"):
        check_own(mine, columns=Columns(sentence=("Titel",)))


def test_the_command_line(tmp_path, kept):
    zipped(tmp_path / "z.zip", files())
    assert "12 pairs, 0 bad rows" in run("data", "add", tmp_path / "z.zip", "--name", "holiday").stdout
    assert run("data", "add", tmp_path / "z.zip", "--name", "holiday").exit_code == 2
    assert "holiday" in run("data", "list").stdout
    assert [row["name"] for row in json.loads(run("data", "list", "--json").stdout) if row.get("brought")] == ["holiday"]
    assert run("data", "check", "holiday").exit_code == 0
    assert run("data", "rename", "holiday", "Our holiday").exit_code == 0
    assert run("data", "remove", "Our holiday", "--yes").exit_code == 0 and not brought.listed()
    zipped(tmp_path / "z.zip", {"t.csv": b"a,b\n1,2\n"})
    refused = run("data", "add", tmp_path / "z.zip")
    assert refused.exit_code == 2 and "could not be told" in refused.stderr and not left(kept)


def test_two_at_once_make_one(tmp_path, kept):
    zipped(tmp_path / "z.zip", files())

    def attempt(_) -> bool:
        try:
            brought.bring(tmp_path / "z.zip", "same")
        except TwoviewError as error:
            assert "already" in str(error)
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(attempt, range(4))) == 1
    assert [each.name for each in brought.listed()] == ["same"] and left(kept) == {"same"}


def test_a_set_that_cannot_be_read_is_listed_with_the_reason(tmp_path, kept):
    brought.bring(folder(tmp_path / "mine", files()), "mine")
    (kept / "mine" / brought.ABOUT).write_text("{")
    (kept / "empty").mkdir()
    assert all(each.problem and "Remove it" in each.problem for each in brought.listed()) and len(brought.listed()) == 2
    assert "Remove it" in run("data", "list").stdout
    assert run("data", "remove", "mine", "--yes").exit_code == 0
    assert [each.name for each in brought.listed()] == ["empty"]


def test_killed_at_any_moment_the_list_is_whole_and_the_rest_is_swept_away(tmp_path, kept):
    zipped(tmp_path / "z.zip", files(400))
    code = (
        "import sys; from engine.data.own import brought; print('ready', flush=True)\n"
        f"for i in range(1000): brought.bring({str(tmp_path / 'z.zip')!r}, 'set', progress=lambda *_: print('.', flush=True)); brought.remove('set')"
    )
    for attempt in range(4):
        process = subprocess.Popen([sys.executable, "-c", code], cwd=PROJECT, stdout=subprocess.PIPE, env={**os.environ})
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.02 + 0.11 * attempt)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert all(each.about is not None for each in brought.listed())
        if brought.found("set"):
            assert len(load("set", "all").x) == 400
            brought.remove("set")
    brought.bring(tmp_path / "z.zip", "last")
    assert left(kept) == {"last"}
