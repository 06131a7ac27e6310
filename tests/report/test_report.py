"""Tables, words and the report, on made models; the statistics against SciPy."""

import base64
import csv
import io
import json
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import binomtest, bootstrap
from typer.testing import CliRunner

from engine.checkpoints.cards import EncodersCard
from engine.checkpoints.history import Epoch, History
from engine.checkpoints.storage import Checkpoint, card_for, save
from engine.cli import app
from engine.data.base import PairedData, View
from engine.errors import TwoviewError
from engine.models.cca import CCA
from engine.recipes import RECIPES
from engine.recipes.base import Figure, Recipe
from engine.report.against import against, both_directions, difference_table, parts_table, sign_table, verdict
from engine.report.audit import Audited, audit_table, audited, finding
from engine.report.build import build
from engine.report.charts.parts import parts_chart
from engine.report.contenders import contender, pools
from engine.report.html import as_html
from engine.report.leaderboard import FROM_HALVES, FROM_TRAINING, leaderboards
from engine.report.tables import Column, Number, Table, as_csv, as_json, figure, shown
from engine.search.retriever import Retriever

N = 120


@pytest.fixture(scope="module")
def data():
    """Things with two sentences' vectors each, in four classes."""
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(N), 2)
    x = rng.normal(size=(N, 8)).astype(np.float32)
    y = (x[groups] @ rng.normal(size=(8, 7)) + 1.5 * rng.normal(size=(2 * N, 7))).astype(np.float32)
    labels = np.arange(N) % 4
    views = View("vector", x, [f"x{i}" for i in range(N)], np.arange(N), labels), View("vector", y, [f"y{i}" for i in range(2 * N)], groups, labels[groups])
    return PairedData("made", "test", *views, ("dog", "cat", "car", "sun"))


@pytest.fixture(scope="module")
def models(data, tmp_path_factory):
    """A good CCA, one hardly worse, one that copies a single dimension, and the first trained on noise."""
    folder = tmp_path_factory.mktemp("checkpoints")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TWOVIEW_CACHE", str(folder / "cache"))
        i, j = data.pairs.T
        found = {}
        for name, k, noise in (("good", 5, 0.0), ("near", 5, 0.02), ("copies", 6, 0.0), ("bad", 5, 30.0)):
            model = CCA((8,), (7,), CCA.Settings(k=k))
            y = data.y.items[j] + noise * np.random.default_rng(1).normal(size=(len(j), 7))
            model.fit_closed_form(torch.from_numpy(data.x.items[i]), torch.from_numpy(y.astype(np.float32)))
            if name == "copies":
                for weights in (model.weights_x, model.weights_y):
                    weights[:, 1:] = weights[:, :1]
            history = History(epochs=[Epoch(stage="all", epoch=1, losses={"loss": 2.0}, validation={"mrr": 0.5}, learning_rate=0.1, seconds=1.0)])
            card = card_for(f"made/{name}", name.capitalize(), model, {"train": data}, EncodersCard(), CCA.paper_training, 0, "cpu", history)
            card = save(folder / "made" / name, model, card, history)
            found[name] = contender(name, Retriever(Checkpoint(model, card, history, folder / "made" / name), data, data))
    return found


def test_the_leaderboard_marks_the_best_and_what_is_tied_with_it(models, data):
    (table,) = leaderboards(list(models.values()), data)
    rows = {row["model"]: row for row in table.rows}
    key = "mean_reciprocal_rank_y_to_x"
    best = max(rows, key=lambda model: rows[model][key].value)
    assert rows[best][key].standing == "best" and best in ("Good", "Near")
    assert rows["Bad"][key].standing == "" and rows["Copies"][key].standing == ""
    assert {rows["Good"][key].standing, rows["Near"][key].standing} <= {"best", "tied"}
    for column in ("mean_average_precision_at_50_x_to_y", "median_rank_x_to_y", "latency_y_to_x", "memory", "parameters", "sum_of_canonical_correlations_both"):
        assert all(isinstance(row[column], Number) for row in rows.values())
    assert "240 queries among 120" in table.note and "test split" in table.note.lower()


def test_an_ensemble_stands_beside_single_models_and_is_never_marked(models, data):
    together = replace(models["good"], name="ensemble", title="Ensemble", card=models["good"].card.model_copy(update={"kind": "ensemble"}))
    (table,) = leaderboards([*models.values(), together], data)
    rows = {row["model"]: row for row in table.rows}
    assert rows["Ensemble"]["kind"] == "ensemble" and "Ensembles are several models together" in table.note
    marked = {column.key for column in table.columns if isinstance(value := rows["Ensemble"].get(column.key), Number) and value.standing}
    assert not marked and rows["Ensemble"]["recall_at_1_y_to_x"].value == rows["Good"]["recall_at_1_y_to_x"].value
    (alone,) = leaderboards(list(models.values()), data)
    assert [row["mean_reciprocal_rank_y_to_x"] for row in alone.rows] == [row["mean_reciprocal_rank_y_to_x"] for row in table.rows][:-1]
    assert "Ensembles" not in alone.note


def test_results_of_other_features_stand_in_a_table_of_their_own(models, data):
    from engine.checkpoints.cards import EncoderCard

    other = replace(models["bad"], card=models["bad"].card.model_copy(update={"encoders": EncodersCard(x=EncoderCard(id="tfidf", weights_hash="0", dim=8))}))
    tables = leaderboards([models["good"], other, models["near"]], data)
    assert [[row["model"] for row in table.rows] for table in tables] == [["Good", "Near"], ["Bad"]]
    assert len({table.key for table in tables}) == 2 and "tfidf" in tables[1].note
    assert len(pools([models["good"], models["near"]])) == 1


def test_models_that_were_made_elsewhere_stand_in_one_table(models, data):
    from engine.checkpoints.cards import EncoderCard

    def brought(name):
        card = models[name].card.model_copy(deep=True, update={"encoders": EncodersCard(x=EncoderCard(id=f"given:/home/me/{name}.npz", weights_hash=name, dim=8))})
        card.data.splits = {}  # nothing was trained
        return replace(models[name], card=card)

    tables = leaderboards([models["good"], brought("near"), brought("bad")], data)
    assert [[row["model"] for row in table.rows] for table in tables] == [["Near", "Bad"], ["Good"]]
    alone = build([brought("near"), brought("bad")], data)
    assert "different features" not in " ".join(word for section in alone.sections for word in section.words)
    mixed = build([models["good"], brought("bad")], data)
    assert "different features (vectors and vectors; its own)" in " ".join(word for section in mixed.sections for word in section.words)


def test_the_papers_figure_stands_beside_ours(models, data, monkeypatch):
    recipe = Recipe("made/good", "Good", "cca", "made", figures=(Figure("sum_of_correlations", 4.2, "A paper, Table 1"),))
    monkeypatch.setitem(RECIPES, "made/good", recipe)
    (table,) = leaderboards(list(models.values()), data)
    keys = [column.key for column in table.columns]
    assert keys.index("sum_of_correlations_both_published") == keys.index("sum_of_correlations_both") + 1
    assert [row["sum_of_correlations_both_published"] for row in table.rows] == ["4.2 (A paper, Table 1)", None, None, None]


def test_canonical_sums_in_one_column_are_of_one_kind(models, data):
    assert audit_table(list(models.values())).note == FROM_HALVES
    from engine.metric import Metric

    metric = Metric(measure="sum_of_canonical_correlations", direction="both", split="test", value=3.0, low=2.5, high=3.5, queries=240, candidates=5)
    carded = [replace(each, card=each.card.model_copy(update={"metrics": [metric]})) for each in models.values()]
    assert audit_table(carded).note == FROM_TRAINING
    assert audit_table([*carded[:-1], models["bad"]]).note == FROM_HALVES


def test_what_half_a_split_cannot_decorrelate_is_not_judged(models, data):
    """60 groups in a half: for five dimensions they are enough, for thirty not, and the sum would look inflated."""
    wide = models["bad"]
    wide = replace(wide, name="wide", measured=replace(wide.measured, canonical=np.full(30, 0.1), correlations=np.full(30, 0.9)))
    members = [models["good"], models["near"], wide]
    assert {one.name for one in audited(members)} == {"good", "near"}
    table = audit_table(members)
    assert table.note.startswith(FROM_HALVES) and wide.title in table.note and models["good"].title not in table.note
    (board,) = leaderboards(members, data)
    shown_sums = [row["sum_of_canonical_correlations_both"] for row in board.rows]
    assert shown_sums[2] is None and shown_sums[0].value == pytest.approx(models["good"].measured.canonical.sum())


def test_the_paired_difference_and_the_sign_test_agree_with_scipy(models):
    """One query per group here, so SciPy's plain bootstrap draws what ours draws."""
    found = against(models["good"], models["bad"], "x_to_y")
    a, b = (models[name].measured.answers["x_to_y"].ranks for name in ("good", "bad"))
    gaps = (a <= 1).astype(float) - (b <= 1)
    theirs = bootstrap((gaps,), np.mean, method="percentile", n_resamples=4000, rng=0).confidence_interval
    ours = next(d for d in found.comparison.differences if d.measure == "recall_at_1").difference
    assert ours.value == pytest.approx(gaps.mean())
    assert ours.low == pytest.approx(theirs.low, abs=0.02) and ours.high == pytest.approx(theirs.high, abs=0.02)
    assert found.comparison.signs.p == pytest.approx(binomtest(int((a < b).sum()), int((a != b).sum())).pvalue)
    median = next(d for d in found.comparison.differences if d.measure == "median_rank").difference
    theirs = bootstrap((a, b), lambda a, b, axis: np.median(a, axis=axis) - np.median(b, axis=axis), paired=True, method="percentile", n_resamples=2000, rng=0)
    assert median.low == pytest.approx(theirs.confidence_interval.low, abs=2.5) and median.high == pytest.approx(theirs.confidence_interval.high, abs=2.5)


def test_words_say_what_the_numbers_say(models, data):
    real, noise = (verdict(against(models["good"], models[other], "y_to_x"), data) for other in ("bad", "near"))
    assert "more than noise" in real and "A is right at once" in real and "p < 0.0001" in real
    assert "may be noise" in noise
    turned = verdict(against(models["bad"], models["good"], "y_to_x"), data)
    assert "B is right at once" in turned and "(−" not in turned


def test_differences_by_class_are_those_of_the_class(models, data):
    table = parts_table(models["good"], models["bad"], data, "y_to_x", "class")
    assert [row["part"] for row in table.rows] == ["dog", "cat", "car", "sun"] and all(row["queries"].value == N // 2 for row in table.rows)
    assert all(row["difference"].standing == "real" for row in table.rows)
    assert "better beyond noise is A on dog, cat, car, sun" in parts_chart(table).alt
    assert parts_table(models["good"], models["bad"], data, "y_to_x", "sentence length") is None


def test_models_asked_other_queries_are_not_compared(models):
    a = models["good"].measured.answers["x_to_y"]
    fewer = replace(models["bad"], measured=replace(models["bad"].measured, answers={"x_to_y": replace(a, rows=a.rows[:50])}))
    with pytest.raises(TwoviewError, match="not asked the same"):
        against(models["good"], fewer, "x_to_y")


def test_the_audit_finds_the_copied_dimension(models):
    found = {one.name: one for one in audited(list(models.values()))}
    assert found["copies"].verdict.startswith("Inflated") and found["copies"].rank.value == pytest.approx(1, abs=0.01)
    assert found["good"].verdict.startswith("Sound")
    said = finding(list(found.values()))
    assert said.startswith("Copies has the highest sum")
    assert finding([]) == ""


@pytest.mark.parametrize(("plain", "canonical", "word"), [(10, 7.9, "Inflated"), (10, 9, "Sound"), (10, 13, "Understated"), (0, 1, "Understated"), (-0.04, 0.1, "Nothing shared")])
def test_verdicts(plain, canonical, word):
    assert Audited("a", "A", 64, Number(plain), Number(canonical), Number(12.0), {}).verdict.startswith(word)


@pytest.mark.parametrize(
    ("value", "scale", "signed", "text"),
    [
        (Number(0.256, 0.239, 0.273, "best"), "percent", False, "25.6 (23.9–27.3) ●"),
        (Number(-0.012, -0.03, 0.006), "percent", True, "−1.2 (−3.0 to +0.6)"),
        (Number(5), "rank", False, "5"), (Number(5.5), "rank", False, "5.5"), (Number(99200), "count", False, "99,200"),
        (Number(0.226), "milliseconds", False, "0.23"), (Number(1643.2), "milliseconds", False, "1,643"), (None, "percent", False, "–"), ("words", "percent", True, "words"),
        (Number(0.00001), "probability", False, "< 0.0001"), (Number(0.0), "percent", True, "0.0"),
    ],
)  # fmt: skip
def test_numbers_are_written_with_their_interval_and_no_idle_digits(value, scale, signed, text):
    assert shown(value, scale, signed) == text
    assert figure(0, "count") == "0"
    assert figure(-1e-18, "percent") == "0.0" and figure(-0.001, "rank") == "0"


def test_tables_go_to_csv_and_json_with_every_interval(models, data):
    table = difference_table(both_directions(models["good"], models["bad"]), data)
    rows = list(csv.DictReader(io.StringIO(as_csv(table))))
    parsed = json.loads(as_json(table))["rows"]
    assert len(rows) == len(parsed) == len(table.rows)
    assert float(rows[0]["difference_low"]) == parsed[0]["difference_low"] == table.rows[0]["difference"].low
    signs = json.loads(as_json(sign_table(both_directions(models["good"], models["bad"]), data)))["rows"]
    assert sum(signs[0][name] for name in ("wins", "losses", "ties")) == N


def test_a_cell_that_looks_like_a_formula_stays_text():
    table = Table("t", "T", [Column("q", "Query")], [{"q": "=HYPERLINK(1)"}, {"q": "a dog"}])
    assert as_csv(table).splitlines() == ["q", "'=HYPERLINK(1)", "a dog"]


def test_the_report_is_one_file_that_names_everything_and_loads_nothing(models, data):
    hostile = replace(models["near"], card=models["near"].card.model_copy(update={"title": "</script><img src=x onerror=alert(1)>"}))
    made = build([models["good"], hostile, models["copies"]], data)
    page = as_html(made)
    assert "<img src=x" not in page and "&lt;img" in page
    for tag in re.findall(r"<(?:script|link|img|iframe|source)\b[^>]*>", page.partition("<script>")[0]):
        assert "src=" not in tag and "http" not in tag
    assert "default-src 'none'" in page
    for name in ("good", "near", "copies"):
        assert models[name].card.model.weights_hash in page
    assert models["good"].features_hash in page and "seed" in page.lower() and "torch" in page
    for table in made.tables:
        encoded = re.search(rf'download="{re.escape(table.key)}\.csv" href="data:text/csv;charset=utf-8;base64,([^"]+)"', page).group(1)
        assert base64.b64decode(encoded).decode() == as_csv(table)
    keys = [table.key for table in made.tables]
    assert len(keys) == len(set(keys)) and {"leaderboard", "differences", "signs", "audit", "checkpoints", "failures-y-to-x"} <= set(keys)


def test_one_checkpoint_alone_has_a_report_without_an_opponent(models, data):
    made = build([models["good"]], data)
    assert [section.title for section in made.sections] == ["Leaderboard", "Audit", "Checkpoints"]
    with pytest.raises(TwoviewError, match="not among"):
        build([models["good"]], data, a="nobody")


def test_the_command_line_makes_the_report_and_its_tables(tmp_path):
    out = CliRunner().invoke(app, ["report", "scenes/cca", "scenes/muc2m", "--out", str(tmp_path / "r.html"), "--tables", str(tmp_path / "t"), "--json"])
    assert out.exit_code == 0, out.output
    found = json.loads(out.stdout)
    assert [row["model"] for row in found["leaderboard"]] == ["Linear CCA", "MUC2M"]
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>") and page.rstrip().endswith("</html>")
    assert {path.suffix for path in (tmp_path / "t").iterdir()} == {".csv", ".json", ".tex", ".md"}
    assert len(list((tmp_path / "t").iterdir())) == 4 * len(found)


def test_published_figures_stand_beside_ours_on_the_terminal_too():
    out = CliRunner().invoke(app, ["report", "tunes/dcca-short", "tunes/learned_ranking-short", "--split", "test_2000"], env={"COLUMNS": "400"})
    assert out.exit_code == 0, out.output
    assert "22.7 % (CCA layer, Table 5)" in out.stdout


def test_checkpoints_of_several_data_sets_are_refused(tmp_path):
    out = CliRunner().invoke(app, ["report", "scenes/cca", "scenes-objects/muc2m"])
    assert out.exit_code == 2
