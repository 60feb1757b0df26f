"""Samples that must grade as declared."""

import pytest

from exercises.authoring.check import check
from exercises.specification import read_specification
from exercises.tests.factories import content


def part(kind="choice", spec=None, samples=()):
    options = [{"id": "debug", "label": "DEBUG", "right": True}, {"id": "info", "label": "INFO"}]
    return {
        "slug": "p", "kind": kind, "title": "T", "prompt": "Q", "points": 1,
        "spec": spec or {"options": options}, "samples": list(samples),
    }  # fmt: skip


def said(*samples):
    return [
        each.message for each in check(read_specification(content(parts=[part(samples=samples)])))
    ]


def test_samples_that_grade_as_declared_are_no_problem():
    right = {"answer": {"chosen": ["debug"]}, "levels": {"choice": 1}, "certain": True}
    wrong = {"answer": {"chosen": ["info"]}, "levels": {"choice": 0}}

    assert said(right, wrong) == []


def test_a_contradiction_names_sample_criterion_expected_and_got():
    fine = {"answer": {"chosen": ["debug"]}, "levels": {"choice": 1}}
    odd = {"answer": {"chosen": ["info"]}, "levels": {"choice": 0.5}}

    assert said(fine, odd)[0].startswith("sample 2 of p: choice should be 0.5 and is 0;")


def test_a_contradicted_certainty_is_named():
    sample = {"answer": {"chosen": ["debug"]}, "levels": {}, "certain": False}

    assert said(sample)[0].startswith("sample 1 of p: certain should be false and is true;")


def test_a_level_of_an_unknown_criterion_is_named():
    sample = {"answer": {"chosen": ["debug"]}, "levels": {"volume": 1}}

    assert "volume should be 1 and is no criterion of this part" in said(sample)[0]


@pytest.mark.parametrize("answer", ["a text", {"chosen": ["zz"]}])
def test_a_sample_that_its_kind_cannot_read_is_named(answer):
    assert "refused (chosen: " in said({"answer": answer, "levels": {}})[0]


def test_the_path_of_a_contradiction_leads_to_the_declared_level():
    sample = {"answer": {"chosen": ["info"]}, "levels": {"choice": 1}}

    found = check(read_specification(content(parts=[part(samples=[sample])])))

    assert found[0].path == ("parts", 0, "samples", 0, "levels", "choice")
