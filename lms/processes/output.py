"""The lines of several processes on one terminal, each behind its process's name."""

import contextlib
from typing import TextIO

_LINE_MAX_BYTES = 64 * 1024


class Lines:
    """Cuts one process's output into lines and writes each whole, behind the name.

    A terminal that has gone takes nothing and stops nobody.
    """

    def __init__(self, name: str, out: TextIO, *, width: int) -> None:
        self._prefix = f"{name:<{width}} | "
        self._out = out
        self._rest = b""

    def add(self, chunk: bytes) -> None:
        """Write the lines that the chunk completes and keep the rest."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if len(self._rest) > _LINE_MAX_BYTES:
            lines, self._rest = [*lines, self._rest], b""
        self._write(lines)

    def end(self) -> None:
        """Write what came without a line end."""
        if self._rest:
            self._write([self._rest])
            self._rest = b""

    def _write(self, lines: list[bytes]) -> None:
        if not lines:
            return
        text = "".join(f"{self._prefix}{line.decode(errors='replace')}\n" for line in lines)
        with contextlib.suppress(BrokenPipeError, ValueError):
            self._out.write(text)
            self._out.flush()
