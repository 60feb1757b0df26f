"""Seeded work cannot be told from work that was done."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from exercises import revealing
from exercises.grading import evaluate
from exercises.models import Grade, Submission, WorkItem
from exercises.verifying import differences
from lms.accounts.models import User

pytestmark = pytest.mark.django_db


def _seed(**options):
    out = StringIO()
    call_command("seed_demo", stdout=out, **options)
    return out.getvalue()


def _answers():
    rows = Submission.objects.order_by(
        "work_item__enrolment__user__username", "work_item__exercise__position", "stored_at"
    )
    return list(rows.values_list("answers", flat=True))


def test_everything_follows_from_its_rows(course):
    _seed(students=6, exercises=4, submissions=50)

    assert Submission.objects.count() == Grade.objects.count() == 50
    assert not list(differences())


def test_grades_are_those_that_the_graders_give(course):
    _seed(students=4, exercises=3, submissions=24)

    for grade in Grade.objects.select_related("submission__version"):
        specification = grade.submission.version.specification
        found = evaluate(specification, grade.submission.answers, variant_seed="")
        assert (grade.items, grade.points, grade.released) == (
            found.items, found.points, found.released,
        )  # fmt: skip


def test_a_repetition_adds_nothing(course):
    _seed(students=4, exercises=3, submissions=20)
    before = list(Submission.objects.values_list("receipt", flat=True))
    _seed(students=4, exercises=3, submissions=20)

    assert list(Submission.objects.values_list("receipt", flat=True)) == before


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_seed_draws_the_same_answers(course, seed):
    _seed(students=3, exercises=3, submissions=20, seed=seed)
    first = _answers()
    WorkItem.objects.all().delete()
    _seed(students=3, exercises=3, submissions=20, seed=1)

    assert (_answers() == first) == (seed == 1)


def test_what_is_revealed_is_what_grading_would_have_revealed(course):
    _seed(students=8, exercises=3, submissions=60)
    stored = {item.pk: item.reveal_reason for item in WorkItem.objects.all()}
    WorkItem.objects.update(revealed_at=None, reveal_reason="")
    for item in WorkItem.objects.select_related("exercise__course", "official_grade"):
        revealing.settle(item)

    assert {item.pk: item.reveal_reason for item in WorkItem.objects.all()} == stored
    assert len(set(stored.values())) == 3


def test_seeded_people_are_marked_and_cannot_sign_in(course):
    _seed(students=2, exercises=1, submissions=2)
    people = User.objects.filter(username__startswith="demo-seeded-")

    assert people.count() == 2
    assert not any(one.is_active or one.has_usable_password() or not one.is_demo for one in people)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"students": 0}, "--students must be from 1"),
        ({"submissions": -3}, "--submissions must be from 1"),
        ({"students": 2, "exercises": 1, "submissions": 7}, "Ask for more students or exercises"),
    ],
)
def test_numbers_that_do_not_fit_are_refused_with_a_sentence(course, options, sentence):
    with pytest.raises(CommandError, match=sentence):
        _seed(**options)


def test_nothing_is_seeded_without_the_first_course(db):
    with pytest.raises(CommandError, match="start the site once first"):
        _seed()


def test_a_server_gets_no_demo_people(course, settings):
    settings.IS_SERVER = True

    with pytest.raises(CommandError, match="local site"):
        _seed()
