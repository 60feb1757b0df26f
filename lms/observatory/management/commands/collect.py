"""`manage.py collect`: receive telemetry over OTLP/HTTP and store it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lms.observatory.collector.collecting import CannotListen, WriterDied, collect


class Command(BaseCommand):
    help = (
        "Receive traces and log lines over OTLP/HTTP and write them to the telemetry store. "
        "`manage.py up` runs it; alone it is for a server's container."
    )
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            collect()
        except CannotListen as error:
            raise CommandError(str(error)) from error
        except WriterDied as error:
            raise CommandError("The writer ended by itself; its lines above say why.") from error
