"""The board in a browser: numbers that move with what the site does, and lead to its traces."""

import re
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import expect

from exercises.tests.browser.test_loop import WHY_INFO
from lms.observatory.records import LogRecord
from lms.observatory.tests.measuring import HAND_IN, a_day
from lms.observatory.tests.story import MS, stored
from lms.processes import accounts_file
from lms.testing.site import manage, running_site

CLASS = 4


@pytest.fixture
def operator(site, quiet):
    who = site.person("mara").user
    who.is_superuser = True
    who.save()
    site.let_in(quiet.context, who)
    return quiet


def test_a_bad_number_leads_to_the_failing_trace(site, operator, measured, telemetry):
    failed = a_day(measured, telemetry, time.time_ns() // MS, minutes=60)
    operator.goto(f"{site.base}/observe/?range=3h")

    row = operator.get_by_role("row").filter(has_text="/hand-in/").filter(has_text="failures took")
    row.locator("a.rb-bad").click()
    operator.locator(f'a[href="/observe/traces/{failed}/"]').click()

    expect(operator.get_by_role("heading", level=1)).to_contain_text("hand-in")
    assert failed in operator.url


def test_the_live_log_brings_new_lines_until_it_is_paused(site, operator, telemetry):
    operator.clock.install()
    operator.goto(f"{site.base}/observe/")
    tail = operator.locator("#tail")
    _say(telemetry, "thing.first_seen")
    operator.clock.run_for(6_000)
    expect(tail).to_contain_text("thing.first_seen")

    pause = operator.get_by_role("button", name="Pause")
    pause.click()
    expect(pause).to_have_attribute("aria-pressed", "true")
    _say(telemetry, "thing.second_seen")
    operator.clock.run_for(30_000)
    expect(tail).not_to_contain_text("thing.second_seen")

    pause.click()
    expect(tail).to_contain_text("thing.second_seen")


def test_a_line_that_is_read_is_not_taken_away(site, operator, telemetry):
    _say(telemetry, "thing.first_seen")
    operator.clock.install()
    operator.goto(f"{site.base}/observe/")
    operator.locator("#tail summary").first.click()
    _say(telemetry, "thing.second_seen")
    operator.clock.run_for(30_000)

    expect(operator.locator("#tail")).not_to_contain_text("thing.second_seen")
    expect(operator.locator("#tail details[open]")).to_have_count(1)


def _say(telemetry, event):
    line = LogRecord(time_ns=time.time_ns(), severity=9, body=event, event=event, logger="lms")
    stored(telemetry, [], [line])


@pytest.fixture(scope="module")
def real_site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("red") / "data"
    with running_site(folder, SCRAPE_INTERVAL_S="1") as running:
        yield running


@pytest.mark.process
def test_load_raises_the_rate_and_a_failing_page_burns_the_budget(real_site, browser):
    with browser.new_context() as watching, browser.new_context() as answering:
        board, student = watching.new_page(), answering.new_page()
        _sign_in(board, real_site, "operator")
        _sign_in(student, real_site, "student")
        course_row = "GET /courses/<slug:course>/"
        before = _number(_wait_for_row(board, real_site, course_row), 0)

        _let_a_class_work(real_site)
        _wait(lambda: _number(_wait_for_row(board, real_site, course_row), 0) >= before + CLASS)

        _answer(student)
        with (
            _broken(real_site, "exercises_submission"),
            student.expect_response(
                lambda answer: answer.request.method == "POST" and "/hand-in/" in answer.url
            ) as refused,
        ):
            _hand_in(student)
        assert refused.value.status >= 500
        student.get_by_role("button", name=re.compile("again", re.IGNORECASE)).first.click()
        student.wait_for_url(re.compile("/submissions/"))
        _wait(lambda: "1 refused by an error of ours" in _grading(board, real_site))

        assert "too fast" in _grading(board, real_site)
        assert "Errors now" in board.get_by_role("heading", level=1).inner_text()
        row = _wait_for_row(board, real_site, f"POST /{HAND_IN}")
        row.locator("a.rb-bad").click()
        board.locator(".ob-traces tbody a").first.click()
        expect(board.get_by_role("heading", level=1)).to_contain_text(f"POST {HAND_IN}")
        expect(board.locator("main .state.error").first).to_be_visible()


def _sign_in(page, running, username):
    accounts = accounts_file.read(Path(running.environment["WATCHERS_DATA"]))
    account = next(one for one in accounts if one.username.startswith(username))
    page.goto(running.address)
    page.get_by_label("User name or e-mail").fill(account.username)
    page.get_by_label("Password").fill(account.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "sign-in" not in url)


def _let_a_class_work(running):
    """Let demo students read, type and hand in for some seconds."""
    load = {"--students": CLASS, "--minutes": 0.15, "--rate": 0.4, "--think": 1}
    words = [str(word) for pair in load.items() for word in pair]
    done = manage("demo_class", *words, environment=running.environment)
    assert done.returncode == 0, done.stderr


def _answer(page):
    page.get_by_role("link", name="The log level strategy", exact=True).click()
    page.wait_for_url("**/exercises/**")
    page.get_by_label("DEBUG").check()
    page.get_by_label("Your answer: Why go back to INFO?").fill(WHY_INFO)


def _hand_in(page):
    page.get_by_role("button", name=re.compile("Hand in attempt")).click()


def _wait_for_row(page, running, name):
    """Load the board until a route stands on it, and give its row."""
    row = page.locator("tbody tr").filter(has=page.get_by_text(name)).first

    def is_there():
        page.goto(f"{running.address}/observe/?range=30m")
        return row.count() > 0

    _wait(is_there)
    return row


def _number(row, column):
    return int(re.sub(r"\D", "", row.locator("td.n").nth(column).inner_text()))


def _grading(page, running):
    page.goto(f"{running.address}/observe/?range=30m")
    return page.locator("section[aria-labelledby=h-grading]").inner_text()


def _wait(is_so, within_s=60):
    until = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < until, "it did not come true in time"
        time.sleep(0.5)


class _broken:  # noqa: N801 - reads as a statement
    """Hide a table of the site's database: whatever needs it fails for as long."""

    def __init__(self, running, table):
        (self._path,) = Path(running.environment["WATCHERS_DATA"]).glob("*.sqlite3")
        self._table = table

    def __enter__(self):
        self._run(f"ALTER TABLE {self._table} RENAME TO {self._table}_away")

    def __exit__(self, *_error):
        self._run(f"ALTER TABLE {self._table}_away RENAME TO {self._table}")

    def _run(self, statement):
        with closing(sqlite3.connect(self._path, timeout=10)) as connection:
            connection.execute(statement)
