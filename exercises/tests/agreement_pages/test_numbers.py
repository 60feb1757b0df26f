"""What the agreement page says, and from which rows."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from exercises import grading
from exercises.models import GradeProposal, ReleaseAudit, ReleaseSwitch
from exercises.queries.agreement_page import part_agreements
from exercises.release_control import after_decision, set_release
from exercises.submitting import new_key, open_work, submit
from exercises.tests.factories import (
    EnrolmentFactory,
    ExerciseFactory,
    GradeFactory,
    ReleaseAuditFactory,
    ReleaseSwitchFactory,
    UserFactory,
    VersionFactory,
    grade_item,
)
from exercises.tests.fake_kind import fake_content
from exercises.views.tests.pages import text_of

pytestmark = pytest.mark.django_db


def page_of(client, exercise):
    return client.get(reverse("exercises:agreement", args=[exercise.course.slug]))


def graded(exercise, *words):
    """Grade an answer of a new student for each word."""
    for word in words:
        work = open_work(enrolment=EnrolmentFactory(course=exercise.course), exercise=exercise)
        submission = submit(
            work_item=work, key=new_key(work), version=exercise.current_version,
            answers={"w1": {"word": word}},
        )  # fmt: skip
        grading.grade_job(submission.jobs.get().pk)


def decided(*agrees):
    """Decide the waiting looks, the oldest first."""
    for audit, each in zip(ReleaseAudit.objects.filter(decided_at=None), agrees, strict=False):
        audit.agrees, audit.decided_at = each, timezone.now()
        audit.save()
        after_decision(audit)


def row_of(exercise):
    return part_agreements(exercise.course)[0]


def test_it_counts_looks_waiting_and_what_was_released(as_role, exercise):
    graded(exercise, *["right"] * 7, "half", "half")
    decided(True, True, True, True, False)

    said = text_of(page_of(as_role("assistant"), exercise))

    assert "80 % , 4 of 5; at 95 % between 38 % and 96 %" in said
    assert "Looks that wait 2" in said
    assert "78 %, 7 of 9 answers" in said
    assert "Release is on" in said


def test_fewer_than_five_say_nothing(as_role, exercise):
    graded(exercise, "right", "right", "half")
    decided(True, True)

    said = text_of(page_of(as_role("assistant"), exercise))

    assert "too few to say (2 decided)" in said
    assert "too few to say (3 graded)" in said
    assert "100" not in said.split("Agreement", 2)[2].split("Looks")[0]


def test_a_part_that_nobody_answered_stands_there_without_numbers(as_role, exercise):
    assert "too few to say (0 decided)" in text_of(page_of(as_role("assistant"), exercise))


def test_looks_at_an_earlier_rubric_stand_apart(exercise):
    graded(exercise, *["right"] * 6)
    decided(*[True] * 5, False)
    changed = fake_content()
    changed["parts"][0]["spec"] = {"right": "sight"}
    exercise.current_version = VersionFactory(exercise=exercise, content=changed)
    exercise.save()

    row = row_of(exercise)

    assert (row.looks.decided, row.graded, row.waiting) == (0, 0, 0)
    assert (row.earlier.agreed, row.earlier.decided) == (5, 6)


def test_a_new_title_keeps_the_numbers(exercise):
    graded(exercise, *["right"] * 3)
    changed = fake_content()
    changed["parts"] = [{**changed["parts"][0], "slug": "w0"}, *changed["parts"]]
    changed["title"] = "Better"
    exercise.current_version = VersionFactory(exercise=exercise, content=changed)
    exercise.save()

    row = part_agreements(exercise.course)[1]

    assert (row.part.slug, row.graded, row.released, row.waiting) == ("w1", 3, 3, 3)


def test_an_answer_that_was_graded_twice_counts_once(exercise):
    graded(exercise, "right")
    grade = ReleaseAudit.objects.get().grade
    GradeFactory(submission=grade.submission, items=grade.items, supersedes=grade, possible=2)

    row = row_of(exercise)

    assert (row.graded, row.released) == (1, 1)


def test_a_look_at_a_replaced_grade_waits_no_more(exercise):
    graded(exercise, "right")
    grade = ReleaseAudit.objects.get().grade
    GradeFactory(submission=grade.submission, source="human", supersedes=grade)

    assert row_of(exercise).waiting == 0


def test_looks_from_before_it_was_switched_on_count_no_more(exercise):
    graded(exercise, *["right"] * 6)
    decided(False, False, False)
    set_release(
        exercise=exercise, part=exercise.current_version.specification.parts[0], is_on=True,
        reason="Looked into.", by=UserFactory(),
    )  # fmt: skip
    decided(True, True, True)

    row = row_of(exercise)

    assert (row.looks.agreed, row.looks.decided) == (3, 3)
    assert (row.earlier.agreed, row.earlier.decided) == (0, 3)
    assert [change.is_on for change in row.changes] == [True, False]


def test_the_history_says_why_it_switched_itself_off(as_role, exercise):
    graded(exercise, *["right"] * 6)
    decided(False, False, False)

    said = text_of(page_of(as_role("assistant"), exercise))

    assert "Release is off" in said
    assert "Too many of the last looks disagreed: 0 of 3 looks agreed." in said
    assert "History: 1 turn" in said


def two_people(exercise, *, mine, theirs):
    first = GradeFactory(
        submission__work_item__exercise=exercise, source="human", possible=2,
        items=[grade_item(part="w1", points=theirs, possible="2.00", by_person=True)],
    )  # fmt: skip
    GradeProposal.objects.create(
        submission=first.submission, against=first, version=first.version, source="human", run=1,
        items=[grade_item(part="w1", points=mine, possible="2.00", by_person=True)],
        points=Decimal(mine), possible=2, released=True, created_at=timezone.now(),
    )  # fmt: skip


def test_two_people_who_met_on_one_answer_are_the_context(as_role, exercise):
    for mine in ("2.00", "2.00", "2.00", "1.00", "0.00"):
        two_people(exercise, mine=mine, theirs="2.00")

    said = text_of(page_of(as_role("assistant"), exercise))

    assert "Two people with each other 60 % , 3 of 5" in said
    assert "agreed exactly in 56 %" in said


def test_without_such_pairs_the_field_is_not_cited(as_role, exercise):
    two_people(exercise, mine="2.00", theirs="2.00")

    said = text_of(page_of(as_role("assistant"), exercise))

    assert "Two people" not in said
    assert "56 %" not in said


def test_a_course_of_closed_questions_says_so(as_role, exercise, client):
    exercise.delete()
    other = ExerciseFactory(course=exercise.course, module=exercise.module)

    assert "asks for free text" in text_of(page_of(as_role("assistant"), other))


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_takes_the_same_queries_at_any_length(
    as_role, exercise, django_assert_num_queries, count
):
    for _ in range(count):
        other = ExerciseFactory(
            module=exercise.module, course=exercise.course, content=fake_content(parts=count)
        )
        switch = ReleaseSwitchFactory(exercise=other)
        for agrees in (False, False, False):
            after_decision(ReleaseAuditFactory(switch=switch, agrees=agrees))
    client = as_role("instructor")

    with django_assert_num_queries(9):
        page_of(client, exercise)
    assert ReleaseSwitch.objects.filter(is_on=False).count() == count
