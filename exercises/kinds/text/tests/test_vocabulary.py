import pytest

from exercises.kinds.text.vocabulary import Vocabulary, is_one_typo_apart


@pytest.mark.parametrize(
    "typed", ["password", "passwords", "password's", "pasword", "passsword", "passwodr", "oassword"]
)
def test_a_word_is_known_in_plural_and_with_one_slip(typed):
    assert Vocabulary(["password"]).keys_of(typed) == ("password",)


@pytest.mark.parametrize("typed", ["pssword1", "paswrd", "pass", "word", ""])
def test_two_slips_are_another_word(typed):
    assert Vocabulary(["password"]).keys_of(typed) == ()


def test_a_short_word_takes_no_slip_but_two_letters_swapped():
    assert Vocabulary(["disk"]).keys_of("dusk") == ()
    assert Vocabulary(["disk"]).keys_of("dsik") == ("disk",)
    assert Vocabulary(["leak*"]).keys_of("elaking") == ("leak*",)


def test_a_stem_is_known_with_any_ending_and_one_slip():
    vocabulary = Vocabulary(["credential*"])

    assert vocabulary.keys_of("credentials") == ("credential*",)
    assert vocabulary.keys_of("credntials") == ("credential*",)


def test_a_known_word_is_never_a_slip_of_another():
    assert Vocabulary(["server", "serves"]).keys_of("serves") == ("serves",)


def test_a_word_of_its_own_is_no_slip():
    assert Vocabulary(["speeds"]).keys_of("spends") == ()


@pytest.mark.parametrize(
    ("typed", "meant", "apart"),
    [
        ("abcdef", "abcdef", True),
        ("abdcef", "abcdef", True),
        ("abcdf", "abcdef", True),
        ("abcxdef", "abcdef", True),
        ("abxdef", "abcdef", True),
        ("abxyef", "abcdef", False),
        ("abcd", "abcdef", False),
        ("bacdfe", "abcdef", False),
    ],
)
def test_one_typo_is_a_letter_more_less_other_or_swapped(typed, meant, apart):
    assert is_one_typo_apart(typed, meant) is apart


@pytest.mark.parametrize("typed", ["dusk", "disc", "lekas", "connectino", "pasword"])
def test_a_word_one_slip_away_looks_misspelt(typed):
    assert Vocabulary(["disk", "leaks", "connection", "connect*", "password"]).looks_misspelt(typed)


@pytest.mark.parametrize("typed", ["disks", "connected", "hour", "elephant", "it"])
def test_a_known_real_or_distant_word_does_not(typed):
    assert not Vocabulary(["disk", "connection", "connect*", "hours"]).looks_misspelt(typed)


def test_a_possessive_is_known_as_it_is_written():
    assert Vocabulary(["user's"]).keys_of("user's") == ("user's",)
