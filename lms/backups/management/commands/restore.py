"""`manage.py restore FILE`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lms.backups.base import BackupRefused
from lms.backups.restoring import FoundWrong, restore
from lms.backups.stores import store


class Command(BaseCommand):
    help = "Put a backup in the place of what this stopped site holds."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a file that `manage.py backup` wrote")
        parser.add_argument(
            "--replace", action="store_true", help="over a database that is not empty"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path = options["file"].expanduser().absolute()
        try:
            restore(store=store(), path=path, replace=options["replace"], say=self.stdout.write)
        except (BackupRefused, FoundWrong) as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(f"Restored {path.name}. Start the site as usual.")
