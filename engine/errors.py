"""The one exception a person is meant to read."""


from collections.abc import Sequence
from difflib import get_close_matches


class TwoviewError(Exception):
    """Something the person can mend: says what was needed, what came, and what to do.

    The command line prints it without a traceback and exits with 2; the app shows it as a sentence.
    """


def one_of(what: str, name: str, known: Sequence[str], listing: str) -> None:
    """Raises TwoviewError when ``name`` is none of ``known``, with the three nearest and the command that lists the rest."""
    if name not in known:
        near = get_close_matches(name, known, 3, 0.4)
        meant = f" Did you mean {', '.join(near)}?" if near else ""
        raise TwoviewError(f"There is no {what} {name!r}.{meant} All {len(known)}: {listing}")
