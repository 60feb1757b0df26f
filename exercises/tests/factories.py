"""The smallest valid rows. A test states only what it cares about."""

from datetime import timedelta
from decimal import Decimal

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from exercises.models import (
    Course,
    Draft,
    Enrolment,
    Exercise,
    ExerciseVersion,
    Grade,
    GradingJob,
    InvitationCode,
    Module,
    ReleaseAudit,
    ReleaseSwitch,
    Submission,
    WorkItem,
)
from exercises.models.exercise import digest
from exercises.models.policy import Policy
from exercises.models.submission import new_receipt
from lms.accounts.models import User

PASSWORD = "correct horse battery"


def choice_part(slug="level", points="1.00"):
    """Give a part of kind choice: three options, `debug` is right."""
    return {
        "slug": slug,
        "kind": "choice",
        "title": "Which level fits?",
        "prompt": "Choose the level for **raw** login data.",
        "points": points,
        "spec": {
            "options": [
                {"id": "debug", "label": "DEBUG", "right": True, "feedback": "Off by default."},
                {"id": "info", "label": "INFO", "feedback": "INFO is always on."},
                {"id": "error", "label": "ERROR", "feedback": "Nothing failed."},
            ]
        },
        "samples": [],
    }


def content(
    *, title="The log level strategy", parts=None, discussion="Back at INFO you keep less."
):
    """Give the content of a version with one choice part, or the given parts."""
    return {
        "title": title,
        "summary": "Pick a level.",
        "statement": "A login service writes one event for each attempt.",
        "parts": parts or [choice_part()],
        "discussion": discussion,
    }


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.org")
    is_active = True


class CourseFactory(DjangoModelFactory):
    class Meta:
        model = Course

    slug = factory.Sequence(lambda n: f"course-{n}")
    title = "Backend Operations"
    zone = "Europe/Riga"


class ModuleFactory(DjangoModelFactory):
    class Meta:
        model = Module

    course = factory.SubFactory(CourseFactory)
    slug = factory.Sequence(lambda n: f"module-{n}")
    title = "Watching the watchers"
    position = factory.Sequence(lambda n: n + 1)


class EnrolmentFactory(DjangoModelFactory):
    class Meta:
        model = Enrolment

    course = factory.SubFactory(CourseFactory)
    user = factory.SubFactory(UserFactory)
    role = Enrolment.Role.STUDENT
    pseudonym = factory.Sequence(lambda n: f"Heron {n:02}")


class InvitationCodeFactory(DjangoModelFactory):
    class Meta:
        model = InvitationCode

    course = factory.SubFactory(CourseFactory)
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=30))


class ExerciseFactory(DjangoModelFactory):
    """An open exercise worth 3 points with version 1 published; `content` replaces what it says."""

    class Meta:
        model = Exercise
        skip_postgeneration_save = True

    module = factory.SubFactory(ModuleFactory)
    course = factory.LazyAttribute(lambda exercise: exercise.module.course)
    slug = factory.Sequence(lambda n: f"exercise-{n}")
    position = factory.Sequence(lambda n: n + 1)
    points = Decimal("3.00")
    attempts = 3

    @factory.post_generation
    def content(self, create, extracted, **kwargs):
        self.current_version = VersionFactory(exercise=self, content=extracted or content())
        self.save(update_fields=["current_version"])


class VersionFactory(DjangoModelFactory):
    """A published version; it does not become the exercise's current one by itself."""

    class Meta:
        model = ExerciseVersion

    exercise = factory.SubFactory(ExerciseFactory)
    number = factory.LazyAttribute(lambda version: version.exercise.versions.count() + 1)
    content = factory.LazyFunction(content)
    title = factory.LazyAttribute(lambda version: version.content["title"])
    summary = factory.LazyAttribute(lambda version: version.content["summary"])
    sha256 = factory.LazyAttribute(lambda version: digest(version.content))
    published_at = factory.LazyFunction(timezone.now)


class WorkItemFactory(DjangoModelFactory):
    class Meta:
        model = WorkItem

    exercise = factory.SubFactory(ExerciseFactory)
    enrolment = factory.LazyAttribute(lambda item: EnrolmentFactory(course=item.exercise.course))
    attempts_max = factory.LazyAttribute(lambda item: item.exercise.attempts)


class DraftFactory(DjangoModelFactory):
    class Meta:
        model = Draft

    work_item = factory.SubFactory(WorkItemFactory)
    version = factory.LazyAttribute(lambda draft: draft.work_item.exercise.current_version)
    fields = factory.LazyFunction(lambda: {"level-chosen": ["info"]})
    revision = 1
    updated_at = factory.LazyFunction(timezone.now)


class SubmissionFactory(DjangoModelFactory):
    """A counted submission of the right answer; its work item's attempts_used is raised with it."""

    class Meta:
        model = Submission

    work_item = factory.SubFactory(WorkItemFactory)
    version = factory.LazyAttribute(lambda s: s.work_item.exercise.current_version)
    receipt = factory.LazyFunction(new_receipt)
    counted = True
    number = factory.LazyAttribute(lambda s: s.work_item.attempts_used + 1 if s.counted else None)
    key = factory.Sequence(lambda n: f"key-{n}")
    answers = factory.LazyFunction(lambda: {"level": {"chosen": ["debug"]}})
    answers_hash = "ab" * 32
    received_at = factory.LazyFunction(timezone.now)
    stored_at = factory.SelfAttribute("received_at")
    policy = factory.LazyAttribute(
        lambda s: Policy.for_enrolment(s.work_item.exercise, s.work_item.enrolment, None).snapshot()
    )

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        submission = super()._create(model_class, *args, **kwargs)
        if submission.counted:
            submission.work_item.attempts_used += 1
            submission.work_item.save(update_fields=["attempts_used"])
        return submission


class GradingJobFactory(DjangoModelFactory):
    class Meta:
        model = GradingJob

    submission = factory.SubFactory(SubmissionFactory)
    created_at = factory.LazyFunction(timezone.now)
    available_at = factory.SelfAttribute("created_at")


def grade_item(*, part="level", score=1.0, points="1.00", possible="1.00", certain=True, **more):
    """Give one entry of Grade.items with one criterion."""
    return {
        "part": part,
        "points": points,
        "possible": possible,
        "score": score,
        "certain": certain,
        "flags": [],
        "feedback": "",
        "criteria": [
            {
                "id": "choice", "score": score, "points": points, "possible": possible,
                "feedback": "Off by default.", "misconception": "", "quotes": [],
            }
        ],
    } | more  # fmt: skip


class GradeFactory(DjangoModelFactory):
    """A released machine grade with full points; official on its work item when `official=True`."""

    class Meta:
        model = Grade

    submission = factory.SubFactory(SubmissionFactory)
    version = factory.SelfAttribute("submission.version")
    source = Grade.Source.AUTO
    items = factory.LazyFunction(lambda: [grade_item()])
    points = Decimal("1.00")
    possible = Decimal("1.00")
    released = True
    created_at = factory.LazyFunction(timezone.now)

    @classmethod
    def _create(cls, model_class, *args, official=False, **kwargs):
        grade = super()._create(model_class, *args, **kwargs)
        if official:
            item = grade.submission.work_item
            item.official_grade = grade
            item.best_points = item.exercise.points * grade.points / grade.possible
            item.save(update_fields=["official_grade", "best_points"])
        return grade


class ReleaseSwitchFactory(DjangoModelFactory):
    """The switch of the first part of an exercise's current version."""

    class Meta:
        model = ReleaseSwitch

    class Params:
        of = factory.LazyAttribute(
            lambda switch: switch.exercise.current_version.specification.parts[0]
        )

    exercise = factory.SubFactory(ExerciseFactory)
    part = factory.LazyAttribute(lambda switch: switch.of.slug)
    kind_version = factory.LazyAttribute(lambda switch: switch.of.kind.version)
    content_hash = factory.LazyAttribute(lambda switch: switch.of.content_hash)
    evidence_since = factory.LazyFunction(lambda: timezone.now() - timedelta(days=1))


class ReleaseAuditFactory(DjangoModelFactory):
    """A blind look that waits; decided when `agrees` is given."""

    class Meta:
        model = ReleaseAudit

    switch = factory.SubFactory(ReleaseSwitchFactory)
    grade = factory.LazyAttribute(
        lambda audit: GradeFactory(submission__work_item__exercise=audit.switch.exercise)
    )
    part = factory.SelfAttribute("switch.part")
    drawn_at = factory.LazyFunction(timezone.now)
    decided_at = factory.LazyAttribute(
        lambda audit: None if audit.agrees is None else timezone.now()
    )
    agrees = None
