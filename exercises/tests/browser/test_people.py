"""The people pages and joining in a browser: through axe, in both themes, wide and narrow."""

from datetime import timedelta

import pytest
from django.utils import timezone

from exercises.models import Enrolment, PolicyOverride, WorkItem
from exercises.tests.factories import InvitationCodeFactory, WorkItemFactory

WAYS = [("light", 1280), ("dark", 1280), ("light", 320), ("dark", 320)]


@pytest.fixture(params=WAYS, ids=lambda way: f"{way[0]}-{way[1]}")
def visit(request, browser, site, accessible):
    """Open a page in one theme and width; check axe and that nothing scrolls sideways."""
    theme, width = request.param
    context = browser.new_context(color_scheme=theme, viewport={"width": width, "height": 800})
    page = context.new_page()

    def _visit(url=None):
        if url:
            page.goto(url)
        accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
        return page

    _visit.page = page
    yield _visit
    context.close()


def test_people_and_person_in_every_state(site, visit):
    site.person("teacher", role=Enrolment.Role.INSTRUCTOR)
    student = site.person("mara")
    student.user.first_name, student.user.last_name = "Mara", "Ozols"
    student.user.save(update_fields=["first_name", "last_name"])
    exercise = site.course.exercises.get(slug="log-levels")
    WorkItemFactory(
        exercise=exercise,
        enrolment=student,
        revealed_at=timezone.now(),
        reveal_reason=WorkItem.RevealReason.ASKED,
    )
    PolicyOverride.objects.create(
        exercise=exercise, enrolment=student, extra_time=timedelta(days=2), reason="in hospital"
    )
    InvitationCodeFactory(course=site.course)
    InvitationCodeFactory(course=site.course, revoked_at=timezone.now())
    site.sign_in(visit.page, "teacher")

    visit(site.url("people"))
    visit.page.get_by_role("button", name="Make a code").click()
    visit()
    visit(site.url("people") + "?q=nobody")
    page = visit(site.url("person", student.pk) + "?exercise=log-levels")
    page.get_by_role("button", name="Save extra time").click()
    page = visit()
    page.goto(site.url("person", student.pk) + "?exercise=log-levels")
    page.get_by_label("Extra attempts").fill("1")
    page.get_by_role("button", name="Save the change").click()
    visit()
    assert page.get_by_text("Let what you add count").is_visible()


def test_a_form_to_join_that_comes_back_with_errors(site, visit):
    page = visit(site.base + "/join/?code=K7QM-02ZD-XW41")
    page.get_by_role("button", name="Make the account and join").click()
    page.wait_for_load_state()

    visit()
    assert page.get_by_text("Choose a user name.").is_visible()


def test_joining_from_the_link_without_script(site, browser):
    invitation = InvitationCodeFactory(course=site.course)
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{site.base}/join/?code={invitation.code}")
    page.get_by_label("User name").fill("mara")
    page.get_by_label("E-mail address").fill("mara@example.org")
    page.get_by_label("Password", exact=True).fill("violet-Kettle-9")
    page.get_by_label("Password, once more").fill("violet-Kettle-9")

    page.get_by_role("button", name="Make the account and join").click()

    page.wait_for_url(site.url("course"))
    assert page.get_by_text(f"You are in {site.course.title}.").is_visible()


def test_an_instructor_makes_and_withdraws_a_code_without_script(site, browser):
    site.person("teacher", role=Enrolment.Role.INSTRUCTOR)
    page = browser.new_context(java_script_enabled=False).new_page()
    site.sign_in(page, "teacher", start=f"/courses/{site.course.slug}/people/")
    page.get_by_label("People", exact=True).fill("30")

    page.get_by_role("button", name="Make a code").click()
    link = page.get_by_label("Link for your students").input_value()
    page.get_by_role("button", name="Withdraw").click()

    assert f"{site.base}/join/?code=" in link
    assert page.get_by_text("Withdrawn", exact=True).is_visible()
    assert page.get_by_label("Link for your students").count() == 0
