"""Joining and inviting in a browser without script; how these pages look is in test_states.py."""

from exercises.models import Enrolment
from exercises.tests.factories import InvitationCodeFactory


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
