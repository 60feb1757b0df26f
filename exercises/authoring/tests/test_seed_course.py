"""The course that ships with the site: whole, gradable, and silent before an answer."""

import re

import pytest
from django.conf import settings

from exercises.authoring.check import check
from exercises.authoring.importing import import_course
from exercises.authoring.read import read_course, read_exercise
from exercises.authoring.write import write_version
from exercises.grading import evaluate
from exercises.models import ExerciseVersion

FOLDER = settings.BASE_DIR / "exercises" / "content" / "backend-operations"

RIGHT = {
    "log-levels": {
        "level": {"chosen": ["debug"]},
        "why_info": {
            "text": "The raw JSON of each login fills the disk, "
            "and passwords and personal data leak through the logs."
        },
    },
    "red-metrics": {
        "rate": {"text": "The number of streams started per minute."},
        "errors": {"text": "The number of 404 and 500 responses."},
        "duration": {"text": "The time to first byte."},
    },
    "trace-interpreter": {
        "span": {"span": "database-connect"},
        "cause": {
            "text": "The connection to the database fails: the connection string is wrong, "
            "the network is broken or the database server is down."
        },
    },
}
# Words that an answer needs and that no statement, prompt or hint may hold.
SILENT = {
    "log-levels": "debug|disk|volume|password leak|sensitive|personal|secret|redact|diagnos",
    "red-metrics": "minute|second|404|500|status|first byte|ttfb|handshake|percentile|latency",
    "trace-interpreter": "connection string|network|server is down|timeout|refused|pool|dns",
}


@pytest.fixture(scope="module")
def course():
    return read_course(FOLDER)


@pytest.fixture(params=RIGHT)
def exercise(course, request):
    return next(each for each in course.exercises if each.head.slug == request.param)


def before_answering(exercise):
    said = [exercise.content[key] for key in ("title", "summary", "statement")]
    for part in exercise.specification.parts:
        said += [part.title, part.prompt, part.hint]
        said += [criterion.asks for criterion in part.kind.criteria(part.spec)]
    # the statement shows a password in a payload; that it would leak is the answer
    return "\n".join(said).replace('"password": "', "")


def test_the_course_has_the_slugs_of_the_glossary(course):
    parts = {each.head.slug: list(RIGHT[each.head.slug]) for each in course.exercises}

    assert course.head.slug == "backend-operations"
    assert [module.slug for module in course.modules] == ["watching-the-watchers"]
    assert parts == {
        each.head.slug: [part.slug for part in each.specification.parts]
        for each in course.exercises
    }


def test_points_and_attempts_are_those_promised(course):
    worth = {each.head.slug: (each.head.points, each.head.attempts) for each in course.exercises}

    assert worth == {"log-levels": (3, 3), "red-metrics": (6, 3), "trace-interpreter": (3, 3)}
    assert all(each.specification.possible == each.head.points for each in course.exercises)


def test_every_sample_grades_as_declared(exercise):
    assert check(exercise.specification) == []


def test_a_right_answer_earns_everything_at_once(exercise):
    evaluation = evaluate(exercise.specification, RIGHT[exercise.head.slug], variant_seed="0" * 32)

    assert (evaluation.points, evaluation.released) == (evaluation.possible, True)


def test_nothing_shown_before_answering_gives_an_answer_away(exercise):
    found = re.findall(SILENT[exercise.head.slug], before_answering(exercise), re.IGNORECASE)

    assert found == []


def test_the_words_that_are_silent_before_are_said_after(exercise):
    after = exercise.content["discussion"] + "".join(
        part.kind.model_answer(part.spec) for part in exercise.specification.parts
    )

    assert len(set(re.findall(SILENT[exercise.head.slug], after, re.IGNORECASE))) >= 4


def test_the_drawn_trace_holds_the_facts_of_the_exercise(course):
    trace = course.exercises[2].specification.part("span").spec.trace
    drawn = {span.name: (span.status, span.duration_ms is None) for span in trace.spans}

    assert drawn["FastAPI Gate"] == ("ok", False)
    assert drawn["Database Connect"] == ("error", False)
    assert drawn["Query Execution"] == ("unset", True)
    assert not any(span.attributes or span.logs for span in trace.spans)


@pytest.mark.parametrize("sense", ["memory", "pulse", "sight", "FastAPI for AI and ML APIs"])
def test_the_summary_names_the_three_senses_and_what_comes_next(course, sense):
    assert sense in course.modules[0].head.summary


@pytest.mark.django_db
def test_the_seed_is_stored_and_written_back_as_it_was_read(course):
    import_course(FOLDER)

    for version in ExerciseVersion.objects.select_related("exercise"):
        again = read_exercise(write_version(version), file="again")
        assert again.content == version.content
        assert again.policy["points"] == version.exercise.points
