"""Why a request was not taken, with the standard's status.

Source: OTLP specification 1.10, section OTLP/HTTP Response; google.rpc.Code.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

INVALID_ARGUMENT: Final = 3
DEADLINE_EXCEEDED: Final = 4
NOT_FOUND: Final = 5
RESOURCE_EXHAUSTED: Final = 8
UNIMPLEMENTED: Final = 12
INTERNAL: Final = 13
UNAVAILABLE: Final = 14
UNAUTHENTICATED: Final = 16

_CODES: Final = {
    HTTPStatus.UNAUTHORIZED: UNAUTHENTICATED,
    HTTPStatus.NOT_FOUND: NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED: UNIMPLEMENTED,
    HTTPStatus.REQUEST_TIMEOUT: DEADLINE_EXCEEDED,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: RESOURCE_EXHAUSTED,
    HTTPStatus.TOO_MANY_REQUESTS: RESOURCE_EXHAUSTED,
    HTTPStatus.INTERNAL_SERVER_ERROR: INTERNAL,
    HTTPStatus.SERVICE_UNAVAILABLE: UNAVAILABLE,
}


class Refused(Exception):
    """A whole request is refused. The message is for the sender and repeats nothing of hers.

    headers: such as Retry-After.
    """

    def __init__(
        self, status: HTTPStatus, message: str, *, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}

    @property
    def code(self) -> int:
        """The google.rpc.Code that goes with the status."""
        return _CODES.get(self.status, INVALID_ARGUMENT)


class Undecodable(Refused):
    """The body is not what its headers say."""

    def __init__(self, message: str) -> None:
        super().__init__(HTTPStatus.BAD_REQUEST, message)


def too_large(limit_bytes: int) -> Refused:
    return Refused(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"The body is larger than {limit_bytes} bytes, as it came or inflated. Send fewer records "
        "at once.",
    )


def later(status: HTTPStatus, message: str, *, after_s: int) -> Refused:
    """Give a refusal that asks to send the same again."""
    return Refused(status, message, headers={"Retry-After": str(after_s)})
