"""`manage.py try_answers`: what it prints, and what it says when it cannot."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from exercises.authoring.importing import import_course
from exercises.authoring.publish import save_draft_version
from exercises.kinds.text.tests.seed import COURSE
from exercises.models import Exercise

CONTENT = COURSE / "watching-the-watchers" / "trace-interpreter.yaml"
EXERCISE = "backend-operations/trace-interpreter"


@pytest.fixture
def answers(tmp_path):
    file = tmp_path / "answers.yaml"
    file.write_text(
        "- {id: a, text: The database is down., c: {db_connection: 1, why: 1}}\n"
        "- {id: b, text: The query is slow., c: {db_connection: 0, why: 1}}\n"
    )
    return file


def run(exercise=EXERCISE, part="cause", **options):
    out = StringIO()
    call_command("try_answers", exercise, part, stdout=out, **options)
    return out.getvalue()


def test_json_is_one_object_a_line(answers):
    first, second = run(answers=answers, content=CONTENT, json=True).splitlines()

    assert json.loads(first) == {
        "id": "a",
        "levels": {"db_connection": 1, "why": 1},
        "points": 2,
        "certain": True,
        "flags": [],
        "matched": {"db_connection": ["database", "down"], "why": ["database", "down"]},
    }
    assert json.loads(second)["flags"] == ["must_not:blames_query"]


def test_the_table_marks_words_differences_and_agreement(answers):
    printed = run(answers=answers, content=CONTENT)

    assert "The [database] is [down]." in printed
    assert "missed: why is 0, the label says 1" in printed
    assert "released grades that agree    1 of 1 (100 %)" in printed


@pytest.mark.django_db
def test_the_published_version_grades_and_the_draft_when_asked(answers):
    import_course(COURSE)
    exercise = Exercise.objects.get(slug="trace-interpreter")
    content = json.loads(json.dumps(exercise.current_version.content))
    content["parts"][1]["spec"]["must_not"] = []
    save_draft_version(exercise=exercise, content=content, source="test", author=None)

    assert "must_not:blames_query" in run(answers=answers)
    assert "must_not:blames_query" not in run(answers=answers, draft=True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("exercise", "options", "said"),
    [
        ("backend-operations/nothing", {}, "There is no exercise 'backend-operations/nothing'"),
        (EXERCISE, {"part": "other"}, "has no part 'other'; its parts are span, cause"),
        (EXERCISE, {"part": "span"}, "span is of kind span; only text has a rubric to try"),
        (EXERCISE, {"draft": True}, "has no draft"),
    ],
)
def test_what_cannot_be_found_is_named(answers, exercise, options, said):
    import_course(COURSE)

    with pytest.raises(CommandError, match=said):
        run(exercise, answers=answers, **options)


def test_an_unreadable_file_is_named_with_its_line(tmp_path):
    file = tmp_path / "answers.yaml"
    file.write_text("- {id: a, text: b}\n- {id: b, txt: c}\n")

    with pytest.raises(CommandError, match=r"answers.yaml:2: 1.text: the answer's text is missing"):
        run(answers=file, content=CONTENT)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        run(answers=tmp_path / "none.yaml", content=CONTENT)


def test_the_content_of_another_exercise_is_refused(answers):
    with pytest.raises(CommandError, match="holds 'trace-interpreter', not 'log-levels'"):
        run("backend-operations/log-levels", answers=answers, content=CONTENT)
