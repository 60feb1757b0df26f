"""What people write and who they are reaches no log line, no span and no metric."""

import pytest

from lms.telemetry import setup
from lms.telemetry.exposing import exposition

CANARIES = {
    "answer": "canary answer: I would page nobody",
    "name": "Canary Surname",
    "email": "canary@mail.example",
    "password": "canary-pass-word-1",
    "code": "CANARY-7F3K",
    "next": "/word/canary-next/",
}
SESSION = "canary0session0key0k3q5v7x9z1b3d"
# Each is looked for by a part that no encoding changes.
SIGNS = ["canary", "Canary", "CANARY", "page nobody", "7F3K", "mail.example", "k3q5v7x9"]
ADDRESSES = ["/integrity/", "/validation/", "/pydantic/", "/speak/", "/word/canary-word/"]


@pytest.fixture(params=ADDRESSES)
def emitted(request, site, exporting, capfd):
    """Post every canary to an address and give all that the site says about it."""
    site.force_login(request.getfixturevalue("person"))
    site.cookies["watchers_try"] = SESSION
    response = site.post(
        f"{request.param}?code=CANARY-7F3K&next=/canary/",
        CANARIES,
        headers={"User-Agent": "canary browser", "X-Forwarded-For": "203.0.113.99"},
    )
    setup.stop()
    out, err = capfd.readouterr()
    return {
        "response": response,
        "lines": out + err,
        "otlp": exporting.text,
        "metrics": exposition("")[0].decode(),
        "session": site.session.session_key,
    }


@pytest.mark.parametrize("output", ["lines", "otlp", "metrics"])
def test_no_canary_leaves_the_process(emitted, output):
    text = emitted[output]

    assert len(text) > 200  # something was said
    assert [sign for sign in [*SIGNS, emitted["session"]] if sign in text] == []
    assert "203.0.113.99" not in text
    assert "127.0.0.1" not in text


def test_the_failure_is_told_by_type_and_place(site, exporting, lines):
    site.post("/integrity/", CANARIES)

    setup.stop()
    failed = next(line for line in lines() if line["event"] == "request.failed")
    assert failed["exception"]["type"] == "django.db.utils.IntegrityError"
    assert "message" not in failed["exception"]
    assert any("addresses:integrity:" in frame for frame in failed["exception"]["frames"])
    span = next(span for span in exporting.spans if span.name == "POST integrity/")
    assert span.status.message == "django.db.utils.IntegrityError"
