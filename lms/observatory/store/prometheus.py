"""Metrics from any server with Prometheus's HTTP API, for reading alone.

Source: https://prometheus.io/docs/prometheus/latest/querying/api/
"""

from __future__ import annotations

import http.client
import json
import re
import time
from array import array
from base64 import b64encode
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote, urlencode, urlsplit

from lms.observatory.records import SITE
from lms.observatory.samples import Metadata, Series, labels_of
from lms.observatory.store.base import StoreUnavailable
from lms.observatory.store.matching import BadMatcher, Selection
from lms.observatory.store.metric_base import (
    MOST_SAMPLES,
    MOST_SERIES,
    TooMuch,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lms.observatory.store.matching import Matcher

_MOST_BYTES: Final = 128 * 1024 * 1024
_MOST_VALUES: Final = 10_000
_CHUNK_BYTES: Final = 64 * 1024
_LABEL: Final = re.compile("[A-Za-z_][A-Za-z0-9_]*")
_OK, _UNPROCESSABLE = 200, 422


class PrometheusStore:
    """A MetricStore on a server; only the site's tenant is there, whatever the server holds.

    address: http(s)://[user:password@]host[:port][/prefix]. Redirects are not followed.
    """

    # A range selector's answer leaves them out.
    keeps_stale_markers = False

    def __init__(self, address: str, *, timeout_s: float = 10.0) -> None:
        self._address = urlsplit(address)
        self._timeout_s = timeout_s

    def select(
        self, tenant: str, matchers: Sequence[Matcher], t0_ms: int, t1_ms: int
    ) -> list[Series]:
        Selection(matchers)
        if tenant != SITE or t1_ms < t0_ms:
            return []
        # One millisecond more: a window is open to the left since Prometheus 3, closed before.
        asked = f"{_selector(matchers)}[{t1_ms - t0_ms + 1}ms]"
        answer = self._post("query", {"query": asked, "time": f"{t1_ms / 1000:.3f}"})
        found = [_series(one, t0_ms) for one in answer["result"]]
        found = sorted((one for one in found if one.times), key=lambda one: one.labels)
        if len(found) > MOST_SERIES:
            raise TooMuch.series()
        if sum(len(one.times) for one in found) > MOST_SAMPLES:
            raise TooMuch.samples()
        return found

    def label_names(self, tenant: str, t0_ms: int, t1_ms: int) -> list[str]:
        return self._list(tenant, "labels", t0_ms, t1_ms)

    def label_values(self, tenant: str, name: str, t0_ms: int, t1_ms: int) -> list[str]:
        return self._list(tenant, f"label/{quote(name, safe='')}/values", t0_ms, t1_ms)

    def metadata(self, tenant: str) -> dict[str, Metadata]:
        if tenant != SITE:
            return {}
        answer = self._get("metadata", {"limit": str(_MOST_VALUES)})
        return {
            name: Metadata(name, said[0]["type"], said[0]["help"], said[0].get("unit", ""))
            for name, said in answer.items()
        }

    def _list(self, tenant: str, what: str, t0_ms: int, t1_ms: int) -> list[str]:
        if tenant != SITE:
            return []
        times = {"start": f"{t0_ms / 1000:.3f}", "end": f"{t1_ms / 1000:.3f}"}
        return sorted(self._get(what, times))[:_MOST_VALUES]

    def _get(self, what: str, asked: dict[str, str]) -> Any:
        return self._ask("GET", f"{what}?{urlencode(asked)}", None)

    def _post(self, what: str, asked: dict[str, str]) -> Any:
        return self._ask("POST", what, urlencode(asked))

    def _ask(self, method: str, what: str, body: str | None) -> Any:
        connection = self._connection()
        path = f"{self._address.path.rstrip('/')}/api/v1/{what}"
        try:
            connection.request(method, path, body, self._headers())
            response = connection.getresponse()
            content = self._read(response)
        except (OSError, http.client.HTTPException) as error:
            raise StoreUnavailable(f"The metrics' server: {error}") from error
        finally:
            connection.close()
        return _data(response.status, content)

    def _connection(self) -> http.client.HTTPConnection:
        make = (
            http.client.HTTPSConnection
            if self._address.scheme == "https"
            else http.client.HTTPConnection
        )
        return make(self._address.hostname or "", self._address.port, timeout=self._timeout_s)

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if self._address.username is not None:
            pair = f"{unquote(self._address.username)}:{unquote(self._address.password or '')}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        return headers

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        until = time.monotonic() + self._timeout_s
        content = bytearray()
        while chunk := response.read1(_CHUNK_BYTES):
            content += chunk
            if len(content) > _MOST_BYTES:
                raise TooMuch.samples()
            if time.monotonic() > until:
                raise StoreUnavailable(f"The metrics' server took more than {self._timeout_s:g} s.")
        return bytes(content)


def _data(status: int, content: bytes) -> Any:
    try:
        answer = json.loads(content)
        if status == _OK and answer["status"] == "success":
            return answer["data"]
        told = str(answer["error"])
    except (ValueError, KeyError, TypeError):
        raise StoreUnavailable(
            f"The metrics' server answered {status}, not as Prometheus does."
        ) from None
    if status == _UNPROCESSABLE and "too many samples" in told:
        raise TooMuch.samples()
    raise StoreUnavailable(f"The metrics' server answered {status}: {told}")


def _series(one: dict[str, Any], t0_ms: int) -> Series:
    samples = [(round(time_s * 1000), float(value)) for time_s, value in one.get("values", ())]
    kept = [sample for sample in samples if sample[0] >= t0_ms]
    return Series(
        labels_of(one["metric"]),
        array("q", (time_ms for time_ms, _ in kept)),
        array("d", (value for _, value in kept)),
    )


def _selector(matchers: Sequence[Matcher]) -> str:
    """Give the matchers in PromQL; a JSON text is one of its texts as well."""
    for one in matchers:
        if not _LABEL.fullmatch(one.name):
            raise BadMatcher(f"{one.name!r} is no label's name.")
    claims = (
        f"{one.name}{one.operator}{json.dumps(one.value, ensure_ascii=False)}" for one in matchers
    )
    return f"{{{','.join(claims)}}}"
