"""Blind sheets by keyboard, what a screen reader hears of a decision, and what is unfinished."""

import pytest
from playwright.sync_api import expect

from exercises import claiming, grading
from exercises.models import Grade, ReleaseAudit
from exercises.submitting import new_key, open_work, submit
from exercises.tests.browser.states import SURE, UNSURE
from exercises.tests.browser.test_review_by_keyboard import Keys, exercise, reviewer, waiting
from exercises.tests.factories import EnrolmentFactory

__all__ = ["exercise", "reviewer", "waiting"]

KEPT = "Object.keys(localStorage).filter(key => key.startsWith('watchers:text:'))"


@pytest.fixture
def released(exercise):
    """Hand in an answer that the machine releases, and is looked at as one of the first."""
    item = open_work(enrolment=EnrolmentFactory(course=exercise.course), exercise=exercise)
    submission = submit(
        work_item=item, key=new_key(item), version=exercise.current_version,
        answers={"level": {"chosen": ["debug"]}, "why_info": {"text": SURE}},
    )  # fmt: skip
    grading.grade_job(submission.jobs.get().pk)
    assert ReleaseAudit.objects.get().grade.submission == submission
    return submission


def test_both_kinds_of_blind_sheets_go_by_the_same_keys(site, quiet, reviewer, waiting, released):
    (doubtful,) = waiting(UNSURE)
    quiet.goto(site.url("review_queue"))
    expect(quiet.get_by_role("cell", name="A blind check")).to_have_count(2)
    keys = Keys(quiet)
    quiet.goto(site.url("review", released.receipt) + "?reason=audit")

    for _ in (released, doubtful):
        expect(quiet.locator("mark, [type=radio]:checked")).to_have_count(0)
        for key in "1f2f":
            keys.press(key)
        keys.go("Enter")
        expect(quiet.get_by_text("The machine", exact=True)).to_be_visible()
        keys.go("Enter")

    expect(quiet.get_by_role("heading", level=1)).to_contain_text("0 answers need a person")
    assert Grade.objects.heads().get(submission=released).source == "auto"
    assert Grade.objects.heads().get(submission=doubtful).source == "human"
    assert keys.count == 12


def test_what_was_saved_is_heard_on_the_next_page(site, quiet, reviewer, waiting):
    first, second = waiting(f"{UNSURE} amber", f"{UNSURE} birch")
    quiet.goto(site.url("review", first.receipt))

    Keys(quiet).go("Enter")

    assert second.receipt in quiet.url
    expect(quiet.locator("#rv-happened[role=status]")).to_contain_text("Saved: your grade for")


def test_focus_goes_to_what_is_missing_and_each_link_leads_there(site, quiet, reviewer, released):
    quiet.goto(site.url("review", released.receipt))

    quiet.get_by_role("button", name="Save, then see").click()

    expect(quiet.locator("#errors")).to_be_focused()
    quiet.locator("#errors").get_by_role("link").first.click()
    group = quiet.get_by_role("group", name="The volume of DEBUG costs")
    expect(group.get_by_role("radio").first).to_be_focused()
    expect(group).to_have_accessible_description(
        "Choose a level. "
        "Does it say what the amount of logging does to the system or its operators?"
    )


def test_the_result_of_a_check_is_heard_with_the_way_on(site, quiet, reviewer, released):
    quiet.goto(site.url("review", released.receipt))
    for key in "1f2f":
        quiet.keyboard.press(key)
    quiet.keyboard.press("Enter")

    onward = quiet.get_by_role("link", name="To the queue")
    expect(onward).to_be_focused()
    expect(onward).to_have_accessible_description(
        "You and the machine agree The student's grade stands as the machine gave it."
    )


def test_an_unfinished_blind_decision_survives_a_closed_tab(site, quiet, reviewer, released):
    quiet.goto(site.url("review", released.receipt))
    quiet.keyboard.press("1")
    quiet.keyboard.press("h")
    quiet.get_by_label("Keep as a sample of the rubric").check()

    tab = quiet.context.new_page()
    quiet.close()
    tab.goto(site.url("review", released.receipt))

    expect(tab.locator("[data-number='1'] [value='0.5']")).to_be_checked()
    expect(tab.locator("[data-number='2'] :checked")).to_have_count(0)
    expect(tab.get_by_label("Keep as a sample of the rubric")).to_be_checked()
    expect(tab.get_by_text("What you had not saved is back.")).to_be_visible()


def test_what_was_chosen_beside_a_proposal_does_not_come_back_blind(
    site, quiet, reviewer, waiting, request
):
    (doubtful,) = waiting(UNSURE)
    quiet.goto(site.url("review", doubtful.receipt))
    quiet.get_by_label("Feedback to the student").fill("Name the disk.")
    request.getfixturevalue("released")
    claiming.release(site.course, reviewer=reviewer.user)  # what she has open stays as it is
    quiet.goto(site.url("review_queue"))

    quiet.goto(site.url("review", doubtful.receipt))

    expect(quiet.get_by_role("button", name="Save, then see the machine's")).to_be_visible()
    expect(quiet.locator("[type=radio]:checked")).to_have_count(0)


def test_the_next_who_signs_in_finds_nothing_of_it(site, quiet, reviewer, waiting):
    (first,) = waiting(UNSURE)
    quiet.goto(site.url("review", first.receipt))
    quiet.keyboard.press("1")
    quiet.keyboard.press("h")
    quiet.get_by_label("Feedback to the student").fill("Name the disk.")
    assert len(quiet.evaluate(KEPT)) == 1

    site.let_in(quiet.context, site.person("ben", role="assistant").user)
    quiet.goto(site.url("review", first.receipt))

    expect(quiet.get_by_label("Feedback to the student")).to_have_value("")
    expect(quiet.locator("[data-number='1'] [value='0.5']")).not_to_be_checked()
    assert quiet.evaluate(KEPT) == []
    site.let_in(quiet.context, reviewer.user)
    quiet.goto(site.url("review", first.receipt))
    expect(quiet.get_by_label("Feedback to the student")).to_have_value("")


def test_signing_out_leaves_nothing_of_it(site, quiet, reviewer, waiting):
    (first,) = waiting(UNSURE)
    quiet.goto(site.url("review", first.receipt))
    quiet.get_by_label("Feedback to the student").fill("Name the disk.")

    quiet.locator("form[data-forget-held]").evaluate("form => form.requestSubmit()")
    quiet.wait_for_url(lambda url: first.receipt not in url)

    assert quiet.evaluate(KEPT) == []
