"""Small words: text shown as it is, problems told, things with their article."""

import re

FOLDERS = re.compile(r"(?<![\w/.~])(?:/(?![/\s])|[A-Za-z]:\\)(?:[^\s/\\]+[/\\])*")  # what leads to the last name of a path from the root


def escaped(text: str) -> str:
    """So that a heading shows the text as it is."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|~<>$:])", r"\\\1", text)


def told(problem: object) -> str:
    """A problem's sentence with its `code` as it is: what it quotes from files shows no link, picture or markup, and no folder of the server."""
    sentence = FOLDERS.sub("", str(problem))
    parts = sentence.split("`")
    if len(parts) % 2 == 0:
        return escaped(sentence)
    return "`".join(part if place % 2 else escaped(part) for place, part in enumerate(parts))


def asking(label: str) -> str:
    """A prompt for a kind of object, with its article."""
    return f"{'an' if label[:1].lower() in 'aeiou' else 'a'} {label}"
