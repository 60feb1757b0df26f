"""Sixteen at once, on SQLite and on PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from exercises import grading, release_control
from exercises.models import (
    Draft,
    Grade,
    GradingJob,
    HeldPost,
    ReleaseAudit,
    ReleaseSwitch,
    Submission,
    WorkItem,
)
from exercises.submitting import new_key, open_work, submit
from exercises.tests.factories import EnrolmentFactory, ExerciseFactory, UserFactory
from exercises.tests.fake_kind import fake_content
from exercises.verifying import differences

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

AT_ONCE = 16


@pytest.fixture(autouse=True)
def _verified(db):
    """After each race the summaries follow from the rows."""
    yield
    assert list(differences()) == []


def _together(act, count=AT_ONCE):
    """Run act(i) for i < count in threads that start at the same moment; give the results."""
    barrier = Barrier(count)

    def run(index):
        try:
            barrier.wait(timeout=30)
            return act(index)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def _student_work(*, attempts):
    exercise = ExerciseFactory(content=fake_content(), attempts=attempts)
    person = EnrolmentFactory(course=exercise.course, user=UserFactory())
    return open_work(enrolment=person, exercise=exercise)


def _clients(work):
    clients = [Client() for _ in range(AT_ONCE)]
    for client in clients:
        client.force_login(work.enrolment.user)
    return clients


def _post(client, work, *, key, word="right"):
    url = reverse("exercises:hand_in", args=[work.exercise.course.slug, work.exercise.slug])
    return client.post(url, {"key": key, "w1-word": word}).status_code


@pytest.mark.parametrize("limit", [1, 3])
def test_parallel_posts_never_pass_the_attempt_limit(fake_kind, limit):
    work = _student_work(attempts=limit)
    clients = _clients(work)
    keys = [new_key(work) for _ in clients]

    answers = _together(lambda i: _post(clients[i], work, key=keys[i], word=f"word {i}"))

    work.refresh_from_db()
    assert Submission.objects.count() == GradingJob.objects.count() == limit
    assert work.attempts_used == limit
    assert answers.count(302) == limit
    assert all(status in (302, 409, 422, 429) for status in answers)


def test_the_same_form_sixteen_times_stores_one_submission(fake_kind):
    work = _student_work(attempts=3)
    clients, key = _clients(work), new_key(work)

    answers = _together(lambda i: _post(clients[i], work, key=key))

    assert answers == [302] * AT_ONCE
    assert Submission.objects.count() == 1


def test_one_job_delivered_eight_times_at_once_makes_one_grade(fake_kind):
    work = _student_work(attempts=3)
    client = Client()
    client.force_login(work.enrolment.user)
    _post(client, work, key=new_key(work))
    job = GradingJob.objects.get()
    if job.state == GradingJob.State.DONE:
        pytest.fail("the test's broker graded the job already; it must only be queued here")

    outcomes = _together(lambda _i: grading.grade_job(job.pk), count=8)

    assert outcomes.count("graded") == 1
    assert Grade.objects.count() == 1


def test_opening_the_same_work_at_once_makes_one_item(fake_kind):
    exercise = ExerciseFactory(content=fake_content())
    person = EnrolmentFactory(course=exercise.course)

    items = _together(lambda _i: open_work(enrolment=person, exercise=exercise).pk)

    assert len(set(items)) == WorkItem.objects.count() == 1


def test_parallel_draft_saves_store_one_and_lose_none_unseen(fake_kind):
    work = _student_work(attempts=3)
    clients = _clients(work)
    url = reverse("exercises:save_draft", args=[work.exercise.course.slug, work.exercise.slug])

    def save(index):
        fields = {"key": new_key(work), "revision": "0", "w1-word": f"text {index}"}
        return clients[index].post(url, fields).status_code

    answers = _together(save)

    assert Draft.objects.get().revision == 1
    assert answers.count(409) == AT_ONCE - 1


def test_a_post_held_sixteen_times_is_held_once(fake_kind):
    work = _student_work(attempts=3)
    key = new_key(work)

    answers = _together(lambda _i: _post(Client(), work, key=key))

    assert answers == [302] * AT_ONCE
    assert HeldPost.objects.count() == 1


def test_of_parallel_grades_exactly_the_first_twenty_are_looked_at(fake_kind, monkeypatch):
    monkeypatch.setattr(release_control, "AUDITED_OF_100", 0)
    exercise = ExerciseFactory(content=fake_content(parts=2))
    jobs = [_handed_in(exercise).jobs.get().pk for _ in range(2 * AT_ONCE)]

    outcomes = _together(lambda i: [grading.grade_job(pk) for pk in jobs[2 * i : 2 * i + 2]])

    assert sum(outcomes, []) == ["graded"] * len(jobs)  # noqa: RUF017 - sixteen short lists
    assert ReleaseSwitch.objects.count() == 2
    for switch in ReleaseSwitch.objects.all():
        assert switch.audits.count() == release_control.AUDITED_FIRST
    assert ReleaseAudit.objects.count() == 2 * release_control.AUDITED_FIRST


def _handed_in(exercise):
    work = open_work(enrolment=EnrolmentFactory(course=exercise.course), exercise=exercise)
    return submit(
        work_item=work, key=new_key(work), version=exercise.current_version,
        answers={"w1": {"word": "right"}, "w2": {"word": "right"}},
    )  # fmt: skip
