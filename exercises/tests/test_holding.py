"""Hand-ins without a session, kept for their writer."""

from datetime import timedelta

import pytest
from django.utils import timezone

from exercises import holding
from exercises.models import HeldPost
from exercises.submitting import new_key

pytestmark = pytest.mark.django_db

FIELDS = {"w1-word": ["my long answer"]}


@pytest.fixture
def held(work):
    return holding.hold(key=new_key(work), fields=FIELDS, counts_from_receipt=True)


def _counts(held, *, signed_in_after, fields=FIELDS):
    person = held.person
    person.last_login = held.received_at + timedelta(minutes=signed_in_after)
    return holding.counting_time(held, person=person, fields=fields)


def test_a_held_post_belongs_to_the_person_of_its_key(work, held):
    assert held.person == work.enrolment.user
    assert holding.held_for(work) == held


def test_a_key_that_is_not_ours_keeps_nothing(work):
    assert holding.hold(key="forged", fields=FIELDS, counts_from_receipt=True) is None


def test_more_than_64_kb_is_not_kept(work):
    fields = {"w1-word": ["x" * 70_000]}

    assert holding.hold(key=new_key(work), fields=fields, counts_from_receipt=True) is None


def test_it_counts_from_its_receipt_after_a_sign_in_within_15_minutes(held):
    assert _counts(held, signed_in_after=14) == held.received_at


@pytest.mark.parametrize(
    ("minutes", "fields"), [(16, FIELDS), (-1, FIELDS), (5, {"w1-word": ["changed since"]})]
)
def test_it_counts_from_now_when_late_or_changed(held, minutes, fields):
    assert _counts(held, signed_in_after=minutes, fields=fields) is None


def test_a_post_refused_for_its_token_never_counts_by_itself(work):
    held = holding.hold(key=new_key(work), fields=FIELDS, counts_from_receipt=False)

    assert _counts(held, signed_in_after=1) is None


def test_after_an_hour_it_is_gone(work, held):
    HeldPost.objects.update(received_at=timezone.now() - timedelta(minutes=61))

    assert holding.held_for(work) is None
    assert holding.purge() == 1
