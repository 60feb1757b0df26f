"""How much one sender may send, and how old. docs/collector.md says the same."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

MIB: Final = 1024 * 1024

# One request, as it comes and inflated. OpenTelemetry's SDKs send 512 spans, about 300 kB, at once.
BODY_MAX_BYTES: Final = 4 * MIB
# All bodies that are being read or wait to be written. Nothing but this grows with the senders.
HELD_MAX_BYTES: Final = 16 * MIB
HEAD_MAX_BYTES: Final = 16 * 1024
CONNECTIONS_MAX: Final = 64
# gzip may hold several members; each costs a copy of what follows it.
GZIP_MEMBERS_MAX: Final = 16

RECORDS_MAX: Final = 20_000
"""Spans or lines of one request."""
GROUPS_MAX: Final = 10_000
"""Resources and scopes of one request in protobuf; those without records take time as well."""
RECORD_MAX_BYTES: Final = 256 * 1024
"""Of one span, line or resource in protobuf: as an object it may take a hundred times that."""
JSON_OBJECTS_MAX: Final = 200_000
"""Objects and lists of one request in JSON: 4 MiB of spans hold about 140,000."""
ATTRIBUTES_MAX: Final = 128
"""Of one span, line, event or resource."""
EVENTS_MAX: Final = 128
LINKS_MAX: Final = 128
ITEMS_MAX: Final = 128
"""Of an attribute that is a list."""
DEPTH_MAX: Final = 16
"""Of lists and maps in an attribute."""

KEY_MAX: Final = 200
"""Characters of an attribute's name."""
VALUE_MAX: Final = 4_000
NAME_MAX: Final = 256
BODY_TEXT_MAX: Final = 16_000
"""Characters of a line's text."""

# Clocks of other machines differ; further ahead is a mistake.
FUTURE_MAX: Final = timedelta(minutes=10)

HEAD_WITHIN_S: Final = 10.0
IDLE_MAX_S: Final = 60.0
"""How long a connection that has once shown a valid key may wait with its next request."""
BODY_WITHIN_S: Final = 20.0
ANSWER_WITHIN_S: Final = 30.0
READ_WITHIN_S: Final = 10.0
"""How long a sender may take to read her answer."""
LINGER_S: Final = 1.0

FULL_RETRY_S: Final = 1
UNAVAILABLE_RETRY_S: Final = 5
