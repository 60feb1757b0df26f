"""The kind span: specification, form, verdict and templates."""

from types import SimpleNamespace

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string

from exercises.contract import UnreadableAnswer
from exercises.kinds.span.kind import SpanKind
from exercises.kinds.span.spec import SpanSpec

KIND = SpanKind()
PART = SimpleNamespace(title="Where?")


def span(span_id, **more):
    return {
        "id": span_id, "name": span_id.title(), "service": "api", "start_ms": 0, "duration_ms": 10,
        "status": "ok",
    } | more  # fmt: skip


def content(**more):
    spans = [
        span("request", status="error", duration_ms=90),
        span("connect", status="error", parent="request", start_ms=5, duration_ms=80),
        span("query", parent="request", start_ms=85, duration_ms=None, status="unset"),
    ]
    feedback = {
        "request": {"text": "go deeper", "misconception": "T2"},
        "connect": {"text": "well seen"},
        "query": {"text": "it never ran", "misconception": "T3"},
    }
    return {
        "trace": {"total_ms": 100, "spans": spans}, "right": "connect", "feedback": feedback,
    } | more  # fmt: skip


SPEC = SpanSpec.model_validate(content())


def filled(picked):
    return KIND.answer_form(SPEC)(QueryDict(f"span-span={picked}"), prefix="span")


def drawn(form):
    question = KIND.question(SPEC)
    return render_to_string(
        "kinds/span/answer.html", {"part": PART, "form": form, "question": question}
    )


@pytest.mark.parametrize(
    ("picked", "score", "code"),
    [("connect", 1.0, ""), ("request", 0.0, "T2"), ("query", 0.0, "T3")],
)
def test_each_span_has_its_verdict_and_misconception(picked, score, code):
    verdict = KIND.grade(SPEC, {"span": picked})

    found = verdict.criteria[0]
    assert (found.id, found.score, found.misconception) == ("span", score, code)
    assert verdict.certain


@pytest.mark.parametrize("answer", [{}, {"span": "zz"}, {"span": ["connect"]}, {"span": None}])
def test_an_answer_of_another_shape_is_unreadable(answer):
    with pytest.raises(UnreadableAnswer, match=r"^span: "):
        KIND.grade(SPEC, answer)


def test_the_form_gives_the_id_of_the_span():
    form = filled("query")

    assert form.is_valid()
    assert form.cleaned_data == {"span": "query"}


@pytest.mark.parametrize(
    ("picked", "sentence"),
    [("", "Choose a span of the trace."), ("zz", "Choose one of the spans shown.")],
)
def test_no_span_and_an_unknown_one_are_refused(picked, sentence):
    assert filled(picked).errors["span"] == [sentence]


def test_the_trace_is_a_table_with_one_labelled_button_a_row():
    html = drawn(filled("connect"))

    assert html.count('type="radio"') == 3
    assert html.count('role="row"') == 4
    for index in range(3):
        assert f'<label for="id_span-span_{index}">' in html
    assert 'value="connect" id="id_span-span_1" required checked' in html


def test_the_trace_says_in_words_what_its_colours_say():
    html = drawn(filled("connect"))

    assert "never started" in html
    assert "error" in html
    assert "80\N{NO-BREAK SPACE}ms" in html


def test_the_trace_needs_no_inline_style():
    assert "style=" not in drawn(filled("connect"))


def test_the_question_gives_no_feedback_away():
    html = drawn(KIND.answer_form(SPEC)(prefix="span"))

    assert "Connect" in html
    assert "well seen" not in html
    assert "go deeper" not in html
    assert "T2" not in html


def test_an_error_is_tied_to_the_group_of_buttons():
    form = filled("zz")
    form.is_valid()

    html = drawn(form)

    assert 'aria-describedby="id_span-span_error"' in html
    assert 'id="id_span-span_error"' in html


def test_a_given_answer_marks_its_span_in_the_trace():
    shown = KIND.shown(SPEC, {"span": "query"})

    html = render_to_string("kinds/span/shown.html", {"part": PART, "shown": shown})

    assert html.count("(chosen)") == 1
    assert "Chosen: <b>Query</b>, api" in html


def test_logs_and_attributes_of_an_author_are_escaped():
    spans = [
        span("request", attributes={"a": "<script>"}),
        span("b", logs=[{"at_ms": 4, "level": "error", "event": "<img src=x>"}]),
    ]
    spec = SpanSpec.model_validate(content(trace={"total_ms": 100, "spans": spans}))

    html = render_to_string(
        "kinds/span/shown.html", {"part": PART, "shown": KIND.shown(spec, {"span": "b"})}
    )

    assert "&lt;script&gt;" in html
    assert "<img" not in html
    assert "<script" not in html


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"right": "zz"}, "right"),
        ({"feedback": {"connect": {"text": "x"}, "query": {"text": "x"}}}, "feedback"),
        ({"trace": {"total_ms": 50, "spans": content()["trace"]["spans"]}}, "trace.spans.0"),
    ],
)
def test_authors_learn_what_a_schema_cannot_say(more, path):
    found = KIND.problems(SpanSpec.model_validate(content(**more)))

    assert path in [where for where, _ in found]


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"id": "request"}, "trace.spans.1.id"),
        ({"parent": "query"}, "trace.spans.1.parent"),
        ({"duration_ms": None}, "trace.spans.1.status"),
    ],
)
def test_a_span_that_cannot_be_drawn_is_named(changed, path):
    spans = content()["trace"]["spans"]
    spans[1] |= changed
    spec = SpanSpec.model_validate(content(trace={"total_ms": 100, "spans": spans}))

    assert path in [where for where, _ in KIND.problems(spec)]
