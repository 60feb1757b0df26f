"""YAML texts as values with lines, and what is refused."""

import pytest

from exercises.authoring.document import MAX_BYTES, UnreadableFiles, parse


def problems(raw):
    with pytest.raises(UnreadableFiles) as caught:
        parse(raw, file="f.yaml")
    return [str(problem) for problem in caught.value.problems]


def test_values_are_plain_and_times_stay_texts():
    raw = b"a: [1, 2.5, yes, true, ~, 007]\nb: 2026-11-29\nc: |\n  x\n404: y\n"

    assert parse(raw, file="f").data == {
        "a": [1, 2.5, "yes", True, None, 7],
        "b": "2026-11-29",
        "c": "x\n",
        "404": "y",
    }


def test_a_problem_names_the_line_of_its_value():
    document = parse(b"a: 1\nb:\n  - c: 2\n  - d: 3\n", file="f")

    assert str(document.problem(("b", 1, "d"), "no")) == "f:4: b.1.d: no"


def test_a_missing_value_is_named_at_the_line_above_it():
    document = parse(b"a: 1\nb:\n  - c: 2\n", file="f")

    assert str(document.problem(("b", 0, "e", "f"), "no")) == "f:3: b.0.e: no"


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"a: 1\nb:\n\t- c\n", "f.yaml:3: file: a tab stands"),
        (b"a: {b: 1}\nc: 2\na: 3\n", "f.yaml:3: a: this key is written twice"),
        (b"a:\n  b: 1\n  b: 2\n", "f.yaml:3: a.b: this key is written twice"),
        (b"a: 1\nb: \xff\n", "f.yaml:2: file: this line is not UTF-8"),
        (b"", "f.yaml:1: file: keys with values are expected"),
        (b"- a\n", "f.yaml:1: file: keys with values are expected"),
        (b"a: 1\nb: [1,\n", "f.yaml:3: file: this is no YAML"),
        (b"a: 'x\nb: 1\n", "f.yaml:3: file: this is no YAML"),
        (b"a: 1\n---\nb: 2\n", "f.yaml:2: file: this is no YAML"),
        (b"a: 1\nb: !!python/object:os.system x\n", "f.yaml:2: file: the tag"),
        (b"a: 1\nb: .inf\n", "f.yaml:2: b: this is no finite number"),
        (b"a: " + b"9" * 5000, "f.yaml:1: a: this number is too long"),
        (b"a: 1\nb: \x00\n", "f.yaml:2: file: this line holds a control character"),
        (b'a: 1\nb: "\\0"\n', "f.yaml:2: b: a control character"),
        (b'a: 1\nb: "\\ud800"\n', "f.yaml:2: b: a control character"),
        (b"? [a]\n: 1\n", "f.yaml:1: file: a key must be a plain word"),
    ],
)
def test_a_fault_is_named_with_its_line(raw, problem):
    assert problems(raw)[0].startswith(problem)


def test_every_repeated_key_is_named_at_once():
    assert len(problems(b"a: 1\na: 2\nb: 1\nb: 2\n")) == 2


def test_a_short_alias_is_written_out():
    assert parse(b"a: &x [1]\nb: *x\n", file="f").data == {"a": [1], "b": [1]}


@pytest.mark.parametrize(
    "bomb",
    [
        b"a: &x [*x]\n",
        b"a: &a [" + b"x," * 9 + b"x]\n"
        + b"".join(b"%c: &%c [" % (n + 1, n + 1) + b"*%c," % n * 9 + b"1]\n" for n in b"abcdefg"),
    ],
)  # fmt: skip
def test_an_alias_bomb_is_refused(bomb):
    assert "expand without end" in problems(bomb)[0]


def test_deep_nesting_is_refused_before_it_is_read():
    assert "nested more than" in problems(b"a: " + b"[" * 5000)[0]


def test_a_long_file_is_refused_before_it_is_read():
    assert "shorten it" in problems(b"a: " + b"x" * MAX_BYTES)[0]
