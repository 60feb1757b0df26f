"""No key, and nothing that a sender wrote, is in any line, metric or answer."""

import json

import pytest

from lms.observatory.collector.tests.running import (
    JSON,
    OTHER_KEY,
    SITE_KEY,
    attributes,
    collecting,
    span,
    traces_of,
)
from lms.observatory.store.base import StoreUnavailable
from lms.observatory.store.memory import MemoryStore

WRONG_KEY = "canary-wrong-key-0123456789"
CANARY = "canary-of-a-sender"
BODIES = [
    json.dumps(traces_of(span(name=CANARY, attributes=attributes(**{CANARY: CANARY})))).encode(),
    json.dumps(traces_of(span(name=f"\0{CANARY}", spanId=CANARY))).encode(),
    json.dumps({"resourceSpans": CANARY}).encode(),
    json.dumps(traces_of(span(kind=[CANARY]))).encode(),
    f'{{"{CANARY}'.encode(),
    json.dumps(traces_of(span(name=CANARY))).encode(),
]


class Failing(MemoryStore):
    """A store that takes the first batch, then is gone, then fails with what it was given."""

    def __init__(self):
        super().__init__()
        self._raises = [None, StoreUnavailable(CANARY), ValueError(CANARY)]

    def write(self, batches):
        error = self._raises.pop(0) if self._raises else None
        if error is not None:
            raise error
        super().write(batches)


@pytest.fixture
def everything_said(capfd):
    """Post all bodies under all keys; give the lines, the metrics and the answers together."""
    said = []
    with collecting(Failing()) as collector:
        for key in (SITE_KEY, OTHER_KEY, WRONG_KEY):
            for body in BODIES:
                said.append(collector.post("/v1/traces", body, key=key, content_type=JSON)[2])
                collector.post(f"/v1/{CANARY}", body, key=key, content_type=CANARY)
        said.append(collector.ask("GET", "/metrics")[2])
        kept = collector.spans()
    out, err = capfd.readouterr()
    assert any(one.name == CANARY for one in kept)  # it could have leaked
    return b"".join(said).decode() + out + err


@pytest.mark.parametrize("canary", [SITE_KEY, OTHER_KEY, WRONG_KEY, CANARY])
def test_a_canary_is_nowhere_but_in_the_store(everything_said, canary):
    assert "store.lost" in everything_said
    assert "batch.failed" in everything_said
    assert canary not in everything_said
