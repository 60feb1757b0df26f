"""Whether an answer speaks of something beside what was asked about.

"The number of 404s that our crawler receives" is the right quantity of the wrong thing.
"""

from collections.abc import Set as AbstractSet

from exercises.kinds.text.english import (
    ACTORS,
    COUNTING_WORDS,
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
# What is done with every request: a relative clause of these narrows nothing.
_PLAIN_ACTS = words(
    "hit* reach* arriv* ask* start* receiv* recieve* send* sent request* return* answer* end* "
    "fail* respon* repl* serve* handle* carry carries result* produce* come* status code codes "
    "error fetch* knock* land* pass* enter* walk* throw* threw throws deliver* promise* process* "
    "back empty report* find* found play* watch* see* http went wrong exist* time minute second"
)
_MODIFIERS = Vocabulary(SYSTEM_MODIFIERS | FUNCTION_WORDS | HARMLESS_WORDS)
RELATIVE_REACH = 4
_COMMON = Vocabulary(_PLAIN_ACTS | FUNCTION_WORDS | HARMLESS_WORDS)
_WIDENING = words("so including includes even also")  # "so that ...", "including those which"
NAMED_WITHIN = 4  # "how many of the new stream requests"
CODE_WITHIN = 2  # "the number of HTTP 500s"
BEFORE_ACTOR = 2
_RELATIVES = words("that which where whom")
_ACTED_ON = words(
    "request requests response responses error errors call calls stream streams video videos hits "
    "404 404s 500 500s 5xx 4xx 503 503s byte frame chunk failures"
)
_OPENERS = words("the a an our their its his her your my some")
_DETERMINERS = words(
    "the a an our their its his her your my this that these those some any of on in at by from to "
    "for with"
)


def names_another(sentence: Sentence, loose: AbstractSet[int]) -> bool:
    """Tell whether a sentence names another component, actor or time.

    loose: indexes of the words that the rubric does not account for.
    """
    texts = [word.text for word in sentence.words]
    return any(
        _ELSEWHERE.holds(texts[at])
        or _is_other_system(texts, at)
        or _is_other_actor(texts, at)
        or _narrows(sentence, at)
        for at in loose
    )


def counts_another(sentence: Sentence, counted: Vocabulary) -> bool:
    """Tell "the number of bugs" from "the number of failed requests"."""
    texts = [word.text for word in sentence.words]
    for at in range(2, len(texts)):
        opens = texts[at - 1] == "of" and texts[at - 2] in COUNTING_WORDS
        if opens or texts[at - 2 : at] == ["how", "many"]:
            named = texts[at : at + NAMED_WITHIN]
            is_code = any(text[0].isdigit() for text in named[:CODE_WITHIN])
            if not is_code and not any(map(counted.keys_of, named)):
                return True
    return False


def _is_other_actor(texts: list[str], at: int) -> bool:
    """Tell "requests our player makes" and "404s which a fan sees" from those of the endpoint."""
    if at < BEFORE_ACTOR or texts[at - 1] not in _OPENERS:
        return False
    opens = texts[at - 2] in _RELATIVES or texts[at - 2] in _ACTED_ON
    return opens and texts[at] not in ACTORS and not _MODIFIERS.holds(texts[at])


def _narrows(sentence: Sentence, at: int) -> bool:
    """Tell "requests which the endpoint forgets" from "that come in": a clause picks some."""
    texts = [word.text for word in sentence.words]
    if texts[at] in ACTORS or _COMMON.holds(texts[at]):
        return False
    return any(
        texts[i] in {"that", "which"}
        and sentence.words[i].clause == sentence.words[at].clause
        and _WIDENING.isdisjoint(texts[max(0, i - RELATIVE_REACH) : i])
        and not _ACTED_ON.isdisjoint(texts[max(0, i - RELATIVE_REACH) : i])
        for i in range(max(0, at - RELATIVE_REACH), at)
    )


def _is_other_system(texts: list[str], at: int) -> bool:
    """Tell "the billing system" from "the server is slow" and "find the database"."""
    is_before_one = texts[at + 1 : at + 2] != [] and texts[at + 1] in SYSTEM_WORDS
    if not is_before_one or _MODIFIERS.holds(texts[at]):
        return False
    return not _DETERMINERS.isdisjoint(texts[max(0, at - 2) : at])
