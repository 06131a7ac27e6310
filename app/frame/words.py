"""Small words: text shown as it is, problems told, things with their article."""

import re

FOLDERS = re.compile(r"(?<![\w/.~])(?:/(?![/\s])|[A-Za-z]:\\)(?:[^\s/\\]+[/\\])*")  # what leads to the last name of a path from the root
COMMANDS = re.compile(r" \((?:--|python -m )[^)]*\)")  # what to type at the command line, which a page has a button for


def escaped(text: str) -> str:
    """So that a heading shows the text as it is."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|~<>$:])", r"\\\1", text)


def told(problem: object) -> str:
    """A problem's sentence with its `code` as it is: what it quotes from files shows no link, picture or markup, no folder of the server, and no
    option of a command."""
    sentence = FOLDERS.sub("", COMMANDS.sub("", str(problem)))
    parts = sentence.split("`")
    if len(parts) % 2 == 0:
        return escaped(sentence)
    return "`".join(part if place % 2 else escaped(part) for place, part in enumerate(parts))


def duration(seconds: float) -> str:
    """No more exact than anybody can know."""
    return f"{max(1, round(seconds))} s" if seconds < 90 else f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def brief(seconds: float) -> str:
    """What a page took, two digits: 0.042 s."""
    return f"{seconds:.2g} s" if seconds < 9.5 else duration(seconds)


def asking(label: str) -> str:
    """A prompt for a kind of object, with its article."""
    return f"{'an' if label[:1].lower() in 'aeiou' else 'a'} {label}"
