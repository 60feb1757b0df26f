"""Following a submission: the story, what is missing and why, and who may read it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exercises.models import Enrolment
from exercises.submitting import open_work
from exercises.tests.factories import CourseFactory, EnrolmentFactory, GradeFactory, UserFactory
from exercises.tests.following import Recording, collector_ran, handed_in, ns, stored_before
from lms.observatory.records import Drop
from lms.observatory.store.base import StoreUnavailable
from lms.observatory.store.memory import MemoryStore, shared

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
INSTRUCTOR, ASSISTANT = Enrolment.Role.INSTRUCTOR, Enrolment.Role.ASSISTANT


@pytest.fixture(autouse=True)
def telemetry_on(settings):
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = "http://127.0.0.1:4318"


def url(submission, name="follow"):
    course = submission.work_item.exercise.course
    return reverse(f"exercises:{name}", args=[course.slug, submission.receipt])


def page(submission, user=None, *, name="follow", **query):
    client = Client()
    client.force_login(user or submission.work_item.enrolment.user)
    return client.get(url(submission, name), query)


def text(response):
    return " ".join(response.content.decode().split())


# --- the story ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["follow", "submission"])
def test_the_whole_story_stands_on_the_receipt_and_on_its_own_page(work, name):
    submission = handed_in(work)
    Recording(submission).whole()

    shown = text(page(submission, name=name))

    for word in ("POST hand-in", "INSERT", "COMMIT", "apply_async/exercises.grade", "queue wait",
                 "run/exercises.grade", "grader text", "UPDATE"):  # fmt: skip
        assert word in shown, word
    for event in ("submission.received", "submission.graded"):
        assert f"<b>{event}</b>" in shown
    assert "critical path" in shown
    assert 'role="status"' not in shown.split('id="follow"')[1].split("</section>")[0]


def test_the_shares_add_up_to_the_whole(work):
    submission = handed_in(work)
    Recording(submission).whole()

    story = page(submission).context["follow"].story

    shares = {share.of: share.percent for share in story.shares}
    assert set(shares) == {"waiting", "database", "grading", "site"}
    assert 98 <= sum(shares.values()) <= 102
    assert shares["waiting"] == 44  # 12 to 100 ms of 200: what came before it was not waited for
    assert shares["grading"] == 30  # 60 ms of 200


def test_a_lost_try_is_told_in_words(work):
    submission = handed_in(work, tries=2)
    recording = Recording(submission)
    post = recording.hand_in()
    computed = {"watchers.computed": True}
    recording.span(
        "lost try", 100, 3_000, parent=post, role="worker", status="error",
        attributes=computed | {"watchers.try_number": 1},
    )  # fmt: skip
    recording.span(
        "wait before try 2", 3_100, 400, parent=post, role="worker",
        attributes=computed | {"watchers.try_number": 2},
    )  # fmt: skip
    recording.grading(post, number=2, at=3_500)

    shown = text(page(submission)).replace("\N{NO-BREAK SPACE}", " ")

    assert "Try 1 never reported back." in shown
    assert "After 3.00 s its time was up." in shown
    assert "The next try began 405 ms later." in shown
    assert "Lost tries" in shown


@pytest.mark.parametrize("how", ["late", "failed"])
def test_other_tries_without_a_grade_are_told_too(work, how):
    submission = handed_in(work, tries=2)
    recording = Recording(submission)
    post = recording.hand_in()
    recording.grading(post, number=1)
    recording.grading(post, number=2, at=3_500)
    if how == "late":
        recording.span(
            "lost try", 105, 2_000, parent=post, role="worker", status="error",
            attributes={"watchers.computed": True, "watchers.try_number": 1},
        )  # fmt: skip

    shown = text(page(submission))

    assert {"late": "Try 1 reported back too late.", "failed": "Try 1 failed."}[how] in shown


# --- why something is missing ---------------------------------------------------------------------


def reason(submission, **query):
    missing = page(submission, **query).context["follow"].missing
    return (missing.part.value, missing.reason.value) if missing else None


def test_spans_of_a_moment_ago_are_on_their_way_and_looked_for(work):
    submission = handed_in(work, ago=timedelta(seconds=2))

    response = page(submission)

    assert reason(submission) == ("all", "on_the_way")
    assert "The recording is on its way." in text(response)
    assert 'hx-trigger="load delay:1s"' in text(response)


def test_an_ungraded_answers_recording_goes_on(work):
    submission = handed_in(work, state="running", finished_at=None)
    Recording(submission).hand_in()

    assert reason(submission) == ("grading", "under_way")
    assert "POST hand-in" in text(page(submission))


def test_what_is_older_than_all_that_is_kept_has_expired(work):
    submission = handed_in(work, ago=timedelta(days=40))
    newer = handed_in(work)
    Recording(newer).whole()
    collector_ran(since=timedelta(days=50))

    assert reason(submission) == ("all", "expired")
    assert "The oldest that is kept now is of" in text(page(submission))


@pytest.mark.parametrize("ran", [None, (timedelta(minutes=50), timedelta(0)), (9 * HOUR, 2 * HOUR)])
def test_a_collector_that_did_not_run_then_is_named(work, ran):
    submission = handed_in(work, ago=HOUR)
    stored_before(submission.stored_at)
    if ran:
        collector_ran(since=ran[0], until=ran[1])

    assert reason(submission) == ("all", "not_running")


def test_drops_that_the_store_knows_of_are_named(work):
    submission = handed_in(work)
    stored_before(submission.stored_at)
    collector_ran()
    at = ns(submission.stored_at)
    shared().note_drops([Drop("traces", "full", 7, at - 10**9, at + 10**9)])

    assert reason(submission) == ("all", "dropped")
    assert "7 spans were dropped around that time" in text(page(submission))


def test_drops_that_a_process_tells_of_are_named(work):
    submission = handed_in(work)
    stored_before(submission.stored_at)
    collector_ran()
    Recording(submission).line(
        "telemetry.dropped", 60_000, signal="traces", reason="export_failed", count=1
    )

    assert reason(submission) == ("all", "dropped")
    assert "1 span was dropped around that time" in text(page(submission))


@pytest.mark.parametrize(
    "elsewhere",
    [Drop("logs", "full", 7, 0, 2**62), Drop("traces", "full", 7, 0, 10**18)],
    ids=["of lines", "long before"],
)
def test_when_nothing_explains_it_the_page_says_that_we_do_not_know(work, elsewhere):
    submission = handed_in(work)
    stored_before(submission.stored_at)
    collector_ran()
    shared().note_drops([elsewhere])

    assert reason(submission) == ("all", "unknown")
    assert "We do not know why" in text(page(submission))


@pytest.mark.parametrize("off", [{"OTEL_SDK_DISABLED": True}, {"OTEL_EXPORTER_OTLP_ENDPOINT": ""}])
@pytest.mark.parametrize("ago", [timedelta(seconds=1), HOUR])
def test_telemetry_that_is_switched_off_is_named_and_not_waited_for(work, settings, off, ago):
    for name, value in off.items():
        setattr(settings, name, value)
    submission = handed_in(work, ago=ago)
    stored_before(submission.stored_at)
    collector_ran()

    assert reason(submission) == ("all", "switched_off")
    assert "hx-get" not in text(page(submission))


def test_an_answer_that_came_in_untraced_is_said_to_be_so(work):
    submission = handed_in(work, ago=timedelta(seconds=1), trace_id="")

    assert reason(submission) == ("all", "untraced")
    assert "telemetry was switched off" in text(page(submission))


def test_a_store_that_cannot_be_read_costs_the_receipt_nothing(work, monkeypatch):
    def fail(*_args):
        raise StoreUnavailable("gone")

    monkeypatch.setattr(MemoryStore, "trace", fail)
    submission = handed_in(work)

    response = page(submission, name="submission")

    assert response.status_code == 200
    assert "The store of recordings cannot be read now." in text(response)


def test_a_hand_in_without_its_grading_says_what_is_missing(work):
    submission = handed_in(work)
    stored_before(submission.stored_at)
    Recording(submission).hand_in()
    collector_ran(until=timedelta(minutes=90))

    assert reason(submission) == ("grading", "not_running")
    assert "The recording of the grading is missing." in text(page(submission))
    assert "INSERT" in text(page(submission))


def test_a_grading_without_its_hand_in_says_what_is_missing(work):
    submission = handed_in(work)
    stored_before(submission.stored_at)
    Recording(submission).grading("0" * 15 + "9")
    collector_ran()

    assert reason(submission) == ("hand_in", "unknown")
    assert "The recording of the hand-in itself is missing." in text(page(submission))
    assert "grader text" in text(page(submission))


def test_the_try_that_ended_the_job_is_the_one_that_must_be_there(work):
    submission = handed_in(work, tries=2)
    stored_before(submission.stored_at)
    recording = Recording(submission)
    recording.grading(recording.hand_in(), number=1)
    collector_ran()

    assert reason(submission) == ("grading", "unknown")


# --- looking again --------------------------------------------------------------------------------


def test_a_look_that_finds_nothing_new_gives_the_next_look_alone(work):
    submission = handed_in(work, ago=timedelta(seconds=2))
    seen = page(submission).context["follow"].seen

    shown = text(page(submission, name="follow_state", seen=seen, looks="3"))

    assert 'id="follow-look"' in shown
    assert "looks=4" in shown
    assert 'id="follow"' not in shown


def test_a_look_that_finds_the_spans_puts_the_story_in_its_place(work):
    submission = handed_in(work, ago=timedelta(seconds=9))
    seen = page(submission).context["follow"].seen
    Recording(submission).whole()

    shown = text(page(submission, name="follow_state", seen=seen, looks="3"))

    assert 'id="follow"' in shown
    assert 'hx-swap-oob="true"' in shown
    assert "hx-get" not in shown


@pytest.mark.parametrize("looks", ["12", "99", "-1", "", "²", "1e3"])
def test_looking_ends_and_says_so(work, looks):
    submission = handed_in(work, ago=timedelta(seconds=2))

    shown = text(page(submission, name="follow_state", seen="anything", looks=looks))

    assert "hx-get" not in shown
    assert "This page has stopped looking." in shown


def test_a_signed_out_page_is_told_so_in_its_place(work):
    submission = handed_in(work)

    response = Client().get(url(submission, "follow_state"))

    assert response.status_code == 200
    assert "INSERT" not in text(response)


# --- who may read it ------------------------------------------------------------------------------


@pytest.fixture
def recorded(work):
    submission = handed_in(work)
    Recording(submission).whole()
    return submission


@pytest.mark.parametrize("name", ["follow", "follow_state"])
@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("the student", 200), ("another student", 404), ("a student elsewhere", 404),
        ("an assistant", 403), ("an instructor", 200), ("an instructor elsewhere", 404),
        ("an operator", 200),
    ],
)  # fmt: skip
def test_who_may_follow_a_submission(recorded, work, name, who, status):
    course = work.exercise.course
    user = {
        "the student": lambda: work.enrolment.user,
        "another student": lambda: EnrolmentFactory(course=course).user,
        "a student elsewhere": lambda: EnrolmentFactory().user,
        "an assistant": lambda: EnrolmentFactory(course=course, role=ASSISTANT).user,
        "an instructor": lambda: EnrolmentFactory(course=course, role=INSTRUCTOR).user,
        "an instructor elsewhere": lambda: (
            EnrolmentFactory(course=CourseFactory(), role=INSTRUCTOR).user
        ),
        "an operator": lambda: UserFactory(is_superuser=True),
    }[who]()

    response = page(recorded, user, name=name, seen="nothing", looks="0")

    assert response.status_code == status
    assert ("grader text" in text(response)) is (status == 200)


@pytest.mark.parametrize("name", ["follow", "submission"])
def test_nobody_follows_without_signing_in(recorded, name):
    response = Client().get(url(recorded, name))

    assert response.status_code == 302
    assert "sign-in" in response["Location"]


def test_an_instructor_finds_no_submission_under_another_courses_address(recorded):
    teaches = EnrolmentFactory(role=INSTRUCTOR)
    address = reverse("exercises:follow", args=[teaches.course.slug, recorded.receipt])
    client = Client()
    client.force_login(teaches.user)

    assert client.get(address).status_code == 404


def test_a_trace_of_another_person_under_her_submission_is_not_shown_to_her(work):
    submission = handed_in(work)
    stored_before(submission.stored_at)
    Recording(submission, owner="0123456789ab").whole()
    collector_ran()

    assert reason(submission) == ("all", "unknown")


def test_her_own_page_reads_as_its_owner_even_if_she_teaches_elsewhere(work):
    """A trace that is nobody's is an instructor's to see, but not as hers on this page."""
    EnrolmentFactory(user=work.enrolment.user, role=INSTRUCTOR)
    submission = handed_in(work)
    stored_before(submission.stored_at)
    Recording(submission, owner="", course="").whole()
    collector_ran()

    assert reason(submission) == ("all", "unknown")


def test_the_instructors_page_names_nobody(recorded, work):
    work.enrolment.user.username = "Wobbegong"
    work.enrolment.user.save()
    instructor = EnrolmentFactory(course=work.exercise.course, role=INSTRUCTOR).user

    shown = text(page(recorded, instructor))

    assert "Follow the submission" in shown
    assert "Wobbegong" not in shown


@pytest.mark.parametrize("more", [0, 40])
def test_reading_costs_the_same_however_much_is_recorded(
    recorded, work, django_assert_num_queries, more
):
    client = Client()
    client.force_login(work.enrolment.user)
    for _ in range(more):
        Recording(recorded).span("SELECT", 6, 1, parent="0000000000000001")
        handed_in(open_work(enrolment=EnrolmentFactory(course=work.exercise.course),
                            exercise=work.exercise))  # fmt: skip

    with django_assert_num_queries(6):
        client.get(url(recorded))


def test_a_held_exercises_page_tells_no_score(work):
    work.exercise.release = "close"
    work.exercise.due_at = timezone.now() + timedelta(days=1)
    work.exercise.save()
    submission = handed_in(open_work(enrolment=work.enrolment, exercise=work.exercise))
    GradeFactory(submission=submission, points="1.37", possible="2.00", released=False)
    Recording(submission).whole()

    for name in ("follow", "submission"):
        shown = text(page(submission, name=name))
        assert "grader text" in shown
        assert "1.37" not in shown
        assert "rovisional" not in shown


@pytest.mark.parametrize(("role", "shown"), [(INSTRUCTOR, True), (ASSISTANT, False)])
def test_the_review_page_leads_an_instructor_to_the_recording(recorded, work, role, shown):
    GradeFactory(submission=recorded)
    reviewer = EnrolmentFactory(course=work.exercise.course, role=role).user

    response = page(recorded, reviewer, name="review")

    assert response.status_code == 200
    assert (url(recorded) in text(response)) is shown
