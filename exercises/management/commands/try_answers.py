"""`manage.py try_answers COURSE/EXERCISE PART --answers FILE`: what a rubric makes of answers."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from exercises.authoring.document import MAX_BYTES, UnreadableFiles
from exercises.authoring.read import read_exercise
from exercises.authoring.trying import (
    Agreement,
    NotFreeText,
    Result,
    Trial,
    read_answers,
    try_answers,
)
from exercises.models import Exercise, ExerciseVersion
from exercises.specification import Part, Specification


class Command(BaseCommand):
    help = (
        "Grade answers with a free-text part's rubric and, where they are labelled, say how well "
        "it agrees. Stores nothing. FILE is a YAML list of {id, text}, where labelled with "
        "`c: {criterion: level}`, and `unsafe: true` for a trap."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("exercise", help="COURSE/EXERCISE, by their slugs")
        parser.add_argument("part", help="the part's slug")
        parser.add_argument("--answers", type=Path, required=True, metavar="FILE")
        parser.add_argument("--json", action="store_true", help="one JSON object for each answer")
        source = parser.add_mutually_exclusive_group()
        source.add_argument("--draft", action="store_true", help="grade with the draft")
        source.add_argument(
            "--content",
            type=Path,
            metavar="FILE",
            help="grade with an exercise's file, no database",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        part = _part(options)
        try:
            answers = read_answers(
                _bytes(options["answers"]), file=str(options["answers"]), part=part
            )
            trial = try_answers(part, answers)
        except UnreadableFiles as error:
            raise CommandError(str(error)) from None
        except NotFreeText as error:
            raise CommandError(f"{error}.") from None
        lines = _json_lines(trial) if options["json"] else _table(trial)
        self.stdout.write("\n".join(lines))


def _part(options: dict[str, Any]) -> Part:
    slug = options["part"]
    specification = _from_file(options) if options["content"] else _from_database(options)
    try:
        part = specification.part(slug)
    except KeyError:
        slugs = ", ".join(each.slug for each in specification.parts)
        raise CommandError(
            f"{options['exercise']} has no part {slug!r}; its parts are {slugs}."
        ) from None
    if part.kind.slug != "text":
        raise CommandError(f"{slug} is of kind {part.kind.slug}; only text has a rubric to try.")
    return part


def _from_file(options: dict[str, Any]) -> Specification:
    try:
        read = read_exercise(_bytes(options["content"]), file=str(options["content"]))
    except UnreadableFiles as error:
        raise CommandError(str(error)) from None
    wanted = options["exercise"].rpartition("/")[2]
    if read.head.slug != wanted:
        raise CommandError(f"{options['content']} holds {read.head.slug!r}, not {wanted!r}.")
    return read.specification


def _from_database(options: dict[str, Any]) -> Specification:
    course, _, slug = options["exercise"].partition("/")
    exercise = Exercise.objects.filter(course__slug=course, slug=slug).first()
    if exercise is None:
        raise CommandError(
            f"There is no exercise {options['exercise']!r}; write COURSE/EXERCISE with their slugs."
        )
    version: ExerciseVersion | None = exercise.current_version
    if options["draft"]:
        version = exercise.versions.filter(published_at__isnull=True).first()
    if version is None:
        wanted = "no draft" if options["draft"] else "no published version; try --draft"
        raise CommandError(f"{options['exercise']} has {wanted}.")
    return version.specification


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None


def _json_lines(trial: Trial) -> Iterator[str]:
    return (json.dumps(each.as_json, ensure_ascii=False) for each in trial.results)


def _table(trial: Trial) -> Iterator[str]:
    for result in trial.results:
        yield _heading(result)
        marked = (f"[{piece.text}]" if piece.criteria else piece.text for piece in result.pieces)
        yield "    " + " ".join("".join(marked).split())
        for each in result.differences:
            kind = "missed" if each.is_missed else "too much"
            yield f"    {kind}: {each.criterion} is {each.found:g}, the label says {each.label:g}"
    if trial.agreement:
        yield from _summary(trial.agreement)


def _heading(result: Result) -> str:
    levels = " ".join(f"{id_}={level:g}" for id_, level in result.levels.items())
    state = "released" if result.certain else "to a person"
    if result.answer.unsafe and result.is_released_above_label:
        state += ", ABOVE ITS LABEL"
    doubts = f" ({', '.join(result.flags)})" if result.flags else ""
    return f"{result.answer.id}: {levels}, {result.points:g} points, {state}{doubts}"


def _summary(agreement: Agreement) -> Iterator[str]:
    yield ""
    yield f"released grades that agree    {agreement.released}"
    yield f"full answers released at once {agreement.full}"
    yield f"traps released above label    {agreement.unsafe}"
    yield f"all grades that agree         {agreement.forced}"
    for id_, share in agreement.criteria.items():
        yield f"  {id_:27} {share}"
