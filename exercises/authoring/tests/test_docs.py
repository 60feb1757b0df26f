"""What authors are promised in docs/."""

import re

import pytest
from django.conf import settings

from exercises.authoring.document import parse
from exercises.authoring.read import read_exercise
from exercises.authoring.schema import CourseHead, ModuleHead
from exercises.misconceptions import MISCONCEPTIONS
from exercises.registry import kind_for, kinds

DOCS = settings.BASE_DIR / "docs"
KINDS = (DOCS / "question-kinds.md").read_text()
AUTHORING = (DOCS / "authoring.md").read_text()


def blocks(text):
    return re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("slug", sorted(kinds()))
def test_each_kind_of_the_settings_is_documented(slug):
    assert f"\n## {slug}\n" in KINDS


@pytest.mark.parametrize("index", range(3))
def test_the_example_of_each_kind_is_a_valid_specification(index):
    data = parse(blocks(KINDS)[index].encode(), file="docs").data

    kind = kind_for(data["kind"])
    assert kind.problems(kind.spec_model.model_validate(data["spec"])) == []


@pytest.mark.parametrize("code", sorted(MISCONCEPTIONS))
def test_each_misconception_is_documented_with_its_meaning(code):
    assert f"| `{code}` | {MISCONCEPTIONS[code]} |" in KINDS


def test_the_examples_of_course_and_module_are_valid():
    course, module, _ = (parse(block.encode(), file="docs").data for block in blocks(AUTHORING))

    assert CourseHead.model_validate(course).zone == "UTC"
    assert ModuleHead.model_validate(module).position == 18


def test_the_example_of_an_exercise_is_valid_once_it_has_a_specification():
    spec = "spec: {options: [{id: debug, label: D, right: true}, {id: info, label: I}]}"

    exercise = read_exercise(blocks(AUTHORING)[2].replace("spec: {}", spec), file="docs")

    assert exercise.policy["due_wall"] == "2026-11-29T23:59"
