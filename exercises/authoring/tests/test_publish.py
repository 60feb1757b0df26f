"""Drafts and published versions."""

import pytest

from exercises.authoring.publish import (
    NotPublishable,
    publish,
    publish_content,
    save_draft_version,
)
from exercises.models import AuditEvent
from exercises.specification import SpecificationError
from exercises.tests.factories import ExerciseFactory, UserFactory

pytestmark = pytest.mark.django_db

SAMPLE = {"answer": {"chosen": ["info"]}, "levels": {"choice": 1}}


def text(title="New", samples=()):
    options = [{"id": "debug", "label": "DEBUG", "right": True}, {"id": "info", "label": "INFO"}]
    part = {
        "slug": "level", "kind": "choice", "title": "T", "prompt": "Q", "points": 1,
        "spec": {"options": options}, "samples": list(samples),
    }  # fmt: skip
    return {"title": title, "summary": "", "statement": "S", "parts": [part]}


@pytest.fixture
def exercise():
    return ExerciseFactory(content=text("Old"))


def draft_of(exercise, content, author=None):
    return save_draft_version(exercise=exercise, content=content, source="admin", author=author)


def test_a_draft_is_numbered_after_the_published_version(exercise):
    draft = draft_of(exercise, text())

    assert (draft.number, draft.title, draft.is_published) == (2, "New", False)


def test_a_draft_is_saved_over_and_stays_one(exercise):
    draft_of(exercise, text("First"))
    draft = draft_of(exercise, text("Second"))

    assert (draft.number, draft.title) == (2, "Second")
    assert exercise.versions.count() == 2


def test_a_draft_that_says_what_is_published_is_dropped(exercise):
    draft_of(exercise, text())

    kept = draft_of(exercise, text("Old"))

    assert kept == exercise.current_version
    assert exercise.versions.count() == 1


def test_a_draft_must_be_readable(exercise):
    with pytest.raises(SpecificationError, match="statement"):
        draft_of(exercise, {"title": "x"})


def test_publishing_makes_a_draft_current_and_says_who(exercise):
    person = UserFactory()

    version = publish(draft_of(exercise, text(), person), by=person)

    exercise.refresh_from_db()
    assert (exercise.current_version, version.is_published) == (version, True)
    event = AuditEvent.objects.get(action="version.published")
    assert (event.actor, event.before, event.after["number"]) == (person, {"number": 1}, 2)


def test_publishing_twice_changes_nothing(exercise):
    version = publish(draft_of(exercise, text()), by=None)

    again = publish(version, by=None)

    assert again.published_at == version.published_at
    assert AuditEvent.objects.count() == 1


def test_contradicted_samples_keep_a_draft_from_being_published(exercise):
    draft = draft_of(exercise, text(samples=[SAMPLE]))

    with pytest.raises(NotPublishable, match="sample 1 of level: choice should be 1 and is 0"):
        publish(draft, by=None)

    draft.refresh_from_db()
    assert not draft.is_published


def test_the_same_content_makes_no_new_version(exercise):
    version = publish_content(exercise=exercise, content=text("Old"), source="files", by=None)

    assert version == exercise.current_version
    assert exercise.versions.count() == 1


def test_a_content_is_published_past_a_draft_that_stays(exercise):
    draft = draft_of(exercise, text("Somebody's work"))

    version = publish_content(exercise=exercise, content=text("From files"), source="f", by=None)

    assert version.number == 3
    draft.refresh_from_db()
    assert draft.title == "Somebody's work"
