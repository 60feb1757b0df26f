"""`manage.py seed_demo`: fill a database with a demo class's finished work."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from exercises.demo_class.making import ServerRefused
from exercises.demo_class.seeding import NotSeedable, Size, seed

_MOST = {"students": 100_000, "exercises": 200, "submissions": 10_000_000}


class Command(BaseCommand):
    help = "Fill the course demo-class with graded work. Repeating it adds nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--students", type=int, default=30, help="in the course (30)")
        parser.add_argument("--exercises", type=int, default=3, help="in the course (3)")
        parser.add_argument("--submissions", type=int, default=150, help="to write (150)")
        parser.add_argument("--seed", type=int, default=1, help="which answers are drawn (1)")

    def handle(self, *args: Any, **options: Any) -> None:
        for name, most in _MOST.items():
            if not 1 <= options[name] <= most:
                raise CommandError(f"--{name} must be from 1 to {most}, got {options[name]}.")
        size = Size(**{name: options[name] for name in _MOST})
        say = self.stdout.write if options["verbosity"] else _nothing
        try:
            seed(size=size, seed_number=options["seed"], say=say)
        except (NotSeedable, ServerRefused) as refused:
            raise CommandError(str(refused)) from None


def _nothing(_line: str) -> None:
    return
