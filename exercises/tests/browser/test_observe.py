"""The strip that opens into its own page's trace, with the spans that the site really makes."""

import pytest
from opentelemetry.trace import format_span_id, format_trace_id
from playwright.sync_api import expect

from exercises.tests.browser.states import Scene
from lms.observatory.records import Batch, Span
from lms.observatory.tests.story import TRACE_ID, hand_in, stored
from lms.telemetry.setup import RELAY, resource_of
from lms.telemetry.spans import redacted

RESOURCE = resource_of("web")


@pytest.fixture
def scene(site, quiet):
    student = site.person("mara")
    site.let_in(quiet.context, student.user)
    return Scene(site=site, page=quiet, who=student, student=student)


@pytest.fixture
def collected(monkeypatch, telemetry):
    """Do at once what exporter and collector do with each span that ends."""

    def receive(ended):
        telemetry.write([Batch(tenant="site", spans=[_record(redacted(ended, RESOURCE))])])

    def start():
        monkeypatch.setattr(RELAY, "receive", receive)

    return start


def _record(made):
    attributes = dict(made.attributes)
    return Span(
        trace_id=format_trace_id(made.context.trace_id),
        span_id=format_span_id(made.context.span_id),
        parent_id=format_span_id(made.parent.span_id) if made.parent else "",
        name=made.name,
        start_ns=made.start_time,
        duration_ns=made.end_time - made.start_time,
        kind=made.kind.name.lower(),
        status=made.status.status_code.name.lower(),
        owner=attributes.pop("watchers.owner", ""),
        course=attributes.pop("watchers.course", ""),
        attributes=attributes,
        resource=dict(made.resource.attributes),
    )


def drawer_of(page):
    return page.locator("details[data-pulse]")


def test_the_strip_opens_into_how_that_very_page_was_made(scene, collected):
    collected()
    scene.open(scene.url("course"))

    drawer_of(scene.page).locator("summary").first.click()

    drawer = drawer_of(scene.page)
    expect(drawer.get_by_role("link", name="GET courses/<slug:course>/")).to_be_visible()
    expect(drawer.get_by_text("SQL by statement")).to_be_visible()
    drawer.get_by_role("link", name="Open the trace").click()
    expect(scene.page.get_by_role("heading", level=1)).to_have_text("GET courses/<slug:course>/")


def test_the_drawer_waits_for_spans_that_are_on_the_way(scene, telemetry):
    scene.open(scene.url("course"))
    drawer = drawer_of(scene.page)
    trace_id = drawer.get_attribute("data-pulse").split("/")[-2]

    drawer.locator("summary").first.click()
    expect(drawer.get_by_text("is on its way here").first).to_be_visible()
    stored(telemetry, *hand_in(owner=scene.who.user.pseudonym, trace_id=trace_id))

    expect(drawer.locator(".waterfall")).to_be_visible()


def test_a_signed_out_persons_drawer_keeps_its_link(scene):
    scene.open(scene.url("course"))
    scene.page.context.clear_cookies()

    with scene.page.expect_response(lambda answer: "sign-in" in answer.url):
        drawer_of(scene.page).locator("summary").first.click()

    expect(drawer_of(scene.page).get_by_role("link", name="Open the trace")).to_be_visible()
    expect(scene.page.get_by_label("Password")).to_have_count(0)


def test_rows_of_a_trace_are_walked_with_the_arrow_keys(scene, telemetry):
    stored(telemetry, *hand_in(owner=scene.who.user.pseudonym))
    scene.open(f"/observe/traces/{TRACE_ID}/")
    rows = scene.page.locator(".waterfall .nm a")
    rows.first.focus()

    for key in ("ArrowDown", "End", "ArrowUp", "Home", "ArrowDown", "ArrowDown"):
        scene.page.keyboard.press(key)
    expect(rows.nth(2)).to_be_focused()
    assert rows.evaluate_all("rows => rows.filter((row) => row.tabIndex === 0).length") == 1
    scene.page.keyboard.press("Enter")

    expect(scene.page.locator("aside#span h2")).to_have_text("INSERT exercises_submission")


def test_without_script_the_strip_and_the_rows_lead_on(site, browser, telemetry):
    student = site.person("mara")
    stored(telemetry, *hand_in(owner=student.user.pseudonym))
    with browser.new_context(java_script_enabled=False) as context:
        site.let_in(context, student.user)
        page = context.new_page()
        page.goto(site.url("course"))
        page.locator("details[data-pulse] summary").click()
        page.get_by_role("link", name="Open the trace").click()
        expect(page.get_by_text("There is no trace to see under this id")).to_be_visible()
        page.goto(f"{site.base}/observe/traces/{TRACE_ID}/")
        page.get_by_role("link", name="grader text").first.click()
        expect(page.get_by_text("The error began here")).to_be_visible()
