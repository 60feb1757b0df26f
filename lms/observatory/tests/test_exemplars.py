"""Which spans stand for a metric's slowest."""

from dataclasses import replace

import pytest
from django.test import Client
from prometheus_client import REGISTRY

from lms.observatory.exemplars import REQUESTS, TASKS, exemplars_of
from lms.observatory.records import Span
from lms.telemetry.tests.fixtures import spans  # noqa: F401 - a fixture

MINUTE_NS = 60_000_000_000
SPAN = Span(
    trace_id="a" * 32, span_id="b" * 16, parent_id="", name="GET word/<w>/", kind="server",
    start_ns=100 * MINUTE_NS, duration_ns=5_000_000,
    attributes={
        "http.request.method": "GET", "http.response.status_code": 200, "http.route": "word/<w>/",
    },
)  # fmt: skip


def with_status(status, **more):
    return replace(
        SPAN, attributes={**SPAN.attributes, "http.response.status_code": status}, **more
    )


def test_the_slowest_of_each_label_set_and_minute_is_kept():
    slower = replace(SPAN, duration_ns=9_000_000, trace_id="c" * 32)
    failed = with_status(503, duration_ns=1_000_000)
    later = replace(SPAN, start_ns=101 * MINUTE_NS, duration_ns=1_000_000)

    found = exemplars_of([SPAN, slower, SPAN, failed, later])

    assert [(dict(one.labels)["status_class"], one.minute_ms, one.trace_id[0], one.duration_ns)
            for one in found] == [
        ("2xx", 6_000_000, "c", 9_000_000), ("5xx", 6_000_000, "a", 1_000_000),
        ("2xx", 6_060_000, "a", 1_000_000),
    ]  # fmt: skip
    assert {one.metric for one in found} == {REQUESTS}


def test_a_request_belongs_to_the_minute_in_which_it_ended():
    long = replace(SPAN, duration_ns=MINUTE_NS)

    assert [one.minute_ms for one in exemplars_of([long])] == [6_060_000]


def test_a_task_s_run_is_an_exemplar():
    run = replace(
        SPAN, kind="consumer",
        attributes={"celery.task_name": "exercises.grade", "celery.state": "SUCCESS"},
    )  # fmt: skip

    [one] = exemplars_of([run])

    assert (one.metric, one.labels) == (
        TASKS, (("outcome", "success"), ("task", "exercises.grade"))
    )  # fmt: skip


@pytest.mark.parametrize(
    "span",
    [
        replace(SPAN, kind="internal"),
        replace(SPAN, attributes={**SPAN.attributes, "watchers.computed": True}),
        replace(SPAN, attributes={}),
        replace(SPAN, kind="producer", attributes={"celery.task_name": "exercises.grade"}),
    ],
    ids=["not a request", "computed", "without an answer", "a message"],
)
def test_other_spans_are_none(span):
    assert exemplars_of([span]) == []


def requests_by_labels():
    [family] = [one for one in REGISTRY.collect() if one.name == REQUESTS]
    return {
        tuple(sorted(sample.labels.items())): sample.value
        for sample in family.samples
        if sample.name == f"{REQUESTS}_count"
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "path"),
    [("get", "/"), ("get", "/sign-in/"), ("post", "/nowhere/x"), ("head", "/admin/login/")],
)
def test_an_exemplar_bears_the_labels_of_the_metric(method, path, spans):  # noqa: F811
    before = requests_by_labels()

    getattr(Client(), method)(path)

    grown = {key for key, value in requests_by_labels().items() if value != before.get(key, 0)}
    [request] = [span for span in spans() if span.kind.name == "SERVER"]
    [one] = exemplars_of([
        replace(SPAN, name=request.name, attributes=dict(request.attributes))
    ])  # fmt: skip
    assert {one.labels} == grown
