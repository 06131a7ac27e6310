"""Little pictures of places and sounds."""

from io import BytesIO

import numpy as np
from PIL import Image

from app.asking import scores
from app.asking.galleries import shelf


def test_a_sound_is_drawn_with_high_above_low_and_loud_wider_than_soft():
    excerpt = np.zeros((136, 100), dtype=np.float32)
    excerpt[120, :50] = 1.0  # high and loud, then low and soft
    excerpt[10, 50:] = 0.5
    drawn = 255 - np.asarray(Image.open(BytesIO(scores.sound(excerpt)))).astype(int)
    assert drawn.shape == (scores.HEIGHT, scores.WIDTH)
    above, below = drawn[: -scores.WAVE], drawn[-scores.WAVE :]
    first, second = (above[:, half].sum(axis=1).argmax() for half in (slice(0, 190), slice(210, 400)))
    assert first < above.shape[0] / 3 and second > above.shape[0] * 2 / 3
    assert below[:, :190].sum() > 5 * below[:, 210:].sum() > 0


def test_the_gallery_of_tunes_is_drawn_as_staves_and_waveforms():
    items = shelf("tunes", "test_2000")
    for view in ("x", "y"):
        picture = Image.open(BytesIO(items.picture(view, 0)))
        assert picture.size == (scores.WIDTH, scores.HEIGHT) and 0 < np.asarray(255 - np.asarray(picture)).mean() < 200
