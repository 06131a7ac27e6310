"""Small results kept on disk for the next server: beside the checkpoints where they ship, else in the user's cache."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from app.frame.log import log
from engine.paths import atomic_write, cache_dir, kept_dirs, shipped_dir, writable

Made = TypeVar("Made", bound=BaseModel)
SIGHTS = "sights"  # the kind that pages' first views are
ENOUGH = 50 * 2**20  # bytes the cache needs for a visit: thumbnails, features of questions, layouts


def problem() -> str | None:
    """Why the cache cannot keep what a visit computes, in a sentence; None when it can."""
    return writable(cache_dir(), ENOUGH)


def read(adapter: TypeAdapter[Any], data: str, kind: str, name: str) -> Any:
    """What was kept under this name; None when nothing was, or it cannot be read."""
    for folder in kept_dirs(data, kind):
        try:
            return adapter.validate_json((folder / f"{name}.json").read_bytes())
        except (OSError, ValidationError):
            continue
    return None


def write(content: bytes, kind: str, name: str) -> None:
    """Into the user's cache. What cannot be kept is computed again by the next server: no failure."""
    try:
        with atomic_write(cache_dir(kind) / f"{name}.json") as temporary:
            temporary.write_bytes(content)
    except OSError as error:
        log.warning("%s is not kept: %s", name, error)


class Sight(BaseModel):
    """What a page shows to whoever has chosen nothing yet; pictures and packed maps are bytes."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")


def model(cls: type[Made], data: str, kind: str, identity: str, make: Callable[[], Made | None], keep: bool = True) -> Made | None:
    """What was kept under ``identity``, which names all that decides it; else what ``make`` gives, kept for the next server.

    ``keep`` False: only looked up. What somebody chose is large and seldom asked again.
    """
    name = sha256(identity.encode()).hexdigest()[:32]
    known = read(TypeAdapter(cls), data, kind, name)
    if known is not None:
        return known
    made = make()
    if keep and made is not None:
        write(made.model_dump_json().encode(), kind, name)
    return made


@contextmanager
def found_anew(data: str, *kinds: str) -> Iterator[None]:
    """Nothing of these kinds is known to the block; what it finds takes the place of what ships."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as cache:  # a visit goes on measuring what its models cost
        os.environ["TWOVIEW_CACHE"] = cache
        for kind in kinds:
            shutil.rmtree(shipped_dir(data, kind), ignore_errors=True)
        yield
        for kind in kinds:
            shipped, made = kept_dirs(data, kind)
            if made.exists():
                shutil.copytree(made, shipped)
