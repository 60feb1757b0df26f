"""A rubric tried on answers."""

import pytest

from exercises.authoring.document import UnreadableFiles
from exercises.authoring.trying import NotFreeText, TriedAnswer, read_answers, try_answers
from exercises.kinds.text.tests.factories import criterion
from exercises.specification import read_specification
from exercises.tests.factories import content


def part_of(kind="text", spec=None, points=4):
    spec = spec or {
        "format": "rubric/1",
        "model_answer": "It fills the disk and leaks passwords.",
        "criteria": [criterion("disk", [[["disk*"]]]), criterion("leak", [[["password*"]]])],
    }
    part = {"slug": "p", "kind": kind, "title": "T", "prompt": "Q", "points": points, "spec": spec}
    return read_specification(content(parts=[part])).part("p")


def tried(text, disk=None, leak=None, **more):
    levels = {} if disk is None else {"disk": disk, "leak": leak}
    return TriedAnswer("a", text, levels, **more)


def first(answer):
    return try_answers(part_of(), [answer]).results[0]


def read(text):
    return read_answers(text.encode(), file="answers.yaml", part=part_of())


def refused(text):
    with pytest.raises(UnreadableFiles) as caught:
        read(text)
    return [str(problem) for problem in caught.value.problems]


def test_a_result_says_levels_points_certainty_flags_and_words():
    result = first(tried("The disks fill. Not the memory."))

    assert result.as_json == {
        "id": "a",
        "levels": {"disk": 1, "leak": 0},
        "points": 2.0,
        "certain": False,
        "flags": ["negation"],
        "matched": {"disk": ["disks"], "leak": []},
    }


def test_pieces_are_the_whole_text_with_what_decided_it():
    result = first(tried("A disk, a password."))

    assert [(each.text, each.criteria) for each in result.pieces] == [
        ("A ", ()),
        ("disk", ("disk",)),
        (", a ", ()),
        ("password", ("leak",)),
        (".", ()),
    ]


def test_differences_say_what_was_missed_and_what_was_too_much():
    result = first(tried("the disk", disk=0, leak=1))

    assert [(each.criterion, each.is_missed) for each in result.differences] == [
        ("disk", False),
        ("leak", True),
    ]


def test_an_unlabelled_answer_has_no_agreement():
    trial = try_answers(part_of(), [tried("the disk")])

    assert trial.agreement is None
    assert trial.results[0].label is None


def test_agreement_counts_released_full_unsafe_forced_and_criteria():
    answers = [
        tried("a disk, a password", 1, 1),
        tried("the passphrase and the disk", 1, 1),
        tried("the disk", 1, 0),
        tried("a password on a disk in my dream", 0, 0, unsafe=True),
    ]

    agreement = try_answers(part_of(), answers).agreement

    assert str(agreement.released) == "1 of 2 (50 %)"
    assert str(agreement.full) == "1 of 2 (50 %)"
    assert str(agreement.unsafe) == "1 of 1 (100 %)"
    assert str(agreement.forced) == "2 of 4 (50 %)"
    assert str(agreement.criteria["leak"]) == "2 of 4 (50 %)"


def test_a_share_of_nothing_has_no_percentage():
    agreement = try_answers(part_of(), [tried("the disk", 1, 0)]).agreement

    assert str(agreement.unsafe) == "0 of 0 (-)"


def test_a_part_of_another_kind_is_refused():
    options = [{"id": "debug", "label": "DEBUG", "right": True}, {"id": "info", "label": "INFO"}]
    part = part_of("choice", {"options": options})

    with pytest.raises(NotFreeText, match="p is of kind choice"):
        try_answers(part, [])


@pytest.mark.parametrize(
    "text",
    [
        "- {id: 7, text: the disk, c: {disk: 1, leak: 0.5}, unsafe: true}\n",
        "---\n# mine\n\n- id: 7\n  text: the disk\n  c: {disk: 1, leak: 0.5}\n  unsafe: true\n",
        "[{id: 7, text: the disk,\n  c: {disk: 1, leak: 0.5}, unsafe: true}]",
        "\ufeff- {id: 7, text: the disk, c: {disk: 1, leak: 0.5}, unsafe: true}\n",
    ],
)
def test_answers_are_read_from_a_list(text):
    assert read(text) == [TriedAnswer("7", "the disk", {"disk": 1, "leak": 0.5}, unsafe=True)]


def test_an_answer_without_an_id_is_numbered():
    assert [each.id for each in read("- text: the disk\n- text: the log\n")] == ["1", "2"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- text: a\n- txt: b\n", "answers.yaml:2: 1.text: the answer's text is missing"),
        ("- text: a\n- txt: b\n", "answers.yaml:2: 1.txt: this key is not known here"),
        ("- text: a\n  c: {disk: 2, leak: 0}\n", ":2: 0.c.disk: a level is one of 0, 0.5, 1"),
        ("- text: a\n  c: {disk: 1}\n", ":2: 0.c: give a level for each of disk, leak"),
        ("- text: 'a\n", "answers.yaml:2: file: this is no YAML"),
        ("text: a\n", "answers.yaml:1: file: "),
        ("- just a text\n", ":1: 0: write {id, text}"),
        ("- {text: a, unsafe: perhaps}\n", ":1: 0.unsafe: write true or false"),
        ("", "answers.yaml:1: file: a list of answers is expected"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(text, said):
    assert any(said in problem for problem in refused(text))
