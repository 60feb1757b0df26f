"""A student asks a person to look again, and reads what the person says."""

import re

from playwright.sync_api import expect

from exercises.models import Grade, ReviewRequest
from exercises.reviewing import review
from exercises.tests.browser.states import Scene
from exercises.tests.factories import UserFactory

REASON = "I meant that the disk fills up."
REPLY = "Then write it: the log fills the disk. You get half."


def _answered(submission):
    """Grade as a person does, with a word to the student."""
    head = Grade.objects.heads().get(submission=submission)
    part = next(item for item in head.items if not item["certain"])
    levels = {criterion["id"]: 0.5 for criterion in part["criteria"]}
    review(
        submission=submission, reviewer=UserFactory(), scores={part["part"]: levels},
        feedback=REPLY, head_id=head.pk,
    )  # fmt: skip


def test_a_second_look_is_asked_for_waits_and_is_answered(site, quiet):
    mara = site.person("mara")
    site.let_in(quiet.context, mara.user)
    scene = Scene(site=site, page=quiet, who=mara, student=mara)
    submission = scene.graded(scene.exercise("once-more"), "Let us be careful with the order.")
    page = scene.page

    scene.open(scene.url("submission", submission.receipt))
    expect(page.get_by_text("Not in line yet.")).to_be_visible()
    page.get_by_text("Ask a person to look").click()
    scene.press("Ask", exact=True)
    expect(page.get_by_role("alert")).to_contain_text("Write what the person should look at")
    page.get_by_label("What should the person look at?").fill(REASON)
    scene.press("Ask", exact=True)

    look = page.get_by_role("region", name="Second look")
    expect(look).to_contain_text("No person has looked yet")
    expect(look).to_contain_text(REASON)
    expect(page.get_by_text("Number 1 of 1 in line for a person.")).to_be_visible()
    expect(page.get_by_text("Ask a person to look")).to_have_count(0)
    assert ReviewRequest.objects.get().reason == REASON

    _answered(submission)
    page.reload()

    expect(look).to_contain_text(re.compile(r"A person looked on \w+ \d+"))
    expect(look).to_contain_text(REPLY)
    expect(page.get_by_text(REPLY)).to_have_count(1)
    expect(page.get_by_text("in line for a person")).to_have_count(0)
