"""A few lines of Python: models compared by their embeddings alone, a checkpoint asked."""

import json
import re
import sys
from inspect import signature
from pathlib import Path
from typing import get_type_hints

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import engine
from engine import estimators
from engine.data import load
from engine.errors import TwoviewError
from engine.paths import checkpoints_dir


@pytest.fixture(scope="module")
def embedded():
    """Two models of 60 pictures with three sentences each; the second is the noisier one."""
    generator = np.random.default_rng(0)
    photo_of_row = np.repeat(np.arange(60), 3)
    truth = generator.normal(size=(60, 16))
    return {name: (truth + noise * generator.normal(size=(60, 16)), truth[photo_of_row] + noise * generator.normal(size=(180, 16))) for name, noise in (("fine", 0.4), ("coarse", 1.0))}, photo_of_row


@pytest.fixture(scope="module")
def report(embedded):
    models, photo_of_row = embedded
    return engine.compare(models, groups=photo_of_row)


def test_recalls_are_those_of_a_plain_loop(embedded, report):
    models, photo_of_row = embedded
    for name, (x, y) in models.items():
        row = report.table.set_index("model").loc[name]
        for k in (1, 5, 10):
            search, annotation = [], []
            for j in range(len(y)):
                cosines = [x[i] @ y[j] / np.linalg.norm(x[i]) / np.linalg.norm(y[j]) for i in range(len(x))]
                search.append(photo_of_row[j] in np.argsort(cosines)[::-1][:k])
            for i in range(len(x)):
                cosines = [x[i] @ y[j] / np.linalg.norm(x[i]) / np.linalg.norm(y[j]) for j in range(len(y))]
                annotation.append(i in photo_of_row[np.argsort(cosines)[::-1][:k]])
            assert row[f"recall_at_{k}_y_to_x"] == pytest.approx(np.mean(search)) and row[f"recall_at_{k}_x_to_y"] == pytest.approx(np.mean(annotation))
            assert row[f"recall_at_{k}_y_to_x_low"] <= row[f"recall_at_{k}_y_to_x"] <= row[f"recall_at_{k}_y_to_x_high"]


def test_what_is_better_is_said_and_marked(report):
    assert report.table.set_index("model").loc["fine", "recall_at_1_y_to_x_standing"] == "best"
    assert any("fine" in sentence for sentence in report.words) and {"differences", "spaces"} <= report.tables.keys()
    gap = report.tables["spaces"].set_index("model")
    assert (gap["gap"] < 1).all() and np.isfinite(gap["hubness_y_to_x"]).all()


def test_it_is_taken_away_in_every_form(report, tmp_path):
    page = report.to_html(tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == page and "fine" in page
    assert len(report.to_csv(str(tmp_path / "a.csv")).splitlines()) == 3
    latex, markdown = report.to_latex(), report.to_markdown()
    assert latex.count(r"\\") >= 4 and "\\toprule" in latex and "\\textbf{" in latex and latex.count("{") == latex.count("}")
    assert "| fine |" in markdown and len({line.count("|") for line in markdown.splitlines() if line.startswith("|")}) == 1
    assert "fine" in repr(report) and "<iframe srcdoc" in report._repr_html_() and len(report._repr_html_()) < 500_000


def test_aligned_rows_need_no_groups_and_models_may_differ_in_width():
    generator = np.random.default_rng(1)
    x = generator.normal(size=(30, 8))
    found = engine.compare({"a": (x, x.copy()), "b": (x[:, :4], x[:, :4].copy()), "c": (x, generator.normal(size=(30, 8)))}, labels=np.arange(30) % 3)
    table = found.table.set_index("model")
    assert table.loc["a", "recall_at_1_x_to_y"] == table.loc["b", "recall_at_1_x_to_y"] == 1 > table.loc["c", "recall_at_1_x_to_y"]
    assert "mean_average_precision_x_to_y" in table


@pytest.mark.parametrize(
    ("models", "more", "match"),
    [
        ({}, {}, "nothing to compare"), ({"a": (np.ones((3, 2)), np.ones((4, 2)))}, {}, "Say with groups"),
        ({"a": (np.ones((3, 2)), np.ones((3, 4)))}, {}, "one space"), ({"a": (np.full((3, 2), np.nan), np.ones((3, 2)))}, {}, "3 rows of x hold NaN"),
        ({"a": (np.ones((3, 2)), np.ones((4, 2)))}, {"groups": [0, 1, 2, 3]}, "rows 0 to 2"), ({"a": (np.ones((3, 2)), np.ones((3, 2)))}, {"groups": [0.5, 1, 2]}, "whole numbers"),
        ({"a": (np.ones((3, 2)), np.ones((3, 2))), "b": (np.ones((4, 2)), np.ones((4, 2)))}, {}, "different numbers of rows"),
        ({"a": (np.array([["u", "v"]] * 3), np.ones((3, 2)))}, {}, "embeddings are numbers"), ({"a": (np.ones((3, 2)), np.ones((3, 2)))}, {"similarity": "nearness"}, "cosine or dot"),
        ({"a": (np.ones((3, 2)), np.ones((3, 2)))}, {"labels": [1, 2]}, "labels says"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_said(models, more, match):
    with pytest.raises(TwoviewError, match=match):
        engine.compare(models, **more)


def test_a_checkpoint_is_asked(tmp_path):
    lab = engine.open_checkpoint("scenes/cca")
    assert "Linear CCA" in repr(lab)
    pictures = load("scenes", "test").x.items
    found = lab.search("a red balloon over the sea", k=5)
    assert len(found.ids) == 5 and isinstance(found.table, pd.DataFrame) and "<img" in found._repr_html_() and (np.diff(found.scores) <= 0).all()
    pictures[0].save(tmp_path / "p.png")
    sentences = lab.search(tmp_path / "p.png", k=3)
    assert isinstance(sentences.items[0], str) and "sentence" in sentences.table and "blockquote" in sentences._repr_html_()
    own = lab.search_item(lab.retriever.gallery.x.ids[0], k=3)
    assert own.ids == sentences.ids
    seen = lab.look(str(tmp_path / "p.png"), "a balloon")
    assert seen.image.size == seen.saliency.shape[::-1] and [word for word, _ in seen.words] == ["a", "balloon"] and "<img" in seen._repr_html_()
    texts = lab.embed(texts=["a dog", "a cat"])
    assert texts.shape == (2, lab.embed(pictures=[pictures[0]]).shape[1])
    with pytest.raises(TwoviewError, match="one of them"):
        lab.embed()
    with pytest.raises(TwoviewError, match="no item 'nobody'"):
        lab.search_item("nobody")


def test_a_space_shows_itself():
    lab = engine.open_checkpoint("digits/cca" if (checkpoints_dir() / "digits" / "cca").exists() else "scenes/cca")
    found = lab.space()
    assert found.layout.shape == (len(found.space.points), 2) and len(found.table) == len(found.measures) and "Modality gap" in repr(found)
    page = found._repr_html_()
    assert page.startswith("<div") and "circles" in page and len(page) < 500_000
    painted = np.asarray(found.image)
    assert painted.shape == (560, 560, 3) and 0.01 < (painted < 250).any(axis=2).mean() < 0.9


def test_a_path_may_be_a_string(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    assert engine.open_picture(str(tmp_path / "a.png")).size == (8, 8)


def test_the_public_names_are_listed_once_and_typed():
    functions = {name for name in engine.__all__ if name[0].islower()}
    assert set(engine.__all__) - functions == set(estimators.names()) and set(engine.__all__) <= set(dir(engine))
    told = (Path(engine.__file__).parent / "README.md").read_text(encoding="utf-8").partition("## The public names")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)", told, re.MULTILINE)) | set(re.findall(r"`([A-Z]\w+)`", told)) == set(engine.__all__)
    for name in functions:
        public = getattr(engine, name)
        assert public.__doc__ and get_type_hints(public, vars(sys.modules[public.__module__])).keys() >= {*signature(public).parameters, "return"}, name


def test_the_notebook_runs():
    notebook = json.loads((Path(engine.__file__).parent.parent / "docs" / "in_python.ipynb").read_text(encoding="utf-8"))
    names: dict = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), "in_python.ipynb", "exec"), names)
    assert names["found"].ids and names["report"].table["model"].tolist() == ["CCA", "PLS"]
