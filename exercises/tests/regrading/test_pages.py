"""The regrade pages from outside: who may, what they show, what each button does."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exercises.models import AuditEvent, Enrolment, Grade, RegradeBatch, RegradeRow, WorkItem
from exercises.submitting import open_work
from exercises.tests.factories import EnrolmentFactory, ExerciseFactory, UserFactory
from exercises.tests.fake_kind import fake_content
from exercises.tests.regrading.steps import (
    applied,
    begin,
    by_person,
    new_version,
    previewed,
    undone,
    work_off,
)

ROLE, State = Enrolment.Role, RegradeBatch.State
PAGES = ["regrades", "new_regrade", "regrade", "regrade_state", "regrade_csv"]
ORDERS = ["apply_regrade", "cancel_regrade", "undo_regrade"]
FORM = {"what": "graders", "version": "", "part": "", "reason": "rule was wrong"}


@pytest.fixture
def course(work):
    return work.exercise.course


@pytest.fixture
def sign_in(client, course):
    """Sign in somebody of that role; gives the client."""

    def _sign_in(role):
        if role == "operator":
            client.force_login(UserFactory(is_superuser=True))
        elif role.startswith("other "):
            client.force_login(EnrolmentFactory(role=role.removeprefix("other ")).user)
        elif role != "anonymous":
            client.force_login(EnrolmentFactory(course=course, role=role).user)
        return client

    return _sign_in


@pytest.fixture
def teacher(sign_in):
    return sign_in(ROLE.INSTRUCTOR)


@pytest.fixture
def ready(work, graded):
    """A batch whose preview raises one answer and keeps another one's reasons."""
    graded("wrong", "half")
    return previewed(work.exercise, version=new_version(work.exercise))


def url(name, course, *args):
    return reverse(f"exercises:{name}", args=[course.slug, *args])


def _at(name, course, batch):
    return url(name, course, *([] if name in ("regrades", "new_regrade") else [batch.pk]))


def _new(course, exercise):
    return f"{url('new_regrade', course)}?exercise={exercise.slug}"


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("anonymous", 302), ("student", 403), ("assistant", 403), ("instructor", 200),
        ("operator", 200), ("other instructor", 404), ("other student", 404),
    ],
)  # fmt: skip
def test_who_may_open_a_regrade_page(sign_in, course, ready, role, status, name):
    assert sign_in(role).get(_at(name, course, ready)).status_code == status


@pytest.mark.parametrize("name", [*ORDERS, "new_regrade"])
@pytest.mark.parametrize(
    ("role", "status"),
    [("student", 403), ("assistant", 403), ("other instructor", 404), ("anonymous", 302)],
)
def test_others_order_nothing(sign_in, work, course, ready, role, status, name):
    address = _new(course, work.exercise) if name == "new_regrade" else _at(name, course, ready)

    assert sign_in(role).post(address, FORM).status_code == status
    ready.refresh_from_db()
    assert (ready.state, RegradeBatch.objects.count()) == (State.READY, 1)


def test_a_regrade_of_another_course_is_not_there(teacher, course):
    other = begin(ExerciseFactory(content=fake_content()))

    assert teacher.get(url("regrade", course, other.pk)).status_code == 404
    assert teacher.post(url("apply_regrade", course, other.pk)).status_code == 404


@pytest.mark.parametrize("name", ORDERS)
def test_orders_are_posts(teacher, course, ready, name):
    assert teacher.get(_at(name, course, ready)).status_code == 405


def test_an_instructor_begins_a_preview(teacher, work, course, graded):
    graded("wrong")
    version = new_version(work.exercise)

    response = teacher.post(_new(course, work.exercise), FORM | {"version": str(version.pk)})

    batch = RegradeBatch.objects.get()
    assert response["Location"] == url("regrade", course, batch.pk)
    assert (batch.version, batch.never_lower, batch.total) == (version, False, 1)
    assert AuditEvent.objects.get().action == "regrade.started"


def test_every_condition_of_the_form_reaches_the_batch(teacher, work, course, graded):
    graded("wrong")
    person = work.enrolment
    told = FORM | {
        "standings": ["final", "person"], "pseudonym": person.pseudonym.lower(), "part": "w1",
        "received_from": "2026-11-01T08:00", "received_until": "2026-11-29T23:59",
        "grader": "fake 1", "never_lower": "on",
    }  # fmt: skip

    teacher.post(_new(course, work.exercise), told)

    batch = RegradeBatch.objects.get()
    assert (batch.standings, batch.enrolment, batch.part) == (["final", "person"], person, "w1")
    assert f"{batch.received_from:%H:%M}" == "06:00"
    assert f"{batch.received_until:%H:%M:%S}" == "21:59:59"
    assert (batch.grader, batch.never_lower) == ("fake 1", True)


def test_a_policy_batch_needs_neither_version_nor_part(teacher, work, course):
    version = work.exercise.current_version

    teacher.post(_new(course, work.exercise), FORM | {
        "what": "policy", "version": str(version.pk), "part": "w1"})  # fmt: skip

    batch = RegradeBatch.objects.get()
    assert (batch.what, batch.version, batch.part) == ("policy", None, "")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"reason": ""}, "Write the reason"),
        ({"what": ""}, "Choose what is done again."),
        ({"pseudonym": "nobody"}, "Nobody in this course has that pseudonym."),
        ({"version": "999"}, "Choose one of the list."),
        ({"received_from": "tomorrow"}, "is no local time"),
        ({"received_from": "2026-11-29T23:59", "received_until": "2026-11-01T08:00"},
         "This is before the time from which you look."),
    ],
)  # fmt: skip
def test_a_wrong_field_says_what_to_do(teacher, work, course, wrong, sentence):
    response = teacher.post(_new(course, work.exercise), FORM | wrong)

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not RegradeBatch.objects.exists()


def test_a_second_active_regrade_is_refused_with_a_sentence(teacher, work, course, ready):
    response = teacher.post(_new(course, work.exercise), FORM)

    assert response.status_code == 422
    assert "Apply or cancel that one first." in response.content.decode()


def test_the_preview_shows_pseudonyms_old_new_and_sums(teacher, work, course, ready):
    page = teacher.get(url("regrade", course, ready.pk)).content.decode()

    assert work.enrolment.pseudonym in page
    assert work.enrolment.user.username not in page
    assert "+3" in page
    assert "Apply to 1 answer" in page


def test_where_people_graded_all_the_button_says_what_it_lays_beside(teacher, work, course, graded):
    (submission,) = graded("wrong")
    by_person(submission, "0.5")
    batch = previewed(work.exercise, version=new_version(work.exercise))

    page = teacher.get(url("regrade", course, batch.pk)).content.decode()

    assert "Lay 1 proposal beside a grade" in page
    assert "Apply to" not in page


def test_the_outcome_in_the_address_filters_the_rows(teacher, course, ready):
    address = url("regrade", course, ready.pk)
    found = {
        outcome: teacher.get(f"{address}?outcome={outcome}").context["page"].paginator.count
        for outcome in ("", "raised", "lowered", "same", "not_undone")
    }

    assert found == {"": 2, "raised": 1, "lowered": 0, "same": 1, "not_undone": 0}


def test_applying_and_undoing_by_the_buttons(teacher, work, course, ready):
    teacher.post(url("apply_regrade", course, ready.pk))
    work_off(ready)
    assert "Take 1 grade back" in teacher.get(url("regrade", course, ready.pk)).content.decode()
    teacher.post(url("undo_regrade", course, ready.pk))
    batch = work_off(ready)

    assert batch.state == State.UNDONE
    actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert {"regrade.applied", "regrade.undone"} <= actions


def test_a_refused_order_says_why(teacher, course, ready):
    teacher.post(url("cancel_regrade", course, ready.pk))

    response = teacher.post(url("apply_regrade", course, ready.pk), follow=True)

    assert "not ready to be applied" in response.content.decode()


def test_what_undo_left_alone_is_listed(teacher, work, course, graded):
    (wrong,) = graded("wrong")
    batch = applied(previewed(work.exercise, version=new_version(work.exercise)))
    by_person(wrong, "0.5")
    undone(batch)

    page = teacher.get(f"{url('regrade', course, batch.pk)}?outcome=not_undone").content.decode()

    assert "It was graded otherwise in the meantime" in page


def test_the_progress_of_a_working_batch_is_polled_and_reloads_at_its_end(
    teacher, work, course, graded
):
    graded("wrong")
    batch = begin(work.exercise)
    state = url("regrade_state", course, batch.pk) + "?seen=previewing"
    assert "0 of 1" in teacher.get(state).content.decode()
    work_off(batch)

    assert teacher.get(state)["HX-Refresh"] == "true"


def test_a_page_loads_no_script_once_nothing_moves(teacher, course, ready):
    assert "htmx" not in teacher.get(url("regrade", course, ready.pk)).content.decode().split(
        "</head>")[0].replace("htmx-config", "")  # fmt: skip


def _more_rows(work, graded, count):
    for _ in range(count):
        person = EnrolmentFactory(course=work.exercise.course)
        graded("wrong", item=open_work(enrolment=person, exercise=work.exercise))


def _queries(client, address):
    with CaptureQueriesContext(connection) as ran:
        assert client.get(address).status_code == 200
    return len(ran)


def test_the_preview_asks_as_much_for_one_row_as_for_three(teacher, work, course, graded):
    counts = []
    for more in (1, 2):
        _more_rows(work, graded, more)
        batch = previewed(work.exercise)
        counts.append(_queries(teacher, url("regrade", course, batch.pk)))
        RegradeBatch.objects.update(state=State.CANCELLED)

    assert counts[0] == counts[1] <= 9


def test_the_list_asks_as_much_for_one_regrade_as_for_three(teacher, work, course):
    counts = []
    for more in (1, 2):
        for _ in range(more):
            begin(work.exercise, enrolment=work.enrolment)
            RegradeBatch.objects.update(state=State.CANCELLED)
        counts.append(_queries(teacher, url("regrades", course)))

    assert counts[0] == counts[1] <= 6


def test_the_csv_streams_all_rows_without_names(teacher, work, course, ready):
    response = teacher.get(url("regrade_csv", course, ready.pk))

    lines = b"".join(response.streaming_content).decode().splitlines()
    assert response.streaming
    assert len(lines) == 3
    assert "0.00,3.00,3.00,Raised" in "\n".join(lines)
    assert work.enrolment.user.username not in "\n".join(lines)


def test_the_top_bar_offers_regrading_to_instructors_alone(sign_in, course):
    page = sign_in(ROLE.INSTRUCTOR).get(url("course", course)).content.decode()
    assert url("regrades", course) in page

    page = sign_in(ROLE.ASSISTANT).get(url("course", course)).content.decode()
    assert url("regrades", course) not in page


@pytest.fixture
def her_page(client, work):
    """Give what the student reads about a submission."""

    def _her_page(submission):
        client.force_login(work.enrolment.user)
        address = url("submission", work.exercise.course, submission.receipt)
        return client.get(address).content.decode()

    return _her_page


def test_a_student_reads_when_and_why_her_grade_changed(work, graded, her_page):
    (submission,) = graded("wrong")
    applied(previewed(work.exercise, version=new_version(work.exercise), reason="<b>typo</b>"))

    page = her_page(submission)

    assert "Graded again on" in page
    assert "&lt;b&gt;typo&lt;/b&gt;" in page


def test_a_student_reads_that_a_regrade_was_taken_back(work, graded, her_page):
    (submission,) = graded("wrong")
    undone(applied(previewed(work.exercise, version=new_version(work.exercise), reason="typo")))

    page = her_page(submission)

    assert "a later one was taken back" in page
    assert "typo" not in page


def test_a_student_sees_nothing_of_a_preview(work, graded, her_page):
    (submission,) = graded("wrong")
    before = her_page(submission)
    batch = previewed(work.exercise, version=work.exercise.current_version)

    assert batch.rows.count() == 1
    assert "Graded again" not in before + her_page(submission)


def test_a_late_answer_shows_the_fraction_that_now_holds(work, graded, her_page):
    (submission,) = graded("right")
    head = Grade.objects.get()
    batch = begin(work.exercise, what="policy")
    grade = Grade.objects.create(
        submission=submission, version=head.version, source="policy", batch=batch,
        items=head.items, points=2, possible=2, released=True, kept_fraction="0.25",
        supersedes=head, created_at=head.created_at,
    )  # fmt: skip
    RegradeRow.objects.create(
        batch=batch, submission=submission, base=head, outcome="lowered", points=2, possible=2,
        released=True, kept_fraction="0.25", handled_at=head.created_at, written=grade,
    )  # fmt: skip
    WorkItem.objects.update(official_grade=grade, best_points="0.75")

    assert "25\N{NO-BREAK SPACE}% of the points are kept" in her_page(submission)
