"""What crosses the wire for the linked maps, and what comes back from a browser."""

import json
from io import BytesIO
from threading import Event

import numpy as np
import pytest
from PIL import Image

from app.background import Worker
from app.components.linked_map import Colour, inside, pack, selected_rows, sprite_sheet, standalone

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


def read(block: bytes) -> tuple[dict, dict]:
    """As the browser reads it."""
    length = int.from_bytes(block[:4], "little")
    header = json.loads(block[4 : 4 + length])
    arrays = {
        name: np.frombuffer(block, place["type"], place["length"], 4 + length + place["offset"]) for name, place in header["arrays"].items()
    }
    return header, arrays


def test_the_browser_reads_what_was_packed():
    block, identity = packed()
    header, arrays = read(block)
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


def test_cancelled_work_ends_and_the_next_begins(worker):
    worker.start("stuck", wait_for_nothing)
    worker.cancel("stuck")
    worker.start("after", sum, [4])
    worker.jobs["after"][0].result(timeout=60)
    assert worker.result("after") == 4 and "stuck" not in worker.jobs


def wait_for_nothing():
    Event().wait()
