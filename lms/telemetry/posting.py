"""What the collector answered to an exporter, which tells only whether it worked."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import requests

from lms.telemetry.exporting import Outcome, Sending

T = TypeVar("T")
# The standard's: the same may be sent again. No answer at all counts as well.
RETRYABLE: Final = frozenset({429, 502, 503, 504})
_WAIT_S: Final = 1.0


class Posts:
    """A session for an exporter, and the last status and Retry-After that it met."""

    def __init__(self, *, is_local: bool) -> None:
        self.session = requests.Session()
        # No proxy stands between us and this machine. A key in ~/.netrc would replace ours.
        self.session.trust_env = not is_local
        self.session.hooks["response"].append(self._note)
        self._status: int | None = None
        self._retry_after = ""

    def watching(self, send: Callable[[Sequence[T]], bool]) -> Callable[[Sequence[T]], Sending]:
        """Give a send that says why it failed."""

        def sending(batch: Sequence[T]) -> Sending:
            self._status, self._retry_after = None, ""
            return Sending(Outcome.SENT) if send(batch) else self._failure()

        return sending

    def _failure(self) -> Sending:
        if self._status is not None and self._status not in RETRYABLE:
            return Sending(Outcome.REFUSED)
        given = self._retry_after.isdecimal()
        return Sending(Outcome.LATER, float(self._retry_after) if given else _WAIT_S)

    def _note(self, response: requests.Response, *_args: Any, **_kwargs: Any) -> None:
        self._status = response.status_code
        self._retry_after = response.headers.get("Retry-After", "").strip()
