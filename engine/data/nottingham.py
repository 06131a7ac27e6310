"""Nottingham: folk tunes in ABC notation, snippets of their staves against excerpts of their sound, as the CCA layer's paper has them.

The Nottingham Music Database (E. Foxley), in the layout of its public cleaned repository: ``ABC_cleaned/*.abc``, many tunes a file, and
``MIDI/melody/<file><number>.mid``. Here staves and sounds both come from the ABC: the MIDI files hold an accidental for one note only and strike tied
notes twice, so that they say something else than a staff. The paper's pairs come from the polyphonic collection of Boulanger-Lewandowski et al. (2012),
with other lists; here a tune's name decides its split: a tenth each for test and validation. Tunes that cannot be read or engraved are left out, with the reason.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from engine.data.base import DatasetInfo, PairedData
from engine.data.layout import absent, read_text
from engine.data.music.abc import read_abc, tunes_of
from engine.data.music.collection import Collection
from engine.data.music.pairs import Music, kept, rendered, snippets, some_pairs
from engine.data.music.performance import Manner
from engine.data.music.score import Tune
from engine.data.tunes import PAIRS, manner_of
from engine.errors import TwoviewError
from engine.paths import cache_dir, data_root

FOLDER = "nottingham/ABC_cleaned"
VERSION = 1  # of what is rendered: raise it when a tune looks or sounds different
TEMPO = 112.0  # quarters a minute: few of the files give one
BASES = ("train", "validation", "test")
SPLITS = ("train", "validation", "test_2000", "test")


def split_of(name: str) -> str:
    """The split of a tune, by its name: "jigs107"."""
    return {0: "test", 1: "validation"}.get(_number(name) % 10, "train")


def music(split: str, root: Path, progress: Callable[[int, int, str], None] | None = None) -> Music:
    """The split's tunes as they are seen and heard, rendered when they are first asked for. Raises TwoviewError when none can be."""
    tunes, unread = _tunes(root, _stamp(root))
    here = [tune for name, tune in tunes.items() if split_of(name) == split]
    key = sha256(repr((VERSION, here)).encode()).hexdigest()[:16]

    def make() -> Music:
        made = rendered(here, [manner_of(_number(tune.name)) for tune in here], progress)
        return replace(made, left_out=(*((name, why) for name, why in unread if split_of(name) == split), *made.left_out))

    return kept(cache_dir("music", f"nottingham-{split}-{key}.npz"), make)


def collection(split: str) -> Collection:
    """The tunes of train, validation or test below the data root; of a split that holds some of their pairs, all of them."""
    root = data_root()

    def tune_of(name: str) -> tuple[Tune, Manner]:
        return _tunes(root, _stamp(root))[0][name], manner_of(_number(name))

    return Collection(music(split.partition("_")[0], root), tune_of)


def read(split: str, root: Path) -> PairedData:
    """x: (n, 40, 100) snippets of staves; y: (m, 136, 100) excerpts of sound. Groups: what a snippet shows."""
    base, _, some = split.partition("_")
    data = snippets(music(base, root), INFO.name, base)
    return some_pairs(data, PAIRS, split) if some or base == "validation" else data


def prepare(root: Path, progress: Callable[[int, int, str], None]) -> None:
    """Engrave and play all tunes."""
    for split in BASES:
        music(split, root, progress)


def _number(name: str) -> int:
    return int.from_bytes(sha256(name.encode()).digest()[:4], "big")


def _stamp(root: Path) -> tuple[tuple[str, int, int], ...]:
    """What tells whether the files have changed."""
    return tuple((path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in sorted((root / FOLDER).glob("*.abc")))


@lru_cache(maxsize=2)
def _tunes(root: Path, stamp: tuple) -> tuple[dict[str, Tune], tuple[tuple[str, str], ...]]:
    """All tunes that can be read, by name; and those that cannot, with the reason."""
    tunes: dict[str, Tune] = {}
    unread = []
    for path in sorted((root / FOLDER).glob("*.abc")):
        for number, text in tunes_of(read_text(path)):
            name = f"{path.stem}{number}"
            try:
                tune = read_abc(text, name, TEMPO)
            except TwoviewError as error:
                unread.append((name, str(error)))
                continue
            tunes[name] = replace(tune, title=f"{tune.title} ({name})")
    if not tunes:
        raise TwoviewError(f"No tune in {root / FOLDER} can be read{f'; the first, {unread[0][0]}: {unread[0][1]}' if unread else ''}. Fetch the repository again.")
    return tunes, tuple(unread)


INFO = DatasetInfo(
    name="nottingham",
    title="Nottingham",
    description="About 800 folk tunes of the Nottingham Music Database: what is seen on the staff, what is heard at the same moment.",
    where=(
        "The Nottingham Music Database by Eric Foxley, in its cleaned form as a public repository (folders ABC_cleaned and MIDI). "
        "The repository goes into the folder nottingham of the data root."
    ),
    terms="GNU General Public License 3, as the repository states.",
    splits=SPLITS,
    load=read,
    missing=absent(FOLDER),
    prepare=prepare,
)
