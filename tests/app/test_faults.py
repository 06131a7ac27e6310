"""Checkpoints that are damaged, foreign, hostile or gone: a sentence says which and why, and the rest goes on."""

import json
import shutil
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from app.compare import ask
from engine.checkpoints.storage import list_checkpoints
from tests.app.test_pages import MAIN, shown, words

HOSTILE = '<script>window.struck = true</script> ![x](http://192.0.2.1/x.png) [press](javascript:alert(1)) `code` **loud**\n# Heading'


def edit(folder, change):
    card = json.loads((folder / "card.json").read_text())
    change(card)
    (folder / "card.json").write_text(json.dumps(card))


@pytest.fixture
def folder(shipped, tmp_path, monkeypatch):
    """Copies of two models of scenes, to be damaged, and no others; the encoders and the features they share are linked."""
    (tmp_path / "encoders").symlink_to(shipped / "encoders")
    root = tmp_path / "scenes"
    root.mkdir()
    (root / "features").symlink_to(shipped / "scenes" / "features")
    models = [entry.path for entry in list_checkpoints(shipped) if entry.card and entry.card.data.name == "scenes"][:2]
    for name, path in zip(("first", "second"), models, strict=True):
        shutil.copytree(path, root / name)
        edit(root / name, lambda card, name=name: card.update(title=name.capitalize()))
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(tmp_path))
    return root


def open_page(name: str, **link: str) -> AppTest:
    test = AppTest.from_file(str(MAIN), default_timeout=120)
    test.query_params.update(link)
    return test.run().switch_page(f"{name}/page.py").run()


DAMAGED = {
    "cut": (lambda path: (path / "model.safetensors").write_bytes((path / "model.safetensors").read_bytes()[:4000]), "no safetensors file"),
    "shapes": (lambda path: edit(path, lambda card: card["model"].update(shape_x=[7])), "do not fit its card"),
    "fields": (lambda path: edit(path, lambda card: card.pop("title")), "title: Field required"),
    "name": (lambda path: edit(path, lambda card: card["model"].update(name="__import__")), "no model called"),
    "empty": (lambda path: (path / "card.json").write_bytes(b""), "not what it should be"),
}


def test_damaged_checkpoints_are_named_and_the_others_answer(folder):
    for name, (damage, _) in DAMAGED.items():
        shutil.copytree(folder / "second", folder / name)
        damage(folder / name)
    test = open_page("data")
    assert not test.exception and not test.error
    told = [warning.value.replace("\\", "") for warning in test.warning]
    for name, (_, said) in DAMAGED.items():
        assert any(f"scenes/{name}**" in warning and said in warning for warning in told), name
    test = open_page("retrieve", q="a puppy")
    assert not test.exception and not test.error
    assert all(column["cards"] and column["problem"] is None for column in shown(test)[0])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda card: card["encoders"]["x"].update(id="martian:eye"), "martian"),
        (lambda card: card["encoders"]["x"].update(id="timm:resnet18@nowhere.safetensors"), "nowhere.safetensors"),
        (lambda card: card["encoders"]["y"].update(weights_hash="0" * 64), "other weights of minilm"),
        (lambda card: card["encoders"].update(x=None), ""),
    ],
)
def test_a_foreign_encoder_is_told_in_its_column_and_the_other_model_answers(folder, change, said):
    edit(folder / "second", change)
    ((a, b),) = shown(open_page("retrieve", q="a puppy", a="First", b="Second"))
    assert a["cards"] and a["problem"] is None
    assert said in b["problem"] and b["problem"].endswith(".")


@pytest.mark.parametrize("page", ["start", "look", "spaces", "compare", "data"])
def test_no_page_fails_over_a_foreign_encoder(folder, page):
    edit(folder / "second", lambda card: card["encoders"]["x"].update(id="martian:eye"))
    test = open_page(page)
    assert not test.exception
    assert all("martian" in error.value for error in test.error), "at most the sentence that says which encoder"


def test_a_hostile_card_is_shown_as_plain_words(folder):
    edit(folder / "second", lambda card: card.update(title=HOSTILE * 20, name=HOSTILE, notes=HOSTILE, created=HOSTILE, versions={HOSTILE: HOSTILE}))
    for page in ("start", "retrieve", "data", "compare"):
        test = open_page(page)
        assert not test.exception and not test.error, page
        for text in [words(test), *(expander.label for expander in test.expander), *(box.help or "" for box in test.selectbox)]:
            for active in ("![x](", "[press](", "<script>", "\n# Heading"):
                assert active not in text, page


def test_a_folder_deleted_while_the_app_runs_is_noticed(folder):
    test = open_page("retrieve", q="a puppy", a="First", b="Second")
    assert [column["title"] for column in shown(test)[0]] == ["First", "Second"]
    shutil.rmtree(folder / "second")
    test.run()
    assert not test.exception and not test.error
    assert [column["title"] for column in shown(test)[0]] == ["First"]
    shutil.rmtree(folder / "first")
    test.run()
    assert not test.exception and not test.error
    assert "no trained model" in words(test)


def test_a_hostile_title_is_plain_words_while_it_is_measured(folder, monkeypatch):
    real = ask.field
    monkeypatch.setattr(ask, "field", lambda data, split: replace(real(data, split), waiting={HOSTILE: 1.0}))
    test = open_page("compare")
    assert not test.exception
    assert "Measuring" in words(test) and "![x](" not in words(test)
