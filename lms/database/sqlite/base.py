"""SQLite with a fair write gate, a COMMIT span and django-prometheus' counters."""

import re
import time
from collections.abc import Callable
from functools import cached_property
from typing import Any, Final

from django.db import OperationalError
from django.db.backends.sqlite3.base import SQLiteCursorWrapper
from django_prometheus.db.backends.sqlite3 import base
from django_prometheus.db.common import ExportingCursorWrapper
from opentelemetry import trace

from lms.database.commit import in_commit_span
from lms.database.gate import Gate, GateTimeout, gate_of
from lms.telemetry.metrics import WRITE_GATE_SECONDS

_tracer = trace.get_tracer("watchers.database")
_WRITES: Final = re.compile(
    r"\s*(?:INSERT|UPDATE|DELETE|REPLACE|CREATE|ALTER|DROP)\b", re.IGNORECASE
)
DEFAULT_TIMEOUT_S: Final = 10.0
# A shorter wait is no wait worth a span.
SHORTEST_WAIT_NS: Final = 1_000_000


class DatabaseWrapper(base.DatabaseWrapper):  # type: ignore[misc]
    """The backend of a one-machine installation.

    transaction_mode IMMEDIATE makes each transaction a writer from its BEGIN, so the gate is taken
    there and given back at the end of the transaction. A write outside a transaction passes it too.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._held_by: int | None = None
        self.execute_wrappers.append(self._through_gate)

    def create_cursor(self, name: str | None = None) -> Any:  # noqa: ARG002 - Django's signature
        return self.connection.cursor(factory=self._cursor_class)

    def _start_transaction_under_autocommit(self) -> None:
        self._take_gate()
        try:
            super()._start_transaction_under_autocommit()
        except BaseException:
            self._give_back()
            raise

    def _commit(self) -> Any:
        result = in_commit_span(super()._commit, system="sqlite")
        self._give_back()  # not when the commit failed: the rollback that follows does it
        return result

    def _rollback(self) -> Any:
        try:
            return super()._rollback()
        finally:
            self._give_back()

    def _close(self) -> Any:
        try:
            return super()._close()
        finally:
            self._give_back()

    def _through_gate(self, execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        """Django's execute_wrapper: a write on its own takes the gate for itself."""
        if self._held_by is not None or self.in_atomic_block or not _WRITES.match(str(sql)):
            return execute(sql, *arguments)
        self._take_gate()
        try:
            return execute(sql, *arguments)
        finally:
            # Without autocommit the statement began a transaction, which ends elsewhere.
            if self.connection is None or not self.connection.in_transaction:
                self._give_back()

    @property
    def _gate(self) -> Gate:
        # Asked each time: a test run gives the same wrapper another database.
        return gate_of(str(self.settings_dict["NAME"]), in_memory=self.is_in_memory_db())

    @cached_property
    def _cursor_class(self) -> type:
        # django-prometheus would make this class anew for each cursor.
        made: type = ExportingCursorWrapper(SQLiteCursorWrapper, self.alias, self.vendor)
        return made

    def _take_gate(self) -> None:
        if self._held_by is not None:
            return
        timeout_s = float(self.settings_dict["OPTIONS"].get("timeout", DEFAULT_TIMEOUT_S))
        asked_ns = time.time_ns()
        try:
            self._held_by = self._gate.acquire(timeout_s)
        except GateTimeout:
            raise OperationalError(f"the write gate was not free within {timeout_s:g} s") from None
        finally:
            _tell_wait(asked_ns)

    def _give_back(self) -> None:
        if self._held_by is not None:
            held_by, self._held_by = self._held_by, None
            self._gate.release(held_by)


def _tell_wait(asked_ns: int) -> None:
    waited_ns = time.time_ns() - asked_ns
    WRITE_GATE_SECONDS.observe(waited_ns / 1e9)
    if waited_ns >= SHORTEST_WAIT_NS:
        _tracer.start_span("wait for write gate", start_time=asked_ns).end()
