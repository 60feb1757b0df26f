"""Drafts: nothing typed is lost or overwritten unseen."""

import pytest

from exercises.drafting import DraftConflict, save_draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def save(work):
    def _save(text, *, revision):
        return save_draft(
            work_item=work, version=work.exercise.current_version,
            fields={"w1-word": [text]}, revision=revision,
        )  # fmt: skip

    return _save


def test_each_save_raises_the_revision(save):
    assert [save("a", revision=0).revision, save("ab", revision=1).revision] == [1, 2]


def test_saving_the_same_text_again_changes_nothing(save):
    save("a", revision=0)

    assert save("a", revision=0).revision == 1


def test_a_second_device_overwrites_nothing(save):
    save("from the laptop", revision=0)

    with pytest.raises(DraftConflict) as conflict:
        save("from the phone", revision=0)

    assert conflict.value.draft.fields == {"w1-word": ["from the laptop"]}
