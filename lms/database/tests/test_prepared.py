"""Queries that are compiled once give what Django's own query sets give."""

from datetime import timedelta

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection, transaction
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from exercises.models import Enrolment, HeldPost, WorkItem
from exercises.tests.factories import EnrolmentFactory, WorkItemFactory
from lms.database.prepared import NotPreparable, Prepared

pytestmark = pytest.mark.django_db


def by_user_and_course():
    return Prepared(
        lambda user, course: Enrolment.objects.select_related("course", "user").filter(
            user=user, course__slug=course
        ),
        user=int,
        course=str,
    )


def test_rows_and_their_relations_come_in_one_statement():
    enrolment = EnrolmentFactory()
    query = by_user_and_course()

    with CaptureQueriesContext(
        connection,
    ) as asked:
        found = query.one(user=enrolment.user_id, course=enrolment.course.slug)
        names = (found.course.title, found.user.username)

    assert found == enrolment
    assert names == (enrolment.course.title, enrolment.user.username)
    assert len(asked) == 1


def test_the_second_call_asks_for_its_own_values():
    first, second = EnrolmentFactory(), EnrolmentFactory()
    query = by_user_and_course()
    query.one(user=first.user_id, course=first.course.slug)

    found = query.one(user=second.user_id, course=second.course.slug)

    assert found == second
    assert query.first(user=first.user_id, course=second.course.slug) is None


def test_the_statement_is_the_one_that_django_sends():
    enrolment = EnrolmentFactory()
    values = {"user": enrolment.user_id, "course": enrolment.course.slug}
    query = by_user_and_course()
    query.one(**values)

    with CaptureQueriesContext(connection) as asked:
        query.one(**values)
        list(query._build(**values))

    assert asked[0]["sql"] == asked[1]["sql"]


def test_instants_are_bound_as_the_database_wants_them():
    item = WorkItemFactory()
    now = timezone.now()
    HeldPost.objects.create(
        person=item.enrolment.user, work_item=item, key="k", fields={}, received_at=now
    )
    query = Prepared(lambda since: HeldPost.objects.filter(received_at__gt=since), since=type(now))

    assert len(query.all(since=now - timedelta(seconds=1))) == 1
    assert query.all(since=now + timedelta(seconds=1)) == []


def test_a_value_may_stand_twice_and_constants_stay():
    enrolment = EnrolmentFactory()
    query = Prepared(
        lambda user: Enrolment.objects.filter(Q(user=user) | Q(pk=user), role="student"), user=int
    )

    assert query.all(user=enrolment.user_id) == [enrolment]


def test_no_row_raises_where_one_is_wanted():
    with pytest.raises(ObjectDoesNotExist):
        by_user_and_course().one(user=1, course="none")


def test_a_value_that_the_query_does_not_use_is_refused():
    query = Prepared(lambda user: Enrolment.objects.all(), user=int)

    with pytest.raises(NotPreparable, match="user"):
        query.all(user=1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.race
def test_a_locking_query_still_asks_for_a_transaction():
    item = WorkItemFactory()
    query = Prepared(lambda pk: WorkItem.objects.select_for_update().filter(pk=pk), pk=int)

    with transaction.atomic():
        assert query.one(pk=item.pk) == item

    if connection.features.has_select_for_update:
        with pytest.raises(transaction.TransactionManagementError):
            query.one(pk=item.pk)
