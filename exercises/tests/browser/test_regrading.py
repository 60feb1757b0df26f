"""A regrade from its form to its undo, in a browser; how its pages look is in test_states.py."""

from decimal import Decimal

from exercises.models import Enrolment, RegradeBatch, WorkItem
from exercises.submitting import new_key, open_work, submit
from exercises.tests.browser.regrade_states import turned_round
from exercises.tests.browser.states import SURE
from exercises.tests.regrading.steps import work_off


def _wrong_level(site, exercise):
    item = open_work(enrolment=site.person("mara"), exercise=exercise)
    submission = submit(
        work_item=item, key=new_key(item), version=exercise.current_version,
        answers={"level": {"chosen": ["info"]}, "why_info": {"text": SURE}},
    )  # fmt: skip
    site.grade_all()
    return submission


def _best():
    return WorkItem.objects.get().best_points


def test_a_regrade_is_previewed_applied_and_undone(site, quiet):
    exercise = site.course.exercises.get(slug="log-levels")
    submission = _wrong_level(site, exercise)
    before = _best()
    turned_round(exercise)
    teacher = site.person("ines", role=Enrolment.Role.INSTRUCTOR)
    site.let_in(quiet.context, teacher.user)

    quiet.goto(site.url("course"))
    quiet.get_by_role("link", name="Regrade").click()
    quiet.get_by_role("link", name="Start a regrade").click()
    quiet.get_by_label("Exercise").select_option("log-levels")
    quiet.get_by_role("button", name="Choose").click()
    quiet.get_by_label("Reason").fill("INFO was right")
    quiet.get_by_role("button", name="Show who would change").click()
    quiet.wait_for_url("**/regrades/*/")
    assert quiet.get_by_text("Nothing is written").is_visible()
    work_off(RegradeBatch.objects.get())

    # The page looks by itself and comes anew with the table and its button.
    quiet.get_by_role("button", name="Apply to 1 answer").click(timeout=15_000)
    assert _best() == before
    work_off(RegradeBatch.objects.get())
    quiet.get_by_role("button", name="Take 1 grade back").wait_for(timeout=15_000)
    assert _best() > before
    _sees(site, quiet, submission, "Graded again on")

    site.let_in(quiet.context, teacher.user)
    quiet.goto(site.url("regrade", RegradeBatch.objects.get().pk))
    quiet.get_by_role("button", name="Take 1 grade back").click()
    quiet.get_by_text("Restoring the grades").wait_for()
    work_off(RegradeBatch.objects.get())
    quiet.get_by_text("What held before this regrade holds again.").wait_for(timeout=15_000)
    assert _best() == before
    _sees(site, quiet, submission, "a later one was taken back")


def test_a_regrade_without_script(site, browser):
    exercise = site.course.exercises.get(slug="log-levels")
    _wrong_level(site, exercise)
    turned_round(exercise)
    site.person("ines", role=Enrolment.Role.INSTRUCTOR)
    page = browser.new_context(java_script_enabled=False).new_page()
    site.sign_in(page, "ines", start=f"/courses/{site.course.slug}/regrades/new/")

    page.get_by_role("button", name="Choose").click()
    page.get_by_label("Reason").fill("INFO was right")
    page.get_by_role("button", name="Show who would change").click()
    work_off(RegradeBatch.objects.get())
    page.reload()
    page.get_by_role("button", name="Apply to 1 answer").click()
    work_off(RegradeBatch.objects.get())
    page.reload()

    assert page.get_by_role("button", name="Take 1 grade back").is_visible()
    assert _best() == Decimal(3)


def _sees(site, page, submission, words):
    site.let_in(page.context, submission.work_item.enrolment.user)
    page.goto(site.url("submission", submission.receipt))
    assert page.get_by_text(words).is_visible()
