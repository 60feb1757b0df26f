"""Which criteria and must_nots of a rubric an answer's sentences meet."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise, product

from exercises.kinds.text.negation import Negator, is_beside, negators
from exercises.kinds.text.patterns import CompiledPattern, Find, Index, phrase_keys
from exercises.kinds.text.rubric import Pattern, TextSpec
from exercises.kinds.text.sentences import Reading, Sentence, plain_words, read
from exercises.kinds.text.standing import standing
from exercises.kinds.text.vocabulary import Vocabulary

MOST_QUOTES = 6
MOST_TRIED = 6  # finds of each slot, in all combinations


@dataclass(frozen=True, slots=True)
class CompiledCriterion:
    id: str
    full: tuple[CompiledPattern, ...]
    half: tuple[CompiledPattern, ...]


@dataclass(frozen=True)
class Rubric:
    """A specification compiled. Made once per specification, see TextSpec.compiled."""

    index: Index
    criteria: tuple[CompiledCriterion, ...]
    must_not: tuple[tuple[str, tuple[CompiledPattern, ...]], ...]
    explained: tuple[CompiledPattern, ...]
    familiar: Vocabulary
    own: Vocabulary | None
    counted: Vocabulary

    @cached_property
    def concepts(self) -> frozenset[int]:
        """The slots of the criteria's patterns."""
        return _slots(self, denied=True)

    @cached_property
    def claims(self) -> frozenset[int]:
        """The same without those of patterns that must be denied: "encrypted" claims nothing."""
        return _slots(self, denied=False)


@dataclass(frozen=True, slots=True)
class ReadSentence:
    """What one sentence holds: finds by slot number, and negators."""

    number: int
    sentence: Sentence
    finds: dict[int, list[Find]]
    negators: tuple[Negator, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Offsets in the reading's plain text."""

    start: int
    end: int


@dataclass(slots=True)
class Matches:
    """What some patterns found.

    negators: (sentence number, word index) of each negator that the patterns account for.
    """

    places: list[Place] = field(default_factory=list)
    negators: set[tuple[int, int]] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.places)


@dataclass(frozen=True, slots=True)
class Matched:
    """What an answer met.

    places: by criterion id. doubtful: number of negators that nobody accounts for. touched: the
    words, as (sentence number, index), that stand in an alternative of a criterion or in what is
    explained. concepts: those that stand in a criterion's. concept_count: how many such
    alternatives, "first byte" being one. standing: why some sentences claim nothing, see there.
    """

    levels: dict[str, float]
    places: dict[str, list[Place]]
    must_not: tuple[str, ...]
    doubtful: int
    touched: frozenset[tuple[int, int]]
    concepts: frozenset[tuple[int, int]]
    concept_count: int
    standing: tuple[str, ...]


def compiled(spec: TextSpec) -> Rubric:
    """Compile a specification."""
    index = Index()
    return Rubric(
        index=index,
        criteria=tuple(
            CompiledCriterion(each.id, index.add(each.full), index.add(each.half))
            for each in spec.criteria
        ),
        must_not=tuple((each.id, index.add(each.any)) for each in spec.must_not),
        explained=index.add(spec.explained),
        familiar=Vocabulary(_familiar_keys(spec)),
        counted=Vocabulary(_keys(spec.counted)),
        own=None if spec.own is None else Vocabulary(_keys(spec.own)),
    )


def _familiar_keys(spec: TextSpec) -> Iterator[str]:
    yield from _keys(spec.familiar)
    yield from plain_words(f"{spec.question} {spec.model_answer}")


def _keys(alternatives: Iterable[str]) -> Iterator[str]:
    for alternative in alternatives:
        yield from phrase_keys(alternative)


def match(spec: TextSpec, rubric: Rubric, reading: Reading) -> Matched:
    """Match every criterion, then apply caps, what implies what, and requires."""
    sentences = [
        _read_sentence(number, sentence, rubric)
        for number, sentence in enumerate(reading.sentences)
    ]
    stands = standing(reading)
    claims = [each for each in sentences if each.number not in stands.idle]
    full = {each.id: _matches(each.full, claims) for each in rubric.criteria}
    half = {each.id: _matches(each.half, claims) for each in rubric.criteria}
    hits = {id_: _matches(patterns, sentences) for id_, patterns in rubric.must_not}
    explaining = _matches(rubric.explained, sentences, every=True)
    levels = {id_: 1.0 if full[id_] else 0.5 if half[id_] else 0.0 for id_ in full}
    places = {id_: full[id_].places or half[id_].places for id_ in full}
    must_not = tuple(id_ for id_, found in hits.items() if found)
    _apply_caps(spec, must_not, levels)
    _apply_implied(spec, levels, places)
    _apply_requires(spec, levels)
    found = [explaining, *full.values(), *half.values(), *hits.values()]
    accounted = [*explaining.places, *(place for each in places.values() for place in each)]
    concepts = _touched(sentences, rubric.concepts)
    return Matched(
        levels=levels,
        places={id_: each if levels[id_] else [] for id_, each in places.items()},
        must_not=must_not,
        doubtful=_doubtful(sentences, {one for each in found for one in each.negators}, concepts),
        touched=_touched(sentences, rubric.claims) | _words_at(sentences, accounted),
        concepts=concepts,
        concept_count=_concept_count(sentences, rubric.concepts),
        standing=stands.reasons,
    )


def is_found(pattern: Pattern, text: str) -> bool:
    """Tell whether one pattern alone finds something in a text."""
    index = Index()
    compiled_patterns = index.add([pattern])
    sentences = [
        ReadSentence(number, sentence, index.finds(sentence), negators(sentence))
        for number, sentence in enumerate(read(text).sentences)
    ]
    return bool(_matches(compiled_patterns, sentences))


def _read_sentence(number: int, sentence: Sentence, rubric: Rubric) -> ReadSentence:
    """Read one sentence; a negator inside a criterion's phrase ("not found") reaches no further."""
    finds = rubric.index.finds(sentence)
    phrases = [
        find
        for slot, found in finds.items()
        if slot in rubric.concepts
        for find in found
        if find.last > find.first + 1
    ]
    kept = [_kept_in(each, phrases) for each in negators(sentence)]
    return ReadSentence(number, sentence, finds, tuple(kept))


def _kept_in(negator: Negator, phrases: Iterable[Find]) -> Negator:
    for phrase in phrases:
        if phrase.first <= negator.at < phrase.last:
            return replace(negator, first=phrase.first, last=phrase.last)
    return negator


def nothing_matched(matched: Matched) -> Matched:
    """Give the same with every criterion at nothing."""
    return replace(
        matched,
        levels=dict.fromkeys(matched.levels, 0.0),
        places={id_: [] for id_ in matched.places},
    )


def quotes(reading: Reading, places: Iterable[Place]) -> tuple[str, ...]:
    """Give the student's own words at some places, in reading order, each once."""
    ordered = sorted(set(places), key=lambda place: (place.start, -place.end))
    texts: dict[str, None] = {}
    reached = 0
    for place in ordered:
        if place.end > reached:
            texts[reading.quote(place.start, place.end)] = None
            reached = place.end
    return tuple(texts)[:MOST_QUOTES]


def _matches(
    patterns: Sequence[CompiledPattern], sentences: Sequence[ReadSentence], *, every: bool = False
) -> Matches:
    """Match patterns. every: find all of a pattern's hits in a sentence, not only the first."""
    found = Matches()
    for sentence in sentences:
        if sentence.finds:
            for pattern in patterns:
                _match_pattern(pattern, sentence, found, every=every)
    return found


def _match_pattern(
    pattern: CompiledPattern, sentence: ReadSentence, found: Matches, *, every: bool
) -> None:
    options = [sentence.finds.get(slot, [])[:MOST_TRIED] for slot in pattern.slots]
    if not all(options) or (pattern.unless is not None and sentence.finds.get(pattern.unless)):
        return
    for finds in product(*options):
        if _overlap(finds) or not _stand_near(finds, pattern.gap, sentence.sentence):
            continue
        own, reaching = _negators_of(finds, sentence.negators)
        if pattern.negation == "required" and not any(
            each.manner != "contrasts" or sentence.sentence.words[each.at].text == "not"
            for each in (*own, *reaching)
        ):
            continue
        if _is_cancelled(pattern, reaching):
            continue
        found.places += [
            Place(sentence.sentence.start + each.start, sentence.sentence.start + each.end)
            for each in finds
        ]
        accounted = own if pattern.negation in {"cancels", "absent"} else [*own, *reaching]
        found.negators |= {(sentence.number, each.at) for each in accounted}
        if not every:
            return


def _is_cancelled(pattern: CompiledPattern, reaching: Sequence[Negator]) -> bool:
    if pattern.negation == "absent":
        return bool(reaching)
    return pattern.negation == "cancels" and any(
        each.manner in {"denies", "contrasts"} for each in reaching
    )


def _overlap(finds: tuple[Find, ...]) -> bool:
    ordered = sorted(finds, key=lambda find: find.start)
    return any(left.end > right.start for left, right in pairwise(ordered))


def _stand_near(finds: tuple[Find, ...], gap: int | None, sentence: Sentence) -> bool:
    if gap is None:
        return True
    clauses = {sentence.words[find.first].clause for find in finds}
    return len(clauses) == 1 and all(
        0 <= right.first - left.last <= gap for left, right in pairwise(finds)
    )


def _negators_of(
    finds: tuple[Find, ...], candidates: Iterable[Negator]
) -> tuple[list[Negator], list[Negator]]:
    """Part the negators inside the found words from those that reach them from outside."""
    own: list[Negator] = []
    reaching: list[Negator] = []
    for negator in candidates:
        if any(find.first <= negator.at < find.last for find in finds):
            own.append(negator)
        elif any(negator.reaches(find.first, find.last) for find in finds):
            reaching.append(negator)
    return own, reaching


def _apply_caps(spec: TextSpec, must_not: tuple[str, ...], levels: dict[str, float]) -> None:
    for each in spec.must_not:
        if each.id in must_not:
            for cap in each.caps:
                levels[cap.criterion] = min(levels[cap.criterion], cap.level)


def _apply_implied(
    spec: TextSpec, levels: dict[str, float], places: dict[str, list[Place]]
) -> None:
    for criterion in spec.criteria:
        met = [id_ for id_ in criterion.implied_by if levels[id_] == 1]
        if met and levels[criterion.id] < 1:
            levels[criterion.id] = 1.0
            places[criterion.id] = places[met[0]]


def _apply_requires(spec: TextSpec, levels: dict[str, float]) -> None:
    for _ in spec.criteria:  # a chain of requires is at most that long
        for criterion in spec.criteria:
            if criterion.requires and not levels[criterion.requires]:
                levels[criterion.id] = 0.0


def _words_at(
    sentences: Iterable[ReadSentence], places: Iterable[Place]
) -> frozenset[tuple[int, int]]:
    spans = list(places)
    return frozenset(
        (sentence.number, at)
        for sentence in sentences
        for at, word in enumerate(sentence.sentence.words)
        if any(each.start <= word.start < each.end for each in spans)
    )


def _slots(rubric: Rubric, *, denied: bool) -> frozenset[int]:
    patterns = [each for one in rubric.criteria for each in (*one.full, *one.half)]
    return frozenset(
        slot
        for pattern in patterns
        if denied or pattern.negation != "required"
        for slot in pattern.slots
    )


def _touched(
    sentences: Iterable[ReadSentence], slots: frozenset[int]
) -> frozenset[tuple[int, int]]:
    return frozenset(
        (sentence.number, word)
        for sentence in sentences
        for slot, finds in sentence.finds.items()
        if slot in slots
        for find in finds
        for word in range(find.first, find.last)
    )


def _concept_count(sentences: Iterable[ReadSentence], slots: frozenset[int]) -> int:
    count = 0
    for sentence in sentences:
        reached = 0
        spans = {
            (find.first, -find.last)
            for slot, finds in sentence.finds.items()
            if slot in slots
            for find in finds
        }
        for first, negative_last in sorted(spans):
            count += first >= reached
            reached = max(reached, -negative_last)
    return count


def _doubtful(
    sentences: Iterable[ReadSentence],
    explained: set[tuple[int, int]],
    concepts: frozenset[tuple[int, int]],
) -> int:
    return sum(
        not is_beside(
            negator, sentence.sentence, {at for number, at in concepts if number == sentence.number}
        )
        for sentence, negator in _unexplained(sentences, explained)
    )


def _unexplained(
    sentences: Iterable[ReadSentence], explained: set[tuple[int, int]]
) -> Iterator[tuple[ReadSentence, Negator]]:
    for sentence in sentences:
        for negator in sentence.negators:
            doubts = negator.manner in {"denies", "unsure"}
            if doubts and (sentence.number, negator.at) not in explained:
                yield sentence, negator
