import pytest

from exercises.kinds.text.tests.factories import KIND, spec_of


def form_for(text, **spec):
    return KIND.answer_form(spec_of(**spec))({"text": text})


def test_an_answer_is_stripped_and_its_lines_end_alike():
    form = form_for("  one\r\ntwo\rthree  ")

    assert form.is_valid()
    assert form.cleaned_data == {"text": "one\ntwo\nthree"}


@pytest.mark.parametrize("text", ["", "  \n "])
def test_an_empty_answer_is_refused(text):
    assert "Write an answer" in form_for(text).errors["text"][0]


def test_the_limit_counts_characters_and_says_both_numbers():
    form = form_for("é" * 4213)

    (said,) = form.errors["text"]
    assert said.startswith("The answer is 4,213 characters long; at most 4,000 are taken.")


def test_an_answer_of_the_limit_passes_whatever_its_line_ends():
    assert form_for("a\r\n" * 29 + "b" * 2, max_length=60).is_valid()


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x7f", "\ufffd"])
def test_control_characters_and_broken_text_are_refused(character):
    form = form_for(f"one{character}two")

    assert "cannot be read" in form.errors["text"][0]
    assert len(form.errors["text"]) == 1


def test_tabs_lines_and_emoji_pass():
    assert form_for("one\ttwo\nthree 🙂").is_valid()


def test_the_browser_cuts_nothing_off():
    assert "maxlength" not in str(form_for("x")["text"])
