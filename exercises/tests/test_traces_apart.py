"""Whose trace is whose: two students share no span, and batch work is in nobody's."""

import json
import re
from collections import defaultdict
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from opentelemetry.trace import format_trace_id

from exercises import grading, tasks
from exercises.models import Enrolment, GradingJob
from exercises.reviewing import review
from exercises.submitting import open_work
from exercises.tests.factories import CourseFactory, EnrolmentFactory, ExerciseFactory
from exercises.tests.fake_kind import fake_content
from exercises.tests.regrading.steps import begin, work_off
from lms.telemetry import traces
from lms.telemetry.spans import redacted
from lms.telemetry.tests.fixtures import lines, spans

__all__ = ["lines", "spans"]  # fixtures

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_handed_in(work, hand_in):
    """Two students' answers, each handed in inside a request's span, both due for the sweeper."""
    other = open_work(
        enrolment=EnrolmentFactory(course=work.exercise.course), exercise=work.exercise
    )
    submissions = []
    for item in (work, other):
        with traces.span("POST hand-in"):
            traces.set_owner(item.enrolment.user.pseudonym, item.exercise.course.slug)
            submissions.append(hand_in(item=item))
    GradingJob.objects.update(available_at=timezone.now() - timedelta(seconds=9))
    return submissions


def _by_trace(spans):
    found = defaultdict(list)
    for span in spans():
        found[format_trace_id(span.context.trace_id)].append(redacted(span, span.resource))
    return found


def test_one_sweep_over_two_students_leaves_each_her_own_trace(two_handed_in, spans, lines):
    lines()
    tasks.sweep()

    by_trace = _by_trace(spans)
    said = [line for line in lines() if line["event"] == "submission.graded"]
    for submission in two_handed_in:
        mine = by_trace[submission.trace_id]
        assert "grade submission" in {span.name for span in mine}
        assert {span.attributes.get("watchers.owner") for span in mine} - {None} == {
            submission.work_item.enrolment.user.pseudonym
        }
        jobs = {span.attributes.get("watchers.job_id") for span in mine} - {None}
        assert jobs == {submission.jobs.get().pk}
        assert [line["receipt"] for line in said if line["trace_id"] == submission.trace_id] == [
            submission.receipt
        ]


def test_a_link_names_a_span_that_was_recorded(spans, two_handed_in):
    tasks.sweep()

    known = {span.context.span_id for span in spans()}
    links = [link.context.span_id for span in spans() for link in span.links]
    parents = [span.parent.span_id for span in spans() if span.parent]
    assert set(links) | set(parents) <= known
    assert parents


def test_what_others_do_with_an_answer_is_not_in_its_students_trace(work, hand_in, spans):
    with traces.span("POST hand-in"):
        submission = hand_in("half")
    grading.grade_job(submission.jobs.get().pk)
    told = len(_by_trace(spans)[submission.trace_id])
    reviewer = EnrolmentFactory(course=work.exercise.course, role=Enrolment.Role.INSTRUCTOR).user

    with traces.span("POST review"):
        review(
            submission=submission, reviewer=reviewer, scores={"w1": {"word": 1}}, feedback="",
            head_id=submission.grades.get().pk,
        )  # fmt: skip
    with traces.span("POST regrades"):
        batch = begin(work.exercise)
    work_off(batch)

    by_trace = _by_trace(spans)
    assert len(by_trace[submission.trace_id]) == told
    elsewhere = {span.name for spans_ in by_trace.values() for span in spans_}
    assert {"POST review", "POST regrades", "regrade slice"} <= elsewhere


def test_an_idle_minute_leaves_no_span(settings, work, spans):
    looks = {
        "exercises.sweep": tasks.sweep,
        "exercises.regrade": tasks.regrade,
        "exercises.reveal_closed": tasks.reveal_closed,
        "exercises.purge": tasks.purge,
    }
    assert looks.keys() == {
        entry["task"]
        for entry in settings.CELERY_BEAT_SCHEDULE.values()
        if entry["task"].startswith("exercises.")
    }

    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        if isinstance(entry["schedule"], int | float) and entry["task"] in looks:
            for _ in range(round(60 / entry["schedule"])):
                looks[entry["task"]].apply()
    looks["exercises.purge"].apply()

    assert spans() == []


def test_the_same_work_outside_a_routine_task_would_leave_spans(spans, work):
    tasks.sweep()

    assert [span.name for span in spans()] != []


def _made_by(spans, item, hand_in, word):
    """Hand in and grade; give the names and statements of the student's own trace, in order."""
    begun = len(spans())
    with traces.span("POST hand-in"):
        submission = hand_in(word, item=item)
    grading.grade_job(submission.jobs.get().pk)
    mine = [redacted(span, span.resource) for span in spans()[begun:]]
    return [
        (span.name, re.sub(r'"s\d+_x\d+"', "", span.attributes.get("db.query.text", "")))
        for span in mine
        if format_trace_id(span.context.trace_id) == submission.trace_id
    ]


def test_a_held_exercises_trace_is_the_same_whatever_the_answer_is_worth(work, hand_in, spans):
    """Score and certainty are not to be read from which statements ran, or how often."""
    work.exercise.release = "close"
    work.exercise.due_at = timezone.now() + timedelta(days=1)
    work.exercise.save()
    _made_by(spans, work, hand_in, "right")  # what a process keeps is read once

    told = {}
    for word in ("right", "wrong", "half"):
        enrolment = EnrolmentFactory(course=work.exercise.course)
        item = open_work(enrolment=enrolment, exercise=work.exercise)
        told[word] = _made_by(spans, item, hand_in, word)

    assert len(told["right"]) > 10
    assert told["right"] == told["wrong"] == told["half"]


SIGNS = ["Wobbegong", "0.375", "misread-the-wobble", "names-the-wobble", "certain", "score"]


def test_no_criterion_score_certainty_or_code_leaves_the_grader(
    work, hand_in, spans, lines, monkeypatch
):
    """The canary is in the answer, the criterion's name, its feedback and its misconception."""
    from exercises.contract import CriterionVerdict, Verdict  # noqa: PLC0415
    from exercises.tests.fake_kind import FakeKind  # noqa: PLC0415

    lines()
    verdict = Verdict(
        score=0.375,
        certain=False,
        feedback="Wobbegong feedback",
        criteria=(
            CriterionVerdict(
                id="word", score=0.375, feedback="Wobbegong", misconception="misread-the-wobble"
            ),
        ),
    )
    monkeypatch.setattr(FakeKind, "grade", lambda *_a, **_k: verdict)

    with traces.span("POST hand-in"):
        submission = hand_in("Wobbegong")
    assert grading.grade_job(submission.jobs.get().pk) == "graded"

    exported = "".join(redacted(span, span.resource).to_json() for span in spans())
    said = json.dumps(lines())
    assert "grader fake" in exported
    assert "submission.graded" in said
    for sink in (exported, said):
        assert [sign for sign in SIGNS if sign in sink] == []


def test_no_line_says_that_the_marks_were_full(work, hand_in, lines):
    lines()
    submission = hand_in("right")
    grading.grade_job(submission.jobs.get().pk)

    said = lines()
    assert "discussion.revealed" in {line["event"] for line in said}
    assert "full_marks" not in str(said)


def _owner_and_course(spans):
    post = [span for span in spans() if span.parent is None][-1]
    shown = redacted(post, post.resource).attributes
    return shown.get("watchers.owner"), shown.get("watchers.course")


@pytest.mark.parametrize("role", ["student", "instructor"])
def test_a_page_of_a_course_names_its_owner_and_course(role, spans, fake_kind):
    exercise = ExerciseFactory(content=fake_content())
    member = EnrolmentFactory(course=exercise.course, role=Enrolment.Role(role))
    client = Client()
    client.force_login(member.user)

    for name, arguments in [
        ("course", [exercise.course.slug]),
        ("exercise", [exercise.course.slug, exercise.slug]),
        ("grades", [exercise.course.slug]),
    ]:
        client.get(reverse(f"exercises:{name}", args=arguments))
        assert _owner_and_course(spans) == (member.user.pseudonym, exercise.course.slug), name


def test_a_course_that_did_not_let_her_in_is_not_named(spans, db):
    stranger, closed = EnrolmentFactory().user, CourseFactory()
    client = Client()
    client.force_login(stranger)

    client.get(reverse("exercises:course", args=[closed.slug]))

    assert _owner_and_course(spans) == (stranger.pseudonym, None)


def test_a_page_outside_any_course_names_its_owner_alone(spans, db):
    person = EnrolmentFactory().user
    client = Client()
    client.force_login(person)

    client.get(reverse("accounts:account"))

    assert _owner_and_course(spans) == (person.pseudonym, None)
