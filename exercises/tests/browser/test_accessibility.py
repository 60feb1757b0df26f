"""Every page and state through axe, in light and dark, wide and narrow."""

import re

import pytest

from exercises import grading
from exercises.models import Enrolment, GradingJob
from exercises.submitting import new_key, open_work, submit

WAYS = [("light", 1280), ("dark", 1280), ("light", 320), ("dark", 320)]


def _hand_in(enrolment, slug, answers):
    exercise = enrolment.course.exercises.get(slug=slug)
    item = open_work(enrolment=enrolment, exercise=exercise)
    return submit(
        work_item=item, key=new_key(item), version=exercise.current_version, answers=answers
    )


def _log_levels(text, option="debug"):
    return {"level": {"chosen": [option]}, "why_info": {"text": text}}


def _grade(submission):
    grading.grade_job(submission.jobs.get().pk)
    return submission


@pytest.fixture(params=WAYS, ids=lambda way: f"{way[0]}-{way[1]}")
def visit(request, browser, site, accessible):
    """Open a page in one theme and width; check axe and that nothing scrolls sideways."""
    theme, width = request.param
    context = browser.new_context(
        color_scheme=theme, viewport={"width": width, "height": 800}, reduced_motion="reduce"
    )
    page = context.new_page()

    def _visit(url=None):
        if url:
            page.goto(url)
        accessible(page)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{page.url} is {wide} px wide at {width} px"
        return page

    _visit.page = page
    yield _visit
    context.close()


def test_pages_before_the_sign_in(site, visit):
    for path in ("/sign-in/", "/password/reset/", "/join/", "/nothing-here/"):
        visit(site.base + path)


def test_pages_of_a_student(site, visit):
    enrolment = site.person("mara")
    site.sign_in(visit.page, "mara")
    provisional = _grade(_hand_in(enrolment, "log-levels", _log_levels("Let us be careful here.")))
    graded = _grade(_hand_in(enrolment, "log-levels", _log_levels("Wrong on purpose.", "error")))
    full = "DEBUG logs fill the disk and leak passwords."
    revealed = _grade(_hand_in(enrolment, "log-levels", _log_levels(full)))
    queued = _hand_in(
        enrolment, "trace-interpreter", {"span": {"span": "gate"}, "cause": {"text": "The gate."}}
    )

    for name in ("course", "grades"):
        visit(site.url(name))
    for slug in ("log-levels", "red-metrics", "trace-interpreter"):
        visit(site.url("exercise", slug))
    for submission in (provisional, graded, revealed, queued):
        visit(site.url("submission", submission.receipt))
    GradingJob.objects.filter(submission=queued).update(state="dead")
    visit(site.url("submission", queued.receipt))
    visit(site.base + "/account/")


def test_a_form_that_comes_back_with_errors(site, visit):
    site.person("mara")
    site.sign_in(visit.page, "mara")
    page = visit(site.url("exercise", "red-metrics"))
    page.get_by_role("button", name=re.compile("Hand in attempt")).click()
    page.wait_for_load_state()

    visit()
    assert page.locator("#errors").is_visible()


def test_pages_of_staff(site, visit):
    student = site.person("mara")
    site.person("ines", role=Enrolment.Role.INSTRUCTOR)
    for _ in range(3):
        doubtful = _grade(_hand_in(student, "log-levels", _log_levels("Let us be careful.")))
    site.sign_in(visit.page, "ines")

    for name in ("course", "review_queue", "people"):
        visit(site.url(name))
    visit(site.url("review", doubtful.receipt))
    visit(site.url("preview", "log-levels"))
