import pytest

from exercises.kinds.text.sentences import read
from exercises.kinds.text.standing import standing
from exercises.kinds.text.tests.factories import grade, levels, spec_of


def reasons(text):
    return standing(read(text)).reasons


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Does the disk fill up?", "question"),
        ("is it the disk", "question"),
        ("The disk?", "question"),
        ("Some say the disk fills.", "reported"),
        ("My colleague often claims that the disk fills.", "reported"),
        ("It is said that the disk fills.", "reported"),
        ("One might believe the disk fills.", "reported"),
        ("Some would blame the disk.", "reported"),
        ("They want to hear that the disk fills.", "reported"),
        ("The disk could have been full if we had logged.", "supposed"),
        ("Suppose the disk fills.", "supposed"),
        ("If the disk were full it would be red, but it is green.", "supposed"),
        ("The disk. No, the network.", "retracted"),
        ("The disk. Just kidding.", "retracted"),
        ("The disk fills. That is wrong.", "retracted"),
        ("The disk fills. I disagree.", "retracted"),
        ("The disk fills. Actually not.", "retracted"),
        ("The disk, said no one ever.", "retracted"),
    ],
)
def test_what_its_writer_does_not_stand_behind_is_named(text, reason):
    assert reason in reasons(text)


@pytest.mark.parametrize(
    "text",
    [
        "The disk fills.",
        "How many disks do we fill per day?",
        "Rate: how often does the disk fill?",
        "If you leave it on, the disk fills.",
        "I think that the disk fills.",
        "The trace says that the disk is full.",
        "The password is wrong.",
        "No space is left.",
        "Could be the disk.",
        "No one can read that.",
        "Why? The disk fills.",
        "My best guess? The disk.",
        "Isn't it just the disk?",
        "Is the number of disks that fill.",
        "Well, the disk fills.",
        "The disk fills, whether somebody looks or not.",
        "The disk could have been full.",
    ],
)
def test_a_plain_statement_is_not(text):
    assert reasons(text) == ()


def test_a_question_earns_nothing():
    assert levels(spec_of(), "Is the disk full?") == {"disk": 0}


def test_a_guess_keeps_its_credit_and_is_doubted():
    verdict = grade(spec_of(), "Maybe the disk?")

    assert verdict.score == 1
    assert verdict.flags == ("question",)


def test_taking_back_reaches_every_sentence_before():
    assert levels(spec_of(), "The disk. It fills. Just kidding.") == {"disk": 0}


def test_what_is_said_after_a_retraction_counts():
    verdict = grade(spec_of(), "The network. No wait. It is the disk.")

    assert verdict.score == 1
    assert not verdict.certain
