"""Plain English: words that turn no meaning, whatever the question, and those that may."""

from collections.abc import Iterator
from pathlib import Path

from exercises.kinds.text.english import FUNCTION_WORDS, HARMLESS_WORDS, TURNING_WORDS, words
from exercises.kinds.text.vocabulary import Vocabulary

# Base forms, our own list: what people say of anything, and the trade's common terms.
_BASES = words((Path(__file__).parent / "data" / "everyday.txt").read_text(encoding="utf-8"))
_WORDS = _BASES | FUNCTION_WORDS | {word for word in HARMLESS_WORDS if not word.endswith("*")}
_STEMS = tuple(word.removesuffix("*") for word in HARMLESS_WORDS if word.endswith("*"))
_TURNING = Vocabulary(TURNING_WORDS)
# An ending and what stood in its place: "tries" is "try", "making" is "make".
_ENDINGS = (
    ("s", ""), ("es", ""), ("ies", "y"), ("ed", ""), ("ed", "e"), ("ied", "y"), ("ing", ""),
    ("ing", "e"), ("ying", "ie"), ("er", ""), ("er", "e"), ("ers", ""), ("ers", "e"), ("est", ""),
    ("est", "e"), ("ier", "y"), ("iest", "y"), ("ly", ""), ("ily", "y"), ("ly", "le"),
    ("ally", ""), ("ings", ""), ("ings", "e"), ("ness", ""), ("ment", ""), ("ments", ""),
    ("able", ""), ("able", "e"), ("ful", ""), ("ation", "e"), ("ion", ""), ("ions", ""),
    ("ion", "e"), ("ions", "e"), ("y", ""), ("y", "e"), ("ish", ""), ("like", ""), ("in", "ing"),
)  # fmt: skip
SHORTEST_BASE = 3


def is_everyday(text: str) -> bool:
    """Tell whether a word, or what it is a form of, is plain English."""
    word = text.removesuffix("'s").removesuffix("'").replace("'", "")
    return text in _WORDS or word.startswith(_STEMS) or not _WORDS.isdisjoint(_bases(word))


def may_turn(text: str) -> bool:
    """Tell whether a word can turn a statement round, as it is typed or nearly so."""
    if _TURNING.holds(text):
        return True
    return not is_everyday(text) and bool(_TURNING.keys_of(text))


def _bases(word: str) -> Iterator[str]:
    yield word
    for ending, instead in _ENDINGS:
        base = word.removesuffix(ending)
        if base != word and len(base) >= SHORTEST_BASE - 1:
            yield base + instead
            if not instead and base[-1] == base[-2]:  # "stopped", "runner"
                yield base[:-1]
