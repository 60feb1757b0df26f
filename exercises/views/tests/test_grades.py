import csv
import io

import pytest

from exercises.tests.factories import (
    ExerciseFactory,
    GradeFactory,
    GradingJobFactory,
    SubmissionFactory,
    WorkItemFactory,
    content,
)
from exercises.views.grades import harmless
from exercises.views.tests.pages import text_of, url


@pytest.fixture
def graded(exercise, student):
    submission = SubmissionFactory(work_item=WorkItemFactory(exercise=exercise, enrolment=student))
    GradingJobFactory(submission=submission)
    GradeFactory(submission=submission, official=True)
    return submission


def table_of(client, exercise):
    body = b"".join(client.get(url("grades_csv", exercise.course)).streaming_content).decode()
    return list(csv.DictReader(io.StringIO(body.removeprefix("\ufeff"))))


def test_the_table_shows_points_and_the_way_to_feedback(as_student, exercise, graded):
    response = as_student.get(url("grades", exercise.course))

    assert "3 / 3" in text_of(response)
    assert url("submission", graded) in response.content.decode()


def test_an_exercise_without_a_grade_shows_a_dash(as_student, exercise):
    assert "\N{EN DASH} / 3" in text_of(as_student.get(url("grades", exercise.course)))


def test_the_total_counts_released_points_only(as_student, exercise, graded, student):
    other = WorkItemFactory(exercise=ExerciseFactory(module=exercise.module), enrolment=student)
    waiting = SubmissionFactory(work_item=other)
    GradingJobFactory(submission=waiting)
    GradeFactory(submission=waiting, released=False)
    other.proposed_points = 3
    other.save()

    said = text_of(as_student.get(url("grades", exercise.course)))

    assert "3 of 6 points , 3 proposed, not counted yet" in said


def test_the_file_holds_the_same_numbers(as_student, exercise, graded):
    (row,) = table_of(as_student, exercise)

    assert (row["Points"], row["Of"], row["State"]) == ("3.00", "3.00", "Graded")


def test_a_title_is_no_formula_in_a_spreadsheet(as_student, exercise):
    ExerciseFactory(module=exercise.module, content=content(title='=HYPERLINK("http://x")'))

    titles = [row["Exercise"] for row in table_of(as_student, exercise)]

    assert titles[1] == '\'=HYPERLINK("http://x")'


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\tx", "\rx"])
def test_cells_that_would_run_are_quoted(cell):
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("number", [1, 30])
def test_the_grades_page_takes_at_most_8_queries(
    as_student, exercise, student, number, django_assert_max_num_queries
):
    for _each in range(number):
        item = WorkItemFactory(exercise=ExerciseFactory(module=exercise.module), enrolment=student)
        GradingJobFactory(submission=SubmissionFactory(work_item=item))

    with django_assert_max_num_queries(8):
        as_student.get(url("grades", exercise.course))
