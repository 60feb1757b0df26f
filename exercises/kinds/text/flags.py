"""Reasons to let a person look at an answer before its grade is released.

Each flag is a function from what is known of the answer to a claim; a new one is a function and a
line in FLAGS. A flag changes no level: it says that the machine's reading is not to be trusted.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

from exercises.kinds.text.belonging import counts_another, names_another
from exercises.kinds.text.english import FOREIGN_WORDS, FUNCTION_WORDS
from exercises.kinds.text.everyday import is_everyday, may_turn
from exercises.kinds.text.matching import Matched, Rubric
from exercises.kinds.text.rubric import TextSpec
from exercises.kinds.text.sentences import MOST_SENTENCES, Reading, Sentence, plain_words

_MICRO = "\u03bc"  # what the micro sign of "5 \u00b5s" folds to: no sign of another alphabet
COPIED_RUN_WORDS = 4  # shorter runs in common with the question are plain English
COPIED_FROM_WORDS = 8
COPIED_SHARE = 0.6
STUFFED_FROM_WORDS = 4
STUFFED_CONCEPTS = 6  # "requests per second to the endpoint" is terse, not stuffed
STUFFED_SHARE = 0.75
STUFFED_MARKED_SHARE = 0.05
MARKED_FROM_WORDS = 8  # shorter ones that a comma or colon divides are statements
HEAP_WORDS = 6  # from so many, words without one that joins them are a heap
HEAP_SHARE = 0.5
STUFFED_FUNCTION_SHARE = 0.1
LIST_ITEMS = 5
LIST_ITEM_WORDS = 2.2
LIST_FUNCTION_SHARE = 0.2
_LINKS = re.compile(r"=+>?|-+>|\u2192|\+|\bminus\b")
_CONTRASTS = frozenset({("rather", "than"), ("instead", "of")})
_OF_CONCEPTS = frozenset({"per", "not", "no", "to"})
_MARKS = re.compile(r"[^\w\s\-'./]")
_STRUCTURE = re.compile(r"[(=]")  # "missing video (404), internal error (500)"
_LIST_MARK = re.compile(r"[,;/|\n.]+")
FOREIGN_FROM_WORDS = 5

# One word that is no plain English may always be there, and one more for every so many words.
WORDS_FOR_ONE_STRANGE = 8

_INSTRUCTIONS = re.compile(
    r"\b(re)?grad(e|es|ed|er|ers|ing)\b|\bbe (kind|nice|generous)\b|\btrust me\b|\bi beg\b"
    r"|\b(need|want|deserve|hope) to pass\b|\bpass(es)? (the|this) (exam|test|course|class|part)\b"
    r"|\b(fulfil\w*|satisf\w*|meets?|cover\w*|tick\w*) (all|both|every|the (requirement|box)\w*)\b"
    r"|\bcriteri(a|on)\b|\bmodel answer\b|\ball (the )?points\b|\bcredits?\b|\bdeserv\w+\b"
    r"|\b(the )?question (asks|wants|says)\b|\bas (asked|required|requested) (in|by) the\b"
    r"|\b(teacher|instructor|examiner|professor|evaluator)s?\b"
    r"|\bplease\b(?! (correct me|excuse|forgive|pardon|bear))"
    r"|\bas (fully |completely |totally )?(correct|right|full|complete)\b"
    r"|\b(award|awarded|grant|score|scores|keywords?|concepts?)\b"
    r"|\b(correct|right|expected|model|sample) (answer|solution|response)\b|\b(answer )?key says\b"
    r"|\b(this|my) (answer|submission|student)\b|\bthe (submission|student)\b|\bcorrect answer\b"
    r"|\bthe answer (is (\w+ )?(right|correct|true|complete|full|here|above|below)|should|must|"
    r"contains|covers|deserves|above|below|to (this|the) (question|task))\b"
    r"|\b(ignore|disregard|forget|skip|override|bypass)\b[^.\n]{0,40}"
    r"\b(instructions?|rubrics?|rules?|criteri(a|on)|prompts?|above|previous|guidelines?)\b"
    r"|\b(give|award|grant|assign|set|mark|grade|score|rate)\b[^.\n]{0,30}"
    r"\b(full|max(imum)?|all|top|perfect|highest|total)\b[^.\n]{0,15}"
    r"\b(points?|marks?|scores?|credits?|grades?)\b"
    r"|\b(full|max(imum)?|perfect) (points?|marks?|scores?|credits?|grades?)\b"
    r"|\b(mark|grade|score|treat|consider|accept|evaluate|count) (this|it|me|my|the answer|"
    r"answer)\b"
    r"|\bmy (response|text) (is|should|must|deserves|meets|satisfies|covers|fulfil\w*)\b"
    r"|\b(dear|attention|hey|hello|note to( the)?|to the) (grader|teacher|instructor|reviewer|"
    r"marker|examiner|professor|ai|model|assistant)\b"
    r"|\b(auto)?graders?\b|\bgrading\b|\brubrics?\b|\bcriteri(a|on) (is|are|met|satisfied)\b"
    r"|\bsystem (prompt|message|override|note)\b|^\s*(system|assistant|user|admin)\s*:"
    r"|\bas an ai\b|\blanguage model\b|\byou are (a|an|the|now)\b|\bllm\b|\bchatgpt\b"
    r"|</?(system|instructions?|answer|grade|score|assistant|user)\b"
    r"|[\"']?\b(score|level|points|grade|certain)\b[\"']?\s*[:=]\s*[\"']?(\d|full|true|max)"
    r"|\b\d+\s*/\s*\d+ points\b|\b10/10\b|\b100 ?% (correct|right|score)\b",
    re.MULTILINE,
)
_TRIVIAL = re.compile(
    r"^\W*(idk|dunno|no idea|(i )?(do not|don't|dont) (know|care|understand)( it| this| that)?|"
    r"not sure|n/?a|none|nothing|pass|skip|test|asdf\w*|todo|tbd|xxx+|(see|same as) above)\W*$"
)


@dataclass(frozen=True, slots=True)
class Examined:
    """One answer and what matching found in it. text: whole; reading: as far as it was read."""

    spec: TextSpec
    rubric: Rubric
    text: str
    reading: Reading
    matched: Matched


def flags_of(examined: Examined) -> tuple[str, ...]:
    """Name every reason for doubt, in the order of FLAGS, then the must_nots that were hit."""
    raised = [flag for flag, raises in FLAGS.items() if raises(examined)]
    raised += examined.matched.standing
    return (*raised, *(f"must_not:{id_}" for id_ in examined.matched.must_not))


def is_trivial(examined: Examined) -> bool:
    """No word at all, or a way to say nothing."""
    return not examined.reading.sentences or bool(_TRIVIAL.match(examined.reading.plain.strip()))


def is_over_length(examined: Examined) -> bool:
    """Longer than the part takes, or cut into more sentences than a short answer has."""
    reading = examined.reading
    return len(examined.text) > examined.spec.max_length or len(reading.sentences) >= MOST_SENTENCES


def has_odd_characters(examined: Examined) -> bool:
    """Control, invisible, private or unreadable characters, or a word of mixed alphabets."""
    if examined.reading.original.isascii() and examined.reading.original.isprintable():
        return False
    return any(map(is_odd_character, examined.reading.original)) or any(
        _mixes_alphabets(word.text) for word in examined.reading.words
    )


def is_odd_character(character: str) -> bool:
    """Tell whether a character is none that a person types to be read."""
    if character in "\n\t\r":
        return False
    return character == "\ufffd" or unicodedata.category(character) in {
        "Cc",
        "Cf",
        "Co",
        "Cs",
        "Cn",
    }


def copies_question(examined: Examined) -> bool:
    """Most of the answer's words stand in runs that the question has too."""
    asked = plain_words(examined.spec.question)
    given = [word.text for word in examined.reading.words]
    width = COPIED_RUN_WORDS
    runs = {asked[i : i + width] for i in range(len(asked) - width + 1)}
    copied: set[int] = set()
    for i in range(len(given) - width + 1):
        if tuple(given[i : i + width]) in runs:
            copied.update(range(i, i + width))
    return len(copied) >= COPIED_FROM_WORDS and len(copied) >= COPIED_SHARE * len(given)


def is_stuffed(examined: Examined) -> bool:
    """Concepts of the rubric in a row, without sentences around them, or the same over and over."""
    reading = examined.reading
    texts = [word.text for word in reading.words]
    if len(texts) < STUFFED_FROM_WORDS:
        return False
    if len(set(texts)) < 0.5 * len(texts) or any(map(_stammers, reading.sentences)):
        return True
    bare = _bare_share(examined)
    if not _MARKS.search(reading.plain.strip()):
        return _is_heap(examined, bare) or (bare < STUFFED_FUNCTION_SHARE and _is_crowded(examined))
    items = [item for item in _LIST_MARK.split(reading.plain) if item.strip()]
    if len(items) >= LIST_ITEMS and len(texts) <= LIST_ITEM_WORDS * len(items):
        return bare <= LIST_FUNCTION_SHARE and _is_crowded(examined, concepts=LIST_ITEMS)
    # "DB handshake failed, expired TLS cert" is terse
    is_long = len(texts) >= MARKED_FROM_WORDS and not _STRUCTURE.search(reading.plain)
    return is_long and bare < STUFFED_MARKED_SHARE and _is_crowded(examined)


def _bare_share(examined: Examined) -> float:
    """Give the share of words that make sentences.

    "per" in "per second" and "not" in "not found" belong to a concept, not to a sentence; an arrow
    or a "=" is a verb to those who write briefly.
    """
    count = len(_LINKS.findall(examined.reading.plain))
    words = 0
    for number, sentence in enumerate(examined.reading.sentences):
        words += len(sentence.words)
        for at, word in enumerate(sentence.words):
            is_own = (number, at) in examined.matched.concepts and word.text in _OF_CONCEPTS
            count += word.text in FUNCTION_WORDS and not is_own
    return count / words


def _is_heap(examined: Examined, bare: float) -> bool:
    words = sum(1 for _ in examined.reading.words)
    concepts = len(examined.matched.concepts)
    return not bare and words >= HEAP_WORDS and concepts >= HEAP_SHARE * words


def _is_crowded(examined: Examined, *, concepts: int = STUFFED_CONCEPTS) -> bool:
    words = sum(1 for _ in examined.reading.words)
    share = len(examined.matched.concepts) / words
    return examined.matched.concept_count >= concepts and share > STUFFED_SHARE


def _stammers(sentence: Sentence) -> bool:
    pairs = pairwise(word.text for word in sentence.words)
    return any(a == b and a not in FUNCTION_WORDS and not a.isdecimal() for a, b in pairs)


def instructs_grader(examined: Examined) -> bool:
    """Speaks to the grader instead of answering."""
    return bool(_INSTRUCTIONS.search(examined.reading.plain))


def is_other_language(examined: Examined) -> bool:
    """Mostly letters that are not Latin, or more foreign than English function words."""
    letters = [c for c in examined.reading.plain if c.isalpha()]
    latin = sum("LATIN" in unicodedata.name(c, "") for c in letters if not c.isascii())
    latin += sum(c.isascii() for c in letters)
    if letters and latin < 0.7 * len(letters):
        return True
    texts = [word.text for word in examined.reading.words]
    foreign = sum(text in FOREIGN_WORDS for text in texts)
    english = sum(text in FUNCTION_WORDS for text in texts)
    return len(texts) >= FOREIGN_FROM_WORDS and foreign > max(1, english)


def has_unexplained_negation(examined: Examined) -> bool:
    """A denial that no pattern accounts for."""
    return examined.matched.doubtful > 0


def has_unfamiliar_words(examined: Examined) -> bool:
    """A word that may turn the meaning, or several that are no plain English.

    "minus the 404s", "leave out the 500s": no list of traps ends, but few words turn a statement,
    and those that nobody accounts for are doubted. Plain nouns and verbs are not.
    """
    loose = [
        sentence.words[at].text
        for sentence, indexes in _loose_words(examined)
        for at in indexes
        if not _is_read(sentence, at)
    ]
    if any(map(may_turn, loose)):
        return True
    words = sum(1 for _ in examined.reading.words)
    strange = sum(not text.isdecimal() and not is_everyday(text) for text in loose)
    return strange > 1 + words // WORDS_FOR_ONE_STRANGE


def speaks_of_another(examined: Examined) -> bool:
    """Another component, actor or time than the one asked about: "of the thumbnail service"."""
    own = examined.rubric.own
    counted = examined.rubric.counted
    if examined.spec.counted and any(
        counts_another(sentence, counted) for sentence in examined.reading.sentences
    ):
        return True
    return own is not None and any(
        names_another(sentence, {i for i in at if not own.holds(sentence.words[i].text)})
        for sentence, at in _loose_words(examined)
    )


def _loose_words(examined: Examined) -> Iterator[tuple[Sentence, list[int]]]:
    """Give each sentence with its words that neither a pattern nor `familiar` accounts for."""
    for number, sentence in enumerate(examined.reading.sentences):
        yield (
            sentence,
            [
                at
                for at, word in enumerate(sentence.words)
                if (number, at) not in examined.matched.touched
                and not examined.rubric.familiar.keys_of(word.text)
            ],
        )


def _is_read(sentence: Sentence, at: int) -> bool:
    """Tell words that the rules of negation read: "rather than", "instead of", "not only"."""
    texts = [word.text for word in sentence.words[max(0, at - 1) : at + 2]]
    before, text, after = ("", *texts, "")[-3:] if not at else (*texts, "")[:3]
    return (text, after) in _CONTRASTS or (before, text) == ("not", "only")


def is_misspelt(examined: Examined) -> bool:
    """A word that is nearly one of the rubric's, where something is still missing.

    So that a slip of the keyboard costs nobody a criterion unseen.
    """
    if examined.spec.is_earned(examined.matched.levels):
        return False
    vocabulary = examined.rubric.index.vocabulary
    return any(
        vocabulary.looks_misspelt(word.text)
        and not is_everyday(word.text)
        and not examined.rubric.familiar.knows(word.text)
        for word in examined.reading.words
    )


def _mixes_alphabets(text: str) -> bool:
    if text.isascii():
        return False
    alphabets = {
        unicodedata.name(c, "UNNAMED").split()[0] for c in text if c.isalpha() and c != _MICRO
    }
    return "LATIN" in alphabets and bool(alphabets & {"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"})


FLAGS: Mapping[str, Callable[[Examined], bool]] = MappingProxyType(
    {
        "trivial": is_trivial,
        "over_length": is_over_length,
        "characters": has_odd_characters,
        "copied_question": copies_question,
        "stuffing": is_stuffed,
        "instructions": instructs_grader,
        "language": is_other_language,
        "negation": has_unexplained_negation,
        "unfamiliar": has_unfamiliar_words,
        "elsewhere": speaks_of_another,
        "spelling": is_misspelt,
    }
)
