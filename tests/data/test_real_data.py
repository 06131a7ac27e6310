"""The real data sets, where the data root has them: the published numbers of items, and masks that fit their boxes."""

import numpy as np
import pytest

from engine.data import DATASETS, load
from engine.paths import data_root

SIZES = {
    ("flickr8k", "train"): (6000, 30000),
    ("flickr8k", "validation"): (1000, 5000),
    ("flickr8k", "test"): (1000, 5000),
    ("mnist", "test"): (10000, 10000),
    ("mnist", "train"): (54000, 54000),
    ("wikipedia", "train"): (2173, 2173),
    ("wikipedia", "validation"): (231, 231),
    ("wikipedia", "test"): (462, 462),
    ("wikipedia-tfidf", "test_all"): (693, 693),
}


def here(name):
    missing = DATASETS[name].missing(data_root())
    if missing:
        pytest.skip(f"the data root has no {', '.join(missing)}")


@pytest.mark.parametrize(("name", "split"), SIZES)
def test_published_sizes(name, split):
    here(name)
    data = load(name, split)
    assert (len(data.x), len(data.y)) == SIZES[name, split]
    assert len(data.pairs) == len(data.y)
    for view in (data.x, data.y):
        assert len(set(view.ids)) == len(view)
        assert view.kind != "vector" or np.isfinite(view.items).all()


def test_flickr8k_opens():
    here("flickr8k")
    data = load("flickr8k", "test")
    assert not any("2258277193_586949ec62" in i for i in data.x.ids)
    for row in range(0, len(data.x), 100):
        assert data.x.items[row].mode == "RGB"


def test_coco_masks_lie_in_their_boxes():
    here("coco")
    try:
        data = load("coco", "train2017_all")
    except Exception as error:
        pytest.skip(str(error))
    filled = []
    for row in [row for row, objects in enumerate(data.x.objects) if any(o.mask for o in objects)][:10]:
        width, height = data.x.items[row].size
        for thing in data.x.objects[row]:
            if thing.mask is None:
                continue
            mask = thing.mask()
            assert mask.shape == (height, width)
            rows, columns = np.nonzero(mask)
            if len(rows) > 50:
                left, top, right, bottom = thing.box
                assert abs(columns.min() - left) < 3
                assert abs(columns.max() + 1 - right) < 3
                assert abs(rows.min() - top) < 3
                assert abs(rows.max() + 1 - bottom) < 3
                filled.append(mask.sum() / ((right - left) * (bottom - top)))
    assert 0.3 < np.mean(filled) < 0.9
