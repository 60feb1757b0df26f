"""The collector as a process: what the settings name, put together, until a signal ends it."""

from __future__ import annotations

import asyncio
import gc
import signal
import time
from typing import TYPE_CHECKING, Final, cast

from django.conf import settings
from django.utils.module_loading import import_string

from lms.observatory.collector.forwarding import Forwarder
from lms.observatory.collector.keys import Keys
from lms.observatory.collector.scraping import Scraping
from lms.observatory.collector.serving import Server
from lms.observatory.collector.writing import Writer
from lms.observatory.scraping.target import targets_of
from lms.telemetry.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from lms.observatory.store.base import WholeKeeper

log = get_logger(__name__)

STOP_S: Final = 2.0
_LOOK_EVERY_S: Final = 1.0


class CannotListen(Exception):
    """The port cannot be had; the message is a sentence for the terminal."""


class WriterDied(Exception):
    """The writing thread ended by itself: nothing can be stored any more."""


def keeper() -> WholeKeeper:
    """Give the writing side of the store that settings.TELEMETRY_KEEPER names.

    A path to a function without arguments; it may raise StoreUnavailable.
    """
    make = cast("Callable[[], WholeKeeper]", import_string(settings.TELEMETRY_KEEPER))
    return make()


def collect() -> None:
    """Receive, scrape and store until SIGTERM or SIGINT. Raises CannotListen, WriterDied."""
    asyncio.run(_run())


async def _run() -> None:
    forwarder = _forwarder()
    writer = Writer(
        keeper,
        keep_ns=settings.TELEMETRY_KEEP_DAYS * 24 * 3600 * 10**9,
        pass_on=forwarder.put if forwarder else None,
    )
    server = Server(writer, Keys(settings.OTLP_KEY))
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    try:
        port = await server.listen(settings.OTLP_HOST, settings.OTLP_PORT)
    except OSError as error:
        raise CannotListen(_taken(error)) from error
    writer.start()
    if forwarder:
        forwarder.start()
    scraping = Scraping(
        writer, targets_of(settings.SCRAPE_TARGETS), interval_s=settings.SCRAPE_INTERVAL_S
    )
    scraping.start()
    gc.freeze()  # what is loaded is never garbage
    log.info("collector.started", port=port)
    await _until(stopping, writer)
    await _stop(server, writer, scraping, forwarder)


async def _until(stopping: asyncio.Event, writer: Writer) -> None:
    """Wait for a signal; a process without its writer would answer 503 for ever."""
    while not stopping.is_set():
        if not writer.is_alive:
            raise WriterDied
        try:
            async with asyncio.timeout(_LOOK_EVERY_S):
                await stopping.wait()
        except TimeoutError:
            continue


async def _stop(
    server: Server, writer: Writer, scraping: Scraping, forwarder: Forwarder | None
) -> None:
    """Answer what was asked, write what waits, in two seconds at most."""
    until = time.monotonic() + STOP_S
    scraped = asyncio.create_task(asyncio.to_thread(scraping.stop, until - STOP_S * 0.4))
    await server.stop(STOP_S * 0.6)
    await scraped
    ended = await asyncio.to_thread(writer.stop, until - 0.2)
    if forwarder:
        await asyncio.to_thread(forwarder.stop, until)
    log.info("collector.stopped", outcome="drained" if ended else "cut_short")


def _forwarder() -> Forwarder | None:
    if not settings.OTLP_FORWARD:
        return None
    return Forwarder(settings.OTLP_FORWARD, settings.OTLP_FORWARD_HEADERS)


def _taken(error: OSError) -> str:
    return (
        f"Port {settings.OTLP_PORT} on {settings.OTLP_HOST} cannot be used ({error.strerror}). "
        "Set OTLP_PORT to a port that is free."
    )
