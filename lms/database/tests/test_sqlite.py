"""The SQLite backend on a file: when the gate is held, and what tracing sees."""

import threading

import pytest
from django.db import IntegrityError, OperationalError, connections, transaction
from django.db.utils import load_backend

from lms.database.gate import gate_of

SETTINGS = {
    "ENGINE": "lms.database.sqlite",
    "ATOMIC_REQUESTS": False,
    "AUTOCOMMIT": True,
    "CONN_MAX_AGE": None,
    "CONN_HEALTH_CHECKS": False,
    "TIME_ZONE": None,
    "TEST": {},
    "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 0.2},
}


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "site.sqlite3")


@pytest.fixture
def connect(path, django_db_blocker):
    opened = []

    def make():
        wrapper = load_backend("lms.database.sqlite").DatabaseWrapper(
            {**SETTINGS, "NAME": path}, alias="file"
        )
        wrapper.inc_thread_sharing()
        wrapper.ensure_connection()
        opened.append(wrapper)
        return wrapper

    with django_db_blocker.unblock():
        yield make
    for wrapper in opened:
        wrapper.close()


@pytest.fixture
def connection(connect):
    wrapper = connect()
    connections["file"] = wrapper
    wrapper.cursor().execute("CREATE TABLE word (word TEXT UNIQUE)")
    yield wrapper
    del connections["file"]


def is_free(path):
    return not gate_of(path, in_memory=False)._is_taken


def test_a_transaction_holds_the_gate_from_begin_to_commit(connection, path):
    with transaction.atomic("file"):
        assert not is_free(path)

    assert is_free(path)


def test_a_savepoint_neither_takes_nor_gives_the_gate(connection, path):
    with transaction.atomic("file"):
        with transaction.atomic("file"):
            pass

        assert not is_free(path)
    assert is_free(path)


def test_an_exception_gives_the_gate_back(connection, path):
    with pytest.raises(ZeroDivisionError), transaction.atomic("file"):
        raise ZeroDivisionError

    assert is_free(path)


def test_a_failed_statement_gives_the_gate_back(connection, path):
    connection.cursor().execute("INSERT INTO word VALUES ('once')")

    with pytest.raises(IntegrityError), transaction.atomic("file"):
        connection.cursor().execute("INSERT INTO word VALUES ('once')")

    assert is_free(path)


def test_closing_in_mid_transaction_gives_the_gate_back(connection, path):
    with transaction.atomic("file"):
        connection.close()

        assert is_free(path)
    connection.cursor().execute("INSERT INTO word VALUES ('after')")


def test_a_failed_begin_gives_the_gate_back(connection, connect, path, monkeypatch):
    connection.connection.execute("BEGIN IMMEDIATE")  # past the gate, as another program would

    other = connect()
    with pytest.raises(OperationalError, match="locked"):
        other._start_transaction_under_autocommit()

    assert is_free(path)
    connection.connection.execute("ROLLBACK")


def test_a_write_without_transaction_passes_the_gate(connection, path):
    gate = gate_of(path, in_memory=False)
    held = gate.acquire(1)

    with pytest.raises(OperationalError, match="not free within"):
        connection.cursor().execute("INSERT INTO word VALUES ('late')")

    gate.release(held)
    connection.cursor().execute("INSERT INTO word VALUES ('late')")
    assert is_free(path)


def test_reading_needs_no_gate(connection, path):
    gate = gate_of(path, in_memory=False)
    held = gate.acquire(1)

    rows = connection.cursor().execute("SELECT word FROM word").fetchall()

    gate.release(held)
    assert rows == []


def test_a_begin_that_waits_too_long_is_an_operational_error(connection, path):
    gate = gate_of(path, in_memory=False)
    held = gate.acquire(1)

    with pytest.raises(OperationalError, match="write gate"), transaction.atomic("file"):
        pass

    gate.release(held)


def test_writers_on_many_threads_all_get_through(connection, connect, path):
    connection.settings_dict["OPTIONS"] = {**SETTINGS["OPTIONS"], "timeout": 10}
    failures = []

    def write(name, wrapper):
        wrapper.settings_dict["OPTIONS"] = {**SETTINGS["OPTIONS"], "timeout": 10}
        try:
            for number in range(20):
                wrapper._start_transaction_under_autocommit()
                wrapper.cursor().execute(f"INSERT INTO word VALUES ('{name}-{number}')")
                wrapper._commit()
        except Exception as error:  # noqa: BLE001 - shown by the assertion
            failures.append(error)

    threads = [threading.Thread(target=write, args=(name, connect())) for name in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    count = connection.cursor().execute("SELECT count(*) FROM word").fetchone()[0]
    assert count == 120


def test_the_commit_is_a_span(connection, spans):
    with transaction.atomic("file"):
        connection.cursor().execute("INSERT INTO word VALUES ('traced')")

    names = [span.name for span in spans()]
    assert names == ["BEGIN", "INSERT", "COMMIT"]


def test_a_wait_for_the_gate_is_a_span(connection, path, spans):
    gate = gate_of(path, in_memory=False)
    held = gate.acquire(1)
    timer = threading.Timer(0.02, gate.release, [held])
    timer.start()

    with transaction.atomic("file"):
        pass

    timer.join()
    waits = [span for span in spans() if span.name == "wait for write gate"]
    assert len(waits) == 1
    assert waits[0].end_time - waits[0].start_time > 10_000_000
