"""A student's whole visit in a browser: with script, without it, and by keyboard alone."""

import re

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from exercises.models import Draft, Grade, Submission, WorkItem

WHY_INFO = (
    "DEBUG writes every payload, so the logs fill the disk, and the raw JSON leaks passwords."
)


def _answer_log_levels(page, *, text=WHY_INFO):
    page.get_by_label("DEBUG").check()
    page.get_by_label("Your answer: Why go back to INFO?").fill(text)


def _hand_in(page):
    page.get_by_role("button", name=re.compile("Hand in attempt")).click()
    page.wait_for_url(re.compile("/submissions/"))


def test_a_student_answers_waits_and_reads_her_grade(site, quiet):
    site.person("mara")
    page = quiet
    site.sign_in(page, "mara")
    page.get_by_role("link", name="The log level strategy", exact=True).click()
    _answer_log_levels(page)
    expect(page.locator("#draft-state")).to_contain_text("Draft saved")

    _hand_in(page)
    expect(page.get_by_text("Your answer is stored and in line.")).to_be_visible()
    assert "0" not in page.locator("main h1 ~ .state, .state").first.inner_text()
    site.grade_all()

    expect(page.locator(".score")).to_contain_text("3 of 3 points", timeout=15_000)
    expect(page.locator("#announcement")).to_contain_text("Graded. 3 of 3 points.")
    expect(page.get_by_text("Model answer").first).to_be_visible()


@pytest.mark.parametrize(
    ("exercise", "fields", "points"),
    [
        (
            "red-metrics",
            {
                "Rate": "The number of streams started per minute.",
                "Errors": "The number of 404 responses for a missing video and of 500 responses.",
                "Duration": "The time to first byte of the stream.",
            },
            "6 of 6",
        ),
        (
            "trace-interpreter",
            {"cause": "The API cannot connect to the database: the database server is down."},
            "3 of 3",
        ),
    ],
)
def test_the_other_exercises_of_module_18_are_graded_in_full(site, quiet, exercise, fields, points):
    site.person("mara")
    page = quiet
    site.sign_in(page, "mara")
    page.goto(site.url("exercise", exercise))
    for label, text in fields.items():
        page.get_by_label(re.compile(f"Your answer:.*{label}", re.IGNORECASE)).fill(text)
    if exercise == "trace-interpreter":
        page.get_by_role("radio", name=re.compile("Database Connect")).check()

    _hand_in(page)
    site.grade_all()

    expect(page.locator(".score")).to_contain_text(f"{points} points", timeout=15_000)


def test_the_loop_works_without_script(site, browser):
    site.person("mara")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    site.sign_in(page, "mara")
    page.get_by_role("link", name="The log level strategy", exact=True).click()
    _answer_log_levels(page)
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_label("Your answer: Why go back to INFO?")).to_have_value(WHY_INFO)

    _hand_in(page)
    expect(page.get_by_text("Your answer is stored and in line.")).to_be_visible()
    site.grade_all()
    page.get_by_role("link", name="Refresh").click()

    expect(page.locator(".score")).to_contain_text("3 of 3 points")
    context.close()


def _tab_to(page, name):
    """Press Tab until the element of that accessible name has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "(document.activeElement.labels?.[0]?.innerText"
            " ?? document.activeElement.innerText ?? '').trim()"
        )
        if re.search(name, focused):
            return
    pytest.fail(f"Tab never reached {name}")


def test_the_loop_works_by_keyboard_alone(site, quiet):
    site.person("mara")
    page = quiet
    page.goto(site.base + "/")
    for name, text in (("User name", "mara"), ("Password", "lantern-in-the-cellar-9")):
        _tab_to(page, name)
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/courses/"))
    _tab_to(page, "The log level strategy")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/exercises/"))
    _tab_to(page, "DEBUG")
    page.keyboard.press("Space")
    _tab_to(page, "Your answer")
    page.keyboard.type(WHY_INFO)
    _tab_to(page, "Hand in attempt")
    page.keyboard.press("Enter")

    page.wait_for_url(re.compile("/submissions/"))
    assert Submission.objects.get().answers["level"] == {"chosen": ["debug"]}


def test_a_double_click_and_the_back_button_store_one_submission(site, quiet):
    site.person("mara")
    page = quiet
    site.sign_in(page, "mara")
    page.goto(site.url("exercise", "log-levels"))
    _answer_log_levels(page)
    page.get_by_role("button", name=re.compile("Hand in attempt")).dblclick()
    page.wait_for_url(re.compile("/submissions/"))
    page.reload()
    page.go_back()

    assert Submission.objects.count() == 1


def test_a_session_that_ends_in_mid_answer_loses_nothing(site, quiet):
    site.person("mara")
    page = quiet
    site.sign_in(page, "mara")
    page.goto(site.url("exercise", "log-levels"))
    _answer_log_levels(page)
    Session.objects.all().delete()
    page.get_by_role("button", name=re.compile("Hand in attempt")).click()
    page.wait_for_url(re.compile("sign-in"))
    expect(page.get_by_text("Your answer is kept")).to_be_visible()

    page.get_by_label("User name or e-mail").fill("mara")
    page.get_by_label("Password").fill("lantern-in-the-cellar-9")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile("/exercises/log-levels/"))
    expect(page.get_by_label("Your answer: Why go back to INFO?")).to_have_value(WHY_INFO)
    _hand_in(page)

    submission = Submission.objects.get()
    assert submission.answers["why_info"] == {"text": WHY_INFO}
    assert submission.received_at < submission.stored_at


def test_a_draft_typed_after_the_session_ended_stays_in_the_browser(site, quiet):
    site.person("mara")
    page = quiet
    site.sign_in(page, "mara")
    there = f"/courses/{site.course.slug}/exercises/log-levels/"
    page.goto(site.base + there)
    Session.objects.all().delete()

    page.get_by_label("Your answer: Why go back to INFO?").fill("half a thought")
    expect(page.locator("#draft-notes")).to_contain_text(re.compile("signed out", re.IGNORECASE))
    site.sign_in(
        page, "mara", start=f"/sign-in/?next=/courses/{site.course.slug}/exercises/log-levels/"
    )

    typed = page.get_by_label("Your answer: Why go back to INFO?")
    expect(typed).to_have_value("half a thought")


def test_what_a_browser_keeps_is_gone_when_another_person_signs_in(site, quiet):
    site.person("mara")
    site.person("otto")
    page = quiet
    site.sign_in(page, "mara")
    page.goto(site.url("exercise", "log-levels"))
    Session.objects.all().delete()
    page.get_by_label("Your answer: Why go back to INFO?").fill("maras own words")
    expect(page.locator("#draft-notes")).to_contain_text(re.compile("signed out", re.IGNORECASE))
    assert "maras own words" in page.evaluate("JSON.stringify(localStorage)")

    site.sign_in(page, "otto")

    assert "maras own words" not in page.evaluate("JSON.stringify(localStorage)")


def test_the_last_attempt_reveals_nothing_while_it_is_queued(site, quiet):
    enrolment = site.person("mara")
    page = quiet
    site.sign_in(page, "mara")
    for _ in range(3):
        page.goto(site.url("exercise", "log-levels"))
        _answer_log_levels(page, text="Because the bug is fixed and we want to be tidy again.")
        _hand_in(page)
        if Submission.objects.count() < 3:
            site.grade_all()

    expect(page.get_by_text("Your answer is stored and in line.")).to_be_visible()
    assert page.get_by_text("Model answer").count() == 0
    site.grade_all()

    expect(page.get_by_text("Model answer").first).to_be_visible(timeout=15_000)
    assert WorkItem.objects.get(enrolment=enrolment).reveal_reason == "no_attempt_left"


def test_a_person_settles_what_the_machine_was_unsure_of(site, quiet):
    enrolment = site.person("mara")
    site.person("ines", role="instructor")
    page = quiet
    site.sign_in(page, "mara")
    page.goto(site.url("exercise", "log-levels"))
    _answer_log_levels(page, text="It is a matter of order and of being careful with other people.")
    _hand_in(page)
    site.grade_all()
    expect(page.locator("main")).to_contain_text("Provisional", timeout=15_000)
    page.get_by_text("Ask a person").first.click()
    page.get_by_label("What should the person look at?").fill("I meant the noise in the logs.")
    page.get_by_role("button", name=re.compile("Ask")).click()
    expect(page.get_by_text("No person has looked yet")).to_be_visible()
    page.get_by_label("Account of mara").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile("sign-in"))

    site.sign_in(page, "ines")
    page.goto(site.url("review_queue"))
    assert "mara" not in page.locator("main").inner_text()
    page.get_by_role("link", name=enrolment.pseudonym).first.click()
    for option in page.get_by_role("radio", name=re.compile("full|1", re.IGNORECASE)).all():
        option.check(force=True)
    page.get_by_role("button", name=re.compile("^Save")).click()
    page.wait_for_load_state()

    assert Grade.objects.heads().get().source == "human"
    assert WorkItem.objects.get().best_points == 3


def test_markup_in_an_answer_is_shown_and_never_run(site, quiet):
    site.person("mara")
    page = quiet
    site.sign_in(page, "mara")
    page.goto(site.url("exercise", "log-levels"))
    evil = "<script>document.title='owned'</script><img src=x onerror=alert(1)> **bold** disk space"
    _answer_log_levels(page, text=evil)
    _hand_in(page)
    site.grade_all()

    expect(page.locator("main")).to_contain_text(evil, timeout=15_000)
    assert page.title() != "owned"


def test_a_second_device_sees_both_texts(site, quiet, browser):
    site.person("mara")
    page, other = quiet, browser.new_context().new_page()
    for each in (page, other):
        site.sign_in(each, "mara")
        each.goto(site.url("exercise", "log-levels"))
    page.get_by_label("Your answer: Why go back to INFO?").fill("from the laptop")
    expect(page.locator("#draft-state")).to_contain_text("Draft saved")

    other.get_by_label("Your answer: Why go back to INFO?").fill("from the phone")
    expect(other.locator("#draft-notes")).to_contain_text(re.compile("newer|elsewhere"))
    other.get_by_role("button", name="Save draft").click()

    expect(other.locator("main")).to_contain_text("from the laptop")
    assert Draft.objects.get().fields["why_info-text"] == ["from the laptop"]
    other.context.close()
