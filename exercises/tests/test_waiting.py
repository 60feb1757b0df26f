"""What waits for a person, in which order, under which filters."""

from datetime import timedelta

import pytest
from django.utils import timezone

from exercises.models import (
    GradeProposal,
    GradingJob,
    PolicyOverride,
    ReleaseAudit,
    ReviewRequest,
    WorkItem,
)
from exercises.queries.waiting import Filters, Waiting
from exercises.tests.factories import GradingJobFactory, SubmissionFactory
from exercises.tests.review_pages.rows import (
    answered,
    audited,
    graded,
    text_exercise,
    text_item,
    waits,
)

pytestmark = pytest.mark.django_db

AGO = timedelta(hours=1)


@pytest.fixture
def exercise():
    return text_exercise()


def _queue(of, **filters):
    waiting = Waiting(of.course, filters=Filters(**filters))
    entries = waiting.part_of(0, 50)
    assert waiting.count() == len(entries)
    return [(entry.reason, entry.submission_id) for entry in entries]


def _one_of_each(exercise):
    doubtful = waits(exercise)
    asked = waits(exercise)
    ReviewRequest.objects.create(submission=asked, created_at=timezone.now())
    dead = answered(exercise, why="The disk.")
    GradingJobFactory(submission=dead, state=GradingJob.State.DEAD, finished_at=timezone.now())
    settled = answered(exercise, why="The disk.")
    head = graded(settled, text_item(certain=True), source="human")
    for run in (1, 2):
        GradeProposal.objects.create(
            submission=settled, against=head, version=head.version, source="auto", run=run,
            items=head.items, points=head.points, possible=head.possible, released=True,
            created_at=timezone.now(),
        )  # fmt: skip
    checked, _audit = audited(exercise)
    return {
        "doubtful": doubtful.pk, "asked": asked.pk, "dead": dead.pk,
        "proposal": settled.pk, "audit": checked.pk,
    }  # fmt: skip


def test_each_reason_stands_once_in_the_queue(exercise):
    made = _one_of_each(exercise)

    assert sorted(_queue(exercise)) == sorted(made.items())


@pytest.mark.parametrize("reason", ["doubtful", "asked", "dead", "proposal", "audit"])
def test_a_reason_shows_itself_alone(exercise, reason):
    made = _one_of_each(exercise)

    assert _queue(exercise, reason=reason) == [(reason, made[reason])]


def test_the_oldest_comes_first_whatever_its_reason(exercise):
    late = waits(exercise)
    checked, audit = audited(exercise)
    ReleaseAudit.objects.filter(pk=audit.pk).update(drawn_at=timezone.now() - AGO)

    assert _queue(exercise) == [("audit", checked.pk), ("doubtful", late.pk)]


def test_asking_does_not_lose_ones_place(exercise):
    asked = waits(exercise, created_at=timezone.now() - AGO)
    other = waits(exercise)
    ReviewRequest.objects.create(submission=asked, created_at=timezone.now())

    assert [pk for _reason, pk in _queue(exercise)] == [asked.pk, other.pk]


def test_a_waiting_check_hides_every_other_reason(exercise):
    checked, audit = audited(exercise)
    ReviewRequest.objects.create(submission=checked, created_at=timezone.now())

    assert _queue(exercise) == [("audit", checked.pk)]

    ReleaseAudit.objects.filter(pk=audit.pk).update(decided_at=timezone.now(), agrees=True)
    assert _queue(exercise) == [("asked", checked.pk)]


def test_a_check_of_a_grade_that_is_past_waits_no_more(exercise):
    checked, audit = audited(exercise)
    graded(checked, text_item(certain=True), supersedes=audit.grade, source="human")

    assert _queue(exercise) == []


def test_filters_by_exercise_and_question_take_what_waits_there():
    exercise = text_exercise("why", "how")
    first = answered(exercise, why="The disk.", how="Tell.")
    graded(first, text_item("why"), text_item("how", certain=True))
    second = answered(exercise, why="The disk.", how="Tell.")
    graded(second, text_item("why", certain=True), text_item("how"))
    slug = exercise.slug

    assert _queue(exercise, exercise=slug, part="why") == [("doubtful", first.pk)]
    assert _queue(exercise, exercise=slug, part="how") == [("doubtful", second.pk)]
    assert _queue(exercise, part="how") == [("doubtful", second.pk)]
    assert _queue(exercise, exercise="other") == []


def test_of_one_students_answers_the_one_with_most_points_waits():
    exercise = text_exercise(attempts=2)
    low = answered(exercise, why="The disk.")
    graded(low, text_item(disk=0.5))
    high = SubmissionFactory(work_item=low.work_item, answers=low.answers)
    graded(high, text_item(disk=1.0))

    assert _queue(exercise) == [("doubtful", high.pk)]


def test_lateness_is_counted_in_what_is_most():
    exercise = text_exercise(attempts=2)
    early = answered(exercise, why="The disk.")
    graded(early, text_item(disk=0.5))
    late = SubmissionFactory(work_item=early.work_item, answers=early.answers, kept_fraction="0.2")
    graded(late, text_item(disk=1.0))

    assert _queue(exercise) == [("doubtful", early.pk)]


def test_a_close_counts_with_each_students_own_extra_time():
    exercise = text_exercise(attempts=3, due_at=timezone.now() - AGO)
    closed, extended, granted, done = (waits(exercise) for _ in range(4))
    for each, extension in ((extended, AGO * 2), (granted, AGO / 2), (done, AGO / 4)):
        enrolment = each.work_item.enrolment
        enrolment.extension = extension
        enrolment.save()
    for each in (granted, done):
        PolicyOverride.objects.create(
            exercise=exercise, enrolment=each.work_item.enrolment, extra_time=AGO * 0.6,
            reason="ill",
        )  # fmt: skip

    assert {pk for _reason, pk in _queue(exercise)} == {closed.pk, done.pk}


def test_a_reveal_ends_the_wait_for_better_answers():
    exercise = text_exercise(attempts=3)
    shown = waits(exercise)
    assert _queue(exercise) == []

    WorkItem.objects.filter(pk=shown.work_item_id).update(revealed_at=timezone.now())

    assert _queue(exercise) == [("doubtful", shown.pk)]


def test_the_way_through_the_queue_goes_round_without_ones_own(exercise):
    first, own, last = (waits(exercise) for _ in range(3))
    waiting = Waiting(exercise.course, not_of=own.work_item.enrolment.user)
    place = waiting.entry_of(last)

    assert [each.submission_id for each in waiting.after(place, most=5)] == [first.pk]
    place = waiting.entry_of(first)
    assert [each.submission_id for each in waiting.after(place, most=5)] == [last.pk]
    assert waiting.entry_of(own) is None


def test_practice_never_waits(exercise):
    practice = SubmissionFactory(
        work_item__exercise=exercise, counted=False, answers={"why": {"text": "The disk."}}
    )
    graded(practice, text_item())

    assert _queue(exercise) == []
