"""Answers that hold the right quantity of another thing."""

import pytest

from exercises.kinds.text.kind import TextKind
from exercises.kinds.text.rubric import TextSpec

KIND = TextKind()
RUBRIC = {
    "format": "rubric/1",
    "model_answer": "Responses with 500.",
    "criteria": [
        {"id": "code", "asks": "Which?", "title": "500", "points": 1, "full": [[["500"]]]}
    ],
}


def flags(text, **more):
    spec = TextSpec.model_validate({**RUBRIC, **more})
    return KIND.grade(spec, {"text": text}).flags


@pytest.mark.parametrize(
    "text",
    [
        "The 500s that our crawler receives.",
        "The number of 500s of the billing system.",
        "The 500s on the welcome page.",
        "A 500 from another server.",
    ],
)
def test_another_thing_is_doubted_where_one_is_asked_about(text):
    assert "elsewhere" in flags(text, own=[])
    assert "elsewhere" not in flags(text)


@pytest.mark.parametrize(
    "text",
    [
        "The number of 500s of the streaming service.",
        "How often the server answers 500.",
        "The 500s which our backend gives, as the app is broken.",
    ],
)
def test_the_thing_itself_is_not_doubted(text):
    assert "elsewhere" not in flags(text, own=[])


def test_own_words_and_familiar_ones_name_no_other():
    assert flags("The 500s that our crawler receives.", own=["crawler*"]) == ()
    assert flags("The 500s that our crawler receives.", own=[], familiar=["crawler"]) == ()


@pytest.mark.parametrize(
    "text",
    [
        "Yeah right, a 500.",
        "It is a 500. In reality it is something else.",
        "It is far from a 500.",
        "A 500 of the other team.",
        "The more requests, the more a 500 is to blame.",
        "A 500, says the manager.",
    ],
)
def test_what_is_waved_away_is_doubted(text):
    assert "dismissed" in flags(text)


@pytest.mark.parametrize("text", ["The server says 500.", "A 500 is worse, and we count it."])
def test_plain_statements_are_not_waved_away(text):
    assert "dismissed" not in flags(text)


def test_only_what_is_on_the_list_is_counted():
    assert "elsewhere" in flags("The number of bugs behind a 500.", counted=["response*"])
    assert "elsewhere" in flags("How many editors saw a 500.", counted=["response*"])
    assert "elsewhere" not in flags("How many responses were 500.", counted=["response*"])
    assert "elsewhere" not in flags("The number of bugs behind a 500.")


def test_a_clause_that_picks_some_is_doubted():
    assert "elsewhere" in flags("Requests which the endpoint forgets, 500.", own=[])
    assert "elsewhere" not in flags("Requests which the endpoint answers with 500.", own=[])
    assert "elsewhere" not in flags("500s, including requests which it forgets.", own=[])
