"""What crosses the wire for the linked maps, and what comes back from a browser."""

import json
from io import BytesIO
from threading import Event

import numpy as np
import pytest
from PIL import Image

from app.components.linked_map import (
    Colour,
    checked,
    inside,
    pack,
    read,
    selected_rows,
    sprite_sheet,
    standalone,
    written,
)
from app.frame.work import Worker

RNG = np.random.default_rng(0)
LAYOUTS = [RNG.normal(size=(30, 2)).astype(np.float32) for _ in range(2)]
GROUPS = np.arange(30) // 3


def packed(**changes):
    arguments = {
        "layouts": LAYOUTS, "titles": ["A", "B"], "notes": ["", ""], "groups": GROUPS, "forms": np.arange(30) % 2,
        "colours": [Colour("kind", "Kind", np.arange(30) % 3 - 1, ["cat", "dog"]), Colour("far", "Far", [RNG.random(30), RNG.random(30)])],
        "shapes": ["● one", "▲ other"], "texts": [f"“{i}” </script>" for i in range(30)],
    }  # fmt: skip
    return pack(**(arguments | changes))


def unpacked(block: bytes) -> tuple[dict, dict]:
    """As the browser reads it."""
    length = int.from_bytes(block[:4], "little")
    header = json.loads(block[4 : 4 + length])
    arrays = {
        name: np.frombuffer(block, place["type"], place["length"], 4 + length + place["offset"]) for name, place in header["arrays"].items()
    }
    return header, arrays


def test_the_browser_reads_what_was_packed():
    block, identity = packed()
    header, arrays = unpacked(block)
    assert header["id"] == identity and header["count"] == 30
    assert all(place["offset"] % 4 == 0 for place in header["arrays"].values()) and (len(block) % 4) == 0
    for m, layout in enumerate(LAYOUTS):
        np.testing.assert_array_equal(arrays[f"layout{m}"].reshape(-1, 2), layout)
    np.testing.assert_array_equal(arrays["groups"], GROUPS)
    kind, far = header["colours"]
    assert kind["counts"] == [10, 10] and not kind["per_map"] and far["per_map"]
    assert far["low"] == pytest.approx(min(arrays["far0"].min(), arrays["far1"].min()))


def test_the_id_follows_the_content():
    fixed = {"colours": [Colour("far", "Far", np.arange(30.0))]}
    assert packed(**fixed)[1] == packed(**fixed)[1] != packed(titles=["A", "C"], **fixed)[1]


def test_sprites_lie_row_by_row():
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
    encoded, columns = sprite_sheet([Image.new("RGB", (9, 9), c) for c in colours])
    sheet = Image.open(BytesIO(encoded)).convert("RGB")
    for i, colour in enumerate(colours):
        seen = sheet.getpixel((i % columns * 72 + 36, i // columns * 72 + 36))
        assert np.abs(np.subtract(seen, colour)).max() < 40


def test_a_lasso_takes_what_lies_inside():
    square = [[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]]
    expected = np.flatnonzero((np.abs(LAYOUTS[1]) < 0.5).all(axis=1))
    np.testing.assert_array_equal(inside(LAYOUTS[1], square), expected)
    np.testing.assert_array_equal(selected_rows({"map": 1, "polygon": square}, LAYOUTS), expected)


@pytest.mark.parametrize(
    "foreign",
    [
        None, 3, "x", [], {}, {"items": "abc"}, {"items": [[1]]}, {"items": [-1, 30, 10**30]}, {"polygon": [[0, 0]]},
        {"polygon": [[0, 0]] * 5, "map": 7}, {"polygon": [[0, 0]] * 2000, "map": 0}, {"polygon": "no", "map": 0}, {"items": {"a": 1}},
    ],
)  # fmt: skip
def test_foreign_selections_select_nothing(foreign):
    assert len(selected_rows(foreign, LAYOUTS)) == 0


def test_a_click_selects_its_items():
    np.testing.assert_array_equal(selected_rows({"items": [4, 3, 99]}, LAYOUTS), [4, 3])


@pytest.mark.parametrize("selection", [{"items": [3, 0, 29]}, {"map": 1, "polygon": [[-0.5, -0.25], [0.5, 1e-7], [0.123456, 2.0]]}])
def test_a_link_brings_a_selection_back(selection):
    again = read(written(checked(selection, LAYOUTS)), LAYOUTS)
    assert again == selection and selected_rows(again, LAYOUTS).tolist() == selected_rows(selection, LAYOUTS).tolist()


@pytest.mark.parametrize("text", ["", "x", "1.x", "99", "9:0,0_1,1_1,0", "0:0,0", "0:a,b_c,d_e,f", "0:nan,0_1,1_0,1", ":", "1e9"])
def test_a_wrong_link_selects_nothing(text):
    assert read(text, LAYOUTS) is None


def test_a_colour_without_values_is_offered():
    block, _ = packed(colours=[Colour("kind", "Kind", np.zeros(30, int), ["cat"]), Colour("faithful", "Faithfulness", None)])
    header, arrays = unpacked(block)
    assert header["colours"][1] == {"key": "faithful", "title": "Faithfulness", "pending": True} and "faithful" not in arrays


def test_the_layouts_are_told_apart_whatever_colours_them():
    other = packed(colours=[Colour("far", "Far", np.arange(30.0))])[0]
    assert unpacked(packed()[0])[0]["layouts"] == unpacked(other)[0]["layouts"]
    assert unpacked(packed(layouts=LAYOUTS[::-1])[0])[0]["layouts"] != unpacked(other)[0]["layouts"]


def test_the_file_of_its_own_needs_nothing_else():
    page = standalone(*packed())
    assert "http" not in page.replace("http-equiv", "") and "</script>" in page
    assert page.count("</script>") == 1, "words of the data must not end the script"


@pytest.fixture
def worker():
    made = Worker()
    yield made
    made.pool.shutdown(kill_workers=True)


def test_work_runs_beside_the_server(worker):
    worker.start("sum", sum, [1, 2])
    worker.start("sum", sum, ["not", "again"])
    worker.start("wrong", int, "x")
    worker.jobs["wrong"][0].exception(timeout=60)
    assert worker.result("sum") == 3 and worker.seconds("sum") is None
    assert "invalid literal" in worker.problem("wrong")
    worker.forget("wrong")
    assert worker.problem("wrong") is None


def test_what_waits_behind_cancelled_work_has_not_failed(worker, monkeypatch):
    worker.start("stuck", wait_for_nothing)
    worker.start("behind", sum, [1])
    waiting, shutdown = worker.jobs["behind"][0], worker.pool.shutdown

    def slowly(**how):
        shutdown(**how)
        waiting.exception(timeout=60)

    monkeypatch.setattr(worker.pool, "shutdown", slowly)
    worker.cancel("stuck")
    assert worker.problem("behind") is None
    worker.start("behind", sum, [1])
    assert worker.jobs["behind"][0].result(timeout=60) == 1


def test_cancelled_work_ends_and_the_next_begins(worker):
    worker.start("stuck", wait_for_nothing)
    worker.cancel("stuck")
    worker.start("after", sum, [4])
    worker.jobs["after"][0].result(timeout=60)
    assert worker.result("after") == 4 and "stuck" not in worker.jobs


def wait_for_nothing():
    Event().wait()
