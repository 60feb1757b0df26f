"""Files written are files read."""

from hypothesis import example, given
from hypothesis import strategies as st

from exercises.authoring.document import parse
from exercises.authoring.read import read_exercise
from exercises.authoring.tests.conftest import EXERCISE
from exercises.authoring.write import dump, write_exercise
from exercises.models import Course, Exercise

TEXTS = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"))
    | st.sampled_from("\n\t :#-'\"|>&*!%@`,[]{}?~\u2028\xa0\ufeff")
) | st.from_regex(r"[a-z0-9 .:\n#-]{0,40}|[a-z \\\\'\"]{90,150}", fullmatch=True)
NUMBERS = (
    st.integers(-(10**15), 10**15)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans()
    | st.none()
)
VALUES = st.recursive(
    TEXTS | NUMBERS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=10,
)


@given(st.dictionaries(TEXTS, VALUES, max_size=4))
@example({"a": "x\n\ny\n"})
@example({"a": "\n"})
@example({"a": " x\n"})
@example({"a": "x \n"})
@example({"a": "true", "b": "1e3", "c": "0o7", "d": "~", "e": "2026-11-29", "f": "12:30:00"})
@example({"<<": "x", "=": "y", "": ""})
@example({"a": 1e22, "b": 0.1, "c": 1.0, "d": -0.0})
def test_any_values_are_read_as_they_were_written(values):
    written = dump(values)

    read = parse(written.encode(), file="f").data
    assert read == values
    assert repr(read) == repr(values)


def test_an_exercise_is_read_as_it_was_written():
    read = read_exercise(EXERCISE, file="f")
    row = Exercise(course=Course(zone="UTC"), slug="levels", **read.policy)

    again = read_exercise(write_exercise(row, read.content), file="f")

    assert (again.head, again.content) == (read.head, read.content)


def test_policy_with_times_and_late_steps_comes_back():
    text = EXERCISE.replace(
        "points: 3\n",
        "points: 2.5\nattempts: 1\nopens: 2026-11-01T08:00\ndue: 2026-11-29T23:59\n"
        'late: [{until: 2026-12-01T23:59, fraction: "0.5"}]\nreveal: close\nrelease: close\n',
    )
    read = read_exercise(text, file="f")
    row = Exercise(course=Course(zone="UTC"), slug="levels", **read.policy)

    again = read_exercise(write_exercise(row, read.content), file="f")

    assert again.head == read.head


def test_a_long_text_is_written_as_a_block():
    assert dump({"statement": "One.\n\n- two\n"}) == "statement: |\n  One.\n\n  - two\n"
