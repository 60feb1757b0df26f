"""The draft rubric's known faults, and how well the repaired one grades answers it was tried on."""

import re
import time
from statistics import quantiles

import pytest

from exercises.kinds.text.tests.seed import KIND, PARTS, seed_part, seed_spec, written_answers

HALVES = ("dev", "held")


def verdicts(part, half):
    """Give (answer, verdict, the label's score)."""
    spec = seed_spec(part)
    for answer in written_answers(part, half):
        verdict = KIND.grade(spec, {"text": answer["text"]})
        yield answer, verdict, KIND.combine(spec, answer["c"])


def everything(half):
    return [each for part in PARTS for each in verdicts(part, half)]


@pytest.mark.parametrize("part", PARTS)
def test_a_seed_rubric_has_no_problem_and_enough_samples(part):
    assert KIND.problems(seed_spec(part)) == []
    assert len(seed_part(part)["samples"]) >= 8


@pytest.mark.parametrize("part", PARTS)
def test_samples_grade_as_declared(part):
    for sample in seed_part(part)["samples"]:
        verdict = KIND.grade(seed_spec(part), {"text": sample["answer"]})

        assert {each.id: each.score for each in verdict.criteria} == sample["levels"]
        assert verdict.certain == sample["certain"]


@pytest.mark.parametrize("part", PARTS)
def test_the_model_answer_is_released_at_full_marks(part):
    spec = seed_spec(part)
    # these go on to say what the metric is not, which sends an answer to a person
    short = part in {"rate", "duration"}

    verdict = KIND.grade(
        spec, {"text": re.split(r"[.;]\s", spec.model_answer)[0] if short else spec.model_answer}
    )

    assert verdict.score == 1
    assert verdict.certain


@pytest.mark.parametrize("part", PARTS)
def test_the_question_earns_nothing_released(part):
    spec = seed_spec(part)

    assert not KIND.grade(spec, {"text": spec.question}).certain


def test_the_word_i_earns_no_credit():
    assert KIND.grade(seed_spec("why_info"), {"text": "I think that I should."}).score == 0
    assert KIND.grade(seed_spec("rate"), {"text": "I would count s."}).score == 0


@pytest.mark.parametrize(
    "text",
    [
        "It cannot connect to the database because the network is broken.",
        "The database is not running, so the connection failed.",
        "The database host was not found: DNS.",
    ],
)
def test_a_negation_that_is_the_answer_earns_the_credit(text):
    assert KIND.grade(seed_spec("cause"), {"text": text}).score == 1


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("why_info", "DEBUG logs everything and fills the disk with passwords."),
        ("cause", "The API is fine, the database is down."),
    ],
)
def test_a_right_answer_hits_no_must_not(part, text):
    verdict = KIND.grade(seed_spec(part), {"text": text})

    assert verdict.flags == ()
    assert verdict.certain


def test_no_hazardous_answer_is_released_above_its_label():
    for half in HALVES:
        above = [
            answer["text"]
            for answer, verdict, label in everything(half)
            if answer.get("unsafe") and verdict.certain and verdict.score > label
        ]
        assert above == []


@pytest.mark.parametrize("half", HALVES)
def test_released_grades_agree_with_the_label(half):
    released = [each for each in everything(half) if each[1].certain]

    agreeing = [each for each in released if each[1].score == each[2]]

    assert len(agreeing) >= 0.95 * len(released)
    assert len(released) >= 50


@pytest.mark.parametrize("half", HALVES)
def test_most_answers_of_full_marks_are_released_at_once(half):
    full = [each for each in everything(half) if each[2] == 1 and not each[0].get("unsafe")]

    assert sum(each[1].certain for each in full) >= 0.75 * len(full)


@pytest.mark.parametrize("half", HALVES)
def test_forced_grading_agrees_in_most(half):
    all_ = everything(half)
    pairs = [
        (each.score, answer["c"][each.id])
        for answer, verdict, _ in all_
        for each in verdict.criteria
    ]

    assert sum(verdict.score == label for _, verdict, label in all_) >= 0.80 * len(all_)
    assert sum(got == wanted for got, wanted in pairs) >= 0.88 * len(pairs)


def test_an_answer_takes_under_10_ms_of_cpu():
    everything("dev")  # compiles the rubrics
    times_s = []
    for part in PARTS:
        for answer in written_answers(part, "held"):
            started = time.process_time()
            KIND.grade(seed_spec(part), {"text": answer["text"]})
            times_s.append(time.process_time() - started)

    assert quantiles(times_s, n=20)[-1] < 0.010


@pytest.mark.parametrize(
    "text",
    [
        "1" * 100_000,
        "the disk does not fill and logs never leak passwords " * 80,
        "database connect fail not down network crash refuse server " * 70,
        "a. " * 1333,
        "disk, " * 660,
        "\ufdfa" * 4000,
    ],
)
@pytest.mark.parametrize("part", PARTS)
def test_nonsense_of_any_length_takes_bounded_time(part, text):
    started = time.process_time()

    verdict = KIND.grade(seed_spec(part), {"text": text})

    assert not verdict.certain
    assert time.process_time() - started < 0.5
