"""What is kept of every phrase, by parts, against plain loops; baselines; the leaderboard and the report that stand on it."""

from dataclasses import replace

import numpy as np
import pytest

from engine.data.base import paired_arrays
from engine.data.regions import PhraseRegion, overlaps
from engine.errors import TwoviewError
from engine.evaluation.grounding import MEASURES
from engine.grounding import measured
from engine.grounding.baselines import CONSTANT
from engine.grounding.pairs import pixels
from engine.report import regions

PLACE = {name: place for place, name in enumerate(MEASURES)}


@pytest.fixture
def named(data):
    """The data with phrases of other things: in every third picture dogs, in the others cars."""
    phrases = [replace(one, labels=("dog" if one.picture % 3 == 0 else "car",)) for one in data.phrases]
    return replace(data, phrases=phrases)


def test_parts_are_means_over_their_phrases(named, monkeypatch):
    monkeypatch.setattr(measured, "FEW", 1)
    found = measured.of("Largest", named, CONSTANT["largest"][1](named))
    kinds = {part.name: part for part in measured.parts(found, found.kinds)}
    assert set(kinds) == {"animal", "vehicle"}
    for name, label in (("animal", "dog"), ("vehicle", "car")):
        right = []
        for row, phrase in enumerate(named.phrases):
            if phrase.labels == (label,):
                boxes = pixels(named.regions.boxes[phrase.picture], named.windows[phrase.picture])
                first = max(range(len(boxes)), key=lambda place: float(np.prod(boxes[place, 2:] - boxes[place, :2])))
                right.append(overlaps(boxes[[first]], np.array([named.phrases[row].box]))[0, 0] >= 0.5)
        assert kinds[name].phrases == len(right) and kinds[name].recall.value == pytest.approx(np.mean(right))
    assert sum(part.phrases for part in measured.parts(found, found.sizes)) == len(named.phrases)
    assert set(found.sizes) == {"3 to 15 %"}  # 0.3 × 0.3 of the square


def test_rare_kinds_stand_together(data):
    phrases = [PhraseRegion(0, 0, 0, 1, "a", (0,), (label,), (0, 0, 1, 1)) for label in ["dog"] * measured.FEW + ["spoon"]]
    assert measured.kinds(phrases) == ["animal"] * measured.FEW + [measured.OTHERS]


def test_the_largest_region_is_the_largest_and_chance_is_seeded(data):
    scores = CONSTANT["largest"][1](data)(2, np.array([7, 8]))
    sides = data.regions.boxes[2, :, 2:] - data.regions.boxes[2, :, :2]
    assert scores.shape == (2, len(sides)) and scores[0].argmax() == (sides[:, 0] * sides[:, 1]).argmax()
    chance = CONSTANT["random"][1](data)
    assert np.array_equal(chance(2, np.array([7])), chance(2, np.array([7]))) and not np.array_equal(chance(2, np.array([7])), chance(2, np.array([8])))


def test_what_is_kept_is_what_was_measured(named, tmp_path, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CACHE", str(tmp_path))
    raw = paired_arrays(np.zeros((2, 2)), np.zeros((2, 2)), name="nowhere")
    made = []

    def make():
        made.append(1)
        return measured.of("Random", named, CONSTANT["random"][1](named))

    first, again = (measured._kept_or("regions-a.safetensors", raw, make, None) for _ in range(2))
    assert made == [1] and np.allclose(first.values, again.values) and list(first.kinds) == list(again.kinds) and list(first.sizes) == list(again.sizes)
    assert first.metrics == again.metrics and np.array_equal(first.picture, again.picture)
    (tmp_path / "measured" / "regions-a.safetensors").write_bytes(b"damaged")
    measured._kept_or("regions-a.safetensors", raw, make, None)
    assert made == [1, 1]


def entrants(data):
    found = [regions.Entrant(name, measured.of(title, data, score(data))) for name, (title, score) in CONSTANT.items()]
    bound = found[0].measured.values.copy()
    bound[:, PLACE["recall@1"]] = bound[:, PLACE["upper_bound"]]
    return [regions.Entrant("best", replace(found[0].measured, title="The best there is", values=bound)), *found]


def test_the_leaderboard_marks_the_best_and_tells_the_bound(named):
    table = regions.board(entrants(named))
    marks = {row["model"]: row["region_recall_at_1"].standing for row in table.rows}
    assert marks["The best there is"] == "best" and len(table.rows) == 3
    assert {row["region_upper_bound"].value for row in table.rows} == {1.0} and f"{len(named.phrases)} phrases of 6 pictures" in table.note
    by_size = regions.by_part(entrants(named), "sizes")
    assert [row["part"] for row in by_size.rows] == ["3 to 15 %"] and by_size.rows[0]["phrases"].value == len(named.phrases)


def test_a_verdict_counts_what_only_one_finds(named):
    best, chance, _ = entrants(named)
    ours, theirs = (each.measured.values[:, 0] for each in (best, chance))
    told = regions.verdict(best, chance)
    assert told.startswith("**A is ahead of B") and f"A alone finds {int(sum(a > b for a, b in zip(ours, theirs, strict=True)))} phrases" in told
    other = replace(chance, measured=replace(chance.measured, picture=chance.measured.picture + 1))
    with pytest.raises(TwoviewError, match="same phrases"):
        regions.verdict(best, other)
