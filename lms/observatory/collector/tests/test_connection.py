"""Senders that are slow, many, rude or gone."""

import contextlib
import json
import socket
import threading
import time

import pytest

from lms.observatory.collector import limits
from lms.observatory.collector.tests.running import (
    JSON,
    SITE_KEY,
    collecting,
    line,
    logs_of,
    span,
    traces_of,
)

HEAD = (
    f"POST /v1/traces HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {SITE_KEY}\r\n"
    f"Content-Type: {JSON}\r\n"
)


@pytest.fixture
def call(collector):
    """Give a function that connects and sends; what it opened is closed at the end."""
    opened = []

    def connect(text=""):
        connection = socket.create_connection(("127.0.0.1", collector.port), timeout=5)
        opened.append(connection)
        connection.sendall(text.encode())
        return connection

    yield connect
    for connection in opened:
        connection.close()


def read_all(connection):
    """Give what comes until the other side closes."""
    pieces = []
    while piece := connection.recv(65536):
        pieces.append(piece)
    return b"".join(pieces).decode()


def read_answer(connection):
    """Give the answer's head."""
    text = connection.recv(65536).decode()
    return text.partition("\r\n\r\n")[0]


def wait_until(is_so, within_s=5):
    until = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.parametrize("start", ["", "POST /v1/tra", HEAD])
def test_a_head_that_never_ends_is_not_waited_for(call, monkeypatch, start):
    monkeypatch.setattr(limits, "HEAD_WITHIN_S", 0.1)

    assert read_all(call(start)) == ""


def test_a_body_that_never_ends_is_told_so(call, monkeypatch):
    monkeypatch.setattr(limits, "BODY_WITHIN_S", 0.1)

    answer = read_all(call(f"{HEAD}Content-Length: 100\r\n\r\n{{"))

    assert answer.startswith("HTTP/1.1 408 ")
    assert '"message"' in answer


def test_who_does_not_read_her_answers_is_left(collector, call, monkeypatch):
    monkeypatch.setattr(limits, "READ_WITHIN_S", 0.1)
    monkeypatch.setattr(limits, "HEAD_WITHIN_S", 1.0)
    connection = call()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    threading.Thread(
        target=send_quietly, args=(connection, b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 3000)
    ).start()

    wait_until(lambda: len(collector.server._connections) == 1)
    wait_until(lambda: not collector.server._connections)


def test_a_sender_who_leaves_in_the_middle_harms_nobody(collector, call):
    call(f"{HEAD}Content-Length: 100\r\n\r\n{{").close()

    assert collector.post_json("/v1/traces", traces_of(span()))[0] == 200
    wait_until(lambda: collector.server._held == 0)


def test_a_connection_serves_one_request_after_another(call):
    body = "{}"
    request = f"{HEAD}Content-Length: {len(body)}\r\n\r\n{body}"
    connection = call(request)
    first = read_answer(connection)
    connection.sendall(request.encode())

    assert first.startswith("HTTP/1.1 200 OK")
    assert read_answer(connection).startswith("HTTP/1.1 200 OK")


def test_two_requests_at_once_are_answered_in_turn(call):
    request = f"{HEAD}Content-Length: 2\r\n\r\n{{}}"
    last = request.replace("Host: x", "Host: x\r\nConnection: close")

    assert read_all(call(request + last)).count("HTTP/1.1 200 OK") == 2


def test_a_known_sender_may_pause_and_a_stranger_may_not(call, monkeypatch):
    monkeypatch.setattr(limits, "HEAD_WITHIN_S", 0.2)
    request = f"{HEAD}Content-Length: 2\r\n\r\n{{}}"
    stranger = call(request.replace(SITE_KEY, "wrong-key-0123456789"))
    known = call(request)
    read_answer(known)

    assert read_all(stranger).startswith("HTTP/1.1 401 ")
    known.sendall(request.encode())
    assert read_answer(known).startswith("HTTP/1.1 200 OK")


def test_a_body_may_come_in_chunks(collector, call):
    body = json.dumps(traces_of(span()))
    connection = call(
        f"{HEAD}Transfer-Encoding: chunked\r\n\r\n{len(body):x}\r\n{body}\r\n0\r\n\r\n"
    )

    assert read_answer(connection).startswith("HTTP/1.1 200 OK")
    assert len(collector.spans()) == 1


def test_who_asks_before_sending_is_told_to_continue(call):
    connection = call(f"{HEAD}Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")

    assert read_answer(connection).startswith("HTTP/1.1 100 ")
    connection.sendall(b"{}")
    assert read_answer(connection).startswith("HTTP/1.1 200 OK")


def test_who_asks_before_sending_without_a_key_is_told_to_go(call):
    head = HEAD.replace(SITE_KEY, "wrong-key-0123456789")
    answer = read_all(call(f"{head}Content-Length: 2\r\nExpect: 100-continue\r\n\r\n"))

    assert answer.startswith("HTTP/1.1 401 ")


def test_a_large_body_without_a_key_is_refused_and_the_answer_arrives(call):
    head = HEAD.replace(SITE_KEY, "wrong-key-0123456789")
    connection = call(f"{head}Content-Length: 1000000\r\n\r\n")
    threading.Thread(target=send_quietly, args=(connection, b"x" * 1_000_000)).start()

    assert read_all(connection).startswith("HTTP/1.1 401 ")


def send_quietly(connection, data):
    with contextlib.suppress(OSError):
        connection.sendall(data)


@pytest.mark.parametrize(
    "text",
    ["GARBAGE\r\n\r\n", "POST /v1/traces HTTP/1.1\r\n\r\n",
     f"{HEAD}Content-Length: x\r\n\r\n", f"{HEAD}Content-Length: 2\r\nContent-Length: 3\r\n\r\n",
     f"{HEAD}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
     f"{HEAD}Transfer-Encoding: gzip\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20,
     "GET / HTTP/1.1\r\nHost: x\r\nX: " + "x" * 40_000],
    ids=lambda text: repr(text[-30:]),
)  # fmt: skip
def test_what_is_no_http_is_refused_and_the_connection_closed(call, text):
    answer = read_all(call(text))

    assert answer.startswith(("HTTP/1.1 400 ", "HTTP/1.1 431 ", "HTTP/1.1 501 ", "HTTP/1.1 505 "))
    assert '"message"' in answer


def test_more_connections_than_may_be_push_out_those_that_wait(collector, call, monkeypatch):
    monkeypatch.setattr(limits, "CONNECTIONS_MAX", 3)
    waiting = [call() for _ in range(3)]
    wait_until(lambda: len(collector.server._connections) == 3)

    answered = collector.post_json("/v1/traces", traces_of(span()))

    assert answered[0] == 200
    assert read_all(waiting[0]) == ""


def test_more_busy_connections_than_may_be_are_asked_to_come_back(collector, call, monkeypatch):
    monkeypatch.setattr(limits, "CONNECTIONS_MAX", 2)
    for _ in range(2):
        call(f"{HEAD}Content-Length: 100\r\n\r\n{{")
    wait_until(lambda: sum(not one.is_idle for one in collector.server._connections) == 2)

    status, headers, _body = collector.post("/v1/traces", b"")

    assert (status, headers["Retry-After"]) == (429, "1")


def test_bodies_that_wait_are_bounded_together(collector, call, monkeypatch):
    monkeypatch.setattr(limits, "HELD_MAX_BYTES", 1000)
    held = call(f"{HEAD}Content-Length: 2000\r\n\r\n{'x' * 900}")
    wait_until(lambda: collector.server._held == 900)

    status, headers, _body = collector.post("/v1/logs", b"x" * 200)

    assert (status, headers["Retry-After"]) == (429, "1")
    held.close()
    wait_until(lambda: collector.server._held == 0)
    assert collector.post_json("/v1/logs", logs_of(line()))[0] == 200


def test_at_the_stop_requests_in_hand_are_answered_and_the_idle_closed():
    with collecting() as collector:
        idle = socket.create_connection(("127.0.0.1", collector.port), timeout=5)
        busy = socket.create_connection(("127.0.0.1", collector.port), timeout=5)
        busy.sendall(f"{HEAD}Content-Length: 2\r\n\r\n{{".encode())
        wait_until(lambda: sum(not one.is_idle for one in collector.server._connections) == 1)
        wait_until(lambda: len(collector.server._connections) == 2)

        threading.Timer(0.1, busy.sendall, (b"}",)).start()

    assert read_all(busy).startswith("HTTP/1.1 200 OK")
    assert read_all(idle) == ""
    idle.close()
    busy.close()
