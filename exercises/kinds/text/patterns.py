"""Patterns compiled into one index, so that a word of an answer is looked up, not searched for."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from exercises.kinds.text.rubric import Negation, Pattern, Regex
from exercises.kinds.text.sentences import Sentence, plain_words
from exercises.kinds.text.vocabulary import Vocabulary

MOST_FINDS = 24  # of one slot in one sentence
_DIVIDING = frozenset(",;()")


@dataclass(frozen=True, slots=True)
class Find:
    """A slot's alternative in a sentence.

    first, last: word indexes, last excluded. start, end: offsets in the sentence's text.
    """

    first: int
    last: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class CompiledPattern:
    """A pattern whose slots are numbers into the rubric's index. unless: None where nothing is."""

    slots: tuple[int, ...]
    negation: Negation
    gap: int | None
    unless: int | None


# A phrase's words as keys of the index: "disk", or "disk*" for a stem.
Phrase = tuple[str, ...]


class Index:
    """All alternatives of a rubric. Build with add(), then call finds() per sentence."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str | Regex, ...], int] = {}
        self._phrases: dict[str, list[tuple[int, Phrase]]] = defaultdict(list)
        self._regexes: list[tuple[int, Any]] = []
        self.vocabulary = Vocabulary()

    def add(self, patterns: Iterable[Pattern]) -> tuple[CompiledPattern, ...]:
        """Take patterns in and give them compiled."""
        return tuple(
            CompiledPattern(
                tuple(self._slot(slot) for slot in pattern.all),
                pattern.negation,
                pattern.gap,
                self._slot(pattern.unless) if pattern.unless else None,
            )
            for pattern in patterns
        )

    def finds(self, sentence: Sentence) -> dict[int, list[Find]]:
        """Find each slot's alternatives in one sentence, by slot number, in reading order."""
        keys = [self.vocabulary.keys_of(word.text) for word in sentence.words]
        found: dict[int, list[Find]] = defaultdict(list)
        for at, here in enumerate(keys):
            for key in here:
                for slot, phrase in self._phrases.get(key, ()):
                    if (
                        len(found[slot]) < MOST_FINDS
                        and _continues(keys, at, phrase)
                        and not _is_divided(sentence, at, at + len(phrase))
                    ):
                        found[slot].append(_find(sentence, at, at + len(phrase)))
        for slot, regex in self._regexes:
            for match in _few(regex.finditer(sentence.text)):
                found[slot].append(_spanned(sentence, match.start(), match.end()))
        return found

    def _slot(self, alternatives: tuple[str | Regex, ...]) -> int:
        if alternatives in self._numbers:
            return self._numbers[alternatives]
        number = self._numbers[alternatives] = len(self._numbers)
        for alternative in alternatives:
            if isinstance(alternative, Regex):
                self._regexes.append((number, alternative.compiled))
            else:
                phrase = phrase_keys(alternative)
                self._phrases[phrase[0]].append((number, phrase))
                for key in phrase:
                    self.vocabulary.learn(key)
        return number


def phrase_keys(alternative: str) -> Phrase:
    """Give the keys of an alternative's words: ("connection", "pool*")."""
    keys: list[str] = []
    for piece in alternative.split():
        words = list(plain_words(piece))
        if piece.endswith("*"):
            words[-1] += "*"
        keys += words
    return tuple(keys)


def _continues(keys: list[tuple[str, ...]], at: int, phrase: Phrase) -> bool:
    if at + len(phrase) > len(keys):
        return False
    return all(key in keys[at + i] for i, key in enumerate(phrase))


def _is_divided(sentence: Sentence, first: int, last: int) -> bool:
    """Tell whether a comma or bracket parts the words: "start-up, latency" is no phrase."""
    if last - first == 1:
        return False
    start = sentence.words[first].end - sentence.start
    end = sentence.words[last - 1].start - sentence.start
    return not _DIVIDING.isdisjoint(sentence.text[start:end])


def _find(sentence: Sentence, first: int, last: int) -> Find:
    start, end = sentence.words[first].start, sentence.words[last - 1].end
    return Find(first, last, start - sentence.start, end - sentence.start)


def _spanned(sentence: Sentence, start: int, end: int) -> Find:
    touched = [
        i
        for i, word in enumerate(sentence.words)
        if word.start - sentence.start < end and word.end - sentence.start > start
    ]
    if touched:
        return Find(touched[0], touched[-1] + 1, start, end)
    before = sum(word.end - sentence.start <= start for word in sentence.words)
    at = min(before, len(sentence.words) - 1)
    return Find(at, at + 1, start, end)


def _few(matches: Iterable[Any]) -> Iterator[Any]:
    for count, match in enumerate(matches):
        if count == MOST_FINDS:
            return
        yield match
