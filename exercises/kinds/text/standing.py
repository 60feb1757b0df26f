"""Which sentences of an answer its writer stands behind.

A question, another person's opinion, a supposition and a statement taken back hold the right words
and claim nothing. The rules are English and prefer doubt: an error here costs a review.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from exercises.kinds.text.sentences import Reading, Sentence

_PERSON = (
    r"(?:some|most|many|others?|one|people|persons?|everybody|everyone|anybody|anyone|somebody|"
    r"someone|nobody|he|she|they|experts?|engineers?|developers?|devs?|admins?|colleagues?|"
    r"friends?|cowork\w*|co workers?|boss|manager|lead|brother|sister|mother|father|mum|dad|"
    r"book|books|blog|blogs|article|wikipedia|internet|google|chatgpt|textbooks?|lecturer|"
    r"students?|classmates?|neighbou?r|guys?|folks|critics?|others)"
)
_SAYING = (
    r"(?:say|says|said|claim|claims|claimed|think|thinks|thought|believe|believes|believed|argue|"
    r"argues|argued|assume|assumes|assumed|suggest|suggests|suggested|tell|tells|told|insist|"
    r"insists|insisted|wrote|reckon|reckons|object|objects|pretend|pretends|"
    r"guess|guesses|guessed|imagine|imagines|conclude|concludes|confuse|confuses|worry|worries|"
    r"fear|fears)"
)
_HELPING = (
    r"(?:might|may|could|would|will|often|always|usually|sometimes|also|wrongly|even|falsely)"
)
_REPORTED = re.compile(
    rf"\b{_PERSON}(?: \w+)?(?: {_HELPING}){{0,2}} {_SAYING}\b"
    r"|\b(?:common|popular|frequent|typical|usual|widespread) (?:mistake|misconception|error|"
    r"belief|myth|assumption|misunderstanding)\b"
    r"|\b(?:mistake|wrong|error|foolish|silly) to (?:think|believe|assume|say)\b"
    r"|\b(?:they|you|he|she|we all know) (?:want|wants|wanted|expect|expects|expected|like|likes)"
    r"(?: me| us)? to (?:hear|read|see|say|write|answer)\b"
    r"|\b(?:some|others|many|most)(?: people| folks| of us)? (?:would|might|may|could|will)"
    r"(?: \w+)? (?:count|measure|use|take|pick|choose|define|answer|write|blame)\b"
    r"|\b(?:it|that|this) (?:is|was|has been|'s) (?:often |sometimes |commonly |widely )?"
    r"(?:said|claimed|believed|thought|rumou?red|assumed|argued)\b"
    r"|\bit's (?:often |sometimes |commonly |widely )?(?:said|claimed|believed|rumou?red|assumed)\b"
    r"|\b(?:is|are|was|were) (?:said|rumou?red|believed|claimed|thought|alleged) to\b"
    r"|\b(?:according to|in the opinion of|in theory|on paper|so called|the claim|"
    r"the idea that|the belief that|the argument that|the notion that|popular belief|"
    r"common belief|people's opinion|you might think|you may think|you would think|"
    r"you'd think|you could think|i used to think|i thought|i was told|i've heard|i heard|"
    r"i read|we were told|told me|told us|used to believe|i doubt|i deny|doubtful|"
    r"questionable|wishful)\b"
)
_SUPPOSED = re.compile(
    r"\b(?:suppose|supposing|imagine|pretend|hypothetically|assume that|assuming|let's say|"
    r"what if|as if|as though|even if|had it been|would have been|"
    r"should have been|might have been the case|if only)\b"
    r"|\bcould have been\b[^.?!]{0,60}\b(?:if|but|unless|had)\b"
    r"|\bif\b[^.?!]{1,90}\b(?:but|however|yet|except that)\b"
    r"|\bif\b[^.?!]{1,120}\bwould have\b"
    r"|\b(?:would|could|might)\b[^.?!]{0,60}\b(?:if it were|if they were|if that were|were true)\b"
    r"|\bwould\b[^.?!]{0,80}\bif (?:(?:\w+ ){1,4}were|(?:we|they|it|there) had)\b"
)
_INVERTED = re.compile(
    r"^\W*(?:so |and |but |or |well |maybe |perhaps )?"
    r"(?:is|are|was|were|am|does|do|did|has|have|had|should|could|would|can|will|shall|may|might|"
    r"must|isn't|aren't|doesn't|don't|didn't|shouldn't|couldn't|wouldn't|can't|won't) (?:not )?"
    r"(?:i|it|the|a|an|that|this|these|those|we|you|they|there|he|she|my|our|your|its)\b"
)
# "Is the number of requests": a subject left out, where no question mark asks
_SUBJECTLESS = re.compile(
    r"^\W*(?:is|are|was|were) (?:the |a |an )?(?:\w+ )?(?:quantity|number|amount|count|total|sum|"
    r"frequency|time|period|interval|duration|delay|latency|percentage|share|how|when|what)\b[^?]*$"
)
_MEASURES = re.compile(
    r"^\W*(?:\w+ ?(?:metric)?\W+)?(?:it (?:is|tells|says|shows) |it's |we (?:ask|measure|count) |"
    r"i (?:ask|measure|count) |basically |so )?"
    r"(?:how (?:many|much|long|often|frequently|fast|quickly|soon|big)|what (?:number|time|share|"
    r"fraction|percentage|proportion)|which (?:share|fraction|percentage))\b"
)
_OPENING = re.compile(r"^\W*(?:well|actually) ?[,.!:;-]+ ")
# "My best guess? The network.": asked to be answered by oneself
_TAG_QUESTION = re.compile(
    r"^\W*(?:so |well |but )?(?:isn't|aren't|wasn't|wouldn't|isnt|arent|wouldnt) "
    r"(?:it|that|this|they|these|those)\b"
)
_ASKED_ONESELF = re.compile(
    r"^\W*(?:and |so |but )?(?:why|how so|how come|what (?:happened|failed|broke|else|then)|"
    r"reasons?|causes?|result|consequence|problem|(?:my|the|most) (?:\w+ ){0,2}(?:guess|bet|cause|"
    r"reason|culprit|suspect|answer|problem|result|effect|consequence|catch|point))\W*$"
)
_EITHER_WAY = re.compile(r"\b(?:if|whether|matter)\b[^.?!]{1,60}\bor not\b")
# Said of what went before: it is taken back, all of it.
_RETRACTED = re.compile(
    r"^\W*(?:no|nope|nah|not|wrong|false|never|wait|hm+|oops|sorry|incorrect|nonsense)\W*$"
    r"|^\W*(?:no|nope|nah|wrong|false|wait|hm+|oops|but no|so no|actually|well) ?[,.!:;-]+ "
    r"|^\W*(?:nope|nah|hm+|wait no|oops|actually no|actually not|not really|"
    r"well no|or not|just not|no one does|said no one|nobody does)\b"
    r"|\b(?:just|only) (?:kidding|joking|a joke)\b|\bjust trolling\b|\bsarcas\w+|\birony\b"
    r"|\b(?:no|oh) wait\b|\bscratch that\b|\bnever ?mind\b|\bon second thoughts?\b"
    r"|\bi (?:take (?:it|that|this) back|disagree|(?:don't|do not|dont) agree|object|"
    r"changed my mind|made that up|lied|am lying|was wrong)\b"
    r"|\bactually,? (?:no|not|don't|dont|never|the opposite|the other way)\b"
    r"|\bor (?:maybe |perhaps |rather )?not\W*$|\brul(?:e|es|ed|ing) out\b"
    r"|\b(?:and|but) (?:it's|it is|that's|that is|this is|they are|they're) (?:\w+ )?(?:wrong|"
    r"false|nonsense|untrue|not true|rubbish|incorrect|irrelevant)\b"
    r"|\bi (?:don't|do not|dont) (?:think|believe) so\b"
    r"|\bthe (?:opposite|contrary|reverse) (?:is|holds|of|was)\b|\bthe other way (?:round|around)\b"
    r"|\bvice versa\b|\bsaid no ?(?:one|body)\b|\bnot !*$|\bnot true\b|\b(?:none|nothing) of "
    r"(?:that|this|it|these|those|which)\b|\b(?:that|this|these|those|both|he|she|they|all)"
    r"(?: \w+){0,2} (?:is|are|was|were|sounds?|seems?|would be|'s) (?:\w+ )?(?:wrong|false|"
    r"incorrect|untrue|nonsense|rubbish|bullshit|a lie|lies|mistaken|a mistake|an error|fake|"
    r"not so|not right|not correct|not the case|not what|impossible|irrelevant|a misunderstanding|"
    r"a joke)\b|\bthat's (?:\w+ )?(?:wrong|false|nonsense|not|rubbish|a lie|a mistake|impossible)\b"
)

# Waved away, by a tone, a comparison or a later turn that no negator shows: all of it is doubted.
_DISMISSED = re.compile(
    r"\byeah,? (?:right|sure)\b|\bgive me a break\b|^\W*(?:sure|right|oh|haha?|great|wow|bravo),"
    r"|\bblame the\b|\bpoor (?:server|database|logs?|api|old)\b|\bdream on\b|\bbig deal\b"
    r"|\bfor (?:amateurs|beginners|losers|cowards|the paranoid|old people)\b|\bso what\b"
    r"|\btakes?(?: \w+){0,5} seriously\b|\b(?:of|in) the past\b|\bnice to have\b|\bwho cares\b"
    r"|\b(?:wants?|like|likes)(?: us| me| you| everybody| everyone| people) to (?:believe|think)\b"
    r"|[,;] (?:says|said|thinks|thought|believes|claims) (?:the|my|our|some|an?|every)\b"
    r"|\b(?:in|the|but) (?:reality|truth)\b"
    r"|\bthe (?:real|true) (?:reason|cause|culprit|answer|point|metric|problem)\b"
    r"|\bwhat (?:really|truly) (?:counts|matters)\b"
    r"|\b(?:far from|anything but|little to do with|nothing to do with|no part in|no role in|"
    r"is up to)\b|\bnor (?:is|are|do|does|did|was|were|has|have|will|would|can|could)\b"
    r"|\b(?:left|leave|leaves|leaving|taken|takes|taking|thrown|keep|keeps|kept|stays?) "
    r"(?:out|away|aside)\b|\bhad (?:we|it|they|i|you) (?:not )?\w+ed\b|\bif (?:it|this|we) were\b"
    r"|\bback when\b|\bon purpose\b|\bis what (?:i|we|they)\b|\bi (?:would|'d) call\b"
    r"|\b(?:last|next) (?:month|year)\b|\b(?:years?|months?|weeks?) ago\b"
    r"|\b(?:glad|bored|lucky|amused|mood)\b|\bbut\b[^.?!]*\blies?\W*$"
    r"|\bthe (?:more|less|fewer|longer|higher|bigger|slower)\b[^.?!]{1,60}"
    r"\bthe (?:more|less|fewer|longer|shorter|higher|lower|bigger|smaller|slower|faster)\b"
    r"|\b(?:other|another|neighbou?r\w*|different|second) (?:team|company|site|department|machine|"
    r"system|service|endpoint|route|product|shop|server)(?:'?s)?\b"
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of the sentences' standing.

    reasons: names for doubt, each once. idle: numbers of sentences that claim nothing.
    """

    reasons: tuple[str, ...]
    idle: frozenset[int]


def standing(reading: Reading) -> Standing:
    """Find the sentences that claim nothing, and why."""
    reasons: dict[str, None] = {}
    idle: set[int] = set()
    for number, sentence in enumerate(reading.sentences):
        for reason, numbers in _judged(number, sentence):
            reasons[reason] = None
            idle.update(numbers)
    return Standing(tuple(reasons), frozenset(idle))


def _judged(number: int, sentence: Sentence) -> Iterator[tuple[str, range]]:
    """Give each reason for doubt with the sentences that claim nothing because of it."""
    text = sentence.text.strip()
    here = range(number, number + 1)
    said = _EITHER_WAY.sub("", text)
    # the first sentence's "Well," takes nothing back
    if _RETRACTED.search(said if number else _OPENING.sub("", said)):
        yield "retracted", range(number + 1)
    if _REPORTED.search(text):
        yield "reported", here
    if _SUPPOSED.search(text):
        yield "supposed", here
    if _DISMISSED.search(text):
        yield "dismissed", range(0)
    # "how many requests per second?" names a measure
    if _MEASURES.match(text) or _SUBJECTLESS.match(text) or _TAG_QUESTION.match(text):
        return
    if _INVERTED.match(text):
        yield "question", here
    elif text.endswith("?") and not _ASKED_ONESELF.match(text):
        # "maybe the database is down?" is a guess: doubted, not idle
        yield "question", range(0)
