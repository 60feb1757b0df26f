"""How the seed rubrics do on answers whose writers never saw them (docs/decisions/0020).

The floors are what was measured, so that a change that loses ground shows. The aims: 95 % of what
is released right, 75 % of full answers released, no trap above its label. b2 and b3 are answers as
a class gives them; t4 is traps alone, made to look right. Nobody who tunes reads them.
"""

from dataclasses import dataclass

import pytest
from ruamel.yaml import YAML

from exercises.kinds.text.tests.seed import HERE, KIND, PARTS, seed_spec


@dataclass
class Found:
    """Counts over all answers of some sets."""

    released: int = 0
    right: int = 0
    full: int = 0
    full_released: int = 0
    traps_above: int = 0


@pytest.fixture(scope="module")
def found():
    return counted("b2", "b3")


def counted(*names):
    counts = Found()
    for name in names:
        answers = YAML(typ="safe").load(HERE / "answers" / "blind" / f"{name}.yaml")
        for part in PARTS:
            for answer in answers[part]:
                count(counts, part, answer)
    return counts


def count(counts, part, answer):
    spec = seed_spec(part)
    verdict = KIND.grade(spec, {"text": answer["text"]})
    label = KIND.combine(spec, answer["levels"])
    is_trap = answer.get("unsafe", False)
    counts.released += verdict.certain
    counts.right += verdict.certain and verdict.score == label
    counts.full += label == 1
    counts.full_released += verdict.certain and label == 1
    counts.traps_above += is_trap and verdict.certain and verdict.score > label


def test_what_is_released_agrees_with_the_label(found):
    assert found.right >= 0.95 * found.released
    assert found.released >= 140


def test_full_answers_are_released_no_less_than_was_measured(found):
    assert found.full_released >= 0.75 * found.full


def test_hardly_a_trap_is_released_above_its_label(found):
    assert found.traps_above <= 2


def test_few_of_the_traps_that_were_made_to_pass_do():
    assert counted("t4").traps_above <= 9
