import pytest

from exercises.kinds.text.sentences import MOST_SENTENCES, read


def words(text):
    return [[word.text for word in sentence.words] for sentence in read(text).sentences]


def clauses(text):
    return [word.clause for word in read(text).sentences[0].words]


def test_sentences_end_at_stops_and_lines():
    assert words("It fills. It leaks!\nBad") == [["it", "fills"], ["it", "leaks"], ["bad"]]


@pytest.mark.parametrize("text", ["disk, e.g. the big one", "see etc. and more", "takes 2.5 hours"])
def test_an_abbreviation_or_a_number_ends_no_sentence(text):
    assert len(words(text)) == 1


def test_a_long_lines_wrapping_ends_no_sentence():
    assert len(words("the quick brown fox jumps over the lazy dog and the disk fills,\nup")) == 1
    assert len(words("the quick brown fox jumps over the lazy dog and the disk fills,\n- up")) == 2


def test_a_word_that_ends_like_an_abbreviation_ends_its_sentence():
    assert len(words("Watch the movie. Then stop.")) == 2


def test_compatibility_forms_accents_and_quotes_are_folded():
    assert words("Café ﬁlls don\u2019t") == [["cafe", "fills", "don't"]]


def test_a_quote_is_the_students_own_characters():
    reading = read("Das Café ist VOLL")
    word = reading.sentences[0].words[1]

    assert reading.quote(word.start, word.end) == "Café"


def test_a_quote_keeps_a_combining_accent():
    reading = read("Cafe\u0301 now")
    word = reading.sentences[0].words[0]

    assert reading.quote(word.start, word.end) == "Cafe\u0301"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("it fills, it leaks", [0, 0, 1, 1]),
        ("it fills because it leaks", [0, 0, 1, 1, 1]),
        ("it fills as it leaks", [0, 0, 1, 1, 1]),
        ("as well as it leaks", [0, 0, 0, 0, 0]),
        ("time-to-first byte", [0, 0, 0, 0]),
        ("fills - leaks", [0, 1]),
    ],
)
def test_clauses_are_parted_by_marks_and_conjunctions(text, expected):
    assert clauses(text) == expected


def test_a_thousand_sentences_are_read_as_a_few():
    assert len(read("a disk. " * 1000).sentences) <= MOST_SENTENCES


def test_half_a_surrogate_pair_is_no_word():
    assert words("disk \ud800 full") == [["disk", "full"]]
