"""`manage.py up`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lms import up


class Command(BaseCommand):
    help = "Start the whole site on this machine: broker, web, worker and beat."
    requires_system_checks: list[str] = []  # the web process runs under what `make check` checked

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            up.up()
        except up.CannotStart as error:
            raise CommandError(str(error)) from None
