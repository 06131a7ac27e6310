"""What the Look page stands on in one run: the workspace, the gallery, and what is looked at."""

import hashlib
from dataclasses import dataclass

import numpy as np
import streamlit as st

from app.asking import galleries, saliency
from app.frame import items, words, workspace
from app.look import choice

SLOTS = ("picture", "second")
SIDES = ("left", "right")


@dataclass
class Stage:
    """``seen`` is what is looked at; ``fill`` completes it."""

    space: workspace.Workspace
    pairs: galleries.PairedData
    seen: choice.Sight

    def row_of(self, slot: str) -> int | None:
        """The row of a slot's picture in the gallery; None for a person's own."""
        shown = getattr(self.seen, slot)
        return None if isinstance(shown, bytes) else galleries.row_of_id(self.space.data, self.space.split, "x")[shown]

    def encoded(self, slot: str) -> bytes:
        shown, row = getattr(self.seen, slot), self.row_of(slot)
        return shown if row is None else saliency.original(self.space.data, self.space.split, row)

    def told(self, slot: str) -> str:
        row = self.row_of(slot)
        return "your picture" if row is None else items.describe(self.space.data, self.space.split, "x", row)

    def identity(self, slot: str) -> tuple[str, str]:
        return slot, hashlib.sha256(self.encoded(slot)).hexdigest()

    def objects(self, slot: str) -> list[saliency.ObjectAnnotation]:
        return list(saliency.objects(self.pairs, self.row_of(slot)))

    def mask(self, seer: saliency.Eye, slot: str, wanted: list, size: int, side: int = 0) -> np.ndarray | None:
        """Where the wanted objects are on the square that the model sees."""
        names = tuple(sorted({item.label for item in wanted}))
        return saliency.mask_of(seer, self.encoded(slot), wanted, (*self.identity(slot), names), size, side)

    def here(self, slot: str) -> bool:
        """Whether a slot holds a picture that can be shown: a person's own, or one of this gallery."""
        shown = getattr(self.seen, slot)
        return isinstance(shown, bytes) or shown in galleries.row_of_id(self.space.data, self.space.split, "x")

    def forget_strangers(self) -> None:
        """Leave out pictures of another gallery, and say so."""
        for slot in SLOTS:
            shown = getattr(self.seen, slot)
            if isinstance(shown, str) and not self.here(slot):
                st.caption(f"The picture “{words.escaped(shown[:80])}” is not in this gallery; here is another.")
                self.change(**{slot: None})

    def change(self, **changes) -> None:
        choice.change(**changes)
        self.seen = choice.current()
