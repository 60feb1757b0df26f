"""Warnings about rubrics, and that the seed course gives none that is not argued here."""

import pytest

from exercises.authoring.linting import lint
from exercises.authoring.read import read_course
from exercises.kinds.text.tests.factories import criterion
from exercises.kinds.text.tests.seed import COURSE
from exercises.specification import read_specification
from exercises.tests.factories import content

WIDE = ["disk*", "storage", "space"]
# Why a warning stays: (exercise, path) -> reason.
ARGUED = {
    ("red-metrics", "parts.1.spec.criteria.2.full.0"): (
        "the word 'errors' alone is half an answer; who copies the question is found by its flag"
    ),
}


def warnings(full, *, question="", must_not=(), prompt="Why go back?"):
    spec = {
        "format": "rubric/1",
        "model_answer": "It fills the disk.",
        "question": question,
        "criteria": [criterion(full=[full])],
        "must_not": list(must_not),
    }
    part = {
        "slug": "p", "kind": "text", "title": "T", "prompt": prompt, "points": 1, "spec": spec,
    }  # fmt: skip
    return lint(read_specification(content(parts=[part])))


def test_a_wide_pattern_is_no_problem():
    assert warnings([WIDE]) == []


@pytest.mark.parametrize("asked", [{"question": "Is the disk full?"}, {"prompt": "Which disk?"}])
def test_a_pattern_that_the_question_earns_is_named_with_its_path(asked):
    (problem,) = warnings([WIDE], **asked)

    assert problem.path == ("parts", 0, "spec", "criteria", 0, "full", 0)
    assert problem.message.startswith("the question's own words earn this")


@pytest.mark.parametrize("slot", [["disk", "storage"], ["disk*"], [{"re": "disks?|drives"}]])
def test_a_concept_with_few_alternatives_is_named_with_its_slot(slot):
    (problem,) = warnings([WIDE, slot])

    assert problem.path[-2:] == (0, 1)
    assert "add those that other people use" in problem.message


def test_a_costly_regular_expression_is_named_wherever_it_stands():
    costly = {"re": r"disk[^.]{0,200}(full|fills|filled|eaten)[^.]{0,200}log"}

    (problem,) = warnings([WIDE], must_not=[{"id": "odd", "any": [[[costly]]]}])

    assert problem.path[2:4] == ("spec", "must_not")
    assert "shorten its {m,n} repeats" in problem.message


def test_a_kind_without_a_rubric_has_no_warnings():
    assert lint(read_specification(content())) == []


def test_the_seed_course_gives_only_warnings_that_are_argued():
    found = {
        (exercise.head.slug, ".".join(map(str, problem.path)))
        for exercise in read_course(COURSE).exercises
        for problem in lint(exercise.specification)
    }

    assert found == set(ARGUED)
