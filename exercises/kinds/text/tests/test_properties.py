"""What holds for every text, however odd."""

from hypothesis import given, settings
from hypothesis import strategies as st

from exercises.kinds.text.english import words
from exercises.kinds.text.tests.seed import KIND, PARTS, seed_spec

WORDS = words(
    "disk not never so that if DEBUG info password leak logs 404 500 requests per second / . , ( ) "
    "- no nothing first byte ' \N{LATIN SMALL LIGATURE FI} \u0130 \u0301 \u200b \u00df "
    "database down query"
)
texts = st.one_of(
    st.text(max_size=300), st.lists(st.sampled_from(sorted(WORDS)), max_size=60).map(" ".join)
)


@given(text=texts, part=st.sampled_from(PARTS))
@settings(max_examples=400, deadline=None)
def test_any_text_is_graded_within_bounds_from_its_own_words(text, part):
    verdict = KIND.grade(seed_spec(part), {"text": text})

    assert 0 <= verdict.score <= 1
    assert all(each.score in (0, 0.5, 1) for each in verdict.criteria)
    assert all(quote in text for each in verdict.criteria for quote in each.quotes)
    assert verdict == KIND.grade(seed_spec(part), {"text": text})


@given(text=st.text(max_size=200))
@settings(deadline=None)
def test_any_text_is_taken_or_refused_by_the_form_and_shown_as_typed(text):
    form = KIND.answer_form(seed_spec("rate"))({"text": text})

    if form.is_valid():
        assert KIND.shown(seed_spec("rate"), form.cleaned_data) == form.cleaned_data
    else:
        assert form.errors["text"]
