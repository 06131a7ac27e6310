"""``train MODEL --data``: any model on any data, and nothing special about those that are built in."""

import json
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from engine.cli import app
from engine.data import load
from engine.data.own import SKIPPED, Columns, brought
from engine.models import MODELS
from engine.recipes import RECIPES
from engine.recipes.checkpoint import train_checkpoint
from engine.recipes.plan import FEWEST, plan

run = CliRunner()


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setenv("TWOVIEW_OWN", str(tmp_path / "own"))
    return tmp_path


@pytest.fixture
def matrices(root):
    """Digits as a stranger would bring them: one file of two matrices, in a split of their own."""
    parts = {split: load("digits", split) for split in ("train", "validation", "test")}
    arrays = {name: np.concatenate([getattr(part, name).items for part in parts.values()]) for name in ("x", "y")}
    labels = np.concatenate([part.x.labels for part in parts.values()])
    np.savez(root / "halves.npz", **arrays, labels=labels, split=np.repeat(list(parts), [len(part.x) for part in parts.values()]))
    return root / "halves.npz"


def trained(*arguments) -> dict | list:
    told = run.invoke(app, ["train", *map(str, arguments), "--json"])
    assert told.exit_code == 0, told.output
    return json.loads(told.stdout)


def figures(card: dict) -> dict:
    """Values, not their intervals: which draw of the bootstrap falls on which pair follows the groups' numbers."""
    return {(m["measure"], m["direction"]): m["value"] for m in card["metrics"] if not m["measure"].startswith("mean_average")}


def test_matrices_give_the_figures_of_the_built_in_set_to_the_digit(matrices, root):
    recipe = RECIPES["digits/cca"]
    settings = [part for name, value in recipe.settings.items() for part in ("--set", f"{name}={json.dumps(value)}")]
    card = trained("cca", "--data", matrices, *settings)
    expected = train_checkpoint(recipe, root / "built-in").card.model_dump()
    shared = figures(card).keys() & figures(expected).keys()
    assert ("recall_at_1", "y_to_x") in shared and ("sum_of_correlations", "both") in shared
    assert {key: figures(card)[key] for key in shared} == {key: figures(expected)[key] for key in shared}
    told = run.invoke(app, ["evaluate", "halves/cca", "--json"])
    assert told.exit_code == 0, told.output


def test_a_folder_of_photos_gives_the_figures_of_the_official_layout_to_the_digit(root):
    """The same sixty photos twice: as Flickr8k is published, and as somebody has them who never heard of it, in a table with headings of their own."""
    official, mine, rng = root / "data" / "flickr8k", root / "mine", np.random.default_rng(0)
    (official / "Flicker8k_Dataset").mkdir(parents=True)
    mine.mkdir()
    tokens, rows = [], []
    for part, split, first in (("train", "train", 0), ("dev", "validation", 36), ("test", "test", 48)):
        names = [f"{number}.jpg" for number in range(first, first + (36 if part == "train" else 12))]
        (official / f"Flickr_8k.{part}Images.txt").write_text("\n".join(names) + "\n")
        for name in names:
            for folder in (official / "Flicker8k_Dataset", mine):
                (folder / name).write_bytes(photo(int(name.partition(".")[0])))
            said = [f"a {rng.choice(['red', 'old', 'small'])} {rng.choice(['dog', 'boat', 'hat'])} number {number}" for number in range(5)]
            tokens += [f"{name}#{number}\t{sentence}\n" for number, sentence in enumerate(said)]
            rows += [f"{name};{sentence};{split}\n" for sentence in said]
    (official / "Flickr8k.token.txt").write_text("".join(tokens))
    (mine / "meine Bilder.csv").write_text("Bild;Beschreibung;Teil\n" + "".join(rows))
    brought.bring(mine, "stranger", Columns(split="Teil"))
    same = ("--x", "scenes-cnn", "--y", "minilm", "--set", "k=8", "--data-root", root / "data")
    theirs, ours = (trained("cca", "--data", data, *same) for data in ("flickr8k", "stranger"))
    assert ours["metrics"] == theirs["metrics"] and ours["model"]["weights_hash"] == theirs["model"]["weights_hash"]
    assert ours["data"]["splits"]["train"]["n_y"] == 180


def photo(seed: int) -> bytes:
    buffer = BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 255, (8, 8, 3), dtype=np.uint8)).resize((64, 48)).save(buffer, "JPEG")
    return buffer.getvalue()


@pytest.mark.parametrize("model", sorted(MODELS))
def test_every_model_trains_on_a_strangers_matrices(model, matrices):
    made = plan(model, str(matrices), epochs=1)
    assert made.recipe.validation == "validation" and made.recipe.name == f"halves/{model}"
    card = trained(model, "--data", matrices, "--epochs", 1)
    assert all(np.isfinite(m["value"]) for m in card["metrics"])


def test_dimensions_and_batches_are_no_larger_than_the_data_and_it_is_said(root):
    rng = np.random.default_rng(0)
    np.savez(root / "few.npz", x=rng.normal(size=(40, 50)), y=rng.normal(size=(40, 30)))
    made = plan("two_branch", str(root / "few.npz"))
    assert made.recipe.settings["k"] < 40 and made.recipe.training["batch_size"] <= 40
    assert any("different pairs" in sentence for sentence in made.decided)
    said = plan("two_branch", str(root / "few.npz"), changes={"k": 7}).recipe
    assert said.settings["k"] == 7


def test_too_few_pairs_are_an_error_with_the_number_needed(root):
    np.savez(root / "tiny.npz", x=np.eye(6), y=np.eye(6))
    told = run.invoke(app, ["train", "cca", "--data", str(root / "tiny.npz")])
    assert told.exit_code == 2 and f"needs {FEWEST}" in told.output


def test_unknown_names_suggest_the_nearest(matrices):
    told = run.invoke(app, ["train", "ccalayer", "--data", str(matrices)])
    assert told.exit_code == 2 and "Did you mean cca_layer" in told.output
    told = run.invoke(app, ["train", "scenes/ccaa"])
    assert told.exit_code == 2 and "Did you mean scenes/cca," in told.output and "--list" in told.output
    assert "scenes/cca" in run.invoke(app, ["train", "--list"]).stdout


def test_seeds_and_several_models_make_checkpoints_of_their_own(matrices):
    cards = trained("clip_loss", "--data", matrices, "--epochs", 1, "--seeds", 2)
    assert [card["training"]["seed"] for card in cards] == [0, 1]
    told = run.invoke(app, ["train", "clip_loss", "--data", str(matrices), "--epochs", "1"])
    assert told.exit_code == 2 and "already" in told.output
    told = run.invoke(app, ["train", "all", "--data", str(matrices), "--epochs", "1", "--name", "halves/first"])
    assert told.exit_code == 0 and "Best first" in told.stdout and "halves/first-cca_layer" in told.stdout


def test_options_of_own_data_without_data_are_told(root):
    told = run.invoke(app, ["train", "scenes/cca", "--skip-bad"])
    assert told.exit_code == 2 and "belong to --data" in told.output


def test_bad_rows_are_an_error_unless_they_are_left_out_and_the_card_says_so(root):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 8))
    x[3] = np.nan
    np.savez(root / "holes.npz", x=x, y=rng.normal(size=(60, 8)))
    told = run.invoke(app, ["train", "cca", "--data", str(root / "holes.npz")])
    assert told.exit_code == 2 and "row 3" in told.output
    card = trained("cca", "--data", root / "holes.npz", "--skip-bad")
    assert card["data"]["name"].endswith(SKIPPED)
