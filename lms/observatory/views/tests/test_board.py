"""The class's board: sums over everybody, and one's own requests on it."""

import time

import pytest

from exercises.observing import routes
from lms.observatory.tests.measuring import COURSE, HAND_IN, MINUTE_MS, keep, requests
from lms.observatory.tests.story import MS, span, stored
from lms.observatory.views.tests.reading_pages import ids, words


@pytest.fixture
def asked(telemetry):
    """Store a request for a course by one person; give its trace id."""

    def _asked(owner, number, *, ms=20, status=200, route=COURSE):
        attributes = {
            "http.request.method": "GET", "http.response.status_code": status, "http.route": route,
        }  # fmt: skip
        at_ns = time.time_ns() - number * 1000 * MS
        one = span(f"GET {route}", 0, ms, trace_id=f"{number:032x}", at_ns=at_ns, kind="server",
                   owner=owner, attributes=attributes)  # fmt: skip
        stored(telemetry, [one])
        return one.trace_id

    return _asked


@pytest.fixture
def five(asked):
    for number in range(5):
        asked(f"somebody{number}", 100 + number)


@pytest.fixture
def counted(telemetry, measured):
    """The collector looked for ten minutes and counted."""
    now_ms = time.time_ns() // MS
    for ago in range(10, -1, -1):
        telemetry.beat((now_ms - ago * MINUTE_MS) * MS)
    minute_ms = now_ms // MINUTE_MS * MINUTE_MS
    keep(
        measured, now_ms,
        requests(minute_ms, count=100, seconds=0.02),
        requests(minute_ms, count=3, route=HAND_IN, method="POST"),
        requests(minute_ms, count=50, route="courses/<slug:course>/review/"),
        requests(minute_ms, count=50, route="courses/<slug:course>/submissions/<str:receipt>/second-look/"),  # noqa: E501
    )  # fmt: skip


def test_only_what_students_use_is_shown_and_rare_pages_in_the_sum_alone(read, five, counted):
    text = read("board")

    assert "GET /courses/&lt;slug:course&gt;/</span>" in text
    assert "n = 103" in text
    assert "3 requests of pages asked for fewer than 20 times" in text
    assert "review" not in text
    assert "second-look" not in text
    assert "hand-in" not in text.split("Rate, errors, duration by page")[1]


def test_among_fewer_than_five_people_nothing_of_the_class_is_shown(read, asked, counted):
    for number in range(4):
        asked(f"somebody{number}", 100 + number)
        asked(f"somebody{number}", 200 + number)
    asked("", 300)

    text = read("board")

    assert "Too few people were here to show a class" in text
    assert "n = 103" not in text
    assert "GET /courses/&lt;slug:course&gt;/</span>" not in text


def test_a_fifth_person_opens_it(read, asked, five, counted):
    assert "n = 103" in read("board")


def test_her_own_requests_stand_among_the_class_and_lead_to_their_traces(
    read, owner, asked, five, counted
):
    quick = asked(owner.pseudonym, 1, ms=11)
    slow = asked(owner.pseudonym, 2, ms=900)
    failed = asked(owner.pseudonym, 3, ms=30, status=500)

    text = read("board")

    assert ids(text) == [quick, slow, failed]
    said = words(text)
    assert "11 ms faster than half of the class" in said
    assert "900 ms among the slowest 1 %" in said
    assert "30 ms it failed" in said
    assert text.count('class="own') == 3


def test_others_requests_are_on_no_ones_board(read, asked, five, counted):
    assert ids(read("board")) == []


def test_an_operators_board_has_her_own_requests_alone(client, people, asked, five, counted):
    mine = asked(people["operator"].pseudonym, 1)
    client.force_login(people["operator"])

    assert ids(client.get("/observe/class/").content.decode()) == [mine]


def test_a_request_that_nothing_compares_with_says_so(read, owner, asked):
    asked(owner.pseudonym, 1)

    assert "too few requests of the class to compare" in read("board")


def test_the_board_leads_to_no_list_and_no_series(read, five, counted):
    main = read("board").split("<main")[1].split("</main>")[0]

    assert "/observe/metrics/" not in main
    assert "?name=" not in main


def test_minutes_are_not_offered(read, five, counted):
    assert "range=30m" not in read("board")
    assert "the last 30 minutes" not in read("board", range="30m")
    assert 'href="?range=3h" aria-current="true"' in read("board", range="30m")


@pytest.mark.parametrize("number", [1, 3])
def test_the_board_holds_its_query_count(
    client, owner, asked, five, counted, django_assert_num_queries, number
):
    for at in range(number):
        asked(owner.pseudonym, at + 1)
    client.force_login(owner)
    client.get("/observe/class/")

    with django_assert_num_queries(4):
        client.get("/observe/class/")


def test_the_students_routes_are_addresses_of_the_site(db):
    known = routes()

    assert known.hand_in == HAND_IN
    assert COURSE in known.student
    assert "/" in known.student
    assert not any("review" in route or "grades" in route for route in known.student)
