"""Which answers are the same but for their spelling."""

from dataclasses import replace

import pytest

from exercises.alike import asks_the_same, likeness, normalised
from exercises.specification import read_specification
from exercises.tests.factories import content
from exercises.tests.review_pages.rows import text_part


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


def test_a_part_read_with_another_instance_of_its_kind_asks_the_same():
    part = read_specification(content(parts=[text_part()])).parts[0]

    assert asks_the_same(part, replace(part, kind=type(part.kind)()))
    assert not asks_the_same(part, replace(part, points=part.points + 1))
