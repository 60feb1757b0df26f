"""The kind choice: specification, form, verdict and templates."""

from types import SimpleNamespace

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string
from pydantic import ValidationError

from exercises.contract import UnreadableAnswer
from exercises.kinds.choice.kind import ChoiceKind
from exercises.kinds.choice.spec import ChoiceSpec

KIND = ChoiceKind()


def options(*right, wrong=("info", "error")):
    return [{"id": each, "label": each.upper(), "right": True} for each in right] + [
        {"id": each, "label": each.upper(), "feedback": f"not {each}", "misconception": "L2"}
        for each in wrong
    ]


ONE = ChoiceSpec.model_validate({"options": options("debug")})
ALL = ChoiceSpec.model_validate({"options": options("a", "b"), "multiple": True})
SHARE = ChoiceSpec.model_validate(
    {"options": options("a", "b"), "multiple": True, "credit": "share"}
)


def filled(spec, *chosen):
    data = QueryDict(mutable=True)
    data.setlist("level-chosen", chosen)
    return KIND.answer_form(spec)(data, prefix="level")


def problems(**spec):
    return KIND.problems(ChoiceSpec.model_validate(spec))


def test_the_right_option_earns_everything_for_certain():
    verdict = KIND.grade(ONE, {"chosen": ["debug"]})

    assert (verdict.score, verdict.certain) == (1.0, True)
    assert verdict.criteria[0].misconception == ""


def test_a_wrong_option_earns_nothing_and_names_its_misconception():
    verdict = KIND.grade(ONE, {"chosen": ["info"]})

    found = verdict.criteria[0]
    assert (found.id, found.score, verdict.certain) == ("choice", 0.0, True)
    assert (found.feedback, found.misconception) == ("not info", "L2")


@pytest.mark.parametrize(
    ("spec", "chosen", "score"),
    [
        (ALL, ["a", "b"], 1.0),
        (ALL, ["a"], 0.0),
        (ALL, ["a", "b", "info"], 0.0),
        (SHARE, ["b", "a"], 1.0),
        (SHARE, ["a"], 0.5),
        (SHARE, ["a", "b", "info"], 0.5),
        (SHARE, ["a", "info", "error"], 0.0),
    ],
)
def test_several_options_earn_all_or_a_share(spec, chosen, score):
    assert KIND.grade(spec, {"chosen": chosen}).score == score


def test_a_missing_option_is_counted_but_not_named():
    said = KIND.grade(SHARE, {"chosen": ["a", "info"]}).criteria[0].feedback

    assert said == "INFO: not info\n1 option that belongs here is missing."


def test_a_reviewer_may_give_each_share():
    assert KIND.criteria(SHARE)[0].levels == (0.0, 0.5, 1.0)
    assert KIND.criteria(ONE)[0].levels == (0.0, 1.0)


@pytest.mark.parametrize(
    "answer", [{}, {"chosen": "debug"}, {"chosen": []}, {"chosen": ["zz"]}, {"chosen": [1]},
               {"chosen": ["debug", "info"]}],
)  # fmt: skip
def test_an_answer_of_another_shape_is_unreadable(answer):
    with pytest.raises(UnreadableAnswer, match=r"^chosen: "):
        KIND.grade(ONE, answer)


def test_the_form_gives_a_list_for_one_and_for_several():
    one, several = filled(ONE, "debug"), filled(ALL, "a", "b", "a")

    assert one.is_valid(), several.is_valid()
    assert one.cleaned_data == {"chosen": ["debug"]}
    assert several.is_valid()
    assert several.cleaned_data == {"chosen": ["a", "b"]}


@pytest.mark.parametrize("spec", [ONE, ALL])
def test_an_unknown_option_is_refused_with_what_to_do(spec):
    form = filled(spec, "<script>")

    assert form.errors["chosen"] == ["Choose one of the options shown."]


@pytest.mark.parametrize("spec", [ONE, ALL])
def test_no_option_is_refused_with_what_to_do(spec):
    assert filled(spec).errors["chosen"] == ["Choose an option."]


@pytest.mark.parametrize("stored", ["debug", ["debug"]])
def test_a_draft_and_an_earlier_answer_are_shown_chosen(stored):
    form = KIND.answer_form(ONE)(prefix="level", initial={"chosen": stored})

    assert [option.data["selected"] for option in form["chosen"]] == [True, False, False]


def test_the_options_are_a_labelled_group_tied_to_its_error():
    form = filled(ONE, "zz")
    form.is_valid()

    html = render_to_string(
        "kinds/choice/answer.html",
        {"part": SimpleNamespace(title="Which?"), "form": form, "question": KIND.question(ONE)},
    )

    assert 'aria-describedby="id_level-chosen_error"' in html
    assert 'id="id_level-chosen_error"' in html
    assert "<legend" in html
    assert html.count('type="radio"') == 3
    assert "style=" not in html


def test_the_question_shows_neither_what_is_right_nor_the_feedback():
    html = render_to_string(
        "kinds/choice/answer.html",
        {
            "part": SimpleNamespace(title="Which?"),
            "form": KIND.answer_form(ONE)(prefix="level"),
            "question": KIND.question(ONE),
        },
    )

    assert "INFO" in html
    assert "not info" not in html
    assert "right" not in html
    assert "L2" not in html


def test_a_given_answer_shows_the_chosen_option_alone():
    html = render_to_string(
        "kinds/choice/shown.html", {"shown": KIND.shown(ONE, {"chosen": ["info"]})}
    )

    assert "INFO" in html
    assert "DEBUG" not in html


def test_authors_learn_what_a_schema_cannot_say():
    assert problems(options=options())[0][1].startswith("no option is right")
    assert "2 options are right" in problems(options=options("a", "b"))[0][1]
    assert problems(options=options("a", "a"), multiple=True)[0][0] == "options.1.id"
    assert problems(options=options("a", "b", wrong=()), multiple=True)[0][1].startswith("every")
    assert problems(options=options("a"), credit="share")[0][0] == "credit"


def test_an_unknown_misconception_is_named_with_the_known_ones():
    with pytest.raises(ValidationError, match="choose one of: L1"):
        ChoiceSpec.model_validate(
            {
                "options": [
                    {"id": "a", "label": "A", "misconception": "Z9"},
                    {"id": "b", "label": "B"},
                ]
            }
        )


def test_the_model_answer_falls_back_on_the_labels():
    assert KIND.model_answer(ALL) == "A, B"
