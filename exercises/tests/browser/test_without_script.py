"""Each page's main action with script switched off; the loop itself is in test_loop.py."""

import re

import pytest
from playwright.sync_api import expect

from exercises.models import (
    Draft,
    Enrolment,
    Grade,
    InvitationCode,
    PolicyOverride,
    ReviewRequest,
    SelfMark,
    WorkItem,
)
from exercises.tests.browser.states import UNSURE, Scene

ANSWER = "Your answer: Why go back to INFO?"


@pytest.fixture
def plain(site, browser):
    """Give a scene of a person whose browser runs no script."""
    contexts = []
    student = site.person("mara")

    def _scene(who=student):
        context = browser.new_context(java_script_enabled=False)
        contexts.append(context)
        site.let_in(context, who.user)
        return Scene(site=site, page=context.new_page(), who=who, student=student)

    yield _scene
    for context in contexts:
        context.close()


def test_a_student_drafts_hands_in_refreshes_asks_reveals_and_marks(site, plain):
    scene = plain()
    page = scene.page
    scene.open(scene.url("exercise", "log-levels"))
    page.get_by_label("DEBUG").check()
    page.get_by_label(ANSWER).fill(UNSURE)
    scene.press("Save draft")
    assert Draft.objects.get().fields["why_info-text"] == [UNSURE]

    scene.press(re.compile("Hand in attempt"))
    expect(page.get_by_text("Your answer is stored and in line.")).to_be_visible()
    site.grade_all()
    page.get_by_role("link", name="Refresh").click()
    page.get_by_text("Ask a person to look").click()
    page.get_by_label("What should the person look at?").fill("I meant the disk.")
    scene.press("Ask")
    assert ReviewRequest.objects.count() == 1

    page.locator("summary", has_text="Show the discussion").click()
    scene.press("Show it and end my attempts")
    page.get_by_label("Yes", exact=True).first.check(force=True)
    for group in page.locator(".self-mark").all():
        group.get_by_role("radio").first.check(force=True)
    scene.press("Save my marks")
    assert WorkItem.objects.get().is_revealed
    assert SelfMark.objects.exists()


def test_two_devices_compare_their_drafts(plain):
    scene, other = plain(), plain()
    for each, text in ((scene, "from the laptop"), (other, "from the phone")):
        each.open(each.url("exercise", "log-levels"))
        each.page.get_by_label(ANSWER).fill(text)
    scene.press("Save draft")
    other.press("Save draft")
    expect(other.page.locator(".two-texts")).to_contain_text("from the laptop")

    other.press("Keep my text as the draft")

    assert Draft.objects.get().fields["why_info-text"] == ["from the phone"]


def test_theme_menu_password_and_sign_out(plain):
    scene = plain()
    page = scene.page
    scene.open("/account/")
    scene.press("Dark", exact=True)
    assert page.locator("html").get_attribute("data-theme") == "dark"
    scene.press("Switch to the light theme")
    assert page.locator("html").get_attribute("data-theme") == "light"

    page.get_by_role("link", name="Change password").click()
    scene.press("Change password")
    assert page.get_by_role("alert").is_visible()
    page.set_viewport_size({"width": 320, "height": 700})
    scene.open(scene.url("course"))
    page.locator("summary[aria-label=Menu]").click()
    expect(page.locator(".menu-narrow").get_by_role("link", name="Grades")).to_be_visible()
    page.locator("summary[aria-label=Menu]").click()
    page.locator("summary.avatar").click()
    scene.press("Sign out")
    assert "sign-in" in page.url


def test_staff_decide_lend_time_make_codes_and_write(site, plain):
    staff = plain(site.person("ines", role=Enrolment.Role.INSTRUCTOR))
    page = staff.page
    for _ in range(3):
        staff.graded(site.course.exercises.get(slug="log-levels"), UNSURE)
    staff.open(staff.url("review_queue"))
    page.get_by_role("link", name=re.compile("^Heron")).first.click()
    for group in page.get_by_role("group").filter(has=page.get_by_role("radio")).all():
        group.get_by_role("radio").last.check(force=True)
    staff.press(re.compile("^Save"))
    assert Grade.objects.heads().filter(source="human").exists()

    staff.open(staff.url("people"))
    staff.press("Make a code")
    staff.open(staff.url("person", staff.student.pk))
    page.get_by_label("Days").fill("2")
    page.get_by_label("Reason").fill("in hospital")
    staff.press("Save extra time")
    staff.student.refresh_from_db()
    assert InvitationCode.objects.count() == 1
    assert staff.student.extension.days == 2

    page.get_by_role("link", name="Change").last.click()
    page.get_by_label("Extra attempts").fill("1")
    page.get_by_label("Reason").first.fill("our fault")
    staff.press("Save the change")
    assert PolicyOverride.objects.get().extra_attempts == 1

    exercise = site.course.exercises.get(slug="log-levels")
    staff.open(f"/admin/exercises/exercise/{exercise.pk}/change/")
    text = page.locator("[name=content]")
    text.fill(text.input_value().replace("The log level strategy", "The level strategy"))
    staff.press("Save and publish")
    exercise.refresh_from_db()
    assert exercise.current_version.title == "The level strategy"
