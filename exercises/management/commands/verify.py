"""`manage.py verify`: recompute work items from their rows and report what differs."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from exercises.verifying import differences


class Command(BaseCommand):
    help = (
        "Recompute every work item from its rows and report what differs, one line each. Changes "
        "nothing and may run beside the site. Exit code 1 when something differs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object for each line")

    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        for difference in differences():
            count += 1
            line = json.dumps(asdict(difference)) if options["json"] else str(difference)
            self.stdout.write(line)
        if count:
            sys.exit(1)
        if options["verbosity"] and not options["json"]:
            self.stdout.write("Everything follows from its rows.")
