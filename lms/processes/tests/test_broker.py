"""The embedded broker."""

import stat
import time

import pytest
import redis
from celery import Celery
from django.conf import settings
from kombu.exceptions import OperationalError

from lms.processes import broker
from lms.testing.broker import server


@pytest.fixture
def running(tmp_path):
    with server(tmp_path) as started:
        yield started


@pytest.fixture
def send(running):
    app = Celery("test", broker=running.url, set_as_current=False)
    app.conf.task_publish_retry = settings.CELERY_TASK_PUBLISH_RETRY
    app.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    app.conf.task_ignore_result = True
    app.send_task("nothing")  # the first one imports
    with app:
        yield lambda: app.send_task("nothing")


def seconds_until_refused(send):
    began = time.monotonic()
    with pytest.raises(OperationalError):
        send()
    return time.monotonic() - began


def test_the_socket_is_for_its_owner_alone_and_no_port_is_open(running, tmp_path):
    mode = broker.socket_path(tmp_path).stat().st_mode
    client = redis.from_url(running.url.replace("redis+socket://", "unix://"))

    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600
    assert client.config_get("port") == {"port": "0"}
    client.close()


def test_where_the_path_is_too_long_a_port_with_a_password_serves(tmp_path):
    deep = tmp_path / ("d" * 60) / ("e" * 60)

    with server(deep) as started:
        scheme, _, rest = started.url.partition("://:")
        stranger = redis.from_url("redis://" + rest.partition("@")[2])
        with pytest.raises(redis.AuthenticationError):
            stranger.ping()
        stranger.close()

    assert scheme == "redis"
    assert (deep / "broker" / "valkey.conf").stat().st_mode & 0o777 == 0o600


def test_a_frozen_broker_delays_a_message_by_less_than_half_a_second(running, send):
    running.freeze()

    assert seconds_until_refused(send) < 0.5
    running.thaw()


def test_a_dead_broker_refuses_a_message_at_once(running, send):
    running.kill()

    assert seconds_until_refused(send) < 0.2


def test_messages_pass_again_when_the_broker_is_back(running, send):
    running.kill()
    seconds_until_refused(send)
    running.start()

    send()

    # Not exactly two: what a killed broker had taken in its last second may be lost with it.
    client = redis.from_url(running.url.replace("redis+socket://", "unix://"))
    assert client.llen("celery") in {1, 2}
    client.close()


def test_a_folder_with_blanks_and_quotes_serves(tmp_path):
    with server(tmp_path / 'a "b" c') as started:
        assert "%20" in started.url
