"""`manage.py backup`."""

from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from lms.backups.backing_up import back_up, forget_older
from lms.backups.base import BackupRefused
from lms.backups.stores import store


def _count(text: str) -> int:
    if not (text.isdecimal() and int(text) >= 1):
        raise ArgumentTypeError("give a whole number from 1")
    return int(text)


class Command(BaseCommand):
    help = "Write one file that holds the site's rows and keys, while the site runs."
    requires_system_checks: list[str] = []  # a backup must be possible when a setting is wrong

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--folder", type=Path, help="where to write (default: backups in the data folder)"
        )
        parser.add_argument("--keep", type=_count, help="delete all but so many of the newest")
        parser.add_argument("--without-secrets", action="store_true", help="leave the keys out")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = (options["folder"] or settings.DATA_DIR / "backups").expanduser().absolute()
        try:
            path = back_up(
                store=store(), folder=folder, with_secrets=not options["without_secrets"]
            )
        except BackupRefused as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(f"Backed up to {path} ({path.stat().st_size / 1e6:.1f} MB).")
        if options["keep"]:
            older = forget_older(folder, keep=options["keep"])
            self.stdout.write(f"Deleted {len(older)} older backups.")
