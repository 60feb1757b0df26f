"""One decision for answers alike, one question of several, samples from decisions."""

from copy import deepcopy

import pytest

from exercises.authoring.publish import save_draft_version
from exercises.models import Enrolment, Grade, ReleaseAudit
from exercises.tests.factories import EnrolmentFactory, VersionFactory
from exercises.tests.review_pages.rows import (
    answered,
    audited,
    graded,
    levels,
    switch_for,
    text_exercise,
    text_item,
    url_of,
    waits,
)

pytestmark = pytest.mark.django_db

ROLE = Enrolment.Role


@pytest.fixture
def exercise():
    return text_exercise()


def _head(submission):
    return Grade.objects.heads().get(submission=submission)


def _token(submission):
    return f"{submission.receipt}:{_head(submission).pk}"


def _group(client, submission, *members, feedback="", query="", tokens=(), part="why", **more):
    data = levels(part=part, **more) | {
        "head": _head(submission).pk, "feedback": feedback, "group": part,
        f"{part}:alike": [*map(_token, members), *tokens],
    }  # fmt: skip
    return client.post(url_of(submission) + query, data, follow=True)


def _alike(client, submission, query=""):
    form = client.get(url_of(submission) + query).context["form"]
    return [(each.pseudonym, each.is_same) for part in form.parts() for each in part.alike]


def _pseudonym(submission):
    return submission.work_item.enrolment.pseudonym


def test_identical_answers_stand_ticked_and_similar_ones_to_tick(as_role, exercise):
    shown, same = waits(exercise, "The disk is dear."), waits(exercise, "THE disk is dear!")
    similar, _other = waits(exercise, "The disk is dear, yes"), waits(exercise, "Nothing at all")
    client = as_role(ROLE.ASSISTANT)

    page = client.get(url_of(shown)).content.decode()

    assert _alike(client, shown) == [(_pseudonym(same), True), (_pseudonym(similar), False)]
    assert f'value="{_token(same)}" checked' in page
    assert f'value="{_token(similar)}">' in page
    assert "The disk is dear, yes" in page


def test_a_decision_reaches_the_ticked_ones_alone(as_role, exercise):
    shown, same, unticked = (waits(exercise) for _ in range(3))

    _group(as_role(ROLE.ASSISTANT), shown, same, disk="0.5", feedback="Name it.")

    for each in (shown, same):
        assert (_head(each).source, _head(each).points) == ("human", 0.5)
        assert _head(each).feedback == "Name it."
    assert _head(unticked).source == "auto"


def test_without_the_groups_button_the_ticks_do_nothing(as_role, exercise):
    shown, same = waits(exercise), waits(exercise)
    data = levels() | {"head": _head(shown).pk, "why:alike": [_token(same)]}

    as_role(ROLE.ASSISTANT).post(url_of(shown), data)

    assert (_head(shown).source, _head(same).source) == ("human", "auto")


def test_a_member_whose_chain_moved_is_left_and_named(as_role, exercise):
    shown, same, moved = (waits(exercise) for _ in range(3))
    token = _token(moved)
    held = graded(moved, text_item(certain=True), source="human", supersedes=_head(moved))

    page = _group(as_role(ROLE.ASSISTANT), shown, same, tokens=[token]).content.decode()

    assert _head(moved) == held
    assert _head(same).source == "human"
    assert f"Graded meanwhile and left as they are: {_pseudonym(moved)}." in page


def test_what_must_not_be_graded_so_is_left(as_role, exercise):
    client = as_role(ROLE.ASSISTANT)
    shown = waits(exercise)
    elsewhere = waits(text_exercise())
    certain = answered(exercise, why="The disk is dear.")
    graded(certain, text_item(certain=True))
    checked, _audit = audited(exercise)
    members = [elsewhere, certain, checked]
    before = [_head(each) for each in members]

    _group(client, shown, *members, tokens=["nonsense", ":", "W-0000-0000:x"])

    assert [_head(each) for each in members] == before


def test_answers_under_another_rubric_are_no_group(as_role, exercise):
    shown = waits(exercise)
    content = deepcopy(exercise.current_version.content)
    content["parts"][0]["points"] = "3.00"
    exercise.current_version = VersionFactory(exercise=exercise, content=content)
    waits(exercise)
    content = deepcopy(content)
    content["parts"][0]["points"] = "2.00"
    content["statement"] = "The question is the same."
    exercise.current_version = VersionFactory(exercise=exercise, content=content)
    same = waits(exercise)

    assert _alike(as_role(ROLE.ASSISTANT), shown) == [(_pseudonym(same), True)]


def test_a_waiting_check_is_in_no_group(as_role, exercise):
    shown = waits(exercise)
    same = waits(exercise)
    head = _head(same)
    ReleaseAudit.objects.create(
        switch=switch_for(head, "why"), grade=head, part="why", drawn_at=head.created_at
    )

    assert _alike(as_role(ROLE.ASSISTANT), shown) == []


@pytest.fixture
def two_questions(client):
    """A submission with two open questions, and a signed-in assistant of its course."""
    exercise = text_exercise("why", "how")
    submission = answered(exercise, why="The disk.", how="Tell.")
    graded(submission, text_item("why"), text_item("how"))
    client.force_login(EnrolmentFactory(course=exercise.course, role=ROLE.ASSISTANT).user)
    return submission, f"?exercise={exercise.slug}&part=how"


def test_a_filter_by_question_decides_that_one_and_leaves_the_other_open(client, two_questions):
    submission, query = two_questions
    data = levels(part="how", disk="1.0", leak="1.0") | {"head": _head(submission).pk}

    client.post(url_of(submission) + query, data)

    head = _head(submission)
    assert [item["certain"] for item in head.items] == [False, True]
    assert (head.source, head.released) == ("human", False)
    submission.work_item.refresh_from_db()
    assert submission.work_item.best_points is None
    assert submission.work_item.proposed_points is not None


def test_the_open_question_waits_on_and_can_be_decided(client, two_questions):
    submission, query = two_questions
    client.post(url_of(submission) + query, levels(part="how") | {"head": _head(submission).pk})

    page = client.get(url_of(submission)).content.decode()
    client.post(url_of(submission), levels(part="why") | {"head": _head(submission).pk})

    assert "Decided by a person" in page
    assert "Waits for you" in page
    assert _head(submission).released


def test_without_a_filter_no_question_may_be_left_out(client, two_questions):
    submission, _query = two_questions
    data = levels(part="how") | {"head": _head(submission).pk}

    assert client.post(url_of(submission), data).status_code == 422
    assert _head(submission).source == "auto"


def _sample(client, submission, **more):
    data = levels(**more) | {"head": _head(submission).pk, "why:sample": "on"}
    return client.post(url_of(submission), data, follow=True).content.decode()


def test_a_decision_becomes_a_sample_of_the_draft(as_role, exercise):
    submission = waits(exercise, "The disk is dear.")

    page = _sample(as_role(ROLE.ASSISTANT), submission, disk="1.0", leak="0.0")

    draft = exercise.versions.get(published_at=None)
    assert draft.content["parts"][0]["samples"] == [
        {"answer": "The disk is dear.", "levels": {"disk": 1.0, "leak": 0.0}}
    ]
    assert exercise.current_version.content["parts"][0]["samples"] == []
    assert "Kept as sample 1" in page
    assert "The rubric grades every sample as declared." in page


def test_a_sample_against_the_rubric_is_counted(as_role, exercise):
    page = _sample(as_role(ROLE.ASSISTANT), waits(exercise), disk="0.0", leak="1.0")

    assert "now grades 1 sample otherwise than declared" in page


def test_a_draft_that_is_there_grows(as_role, exercise):
    client = as_role(ROLE.ASSISTANT)
    _sample(client, waits(exercise, "The disk is dear."))
    _sample(client, waits(exercise, "Tapes leak."))

    samples = exercise.versions.get(published_at=None).content["parts"][0]["samples"]
    assert [sample["answer"] for sample in samples] == ["The disk is dear.", "Tapes leak."]


def test_the_same_words_make_no_second_sample(as_role, exercise):
    client = as_role(ROLE.ASSISTANT)
    _sample(client, waits(exercise, "The disk is dear."))

    second = waits(exercise, "the disk is DEAR")
    page = _sample(client, second)

    assert "sample 1 of the draft has the same words already" in page
    assert _head(second).source == "human"
    assert len(exercise.versions.get(published_at=None).content["parts"][0]["samples"]) == 1


def test_a_question_that_the_draft_has_dropped_gets_no_sample(as_role, exercise):
    content = deepcopy(exercise.current_version.content)
    content["parts"][0]["slug"] = "wherefore"
    save_draft_version(exercise=exercise, content=content, source="admin", author=None)

    page = _sample(as_role(ROLE.ASSISTANT), waits(exercise))

    assert "the draft has no such question of free text any more" in page
