"""What demo students type: right, partial, wrong and odd answers of the seed course's parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from exercises.demo_class.forms import Form


@dataclass(frozen=True, slots=True)
class Typed:
    """One answer to one part. is_taken: the form lets it through."""

    quality: str
    text: str
    is_taken: bool = True


_LONG: Final = (
    "While we searched we logged every payload, and I think that it matters what that does. " * 18
)
_TOO_LONG: Final = Typed("too long", "All of it, again and again. " * 700, is_taken=False)
_ODD: Final = (
    Typed("long", _LONG),
    Typed("unicode", "Žurnāli piepilda disku 💾, 密码 leaks и всё видно"),
    Typed("markup", "<script>alert(1)</script> <b>&amp;</b> {{ 7|add:7 }} ' OR 1=1 --"),
    Typed("one word", "because"),
    Typed("line breaks", "first\n\n\tsecond\r\n\nthird"),
    Typed("empty", "", is_taken=False),
    _TOO_LONG,
)
_STUFFED: Final = Typed(
    "stuffed", "disk password leak cost noise GDPR 404 500 TTFB latency per second database down"
)
_UNKNOWN: Final = Typed("unknown option", "no-such-option", is_taken=False)

BANK: Final[Mapping[str, tuple[Typed, ...]]] = {
    "level": (
        Typed("right", "debug"),
        Typed("wrong", "info"),
        Typed("wrong", "error"),
        _UNKNOWN,
    ),
    "why_info": (
        Typed(
            "right",
            "DEBUG writes every payload: the disk fills up, and the passwords of the people who "
            "log in leak into the log files.",
        ),
        Typed("right", "The logs eat the disk and passwords end up in plain text in the logs."),
        Typed("partial", "Because the log files get far too big and fill the disk."),
        Typed("partial", "It would be a security risk."),
        Typed("wrong", "INFO is the more detailed level, so we see more."),
        Typed("wrong", "Because the task says so."),
        _STUFFED,
        *_ODD,
    ),
    "rate": (
        Typed("right", "The number of streams started per minute."),
        Typed("right", "requests per second to the endpoint"),
        Typed("partial", "How many requests the endpoint gets."),
        Typed("wrong", "The video bitrate in Mbps."),
        _STUFFED,
        *_ODD,
    ),
    "errors": (
        Typed("right", "404 responses because the video is missing, or 500 when the server fails."),
        Typed("right", "the share of requests that end in 5xx"),
        Typed("partial", "the number of failed requests"),
        Typed("wrong", "the number of 200 responses"),
        _STUFFED,
        *_ODD,
    ),
    "duration": (
        Typed("right", "The time to first byte, until the stream starts."),
        Typed("right", "how long it takes until the video starts playing"),
        Typed("partial", "the response time of the request"),
        Typed("wrong", "how long users watch the video"),
        _STUFFED,
        *_ODD,
    ),
    "span": (
        Typed("right", "database-connect"),
        Typed("wrong", "fastapi-gate"),
        Typed("wrong", "query-execution"),
        _UNKNOWN,
    ),
    "cause": (
        Typed("right", "The API could not connect to the database because the server is down."),
        Typed("partial", "The connection to the database failed."),
        Typed("wrong", "The query was too slow."),
        _STUFFED,
        *_ODD,
    ),
}


def typed_for(part: str, *, by: Random, good: float = 0.5, only_taken: bool = False) -> Typed:
    """Give an answer for a part, a right one with probability `good`.

    A part that the bank does not know gets the odd texts.
    """
    bank = [one for one in BANK.get(part, _ODD) if one.is_taken or not only_taken]
    right = [one for one in bank if one.quality == "right"]
    return by.choice(right) if right and by.random() < good else by.choice(bank)


def filled(
    form: Form, *, by: Random, good: float = 0.5, only_taken: bool = False
) -> dict[str, list[str]]:
    """Give a form's fields with an answer in each question of the sheet."""
    fields = {name: list(values) for name, values in form.fields.items()}
    for name in [*form.options, *form.texts]:
        part = name.rpartition("-")[0]
        typed = typed_for(part, by=by, good=good, only_taken=only_taken)
        offered = form.options.get(name)
        unknown = offered is not None and part not in BANK
        fields[name] = [by.choice(offered) if offered and unknown else typed.text]
    return fields
