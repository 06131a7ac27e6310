"""Cross-modality recognition: a linear SVM learns classes from one view's representation and is asked with the other's.

The protocol of CorrNet, Soft CCA and MUC2M (its section 7.3.1): five folds within the test set; the classifier is
trained on four folds of one view's outputs and scored on the other view's outputs of the fifth.
"""

import numpy as np

from engine.errors import TwoviewError

# The papers do not print the machine's C. On MNIST's validation digits 0.01 recognises 91.0 % at k = 200 where 1 does 88.8, and
# at k = 100 they are within 0.3: the more dimensions, the more it has to hold back.
C = 0.01


def cross_modality_recognition(
    trained_on: np.ndarray, asked_with: np.ndarray, labels: np.ndarray, folds: int = 5, seed: int = 0
) -> np.ndarray:
    """Whether each of n aligned items was recognised: (n,) bool; its mean is the accuracy.

    ``trained_on``, ``asked_with`` (n, k): outputs of the two views; ``labels`` (n,). Outputs are divided by one number,
    their overall deviation in the training folds, which changes no direction and lets the solver converge.
    Raises TwoviewError when a class has fewer items than there are folds.
    """
    from sklearn.model_selection import StratifiedKFold  # imported here: it takes longer than most evaluations
    from sklearn.svm import LinearSVC

    labels = np.asarray(labels)
    fewest = np.unique(labels, return_counts=True)[1].min()
    if fewest < folds:
        raise TwoviewError(
            f"Recognition with {folds} folds needs at least {folds} items of every class, but one class has {fewest}."
        )
    correct = np.zeros(len(labels), dtype=bool)
    for learn, ask in StratifiedKFold(folds, shuffle=True, random_state=seed).split(trained_on, labels):
        scale = trained_on[learn].std() or 1.0
        machine = LinearSVC(C=C, dual=False, random_state=seed).fit(trained_on[learn] / scale, labels[learn])
        correct[ask] = machine.predict(asked_with[ask] / scale) == labels[ask]
    return correct
