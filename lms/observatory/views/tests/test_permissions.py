"""Who sees whose telemetry, tried from outside and by guessing ids."""

import pytest
from django.urls import reverse

from lms.observatory.tests.story import TRACE_ID
from lms.observatory.views.tests.conftest import ROLES

MAY_SEE = {"owner", "instructor", "operator"}
OTHER_ID = "d" * 32
PAGES = ["overview", "board", "tail", "store_state", "traces", "logs"]


def page_of(client, who, name, *args, **query):
    client.force_login(who)
    return client.get(reverse(f"observatory:{name}", args=args), query)


@pytest.mark.parametrize("role", ROLES)
def test_a_trace_opens_for_those_whom_it_concerns(client, people, keep, role):
    keep()

    response = page_of(client, people[role], "trace", TRACE_ID)

    assert response.status_code == (200 if role in MAY_SEE else 404)
    assert ("submission.received" in response.content.decode()) is (role in MAY_SEE)


@pytest.mark.parametrize("role", ROLES)
def test_a_drawer_opens_for_those_whom_it_concerns(client, people, keep, role):
    keep()

    body = page_of(client, people[role], "pulse", TRACE_ID).content.decode()

    assert ("grader text" in body) is (role in MAY_SEE)
    assert ("is on its way here" in body) is (role not in MAY_SEE)


@pytest.mark.parametrize("role", ROLES)
def test_a_list_of_traces_holds_what_concerns_her(client, people, keep, role):
    keep()

    body = page_of(client, people[role], "traces").content.decode()

    assert (TRACE_ID in body) is (role in MAY_SEE)


@pytest.mark.parametrize("role", ROLES)
def test_a_list_of_lines_holds_what_concerns_her(client, people, keep, role):
    keep()

    body = page_of(client, people[role], "logs", trace=TRACE_ID, range="all").content.decode()

    assert ("submission.received" in body) is (role in MAY_SEE)


@pytest.mark.parametrize("role", ROLES)
def test_what_is_nobodys_is_for_those_who_teach(client, people, keep, role):
    keep(owner="", course="")

    response = page_of(client, people[role], "trace", TRACE_ID)

    may_see = {"instructor", "instructor of another course", "operator"}
    assert response.status_code == (200 if role in may_see else 404)


def test_what_is_not_hers_and_what_is_not_there_look_the_same(client, people, keep):
    keep()
    stranger = people["other student"]

    hidden = page_of(client, stranger, "trace", TRACE_ID, span="1" * 16).content.decode()
    absent = page_of(client, stranger, "trace", OTHER_ID, span="1" * 16).content.decode()

    assert _without_costs(hidden).replace(TRACE_ID, OTHER_ID) == _without_costs(absent)


def test_a_link_to_a_trace_of_somebody_else_stays_closed(client, people, keep):
    keep(trace_id=OTHER_ID, owner=people["other student"].pseudonym)

    assert page_of(client, people["owner"], "trace", OTHER_ID).status_code == 404


SEE_SITE = {"instructor", "instructor of another course", "operator"}


@pytest.mark.parametrize("role", ROLES)
def test_the_overview_is_for_those_who_teach_and_leads_others_to_the_class(client, people, role):
    response = page_of(client, people[role], "overview")

    if role in SEE_SITE:
        assert "Rate, errors, duration by route" in response.content.decode()
    else:
        assert response["Location"] == "/observe/class/"


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", ["tail", "store_state"])
def test_what_is_the_sites_is_closed_to_others(client, people, role, name):
    response = page_of(client, people[role], name)

    assert response.status_code == (200 if role in SEE_SITE else 403)


@pytest.mark.parametrize("role", ROLES)
def test_a_metric_is_closed_to_others_whatever_its_name(client, people, role):
    known, absent = (page_of(client, people[role], "series", name) for name in ("up", "nothing"))

    expected = (200, 404) if role in SEE_SITE else (403, 403)
    assert (known.status_code, absent.status_code) == expected


@pytest.mark.parametrize("role", ROLES)
def test_the_class_board_is_open_to_everybody_here(client, people, role):
    response = page_of(client, people[role], "board")

    assert response.status_code == 200
    assert ("/observe/store/" in response.content.decode()) is (role in SEE_SITE)


@pytest.mark.parametrize("role", ROLES)
def test_the_tail_holds_what_concerns_her(client, people, keep, role):
    keep()

    body = page_of(client, people[role], "tail").content.decode()

    assert ("submission.received" in body) is (role in {"instructor", "operator"})


def test_a_stranger_who_guesses_a_metric_is_sent_to_sign_in(client, db):
    response = client.get("/observe/metrics/up/")

    assert response["Location"].startswith("/sign-in/?next=/observe/")


@pytest.mark.parametrize("name", PAGES)
def test_strangers_are_sent_to_sign_in(client, db, name):
    response = client.get(reverse(f"observatory:{name}"))

    assert response["Location"].startswith("/sign-in/?next=/observe/")


@pytest.mark.parametrize("name", ["trace", "pulse"])
def test_strangers_who_guess_an_id_are_sent_to_sign_in(client, keep, name):
    keep()

    response = client.get(reverse(f"observatory:{name}", args=[TRACE_ID]))

    assert response["Location"].startswith("/sign-in/?next=/observe/")


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_not_posted_to(client, people, name):
    client.force_login(people["owner"])

    assert client.post(reverse(f"observatory:{name}")).status_code == 405


@pytest.mark.parametrize("shape", ["zz", "A" * 32, "a" * 31, "a" * 33])
def test_an_id_of_another_shape_is_no_address(client, people, shape):
    client.force_login(people["operator"])

    assert client.get(f"/observe/traces/{shape}/").status_code == 404


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("owner", "what your own visits and submissions caused"),
        ("assistant", "what your own visits and submissions caused"),
        ("instructor", "the courses that you teach"),
        ("operator", "everything that this site recorded"),
    ],
)
@pytest.mark.parametrize("name", ["traces", "logs"])
def test_lists_say_whose_telemetry_they_show(client, people, role, words, name):
    assert words in page_of(client, people[role], name).content.decode()


@pytest.mark.parametrize("role", ["owner", "operator", "nobody's student"])
def test_the_top_bar_leads_everyone_here(client, people, role):
    body = page_of(client, people[role], "traces").content.decode()

    assert '<a href="/observe/" aria-current="page">Observe</a>' in body


def _without_costs(page):
    """Give the page without its token and its own times and ids, which differ by request."""
    main = page.split("<main")[1].split("</main>")[0]
    assert "<h1>" in main
    return main
