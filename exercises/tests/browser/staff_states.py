"""The states of the pages of assistants, instructors and operators, the admin's among them."""

import json

from django.urls import reverse

from exercises.models import PolicyOverride
from exercises.release_control import after_decision, set_release, switch_of
from exercises.tests.browser.states import LONG_AGO, SOON, at, state
from exercises.tests.factories import InvitationCodeFactory, ReleaseAuditFactory, VersionFactory

ASSISTANT, INSTRUCTOR, OPERATOR = "assistant", "instructor", "operator"
TRIED = """
- {id: right, text: DEBUG logs fill the disk and leak passwords., c: {volume: 1, leak: 1}}
- {id: part, text: The disk fills up., c: {volume: 1, leak: 0}}
- {id: trap, text: It never fills the disk or leaks passwords., c: {volume: 0, leak: 0}, unsafe: true}
"""  # noqa: E501 - one answer a line
CHANGE = "admin:exercises_exercise_change"
LEVELS = "admin:observatory_levelswitch_changelist"


@state("exercises:agreement", role=INSTRUCTOR)
def agreement_too_few(scene):
    return scene.url("agreement")


@state("exercises:agreement", role=INSTRUCTOR)
def agreement_with_release_off(scene):
    part = _audited(_seed(scene))
    switch = switch_of(exercise_id=_seed(scene).pk, part=part)
    for agrees in (True, True, True, False, True, False, False):
        after_decision(ReleaseAuditFactory(switch=switch, agrees=agrees))
    set_release(
        exercise=_seed(scene), part=part, is_on=True, reason="Two of them were typing errors.",
        by=scene.who.user,
    )  # fmt: skip
    set_release(
        exercise=_seed(scene), part=part, is_on=False, reason="Too lenient after all.",
        by=scene.who.user,
    )  # fmt: skip
    scene.open(scene.url("agreement"))
    for summary in scene.page.locator("main details summary").all():
        summary.click()


@state("exercises:set_release", role=INSTRUCTOR)
def agreement_without_a_reason(scene):
    scene.open(scene.url("agreement"))
    path = scene.url("set_release", "red-metrics", "rate")
    scene.post(path, is_on="off", reason="")
    assert scene.page.get_by_text("Write why, for whoever").is_visible()


@state("exercises:people", role=INSTRUCTOR)
def people(scene):
    InvitationCodeFactory(course=scene.site.course)
    InvitationCodeFactory(course=scene.site.course, revoked_at=at(LONG_AGO))
    return scene.url("people")


@state("exercises:make_code", role=INSTRUCTOR)
def people_code_with_errors(scene):
    scene.open(scene.url("people"))
    scene.post(scene.url("make_code"), people="x", days="x")


@state("exercises:people", role=INSTRUCTOR)
def people_nobody_found(scene):
    return scene.url("people") + "?q=nobody"


@state("exercises:person", role=INSTRUCTOR)
def person(scene):
    PolicyOverride.objects.create(
        exercise=_seed(scene), enrolment=scene.student, extra_time=SOON, reason="in hospital"
    )
    return scene.url("person", scene.student.pk) + "?exercise=log-levels"


@state("exercises:grant_extension", role=INSTRUCTOR)
def person_extension_with_errors(scene):
    scene.open(scene.url("person", scene.student.pk))
    scene.post(scene.url("grant_extension", scene.student.pk), days="x", hours="99", reason="")


@state("exercises:override_policy", role=INSTRUCTOR)
def person_override_with_errors(scene):
    scene.open(scene.url("person", scene.student.pk))
    path = scene.url("override_policy", scene.student.pk, "log-levels")
    scene.post(path, extra_attempts="x", reason="")


@state("exercises:set_role", role=INSTRUCTOR)
def person_role_with_errors(scene):
    scene.open(scene.url("person", scene.student.pk))
    scene.post(scene.url("set_role", scene.student.pk), role="x")


@state("exercises:preview", role=INSTRUCTOR)
def preview(scene):
    return scene.url("preview", "trace-interpreter")


@state("exercises:try_rubric", role=INSTRUCTOR)
def try_rubric(scene):
    return scene.url("try_rubric", "log-levels", "why_info")


@state("exercises:try_rubric", role=INSTRUCTOR)
def try_rubric_with_errors(scene):
    _try(scene, "- {text: 7}\n- {c: {volume: 9}}")
    assert scene.page.get_by_text("Nothing was tried:").is_visible()


@state("exercises:try_rubric", role=INSTRUCTOR)
def try_rubric_beside_a_draft(scene):
    seed = _seed(scene)
    changed = json.loads(json.dumps(seed.current_version.content).replace("disk", "hard disk"))
    VersionFactory(exercise=seed, content=changed, published_at=None)
    _try(scene, TRIED)
    assert scene.page.locator("article").count() == 3


@state("admin:index", role=INSTRUCTOR)
def admin_index(scene):
    return reverse("admin:index")


@state("admin:app_list", role=INSTRUCTOR)
def admin_area(scene):
    return reverse("admin:app_list", args=["exercises"])


@state("admin:exercises_course_changelist", role=INSTRUCTOR)
def admin_courses(scene):
    return reverse("admin:exercises_course_changelist")


@state("admin:exercises_course_change", role=INSTRUCTOR)
def admin_course(scene):
    return reverse("admin:exercises_course_change", args=[scene.site.course.pk])


@state("admin:exercises_module_changelist", role=INSTRUCTOR)
def admin_modules(scene):
    return reverse("admin:exercises_module_changelist")


@state("admin:exercises_module_change", role=INSTRUCTOR)
def admin_module(scene):
    return reverse("admin:exercises_module_change", args=[scene.site.course.modules.first().pk])


@state("admin:exercises_module_add", role=INSTRUCTOR)
def admin_module_with_errors(scene):
    scene.open(reverse("admin:exercises_module_add"))
    with scene.page.expect_navigation():
        scene.page.locator("[name=_save]").click()


@state("admin:exercises_exercise_changelist", role=INSTRUCTOR)
def admin_exercises(scene):
    return reverse("admin:exercises_exercise_changelist")


@state("admin:exercises_exercise_add", role=INSTRUCTOR)
def author_new(scene):
    return reverse("admin:exercises_exercise_add")


@state(CHANGE, role=INSTRUCTOR)
def author(scene):
    return reverse(CHANGE, args=[_seed(scene).pk])


@state(CHANGE, role=INSTRUCTOR)
def author_with_errors(scene):
    scene.open(reverse(CHANGE, args=[_seed(scene).pk]))
    text = scene.page.locator("[name=content]")
    text.fill(text.input_value().replace("points:", "pints:").replace("kind: text", "kind: tex"))
    scene.press("Save draft")
    assert scene.page.get_by_text("What is wrong with the text").is_visible()


@state(CHANGE, role=INSTRUCTOR)
def author_with_samples_that_differ(scene):
    scene.open(reverse(CHANGE, args=[_seed(scene).pk]))
    text = scene.page.locator("[name=content]")
    text.fill(text.input_value().replace("disk", "disc").replace("right: true", "right: false"))
    scene.press("Save draft")


@state("admin:exercises_exercise_delete", role=INSTRUCTOR)
def author_delete(scene):
    return reverse("admin:exercises_exercise_delete", args=[scene.exercise("spare").pk])


@state(CHANGE, role=ASSISTANT)
def author_as_assistant(scene):
    return reverse(CHANGE, args=[_seed(scene).pk])


@state("admin:index", role=ASSISTANT)
def admin_index_as_assistant(scene):
    return reverse("admin:index")


@state("admin:index", role=OPERATOR)
def admin_index_as_operator(scene):
    return reverse("admin:index")


@state("admin:accounts_user_change", role=OPERATOR)
def admin_user(scene):
    return reverse("admin:accounts_user_change", args=[scene.student.user.pk])


@state("admin:accounts_user_changelist", role=OPERATOR)
def admin_users(scene):
    return reverse("admin:accounts_user_changelist")


@state("admin:exercises_submission_change", role=OPERATOR)
def admin_record(scene):
    submission = scene.graded(scene.exercise("recorded"))
    return reverse("admin:exercises_submission_change", args=[submission.pk])


@state("admin:exercises_exercise_history", role=OPERATOR)
def admin_history(scene):
    return reverse("admin:exercises_exercise_history", args=[_seed(scene).pk])


@state(LEVELS, role=OPERATOR)
def log_levels_untouched(scene):
    return reverse(LEVELS)


@state(LEVELS, role=OPERATOR)
def log_levels_with_a_wrong_field(scene):
    scene.open(reverse(LEVELS))
    scene.page.get_by_label("Reason").fill("Mara waited nine minutes for a grade.")
    scene.press("Switch to DEBUG")
    assert scene.page.get_by_text("Choose a logger.").is_visible()


@state(LEVELS, role=OPERATOR)
def log_levels_switched(scene):
    scene.open(reverse(LEVELS))
    for logger in ("exercises.grading", "exercises.batches.leasing", "exercises.tasks"):
        scene.page.get_by_label("Logger", exact=True).select_option(logger)
        scene.page.get_by_label("60 minutes").check()
        scene.page.get_by_label("Reason").fill("Mara waited nine minutes for a grade.")
        scene.press("Switch to DEBUG")
    scene.press("End now for exercises.tasks")
    assert scene.page.get_by_text("back before its time").is_visible()


def _try(scene, answers):
    scene.open(scene.url("try_rubric", "log-levels", "why_info"))
    scene.page.get_by_label("YAML list with labels").check(force=True)
    scene.page.get_by_label("Answers", exact=True).fill(answers)
    scene.press("Try")


def _audited(exercise):
    parts = exercise.current_version.specification.parts
    return next(part for part in parts if part.kind.is_audited)


def _seed(scene):
    return scene.site.course.exercises.get(slug="log-levels")
