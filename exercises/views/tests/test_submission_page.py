from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from exercises.models import Enrolment, GradingJob, ReviewRequest, SelfMark, Submission, WorkItem
from exercises.tests.factories import (
    EnrolmentFactory,
    ExerciseFactory,
    GradeFactory,
    GradingJobFactory,
    SubmissionFactory,
    VersionFactory,
    WorkItemFactory,
    content,
    grade_item,
)
from exercises.views.tests.pages import text_of, url

State = GradingJob.State


@pytest.fixture
def submission(exercise, student):
    """Give the student's first submission, in line."""
    item = WorkItemFactory(exercise=exercise, enrolment=student)
    submission = SubmissionFactory(work_item=item, trace_id="ab" * 16)
    GradingJobFactory(submission=submission)
    return submission


@pytest.fixture
def graded(submission):
    submission.jobs.update(state=State.DONE)
    GradeFactory(submission=submission, official=True)
    return submission


@pytest.fixture
def revealed(graded):
    WorkItem.objects.update(revealed_at=timezone.now(), reveal_reason="asked")
    return graded


def page_of(client, submission):
    return client.get(url("submission", submission))


def looked(client, submission, **query):
    return client.get(url("submission_state", submission), query)


def test_the_receipt_names_number_time_hash_and_trace(as_student, submission):
    said = text_of(page_of(as_student, submission))

    at = timezone.localtime(submission.received_at, submission.work_item.exercise.course.tzinfo)
    assert submission.receipt in said
    assert at.strftime("%H:%M:%S %Z") in said
    assert "hmac-sha256 abababababab" in said
    assert "trace " + "ab" * 16 in said


def test_while_it_waits_it_shows_no_points(as_student, submission):
    response = page_of(as_student, submission)

    assert "Your answer is stored and in line." in text_of(response)
    assert "of 3 points" not in text_of(response)
    assert 'hx-get="' in response.content.decode()


def test_the_result_says_points_and_reasons(as_student, graded):
    said = text_of(page_of(as_student, graded))

    assert "3 of 3 points" in said
    assert "The right option" in said
    assert "Off by default." in said


def test_a_final_page_does_not_look_again(as_student, graded):
    body = page_of(as_student, graded).content.decode()

    assert "hx-get" not in body
    assert "htmx.min.js" not in body


def test_criterion_titles_are_not_shown_before_the_grade(as_student, submission):
    assert "The right option" not in text_of(page_of(as_student, submission))


def test_a_provisional_result_is_a_proposal(as_student, submission):
    GradeFactory(submission=submission, released=False)

    said = text_of(page_of(as_student, submission))

    assert "Provisional: a person will look." in said
    assert "Proposed 3 of 3 points" in said
    assert "count nowhere" in said
    assert "Ask a person to look" in said


def test_our_failure_gives_the_attempt_back(as_student, submission):
    submission.jobs.update(state=State.DEAD, attempt_returned=True)
    grace = timezone.now() + timedelta(hours=48)
    WorkItem.objects.update(attempts_used=0, given_back=1, grace_until=grace)

    said = text_of(page_of(as_student, submission))

    assert "We could not grade this." in said
    assert "The attempt has been given back to you." in said
    assert "Hand in again" in said


def test_a_second_failure_of_ours_does_not_claim_to_give_back_again(as_student, submission):
    submission.jobs.update(state=State.DEAD)
    WorkItem.objects.update(given_back=1)

    said = text_of(page_of(as_student, submission))

    assert "We could not grade this." in said
    assert "given back" not in said


def test_an_unreadable_answer_charges_nothing(as_student, submission):
    submission.jobs.update(state=State.INVALID, attempt_returned=True)

    assert "The attempt was not charged." in text_of(page_of(as_student, submission))


def test_a_withheld_result_says_when_it_shows(as_student, graded, exercise):
    exercise.release, exercise.due_at = "close", timezone.now() + timedelta(days=1)
    exercise.save()

    said = text_of(page_of(as_student, graded))

    assert "shown when it has closed for everyone" in said
    assert "For you it closes" in said
    assert "3 of 3 points" not in said
    assert "Off by default." not in said


def test_lateness_says_what_is_kept(as_student, exercise, student):
    item = WorkItemFactory(exercise=exercise, enrolment=student)
    late = SubmissionFactory(work_item=item, kept_fraction=Decimal("0.5"))
    GradingJobFactory(submission=late)
    GradeFactory(submission=late)

    said = text_of(page_of(as_student, late)).replace("\N{NO-BREAK SPACE}", " ")

    assert "1.5 of 3 points" in said
    assert "Handed in late: 50 % of the points are kept." in said


def test_her_own_words_are_quoted_as_text(as_student, submission):
    item = grade_item()
    item["criteria"][0]["quotes"] = ["<img src=x onerror=alert(1)> **bold**"]
    GradeFactory(submission=submission, items=[item])

    body = page_of(as_student, submission).content.decode()

    assert "&lt;img src=x onerror=alert(1)&gt; **bold**" in body
    assert "<img src=x" not in body


def test_a_missed_alternative_to_a_met_criterion_is_no_miss(as_student, submission):
    met = grade_item()["criteria"][0] | {"id": "best", "feedback": "Right."}
    missed = met | {"id": "lesser", "score": 0, "points": "0.00", "feedback": "Nearly."}
    GradeFactory(submission=submission, items=[grade_item(criteria=[met, missed])])

    said = text_of(page_of(as_student, submission))

    assert "Right." in said
    assert "Nearly." not in said


def test_the_way_says_how_long_it_waited_and_took(as_student, graded):
    at = timezone.now()
    waited, took = timedelta(seconds=0.623), timedelta(seconds=2.5)
    graded.jobs.update(created_at=at, started_at=at + waited, finished_at=at + waited + took)

    said = text_of(page_of(as_student, graded))

    assert "In line waited 623 ms" in said
    assert "Grading took 2.5 s" in said


def test_an_answer_that_cannot_be_read_does_not_break_the_page(as_student, exercise, student):
    item = WorkItemFactory(exercise=exercise, enrolment=student)
    broken = SubmissionFactory(work_item=item, answers={"level": {"chosen": ["<b>gone</b>"]}})
    GradingJobFactory(submission=broken)

    response = page_of(as_student, broken)

    assert response.status_code == 200
    assert "This answer cannot be shown." in text_of(response)


def test_it_shows_the_version_that_was_answered(as_student, graded, exercise):
    newer = content(title="Another title")
    exercise.current_version = VersionFactory(exercise=exercise, content=newer)
    exercise.save()

    said = text_of(page_of(as_student, graded))

    assert "The log level strategy" in said
    assert "Another title" not in said
    assert "The exercise has a newer version." in said


def test_looking_again_with_nothing_new_changes_nothing(as_student, submission):
    body = looked(as_student, submission, seen="queued", looks="1").content.decode()

    assert 'id="submission"' not in body
    assert "load delay:1s" in body
    assert "looks=2" in body


def test_looks_become_rarer(as_student, submission):
    body = looked(as_student, submission, seen="queued", looks="999999999").content.decode()

    assert "load delay:15s" in body


def test_a_look_brings_the_result_and_says_it(as_student, graded):
    body = looked(as_student, graded, seen="queued", looks="1").content.decode()

    assert 'id="submission" class="cols mt2" hx-swap-oob="true"' in body
    assert "Graded. 3 of 3 points." in text_of(looked(as_student, graded, seen="queued"))
    assert "hx-get" not in body


def test_a_look_without_a_session_says_so_in_its_place(client, submission):
    response = looked(client, submission, seen="queued")

    assert response.status_code == 200
    assert "You are signed out." in text_of(response)


def test_showing_the_discussion_is_explained_before_the_button(as_student, graded):
    said = text_of(page_of(as_student, graded))

    assert "You have 2 attempts left." in said
    assert "This cannot be undone." in said
    assert "Back at INFO you keep less." not in said


def test_showing_the_discussion_ends_the_attempts(as_student, graded, exercise):
    response = as_student.post(url("reveal", exercise), follow=True)

    said = text_of(response)
    assert "Back at INFO you keep less." in said
    assert "Model answer DEBUG" in said
    assert "You can go on practising." in said


def test_an_exercise_that_reveals_at_its_close_has_no_button(as_student, graded, exercise):
    exercise.reveal = "close"
    exercise.save()

    assert "Show the discussion" not in text_of(page_of(as_student, graded))


def test_asking_too_early_says_why_not(as_student, exercise, student):
    WorkItemFactory(exercise=exercise, enrolment=student)

    response = as_student.post(url("reveal", exercise), follow=True)

    assert "Hand in an answer first" in text_of(response)


def test_she_marks_herself_and_finds_her_marks_again(as_student, revealed):
    as_student.post(url("mark_self", revealed), {"mark-level-choice": "0.5"})

    assert SelfMark.objects.get().level == Decimal("0.5")
    body = page_of(as_student, revealed).content.decode()
    assert body.count(" checked") == 1


def test_marking_again_replaces_the_mark(as_student, revealed):
    for mark in ("0.5", "1"):
        as_student.post(url("mark_self", revealed), {"mark-level-choice": mark})

    assert SelfMark.objects.get().level == 1


def test_before_the_reveal_there_is_nothing_to_mark(as_student, graded):
    as_student.post(url("mark_self", graded), {"mark-level-choice": "1"})

    assert not SelfMark.objects.exists()


def test_a_mark_out_of_range_is_refused(as_student, revealed):
    response = as_student.post(url("mark_self", revealed), {"mark-level-choice": "7"}, follow=True)

    assert "Choose yes, in part or no" in text_of(response)


def test_asking_for_a_person_is_noted_once(as_student, submission):
    GradeFactory(submission=submission, released=False)

    for _press in range(2):
        as_student.post(url("ask_review", submission), {"reason": "I did name the cost."})

    assert ReviewRequest.objects.get().reason == "I did name the cost."
    said = text_of(page_of(as_student, submission))
    assert "You have asked already." in said
    assert "No person has looked yet" in said


def test_full_marks_are_not_looked_at_again(as_student, graded):
    as_student.post(url("ask_review", graded), {"reason": "Look."})

    assert not ReviewRequest.objects.exists()


@pytest.mark.parametrize("number", [1, 30])
def test_the_submission_page_takes_at_most_11_queries(
    as_student, revealed, exercise, number, django_assert_max_num_queries
):
    for _each in range(number):
        ExerciseFactory(module=exercise.module)

    with django_assert_max_num_queries(11):
        response = page_of(as_student, revealed)

    assert "Back at INFO you keep less." in text_of(response)


@pytest.fixture
def stranger(request, exercise):
    """Give somebody who may not see the submission, by the test's parameter."""
    if request.param == "other student":
        return EnrolmentFactory(course=exercise.course).user
    if request.param == "other course":
        return EnrolmentFactory().user
    return EnrolmentFactory(course=exercise.course, role=Enrolment.Role(request.param)).user


@pytest.mark.parametrize(
    "stranger", ["other student", "other course", "assistant", "instructor"], indirect=True
)
@pytest.mark.parametrize(
    ("method", "name"),
    [
        ("get", "submission"),
        ("get", "submission_state"),
        ("post", "mark_self"),
        ("post", "ask_review"),
    ],
)
def test_a_submission_is_its_authors_alone(client, revealed, stranger, method, name):
    client.force_login(stranger)

    response = getattr(client, method)(url(name, revealed))

    assert response.status_code == 404
    assert revealed.receipt not in text_of(response).replace(url(name, revealed), "")
    assert not SelfMark.objects.exists()


def test_a_guessed_receipt_is_not_found(as_student, submission):
    address = url("submission", submission).replace(submission.receipt, "W-0000-0000")

    assert as_student.get(address).status_code == 404


def test_a_receipt_under_another_course_is_not_found(as_student, submission, student):
    other = EnrolmentFactory(user=student.user).course
    address = url("submission", submission)

    response = as_student.get(
        address.replace(submission.work_item.exercise.course.slug, other.slug)
    )

    assert response.status_code == 404
    assert Submission.objects.filter(receipt=submission.receipt).exists()
