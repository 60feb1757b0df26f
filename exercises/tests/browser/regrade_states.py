"""The states of the regrade pages, and what a student reads of a regrade."""

from exercises.models import RegradeBatch
from exercises.tests.browser.staff_states import INSTRUCTOR
from exercises.tests.browser.states import state
from exercises.tests.factories import VersionFactory
from exercises.tests.regrading.steps import applied, begin, by_person, previewed, undone

State = RegradeBatch.State


def turned_round(exercise):
    """Publish a version in which INFO is the right level."""
    content = exercise.current_version.content
    level, *others = content["parts"]
    options = [
        {key: value for key, value in one.items() if key not in ("right", "misconception")}
        | ({"right": True} if one["id"] == "info" else {})
        for one in level["spec"]["options"]
    ]
    level = level | {"spec": level["spec"] | {"options": options}, "samples": []}
    exercise.current_version = VersionFactory(
        exercise=exercise, content=content | {"parts": [level, *others]}
    )
    exercise.save(update_fields=["current_version"])
    return exercise.current_version


def _graded(scene, slug):
    exercise = scene.exercise(slug, attempts=9)
    for option in ("info", "debug"):
        scene.graded(exercise, text="It is a matter of order.", option=option)
    return exercise


def _ready(scene, slug, **more):
    exercise = _graded(scene, slug)
    reason = "INFO was the right level all along."
    return previewed(exercise, version=turned_round(exercise), reason=reason, **more)


@state("exercises:regrades", role=INSTRUCTOR)
def regrades_empty(scene):
    return scene.url("regrades")


@state("exercises:new_regrade", role=INSTRUCTOR)
def regrade_without_exercise(scene):
    return scene.url("new_regrade")


@state("exercises:new_regrade", role=INSTRUCTOR)
def regrade_form(scene):
    return scene.url("new_regrade") + "?exercise=log-levels"


@state("exercises:new_regrade", role=INSTRUCTOR)
def regrade_form_with_errors(scene):
    path = scene.url("new_regrade") + "?exercise=log-levels"
    scene.open(path)
    scene.post(path, what="x", pseudonym="nobody", received_from="x", reason="")


@state("exercises:regrade", role=INSTRUCTOR)
def regrade_ready(scene):
    return scene.url("regrade", _ready(scene, "rg-ready").pk)


@state("exercises:regrade", role=INSTRUCTOR)
def regrade_filtered_to_nothing(scene):
    batch = RegradeBatch.objects.get(exercise__slug="rg-ready")
    return scene.url("regrade", batch.pk) + "?outcome=proposal"


@state("exercises:regrade", role=INSTRUCTOR)
def regrade_previewing(scene):
    return scene.url("regrade", begin(_graded(scene, "rg-begun")).pk)


@state("exercises:regrade", role=INSTRUCTOR)
def regrade_applied(scene):
    return scene.url("regrade", applied(_ready(scene, "rg-applied")).pk)


@state("exercises:regrade", role=INSTRUCTOR)
def regrade_undone(scene):
    batch = applied(_ready(scene, "rg-undone"))
    row = batch.rows.filter(written__isnull=False).first()
    scores = {item["part"]: {c["id"]: 1 for c in item["criteria"]} for item in row.items}
    by_person(row.submission, scores=scores)
    return scene.url("regrade", undone(batch).pk)


@state("exercises:regrade", role=INSTRUCTOR)
def regrade_failed(scene):
    batch = begin(_graded(scene, "rg-failed"))
    RegradeBatch.objects.filter(pk=batch.pk).update(state=State.FAILED, error_class="LookupError")
    return scene.url("regrade", batch.pk)


@state("exercises:regrades", role=INSTRUCTOR)
def regrades_full(scene):
    return scene.url("regrades")


@state("exercises:submission")
def submission_regraded(scene):
    batch = applied(_ready(scene, "rg-hers"))
    row = batch.rows.filter(written__isnull=False).first()
    return scene.url("submission", row.submission.receipt)
