"""The states of a submission that is followed through the site."""

from datetime import timedelta

from exercises.submitting import open_work
from exercises.tests.browser.states import state
from exercises.tests.factories import EnrolmentFactory, GradeFactory
from exercises.tests.following import Recording, handed_in, stored_before

FOLLOW = "exercises:follow"
COMPUTED = {"watchers.computed": True}


def _class_of(exercise, *seconds):
    """Let as many other people hand in, their verdicts taking so long."""
    for each in seconds:
        item = open_work(enrolment=EnrolmentFactory(course=exercise.course), exercise=exercise)
        handed_in(item, took=timedelta(seconds=each))


def _followed(scene, slug, **job):
    submission = handed_in(scene.work(scene.exercise(slug)), **job)
    GradeFactory(submission=submission)
    return submission


def _with_a_lost_try(scene, slug):
    submission = _followed(scene, slug, tries=2, took=timedelta(seconds=3.7))
    _class_of(submission.work_item.exercise, 0.3, 0.4, 0.4, 0.7, 0.8, 1.5, 1.6, 3.1)
    recording = Recording(submission)
    post = recording.hand_in()
    recording.span("queue wait", 12, 88, parent=post, role="worker", attributes=COMPUTED)
    for at in range(12, 28):
        recording.span("SELECT", at, 1, parent=post, attributes={"db.system.name": "sqlite"})
    recording.span(
        "lost try", 100, 3_000, parent=post, role="worker", status="error",
        attributes=COMPUTED | {"watchers.try_number": 1},
    )  # fmt: skip
    recording.span(
        "wait before try 2", 3_100, 400, parent=post, role="worker",
        attributes=COMPUTED | {"watchers.try_number": 2},
    )  # fmt: skip
    recording.grading(post, number=2, at=3_500)
    return submission


@state("exercises:submission")
def receipt_with_its_story(scene):
    submission = _followed(scene, "followed")
    Recording(submission).whole()
    return scene.url("submission", submission.receipt)


@state(FOLLOW)
def followed_with_a_lost_try(scene):
    return scene.url("follow", _with_a_lost_try(scene, "lost-try").receipt)


@state(FOLLOW)
def followed_without_a_recording(scene):
    submission = _followed(scene, "expired", ago=timedelta(days=40))
    Recording(_followed(scene, "kept")).whole()
    return scene.url("follow", submission.receipt)


@state(FOLLOW)
def followed_without_its_grading(scene):
    submission = _followed(scene, "half")
    stored_before(submission.stored_at)
    Recording(submission).hand_in()
    return scene.url("follow", submission.receipt)


@state(FOLLOW, role="instructor")
def followed_by_an_instructor(scene):
    submission = _with_a_lost_try(scene, "seen-by-staff")
    return scene.url("follow", submission.receipt)
