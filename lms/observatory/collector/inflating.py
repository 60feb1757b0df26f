"""gzip that stops where the limit is: a small body may hold a thousand times its size."""

from __future__ import annotations

import zlib
from typing import Final

from lms.observatory.collector.limits import GZIP_MEMBERS_MAX
from lms.observatory.collector.refusal import Undecodable, too_large

# zlib: 16 asks for gzip's header and checksum, 15 allows the largest window.
_GZIP: Final = 16 + 15


def inflate(body: bytes, *, limit_bytes: int) -> bytes:
    """Give what was compressed. Raises Refused (413) past the limit, Undecodable on bad data."""
    inflated = b""
    for _ in range(GZIP_MEMBERS_MAX):
        # One byte more than may be: that one proves that there is too much.
        member, body = _member(body, limit_bytes + 1 - len(inflated))
        inflated += member
        if len(inflated) > limit_bytes:
            raise too_large(limit_bytes)
        if not body:
            return inflated
    raise Undecodable(f"The gzip data has more than {GZIP_MEMBERS_MAX} members.")


def _member(body: bytes, most_bytes: int) -> tuple[bytes, bytes]:
    """Give the first member's content, cut at most_bytes, and what follows it."""
    inflater = zlib.decompressobj(wbits=_GZIP)
    try:
        content = inflater.decompress(body, most_bytes)
    except zlib.error:
        raise Undecodable("The body is not the gzip data that Content-Encoding promises.") from None
    if not inflater.eof and len(content) < most_bytes:
        raise Undecodable("The gzip data ends too early.")
    return content, inflater.unused_data
