"""The small "what is this" beside models, measures and numbers: plain words first, then formula, paper and caveat."""

from collections.abc import Mapping

from app import lab

SPLIT = "Which part of the data is searched. The **test** part was kept away from training: only there do the ranks mean something."

RESULTS = """
**Rank** counts from 1, the best. Of two candidates with equal scores, the true one counts as the later.

**True match** marks what really belongs to the question: the picture that the sentence was written about, or the
sentences written about the picture. Its rank is always told, however far down. Other results can be good answers too:
the data only know the pairs they were made with.

**Score** is the model's own measure of how well two things go together. Scores order the results of *one* model;
scores of two models cannot be compared, ranks can.

**The small letter with a number** under a card is the rank of the same thing with the other model.
"""

KINDS = {
    "embedding": "It maps pictures and sentences into one space and compares them there (score: cosine, −1 to 1).",
    "pairwise": "It has no common space: it looks at each pair and scores it directly (score: no fixed scale).",
}

MODELS = {
    "cca": "Finds directions along which pictures and sentences vary together, in closed form.",
    "cca_layer": "Learns through canonical correlation analysis: its projections are part of the network, and ranking errors train it.",
    "dcca": "A network for each view, trained so that the two outputs correlate as much as possible.",
    "learned_ranking": "Learned projections in place of the analytic ones, trained on the same ranking loss: what CCAL is compared with.",
    "drsl": "Looks at picture and sentence together and learns to score matching pairs above all others.",
}


def model(entry: lab.Entry | None) -> str:
    """What this checkpoint is, for the help beside its name."""
    if entry is None or entry.card is None:
        return "One of the trained models of this data set."
    card = entry.card
    parts = [f"**{card.title}**", MODELS.get(card.model.name, ""), KINDS.get(card.model.kind, ""), lab.paper(card.model.name)]
    return "\n\n".join(part for part in parts if part)


def data_set(ready: Mapping[str, lab.DatasetInfo], chosen: str | None) -> str:
    info = next((info for info in ready.values() if info.title == chosen), next(iter(ready.values())))
    return f"**{info.title}.** {info.description}\n\n{info.terms}"


MEASURES = {
    "recall_at_1": ("R@1", "How often the first result is a true match."),
    "recall_at_5": ("R@5", "How often a true match is among the first five results."),
    "recall_at_10": ("R@10", "How often a true match is among the first ten results."),
    "median_rank": ("Median rank", "Half of all questions find their true match at this rank or better. 1 is perfect."),
    "mean_reciprocal_rank": ("MRR", "The mean of 1 / rank of the first true match. 1 is perfect."),
    "mean_average_precision": ("mAP", "Mean average precision over all results, a result being right when it has the question's class."),
    "mean_average_precision_at_50": ("mAP@50", "Mean average precision over the first 50 results, by class."),
    "sum_of_correlations": ("Σ corr", "Sum of the correlations of matching dimensions, as most papers report it. It rises when dimensions repeat each other: read it beside the canonical sum and the effective rank."),
    "sum_of_canonical_correlations": ("Σ canonical", "Sum of the canonical correlations of the two embeddings: repeated dimensions count once."),
    "effective_rank": ("Effective rank", "How many dimensions the embedding really uses: exp of the entropy of its singular values."),
}
RATES = ("recall_at_1", "recall_at_5", "recall_at_10", "mean_average_precision", "mean_average_precision_at_50")
