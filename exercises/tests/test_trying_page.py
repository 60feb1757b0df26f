"""An author tries a rubric on answers, published and drafted side by side."""

from itertools import count

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from exercises import rubric_trials
from exercises.kinds.text.tests.factories import criterion, spec_of
from exercises.models import Enrolment, Grade, GradingJob, ReleaseSwitch, Submission, WorkItem
from exercises.tests.factories import ExerciseFactory, VersionFactory, choice_part, content
from exercises.tests.review_pages.conftest import as_role
from exercises.views.tests.pages import text_of
from lms.telemetry.tests.fixtures import lines, spans

__all__ = ["as_role", "lines", "spans"]

pytestmark = pytest.mark.django_db

ROLE = Enrolment.Role
LABELLED = """
- {id: right, text: The log fills the disk., c: {disk: 1}}
- {id: other, text: The log fills the storage., c: {disk: 1}}
- {id: wrong, text: It is prettier., c: {disk: 0}}
- {id: trap, text: It never fills the disk at all., c: {disk: 0}, unsafe: true}
"""


def text_content(*criteria):
    spec = spec_of(*criteria).model_dump(mode="json", exclude_unset=True)
    part = {**choice_part("why"), "kind": "text", "title": "Why?", "spec": spec}
    return content(parts=[choice_part(), part])


@pytest.fixture
def exercise():
    return ExerciseFactory(content=text_content(criterion(full=[[["disk*"], ["fill*"]]])))


@pytest.fixture
def draft(exercise):
    """A draft that knows one word more."""
    changed = text_content(criterion(full=[[["disk*", "storage"], ["fill*"]]]))
    return VersionFactory(exercise=exercise, content=changed, published_at=None)


def url_of(exercise, part="why"):
    return reverse("exercises:try_rubric", args=[exercise.course.slug, exercise.slug, part])


def tried(client, exercise, answers, shape="yaml", **more):
    return client.post(url_of(exercise), {"shape": shape, "answers": answers, **more})


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (ROLE.STUDENT, 403),
        (ROLE.ASSISTANT, 200),
        (ROLE.INSTRUCTOR, 200),
        ("operator", 200),
        ("stranger", 404),
    ],
)
def test_staff_of_the_course_may_try(as_role, exercise, role, status):
    client = as_role(role)

    assert client.get(url_of(exercise)).status_code == status
    assert tried(client, exercise, "It fills the disk.", "lines").status_code == status


def test_the_signed_out_are_sent_to_sign_in(client, exercise):
    assert reverse("accounts:sign_in") in client.get(url_of(exercise))["Location"]


@pytest.mark.parametrize("part", ["level", "none"])
def test_only_free_text_can_be_tried(as_role, exercise, part):
    assert as_role(ROLE.INSTRUCTOR).get(url_of(exercise, part)).status_code == 404


def test_one_answer_a_line_shows_what_matched(as_role, exercise):
    answer = tried(
        as_role(ROLE.ASSISTANT), exercise, "The log fills the disk.\n\nNo idea.", "lines"
    )

    page, said = answer.content.decode(), text_of(answer)
    assert "<mark>disk</mark>" in page
    assert "2 answers tried" in said
    assert "Names the disk: met" in said
    assert "Names the disk: missed" in said
    assert "Without labels there is no agreement to tell." in said


def test_labels_tell_agreement_coverage_and_unsafe_releases(as_role, exercise):
    said = text_of(tried(as_role(ROLE.ASSISTANT), exercise, LABELLED))

    assert "Released grades that agree 1 of 1 (100 %)" in said
    assert "Full answers released at once 1 of 2 (50 %)" in said
    assert "Traps released above their label 0 of 1 (0 %)" in said
    assert "All proposals that agree 3 of 4 (75 %)" in said
    assert "the label says 1" in said


def test_the_draft_stands_beside_the_published_text(as_role, exercise, draft):
    said = text_of(tried(as_role(ROLE.ASSISTANT), exercise, LABELLED))

    assert "Published version 1 stands beside Draft of version 2" in said
    assert "Full answers released at once 1 of 2 (50 %) 2 of 2 (100 %)" in said


def test_a_draft_that_changes_another_question_is_not_shown_twice(as_role, exercise):
    changed = text_content(criterion(full=[[["disk*"], ["fill*"]]])) | {"title": "Better"}
    VersionFactory(exercise=exercise, content=changed, published_at=None)

    said = text_of(tried(as_role(ROLE.ASSISTANT), exercise, LABELLED))

    assert "Published version 1" in said
    assert "Draft" not in said


def test_a_draft_of_what_was_never_published_stands_alone(as_role, exercise, draft):
    exercise.current_version = None
    exercise.save()

    said = text_of(tried(as_role(ROLE.ASSISTANT), exercise, LABELLED))

    assert "Draft of version 2" in said
    assert "Published" not in said


def test_labels_of_new_criteria_say_nothing_of_the_old_text(as_role, exercise):
    changed = text_content(criterion("cost", full=[[["disk*"]]]))
    VersionFactory(exercise=exercise, content=changed, published_at=None)

    said = text_of(
        tried(as_role(ROLE.ASSISTANT), exercise, "- {text: The disk is full., c: {cost: 1}}")
    )

    assert "Published version 1: has other criteria" in said


def test_only_what_differs_is_shown_on_request(as_role, exercise, draft):
    client = as_role(ROLE.ASSISTANT)

    page = tried(client, exercise, LABELLED, only_differing="on").content.decode()

    assert page.count("<article") == 1
    assert 'aria-label="Answer other"' in page
    assert tried(client, exercise, LABELLED).content.decode().count("<article") == 4


def test_a_file_is_taken_as_well(as_role, exercise):
    file = SimpleUploadedFile("a.yaml", LABELLED.encode())

    answer = as_role(ROLE.ASSISTANT).post(url_of(exercise), {"shape": "yaml", "file": file})

    assert "4 answers tried" in text_of(answer)


@pytest.mark.parametrize(
    ("answers", "shape", "sentence"),
    [
        ("", "lines", "Type answers, or choose a file of at most 256 kB."),
        ("x", "", "Choose how the answers are written."),
        ("\n".join("x" * 501), "lines", "Line 501 : This is answer 501; at most 500"),
        ("- {text: x}\n" * 501, "yaml", "Line 501 : This is answer 501; at most 500"),
        ("- x\n" * 501, "yaml", "Line 501 : This is answer 501; at most 500"),
        (f"- [{'x,' * 30_000}]", "yaml", "too many values"),
        ("x" * 20_001, "lines", "Line 1 : This answer is longer than 20 000 characters"),
        ("y" * 256_001, "lines", "more than 256 kB"),
        ("- {text: x}\n- {text: 7}", "yaml", "Line 2, 1.text : the answer's text is missing"),
        ("- {text: x, c: {disk: 3}}", "yaml", "Line 1, 0.c.disk : a level is one of 0, 0.5, 1"),
        ("- {text: x, c: {nose: 1}}", "yaml", "Line 1, 0.c : give a level for each of disk"),
        ("- {text: [", "yaml", "Line 1"),
        ("a: b", "yaml", "Line"),
        ("[]", "yaml", "There is no answer in the list"),
    ],
)
def test_what_cannot_be_tried_is_told_with_its_place(as_role, exercise, answers, shape, sentence):
    response = tried(as_role(ROLE.ASSISTANT), exercise, answers, shape)

    assert response.status_code == 422
    assert sentence in text_of(response)
    assert "answers tried" not in text_of(response)


def test_a_file_and_typed_answers_together_are_refused(as_role, exercise):
    file = SimpleUploadedFile("a.txt", b"x")

    answer = tried(as_role(ROLE.ASSISTANT), exercise, "y", "lines", file=file)

    assert "not both" in text_of(answer)


def test_a_file_that_is_no_text_names_the_line(as_role, exercise):
    file = SimpleUploadedFile("a.txt", b"good\n\xff\xfe")

    answer = as_role(ROLE.ASSISTANT).post(url_of(exercise), {"shape": "lines", "file": file})

    assert "Line 2 : This line is not UTF-8" in text_of(answer)


def test_typed_answers_stay_in_the_form(as_role, exercise):
    page = tried(as_role(ROLE.ASSISTANT), exercise, "<b>disk</b>", "lines").content.decode()

    assert "&lt;b&gt;disk&lt;/b&gt;</textarea>" in page
    assert "<b>disk" not in page


def test_what_takes_too_long_is_stopped(as_role, exercise, monkeypatch):
    clock = count()
    monkeypatch.setattr(rubric_trials.time, "thread_time", lambda: float(next(clock)))

    answer = tried(as_role(ROLE.ASSISTANT), exercise, "x\n" * 20, "lines")

    assert answer.status_code == 422
    assert "used after 5 answers; try fewer" in text_of(answer)


def test_nothing_is_stored_and_nothing_is_told(as_role, exercise, spans, lines):
    client = as_role(ROLE.ASSISTANT)
    rows = (Submission, Grade, GradingJob, WorkItem, ReleaseSwitch)
    lines()

    answer = tried(client, exercise, "Wobbegong fills the disk.", "lines")

    assert "Wobbegong" in text_of(answer)
    assert not any(model.objects.exists() for model in rows)
    assert "Wobbegong" not in str(lines())
    assert "Wobbegong" not in str([dict(span.attributes) for span in spans()])


@pytest.mark.parametrize("number", [1, 500])
def test_the_page_takes_the_same_queries_at_any_length(
    as_role, exercise, draft, django_assert_num_queries, number
):
    client = as_role(ROLE.ASSISTANT)

    with django_assert_num_queries(5):
        answer = tried(client, exercise, "The log fills the disk.\n" * number, "lines")

    assert answer.content.decode().count("<article") == number


def test_the_preview_leads_there(as_role, exercise):
    preview = reverse("exercises:preview", args=[exercise.course.slug, exercise.slug])

    page = as_role(ROLE.ASSISTANT).get(preview).content.decode()

    assert url_of(exercise) in page
    assert url_of(exercise, "level") not in page
