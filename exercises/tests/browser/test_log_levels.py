"""The operator switches a logger and ends it early, by keyboard alone."""

from playwright.sync_api import expect

from exercises.tests.browser.test_keyboard import Walker
from lms.observatory.models import LevelSwitch


def test_a_logger_is_switched_and_ended_by_keyboard(site, quiet):
    page, walk = quiet, Walker(quiet)
    page.set_viewport_size({"width": 1280, "height": 620})
    user = site.person("olga").user
    user.is_superuser = True
    user.save()
    site.let_in(page.context, user)
    page.goto(f"{site.base}/admin/")

    walk.press("^Log levels$")
    walk.to("^Logger")
    page.keyboard.type("exercises.gra")
    walk.to("15 minutes")
    page.keyboard.press("ArrowDown")
    walk.to("^Reason")
    page.keyboard.type("Slow since noon.")
    walk.press("^Switch to DEBUG$")
    expect(page.get_by_text("to DEBUG for 30 minutes")).to_be_visible()
    walk.press("^End now")
    expect(page.get_by_text("exercises.grading back before its time")).to_be_visible()

    assert walk.wrong == []
    assert [turn.minutes for turn in LevelSwitch.objects.all()] == [None, 30]
