"""Demo students on the real pages."""

import pytest

from exercises import grading
from exercises.demo_class import making, running, walking
from exercises.models import Draft, Grade, GradingJob, Submission

pytestmark = pytest.mark.django_db(transaction=True)


class GradedWhileThinking:
    """A clock in whose pauses the worker grades what is due."""

    def think(self, seconds):
        for job in GradingJob.objects.filter(state="queued").values_list("pk", flat=True):
            grading.grade_job(job)

    take_turn = lambda self: None  # noqa: E731


def test_a_student_hands_in_and_sees_her_grade(students, tally):
    student = students[0]
    walking.sign_in(student)
    walking.visit(student, GradedWhileThinking(), think_s=0)

    assert len(student.receipts) == student.seen == 1
    assert Grade.objects.count() == 1
    assert not tally.failures


def test_students_use_up_their_attempts_without_a_failure(students, tally):
    for student in students:
        walking.sign_in(student)
        for _visit in range(12):
            walking.visit(student, GradedWhileThinking(), think_s=0, good=0.3)

    assert Submission.objects.count() >= 10
    assert Submission.objects.values("work_item__enrolment").distinct().count() == 2
    assert Draft.objects.exists()
    assert not tally.failures


def test_a_second_sign_in_finds_the_student_signed_in(students):
    walking.sign_in(students[0])

    walking.sign_in(students[0])


def test_a_locked_student_cannot_sign_in(students):
    making.lock([making.Account(student.username, "") for student in students])

    with pytest.raises(walking.Lost):
        walking.sign_in(students[0])


def test_a_run_ends_when_its_time_is_over(students, tally):
    load = running.Load(seconds=0.5, rate=0, think_s=0.05)

    assert running.run(students, load, say=print)
    assert tally.statuses[200]
    assert running.summary(tally, students)[-1].startswith("failures")


def test_a_site_that_is_gone_is_a_failure_not_a_crash(course, tally):
    accounts = making.make_students(course=course, count=1)
    nowhere = "http://127.0.0.1:9"
    (student,) = making.students_at(nowhere, accounts, course=course, watch=tally.add)

    running.run([student], running.Load(seconds=0.2, rate=0, think_s=0), say=print)

    assert set(tally.failures) == {("sign-in page", 0)}
