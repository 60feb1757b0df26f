"""The bank of answers fits the seed course."""

from urllib.parse import urlencode

import pytest
from django.http import QueryDict

from exercises.demo_class.answers import BANK, filled, typed_for
from exercises.demo_class.forms import Form
from exercises.forms import AnswerSheet

FIELDS = {"choice": "chosen", "span": "span", "text": "text"}


@pytest.fixture
def parts(course):
    """Give (version, part) of each part of the seed course."""
    versions = [exercise.current_version for exercise in course.exercises.all()]
    return [(version, part) for version in versions for part in version.specification.parts]


def _sheet(version, part, typed):
    name = f"{part.slug}-{FIELDS[part.kind.slug]}"
    data = QueryDict(urlencode({name: typed.text}))
    return AnswerSheet(version.specification, seed="00", data=data)


def test_the_bank_has_answers_for_each_part(parts):
    assert {part.slug for _version, part in parts} == set(BANK)


def test_the_forms_take_and_refuse_what_the_bank_says(parts):
    wrong = [
        (part.slug, typed.quality)
        for version, part in parts
        for typed in BANK[part.slug]
        if _takes(version, part, typed) != typed.is_taken
    ]

    assert not wrong


def test_right_answers_earn_all_and_wrong_ones_not(parts):
    for version, part in parts:
        for typed in BANK[part.slug]:
            if typed.quality in {"right", "wrong", "partial"}:
                full = _score(version, part, typed) == 1
                assert full == (typed.quality == "right"), typed


def test_an_unknown_part_is_answered_with_one_of_its_options(chance):
    form = Form("/hand-in/", "post", options={"new-kind": ["a", "b"]})

    assert filled(form, by=chance)["new-kind"][0] in {"a", "b"}


def test_only_what_is_taken_is_drawn_when_so_asked(chance):
    drawn = [typed_for("why_info", by=chance, good=0, only_taken=True) for _ in range(50)]

    assert all(typed.is_taken for typed in drawn)


def _takes(version, part, typed):
    sheet = _sheet(version, part, typed)
    sheet.is_valid()
    (question,) = [each for each in sheet.questions if each.part.slug == part.slug]
    return not question.form.errors


def _score(version, part, typed):
    sheet = _sheet(version, part, typed)
    sheet.is_valid()
    (question,) = [each for each in sheet.questions if each.part.slug == part.slug]
    return part.kind.grade(part.spec, question.form.cleaned_data, variant=None).score
