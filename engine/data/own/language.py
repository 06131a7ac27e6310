"""In which language a sentence is: by its script, or in Latin letters by the small words that only one language has."""

import unicodedata
from collections import Counter

SCRIPTS = {
    "CYRILLIC": "Cyrillic", "GREEK": "Greek", "ARABIC": "Arabic", "HEBREW": "Hebrew", "DEVANAGARI": "Devanagari", "THAI": "Thai",
    "HANGUL": "Korean", "HIRAGANA": "Japanese", "KATAKANA": "Japanese", "CJK": "Chinese or Japanese",
}  # fmt: skip
SMALL_WORDS = {
    "English": "the of and is are with on at by for from his her their this that who which two while wearing",
    "German": "der die das und ist ein eine einen einem einer mit auf von zu im den dem sich nicht zwei während",
    "French": "le les des du et est une dans avec sur pour qui au aux ses deux pendant il elle",
    "Spanish": "el los las y es una con para del al por su sus dos mientras está están lleva",
    "Italian": "il gli della di che è una con per nel nella sono due mentre sul dei alla",
    "Portuguese": "o os da do em com uma um para na no são dois enquanto está pela pelo",
    "Dutch": "het een van met op en is voor aan zijn naar twee terwijl bij",
    "Polish": "i w z na się jest nie do dwa podczas przez który która",
    "Turkish": "ve bir bu için ile iki olan üzerinde",
    "Swedish": "och att det som är på med av till två medan ett en",
}
WORDS = {word: frozenset(name for name, text in SMALL_WORDS.items() if word in text.split()) for text in SMALL_WORDS.values() for word in text.split()}
ENOUGH = 2  # small words more than of the next language, in whole words that it alone has


def language(sentence: str) -> str | None:
    """Its name; None where too little speaks for one: a few words, or a language that is not known here."""
    scripts = Counter(script for c in sentence if c.isalpha() and not c.isascii() and (script := _script(c)))
    letters = sum(c.isalpha() for c in sentence)
    if scripts and (most := scripts.most_common(1)[0])[1] > letters / 2:
        return "Japanese" if most[0] == "Chinese or Japanese" and "Japanese" in scripts else most[0]
    counted: Counter[str] = Counter()
    for word in sentence.lower().replace("'", " ").split():
        for name in WORDS.get(word.strip(".,;:!?\"()"), ()):
            counted[name] += 1
    ranked = counted.most_common(2)
    return ranked[0][0] if ranked and ranked[0][1] - (ranked[1][1] if len(ranked) > 1 else 0) >= ENOUGH else None


def _script(character: str) -> str | None:
    return SCRIPTS.get(unicodedata.name(character, "").partition(" ")[0].partition("-")[0])
