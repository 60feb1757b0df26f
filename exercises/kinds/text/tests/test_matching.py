import pytest

from exercises.kinds.text.matching import is_found
from exercises.kinds.text.tests.factories import criterion, grade, levels, spec_of


def level(full, text, **pattern):
    patterns = [{"all": full, **pattern}] if pattern else [full]
    return levels(spec_of(criterion(full=patterns)), text)["disk"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the disk fills", 1),
        ("it fills a diskette", 1),
        ("The DISK: it fills.", 1),
        ("the disk", 0),
        ("The disk. It fills.", 0),
        ("the task fills", 0),
    ],
)
def test_all_slots_are_found_in_one_sentence(text, expected):
    assert level([["disk*"], ["fills"]], text) == expected


def test_a_phrase_is_its_words_in_a_row():
    assert level([["first byte*"]], "time-to-first-byte") == 1
    assert level([["first byte*"]], "the byte first") == 0


def test_one_word_fills_one_slot():
    assert level([["error*"], ["errors"]], "errors") == 0
    assert level([["error*"], ["errors"]], "errors are errors") == 1


def test_a_regex_is_looked_for_without_regard_to_case():
    assert level([[{"re": r"req(uest)?s?/s"}]], "REQ/S") == 1


def test_half_patterns_earn_half():
    spec = spec_of(criterion(full=[[["disk"]]], half=[[["huge"]]]))

    assert levels(spec, "the logs are huge") == {"disk": 0.5}


@pytest.mark.parametrize(
    ("negation", "text", "expected"),
    [
        ("cancels", "it fills the disk", 1),
        ("cancels", "it does not fill the disk", 0),
        ("cancels", "it is slow, not that it fills the disk", 0),
        ("allowed", "it does not fill the disk", 1),
        ("required", "it fills the disk", 0),
        ("required", "it does not fill the disk", 1),
        ("cancels", "it must not fill the disk", 1),
        ("absent", "it must not fill the disk", 0),
        ("absent", "it fills the disk", 1),
    ],
)
def test_a_pattern_says_what_negation_does_to_it(negation, text, expected):
    assert level([["fill", "fills"], ["disk"]], text, negation=negation) == expected


def test_a_negation_inside_the_phrase_belongs_to_it():
    spec = spec_of(criterion(full=[[["not found"], ["video"]]]))

    assert grade(spec, "the video was not found").certain


def test_negation_in_another_clause_cancels_nothing():
    assert level([["disk"]], "nobody cares, but the disk is full") == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("info fills the disk", 1),
        ("info really quite often fills the disk", 0),
        ("fills info", 0),
        ("to info because debug fills the disk", 0),
    ],
)
def test_a_gap_keeps_slots_in_order_and_near_in_one_clause(text, expected):
    assert level([["info"], ["fills"]], text, gap=2) == expected


def test_a_criterion_counts_only_with_the_one_it_requires():
    spec = spec_of(
        criterion("quantity", full=[[["requests"]]]),
        criterion("per_time", full=[[["per minute"]]], requires="quantity"),
    )

    assert levels(spec, "per minute") == {"quantity": 0, "per_time": 0}
    assert levels(spec, "requests per minute") == {"quantity": 1, "per_time": 1}


def test_a_criterion_is_implied_by_another_met_in_full():
    spec = spec_of(
        criterion("missing", full=[[["404"]]], half=[[["missing"]]], points=2),
        criterion("failed", full=[[["failed"]]], implied_by=["missing"]),
        combine="best",
    )

    assert levels(spec, "the 404s") == {"missing": 1, "failed": 1}
    assert levels(spec, "missing ones") == {"missing": 0.5, "failed": 0}
    assert grade(spec, "the 404s").criteria[1].quotes == ("404s",)


def test_a_pattern_finds_nothing_where_what_it_excludes_stands():
    assert level([["failed"]], "failed requests", unless=["whether"]) == 1
    assert level([["failed"]], "requests, whether failed", unless=["whether"]) == 0
    assert level([["failed"]], "Failed. Whether or not.", unless=["whether"]) == 1


def test_a_phrase_does_not_go_over_a_comma():
    assert level([["start delay"]], "start, delay") == 0
    assert level([["start delay"]], "start-delay") == 1


def test_a_negation_inside_a_phrase_reaches_no_further():
    spec = spec_of(
        criterion("missing", full=[[["not found"]]]), criterion("server", full=[[["500"]]])
    )

    assert levels(spec, "404 not found and 500") == {"missing": 1, "server": 1}


def test_a_contrast_is_not_the_denial_that_a_pattern_requires():
    assert level([["video"]], "they get no video", negation="required") == 1
    assert level([["video"]], "an error instead of the video", negation="required") == 0


def test_a_must_not_doubts_caps_and_says_why():
    doubt = {
        "id": "odd",
        "any": [[["odd"]]],
        "feedback": "That is odd.",
        "caps": [{"criterion": "disk", "level": 0.5}],
    }

    verdict = grade(spec_of(must_not=[doubt]), "the odd disk")

    assert verdict.flags == ("must_not:odd",)
    assert not verdict.certain
    assert verdict.score == 0.5
    assert verdict.feedback == "That is odd."


def test_a_denied_must_not_casts_no_doubt():
    spec = spec_of(must_not=[{"id": "odd", "any": [[["odd"]]]}])

    assert grade(spec, "the disk, not the odd one").flags == ()


def test_quotes_are_the_students_own_words_in_reading_order():
    spec = spec_of(criterion(full=[[["fill*"], ["disk*"]]]))

    (found,) = grade(spec, "The DISKS are Filling up").criteria

    assert found.quotes == ("DISKS", "Filling")


def test_a_criterion_not_met_quotes_nothing():
    (found,) = grade(spec_of(), "no idea").criteria

    assert found.quotes == ()


def test_one_pattern_alone_is_tried_on_a_text():
    pattern = spec_of(criterion(full=[[["disk*"], ["fill*"]]])).criteria[0].full[0]

    assert is_found(pattern, "The disk fills.")
    assert not is_found(pattern, "The disk. It fills.")
