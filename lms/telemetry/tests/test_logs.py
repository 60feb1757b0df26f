"""The log chain: ours and foreign lines, what is kept and what is taken out."""

import ast
import logging
from pathlib import Path

import pytest
from django.conf import settings

from lms.telemetry.logs import ChainHandler, get_logger, logging_config
from lms.telemetry.redaction import KEYS, OWN_PREFIX, STANDARD_KEYS, clean, facts_of, scrub

log = get_logger("lms.telemetry.tests")
foreign = logging.getLogger("somebody.else")
LOG_METHODS = {"debug", "info", "warning", "error", "critical", "exception"}
SPAN_MAKERS = {"span", "continued", "own_trace", "recorded"}


class OurRefusal(Exception):
    __module__ = "exercises.submitting"


def test_known_keys_pass(lines):
    log.info("job.claimed", job=7, kind="choice", error_class="ValueError")

    said = lines()[0]
    assert (said["job"], said["kind"], said["error_class"]) == (7, "choice", "ValueError")
    assert (said["event"], said["level"], said["logger"]) == (
        "job.claimed",
        "info",
        "lms.telemetry.tests",
    )


def test_an_unknown_key_shows_that_it_was_there(lines):
    log.info("answer.stored", answer="I would page nobody")

    assert lines()[0]["answer"] == "[removed]"


def test_prose_under_a_known_key_is_taken_out(lines):
    log.info("answer.refused", reason="I would page nobody")

    assert lines()[0]["reason"] == "[prose]"


def test_an_event_name_made_of_values_is_taken_out(lines):
    log.info("Stored I would page nobody")

    assert lines()[0]["event"] == "event.misnamed"


def test_an_exception_is_told_by_type_and_frames(lines):
    try:
        raise ValueError("I would page nobody")  # noqa: TRY301
    except ValueError:
        log.exception("job.failed")

    told = lines()[0]["exception"]
    assert told["type"] == "ValueError"
    assert "message" not in told
    assert told["frames"][-1].startswith(f"{__name__}:test_an_exception")


def test_only_an_exception_of_ours_keeps_its_message():
    assert facts_of(OurRefusal("closed on Sunday")).message == "closed on Sunday"
    assert facts_of(ValueError("closed on Sunday")).message == ""


def test_causes_are_told_by_type():
    try:
        try:
            raise KeyError("secret")  # noqa: TRY301
        except KeyError as error:
            raise OurRefusal("closed") from error
    except OurRefusal as error:
        facts = facts_of(error)

    assert facts.causes == ("KeyError",)


@pytest.mark.parametrize(
    ("template", "arguments", "shown"),
    [
        ("Booting worker with pid: %d", (7,), "Booting worker with pid: 7"),
        ("Not Found: %s", ("/secret/",), "Not Found: …"),
        ("%(name)s took %(seconds).1f", ({"name": "x", "seconds": 2},), "… took 2"),
        ("%s of 100%%", ("x",), "… of 100%"),
    ],
)
def test_a_foreign_line_keeps_its_template_and_numbers(lines, template, arguments, shown):
    foreign.warning(template, *arguments)

    line = lines()[0]
    assert (line["event"], line["message"]) == ("library.logged", shown)


def test_a_foreign_text_written_in_the_source_is_kept(lines):
    foreign.warning("Shutting down")

    assert lines()[0]["message"] == "Shutting down"


def test_a_foreign_text_made_at_run_time_is_not_kept(lines):
    foreign.warning("Answer " + str(KEYS and "page nobody"))

    assert lines()[0]["message"] == "(text made at run time)"


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        ("to ann@mail.example now", "to [email] now"),
        ("from 203.0.113.9", "from [address]"),
        ("from 2001:db8::8a2e:370:7334", "from [address]"),
        ("key k3q5v7x9z1b3d5f7h9j1k3q5v7x9z1b3", "key [token]"),
        ("exercises.kinds.text.kind.TextKind", "exercises.kinds.text.kind.TextKind"),
        ("2026-11-22T09:58:51", "2026-11-22T09:58:51"),
    ],
)
def test_values_are_scrubbed(text, scrubbed):
    assert scrub(text) == scrubbed


def test_ids_pass_as_ids_only():
    assert clean("trace_id", "0af7651916cd43dd8448eb211c80319c").startswith("0af7")
    assert clean("kind", "0af7651916cd43dd8448eb211c80319c") == "[token]"


def test_criteria_pass_as_a_count_only():
    assert clean("criteria", 3) == 3
    assert clean("criteria", ["names-the-window"]) == "[removed]"


def test_a_line_that_cannot_be_written_raises_nothing(monkeypatch, capfd):
    handler = ChainHandler()
    monkeypatch.setattr(handler, "_write", lambda _event: 1 / 0)

    handler.emit(logging.LogRecord("x", 30, __file__, 1, "secret %s", ("value",), None))

    assert "secret" not in "".join(capfd.readouterr())


def test_a_terminal_gets_lines_for_people(capfd):
    handler = ChainHandler(style="console")

    handler.emit(logging.LogRecord("somebody", 30, __file__, 1, "Read %d", (3,), None))

    out = capfd.readouterr().out
    assert "library.logged" in out
    assert not out.startswith("{")


def test_the_root_has_one_handler_and_django_none():
    built = logging_config(level="INFO", style="json")

    assert built["root"]["handlers"] == ["chain"]
    assert logging.getLogger("django").handlers == []


def calls_in_source():
    for folder in ("lms", "exercises"):
        for path in (settings.BASE_DIR / folder).rglob("*.py"):
            if "tests" not in path.parts and path.name != "traces.py":
                tree = ast.parse(path.read_text())
                yield from ((path, node) for node in ast.walk(tree) if isinstance(node, ast.Call))


def keys_given_to_telemetry():
    for path, call in calls_in_source():
        function = call.func
        if not isinstance(function, ast.Attribute) or not isinstance(function.value, ast.Name):
            continue
        logs = function.value.id == "log" and function.attr in LOG_METHODS
        makes_span = function.value.id == "traces" and function.attr in SPAN_MAKERS
        if logs or makes_span:
            for keyword in call.keywords:
                yield f"{path.relative_to(settings.BASE_DIR)}:{call.lineno}", keyword.arg


def test_every_key_in_the_source_is_an_allowed_one():
    """A key that the list lacks is dropped at run time: add it to redaction.KEYS, if it is safe."""
    chain = {"exc_info", "links", "link_to", "start", "end", "under", "is_lost"}

    given = list(keys_given_to_telemetry())

    assert len(given) > 10
    assert [(place, key) for place, key in given if key not in KEYS | chain] == []


def test_no_allowed_key_names_a_person_or_a_secret():
    forbidden = {"answer", "text", "name", "email", "password", "token", "session", "code", "path"}

    assert forbidden & (KEYS | {key.removeprefix(OWN_PREFIX) for key in STANDARD_KEYS}) == set()
    assert not any(key.startswith(("url.path", "url.query", "client.")) for key in STANDARD_KEYS)
    assert Path(settings.BASE_DIR).exists()
