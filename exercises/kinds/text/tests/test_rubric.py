import pytest
from pydantic import ValidationError

from exercises.kinds.text.rubric import Feedback, rubric_problems
from exercises.kinds.text.tests.factories import criterion, spec_of


def refusal(alternative) -> str:
    with pytest.raises(ValidationError) as caught:
        spec_of(criterion(full=[[[alternative]]]))
    return caught.value.errors()[0]["msg"]


@pytest.mark.parametrize("alternative", ["disk/storage", "io/i/o", "a + b", "disk|disc"])
def test_a_separator_inside_an_alternative_is_refused(alternative):
    assert "own list item" in refusal(alternative)


@pytest.mark.parametrize("alternative", ["i", "o", "-", "i*"])
def test_a_single_letter_is_refused(alternative):
    assert refusal(alternative)


@pytest.mark.parametrize("alternative", ["di*sk", "*disk", "*", "io*"])
def test_a_star_only_ends_a_stem_of_three_letters(alternative):
    assert "*" in refusal(alternative)


def test_an_empty_alternative_is_refused():
    assert refusal("")


@pytest.mark.parametrize("full", [[], [[]], [[[]]]])
def test_an_empty_pattern_is_refused(full):
    with pytest.raises(ValidationError):
        spec_of({**criterion(), "full": full})


@pytest.mark.parametrize("source", ["", ".*", "a?", r"\b", "x|"])
def test_a_regex_that_matches_nothing_in_particular_is_refused(source):
    assert refusal({"re": source})


@pytest.mark.parametrize("source", ["(", r"(a)\1", "(?=a)b"])
def test_a_regex_outside_re2_is_refused(source):
    assert "RE2" in refusal({"re": source})


def test_a_slot_written_as_one_word_says_how_to_write_it():
    with pytest.raises(ValidationError) as caught:
        spec_of(criterion(full=[["disk"]]))

    assert "[disk*, storage]" in caught.value.errors()[0]["msg"]


def test_a_fault_is_reported_once_with_its_place():
    with pytest.raises(ValidationError) as caught:
        spec_of(criterion(full=[[["disk"], ["a/b"]]]))

    places = [each["loc"] for each in caught.value.errors() if each["type"] == "value_error"]
    assert places == [("criteria", 0, "full", 0, "all", 1, 0, "words")]


def test_an_error_never_repeats_the_input():
    with pytest.raises(ValidationError) as caught:
        spec_of(criterion(full=[[["the secret/model answer"]]]))

    assert "secret" not in str(caught.value)


def test_a_number_stands_for_its_digits():
    assert spec_of(criterion(full=[[[404]]])).criteria[0].full[0].all[0] == ("404",)


@pytest.mark.parametrize("points", [0, -1, float("nan"), float("inf")])
def test_points_must_be_positive(points):
    with pytest.raises(ValidationError):
        spec_of(criterion(points=points))


def test_two_criteria_of_one_id_are_a_problem():
    spec = spec_of(criterion("disk"), criterion("disk"))

    assert [path for path, _ in rubric_problems(spec)] == ["criteria.1.id"]


def test_requiring_an_unknown_criterion_is_a_problem():
    spec = spec_of(criterion("disk", requires="space"))

    assert [path for path, _ in rubric_problems(spec)] == ["criteria.0.requires"]


def test_criteria_that_require_each_other_are_a_problem():
    spec = spec_of(criterion("disk", requires="leak"), criterion("leak", requires="disk"))

    assert [path for path, _ in rubric_problems(spec)] == [
        "criteria.0.requires",
        "criteria.1.requires",
    ]


def test_a_criterion_behind_a_circle_is_not_blamed_for_it():
    spec = spec_of(
        criterion("one", requires="two"),
        criterion("two", requires="two"),
    )

    assert [path for path, _ in rubric_problems(spec)] == ["criteria.1.requires"]


def test_a_cap_on_an_unknown_criterion_is_a_problem():
    doubt = {"id": "odd", "any": [[["odd"]]], "caps": [{"criterion": "leak", "level": 0}]}

    assert [path for path, _ in rubric_problems(spec_of(must_not=[doubt]))] == [
        "must_not.0.caps.0.criterion"
    ]


def test_feedback_belongs_to_the_criteria_of_a_sum_field():
    spec = spec_of(feedback={"full": "Good."})

    assert [path for path, _ in rubric_problems(spec)] == ["feedback"]


def test_feedback_belongs_to_the_field_where_the_best_criterion_counts():
    spec = spec_of(criterion(feedback={"full": "Good."}), combine="best")

    assert [path for path, _ in rubric_problems(spec)] == ["criteria.0.feedback"]


@pytest.mark.parametrize(("score", "said"), [(0, "no"), (0.25, "half"), (0.99, "half"), (1, "yes")])
def test_feedback_follows_the_score(score, said):
    assert Feedback(full="yes", half="half", none="no").at(score) == said
