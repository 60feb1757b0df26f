"""A set of words and stems that recognises an answer's word, typed right or with one slip."""

import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache

from exercises.kinds.text.english import FUNCTION_WORDS, HARMLESS_WORDS, OTHER_WORDS

TYPO_FROM = 6  # letters a known word or stem needs before a typing error is forgiven
SWAP_FROM = 4  # letters from which two swapped neighbours are: "dsik" is hardly another word
_REAL_WORDS = OTHER_WORDS | FUNCTION_WORDS | HARMLESS_WORDS  # stems in it match nothing typed
LONGEST_WORD = 32  # longer ones are looked up as they stand
KEPT_WORDS = 512


class Vocabulary:
    """Known words ("disk") and stems ("disk*"), called keys."""

    def __init__(self, keys: Iterable[str] = ()) -> None:
        self._words: set[str] = set()
        self._stems: set[str] = set()
        # tuples, mostly of one: half the memory of lists
        self._near: dict[str, tuple[str, ...]] = {}
        self._near_short: dict[str, tuple[str, ...]] = {}
        self._swaps: dict[str, tuple[str, ...]] = {}
        self.keys_of = lru_cache(maxsize=KEPT_WORDS)(self._keys_of)
        for key in keys:
            self.learn(key)

    def learn(self, key: str) -> None:
        """Take a key in. All must be in before the first keys_of()."""
        word = key.removesuffix("*")
        known = self._stems if key.endswith("*") else self._words
        if word in known:
            return
        known.add(word)
        if not word.isalpha():
            return
        if len(word) >= TYPO_FROM:
            _file_under(self._near, {word, *_shortened(word)}, key)
        elif len(word) >= SWAP_FROM:
            _file_under(self._near_short, {word, *_shortened(word)}, key)
            _file_under(self._swaps, _swapped(word), key)

    def looks_misspelt(self, text: str) -> bool:
        """Tell whether a word is none that is known here and one slip away from one that is.

        Also for short keys, for which no slip is forgiven: enough to doubt, not to count.
        """
        word = text.removesuffix("'s")
        if word in _REAL_WORDS or not SWAP_FROM - 1 <= len(word) <= LONGEST_WORD:
            return False
        if self.knows(text):
            return False
        keys = [*self._meant_by(word), *self._meant_briefly_by(word)]
        # "connectino" has the stem connect* and is meant as a word that is known in full
        has_stem = any(word.startswith(key) for key in self._stems)
        return any(not key.endswith("*") or not has_stem for key in keys)

    def _meant_briefly_by(self, word: str) -> Iterator[str]:
        for shorter in {word, *_shortened(word)}:
            for key in self._near_short.get(shorter, ()):
                if is_one_typo_apart(word, key.removesuffix("*")):
                    yield key

    def knows(self, text: str) -> bool:
        """Tell whether a word is known as it is typed, not only by its stem."""
        word = text.removesuffix("'s")
        return not self._words.isdisjoint({text, word, word.removesuffix("s")})

    def holds(self, text: str) -> bool:
        """Tell whether a word as it is typed is known, in full or by its stem."""
        return next(self._exactly(text), None) is not None

    def _exactly(self, text: str) -> Iterator[str]:
        word = text.removesuffix("'s")
        yield from (form for form in (text, word, word.removesuffix("s")) if form in self._words)
        for length in range(len(word) + 1):
            if word[:length] in self._stems:
                yield f"{word[:length]}*"

    def _keys_of(self, text: str) -> tuple[str, ...]:
        """Give the keys that a word of an answer stands for.

        A plural or possessive s is ignored. A typing error is only looked for where nothing fits.
        """
        word = text.removesuffix("'s")
        exact = list(self._exactly(text))
        if exact or not SWAP_FROM <= len(word) <= LONGEST_WORD or word in _REAL_WORDS:
            return tuple(dict.fromkeys(exact))
        return tuple(dict.fromkeys([*self._swapped_for(word), *self._meant_by(word)]))

    def _swapped_for(self, word: str) -> Iterator[str]:
        """Give short keys of which two neighbouring letters were swapped, endings left alone."""
        for form in (word, word.removesuffix("s")):
            yield from (key for key in self._swaps.get(form, ()) if not key.endswith("*"))
        for length in range(SWAP_FROM, len(word) + 1):
            yield from (key for key in self._swaps.get(word[:length], ()) if key.endswith("*"))

    def _meant_by(self, word: str) -> Iterator[str]:
        for length in range(TYPO_FROM - 1, len(word) + 1):
            typed = word[:length]
            for shorter in {typed, *_shortened(typed)}:
                for key in self._near.get(shorter, ()):
                    fits = length == len(word) or key.endswith("*")
                    if fits and is_one_typo_apart(typed, key.removesuffix("*")):
                        yield key


def _file_under(index: dict[str, tuple[str, ...]], spellings: Iterable[str], key: str) -> None:
    for spelling in spellings:
        index[sys.intern(spelling)] = (*index.get(spelling, ()), key)


def is_one_typo_apart(typed: str, meant: str) -> bool:
    """Tell whether one letter is missing, extra or other, or two neighbours are swapped."""
    if typed == meant:
        return True
    if abs(len(typed) - len(meant)) > 1:
        return False
    i = 0
    while i < min(len(typed), len(meant)) and typed[i] == meant[i]:
        i += 1
    if len(typed) != len(meant):
        longer, shorter = sorted((typed, meant), key=len, reverse=True)
        return longer[i + 1 :] == shorter[i:]
    swapped = typed[i + 1 : i + 2] + typed[i : i + 1] + typed[i + 2 :]
    return typed[i + 1 :] == meant[i + 1 :] or swapped == meant[i:]


def _swapped(word: str) -> set[str]:
    pairs = range(len(word) - 1)
    return {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in pairs} - {word}


def _shortened(word: str) -> set[str]:
    return {word[:i] + word[i + 1 :] for i in range(len(word))}
