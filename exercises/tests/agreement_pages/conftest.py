import pytest

from exercises.tests.factories import ExerciseFactory
from exercises.tests.fake_kind import fake_content
from exercises.tests.review_pages.conftest import as_role

__all__ = ["as_role"]


@pytest.fixture
def exercise(db, fake_kind):
    """An exercise with one audited part."""
    return ExerciseFactory(content=fake_content(), attempts=9)
