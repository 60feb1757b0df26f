"""Databases of earlier versions migrate, and everything in them still reads."""

import pytest
from django.apps import apps
from django.core.management import call_command, get_commands
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from exercises.grading import grade_job
from exercises.models import Course, Draft, Grade, GradingJob, Submission, WorkItem
from lms.database.tests import stored_copies
from lms.database.tests.make_stored_database import KEYS, PASSWORD, STORED

VERSIONS = sorted(path.stem for path in STORED.glob("*.json"))
ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
FROZEN = ("exerciseversion", "submission", "grade", "auditevent")


@pytest.fixture(scope="module", params=VERSIONS)
def version(request):
    return request.param


@pytest.fixture(scope="module", params=ENGINES)
def engine(request):
    return request.param


@pytest.fixture(scope="module")
def about(version, engine):
    return stored_copies.about(version, engine)


@pytest.fixture(scope="module")
def migrated(version, engine, tmp_path_factory, django_db_blocker):
    """The address of a migrated copy. Its triggers were lost before, as in a table's rebuild."""
    url = stored_copies.lay_out(version, engine, tmp_path_factory.mktemp("stored") / "data")
    with django_db_blocker.unblock(), stored_copies.site_on(url) as database:
        with database.cursor() as cursor:
            for name in FROZEN:
                table = f"exercises_{name}"
                on = f" ON {table}" if engine == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER {table}_frozen{on}")
        call_command("migrate", verbosity=0)
    return url


@pytest.fixture
def site(migrated, settings, django_db_blocker):
    for name, key in KEYS.items():
        setattr(settings, name, key)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    with django_db_blocker.unblock(), stored_copies.site_on(migrated):
        yield


def _signed_in(name):
    client = Client()
    reply = client.post(reverse("accounts:sign_in"), {"name": name, "password": PASSWORD})
    assert reply.status_code == 302
    return client


def _page(client, name, *arguments):
    reply = client.get(reverse(f"exercises:{name}", args=arguments))
    assert reply.status_code == 200
    return reply.content.decode()


def test_there_is_a_stored_database_to_upgrade():
    assert VERSIONS


def test_every_row_is_still_there(site, about):
    made_by_django = {"auth.Permission", "contenttypes.ContentType"}  # one for each new table
    made_by_signing_in = {"accounts.Throttle", "sessions.Session"}  # other tests here do
    now = {label: apps.get_model(label).objects.count() for label in about["rows"]}

    assert {
        label for label, count in about["rows"].items() if now[label] != count
    } <= made_by_django | made_by_signing_in


def test_the_migrated_tables_are_the_models_own(site):
    # Fails too when a migration was edited in place: then the stored files are to be made again.
    with connection.cursor() as cursor:
        for model in apps.get_models():
            described = connection.introspection.get_table_description(cursor, model._meta.db_table)
            columns = {field.column for field in model._meta.local_concrete_fields}
            assert {column.name for column in described} == columns, model._meta.db_table


def test_every_row_still_reads(site, about):
    for label in about["rows"]:
        for row in apps.get_model(label).objects.all():
            assert str(row)
    assert {v.pk for v in Course.objects.get().exercises.all() if v.current_version.specification}


def test_states_and_points_are_what_they_were(site, about):
    jobs = GradingJob.objects.select_related("submission")
    states = {job.submission.receipt: job.state for job in jobs}
    points = {
        item.enrolment.user.username: item.best_points and str(item.best_points)
        for item in WorkItem.objects.select_related("enrolment__user")
    }

    assert {name: states[receipt] for name, receipt in about["receipts"].items()} == about["states"]
    assert points == about["points"]


@pytest.mark.parametrize("name", ["full", "poor", "doubtful", "reviewed", "asked", "revealed",
                                  "queued", "running", "retrying", "invalid", "dead"])  # fmt: skip
def test_a_student_signs_in_and_reads_her_submission(site, about, name):
    receipt = about["receipts"][name]

    page = _page(_signed_in(name), "submission", about["course"], receipt)

    assert receipt in page


def test_a_student_finds_her_draft(site, about):
    page = _page(_signed_in("drafting"), "exercise", about["course"], about["exercise"])

    assert Draft.objects.get().fields["why_info-text"][0] in page


@pytest.mark.parametrize("page", ["course", "review_queue", "people", "grades"])
def test_an_instructors_pages_open(site, about, page):
    assert "Backend" in _page(_signed_in("instructor"), page, about["course"])


def test_what_waited_for_a_person_still_waits(site, about):
    page = _page(_signed_in("assistant"), "review_queue", about["course"])

    assert about["receipts"]["asked"] in page
    assert about["receipts"]["dead"] in page


@pytest.mark.parametrize("name", FROZEN)
def test_the_triggers_are_back(site, name):
    table = f"exercises_{name}"

    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET id = id")


def test_a_queued_job_is_graded(site, about):
    submission = Submission.objects.get(receipt=about["receipts"]["queued"])

    with transaction.atomic():
        outcome = grade_job(submission.jobs.get().pk)
        grades = Grade.objects.filter(submission=submission).count()
        transaction.set_rollback(True)

    assert (outcome, grades) == ("graded", 1)


def test_verify_finds_nothing(site):
    if "verify" not in get_commands():
        pytest.skip("there is no verify command yet")
    call_command("verify")
