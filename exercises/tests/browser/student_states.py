"""The states of a student's pages."""

from django.urls import reverse

from exercises import grading
from exercises.drafting import save_draft
from exercises.holding import hold
from exercises.models import GradingJob, HeldPost, WorkItem
from exercises.revealing import show_discussion
from exercises.reviewing import ask_for_review, review
from exercises.submitting import new_key
from exercises.tests.browser.states import LONG_AGO, SOON, UNSURE, at, state
from exercises.tests.factories import CourseFactory, EnrolmentFactory, UserFactory, VersionFactory

FIELDS = {"level-chosen": ["debug"], "why_info-text": ["DEBUG logs fill the disk."]}
EXERCISE, SUBMISSION = "exercises:exercise", "exercises:submission"


@state("exercises:course")
def course_with_nothing_done(scene):
    return scene.url("course")


@state("exercises:grades")
def grades_with_nothing_done(scene):
    return scene.url("grades")


@state(EXERCISE)
def choice_and_text(scene):
    return scene.url("exercise", "log-levels")


@state(EXERCISE)
def three_texts(scene):
    return scene.url("exercise", "red-metrics")


@state(EXERCISE)
def span_in_a_trace(scene):
    return scene.url("exercise", "trace-interpreter")


@state(EXERCISE)
def not_open_yet(scene):
    return scene.url("exercise", scene.exercise("not-open", opens_at=at(SOON)).slug)


@state(EXERCISE)
def late(scene):
    steps = [{"until_wall": "", "until": at(SOON).isoformat(), "fraction": "0.5"}]
    return scene.url("exercise", scene.exercise("late", due_at=at(LONG_AGO), late_steps=steps).slug)


@state(EXERCISE)
def closed(scene):
    return scene.url("exercise", scene.exercise("closed", due_at=at(LONG_AGO)).slug)


@state(EXERCISE)
def attempts_used_up(scene):
    exercise = scene.exercise("used-up", attempts=1, due_at=at(SOON), reveal="close")
    scene.graded(exercise, "Wrong.", "error")
    return scene.url("exercise", exercise.slug)


@state(EXERCISE)
def practice(scene):
    exercise = scene.exercise("practice")
    scene.graded(exercise)
    return scene.url("exercise", exercise.slug)


@state(EXERCISE)
def attempt_given_back(scene):
    exercise = scene.exercise("given-back")
    WorkItem.objects.filter(pk=scene.work(exercise).pk).update(given_back=1, grace_until=at(SOON))
    return scene.url("exercise", exercise.slug)


@state(EXERCISE)
def draft_kept(scene):
    exercise = scene.exercise("draft")
    save_draft(
        work_item=scene.work(exercise), version=exercise.current_version, fields=FIELDS, revision=0
    )
    return scene.url("exercise", exercise.slug)


@state(EXERCISE)
def held_post(scene):
    exercise = scene.exercise("held-post")
    hold(key=new_key(scene.work(exercise)), fields=FIELDS, counts_from_receipt=True)
    assert HeldPost.objects.exists()
    return scene.url("exercise", exercise.slug)


@state(EXERCISE)
def changed_since_the_draft(scene):
    exercise = scene.exercise("changed")
    old = exercise.current_version
    save_draft(work_item=scene.work(exercise), version=old, fields=FIELDS, revision=0)
    new = VersionFactory(exercise=exercise, content=old.content | {"title": "Log levels, new"})
    scene.set(exercise, current_version=new)
    return scene.url("exercise", exercise.slug)


@state("exercises:hand_in")
def errors_in_every_part(scene):
    scene.open(scene.url("exercise", "trace-interpreter"))
    scene.press("Hand in attempt")
    assert scene.page.locator("#errors").is_visible()


@state("exercises:hand_in")
def errors_in_a_choice(scene):
    exercise = scene.exercise("errors")
    scene.open(scene.url("exercise", exercise.slug))
    scene.press("Hand in attempt")
    assert scene.page.locator("#errors").is_visible()


@state("exercises:hand_in")
def refused_after_the_close(scene):
    exercise = scene.exercise("refused")
    scene.open(scene.url("exercise", exercise.slug))
    scene.page.get_by_label("DEBUG").check()
    scene.page.locator("textarea").first.fill("DEBUG logs fill the disk.")
    scene.set(exercise, due_at=at(LONG_AGO))
    scene.press("Hand in attempt")
    assert scene.page.get_by_text("Nothing was handed in.").is_visible()


@state("exercises:hand_in")
def same_form_with_another_text(scene):
    exercise = scene.exercise("two-texts")
    scene.open(scene.url("exercise", exercise.slug))
    key = scene.page.locator("[name=key]").input_value()
    scene.hand_in(exercise, key=key)
    scene.page.get_by_label("INFO").first.check()
    scene.page.locator("textarea").first.fill("Another text, from the same page.")
    scene.press("Hand in attempt")
    assert scene.page.get_by_text("Already handed in as").first.is_visible()


@state("exercises:save_draft")
def draft_conflict(scene):
    exercise = scene.exercise("conflict")
    scene.open(scene.url("exercise", exercise.slug))
    item = scene.work(exercise)
    version = exercise.current_version
    save_draft(work_item=item, version=version, fields=FIELDS, revision=0)
    mark = scene.page.locator("[name=version]").input_value()
    typed = {"version": mark, "revision": "0", "why_info-text": "From the phone."}
    scene.post(scene.url("save_draft", exercise.slug), **typed)
    assert scene.page.get_by_text("The stored draft").first.is_visible()


@state(SUBMISSION)
def queued(scene):
    return scene.with_job("queued")


@state(SUBMISSION)
def being_graded(scene):
    running = {"state": "running", "tries": 1, "lease_until": at(SOON), "started_at": at(SOON * 0)}
    return scene.with_job("grading", **running)


@state(SUBMISSION)
def retrying(scene):
    return scene.with_job("retrying", tries=1, available_at=at(SOON))


@state(SUBMISSION)
def dead(scene):
    return scene.with_job("dead", state="dead", attempt_returned=True, finished_at=at(SOON * 0))


@state(SUBMISSION)
def invalid(scene):
    return scene.with_job(
        "invalid", state="invalid", attempt_returned=True, finished_at=at(SOON * 0)
    )


@state(SUBMISSION)
def graded_in_part(scene):
    return scene.url(
        "submission", scene.graded(scene.exercise("part"), "Disk space.", "error").receipt
    )


@state(SUBMISSION)
def provisional(scene):
    return scene.url("submission", scene.graded(scene.exercise("provisional"), UNSURE).receipt)


@state(SUBMISSION)
def in_line_for_a_person(scene):
    exercise = scene.exercise("in-line", attempts=1, reveal="close")
    return scene.url("submission", scene.graded(exercise, UNSURE).receipt)


@state("exercises:ask_review")
def asked_without_a_reason(scene):
    submission = scene.graded(scene.exercise("no-reason"), UNSURE)
    scene.open(scene.url("submission", submission.receipt))
    scene.post(scene.url("ask_review", submission.receipt), reason="")
    assert scene.page.get_by_text("Write what the person should look at").is_visible()


@state(SUBMISSION)
def a_person_has_looked(scene):
    submission = scene.graded(scene.exercise("looked-at"), UNSURE)
    ask_for_review(submission=submission, reason="I meant the disk.")
    head = submission.grades.get()
    scores = {i["part"]: {c["id"]: 0 for c in i["criteria"]} for i in head.items}
    review(
        submission=submission, reviewer=UserFactory(), scores=scores,
        feedback="Say which disk fills up.", head_id=head.pk,
    )  # fmt: skip
    return scene.url("submission", submission.receipt)


@state(SUBMISSION)
def a_person_was_asked(scene):
    submission = scene.graded(scene.exercise("asked"), UNSURE)
    ask_for_review(submission=submission, reason="I meant the disk.")
    return scene.url("submission", submission.receipt)


@state(SUBMISSION)
def released_by_a_person(scene):
    submission = scene.graded(scene.exercise("released"), UNSURE)
    head = submission.grades.get()
    items = {item["part"]: item["criteria"] for item in head.items}
    scores = {p: {c["id"]: 1 for c in crit} for p, crit in items.items()}
    review(
        submission=submission, reviewer=UserFactory(), scores=scores,
        feedback="Well seen.\nName the disk next time.", head_id=head.pk,
    )  # fmt: skip
    return scene.url("submission", submission.receipt)


@state(SUBMISSION)
def held_until_the_close(scene):
    exercise = scene.exercise("held", release="close", due_at=at(SOON))
    return scene.url("submission", scene.graded(exercise).receipt)


@state(SUBMISSION)
def discussion_with_own_marks(scene):
    submission = scene.graded(scene.exercise("revealed"))
    scene.open(scene.url("submission", submission.receipt))
    for yes in scene.page.get_by_label("Yes", exact=True).all():
        yes.check(force=True)
    scene.press("Save my marks")
    assert scene.page.get_by_text("Your marks are saved").is_visible()


@state(SUBMISSION)
def practice_handed_in(scene):
    exercise = scene.exercise("practised")
    show_discussion(work_item=scene.graded(exercise, "Wrong.", "error").work_item)
    return scene.url("submission", scene.graded(exercise).receipt)


@state(SUBMISSION)
def span_answer_graded(scene):
    scene.open(scene.url("exercise", "trace-interpreter"))
    scene.page.get_by_role("radio").first.check()
    scene.page.locator("textarea").first.fill("The database is down.")
    scene.press("Hand in attempt")
    for job in GradingJob.objects.filter(submission__version__exercise__slug="trace-interpreter"):
        grading.grade_job(job.pk)
    scene.page.reload()


@state("exercises:course")
def course_in_full(scene):
    return scene.url("course")


@state("exercises:grades")
def grades_in_full(scene):
    return scene.url("grades")


@state("accounts:account")
def account(scene):
    return reverse("accounts:account")


@state("accounts:password_change")
def password_change_with_errors(scene):
    scene.open(reverse("accounts:password_change"))
    scene.press("Change password")


@state("accounts:password_changed")
def password_changed(scene):
    return reverse("accounts:password_changed")


@state("exercises:join")
def join_signed_in(scene):
    return reverse("exercises:join")


@state("exercises:courses")
def two_courses(scene):
    EnrolmentFactory(course=CourseFactory(title="Distributed Systems"), user=scene.who.user)
    return reverse("exercises:courses")


@state("exercises:courses")
def no_course(scene):
    page = UserFactory(username="nobody")
    scene.site.let_in(scene.page.context, page)
    scene.open(reverse("exercises:courses"))
    scene.site.let_in(scene.page.context, scene.who.user)
