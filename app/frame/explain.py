"""The small "what is this" beside models, measures and numbers: plain words first, then formula, paper and caveat."""

from app.asking import catalogue
from app.frame.words import escaped

SPLIT = "Which part of the data is searched. The **test** part was kept away from training: only there do the ranks mean something."
NO_SECOND = "One model is looked at alone. Choose a second to compare."

RESULTS = """
**Rank** counts from 1, the best. Of two candidates with equal scores, the true one counts as the later.

**True match** marks what really belongs to the question: the picture that the sentence was written about, or the
sentences written about the picture. Its rank is always told, however far down. Other results can be good answers too:
the data only know the pairs they were made with.

**Score** is the model's own measure of how well two things go together. Scores order the results of *one* model;
scores of two models cannot be compared, ranks can.

**The small letter with a number** under a card is the rank of the same thing with the other model.

**Approximate**: among very many items an index on disk was asked. The share of the true first ten that it finds was measured when it was made. A rank
“or later” is the best it can be; *Ask exactly* counts it. “>48”: not among the first 48 found.
"""

EXACTLY = """Very many items are searched through an index, which looks at a part of them: it says how much of the truth that finds. Asked exactly, every item
is scored and every rank counted, which takes longer."""

KINDS = {
    "embedding": "It maps both views into one space and compares them there (for most models the score is a cosine, −1 to 1).",
    "pairwise": "It has no common space: it looks at each pair and scores it directly (score: no fixed scale).",
}

MODELS = {
    "cca": "Finds directions along which both views vary together, in closed form.",
    "rcca": "Makes each view non-linear by random features, then finds the directions that vary together.",
    "pls": "Finds directions of both views with the largest covariance, so that strong variation counts more than in CCA.",
    "gma": "Finds common directions that also keep the classes apart, in closed form.",
    "cca_layer": "Learns through canonical correlation analysis: its projections are part of the network, and ranking errors train it.",
    "dcca": "A network for each view, trained so that the two outputs correlate as much as possible.",
    "dccae": "Correlating networks that must also be able to rebuild what they were given.",
    "sdcca": "Correlating networks trained on small batches, with running estimates of the covariances.",
    "soft_cca": "Correlating networks in which a soft penalty, not an exact solution, keeps the dimensions apart.",
    "learned_ranking": "Learned projections in place of the analytic ones, trained on the same ranking loss: what the CCA layer is compared with.",
    "corrnet": "Rebuilds each view from the other and makes the two codes correlate.",
    "two_way": "Translates each view into the other through shared weights; the middle layers are compared.",
    "muc2m": "Correlates what the views have in common, and keeps apart what only one of them has.",
    "two_branch": "Two networks into one space, where matching pairs must lie nearer than all others by a margin.",
    "similarity_network": "Multiplies the two views and learns from right and wrong pairs to score the product.",
    "clip_loss": "Two projections trained to tell the right partner among all others of a batch.",
    "siglip_loss": "Two projections trained to say yes or no to every pair of a batch.",
    "acmr": "Learns a space in which a judge cannot tell which view an item came from, while classes stay apart.",
    "identity": "Compares the vectors as they came, without training; both views are in one space already.",
    "ensemble": "Several models that answer together; a pair's score is the sum of theirs, each standardised.",
    "drsl": "Looks at both views together and learns to score matching pairs above all others.",
}


def model(entry: catalogue.Entry) -> str:
    """What this checkpoint is, for the help beside its name."""
    card = entry.card
    parts = [f"**{escaped(entry.title)}**", MODELS.get(card.model.name, ""), KINDS.get(card.model.kind, ""), catalogue.paper(card.model.name)]
    return "\n\n".join(part for part in parts if part)


def data_set(info: catalogue.DatasetInfo) -> str:
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
