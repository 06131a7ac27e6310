"""Small results kept on disk for the next server: beside the checkpoints where they ship, else in the user's cache."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from app.frame.log import log
from engine.paths import atomic_write, cache_dir, kept_dirs, writable

Made = TypeVar("Made", bound=BaseModel)
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


def model(cls: type[Made], data: str, kind: str, identity: str, make: Callable[[], Made | None]) -> Made | None:
    """What was kept under ``identity``, which names all that decides it; else what ``make`` gives, kept for the next server."""
    name = sha256(identity.encode()).hexdigest()[:32]
    known = read(TypeAdapter(cls), data, kind, name)
    if known is not None:
        return known
    made = make()
    if made is not None:
        write(made.model_dump_json().encode(), kind, name)
    return made
