"""The rows of a stored database, written by the site's own use cases."""

from datetime import timedelta
from decimal import Decimal

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from exercises import drafting, enrolling, grading, granting, holding, reviewing, tasks
from exercises.form_key import new_key
from exercises.models import Course, Enrolment, Exercise, GradingJob
from exercises.revealing import show_discussion
from exercises.self_marking import mark_self
from exercises.submitting import open_work, submit
from lms.accounts.models import User
from lms.database.tests.make_stored_database import DOUBTFUL, FULL, PASSWORD, POOR, UNREADABLE

COURSE = "backend-operations"
EXERCISE = "log-levels"
# One student per state of a submission: her user name says which.
STUDENTS = ("full", "poor", "doubtful", "reviewed", "asked", "revealed", "queued", "running",
            "retrying", "invalid", "dead", "drafting", "held", "extended")  # fmt: skip


def fill():
    """Make the tables and rows; give what is in them."""
    tasks._Hints.paused_until = float("inf")  # no broker: jobs are graded here
    call_command("migrate", verbosity=0)
    call_command("import_course", f"exercises/content/{COURSE}", verbosity=0)
    people = {name: _person(name) for name in ("instructor", "assistant", *STUDENTS)}
    User.objects.create_superuser("operator", "operator@example.org", PASSWORD)
    items = {name: _item(people[name]) for name in STUDENTS}
    receipts = {}
    for name in STUDENTS[:3]:
        receipts[name] = _graded(items[name], {"full": FULL, "poor": POOR}.get(name, DOUBTFUL))
    receipts |= _by_people(items, people)
    receipts |= _unfinished(items)
    _without_submission(items, people)
    return {
        "version": settings.VERSION,
        "course": COURSE,
        "exercise": EXERCISE,
        "receipts": {name: stored.receipt for name, stored in receipts.items()},
        "states": {name: stored.jobs.get().state for name, stored in receipts.items()},
        "points": {name: _points(item) for name, item in items.items()},
        "rows": {model._meta.label: model.objects.count() for model in apps.get_models()},
    }


def _person(name):
    course = Course.objects.get(slug=COURSE)
    role = name if name in ("instructor", "assistant") else Enrolment.Role.STUDENT
    user = User.objects.create_user(name, f"{name}@example.org", PASSWORD)
    actor = User.objects.filter(username="instructor").first()
    return enrolling.enrol(course=course, user=user, role=role, actor=actor)


def _item(enrolment):
    return open_work(enrolment=enrolment, exercise=Exercise.objects.get(slug=EXERCISE))


def _handed_in(item, answers):
    version = item.exercise.current_version
    return submit(work_item=item, key=new_key(item), version=version, answers=answers)


def _graded(item, answers):
    submission = _handed_in(item, answers)
    grading.grade_job(submission.jobs.get().pk)
    return submission


def _by_people(items, people):
    reviewed = _graded(items["reviewed"], DOUBTFUL)
    head = reviewed.grades.get()
    scores = {"why_info": {"volume": Decimal(1), "leak": Decimal("0.5")}}
    reviewing.review(submission=reviewed, reviewer=people["assistant"].user, scores=scores,
                     feedback="Say who could read them.", head_id=head.pk)  # fmt: skip
    asked = _graded(items["asked"], POOR)
    reviewing.ask_for_review(submission=asked, reason="I meant the disk.")
    revealed = _graded(items["revealed"], POOR)
    item = show_discussion(work_item=items["revealed"])
    revealed.work_item = item
    mark_self(submission=revealed, marks={("why_info", "volume"): Decimal("0.5")})
    practice = _graded(item, FULL)
    return {"reviewed": reviewed, "asked": asked, "revealed": revealed, "practice": practice}


def _unfinished(items):
    running = _handed_in(items["running"], FULL)
    grading.claim(running.jobs.get().pk)
    retrying = _handed_in(items["retrying"], FULL)
    grading.fail(grading.claim(retrying.jobs.get().pk), error_class="RuntimeError")
    dead = _handed_in(items["dead"], FULL)
    for _try in range(settings.GRADING_TRIES):
        GradingJob.objects.filter(submission=dead).update(available_at=timezone.now())
        grading.fail(grading.claim(dead.jobs.get().pk), error_class="RuntimeError")
    return {
        "queued": _handed_in(items["queued"], FULL),
        "running": running,
        "retrying": retrying,
        "invalid": _graded(items["invalid"], UNREADABLE),
        "dead": dead,
    }


def _without_submission(items, people):
    fields = {"level-chosen": ["info"], "why_info-text": ["Because"]}
    version = items["drafting"].exercise.current_version
    drafting.save_draft(work_item=items["drafting"], version=version, fields=fields, revision=0)
    holding.hold(key=new_key(items["held"]), fields=fields, counts_from_receipt=True)
    teacher = people["instructor"].user
    granting.grant_extension(enrolment=people["extended"], extension=timedelta(days=2),
                             reason="Ill for two days.", granter=teacher)  # fmt: skip
    ends = timezone.now() + timedelta(days=3650)
    enrolling.make_code(
        course=people["extended"].course, expires_at=ends, uses_max=5, maker=teacher
    )


def _points(item):
    item.refresh_from_db()
    return None if item.best_points is None else str(item.best_points)
