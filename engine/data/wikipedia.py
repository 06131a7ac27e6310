"""Wikipedia: 2,866 featured-article sections with their pictures in ten categories, as feature vectors.

N. Rasiwasia et al., "A New Approach to Cross-Modal Multimedia Retrieval", ACM Multimedia 2010; published by the
Statistical Visual Computing Lab, UC San Diego, for research (the articles and pictures are Wikipedia's). Official files:
``raw_features.mat`` (pictures: 128-d bag of SIFT words; texts: 10-d LDA topics), ``sph_raw_features.mat`` (the same and
1,000-d TF-IDF of the texts), ``{train,test}set_txt_img_cat.list`` (text id, picture id, category 1–10), ``categories.list``.

The publication has 2,173 training and 693 test pairs. DRSL's paper and others take 231 of the 693 for validation without
saying which; here it is every third of the published list, the other 462 are ``test``, and all 693 are ``test_all``.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from engine.data.base import DatasetInfo, PairedData, View
from engine.data.layout import absent, read_mat, read_text
from engine.errors import TwoviewError

FOLDER = "wikipedia"
CATEGORIES = f"{FOLDER}/categories.list"
LISTS = {"tr": f"{FOLDER}/trainset_txt_img_cat.list", "te": f"{FOLDER}/testset_txt_img_cat.list"}
LDA, TFIDF = f"{FOLDER}/raw_features.mat", f"{FOLDER}/sph_raw_features.mat"
SPLITS = ("train", "validation", "test", "test_all")


def read(split: str, root: Path, name: str, file: str, text: str) -> PairedData:
    """x: pictures (n, 128), y: texts (n, 10) or (n, 1000), float32; labels: the category, 0–9."""
    part = "tr" if split == "train" else "te"
    categories = read_text(root / CATEGORIES).split()
    listed = [line.split() for line in read_text(root / LISTS[part]).splitlines() if line.strip()]
    _check_list(root / LISTS[part], listed, len(categories))
    variables = read_mat(root / file)
    arrays = [variables.get(variable, np.empty((0, 0))) for variable in (f"I_{part}", f"{text}_{part}")]
    if {len(array) for array in arrays} != {len(listed)}:
        raise TwoviewError(
            f"{root / file} has {len(arrays[0])} pictures and {len(arrays[1])} texts, but {LISTS[part]} lists {len(listed)} pairs. "
            "The files must come from one publication; fetch them again."
        )
    rows = _rows(split, len(listed))
    labels = np.array([int(listed[row][2]) - 1 for row in rows])
    groups = rows + (0 if part == "tr" else 2173)
    x, y = (
        View("vector", array[rows].astype(np.float32), [listed[row][column] for row in rows], groups, labels)
        for array, column in zip(arrays, (1, 0), strict=True)
    )
    return PairedData(name, split, x, y, categories)


def _rows(split: str, n: int) -> np.ndarray:
    rows = np.arange(n)
    return {"train": rows, "test_all": rows, "validation": rows[::3], "test": rows[rows % 3 > 0]}[split]


def _check_list(path: Path, listed: Sequence[Sequence[str]], categories: int) -> None:
    for number, fields in enumerate(listed, start=1):
        if len(fields) != 3 or not fields[2].isdigit() or not 1 <= int(fields[2]) <= categories:
            raise TwoviewError(f"{path}, line {number}: expected a text id, a picture id and a category 1–{categories}, got {fields}.")


def _info(name: str, title: str, text: str, file: str, variable: str) -> DatasetInfo:
    return DatasetInfo(
        name=name,
        title=title,
        description=f"2,866 pictures (bag of SIFT words, 128-d) and article sections ({text}) in ten categories.",
        where=(
            "Published by N. Rasiwasia et al. at the Statistical Visual Computing Lab, UC San Diego (Cross-Modal Multimedia Retrieval). "
            "The feature files and lists go into the folder wikipedia of the data root."
        ),
        terms="For research; articles and pictures are Wikipedia's (CC BY-SA).",
        splits=SPLITS,
        load=partial(read, name=name, file=file, text=variable),
        missing=absent(file, CATEGORIES, *LISTS.values()),
    )


INFO = _info("wikipedia", "Wikipedia", "LDA topics, 10-d", LDA, "T")
INFO_TFIDF = _info("wikipedia-tfidf", "Wikipedia (TF-IDF)", "TF-IDF, 1000-d", TFIDF, "T_tfidf")
