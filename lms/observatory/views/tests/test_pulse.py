"""The drawer of the pulse strip, the store that fails, and what pages cost."""

import re
from unittest import mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lms.observatory.store.base import StoreUnavailable
from lms.observatory.tests.story import HAND_IN, TRACE_ID, span, stored


def test_every_page_leads_from_its_strip_to_its_own_trace(read):
    text = read("logs")

    (trace_id,) = re.findall(r'class="ptrace" href="/observe/traces/([0-9a-f]{32})/"', text)
    assert f'data-pulse="/observe/pulse/{trace_id}/"' in text
    assert f'<a href="/observe/traces/{trace_id}/">Open the trace</a>' in text


def test_a_drawer_shows_the_waterfall_and_the_statements(read, keep):
    keep(selects=31)

    text = read("pulse", TRACE_ID)

    assert "<html" not in text
    assert "How this page was made, in 1.02 s" in text
    assert "SELECT * FROM t WHERE id = ?" in text
    assert "35 statements" in text
    assert "1 of them more than once" in text


@pytest.mark.parametrize(("look", "again"), [("0", 1), ("3", 2), ("6", 5)])
def test_a_drawer_looks_again_while_spans_are_on_the_way(read, db, look, again):
    text = read("pulse", TRACE_ID, look=look)

    assert f'data-again="/observe/pulse/{TRACE_ID}/?look={int(look) + 1}"' in text
    assert f'data-after="{again}"' in text


@pytest.mark.parametrize("look", ["7", "99999999", "-1", "x", "", "\N{SUPERSCRIPT TWO}"])
def test_a_drawer_that_looked_often_says_so_and_stops(read, db, look):
    text = read("pulse", TRACE_ID, look=look)

    assert "has not arrived" in text
    assert "data-again" not in text


def test_a_drawer_waits_for_the_requests_own_span(read, telemetry, owner):
    stored(telemetry, [span("SELECT", 0, 1, "e" * 16, owner=owner.pseudonym)])

    assert "is on its way here" in read("pulse", TRACE_ID)


@pytest.mark.parametrize(
    ("name", "args", "method"),
    [("traces", [], "traces"), ("logs", [], "logs"), ("trace", [TRACE_ID], "trace"),
     ("pulse", [TRACE_ID], "trace")],
)  # fmt: skip
def test_a_store_that_cannot_be_read_is_said_to_be_so(client, owner, telemetry, name, args, method):
    client.force_login(owner)
    with mock.patch.object(telemetry, method, side_effect=StoreUnavailable("the disk is full")):
        response = client.get(reverse(f"observatory:{name}", args=args))

    assert response.status_code == 503
    assert response["Retry-After"] == "10"
    assert "Telemetry cannot be read just now" in response.content.decode()
    assert "the disk is full" in response.content.decode()


@pytest.mark.parametrize(
    ("name", "args", "count"),
    [("traces", [], 4), ("logs", [], 4), ("trace", ["0" * 32], 4), ("pulse", ["0" * 32], 3)],
)
@pytest.mark.parametrize("rows", [1, 3])
def test_a_page_asks_the_database_the_same_however_long_it_is(
    client, owner, keep, name, args, count, rows
):
    for i in range(rows):
        keep(trace_id=f"{i:032x}")
    client.force_login(owner)

    with CaptureQueriesContext(
        connection,
    ) as asked:
        text = client.get(reverse(f"observatory:{name}", args=args)).content.decode()

    assert len(asked) == count
    assert HAND_IN.partition("<")[0] in text or "submission.received" in text
