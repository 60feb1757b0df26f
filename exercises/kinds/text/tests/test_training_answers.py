"""How the seed rubrics do on two sets they were tuned on last (docs/decisions/0081).

The floors are what was measured, so that a change that loses ground shows.
"""

from dataclasses import dataclass, fields

import pytest

from exercises.kinds.text.tests.seed import KIND, PARTS, seed_spec, training_answers

SETS = ("t1", "t2")


@dataclass
class Counts:
    answers: int = 0
    released: int = 0
    right: int = 0
    full: int = 0
    full_released: int = 0
    traps_above: int = 0
    forced: int = 0
    criteria: int = 0
    criteria_right: int = 0

    def add(self, other: "Counts") -> None:
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


def counted(part, answer):
    spec = seed_spec(part)
    verdict = KIND.grade(spec, {"text": answer["text"]})
    label = KIND.combine(spec, answer["levels"])
    released_above = verdict.certain and verdict.score > label
    return Counts(
        answers=1,
        released=verdict.certain,
        right=verdict.certain and verdict.score == label,
        full=label == 1,
        full_released=label == 1 and verdict.certain,
        traps_above=answer.get("unsafe", False) and released_above,
        forced=verdict.score == label,
        criteria=len(verdict.criteria),
        criteria_right=sum(each.score == answer["levels"][each.id] for each in verdict.criteria),
    )


@pytest.fixture(scope="module")
def found():
    counts = {}
    for name in SETS:
        counts[name] = Counts()
        for part in PARTS:
            for answer in training_answers(name)[part]:
                counts[name].add(counted(part, answer))
    return counts


@pytest.mark.parametrize("name", SETS)
def test_what_is_released_is_right_and_no_trap(found, name):
    assert found[name].right >= 0.99 * found[name].released
    assert found[name].traps_above == 0


@pytest.mark.parametrize(("name", "share"), [("t1", 0.90), ("t2", 0.82)])
def test_most_full_answers_are_released(found, name, share):
    assert found[name].full_released >= share * found[name].full


@pytest.mark.parametrize(("name", "share", "criteria"), [("t1", 0.94, 0.95), ("t2", 0.90, 0.93)])
def test_most_grades_are_the_labels(found, name, share, criteria):
    assert found[name].forced >= share * found[name].answers
    assert found[name].criteria_right >= criteria * found[name].criteria


def test_no_trap_of_a_set_of_traps_is_released():
    traps = training_answers("t3")

    released = [
        answer["text"]
        for part in PARTS
        for answer in traps[part]
        if counted(part, answer).traps_above
    ]

    assert released == []
    assert sum(len(traps[part]) for part in PARTS) == 225


def test_no_trap_that_was_tried_is_released():
    tried = training_answers("tried")

    released = [
        text
        for part in PARTS
        for text in tried[part]["traps"]
        if KIND.grade(seed_spec(part), {"text": text}).certain
    ]

    assert released == []


def test_nearly_all_right_answers_that_were_tried_are_released():
    tried = training_answers("tried")
    verdicts = [
        KIND.grade(seed_spec(part), {"text": text})
        for part in PARTS
        for text in tried[part]["right"]
    ]

    assert sum(each.certain for each in verdicts) >= 0.96 * len(verdicts)
