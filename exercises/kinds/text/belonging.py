"""Whether an answer speaks of something beside what was asked about.

"The number of 404s that our crawler receives" is the right quantity of the wrong thing.
"""

from collections.abc import Set as AbstractSet

from exercises.kinds.text.english import (
    ELSEWHERE_WORDS,
    FUNCTION_WORDS,
    HARMLESS_WORDS,
    SYSTEM_MODIFIERS,
    SYSTEM_WORDS,
    words,
)
from exercises.kinds.text.sentences import Sentence
from exercises.kinds.text.vocabulary import Vocabulary

_ELSEWHERE = Vocabulary(ELSEWHERE_WORDS)
_MODIFIERS = Vocabulary(SYSTEM_MODIFIERS | FUNCTION_WORDS | HARMLESS_WORDS)
_DETERMINERS = words(
    "the a an our their its his her your my this that these those some any of on in at by from to "
    "for with"
)


def names_another(sentence: Sentence, loose: AbstractSet[int]) -> bool:
    """Tell whether a sentence names another component, actor or time.

    loose: indexes of the words that the rubric does not account for.
    """
    texts = [word.text for word in sentence.words]
    return any(_ELSEWHERE.holds(texts[at]) or _is_other_system(texts, at) for at in loose)


def _is_other_system(texts: list[str], at: int) -> bool:
    """Tell "the billing system" from "the server is slow" and "find the database"."""
    is_before_one = texts[at + 1 : at + 2] != [] and texts[at + 1] in SYSTEM_WORDS
    if not is_before_one or _MODIFIERS.holds(texts[at]):
        return False
    return not _DETERMINERS.isdisjoint(texts[max(0, at - 2) : at])
