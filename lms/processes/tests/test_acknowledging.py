import pytest
from celery.worker import state
from kombu.message import Message

from exercises import tasks
from lms.celery import app
from lms.processes.acknowledging import Request


class _Channel:
    no_ack_consumers = None

    def __init__(self, *, is_gone):
        self.is_gone = is_gone

    def basic_ack(self, *_args, **_kwargs):
        if self.is_gone:
            raise ConnectionError

    def basic_reject(self, *_args, **_kwargs):
        self.basic_ack()


@pytest.fixture
def request_over(monkeypatch):
    """Give a worker's request whose message came over a channel."""
    monkeypatch.setattr(state, "should_stop", None)

    def make(*, is_gone):
        message = Message(
            body="[[], {}, {}]", channel=_Channel(is_gone=is_gone), delivery_tag="1",
            headers={"id": "x", "task": "exercises.sweep"}, content_type="application/json",
            content_encoding="utf-8", delivery_info={},
        )  # fmt: skip
        return Request(
            message, app=app, task=tasks.sweep, decoded=True, body=([], {}, {}),
            headers=message.headers, on_ack=message.ack_log_error,
            on_reject=message.reject_log_error, connection_errors=(ConnectionError,),
        )  # fmt: skip

    return make


def test_every_task_is_held_in_such_a_request():
    assert tasks.sweep.Request == "lms.processes.acknowledging:Request"


def test_a_worker_that_the_broker_heard_goes_on(request_over):
    request_over(is_gone=False).acknowledge()

    assert state.should_stop is None


@pytest.mark.parametrize("act", ["acknowledge", "reject"])
def test_a_worker_that_the_broker_did_not_hear_ends(request_over, act):
    getattr(request_over(is_gone=True), act)()

    assert state.should_stop == 1
