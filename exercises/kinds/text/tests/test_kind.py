import pytest
from django.template.loader import render_to_string

from exercises.contract import UnreadableAnswer
from exercises.kinds.text.tests.factories import KIND, criterion, grade, spec_of

LEAK = {"full": [[["leak*"]]]}


def test_a_sum_field_adds_its_criteria_by_their_points():
    spec = spec_of(criterion("disk", points=3), criterion("leak", points=1, **LEAK))

    assert grade(spec, "the disk").score == 0.75
    assert grade(spec, "the disk").certain is False
    assert grade(spec, "the disk and a leak").certain is True


def test_a_best_field_takes_its_best_criterion():
    spec = spec_of(criterion("disk", points=2), criterion("leak", points=1, **LEAK), combine="best")

    assert grade(spec, "a leak").score == 0.5
    assert grade(spec, "a leak").certain is False
    assert grade(spec, "the disk").score == 1
    assert grade(spec, "the disk").certain is True


def test_a_flag_forbids_the_release_of_full_marks():
    verdict = grade(spec_of(), "The disk. Never mine.")

    assert verdict.score == 1
    assert verdict.certain is False


def test_a_best_fields_feedback_is_its_own():
    spec = spec_of(combine="best", feedback={"full": "Good.", "none": "Look again."})

    assert grade(spec, "the disk").feedback == "Good."
    assert grade(spec, "the moon").feedback == "Look again."
    assert grade(spec, "the moon").criteria[0].feedback == ""


def test_a_criterion_gives_the_feedback_of_its_level():
    spec = spec_of(criterion(half=[[["huge"]]], feedback={"full": "Yes.", "half": "Say more."}))

    assert grade(spec, "huge").criteria[0].feedback == "Say more."


def test_criteria_weigh_what_they_earn_of_the_part():
    both = (criterion("disk", points=2), criterion("leak", points=1))

    added = KIND.criteria(spec_of(*both))
    best = KIND.criteria(spec_of(*both, combine="best"))

    assert [each.weight for each in added] == [2 / 3, 1 / 3]
    assert [each.weight for each in best] == [1, 0.5]


def test_combining_counts_a_missing_criterion_as_nothing():
    spec = spec_of(criterion("disk"), criterion("leak", **LEAK))

    assert KIND.combine(spec, {"disk": 1.0}) == 0.5


@pytest.mark.parametrize("answer", [{}, {"text": None}, {"text": 7}, {"text": ["disk"]}])
def test_an_answer_without_text_is_unreadable(answer):
    with pytest.raises(UnreadableAnswer, match="text"):
        KIND.grade(spec_of(), answer)


def test_the_model_answer_is_the_authors():
    assert KIND.model_answer(spec_of()) == "It fills the disk."


def test_what_is_shown_before_answering_holds_nothing_of_the_rubric():
    assert KIND.question(spec_of()) == {}


def test_the_form_is_drawn_with_its_label_and_error():
    spec = spec_of()
    form = KIND.answer_form(spec)({"why-text": ""}, prefix="why")

    page = render_to_string("kinds/text/answer.html", {"part": {"title": "Why?"}, "form": form})

    assert '<label class="vh" for="id_why-text">' in page
    assert 'aria-invalid="true"' in page
    assert "Write an answer" in page


def test_a_shown_answer_is_text_and_never_markup():
    shown = KIND.shown(spec_of(), {"text": "<b>one</b>\ntwo"})

    page = render_to_string("kinds/text/shown.html", {"shown": shown})

    assert "&lt;b&gt;one&lt;/b&gt;<br>two" in page
