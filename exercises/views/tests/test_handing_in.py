import json

import pytest
from django.test import Client
from django.utils import timezone

from exercises import submitting
from exercises.models import Draft, HeldPost, Submission, WorkItem
from exercises.tests.factories import (
    EnrolmentFactory,
    ExerciseFactory,
    VersionFactory,
    WorkItemFactory,
    choice_part,
    content,
)
from exercises.views.tests.pages import form_of, text_of, url


@pytest.fixture
def form(as_student, exercise):
    """Give the fields of a freshly opened form with an answer chosen."""
    return form_of(as_student.get(url("exercise", exercise))) | {"level-chosen": "info"}


def hand_in(client, exercise, form, **changes):
    return client.post(url("hand_in", exercise), form | changes)


def test_handing_in_leads_to_the_receipt(as_student, exercise, form):
    response = hand_in(as_student, exercise, form)

    submission = Submission.objects.get()
    assert response["Location"] == url("submission", submission)
    assert submission.answers == {"level": {"chosen": ["info"]}}


def test_the_same_form_twice_is_one_submission(as_student, exercise, form):
    first = hand_in(as_student, exercise, form)
    again = hand_in(as_student, exercise, form)

    assert first["Location"] == again["Location"]
    assert Submission.objects.count() == 1


def test_the_same_form_with_another_answer_shows_both(as_student, exercise, form):
    hand_in(as_student, exercise, form)

    response = hand_in(as_student, exercise, form, **{"level-chosen": "debug"})

    said = text_of(response)
    assert response.status_code == 409
    assert f"Already handed in as {Submission.objects.get().receipt}" in said
    assert "Hand in attempt 2 of 3" in said
    assert 'value="info" required' not in response.content.decode().split("<fieldset", 1)[0]


def test_the_other_answer_is_handed_in_with_one_more_press(as_student, exercise, form):
    hand_in(as_student, exercise, form)
    other = {"level-chosen": "debug"}
    offered = form_of(hand_in(as_student, exercise, form, **other))

    hand_in(as_student, exercise, offered, **other)

    assert [s.answers["level"]["chosen"] for s in Submission.objects.all()] == [["info"], ["debug"]]


def test_nothing_chosen_says_what_to_do(as_student, exercise, form):
    del form["level-chosen"]

    response = hand_in(as_student, exercise, form)

    said = text_of(response)
    assert response.status_code == 422
    assert "1 answer needs another look. Nothing was handed in." in said
    assert "Question 1: Which level fits? Choose an option." in said
    assert 'href="#id_level-chosen"' in response.content.decode()
    assert not Submission.objects.exists()


def test_an_unknown_option_is_refused(as_student, exercise, form):
    response = hand_in(as_student, exercise, form, **{"level-chosen": "fatal"})

    assert response.status_code == 422
    assert "Choose one of the options shown." in text_of(response)


@pytest.mark.parametrize("odd", ["in\x00fo", "in\x07fo", "in\ufffdfo"])
def test_unreadable_characters_are_refused(as_student, exercise, form, odd):
    response = hand_in(as_student, exercise, form, **{"level-chosen": odd})

    assert response.status_code == 422
    assert not Submission.objects.exists()


def test_bytes_that_are_no_utf8_are_refused_in_words(as_student, exercise, form):
    body = "&".join(f"{name}={value}" for name, value in form.items()).replace("info", "in%FFfo")

    response = as_student.post(
        url("hand_in", exercise), body, content_type="application/x-www-form-urlencoded"
    )

    assert response.status_code == 422
    assert not Submission.objects.exists()


def test_raw_bytes_that_are_no_utf8_are_not_taken_for_latin1(as_student, exercise, form):
    body = "&".join(f"{name}={value}" for name, value in form.items()).encode()

    response = as_student.post(
        url("hand_in", exercise),
        body.replace(b"info", b"in\xfffo"),
        content_type="application/x-www-form-urlencoded",
    )

    assert response.status_code == 400
    assert "We could not read what was sent" in text_of(response)


def test_a_megabyte_gets_413_and_a_sentence(as_student, exercise, form):
    response = hand_in(as_student, exercise, form, **{"level-chosen": "x" * 1_000_000})

    assert response.status_code == 413
    assert "no attempt was used" in text_of(response)
    assert not Submission.objects.exists()


def test_a_forged_key_brings_the_form_back_with_a_fresh_one(as_student, exercise, form):
    response = hand_in(as_student, exercise, form, key="1.1.forged:x")

    assert response.status_code == 422
    assert "out of date" in text_of(response)
    hand_in(as_student, exercise, form, key=form_of(response)["key"])
    assert Submission.objects.count() == 1


def test_somebody_elses_key_is_refused(client, exercise, student, form):
    other = EnrolmentFactory(course=exercise.course)
    client.force_login(other.user)

    response = hand_in(client, exercise, form)

    assert response.status_code == 422
    assert not Submission.objects.exists()


def test_the_key_of_another_exercise_is_refused(as_student, exercise, form):
    other = ExerciseFactory(module=exercise.module)
    as_student.get(url("exercise", other))

    response = hand_in(as_student, other, form)

    assert response.status_code == 422
    assert not Submission.objects.exists()


def test_without_attempts_the_text_becomes_the_draft(as_student, exercise, form):
    WorkItem.objects.update(attempts_used=3)

    response = hand_in(as_student, exercise, form)

    assert response.status_code == 409
    assert "All your attempts are used" in text_of(response)
    assert Draft.objects.get().fields == {"level-chosen": ["info"]}
    assert 'value="info"' in response.content.decode()


def test_after_the_close_the_text_becomes_the_draft(as_student, exercise, form):
    exercise.due_at = timezone.now()
    exercise.save()

    response = hand_in(as_student, exercise, form)

    assert response.status_code == 409
    assert "This exercise has closed" in text_of(response)
    assert Draft.objects.get().fields == {"level-chosen": ["info"]}


def test_the_refused_text_replaces_an_older_draft(as_student, exercise, form):
    as_student.post(url("save_draft", exercise), form | {"level-chosen": "error"})
    WorkItem.objects.update(attempts_used=3)

    hand_in(as_student, exercise, form)

    assert Draft.objects.get().fields == {"level-chosen": ["info"]}


def test_too_many_hand_ins_say_when_to_come_back(as_student, exercise, form, monkeypatch):
    monkeypatch.setattr(submitting, "HAND_INS_PER_MINUTE", 0)

    response = hand_in(as_student, exercise, form)

    assert response.status_code == 429
    assert response["Retry-After"] == "60"
    assert 'value="info"' in response.content.decode()


def test_an_answer_is_graded_on_the_version_that_was_read(as_student, exercise, form):
    read = exercise.current_version
    newer = content(parts=[choice_part("level"), choice_part("second")])
    exercise.current_version = VersionFactory(exercise=exercise, content=newer)
    exercise.save()

    hand_in(as_student, exercise, form)

    assert Submission.objects.get().version == read


def test_a_forged_version_is_answered_on_the_newest(as_student, exercise, form):
    newer = content(parts=[choice_part("level"), choice_part("second")])
    exercise.current_version = VersionFactory(exercise=exercise, content=newer)
    exercise.save()

    response = hand_in(as_student, exercise, form, version="1.1:forged")

    assert response.status_code == 422
    assert "Question 2" in text_of(response)


def test_without_a_session_the_answer_is_held_and_comes_back(client, as_student, exercise, form):
    as_student.logout()

    response = hand_in(client, exercise, form)

    assert response["Location"].startswith("/sign-in/?next=")
    client.force_login(HeldPost.objects.get().person)
    back = client.get(url("exercise", exercise))
    assert "is back." in text_of(back)
    assert form_of(back)["held"] == "1"


def test_a_held_answer_counts_from_when_it_was_first_sent(client, as_student, exercise, form):
    as_student.logout()
    hand_in(client, exercise, form)
    held = HeldPost.objects.get()
    held.person.last_login = timezone.now()
    held.person.save()
    client.force_login(held.person)
    back = form_of(client.get(url("exercise", exercise)))

    hand_in(client, exercise, back | {"level-chosen": "info"})

    assert Submission.objects.get().received_at == held.received_at
    assert not HeldPost.objects.exists()


def test_a_refused_csrf_token_keeps_the_text(student, exercise, form):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(student.user)

    response = strict.post(url("hand_in", exercise), form, follow=True)

    assert "is back." in text_of(response)
    assert not Submission.objects.exists()


def test_practice_is_handed_in_without_a_number(as_student, exercise, form):
    WorkItem.objects.update(revealed_at=timezone.now())

    hand_in(as_student, exercise, form)

    assert Submission.objects.get().number is None


@pytest.mark.parametrize("number", [1, 30])
def test_handing_in_takes_at_most_12_queries(
    as_student, exercise, form, number, django_assert_max_num_queries
):
    for _each in range(number):
        ExerciseFactory(module=exercise.module)

    with django_assert_max_num_queries(12):
        response = hand_in(as_student, exercise, form)

    assert response.status_code == 302


def test_an_operator_outside_the_course_cannot_hand_in(client, exercise, admin_user):
    client.force_login(admin_user)

    response = hand_in(client, exercise, {"key": "x", "level-chosen": "info"})

    assert response.status_code == 403
    assert "Only people enrolled" in text_of(response)


def test_a_post_before_the_first_opening_is_no_error(as_student, exercise):
    response = hand_in(as_student, exercise, {"key": "x", "level-chosen": "info"})

    assert response.status_code == 422


def test_the_receipt_is_given_with_the_broker_gone(as_student, exercise, form, settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"

    assert hand_in(as_student, exercise, form).status_code == 302


def save(client, exercise, form, **changes):
    return client.post(
        url("save_draft", exercise), form | changes, headers={"accept": "application/json"}
    )


def test_a_draft_is_saved_with_its_revision_and_time(as_student, exercise, form):
    response = save(as_student, exercise, form)

    assert json.loads(response.content)["revision"] == 1
    assert "Draft saved" in json.loads(response.content)["sentence"]
    assert Draft.objects.get().fields == {"level-chosen": ["info"]}


def test_the_plain_button_saves_and_comes_back(as_student, exercise, form):
    response = as_student.post(url("save_draft", exercise), form, follow=True)

    assert "Draft saved" in text_of(response)


def test_a_draft_holds_only_fields_of_the_exercise(as_student, exercise, form):
    save(as_student, exercise, form, strange="x" * 1000)

    assert Draft.objects.get().fields == {"level-chosen": ["info"]}


def test_another_device_is_never_overwritten(as_student, exercise, form):
    save(as_student, exercise, form)

    response = save(as_student, exercise, form, **{"level-chosen": "error"})

    assert response.status_code == 409
    assert Draft.objects.get().fields == {"level-chosen": ["info"]}


def test_the_plain_button_shows_both_texts_of_a_conflict(as_student, exercise, form):
    save(as_student, exercise, form)

    response = as_student.post(url("save_draft", exercise), form | {"level-chosen": "error"})

    said = text_of(response)
    assert response.status_code == 409
    assert "The stored draft, revision 1" in said
    assert "Keep my text as the draft" in said
    assert form_of(response)["revision"] == "1"


def test_a_draft_is_not_checked(as_student, exercise, form):
    save(as_student, exercise, form)

    response = as_student.post(url("save_draft", exercise), form | {"level-chosen": ""})

    assert response.status_code == 409
    assert "needs another look" not in text_of(response)


def test_her_own_text_is_kept_when_she_says_so(as_student, exercise, form):
    save(as_student, exercise, form)
    mine = {"level-chosen": "error"}
    offered = form_of(as_student.post(url("save_draft", exercise), form | mine))

    as_student.post(url("save_draft", exercise), offered | mine)

    assert Draft.objects.get().fields == {"level-chosen": ["error"]}


def test_a_signed_out_script_is_told_so(client, as_student, exercise, form):
    as_student.logout()

    response = save(client, exercise, form)

    assert response.status_code == 401
    assert json.loads(response.content) == {"is_signed_out": True}


def test_a_signed_out_draft_is_held(client, as_student, exercise, form):
    as_student.logout()

    client.post(url("save_draft", exercise), form)

    assert HeldPost.objects.get().fields == {"level-chosen": ["info"]}


def test_a_draft_over_64_kb_is_refused_in_words(as_student, exercise, form):
    response = save(as_student, exercise, form, **{"level-chosen": "x" * 70_000})

    assert response.status_code == 422
    assert "Shorten it" in json.loads(response.content)["sentence"]


def test_a_draft_marks_characters_that_cannot_be_kept(as_student, exercise, form):
    save(as_student, exercise, form, **{"level-chosen": "a\x00b"})

    assert Draft.objects.get().fields == {"level-chosen": ["a\ufffdb"]}


def test_drafts_of_two_people_stay_apart(as_student, client, exercise, form):
    save(as_student, exercise, form)
    other = WorkItemFactory(exercise=exercise)
    client.force_login(other.enrolment.user)

    response = client.get(url("exercise", exercise))

    assert "Draft saved" not in text_of(response)
