"""`manage.py up`: the whole site on one machine, as one supervised tree of processes."""

import sys
from typing import NoReturn, TextIO

from django.conf import settings
from django.db import connections

from lms.processes import broker, demo, preparing, reserving, supervising


class CannotStart(Exception):
    """The message is a sentence for the terminal."""


def up(*, out: TextIO = sys.stdout) -> NoReturn:
    """Prepare the site, then become its supervisor. Raises CannotStart with what to do about it."""

    def say(text: str) -> None:
        out.write(f"{text}\n")
        out.flush()

    try:
        lock = reserving.reserve_folder(settings.DATA_DIR)
        reserving.check_port("PORT", settings.HOST, settings.PORT)
        for variable in ("METRICS_PORT", "WORKER_METRICS_PORT"):
            reserving.check_port(variable, "127.0.0.1", getattr(settings, variable))
        reserving.check_port("OTLP_PORT", settings.OTLP_HOST, settings.OTLP_PORT)
        if not settings.REDIS_URL:
            broker.find()
        preparing.prepare(say=say)
        demo.first_start(say=say)
    except (reserving.Taken, preparing.NotReady, broker.BrokerMissing) as error:
        raise CannotStart(str(error)) from error
    connections.close_all()
    say("Starting the site.")
    supervising.become(
        supervising.Plan(
            data_dir=settings.DATA_DIR,
            host=settings.HOST,
            port=settings.PORT,
            embedded_broker=not settings.REDIS_URL,
            demo_accounts=not settings.IS_SERVER,
        ),
        lock=lock.fileno(),
    )
