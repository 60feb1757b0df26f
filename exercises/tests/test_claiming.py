"""Soft claims: told to the others, gone after ten minutes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from exercises import claiming
from exercises.models import ReviewClaim
from exercises.tests.factories import UserFactory
from exercises.tests.review_pages.rows import text_exercise, waits

pytestmark = pytest.mark.django_db


@pytest.fixture
def two():
    exercise = text_exercise()
    return waits(exercise), waits(exercise)


def _seen(*submissions, viewer=None):
    claims = claiming.others_claims(
        [each.pk for each in submissions], viewer=viewer or UserFactory()
    )
    return {pk: [claim.reviewer for claim in each] for pk, each in claims.items()}


def test_others_see_who_looks_and_one_does_not_see_oneself(two):
    ada, ben = UserFactory(), UserFactory()
    claiming.claim(two[0], reviewer=ada)
    claiming.claim(two[0], reviewer=ben)

    assert _seen(*two) == {two[0].pk: [ada, ben]}
    assert _seen(*two, viewer=ada) == {two[0].pk: [ben]}


def test_opening_the_next_leaves_the_last(two):
    ada = UserFactory()
    claiming.claim(two[0], reviewer=ada)
    claiming.claim(two[1], reviewer=ada)

    assert _seen(*two) == {two[1].pk: [ada]}


def test_opening_it_again_keeps_since_when(two):
    ada = UserFactory()
    claiming.claim(two[0], reviewer=ada)
    began = ReviewClaim.objects.get().since
    _age(timedelta(minutes=4))

    claiming.claim(two[0], reviewer=ada)

    claim = ReviewClaim.objects.get()
    assert claim.since < began
    assert claim.until - timezone.now() > timedelta(minutes=9)


def test_a_claim_ends_after_ten_minutes(two):
    ada = UserFactory()
    claiming.claim(two[0], reviewer=ada)
    assert _seen(*two)

    _age(timedelta(minutes=11))
    assert _seen(*two) == {}

    claiming.claim(two[0], reviewer=ada)
    assert timezone.now() - ReviewClaim.objects.get().since < timedelta(minutes=1)


def test_release_ends_it_at_once(two):
    ada = UserFactory()
    claiming.claim(two[0], reviewer=ada)

    claiming.release(two[0].work_item.exercise.course, reviewer=ada)

    assert not ReviewClaim.objects.exists()


def _age(by):
    claim = ReviewClaim.objects.get()
    ReviewClaim.objects.update(since=claim.since - by, until=claim.until - by)
