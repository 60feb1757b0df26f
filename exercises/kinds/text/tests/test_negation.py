import pytest

from exercises.kinds.text.negation import negators
from exercises.kinds.text.sentences import read


def found(text):
    (sentence,) = read(text).sentences
    return [(sentence.words[each.at].text, each.manner) for each in negators(sentence)]


def reached(text):
    (sentence,) = read(text).sentences
    (negator,) = negators(sentence)
    return " ".join(word.text for word in sentence.words[negator.first : negator.last])


@pytest.mark.parametrize(
    "text",
    [
        "it does not fill the disk",
        "it never leaks",
        "it cant leak",
        "there is no leak",
        "nothing leaks",
        "you should not worry about the disk",
        "that is a myth",
        "the first byte is useless",
        "it would be wrong to count them",
        "404s, not counted",
        "when debug is on it is not full",
    ],
)
def test_a_denial_is_doubted_or_denied(text):
    assert [manner for _, manner in found(text)] in (["denies"], ["unsure"])


@pytest.mark.parametrize(
    "text",
    [
        "passwords must not leak",
        "passwords should never be logged",
        "if you do not turn it back",
        "so that it does not leak",
        "we do not want leaks",
        "it is not needed in production",
        "you don't need it",
    ],
)
def test_a_rule_purpose_or_condition_denies_nothing(text):
    assert [manner for _, manner in found(text)] == ["wishes"]


@pytest.mark.parametrize(
    "text",
    ["first byte, not last byte", "starts rather than viewers", "starts instead of viewers"],
)
def test_a_contrast_takes_away_what_follows(text):
    assert [manner for _, manner in found(text)] == ["contrasts"]


@pytest.mark.parametrize(
    "text", ["not only the disk", "no doubt it leaks", "the password is wrong", "why not"]
)
def test_an_idiom_is_no_negation(text):
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "not because it is bad as such, but the disk fills",
        "it isn't how long the film is, but how long one waits",
        "it does not matter whether they fail",
        "we don't care how long they watch",
        "all requests, so not the people who watch",
        "anything but the first byte",
    ],
)
def test_what_is_set_aside_denies_nothing(text):
    assert [manner for _, manner in found(text)] == ["contrasts"]


@pytest.mark.parametrize("text", ["nobody but the service reads it", "people with no right to it"])
def test_a_restriction_is_no_negation(text):
    assert found(text) == []


def test_asking_whether_it_is_not_so_denies_nothing():
    assert found("isn't it the time to first byte") == []
    assert found("the disk isn't it") == [("isn't", "denies")]


def test_nobody_should_is_a_rule():
    assert found("nobody should read them") == [("nobody", "wishes")]


def test_a_set_aside_whole_reaches_to_its_but():
    assert reached("it is not the viewers but how many starts") == "not the viewers"


def test_a_relative_clause_is_denied_alone():
    assert reached("kept in a place that isn't protected") == "isn't protected"


def test_no_effect_denies_the_whole_list():
    assert reached("it has no effect on disk, cost or speed") == (
        "it has no effect on disk cost or speed"
    )


def test_a_so_at_the_start_is_a_way_to_begin():
    assert found("So the metric is not the length of it") == [("not", "denies")]


def test_a_so_with_a_negation_can_be_read_both_ways():
    assert found("so it does not leak") == [("not", "unsure")]


def test_a_negation_ends_at_its_clause():
    assert reached("it does not leak but it fills the disk") == "it does not leak"


def test_a_negated_verb_reaches_its_own_subject_only():
    assert reached("the disk fills and people cannot read") == "people cannot read"


def test_a_contrast_does_not_reach_back():
    assert reached("first byte, not last byte") == "not last byte"


def test_a_joined_subject_is_denied_whole():
    assert reached("404s and 500s do not matter") == "404s and 500s do not matter"


def test_a_non_reaches_the_next_word_only():
    assert reached("non existing videos give 404") == "non existing"


def test_a_denial_of_use_reaches_its_clause_only():
    assert reached("the detail is useless: it burns disk") == "the detail is useless"


def test_leaving_undone_is_a_condition():
    assert found("not turning it back fills the disk") == [("not", "wishes")]


def test_a_rule_about_counting_denies_what_is_counted():
    assert found("we should not count 404s") == [("not", "denies")]
