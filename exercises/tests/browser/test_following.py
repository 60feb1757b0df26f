"""A submission followed on the real site: its own spans and lines, through collector and store."""

import re
import signal
from pathlib import Path
from pkgutil import iter_modules

import pytest
from playwright.sync_api import expect

from exercises.tests.browser.test_loop import WHY_INFO
from exercises.tests.http_student import COURSE, hand_in, password_of, signed_in
from exercises.tests.test_faults import ANSWER, _job
from lms.observatory import collector
from lms.testing.site import running_site, wait_until

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(
        not [one for one in iter_modules(collector.__path__) if one.name != "tests"],
        reason="the collector's part of the site is not merged here",
    ),
]
ARRIVES_MS = 30_000


def _sign_in(page, site, name):
    page.goto(f"{site.address}/sign-in/")
    page.get_by_label("User name or e-mail").fill(name)
    page.get_by_label("Password").fill(password_of(site, name))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "sign-in" not in url)


def _row(followed, name):
    """Give the row of the waterfall that names a span."""
    return followed.locator(".waterfall .sp").filter(has_text=re.compile(name)).first


@pytest.fixture(scope="module")
def real_site(tmp_path_factory):
    with running_site(tmp_path_factory.mktemp("followed") / "data") as site:
        yield site


def test_a_student_follows_exercise_1_from_the_insert_to_the_pulse(real_site, quiet):
    page = quiet
    _sign_in(page, real_site, "student1")
    page.goto(f"{real_site.address}{COURSE}/exercises/log-levels/")
    page.get_by_label("DEBUG").check()
    page.get_by_label("Your answer: Why go back to INFO?").fill(WHY_INFO)
    page.get_by_role("button", name=re.compile("Hand in attempt")).click()
    page.wait_for_url(re.compile("/submissions/"))

    followed = page.locator("#follow")
    expect(_row(followed, "grader text")).to_be_visible(timeout=ARRIVES_MS)  # without a reload
    expect(_row(followed, "INSERT")).to_be_visible()
    expect(_row(followed, "COMMIT")).to_be_visible()
    expect(followed.locator(".lg", has_text="submission.received")).to_be_visible()
    expect(followed.get_by_text("critical path", exact=True)).to_be_visible()
    assert WHY_INFO not in followed.inner_text()
    followed.get_by_label("Log lines").uncheck()
    expect(followed.locator(".lg", has_text="submission.received")).to_be_hidden()

    page.reload()
    own_trace = page.locator(".pulse .mono").first.inner_text().strip()
    page.locator(".pulse summary").click()
    drawer = page.locator(".pulse .open")
    expect(drawer.get_by_text(re.compile("GET .*submissions"))).to_be_visible(timeout=ARRIVES_MS)
    assert own_trace
    assert own_trace not in page.locator("#follow").inner_text()  # this page's, not the hand-in's


def test_without_script_the_recording_has_a_page_of_its_own(real_site, browser):
    session = signed_in(real_site, "student2")
    receipt, _took = hand_in(real_site, session, ANSWER)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    _sign_in(page, real_site, "student2")

    def is_told():
        page.goto(f"{real_site.address}{COURSE}/submissions/{receipt}/follow/")
        return "submission.graded" in page.locator("#follow").inner_text()

    assert wait_until(is_told, within_s=30)
    assert "INSERT" in page.locator("#follow").inner_text()
    context.close()


def test_another_student_finds_no_such_page(real_site):
    receipt, _took = hand_in(real_site, signed_in(real_site, "student3"), ANSWER)

    other = signed_in(real_site, "student1")

    for page in ("follow/", "follow/state/"):
        address = f"{real_site.address}{COURSE}/submissions/{receipt}/{page}"
        assert other.get(address).status_code == 404


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """Give a site whose worker was killed with an answer in hand, and that one's receipt."""
    gate = Path(tmp_path_factory.mktemp("gate"), "closed")
    settings = {
        "DJANGO_SETTINGS_MODULE": "exercises.tests.gated_site",
        "GRADER_GATE": str(gate),
        "GRADING_LEASE_S": "3",
        "GRADING_SWEEP_S": "0.5",
    }
    with running_site(tmp_path_factory.mktemp("killed") / "data", **settings) as site:
        gate.touch()
        receipt, _took = hand_in(site, signed_in(site, "student1"), ANSWER)
        assert wait_until(lambda: _job(site, receipt) == ("running", 1), within_s=20)
        for process in site.child("worker").children(recursive=True):
            process.send_signal(signal.SIGKILL)
        site.child("worker").send_signal(signal.SIGKILL)
        gate.unlink()
        assert wait_until(lambda: _job(site, receipt)[0] == "done", within_s=40)
        yield site, receipt


def test_the_second_tries_story_is_told(killed, quiet):
    site, receipt = killed
    page = quiet
    _sign_in(page, site, "student1")
    page.goto(f"{site.address}{COURSE}/submissions/{receipt}/")

    followed = page.locator("#follow")
    expect(followed.get_by_text("Try 1 never reported back.")).to_be_visible(timeout=ARRIVES_MS)
    expect(followed.get_by_text("Lost tries")).to_be_visible()
    expect(_row(followed, "lost try")).to_contain_text("computed")
    expect(_row(followed, "lost try")).to_contain_text(re.compile("error"))
    expect(_row(followed, "wait before try 2")).to_contain_text("computed")
    expect(_row(followed, "grader text")).to_be_visible()
    expect(page.locator(".score")).to_contain_text("3 of 3 points")
