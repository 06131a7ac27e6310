"""The page "Your data" without a browser: what it says of good and bad data, of trainings, and when it is closed."""

import csv
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from time import sleep

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from app.asking import answering, catalogue, galleries, made_elsewhere, trainings
from app.frame import words as words_of
from app.frame import work
from app.yours import ask, queue
from engine.checkpoints.cards import LONGEST_TITLE, shortened
from engine.data import load
from engine.data.own import brought
from engine.errors import TwoviewError
from engine.recipes import jobs, worker
from engine.recipes.checkpoint import train_checkpoint
from engine.recipes.plan import plan
from tests.app.test_pages import MAIN, words
from tests.encoders.small_models import open_clip_folder
from tests.waiting import until


def picture(seed: int, size: tuple[int, int] = (64, 48)) -> bytes:
    buffer = BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 255, (*size[::-1], 3), dtype=np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def photos(tmp_path):
    """Forty pictures with a sentence each, and a row whose picture is missing."""
    folder = tmp_path / "my holiday"
    folder.mkdir()
    with open(folder / "captions.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "caption"])
        for number in range(40):
            (folder / f"{number}.png").write_bytes(picture(number))
            writer.writerow([f"{number}.png", f"picture <b>{number}</b>"])
        writer.writerow(["absent.png", "nowhere"])
    return folder


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setenv("TWOVIEW_OWN", str(tmp_path / "own"))
    monkeypatch.setattr(worker, "start", lambda ready=False: None)

    def open(**link: str) -> AppTest:
        test = AppTest.from_file(str(MAIN), default_timeout=120)
        test.query_params.update(link)
        test.run().switch_page("yours/page.py")
        test.query_params.update(link)
        return test.run()

    return open


@pytest.fixture
def worked_here(monkeypatch):
    """What is done beside the server is done in this process, whose folders are the test's."""
    monkeypatch.setattr(work.Worker, "_pool", staticmethod(lambda: ThreadPoolExecutor(1)))
    work.worker.clear()
    yield
    work.worker.clear()


def trained() -> Path:
    """The folder of a CCA on the data set "pairs", made as the queue makes it."""
    folder = jobs.add(plan("cca", "pairs").recipe)
    train_checkpoint(jobs.begin(folder).recipe, folder)
    jobs.finish(folder)
    return folder


def click(test: AppTest, label: str) -> AppTest:
    return next(button for button in test.button if button.label.startswith(label)).click().run()


def test_a_path_brings_its_rows_and_what_is_wrong_with_them(app, photos):
    test = app()
    assert "A table of any column names" in words(test)
    test.text_input(key="path").set_value(str(photos)).run()
    assert not test.exception and not test.error
    assert test.selectbox(key="mine").value == "my holiday" and "1 row cannot be used" in words(test)
    problems, rows = (frame.value for frame in test.dataframe)
    assert "absent.png" in problems["What is wrong"][0] and problems["Row"][0] == 42
    assert rows["Picture"][0].startswith("data:image/webp") and rows["Sentences"][0] == "picture <b>0</b>"
    assert set(rows["Split"]) <= {"train", "validation", "test"}
    click(test, "Leave it out")
    assert "is left out" in words(test) and load("my-holiday", "all").name == "my-holiday"
    assert app(mine="my holiday").selectbox(key="mine").value == "my holiday", "the link restores it"


@pytest.mark.parametrize(("make", "said"), [
    (lambda folder: None, "no file or folder"),
    (lambda folder: folder.mkdir(), "no table of sentences"),
    (lambda folder: folder.with_suffix(".zip").write_bytes(b"PK no zip"), "no file or folder"),
])  # fmt: skip
def test_what_cannot_be_brought_is_a_sentence_and_leaves_nothing(app, tmp_path, make, said):
    make(tmp_path / "odd")
    test = app()
    test.text_input(key="path").set_value(str(tmp_path / "odd")).run()
    assert not test.exception and not test.error and said in words(test)
    assert not brought.listed()


@pytest.mark.parametrize(("path", "said"), [
    ("/" + "a" * 300, "can't be read: File name too long"),
    ("photos/2024", "A path begins where the disk does"),
    ("~nobody-of-this-name/photos", "can't be read"),
    ("/nowhere/at/all", "the last part of it is 'all'"),
])  # fmt: skip
def test_a_path_that_leads_nowhere_is_a_sentence(app, path, said):
    test = app()
    test.text_input(key="path").set_value(path).run()
    assert not test.exception and not test.error and said in words(test).replace("\\", "")


def test_a_path_is_taken_as_it_is_pasted(app, photos):
    test = app()
    test.text_input(key="path").set_value(f'"{photos}"').run()
    assert test.selectbox(key="mine").value == "my holiday"


def test_pictures_without_a_table_are_counted_and_no_option_of_a_command_is_told(app, tmp_path):
    with pytest.raises(TwoviewError, match="no table of sentences, only 2 pictures"):
        ask.bring_files({f"{number}.png": BytesIO(picture(number)) for number in range(2)})
    (tmp_path / "numbers.csv").write_text("one,two\n1,2\n3,4\n")
    brought.bring(tmp_path / "numbers.csv")
    test = app(mine="numbers")
    assert "say which they are" in words(test) and "column" in words(test).replace("\\", "").split("say which they are")[0] and "--" not in words(test).replace("\\", "")
    assert test.expander[0].proto.expanded


def test_both_sides_of_a_pair_are_seen(app, tmp_path):
    for kind, table in (("pictures", "image1,image2\n"), ("sentences", "english,german\n")):
        (tmp_path / kind).mkdir()
        for number in range(12):
            (tmp_path / kind / f"{number}.png").write_bytes(picture(number))
            table += f"{number}.png,{11 - number}.png\n" if kind == "pictures" else f"a dog of {number} years,ein Hund von {number} Jahren\n"
        (tmp_path / kind / "table.csv").write_text(table)
        brought.bring(tmp_path / kind)
    np.savez(tmp_path / "vectors.npz", x=np.random.default_rng(0).normal(size=(30, 5)), y=np.random.default_rng(1).normal(size=(30, 4)))
    brought.bring(tmp_path / "vectors.npz")
    test = app(mine="pictures")
    rows = test.dataframe[0].value
    assert "**12** pictures with **12** pictures" in words(test) and rows["Its partner"].str.startswith("data:image/webp").all() and (rows["Its partner"] != rows["Picture"]).all()
    test = app(mine="sentences")
    assert test.dataframe[0].value.loc[0, ["Sentence", "Translation"]].tolist() == ["a dog of 0 years", "ein Hund von 0 Jahren"]
    assert "The columns 'english' and 'german' hold the sentences" in words(test).replace("\\", "")
    assert "**30** items of 5 numbers with **30** items of 4 numbers" in words(app(mine="vectors"))


def test_the_estimate_is_measured_again_when_the_data_change(app, photos):
    brought.bring(photos, "my holiday", skip_bad=True)
    wish = trainings.Wish(("cca",), "my-holiday", "scenes-cnn", "minilm")
    before = trainings._preview(wish)
    assert trainings._preview(wish) == before
    ask.leave_out("my-holiday", ["0.png"])
    assert trainings._preview(wish) != before


def test_a_running_epoch_is_told_without_the_parts_of_its_loss():
    told = jobs.Progress(done=3, total=30, what="all: x_to_y 0.0056, y_to_x 0.011, mrr_x_to_y 0.53", first=0, began=0, told=9)
    assert queue._doing(told, 3) == "Epoch 3 of at most 30"
    assert queue._doing(told.model_copy(update={"what": "Encoding with minilm"}), 0) == "Encoding with MiniLM"


def test_an_estimate_that_could_not_be_measured_closes_nothing(app, photos, worked_here, monkeypatch):
    brought.bring(photos, "my holiday", skip_bad=True)
    monkeypatch.setattr(work.Worker, "problem", lambda self, name: "Its process ended before it was done.")
    test = app(mine="my holiday", step="Train")
    assert not test.exception and "could not be measured" in words(test)
    assert not next(button for button in test.button if button.label.startswith("Train")).disabled


def test_without_a_good_row_nothing_is_found_healthy_or_trained(app, tmp_path):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "t.csv").write_text("image,caption\n" + "".join(f"{n}.png,thing {n}\n" for n in range(12)))
    brought.bring(tmp_path / "bad", skip_bad=True)
    for step in ("Health", "Train"):
        test = app(mine="bad", step=step)
        assert not test.exception and "No row can be used" in words(test) and "Nothing was found" not in words(test)
        assert not any(button.label.startswith("Train") for button in test.button)


def test_what_cannot_be_trained_is_told_once_and_the_button_is_closed(app, tmp_path, worked_here):
    np.savez(tmp_path / "few.npz", x=np.eye(5), y=np.eye(5))
    brought.bring(tmp_path / "few.npz")
    test = until(lambda: (seen := app(mine="few", step="Train")).warning and seen, 60)
    assert len(test.warning) == 1 and "3 different pairs" in test.warning[0].value
    assert next(button for button in test.button if button.label.startswith("Train")).disabled


def test_columns_are_said_in_place(app, photos):
    (photos / "captions.csv").write_text("a;b\n0.png;1\n1.png;2\n")
    brought.bring(photos, "my holiday")
    test = app(mine="my holiday")
    assert "needs one column" in words(test).replace("\\", "")
    picture, sentence = (box for box in test.selectbox if box.label in ("Names the pictures", "Holds the sentences"))
    picture.set_value("a")
    sentence.set_value("b")
    click(test, "Read with these")
    assert not test.exception and test.dataframe[0].value["Sentences"].tolist() == ["1", "2"]


def test_a_full_disk_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("TWOVIEW_OWN", str(tmp_path / "own"))

    class Full(BytesIO):
        def read(self, *_):
            raise OSError(28, "No space left on device")

    with pytest.raises(TwoviewError, match="disk is full"):
        ask.bring_files({"captions.csv": Full(), "0.png": Full()})
    assert not brought.listed()


def test_one_uploaded_file_that_is_no_zip_is_kept_whole(app, tmp_path):
    np.savez(tmp_path / "pairs.npz", x=np.random.default_rng(0).normal(size=(30, 5)), y=np.random.default_rng(1).normal(size=(30, 4)))
    content = (tmp_path / "pairs.npz").read_bytes()
    title = ask.bring_files({"pairs.npz": BytesIO(content)})
    assert (brought.require(title).path / "pairs.npz").read_bytes() == content
    assert ask.bring_files({"pairs.csv": BytesIO(b"text1,text2\none,two\n")}) == "pairs 2" and len(load("pairs-2", "all").x) == 1


def test_a_training_is_queued_once_listed_and_cancelled(app, photos):
    brought.bring(photos, "my holiday", skip_bad=True)
    test = app(mine="my holiday", step="Train")
    test.selectbox(key="train-x").set_value("scenes-cnn").run()
    click(test, "Train 1 model")
    assert not test.exception and not test.error
    (job,) = jobs.jobs()
    assert job.recipe.model == "cca" and job.recipe.encoders == ("scenes-cnn", "minilm") and job.recipe.data == "my-holiday"
    assert "**CCA on my holiday** · waiting" in words(test)
    click(test, "Cancel")
    assert not jobs.jobs() and "waiting" not in words(test)


def test_too_few_rows_are_a_sentence_and_queue_nothing(app, tmp_path):
    np.savez(tmp_path / "few.npz", x=np.eye(5), y=np.eye(5))
    brought.bring(tmp_path / "few.npz")
    test = click(app(mine="few", step="Train"), "Train 1 model")
    assert not test.exception and not jobs.jobs()
    assert "a model needs 10 or more" in words(test)


def test_what_was_broken_off_is_listed_and_goes_on(app, photos):
    folder = jobs.add(plan("cca", str(photos), x="scenes-cnn", skip_bad=True).recipe)
    jobs.begin(folder)  # by a process that is gone
    test = app()
    assert "broken off" in words(test) and jobs.BROKEN in words(test).replace("\\", "")
    click(test, "Go on")
    assert jobs.next_job() == folder


def test_a_way_on_is_taken_whatever_the_browser_still_shows(app, tmp_path, monkeypatch):
    """A panel that runs by itself sends the bar's old menus between the click and the other page."""
    np.savez(tmp_path / "pairs.npz", x=np.random.default_rng(0).normal(size=(60, 5)), y=np.random.default_rng(1).normal(size=(60, 4)))
    brought.bring(tmp_path / "pairs.npz")
    for _ in range(2):
        folder = trained()
    test, went = app(mine="pairs", step="Train"), []
    monkeypatch.setattr("streamlit.switch_page", lambda script, query_params: went.append(script))
    next(button for button in test.button if button.key == f"compare-{folder}").click().run()
    assert went == ["compare/page.py"]
    for key, shown in (("a", "CCA (cca)"), ("b", "CCA (cca-2)")):
        test.selectbox(key=key).set_value(shown)
    test.run()
    assert (test.session_state.a, test.session_state.b) == ("CCA (cca-2)", "CCA (cca)")


def test_what_is_left_out_is_gone_from_every_page_at_once(app, tmp_path):
    rng = np.random.default_rng(2)
    np.savez(tmp_path / "pairs.npz", x=rng.normal(size=(200, 5)), y=rng.normal(size=(200, 4)))
    brought.bring(tmp_path / "pairs.npz")
    trained()
    (entry,) = catalogue.usable()
    first = galleries.gallery("pairs", "test").x.ids[0]
    before = answering.ranks(entry, "test", "y_to_x").rows
    ask.leave_out("pairs", [first])
    assert first not in galleries.gallery("pairs", "test").x.ids
    assert len(answering.ranks(entry, "test", "y_to_x").rows) == len(before) - 1
    brought.remove("pairs")
    (tmp_path / "other").mkdir()
    np.savez(tmp_path / "other" / "pairs.npz", x=rng.normal(size=(100, 5)), y=rng.normal(size=(100, 4)))
    brought.bring(tmp_path / "other" / "pairs.npz")
    assert len(galleries.gallery("pairs", "all").x) == 100, "other data under the same name"


def test_trained_models_raise_doubts_are_renamed_and_deleted(app, tmp_path, worked_here):
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(200, 4))
    np.savez(tmp_path / "pairs.npz", x=hidden @ rng.normal(size=(4, 8)), y=hidden @ rng.normal(size=(4, 6)) + rng.normal(size=(200, 6)))
    brought.bring(tmp_path / "pairs.npz")
    for _ in range(2):
        folder = trained()
    test = until(lambda: (seen := app(mine="pairs", step="Doubts", doubt="Is this right as well?")).dataframe and seen, 60)
    assert not test.exception and not test.error
    (frame,) = (frame.value for frame in test.dataframe)
    assert [name for name in frame if name.startswith("CCA")] == ["CCA (cca)", "CCA (cca-2)"] and (frame["CCA (cca)"] > 1).all()
    (frame,) = (frame.value for frame in app(mine="pairs", step="Doubts", doubt="What does it say?").dataframe)
    assert len(frame) and (frame["CCA (cca)"] > 1).all()
    test = app(mine="pairs", step="Train")
    next(button for button in test.button if button.key == f"compare-{folder}").click().run()
    assert not test.exception and (test.session_state.a, test.session_state.b) == ("CCA (cca-2)", "CCA (cca)"), "asked as A, beside the best other"
    test = app(mine="pairs", step="Manage")
    test.text_input(key="title-cca-2").set_value("Second").run()
    next(button for button in test.button if button.key == "rename-cca-2").click().run()
    assert "**Second**" in words(test)
    next(button for button in test.button if button.key == "delete-cca-2").click().run()
    assert "**Second**" not in words(test) and not folder.exists()


def test_embeddings_of_ones_own_model_are_a_model(app, tmp_path):
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "pairs.npz", x=rng.normal(size=(60, 3)), y=rng.normal(size=(60, 3)))
    brought.bring(tmp_path / "pairs.npz")
    pairs = load("pairs", "test")
    for view in ("x", "y"):
        np.savez(tmp_path / f"{view}.npz", ids=np.array([*getattr(pairs, view).ids, "nobody"]), vectors=np.append(getattr(pairs, view).items, [[1, 2, 3]], axis=0))
    test = app()
    test.selectbox(key="mine").set_value("Bring something new").run()
    test.selectbox(key="given-data").set_value("pairs")
    for key, value in {"given-x": tmp_path / "x.npz", "given-y": tmp_path / "absent.npz", "given-name": "mine"}.items():
        test.text_input(key=key).set_value(str(value))
    click(test, "Bring the model")
    assert not test.exception and "which is not there" in test.warning[0].value
    test.text_input(key="given-y").set_value(str(tmp_path / "y.npz"))
    click(test, "Bring the model")
    assert not test.exception and not test.error and not test.warning, [warning.value for warning in test.warning]
    assert "mine can be asked now" in test.success[0].value and "y.npz: 1 vector belongs to no item of test, left out: nobody" in words(test).replace("\\", "")
    click(test, "Compare")
    assert not test.exception and test.session_state.a == "mine", "one click from there"


def test_words_to_given_vectors_are_answered_with_a_sentence_and_items_can_be_asked(app, photos, tmp_path):
    brought.bring(photos, "my holiday", skip_bad=True)
    pairs, rng = load("my-holiday", "test"), np.random.default_rng(0)
    for view in ("x", "y"):
        ids = getattr(pairs, view).ids
        np.savez(tmp_path / f"{view}.npz", ids=np.array(ids), vectors=rng.normal(size=(len(ids), 4)))
    made_elsewhere.bring_embeddings("mine", "my-holiday", str(tmp_path / "x.npz"), str(tmp_path / "y.npz"), "cosine", "test")

    def ask_for(**link: str) -> AppTest:
        test = app()
        test.query_params.update(link)
        test.switch_page("retrieve/page.py")
        test.query_params.update(link)
        return test.run()

    def columns(test: AppTest) -> bytes:
        return b"".join(component.proto.bytes + component.proto.json.encode() for component in test.get("bidi_component"))

    test = ask_for(q="a dog")
    assert not test.exception and b"encode others" in columns(test) and b"Ask with an item" in columns(test)
    test = ask_for(item=f"y:{pairs.y.ids[0]}")
    assert not test.exception and columns(test) and b"encode others" not in columns(test)


def test_a_pretrained_dual_encoder_is_a_model(app, photos, tmp_path, worked_here):
    brought.bring(photos, "my holiday", skip_bad=True)
    open_clip_folder(tmp_path / "clip")

    def ask_for(**fields: str) -> AppTest:
        test = app(mine="Bring something new")
        test.selectbox(key="whole-data").set_value("my holiday")
        for key, value in {"source": str(tmp_path / "clip"), "prompt": "a photo of a {}", "name": "clip", "split": "all", **fields}.items():
            test.text_input(key=f"whole-{key}").set_value(value)
        next(button for button in test.button if button.label == "Bring the model" and "whole" in button.proto.form_id).click().run()
        until(lambda: not test.run().get("progress"))
        return test

    wrong = {"source": (str(tmp_path / "nowhere.pt"), "There is no"), "prompt": ("a photo", "with {} once"), "name": ("a/b", "letters, digits"), "split": ("tset", "has no split")}
    for field, (value, said) in wrong.items():
        test = ask_for(**{field: value})
        assert not test.exception and not test.error and said in words(test).replace("\\", ""), field
    assert not catalogue.usable()
    test = ask_for()
    assert not test.exception and "clip can be asked now" in test.success[0].value
    (entry,) = catalogue.usable()
    assert entry.card.encoders.y.id.endswith("?prompt=a photo of a {}") and entry.card.logits
    test = ask_for()
    assert "already something" in words(test), "the same name again"


def test_it_is_closed_where_others_reach_the_server(app, photos, monkeypatch):
    import streamlit as st

    asked = st.get_option
    monkeypatch.setattr(st, "get_option", lambda name: "0.0.0.0" if name == "server.address" else asked(name))
    brought.bring(photos, "my holiday")
    test = app(mine="my holiday")
    assert "can be reached by others" in words(test) and not test.text_input and not test.dataframe
    monkeypatch.setenv("TWOVIEW_BRING", "1")
    assert app(mine="my holiday").dataframe


def test_health_is_shown_and_what_it_finds_can_be_left_out_and_taken_in(app, photos, worked_here):
    (photos / "again.png").write_bytes((photos / "3.png").read_bytes())
    with open(photos / "captions.csv", "a", encoding="utf-8") as file:
        file.write("again.png,once more\n")
    name = ask.bring_path(photos)
    brought.change(name.replace(" ", "-"), skip_bad=True)
    for _ in range(50):
        test = app(mine=name, step="Health")
        if any(button.label.startswith("Leave 1 out") for button in test.button):
            break
        sleep(0.2)
    assert not test.exception and "Near\\-duplicates" in words(test) and "small" not in {column for frame in test.dataframe for column in frame.value}
    test = click(test, "Leave 1 out")
    assert not test.exception and "Left out by you" in words(test)
    assert len(load(name, "all").x) == 40
    click(test, "Take all in again")
    assert len(load(name, "all").x) == 41


def test_a_model_is_taken_away_as_a_zip_and_brought_again_told_apart(app, tmp_path):
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "pairs.npz", x=rng.normal(size=(60, 5)), y=rng.normal(size=(60, 4)))
    brought.bring(tmp_path / "pairs.npz")
    trained()
    (entry,) = catalogue.usable()
    (tmp_path / "model.zip").write_bytes(trainings.packed(entry))
    test = app(mine="Bring something new")
    test.selectbox(key="mine").set_value("Bring something new").run()
    test.text_input(key="path").set_value(str(tmp_path / "model.zip")).run()
    assert not test.exception and not test.error and "can be asked now" in test.success[0].value
    assert [entry.title for entry in catalogue.usable()] == ["CCA (cca)", "CCA (cca-2)"]
    assert test.selectbox(key="a").options == ["CCA (cca)", "CCA (cca-2)"]
    brought.remove("pairs")
    test.text_input(key="path").set_value("").run()
    test.text_input(key="path").set_value(str(tmp_path / "model.zip")).run()
    assert "which is not here" in test.success[0].value and len(catalogue.usable()) == 3


def test_long_titles_are_shortened_and_messages_show_no_folder_of_the_server():
    assert len(shortened("word " * 100)) == LONGEST_TITLE and shortened("word " * 100).endswith("…") and shortened(" a\nb ") == "a b"
    for said, shown in (
        ("/srv/app/checkpoints/scenes/cca is no complete checkpoint", "cca is no complete checkpoint"), ("No 'C:\\Users\\me\\x.csv' is here", "No 'x.csv' is here"),
        ("given:/home/me/x.npz lacks", "given:x.npz lacks"), ("see https://host.org/a/b, 3 / 4 and/or", "see https://host.org/a/b, 3 / 4 and/or"),
    ):  # fmt: skip
        assert words_of.FOLDERS.sub("", said) == shown
