"""The COMMIT span on whichever database the tests run on."""

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction

from lms.telemetry import traces
from lms.telemetry.spans import clean_attributes


@pytest.mark.race  # so that it runs on PostgreSQL too
@pytest.mark.django_db(transaction=True)
def test_a_commit_is_a_span_of_its_transaction(spans):
    with traces.span("hand in"), transaction.atomic():
        get_user_model().objects.create_user("someone")

    commit = next(span for span in spans() if span.name == "COMMIT")
    outer = spans()[-1]
    assert commit.parent.span_id == outer.context.span_id
    assert clean_attributes(commit.attributes)["db.system.name"] == connection.vendor
