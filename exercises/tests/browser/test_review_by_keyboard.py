"""Reviewing by keyboard: thirty decisions, keys that stay out of texts, nothing lost, a switch."""

import pytest
from playwright.sync_api import expect

from exercises import grading
from exercises.models import FeedbackSnippet, Grade, ReviewPreference
from exercises.submitting import new_key, open_work, submit
from exercises.tests.browser.states import UNSURE
from exercises.tests.factories import EnrolmentFactory, ExerciseFactory

# Words of no rubric, so that no two answers are alike.
NOUNS = "amber birch cedar delta ember fjord grove heath islet jetty kelp larch moss".split()  # noqa: SIM905 - read as a line


class Keys:
    """Presses keys and counts them."""

    def __init__(self, page):
        self.page, self.count = page, 0

    def press(self, key):
        self.count += 1
        self.page.keyboard.press(key)

    def go(self, key):
        before = self.page.url
        self.press(key)
        self.page.wait_for_url(lambda url: url != before)


@pytest.fixture
def exercise(site):
    seed = site.course.exercises.get(slug="log-levels")
    return ExerciseFactory(
        module=seed.module, slug="waits", attempts=1, content=seed.current_version.content
    )


@pytest.fixture
def waiting(exercise):
    """Hand in doubtful answers, each from a student who has no attempt left."""

    def make(*texts):
        made = []
        for text in texts:
            person = EnrolmentFactory(course=exercise.course)
            item = open_work(enrolment=person, exercise=exercise)
            submission = submit(
                work_item=item, key=new_key(item), version=exercise.current_version,
                answers={"level": {"chosen": ["debug"]}, "why_info": {"text": text}},
            )  # fmt: skip
            grading.grade_job(submission.jobs.get().pk)
            assert not Grade.objects.get(submission=submission).released
            made.append(submission)
        return made

    return make


@pytest.fixture
def reviewer(site, quiet):
    who = site.person("ada", role="assistant")
    site.let_in(quiet.context, who.user)
    return who


def _texts(count):
    return [f"{UNSURE} {NOUNS[i % 13]} {NOUNS[i // 13]} {i}" for i in range(count)]


def test_thirty_right_proposals_take_at_most_45_keys(site, quiet, reviewer, waiting):
    submissions = waiting(*_texts(30))
    keys = Keys(quiet)
    quiet.goto(site.url("review", submissions[0].receipt) + "?part=why_info&exercise=waits")

    for _ in submissions:
        keys.go("Enter")

    heads = Grade.objects.heads().filter(submission__in=submissions)
    assert [head.source for head in heads] == ["human"] * 30
    assert all(head.released for head in heads)
    assert keys.count <= 45
    expect(quiet.get_by_role("heading", level=1)).to_contain_text("0 answers need a person")


def test_a_criterion_is_chosen_and_its_level_set(site, quiet, reviewer, waiting):
    first, second = waiting(*_texts(2))
    keys = Keys(quiet)
    quiet.goto(site.url("review", first.receipt))

    keys.press("1")
    keys.press("f")
    keys.go("Enter")

    item = Grade.objects.heads().get(submission=first).items[1]
    assert item["criteria"][0]["score"] == 1
    assert second.receipt in quiet.url


def test_skip_goes_round_the_queue_and_saves_nothing(site, quiet, reviewer, waiting):
    submissions = waiting(*_texts(3))
    keys = Keys(quiet)
    quiet.goto(site.url("review", submissions[0].receipt))

    seen = []
    for _ in submissions:
        keys.go("s")
        seen.append(quiet.url.split("/")[-2])

    assert seen == [submissions[i].receipt for i in (1, 2, 0)]
    assert not Grade.objects.filter(source="human").exists()


def test_g_and_a_number_grade_the_identical_answers(site, quiet, reviewer, waiting):
    same = waiting(UNSURE, UNSURE.upper(), f"  {UNSURE}!")
    keys = Keys(quiet)
    quiet.goto(site.url("review", same[0].receipt))
    expect(quiet.get_by_role("checkbox", checked=True)).to_have_count(2)

    keys.press("1")
    keys.press("h")
    keys.press("g")
    keys.go("1")

    heads = Grade.objects.heads().filter(submission__in=same)
    assert {head.items[1]["criteria"][0]["score"] for head in heads} == {0.5}
    assert {head.source for head in heads} == {"human"}


def test_keys_do_nothing_in_the_feedback(site, quiet, reviewer, waiting):
    (first,) = waiting(UNSURE)
    quiet.goto(site.url("review", first.receipt))

    quiet.get_by_label("Feedback to the student").click()
    quiet.keyboard.type("1fsg1 0h")
    quiet.keyboard.press("Enter")

    expect(quiet.get_by_label("Feedback to the student")).to_have_value("1fsg1 0h\n")
    assert not Grade.objects.filter(source="human").exists()


def test_keys_can_be_switched_off_for_good(site, quiet, reviewer, waiting):
    first, _second = waiting(*_texts(2))
    quiet.goto(site.url("review", first.receipt))

    quiet.get_by_text("Keys", exact=True).click()
    quiet.get_by_role("button", name="Turn the keys off for me").click()
    expect(quiet.get_by_text("Keys are off")).to_be_visible()
    quiet.locator("main").focus()
    quiet.keyboard.press("Enter")
    quiet.keyboard.press("s")

    assert ReviewPreference.objects.get(person=reviewer.user).keys_are_off
    assert first.receipt in quiet.url
    assert not Grade.objects.filter(source="human").exists()


def test_an_unfinished_decision_survives_a_closed_tab(site, quiet, reviewer, waiting):
    (first,) = waiting(UNSURE)
    quiet.goto(site.url("review", first.receipt))
    quiet.keyboard.press("1")
    quiet.keyboard.press("h")
    quiet.get_by_label("Feedback to the student").fill("Name the disk.")

    tab = quiet.context.new_page()
    quiet.close()
    tab.goto(site.url("review", first.receipt))

    expect(tab.get_by_label("Feedback to the student")).to_have_value("Name the disk.")
    expect(tab.locator("[data-number='1'] [value='0.5']")).to_be_checked()
    expect(tab.get_by_text("What you had not saved is back.")).to_be_visible()


def test_what_was_saved_does_not_come_back(site, quiet, reviewer, waiting):
    first, _second = waiting(*_texts(2))
    quiet.goto(site.url("review", first.receipt))
    quiet.get_by_label("Feedback to the student").fill("Name the disk.")
    quiet.get_by_role("button", name="Save, next").click()
    expect(quiet.get_by_text("Saved: your grade for")).to_be_visible()

    kept = quiet.evaluate("Object.keys(localStorage).filter(k => k.includes('review:'))")

    assert kept == []


def test_a_phrase_is_inserted_with_one_press(site, quiet, reviewer, waiting, exercise):
    (first,) = waiting(UNSURE)
    FeedbackSnippet.objects.create(
        exercise=exercise, part="why_info", author=reviewer.user, title="disk",
        text="Name the disk.",
    )  # fmt: skip
    quiet.goto(site.url("review", first.receipt))

    quiet.get_by_role("button", name="Insert: disk").click()

    expect(quiet.get_by_label("Feedback to the student")).to_have_value("Name the disk.")
