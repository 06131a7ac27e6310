"""A recipe: one row of a paper's table, or one of ours. Data, encoders, model and numbers; nothing else knows them."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from typing import Any, Literal

from engine.data.derived import PROMPT
from engine.metric import Direction

Kind = Literal["as published", "tuned", "ensemble"]
SINGLE: tuple[Kind, ...] = ("as published", "tuned")  # rows of one model each, which are compared with each other

FUSIONS = ("concatenation", "multiplication", "addition", "subtraction")  # DRSL's, a row each


@dataclass(frozen=True)
class Figure:
    """A number to compare with: ``measure`` as the evaluation names it, ``value`` as published (rates in [0, 1]).

    ``source``: where it is printed, "2WayNet, Table 1".
    """

    measure: str
    value: float
    source: str
    direction: Direction = "both"


@dataclass(frozen=True)
class LookedAt:
    """What maps are measured on where that is not the recipe's own test split: pictures with known objects.

    ``size``: side of the network's input, None for its own. ``masks_only``: without objects of which only the box is known.
    """

    data: str
    split: str
    wording: str = PROMPT
    size: int | None = None
    method: str = "gradcam"
    masks_only: bool = False


@dataclass(frozen=True)
class Recipe:
    """What to run. ``settings`` and ``training`` replace some of the model's own values, by field name.

    ``train``, ``validation``, ``test``: splits; ``validation`` None where the last epoch counts and none is looked at.
    ``share``: of the training groups that are trained on. ``encoders`` of x and y, None for the data set's own.
    ``families``: of measures, see ``engine.recipes.measures``; ``looked_at``: other pictures for maps.
    ``figures``: published numbers, the first one is the row's. ``note``: what explains a difference; it names the
    measurement that supports it. ``kind``: whether the row trains as the paper does, where it says how, or as does best on
    the validation split; rows of one kind are compared with each other. ``chosen``: the stored searches that a tuned row's settings come from.
    ``sampling``: of regions and phrases, fields of ``engine.grounding.sampling.Sampling``; None where items are whole.
    ``folds``: into how many parts all its splits are divided anew, run n being tested on the n-th (``engine.recipes.folds``); 0 for the data set's own splits.
    ``members``: of an ensemble, which is put together from their checkpoints; a recipe that stands there again counts with its next seed.
    """

    name: str
    title: str
    model: str
    data: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    encoders: tuple[str | None, str | None] | None = None
    train: str = "train"
    validation: str | None = None
    test: str = "test"
    share: float = 1.0
    families: tuple[str, ...] = ("retrieval", "correlation")
    looked_at: LookedAt | None = None
    figures: tuple[Figure, ...] = ()
    note: str = ""
    kind: Kind = "as published"
    chosen: tuple[str, ...] = ()
    sampling: Mapping[str, Any] | None = None
    folds: int = 0
    members: "tuple[Recipe, ...]" = ()

    @property
    def hash(self) -> str:
        """Of everything that decides the numbers: not of titles, notes and published figures."""
        decides: tuple[Any, ...] = (
            self.model, self.data, dict(self.settings), dict(self.training), self.encoders,
            self.train, self.validation, self.test, self.families,
        )  # fmt: skip
        if self.share != 1:
            decides = (*decides, self.share)
        if self.looked_at:
            decides = (*decides, asdict(self.looked_at))
        if self.sampling is not None:
            decides = (*decides, dict(self.sampling))
        if self.folds:
            decides = (*decides, f"{self.folds} folds")
        if self.members:
            decides = (*decides, [member.hash for member in self.members])
        return sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()[:16]


FOLDED = "-folds"  # ends the name of a row over folds; before it stands that of the row on the data set's own splits
FOLDS = 8


def over_folds(recipe: Recipe) -> Recipe:
    """The same row with every run trained, stopped and tested on other parts of the data."""
    return replace(recipe, name=recipe.name + FOLDED, title=f"{recipe.title}, {FOLDS} folds", folds=FOLDS, figures=(), note="")


def ensemble(name: str, title: str, *members: Recipe) -> Recipe:
    """A row for scale: several trained models that answer together. All are of one data set, split and pair of encoders."""
    first = members[0]
    settings = {"members": tuple((member.model, member.settings) for member in members)}
    return Recipe(
        name=f"{first.data}/{name}", title=title, model="ensemble", data=first.data, settings=settings, encoders=first.encoders,
        train=first.train, validation=first.validation, test=first.test, families=("retrieval",), kind="ensemble", members=members,
    )  # fmt: skip
