"""A person's own grades in a course."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from django.http import StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from exercises.queries.course_page import course_page
from exercises.views.membership import member

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, tzinfo
    from decimal import Decimal

    from django.http import HttpRequest, HttpResponse

    from exercises.queries.course_page import CoursePage
    from exercises.queries.standing import Standing

# A spreadsheet runs a cell that begins with one of these as a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


@require_safe
def grades(request: HttpRequest, course: str) -> HttpResponse:
    """Show every exercise of the course with state, points and the way to its feedback."""
    membership = member(request, course)
    page = course_page(membership, at=timezone.now())
    return render(request, "exercises/grades.html", {"membership": membership, "page": page})


@require_safe
def grades_csv(request: HttpRequest, course: str) -> StreamingHttpResponse:
    """Give the same table as a file for a spreadsheet."""
    membership = member(request, course)
    page = course_page(membership, at=timezone.now())
    response = StreamingHttpResponse(_lines(page), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="grades-{membership.course.slug}.csv"'
    return response


def harmless(cell: str) -> str:
    """Give a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


class Echo:
    """A file for csv.writer that gives each line back."""

    def write(self, line: str) -> str:
        return line


def _lines(page: CoursePage) -> Iterator[str]:
    writer = csv.writer(Echo())
    zone = page.course.tzinfo
    yield "\ufeff"  # without it Excel reads UTF-8 as something else
    yield writer.writerow(
        [
            _("Module"), _("Exercise"), _("State"), _("Points"), _("Of"), _("Proposed"),
            _("Handed in"), _("Due"), _("Time zone"),
        ]
    )  # fmt: skip
    for section in page.sections:
        for row in section.rows:
            cells = [section.module.title, row.title, str(row.pill.label), *_numbers(row)]
            cells += [_wall(row.handed.received_at if row.handed else None, zone)]
            cells += [_wall(row.policy.due_at, zone), page.course.zone]
            yield writer.writerow([harmless(cell) for cell in cells])


def _numbers(row: Standing) -> list[str]:
    return [_plain(row.points), _plain(row.exercise.points), _plain(row.proposed)]


def _plain(points: Decimal | None) -> str:
    return "" if points is None else str(points)


def _wall(at: datetime | None, zone: tzinfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") if at else ""
