"""What pages show to whoever has chosen nothing, kept beside the checkpoints."""

import io
import json
import re

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from app.asking import catalogue, kept
from app.ground import ask as ground
from app.listen import ask as listen
from app.look import ask as look
from app.spaces import ask as spaces
from benchmarks import browser

NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e[+-]\d+)?")


@pytest.fixture
def sights(in_a_clone, monkeypatch):
    """``(what is kept, what would be computed now)`` of a page's first view."""
    if not all(in_a_clone(entry.path) for entry in catalogue.usable()):
        pytest.skip("the checkpoints are not those of a clone")
    seen, look_up = {}, kept.model

    def both(cls, data, kind, identity, make, keep=True):
        if kind != kept.SIGHTS:
            return look_up(cls, data, kind, identity, make, keep)
        assert keep, "a first view is one that is kept"
        seen[cls] = look_up(cls, data, kind, identity, lambda: None), make()
        return seen[cls][1]

    def visit(page: str, cls: type) -> tuple:
        monkeypatch.setattr(kept, "model", both)
        spaces.geometry.clear()
        app = AppTest.from_file(str(browser.PROJECT / "app" / "main.py"), default_timeout=120).run()
        app.switch_page(f"{page}/page.py").run()
        spaces.geometry.clear()
        assert not app.exception
        assert seen[cls][0] is not None, "find it anew: python -m app.keep"
        return seen[cls]

    return visit


def test_maps_that_ship_are_those_that_would_be_drawn_now(sights):
    ships, now = sights("look", look.Rows)
    for one, other in zip(ships.rows, now.rows, strict=True):
        assert (one.title, one.note, one.id) == (other.title, other.note, other.id)
        for a, b in zip(one.cells, other.cells, strict=True):
            assert (a.title, a.letter, a.problem) == (b.title, b.letter, b.problem)
            for said, says in zip([a.alt, *a.facts], [b.alt, *b.facts], strict=True):
                assert NUMBER.sub("#", said) == NUMBER.sub("#", says)
                assert [*map(float, NUMBER.findall(said))] == pytest.approx([*map(float, NUMBER.findall(says))], rel=0.05, abs=1)
            assert [word for word, _ in a.words] == [word for word, _ in b.words]
            assert [value for _, value in a.words] == pytest.approx([value for _, value in b.words], rel=0.02, abs=1e-4)
            drawn, draws = (np.asarray(Image.open(io.BytesIO(cell.picture)), float) for cell in (a, b))
            assert np.abs(drawn - draws).mean() < 2
    assert sum(bool(cell.picture) for row in ships.rows for cell in row.cells) > 3


def test_spaces_that_ship_are_those_that_would_be_packed_now(sights):
    (head, arrays), (heads, now) = (unpacked(one.block) for one in sights("spaces", spaces.Packed))
    assert head["texts"] == heads["texts"] and head["maps"] == heads["maps"] and head["shapes"] == heads["shapes"]
    assert [colour["title"] for colour in head["colours"]] == [colour["title"] for colour in heads["colours"]]
    assert arrays.keys() == now.keys() and {"sheet", "layout0", "change0", "rank0"} <= arrays.keys()
    for name, values in arrays.items():
        assert np.mean(~np.isclose(values, now[name], rtol=1e-3, atol=1e-3, equal_nan=True)) < 0.01, name


def test_regions_that_ship_are_those_that_would_be_found_now(sights):
    ships, now = sights("ground", ground.Found)
    assert len(ships.boxes) == len(now.boxes) > 1
    for one, other in ((ships.boxes, now.boxes), (ships.scores, now.scores)):
        for a, b in zip(one, other, strict=True):
            assert np.mean(~np.isclose(a, b, rtol=1e-3, atol=1e-3)) < 0.05  # regions of nearly equal scores may change places


def test_places_that_ship_are_those_that_would_be_found_now(sights):
    ships, now = sights("listen", listen.Places)
    assert (ships.rank, ships.candidates, ships.place) == (now.rank, now.candidates, now.place)
    for one, other in zip(ships.staves, now.staves, strict=True):
        assert (one.title, one.alt, one.window, one.match, list(one.notes)) == (other.title, other.alt, other.window, other.match, list(other.notes))
        assert np.array_equal(*(np.asarray(Image.open(io.BytesIO(staff.picture))) for staff in (one, other)))
    assert np.allclose(*(np.frombuffer(one.excerpt, np.float32) for one in (ships, now)), atol=1e-3)


def unpacked(block: bytes) -> tuple[dict, dict[str, np.ndarray]]:
    length = int.from_bytes(block[:4], "little")
    head = json.loads(block[4 : 4 + length])
    return head, {name: np.frombuffer(block, at["type"], at["length"], 4 + length + at["offset"]) for name, at in head["arrays"].items()}


def test_what_somebody_chose_is_looked_up_and_not_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CACHE", str(tmp_path))

    class Told(kept.Sight):
        picture: bytes

    def ask(keep: bool, byte: int) -> int:
        found = kept.model(Told, "scenes", kept.SIGHTS, "one identity", lambda: Told(picture=bytes([byte])), keep)
        assert found is not None
        return found.picture[0]

    assert ask(keep=False, byte=200) == 200 and not [*tmp_path.rglob("*.json")]
    assert ask(keep=True, byte=201) == 201
    assert ask(keep=False, byte=202) == ask(keep=True, byte=203) == 201
    (file,) = tmp_path.rglob("*.json")
    file.write_bytes(file.read_bytes()[:-3])
    assert ask(keep=False, byte=204) == 204
