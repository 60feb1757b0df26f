"""Tables on the terminal."""

from collections.abc import Sequence


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under a head; numbers stand right."""
    cells = [list(map(_cell, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(head, *cells, strict=True)]
    print(f"\n{title}\n")
    print("| " + " | ".join(name.ljust(w) for name, w in zip(head, widths, strict=True)) + " |")
    print("|" + "|".join("-" * (w + 2) for w in widths) + "|")
    for row, values in zip(cells, rows, strict=True):
        print("| " + " | ".join(
            text.ljust(w) if isinstance(value, str) else text.rjust(w)
            for text, value, w in zip(row, values, widths, strict=True)
        ) + " |", flush=True)  # fmt: skip


def told(failures: dict[str, int]) -> str:
    return ", ".join(f"{step}: {n}" for step, n in failures.items()) or "none"


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.2f}" if abs(value) < 10 else f"{value:.0f}"
    return str(value)
