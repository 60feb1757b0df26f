"""`manage.py prepare`: what a server runs once before its processes start."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lms.processes import preparing


class Command(BaseCommand):
    help = "Bring the database's tables and the static files up to date."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            preparing.prepare(say=self.stdout.write)
        except preparing.NotReady as error:
            raise CommandError(str(error)) from None
