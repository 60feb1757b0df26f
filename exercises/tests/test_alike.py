"""Which answers are the same but for their spelling."""

import pytest

from exercises.alike import likeness, normalised


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The disk is full.", "  the DISK\nis full"),
        ("It leaks - passwords!", "It leaks passwords"),
        ("ﬁll the disk", "fill the disk"),
        ("naïve", "nai\u0308ve"),
    ],
)
def test_case_space_punctuation_and_form_make_no_difference(one, other):
    assert normalised(one) == normalised(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("rate is 1.5", "rate is 15"),
        ("rate is 15", "rate is 1 5"),
        ("below -1", "below 1"),
        ("x < 5", "x > 5"),
        ("5 %", "5"),
        ("it is not full", "it is full"),
        ("sum(rate)", "rate(sum)"),
    ],
)
def test_what_changes_the_meaning_is_kept(one, other):
    assert normalised(one) != normalised(other)


def test_likeness_is_the_share_of_words_in_common():
    assert likeness("the disk is full", "The disk was full!") == 0.6
    assert likeness("", "") == 0.0
    assert likeness("disk", "network") == 0.0
