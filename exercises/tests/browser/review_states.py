"""The states of the pages on which people grade."""

from django.utils import timezone

from exercises import claiming, release_auditing
from exercises.decoy_drawing import draw_decoys
from exercises.models import FeedbackSnippet, GradingJob, ReleaseAudit
from exercises.queries.waiting import Waiting
from exercises.reviewing import ask_for_review, review
from exercises.tests.browser.states import LONG_AGO, UNSURE, at, state
from exercises.tests.factories import EnrolmentFactory, UserFactory
from exercises.tests.review_pages.rows import switch_for

INSTRUCTOR = "instructor"


@state("exercises:review_queue", role=INSTRUCTOR)
def review_queue_empty(scene):
    return scene.url("review_queue")


@state("exercises:review", role=INSTRUCTOR)
def review_waiting(scene):
    return scene.url("review", _asked(scene, "waiting").receipt)


@state("exercises:review", role=INSTRUCTOR)
def review_without_levels(scene):
    scene.open(scene.url("review", _asked(scene, "undecided").receipt))
    for chosen in scene.page.get_by_role("checkbox").all():
        chosen.check()
    scene.page.evaluate("document.querySelectorAll('[type=radio]').forEach(e => e.checked = false)")
    scene.press("Save")


@state("exercises:review", role=INSTRUCTOR)
def review_with_a_colleague_s_grade(scene):
    submission = _asked(scene, "collision")
    scene.open(scene.url("review", submission.receipt))
    head = submission.grades.get()
    scores = {i["part"]: {c["id"]: 1 for c in i["criteria"]} for i in head.items}
    review(
        submission=submission, reviewer=UserFactory(), scores=scores,
        feedback="Well seen.", head_id=head.pk,
    )  # fmt: skip
    for radio in scene.page.locator("fieldset").all():
        radio.get_by_role("radio").first.check(force=True)
    scene.page.locator("textarea").first.fill("Name the disk.")
    scene.press("Save")
    assert scene.page.get_by_text("Somebody graded this while you were deciding").is_visible()


@state("exercises:review", role=INSTRUCTOR)
def review_decided(scene):
    return scene.url("review", scene.graded(scene.exercise("decided")).receipt)


@state("exercises:review", role=INSTRUCTOR)
def review_of_our_failure(scene):
    submission = scene.hand_in(scene.exercise("ours"))
    GradingJob.objects.filter(submission=submission).update(state="dead", finished_at=at(LONG_AGO))
    return scene.url("review", submission.receipt)


@state("exercises:review_queue", role=INSTRUCTOR)
def review_queue_full(scene):
    return scene.url("review_queue")


@state("exercises:review", role=INSTRUCTOR)
def review_alike(scene):
    """Marked words, answers alike, phrases, and a colleague who looks at it."""
    exercise = scene.exercise("alike", attempts=1)
    FeedbackSnippet.objects.create(
        exercise=exercise, part="why_info", author=scene.who.user, title="name it",
        text="Name what fills up.",
    )  # fmt: skip
    text = "Storing it is expensive, so be careful and never log in DEBUG in some orders."
    submissions = [
        _from_another(scene, exercise, each) for each in (text, text.upper(), f"{text} Always.")
    ]
    claiming.claim(submissions[0], reviewer=UserFactory(first_name="Ada", last_name="Grey"))
    return scene.url("review", submissions[0].receipt)


@state("exercises:review", role=INSTRUCTOR)
def review_blind(scene):
    return scene.url("review", _audited(scene, "blind").receipt)


@state("exercises:review_checked", role=INSTRUCTOR)
def review_checked(scene):
    submission = _audited(scene, "checked")
    audit = ReleaseAudit.objects.get(grade__submission=submission)
    found = next(item for item in audit.grade.items if item["part"] == audit.part)
    levels = {each["id"]: 0 for each in found["criteria"]}
    release_auditing.decide(audit=audit, reviewer=scene.who.user, levels=levels)
    return scene.url("review_checked", submission.receipt)


@state("exercises:review_queue", role=INSTRUCTOR)
def review_queue_with_blind_ones(scene):
    _mixed(scene, "mixed")
    return scene.url("review_queue") + "?exercise=mixed"


@state("exercises:review", role=INSTRUCTOR)
def review_decoy(scene):
    return scene.url("review", _mixed(scene, "decoy").receipt)


@state("exercises:review", role=INSTRUCTOR)
def review_blind_without_levels(scene):
    scene.open(scene.url("review", _audited(scene, "blind-empty").receipt))
    scene.press("Save, then see the machine's")


@state("exercises:review_checked", role=INSTRUCTOR)
def review_checked_decoy(scene):
    return scene.url("review_checked", _decided_decoy(scene, "checked-decoy").receipt)


@state("exercises:agreement", role=INSTRUCTOR)
def review_agreement_with_decoys(scene):
    _decided_decoy(scene, "agreed-decoy")
    return scene.url("agreement")


@state("exercises:review_queue", role=INSTRUCTOR)
def review_queue_filtered_to_nothing(scene):
    return scene.url("review_queue") + "?reason=proposal&exercise=log-levels"


@state("exercises:reveal_names", role=INSTRUCTOR)
def review_queue_with_names(scene):
    scene.open(scene.url("review_queue"))
    scene.press("Show the names on this page (noted)")


@state("exercises:reveal_name", role=INSTRUCTOR)
def review_with_name(scene):
    scene.open(scene.url("review", _asked(scene, "named").receipt))
    scene.press("Show the name (noted)")


@state("exercises:snippets", role=INSTRUCTOR)
def review_phrases(scene):
    return scene.url("snippets", "log-levels", "why_info")


@state("exercises:snippet", role=INSTRUCTOR)
def review_phrase_with_errors(scene):
    seed = scene.site.course.exercises.get(slug="log-levels")
    phrase = FeedbackSnippet.objects.create(
        exercise=seed, part="why_info", author=scene.who.user, title="disk", text="Name the disk."
    )
    scene.open(scene.url("snippet", phrase.pk))
    scene.page.get_by_label("On its button").fill("")
    scene.press("Save the phrase")


def _from_another(scene, exercise, text):
    """Hand in and grade as another student would."""
    student, scene.student = scene.student, EnrolmentFactory(course=scene.site.course)
    try:
        return scene.graded(exercise, text)
    finally:
        scene.student = student


def _mixed(scene, slug):
    """Let a released and a doubtful answer wait blind; give the doubtful one's submission."""
    exercise = scene.exercise(slug, attempts=1)
    _audited(scene, exercise)
    doubtful = _from_another(scene, exercise, UNSURE)
    draw_decoys(Waiting(scene.site.course))
    return doubtful


def _decided_decoy(scene, slug):
    submission = _mixed(scene, slug)
    look = ReleaseAudit.objects.get(grade__submission=submission)
    found = next(item for item in look.grade.items if item["part"] == look.part)
    levels = {each["id"]: 1 for each in found["criteria"]}
    release_auditing.decide_all(audits=[look], reviewer=scene.who.user, scores={look.part: levels})
    return submission


def _audited(scene, exercise):
    exercise = scene.exercise(exercise) if isinstance(exercise, str) else exercise
    submission = scene.graded(exercise)
    grade = submission.grades.get()
    drawn = {"switch": switch_for(grade, "why_info"), "drawn_at": timezone.now()}
    ReleaseAudit.objects.get_or_create(grade=grade, part="why_info", defaults=drawn)
    return submission


def _asked(scene, slug):
    submission = scene.graded(scene.exercise(slug), UNSURE)
    ask_for_review(submission=submission, reason="I meant the disk.")
    return submission
