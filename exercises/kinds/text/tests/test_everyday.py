import pytest

from exercises.kinds.text.everyday import is_everyday, may_turn


@pytest.mark.parametrize(
    "text",
    ["kitchen", "kitchens", "kitchen's", "tried", "trying", "making", "stopped", "biggest",
     "easily", "possibly", "went", "the", "reader", "dying", "browser"],
)  # fmt: skip
def test_a_form_of_a_common_word_is_plain_english(text):
    assert is_everyday(text)


@pytest.mark.parametrize("text", ["frobnicate", "zworp", "xs", "festplatte", ""])
def test_another_word_is_not(text):
    assert not is_everyday(text)


@pytest.mark.parametrize("text", ["except", "exept", "withuot", "prevents", "encryption", "only"])
def test_a_word_that_may_turn_a_statement_is_known_mistyped_too(text):
    assert may_turn(text)


@pytest.mark.parametrize(
    "text", ["expect", "accept", "kitchen", "disk", "online", "live", "stop-start"]
)
def test_a_plain_word_near_one_is_not(text):
    assert not may_turn(text)
