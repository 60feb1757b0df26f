"""Which words of a sentence are denied, and which negators only wish, condition or contrast.

The rules are English. What they do not understand they call a denial: a denial that no pattern
explains keeps an answer from being released, so an error here costs a review, not a wrong grade.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal

from exercises.kinds.text.english import FUNCTION_WORDS, words
from exercises.kinds.text.sentences import Sentence

# denies: the statement is said to be false. wishes: a rule, purpose or condition ("must not leak",
# "if you do not turn it back"). unsure: may be either ("so it does not leak"). contrasts: takes
# away what follows and nothing else ("first byte, not last byte"; "instead of").
Manner = Literal["denies", "wishes", "unsure", "contrasts"]

_VERBAL = words(
    "not never cannot cant dont doesnt didnt isnt arent wasnt werent wont wouldnt couldnt shouldnt "
    "hasnt havent hadnt mustnt neednt aint dosnt dosent doesnot donot hardly barely rarely seldom "
    "scarcely nowhere"
)
_NOMINAL = words("no none nothing nobody neither nor noone non")
_CONTRASTING = frozenset(
    {
        ("instead", "of"),
        ("rather", "than"),
        ("other", "than"),
        ("apart", "from"),
        ("opposed", "to"),
        ("anything", "but"),
        ("everything", "but"),
        ("all", "but"),
        ("leave", "out"),
        ("leaves", "out"),
        ("leaving", "out"),
        ("far", "from"),
    }
)
_CONTRASTING_WORDS = words("without except excluding excludes exclude ignoring ignore unlike minus")
# Words that call a statement false or idle wherever they stand, and those that do as "is useless".
_DENIALS = words(
    "myth myths untrue nonsense bogus misconception allegedly supposedly contrary rumour "
    "exaggerated"
)
_DENIED_AS = words(
    "useless pointless irrelevant false unimportant meaningless mistaken overrated "
    "impossible unlikely"
)
# "it is wrong to count", "is the wrong metric", but not "the password is wrong"
_WRONG_TO = words("to that here")
_WRONG_CHOICES = words("choice metric answer idea thing way measure approach")
_COPULAS = words("is are was were be being been it's that's seems sounds")
_AUXILIARIES = words(
    "is are was were be been being am do does did can could will would should shall must may might "
    "has have had need to it's that's they're s re"
)
_RULES = words("should must ought shouldn't mustn't shouldnt mustnt supposed allowed")
_RULED = [[each] for each in ("should", "must", "ought", "shall")]  # "nobody should read them"
_PURPOSES = (
    ("so", "that"), ("in", "order"), ("make", "sure"), ("making", "sure"), ("such", "that"),
    ("ensure",), ("ensures",), ("ensuring",), ("to", "not"), ("not", "to"), ("want",), ("wants",),
)  # fmt: skip
_CONDITIONS = words("if unless until till where once")
_LOOSE_CONDITIONS = words("so when while whenever")
WORDS_BACK = 30  # how far back a negator looks for its subject or purpose
CONDITION_WORDS = 4  # "if you still do not": past these the negator is in the main clause
# "do not need the raw JSON", "not meant for production": says what is superfluous, denies no fact.
_SUPERFLUOUS = words(
    "needed necessary required wanted meant intended suitable appropriate useful relevant "
    "desirable acceptable good ideal sustainable supposed allowed interested belong belongs "
    "let lets permit permits permitted allow allows "
    "cool ok okay nice great fine fun funny legal wise smart clever professional pleasant welcome"
)
_PEOPLE = words("you we i they one people nobody")
_WISHING = words("need want require")
# "should not worry", "must not be counted": a rule about caring or counting denies the thing.
_CARING = words(
    "worry worried care cared matter mind bother concern concerned fear afraid expect think "
    "believe affect happen problem issue risk count counted measure measured track tracked include "
    "included consider considered call called"
)
BESIDE_WORDS = 2  # from so many words of its own a denial may say something else
_POINTING_BACK = words(
    "it it's its that that's this these those they they're them their he she which who so such "
    "none neither nor both either anything everything nothing one ones same above there case true "
    "right happen happens matter matters problem issue issues risk harm need needed count counts "
    "counted counting included include relevant affect important"
)
JOINED_SUBJECT_WORDS = 2  # before an "and": "404s and 500s do not", not "the disk fills and"
_CARED_FOR = words("matter care mind bother")
_ASKING = words("if whether how what which who when where why")
_NOT_BEING = words("isn't aren't wasn't weren't isnt arent wasnt werent")
_NEW_SUBJECTS = words("it they we you i he she this that these those there the not also still")
_TURNS = words("and but so thus hence or rather just")
_RELATIVES = words("that which who whom")  # "a place that is not protected" denies protection
_NO_EFFECT = words("influence effect impact difference bearing relation consequence consequences")
_TAGS = words("isn't aren't wasn't wouldn't isnt arent wouldnt")
_TAGGED = [["it"], ["that"], ["this"], ["they"], ["these"], ["those"]]
_WHO = [["who"], ["which"], ["whose"]]
_EMPHASES = words("only just merely solely simply alone")
_SKIPPED_AFTER_NO = words("matter doubt wonder business right rights permission clearance")
# "nobody but the service", "nothing but noise": says who or what, denies nothing
_ALL_BUT_ONE = words("nobody nothing noone none")
_HARMLESS_BEFORE = words("why or if whether")  # why not, or not, if not


@dataclass(frozen=True, slots=True)
class Negator:
    """One negating word of a sentence.

    at: its word's index. first, last: the words it reaches, last excluded.
    """

    at: int
    first: int
    last: int
    manner: Manner

    def reaches(self, first: int, last: int) -> bool:
        """Tell whether the words first to last (excluded) are in its reach."""
        return first < self.last and last > self.first


def negators(sentence: Sentence) -> tuple[Negator, ...]:
    """Find the negators of one sentence with their reach and manner."""
    texts = [word.text for word in sentence.words]
    starts, ends = _clause_bounds(sentence)
    found = (
        _negator(texts, at, start=starts[word.clause], end=ends[word.clause])
        for at, word in enumerate(sentence.words)
    )
    return tuple(negator for negator in found if negator is not None)


def _clause_bounds(sentence: Sentence) -> tuple[list[int], list[int]]:
    """Give each clause's first word and the one past its last."""
    opening = [
        at
        for at, word in enumerate(sentence.words)
        if not at or sentence.words[at - 1].clause != word.clause
    ]
    return opening, [*opening[1:], len(sentence.words)]


def is_beside(negator: Negator, sentence: Sentence, concepts: AbstractSet[int]) -> bool:
    """Tell whether what is denied has nothing to do with what a rubric looks for.

    concepts: indexes of the words that stand in its patterns. "The kitchen is not clean"
    denies something of its own; "it never does" points back.
    """
    reach = range(negator.first, negator.last)
    texts = {sentence.words[at].text for at in reach}
    if not concepts.isdisjoint(reach) or not _POINTING_BACK.isdisjoint(texts):
        return False
    return len(texts - FUNCTION_WORDS) >= BESIDE_WORDS


def _negator(texts: list[str], at: int, *, start: int, end: int) -> Negator | None:
    """Judge one word. start, end: its clause."""
    if (last := _set_aside(texts, at)) is not None:
        return Negator(at, at, last, "contrasts")
    if _contrasts(texts, at, opens=at == start):
        # "all but the 404s", "not the people who watch"
        goes_on = texts[at + 1 : at + 2] == ["but"] or texts[end : end + 1] in _WHO
        return Negator(at, at, len(texts) if goes_on else end, "contrasts")
    reach = _denied(texts, at, start=start, end=end)
    return None if reach is None else Negator(at, *reach)


def _denied(texts: list[str], at: int, *, start: int, end: int) -> tuple[int, int, Manner] | None:
    """Give what a denial reaches, and its manner."""
    if _denies_statement(texts, at):
        return 0, len(texts), "denies"
    if texts[at] == "no" and _NO_EFFECT.intersection(texts[at + 1 : at + 3]):
        return start, len(texts), "denies"  # "no effect on disk, cost or speed"
    if texts[at] in _DENIED_AS and at > start and texts[at - 1] in _COPULAS:
        return start, end, "denies"
    if _denies_noun(texts, at):
        last = min(at + 2, end) if texts[at] == "non" else end
        return at, last, _manner(texts, at, start)
    if _denies_verb(texts, at):
        return _subject_start(texts, at, start), end, _manner(texts, at, start)
    return None


def _set_aside(texts: list[str], at: int) -> int | None:
    """Give where that ends which a negator only sets aside; None where it denies.

    "no matter whether ...", "we do not care how ...", "not because ...", "not X but Y".
    """
    if texts[at] not in _VERBAL and not texts[at].endswith("n't"):
        return None
    after = texts[at + 1 : at + 4]
    if _CARED_FOR.intersection(after[:2]) and _ASKING.intersection(after[1:]):
        return len(texts)
    if texts[at] == "not" and after[:1] in (["because"], ["since"], ["that"]):
        return _next_but(texts, at)
    is_copula = texts[at] in _NOT_BEING or (at and texts[at - 1] in _COPULAS)
    but = _next_but(texts, at) if is_copula else None
    if but is None or texts[but + 1] in _NEW_SUBJECTS:
        return None
    return but


def _next_but(texts: list[str], at: int) -> int | None:
    found = [i for i in range(at + 1, len(texts) - 1) if texts[i] == "but"]
    return found[0] if found else None


def _denies_statement(texts: list[str], at: int) -> bool:
    """Tell "that is a myth" and "it would be wrong to" from mere description."""
    text = texts[at]
    before = texts[at - 1] if at else ""
    following = texts[at + 1] if at + 1 < len(texts) else ""
    if text in _DENIALS or (text == "who" and following == "cares"):
        return True
    if text in {"wrong", "incorrect"}:
        return following in _WRONG_CHOICES or (before in _COPULAS and following in _WRONG_TO)
    return False


def _contrasts(texts: list[str], at: int, *, opens: bool) -> bool:
    """Tell "first byte, not last byte" from "it does not leak" and "404s, not counted"."""
    text = texts[at]
    following = texts[at + 1] if at + 1 < len(texts) else ""
    if (text, following) in _CONTRASTING or text in _CONTRASTING_WORDS:
        return True
    if text != "not" or at == 0 or not following or following.endswith(("ed", "ing")):
        return False
    before = texts[at - 1]
    return (opens or before in _TURNS) and before not in _AUXILIARIES


def _denies_noun(texts: list[str], at: int) -> bool:
    following = texts[at + 1] if at + 1 < len(texts) else ""
    if (texts[at], following) == ("no", "reason") and at and texts[at - 1] == "for":
        return False
    if texts[at] in _ALL_BUT_ONE and following == "but":
        return False
    return texts[at] in _NOMINAL and not (texts[at] == "no" and following in _SKIPPED_AFTER_NO)


def _denies_verb(texts: list[str], at: int) -> bool:
    if texts[at] not in _VERBAL and not texts[at].endswith("n't"):
        return False
    if at == 0 and texts[at] in _TAGS and texts[1:2] in _TAGGED:
        return False  # "Isn't it the time until ...?" says that it is
    emphatic = at + 1 < len(texts) and texts[at + 1] in _EMPHASES
    return not emphatic and not (at and texts[at - 1] in _HARMLESS_BEFORE)


def _manner(texts: list[str], at: int, start: int) -> Manner:
    opening = texts[start]
    before = texts[max(start, at - WORDS_BACK) : at + 1]
    after = texts[at + 1 : at + 4]
    if _CARING.intersection(after):
        return "denies"
    wishes = (
        texts[at] in _RULES
        or (at > 0 and texts[at - 1] in _RULES)
        or after[:1] in _RULED
        or (opening in _CONDITIONS and at - start <= CONDITION_WORDS)
        or (at == start and bool(after) and after[0].endswith("ing"))  # "not turning it back"
        or _is_superfluous(before, after[:2])
        or _states_purpose([*before, *after[:1]])
    )
    if wishes:
        return "wishes"
    # "So the metric is not ...": a way to begin
    begins = start == 0 and opening == "so" and at > 0 and texts[at - 1] in _COPULAS
    return "unsure" if opening in _LOOSE_CONDITIONS and not begins else "denies"


def _is_superfluous(before: list[str], after: list[str]) -> bool:
    if _SUPERFLUOUS.intersection(after):
        return True
    return bool(_WISHING.intersection(after)) and bool(_PEOPLE.intersection(before))


def _states_purpose(texts: list[str]) -> bool:
    return any(_holds(texts, purpose) for purpose in _PURPOSES)


def _holds(texts: list[str], run: tuple[str, ...]) -> bool:
    width = len(run)
    return any(tuple(texts[i : i + width]) == run for i in range(len(texts) - width + 1))


def _subject_start(texts: list[str], at: int, start: int) -> int:
    """Give where the negated verb's subject starts: "the disk fills and | nobody is not"."""
    furthest = max(start, at - WORDS_BACK)
    while (
        at > furthest
        and texts[at - 1] not in _RELATIVES
        and (texts[at - 1] not in {"and", "or"} or at - 1 - start <= JOINED_SUBJECT_WORDS)
    ):
        at -= 1
    return at
