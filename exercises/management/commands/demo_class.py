"""`manage.py demo_class`: a class of demo students works on the running site."""

import urllib.error
import urllib.request
from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from exercises.demo_class import making
from exercises.demo_class.running import STUDENTS_MAX, Load, Tally, run, summary
from exercises.models import Course

MINUTES_MAX = 24 * 60
RATE_MAX = 100
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Command(BaseCommand):
    help = "Let demo students sign in, read, type and hand in, over HTTP, on the running site."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--students", type=int, default=10, help="how many (10)")
        parser.add_argument("--minutes", type=float, default=5, help="how long (5)")
        parser.add_argument("--rate", type=float, default=0.5, help="hand-ins a second (0.5)")
        parser.add_argument("--think", type=float, default=4, help="mean pause in seconds (4)")
        parser.add_argument("--course", default="backend-operations", help="the course's slug")
        parser.add_argument("--address", help="the site on this machine (http://127.0.0.1:PORT)")

    def handle(self, *args: Any, **options: Any) -> None:
        _check(options)
        address = options["address"] or f"http://127.0.0.1:{settings.PORT}"
        refuse_stranger(address)
        course = Course.objects.filter(slug=options["course"]).first()
        if course is None:
            raise CommandError(
                f"There is no course {options['course']!r}: name one with --course, or start the "
                "site once, which loads the first."
            )
        try:
            making.refuse_server()
        except making.ServerRefused as refused:
            raise CommandError(str(refused)) from None
        _ask_for_life(address)
        self._drive(course, address, options)

    def _drive(self, course: Course, address: str, options: dict[str, Any]) -> None:
        accounts = making.make_students(course=course, count=options["students"])
        self.stdout.write(f"{len(accounts)} demo students are enrolled in {course.slug}.")
        tally = Tally()
        students = making.students_at(address, accounts, course=course, watch=tally.add)
        load = Load(seconds=options["minutes"] * 60, rate=options["rate"], think_s=options["think"])
        try:
            run(students, load, say=self.stdout.write)
        finally:
            making.lock(accounts)
        self.stdout.write("\n".join(summary(tally, students)))
        self.stdout.write("The accounts are locked; their work stays.")


def _check(options: dict[str, Any]) -> None:
    bounds = {"students": (1, STUDENTS_MAX), "minutes": (0.01, MINUTES_MAX),
              "rate": (0.01, RATE_MAX), "think": (0, 600)}  # fmt: skip
    for name, (low, high) in bounds.items():
        if not low <= options[name] <= high:
            raise CommandError(f"--{name} must be from {low} to {high}, got {options[name]:g}.")


def refuse_stranger(address: str) -> None:
    """Refuse to load a site elsewhere: its accounts would not be in this database. CommandError."""
    parts = urlsplit(address)
    if parts.scheme != "http" or parts.hostname not in _LOOPBACK:
        raise CommandError(
            f"--address must be http:// on this machine, such as http://127.0.0.1:8000, "
            f"got {address!r}."
        )


def _ask_for_life(address: str) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        opener.open(f"{address}/healthz", timeout=5).close()
    except (urllib.error.URLError, OSError, ValueError):
        raise CommandError(
            f"No site answers at {address}: start it with `make run`, or name it with --address."
        ) from None
