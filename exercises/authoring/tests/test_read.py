"""Course folders as data; each error with file, line and field."""

import pytest

from exercises.authoring.document import UnreadableFiles
from exercises.authoring.read import read_course, read_exercise
from exercises.authoring.tests.conftest import EXERCISE


def problems(course):
    with pytest.raises(UnreadableFiles) as caught:
        read_course(course.path)
    return [str(problem) for problem in caught.value.problems]


def test_a_folder_is_read_with_its_order(folder):
    folder.add_exercise("again")
    folder.add_module("first", 0 + 2)

    course = read_course(folder.path)

    assert [module.slug for module in course.modules] == ["logs", "first"]
    assert [exercise.head.slug for exercise in course.exercises] == ["levels", "again"]


def test_policy_is_parted_from_content(folder):
    folder.change("logs/levels.yaml", "points: 3", "points: 3\ndue: 2026-11-29T23:59")

    exercise = read_course(folder.path).exercises[0]

    assert exercise.policy["due_wall"] == "2026-11-29T23:59"
    assert set(exercise.content) == {"title", "summary", "statement", "parts", "discussion"}


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("title: Levels", "titel: Levels", "logs/levels.yaml:4: titel: this key"),
        ("title: Levels", "titel: Levels", "logs/levels.yaml:1: title: this key is missing"),
        ("points: 3", "points: -3", "logs/levels.yaml:3: points: "),
        ("points: 3", "points: 3\nlate: [{until: x}]", "logs/levels.yaml:4: late.0.fraction: this"),
        ("slug: levels", "slug: other", "logs/levels.yaml:2: slug: the file is called"),
        ("kind: choice", "kind: chioce", "logs/levels.yaml:10: parts.0.kind: kind 'chioce'"),
        ("{id: info,", "{id: debug,", "logs/levels.yaml:17: parts.0.spec.options.1.id:"),
        ("right: true", "right: maybe", "logs/levels.yaml:16: parts.0.spec.options.0.right: "),
        ("levels: {choice: 1}", "levels: {choice: x}", "logs/levels.yaml:19: parts.0.samples.0"),
        ("points: 3", "points: 3\ndue: 2026-03-29T03:30", "logs/levels.yaml:4: due: 2026-03-29T03"),
        ("points: 3", "points: 3\ndue: tomorrow", "logs/levels.yaml:4: due: 'tomorrow'"),
    ],
)  # fmt: skip
def test_an_error_names_file_line_and_field(folder, old, new, problem):
    folder.change("logs/levels.yaml", old, new)

    assert any(each.startswith(problem) for each in problems(folder)), problems(folder)


@pytest.mark.parametrize(
    ("name", "change", "problem"),
    [
        (
            "course.yaml",
            ("Europe/Riga", "Europe/Rga"),
            "course.yaml:1: zone: Europe/Rga is no IANA",
        ),
        ("course.yaml", ("course/1", "course/9"), "course.yaml:1: format: "),
        (
            "logs/module.yaml",
            ("[levels]", "[levels, gone]"),
            "logs/module.yaml:1: exercises: there",
        ),
        (
            "logs/module.yaml",
            ("[levels]", "[]"),
            "logs/module.yaml:1: exercises: levels.yaml is not",
        ),
        ("logs/module.yaml", ("position: 1", "position: 0"), "logs/module.yaml:3: position: "),
    ],
)
def test_an_error_of_a_course_or_module_is_named(folder, name, change, problem):
    folder.change(name, *change)

    assert any(each.startswith(problem) for each in problems(folder)), problems(folder)


def test_all_files_are_read_before_anything_is_said(folder):
    folder.change("course.yaml", "title: Ops", "titel: Ops")
    folder.change("logs/levels.yaml", "kind: choice", "kind: x")

    assert {each.split(":")[0] for each in problems(folder)} == {"course.yaml", "logs/levels.yaml"}


def test_a_folder_without_a_course_file_says_so(tmp_path):
    with pytest.raises(UnreadableFiles, match=r"course\.yaml:1: file: there is no such file"):
        read_course(tmp_path)


def test_two_modules_cannot_share_a_position_or_an_exercise(folder):
    folder.write("more/module.yaml", "format: module/1\ntitle: M\nposition: 1\nexercises: [levels]")
    folder.write("more/levels.yaml", EXERCISE)

    assert len(problems(folder)) == 2


def test_a_text_from_a_form_is_read_as_a_file_is():
    exercise = read_exercise(EXERCISE.replace("\n", "\r\n"), file="form", zone="UTC")

    assert exercise.content == read_exercise(EXERCISE, file="form").content


def test_half_a_character_in_a_form_is_a_problem_not_a_crash():
    with pytest.raises(UnreadableFiles, match="form:4: file: this line is not UTF-8"):
        read_exercise(EXERCISE.replace("Levels", "\ud800"), file="form")
