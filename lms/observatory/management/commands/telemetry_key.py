"""`manage.py telemetry_key`: keys with which others send telemetry to the collector."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from lms.observatory.models import WriteKey
from lms.observatory.models.write_key import make_key


class Command(BaseCommand):
    help = (
        "Make, list and revoke the keys with which others than this site send telemetry. Each name "
        "is a tenant: what its keys send stays apart from the site's and from every other's."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        does = parser.add_subparsers(dest="does", required=True)
        add = does.add_parser("add", help="make a key and show it, this once")
        add.add_argument("name", help="the tenant: small letters, digits, hyphens")
        does.add_parser("list", help="show the keys' numbers, names and times, not the keys")
        revoke = does.add_parser(
            "revoke", help="end a tenant's keys; within 10 s they count no more"
        )
        revoke.add_argument("name")
        revoke.add_argument("--number", type=int, help="this one key alone; see list")

    def handle(self, *args: Any, does: str, **options: Any) -> None:
        {"add": self._add, "list": self._list, "revoke": self._revoke}[does](options)

    def _add(self, options: dict[str, Any]) -> None:
        try:
            row, key = make_key(options["name"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(f"Key {row.pk} of {row.name}. It is shown this once:\n\n  {key}\n")
        self.stdout.write("Send it as the header: Authorization: Bearer <key>")

    def _list(self, _options: dict[str, Any]) -> None:
        rows = WriteKey.objects.order_by("name", "pk")
        for row in rows:
            end = f"revoked {row.revoked_at:%Y-%m-%d %H:%M}" if row.revoked_at else "live"
            self.stdout.write(
                f"{row.pk:>5}  {row.name:<50}  {row.created_at:%Y-%m-%d %H:%M}  {end}"
            )
        if not rows:
            self.stdout.write("There are no keys. The site's own is not in this list.")

    def _revoke(self, options: dict[str, Any]) -> None:
        keys = WriteKey.objects.filter(name=options["name"])
        if options["number"] is not None:
            keys = keys.filter(pk=options["number"])
        if not (ended := keys.revoke()):
            raise CommandError("There is no such live key. `telemetry_key list` shows all.")
        self.stdout.write(f"Revoked {ended}. The collector stops taking them within 10 s.")
