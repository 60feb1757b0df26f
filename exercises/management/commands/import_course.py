"""`manage.py import_course DIR`: bring a course folder into the database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from exercises.authoring.document import UnreadableFiles
from exercises.authoring.importing import ImportReport, import_course


class Command(BaseCommand):
    help = "Bring a course folder into the database. Repeating it changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="the folder that holds course.yaml")
        parser.add_argument(
            "--draft", action="store_true", help="keep changed exercises as drafts, unpublished"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = import_course(options["folder"], publish=not options["draft"])
        except UnreadableFiles as error:
            count = len(error.problems)
            self.stderr.write("\n".join(map(str, error.problems)))
            raise CommandError(f"nothing was imported: {count} problem(s) to correct") from None
        if options["verbosity"]:
            self.stdout.write("\n".join(_lines(report)))


def _lines(report: ImportReport) -> list[str]:
    lines = [f"changed    {line}" for line in report.changed]
    lines += [f"published  {line}" for line in report.published]
    lines += [f"kept       {line}" for line in report.left]
    if report.is_unchanged:
        lines.append(f"course {report.course}: nothing has changed")
    return lines
