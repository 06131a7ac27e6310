"""Small words: text shown as it is, problems told, things with their article."""

import re


def escaped(text: str) -> str:
    """So that a heading shows the text as it is."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|~<>$:])", r"\\\1", text)


def told(problem: object) -> str:
    """A problem's sentence with its `code` as it is: what it quotes from files shows no link, picture or markup."""
    parts = str(problem).split("`")
    if len(parts) % 2 == 0:
        return escaped(str(problem))
    return "`".join(part if place % 2 else escaped(part) for place, part in enumerate(parts))


def asking(label: str) -> str:
    """A prompt for a kind of object, with its article."""
    return f"{'an' if label[:1].lower() in 'aeiou' else 'a'} {label}"
