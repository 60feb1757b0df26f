"""An answer as sentences, clauses and words, each traceable to the student's own characters."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exercises.kinds.text.english import words

# More sentences than this in a short answer is nonsense; the rest is read as one last sentence,
# so that the work stays bounded.
MOST_SENTENCES = 60
WRAPPED_FROM = 60  # characters in a line, from which its end may be an editor's line wrapping
MOST_PIECES = 4  # some characters expand to 18; such a one is no part of a word

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_SENTENCE_END = re.compile(r"[.!?]+(?=[\"')\]]*(?:\s|$))|\n")
_ABBREVIATED = re.compile(r"(?:^|[\s(])(?:e\.?g|i\.?e|etc|vs|approx|cf|incl|resp)$")
_CLAUSE_MARK = re.compile(r"[,;:()\u2013\u2014]|\s-+\s|->|=>")
_CONJUNCTIONS = words(
    "but because cause cuz since so which who while whereas although though however otherwise if "
    "unless when where until till then therefore hence thus yet plus "
    "due owing becuse becasue beacuse becaus becouse bcause bc cos coz moreover furthermore"
)
_AS_GOES_ON = words("well a an the long soon much many such it's if")
_AS_CAME_FROM = words("such well as much many long soon known same")
_STRAIGHTENED = str.maketrans({"\u2019": "'", "\u2018": "'", "\u02bc": "'", "\u00b4": "'"})


@dataclass(frozen=True, slots=True)
class Word:
    """One word. start, end: offsets in the plain text. clause: number within the sentence."""

    text: str
    start: int
    end: int
    clause: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence. text: the plain text from start to end."""

    words: tuple[Word, ...]
    text: str
    start: int


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer, read.

    plain: lower case, compatibility forms folded, accents dropped. origins: for each character of
    plain, and one past it, the offset in original.
    """

    original: str
    plain: str
    origins: Sequence[int]
    sentences: tuple[Sentence, ...]

    @property
    def words(self) -> Iterator[Word]:
        return (word for sentence in self.sentences for word in sentence.words)

    def quote(self, start: int, end: int) -> str:
        """Give the student's own characters behind plain[start:end]."""
        return self.original[self.origins[start] : self.origins[end]]


def read(original: str) -> Reading:
    """Split an answer into sentences and words."""
    plain, origins = _plain(original)
    sentences = tuple(
        Sentence(words=words, text=plain[start:end], start=start)
        for start, end in _bounds(plain)
        if (words := _words(plain, start, end))
    )
    return Reading(original, plain, origins, sentences)


def plain_words(text: str) -> tuple[str, ...]:
    """Give the words of a text as a reading would hold them."""
    return tuple(match.group() for match in _WORD.finditer(_plain(text)[0]))


def _plain(original: str) -> tuple[str, Sequence[int]]:
    if original.isascii():
        return original.lower(), range(len(original) + 1)
    pieces: list[str] = []
    origins: list[int] = []
    for offset, character in enumerate(original):
        piece = _folded(character)
        pieces.append(piece)
        origins.extend([offset] * len(piece))
    return "".join(pieces), [*origins, len(original)]


def _folded(character: str) -> str:
    if unicodedata.category(character) == "Cs":
        return " "  # half a character, which no regular expression engine takes
    straight = character.translate(_STRAIGHTENED)
    folded = unicodedata.normalize("NFKD", straight).casefold()
    kept = "".join(c for c in folded if unicodedata.category(c) not in {"Mn", "Cf"})
    return kept if len(kept) <= MOST_PIECES else " "


def _bounds(plain: str) -> Iterator[tuple[int, int]]:
    start = 0
    found = 0
    for end in _SENTENCE_END.finditer(plain):
        if found >= MOST_SENTENCES - 1:
            break
        if _only_looks_like_an_end(plain, end):
            continue
        yield start, end.end()
        start, found = end.end(), found + 1
    yield start, len(plain)


def _only_looks_like_an_end(plain: str, end: re.Match[str]) -> bool:
    """Tell an abbreviation's stop, and a long line's wrapping, from an end."""
    if end.group() == ".":
        return bool(_ABBREVIATED.search(plain[max(0, end.start() - 8) : end.start()]))
    if end.group() != "\n":
        return False
    line_length = end.start() - (plain.rfind("\n", 0, end.start()) + 1)
    return line_length >= WRAPPED_FROM and plain[end.end() : end.end() + 1].isalnum()


def _words(plain: str, start: int, end: int) -> tuple[Word, ...]:
    spans = [match.span() for match in _WORD.finditer(plain, start, end)]
    texts = [plain[first:last] for first, last in spans]
    words: list[Word] = []
    clause = 0
    for i, (first, last) in enumerate(spans):
        if i and (_CLAUSE_MARK.search(plain, spans[i - 1][1], first) or _opens_clause(texts, i)):
            clause += 1
        words.append(Word(texts[i], first, last, clause))
    return tuple(words)


def _opens_clause(texts: list[str], i: int) -> bool:
    if texts[i] != "as":
        return texts[i] in _CONJUNCTIONS
    follows = texts[i + 1] if i + 1 < len(texts) else ""
    return follows not in _AS_GOES_ON and texts[i - 1] not in _AS_CAME_FROM
