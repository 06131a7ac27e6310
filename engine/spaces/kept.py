"""Layouts of several spaces, computed once: those that ship with the checkpoints, and those in the user's cache.

A file holds layouts by what they were made from, so it serves whoever asks for these spaces, in any order.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Literal

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from engine.errors import TwoviewError
from engine.paths import atomic_write, cache_dir, kept_dirs
from engine.spaces import layouts
from engine.spaces.atlas import Space

Method = Literal["pca", "umap", "aligned"]
METHODS: tuple[Method, ...] = ("pca", "umap", "aligned")


def layout_key(space: Space, method: Method, seed: int = 0) -> str:
    """What a space's place in kept layouts is called: equal exactly when the embeddings and the way to lay them out are."""
    return sha256(f"2 {method} {seed} {layouts.N_NEIGHBOURS} {layouts.EPOCHS} {space.identity}".encode()).hexdigest()[:32]


def kept_layouts(spaces: Sequence[Space], method: Method, data_name: str, seed: int = 0) -> list[np.ndarray] | None:
    """The layouts of these spaces if they ship with the checkpoints or were computed before, else None.

    Maps aligned with more spaces than these serve too: they are aligned all the same. Of several, the fewest.
    """
    keys = [layout_key(space, method, seed) for space in spaces]
    files = [file for folder in kept_dirs(data_name, "maps") for file in sorted(folder.glob(f"{method}-*.safetensors"))]
    held = {file: names for file in files if (names := _names(file))}
    if method == "aligned":
        serving = [min((f for f in files if held.get(f, set()) >= set(keys)), key=lambda f: len(held[f]), default=None)] * len(keys)
    else:
        serving = [next((f for f in files if key in held.get(f, ())), None) for key in keys]
    try:
        return [_layout(file, key, len(space.points)) for file, key, space in zip(serving, keys, spaces, strict=True)]  # type: ignore[arg-type]
    except (SafetensorError, OSError, TypeError, ValueError):
        return None  # missing or damaged: as if it had not been kept


def _names(file: Path) -> set[str]:
    """What a file of kept layouts holds; nothing when it is damaged."""
    try:
        with safe_open(file, "numpy") as stored:
            return set(stored.keys())
    except (SafetensorError, OSError):
        return set()


def _layout(file: Path, key: str, n: int) -> np.ndarray:
    with safe_open(file, "numpy") as stored:
        return stored.get_tensor(key).reshape(n, 2)


def lay_out(
    spaces: Sequence[Space], method: Method, data_name: str, seed: int = 0, folder: Path | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> list[np.ndarray]:  # fmt: skip
    """One (n, 2) layout per space, kept in ``folder`` (the user's cache by default).

    "pca" and "umap" treat each space alone; "aligned" holds the same point near the same place in all of them.
    Raises TwoviewError for an unknown method.
    """
    if method not in METHODS:
        raise TwoviewError(f"There is no layout '{method}'. There are: {', '.join(METHODS)}.")
    if method == "pca":
        return [layouts.pca_layout(space.points, space.metric) for space in spaces]
    made = kept_layouts(spaces, method, data_name, seed)
    if made is not None:
        if folder:
            _keep(spaces, made, method, seed, folder)
        return made
    if method == "aligned":
        from engine.spaces.aligned import aligned_layouts  # imports umap and numba: seconds

        made = aligned_layouts([s.points for s in spaces], seed, [s.metric for s in spaces], progress)
        _keep(spaces, made, method, seed, folder)
        return made
    made = []
    for space in spaces:
        kept = kept_layouts([space], method, data_name, seed)
        made += kept or [layouts.umap_layout(space.points, seed, space.metric)]
        _keep([space], made[-1:], method, seed, folder)
        if progress:
            progress(len(made), len(spaces), "maps")
    return made


def _keep(spaces: Sequence[Space], made: Sequence[np.ndarray], method: Method, seed: int, folder: Path | None) -> None:
    """Each space's layout under its key, in one file."""
    named = {layout_key(space, method, seed): np.ascontiguousarray(layout, np.float32) for space, layout in zip(spaces, made, strict=True)}
    together = sha256(" ".join(sorted(named)).encode()).hexdigest()[:16]
    with atomic_write((folder or cache_dir("maps")) / f"{method}-{together}.safetensors") as temporary:
        save_file(named, temporary)
