"""With a logger at DEBUG, what people write still reaches no line, no span and no metric."""

import pytest
from django.test import Client

from exercises import tasks
from exercises.kinds.text.kind import TextKind
from exercises.models import Draft, Enrolment, Grade, GradingJob, HeldPost, Submission
from exercises.tests.factories import EnrolmentFactory, UserFactory
from exercises.tests.review_pages.rows import levels, text_exercise, url_of
from exercises.views.tests.pages import form_of, url
from lms.observatory import level_switching
from lms.telemetry import setup
from lms.telemetry.exposing import exposition
from lms.telemetry.levels import Lent
from lms.telemetry.tests.fixtures import collector, exporting

pytestmark = pytest.mark.django_db
__all__ = ["collector", "exporting"]  # fixtures

ANSWER = "canary Wobbegong: the disk fills"
DRAFTED = "canary Bandicoot: half a thought"
FEEDBACK = "canary Numbat: well put"
REASON = "canary Quokka: slow since noon"
SIGNS = ["canary", "Wobbegong", "Bandicoot", "Numbat", "Quokka", "Surname", "mail.example"]


@pytest.fixture
def exercise():
    return text_exercise(attempts=2)


def sign_in(exercise, role, name):
    user = UserFactory(username=f"canary-{name}", email=f"{name}@mail.example", last_name="Surname")
    EnrolmentFactory(course=exercise.course, role=role, user=user)
    client = Client()
    client.force_login(user)
    return client


def draft_and_hand_in(exercise):
    """Draft on two devices at odds, hand in while signed out, then signed in, and once more."""
    student = sign_in(exercise, Enrolment.Role.STUDENT, "student")
    form = form_of(student.get(url("exercise", exercise)))
    student.post(url("save_draft", exercise), form | {"why-text": DRAFTED})
    student.post(url("save_draft", exercise), form | {"why-text": ANSWER})
    assert DRAFTED in str(Draft.objects.get().fields)
    Client().post(url("hand_in", exercise), form | {"why-text": ANSWER})
    assert HeldPost.objects.exists()
    Client().post(url("hand_in", exercise), form | {"why-text": ANSWER * 2500})
    for _ in range(2):
        student.post(url("hand_in", exercise), form | {"why-text": ANSWER})
    return Submission.objects.get()


def grade(submission, monkeypatch):
    """Let the grader break over the answer, come too early, and grade at last by the sweeper."""
    job = submission.jobs.get()

    def broken(_kind, _spec, answer, **_more):
        raise ValueError(answer["text"])

    with monkeypatch.context() as patched:
        patched.setattr(TextKind, "grade", broken)
        tasks.grade.apply((job.pk,))
    tasks.grade.apply((job.pk,))
    job.refresh_from_db()
    assert (job.state, job.error_class) == (GradingJob.State.QUEUED, "ValueError")
    monkeypatch.setattr(tasks._Hints, "paused_until", float("inf"))
    tasks.send_hint(job.pk)
    GradingJob.objects.update(available_at=submission.stored_at.replace(year=2020))
    tasks.sweep.apply()
    tasks.regrade.apply((999,))


def review(submission, exercise):
    head = Grade.objects.heads().get(submission=submission)
    staff = sign_in(exercise, Enrolment.Role.INSTRUCTOR, "staff")
    staff.get(url_of(submission))
    staff.post(url_of(submission), levels() | {"head": head.pk, "feedback": FEEDBACK})
    staff.get("/healthz")


@pytest.mark.parametrize("name", level_switching.offered())
def test_no_canary_leaves_through_a_logger_at_debug(name, exercise, exporting, capfd, monkeypatch):
    operator = UserFactory(is_superuser=True)
    level_switching.switch(logger=name, minutes=5, reason=REASON, by=operator)
    lent = Lent()
    lent.follow(level_switching.ends())

    submission = draft_and_hand_in(exercise)
    grade(submission, monkeypatch)
    review(submission, exercise)
    lent.follow({})

    setup.stop()
    said = "".join(capfd.readouterr())
    sinks = {"lines": said, "otlp": exporting.text, "metrics": exposition("")[0].decode()}
    assert Grade.objects.filter(source=Grade.Source.AUTO).exists()
    assert FEEDBACK in Grade.objects.heads().get(submission=submission).feedback
    at_debug = [
        line for line in said.splitlines() if '"level": "debug"' in line and f'"{name}"' in line
    ]
    assert at_debug
    assert [record for record in exporting.records if record.severity_text == "DEBUG"]
    assert [(s, sign) for s, text in sinks.items() for sign in SIGNS if sign in text] == []
